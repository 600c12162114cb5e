"""The tray over the buttons in which a step gets what it still needs. What is typed is kept for each report and kind until it was sent."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_forms import AnswerForm, Draft, FinishForm, Form, MergeForm, TextForm
from controlroom.console.reports.actions_triage import TriageForm
from controlroom.console.reports.actions_words import step_name
from controlroom.console.reports.detail_parts import FitArea, label, row, with_key
from feeds.messages.actions import AnyAction
from feeds.messages.desk import Detail

FORMS: dict[str, Callable[[DeskContext], Form]] = {
    "answer": lambda ctx: AnswerForm(ctx, is_decline=False),
    "decline": lambda ctx: AnswerForm(ctx, is_decline=True),
    "finish": FinishForm,
    "triage": TriageForm,
    "merge": MergeForm,
    **{kind: (lambda ctx, kind=kind: TextForm(ctx, kind)) for kind in ("note", "progress", "invalidate", "reopen", "hand_back")},
}


class Drafts:
    """What has been typed and not sent, by report and kind. Lives as long as the page."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Draft] = {}

    def get(self, report: str, kind: str) -> Draft:
        return dict(self._kept.get((report, kind), {}))

    def keep(self, report: str, kind: str, draft: Draft) -> None:
        if any(value.strip() for value in draft.values()):
            self._kept[report, kind] = draft
        else:
            self._kept.pop((report, kind), None)

    def drop(self, report: str, kind: str) -> None:
        self._kept.pop((report, kind), None)

    def reports(self) -> list[str]:
        return sorted({report for report, _ in self._kept})

    def kinds(self, report: str) -> list[str]:
        return [kind for of, kind in self._kept if of == report]


class Tray(QFrame):
    """``ready``: the report, the kind and the step that is to be sent. ``left``: the tray closed without one."""

    ready = Signal(str, str, object)
    left = Signal()

    def __init__(self, ctx: DeskContext, drafts: Drafts) -> None:
        super().__init__()
        give_role(self, "tray")
        self._ctx, self._drafts = ctx, drafts
        self._form: Form | None = None
        self._kind = self._report = ""
        self._title = label(role="strong")
        self._why = label(role="second")
        self._send = QPushButton(with_key(ctx.tr("Kirim"), "Ctrl+Enter"))
        give_role(self._send, "primary")
        self._send.clicked.connect(self.send)
        self._close = QPushButton(with_key(ctx.tr("Batal"), "Esc"))
        give_role(self._close, "small")
        self._close.clicked.connect(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addWidget(self._title)
        self._area = FitArea()
        column.addWidget(self._area)
        self._why.setWordWrap(True)
        line = row(self._why, self._close, self._send)
        line.setStretch(0, 1)
        column.addLayout(line)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.send, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        QShortcut(QKeySequence("Esc"), self, self.leave, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.hide()

    @property
    def kind(self) -> str:
        """Empty while it is closed."""
        return self._kind

    @property
    def form(self) -> Form | None:
        return self._form

    def open(self, kind: str, detail: Detail) -> None:
        """Shows the form of that kind with what had been typed for this report; the same again takes the focus only."""
        if (kind, detail.report.id) != (self._kind, self._report):
            self._take_down()
            self._kind, self._report = kind, detail.report.id
            self._form = FORMS[kind](self._ctx)
            self._area.setWidget(self._form)
            self._area.updateGeometry()
            self._title.setText(step_name(kind, self._ctx.tr))
            self._form.begin(detail, self._drafts.get(self._report, kind))
            self._form.changed.connect(self._typed)
        self._say_why()
        self.show()
        if self._form is not None:
            self._form.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self, detail: Detail) -> None:
        if self._form is not None and detail.report.id == self._report:
            self._form.refresh(detail)
            self._say_why()

    def send(self) -> None:
        if self._form is None:
            return
        if self._form.why_not():
            self._say_why()
            return
        action: AnyAction = self._form.action()
        report, kind = self._report, self._kind
        self.close_quietly()
        self.ready.emit(report, kind, action)

    def leave(self) -> None:
        """What was typed stays a draft."""
        self.close_quietly()
        self.left.emit()

    def close_quietly(self) -> None:
        self._take_down()
        self.hide()

    def _take_down(self) -> None:
        form, self._form = self._form, None
        self._kind = self._report = ""
        if form is not None:
            self._area.takeWidget()
            form.hide()
            form.deleteLater()

    def _typed(self) -> None:
        if self._form is not None:
            self._drafts.keep(self._report, self._kind, self._form.draft())
            self._say_why()

    def _say_why(self) -> None:
        if self._form is not None:
            why = self._form.why_not()
            self._why.setText(why)
            self._send.setEnabled(not why)
