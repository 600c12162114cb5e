"""When a report must have been answered, accepted and finished, and from when on each is at risk. Pure.

Hours are those of the business calendar or of the whole day, as the category's clock says.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feeds.messages.city import City, ReportClock, ReportRules
from feeds.messages.report import Priority

MOST_DAYS = 400


class Schedule(NamedTuple):
    """A report's due times, and those at which ``ReportRules.at_risk_share`` of the hours up to each is gone; aware."""

    respond_by: datetime
    accept_by: datetime
    finish_by: datetime
    respond_risk_at: datetime
    accept_risk_at: datetime
    finish_risk_at: datetime


def schedule(city: City, category: str, priority: Priority, since: datetime) -> Schedule:
    """Clocks that run from ``since`` on (aware); the times are in its zone."""
    clock = clock_of(city.reports, category, priority)
    hours = hours_of(city.reports, clock)
    if clock.is_24h:
        return Schedule(*(since + timedelta(hours=each) for each in hours))
    return Schedule(*office_times(city.reports, ZoneInfo(city.time_zone), since, hours))


def hours_of(rules: ReportRules, clock: ReportClock) -> tuple[float, ...]:
    """The hours of a ``Schedule``, in its order."""
    hours = (clock.respond_h, clock.accept_h, clock.finish_h)
    return (*hours, *(each * rules.at_risk_share for each in hours))


def clock_of(rules: ReportRules, category: str, priority: Priority) -> ReportClock:
    if priority is Priority.EMERGENCY:
        return rules.emergency
    return rules.clocks.get(category, rules.clock)


def after_hours(rules: ReportRules, zone: ZoneInfo, start: datetime, hours: float) -> datetime:
    """The moment when ``hours`` of office time have passed since ``start`` (aware); its zone is that of ``start``."""
    return office_times(rules, zone, start, (hours,))[0]


def office_times(rules: ReportRules, zone: ZoneInfo, start: datetime, hours: Sequence[float]) -> list[datetime]:
    """As ``after_hours``, for several. Offices are open by the city's own clocks, whenever these are changed."""
    local = start.astimezone(zone).replace(tzinfo=None)
    opens, closes, days = _calendar(rules.hours, rules.days, rules.holidays, local.year)
    first = bisect_left(days, local.date())
    if first < len(days) and local > datetime.combine(days[first], closes):
        first += 1
    if first == len(days):
        return [start + timedelta(days=MOST_DAYS)] * len(hours)
    begins = datetime.combine(days[first], opens)
    a_day = datetime.combine(days[first], closes) - begins
    gone = max(local - begins, timedelta(0))

    def due(left: timedelta) -> datetime:
        """When ``left`` of office time has passed since the first day began."""
        whole, rest = divmod(left, a_day)
        if whole and not rest:
            # What ends with a day is due at its end, not when the next one begins.
            whole, rest = whole - 1, a_day
        if first + whole >= len(days):
            return start + timedelta(days=MOST_DAYS)
        return (datetime.combine(days[first + whole], opens, tzinfo=zone) + rest).astimezone(start.tzinfo)

    return [due(gone + timedelta(hours=each)) for each in hours]


@lru_cache(maxsize=64)
def _calendar(hours: tuple[str, str], days: tuple[int, ...], holidays: tuple[str, ...], year: int) -> tuple[time, time, list[date]]:
    """When offices open and close, and on which days from the beginning of ``year`` to ``MOST_DAYS`` after its end."""
    opens, closes = (time.fromisoformat(text) for text in hours)
    closed = frozenset(date.fromisoformat(day) for day in holidays)
    every = (date(year, 1, 1) + timedelta(days=number) for number in range(366 + MOST_DAYS))
    return opens, closes, [day for day in every if day.weekday() in days and day not in closed]
