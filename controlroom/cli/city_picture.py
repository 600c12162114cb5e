"""Draws a city folder as one picture, so that a technician sees what the wall will take for the city. No panel, no page."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPainter, QPainterPath, QPen

from controlroom.settings import ASSETS
from controlroom.theme import load_theme
from feeds.city import layer_paths
from feeds.geojson import outer_rings, read_features
from feeds.messages.city import City
from widgets.kit.palette import Palette, Theme

WIDTH, HEIGHT = 1920, 1080
MAP = QRectF(48, 132, 1120, 900)
FACTS_X = 1230.0
TITLE, HEAD, BODY, SMALL = 44, 26, 22, 18
_PENS = {
    "outline": ("land_line", 3.0),
    "districts": ("land_line", 2.0),
    "subdistricts": ("kelurahan", 1.0),
    "river": ("water", 7.0),
    "line": ("line2", 3.0),
}
_ORDER = ("outline", "subdistricts", "districts", "river", "line")


def draw_city(city: City, notes: Sequence[str], sources: Sequence[str], file: Path) -> bool:
    """Writes ``file`` (PNG, 1920 x 1080); false when it cannot be written. Makes a QGuiApplication where there is none."""
    kept = QGuiApplication.instance() or QGuiApplication(["controlroom", "-platform", "offscreen"])
    assert kept is not None
    theme = load_theme(ASSETS / "theme.toml")
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.palette.bg))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        _Drawing(painter, theme, city).draw(notes, sources)
    finally:
        painter.end()
    return bool(image.save(str(file), "PNG"))  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownArgumentType]


class _Drawing:
    """One picture being drawn: degrees to pixels, and the few kinds of text there are."""

    def __init__(self, painter: QPainter, theme: Theme, city: City) -> None:
        self._painter = painter
        self._theme = theme
        self._city = city
        west, south, east, north = city.bbox
        self._squeeze = math.cos(math.radians((south + north) / 2))
        wide, high = (east - west) * self._squeeze, north - south
        self._scale = min(MAP.width() / wide, MAP.height() / high)
        self._left = MAP.center().x() - wide * self._scale / 2
        self._top = MAP.center().y() - high * self._scale / 2

    @property
    def _colours(self) -> Palette:
        return self._theme.palette

    def draw(self, notes: Sequence[str], sources: Sequence[str]) -> None:
        city, colours = self._city, self._colours
        self._text(48, 78, f"{city.name} {city.room}", TITLE, colours.ink, QFont.Weight.DemiBold)
        local = datetime.now(UTC).astimezone(ZoneInfo(city.time_zone))
        self._text(
            48, 112, f"{city.code} · {city.time_zone} · {local:%H.%M} {city.clock_label(local)} · {city.language}", BODY, colours.ink2
        )
        self._map()
        self._text(48, HEIGHT - 22, city.attribution, SMALL, colours.ink3, width=MAP.width())
        self._facts(notes, sources)

    def _point(self, lon: float, lat: float) -> QPointF:
        west, north = self._city.bbox[0], self._city.bbox[3]
        return QPointF(self._left + (lon - west) * self._squeeze * self._scale, self._top + (north - lat) * self._scale)

    def _map(self) -> None:
        painter, colours = self._painter, self._colours
        painter.save()
        painter.setClipRect(MAP.adjusted(-8, -8, 8, 8))
        for role in _ORDER:
            colour, wide = _PENS[role]
            pen = QPen(QColor(getattr(colours, colour)), wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
            for path in layer_paths(self._city, role):
                for feature in read_features(path):
                    painter.setPen(pen)
                    painter.setBrush(QColor(colours.land) if role == "outline" else Qt.BrushStyle.NoBrush)
                    painter.drawPath(self._shape(feature["geometry"]))
        painter.restore()
        for district in self._city.districts:
            self._label(self._point(district.label_lon, district.label_lat), district.name, SMALL, colours.ink2)
        for label in self._city.map_labels:
            colour = colours.water_label if label.role == "water" else colours.ink3
            self._label(self._point(label.lon, label.lat), label.text, SMALL - 2, colour)
        for camera in self._city.cameras:
            if camera.position is not None:
                at = self._point(camera.position.lon, camera.position.lat)
                painter.setPen(QPen(QColor(colours.ink2), 2))
                painter.setBrush(QColor(colours.raised))
                painter.drawRect(QRectF(at.x() - 7, at.y() - 5, 14, 10))

    def _shape(self, geometry: dict[str, object]) -> QPainterPath:
        path = QPainterPath()
        for ring in outer_rings(geometry) or _lines(geometry):
            path.moveTo(self._point(*ring[0]))
            for position in ring[1:]:
                path.lineTo(self._point(*position))
        return path

    def _facts(self, notes: Sequence[str], sources: Sequence[str]) -> None:
        city, colours = self._city, self._colours
        counts = [
            (len(city.districts), "districts"), (len(city.agencies), "agencies"), (len(city.categories), "categories"),
            (len(city.cameras), "cameras"), (len(city.applications), "applications"), (len(city.notices), "notices"),
            (len(sources), "sources"),
        ]  # fmt: skip
        y = 166.0
        for count, name in counts:
            self._text(FACTS_X, y, f"{count}", HEAD, colours.ink, QFont.Weight.DemiBold)
            self._text(FACTS_X + 84, y, name, HEAD, colours.ink2)
            y += 44
        y = self._list(y + 28, "Sources", sources, colours.ink)
        self._list(y + 28, "To look at" if notes else "Nothing left open", notes, colours.yellow)

    def _list(self, y: float, title: str, lines: Sequence[str], mark: str) -> float:
        self._text(FACTS_X, y, title, HEAD, self._colours.ink, QFont.Weight.DemiBold)
        y += 12
        for line in lines:
            rect = QRectF(FACTS_X + 28, y, WIDTH - FACTS_X - 76, 200)
            self._font(BODY)
            bounds = self._painter.boundingRect(rect, Qt.TextFlag.TextWordWrap, line)
            if bounds.bottom() > HEIGHT - 48:
                self._text(FACTS_X + 28, y + 24, "...", BODY, self._colours.ink3)
                return y + 36
            self._painter.fillRect(QRectF(FACTS_X, y + 10, 12, 12), QColor(mark))
            self._painter.setPen(QColor(self._colours.ink2))
            self._painter.drawText(bounds, Qt.TextFlag.TextWordWrap, line)
            y = bounds.bottom() + 10
        return y + 24

    def _font(self, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> None:
        font = QFont(self._theme.text_family)
        font.setPixelSize(size)
        font.setWeight(weight)
        self._painter.setFont(font)

    def _text(
        self, x: float, y: float, words: str, size: int, colour: str, weight: QFont.Weight = QFont.Weight.Normal, *, width: float = 0
    ) -> None:
        self._font(size, weight)
        self._painter.setPen(QColor(colour))
        shown = self._painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(width)) if width else words
        self._painter.drawText(QPointF(x, y), shown)

    def _label(self, at: QPointF, words: str, size: int, colour: str) -> None:
        self._font(size, QFont.Weight.Medium)
        wide = self._painter.fontMetrics().horizontalAdvance(words)
        self._painter.setPen(QColor(colour))
        self._painter.drawText(QPointF(at.x() - wide / 2, at.y() + size / 3), words)


def _lines(geometry: dict[str, object]) -> list[list[tuple[float, float]]]:
    """The lines of a LineString or MultiLineString; none for other geometries."""
    coordinates: object = geometry["coordinates"]
    kind = geometry["type"]
    lines = [coordinates] if kind == "LineString" else coordinates if kind == "MultiLineString" else []
    return [[(float(p[0]), float(p[1])) for p in line] for line in lines]  # pyright: ignore
