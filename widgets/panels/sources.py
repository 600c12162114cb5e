"""Every source of the room: whether it answers, how long ago it was checked, what it gave, and why records were refused.

Judges nothing: states, counts and reasons are the runtime's own. Reasons are for technicians and stay in the runtime's English.
"""

from collections.abc import Sequence
from enum import IntEnum

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import Freshness
from feeds.messages.header import Message
from feeds.messages.system import QUARANTINE, SOURCE, Quarantined, Source, SourceState
from widgets.kit.canvas import LEFT, MEDIUM, RIGHT, Canvas
from widgets.kit.conditions import Condition, draw_condition
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

PAGE_MS = 8000

_LINE_U, _DETAIL_U = 58.0, 46.0
_TABLE_U = 1150.0
_FIGURE_U = 196.0


class Standing(IntEnum):
    """The order of the rows: what needs a technician first."""

    DOWN = 0
    OLD = 1
    ALL_REFUSED = 2
    LATE = 3
    SOME_REFUSED = 4
    WAITING = 5
    WELL = 6


_MARKS = {
    Standing.DOWN: Condition.CRITICAL,
    Standing.OLD: Condition.CRITICAL,
    Standing.ALL_REFUSED: Condition.WATCH,
    Standing.LATE: Condition.WATCH,
    Standing.SOME_REFUSED: Condition.NORMAL,
    Standing.WAITING: Condition.UNKNOWN,
    Standing.WELL: Condition.NORMAL,
}


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    source: Source
    standing: Standing
    age_s: float | None
    details: tuple[str, ...]


class SourcesPanel(Panel):
    """One line a source, as a table in a wide slot; below a line for each thing that is wrong."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._sources: dict[str, Source] = {}
        self._refused: dict[str, Quarantined] = {}
        self._rows: list[_Row] = []
        self._said: tuple[object, ...] = ()
        self._page = 0
        ctx.every(PAGE_MS, self._turn)
        ctx.every(1000, self._tick)

    def on_system_source(self, messages: Sequence[Message[Source]]) -> None:
        latest = self.ctx.latest(SOURCE)
        self._sources = {key: message.body for key, message in latest.items() if message.body is not None}
        self._tick()

    def on_system_quarantine(self, messages: Sequence[Message[Quarantined]]) -> None:
        """The newest refused record of each source: an example for whoever looks for it."""
        for message in messages:
            if message.body is not None:
                self._refused[message.body.collector] = message.body
        self._tick()

    def _turn(self) -> None:
        self._page += 1
        if self._rows:
            self.update()

    def _tick(self) -> None:
        """Checks grow old by themselves: rows are sorted and written again, painted when one reads differently."""
        rows = [self._row(key, source) for key, source in self._sources.items()]
        rows.sort(key=lambda row: (row.standing, -row.source.failures, row.source.title.casefold(), row.source.collector))
        self._rows = rows
        said = tuple((row.source, row.standing, self._age(row), row.details) for row in rows)
        if said != self._said:
            self._said = said
            self._describe()
            self.update()

    def _row(self, key: str, source: Source) -> _Row:
        freshness, age_s = self.ctx.source_freshness(key)
        return _Row(source=source, standing=standing_of(source, freshness), age_s=age_s, details=self._details(key, source))

    def _details(self, key: str, source: Source) -> tuple[str, ...]:
        """Why it is down, and why records were refused, the most frequent reason first."""
        tr, text = self.ctx.tr, self.ctx.text
        found: list[str] = []
        if source.state is SourceState.DOWN:
            failures = tr("gagal {count} kali").format(count=text.bounded(source.failures)) if source.failures else ""
            found.append(" · ".join(part for part in (source.reason, failures) if part))
        if source.quarantined and source.reasons:
            most, *others = source.reasons
            more = f" (+{len(others)})" if others else ""
            count = f"{text.bounded(most.count)}× " if most.count else ""
            found.append(f"{count}{most.reason}{more}")
            example = self._refused.get(key)
            if example is not None and example.reason == most.reason and example.record:
                found[-1] += f" · {tr('mis.')} {example.record}"
        return tuple(line for line in found if line.strip())

    def _describe(self) -> None:
        tr, text = self.ctx.tr, self.ctx.text
        if not self._rows:
            self.describe("")
            return
        bad = sum(row.standing <= Standing.LATE for row in self._rows)
        bodies = [row.source for row in self._rows]
        parts = [
            tr("{count} sumber").format(count=len(bodies)),
            tr("{count} bermasalah").format(count=bad) if bad else "",
            tr("{count} diterima").format(count=text.bounded(sum(body.accepted for body in bodies))),
            tr("{count} luar kota").format(count=text.bounded(sum(body.outside for body in bodies))),
            tr("{count} dikarantina").format(count=text.bounded(sum(body.quarantined for body in bodies))),
        ]
        self.describe(" · ".join(part for part in parts if part))

    def paint(self, canvas: Canvas) -> None:
        if not self._rows:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada sumber"), self.ctx.tr)
            return
        top = canvas.content_top
        area = QRectF(canvas.padding, top, canvas.width - 2 * canvas.padding, canvas.height - top - 14)
        zoom = min(1.7, max(1.0, min(area.width() / 1776, area.height() / 700)))
        canvas.painter.save()
        canvas.painter.translate(area.x(), area.y())
        canvas.painter.scale(zoom, zoom)
        self._paint_rows(canvas, QRectF(0, 0, area.width() / zoom, area.height() / zoom))
        canvas.painter.restore()

    def _paint_rows(self, canvas: Canvas, area: QRectF) -> None:
        is_table = area.width() >= _TABLE_U
        has_head = is_table and area.height() >= 3 * _LINE_U
        head = 48.0 if has_head else 0.0
        pages = self._pages(canvas, area.width(), area.height() - head, is_table=is_table)
        number = self._page % len(pages)
        if len(pages) > 1 and (has_head or area.height() >= 2 * _LINE_U):
            words, y = f"{number + 1}/{len(pages)}", 4.0 if has_head else area.height() - 38
            edge, align = (0.0, LEFT) if has_head else (area.width(), RIGHT)
            canvas.text(edge, y, words, canvas.type.small, canvas.colours.ink3, align=align)
        if has_head:
            self._paint_head(canvas, area.width())
        y = head
        for row, lines in pages[number]:
            self._paint_row(canvas, row, lines, y, area.width(), is_table=is_table)
            y += self._height(lines)

    def _height(self, lines: Sequence[str]) -> float:
        return _LINE_U + _DETAIL_U * len(lines) + (10 if lines else 0)

    def _pages(self, canvas: Canvas, width: float, height: float, *, is_table: bool) -> list[list[tuple[_Row, list[str]]]]:
        """Rows with the lines below each, filled into pages from the top; where a page number needs the last line it is left free."""
        rows = self._with_lines(canvas, width, height, is_table=is_table)
        if not is_table and sum(self._height(lines) for _, lines in rows) > height >= 2 * _LINE_U:
            height -= 40
            rows = self._with_lines(canvas, width, height, is_table=is_table)
        pages: list[list[tuple[_Row, list[str]]]] = [[]]
        used = 0.0
        for row, lines in rows:
            if pages[-1] and used + self._height(lines) > height + 8:
                pages.append([])
                used = 0.0
            pages[-1].append((row, lines))
            used += self._height(lines)
        return pages

    def _with_lines(self, canvas: Canvas, width: float, height: float, *, is_table: bool) -> list[tuple[_Row, list[str]]]:
        most = max(0, int((height - _LINE_U - 10) // _DETAIL_U))
        return [(row, self._lines(canvas, row, width - 56, most, is_table=is_table)) for row in self._rows]

    def _lines(self, canvas: Canvas, row: _Row, room: float, most: int, *, is_table: bool) -> list[str]:
        """What stands below a source: reasons first, in at most two lines each; then its counts where no column and no line has them."""
        size, lines = canvas.type.small, list[str]()
        for detail in row.details:
            if most > len(lines):
                lines += canvas.wrap(detail, size, room, min(2, most - len(lines)))
        counts = "" if is_table or self._beside(canvas, row, room) else self._counts(row.source)
        if not counts:
            return lines
        if lines and canvas.text_width(f"{lines[-1]} · {counts}", size) <= room:
            lines[-1] = f"{lines[-1]} · {counts}"
        elif len(lines) < most:
            lines.append(counts)
        return lines

    def _beside(self, canvas: Canvas, row: _Row, room: float) -> str:
        """The counts in a list, where they fit between title and state."""
        counts, kind = self._counts(row.source), canvas.type
        taken = canvas.text_width(row.source.title, kind.body, MEDIUM) + canvas.text_width(self._state(row), kind.body)
        return counts if counts and taken + canvas.text_width(counts, kind.small) + 72 <= room else ""

    def _counts(self, source: Source) -> str:
        tr, text = self.ctx.tr, self.ctx.text
        if source.checked_at is None and not source.accepted + source.outside + source.quarantined:
            return ""
        parts = [
            tr("{count} diterima").format(count=text.bounded(source.accepted)),
            tr("{count} luar kota").format(count=text.bounded(source.outside)) if source.outside else "",
            tr("{count} dikarantina").format(count=text.bounded(source.quarantined)) if source.quarantined else "",
        ]
        return " · ".join(part for part in parts if part)

    def _columns(self, width: float) -> list[float]:
        """Right edges of the figures of a table."""
        return [width - (2 - index) * _FIGURE_U for index in range(3)]

    def _paint_head(self, canvas: Canvas, width: float) -> None:
        tr, kind, ink = self.ctx.tr, canvas.type, canvas.colours.ink2
        words = (tr("Diterima"), tr("Luar kota"), tr("Karantina"))
        for edge, word in zip(self._columns(width), words, strict=True):
            canvas.text(edge, 4, word, kind.small, ink, align=RIGHT, max_width=_FIGURE_U - 12)
        canvas.rect(0, 46, width, 2, canvas.colours.line)

    def _paint_row(self, canvas: Canvas, row: _Row, lines: list[str], y: float, width: float, *, is_table: bool) -> None:
        colours, kind, source = canvas.colours, canvas.type, row.source
        draw_condition(canvas, _MARKS[row.standing], 20, y + 28, 40)
        right, left = width, 56.0
        if is_table:
            self._paint_figures(canvas, row, y, width)
            right = width - 3 * _FIGURE_U - 8
        state = self._state(row)
        if canvas.text_width(state, kind.small) > 0.56 * (right - left):
            state = state.removesuffix(self._age(row)).strip()
        ink = colours.ink if row.standing <= Standing.LATE else colours.ink2
        size = canvas.fit(state, (kind.body, kind.small), 0.56 * (right - left))
        top = y + 8 + 0.8636 * (kind.body - size)
        beside = "" if is_table else self._beside(canvas, row, width - left)
        right -= canvas.text(right, top, state, size, ink, align=RIGHT, max_width=0.6 * (right - left)) + 24
        if beside:
            right -= canvas.text(right, y + 11, beside, kind.small, colours.ink3, align=RIGHT) + 24
        title = source.title.strip() or source.collector
        named = canvas.fit(title, (kind.body, kind.listed, kind.small), right - left, MEDIUM)
        canvas.text(left, y + 8 + 0.8636 * (kind.body - named), title, named, colours.ink, weight=MEDIUM, max_width=max(0.0, right - left))
        for index, line in enumerate(lines):
            canvas.text(left, y + _LINE_U + index * _DETAIL_U, line, kind.small, colours.ink3, max_width=width - left)

    def _paint_figures(self, canvas: Canvas, row: _Row, y: float, width: float) -> None:
        """What it read last; a nought is quiet."""
        colours, source = canvas.colours, row.source
        for edge, count in zip(self._columns(width), (source.accepted, source.outside, source.quarantined), strict=True):
            ink = colours.ink if count else colours.ink3
            canvas.text(edge, y + 8, self.ctx.text.bounded(count), canvas.type.body, ink, align=RIGHT, max_width=_FIGURE_U - 12)

    def _state(self, row: _Row) -> str:
        """The word and the age of the last good check: ``baik 12 dtk``, ``putus 3 j 12 mnt``."""
        tr = self.ctx.tr
        word = {
            Standing.DOWN: tr("putus"),
            Standing.OLD: tr("usang"),
            Standing.ALL_REFUSED: tr("ditolak semua"),
            Standing.LATE: tr("telat"),
            Standing.SOME_REFUSED: tr("baik"),
            Standing.WAITING: tr("menunggu"),
            Standing.WELL: tr("baik"),
        }[row.standing]
        return f"{word} {self._age(row)}".strip()

    def _age(self, row: _Row) -> str:
        if row.age_s is None:
            return "" if row.standing is Standing.WAITING else self.ctx.tr("belum pernah")
        return self.ctx.text.age(row.age_s)


def standing_of(source: Source, freshness: Freshness) -> Standing:
    """Where a source stands by its own state, how fresh its last good check is, and what became of its records."""
    if source.state is SourceState.DOWN:
        return Standing.DOWN
    if freshness is Freshness.WAITING:
        return Standing.WAITING
    if freshness in (Freshness.STALE, Freshness.OFFLINE):
        return Standing.OLD
    if source.quarantined and not source.accepted + source.outside:
        return Standing.ALL_REFUSED
    if freshness is Freshness.LATE:
        return Standing.LATE
    return Standing.SOME_REFUSED if source.quarantined else Standing.WELL


PANEL = PanelSpec(
    key="sources",
    title="Sumber data",
    panel=SourcesPanel,
    topics=(SOURCE, QUARANTINE),
    min_size=(320, 180),
    max_rate_ms=250,
)
