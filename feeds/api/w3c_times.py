"""Times as GeoReport's clients write them: W3C's profile of ISO 8601, and what comes of it in the wild. Pure.

https://www.w3.org/TR/NOTE-datetime
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_BARE_PLUS = re.compile(r"(T[0-9:.]+) (\d\d:?\d\d)$", re.ASCII)
"""A plus sign that was not encoded arrives as a space."""


def read_time(text: str, zone: ZoneInfo) -> datetime:
    """In UTC; a day is its midnight, a time without a zone is the city's. ``ValueError`` says what is wrong, without repeating it."""
    try:
        at = datetime.fromisoformat(_BARE_PLUS.sub(r"\1+\2", text.strip()))
    except ValueError as problem:
        raise ValueError("is not an ISO 8601 time") from problem
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as problem:
        raise ValueError("lies outside the calendar") from problem
