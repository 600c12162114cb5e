"""What stands in one cell of somebody's table: numbers, times, places and names as people and loggers write them.

Pure: knows no table and no city. A cell that cannot be read says what is wrong, never what it holds.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from zoneinfo import ZoneInfo

from feeds.messages.header import Position

MAX_TEXT = 80
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before this no gauge sent its values; loggers whose clock was reset say 1970 or 1980."""


class CellError(ValueError):
    """A cell that cannot be read; the text says what is wrong, without the column and without what it holds."""


_NUMBER = re.compile(r"([+-]?)(\d[\d.,'\u00a0 ]*|[.,]\d+)(e[+-]?\d{1,3})?")


_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
"""What can be read in two ways: 1.250 is one and a quarter, or more than a thousand."""


def number(value: object, mark: str = "") -> float:
    """A finite number written with a decimal point or comma, with or without thousands; ``CellError``. ``mark``: as ``quantity`` has it."""
    return quantity(value, mark)[0]


def quantity(value: object, mark: str = "") -> tuple[float, str]:
    """A number and the unit written behind it, ``1,35 m`` -> (1.35, "m"); ``CellError``.

    ``mark``: the decimal mark of its column (``decimal_mark``); without it ``1.250`` is one and a quarter.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise CellError("is not a number")
    try:
        if not isinstance(value, str):
            result, unit = float(value), ""
        else:
            text = value.strip().replace("−", "-").replace("–", "-").casefold()
            found = _NUMBER.match(text)
            unit = text[found.end() :].strip() if found else text
            if found is None or len(unit) > 20 or not (unit[:1].isalpha() or unit[:1] in ("", "%", "°", "µ", "/")):
                raise CellError("is not a number")
            result = float(found.group(1) + _point(found.group(2), mark) + (found.group(3) or ""))
    except (ValueError, OverflowError) as problem:
        raise CellError("is not a number") from problem
    if not math.isfinite(result):
        raise CellError("is not a number")
    return result, unit


def decimal_mark(cells: Iterable[object]) -> tuple[str, bool]:
    """The decimal mark that a column's numbers show, empty for none, and whether some of them are read by it alone (1.250).

    Where whole numbers beside such ones are of their size as thousands (980 beside 1.250, not 120), the sign parts thousands.
    """
    shown: dict[str, int] = {}
    either = ""
    largest, largest_whole = 0, 0
    for cell in cells:
        found = _NUMBER.match(cell.strip().lstrip("−–")) if isinstance(cell, str) else None
        digits = re.sub(r"[ '\u00a0]", "", found.group(2)).rstrip(".,") if found else ""
        signs = [sign for sign in ".," if sign in digits]
        if _EITHER.fullmatch(digits):
            either = signs[0]
            largest = max(largest, int(re.sub("[.,]", "", digits)))
        elif signs:
            last = max(signs, key=digits.rfind)
            mark = last if digits.count(last) == 1 else "," if last == "." else "."
            shown[mark] = shown.get(mark, 0) + 1
        elif digits and len(digits) <= 15:
            largest_whole = max(largest_whole, int(digits))
    if not shown and either and largest <= 5 * largest_whole:
        return "," if either == "." else ".", True
    return max(shown, key=lambda mark: shown[mark], default=""), bool(either)


def _point(digits: str, mark: str = "") -> str:
    """The last of point and comma is the decimal one; a sign that comes more than once parts thousands."""
    text = re.sub(r"[ '\u00a0]", "", digits)
    if mark and _EITHER.fullmatch(text):
        return text.replace(mark, ".") if mark in text else re.sub("[.,]", "", text)
    for decimal, other in ((",", "."), (".", ",")):
        if decimal in text and text.rfind(decimal) > text.rfind(other):
            if text.count(decimal) > 1:
                return text.replace(decimal, "").replace(other, ".")
            return text.replace(other, "").replace(decimal, ".")
    return text


def one_line(value: object, most: int = MAX_TEXT) -> str | None:
    """Text from outside as one printable line of at most ``most`` characters; numbers as they are; ``None`` for nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    if isinstance(value, str) and len(value) <= most and value.isprintable():
        return " ".join(value.split()) or None
    whole = str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else str(value)[: 20 * most]
    text = " ".join("".join(c if c.isprintable() else " " for c in whole).split())
    return (text if len(text) <= most else text[: most - 1] + "…") or None


_MONTHS = MappingProxyType({
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "mär": 3, "apr": 4, "mei": 5, "may": 5, "mai": 5, "jun": 6, "jul": 7, "agu": 8, "agt": 8,
    "ags": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12, "dez": 12,
})  # fmt: skip
_ZONES: Mapping[str, float] = MappingProxyType({"wib": 7, "wita": 8, "wit": 9, "utc": 0, "gmt": 0, "z": 0})
_WRITTEN = re.compile(
    r"(?:[a-zà-ÿ']{3,9},?\s+)?(\d{1,4})[\s./-]+([a-zà-ÿ]{3,10}|\d{1,2})[\s./-]+(\d{2,4})"
    r"(?:[\sT,]+(?:pukul\s+|jam\s+|at\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(am|pm)?)?\s*(.*)",
    re.IGNORECASE,
)


def is_month_first(text: str) -> bool:
    """Whether a date can only be read as month/day/year: then its whole document is."""
    found = _WRITTEN.fullmatch(text.strip())
    return found is not None and found.group(2).isdecimal() and int(found.group(1)) <= 12 < int(found.group(2)) <= 31


def moment(value: object, zone: tzinfo, *, now: datetime, month_first: bool = False) -> datetime:
    """A time in UTC; without a zone of its own it is ``zone``'s. ``CellError`` also for what is no time of a measurement.

    ISO 8601, seconds or milliseconds since 1970, and day, month and year as written in Indonesia and Europe (``month_first``: in the USA).
    """
    try:
        at = _moment(value, zone, month_first).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as problem:
        raise CellError("is no time that can be read") from problem
    if at < _OLDEST:
        raise CellError("lies before any measurement")
    if at > now + timedelta(hours=1):
        raise CellError("lies in the future")
    return at


def _moment(value: object, zone: tzinfo, month_first: bool) -> datetime:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    text = " ".join(str(value).split())
    if re.fullmatch(r"20\d{6}(\d{2}){1,3}", text):
        # 2026112208, 202611220800 and 20261122080000: as seconds the first would be 2034.
        return datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=zone)
    if isinstance(value, (int, float)) or re.fullmatch(r"\d{9,13}(\.\d+)?", text):
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = _written(text, month_first)
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _written(text: str, month_first: bool) -> datetime:
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError
    first, middle, last, hour, minute, second, half, rest = found.groups()
    month = int(middle) if middle.isdecimal() else _MONTHS.get(middle[:3].casefold(), 0)
    if len(first) == 4:
        year, day = int(first), int(last)
    else:
        year, day = int(last) + (2000 if len(last) == 2 else 0), int(first)
        if month_first and middle.isdecimal():
            day, month = month, day
    hours = int(hour or 0) % (12 if half else 24 if int(hour or 0) != 24 else 25) + (12 if half and half.lower() == "pm" else 0)
    at = datetime(year, month, day, tzinfo=_zone(rest)) + timedelta(hours=hours)
    return at + timedelta(minutes=int(minute or 0), seconds=int(second or 0))


def _zone(text: str) -> tzinfo | None:
    word = text.strip().casefold()
    if not word:
        return None
    if word in _ZONES:
        return timezone(timedelta(hours=_ZONES[word]))
    found = re.fullmatch(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?", word)
    if found is None:
        raise ValueError
    offset = timedelta(hours=int(found.group(2)), minutes=int(found.group(3) or 0))
    return timezone(-offset if found.group(1) == "-" else offset)


def zone_of(name: str) -> ZoneInfo:
    """The zone of times that carry none."""
    return ZoneInfo(name)


def place(lat: object, lon: object) -> Position | None:
    """A position, rounded to about 10 m; ``None`` when neither is given. ``CellError`` for 0, 0 and for what is no place on Earth."""
    if lat is None and lon is None:
        return None
    north, east = number(lat), number(lon)
    if not (-90 <= north <= 90 and -180 <= east <= 180) or (north == 0 and east == 0):
        raise CellError("is no place on Earth")
    return Position(lon=round(east, 4), lat=round(north, 4))
