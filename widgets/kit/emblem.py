"""The emblem of the room: roofs over a river, drawn in strokes, the same at the wall's head and on its curtain."""

from PySide6.QtGui import QPainterPath

from widgets.kit.canvas import Canvas
from widgets.kit.palette import Palette


def draw_emblem(canvas: Canvas, x: float, y: float, size: float, colours: Palette) -> None:
    """Roofs over a river, in a square of 132."""
    canvas.painter.save()
    canvas.painter.translate(x, y)
    canvas.painter.scale(size / 132, size / 132)
    canvas.outline(0, 0, 132, 132, colours.line2, 3, radius=14)
    for top, opacity in ((84, 1.0), (104, 0.5)):
        wave = QPainterPath()
        wave.moveTo(20, top)
        wave.cubicTo(35.3, top - 14, 50.7, top - 14, 66, top)
        wave.cubicTo(81.3, top + 14, 96.7, top + 14, 112, top)
        canvas.painter.setOpacity(opacity)
        canvas.path(wave, stroke=colours.sel, width=7)
    canvas.painter.setOpacity(1.0)
    for left, foot, top in ((30, 62, 44), (57, 62, 26), (84, 62, 38)):
        roof = QPainterPath()
        roof.moveTo(left, foot)
        roof.lineTo(left, top)
        roof.lineTo(left + 18, top)
        roof.lineTo(left + 18, foot)
        canvas.path(roof, stroke=colours.ink, width=6)
    canvas.painter.restore()
