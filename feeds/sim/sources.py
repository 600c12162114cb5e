"""The simulated upstream systems: what each feeds, how often it is checked, and whether it answers. Knows no bus."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feeds.messages.application import APPLICATION
from feeds.messages.camera import CAMERA
from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, EVALUATION
from feeds.messages.environment import AIR, FORECAST, RIVER
from feeds.messages.field import OFFICER, PRESENCE
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Topic
from feeds.messages.indicator import FINANCE, PROCUREMENT, PROGRESS
from feeds.messages.report import INCIDENT, REPORT, TICKER, TOTALS
from feeds.messages.system import Source, SourceState

TERMS = "simulasi"


@dataclass(frozen=True)
class Upstream:
    """One simulated system, checked every ``interval_s`` real seconds."""

    key: str
    title: str
    topics: tuple[Topic[Any], ...]
    interval_s: float


UPSTREAMS = (
    Upstream("log-laporan", "log laporan", (REPORT, TOTALS, INCIDENT, TICKER), 1.0),
    Upstream("evaluasi", "Evaluasi laporan", (DEADLINE, DEADLINE_TOTALS, EVALUATION), 5.0),
    Upstream("sigap", "SIGAP", (OFFICER, PRESENCE), 3.0),
    Upstream("sipd", "SIPD", (FINANCE,), 60.0),
    Upstream("emonev", "E-Monev", (PROGRESS,), 60.0),
    Upstream("spse", "SPSE/simulator", (PROCUREMENT,), 60.0),
    Upstream("bmkg", "BMKG", (HAZARD, FORECAST), 20.0),
    Upstream("tma", "Tinggi muka air", (RIVER,), 20.0),
    Upstream("udara", "Kualitas udara", (AIR,), 60.0),
    Upstream("cctv", "CCTV", (CAMERA,), 20.0),
    Upstream("aplikasi", "Aplikasi kota", (APPLICATION,), 60.0),
    Upstream("kabar", "Kabar kota", (NOTICE,), 300.0),
)


class Health:
    """The health of one upstream as its collector would tell it."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.due_at: datetime | None = None
        self._checked_at: datetime | None = None
        self._accepted = 0
        self._reason: str | None = None

    @property
    def is_down(self) -> bool:
        """Whether the last check failed."""
        return self._reason is not None

    def succeeded(self, now: datetime, accepted: int) -> None:
        """A check came through with so many records."""
        self._checked_at = now
        self._accepted += accepted
        self._reason = None

    def failed(self, reason: str) -> None:
        """A check failed; the time of the last good one stays."""
        self._reason = reason

    def message(self, *, outside: int = 0, without_position: int = 0) -> Source:
        """The state as the wall reads it."""
        state = SourceState.DOWN if self._reason else SourceState.OK if self._checked_at else SourceState.WAITING
        return Source(
            collector=self.upstream.key,
            title=self.upstream.title,
            topics=tuple(topic.name for topic in self.upstream.topics),
            state=state,
            checked_at=self._checked_at,
            interval_s=self.upstream.interval_s,
            accepted=self._accepted,
            outside=outside,
            without_position=without_position,
            reason=self._reason,
            terms=TERMS,
        )
