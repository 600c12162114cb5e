"""The room's icons: own drawings on a grid of 24, one colour, round joins. Pure; knows channels and hazards by name only."""

import re
from functools import lru_cache
from math import atan2, degrees, hypot, sqrt

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from feeds.messages.hazard import HazardKind
from feeds.messages.report import Channel
from widgets.kit.canvas import Canvas

GRID = 24.0

Shape = str | tuple[str, float, float, float, float, float] | tuple[str, float, float, float]
"""A path in SVG's letters, ("rect", x, y, width, height, radius) or ("circle", x, y, radius)."""

_DRAWINGS: dict[str, tuple[Shape, ...]] = {
    "app": (("rect", 7, 2.5, 10, 19, 2), "M10.5 18.5h3"),
    "call": (
        "M5 3.5h4l1.7 4.6-2.3 1.7a12 12 0 0 0 5.8 5.8l1.7-2.3 4.6 1.7v4c0 .9-.8 1.5-1.7 1.4C11 19.7 4.3 13 3.6 5.2 3.5 4.3 4.1 3.5 5 3.5z",
    ),
    "sms": ("M3 5h18v11.5H11L6.5 20.5v-4H3z", "M8 10.7h.1M12 10.7h.1M16 10.7h.1"),
    "mail": (("rect", 2.5, 5, 19, 14, 1.5), "M3 6.5l9 7 9-7"),
    "social": ("M9.5 3.5l-2 17M16.5 3.5l-2 17M4 9h17M3 15h17",),
    "web": (("circle", 12, 12, 9), "M3 12h18M12 3c3.2 3 3.2 15 0 18M12 3c-3.2 3-3.2 15 0 18"),
    "cam": (("rect", 2.5, 7, 12.5, 10, 1.5), "M15 11l6-3.5v9L15 13z"),
    "person": (("circle", 12, 7, 3.7), "M4.5 21c0-5 3.2-8 7.5-8s7.5 3 7.5 8z"),
    "storm": ("M7 14.5a4.2 4.2 0 0 1-.4-8.4A5.6 5.6 0 0 1 17.3 7a3.8 3.8 0 0 1 .2 7.5", "M12.5 11l-3 5h4.5l-3 5.5"),
    "quake": ("M2.5 12h4l2-6 3.5 13 3.5-15 2.5 11 1.5-3h2",),
    "flood": ("M4.5 11.5L12 4.5l7.5 7M7 10v4M17 10v4", "M2.5 17.5c2.4-2 4.7-2 7.1 0s4.7 2 7.1 0 3.5-1.6 4.8-.6"),
    "warning": ("M12 3.5L22 20.5H2z", "M12 10v5M12 17.8h.1"),
    "photo": (("rect", 2.5, 4.5, 19, 15, 1.5), ("circle", 8, 9.5, 1.7), "M3 17.5l5.5-5 4 3.5 3.5-3 5 4.5"),
    "lock": (("rect", 5, 10.5, 14, 10, 1.5), "M8 10.5V7.5a4 4 0 0 1 8 0v3"),
    "clock": (("circle", 12, 12, 9), "M12 7v5.3l3.5 2"),
    "check": ("M4.5 12.5l5 5 10-11",),
    "pin": ("M12 21.5c4.5-5.5 6.5-9 6.5-12a6.5 6.5 0 0 0-13 0c0 3 2 6.5 6.5 12z", ("circle", 12, 9.5, 2.3)),
    "send": ("M3 12h16M13 5.5l6.5 6.5-6.5 6.5",),
    "reply": ("M4 5h16v11h-8l-4.5 4v-4H4z",),
    "ban": (("circle", 12, 12, 8.5), "M6 6l12 12"),
    "merge": ("M5 4v4c0 4 7 4 7 9v3.5M19 4v4c0 4-7 4-7 9M8.5 17.5l3.5 3.5 3.5-3.5",),
    "search": (("circle", 10.5, 10.5, 6.5), "M15.5 15.5l5.5 5.5"),
    "chev": ("M6 9l6 6 6-6",),
    "sun": (
        ("circle", 12, 12, 4.5),
        "M12 2.5v2.6M12 18.9v2.6M2.5 12h2.6M18.9 12h2.6M5.3 5.3l1.8 1.8M16.9 16.9l1.8 1.8M5.3 18.7l1.8-1.8M16.9 7.1l1.8-1.8",
    ),
    "partly": (
        "M7.3 20.5a3.9 3.9 0 0 1-.3-7.8A5.2 5.2 0 0 1 17 13.5a3.6 3.6 0 0 1 .2 7z",
        "M5.2 10.2a4.6 4.6 0 0 1 8.6-2.6M9.5 1.8v1.6M3.6 3.9l1.2 1.2M15.4 3.9l-1.2 1.2M1.6 9.4h1.7",
    ),
    "cloud": ("M7 18.5a4.4 4.4 0 0 1-.4-8.8A5.8 5.8 0 0 1 17.5 10.6a4 4 0 0 1 .2 7.9z",),
    "rain": (
        "M7 14.5a4.2 4.2 0 0 1-.4-8.4A5.6 5.6 0 0 1 17.3 7a3.8 3.8 0 0 1 .2 7.5z",
        "M8.5 17.5l-1.2 3.5M12.6 17.5l-1.2 3.5M16.7 17.5l-1.2 3.5",
    ),
    "fog": ("M7 11.5a4 4 0 0 1-.4-7.9A5.3 5.3 0 0 1 16.8 4.6a3.5 3.5 0 0 1 .2 6.9z", "M3.5 15.5h17M6 19.5h12"),
    "river": (
        "M2.5 7.5c2.4-2 4.7-2 7.1 0s4.7 2 7.1 0 3.5-1.6 4.8-.6",
        "M2.5 12.8c2.4-2 4.7-2 7.1 0s4.7 2 7.1 0 3.5-1.6 4.8-.6",
        "M2.5 18.1c2.4-2 4.7-2 7.1 0s4.7 2 7.1 0 3.5-1.6 4.8-.6",
    ),
    "air": ("M2.5 9h11.8a2.9 2.9 0 1 0-2.7-4", "M2.5 13.5h15.8a2.9 2.9 0 1 1-2.7 4", "M2.5 18h7.5"),
    "undo": ("M8 5L3.5 9.5 8 14M4 9.5h10a6 6 0 0 1 0 12h-3",),
    "redo": ("M16 5l4.5 4.5L16 14M20 9.5H10a6 6 0 0 0 0 12h3",),
    "copy": (("rect", 8.5, 8.5, 12, 12, 1.5), "M5.5 15.5h-2v-12h12v2"),
    "trash": ("M3.5 6h17M9 6V3.5h6V6M5.5 6l1 14.5h11l1-14.5M10 10v6.5M14 10v6.5",),
    "fill": ("M9 3.5H3.5V9M15 3.5h5.5V9M9 20.5H3.5V15M15 20.5h5.5V15", ("rect", 8, 8, 8, 8, 1)),
    "options": ("M3 7h8M17 7h4M3 17h4M13 17h8", ("circle", 14, 7, 2.5), ("circle", 10, 17, 2.5)),
}

CHANNEL_ICONS: dict[Channel, str] = {
    Channel.LAKSA: "app",
    Channel.CALL_112: "call",
    Channel.CALL_CENTRE: "call",
    Channel.SMS: "sms",
    Channel.EMAIL: "mail",
    Channel.X: "social",
    Channel.FACEBOOK: "social",
    Channel.INSTAGRAM: "social",
    Channel.WEBSITE: "web",
    Channel.OPEN311: "web",
}

HAZARD_ICONS: dict[HazardKind, str] = {
    HazardKind.WEATHER: "storm",
    HazardKind.EARTHQUAKE: "quake",
    HazardKind.FLOOD: "flood",
    HazardKind.OTHER: "warning",
}


def draw_icon(
    canvas: Canvas, name: str, x: float, y: float, size: float, colour: str, *, stroke: float = 1.8, filled: bool = False
) -> None:
    """The icon in a box of ``size`` at (``x``, ``y``); ``stroke`` in its own grid. ``KeyError`` for an unknown name."""
    scale = size / GRID
    canvas.painter.save()
    canvas.painter.translate(x, y)
    canvas.painter.scale(scale, scale)
    canvas.path(icon_path(name), stroke=colour, width=stroke, fill=colour if filled else None)
    canvas.painter.restore()


@lru_cache(maxsize=64)
def icon_path(name: str) -> QPainterPath:
    """The icon's outline on its grid of 24, to be stroked."""
    path = QPainterPath()
    for shape in _DRAWINGS[name]:
        if isinstance(shape, str):
            _add_letters(path, shape)
        elif len(shape) == 6:
            _, x, y, width, height, radius = shape
            path.addRoundedRect(QRectF(x, y, width, height), radius, radius)
        else:
            _, cx, cy, radius = shape
            path.addEllipse(QPointF(cx, cy), radius, radius)
    return path


_TOKEN = re.compile(r"[A-Za-z]|-?\d*\.?\d+")
_ARGUMENTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "A": 7, "Z": 0}


def _add_letters(path: QPainterPath, letters: str) -> None:
    """Adds SVG path data (the commands of ``_ARGUMENTS``; arcs of circles only)."""
    tokens: list[str] = _TOKEN.findall(letters)
    command, index = "M", 0
    control = QPointF()
    while index < len(tokens):
        if tokens[index].isalpha():
            command = tokens[index]
            index += 1
        count = _ARGUMENTS[command.upper()]
        values = [float(token) for token in tokens[index : index + count]]
        index += count
        here = path.currentPosition()
        base = here if command.islower() else QPointF()
        points = [base + QPointF(values[i], values[i + 1]) for i in range(0, len(values) - 1, 2)]
        match command.upper():
            case "M":
                path.moveTo(points[0])
                command = "l" if command == "m" else "L"
            case "L":
                path.lineTo(points[0])
            case "H":
                path.lineTo(base.x() + values[0], here.y())
            case "V":
                path.lineTo(here.x(), base.y() + values[0])
            case "C":
                path.cubicTo(*points)
                control = points[1]
            case "S":
                path.cubicTo(here * 2 - control, *points)
                control = points[0]
            case "A":
                _add_arc(path, values[0], values[3] != 0, values[4] != 0, base + QPointF(values[5], values[6]))
            case _:
                path.closeSubpath()


def _add_arc(path: QPainterPath, radius: float, is_large: bool, is_clockwise: bool, end: QPointF) -> None:
    """An arc of a circle from the current point to ``end``, as SVG's flags choose it."""
    start = path.currentPosition()
    dx, dy = end.x() - start.x(), end.y() - start.y()
    chord = hypot(dx, dy)
    radius = max(radius, chord / 2)
    height = sqrt(max(0.0, radius**2 - chord**2 / 4))
    side = 1 if is_large == is_clockwise else -1
    cx = (start.x() + end.x()) / 2 + side * height * dy / chord
    cy = (start.y() + end.y()) / 2 - side * height * dx / chord
    first = degrees(atan2(cy - start.y(), start.x() - cx))
    sweep = (degrees(atan2(cy - end.y(), end.x() - cx)) - first) % 360
    if is_clockwise:
        sweep -= 360
    path.arcTo(QRectF(cx - radius, cy - radius, 2 * radius, 2 * radius), first, sweep)
