"""The head of the window: who sits here, the sum of the day, how bus and doors stand, the city's clock."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from controlroom.console.kit.chips import FreshnessChip, SimulatedChip
from controlroom.console.kit.pictures import icon_of
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.page import DeskContext
from controlroom.console.totals_strip import TotalsStrip
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Subscription
from feeds.messages.freshness import Freshness
from feeds.messages.header import Message, Topic
from feeds.messages.report import TOTALS, ReportState, Totals
from widgets.kit.chip import chip_words

TICK_MS = 250
TOTALS_MS = 250


class TopBar(QFrame):
    """``menu``: what a press on the name opens."""

    def __init__(
        self,
        ctx: DeskContext,
        book: FreshnessBook,
        *,
        is_simulated: bool,
        report: Callable[[BaseException], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        give_role(self, "bar")
        self._ctx = ctx
        self._book = book
        tr, look = ctx.tr, ctx.look
        self._sum_fault = ""
        self.person = QPushButton(who_words(ctx))
        give_role(self.person, "person")
        self.person.setAccessibleName(tr("Menu akun {name}").format(name=who_words(ctx)))
        self.totals = TotalsStrip(look, tr, ctx.text)
        self.bus = FreshnessChip(look, tr, ctx.text)
        self.doors = FreshnessChip(look, tr, ctx.text)
        self.muted = QPushButton(tr("Bunyi mati"))
        give_role(self.muted, "small")
        self.muted.hide()
        self.clock = words(role="number")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 2, 16, 2)
        row.setSpacing(10)
        row.addWidget(words(ctx.city.room, "title"))
        row.addWidget(self.person)
        row.addWidget(self.totals, 1)
        if is_simulated:
            row.addWidget(SimulatedChip(look, tr("SIMULASI")))
        row.addWidget(self.muted)
        row.addWidget(self.doors)
        row.addWidget(self.bus)
        row.addWidget(self.clock)
        row.addWidget(words(ctx.city.clock_label(ctx.now()), "second"), 0, Qt.AlignmentFlag.AlignBaseline)
        self._subscription = Subscription((TOTALS,), TOTALS_MS, self._on_totals, report)
        ctx.hub.subscribe(self._subscription)
        self._unreached_since: datetime | None = None
        self._tick = QTimer(self)
        self._tick.timeout.connect(self.tick)
        self._tick.start(TICK_MS)
        self._paint()
        look.changed.connect(self._paint)
        self.tick()

    def close_bar(self) -> None:
        self._tick.stop()
        self._ctx.hub.unsubscribe(self._subscription)

    def _paint(self) -> None:
        self.person.setIcon(icon_of(self._ctx.look.theme, "person", "ink2"))

    def _on_totals(self, _topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        totals: Totals | None = messages[-1].body
        tr = self._ctx.tr
        self._sum_fault = ""
        if totals is not None and not totals.ties_out():
            parts = sum(totals.count(state) for state in ReportState)
            self._sum_fault = tr("GALAT: jumlah menurut status {parts}").format(parts=self._ctx.text.number(parts))
        self.totals.show_totals(totals)

    def tick(self) -> None:
        """Shows clock, bus and doors as they are now."""
        ctx, now = self._ctx, self._ctx.now()
        self.clock.setText(ctx.text.clock(now))
        bus = self._book.bus()
        if bus.freshness is Freshness.LIVE:
            delay = ctx.tr("Bus {age}").format(age=ctx.text.fine_age(bus.delay_s)) if bus.delay_s is not None else ctx.tr("Bus")
            self.bus.show_freshness(Freshness.LIVE, words=delay)
        else:
            age_s = bus.heartbeat_age_s if bus.freshness is Freshness.OFFLINE else bus.canary_age_s
            self.bus.show_freshness(bus.freshness, words=f"{ctx.tr('Bus')} {chip_words(bus.freshness, age_s, ctx.tr, ctx.text)}")
        state, age_s = self._book.topic(TOTALS, now)
        note = "" if state in (Freshness.LIVE, Freshness.WAITING) else chip_words(state, age_s, ctx.tr, ctx.text)
        self.totals.set_note(self._sum_fault or note)
        self._show_doors(now)

    def _show_doors(self, now: datetime) -> None:
        ctx = self._ctx
        if ctx.api.is_reached:
            self._unreached_since = None
            self.doors.show_freshness(Freshness.LIVE, words=ctx.tr("Pintu"))
            return
        self._unreached_since = self._unreached_since or now
        age_s = (now - self._unreached_since).total_seconds()
        said = chip_words(Freshness.OFFLINE, age_s, ctx.tr, ctx.text)
        self.doors.show_freshness(Freshness.OFFLINE, words=f"{ctx.tr('Pintu')} {said}")


def who_words(ctx: DeskContext) -> str:
    """``Ani Lestari · Dinas PUPR``."""
    who = ctx.api.who
    if who is None:
        return ctx.tr("Belum masuk")
    agency = ctx.city.agency_short(who.agency) if who.agency else None
    return " · ".join(filter(None, (who.name, agency)))
