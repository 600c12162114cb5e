"""The desk's queue as its doors tell it: a report's line, a page of them, and how it stands against its clocks."""

from datetime import datetime
from enum import StrEnum

import msgspec

from feeds.messages.report import Channel, Priority, ReportState


class Clock(StrEnum):
    RESPOND = "respond"
    ACCEPT = "accept"
    FINISH = "finish"


class Standing(StrEnum):
    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"
    CHANGED = "changed"
    """The last touched first."""
    DUE = "due"
    """Open ones only, by the next clock that ends, the most overdue first; then those without a clock."""


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a line of the queue. ``words``: the beginning of what the citizen wrote. ``standing``: its worst clock."""

    id: str
    revision: int
    state: ReportState
    category: str
    category_name: str | None
    channel: Channel
    priority: Priority
    received_at: datetime
    changed_at: datetime
    lon: float | None
    lat: float | None
    is_outside: bool
    district: str | None
    place: str | None
    agency: str | None
    officer: str | None
    incident: str | None
    parent: str | None
    text: str | None
    claimed_by: str | None
    claimed_until: datetime | None
    respond_by: datetime | None
    accept_by: datetime | None
    finish_by: datetime | None
    respond_risk_at: datetime | None
    accept_risk_at: datetime | None
    finish_risk_at: datetime | None
    responded_at: datetime | None
    accepted_at: datetime | None
    finished_at: datetime | None
    words: str
    standing: Standing | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """``cursor`` asks for the next page; ``None`` on the last. ``total``: all that the filters let through."""

    reports: list[QueueRow]
    total: int
    cursor: str | None
