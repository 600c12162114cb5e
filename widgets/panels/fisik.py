"""Fisik: physical progress against its plan, week by week, and the contracts that are critically behind."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.header import Message
from feeds.messages.indicator import PROGRESS, Light, Progress
from widgets.kit.canvas import RIGHT, SEMIBOLD, Canvas
from widgets.kit.indicator import (
    Areas,
    Body,
    Headline,
    HeadlineFit,
    Row,
    areas_of,
    body_of,
    draw_headline,
    draw_row,
    excluded_words,
    fit_headline,
    row_tops,
    second_line,
)
from widgets.kit.plots import CurveChart, CurveWords
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

_LIST = 252.0
"""Heading and three rows."""
_PITCH = 54.0
_MARK = 34.0


class FisikPanel(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        words = CurveWords(plan=ctx.tr("rencana"), span=ctx.tr("Jan–Des"), gap=ctx.tr("tanpa data"))
        self._chart = CurveChart(ctx.theme, words, self)
        self._progress: Progress | None = None
        self.on_progress(list(ctx.latest(PROGRESS).values()))

    def on_progress(self, messages: Sequence[Message[Progress]]) -> None:
        for message in messages:
            self._progress = message.body
        if self._progress is not None:
            self._chart.set_series(self._progress.planned.values, self._progress.actual.values, self._progress.week)
        self._arrange()

    def on_palette(self) -> None:
        self._chart.set_palette(self.colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Places the chart and says what the second line can hold."""
        if self._progress is None:
            self._chart.hide()
            self.describe("")
            return
        body, _, areas = self._layout(self._progress)
        self._chart.place(body.x, body.y, body.zoom, body.column, areas.chart, self.ctx.scale)
        self.describe(second_line(self._facts(self._progress), self.ctx.theme, self.size_u()[0]))

    def _layout(self, progress: Progress) -> tuple[Body, HeadlineFit, Areas]:
        body = body_of(*self.size_u(), self.ctx.theme)
        fit = fit_headline(self.ctx.theme, body.column, self._headline(progress), self.ctx.text, self.ctx.tr)
        return body, fit, areas_of(body, fit.height, _LIST)

    def _facts(self, progress: Progress) -> list[str | tuple[str, ...] | None]:
        text, tr = self.ctx.text, self.ctx.tr
        excluded = excluded_words(progress.excluded_rows, text, tr)
        return [
            tr("per {when}").format(when=text.dated(progress.as_of, self.ctx.now())),
            progress.source,
            excluded,
            progress.target_version,
        ]

    def _headline(self, progress: Progress) -> Headline:
        text, tr = self.ctx.text, self.ctx.tr
        return Headline(
            value=progress.progress.value,
            reference=tr("rencana {percent}").format(percent=text.percent(progress.planned_value)),
            below=tr("Minggu {week} dari {weeks}").format(week=progress.week, weeks=progress.weeks),
            deviation=progress.deviation,
            light=progress.light,
        )

    def paint(self, canvas: Canvas) -> None:
        progress = self._progress
        if progress is None:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada data"), self.ctx.tr)
            return
        body, fit, areas = self._layout(progress)
        canvas.painter.translate(body.x, body.y)
        canvas.painter.scale(body.zoom, body.zoom)
        draw_headline(canvas, body.column, self._headline(progress), fit, self.ctx.text, self.ctx.tr)
        self._paint_contracts(canvas, body, areas.list, progress)

    def _paint_contracts(self, canvas: Canvas, body: Body, area: tuple[float, float], progress: Progress) -> None:
        """How many contracts are critical, and the ones furthest behind."""
        tr, colours, x, width = self.ctx.tr, canvas.colours, body.list_x, body.column
        top = area[0] if body.is_split else area[0] + 12
        if area[1] - top < canvas.type.body:
            return
        numbers = {"part": len(progress.critical), "whole": progress.contracts}
        canvas.text(x, top, tr("Kontrak kritis"), canvas.type.body, colours.ink, weight=SEMIBOLD)
        canvas.text(
            x + width, top, tr("{part} dari {whole}").format(**numbers), canvas.type.body, colours.ink, weight=SEMIBOLD, align=RIGHT
        )
        first = top + 60
        tops = row_tops(len(progress.critical), first, area[1], _PITCH, is_loose=body.is_loose)
        for y, contract in zip(tops, sorted(progress.critical, key=lambda c: c.deviation), strict=False):
            row = Row(name=contract.name, figure=self.ctx.text.bounded(contract.deviation, 1), light=Light.RED)
            draw_row(canvas, x, y, width, row, mark=_MARK, name_width=width - 54 - 140)


PANEL = PanelSpec(key="fisik", title="Fisik", panel=FisikPanel, topics=(PROGRESS,), min_size=(480, 420), max_rate_ms=250)
