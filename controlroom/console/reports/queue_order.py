"""Where a report stands in the queue and how it stands against its clocks, read from its row as the doors would. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from feeds.messages.queue import Clock, QueueRow, Sort, Standing
from feeds.messages.report import OPEN_STATES

Key = tuple[datetime, str]

_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def next_clock(row: QueueRow) -> tuple[Clock, datetime, datetime | None] | None:
    """The first clock that still runs, when it ends, and from when on it is at risk; ``None`` for a closed one or one without."""
    if row.state not in OPEN_STATES:
        return None
    clocks = (
        (Clock.RESPOND, row.respond_by, row.respond_risk_at, row.responded_at),
        (Clock.ACCEPT, row.accept_by, row.accept_risk_at, row.accepted_at),
        (Clock.FINISH, row.finish_by, row.finish_risk_at, row.finished_at),
    )
    return next(((clock, due, risk) for clock, due, risk, stopped in clocks if due is not None and stopped is None), None)


def standing_at(row: QueueRow, now: datetime) -> Standing | None:
    """How that clock stands at ``now``; the row itself only tells how it stood when it was read."""
    running = next_clock(row)
    if running is None:
        return None
    _, due, risk_at = running
    if now >= due:
        return Standing.LATE
    return Standing.AT_RISK if risk_at is not None and now >= risk_at else Standing.ON_TIME


def holder_at(row: QueueRow, now: datetime) -> str | None:
    """The login of whoever has claimed it, while the claim lasts."""
    return row.claimed_by if row.claimed_until is not None and row.claimed_until > now else None


def is_falling(sort: Sort) -> bool:
    return sort in (Sort.NEWEST, Sort.CHANGED)


def key_of(row: QueueRow, sort: Sort) -> Key:
    """By this the doors order; equal times stand by their id."""
    match sort:
        case Sort.NEWEST | Sort.OLDEST:
            return row.received_at, row.id
        case Sort.CHANGED:
            return row.changed_at, row.id
        case Sort.DUE:
            return _due(row), row.id


def place_of(key: Key, keys: Sequence[Key], sort: Sort) -> int:
    """The number of ``keys`` that stand before ``key``; they are in order."""
    low, high, falls = 0, len(keys), is_falling(sort)
    while low < high:
        middle = (low + high) // 2
        if (keys[middle] > key) if falls else (keys[middle] < key):
            low = middle + 1
        else:
            high = middle
    return low


def _due(row: QueueRow) -> datetime:
    # A closed report that is held in its row stays where its clocks had it.
    if row.responded_at is None and row.respond_by is not None:
        return row.respond_by
    if row.accepted_at is None and row.accept_by is not None:
        return row.accept_by
    return row.finish_by or _NEVER
