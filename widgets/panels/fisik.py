"""Fisik: physical progress against its plan, week by week, and the contracts that are critically behind."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from feeds.messages.header import Message
from feeds.messages.indicator import PROGRESS, Light, Progress
from widgets.curve_panel import CurvePanel
from widgets.kit.canvas import RIGHT, SEMIBOLD, Canvas
from widgets.kit.indicator import Body, Headline, Row, draw_row, excluded_words, row_tops
from widgets.panel import PanelContext, PanelSpec

_PITCH = 54.0
_MARK = 34.0


class FisikPanel(CurvePanel):
    _progress: Progress | None = None

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, ctx.tr("rencana"), parent)
        self.on_progress(list(ctx.latest(PROGRESS).values()))

    def on_progress(self, messages: Sequence[Message[Progress]]) -> None:
        for message in messages:
            self._progress = message.body
        if self._progress is not None:
            self.show_curves(self._progress.planned.values, self._progress.actual.values, self._progress.week)
        self.arrange()

    def facts(self) -> list[str | tuple[str, ...] | None]:
        progress, text, tr = self._progress, self.ctx.text, self.ctx.tr
        if progress is None:
            return []
        excluded = excluded_words(progress.excluded_rows, text, tr)
        return [
            tr("per {when}").format(when=text.dated(progress.as_of, self.ctx.now())),
            progress.source,
            excluded,
            progress.target_version,
        ]

    def headline(self) -> Headline | None:
        progress, text, tr = self._progress, self.ctx.text, self.ctx.tr
        if progress is None:
            return None
        return Headline(
            value=progress.progress.value,
            reference=tr("rencana {percent}").format(percent=text.percent(progress.planned_value)),
            below=tr("Minggu {week} dari {weeks}").format(week=progress.week, weeks=progress.weeks),
            deviation=progress.deviation,
            light=progress.light,
        )

    def paint_list(self, canvas: Canvas, body: Body, area: tuple[float, float]) -> None:
        """How many contracts are critical, and the ones furthest behind."""
        progress, tr, colours, x, width = self._progress, self.ctx.tr, canvas.colours, body.list_x, body.column
        top = area[0] if body.is_split else area[0] + 12
        if progress is None or area[1] - top < canvas.type.body:
            return
        numbers = {"part": len(progress.critical), "whole": self.ctx.text.bounded(progress.contracts)}
        canvas.text(x, top, tr("Kontrak kritis"), canvas.type.body, colours.ink, weight=SEMIBOLD)
        canvas.text(
            x + width, top, tr("{part} dari {whole}").format(**numbers), canvas.type.body, colours.ink, weight=SEMIBOLD, align=RIGHT
        )
        first = top + 60
        tops = row_tops(len(progress.critical), first, area[1], _PITCH, is_loose=body.is_loose)
        for y, contract in zip(tops, sorted(progress.critical, key=lambda c: c.deviation), strict=False):
            row = Row(name=contract.name, figure=self.ctx.text.bounded(contract.deviation, 1), light=Light.RED)
            draw_row(canvas, x, y, width, row, mark=_MARK, name_width=width - 54 - 140)


PANEL = PanelSpec(key="fisik", title="Fisik", panel=FisikPanel, topics=(PROGRESS,), min_size=(480, 420), max_rate_ms=250, is_kept=True)
