"""Citizen reports as the wall may see them: no name, no number, no free text an operator has not passed."""

from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Position, Topic


class ReportState(StrEnum):
    """A report's life, domain.md section 2."""

    NEW = "new"
    FORWARDED = "forwarded"
    WORKING = "working"
    DONE = "done"
    DECLINED = "declined"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    REOPENED = "reopened"


PINLESS_STATES = frozenset({ReportState.DUPLICATE, ReportState.INVALID})
OPEN_STATES = frozenset({ReportState.NEW, ReportState.FORWARDED, ReportState.WORKING, ReportState.REOPENED})


class Channel(StrEnum):
    """The nine channels, domain.md section 2; ``OPEN311`` is another city's door."""

    LAKSA = "laksa"
    CALL_112 = "call_112"
    CALL_CENTRE = "call_centre"
    SMS = "sms"
    EMAIL = "email"
    X = "x"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    WEBSITE = "website"
    OPEN311 = "open311"


class Priority(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``category``, ``district`` and ``agency`` are codes of the city folder.

    ``position`` is ``None`` when nobody said where (counted and listed, never dropped); ``is_outside``
    when it lies outside the city's outline. ``text`` was passed by an operator. Photos are content
    hashes (SHA-256, hex). ``evidence_ok`` is ``None`` until a finish photo has been checked; ``is_exempt``:
    done without one, as a supervisor of the room recorded. ``merged``: reports of the same thing that count on this one.
    """

    id: str
    state: ReportState
    category: str
    channel: Channel
    priority: Priority
    received_at: Moment
    changed_at: Moment
    position: Position | None = None
    is_outside: bool = False
    district: str | None = None
    place: str | None = None
    category_name: str | None = None
    agency: str | None = None
    incident: str | None = None
    merged: int = 0
    text: str | None = None
    photo_before: str | None = None
    photo_before_at: Moment | None = None
    photo_after: str | None = None
    photo_after_at: Moment | None = None
    evidence_ok: bool | None = None
    evidence_distance_m: float | None = None
    is_exempt: bool = False


class Totals(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One query's counts. They hold for the report topic at ``reports_seq`` of ``reports_epoch``.

    ``received`` is counted from the intake log, not by adding the states. ``without_position`` are
    reports in a state with a pin but with no position; ``outside`` those far outside the city; ``carried``
    those received before ``since`` and still open then: they are part of ``received`` and of the states.
    """

    since: Moment
    at: Moment
    reports_epoch: str
    reports_seq: int
    received: int
    new: int
    forwarded: int
    working: int
    done: int
    declined: int
    duplicate: int
    invalid: int
    reopened: int
    without_position: int = 0
    outside: int = 0
    carried: int = 0

    def ties_out(self) -> bool:
        parts = (self.new, self.forwarded, self.working, self.done, self.declined, self.duplicate, self.invalid, self.reopened)
        return sum(parts) == self.received

    def count(self, state: ReportState) -> int:
        return int(getattr(self, state.value))


class Incident(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Many reports of one thing, close in place, time and kind."""

    id: str
    title: str
    category: str
    since: Moment
    position: Position
    districts: tuple[str, ...]
    new: int
    forwarded: int
    working: int
    done: int

    @property
    def count(self) -> int:
        return self.new + self.forwarded + self.working + self.done


class TickerLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A report has arrived or changed its state: one line of the ticker."""

    report: str
    state: ReportState
    category: str
    channel: Channel
    priority: Priority
    at: Moment
    district: str | None = None
    place: str | None = None
    category_name: str | None = None


REPORT = Topic(name="report", body=Report, delivery=Delivery.LATEST, stale_after_s=60, freshness=FreshnessRule.SOURCE, keep=50_000)
TOTALS = Topic(name="totals", body=Totals, delivery=Delivery.LATEST, stale_after_s=60, freshness=FreshnessRule.SOURCE)
INCIDENT = Topic(name="incident", body=Incident, delivery=Delivery.LATEST, stale_after_s=60, freshness=FreshnessRule.SOURCE)
TICKER = Topic(name="ticker", body=TickerLine, delivery=Delivery.EVERY, stale_after_s=60, freshness=FreshnessRule.SOURCE, keep=500)
