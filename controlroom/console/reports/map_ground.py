"""The city's figures as painter's paths on a plane of metres, read from its folder; and the names of its places. Paints nothing."""

import math
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from feeds.city import layer_paths
from feeds.messages.city import City
from feeds.messages.header import Position

METRES_A_DEGREE = 111_195.0
Ring = list[list[float]]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A named place: ``within`` tells two of one name apart (a kelurahan's kecamatan)."""

    name: str
    within: str
    position: Position


class Area(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    path: QPainterPath


class Ground:
    """One city, read once. The plane's x goes east and its y south, both in metres from the middle of the city."""

    def __init__(self, city: City) -> None:
        west, south, east, north = city.bbox
        self._lon, self._lat = (west + east) / 2, (south + north) / 2
        self._scale = math.cos(math.radians(self._lat))
        self.box = QRectF(self.plane(Position(west, north)), self.plane(Position(east, south)))
        self.outline = self._joined(city, "outline")
        self.river = self._joined(city, "river")
        self.lines = self._joined(city, "line")
        self.districts = [
            Area(code=str(properties.get("code", "")), name=str(properties.get("name", "")), path=self._path(geometry))
            for properties, geometry in _features(city, "districts")
        ]
        self.subdistricts: list[Area] = []
        self.places = [
            Place(name=district.name, within="", position=Position(district.label_lon, district.label_lat)) for district in city.districts
        ]
        for properties, geometry in _features(city, "subdistricts"):
            path, name = self._path(geometry), str(properties.get("name", ""))
            self.subdistricts.append(Area(code=str(properties.get("code", "")), name=name, path=path))
            middle = self.position(path.boundingRect().center())
            lon, lat = properties.get("label_lon", middle.lon), properties.get("label_lat", middle.lat)
            if name and isinstance(lon, int | float) and isinstance(lat, int | float):
                within = str(properties.get("district", ""))
                self.places.append(Place(name=name, within=within, position=Position(float(lon), float(lat))))
        self.places += [Place(name=one.text, within="", position=Position(one.lon, one.lat)) for one in city.map_labels]

    def plane(self, position: Position) -> QPointF:
        return QPointF(
            (position.lon - self._lon) * METRES_A_DEGREE * self._scale,
            (self._lat - position.lat) * METRES_A_DEGREE,
        )

    def position(self, point: QPointF) -> Position:
        """Rounded to a metre's tenth or so: six digits of a degree."""
        lon = self._lon + point.x() / (METRES_A_DEGREE * self._scale)
        return Position(round(lon, 6), round(self._lat - point.y() / METRES_A_DEGREE, 6))

    def distance_m(self, one: Position, other: Position) -> float:
        a, b = self.plane(one), self.plane(other)
        return math.hypot(a.x() - b.x(), a.y() - b.y())

    def name_at(self, position: Position) -> str:
        """``Gembor, Periuk``; empty outside the city."""
        point = self.plane(position)
        found = [area.name for areas in (self.subdistricts, self.districts) for area in areas if area.path.contains(point)][:2]
        return ", ".join(found)

    def district_at(self, position: Position) -> str | None:
        """The district's code."""
        point = self.plane(position)
        return next((area.code for area in self.districts if area.path.contains(point)), None)

    def _joined(self, city: City, role: str) -> QPainterPath:
        path = QPainterPath()
        for _, geometry in _features(city, role):
            path.addPath(self._path(geometry))
        return path

    def _path(self, geometry: dict[str, Any]) -> QPainterPath:
        path = QPainterPath()
        kind, coordinates = geometry["type"], geometry["coordinates"]
        polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
        for ring in (ring for polygon in polygons for ring in polygon):
            path.addPolygon(self._polygon(ring))
            path.closeSubpath()
        lines = [coordinates] if kind == "LineString" else coordinates if kind == "MultiLineString" else []
        for line in lines:
            path.addPolygon(self._polygon(line))
        return path

    def _polygon(self, ring: Ring) -> QPolygonF:
        return QPolygonF([self.plane(Position(point[0], point[1])) for point in ring])


def _features(city: City, role: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Properties and geometry; ``feeds.city`` has checked the files when the city was loaded."""
    for path in layer_paths(city, role):
        document = cast(dict[str, Any], msgspec.json.decode(path.read_bytes()))
        for feature in cast(list[dict[str, Any]], document["features"]):
            yield feature.get("properties") or {}, feature["geometry"]
