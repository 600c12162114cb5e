"""How things stand, as shapes: one scale for applications, sources, rivers and air. Normal is small and grey. Pure drawing.

The air's classes have shapes of the same scale in the colours of Permen LHK P.14/2020 (green, blue, yellow, red, black).
"""

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from feeds.messages.application import ApplicationState
from feeds.messages.environment import AirCategory, WaterLevel
from feeds.messages.indicator import Light
from widgets.kit.canvas import Canvas
from widgets.kit.marks import draw_light


class Condition(StrEnum):
    """From nothing to do to somebody must act now; ``FAULT``: a value nobody believes; ``PAUSED``: by intention."""

    NORMAL = "normal"
    PAUSED = "paused"
    UNKNOWN = "unknown"
    FAULT = "fault"
    WATCH = "watch"
    ALERT = "alert"
    CRITICAL = "critical"
    CLEAN_AIR = "clean_air"
    FAIR_AIR = "fair_air"
    HAZARDOUS_AIR = "hazardous_air"


OF_APPLICATION = {
    ApplicationState.UP: Condition.NORMAL,
    ApplicationState.STALE: Condition.WATCH,
    ApplicationState.DOWN: Condition.CRITICAL,
    ApplicationState.MAINTENANCE: Condition.PAUSED,
}
OF_WATER = {
    WaterLevel.NORMAL: Condition.NORMAL,
    WaterLevel.WATCH: Condition.WATCH,
    WaterLevel.ALERT: Condition.ALERT,
    WaterLevel.DANGER: Condition.CRITICAL,
    WaterLevel.UNKNOWN: Condition.UNKNOWN,
}
OF_AIR = {
    AirCategory.GOOD: Condition.CLEAN_AIR,
    AirCategory.MODERATE: Condition.FAIR_AIR,
    AirCategory.UNHEALTHY: Condition.WATCH,
    AirCategory.VERY_UNHEALTHY: Condition.CRITICAL,
    AirCategory.HAZARDOUS: Condition.HAZARDOUS_AIR,
}

_ACTED_ON = frozenset({Condition.WATCH, Condition.ALERT, Condition.CRITICAL, Condition.HAZARDOUS_AIR})


def needs_somebody(condition: Condition) -> bool:
    return condition in _ACTED_ON


def draw_condition(canvas: Canvas, condition: Condition, cx: float, cy: float, size: float) -> None:
    """The mark centred at (``cx``, ``cy``), in a box of ``size``; what is normal takes less than half of it."""
    colours = canvas.colours
    match condition:
        case Condition.CRITICAL:
            draw_light(canvas, Light.RED, cx, cy, 0.84 * size)
        case Condition.ALERT:
            hollow = _polygon(cx, cy, 0.84 * size, ((0, -0.372), (0.467, 0.4435), (-0.467, 0.4435)))
            canvas.path(hollow, stroke=colours.red, width=0.126 * size)
        case Condition.WATCH:
            draw_light(canvas, Light.YELLOW, cx, cy, 0.86 * size)
        case Condition.HAZARDOUS_AIR:
            solid = _polygon(cx, cy, 0.84 * size, ((0, -0.5285), (0.6, 0.5285), (-0.6, 0.5285)))
            canvas.path(solid, fill="#000000", stroke=colours.ink, width=0.1 * size)
        case Condition.FAULT:
            canvas.path(_disc(cx, cy, 0.36 * size), stroke=colours.ink2, width=0.1 * size)
            canvas.line(cx - 0.24 * size, cy + 0.24 * size, cx + 0.24 * size, cy - 0.24 * size, colours.ink2, 0.1 * size)
        case Condition.UNKNOWN:
            canvas.path(_disc(cx, cy, 0.2 * size), stroke=colours.ink3, width=0.08 * size)
        case Condition.PAUSED:
            for side in (-0.14, 0.14):
                canvas.rect(cx + (side - 0.06) * size, cy - 0.24 * size, 0.12 * size, 0.48 * size, colours.ink3)
        case Condition.CLEAN_AIR:
            canvas.path(_disc(cx, cy, 0.26 * size), fill=colours.green)
        case Condition.FAIR_AIR:
            canvas.rect(cx - 0.25 * size, cy - 0.25 * size, 0.5 * size, 0.5 * size, colours.water_label, radius=2)
        case Condition.NORMAL:
            canvas.path(_disc(cx, cy, 0.2 * size), fill=colours.bar)


def draw_trend(canvas: Canvas, change: float | None, x: float, cy: float, size: float, colour: str) -> float:
    """An arrow up, down or level in a box of ``size`` that begins at ``x``; returns its width, 0 when nobody knows the trend."""
    if change is None:
        return 0.0
    half, head = 0.42 * size, 0.24 * size
    middle = x + size / 2
    arrow = QPainterPath()
    if change == 0:
        arrow.moveTo(middle - half, cy)
        arrow.lineTo(middle + half, cy)
        arrow.moveTo(middle + half - head, cy - head)
        arrow.lineTo(middle + half, cy)
        arrow.lineTo(middle + half - head, cy + head)
    else:
        tip = cy - half if change > 0 else cy + half
        back = tip + head if change > 0 else tip - head
        arrow.moveTo(middle, 2 * cy - tip)
        arrow.lineTo(middle, tip)
        arrow.moveTo(middle - head, back)
        arrow.lineTo(middle, tip)
        arrow.lineTo(middle + head, back)
    canvas.path(arrow, stroke=colour, width=0.13 * size)
    return size


def _polygon(cx: float, cy: float, size: float, corners: tuple[tuple[float, float], ...]) -> QPainterPath:
    shape = QPainterPath()
    shape.addPolygon(QPolygonF([QPointF(cx + x * size, cy + y * size) for x, y in corners]))
    shape.closeSubpath()
    return shape


def _disc(cx: float, cy: float, radius: float) -> QPainterPath:
    shape = QPainterPath()
    shape.addEllipse(QRectF(cx - radius, cy - radius, 2 * radius, 2 * radius))
    return shape
