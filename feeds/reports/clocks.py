"""When a report must have been answered, accepted and finished: hours of the business calendar or of the whole day. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from feeds.messages.city import City, ReportClock, ReportRules
from feeds.messages.report import Priority

MOST_DAYS = 400


def due_times(city: City, category: str, priority: Priority, received_at: datetime) -> tuple[datetime, datetime, datetime]:
    """Answer, acceptance and completion, as aware times in the zone of ``received_at``."""
    clock = clock_of(city.reports, category, priority)
    hours = (clock.respond_h, clock.accept_h, clock.finish_h)
    if clock.is_24h:
        respond, accept, finish = (received_at + timedelta(hours=each) for each in hours)
    else:
        respond, accept, finish = office_times(city.reports, ZoneInfo(city.time_zone), received_at, hours)
    return respond, accept, finish


def clock_of(rules: ReportRules, category: str, priority: Priority) -> ReportClock:
    if priority is Priority.EMERGENCY:
        return rules.emergency
    return rules.clocks.get(category, rules.clock)


def after_hours(rules: ReportRules, zone: ZoneInfo, start: datetime, hours: float) -> datetime:
    """The moment when ``hours`` of office time have passed since ``start`` (aware); its zone is that of ``start``."""
    return office_times(rules, zone, start, (hours,))[0]


def office_times(rules: ReportRules, zone: ZoneInfo, start: datetime, hours: Sequence[float]) -> list[datetime]:
    """As ``after_hours``, for several: the days are walked once. Offices are open by the city's own clocks, whenever these are changed."""
    opens, closes, holidays = _calendar(rules.hours, rules.holidays)
    local = start.astimezone(zone).replace(tzinfo=None)
    wanted = sorted((timedelta(hours=each), number) for number, each in enumerate(hours))
    found: dict[int, datetime] = {}
    gone, day, at = timedelta(0), local.date(), local
    for _ in range(MOST_DAYS):
        if day.weekday() in rules.days and day not in holidays:
            begins, ends = max(datetime.combine(day, opens), at), datetime.combine(day, closes)
            while len(found) < len(wanted) and begins <= ends and wanted[len(found)][0] <= gone + (ends - begins):
                left, number = wanted[len(found)]
                found[number] = (begins + (left - gone)).replace(tzinfo=zone).astimezone(start.tzinfo)
            gone += max(ends - begins, timedelta(0))
        if len(found) == len(wanted):
            break
        day += timedelta(days=1)
    return [found.get(number, start + timedelta(days=MOST_DAYS)) for number in range(len(hours))]


@lru_cache(maxsize=64)
def _calendar(hours: tuple[str, str], holidays: tuple[str, ...]) -> tuple[time, time, frozenset[date]]:
    opens, closes = (time.fromisoformat(text) for text in hours)
    return opens, closes, frozenset(date.fromisoformat(day) for day in holidays)
