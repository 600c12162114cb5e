"""Reads figures from TopoJSON and GeoJSON alike, each broken one refused by itself. Pure: knows no source, no city and no file.

https://github.com/topojson/topojson-specification ; RFC 7946.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

MAX_DEPTH = 20
"""Collections within collections; deeper is nobody's map."""

MAX_POSITIONS = 500_000
"""Of one figure: an arc may be named over and over in a few bytes."""

Place = tuple[float, float]
"""x, y as the document counts them: longitude and latitude in degrees for all documents of this house."""


class TopoJsonError(ValueError):
    """A document or figure that cannot be used; the text names the member, never its contents."""


@dataclass(frozen=True)
class Figure:
    """One feature. ``polygons``: each a list of closed rings, the outer one first. ``problem``: why its geometry cannot be used.

    A feature may have no geometry and no problem: that is a feature without a place.
    """

    properties: dict[str, Any]
    points: list[Place] = field(default_factory=list[Place])
    lines: list[list[Place]] = field(default_factory=list[list[Place]])
    polygons: list[list[list[Place]]] = field(default_factory=list[list[list[Place]]])
    problem: str | None = None


def read_figures(document: object) -> Iterator[Figure]:
    """The features of a Topology (of all its objects), a FeatureCollection, a Feature or a bare geometry; ``TopoJsonError``."""
    if not isinstance(document, dict):
        raise TopoJsonError("is neither TopoJSON nor GeoJSON")
    fields = cast(dict[str, Any], document)
    kind = fields.get("type")
    if kind == "Topology":
        yield from _topology(fields)
    elif kind == "FeatureCollection":
        for feature in _list(fields, "features"):
            yield _feature(feature)
    elif kind == "Feature" or (isinstance(kind, str) and kind in _GEOMETRIES):
        yield _feature(fields if kind == "Feature" else {"properties": {}, "geometry": fields})
    else:
        raise TopoJsonError("is neither TopoJSON nor GeoJSON")


def _topology(fields: dict[str, Any]) -> Iterator[Figure]:
    objects = fields.get("objects")
    if not isinstance(objects, dict):
        raise TopoJsonError("has no objects")
    reader = Topology(fields.get("arcs"), fields.get("transform"))
    for geometry in cast(dict[str, Any], objects).values():
        yield from _features_of(geometry, reader, 0)


def _features_of(geometry: object, reader: "Topology", depth: int) -> Iterator[Figure]:
    """A collection on top is what GeoJSON calls features; one that carries properties is a feature itself."""
    fields = cast(dict[str, Any], geometry) if isinstance(geometry, dict) else None
    if fields is not None and fields.get("type") == "GeometryCollection" and "properties" not in fields and depth < MAX_DEPTH:
        for inner in _list(fields, "geometries"):
            yield from _features_of(inner, reader, depth + 1)
    elif fields is not None:
        yield _figure(_properties(fields), fields, reader)
    elif geometry is not None:
        yield Figure(properties={}, problem="a geometry is not an object")


def _feature(feature: object) -> Figure:
    if not isinstance(feature, dict):
        return Figure(properties={}, problem="a feature is not an object")
    fields = cast(dict[str, Any], feature)
    return _figure(_properties(fields), fields.get("geometry"), Topology(None, None))


def _properties(fields: dict[str, Any]) -> dict[str, Any]:
    given = fields.get("properties")
    properties = dict(cast(dict[str, Any], given)) if isinstance(given, dict) else {}
    if "id" in fields:
        properties.setdefault("id", fields["id"])
    return properties


def _figure(properties: dict[str, Any], geometry: object, reader: "Topology") -> Figure:
    figure = Figure(properties=properties)
    try:
        reader.collect(geometry, figure, 0)
    except TopoJsonError as problem:
        return Figure(properties=properties, problem=str(problem))
    return figure


_GEOMETRIES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"})


class Topology:
    """The shared arcs and the transform of one document; GeoJSON is one without arcs. Arcs are decoded when a figure names them."""

    def __init__(self, arcs: object, transform: object) -> None:
        self._arcs = cast(list[object], arcs) if isinstance(arcs, list) else []
        self._decoded: dict[int, list[Place]] = {}
        self._scale, self._translate = _transform(transform)
        self._is_quantised = transform is not None
        self._count = 0

    def collect(self, geometry: object, figure: Figure, depth: int) -> None:
        """Put the places of ``geometry`` into ``figure``; ``TopoJsonError``."""
        if geometry is None:
            return
        if not isinstance(geometry, dict) or depth > MAX_DEPTH:
            raise TopoJsonError("a geometry is not an object" if depth <= MAX_DEPTH else "collections are nested too deep")
        if depth == 0:
            self._count = 0
        fields = cast(dict[str, Any], geometry)
        kind = fields.get("type")
        if kind is None:
            return
        if not isinstance(kind, str) or kind not in _GEOMETRIES:
            raise TopoJsonError("has an unknown type of geometry")
        if kind == "GeometryCollection":
            for inner in _list(fields, "geometries"):
                self.collect(inner, figure, depth + 1)
        elif kind == "Point":
            figure.points.append(self._place(fields.get("coordinates")))
        elif kind == "MultiPoint":
            figure.points.extend(self._place(one) for one in _list(fields, "coordinates"))
        elif kind in ("LineString", "MultiLineString"):
            lines = [self._source(fields)] if kind == "LineString" else _lists(self._source(fields))
            figure.lines.extend(self._line(line, "arcs" in fields) for line in lines)
        else:
            polygons = [self._source(fields)] if kind == "Polygon" else _lists(self._source(fields))
            for polygon in polygons:
                if polygon:
                    figure.polygons.append([self._ring(ring, "arcs" in fields) for ring in _lists(polygon)])

    def _source(self, fields: dict[str, Any]) -> list[object]:
        """TopoJSON says arcs, GeoJSON coordinates; some writers of TopoJSON leave coordinates where lines stand."""
        return _list(fields, "arcs" if "arcs" in fields else "coordinates")

    def _line(self, source: list[object], is_arcs: bool) -> list[Place]:
        if not is_arcs:
            line = [self._place(one) for one in source]
        else:
            line = list[Place]()
            for index in source:
                arc = self._arc(index)
                # The first place of an arc is the last one of the arc before it.
                line.extend(arc[1:] if line else arc)
                self._counted(len(arc))
        if len(line) < 2:
            raise TopoJsonError("a line has fewer than 2 positions")
        return line

    def _ring(self, source: list[object], is_arcs: bool) -> list[Place]:
        ring = self._line(source, is_arcs)
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise TopoJsonError("a ring is not closed or has fewer than 4 positions")
        return ring

    def _arc(self, index: object) -> list[Place]:
        if not isinstance(index, int) or isinstance(index, bool):
            raise TopoJsonError("arcs: an index is not a whole number")
        number = index if index >= 0 else ~index
        if number >= len(self._arcs):
            raise TopoJsonError("arcs: an index names no arc")
        if number not in self._decoded:
            self._decoded[number] = self._decode(self._arcs[number])
        arc = self._decoded[number]
        return arc if index >= 0 else arc[::-1]

    def _decode(self, arc: object) -> list[Place]:
        """Positions of a quantised arc are steps from one to the next."""
        if not isinstance(arc, list) or not 2 <= len(cast(list[object], arc)) <= MAX_POSITIONS:
            raise TopoJsonError("arcs: an arc is no list of at least 2 positions")
        x = y = 0.0
        places: list[Place] = []
        for position in cast(list[object], arc):
            given_x, given_y = _pair(position)
            x, y = (x + given_x, y + given_y) if self._is_quantised else (given_x, given_y)
            places.append(self._scaled(x, y))
        return places

    def _place(self, position: object) -> Place:
        self._counted(1)
        return self._scaled(*_pair(position))

    def _scaled(self, x: float, y: float) -> Place:
        place = (x * self._scale[0] + self._translate[0], y * self._scale[1] + self._translate[1])
        if not (math.isfinite(place[0]) and math.isfinite(place[1])):
            raise TopoJsonError("a position is not a pair of numbers")
        return place

    def _counted(self, more: int) -> None:
        self._count += more
        if self._count > MAX_POSITIONS:
            raise TopoJsonError(f"has more than {MAX_POSITIONS:,} positions")


def _transform(transform: object) -> tuple[Place, Place]:
    if transform is None:
        return (1.0, 1.0), (0.0, 0.0)
    fields = cast(dict[str, Any], transform) if isinstance(transform, dict) else {}
    try:
        return _pair(fields.get("scale")), _pair(fields.get("translate"))
    except TopoJsonError as problem:
        raise TopoJsonError("transform has no scale and translate of two numbers") from problem


def _pair(position: object) -> Place:
    """The first two numbers of a position; a third is a height."""
    values = cast(list[object], position) if isinstance(position, list) else []
    if len(values) < 2:
        raise TopoJsonError("a position is not a pair of numbers")
    x, y = values[0], values[1]
    if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x, (int, float)) or not isinstance(y, (int, float)):
        raise TopoJsonError("a position is not a pair of numbers")
    try:
        pair = float(x), float(y)
    except OverflowError as problem:
        raise TopoJsonError("a position is not a pair of numbers") from problem
    if not (math.isfinite(pair[0]) and math.isfinite(pair[1])):
        raise TopoJsonError("a position is not a pair of numbers")
    return pair


def _list(fields: dict[str, Any], name: str) -> list[object]:
    """A list, where null stands for an empty one: PetaBencana says "geometries": null when there is nothing."""
    value = fields.get(name)
    if value is None and name in ("features", "geometries"):
        return []
    if not isinstance(value, list):
        raise TopoJsonError(f"{name} is not a list")
    return cast(list[object], value)


def _lists(values: list[object]) -> list[list[object]]:
    if not all(isinstance(value, list) for value in values):
        raise TopoJsonError("a list of positions is missing")
    return cast(list[list[object]], values)
