"""When and where a picture says it was taken, as far as that can be true. Pure; opens no file, and a picture's lie is no error."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import msgspec
from PIL import Image

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
"""An older time is a camera whose clock was never set: 1970, 1980, 2000."""

SLACK = timedelta(minutes=5)
"""A camera's clock may run so far ahead of ours; beyond it the time is a lie."""

NULL_ISLAND_DEG = 0.01
"""So near to 0, 0 a position means that there was none."""

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_ORIENTATION = 0x0112
# Original before digitised; the plain DateTime (0x0132) is that of the last program that saved it.
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012))
_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
# What Pillow lets through of a damaged directory, found by mutation.
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError, EOFError)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """``at``: UTC. ``lon`` and ``lat``: both or none."""

    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def taken_of(exif: Image.Exif, zone: tzinfo, now: datetime) -> Taken:
    """``zone``: that of the city, for times without an offset of their own."""
    lon, lat = _position(_directory(exif, _GPS_IFD))
    return Taken(at=_time(_directory(exif, _EXIF_IFD), zone, now), lon=lon, lat=lat)


def orientation_of(exif: Image.Exif) -> int:
    """1 to 8, as EXIF numbers them; 1 where it says nothing that makes sense."""
    try:
        value = exif.get(_ORIENTATION)
    except _DAMAGED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def plausible_time(at: datetime, now: datetime) -> datetime | None:
    """``at`` in UTC and never after ``now``, or ``None`` when it is absurd or in the future."""
    if not EARLIEST.year <= at.year < 9_999:
        return None
    at = at.astimezone(UTC)
    return min(at, now.astimezone(UTC)) if EARLIEST <= at <= now + SLACK else None


def plausible_position(lon: float, lat: float) -> tuple[float, float] | tuple[None, None]:
    """The position, or twice ``None`` when it is none on Earth or 0, 0."""
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        return None, None
    if abs(lon) < NULL_ISLAND_DEG and abs(lat) < NULL_ISLAND_DEG:
        return None, None
    return round(lon, 7), round(lat, 7)


def _directory(exif: Image.Exif, tag: int) -> Mapping[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except _DAMAGED:
        return {}


def _time(tags: Mapping[int, Any], zone: tzinfo, now: datetime) -> datetime | None:
    for time_tag, offset_tag in _TIMES:
        found = _TIME.match(_text(tags.get(time_tag)))
        if found is None:
            continue
        try:
            year, month, day, hour, minute, second = (int(part) for part in found.groups())
            local = datetime(year, month, day, hour, minute, second, tzinfo=_offset(_text(tags.get(offset_tag))) or zone)
        except ValueError:
            continue
        if (at := plausible_time(local, now)) is not None:
            return at
    return None


def _offset(text: str) -> timezone | None:
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if ahead > timedelta(hours=14):
        return None
    return timezone(ahead if found[1] == "+" else -ahead)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip("\0 ") if isinstance(value, str) else ""


def _position(tags: Mapping[int, Any]) -> tuple[float, float] | tuple[None, None]:
    lat, lon = _degrees(tags.get(2), tags.get(1), "NS"), _degrees(tags.get(4), tags.get(3), "EW")
    return plausible_position(lon, lat)


def _degrees(parts: object, side: object, sides: str) -> float:
    """Not a number where the tags make none."""
    letter = _text(side).upper()
    if len(letter) != 1 or letter not in sides or not isinstance(parts, tuple):
        return math.nan
    try:
        degrees, minutes, seconds = (float(part) for part in parts)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    except _DAMAGED:
        return math.nan
    value = degrees + minutes / 60 + seconds / 3_600
    return -value if letter == sides[1] else value
