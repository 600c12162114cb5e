"""Field officers: where those on a task are, and how many are present. Counts and numbers only, never names."""

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Position, Topic


class Officer(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` is a duty number, not a person's. ``seen_at`` is the phone's last heartbeat, ``position_at`` its last fix."""

    number: str
    agency: str
    is_on_task: bool
    seen_at: Moment
    position: Position | None = None
    position_at: Moment | None = None
    report: str | None = None


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """One agency's attendance: present of expected (registered - off - leave - duty elsewhere). Key: agency code."""

    agency: str
    present: int
    expected: int
    as_of: Moment


OFFICER = Topic(name="officer", body=Officer, delivery=Delivery.LATEST, stale_after_s=120, freshness=FreshnessRule.SOURCE)
PRESENCE = Topic(name="presence", body=Presence, delivery=Delivery.LATEST, stale_after_s=300, freshness=FreshnessRule.SOURCE)
