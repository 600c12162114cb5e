"""Time as the feeds see it: aware UTC, handed in so that a test or a replay may hand in another."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


def aware_utc(text: str) -> datetime:
    """An ISO 8601 text as UTC; ``ValueError`` says what is wrong with it, without repeating it. A missing zone is an error."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as problem:
        raise ValueError("is not an ISO 8601 time") from problem
    if at.tzinfo is None:
        raise ValueError("carries no time zone")
    try:
        return at.astimezone(UTC)
    except OverflowError as problem:
        raise ValueError("lies outside the calendar") from problem
