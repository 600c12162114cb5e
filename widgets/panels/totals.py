"""The sum of the day: what came in equals what became of it. Shows the TOTALS message and counts nothing itself."""

from collections.abc import Sequence

import msgspec

from feeds.messages.header import Message
from feeds.messages.report import TOTALS, ReportState, Totals
from widgets.kit.canvas import CENTRE, REGULAR, SEMIBOLD, Canvas
from widgets.kit.chip import plan_bare_chips
from widgets.kit.marks import draw_mark
from widgets.kit.numerals import MISSING
from widgets.panel import Panel, PanelSpec

_REFERENCE = (200.0, 196.0, 232.0, 248.0, 248.0, 250.0, 214.0, 214.0)
"""Widths of the eight terms in the picture."""

_INDENT = 56.0
_MARK_U = 72.0
_SIZES = (84.0, 68.0, 60.0, 52.0)


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One number of the sum. ``detail``: a small second line under its label."""

    label: str
    figure: str
    state: ReportState | None = None
    detail: str = ""


class TotalsPanel(Panel):
    """Masuk = Baru + Diteruskan + Dikerjakan + Selesai + Di luar kewenangan + Duplikat + Iseng."""

    _totals: Totals | None = None
    _is_failed = False

    def on_totals(self, messages: Sequence[Message[Totals]]) -> None:
        self._totals = messages[-1].body
        totals, tr = self._totals, self.ctx.tr
        if totals is not None and not totals.ties_out():
            parts = sum(totals.count(state) for state in ReportState)
            self._is_failed = True
            reason = tr("Jumlah laporan tidak cocok: {received} masuk, {parts} menurut status").format(
                received=totals.received, parts=parts
            )
            self.failed.emit(reason, tr("Periksa log laporan dan pemilik topik totals"))
        elif self._is_failed:
            self._is_failed = False
            self.recovered.emit()

    def _terms(self) -> list[Term]:
        totals, tr = self._totals, self.ctx.tr

        def figure(count: int | None) -> str:
            return MISSING if count is None else self.ctx.text.number(count)

        def of(state: ReportState) -> str:
            return figure(totals.count(state) if totals else None)

        reopened = totals.reopened if totals else 0
        return [
            Term(label=tr("Masuk"), figure=figure(totals.received if totals else None)),
            Term(
                label=tr("Baru"),
                figure=figure(totals.new + totals.reopened if totals else None),
                state=ReportState.NEW,
                detail=tr("{count} dibuka lagi").format(count=figure(reopened)) if reopened else "",
            ),
            Term(label=tr("Diteruskan"), figure=of(ReportState.FORWARDED), state=ReportState.FORWARDED),
            Term(label=tr("Dikerjakan"), figure=of(ReportState.WORKING), state=ReportState.WORKING),
            Term(label=tr("Selesai"), figure=of(ReportState.DONE), state=ReportState.DONE),
            Term(label=tr("Di luar kewenangan"), figure=of(ReportState.DECLINED), state=ReportState.DECLINED),
            Term(label=tr("Duplikat"), figure=of(ReportState.DUPLICATE)),
            Term(label=tr("Iseng"), figure=of(ReportState.INVALID)),
        ]

    def _stamp(self) -> str:
        totals, tr, text = self._totals, self.ctx.tr, self.ctx.text
        if totals is None:
            return tr("Belum ada hitungan")
        opening = tr("Laporan hari ini sejak {time}").format(time=text.minute(totals.since))
        stamp = f"{opening} · {tr('per')} {text.clock(totals.at)} · {tr('log laporan')}"
        if totals.carried:
            stamp += " · " + tr("termasuk {count} dari hari sebelumnya").format(count=text.number(totals.carried))
        return stamp

    def paint(self, canvas: Canvas) -> None:
        terms = self._terms()
        chips = plan_bare_chips(canvas, self.status, self.ctx.tr, self.ctx.text, corner="bottom")
        stamp_width = canvas.width - 56 - chips.width
        lines = _arrange(canvas, terms)
        has_detail = any(term.detail for term in terms) and len(lines.rows) == 1
        stamp_top = canvas.height - (46 if has_detail else 52)
        y = 12.0 if has_detail else 20.0
        size, gap = lines.size, 4.0 if has_detail else 7.0
        for row in lines.rows:
            for term, x, width in row:
                self._paint_term(canvas, term, x, y, width, size, gap, is_first=term is terms[0])
            y += lines.row_height
        if stamp_top >= y - lines.row_height + size:
            canvas.text(28, stamp_top, self._stamp(), canvas.type.small, canvas.colours.ink3, max_width=stamp_width)

    def _paint_term(self, canvas: Canvas, term: Term, x: float, y: float, width: float, size: float, gap: float, *, is_first: bool) -> None:
        colours = canvas.colours
        start = x + 28 if is_first else x + _INDENT
        if not is_first:
            sign = "=" if term.state is ReportState.NEW else "+"
            canvas.text(x + 28, y + 0.86 * (size - 48), sign, 48, colours.ink3, align=CENTRE, figures=True, weight=REGULAR)
        figure_left = start + 4 if is_first else start
        if term.state is not None:
            draw_mark(canvas, term.state, start + 30, y + size / 2, 46 * size / 84)
            figure_left += _MARK_U
        canvas.text(figure_left, y, term.figure, size, colours.ink, weight=SEMIBOLD, figures=True, max_width=x + width - figure_left)
        top = y + size + gap
        reach = min(x + width + _INDENT - 8, canvas.width - 8) - start
        for line in canvas.wrap(term.label, canvas.type.small, reach, 2):
            canvas.text(start, top, line, canvas.type.small, colours.ink if is_first else colours.ink2, max_width=reach)
            top += 38
        if term.detail:
            canvas.text(start, top - 2, term.detail, canvas.type.small, colours.ink3)


class _Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of (term, left, width) at one size of figures."""

    size: float
    row_height: float
    rows: list[list[tuple[Term, float, float]]]


def _need(canvas: Canvas, term: Term, size: float, *, is_first: bool) -> float:
    """The width a term wants: that of its figure; its label may reach to where the next label begins."""
    indent = 28.0 if is_first else _INDENT
    figure = canvas.text_width(term.figure, size, SEMIBOLD, figures=True) + (_MARK_U if term.state else 4) + 8
    words = max(canvas.text_width(word, canvas.type.small) for word in term.label.split())
    return indent + max(figure, words + 12 - _INDENT)


def _arrange(canvas: Canvas, terms: list[Term]) -> _Arrangement:
    """As in the picture where it fits; else smaller figures, else several rows; last, the first terms only."""
    for size in _SIZES:
        needs = [_need(canvas, term, size, is_first=term is terms[0]) for term in terms]
        if canvas.width >= sum(_REFERENCE) and all(need <= width for need, width in zip(needs, _REFERENCE, strict=True)):
            stretch = canvas.width / 1856
            return _row(terms, [width * stretch for width in _REFERENCE], size)
        if sum(needs) <= canvas.width - 24:
            spare = (canvas.width - 24 - sum(needs)) / len(terms)
            return _row(terms, [need + spare for need in needs], size)
    return _grid(canvas, terms)


def _row(terms: list[Term], widths: list[float], size: float) -> _Arrangement:
    lefts = [sum(widths[:index]) for index in range(len(widths))]
    return _Arrangement(size=size, row_height=size + 90, rows=[list(zip(terms, lefts, widths, strict=True))])


def _grid(canvas: Canvas, terms: list[Term]) -> _Arrangement:
    """Rows of equal cells; what does not fit below is left out, last terms first."""
    size = _SIZES[-1]
    widest = max(_need(canvas, term, size, is_first=term is terms[0]) for term in terms)
    columns = max(1, int((canvas.width - 24) // widest))
    width = (canvas.width - 24) / columns
    row_height = size + 90
    fitting = max(1, int((canvas.height - 20 - 64) // row_height))
    rows = [terms[start : start + columns] for start in range(0, len(terms), columns)][:fitting]
    return _Arrangement(size=size, row_height=row_height, rows=[[(term, i * width, width) for i, term in enumerate(row)] for row in rows])


PANEL = PanelSpec(key="totals", title="Jumlah laporan", panel=TotalsPanel, topics=(TOTALS,), chrome="bare", chip_corner="bottom")
