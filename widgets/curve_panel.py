"""What the indicator panels with a curve share: headline, S-curve and a list below, of the newest message of one topic."""

import importlib
from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from widgets.kit.canvas import Canvas
from widgets.kit.indicator import Areas, Body, Headline, HeadlineFit, areas_of, body_of, draw_headline, fit_headline, second_line
from widgets.kit.quiet import draw_nothing
from widgets.panel import Panel, PanelContext

LIST_HEIGHT = 252.0
"""Of the list with its heading, on the reference panel."""


def load_charts() -> None:
    """Loads what draws curves, some tenths of a second of a processor; from any thread, once the wall stands."""
    importlib.import_module("widgets.kit.plots")


class CurvePanel(Panel):
    """Override ``headline``, ``facts`` and ``paint_list``; call ``show_curves`` with every new value. ``plan``: how the plan is called."""

    def __init__(self, ctx: PanelContext, plan: str, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        # Not above: a wall that starts without a curve stands sooner without what draws them.
        from widgets.kit.plots import CurveChart, CurveWords

        self._chart = CurveChart(ctx.theme, CurveWords(plan=plan, span=ctx.tr("Jan–Des"), gap=ctx.tr("tanpa data")), self)

    def headline(self) -> Headline | None:
        """What stands on top; ``None`` while nothing has come."""
        raise NotImplementedError

    def facts(self) -> list[str | tuple[str, ...] | None]:
        """Parts of the frame's second line, as ``second_line`` takes them."""
        raise NotImplementedError

    def paint_list(self, canvas: Canvas, body: Body, area: tuple[float, float]) -> None:
        """Draws the list between two heights of the body."""
        raise NotImplementedError

    def show_curves(self, planned: Sequence[float | None], actual: Sequence[float | None], elapsed: int) -> None:
        """New curves in percent; ``elapsed``: how many steps have passed."""
        self._chart.set_series(planned, actual, elapsed)

    def arrange(self) -> None:
        """Places the chart and says what the second line can hold."""
        headline = self.headline()
        if headline is None:
            self._chart.hide()
            self.describe("")
            return
        body, _, areas = self._layout(headline)
        self._chart.place(body.x, body.y, body.zoom, body.column, areas.chart, self.ctx.scale)
        self.describe(second_line(self.facts(), self.ctx.theme, self.size_u()[0]))

    def on_palette(self) -> None:
        self._chart.set_palette(self.colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def _layout(self, headline: Headline) -> tuple[Body, HeadlineFit, Areas]:
        body = body_of(*self.size_u(), self.ctx.theme)
        fit = fit_headline(self.ctx.theme, body.column, headline, self.ctx.text, self.ctx.tr)
        return body, fit, areas_of(body, fit.height, LIST_HEIGHT)

    def paint(self, canvas: Canvas) -> None:
        headline = self.headline()
        if headline is None:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada data"), self.ctx.tr)
            return
        body, fit, areas = self._layout(headline)
        canvas.painter.translate(body.x, body.y)
        canvas.painter.scale(body.zoom, body.zoom)
        draw_headline(canvas, body.column, headline, fit, self.ctx.text, self.ctx.tr)
        self.paint_list(canvas, body, areas.list)
