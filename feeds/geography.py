"""Where things are in a city: pure questions about its outline and districts. Needs shapely, so it stays behind the bus."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from feeds.city import CityError, layer_paths
from feeds.geojson import EARTH_RADIUS_KM, read_features
from feeds.messages.city import City

FAR_OUTSIDE_KM = 0.5
"""Positions of phones and simplified outlines differ by less than this (km); beyond it a place is another city's."""

Polygons = Sequence[Sequence[tuple[float, float]]]


class CityGeography:
    """One city's outline and districts, indexed once. All positions are WGS84 degrees; raises ``CityError`` for broken figures."""

    def __init__(self, city: City) -> None:
        (outline_path,) = layer_paths(city, "outline")
        self._outline = shapely.union_all([geometry for _, geometry in _valid(outline_path)])
        shapely.prepare(self._outline)
        # Degrees are not square: stretched to true proportions at the city, so that the nearest point is the nearest.
        self._scale = math.cos(math.radians(self._outline.centroid.y))
        self._plane = shapely.transform(self._outline, lambda points: points * (self._scale, 1.0))
        self._codes: list[str] = []
        districts: list[BaseGeometry] = []
        for path in layer_paths(city, "districts"):
            for properties, geometry in _valid(path):
                self._codes.append(str(properties["code"]))
                districts.append(geometry)
        shapely.prepare(districts)
        self._districts = districts
        self._boxes: list[tuple[float, float, float, float]] = [district.bounds for district in districts]
        # A door asks it of a report, and then the service that takes it in.
        self.distance_km = lru_cache(maxsize=256)(self._distance_km)

    def contains(self, lon: float, lat: float) -> bool:
        """Whether the position lies within the city's outline."""
        return bool(shapely.intersects_xy(self._outline, lon, lat))

    def district_at(self, lon: float, lat: float) -> str | None:
        """The code of the district at a position; on a shared border the one that comes first in the file."""
        for code, district, (west, south, east, north) in zip(self._codes, self._districts, self._boxes, strict=True):
            if west <= lon <= east and south <= lat <= north and shapely.intersects_xy(district, lon, lat):
                return code
        return None

    def districts_at(self, positions: Sequence[tuple[float, float]]) -> list[str | None]:
        """As ``district_at``, for many: a question to shapely costs as much for a hundred as for one."""
        found: list[str | None] = [None] * len(positions)
        points = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
        x, y = points[:, 0], points[:, 1]
        for code, district, (west, south, east, north) in zip(self._codes, self._districts, self._boxes, strict=True):
            near = np.flatnonzero((west <= x) & (x <= east) & (south <= y) & (y <= north))
            for place in near[shapely.intersects_xy(district, x[near], y[near])] if near.size else ():
                found[place] = found[place] or code
        return found

    def _distance_km(self, lon: float, lat: float) -> float:
        """Great-circle distance (km) from a position to the city's outline; 0 inside."""
        if self.contains(lon, lat):
            return 0.0
        to_us: Any = shapely.shortest_line(self._plane, shapely.points(lon * self._scale, lat))  # pyright: ignore[reportUnknownMemberType]
        x, y = shapely.get_coordinates(to_us)[0]
        return great_circle_km(lon, lat, float(x) / self._scale, float(y))

    def is_far_outside(self, lon: float, lat: float, margin_km: float = FAR_OUTSIDE_KM) -> bool:
        """Whether a position lies farther than ``margin_km`` beyond the outline."""
        return self.distance_km(lon, lat) > margin_km

    def districts_touching(self, polygons: Polygons) -> tuple[str, ...]:
        """Codes, in the file's order, of the districts any of the closed (lon, lat) rings touches; rings may cross themselves."""
        rings = [_Ring(ring) for ring in polygons if len(ring) >= 4]
        return tuple(code for code, district in zip(self._codes, self._districts, strict=True) if any(r.touches(district) for r in rings))

    def is_touched_by(self, polygons: Polygons) -> bool:
        """Whether any of the closed (lon, lat) rings touches the city."""
        return any(_Ring(ring).touches(self._outline) for ring in polygons if len(ring) >= 4)


def great_circle_km(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Distance (km) between two positions in degrees on a sphere of the Earth's mean radius."""
    phi_a, phi_b = math.radians(lat_a), math.radians(lat_b)
    half = math.sin((phi_b - phi_a) / 2) ** 2 + math.cos(phi_a) * math.cos(phi_b) * math.sin(math.radians(lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def _valid(path: Path) -> list[tuple[dict[str, Any], BaseGeometry]]:
    figures: list[tuple[dict[str, Any], BaseGeometry]] = []
    for index, feature in enumerate(read_features(path)):
        geometry = shape(feature["geometry"])
        if not geometry.is_valid:
            raise CityError(path, f"feature {index}", f"crosses itself ({shapely.is_valid_reason(geometry)})", "repair the polygon")
        figures.append((feature["properties"], geometry))
    return figures


class _Ring:
    """What a closed ring encloses, asked without making it a valid polygon: that takes minutes for a few hundred crossing sides."""

    def __init__(self, ring: Sequence[tuple[float, float]]) -> None:
        self._points = np.asarray(ring, dtype=np.float64)
        west, south = self._points.min(axis=0)
        east, north = self._points.max(axis=0)
        self._box = (float(west), float(south), float(east), float(north))
        self._line = shapely.LineString(self._points)

    def touches(self, geometry: BaseGeometry) -> bool:
        """Whether line or inside of the ring meets an area: where the line does not, each part of it lies wholly inside or outside."""
        west, south, east, north = geometry.bounds
        if self._box[0] > east or self._box[2] < west or self._box[1] > north or self._box[3] < south:
            return False
        if geometry.intersects(self._line):
            return True
        parts: Sequence[BaseGeometry] = getattr(geometry, "geoms", [geometry])
        return any(self._winds_around(*part.representative_point().coords[0]) for part in parts)

    def _winds_around(self, lon: float, lat: float) -> bool:
        x, y = self._points[:, 0], self._points[:, 1]
        side = (x[1:] - x[:-1]) * (lat - y[:-1]) - (lon - x[:-1]) * (y[1:] - y[:-1])
        upward = (y[:-1] <= lat) & (y[1:] > lat) & (side > 0)
        downward = (y[:-1] > lat) & (y[1:] <= lat) & (side < 0)
        return int(upward.sum()) != int(downward.sum())
