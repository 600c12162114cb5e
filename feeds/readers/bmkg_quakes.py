"""BMKG's earthquake files (TEWS JSON) as they concern one city. Asks nobody.

autogempa.json holds one object where gempaterkini.json and gempadirasakan.json hold a list; every value is a text.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.messages.header import Position
from feeds.readers.alerts import later
from feeds.readers.markup import one_line, plain_line
from feeds.runtime.clock import aware_utc
from feeds.runtime.collector import CollectorContext

ATTRIBUTION = "BMKG"
QUAKE = "quake "
"""What the keys of earthquakes begin with."""

MAX_TEXT = 160
AHEAD = timedelta(days=1)
LARGEST = 2_000
"""Records of one file that are looked at; BMKG's hold 15."""

_NO_TSUNAMI = re.compile(r"\b(?:tidak|tak|bukan|tanpa|nihil|no)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Near:
    """Earthquakes up to ``radius_km`` from the city concern it for ``hours``; farther ones only when a tsunami is possible."""

    radius_km: float
    hours: float


def read_earthquakes(body: bytes, ctx: CollectorContext[Any], near: Near) -> list[Hazard]:
    """The earthquakes of a TEWS file that concern the city; broken ones are quarantined."""
    try:
        document: object = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, ValueError):
        ctx.partly_down("an earthquake file is not JSON", keep=QUAKE)
        return []
    return earthquakes_of(document, ctx, near)


def earthquakes_of(document: object, ctx: CollectorContext[Any], near: Near) -> list[Hazard]:
    """As ``read_earthquakes``, of JSON that is decoded already."""
    inner = cast(dict[str, Any], document).get("Infogempa") if isinstance(document, dict) else None
    quakes = cast(dict[str, Any], inner).get("gempa") if isinstance(inner, dict) else None
    records = cast(list[object], quakes) if isinstance(quakes, list) else [cast(object, quakes)] if isinstance(quakes, dict) else None
    if records is None:
        ctx.partly_down("an earthquake file has no Infogempa.gempa", keep=QUAKE)
        return []
    if len(records) > LARGEST:
        ctx.remark(f"an earthquake file has more than {LARGEST} records: the first are read")
    hazards: dict[str, Hazard] = {}
    for record in records[:LARGEST]:
        try:
            hazard = _earthquake(record, ctx, near)
        except ValueError as problem:
            ctx.quarantine(record, str(problem))
            continue
        if hazard is None:
            ctx.elsewhere()
        else:
            hazards.setdefault(hazard.id, hazard)
    return list(hazards.values())


def _earthquake(record: object, ctx: CollectorContext[Any], near: Near) -> Hazard | None:
    """One earthquake, ``None`` when it does not concern the city; ``ValueError`` says which field is wrong, not what it holds."""
    if not isinstance(record, dict):
        raise ValueError("is not an object")
    fields = cast(dict[str, Any], record)
    at = _quake_time(fields, ctx.clock())
    lon, lat = _place(fields)
    magnitude = _number(_field(fields, "Magnitude"), "Magnitude")
    if not -2 <= magnitude <= 10:
        raise ValueError("Magnitude is impossible")
    distance_km = ctx.geography.distance_km(lon, lat)
    potential = fields.get("Potensi")
    is_tsunami = isinstance(potential, str) and "tsunami" in potential.lower() and not _NO_TSUNAMI.search(potential)
    if distance_km > near.radius_km and not is_tsunami:
        return None
    area = plain_line(fields.get("Wilayah"), MAX_TEXT)
    return Hazard(
        id=f"{QUAKE}{at.strftime('%Y-%m-%dT%H:%M:%SZ')} {lat:g},{lon:g}",
        kind=HazardKind.EARTHQUAKE,
        severity=quake_severity(magnitude, distance_km, is_tsunami),
        headline=one_line(f"Gempa M{magnitude:.1f}".replace(".", ",") + (f" · {area}" if area else ""), MAX_TEXT) or "Gempa",
        issued_at=at,
        onset_at=at,
        expires_at=later(at, near.hours),
        area=area,
        attribution=ATTRIBUTION,
        position=Position(lon=lon, lat=lat),
        magnitude=magnitude,
        depth_km=_depth_km(fields.get("Kedalaman")),
        distance_km=round(distance_km, 1),
    )


def quake_severity(magnitude: float, distance_km: float, is_tsunami: bool) -> Severity:
    """Ours, no standard: what an earthquake of this size at this distance (km) from the city may mean for it."""
    if is_tsunami:
        return Severity.EXTREME
    felt = magnitude - distance_km / 150
    if felt >= 6:
        return Severity.SEVERE
    return Severity.MODERATE if felt >= 4 else Severity.MINOR


def _place(fields: dict[str, Any]) -> tuple[float, float]:
    """Longitude and latitude of "lat,lon"; swapped axes are told as such where the words beside them (LS, LU, BT, BB) prove it."""
    lat_text, _, lon_text = _field(fields, "Coordinates").partition(",")
    lat, lon = _number(lat_text, "Coordinates"), _number(lon_text, "Coordinates")
    if abs(lat) > 90 and abs(lat) <= 180 and abs(lon) <= 90:
        raise ValueError("Coordinates look swapped: the first is no latitude")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("Coordinates are no place on Earth")
    if lat == lon == 0:
        raise ValueError("Coordinates are 0,0: no place was given")
    said_lat, said_lon = _said(fields.get("Lintang"), "LS", "LU"), _said(fields.get("Bujur"), "BB", "BT")
    if said_lat is not None and said_lon is not None and abs(said_lat - said_lon) > 1:
        if abs(said_lat - lon) < 0.5 and abs(said_lon - lat) < 0.5:
            raise ValueError("Coordinates look swapped: Lintang and Bujur say so")
        if abs(said_lat - lat) > 1 or abs(said_lon - lon) > 1:
            raise ValueError("Coordinates are not those of Lintang and Bujur")
    return lon, lat


def _said(value: object, negative: str, positive: str) -> float | None:
    """``6.89 LS`` -> -6.89; ``None`` for what is written in another way."""
    found = (
        re.fullmatch(rf"\s*(\d{{1,3}}(?:[.,]\d+)?)\s*°?\s*({negative}|{positive})\s*", value, re.IGNORECASE)
        if isinstance(value, str)
        else None
    )
    if found is None:
        return None
    number = float(found.group(1).replace(",", "."))
    return -number if found.group(2).upper() == negative else number


def _field(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is missing")
    return value.strip()


def _quake_time(fields: dict[str, Any], now: datetime) -> datetime:
    try:
        at = aware_utc(_field(fields, "DateTime"))
    except ValueError as problem:
        raise ValueError(f"DateTime: {problem}") from problem
    if at > now + AHEAD:
        raise ValueError("DateTime lies in the future")
    return at


def _number(text: str, name: str) -> float:
    try:
        number = float(text.strip().replace("−", "-"))
    except ValueError as problem:
        raise ValueError(f"{name} is not a number") from problem
    if not math.isfinite(number):
        raise ValueError(f"{name} is not a number")
    return number


def _depth_km(value: object) -> float | None:
    """``10 km`` -> 10.0; ``None`` when it says nothing usable. No earthquake is deeper than 800 km."""
    try:
        depth = _number(value.lower().strip().removesuffix("km"), "Kedalaman") if isinstance(value, str) else None
    except ValueError:
        return None
    return depth if depth is not None and 0 <= depth <= 800 else None
