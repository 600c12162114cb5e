"""Small drawings that stand for a panel where no picture of it is to be had: its name, and what kind of thing it shows. Logical pixels."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from feeds.messages.city import City
from feeds.messages.layout import Slot
from widgets.kit.canvas import SEMIBOLD, font, plain
from widgets.kit.palette import Palette, Theme

TYPE_FLOOR = 15
_MARKS = ((0.36, 0.3, "red"), (0.58, 0.42, "yellow"), (0.46, 0.56, "red"), (0.66, 0.66, "green"), (0.3, 0.62, "yellow"))
_ROWS = (0.62, 0.48, 0.7, 0.4, 0.55, 0.66, 0.5)


class Sketcher(msgspec.Struct, frozen=True, eq=False):
    """What every sketch needs. ``title``: a panel's key to its name on screen."""

    theme: Theme
    city: City
    title: Callable[[str], str]

    @property
    def colours(self) -> Palette:
        return self.theme.palette

    def draw(self, painter: QPainter, slot: Slot, box: QRectF) -> None:
        """The panel's ground, its name where it fits, and what it is like."""
        painter.save()
        painter.setClipRect(box)
        painter.fillRect(box, QColor(self.colours.panel))
        inner = box.adjusted(8, 6, -8, -6)
        inner.setTop(inner.top() + self._title(painter, slot, inner))
        if inner.height() > 12 and inner.width() > 12:
            match slot.panel:
                case "map":
                    self._map(painter, inner)
                case "cameras":
                    self._cameras(painter, slot, inner)
                case "keuangan" | "fisik":
                    self._curve(painter, inner)
                case "header":
                    y, height = inner.center().y() - 3, 6.0
                    painter.fillRect(QRectF(inner.left(), y, inner.width() * 0.3, height), QColor(self.colours.bar))
                    painter.fillRect(QRectF(inner.right() - inner.width() * 0.2, y, inner.width() * 0.2, height), QColor(self.colours.ink2))
                case _:
                    self._rows(painter, inner)
        painter.restore()

    def _title(self, painter: QPainter, slot: Slot, inner: QRectF) -> float:
        """Its height."""
        face = font(self.theme.text_family, TYPE_FLOOR, SEMIBOLD)
        metrics = QFontMetricsF(face)
        if inner.height() < metrics.height() or inner.width() < 40:
            return 0.0
        painter.setFont(face)
        painter.setPen(QColor(self.colours.ink))
        words = metrics.elidedText(plain(self.title(slot.panel)), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(QPointF(inner.left(), inner.top() + metrics.ascent()), words)
        return metrics.height() + 4

    def _map(self, painter: QPainter, box: QRectF) -> None:
        outline = city_outline(self.city.folder, tuple((layer.role, layer.file) for layer in self.city.map_layers))
        side = min(box.width(), box.height())
        painter.save()
        painter.translate(box.center())
        painter.scale(side, side)
        painter.setPen(QPen(QColor(self.colours.land_line), 1.5 / side))
        painter.setBrush(QColor(self.colours.land))
        painter.drawPath(outline)
        painter.restore()
        painter.setPen(QPen(QColor(self.colours.bg), 1.5))
        for x, y, role in _MARKS:
            spot = QPointF(box.center().x() + (x - 0.5) * side, box.center().y() + (y - 0.5) * side)
            painter.setBrush(QColor(getattr(self.colours, role)))
            _mark(painter, role, spot, max(5.0, side * 0.016))

    def _cameras(self, painter: QPainter, slot: Slot, box: QRectF) -> None:
        named = {camera.id: camera.name for camera in self.city.cameras}
        asked: Any = slot.options.get("cameras") or list(named)[:4] or [""] * 4
        ids = _texts(asked)[:16]
        columns = max(1, round((len(ids) * box.width() / max(1.0, box.height()) / 1.6) ** 0.5))
        rows = -(-len(ids) // columns)
        face = font(self.theme.text_family, TYPE_FLOOR, 400)
        metrics = QFontMetricsF(face)
        painter.setFont(face)
        for number, camera in enumerate(ids):
            width, height = box.width() / columns, box.height() / rows
            tile = QRectF(box.left() + number % columns * width, box.top() + number // columns * height, width - 4, height - 4)
            painter.fillRect(tile, QColor(self.colours.raised))
            if tile.height() > metrics.height() and tile.width() > 60:
                words = metrics.elidedText(plain(named.get(camera, camera)), Qt.TextElideMode.ElideRight, tile.width() - 10)
                painter.setPen(QColor(self.colours.ink2))
                painter.drawText(QPointF(tile.left() + 5, tile.bottom() - 5), words)

    def _curve(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(QColor(self.colours.line), 1))
        for share in (0.25, 0.5, 0.75):
            painter.drawLine(QPointF(box.left(), box.top() + share * box.height()), QPointF(box.right(), box.top() + share * box.height()))
        painter.setPen(QPen(QColor(self.colours.ink2), 2))
        points = [QPointF(box.left() + x * box.width(), box.bottom() - x * x * 0.9 * box.height()) for x in (0, 0.2, 0.4, 0.6, 0.8)]
        painter.drawPolyline(QPolygonF(points))

    def _rows(self, painter: QPainter, box: QRectF) -> None:
        for number in range(min(len(_ROWS), int(box.height() // 16))):
            y = box.top() + number * 16 + 4
            painter.fillRect(QRectF(box.left(), y, box.width() * _ROWS[number] * 0.7, 6), QColor(self.colours.bar))
            painter.fillRect(QRectF(box.right() - box.width() * 0.14, y, box.width() * 0.14, 6), QColor(self.colours.line2))


def _texts(value: Any) -> list[str]:
    """Of options that nobody has checked yet."""
    try:
        return msgspec.convert(value, type=list[str])
    except msgspec.ValidationError:
        return []


def _mark(painter: QPainter, role: str, spot: QPointF, size: float) -> None:
    """The shapes of the states: colour alone says nothing."""
    if role == "red":
        points = [QPointF(0, -size), QPointF(size, size * 0.8), QPointF(-size, size * 0.8)]
    elif role == "yellow":
        points = [QPointF(0, -size), QPointF(size, 0), QPointF(0, size), QPointF(-size, 0)]
    else:
        painter.drawEllipse(spot, size * 0.8, size * 0.8)
        return
    painter.drawPolygon(QPolygonF([spot + point for point in points]))


@lru_cache(maxsize=4)
def city_outline(folder: Path, layers: tuple[tuple[str, str], ...]) -> QPainterPath:
    """The city's outline within -0.5 to 0.5; a plain square where the folder has none that can be read."""
    path = QPainterPath()
    file = next((file for role, file in layers if role == "outline"), None)
    rings = _rings(folder / file) if file is not None else []
    points = [point for ring in rings for point in ring]
    if not points:
        path.addRect(QRectF(-0.4, -0.4, 0.8, 0.8))
        return path
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    size = max(east - west, north - south) or 1.0
    for ring in rings:
        path.addPolygon(QPolygonF([QPointF((x - (west + east) / 2) / size, ((south + north) / 2 - y) / size) for x, y in ring]))
    return path


def _rings(file: Path) -> list[list[tuple[float, float]]]:
    """Every third point of every ring of a GeoJSON file: it is drawn no larger than a hand."""
    try:
        features: list[Any] = json.loads(file.read_text(encoding="utf-8"))["features"]
        shapes = [feature["geometry"] for feature in features]
        polygons = [p for s in shapes for p in ([s["coordinates"]] if s["type"] == "Polygon" else s["coordinates"])]
        return [[(float(x), float(y)) for x, y, *_ in ring[::3]] for polygon in polygons for ring in polygon]
    except (OSError, ValueError, KeyError, TypeError):
        return []
