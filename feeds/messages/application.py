"""The city's connected applications: whether each answers, and how old what it holds is."""

from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Topic


class ApplicationState(StrEnum):
    """``STALE``: it answers, but its newest data is older than it promises. The useful state: nobody else sees it."""

    UP = "up"
    STALE = "stale"
    DOWN = "down"
    MAINTENANCE = "maintenance"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One application's last probe. ``since``: when it took this state. ``data_at``: time of its newest data, where it tells one.

    ``uptime_percent``: good probes of all probes without maintenance in the last 24 hours (domain.md, section 4); ``None`` before the
    first. ``certificate_days``: whole days until its TLS certificate ends; negative when it has ended.
    """

    id: str
    name: str
    group: str
    is_public: bool
    state: ApplicationState
    checked_at: Moment
    since: Moment
    latency_ms: float | None = None
    uptime_percent: float | None = None
    data_at: Moment | None = None
    certificate_days: int | None = None
    reason: str | None = None


APPLICATION = Topic(name="application", body=Application, delivery=Delivery.LATEST, stale_after_s=300, freshness=FreshnessRule.SOURCE)
