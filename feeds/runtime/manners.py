"""What a city's collectors owe a host together: a pace, and the pauses it asked for. Knows no HTTP client."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable

MINUTE_S = 60.0


class HostManners:
    """One for all collectors of a process, so that two sources on one host do not ask it twice as often."""

    def __init__(self, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        self._elapsed_s = elapsed_s
        self._asked_at: defaultdict[str, deque[float]] = defaultdict(deque)
        self._resume_at: dict[str, float] = {}

    def is_paused(self, host: str) -> bool:
        """Whether a pause the host asked for is not over."""
        return self._resume_at.get(host, 0.0) > self._elapsed_s()

    def pause(self, host: str, seconds: float) -> None:
        """The host asks not to be asked for ``seconds``."""
        self._resume_at[host] = max(self._resume_at.get(host, 0.0), self._elapsed_s() + seconds)

    async def wait_turn(self, host: str, per_minute: int) -> None:
        """Returns when one more request keeps ``per_minute`` for this host, whoever sent the others."""
        asked = self._asked_at[host]
        while True:
            now = self._elapsed_s()
            while asked and now - asked[0] >= MINUTE_S:
                asked.popleft()
            if len(asked) < per_minute:
                asked.append(now)
                return
            await asyncio.sleep(MINUTE_S - (now - asked[-per_minute]))
