"""Keuangan: how much of the budget is absorbed, against its target, over the year and by agency."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.header import Message
from feeds.messages.indicator import FINANCE, AgencyFigure, Finance
from widgets.kit.canvas import RIGHT, Canvas
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
    light_colour,
    row_tops,
    second_line,
)
from widgets.kit.plots import CurveChart, CurveWords
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

_LIST = 252.0
"""Heading and four rows."""
_PITCH = 48.0
_MARK = 30.0


class KeuanganPanel(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        words = CurveWords(plan=ctx.tr("target"), span=ctx.tr("Jan–Des"), gap=ctx.tr("tanpa data"))
        self._chart = CurveChart(ctx.theme, words, self)
        self._finance: Finance | None = None
        self.on_finance(list(ctx.latest(FINANCE).values()))

    def on_finance(self, messages: Sequence[Message[Finance]]) -> None:
        for message in messages:
            self._finance = message.body
        if self._finance is not None:
            self._chart.set_series(self._finance.planned.values, self._finance.actual.values, _elapsed(self._finance))
        self._arrange()

    def on_palette(self) -> None:
        self._chart.set_palette(self.colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Places the chart and says what the second line can hold."""
        if self._finance is None:
            self._chart.hide()
            self.describe("")
            return
        body, _, areas = self._layout(self._finance)
        self._chart.place(body.x, body.y, body.zoom, body.column, areas.chart, self.ctx.scale)
        self.describe(second_line(self._facts(self._finance), self.ctx.theme, self.size_u()[0]))

    def _layout(self, finance: Finance) -> tuple[Body, HeadlineFit, Areas]:
        body = body_of(*self.size_u(), self.ctx.theme)
        fit = fit_headline(self.ctx.theme, body.column, self._headline(finance), self.ctx.text, self.ctx.tr)
        return body, fit, areas_of(body, fit.height, _LIST)

    def _facts(self, finance: Finance) -> list[str | tuple[str, ...] | None]:
        text, tr = self.ctx.text, self.ctx.tr
        excluded = excluded_words(finance.excluded_rows, text, tr)
        return [tr("per {when}").format(when=text.dated(finance.as_of, self.ctx.now())), finance.source, excluded, finance.target_version]

    def _headline(self, finance: Finance) -> Headline:
        text, tr, ratio = self.ctx.text, self.ctx.tr, finance.absorption
        return Headline(
            value=ratio.value,
            reference=tr("target {percent}").format(percent=text.percent(finance.target)),
            below=tr("{part} dari {whole}").format(part=text.rupiah(ratio.numerator), whole=text.rupiah(ratio.denominator)),
            deviation=finance.deviation,
            light=finance.light,
        )

    def paint(self, canvas: Canvas) -> None:
        finance = self._finance
        if finance is None:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada data"), self.ctx.tr)
            return
        body, fit, areas = self._layout(finance)
        canvas.painter.translate(body.x, body.y)
        canvas.painter.scale(body.zoom, body.zoom)
        draw_headline(canvas, body.column, self._headline(finance), fit, self.ctx.text, self.ctx.tr)
        self._paint_agencies(canvas, body, areas.list, finance.agencies)

    def _paint_agencies(self, canvas: Canvas, body: Body, area: tuple[float, float], agencies: Sequence[AgencyFigure]) -> None:
        """Deviation by agency, the latest first: late bars grow to the left of the zero line, early ones to the right."""
        colours, x, width = canvas.colours, body.list_x, body.column
        first = area[0] + 50
        tops = row_tops(len(agencies), first, area[1], _PITCH, is_loose=body.is_loose)
        if not tops:
            return
        shown = sorted(agencies, key=lambda a: (a.deviation is None, a.deviation or 0.0))[: len(tops)]
        canvas.text(x, area[0], self.ctx.tr("Deviasi OPD"), canvas.type.small, colours.ink2)
        canvas.text(x + width, area[0], self.ctx.tr("poin"), canvas.type.small, colours.ink2, align=RIGHT)
        zero = x + width - 166
        names = [self.ctx.city.agency_short(agency.agency) or agency.agency for agency in shown]
        widest = max(canvas.text_width(name, canvas.type.listed) for name in names)
        left = x + min(max(214 + 0.4 * max(0.0, width - 546), widest + 72), max(width - 290, 0.46 * width))
        farthest = max((abs(a.deviation) for a in shown if a.deviation is not None), default=0.0)
        for y, agency, name in zip(tops, shown, names, strict=True):
            row = Row(name=name, figure=self.ctx.text.bounded(agency.deviation, 1, sign=True), light=agency.light)
            draw_row(canvas, x, y, width, row, mark=_MARK, name_width=left - x - 60)
            if agency.deviation and farthest:
                length = abs(agency.deviation) / farthest * (zero - left - 1)
                start = zero - 1 - length if agency.deviation < 0 else zero + 3
                width_shown = length if agency.deviation < 0 else min(length, 46.0)
                canvas.rect(start, y + 7, width_shown, 26, light_colour(agency.light, colours), radius=2)
        canvas.rect(zero, first - 4, 3, tops[-1] - first + _PITCH - 4, colours.ink3)


def _elapsed(finance: Finance) -> int:
    """Steps of the year that should have a figure by the as-of date."""
    if finance.as_of.year > finance.year:
        return max(len(finance.planned.values), len(finance.actual.values))
    return finance.as_of.month if finance.actual.step == "month" else finance.as_of.isocalendar().week


PANEL = PanelSpec(key="keuangan", title="Keuangan", panel=KeuanganPanel, topics=(FINANCE,), min_size=(480, 420), max_rate_ms=250)
