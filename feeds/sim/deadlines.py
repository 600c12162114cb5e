"""When a simulated report is due: its clocks run with the story, as its life does. Pure."""

from datetime import datetime

from feeds.messages.city import City
from feeds.messages.report import Priority
from feeds.reports.clocks import Schedule, clock_of, hours_of, schedule
from feeds.sim.timeline import Timeline


def schedule_in_story(timeline: Timeline, city: City, category: str, priority: Priority, received_at: datetime) -> Schedule:
    """As ``feeds.reports.clocks.schedule``; where the story is sped up its hours count by day and night, for its night is minutes."""
    if timeline.speed <= 1:
        return schedule(city, category, priority, received_at)
    clock, begun_s = clock_of(city.reports, category, priority), timeline.story_s(received_at)
    return Schedule(*(timeline.stamp(begun_s + 3600 * hours) for hours in hours_of(city.reports, clock)))
