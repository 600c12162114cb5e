"""The wall's head: whose city, what time, and the pulse of the bus. Knows nothing of reports."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import CLOCK_SKEW_SHOWN_S, Freshness
from feeds.messages.header import Message, Topic
from feeds.messages.system import CANARY
from widgets.kit.canvas import MEDIUM, RIGHT, SEMIBOLD, Canvas
from widgets.kit.chip import chip_words, draw_chip
from widgets.kit.palette import Palette
from widgets.panel import BusStatus, Panel, PanelContext, PanelSpec

TICK_MS = 100
"""The second on the wall is never later than this."""

HEIGHT_U = 220.0
"""The height for which the positions below are drawn; a lower slot is drawn smaller, down to the floor of type."""


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
        """The chip's words, and a line about the sources' clock when it differs."""
        text, tr = self.ctx.text, self.ctx.tr
        if bus.freshness is Freshness.LIVE and bus.delay_s is not None:
            chip = text.fine_age(max(0.0, bus.delay_s))
        else:
            chip = chip_words(bus.freshness, bus.heartbeat_age_s, tr, text)
        if bus.skew_s is None or abs(bus.skew_s) <= CLOCK_SKEW_SHOWN_S:
            return chip, ""
        return chip, tr("jam sumber berbeda {age}").format(age=text.age(abs(bus.skew_s)))

    def paint(self, canvas: Canvas) -> None:
        factor = min(1.0, canvas.height / HEIGHT_U)
        left_end = canvas.width
        if "clock" in self.ctx.options.show:
            left_end = self._paint_clock(canvas, factor)
        if "identity" in self.ctx.options.show:
            self._paint_identity(canvas, factor, left_end)

    def _paint_clock(self, canvas: Canvas, factor: float) -> float:
        """Draws clock, zone and date at the right and the bus chip left of them; returns where they begin."""
        colours, text, now = self.colours, self.ctx.text, self.ctx.now()
        small = canvas.type.small
        right = canvas.width - 36
        size = max(canvas.type.title, canvas.type.clock * factor)
        zone = self.ctx.city.clock_label(now)
        zone_size = max(small, canvas.type.zone * factor)
        clock = text.clock(now)
        zone_width = canvas.text_width(zone, zone_size, MEDIUM)
        size = canvas.fit(clock, (size, 100, 84, 68, canvas.type.title, small), canvas.width - 56 - zone_width, SEMIBOLD, figures=True)
        top = 30 * factor + (max(canvas.type.title, canvas.type.clock * factor) - size) / 2
        zone_width = canvas.text(
            right, top + 0.8636 * (size - zone_size) - 10 * factor, zone, zone_size, colours.ink2, weight=MEDIUM, align=RIGHT
        )
        clock_right = right - zone_width - 12
        clock_width = canvas.text_width(clock, size, SEMIBOLD, figures=True)
        clock_left = clock_right - clock_width
        hours = canvas.text(clock_left, top, clock[:5], size, colours.ink, weight=SEMIBOLD, figures=True)
        canvas.text(clock_left + hours, top, clock[5:], size, colours.ink3, weight=SEMIBOLD, figures=True)
        date_size = max(small, canvas.type.body * factor)
        date_top = max(160 * factor, top + size)
        begin = clock_left
        if date_top + date_size <= canvas.height:
            width = canvas.text(right, date_top, text.long_day(now), date_size, colours.ink2, align=RIGHT, max_width=canvas.width - 56)
            begin = min(begin, right - width)
        return self._paint_bus(canvas, factor, begin)

    def _paint_bus(self, canvas: Canvas, factor: float, right: float) -> float:
        """The chip of the bus where the picture has it, or as far left as the words need; returns where it begins."""
        bus = self.ctx.bus()
        chip, skew = self._bus_words(bus)
        small = canvas.type.small
        label = self.ctx.tr("Bus data")
        chip_width = canvas.text_width(chip, small, SEMIBOLD) + 72
        skew_width = canvas.text_width(skew, small) if skew else 0.0
        width = max(chip_width, canvas.text_width(label, small), skew_width)
        left = min(960.0 * canvas.width / 1856, right - width - 36)
        if left < 28:
            return right - 36
        if canvas.height >= 104:
            canvas.text(left, max(2.0, 54 * factor), label, small, self.colours.ink3)
            top = max(46.0, 110 * factor)
        else:
            top = (canvas.height - 52) / 2
        chip_left = left
        draw_chip(
            canvas,
            chip_left + (chip_width if bus.freshness is not Freshness.LIVE else canvas.text_width(chip, small, MEDIUM) + 72),
            top,
            bus.freshness,
            chip,
        )
        if skew and top + 98 <= canvas.height:
            canvas.text(left, top + 62, skew, small, self.colours.ink2)
        return left - 40

    def _paint_identity(self, canvas: Canvas, factor: float, end: float) -> None:
        colours = self.colours
        name, room = self.ctx.city.name, self.ctx.city.room
        left = 36.0
        mark = 132 * factor
        if end - left > mark + 300:
            _draw_emblem(canvas, left, 44 * factor, mark, colours)
            left += mark + 36
        width = end - left
        if width < 120:
            return
        sizes = tuple(s for s in (84.0, 68.0, 60.0, 52.0, 44.0) if s <= max(canvas.type.title, 84 * factor)) or (canvas.type.small,)
        size = canvas.fit(name, sizes, width, SEMIBOLD, figures=True)
        top = 44 * factor + 0.8636 * (max(canvas.type.title, 84 * factor) - size) if factor > 0.5 else max(0.0, (canvas.height - size) / 2)
        canvas.text(left, top, name, size, colours.ink, weight=SEMIBOLD, figures=True, max_width=width)
        room_size = max(canvas.type.small, canvas.type.room * factor)
        room_top = max(142 * factor, top + size + 4)
        if room_top + room_size <= canvas.height:
            canvas.text(left + 2, room_top, room, room_size, colours.ink2, max_width=width)


def _draw_emblem(canvas: Canvas, x: float, y: float, size: float, colours: Palette) -> None:
    """Roofs over a river, in a square of 132."""
    canvas.painter.save()
    canvas.painter.translate(x, y)
    canvas.painter.scale(size / 132, size / 132)
    canvas.outline(0, 0, 132, 132, colours.line2, 3, radius=14)
    for top, opacity in ((84, 1.0), (104, 0.5)):
        wave = QPainterPath()
        wave.moveTo(20, top)
        wave.cubicTo(35.3, top - 14, 50.7, top - 14, 66, top)
        wave.cubicTo(81.3, top + 14, 96.7, top + 14, 112, top)
        canvas.painter.setOpacity(opacity)
        canvas.path(wave, stroke=colours.sel, width=7)
    canvas.painter.setOpacity(1.0)
    for left, foot, top in ((30, 62, 44), (57, 62, 26), (84, 62, 38)):
        roof = QPainterPath()
        roof.moveTo(left, foot)
        roof.lineTo(left, top)
        roof.lineTo(left + 18, top)
        roof.lineTo(left + 18, foot)
        canvas.path(roof, stroke=colours.ink, width=6)
    canvas.painter.restore()


PANEL = PanelSpec(key="header", title="Kepala", panel=Header, topics=(CANARY,), options=HeaderOptions, chrome="clear", max_rate_ms=1000)
