"""How the reports of the last weeks went, by agency, category or district: how many, how many settled, late, and how soon.

Computes nothing: every figure was said. A median or share of nothing is a dash.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from PySide6.QtCore import QRectF
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.deadline import EVALUATION, Evaluation, EvaluationRow
from feeds.messages.header import Message
from widgets.kit.canvas import MEDIUM, REGULAR, RIGHT, Canvas
from widgets.kit.indicator import second_line
from widgets.kit.numerals import MISSING
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

PAGE_MS = 10_000

_ROW_U, _HEAD_U = 54.0, 50.0
_LOOSEST = 1.35
_GAP = 32.0
_NAME_LEAST, _NAME_MOST = 190.0, 460.0
_BAR_LEAST, _BAR_MOST = 130.0, 460.0
_BASELINE = 0.8636


class EvaluationOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``by``: what stands in a row."""

    by: Literal["agency", "category", "district"] = "agency"


class _Column(msgspec.Struct, frozen=True, kw_only=True):
    word: str
    figures: tuple[str, ...]
    right: float = 0.0


class EvaluationPanel(Panel):
    """A table, all reports in its first row; by pages where the rows do not fit."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._evaluation: Evaluation | None = None
        self._page = 0
        options = ctx.options
        self._by = options.by if isinstance(options, EvaluationOptions) else "agency"
        ctx.every(PAGE_MS, self._turn)

    def on_evaluation(self, messages: Sequence[Message[Evaluation]]) -> None:
        self._evaluation = messages[-1].body
        self._say()

    def _say(self) -> None:
        found = self._evaluation
        tr, text = self.ctx.tr, self.ctx.text
        if found is None:
            self.describe("")
            return
        days = tr("{count} hari terakhir").format(count=found.days)
        parts = [f"{tr('per')} {text.when(found.as_of, self.ctx.now())}", tr("log laporan"), days, tr("lamanya: nilai tengah")]
        self.describe(second_line(parts, self.ctx.theme, self.size_u()[0]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._say()

    def _turn(self) -> None:
        self._page += 1
        if len(self._cut()) > 1:
            self.update()

    def _cut(self) -> tuple[EvaluationRow, ...]:
        found = self._evaluation
        if found is None:
            return ()
        return {"agency": found.agencies, "category": found.categories, "district": found.districts}[self._by]

    def paint(self, canvas: Canvas) -> None:
        found = self._evaluation
        if found is None or not found.total.received:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada laporan untuk dievaluasi"), self.ctx.tr)
            return
        top = canvas.content_top
        area = QRectF(canvas.padding, top, canvas.width - 2 * canvas.padding, canvas.height - top - 14)
        zoom = min(1.7, max(1.0, min(area.width() / 1776, area.height() / 640)))
        canvas.painter.save()
        canvas.painter.translate(area.x(), area.y())
        canvas.painter.scale(zoom, zoom)
        width, height = area.width() / zoom, area.height() / zoom
        if height < _HEAD_U + 2 * _ROW_U:
            self._paint_sum(canvas, found.total, width, height)
        else:
            self._paint_table(canvas, found.total, width, height)
        canvas.painter.restore()

    def _paint_sum(self, canvas: Canvas, total: EvaluationRow, width: float, height: float) -> None:
        """Where no table has room: the sum in a line or two."""
        tr, text, kind = self.ctx.tr, self.ctx.text, canvas.type
        parts = [
            tr("{count} masuk").format(count=text.bounded(total.received)),
            tr("{count} terlambat").format(count=text.bounded(total.late)),
            tr("{share} selesai").format(share=text.percent(total.done_share, 0)),
            tr("{share} langsung").format(share=text.percent(total.direct_share, 0)),
        ]
        lines: list[str] = []
        most = max(1, int(height // 50))
        for part in parts:
            if lines and canvas.text_width(f"{lines[-1]} · {part}", kind.body) <= width:
                lines[-1] = f"{lines[-1]} · {part}"
            elif len(lines) < most:
                lines.append(part)
        for index, line in enumerate(lines):
            canvas.text(0, 6 + 50 * index, line, kind.body, canvas.colours.ink, max_width=width)

    def _paint_table(self, canvas: Canvas, total: EvaluationRow, width: float, height: float) -> None:
        colours, kind = canvas.colours, canvas.type
        rows = self._cut()
        capacity = max(1, int((height - _HEAD_U - _ROW_U - 10) // _ROW_U))
        pages = max(1, -(-len(rows) // capacity))
        capacity = max(1, -(-len(rows) // pages))
        number = self._page % pages
        shown = (total, *rows[number * capacity : (number + 1) * capacity])
        names = [self._name(row, is_total=not index) for index, row in enumerate(shown)]
        name_width, columns = self._fit_columns(canvas, names, shown, width)
        step = min(_LOOSEST * _ROW_U, (height - _HEAD_U - 10) / (capacity + 1))
        heading = self._heading() if pages == 1 else f"{self._heading()} {number + 1}/{pages}"
        canvas.text(0, 4, heading, kind.small, colours.ink2, max_width=name_width)
        left = columns[0].right - self._column_width(canvas, columns[0])
        for column in columns:
            canvas.text(column.right, 4, column.word, kind.small, colours.ink2, align=RIGHT)
        canvas.rect(0, _HEAD_U - 3, width, 2, colours.line2)
        bar = QRectF(name_width + _GAP, 0, min(_BAR_MOST, left - name_width - 2 * _GAP), 22)
        most = max((row.received for row in rows), default=0)
        for index, (row, name) in enumerate(zip(shown, names, strict=True)):
            y = _HEAD_U + index * step + (10 if index else 0) + (step - _ROW_U) / 2
            weight = REGULAR if index else MEDIUM
            size = canvas.fit(name, (kind.listed, kind.small), name_width, weight)
            canvas.text(0, y + 8 + _BASELINE * (kind.listed - size), name, size, colours.ink, weight=weight, max_width=name_width)
            if index and bar.width() >= _BAR_LEAST:
                self._paint_bar(canvas, row, bar.translated(0, y + 17), most)
            for column in columns:
                figure = column.figures[index]
                ink = colours.ink3 if figure in ("0", MISSING) else colours.ink
                canvas.text(column.right, y + 7, figure, kind.listed, ink, weight=weight, align=RIGHT)
        canvas.rect(0, _HEAD_U + step + 4, width, 2, colours.line)

    def _fit_columns(
        self, canvas: Canvas, names: Sequence[str], shown: Sequence[EvaluationRow], width: float
    ) -> tuple[float, list[_Column]]:
        """The columns that have room, the most telling first in, each with its right edge; and the width of the names."""
        columns = self._columns(shown)
        wanted = max(canvas.text_width(name, canvas.type.listed, MEDIUM) for name in names)
        least = min(wanted, _NAME_LEAST if width < 700 else 240.0)
        kept: list[int] = []
        taken = least
        for index in (0, 3, 1, 5, 2, 4):
            taken += self._column_width(canvas, columns[index]) + _GAP
            if kept and taken > width:
                break
            kept.append(index)
        right, placed = width, list[_Column]()
        for index in sorted(kept, reverse=True):
            placed.insert(0, msgspec.structs.replace(columns[index], right=right))
            right -= self._column_width(canvas, columns[index]) + _GAP
        return max(0.0, min(wanted, right, max(_NAME_MOST, right - _BAR_LEAST - 2 * _GAP))), placed

    def _column_width(self, canvas: Canvas, column: _Column) -> float:
        figures = (canvas.text_width(figure, canvas.type.listed, MEDIUM) for figure in column.figures)
        return max(canvas.text_width(column.word, canvas.type.small), *figures)

    def _columns(self, rows: Sequence[EvaluationRow]) -> list[_Column]:
        tr, text = self.ctx.tr, self.ctx.text
        return [
            _Column(word=tr("Masuk"), figures=tuple(text.bounded(row.received) for row in rows)),
            _Column(word=tr("Selesai"), figures=tuple(text.percent(row.done_share, 0) for row in rows)),
            _Column(word=tr("Langsung"), figures=tuple(text.percent(row.direct_share, 0) for row in rows)),
            _Column(word=tr("Terlambat"), figures=tuple(text.bounded(row.late) for row in rows)),
            _Column(word=tr("Ditanggapi"), figures=tuple(self._duration(row.respond_h) for row in rows)),
            _Column(word=tr("Tuntas"), figures=tuple(self._duration(row.finish_h) for row in rows)),
        ]

    def _duration(self, hours: float | None) -> str:
        """``43 mnt``, ``2,7 j``, ``3,1 hr``: medians."""
        if hours is None:
            return MISSING
        text = self.ctx.text
        if hours < 1:
            return text.short_age(max(60.0, 3600 * hours))
        unit, scale = (3600.0, 1.0) if hours < 48 else (86_400.0, 24.0)
        return f"{text.bounded(hours / scale, 1)} {text.short_age(unit).split(' ')[-1]}"

    def _paint_bar(self, canvas: Canvas, row: EvaluationRow, box: QRectF, most: int) -> None:
        """As long as there are reports: settled in grey, open paler, late at its end in red."""
        colours, radius = canvas.colours, canvas.space.radius_bar
        length = box.width() * row.received / max(1, most)
        canvas.rect(box.x(), box.y(), length, box.height(), colours.bar, radius=radius)
        start = length * (1 - min(1.0, row.open / row.received)) if row.received else 0.0
        canvas.rect(box.x() + start, box.y(), length - start, box.height(), colours.line2, radius=radius)
        late = length * min(1.0, row.late / row.received) if row.received else 0.0
        if late > 0:
            canvas.rect(box.x() + length - max(4.0, late), box.y(), max(4.0, late), box.height(), colours.red, radius=radius)

    def _heading(self) -> str:
        tr = self.ctx.tr
        return {"agency": tr("OPD"), "category": tr("Kategori"), "district": tr("Kecamatan")}[self._by]

    def _name(self, row: EvaluationRow, *, is_total: bool) -> str:
        tr, city = self.ctx.tr, self.ctx.city
        if is_total:
            return tr("Semua, {count} hari").format(count=self._evaluation.days if self._evaluation is not None else 0)
        if row.groups > 1:
            return tr("{count} lainnya").format(count=row.groups)
        code = row.code
        if code is None:
            return {"agency": tr("belum ada OPD"), "category": tr("tanpa kategori"), "district": tr("tanpa lokasi")}[self._by]
        known = {
            "agency": city.agency_short(code),
            "category": city.category_name(code, self.ctx.language),
            "district": city.district_name(code),
        }[self._by]
        return (known or row.name or code).strip() or tr("tanpa nama")


PANEL = PanelSpec(
    key="evaluation",
    title="Evaluasi laporan",
    panel=EvaluationPanel,
    topics=(EVALUATION,),
    options=EvaluationOptions,
    max_rate_ms=250,
)
