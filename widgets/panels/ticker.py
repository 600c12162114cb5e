"""Reports as they come in, newest on top, each with the mark of what has become of it since. Counts nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import QEasingCurve, QVariantAnimation
from PySide6.QtWidgets import QWidget

from feeds.messages.header import Message, Topic
from feeds.messages.report import REPORT, TICKER, Channel, Priority, Report, ReportState, TickerLine
from widgets.kit.canvas import MEDIUM, RIGHT, WIDEST_U, Canvas
from widgets.kit.icons import CHANNEL_ICONS, draw_icon
from widgets.kit.marks import RELATIVE_SIZE, draw_mark
from widgets.kit.provenance import checked_at
from widgets.kit.quiet import draw_nothing
from widgets.kit.wording import channel_name
from widgets.panel import Panel, PanelContext, PanelSpec

KEPT_LINES = 200
SLIDE_MS = 320
DATED_S = 100 * 86_400.0


class Ticker(Panel):
    """One row a report, sorted by when it came in."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._lines: dict[str, TickerLine] = {}
        self._rows: list[tuple[datetime, TickerLine]] = []
        self._channels: set[Channel] = set()
        self._ages: tuple[str, ...] = ()
        self._shift = 0.0
        self._slide = QVariantAnimation(self)
        self._slide.setDuration(SLIDE_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.setStartValue(1.0)
        self._slide.setEndValue(0.0)
        self._slide.valueChanged.connect(self._on_slid)
        self._last_arrival: datetime | None = None
        ctx.every(1000, self._tick)

    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """A change of a report that no row shows costs no paint."""
        if topic is REPORT:
            shown = {line.report for _, line in self._rows[: self._capacity()]}
            if not shown.intersection(message.key for message in messages):
                return
            self._sort()
            self.update()
            return
        super().on_messages(topic, messages)

    def on_ticker(self, messages: Sequence[Message[TickerLine]]) -> None:
        newest = self._rows[0][1].report if self._rows else None
        for message in messages:
            line = message.body
            if line is None:
                continue
            self._channels.add(line.channel)
            known = self._lines.get(line.report)
            self._lines[line.report] = line if known is None else msgspec.structs.replace(line, at=min(known.at, line.at))
        self._sort()
        self._last_arrival, earlier = self.ctx.now(), self._last_arrival
        is_calm = earlier is None or (self._last_arrival - earlier).total_seconds() > 1
        if newest is not None and self._rows and self._rows[0][1].report != newest and is_calm and self.isVisible():
            self._slide.start()
        self._tick()

    def _sort(self) -> None:
        """A report's row stands where it came in: by the report itself when it is known, else by its first line."""
        reports = self.ctx.latest(REPORT)

        def arrival(line: TickerLine) -> datetime:
            message = reports.get(line.report)
            return message.body.received_at if message is not None and message.body is not None else line.at

        self._rows = sorted(((arrival(line), line) for line in self._lines.values()), key=lambda row: row[0], reverse=True)
        for _, line in self._rows[KEPT_LINES:]:
            del self._lines[line.report]
        del self._rows[KEPT_LINES:]

    def _capacity(self) -> int:
        canvas = Canvas(self, self.ctx.theme, self.colours, self.ctx.scale)
        return max(0, int((canvas.height - canvas.content_top) // canvas.space.row))

    def _tick(self) -> None:
        """Rows age by themselves; painted when one says another age than before."""
        as_of = checked_at(self.ctx.latest, TICKER) or self._last_arrival
        parts = [f"{self.ctx.tr('per')} {self.ctx.text.clock(as_of)}"] if as_of else []
        if self._channels:
            parts.append(f"{len(self._channels)} {self.ctx.tr('kanal')}")
        self.describe(" · ".join(parts))
        ages = tuple(self._age(arrived) for arrived, _ in self._rows[: self._capacity()])
        if ages != self._ages:
            self._ages = ages
            self.update()

    def _age(self, arrived: datetime) -> str:
        """How long ago; of what is older than a season the day it came tells more."""
        age_s = (self.ctx.now() - arrived).total_seconds()
        is_narrow = self.size_u()[0] < 1000
        if age_s >= DATED_S and not is_narrow:
            return self.ctx.text.dated(arrived, self.ctx.now())
        if age_s < 60:
            return f"<{self.ctx.text.age(60)}" if is_narrow else self.ctx.tr("baru saja")
        return self.ctx.text.short_age(age_s) if is_narrow or age_s >= 36_000 else self.ctx.text.age(age_s)

    def _on_slid(self, value: Any) -> None:
        self._shift = float(value)
        self.update()

    def paint(self, canvas: Canvas) -> None:
        space, padding, top = canvas.space, canvas.padding, canvas.content_top
        if not self._rows:
            tr = self.ctx.tr
            draw_nothing(canvas, self.status.freshness, tr("Belum ada laporan"), tr, waiting=tr("Menunggu laporan pertama"))
            return
        rows = self._rows[: self._capacity() + (1 if self._shift else 0)]
        columns = _columns(canvas, padding, (self._age(arrived) for arrived, _ in rows))
        canvas.painter.save()
        canvas.painter.setClipRect(0, round(top) - 1, round(canvas.width), max(0, round(canvas.height - top)) + 1)
        y = top - self._shift * space.row
        for index, (arrived, line) in enumerate(rows):
            rule = canvas.colours.line2 if index == 0 else canvas.colours.line
            canvas.rect(padding, y, canvas.width - 2 * padding, 2, rule)
            self._paint_row(canvas, columns, y, arrived, line)
            y += space.row
        canvas.painter.restore()

    def _paint_row(self, canvas: Canvas, columns: "_Columns", top: float, arrived: datetime, line: TickerLine) -> None:
        colours, size = canvas.colours, _row_size(canvas)
        city, message = self.ctx.city, self.ctx.latest(REPORT).get(line.report)
        report: Report | None = message.body if message is not None else None
        state = report.state if report is not None else line.state
        priority = report.priority if report is not None else line.priority
        if priority is Priority.EMERGENCY and state in (ReportState.NEW, ReportState.REOPENED):
            canvas.outline(columns.left - 8, top + 5, columns.right - columns.left + 16, canvas.space.row - 8, colours.red, 5, radius=8)
        text_top = top + (canvas.space.row + 2 - size) / 2
        draw_mark(canvas, state, columns.left + 28, top + 1 + canvas.space.row / 2, 42 * RELATIVE_SIZE[state])
        category = report.category if report is not None else line.category
        spoken = (
            city.category_name(category, self.ctx.language) or (report.category_name if report else None) or line.category_name or category
        )
        spoken = spoken.strip() or self.ctx.tr("tanpa kategori")
        fitted = canvas.fit(spoken, (size, 44.0, canvas.type.body), columns.category_width, MEDIUM)
        drop = 0.8636 * (size - fitted)
        canvas.text(columns.category, text_top + drop, spoken, fitted, colours.ink, weight=MEDIUM, max_width=columns.category_width)
        if columns.place_width:
            district = city.district_name(report.district if report else line.district)
            place = district or (report.place if report else line.place) or self.ctx.tr("tanpa lokasi")
            ink = colours.ink2 if district or (report and report.place) or line.place else colours.ink3
            canvas.text(columns.place, text_top, place, size, ink, max_width=columns.place_width)
        if columns.channel_width:
            channel = channel_name(line.channel, self.ctx.tr)
            draw_icon(canvas, CHANNEL_ICONS[line.channel], columns.channel, top + (canvas.space.row + 2 - 44) / 2, 44, colours.ink2)
            canvas.text(
                columns.channel + 62,
                top + (canvas.space.row + 2 - 40) / 2,
                channel,
                canvas.type.body,
                colours.ink2,
                max_width=columns.channel_width - 62,
            )
        if columns.age_width:
            canvas.text(columns.right, text_top, self._age(arrived), size, colours.ink, align=RIGHT)


class _Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns of one paint stand; a width of 0: the column is left out."""

    left: float
    right: float
    category: float
    category_width: float
    place: float
    place_width: float
    channel: float
    channel_width: float
    age_width: float


def _row_size(canvas: Canvas) -> float:
    """The type of a row: for the farthest seat where the panel is wide, smaller where names would be cut."""
    return canvas.type.title if canvas.width >= WIDEST_U else canvas.type.zone


def _columns(canvas: Canvas, padding: float, ages: Iterable[str]) -> _Columns:
    """The picture's columns on a wide panel; on a narrower one first the channel goes, then the place."""
    left, right = padding, canvas.width - padding
    age_width = max((canvas.text_width(age, _row_size(canvas)) for age in ages), default=0.0)
    start = left + 72
    room = right - age_width - 28 - start
    if room < 140:
        age_width, room = 0.0, right - start + 28
    if room >= 1360 - 70:
        share = room / 1480 if canvas.width > 1856 else 1.0
        widths = (560 * share, 480 * share, min(320.0, room - 1040 * share))
    elif room >= 1000:
        widths = (room * 0.45, room * 0.33, room * 0.22)
    elif room >= 620:
        widths = (room * 0.58, room * 0.42, 0.0)
    else:
        widths = (max(0.0, room), 0.0, 0.0)
    return _Columns(
        left=left,
        right=right,
        category=start,
        category_width=max(0.0, widths[0] - 28),
        place=start + widths[0],
        place_width=max(0.0, widths[1] - 28),
        channel=start + widths[0] + widths[1],
        channel_width=max(0.0, widths[2] - 16),
        age_width=age_width,
    )


PANEL = PanelSpec(key="ticker", title="Laporan masuk", panel=Ticker, topics=(TICKER, REPORT), max_rate_ms=200)
