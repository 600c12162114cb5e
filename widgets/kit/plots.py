"""Charts: the only file that imports pyqtgraph. A chart is told its series and its palette and knows no message.

pyqtgraph draws in device pixels, so every stroke and font is multiplied by the scale it is given. Items are made once and
updated (pyqtgraph #2672 and #2665: making them anew leaks).
"""

# pyright: reportMissingTypeStubs=false
# pyqtgraph has no stubs; what is used of it is given its type here.

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

import msgspec
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QGraphicsLineItem, QGraphicsRectItem, QGraphicsSimpleTextItem, QWidget

from widgets.kit.canvas import font
from widgets.kit.palette import Palette, Theme

_EDGE = 4.0
"""From the chart's side to its first point (wall units)."""
_HEAD = 10.0
"""Room above the top rule and below the base line for strokes and the end dot."""
_OVER = 4.0
"""So much of that room lies outside the span a chart is given: an end dot at 100 % is whole."""
_TEXT = 36.0
_MOST_STEPS = 366
"""A year has no more; a source that says so is not drawn out."""
_BANDS, _RULES = -300, -200
"""Below pyqtgraph's ViewBox, which puts itself at -100."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Steps without data between the points ``before`` and ``after``; ``value`` is the last known, ``None`` at the start."""

    before: int
    after: int
    value: float | None


class CurveWords(msgspec.Struct, frozen=True, kw_only=True):
    """What is written in the chart: the plan's name, the span of the axis, and how a gap is called."""

    plan: str
    span: str
    gap: str


def gaps_of(values: Sequence[float | None], elapsed: int) -> tuple[Gap, ...]:
    """Runs without data among the ``elapsed`` first steps; what lies ahead is no gap."""
    found: list[Gap] = []
    last = -1
    reach = [*values[:elapsed], *([None] * (elapsed - len(values)))]
    for index, value in enumerate(reach):
        if value is None:
            continue
        if index - last > 1:
            found.append(Gap(before=max(last, 0), after=index, value=reach[last] if last >= 0 else None))
        last = index
    if 0 <= last < elapsed - 1:
        found.append(Gap(before=last, after=elapsed - 1, value=reach[last]))
    return tuple(found)


class CurveChart(QWidget):
    """An S-curve: plan dashed and unbroken, actual solid, missing steps as a raised band with the last value dashed."""

    def __init__(self, theme: Theme, words: CurveWords, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._colours = theme.palette
        self._words = words
        self._scale = 1.0
        self._planned: tuple[float | None, ...] = ()
        self._actual: tuple[float | None, ...] = ()
        self._gaps: tuple[Gap, ...] = ()
        self._told: tuple[tuple[float | None, ...], tuple[float | None, ...], int] | None = None
        # Any: pyqtgraph has no type information.
        module = cast(Any, pg)
        self._view: Any = module.GraphicsView(self, background=None)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        clear = QPalette()
        clear.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
        clear.setColor(QPalette.ColorRole.Window, QColor(0, 0, 0, 0))
        self._view.setPalette(clear)
        self._box: Any = module.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self._view.setCentralItem(self._box)
        self._bands: list[Any] = []
        self._plan_curve = self._curve(2)
        self._missing_curve = self._curve(3)
        self._actual_curve = self._curve(4)
        self._rules = [self._on_scene(QGraphicsLineItem(), _RULES) for _ in range(2)]
        self._legend_line = self._on_scene(QGraphicsLineItem(), 5)
        self._texts = [self._on_scene(QGraphicsSimpleTextItem(), 6) for _ in range(3)]
        self._dot: Any = module.ScatterPlotItem(pxMode=True, antialias=True)
        self._dot.setZValue(7)
        self._box.addItem(self._dot, ignoreBounds=True)
        self.set_palette(theme.palette)

    def _curve(self, z: int) -> Any:
        curve: Any = cast(Any, pg).PlotCurveItem(antialias=True, connect="finite", skipFiniteCheck=False)
        curve.setZValue(z)
        self._box.addItem(curve, ignoreBounds=True)
        return curve

    def _on_scene(self, item: Any, z: int) -> Any:
        item.setZValue(z)
        self._view.scene().addItem(item)
        return item

    def set_series(self, planned: Sequence[float | None], actual: Sequence[float | None], elapsed: int) -> None:
        """New curves in percent; ``elapsed``: how many steps have passed. Values outside 0..100 are kept, only drawn at the edge."""
        planned, actual, elapsed = tuple(planned[:_MOST_STEPS]), tuple(actual[:_MOST_STEPS]), min(max(0, elapsed), _MOST_STEPS)
        if (planned, actual, elapsed) == self._told:
            return
        self._told = planned, actual, elapsed
        self._planned, self._actual = planned, actual
        self._gaps = gaps_of(self._actual, elapsed)
        steps = max(len(self._planned), len(self._actual), elapsed, 2)
        self._box.setXRange(0, steps - 1, padding=0)
        self._plan_curve.setData(np.arange(len(planned), dtype=np.float64), _drawn(self._planned))
        self._actual_curve.setData(np.arange(len(actual), dtype=np.float64), _drawn(self._actual))
        self._place_again()

    def set_palette(self, colours: Palette) -> None:
        """Draws everything in these colours from now on (grey ones when the panel is stale)."""
        self._colours = colours
        self._dress()

    def set_scale(self, scale: float) -> None:
        """Device pixels per unit of the chart."""
        if scale != self._scale:
            self._scale = scale
            self._dress()

    def place(self, x: float, y: float, zoom: float, width: float, span: tuple[float, float], scale: float) -> None:
        """Stands between two heights of a panel's body, which begins at (``x``, ``y``) wall units and is drawn ``zoom`` times as large.

        ``width`` and ``span`` in enlarged units; an empty span hides it.
        """
        self.setVisible(span[1] > span[0])
        unit = zoom * scale
        self.set_scale(unit)
        top, bottom = y * scale + (span[0] - _OVER) * unit, y * scale + (span[1] + _OVER) * unit
        self.setGeometry(round(x * scale), round(top), round(width * unit), round(bottom) - round(top))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._view.setGeometry(self.rect())
        self._place()

    def _pen(self, colour: str, width: float, dash: tuple[float, float] | None = None) -> QPen:
        pen = QPen(QColor(colour), width * self._scale)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap if dash else Qt.PenCapStyle.RoundCap)
        if dash is not None:
            pen.setDashPattern([dash[0] / width, dash[1] / width])
        return pen

    def _dress(self) -> None:
        """Pens, brushes and fonts for the palette and scale of now."""
        colours = self._colours
        self._plan_curve.setPen(self._pen(colours.ink3, 4, (10, 9)))
        self._actual_curve.setPen(self._pen(colours.ink, 6))
        self._missing_curve.setPen(self._pen(colours.ink, 6, (4, 9)))
        self._legend_line.setPen(self._pen(colours.ink3, 4, (10, 9)))
        for rule, colour in zip(self._rules, (colours.line, colours.line2), strict=True):
            rule.setPen(self._pen(colour, 2))
        self._dot.setBrush(QColor(colours.ink))
        self._dot.setPen(QPen(Qt.PenStyle.NoPen))
        self._dot.setSize(20 * self._scale)
        face = font(self._theme.text_family, _TEXT * self._scale, 400)
        for item in self._texts:
            item.setFont(face)
            item.setBrush(QColor(colours.ink3))
        self._place_again()

    def _pixel(self, index: float, value: float) -> QPointF:
        """Where a point stands in the chart, device pixels."""
        s = self._scale
        steps = max(len(self._planned), len(self._actual), 2)
        left, right = _EDGE * s, self.width() - 2 * _EDGE * s
        base = self.height() - _HEAD * s
        return QPointF(left + (right - left) * index / (steps - 1), base - (base - _HEAD * s) * min(100.0, max(0.0, value)) / 100)

    def _place_again(self) -> None:
        """Now, or, where Qt has yet to tell it its size (as it does before any painting), then: once, not with every step of building."""
        if not self.testAttribute(Qt.WidgetAttribute.WA_PendingResizeEvent):
            self._place()

    def _place(self) -> None:
        """Everything whose place hangs on the size: ranges, bands, dashes, rules, words."""
        s, width, height = self._scale, float(self.width()), float(self.height())
        if height < 24 * s or width < 100 * s:
            return
        steps = max(len(self._planned), len(self._actual), 2)
        points = max(1.0, width - 3 * _EDGE * s) / (steps - 1)
        inner = height - 2 * _HEAD * s
        self._box.setRange(
            xRange=(-_EDGE * s / points, steps - 1 + 2 * _EDGE * s / points),
            yRange=(-100 * _HEAD * s / inner, 100 + 100 * _HEAD * s / inner),
            padding=0,
        )
        self._rules[0].setLine(0, _HEAD * s, width, _HEAD * s)
        self._rules[1].setLine(0, height - _HEAD * s, width, height - _HEAD * s)
        self._place_gaps(points)
        known = [(i, v) for i, v in enumerate(self._actual) if v is not None]
        self._dot.setData([known[-1][0]] if known else [], [min(100.0, max(0.0, known[-1][1]))] if known else [])
        self._place_words(width, height)

    def _place_gaps(self, points: float) -> None:
        """Bands and dashes; ``points``: device pixels per step."""
        s = self._scale
        while len(self._bands) < len(self._gaps):
            self._bands.append(self._on_scene(QGraphicsRectItem(), _BANDS))
        x: list[float] = []
        y: list[float] = []
        for band, gap in zip(self._bands, self._gaps, strict=False):
            left, right = self._pixel(gap.before, 0).x() + 4 * s, self._pixel(gap.after, 0).x() - 4 * s
            band.setRect(QRectF(left, _HEAD * s, max(2 * s, right - left), self.height() - 2 * _HEAD * s))
            band.setBrush(QColor(self._colours.raised))
            band.setPen(QPen(Qt.PenStyle.NoPen))
            if gap.value is not None:
                level = min(100.0, max(0.0, gap.value))
                x += [gap.before + 10 * s / points, max(gap.before + 10 * s / points, gap.after - 6 * s / points), np.nan]
                y += [level, level, np.nan]
        for number, band in enumerate(self._bands):
            band.setVisible(number < len(self._gaps))
        self._missing_curve.setData(np.array(x, dtype=np.float64), np.array(y, dtype=np.float64))

    def _place_words(self, width: float, height: float) -> None:
        """The legend top left, the span bottom right, the word for a gap beside the widest one."""
        s = self._scale
        plan, span, gap_word = self._texts
        plan.setText(self._words.plan)
        span.setText(self._words.span)
        gap_word.setText(self._words.gap)
        metrics = QFontMetricsF(plan.font())
        rise = metrics.ascent()
        self._legend_line.setLine(4 * s, _HEAD * s + 26 * s, 64 * s, _HEAD * s + 26 * s)
        plan.setPos(80 * s, _HEAD * s + 39 * s - rise)
        has_plan = any(v is not None for v in self._planned)
        plan.setVisible(has_plan)
        self._legend_line.setVisible(has_plan)
        low = height - (14 + _HEAD) * s - rise
        span_box = QRectF(
            width - 4 * s - metrics.horizontalAdvance(self._words.span), low, metrics.horizontalAdvance(self._words.span), rise
        )
        legend = QRectF(0, 0, 90 * s + metrics.horizontalAdvance(self._words.plan), 50 * s) if has_plan else QRectF()
        taken = [legend]
        lines = self._lines()
        gap_word.setVisible(False)
        if self._gaps:
            found = self._free_place(metrics.horizontalAdvance(self._words.gap), rise, low, taken, lines)
            gap_word.setVisible(found is not None)
            if found is not None:
                gap_word.setPos(found.topLeft())
                taken.append(found)
        span.setPos(span_box.topLeft())
        span.setVisible(self._is_free(span_box, taken, lines))

    def _free_place(
        self, width: float, height: float, low: float, taken: Sequence[QRectF], lines: Sequence[tuple[QPointF, QPointF]]
    ) -> QRectF | None:
        """Where a gap's word meets no curve and no other word: beside the widest gap or in it, else ``None``."""
        s = self._scale
        for gap in sorted(self._gaps, key=lambda gap: gap.before - gap.after):
            left, right = self._pixel(gap.before, 0).x(), self._pixel(gap.after, 0).x()
            for x in (right + 10 * s, left - 10 * s - width, (left + right - width) / 2, self.width() - 4 * s - width):
                for y in (low - step * (low - 2 * _HEAD * s) / 6 for step in range(7)):
                    box = QRectF(x, y, width, height)
                    if x >= 4 * s and x + width <= self.width() - 4 * s and self._is_free(box, taken, lines):
                        return box
        return None

    def _is_free(self, box: QRectF, taken: Sequence[QRectF], lines: Sequence[tuple[QPointF, QPointF]]) -> bool:
        """No word and no line runs through the box."""
        if any(other.intersects(box) for other in taken):
            return False
        margin = 6 * self._scale
        grown = box.adjusted(-margin, -margin, margin, margin)
        return not any(_crosses(a, b, grown) for a, b in lines)

    def _lines(self) -> list[tuple[QPointF, QPointF]]:
        """Every straight piece of the curves and of the dashes over gaps, device pixels, left to right."""
        pieces = [
            (self._pixel(i, a), self._pixel(i + 1, b))
            for curve in (self._planned, self._actual)
            for i, (a, b) in enumerate(pairwise(curve))
            if a is not None and b is not None
        ]
        return pieces + [(self._pixel(g.before, g.value), self._pixel(g.after, g.value)) for g in self._gaps if g.value is not None]


def _crosses(a: QPointF, b: QPointF, box: QRectF) -> bool:
    """Does the line from ``a`` to ``b`` (left to right) meet the box?"""
    left, right = max(a.x(), box.left()), min(b.x(), box.right())
    if left > right:
        return False
    slope = (b.y() - a.y()) / max(1e-9, b.x() - a.x())
    heights = (a.y() + slope * (left - a.x()), a.y() + slope * (right - a.x()))
    return min(heights) <= box.bottom() and max(heights) >= box.top()


def _drawn(values: Sequence[float | None]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Values as they are drawn: clipped to the chart, ``nan`` where nothing came."""
    return np.clip(np.array([np.nan if v is None else v for v in values], dtype=np.float64), 0.0, 100.0)
