"""How a report stands against its clocks: on time, at risk or late. Pure.

At risk is a report of whose time a share is gone, in the hours its clock counts: nobody is at risk over a week-end that does not count.
The wall's list of deadlines (``feeds.reports.tellings``) follows the same rule.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from feeds.messages.city import City
from feeds.messages.report import OPEN_STATES, Priority, ReportState
from feeds.reports.clocks import after_hours, clock_of


class Clock(StrEnum):
    RESPOND = "respond"
    ACCEPT = "accept"
    FINISH = "finish"


class Standing(StrEnum):
    ON_TIME = "on_time"
    AT_RISK = "at_risk"
    LATE = "late"


class Timed(Protocol):
    """What of a report its clocks need; ``feeds.reports.records.Record`` has it."""

    @property
    def state(self) -> ReportState: ...
    @property
    def category(self) -> str: ...
    @property
    def priority(self) -> Priority: ...
    @property
    def received_at(self) -> datetime: ...
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


def running(report: Timed) -> dict[Clock, datetime]:
    """The clocks that still run, with their due times; none when the report is closed."""
    if report.state not in OPEN_STATES:
        return {}
    return {clock: due for clock, (due, stopped) in _clocks(report).items() if due is not None and stopped is None}


def standing(report: Timed, now: datetime, city: City) -> Mapping[Clock, Standing]:
    """Each running clock's standing at ``now`` (aware)."""
    return {clock: _judge(report, clock, due, now, city) for clock, due in running(report).items()}


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


def _judge(report: Timed, clock: Clock, due: datetime, now: datetime, city: City) -> Standing:
    if now >= due:
        return Standing.LATE
    return Standing.AT_RISK if now >= _at_risk_from(report, clock, city) else Standing.ON_TIME


def _at_risk_from(report: Timed, clock: Clock, city: City) -> datetime:
    rules = city.reports
    given = clock_of(rules, report.category, report.priority)
    hours = rules.at_risk_share * {Clock.RESPOND: given.respond_h, Clock.ACCEPT: given.accept_h, Clock.FINISH: given.finish_h}[clock]
    if given.is_24h:
        return report.received_at + timedelta(hours=hours)
    return after_hours(rules, ZoneInfo(city.time_zone), report.received_at, hours)
