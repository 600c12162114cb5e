"""Numbers, dates and characters as files spell them: decimal commas, zero dates, byte order marks. Pure; knows no source."""

import math
import re
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Years outside are placeholders (-0001, 0001, 9999), not dates."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CURRENCY = re.compile(r"^(?:rp\.?|[a-z]{3}|[€$£¥])\s*(?=[-+\d(])|(?<=[\d)-])\s*(?:rp|[a-z]{3}|[€$£¥]|,-|\.-)$", re.IGNORECASE)
_PLAIN = {mark: re.compile(rf"-?(?:\d{{1,3}}(?:{re.escape(group)}\d{{3}})+|\d+)(?:{re.escape(mark)}\d+)?") for mark, group in (",.", ".,")}
_DIGITS = re.compile(r"[+-]?\d[\d.,]*|[+-]?[.,]\d+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,3}")
_GROUPED = {mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+") for mark in ",."}
_MONTHS: Mapping[str, int] = MappingProxyType(
    {
        name: number
        for number, names in enumerate(
            (
                "jan januari january", "feb februari pebruari february", "mar maret march", "apr april", "mei may", "jun juni june",
                "jul juli july", "agu agt agustus aug august", "sep sept september", "okt oktober oct october",
                "nov november nopember", "des desember dec december",
            ),
            1,
        )
        for name in names.split()
    }
)  # fmt: skip
_YEAR_LAST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_NAMED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{4})")


class Unreadable(ValueError):
    """Bytes that are no text a reader can use; says why, never what they hold."""


def unpacked(body: bytes, max_bytes: int) -> bytes:
    """``body``, unpacked when it is gzip; raises ``Unreadable`` for a damaged archive and for more than ``max_bytes``."""
    if body.startswith(b"\x1f\x8b"):
        machine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body = machine.decompress(body, max_bytes + 1)
        except zlib.error as problem:
            raise Unreadable("is a damaged gzip archive") from problem
        if len(body) <= max_bytes and not machine.eof:
            raise Unreadable("is a gzip archive that ends early")
    if len(body) > max_bytes:
        raise Unreadable(f"holds more than {max_bytes:,} bytes")
    return body


def text_of(body: bytes, encoding: str | None = None) -> str:
    """The text of a file: its byte order mark decides, else ``encoding``, else UTF-8, else Windows-1252."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    if body[1:2] == b"\0" and body[:1] != b"\0":
        return body.decode("utf-16-le", errors="replace")
    for name in (encoding or "utf-8", "utf-8", "cp1252"):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("latin-1")


def decimal_of(value: object, mark: str = "") -> Decimal | None:
    """A number as JSON or a cell spells it, or ``None``. ``mark`` is the decimal mark of its column where that is known.

    Without it, "1.234,5" and "1,234.5" decide for themselves, and one separator before exactly three digits ("1.500") is no number:
    it can be read in two ways. A percentage is none either.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return _spelled(value, mark) if isinstance(value, str) and len(value) <= 80 else None


def _spelled(text: str, mark: str) -> Decimal | None:
    if mark and _PLAIN[mark].fullmatch(text):
        return Decimal(text.replace("," if mark == "." else ".", "").replace(mark, "."))
    text = text.strip().replace("−", "-").replace("–", "-")
    text = _CURRENCY.sub("", text).strip()
    is_negative = text.startswith("(") and text.endswith(")")
    text = re.sub(r"[\s'’ ]", "", text[1:-1] if is_negative else text)
    if text.endswith("-") and len(text) > 1:
        text, is_negative = text[:-1], True
    if _SCIENTIFIC.fullmatch(text):
        return _signed(text, is_negative)
    if not _DIGITS.fullmatch(text):
        return None
    mark = mark or _mark_of(text)
    if mark == "?":
        return None
    group = {",": ".", ".": ",", "": ""}[mark]
    whole, _, fraction = text.partition(mark) if mark else (text, "", "")
    if group and group in whole and not _GROUPED[group].fullmatch(whole.lstrip("+-")):
        return None
    return _signed(f"{whole.replace(group, '') if group else whole}.{fraction or '0'}", is_negative)


def _signed(text: str, is_negative: bool) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return -number if is_negative else number


def _mark_of(text: str) -> str:
    """The decimal mark that a number shows by itself; "?" when it may be either."""
    last_dot, last_comma = text.rfind("."), text.rfind(",")
    if last_dot >= 0 and last_comma >= 0:
        return "." if last_dot > last_comma else ","
    mark = "." if last_dot >= 0 else "," if last_comma >= 0 else ""
    if not mark:
        return "."
    if text.count(mark) > 1:
        return "," if mark == "." else "."
    whole, _, fraction = text.lstrip("+-").partition(mark)
    return "?" if len(fraction) == 3 and 1 <= len(whole) <= 3 and whole != "0" else mark


def decimal_mark(texts: Iterable[str]) -> str:
    """The decimal mark of a column, from those of its numbers that show it; where all stand in threes they are thousands."""
    shown: dict[str, int] = {}
    unclear: dict[str, int] = {}
    for text in texts:
        digits = re.sub(r"[^\d.,]", "", text)
        if "." not in digits and "," not in digits:
            continue
        mark = _mark_of(digits)
        if mark == "?":
            group = "." if "." in digits else ","
            unclear[group] = unclear.get(group, 0) + 1
        else:
            shown[mark] = shown.get(mark, 0) + 1
    if shown:
        return max(shown, key=lambda mark: shown[mark])
    return "," if unclear.get(".", 0) > unclear.get(",", 0) else "."


def moment_of(value: object, zone: tzinfo, *, is_month_first: bool = False) -> datetime | None:
    """A date or time as UTC, or ``None``; one without a zone is of ``zone``. Placeholders (year -0001, 0000-00-00, 9999) are no dates."""
    if not isinstance(value, str) or not 6 <= len(value.strip()) <= 40:
        return None
    try:
        at = _moment(value.strip(), is_month_first)
        if at is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
            return None
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _moment(text: str, is_month_first: bool) -> datetime | None:
    if (found := _YEAR_LAST.fullmatch(text)) is not None:
        first, second, year, *clock = (int(part or 0) for part in found.groups())
        day, month = (second, first) if is_month_first else (first, second)
        return datetime(year, month, day, clock[0], clock[1], clock[2])  # noqa: DTZ001
    if (found := _YEAR_FIRST.fullmatch(text)) is not None:
        year, month, day, *clock = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, clock[0], clock[1], clock[2])  # noqa: DTZ001
    if (found := _NAMED.fullmatch(text)) is not None:
        month = _MONTHS.get(found[2].lower())
        return datetime(int(found[3]), month, int(found[1])) if month else None  # noqa: DTZ001
    return datetime.fromisoformat(text) if text[:4].isdecimal() else None


def is_month_first(texts: Iterable[str]) -> bool:
    """Whether a column of dates is written month/day/year: one that has no other reading says so for all."""
    for text in texts:
        found = _YEAR_LAST.match(text.strip())
        if found is not None and (int(found[1]) > 12 or int(found[2]) > 12):
            return int(found[2]) > 12
    return False


def month_number(text: str) -> int | None:
    """1 to 12 for "3", "03", "Maret", "mar", "2026-03"; ``None`` for anything else."""
    word = text.strip().lower().rstrip(".")
    if (found := re.fullmatch(r"(?:\d{4}[-/])?(\d{1,2})", word)) is not None:
        return int(found[1]) if 1 <= int(found[1]) <= 12 else None
    return _MONTHS.get(word)
