"""Random places of a city: inside its kelurahan, near a point, or beyond its outline. Knows nothing of reports."""

import math
from dataclasses import dataclass
from random import Random

import shapely
from shapely.geometry import Polygon

from feeds.city import layer_paths
from feeds.geojson import outer_rings, read_features
from feeds.messages.city import City
from feeds.messages.header import Position

METRES_PER_DEGREE = 111_195.0
_DIGITS = 4
"""Decimals of a published position: about 11 m, coarse enough not to point at one door."""


@dataclass(frozen=True)
class Site:
    """A place as the wall names it; ``district`` is a code, ``place`` a kelurahan's name."""

    position: Position
    district: str | None
    place: str | None
    is_outside: bool = False


@dataclass(frozen=True)
class _Area:
    polygon: Polygon
    district: str | None
    place: str | None


class Places:
    """Sites drawn from the city's smallest areas, one as likely as another: kelurahan hold about as many people each."""

    def __init__(self, city: City) -> None:
        self._areas = _areas(city)
        if not self._areas:
            raise ValueError(f"{city.name}: a simulation needs a layer of role subdistricts, districts or outline with polygons")
        self._tree = shapely.STRtree([area.polygon for area in self._areas])
        self._by_district: dict[str, list[_Area]] = {}
        for area in self._areas:
            if area.district is not None:
                self._by_district.setdefault(area.district, []).append(area)
        self._west, self._south, self._east, self._north = city.bbox

    def anywhere(self, rng: Random) -> Site:
        """A site somewhere in the city."""
        return _site_in(rng, rng.choice(self._areas))

    def in_district(self, rng: Random, district: str) -> Site:
        """A site in the district of that code; anywhere when the city has no such district."""
        areas = self._by_district.get(district)
        return _site_in(rng, rng.choice(areas)) if areas else self.anywhere(rng)

    def near(self, rng: Random, centre: Position, radius_m: float) -> Site:
        """A site about ``radius_m`` (one standard deviation) from ``centre``; ``centre`` itself when that misses the city."""
        for _ in range(8):
            found = self.at(shifted(centre, rng.gauss(0, radius_m), rng.gauss(0, radius_m)))
            if found is not None:
                return found
        return self.at(centre) or Site(centre, None, None)

    def at(self, position: Position) -> Site | None:
        """The site at a position, ``None`` outside the city."""
        hits = self._tree.query(shapely.Point(position.lon, position.lat), predicate="intersects")
        if not len(hits):
            return None
        area = self._areas[int(min(hits))]
        return Site(_rounded(position.lon, position.lat), area.district, area.place)

    def outside(self, rng: Random) -> Site:
        """A site 3 to 12 km beyond the city's bounding box."""
        angle = rng.uniform(0, 2 * math.pi)
        margin = rng.uniform(3_000, 12_000) / METRES_PER_DEGREE
        lon = (self._west + self._east) / 2 + math.cos(angle) * ((self._east - self._west) * 0.71 + margin)
        lat = (self._south + self._north) / 2 + math.sin(angle) * ((self._north - self._south) * 0.71 + margin)
        return Site(_rounded(lon, lat), None, None, is_outside=True)


def shifted(position: Position, east_m: float, north_m: float) -> Position:
    """``position`` moved by metres east and north."""
    lat = position.lat + north_m / METRES_PER_DEGREE
    return Position(position.lon + east_m / (METRES_PER_DEGREE * math.cos(math.radians(position.lat))), lat)


def distance_m(a: Position, b: Position) -> float:
    """Metres between two positions a few kilometres apart at most (a flat map is good enough there)."""
    east = (b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return math.hypot(east, b.lat - a.lat) * METRES_PER_DEGREE


def _areas(city: City) -> list[_Area]:
    for role in ("subdistricts", "districts", "outline"):
        areas: list[_Area] = []
        for path in layer_paths(city, role):
            for feature in read_features(path):
                properties = feature["properties"]
                district = properties.get("district_code") if role == "subdistricts" else properties.get("code")
                place = properties.get("name") if role != "outline" else None
                areas += [_Area(Polygon(ring), district, place) for ring in outer_rings(feature["geometry"])]
        if areas:
            return areas
    return []


def _site_in(rng: Random, area: _Area) -> Site:
    west, south, east, north = area.polygon.bounds
    for _ in range(200):
        lon, lat = rng.uniform(west, east), rng.uniform(south, north)
        if area.polygon.contains(shapely.Point(lon, lat)):
            return Site(_rounded(lon, lat), area.district, area.place)
    inner = area.polygon.representative_point()
    return Site(_rounded(inner.x, inner.y), area.district, area.place)


def _rounded(lon: float, lat: float) -> Position:
    return Position(round(lon, _DIGITS), round(lat, _DIGITS))
