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


class ProbeFault(StrEnum):
    """Why an application is not simply up, for whoever words it in the room's language. Those with a figure name its unit."""

    HTTP_STATUS = "http_status"
    """The status it answered."""
    TIME_OUT = "time_out"
    """Seconds waited."""
    REFUSED = "refused"
    NAME_UNKNOWN = "name_unknown"
    UNREACHABLE = "unreachable"
    CERTIFICATE_ENDED = "certificate_ended"
    CERTIFICATE_REFUSED = "certificate_refused"
    EXPECT_MISSING = "expect_missing"
    DATA_TIME_MISSING = "data_time_missing"
    DATA_IN_FUTURE = "data_in_future"
    DATA_OLD = "data_old"
    """Seconds it promised."""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One application's last probe. ``since``: when it took this state. ``data_at``: time of its newest data, where it tells one.

    ``uptime_percent``: good probes of all probes without maintenance in the last 24 hours (domain.md, section 4); ``None`` before the
    first. ``reason`` is English, for logs; ``fault`` and its ``figure`` say the same to whoever shows it. ``certificate_days``: whole
    days until its TLS certificate ends; negative when it has ended.
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
    fault: ProbeFault | None = None
    figure: float | None = None


APPLICATION = Topic(name="application", body=Application, delivery=Delivery.LATEST, stale_after_s=300, freshness=FreshnessRule.SOURCE)
