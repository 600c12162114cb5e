"""Weather, river and air around the city: a strip of three values or a card. Each value has its own time and its own age.

Judges nothing: what a level or an index means was said by whoever read the sensor.
"""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from feeds.messages.environment import AIR, FORECAST, RIVER, AirStation, Forecast, RiverGauge
from feeds.messages.header import Message
from widgets.kit.canvas import RIGHT, SEMIBOLD, Canvas
from widgets.kit.chip import plan_bare_chips
from widgets.kit.conditions import needs_somebody
from widgets.kit.icons import draw_icon
from widgets.kit.quiet import draw_nothing
from widgets.kit.readout import (
    CELL_U,
    NARROW_ROW_U,
    ROW_U,
    STEP_U,
    cell_least,
    cell_width,
    draw_cell,
    draw_line,
    draw_row,
    draw_step,
    fits_row,
    row_height,
)
from widgets.kit.surroundings import Ahead, Reading, Speech, air, rivers, weather
from widgets.panel import Panel, PanelContext, PanelSpec

PAGE_MS = 8000
STRIP_U = 200.0
"""A slot lower than this is a strip: no title, cells side by side."""

_CELL_WIDTH, _BLOCK_WIDTH = 400.0, 480.0
_HEAD_U, _WEATHER_U = 52.0, 152.0
_WEIGHTS = {"partly": 1.1, "river": 1.32, "air": 1.0}
"""Names of gauges are the longest."""

_GAP = 44.0


class LingkunganOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``place``: id or district of the forecast that is shown; else the one nearest to the middle of the city."""

    place: str | None = None


class _Section(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the three tells: its readings, the most urgent first, and for the weather the hours to come."""

    title: str
    icon: str
    readings: list[Reading]
    ahead: list[Ahead] = []
    more: list[Ahead] = []

    @property
    def urgency(self) -> tuple[float, ...]:
        return self.readings[0].urgency


class LingkunganPanel(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._sections: list[_Section] = []
        self._page = 0
        ctx.every(PAGE_MS, self._turn)
        ctx.every(1000, self._collect)

    def on_river(self, messages: Sequence[Message[RiverGauge]]) -> None:
        self._collect()

    def on_air(self, messages: Sequence[Message[AirStation]]) -> None:
        self._collect()

    def on_forecast(self, messages: Sequence[Message[Forecast]]) -> None:
        self._collect()

    def _collect(self) -> None:
        """Reads what holds now: values age and forecasts move on by themselves. Repaints when something reads differently."""
        ctx, tr = self.ctx, self.ctx.tr
        speech = Speech(tr=tr, text=ctx.text, language=ctx.language, city=ctx.city, now=ctx.now())
        now, ahead, more = weather(ctx.latest, speech, ctx.options.place, ctx.freshness(FORECAST))
        found = [
            _Section(title=tr("Cuaca"), icon="partly", readings=[now] if now is not None else [], ahead=ahead, more=more),
            _Section(title=tr("Sungai"), icon="river", readings=rivers(ctx.latest, speech)),
            _Section(title=tr("Udara"), icon="air", readings=air(ctx.latest, speech)),
        ]
        found = [section for section in found if section.readings]
        if found != self._sections:
            self._sections = found
            self.update()
        moments = [m.observed_at for topic in (RIVER, AIR, FORECAST) for m in ctx.latest(topic).values() if m.body is not None]
        if not moments:
            self.describe("")
            return
        credits = dict.fromkeys(reading.credit for section in found for reading in section.readings if reading.credit)
        self.describe(" · ".join([f"{tr('per')} {ctx.text.when(max(moments), ctx.now())}", ", ".join(credits)]))

    def _turn(self) -> None:
        self._page += 1
        self.update()

    def paint(self, canvas: Canvas) -> None:
        if canvas.height < STRIP_U:
            self._paint_strip(canvas)
            return
        if not self._sections:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada data lingkungan"), self.ctx.tr)
            return
        top = canvas.content_top
        area = QRectF(canvas.padding, top, canvas.width - 2 * canvas.padding, canvas.height - top - 16)
        zoom = min(2.0, max(1.0, min(area.width() / 1776, area.height() / 300)))
        canvas.painter.save()
        canvas.painter.translate(area.x(), area.y())
        canvas.painter.scale(zoom, zoom)
        self._paint_card(canvas, QRectF(0, 0, area.width() / zoom, area.height() / zoom))
        canvas.painter.restore()

    def _paint_strip(self, canvas: Canvas) -> None:
        left, chips = 28.0, plan_bare_chips(canvas, self.status, self.ctx.tr, self.ctx.text).width
        edge = 12.0 if self.status.is_simulated and canvas.height >= 120 else 0.0
        area = QRectF(left, edge, canvas.width - left - 28 - chips, canvas.height - edge)
        if not self._sections:
            words = self.ctx.tr("Belum ada data lingkungan")
            canvas.text(left, (canvas.height - 40) / 2, words, canvas.type.body, canvas.colours.ink3, max_width=area.width())
            return
        self._paint_cells(canvas, area)

    def _paint_cells(self, canvas: Canvas, area: QRectF) -> None:
        """As many of the three as the room has cells for; the most urgent first, and by turns when there are more."""
        columns = max(1, min(3, int((area.width() + _GAP) // (_CELL_WIDTH + _GAP))))
        rows = max(1, min(3, int(area.height() // CELL_U)))
        if rows >= 3:
            columns = 1
        sections, room = self._sections, columns * rows
        face = self._page % 2
        if room < len(sections):
            face = self._page // -(-len(sections) // room) % 2
            sections = sorted(sections, key=lambda section: section.urgency[0])
            first = self._page % (-(-len(sections) // room)) * room
            sections = sections[first : first + room]
        columns = min(columns, len(sections))
        rows = -(-len(sections) // columns)
        widths = self._shares(canvas, sections[:columns], area.width() - (columns - 1) * _GAP) if rows == 1 else []
        even, height = (area.width() - (columns - 1) * _GAP) / columns, min(area.height() / rows, 1.8 * CELL_U)
        x, top = area.x(), area.y() + (area.height() - rows * height) / 2
        for index, section in enumerate(sections):
            width = widths[index] if widths else even
            x = area.x() if index % columns == 0 else x
            y = top + index // columns * height
            if index % columns:
                canvas.rect(x - _GAP / 2 - 1, y + (height - 72) / 2, 2, 72, canvas.colours.line)
            draw_cell(canvas, section.readings[0], QRectF(x, y, width, height), self._beside(section), face=face)
            x += width + _GAP

    def _shares(self, canvas: Canvas, sections: list[_Section], room: float) -> list[float]:
        """Widths of cells side by side: each what it cannot do without, then by what it would like to have."""
        least = [min(cell_least(canvas, section.readings[0]), 0.5 * room) for section in sections]
        if sum(least) > room:
            return [room * one / sum(least) for one in least]
        wanted = [cell_width(canvas, section.readings[0], self._beside(section)) for section in sections]
        more = [min(max(1.0, width - start), 0.6 * room) for width, start in zip(wanted, least, strict=True)]
        spare = room - sum(least)
        return [start + spare * one / sum(more) for start, one in zip(least, more, strict=True)]

    def _beside(self, section: _Section) -> tuple[str, ...]:
        """What a single cell must add: others that need somebody, or the weather to come."""
        aside = section.readings[0].aside
        others = sum(needs_somebody(reading.condition) for reading in section.readings[1:])
        if others:
            return (self.ctx.tr("{count} lain perlu perhatian").format(count=others),)
        steps = [(f"{step.clock} {step.words} {step.temperature}", f"{step.clock} {step.words}") for step in section.ahead]
        return (aside, aside.partition(":")[0], *(words for both in steps for words in both))

    def _paint_card(self, canvas: Canvas, area: QRectF) -> None:
        for columns in _arrangements(self._sections):
            weights = [max(_WEIGHTS[section.icon] for section in column) for column in columns]
            across = area.width() - (len(columns) - 1) * _GAP
            widths = [across * weight / sum(weights) for weight in weights]
            least = _BLOCK_WIDTH if len(columns) > 1 else 300.0
            if min(widths) < least or not all(_heights(c, area.height(), w) for c, w in zip(columns, widths, strict=True)):
                continue
            x = area.x()
            for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
                if index:
                    canvas.rect(x - _GAP / 2 - 1, area.y() + 8, 2, area.height() - 16, canvas.colours.line)
                self._paint_stack(canvas, column, QRectF(x, area.y(), width, area.height()))
                x += width + _GAP
            return
        self._paint_cells(canvas, area)

    def _paint_stack(self, canvas: Canvas, sections: list[_Section], box: QRectF) -> None:
        y = box.y()
        for index, (section, height) in enumerate(zip(sections, _heights(sections, box.height(), box.width()), strict=True)):
            if index:
                canvas.rect(box.x(), y - 10, box.width(), 2, canvas.colours.line)
            self._paint_block(canvas, section, QRectF(box.x(), y, box.width(), height))
            y += height

    def _paint_block(self, canvas: Canvas, section: _Section, box: QRectF) -> None:
        """A heading with whoever says so, and below it the weather or the list, the most urgent first."""
        is_weather = section.icon == "partly"
        inner = QRectF(box.x(), box.y() + _HEAD_U, box.width(), box.height() - _HEAD_U)
        row = row_height(box.width(), section.icon)
        shown = section.readings[: 1 if is_weather else max(1, int((inner.height() + 8) // row))]
        credit, others = self._heading(canvas, section, shown, box)
        may_be_tall = not is_weather and not credit and row == ROW_U and inner.height() >= NARROW_ROW_U - 8
        if may_be_tall and not all(fits_row(canvas, reading, box.width()) for reading in shown):
            row = NARROW_ROW_U
            shown = shown[: max(1, int((inner.height() + 8) // row))]
            credit, others = self._heading(canvas, section, shown, box)
        colours, kind = canvas.colours, canvas.type
        draw_icon(canvas, section.icon, box.x(), box.y() + 2, 40, colours.ink3)
        x, y = box.x() + 56, box.y() + 4
        x += canvas.text(x, y, section.title, kind.small, colours.ink2, weight=SEMIBOLD, max_width=box.right() - x) + 20
        if credit:
            canvas.text(x, y, credit, kind.small, colours.ink3)
            shown = [msgspec.structs.replace(reading, credit="") for reading in shown]
        canvas.text(box.right(), y, others, kind.small, colours.ink3, align=RIGHT, max_width=max(0.0, box.right() - x))
        if is_weather:
            self._paint_weather(canvas, section, shown[0], inner)
            return
        step = min(1.3 * row, max(row, inner.height() / max(1, len(shown))))
        for index, reading in enumerate(shown):
            draw_row(canvas, reading, inner.x(), inner.y() + index * step, inner.width(), is_tall=row > ROW_U)

    def _heading(self, canvas: Canvas, section: _Section, shown: list[Reading], box: QRectF) -> tuple[str, str]:
        """Credits that have room beside the title, so that rows need not repeat them, and how many have no place."""
        small = canvas.type.small
        room = box.width() - 76 - canvas.text_width(section.title, small, SEMIBOLD)
        credit = ", ".join(dict.fromkeys(reading.credit for reading in shown if reading.credit))
        others = self._others([] if section.icon == "partly" else section.readings[len(shown) :])
        left = room - canvas.text_width(credit, small)
        fitting = next((words for words in others if not words or canvas.text_width(words, small) + 24 <= left), None)
        if fitting is None or left < 0:
            return "", others[0]
        return credit, fitting

    def _others(self, rest: list[Reading]) -> tuple[str, ...]:
        """What has no place: ``3 lain`` or, where there is less room, ``+3``; how many of them need somebody goes first."""
        if not rest:
            return ("",)
        tr, urgent = self.ctx.tr, sum(needs_somebody(reading.condition) for reading in rest)
        if urgent:
            return (tr("{count} lain perlu perhatian").format(count=urgent), f"+{len(rest)}")
        return (tr("{count} lain").format(count=len(rest)), f"+{len(rest)}")

    def _paint_weather(self, canvas: Canvas, section: _Section, reading: Reading, box: QRectF) -> None:
        """Now in large figures; below where and of when; then heavy weather elsewhere and the hours to come, as many as fit."""
        kind, colours = canvas.type, canvas.colours
        ink, faint = (colours.ink3, colours.ink3) if reading.is_old else (colours.ink, colours.ink2)
        draw_icon(canvas, reading.icon, box.x(), box.y() + 4, 76, faint)
        x = box.x() + 96
        x += canvas.text(x, box.y() + 4, reading.value, kind.total, ink, weight=SEMIBOLD, figures=True, max_width=0.5 * box.width()) + 24
        lines = canvas.wrap(reading.word, kind.body, box.right() - x, 2)
        tops = (box.y() + 33,) if len(lines) == 1 else (box.y() + 4, box.y() + 48)
        for top, line in zip(tops, lines, strict=False):
            canvas.text(x, top, line, kind.body, ink, max_width=box.right() - x)
        draw_line(canvas, reading.name, reading, box.x(), box.y() + 100, box.width(), facts=reading.facts)
        y = box.y() + _WEATHER_U
        room = int((box.bottom() - y + 8) // STEP_U)
        if reading.aside and room > 0:
            draw_icon(canvas, "storm", box.x(), y, 42, faint)
            canvas.text(box.x() + 60, y + 1, reading.aside, kind.small, ink, max_width=box.width() - 60)
            y += STEP_U
            room -= 1
        steps = section.more if room >= len(section.more) else section.ahead
        for step in steps[: max(0, room)]:
            draw_step(canvas, step, box.x(), y, box.width(), is_old=reading.is_old)
            y += STEP_U


def _arrangements(sections: list[_Section]) -> list[list[list[_Section]]]:
    """Ways to place the blocks, the widest first: side by side, the weather beside the others, one below the other."""
    ways = [[[section] for section in sections]]
    if len(sections) == 3:
        ways.append([sections[:1], sections[1:]])
    return [*ways, [sections]]


def _heights(sections: list[_Section], room: float, width: float) -> list[float]:
    """Heights of blocks one below the other: the least of each, then by turns a row more; empty where the least has no room."""
    rows = [STEP_U if section.icon == "partly" else row_height(width, section.icon) for section in sections]
    heights = [_HEAD_U + (_WEATHER_U if section.icon == "partly" else row) + 12 for section, row in zip(sections, rows, strict=True)]
    if sum(heights) > room + 12:
        return []
    wanted = [len(s.ahead) + bool(s.readings[0].aside) if s.icon == "partly" else len(s.readings) - 1 for s in sections]
    grown = True
    while grown:
        grown = False
        for index, row in enumerate(rows):
            if wanted[index] > 0 and sum(heights) + row <= room:
                heights[index] += row
                wanted[index] -= 1
                grown = True
    spare = (room - sum(heights)) / len(heights)
    return [height + spare for height in heights]


PANEL = PanelSpec(
    key="lingkungan",
    title="Lingkungan",
    panel=LingkunganPanel,
    topics=(RIVER, AIR, FORECAST),
    options=LingkunganOptions,
    min_size=(320, 96),
    max_rate_ms=250,
    bare_below=STRIP_U,
    are_topics_equal=True,
)
