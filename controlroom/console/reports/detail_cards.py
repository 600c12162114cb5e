"""The cards of one report: its clocks, the agencies it may go to, what is alike nearby, its history, instructions. They ask no door."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_words import CLOCK_WORDS, happened, left_of
from controlroom.console.reports.detail_parts import Bar, Mark, card, emptied, label, one_line, row
from controlroom.console.reports.detail_pick import Choice, Pick
from feeds.messages.desk import Alike, Detail, Happening, Instruction
from feeds.messages.queue import Clock, QueueRow, Standing
from widgets.kit.wording import state_name

MOST_LINES = 40
"""Of a history: the latest; the count of the others is said."""


class Clocks(QFrame):
    """What time is left to answer, accept and finish. ``refresh`` is called as time goes by."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        give_role(self, "well")
        self._ctx = ctx
        self._report: QueueRow | None = None
        self._standing: dict[Clock, Standing] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 8, 14, 10)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(4)
        self._left: dict[Clock, QLabel] = {}
        self._bars: dict[Clock, Bar] = {}
        for place, clock in enumerate(Clock):
            self._left[clock] = label(role="strong")
            self._bars[clock] = Bar(ctx.look)
            grid.addLayout(row(label(ctx.tr(CLOCK_WORDS[clock]), "second"), 1, self._left[clock]), 0, place)
            grid.addWidget(self._bars[clock], 1, place)
            grid.setColumnStretch(place, 1)

    def show_report(self, report: QueueRow, standing: dict[Clock, Standing]) -> None:
        self._report, self._standing = report, standing
        self.refresh()

    def refresh(self) -> None:
        if self._report is None:
            return
        now = self._ctx.now()
        for clock in Clock:
            self._show(clock, self._report, now)

    def _show(self, clock: Clock, report: QueueRow, now: datetime) -> None:
        done, until, risk = {
            Clock.RESPOND: (report.responded_at, report.respond_by, report.respond_risk_at),
            Clock.ACCEPT: (report.accepted_at, report.accept_by, report.accept_risk_at),
            Clock.FINISH: (report.finished_at, report.finish_by, report.finish_risk_at),
        }[clock]
        tr, text = self._ctx.tr, self._ctx.text
        if done is not None:
            said, share, colour = tr("sudah {time}").format(time=text.when(done, now)), 0.0, "ink3"
        elif until is None or clock not in self._standing:
            said, share, colour = "—", 0.0, "ink3"
        else:
            left, whole = left_of(until, now), (until - report.received_at).total_seconds()
            share = 1 - left / whole if whole > 0 else 1.0
            said = text.age(left) if left >= 0 else tr("lewat {time}").format(time=text.age(-left))
            colour = "red" if left < 0 else "yellow" if risk is not None and now >= risk else "ink3"
            if colour == "yellow":
                said = tr("tinggal {time}").format(time=said)
        self._left[clock].setText(said)
        self._bars[clock].show_share(share, colour)


class AgencyCard(QFrame):
    """The agency that is suggested first, then the others. ``chosen``: Enter on one of them."""

    chosen = Signal(str)

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        give_role(self, "well")
        self._ctx = ctx
        self.pick = Pick(ctx, ctx.tr("ketik nama OPD"), rows=3)
        self.pick.chosen.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(6)
        column.addWidget(label(ctx.tr("Usulan OPD"), "heading"))
        column.addWidget(self.pick)

    def show_report(self, detail: Detail, *, is_other_report: bool) -> None:
        tr, suggested = self._ctx.tr, detail.suggested_agency
        usual = next((one.agency for one in self._ctx.city.categories if one.code == detail.report.category), None)
        why = tr("usulan menurut kategori") if suggested == usual else tr("usulan di luar jam kerja")
        notes = {detail.report.agency: tr("sekarang di sini"), suggested: why}
        ordered = sorted(self._ctx.city.agencies, key=lambda one: (one.code != suggested, one.code != detail.report.agency))
        choices = [
            Choice(key=one.code, name=one.short, note=notes.get(one.code) or (one.name if one.name != one.short else ""), terms=(one.name,))
            for one in ordered
        ]
        self.pick.set_choices(choices, keeps=not is_other_report)
        if is_other_report:
            self.pick.set_current(suggested or detail.report.agency)

    @property
    def current(self) -> str | None:
        return self.pick.current


class _AlikeRow(QWidget):
    """One report that may tell of the same thing."""

    opened = Signal(str)
    merged = Signal(str)

    def __init__(self, ctx: DeskContext, alike: Alike, *, may_merge: bool) -> None:
        super().__init__()
        self._id = alike.id
        mark = Mark(ctx.look, 26, alike.state)
        mark.setAccessibleName(state_name(alike.state, ctx.tr))
        age = ctx.text.short_age((ctx.now() - alike.received_at).total_seconds())
        facts = f"{ctx.text.number(alike.distance_m)} m · {age} · {ctx.text.percent(alike.similarity, 0)}"
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(label(_short(alike.id), "strong"))
        names.addWidget(label(facts, "second"))
        self.button = QPushButton(ctx.tr("Gabung"))
        give_role(self.button, "pill")
        self.button.setEnabled(may_merge)
        self.button.setAccessibleName(ctx.tr("Gabung ke {report}").format(report=alike.id))
        self.button.clicked.connect(lambda: self.merged.emit(alike.id))
        line = row(mark, spacing=10)
        line.addLayout(names, 1)
        line.addWidget(self.button)
        line.setContentsMargins(0, 4, 0, 4)
        self.setLayout(line)
        self.setToolTip(one_line(alike.words).replace("<", "‹"))

    def mouseDoubleClickEvent(self, event: object) -> None:
        self.opened.emit(self._id)


def _short(report: str) -> str:
    """The end tells reports of one day apart."""
    head, _, tail = report.rpartition("-")
    return f"{head[:3]}…-{tail}" if len(report) > 14 and tail else report


class AlikeCard(QFrame):
    """Up and Down walk through the rows, Enter merges into the one that has the focus."""

    merged = Signal(str)
    opened = Signal(str)

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        give_role(self, "well")
        self._ctx = ctx
        self._shown: tuple[object, ...] = ()
        self._buttons: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 8)
        column.setSpacing(2)
        column.addWidget(label(ctx.tr("Serupa di dekat sini (250 m, 72 jam)"), "heading"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column.addLayout(self._rows)
        column.addStretch(1)

    def show_alike(self, found: Sequence[Alike], *, may_merge: bool) -> None:
        shown = (tuple(found), may_merge)
        if shown == self._shown:
            return
        self._shown = shown
        emptied(self._rows)
        self._buttons = []
        if not found:
            self._rows.addWidget(label(self._ctx.tr("tidak ada yang serupa"), "faint"))
        for alike in found[:6]:
            one = _AlikeRow(self._ctx, alike, may_merge=may_merge)
            one.merged.connect(self.merged)
            one.opened.connect(self.opened)
            self._rows.addWidget(one)
            self._buttons.append(one.button)

    def focus_first(self) -> bool:
        """Whether there is one."""
        if self._buttons:
            self._buttons[0].setFocus(Qt.FocusReason.ShortcutFocusReason)
        return bool(self._buttons)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at = next((place for place, one in enumerate(self._buttons) if one.hasFocus()), None)
        if at is not None and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = -1 if event.key() == Qt.Key.Key_Up else 1
            self._buttons[(at + step) % len(self._buttons)].setFocus()
        elif at is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._buttons[at].click()
        else:
            super().keyPressEvent(event)


class HistoryCard(QFrame):
    """What happened, the newest last as it is read; the times are the city's."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        give_role(self, "well")
        self._ctx = ctx
        self._shown: list[Happening] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        column.addWidget(label(ctx.tr("Riwayat"), "heading"))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        column.addStretch(1)

    def show_history(self, history: list[Happening]) -> None:
        if history == self._shown:
            return
        self._shown = history
        emptied(self._grid)
        latest = history[-MOST_LINES:]
        if len(history) > len(latest):
            earlier = self._ctx.tr("{count} langkah lebih awal").format(count=len(history) - len(latest))
            self._grid.addWidget(label(earlier, "faint"), 0, 1)
        now = self._ctx.now()
        for place, event in enumerate(latest, 1):
            is_today = self._ctx.text.local(event.at).date() == self._ctx.text.local(now).date()
            time = self._ctx.text.clock(event.at) if is_today else self._ctx.text.when(event.at, now)
            self._grid.addWidget(label(time, "second"), place, 0, Qt.AlignmentFlag.AlignTop)
            said = happened(event, self._ctx.city, self._ctx.language, self._ctx.tr)
            self._grid.addWidget(label(f"{said} · {event.actor}", wraps=True), place, 1)


class InstructionsCard(QFrame):
    """What leaders have asked for on this report; hidden while there is nothing."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._ctx = ctx
        frame, self._column = card()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self._shown: list[Instruction] | None = None
        self.hide()

    def show_instructions(self, found: list[Instruction]) -> None:
        if found == self._shown:
            return
        self._shown = found
        emptied(self._column)
        self.setVisible(bool(found))
        tr, text, now = self._ctx.tr, self._ctx.text, self._ctx.now()
        self._column.addWidget(label(tr("Arahan"), "heading"))
        for one in found:
            owner = self._ctx.city.agency_short(one.owner) or one.owner
            state = tr("selesai {day}").format(day=text.dated(one.done_at, now)) if one.done_at is not None else tr("terbuka")
            due = tr("untuk {owner}, sampai {day}").format(owner=owner, day=text.dated(one.due_on, now))
            self._column.addWidget(label(one.text, wraps=True))
            self._column.addWidget(label(f"{one.by} · {due} · {state}", "second", wraps=True))
