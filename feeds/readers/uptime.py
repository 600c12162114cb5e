"""How an application has fared over a day: pure counting, ten minutes at a time."""

from collections import deque
from datetime import datetime

DAY_S = 24 * 3600
SPAN_S = 600


class Uptime:
    """Good probes of all probes within the last 24 hours; what lies further back is forgotten. Probes in maintenance are not told to it."""

    def __init__(self) -> None:
        self._spans: deque[tuple[int, int, int]] = deque()

    def count(self, is_good: bool, at: datetime) -> None:
        """One probe at ``at`` (aware); a clock that went back counts as the newest span."""
        span = int(at.timestamp()) // SPAN_S
        good, all_of_it = 0, 0
        if self._spans and self._spans[-1][0] >= span:
            span, good, all_of_it = self._spans.pop()
        self._spans.append((span, good + is_good, all_of_it + 1))
        while self._spans[0][0] <= span - DAY_S // SPAN_S:
            self._spans.popleft()

    def percent(self) -> float | None:
        """0 to 100; ``None`` before the first probe."""
        probes = sum(count for _, _, count in self._spans)
        return round(100 * sum(good for _, good, _ in self._spans) / probes, 2) if probes else None
