"""The publishers' heartbeats as a reader hears them: how old, and how far the clocks are apart. Does no I/O."""

from collections import deque
from collections.abc import Callable
from datetime import datetime

from feeds.messages.freshness import OFFLINE_AFTER_S
from feeds.messages.system import Heartbeat

_BEATS = 5
_PUBLISHERS = 64


class Pulse:
    """``clock`` gives aware times, ``monotonic`` seconds."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._began_at: float | None = None
        self._heard_at: float | None = None
        self._offsets: dict[str, deque[float]] = {}

    def heard(self, beat: Heartbeat) -> None:
        """A live heartbeat, not one from a snapshot."""
        self._heard_at = self._monotonic()
        if beat.publisher not in self._offsets and len(self._offsets) >= _PUBLISHERS:
            self._offsets.pop(next(iter(self._offsets)))
        offsets = self._offsets.setdefault(beat.publisher, deque(maxlen=_BEATS))
        offsets.append((self._clock() - beat.clock).total_seconds())

    def age_s(self) -> float | None:
        """Seconds since the last heartbeat of any publisher."""
        return None if self._heard_at is None else self._monotonic() - self._heard_at

    def is_silent(self) -> bool:
        """No heartbeat for three seconds, counted from the first question when there was never one."""
        if self._began_at is None:
            self._began_at = self._monotonic()
        since = self._began_at if self._heard_at is None else self._heard_at
        return self._monotonic() - since > OFFLINE_AFTER_S

    def skew_s(self) -> float | None:
        """This clock minus the publisher's, of the publisher that is farthest off; the least of its last five beats,
        because delay on the way only ever adds."""
        if not self._offsets:
            return None
        return max((min(offsets) for offsets in self._offsets.values()), key=abs)
