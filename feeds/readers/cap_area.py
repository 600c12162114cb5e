"""The area of a CAP info block: polygons, circles and codes of places. Pure geometry of degrees; knows no city.

CAP writes positions as "lat,lon" (WGS84). What cannot be read is told, and the rest of the area stays.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from feeds.readers.markup import one_line, split_tag

CIRCLE_STEPS = 48
KM_PER_DEGREE = 111.195
MAX_RADIUS_KM = 20_038.0
"""Half around the Earth."""

MAX_DESCRIPTION = 300
MAX_GEOCODES = 5_000
MAX_POINTS = 100_000
TOO_MANY = "has more points than any real warning"
NO_PAIR = "has a position that is not lat,lon"
NO_PLACE = "has a position that is no place on Earth"

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Circle:
    """Centre in degrees, radius in km; ``ring``: the circle drawn as a closed ring of (lon, lat)."""

    lon: float
    lat: float
    radius_km: float

    @property
    def ring(self) -> Ring:
        # A circle of no size still has a place: 100 m.
        return tuple(_point_at(self.lon, self.lat, max(self.radius_km, 0.1), 2 * math.pi * (n % CIRCLE_STEPS) / CIRCLE_STEPS)
                     for n in range(CIRCLE_STEPS + 1))  # fmt: skip


@dataclass(frozen=True)
class Area:
    """``rings``: closed, of (lon, lat) degrees; one that crosses the 180th meridian goes on beyond 180 instead of jumping.

    ``swapped``: rings that are no place on Earth as lat,lon but are one as lon,lat, read that way. ``geocodes``: (name, value).
    ``faults``: why a figure of the area could not be read.
    """

    description: str | None
    rings: tuple[Ring, ...]
    circles: tuple[Circle, ...]
    swapped: tuple[Ring, ...]
    geocodes: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]

    @property
    def positions(self) -> int:
        return sum(map(len, (*self.rings, *self.swapped))) + len(self.circles)

    @property
    def has_figure(self) -> bool:
        return bool(self.rings or self.circles)


def read_area(element: Element, space: str) -> Area:
    """One ``area``; altitude and ceiling are passed over, a wall knows no height."""
    rings: list[Ring] = []
    swapped: list[Ring] = []
    circles: list[Circle] = []
    faults: list[str] = []
    for found in element.findall(f"{space}polygon"):
        if not (found.text or "").strip():
            continue
        try:
            pairs = _pairs(found.text or "")
            ring, is_swapped = _ring(pairs)
            (swapped if is_swapped else rings).append(ring)
        except ValueError as problem:
            faults.append(str(problem))
    for found in element.findall(f"{space}circle"):
        if not (found.text or "").strip():
            continue
        try:
            circle = _circle(found.text or "")
            if isinstance(circle, Circle):
                circles.append(circle)
            else:
                swapped.append(circle)
        except ValueError as problem:
            faults.append(str(problem))
    return Area(
        description=one_line(element.findtext(f"{space}areaDesc"), MAX_DESCRIPTION),
        rings=tuple(rings),
        circles=tuple(circles),
        swapped=tuple(swapped),
        geocodes=tuple(_geocodes(element, space)),
        faults=tuple(faults),
    )


def _geocodes(element: Element, space: str) -> Sequence[tuple[str, str]]:
    codes: list[tuple[str, str]] = []
    for found in element.findall(f"{space}geocode")[:MAX_GEOCODES]:
        name = ""
        # Some put several pairs into one element, and several codes into one value.
        for child in found:
            text = (child.text or "").strip()
            if split_tag(child)[1] == "valueName":
                name = text
            elif split_tag(child)[1] == "value":
                codes += [(name, code) for code in text.split()]
    return codes


def _ring(pairs: list[tuple[float, float]]) -> tuple[Ring, bool]:
    """The closed ring of (lat, lon) pairs, and whether it is one only with its axes swapped; a ring left open is closed."""
    if pairs and pairs[0] != pairs[-1]:
        pairs = [*pairs, pairs[0]]
    if len(pairs) < 4:
        raise ValueError("has a polygon of fewer than 4 positions")
    if all(_is_place(lon, lat) for lat, lon in pairs):
        return _unbroken([(lon, lat) for lat, lon in pairs]), False
    if all(_is_place(first, second) for first, second in pairs):
        return _unbroken(pairs), True
    raise ValueError(NO_PLACE)


def _circle(text: str) -> Circle | Ring:
    """CAP writes "lat,lon radius" with the radius in km; a centre that is a place only with its axes swapped gives its ring, read so."""
    centre, _, radius_text = " ".join(_tidy(text).split()).partition(" ")
    positions = _pairs(centre)
    if len(positions) != 1:
        raise ValueError(NO_PAIR)
    first, second = positions[0]
    try:
        radius_km = float(radius_text)
    except ValueError as problem:
        raise ValueError("has a circle without a radius") from problem
    if not 0 <= radius_km <= MAX_RADIUS_KM:
        raise ValueError("has a circle with an impossible radius")
    if _is_place(second, first):
        return Circle(second, first, radius_km)
    if _is_place(first, second):
        return Circle(first, second, radius_km).ring
    raise ValueError(NO_PLACE)


def _pairs(text: str) -> list[tuple[float, float]]:
    """The positions of a text; a third number of each is a height. Some senders part positions by commas: then numbers are paired."""
    written = [position.split(",") for position in _tidy(text).split()]
    if len(written) > MAX_POINTS:
        raise ValueError(TOO_MANY)
    if any(len(numbers) not in (2, 3) for numbers in written):
        numbers = [number for position in written for number in position if number]
        if len(numbers) % 2 or len(numbers) > 2 * MAX_POINTS:
            raise ValueError(NO_PAIR)
        written = [numbers[n : n + 2] for n in range(0, len(numbers), 2)]
    try:
        return [(float(numbers[0]), float(numbers[1])) for numbers in written]
    except ValueError as problem:
        raise ValueError(NO_PAIR) from problem


def _tidy(text: str) -> str:
    return re.sub(r"\s*,\s*", ",", text.strip())


def _is_place(lon: float, lat: float) -> bool:
    return -180 <= lon <= 180 and -90 <= lat <= 90


def _unbroken(ring: Sequence[tuple[float, float]]) -> Ring:
    """A side never spans more than half the Earth: one that seems to crosses the 180th meridian. A box around all of the Earth is left."""
    lons = [lon for lon, _ in ring]
    if max(lons) - min(lons) <= 180 or max(lons) - min(lons) >= 359:
        return tuple(ring)
    made = [ring[0]]
    for lon, lat in ring[1:]:
        lon += 360 * round((made[-1][0] - lon) / 360)
        made.append((lon, lat))
    return tuple(made)


def _point_at(lon: float, lat: float, distance_km: float, bearing: float) -> tuple[float, float]:
    """Where one comes from (lon, lat) after ``distance_km`` on the sphere."""
    phi, angle = math.radians(lat), distance_km / KM_PER_DEGREE * math.pi / 180
    sine = math.sin(phi) * math.cos(angle) + math.cos(phi) * math.sin(angle) * math.cos(bearing)
    there = math.asin(max(-1.0, min(1.0, sine)))
    east = math.atan2(math.sin(bearing) * math.sin(angle) * math.cos(phi), math.cos(angle) - math.sin(phi) * sine)
    return round(lon + math.degrees(east), 6), round(math.degrees(there), 6)
