"""The form of a triage: kind, priority, place and the words that the wall may show, with a preview of what it will show."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_forms import Draft, Form
from controlroom.console.reports.actions_words import priority_name
from controlroom.console.reports.detail_parts import label
from controlroom.console.reports.detail_pick import Choice, Pick
from feeds.messages.actions import AnyAction, Triage
from feeds.messages.city import City
from feeds.messages.desk import Detail
from feeds.messages.queue import QueueRow
from feeds.messages.report import Priority
from widgets.kit.canvas import plain

MOST_TEXT = 280
MOST_PLACE = 200


def category_choices(city: City, language: str) -> list[Choice]:
    """Found by their names in every language and by their code."""
    return [
        Choice(
            key=one.code,
            name=one.names.get(language) or one.names.get(city.language) or one.code,
            note=city.agency_short(one.agency) or "",
            terms=(*one.names.values(), one.code.replace("_", " ")),
        )
        for one in city.categories
    ]


class PriorityRow(QWidget):
    """Three buttons, one of them down: 1, 2, 3 or the arrows."""

    changed = Signal()

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: dict[Priority, QPushButton] = {}
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for number, priority in enumerate(Priority, 1):
            button = QPushButton(f"{number} {priority_name(priority, ctx.tr)}")
            give_role(button, "key")
            button.setCheckable(True)
            self._group.addButton(button)
            self._buttons[priority] = button
            line.addWidget(button)
        line.addStretch(1)
        self._group.buttonToggled.connect(self._toggled)
        self.setFocusProxy(self._buttons[Priority.NORMAL])

    def _toggled(self, _button: object, _is_down: bool) -> None:
        self.changed.emit()

    @property
    def priority(self) -> Priority | None:
        return next((one for one, button in self._buttons.items() if button.isChecked()), None)

    def choose(self, priority: Priority) -> None:
        self._buttons[priority].setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        place = event.text()
        if place in ("1", "2", "3"):
            button = list(self._buttons.values())[int(place) - 1]
            button.setChecked(True)
            button.setFocus()
        else:
            super().keyPressEvent(event)


class TriageForm(Form):
    """Sends only what is other than before."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__(ctx)
        tr = ctx.tr
        self._report: QueueRow | None = None
        self._category = Pick(ctx, tr("Kategori: ketik huruf awalnya"), rows=2)
        self._category.set_choices(category_choices(ctx.city, ctx.language))
        self._category.changed.connect(self._on_changed)
        self._priority = PriorityRow(ctx)
        self._priority.changed.connect(self._on_changed)
        self._place = QLineEdit()
        self._place.setMaxLength(MOST_PLACE)
        self._place.setPlaceholderText(tr("Tempat, seperti tertulis di dinding"))
        self._place.setAccessibleName(tr("Tempat, seperti tertulis di dinding"))
        self._place.textChanged.connect(self._on_changed)
        self._text = self.text_field(tr("Teks untuk dinding: tanpa nama, nomor, atau wajah"), 2)
        self._text.textChanged.connect(self._typed)
        self._preview = label(role="plate", wraps=True)
        self._count = label(role="faint")
        for part in (self._category, self._priority, self._place, self._text, self._preview, self._count):
            self.column.addWidget(part)
        self.setFocusProxy(self._category)

    def begin(self, detail: Detail, draft: Draft) -> None:
        report = self._report = detail.report
        self._category.set_current(draft.get("category") or report.category)
        self._priority.choose(Priority(draft.get("priority") or report.priority))
        self._place.setText(draft.get("place", report.place or ""))
        self._text.setPlainText(draft.get("text", report.text or ""))
        self._typed()

    def refresh(self, detail: Detail) -> None:
        self._report = detail.report

    def _on_changed(self, *_: object) -> None:
        self._typed()

    def _typed(self) -> None:
        text = self._text.toPlainText().strip()
        name = self.ctx.city.category_name(self._category.current or "", self.ctx.city.language) or ""
        # Until an operator passes words the wall says the kind alone.
        shown = " · ".join(part for part in (plain(text) or name, self._place.text().strip()) if part)
        self._preview.setText(self.ctx.tr("Di dinding: {text}").format(text=shown[:MOST_TEXT]))
        self._count.setText(self.ctx.tr("{count} dari {most} huruf").format(count=len(text), most=MOST_TEXT))
        self.changed.emit()

    def draft(self) -> Draft:
        report, made = self._report, Draft()
        values = {
            "category": (self._category.current or "", report.category if report is not None else ""),
            "priority": (str(self._priority.priority or ""), str(report.priority) if report is not None else ""),
            "place": (self._place.text(), (report.place or "") if report is not None else ""),
            "text": (self._text.toPlainText(), (report.text or "") if report is not None else ""),
        }
        for name, (value, before) in values.items():
            if value != before and not (name in ("category", "priority") and not value):
                made[name] = value
        return made

    def why_not(self) -> str:
        if (problem := self.too_long(self._text.toPlainText().strip(), MOST_TEXT)) != "":
            return problem
        return "" if self.draft() else self.ctx.tr("belum ada yang diubah")

    def action(self) -> AnyAction:
        changed = self.draft()
        return Triage(
            category=changed.get("category"),
            priority=Priority(changed["priority"]) if "priority" in changed else None,
            place=changed["place"].strip() if "place" in changed else None,
            text=changed["text"].strip() if "text" in changed else None,
        )
