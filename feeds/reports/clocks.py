"""When a report must have been answered, accepted and finished: hours of the business calendar or of the whole day. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feeds.messages.city import City, ReportClock, ReportRules
from feeds.messages.report import Priority

MOST_DAYS = 400


def due_times(city: City, category: str, priority: Priority, received_at: datetime) -> tuple[datetime, datetime, datetime]:
    """Answer, acceptance and completion, as aware times in the zone of ``received_at``."""
    clock = clock_of(city.reports, category, priority)
    zone = ZoneInfo(city.time_zone)
    respond, accept, finish = (
        received_at + timedelta(hours=hours) if clock.is_24h else after_hours(city.reports, zone, received_at, hours)
        for hours in (clock.respond_h, clock.accept_h, clock.finish_h)
    )
    return respond, accept, finish


def clock_of(rules: ReportRules, category: str, priority: Priority) -> ReportClock:
    if priority is Priority.EMERGENCY:
        return rules.emergency
    return rules.clocks.get(category, rules.clock)


def after_hours(rules: ReportRules, zone: ZoneInfo, start: datetime, hours: float) -> datetime:
    """The moment when ``hours`` of office time have passed since ``start`` (aware); its zone is that of ``start``."""
    opens, closes = (time.fromisoformat(text) for text in rules.hours)
    left = timedelta(hours=hours)
    local = start.astimezone(zone)
    for day in (local.date() + timedelta(days=number) for number in range(MOST_DAYS)):
        if not is_working_day(rules, day):
            continue
        begins = max(datetime.combine(day, opens, zone), local).astimezone(start.tzinfo)
        room = datetime.combine(day, closes, zone).astimezone(start.tzinfo) - begins
        if room >= left > timedelta(0) or (left <= timedelta(0) and room >= timedelta(0)):
            return begins + left
        left -= max(room, timedelta(0))
    return start + timedelta(days=MOST_DAYS)


def is_working_day(rules: ReportRules, day: date) -> bool:
    return day.weekday() in rules.days and day.isoformat() not in rules.holidays
