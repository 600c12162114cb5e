"""How a report stands against its clocks: on time, at risk or late. Pure.

At risk is a report of whose time a share is gone, in the hours its clock counts: nobody is at risk over a week-end that does not count.
The columns ``due_at`` and ``risk_at`` of ``feeds.store.schema`` are the same rule for the database.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from feeds.messages.queue import Clock, Standing
from feeds.messages.report import OPEN_STATES, ReportState


class Timed(Protocol):
    """What a report's clocks say of it; ``feeds.reports.records.Record`` has it."""

    @property
    def state(self) -> ReportState: ...
    @property
    def respond_by(self) -> datetime | None: ...
    @property
    def accept_by(self) -> datetime | None: ...
    @property
    def finish_by(self) -> datetime | None: ...
    @property
    def responded_at(self) -> datetime | None: ...
    @property
    def accepted_at(self) -> datetime | None: ...
    @property
    def finished_at(self) -> datetime | None: ...


class Watched(Timed, Protocol):
    """And from when on it is at risk."""

    @property
    def respond_risk_at(self) -> datetime | None: ...
    @property
    def accept_risk_at(self) -> datetime | None: ...
    @property
    def finish_risk_at(self) -> datetime | None: ...


def running(report: Timed) -> dict[Clock, datetime]:
    """The clocks that still run, with their due times; none when the report is closed."""
    if report.state not in OPEN_STATES:
        return {}
    return {clock: due for clock, (due, stopped) in _clocks(report).items() if due is not None and stopped is None}


def standing(report: Watched, now: datetime) -> Mapping[Clock, Standing]:
    """Each running clock's standing at ``now`` (aware)."""
    risks = {Clock.RESPOND: report.respond_risk_at, Clock.ACCEPT: report.accept_risk_at, Clock.FINISH: report.finish_risk_at}
    return {clock: _judge(due, risks[clock], now) for clock, due in running(report).items()}


def worst(standings: Mapping[Clock, Standing]) -> Standing | None:
    """The one word for a line of the queue; ``None`` when no clock runs."""
    for found in (Standing.LATE, Standing.AT_RISK, Standing.ON_TIME):
        if found in standings.values():
            return found
    return None


def was_late(report: Timed, now: datetime) -> bool:
    """Whether any clock was or is overrun. What closes a report ends the clocks that nobody had stopped before."""
    is_open = report.state in OPEN_STATES
    end = now if is_open else report.finished_at or now
    return any(due is not None and (stopped or end) >= due for due, stopped in _clocks(report).values())


def _clocks(report: Timed) -> dict[Clock, tuple[datetime | None, datetime | None]]:
    return {
        Clock.RESPOND: (report.respond_by, report.responded_at),
        Clock.ACCEPT: (report.accept_by, report.accepted_at),
        Clock.FINISH: (report.finish_by, report.finished_at),
    }


def _judge(due: datetime, risk_at: datetime | None, now: datetime) -> Standing:
    if now >= due:
        return Standing.LATE
    return Standing.AT_RISK if risk_at is not None and now >= risk_at else Standing.ON_TIME
