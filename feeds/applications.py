"""What a city may say of a connected application, and what that means at a given time. Pure; knows no HTTP and no city file."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from feeds.messages.city import CityApplication

MAX_ID = 100
MAX_NAME = 120

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_UNIX = re.compile(r"\d{9,11}(\.\d+)?|\d{12,14}")
_DAY_FIRST = re.compile(
    r"(?:[^\W\d]+,?\s+)?(\d{1,2})[\s/.-]+(\d{1,2}|[^\W\d]+)[\s/.,-]+(\d{4})(?:[,\s]+(?:\w{2,5}\s+)?(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?"
)
_ZONE_WORDS: Mapping[str, str] = MappingProxyType({"WIB": "+07:00", "WITA": "+08:00", "WIT": "+09:00", "UTC": "+00:00", "GMT": "+00:00"})
_ZONE_WORD = re.compile(r"\s*\b(" + "|".join(_ZONE_WORDS) + r")\.?$", re.IGNORECASE)
_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        "jan": 1, "feb": 2, "peb": 2, "mar": 3, "mär": 3, "apr": 4, "mei": 5, "may": 5, "mai": 5, "jun": 6, "jul": 7, "agu": 8, "ags": 8,
        "agt": 8, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "nop": 11, "des": 12, "dec": 12, "dez": 12,
    }
)  # fmt: skip
_MILLISECONDS_FROM = 10**11


class Complaint(NamedTuple):
    """What is wrong with one field of an application, and what to do."""

    field: str
    problem: str
    remedy: str


def complaint_about(application: CityApplication) -> Complaint | None:
    """The first thing wrong with an application as configured, or ``None``. Quotes none of its contents."""
    for field, text, longest in (
        ("id", application.id, MAX_ID),
        ("name", application.name, MAX_NAME),
        ("group", application.group, MAX_NAME),
    ):
        if not text.strip() or len(text) > longest or not text.isprintable():
            return Complaint(field, "is empty, too long or not one printable line", f"give it a text of at most {longest} characters")
    if not is_web_address(application.url):
        return Complaint("url", "is no http or https address, or carries a user name", "write it like https://host/path")
    if application.data_pattern:
        try:
            groups = re.compile(application.data_pattern).groups
        except (re.error, RecursionError, OverflowError) as problem:
            return Complaint("data_pattern", f"is no regular expression ({problem})", "correct it")
        if not groups:
            return Complaint("data_pattern", "has no group", "put the time of the newest data in parentheses")
    if not 0 < application.data_max_age_s < float("inf"):
        return Complaint("data_max_age_s", "is not a time in seconds above 0", "a day is 86400")
    if application.maintenance is not None:
        begin, end = (_CLOCK.fullmatch(text) for text in application.maintenance)
        if begin is None or end is None or begin.groups() == end.groups():
            return Complaint("maintenance", "is not two different times of the day", 'write them like ["01:00", "03:00"]')
    return None


def is_web_address(url: str) -> bool:
    """Whether ``url`` is an http or https address without a user name or password."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return is_whole and "@" not in parts.netloc and url.isprintable() and not re.search(r"[\s\\]", url)


def is_in_maintenance(window: tuple[str, str] | None, local: datetime) -> bool:
    """Whether a local time lies within a daily window; ("23:00", "01:00") crosses midnight. The end itself is outside."""
    if window is None:
        return False
    begin, end = (time.fromisoformat(text.zfill(5)) for text in window)
    now = local.time()
    return begin <= now < end if begin < end else now >= begin or now < end


def data_time(text: str, zone: tzinfo) -> datetime | None:
    """The time a page tells of its newest data, in UTC; without a zone of its own it is in ``zone``. ``None`` when it is none.

    ISO 8601, seconds or milliseconds since 1970, e-mail dates, and day first with numbers or Indonesian, English or German months.
    A date alone is its midnight.
    """
    text = " ".join(text.split())[:100]
    try:
        return (_unix(text) or _iso(text, zone) or _day_first(text, zone) or _mail(text)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _unix(text: str) -> datetime | None:
    if not _UNIX.fullmatch(text):
        return None
    number = float(text)
    return datetime.fromtimestamp(number / 1_000 if number >= _MILLISECONDS_FROM else number, UTC)


def _zoned(text: str) -> str:
    """``22-11-2026 08.00 WIB`` -> ``22-11-2026 08.00 +07:00``."""
    found = _ZONE_WORD.search(text)
    return f"{text[: found.start()]} {_ZONE_WORDS[found.group(1).upper()]}" if found else text


def _iso(text: str, zone: tzinfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(_zoned(text).replace(" +", "+"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _day_first(text: str, zone: tzinfo) -> datetime | None:
    zoned = _zoned(text)
    body, plus, offset = zoned.rpartition(" +")
    found = _DAY_FIRST.fullmatch((body if plus else zoned).strip())
    if found is None:
        return None
    day, month, year, hour, minute, second = found.groups()
    number = int(month) if month.isdecimal() else _MONTHS.get(month[:3].casefold(), 0)
    at = datetime(int(year), number, int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone)
    return datetime.fromisoformat(f"{at.replace(tzinfo=None).isoformat()}+{offset}") if plus else at


def _mail(text: str) -> datetime:
    at = parsedate_to_datetime(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
