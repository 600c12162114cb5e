"""The wall's head: whose city, what time, and the pulse of the bus. Knows nothing of reports."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import CLOCK_SKEW_SHOWN_S, Freshness
from feeds.messages.header import Message, Topic
from feeds.messages.system import CANARY
from widgets.kit.canvas import MEDIUM, RIGHT, SEMIBOLD, Canvas
from widgets.kit.chip import chip_width, chip_words, draw_chip
from widgets.kit.emblem import draw_emblem
from widgets.kit.palette import Palette
from widgets.panel import BusStatus, Panel, PanelContext, PanelSpec

TICK_MS = 100
"""The second on the wall is never later than this."""

_TEXT_LEFT = 206.0
"""Where the room's name begins beside the emblem."""

_NAME_U = 52.0
"""A city's name on two lines (wall units)."""

LOW_U = 190.0
"""Below this height everything stands on one line."""


class HeaderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``show``: which parts, of identity and clock."""

    show: tuple[Literal["identity", "clock"], ...] = ("identity", "clock")


class Header(Panel):
    """City, room, delay of the bus, clock and date."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._shown: tuple[str, ...] = ()
        ctx.every(TICK_MS, self._tick)

    @property
    def colours(self) -> Palette:
        """Never grey: the clock is this machine's own and right even when the bus is gone."""
        return self.ctx.theme.palette

    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """The canary changes the delay only, which the next tick shows."""

    def _tick(self) -> None:
        shown = (self.ctx.text.clock(self.ctx.now()), *self._bus_words(self.ctx.bus()))
        if shown != self._shown:
            self._shown = shown
            self.update()

    def _bus_words(self, bus: BusStatus) -> tuple[str, str]:
        """The chip's words, and a line about what else is wrong: errors of the wall itself, refused messages, the sources' clock."""
        text, tr = self.ctx.text, self.ctx.tr
        if bus.freshness is Freshness.LIVE and bus.delay_s is not None:
            chip = text.fine_age(max(0.0, bus.delay_s))
        else:
            age_s = bus.heartbeat_age_s if bus.freshness is Freshness.OFFLINE else bus.canary_age_s
            chip = chip_words(bus.freshness, age_s, tr, text)
        notes: list[str] = []
        if bus.faults:
            notes.append(tr("{count} galat, lihat log").format(count=bus.faults))
        if bus.simulated:
            notes.append(tr("{count} pesan simulasi dibuang").format(count=text.number(bus.simulated)))
        if bus.rejected:
            notes.append(tr("{count} pesan ditolak").format(count=text.number(bus.rejected)))
        if bus.skew_s is not None and abs(bus.skew_s) > CLOCK_SKEW_SHOWN_S:
            notes.append(tr("jam sumber berbeda {age}").format(age=text.age(abs(bus.skew_s))))
        return chip, " · ".join(notes)

    def paint(self, canvas: Canvas) -> None:
        is_low = canvas.height < LOW_U
        left_end = canvas.width
        if "clock" in self.ctx.options.show:
            left_end = self._paint_clock(canvas, is_low=is_low)
        if "identity" in self.ctx.options.show:
            self._paint_identity(canvas, left_end, is_low=is_low)

    def _paint_clock(self, canvas: Canvas, *, is_low: bool) -> float:
        """Draws clock, zone and date at the right and the bus chip left of them; returns where they begin."""
        colours, text, now = self.colours, self.ctx.text, self.ctx.now()
        right = canvas.width - 36
        wanted = min(canvas.type.clock, 0.62 * canvas.height)
        zone, clock = self.ctx.city.clock_label(now), text.clock(now)
        sizes = tuple(size for size in (wanted, 116.0, 100.0, 84.0, 68.0, 52.0, 44.0, canvas.type.small) if size <= wanted)
        zone_size = max(canvas.type.small, canvas.type.zone * wanted / canvas.type.clock)
        zone_width = canvas.text_width(zone, zone_size, MEDIUM)
        size = canvas.fit(clock, sizes, canvas.width - 56 - zone_width - self._name_room(canvas, is_low=is_low), SEMIBOLD, figures=True)
        top = (canvas.height - size) / 2 if is_low else 30.0 + (wanted - size) / 2
        canvas.text(right, top + 0.8636 * (size - zone_size) - size / 13.2, zone, zone_size, colours.ink2, weight=MEDIUM, align=RIGHT)
        begin = right - zone_width - 12 - canvas.text_width(clock, size, SEMIBOLD, figures=True)
        hours = canvas.text(begin, top, clock[:5], size, colours.ink, weight=SEMIBOLD, figures=True)
        canvas.text(begin + hours, top, clock[5:], size, colours.ink3, weight=SEMIBOLD, figures=True)
        date, date_size = text.long_day(now), canvas.type.body
        if not is_low:
            width = canvas.text(right, max(160.0, top + size), date, date_size, colours.ink2, align=RIGHT, max_width=canvas.width - 56)
            begin = min(begin, right - width)
        elif begin - canvas.text_width(date, date_size) > 900:
            begin -= 40 + canvas.text(begin - 40, (canvas.height - date_size) / 2, date, date_size, colours.ink2, align=RIGHT)
        return self._paint_bus(canvas, begin, is_low=is_low)

    def _name_room(self, canvas: Canvas, *, is_low: bool) -> float:
        """What a high header keeps free beside the clock, so that the city's name stands whole on two lines."""
        if is_low or "identity" not in self.ctx.options.show:
            return 0.0
        words = self.ctx.city.name.split()
        longest = max((canvas.text_width(word, _NAME_U, SEMIBOLD, figures=True) for word in words), default=0.0)
        return 36 + max(longest, canvas.text_width(self.ctx.city.room, canvas.type.room)) + 44

    def _paint_bus(self, canvas: Canvas, right: float, *, is_low: bool) -> float:
        """The chip of the bus where the picture has it, or as far left as the words need; returns where it begins."""
        bus = self.ctx.bus()
        chip, note = self._bus_words(bus)
        small, label = canvas.type.small, self.ctx.tr("Bus data")
        wide = chip_width(canvas, bus.freshness, chip)
        width = wide if is_low else max(wide, canvas.text_width(label, small))
        left = right - width - 40 if is_low else min(960.0 * canvas.width / 1856, right - width - 36)
        if left < (28 if bus.freshness is not Freshness.LIVE else 330):
            return right - 36
        if is_low:
            draw_chip(canvas, left + wide, (canvas.height - 52) / 2, bus.freshness, chip)
            return self._paint_note(canvas, note, left - 24, (canvas.height - small) / 2, 330.0) - 40
        canvas.text(left, 54, label, small, self.colours.ink3)
        draw_chip(canvas, left + wide, 110, bus.freshness, chip)
        least = _TEXT_LEFT + canvas.text_width(self.ctx.city.room, canvas.type.room) + 32
        self._paint_note(canvas, note, min(left + canvas.text_width(note, small), right - 36), 170, least)
        return left - 40

    def _paint_note(self, canvas: Canvas, note: str, right: float, top: float, least: float) -> float:
        """What else is wrong, ending at ``right`` and beginning no further left than ``least``; returns where it begins."""
        room = right - least
        if not note or room < 120:
            return right
        return right - canvas.text(right, top, note, canvas.type.small, self.colours.ink2, align=RIGHT, max_width=room)

    def _paint_identity(self, canvas: Canvas, end: float, *, is_low: bool) -> None:
        colours = self.colours
        name, room = self.ctx.city.name, self.ctx.city.room
        left = 36.0
        mark = min(132.0, 0.6 * canvas.height)
        if end - left > mark + 300:
            draw_emblem(canvas, left, (canvas.height - mark) / 2 if is_low else 44, mark, colours)
            left += mark + 36
        width = end - left
        if width < 120:
            return
        if is_low:
            size = canvas.fit(name, (60.0, 52.0, 44.0, 36.0), width, SEMIBOLD, figures=True)
            canvas.text(left, (canvas.height - size) / 2, name, size, colours.ink, weight=SEMIBOLD, figures=True, max_width=width)
            return
        size = canvas.fit(name, (84.0, 76.0, 68.0, 60.0), width, SEMIBOLD, figures=True)
        room_top = 142.0
        lines = [name]
        if canvas.text_width(name, size, SEMIBOLD, figures=True) > width:
            size = _NAME_U
            lines = canvas.wrap(name, size, width, 2, SEMIBOLD)
        top = 44 + 0.8636 * (84 - size) if len(lines) == 1 else 32.0
        for line in lines:
            canvas.text(left, top, line, size, colours.ink, weight=SEMIBOLD, figures=True, max_width=width)
            top += 56
        room_top = 142.0 if len(lines) == 1 else 152.0
        canvas.text(left + 2, room_top, room, canvas.type.room, colours.ink2, max_width=width)


PANEL = PanelSpec(key="header", title="Kepala", panel=Header, topics=(CANARY,), options=HeaderOptions, chrome="clear", max_rate_ms=1000)
