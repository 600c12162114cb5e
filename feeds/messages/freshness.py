"""One vocabulary for how fresh a value is. Pure; PanelFrame draws it, the hub computes it."""

from enum import StrEnum


class Freshness(StrEnum):
    """Ordered from best to worst by ``SEVERITY``."""

    LIVE = "live"
    LATE = "late"
    STALE = "stale"
    OFFLINE = "offline"
    ERROR = "error"
    WAITING = "waiting"
    """Nothing has arrived since the start, and it is too early to call it OFFLINE."""


SEVERITY = (Freshness.LIVE, Freshness.WAITING, Freshness.LATE, Freshness.STALE, Freshness.OFFLINE, Freshness.ERROR)

OFFLINE_AFTER_S = 3.0
"""Three missed heartbeats of one second."""

CLOCK_SKEW_SHOWN_S = 2.0


def by_age(age_s: float | None, stale_after_s: float) -> Freshness:
    """LIVE up to ``stale_after_s``, LATE up to three times that, then STALE; ``None`` (no value) is WAITING."""
    if age_s is None:
        return Freshness.WAITING
    if age_s <= stale_after_s:
        return Freshness.LIVE
    if age_s <= 3 * stale_after_s:
        return Freshness.LATE
    return Freshness.STALE


def worst(states: "tuple[Freshness, ...] | list[Freshness]") -> Freshness:
    """The most severe of ``states``; LIVE for none."""
    return max(states, key=SEVERITY.index, default=Freshness.LIVE)
