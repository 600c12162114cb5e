"""One step for many ticked reports: held back like any other, sent in one request, told report by report."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext, Tone
from controlroom.console.reports.actions_forms import AnswerForm
from controlroom.console.reports.actions_held import Held, HeldSteps, Stage
from controlroom.console.reports.actions_triage import PriorityRow
from controlroom.console.reports.actions_words import refusal, step_name
from controlroom.console.reports.detail_parts import Bar, Flow, label, row, style, with_key
from controlroom.console.reports.detail_pick import Choice, Pick
from feeds.messages.actions import Answer, AnyAction, Forward, Invalidate, Merge, Triage
from feeds.messages.desk import OneOfMany, Outcome
from feeds.messages.queue import QueueRow

KEYS = {"forward": "Shift+F2", "answer": "Shift+F3", "invalidate": "Shift+F5", "merge": "Shift+F6", "priority": "Shift+F7"}
FILLED = frozenset({"report", "agency", "parent"})
"""Places of an answer that each report fills for itself, where it can."""


class Bulk(QFrame):
    """Shown while reports are ticked. ``done``: the reports that were asked for, and those that stay ticked."""

    done = Signal(list, list)

    def __init__(self, ctx: DeskContext, held: HeldSteps, row_of: Callable[[str], QueueRow | None]) -> None:
        super().__init__()
        give_role(self, "card")
        self._ctx, self._held, self._row_of = ctx, held, row_of
        self._ticked: list[str] = []
        self._kind = ""
        self._running: Held | None = None
        self._said = label(role="strong", wraps=True)
        self._progress = Bar(ctx.look)
        self._list = QListWidget()
        self._list.setAccessibleName(ctx.tr("Yang ditolak"))
        self._list.setFixedHeight(112)
        self._actions = {kind: self._action(kind) for kind in KEYS}
        self._buttons = Flow()
        for kind, action in self._actions.items():
            button = QPushButton(f"{action.text()}  {KEYS[kind]}")
            give_role(button, "pill")
            button.clicked.connect(action.trigger)
            self._buttons.add(button)
        self._form = QVBoxLayout()
        self._make: Callable[[QueueRow], AnyAction | None] | None = None
        self._send = QPushButton(with_key(ctx.tr("Kirim"), "Ctrl+Enter"))
        give_role(self._send, "primary")
        self._send.clicked.connect(self.send)
        self._send.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addLayout(row(self._said))
        column.addWidget(self._progress)
        column.addWidget(self._buttons)
        column.addLayout(self._form)
        column.addWidget(self._send, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self._list)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.send, context=inside)
        QShortcut(QKeySequence("Esc"), self, self.leave, context=inside)
        held.changed.connect(self._refresh)
        held.many_done.connect(self._finished)
        ctx.look.changed.connect(self._restyle)
        self._restyle()
        for part in (self, self._progress, self._list):
            part.hide()

    def commands(self) -> list[QAction]:
        return list(self._actions.values())

    def show_ticked(self, ticked: Sequence[str]) -> None:
        self._ticked = list(ticked)
        for action in self._actions.values():
            action.setEnabled(bool(ticked))
        self.setVisible(bool(ticked) or self._running is not None)
        if not ticked:
            self.leave()
            self._list.hide()
        self._refresh()

    def open_form(self, kind: str) -> None:
        """What the step needs, once for all of them."""
        if not self._ticked:
            return
        self.leave()
        self._kind = kind
        forms: dict[str, Callable[[], QWidget]] = {
            "forward": self._agency_form, "answer": self._answer_form, "invalidate": self._reason_form,
            "merge": self._parent_form, "priority": self._priority_form,
        }  # fmt: skip
        form = forms[kind]()
        self._form.addWidget(form)
        self._send.show()
        form.show()
        form.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def leave(self) -> None:
        self._kind, self._make = "", None
        while (item := self._form.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._send.hide()

    def send(self) -> None:
        """Holds the step for every ticked report whose row is known."""
        make, kind = self._make, self._kind
        if make is None or self._running is not None:
            return
        steps: list[OneOfMany] = []
        for report in self._ticked:
            found = self._row_of(report)
            action = make(found) if found is not None else None
            if found is not None and action is not None:
                steps.append(OneOfMany(id=report, revision=found.revision, action=action))
        if not steps:
            self._ctx.tell(self._ctx.tr("Isi dulu yang diperlukan"), Tone.WARNING, None)
            return
        words = self._ctx.tr("{step}: {count} laporan").format(step=self._name(kind), count=len(steps))
        self.leave()
        self._list.hide()
        self._running = self._held.hold(steps, words, is_many=True)
        self._refresh()

    def _name(self, kind: str) -> str:
        return self._ctx.tr("Prioritas") if kind == "priority" else step_name(kind, self._ctx.tr)

    def _action(self, kind: str) -> QAction:
        action = QAction(self._name(kind), self)
        action.setShortcut(QKeySequence(KEYS[kind]))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(partial(self.open_form, kind))
        action.setEnabled(False)
        return action

    def _agency_form(self) -> QWidget:
        pick = Pick(self._ctx, self._ctx.tr("ketik nama OPD"), rows=2)
        pick.set_choices([Choice(key=one.code, name=one.short, note=one.name, terms=(one.name,)) for one in self._ctx.city.agencies])
        pick.chosen.connect(self._entered)
        self._make = lambda _: Forward(agency=pick.current) if pick.current is not None else None
        return pick

    def _answer_form(self) -> QWidget:
        form = AnswerForm(self._ctx, is_decline=False, filled=FILLED)
        form.load(None)

        def made(found: QueueRow) -> AnyAction | None:
            action = form.action() if not form.why_not() else None
            return Answer(text=self._filled(action.text, found)) if isinstance(action, Answer) else None

        self._make = made
        return form

    def _filled(self, text: str, found: QueueRow) -> str:
        """A place that a report cannot fill stays: the doors refuse it for that one, by name."""
        agency = next((one.name for one in self._ctx.city.agencies if one.code == found.agency), None)
        for place, said in (("report", found.id), ("agency", agency), ("parent", found.parent)):
            if said:
                text = text.replace(f"{{{place}}}", said)
        return text

    def _reason_form(self) -> QWidget:
        field = self._field(self._ctx.tr("Alasan: mengapa ini iseng"), 1_000)
        self._make = lambda _: Invalidate(reason=field.text().strip()) if field.text().strip() else None
        return field

    def _parent_form(self) -> QWidget:
        field = self._field(self._ctx.tr("Nomor laporan induk"), 64)
        # The parent may be among the ticked ones: it is not merged into itself.
        self._make = lambda found: Merge(parent=field.text().strip()) if field.text().strip() not in ("", found.id) else None
        return field

    def _priority_form(self) -> QWidget:
        form = PriorityRow(self._ctx)
        self._make = lambda _: Triage(priority=form.priority) if form.priority is not None else None
        return form

    def _field(self, prompt: str, most: int) -> QLineEdit:
        field = QLineEdit()
        field.setMaxLength(most)
        field.setPlaceholderText(prompt)
        field.setAccessibleName(prompt)
        field.returnPressed.connect(self.send)
        return field

    def _entered(self, _key: str) -> None:
        self.send()

    def _refresh(self) -> None:
        tr, running = self._ctx.tr, self._running
        if running is not None and running not in self._held.all:
            # Called back, or finished: the outcome follows.
            self._running = running = None
            self.setVisible(bool(self._ticked))
        self._progress.setVisible(running is not None)
        if running is None:
            self._said.setText(tr("{n} ditandai").format(n=len(self._ticked)))
            return
        done, whole = len(running.outcomes), len(running.steps)
        self._progress.show_share(done / whole, "sel")
        waits = tr("menunggu pintu") if running.stage is Stage.WAITING else tr("{done} dari {whole}").format(done=done, whole=whole)
        self._said.setText(f"{running.words} · {waits}")

    def _finished(self, held: Held) -> None:
        """Refused ones stay ticked, each with its reason."""
        refused = [one for one in held.outcomes if one.report is None]
        self._running = None
        self._list.clear()
        for one in refused:
            self._list.addItem(f"{one.id} · {self._why(one)}")
        self._list.setVisible(bool(refused))
        done = len(held.outcomes) - len(refused)
        said = self._ctx.tr("{words}: {done} terlaksana, {refused} ditolak").format(words=held.words, done=done, refused=len(refused))
        self._ctx.tell(said, Tone.WARNING if refused else Tone.GOOD, None)
        self.done.emit([one.id for one in held.outcomes], [one.id for one in refused])
        self._refresh()

    def _why(self, outcome: Outcome) -> str:
        return refusal(outcome.problem, self._ctx.tr) if outcome.problem is not None else self._ctx.tr("ditolak")

    def _restyle(self) -> None:
        self.setStyleSheet(style(self._ctx.look))
