"""The shapes that say a state or a severity: form first, colour second (visual.md, "States are shapes"). Pure drawing."""

import re

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from feeds.messages.hazard import Severity
from feeds.messages.indicator import Light
from feeds.messages.report import ReportState
from widgets.kit.canvas import Canvas
from widgets.kit.palette import Palette

RELATIVE_SIZE: dict[ReportState, float] = {
    ReportState.NEW: 1.0,
    ReportState.REOPENED: 1.0,
    ReportState.FORWARDED: 1.0,
    ReportState.WORKING: 1.0,
    ReportState.DONE: 36 / 42,
    ReportState.DECLINED: 38 / 42,
    ReportState.DUPLICATE: 1.0,
    ReportState.INVALID: 1.0,
}
"""How large a state's mark is beside the triangle of a new report in the same list."""

RETURN_ARROW = "M-10 -14L-21 -3L-10 8M-21 -3L8 -3C26 -3 26 20 8 20L-6 20"
"""The sign of a reopened report, hundredths of its mark; the map page draws the same."""

_HALO_SOLID, _HALO = 0.34, 0.22
_STROKE, _RIM = 0.15, 0.075


def draw_mark(canvas: Canvas, state: ReportState, cx: float, cy: float, size: float, *, halo: str | None = None) -> None:
    """The mark of ``state`` centred at (``cx``, ``cy``); ``halo``: colour of the ring that lifts it off a map.

    Duplicate and invalid reports have no pin: a short grey dash.
    """
    colours = canvas.colours
    if state in (ReportState.NEW, ReportState.REOPENED):
        _solid_triangle(canvas, cx, cy, size, colours.red, colours.ink, halo)
        if state is ReportState.REOPENED:
            _return_arrow(canvas, cx, cy + 0.19 * size, size, colours.bg)
    elif state is ReportState.FORWARDED:
        if halo is not None:
            canvas.path(_triangle(cx, cy, size), fill=halo, stroke=halo, width=_HALO * size)
        inner = _polygon(cx, cy, size, ((0, -0.372), (0.467, 0.4435), (-0.467, 0.4435)))
        canvas.path(inner, fill=halo, stroke=colours.red, width=_STROKE * size)
    elif state is ReportState.WORKING:
        _diamond(canvas, cx, cy, size, colours.yellow, halo)
    elif state in (ReportState.DONE, ReportState.DECLINED):
        disc = _disc(cx, cy, 0.4609 * size)
        if halo is not None:
            canvas.path(disc, fill=halo, stroke=halo, width=_HALO * size)
        if state is ReportState.DONE:
            canvas.path(disc, fill=colours.green)
        else:
            canvas.path(_disc(cx, cy, 0.389 * size), stroke=colours.green, width=_STROKE * size)
    else:
        canvas.rect(cx - 11, cy - 2, 22, 4, colours.ink3)


def draw_light(canvas: Canvas, light: Light, cx: float, cy: float, size: float) -> bool:
    """The mark of an indicator's light: triangle = critical, diamond = watch; within tolerance none. Says if it drew one."""
    if light is Light.RED:
        _solid_triangle(canvas, cx, cy, size, canvas.colours.red, canvas.colours.ink, None)
    elif light is Light.YELLOW:
        _diamond(canvas, cx, cy, size, canvas.colours.yellow, None)
    else:
        return False
    return True


def draw_watch(canvas: Canvas, cx: float, cy: float, size: float) -> None:
    """The diamond of something to watch."""
    draw_light(canvas, Light.YELLOW, cx, cy, size)


def severity_role(severity: Severity, *, is_drill: bool = False) -> str:
    """The colour of a warning, by its role in the palette; a minor one and a drill stay grey: nobody has to act."""
    if is_drill:
        return "ink3"
    if severity in (Severity.EXTREME, Severity.SEVERE):
        return "red"
    return "yellow" if severity is Severity.MODERATE else "ink3"


def severity_colour(severity: Severity, colours: Palette, *, is_drill: bool = False) -> str:
    """The colour of a warning's edge and icon."""
    return getattr(colours, severity_role(severity, is_drill=is_drill))


def _polygon(cx: float, cy: float, size: float, corners: tuple[tuple[float, float], ...]) -> QPainterPath:
    shape = QPainterPath()
    shape.addPolygon(QPolygonF([QPointF(cx + x * size, cy + y * size) for x, y in corners]))
    shape.closeSubpath()
    return shape


def _triangle(cx: float, cy: float, size: float) -> QPainterPath:
    return _polygon(cx, cy, size, ((0, -0.5285), (0.6, 0.5285), (-0.6, 0.5285)))


def _disc(cx: float, cy: float, radius: float) -> QPainterPath:
    shape = QPainterPath()
    shape.addEllipse(QRectF(cx - radius, cy - radius, 2 * radius, 2 * radius))
    return shape


def _solid_triangle(canvas: Canvas, cx: float, cy: float, size: float, fill: str, rim: str, halo: str | None) -> None:
    shape = _triangle(cx, cy, size)
    if halo is not None:
        canvas.path(shape, fill=halo, stroke=halo, width=_HALO_SOLID * size)
    canvas.path(shape, fill=fill, stroke=rim, width=_RIM * size)


def _diamond(canvas: Canvas, cx: float, cy: float, size: float, fill: str, halo: str | None) -> None:
    shape = _polygon(cx, cy, size, ((0, -0.58), (0.58, 0), (0, 0.58), (-0.58, 0)))
    if halo is not None:
        canvas.path(shape, stroke=halo, width=_HALO * size)
    canvas.path(shape, fill=fill)


def _return_arrow(canvas: Canvas, cx: float, cy: float, size: float, colour: str) -> None:
    """An arrow that turns back: it came again."""
    arrow = QPainterPath()
    draw = {"M": arrow.moveTo, "L": arrow.lineTo, "C": arrow.cubicTo}
    for letter, figures in re.findall(r"([MLC])([^MLC]+)", RETURN_ARROW):
        numbers = [float(figure) * size / 100 for figure in figures.split()]
        draw[letter](*map(QPointF, numbers[::2], numbers[1::2]))
    canvas.path(arrow.translated(cx, cy), stroke=colour, width=0.085 * size)
