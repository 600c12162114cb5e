"""The sum of the day: what came in equals what became of it. Shows the TOTALS message and counts nothing itself."""

from collections.abc import Sequence

import msgspec

from feeds.messages.header import Message
from feeds.messages.report import TOTALS, ReportState, Totals
from widgets.kit.canvas import CENTRE, REGULAR, RIGHT, SEMIBOLD, Canvas
from widgets.kit.chip import plan_bare_chips
from widgets.kit.marks import draw_mark
from widgets.kit.numerals import MISSING
from widgets.panel import Panel, PanelSpec

_REFERENCE = (200.0, 196.0, 232.0, 248.0, 248.0, 250.0, 214.0, 214.0)
"""Widths of the eight terms in the picture."""

_INDENT = 56.0
_MARK_U = 72.0
_SIZES = (84.0, 76.0, 68.0, 60.0, 52.0, 44.0)


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
        is_today = text.local(totals.since).date() == text.local(totals.at).date()
        opening = tr("Laporan hari ini sejak {time}").format(time=text.minute(totals.since))
        if not is_today:
            opening = tr("Laporan sejak {date}").format(date=text.dated(totals.since, totals.at))
        stamp = f"{opening} · {tr('per')} {text.clock(totals.at)} · {tr('log laporan')}"
        if totals.carried:
            stamp += " · " + tr("termasuk {count} dari hari sebelumnya").format(count=text.number(totals.carried))
        return stamp

    def paint(self, canvas: Canvas) -> None:
        terms = self._terms()
        chips = plan_bare_chips(canvas, self.status, self.ctx.tr, self.ctx.text, corner="bottom")
        arrangement = _arrange(canvas, terms)
        if arrangement is None:
            has_detail = False
            stamp_top = canvas.height - 52
            self._paint_list(canvas, terms, stamp_top)
        else:
            has_detail = any(term.detail for term in terms)
            size, widths = arrangement
            x, y = 0.0, (12.0 if has_detail else 20.0) + (_SIZES[0] - size) / 2
            for term, width in zip(terms, widths, strict=True):
                self._paint_term(canvas, term, x, y, width, size, 4.0 if has_detail else 7.0, is_first=term is terms[0])
                x += width
            stamp_top = canvas.height - (46 if has_detail else 52)
        stamp_width = canvas.width - 56 - chips.width
        canvas.text(28, stamp_top, self._stamp(), canvas.type.small, canvas.colours.ink3, max_width=stamp_width)

    def _paint_list(self, canvas: Canvas, terms: list[Term], bottom: float) -> None:
        """A line for each term, in as many columns as there is room for; those that find none are left out, the last first."""
        step, type_ = canvas.space.list_row, canvas.type
        rows = max(1, int((bottom - 16) // step))
        columns = max(1, min(-(-len(terms) // rows), int((canvas.width - 28) // 400)))
        rows = min(rows, -(-len(terms) // columns))
        width = (canvas.width - 28) / columns
        for index, term in enumerate(terms[: rows * columns]):
            left, y = 28 + index // rows * width, 16 + index % rows * step
            right = left + width - 28
            figure = canvas.text(right, y, term.figure, type_.body, canvas.colours.ink, weight=SEMIBOLD, align=RIGHT)
            if term.state is not None:
                draw_mark(canvas, term.state, left + 20, y + 20, 30)
            ink = canvas.colours.ink if index == 0 else canvas.colours.ink2
            canvas.text(left + 52, y + 3, term.label, type_.small, ink, max_width=right - figure - 16 - left - 52)

    def _paint_term(self, canvas: Canvas, term: Term, x: float, y: float, width: float, size: float, gap: float, *, is_first: bool) -> None:
        colours = canvas.colours
        shrink = size / _SIZES[0]
        start = x + 28 if is_first else x + _INDENT * shrink
        if not is_first:
            sign = "=" if term.state is ReportState.NEW else "+"
            sign_size = max(canvas.type.small, 48 * shrink)
            canvas.text(
                x + 28 * shrink, y + 0.86 * (size - sign_size), sign, sign_size, colours.ink3, align=CENTRE, figures=True, weight=REGULAR
            )
        figure_left = start + 4 if is_first else start
        if term.state is not None:
            draw_mark(canvas, term.state, start + 30 * shrink, y + size / 2, 46 * shrink)
            figure_left += _MARK_U * shrink
        canvas.text(figure_left, y, term.figure, size, colours.ink, weight=SEMIBOLD, figures=True, max_width=x + width - figure_left)
        top = y + size + gap
        reach = min(x + width + _INDENT * shrink - 8, canvas.width - 8) - start
        for line in canvas.wrap(term.label, canvas.type.small, reach, 2):
            canvas.text(start, top, line, canvas.type.small, colours.ink if is_first else colours.ink2, max_width=reach)
            top += 38
        if term.detail:
            canvas.text(start, top - 2, term.detail, canvas.type.small, colours.ink3)


def _need(canvas: Canvas, term: Term, size: float, *, is_first: bool) -> float:
    """The width a term wants: that of its figure; its label may reach to where the next label begins."""
    shrink = size / _SIZES[0]
    indent = 28.0 if is_first else _INDENT * shrink
    figure = canvas.text_width(term.figure, size, SEMIBOLD, figures=True) + (_MARK_U * shrink if term.state else 4) + 8
    words = max(canvas.text_width(word, canvas.type.small) for word in term.label.split())
    return max(indent + figure, indent + words + 12 - _INDENT * shrink)


def _arrange(canvas: Canvas, terms: list[Term]) -> tuple[float, list[float]] | None:
    """The size of the figures and the widths of the terms: as in the picture where that fits, else smaller figures."""
    if canvas.height < 200:
        return None
    for size in _SIZES:
        needs = [_need(canvas, term, size, is_first=term is terms[0]) for term in terms]
        if (
            canvas.width >= sum(_REFERENCE)
            and size == _SIZES[0]
            and all(need <= width for need, width in zip(needs, _REFERENCE, strict=True))
        ):
            return size, [width * canvas.width / 1856 for width in _REFERENCE]
        last_label = canvas.text_width(terms[-1].label, canvas.type.small) + _INDENT
        spare = canvas.width - 24 - sum(needs) - max(0.0, last_label - needs[-1])
        if spare >= 0:
            return size, [need + spare / len(terms) for need in needs]
    return None


PANEL = PanelSpec(
    key="totals", title="Jumlah laporan", panel=TotalsPanel, topics=(TOTALS,), chrome="bare", chip_corner="bottom", max_rate_ms=200
)
