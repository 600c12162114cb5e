"""When a simulated report is due: its clocks run with the story, as its life does. Pure."""

from datetime import datetime

from feeds.messages.city import City
from feeds.messages.report import Priority
from feeds.reports.clocks import clock_of, due_times
from feeds.sim.timeline import Timeline


def due_in_story(
    timeline: Timeline, city: City, category: str, priority: Priority, received_at: datetime
) -> tuple[datetime, datetime, datetime]:
    """As ``feeds.reports.clocks.due_times``; where the story is sped up its hours count by day and night, for its night is minutes."""
    if timeline.speed <= 1:
        return due_times(city, category, priority, received_at)
    clock, begun_s = clock_of(city.reports, category, priority), timeline.story_s(received_at)
    respond, accept, finish = (timeline.stamp(begun_s + 3600 * hours) for hours in (clock.respond_h, clock.accept_h, clock.finish_h))
    return respond, accept, finish
