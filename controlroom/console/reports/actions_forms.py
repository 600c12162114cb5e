"""What a step still needs before it can be sent: one form for each kind, filled by keyboard alone. Forms ask no door but for templates."""

from collections.abc import Callable

from PySide6.QtCore import QRegularExpression, QRegularExpressionMatch, Qt, Signal
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QPlainTextEdit, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.look import DeskLook
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_words import answered_by, picture_role
from controlroom.console.reports.detail_parts import label
from feeds.messages.actions import Answer, AnyAction, Decline, Finish, HandBack, Invalidate, Merge, Note, Progress, Reopen
from feeds.messages.desk import Detail, Picture, Template

MOST_WORDS = 4_000
MOST_REASON = 1_000
_PLACE = QRegularExpression(r"\{[a-z_]+\}")

Draft = dict[str, str]
"""What was typed into a form, by field."""


class Form(QWidget):
    """``changed``: something was typed. ``begin`` shows a report and what had been typed for it before."""

    changed = Signal()

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self.ctx = ctx
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)

    def begin(self, detail: Detail, draft: Draft) -> None:
        raise NotImplementedError

    def refresh(self, detail: Detail) -> None:
        """The report has changed meanwhile; what was typed stays."""

    def draft(self) -> Draft:
        raise NotImplementedError

    def why_not(self) -> str:
        """Why it cannot be sent yet; empty when it can."""
        raise NotImplementedError

    def action(self) -> AnyAction:
        """Only where ``why_not`` is empty."""
        raise NotImplementedError

    def text_field(self, name: str, lines: int = 3) -> QPlainTextEdit:
        field = QPlainTextEdit()
        field.setTabChangesFocus(True)
        field.setAccessibleName(name)
        field.setPlaceholderText(name)
        field.setFixedHeight(field.fontMetrics().lineSpacing() * lines + 26)
        field.textChanged.connect(self.changed)
        return field

    def too_long(self, text: str, most: int) -> str:
        if len(text) <= most:
            return ""
        return self.ctx.tr("terlalu panjang: {count} huruf, paling banyak {most}").format(
            count=self.ctx.text.number(len(text)), most=self.ctx.text.number(most)
        )


class TextForm(Form):
    """One text: a note, progress, or the reason of a step that needs one."""

    def __init__(self, ctx: DeskContext, kind: str) -> None:
        super().__init__(ctx)
        tr = ctx.tr
        prompts: dict[str, tuple[str, Callable[[str], AnyAction], int]] = {
            "note": (tr("Catatan untuk ruang ini; pelapor tidak melihatnya"), lambda text: Note(text=text), MOST_WORDS),
            "progress": (tr("Apa yang sudah dikerjakan"), lambda text: Progress(text=text), MOST_WORDS),
            "invalidate": (tr("Alasan: mengapa ini iseng"), lambda text: Invalidate(reason=text), MOST_REASON),
            "reopen": (tr("Alasan: mengapa dibuka lagi"), lambda text: Reopen(reason=text), MOST_REASON),
            "hand_back": (tr("Alasan: mengapa dikembalikan ke ruang"), lambda text: HandBack(reason=text), MOST_REASON),
        }
        prompt, self._make, self._most = prompts[kind]
        self._field = self.text_field(prompt)
        self.column.addWidget(self._field)
        self.setFocusProxy(self._field)

    def begin(self, detail: Detail, draft: Draft) -> None:
        self._field.setPlainText(draft.get("text", ""))

    def draft(self) -> Draft:
        return {"text": self._field.toPlainText()}

    def why_not(self) -> str:
        text = self._field.toPlainText().strip()
        return self.ctx.tr("tulis dulu isinya") if not text else self.too_long(text, self._most)

    def action(self) -> AnyAction:
        return self._make(self._field.toPlainText().strip())


class MergeForm(Form):
    """Into which report, where the list of alike ones does not have it."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__(ctx)
        self._field = QLineEdit()
        self._field.setMaxLength(64)
        self._field.setPlaceholderText(ctx.tr("Nomor laporan induk"))
        self._field.setAccessibleName(ctx.tr("Nomor laporan induk"))
        self._field.textChanged.connect(self.changed)
        self._report = ""
        self.column.addWidget(self._field)
        self.setFocusProxy(self._field)

    def begin(self, detail: Detail, draft: Draft) -> None:
        self._report = detail.report.id
        self._field.setText(draft.get("parent", ""))

    def draft(self) -> Draft:
        return {"parent": self._field.text()}

    def why_not(self) -> str:
        parent = self._field.text().strip()
        if not parent:
            return self.ctx.tr("tulis nomor laporan induk")
        return self.ctx.tr("laporan tidak dapat digabung ke dirinya sendiri") if parent == self._report else ""

    def action(self) -> AnyAction:
        return Merge(parent=self._field.text().strip())


class _Places(QSyntaxHighlighter):
    """Shows what still stands in braces."""

    def __init__(self, document: QTextDocument, look: DeskLook) -> None:
        super().__init__(document)
        self._look = look

    def highlightBlock(self, text: str) -> None:
        shown = QTextCharFormat()
        shown.setBackground(QColor(self._look.theme.palette.yellow))
        shown.setForeground(QColor("#0E1621"))
        found = _PLACE.globalMatch(text)
        while found.hasNext():
            match = found.next()
            self.setFormat(match.capturedStart(), match.capturedLength(), shown)


class AnswerForm(Form):
    """An answer to the citizen, begun from a template. ``is_decline``: it closes the report as another authority's.

    ``filled``: places that are filled in for each report when it is sent (an answer to many).
    """

    def __init__(self, ctx: DeskContext, *, is_decline: bool, filled: frozenset[str] = frozenset()) -> None:
        super().__init__(ctx)
        self._is_decline, self._filled = is_decline, filled
        self._templates: list[Template] = []
        self._report = ""
        self._channel = label(role="second", wraps=True)
        self._list = QListWidget()
        give_role(self._list, "in")
        self._list.setFixedHeight(96)
        self._list.setAccessibleName(ctx.tr("Contoh jawaban"))
        self._list.itemActivated.connect(self._use)
        self._list.itemClicked.connect(self._use)
        self._field = self.text_field(ctx.tr("Jawaban ke pelapor"), 4)
        self._places = _Places(self._field.document(), ctx.look)
        self.column.addWidget(self._list)
        self.column.addWidget(self._field)
        self.column.addWidget(self._channel)
        self.setFocusProxy(self._field)

    def begin(self, detail: Detail, draft: Draft) -> None:
        self._report = detail.report.id
        self._field.setPlainText(draft.get("text", ""))
        self._channel.setText(answered_by(detail.report.channel, self.ctx.tr))
        self.load(self._report)

    def load(self, report: str | None) -> None:
        """Asks for the templates, filled for a report or as they are."""
        self._report = report or ""
        self._list.clear()
        self.ctx.api.get(
            "/desk/templates", list[Template], lambda found: self._came(report or "", found), lambda _: None, query={"report": report}
        )

    def _came(self, report: str, found: list[Template]) -> None:
        if report != self._report:
            return
        # The one that belongs to a decline first.
        self._templates = sorted(found, key=lambda one: (one.name != "di_luar_kewenangan") if self._is_decline else 0)
        self._list.clear()
        for template in self._templates:
            self._list.addItem(QListWidgetItem(self._text(template)))
        self._list.setCurrentRow(0)
        if self._is_decline and self._templates and not self._field.toPlainText():
            self._use(self._list.item(0))

    def _text(self, template: Template) -> str:
        """Citizens are answered in the city's language."""
        return template.texts.get(self.ctx.city.language) or next(iter(template.texts.values()), "")

    def _use(self, item: QListWidgetItem) -> None:
        self._field.setPlainText(self._text(self._templates[self._list.row(item)]))
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.next_place()

    def _open_place(self) -> QRegularExpressionMatch | None:
        """The first place that its writer has to fill in."""
        found = _PLACE.globalMatch(self._field.toPlainText())
        while found.hasNext():
            match = found.next()
            if match.captured().strip("{}") not in self._filled:
                return match
        return None

    def next_place(self) -> None:
        """Selects the first place that is open, so that typing fills it."""
        match = self._open_place()
        cursor = self._field.textCursor()
        if match is not None:
            cursor.setPosition(match.capturedStart())
            cursor.setPosition(match.capturedEnd(), cursor.MoveMode.KeepAnchor)
        else:
            cursor.movePosition(cursor.MoveOperation.End)
        self._field.setTextCursor(cursor)

    def draft(self) -> Draft:
        return {"text": self._field.toPlainText()}

    def why_not(self) -> str:
        text = self._field.toPlainText().strip()
        if not text:
            return self.ctx.tr("tulis dulu jawabannya")
        if (match := self._open_place()) is not None:
            return self.ctx.tr("isi dulu {place}").format(place=match.captured())
        return self.too_long(text, MOST_WORDS)

    def action(self) -> AnyAction:
        text = self._field.toPlainText().strip()
        return Decline(answer=text) if self._is_decline else Answer(text=text)


class FinishForm(Form):
    """Which photo proves it; a lead may say why there is none."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__(ctx)
        self._may_exempt = ctx.api.may("exempt")
        self._hashes: list[str] = []
        self._list = QListWidget()
        give_role(self._list, "in")
        self._list.setFixedHeight(84)
        self._list.setAccessibleName(ctx.tr("Foto bukti"))
        self._list.currentRowChanged.connect(self._chose)
        self._exemption = self.text_field(ctx.tr("Tanpa foto: alasan pengecualian"), 2)
        self._exemption.setVisible(self._may_exempt)
        self._answer = self.text_field(ctx.tr("Jawaban ke pelapor (boleh kosong)"), 2)
        for part in (label(ctx.tr("Foto bukti"), "heading"), self._list, self._exemption, self._answer):
            self.column.addWidget(part)
        self.setFocusProxy(self._list)

    def begin(self, detail: Detail, draft: Draft) -> None:
        self.refresh(detail)
        self._exemption.setPlainText(draft.get("exemption", ""))
        self._answer.setPlainText(draft.get("answer", ""))

    def refresh(self, detail: Detail) -> None:
        found = evidence(detail)
        if [one.hash for one in found] == self._hashes:
            return
        self._hashes = [one.hash for one in found]
        self._list.clear()
        for one in found:
            at = self.ctx.text.when(one.taken_at or one.received_at, self.ctx.now())
            self._list.addItem(f"{picture_role(one.role, self.ctx.tr)} · {at} · {one.hash[:8]}")
        self._list.setCurrentRow(len(found) - 1)

    def draft(self) -> Draft:
        return {"exemption": self._exemption.toPlainText(), "answer": self._answer.toPlainText()}

    def _chose(self, _row: int) -> None:
        self.changed.emit()

    def _photo(self) -> str | None:
        at = self._list.currentRow()
        return self._hashes[at] if 0 <= at < len(self._hashes) else None

    def why_not(self) -> str:
        if self._photo() is None and not (self._may_exempt and self._exemption.toPlainText().strip()):
            return self.ctx.tr("perlu bukti")
        return self.too_long(self._answer.toPlainText(), MOST_WORDS) or self.too_long(self._exemption.toPlainText(), MOST_WORDS)

    def action(self) -> AnyAction:
        exemption = self._exemption.toPlainText().strip() if self._may_exempt else ""
        photo = None if exemption else self._photo()
        return Finish(photo=photo, exemption=exemption or None, answer=self._answer.toPlainText().strip() or None)


def evidence(detail: Detail) -> list[Picture]:
    """Pictures that may show that it is done: no videos, none of before."""
    return [one for one in detail.pictures if one.mime.startswith("image/") and one.role != "before"]
