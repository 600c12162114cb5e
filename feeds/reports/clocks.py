"""When a report must have been answered, accepted and finished, and from when on each is at risk. Pure.

Hours are those of the business calendar or of the whole day, as the category's clock says.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from feeds.messages.city import City, ReportClock, ReportRules
from feeds.messages.report import Priority

MOST_DAYS = 400
_NOTHING = timedelta(0)


class Schedule(NamedTuple):
    """A report's due times, and those at which ``ReportRules.at_risk_share`` of the hours up to each is gone; UTC."""

    respond_by: datetime
    accept_by: datetime
    finish_by: datetime
    respond_risk_at: datetime
    accept_risk_at: datetime
    finish_risk_at: datetime


def schedule(city: City, category: str, priority: Priority, since: datetime) -> Schedule:
    """Clocks that run from ``since`` on (aware)."""
    clock = clock_of(city.reports, category, priority)
    hours = hours_of(city.reports, clock)
    if clock.is_24h:
        return Schedule(*(since.astimezone(UTC) + timedelta(hours=each) for each in hours))
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
    """The moment (UTC) when ``hours`` of office time have passed since ``start`` (aware)."""
    return office_times(rules, zone, start, (hours,))[0]


def office_times(rules: ReportRules, zone: ZoneInfo, start: datetime, hours: tuple[float, ...]) -> list[datetime]:
    """As ``after_hours``, for several. Offices open by the city's own clocks, whenever these are changed."""
    begun = start.astimezone(UTC)
    a_day, opens, closes = _calendar(rules.hours, rules.days, rules.holidays, zone, begun.year)
    first = bisect_left(closes, begun)
    never = begun + timedelta(days=MOST_DAYS)
    if first == len(opens):
        return [never] * len(hours)
    gone = max(begun - opens[first], _NOTHING)
    found: list[datetime] = []
    for whole, rest in _in_days(hours, a_day):
        day, due = first + whole, gone + rest
        # What ends with a day is due at its end, not when the next one begins.
        if due > a_day:
            day, due = day + 1, due - a_day
        elif day > first and not due:
            day, due = day - 1, a_day
        found.append(opens[day] + due if day < len(opens) else never)
    return found


@lru_cache(maxsize=256)
def _in_days(hours: tuple[float, ...], a_day: timedelta) -> list[tuple[int, timedelta]]:
    """Whole office days and what is left beside them."""
    return [divmod(timedelta(hours=each), a_day) for each in hours]


@lru_cache(maxsize=64)
def _calendar(
    hours: tuple[str, str], days: tuple[int, ...], holidays: tuple[str, ...], zone: ZoneInfo, year: int
) -> tuple[timedelta, list[datetime], list[datetime]]:
    """How long offices are open, and when they open and close (UTC), from the beginning of ``year`` to ``MOST_DAYS`` after its end."""
    opens, closes = (time.fromisoformat(text) for text in hours)
    closed = frozenset(date.fromisoformat(day) for day in holidays)
    # From the last evening before: it may still be last year where the city is.
    every = (date(year, 1, 1) + timedelta(days=number) for number in range(-1, 366 + MOST_DAYS))
    open_days = [day for day in every if day.weekday() in days and day not in closed]
    moments = [[datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day in open_days] for at in (opens, closes)]
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens), moments[0], moments[1]
