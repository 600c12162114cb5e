"""Reads and checks a GeoJSON file with nothing but the standard library, so that the wall may do it too.

Self-crossing outlines are ``feeds.geography``'s to find; here every coordinate is proven to be a place on Earth.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec

EARTH_RADIUS_KM = 6371.0088
Ring = list[tuple[float, float]]

MAX_FILE_BYTES = 32 * 1024 * 1024


class GeoJsonError(ValueError):
    """A GeoJSON file cannot be used; the text names the feature and what is wrong with it."""


def read_features(path: Path) -> list[dict[str, Any]]:
    """The features of a FeatureCollection, each with a checked geometry. Raises ``GeoJsonError`` or ``OSError``."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise GeoJsonError(f"is larger than {MAX_FILE_BYTES // 1024 // 1024} MB; simplify it")
    try:
        document = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise GeoJsonError(f"is not JSON ({problem}); export it again as GeoJSON") from problem
    features = cast(dict[str, Any], document).get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise GeoJsonError('has no list "features"; export it as a GeoJSON FeatureCollection')
    checked: list[dict[str, Any]] = []
    for index, item in enumerate(cast(list[Any], features)):
        if not isinstance(item, dict) or not isinstance(cast(dict[str, Any], item).get("geometry"), dict):
            raise GeoJsonError(f"feature {index} has no geometry; remove it or draw it")
        feature = cast(dict[str, Any], item)
        if not isinstance(feature.get("properties"), dict):
            feature["properties"] = {}
        _check_geometry(feature["geometry"], f"feature {index}")
        checked.append(feature)
    if not checked:
        raise GeoJsonError("holds no feature; it must hold at least one")
    return checked


def outer_rings(geometry: dict[str, Any]) -> list[Ring]:
    """The outer rings of a Polygon or MultiPolygon as (lon, lat) degrees; none for other geometries."""
    if geometry["type"] == "Polygon":
        return [[(p[0], p[1]) for p in geometry["coordinates"][0]]]
    if geometry["type"] == "MultiPolygon":
        return [[(p[0], p[1]) for p in polygon[0]] for polygon in geometry["coordinates"]]
    return []


def positions(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    """Every position of a checked geometry, (lon, lat) in degrees."""
    yield from _flatten(geometry["coordinates"])


def ring_area_km2(ring: Ring) -> float:
    """Area of a ring of (lon, lat) degrees on the sphere, km2; good to half a percent at the size of a city."""
    x_scale = math.cos(math.radians(sum(lat for _, lat in ring) / len(ring)))
    return abs(_signed_area(ring)) * x_scale * (math.radians(1) * EARTH_RADIUS_KM) ** 2


def ring_centre(ring: Ring) -> tuple[float, float]:
    """The centroid of a ring of (lon, lat) degrees."""
    area = _signed_area(ring)
    if area == 0:
        return ring[0]
    lon0, lat0 = ring[0]
    moved = [(lon - lon0, lat - lat0) for lon, lat in ring]
    pairs = list(pairwise(moved))
    x = sum((ax + bx) * (ax * by - bx * ay) for (ax, ay), (bx, by) in pairs) / (6 * area)
    y = sum((ay + by) * (ax * by - bx * ay) for (ax, ay), (bx, by) in pairs) / (6 * area)
    return lon0 + x, lat0 + y


def _signed_area(ring: Ring) -> float:
    lon0, lat0 = ring[0]
    moved = [(lon - lon0, lat - lat0) for lon, lat in ring]
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairwise(moved)) / 2


_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def _check_geometry(geometry: dict[str, Any], where: str) -> None:
    kind = geometry.get("type")
    depth = _DEPTH.get(kind) if isinstance(kind, str) else None
    if depth is None:
        raise GeoJsonError(f"{where} is a {kind!r}; use one of {', '.join(_DEPTH)}")
    _check_nesting(geometry.get("coordinates"), depth, where)
    rings = (
        geometry["coordinates"] if kind == "Polygon" else [r for p in geometry["coordinates"] for r in p] if kind == "MultiPolygon" else []
    )
    for ring in rings:
        if len(ring) < 4 or ring[0][:2] != ring[-1][:2]:
            raise GeoJsonError(f"{where} has a ring that is not closed or has fewer than 4 positions; repeat its first position at the end")
    if kind == "LineString" and len(geometry["coordinates"]) < 2:
        raise GeoJsonError(f"{where} is a line of fewer than 2 positions")


def _check_nesting(value: Any, depth: int, where: str) -> None:
    if not isinstance(value, list) or not value:
        raise GeoJsonError(f"{where} has empty or misplaced coordinates; export it again")
    items = cast(list[Any], value)
    if depth:
        for item in items:
            _check_nesting(item, depth - 1, where)
        return
    if len(items) < 2 or any(isinstance(n, bool) or not isinstance(n, (int, float)) for n in items[:2]):
        raise GeoJsonError(f"{where} has a position that is not two numbers")
    if not (-180 <= items[0] <= 180 and -90 <= items[1] <= 90):
        raise GeoJsonError(f"{where} has the position {items[0]}, {items[1]}: not longitude, latitude in WGS84 degrees; reproject the file")


def _flatten(value: Any) -> Iterator[tuple[float, float]]:
    if isinstance(value[0], (int, float)):
        yield float(value[0]), float(value[1])
        return
    for item in value:
        yield from _flatten(item)
