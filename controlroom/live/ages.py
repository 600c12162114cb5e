"""How old a value is although no two clocks agree. Pure bookkeeping; clocks are handed in.

Clocks are compared only with themselves: what a value had aged when it was published by its publisher's clock, how late it came by the
same clock (the heartbeat tells what it says now), and since then this machine's monotonic clock.
"""

from collections import deque
from datetime import datetime, timedelta

from feeds.messages.freshness import OFFLINE_AFTER_S
from feeds.messages.header import Message
from feeds.messages.system import Heartbeat

_BEATS = 5


class _Publisher:
    __slots__ = ("clock", "heard_at_s", "offsets")

    def __init__(self, clock: datetime, heard_at_s: float) -> None:
        self.clock = clock
        self.heard_at_s = heard_at_s
        self.offsets: deque[float] = deque(maxlen=_BEATS)


class Publishers:
    """Who beats, since when it is silent, and what its clock says. Seconds are of one monotonic clock."""

    def __init__(self) -> None:
        self._known: dict[str, _Publisher] = {}

    def on_beat(self, beat: Heartbeat, now: datetime, now_s: float) -> None:
        """A live heartbeat, not one from a snapshot."""
        publisher = self._known.setdefault(beat.publisher, _Publisher(beat.clock, now_s))
        publisher.clock, publisher.heard_at_s = beat.clock, now_s
        publisher.offsets.append((now - beat.clock).total_seconds())

    def silence_s(self, name: str, now_s: float) -> float | None:
        """Since its last heartbeat; ``None`` before the first."""
        publisher = self._known.get(name)
        return None if publisher is None else now_s - publisher.heard_at_s

    def least_silence_s(self, now_s: float) -> float | None:
        """Since the last heartbeat of any publisher."""
        return min((now_s - publisher.heard_at_s for publisher in self._known.values()), default=None)

    def skew_s(self, now_s: float) -> float | None:
        """This clock minus the publisher's, of the one that is farthest off among those that beat; the least of its last five
        beats, because delay on the way only ever adds."""
        beating = [publisher for publisher in self._known.values() if now_s - publisher.heard_at_s <= OFFLINE_AFTER_S]
        return max((min(publisher.offsets) for publisher in beating), key=abs, default=None)

    def clock_at(self, name: str, at_s: float) -> tuple[datetime, bool] | None:
        """What the publisher's clock said at ``at_s``, and whether a heartbeat of about that time says so; ``None`` without any."""
        publisher = self._known.get(name)
        if publisher is None:
            return None
        return publisher.clock + timedelta(seconds=at_s - publisher.heard_at_s), publisher.heard_at_s >= at_s - OFFLINE_AFTER_S


class Recent:
    """How many of something there were since it began; forgotten ``forgotten_after_s`` after the last. Told totals that only grow."""

    def __init__(self, forgotten_after_s: float) -> None:
        self._forgotten_after_s = forgotten_after_s
        self._before = self._total = 0
        self._last_at_s = 0.0

    def on_total(self, total: int, now_s: float) -> None:
        if total < self._total:
            self._before = 0
        elif total > self._total and self.count(now_s) == 0:
            self._before = self._total
        if total != self._total:
            self._total, self._last_at_s = total, now_s

    def count(self, now_s: float) -> int:
        return self._total - self._before if now_s - self._last_at_s < self._forgotten_after_s else 0


class Stamp:
    """When one value was true: its time at the source as the publisher told it, and when that reached this machine (monotonic seconds)."""

    __slots__ = ("_aged_s", "_arrived_at_s", "_late_s", "_published_at", "true_at")

    def __init__(self, message: Message[object], true_at: datetime, now_s: float) -> None:
        self.true_at = true_at
        self._published_at = message.published_at
        self._aged_s = max(0.0, (message.published_at - true_at).total_seconds())
        self._arrived_at_s = now_s
        self._late_s: float | None = None

    def age_s(self, publishers: Publishers, owner: str | None, now: datetime, now_s: float) -> float:
        """Seconds, never negative. ``owner`` published it; as long as it has not beaten, the clocks are taken for equal."""
        told_s = self._aged_s + now_s - self._arrived_at_s
        if self._late_s is not None:
            return told_s + self._late_s
        clock = publishers.clock_at(owner, self._arrived_at_s) if owner is not None else None
        if clock is None:
            return max(told_s, (now - self.true_at).total_seconds())
        said_then, is_sure = clock
        late_s = max(0.0, (said_then - self._published_at).total_seconds())
        if is_sure:
            self._late_s = late_s
        return told_s + late_s
