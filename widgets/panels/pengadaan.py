"""Pengadaan: how much procurement is announced, how far the packages are, and how many are late."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.header import Message
from feeds.messages.indicator import PROCUREMENT, Procurement
from widgets.kit.canvas import MEDIUM, RIGHT, SEMIBOLD, Canvas
from widgets.kit.indicator import Body, Headline, body_of, draw_headline, excluded_words, fit_headline, second_line
from widgets.kit.marks import draw_watch
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext, PanelSpec

_STAGE_WORDS = {
    "rencana": "Rencana",
    "pengumuman": "Pengumuman",
    "penawaran": "Penawaran",
    "evaluasi": "Evaluasi",
    "penetapan": "Penetapan",
    "kontrak": "Kontrak",
}
_PITCH = 56.0
_PITCH_LEAST = 46.0
_LATE = 60.0
"""Height of the line about late packages."""


class PengadaanPanel(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._procurement: Procurement | None = None
        self.on_procurement(list(ctx.latest(PROCUREMENT).values()))

    def on_procurement(self, messages: Sequence[Message[Procurement]]) -> None:
        for message in messages:
            self._procurement = message.body
        self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._say()

    def _say(self) -> None:
        procurement, text, tr = self._procurement, self.ctx.text, self.ctx.tr
        if procurement is None:
            self.describe("")
            return
        when = text.when(procurement.as_of, self.ctx.now())
        excluded = excluded_words(procurement.excluded_rows, text, tr)
        parts = [tr("per {when}").format(when=when), procurement.source, excluded]
        self.describe(second_line(parts, self.ctx.theme, self.size_u()[0]))

    def paint(self, canvas: Canvas) -> None:
        procurement = self._procurement
        if procurement is None:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada data"), self.ctx.tr)
            return
        text, tr, ratio = self.ctx.text, self.ctx.tr, procurement.announced
        headline = Headline(
            value=ratio.value,
            reference=tr("RUP"),
            beside=tr("diumumkan"),
            below=tr("{part} dari {whole}").format(part=text.rupiah(ratio.numerator), whole=text.rupiah(ratio.denominator)),
        )
        body = body_of(canvas.width, canvas.height, self.ctx.theme)
        fit = fit_headline(self.ctx.theme, body.column, headline, text, tr)
        canvas.painter.translate(body.x, body.y)
        canvas.painter.scale(body.zoom, body.zoom)
        draw_headline(canvas, body.column, headline, fit, text, tr)
        room = body.height - fit.height
        if body.is_split:
            self._paint_stages(canvas, body, 10.0, body.height, procurement)
            self._paint_late(canvas, fit.height + 16, body.column, procurement.late_packages)
            if procurement.efficiency is not None:
                words = tr("Efisiensi {percent}").format(percent=text.percent(procurement.efficiency))
                canvas.text(0, fit.height + 16 + 76, words, canvas.type.body, canvas.colours.ink2, max_width=body.column)
        elif room < _LATE + 2 * _PITCH_LEAST:
            self._paint_late(canvas, max(fit.height, body.height - _LATE), body.column, procurement.late_packages)
        else:
            foot = self._paint_stages(canvas, body, fit.height + 10, body.height - _LATE - 16, procurement)
            self._paint_late(canvas, min(foot + 8, body.height - _LATE), body.column, procurement.late_packages)

    def _paint_stages(self, canvas: Canvas, body: Body, top: float, bottom: float, procurement: Procurement) -> float:
        """The funnel: packages that reached each stage, signed contracts brighter. Returns where it ends."""
        colours, stages = canvas.colours, procurement.stages
        if not stages:
            return top
        pitch = min(max(_PITCH_LEAST, (bottom - top) / len(stages)), 1.5 * _PITCH if body.is_loose else _PITCH)
        shown = stages[-max(1, int((bottom - top + 8) // pitch)) :]
        x, right = body.list_x, body.list_x + body.column
        most = max(stage.packages for stage in stages)
        start = x + 256 + 0.25 * max(0.0, body.column - 546)
        figures = max(canvas.text_width(self.ctx.text.bounded(stage.packages), canvas.type.body, MEDIUM) for stage in stages)
        longest = max(0.0, min(right - 100, right - figures - 20) - start)
        for number, stage in enumerate(shown):
            y = top + number * pitch
            canvas.text(
                x,
                y,
                self.ctx.tr(_STAGE_WORDS.get(stage.stage, stage.stage.capitalize())),
                canvas.type.listed,
                colours.ink,
                max_width=start - x - 10,
            )
            width = longest * stage.packages / most if most > 0 else 0.0
            canvas.rect(start, y + 5, width, 28, colours.ink2 if stage is stages[-1] else colours.bar, radius=2)
            canvas.text(right, y - 1, self.ctx.text.bounded(stage.packages), canvas.type.body, colours.ink, weight=MEDIUM, align=RIGHT)
        return top + len(shown) * pitch

    def _paint_late(self, canvas: Canvas, top: float, width: float, late: int) -> None:
        """The backlog in words; the mark only when there is one."""
        if late <= 0:
            canvas.text(0, top + 8, self.ctx.tr("Tidak ada paket terlambat"), canvas.type.body, canvas.colours.ink2, max_width=width)
            return
        draw_watch(canvas, 18.7, top + 24.7, 38)
        words = self.ctx.tr("{count} paket terlambat").format(count=self.ctx.text.bounded(late))
        size = canvas.fit(words, (canvas.type.title, canvas.type.body), width - 54, SEMIBOLD)
        canvas.text(54, top, words, size, canvas.colours.ink, weight=SEMIBOLD, max_width=width - 54)


PANEL = PanelSpec(key="pengadaan", title="Pengadaan", panel=PengadaanPanel, topics=(PROCUREMENT,), min_size=(480, 420), max_rate_ms=250)
