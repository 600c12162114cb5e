"""Warnings and events of nature (BMKG and others), and the notices of the city."""

from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Position, Topic


class HazardKind(StrEnum):
    WEATHER = "weather"
    EARTHQUAKE = "earthquake"
    FLOOD = "flood"
    OTHER = "other"


class Severity(StrEnum):
    """CAP 1.2 severities."""

    EXTREME = "extreme"
    SEVERE = "severe"
    MODERATE = "moderate"
    MINOR = "minor"
    UNKNOWN = "unknown"


class Hazard(msgspec.Struct, frozen=True, kw_only=True):
    """``polygons``: closed rings of (lon, lat). ``districts``: codes of the city's districts they touch.

    ``attribution`` must be shown wherever the hazard is. ``is_drill`` when CAP status is not Actual.
    """

    id: str
    kind: HazardKind
    severity: Severity
    headline: str
    issued_at: Moment
    attribution: str
    onset_at: Moment | None = None
    expires_at: Moment | None = None
    area: str | None = None
    districts: tuple[str, ...] = ()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    position: Position | None = None
    magnitude: float | None = None
    depth_km: float | None = None
    distance_km: float | None = None
    is_drill: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One running line of city news or programme information."""

    id: str
    text: str
    at: Moment
    attribution: str
    expires_at: Moment | None = None


HAZARD = Topic(name="hazard", body=Hazard, delivery=Delivery.LATEST, stale_after_s=300, freshness=FreshnessRule.SOURCE)
NOTICE = Topic(name="notice", body=Notice, delivery=Delivery.LATEST, stale_after_s=3600, freshness=FreshnessRule.SOURCE)
