"""Keuangan: how much of the budget is absorbed, against its target, over the year and by agency."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from feeds.messages.header import Message
from feeds.messages.indicator import FINANCE, Finance
from widgets.curve_panel import CurvePanel
from widgets.kit.canvas import RIGHT, Canvas
from widgets.kit.indicator import Body, Headline, Row, draw_row, excluded_words, light_colour, row_tops
from widgets.panel import PanelContext, PanelSpec

_PITCH = 48.0
_MARK = 30.0
_EARLY_ROOM = 46.0
"""Between the zero line and the figures."""


class KeuanganPanel(CurvePanel):
    _finance: Finance | None = None

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, ctx.tr("target"), parent)
        self.on_finance(list(ctx.latest(FINANCE).values()))

    def on_finance(self, messages: Sequence[Message[Finance]]) -> None:
        for message in messages:
            self._finance = message.body
        if self._finance is not None:
            self.show_curves(self._finance.planned.values, self._finance.actual.values, _elapsed(self._finance))
        self.arrange()

    def facts(self) -> list[str | tuple[str, ...] | None]:
        finance, text, tr = self._finance, self.ctx.text, self.ctx.tr
        if finance is None:
            return []
        excluded = excluded_words(finance.excluded_rows, text, tr)
        return [tr("per {when}").format(when=text.dated(finance.as_of, self.ctx.now())), finance.source, excluded, finance.target_version]

    def headline(self) -> Headline | None:
        finance, text, tr = self._finance, self.ctx.text, self.ctx.tr
        if finance is None:
            return None
        ratio = finance.absorption
        return Headline(
            value=ratio.value,
            reference=tr("target {percent}").format(percent=text.percent(finance.target)),
            below=tr("{part} dari {whole}").format(part=text.rupiah(ratio.numerator), whole=text.rupiah(ratio.denominator)),
            deviation=finance.deviation,
            light=finance.light,
        )

    def paint_list(self, canvas: Canvas, body: Body, area: tuple[float, float]) -> None:
        """Deviation by agency, the latest first: late bars grow to the left of the zero line, early ones to the right."""
        colours, x, width = canvas.colours, body.list_x, body.column
        agencies = self._finance.agencies if self._finance is not None else ()
        first = area[0] + 50
        tops = row_tops(len(agencies), first, area[1], _PITCH, is_loose=body.is_loose)
        if not tops:
            return
        shown = sorted(agencies, key=lambda a: (a.deviation is None, a.deviation or 0.0))[: len(tops)]
        canvas.text(x, area[0], self.ctx.tr("Deviasi OPD"), canvas.type.small, colours.ink2)
        canvas.text(x + width, area[0], self.ctx.tr("poin"), canvas.type.small, colours.ink2, align=RIGHT)
        names = [self.ctx.city.agency_short(agency.agency) or agency.agency for agency in shown]
        widest = max(canvas.text_width(name, canvas.type.listed) for name in names)
        left = x + min(max(214 + 0.4 * max(0.0, width - 546), widest + 72), max(width - 290, 0.46 * width))
        zero, unit = deviation_axis([a.deviation for a in shown if a.deviation is not None], left + 1, x + width - 166)
        for y, agency, name in zip(tops, shown, names, strict=True):
            row = Row(name=name, figure=self.ctx.text.bounded(agency.deviation, 1, sign=True), light=agency.light)
            draw_row(canvas, x, y, width, row, mark=_MARK, name_width=left - x - 60)
            if agency.deviation:
                length = abs(agency.deviation) * unit
                start = zero - 1 - length if agency.deviation < 0 else zero + 3
                canvas.rect(start, y + 7, length, 26, light_colour(agency.light, colours), radius=2)
        canvas.rect(zero, first - 4, 3, tops[-1] - first + _PITCH - 4, colours.ink3)


def deviation_axis(deviations: Sequence[float], left: float, zero: float) -> tuple[float, float]:
    """Where the zero line stands, and how long a point of deviation is on both its sides.

    It stands at ``zero`` with late bars down to ``left``; early ones longer than ``_EARLY_ROOM`` push it to the left.
    """
    late, early = max((-d for d in deviations), default=0.0), max(deviations, default=0.0)
    late, early = max(0.0, late), max(0.0, early)
    room = zero - left
    if late and early * room / late <= _EARLY_ROOM:
        return zero, room / late
    if not late and not early:
        return zero, 0.0
    unit = (room + _EARLY_ROOM) / (late + early)
    return left + late * unit, unit


def _elapsed(finance: Finance) -> int:
    """Steps of the year that should have a figure by the as-of date."""
    if finance.as_of.year > finance.year:
        return max(len(finance.planned.values), len(finance.actual.values))
    return finance.as_of.month if finance.actual.step == "month" else finance.as_of.isocalendar().week


PANEL = PanelSpec(
    key="keuangan", title="Keuangan", panel=KeuanganPanel, topics=(FINANCE,), min_size=(480, 420), max_rate_ms=250, is_kept=True
)
