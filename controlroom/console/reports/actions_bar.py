"""The steps of a report as actions with one key each, and the buttons that show them. Says why one is off; takes none itself."""

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import key_hint
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_forms import evidence
from controlroom.console.reports.actions_words import step_name
from controlroom.console.reports.detail_parts import Flow, KeyButton, emptied
from feeds.messages.desk import Detail
from feeds.messages.report import OPEN_STATES, ReportState
from widgets.kit.wording import state_name

KEYS = {
    "forward": "F2",
    "answer": "F3",
    "decline": "F4",
    "invalidate": "F5",
    "merge": "F6",
    "accept": "F7",
    "progress": "F8",
    "finish": "F9",
    "reopen": "F10",
    "note": "N",
    "triage": "T",
    "pass_picture": "P",
    "pin": "L",
    "hand_back": "K",
}
ICONS = {
    "forward": "send",
    "answer": "reply",
    "decline": "ban",
    "invalidate": "ban",
    "merge": "merge",
    "accept": "check",
    "progress": "clock",
    "finish": "check",
    "reopen": "undo",
    "note": "sms",
    "triage": "search",
    "pass_picture": "photo",
    "pin": "pin",
    "hand_back": "undo",
}
_FIRST = ("forward", "answer", "decline", "merge", "finish")
MAIN = {
    ReportState.NEW: _FIRST,
    ReportState.REOPENED: _FIRST,
    ReportState.FORWARDED: ("accept", "forward", "answer", "decline", "finish"),
    ReportState.WORKING: ("finish", "progress", "answer", "forward", "merge"),
}
CLOSED = ("reopen", "answer", "note", "triage")
"""The large buttons of a report that is closed; the first of every row is what mostly comes next."""

PERMISSIONS = {"hand_back": "accept", "pin": "triage"}
"""Kinds whose permission has another name."""


class StepActions(QObject):
    """``wanted(kind)``: a step that may be taken was asked for; ``refused(sentence)``: one that may not."""

    wanted = Signal(str)
    refused = Signal(str)
    changed = Signal()

    def __init__(self, ctx: DeskContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self.actions: dict[str, QAction] = {}
        self._why: dict[str, str] = {}
        for kind, key in KEYS.items():
            name = ctx.tr("Pindahkan pin") if kind == "pin" else step_name(kind, ctx.tr)
            action = QAction(name, self)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setAutoRepeat(False)
            action.triggered.connect(partial(self._ask, kind))
            self.actions[kind] = action
        self.show_report(None)

    def why_not(self, kind: str) -> str:
        return self._why.get(kind, "")

    def show_report(self, detail: Detail | None) -> None:
        self._why = {kind: self._reason(kind, detail) for kind in KEYS}
        for kind, action in self.actions.items():
            name, why = step_name(kind, self._ctx.tr) if kind != "pin" else self._ctx.tr("Pindahkan pin"), self._why[kind]
            action.setToolTip(f"{name}  {KEYS[kind]}: {why}" if why else f"{name}  {KEYS[kind]}")
        self.changed.emit()

    def _reason(self, kind: str, detail: Detail | None) -> str:
        """Why the step may not be taken now; empty when it may."""
        tr = self._ctx.tr
        if detail is None:
            return tr("belum ada laporan yang dibuka")
        step = "triage" if kind == "pin" else kind
        if step not in detail.steps:
            if not self._ctx.api.may(PERMISSIONS.get(kind, kind)):
                return tr("peran Anda tidak boleh")
            if kind == "pass_picture" and not detail.pictures:
                return tr("tanpa gambar")
            if kind == "finish" and detail.report.state in OPEN_STATES:
                return tr("belum dikerjakan")
            return tr("tidak dari keadaan {state}").format(state=state_name(detail.report.state, tr))
        if kind == "finish" and not evidence(detail) and not self._ctx.api.may("exempt"):
            return tr("perlu bukti")
        return ""

    def _ask(self, kind: str) -> None:
        why = self._why.get(kind, "")
        if why:
            self.refused.emit(f"{self.actions[kind].text()}: {why}")
        else:
            self.wanted.emit(kind)


class ActionBar(QWidget):
    """Large buttons for what mostly comes next, small ones for the rest."""

    def __init__(self, ctx: DeskContext, steps: StepActions) -> None:
        super().__init__()
        self._ctx, self._steps = ctx, steps
        self._state: ReportState | None = None
        self._large: dict[str, KeyButton] = {}
        self._small: dict[str, QPushButton] = {}
        self._main, self._rest = QHBoxLayout(), Flow()
        self._main.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._rest)
        column.addLayout(self._main)
        steps.changed.connect(self._refresh)

    def show_state(self, state: ReportState) -> None:
        if state is self._state:
            return
        self._state = state
        emptied(self._main)
        self._rest.clear()
        self._large, self._small = {}, {}
        kinds = MAIN.get(state, CLOSED)
        for kind in kinds:
            button = KeyButton(self._ctx.look, self._steps.actions[kind], ICONS[kind])
            self._large[kind] = button
            self._main.addWidget(button, 40 + 8 * len(self._steps.actions[kind].text()))
        for kind in KEYS:
            if kind not in kinds:
                self._small[kind] = self._pill(kind)
                self._rest.add(self._small[kind])
        self._refresh()

    def _pill(self, kind: str) -> QPushButton:
        action = self._steps.actions[kind]
        pill = QPushButton(f"{action.text()}  {key_hint(action)}")
        give_role(pill, "pill")
        pill.clicked.connect(action.trigger)
        return pill

    def _refresh(self) -> None:
        """What the state does not allow at all is not shown small; it is still told by its key."""
        is_first = True
        for kind, button in self._large.items():
            button.why_not = self._steps.why_not(kind)
            button.setMinimumWidth(min(150, max(60, button.fontMetrics().horizontalAdvance(button.why_not) + 6)))
            button.is_primary = is_first and not button.why_not
            is_first = is_first and not button.is_primary
            button.setToolTip(self._steps.actions[kind].toolTip())
            button.update()
        for kind, pill in self._small.items():
            pill.setVisible(not self._steps.why_not(kind))
            pill.setToolTip(self._steps.actions[kind].toolTip())
        self._rest.arrange()
