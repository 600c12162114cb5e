"""How the simulated story lies on the real clock. Pure; knows nothing of what happens in the story."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

OPENING_S = 14 * 3600.0
"""The day that is already under way when a simulation starts, seconds of story."""

_SHORTEST_PAST_S = 3600.0


class Timeline:
    """Story seconds to real stamps and back; second 0 is the start.

    The clock on the wall stays real: every stamp is a real instant. ``speed`` only shortens waiting, so N story seconds take
    N / speed real ones. The past before the start is not sped up; shortly after midnight it is pressed together, so that most of
    the opening board belongs to the new day.
    """

    def __init__(self, start: datetime, *, speed: float, time_zone: str) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed}; it must be a number above 0")
        self.start = start.astimezone(UTC)
        self.speed = speed
        self._zone = ZoneInfo(time_zone)
        local = start.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        today_s = (local - midnight).total_seconds()
        self._past_scale = min(1.0, max(today_s, _SHORTEST_PAST_S) / OPENING_S)

    def stamp(self, story_s: float) -> datetime:
        """The real instant (UTC, whole milliseconds) of a story second."""
        offset_s = story_s * self._past_scale if story_s < 0 else story_s / self.speed
        return self.start + timedelta(milliseconds=round(offset_s * 1000))

    def story_s(self, now: datetime) -> float:
        """The story second at a real instant."""
        real_s = (now - self.start).total_seconds()
        return real_s / self._past_scale if real_s < 0 else real_s * self.speed

    def hour_of_day(self, story_s: float) -> int:
        """The story's own local hour: a night passes quickly at a high speed."""
        return (self.start + timedelta(seconds=story_s)).astimezone(self._zone).hour
