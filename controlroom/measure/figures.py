"""Arithmetic of measurements: percentiles, stalls, slopes. Pure; the goals stand beside the benches that call it."""

import math
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile (``share`` 0..1): a value that really occurred; ``None`` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def waits(overruns_ms: Iterable[float], every_ms: float) -> list[float]:
    """What would have been waited at each beat of ``every_ms``, had the timer not been held up with the rest.

    A timer that is late by 100 ms is one late beat of its own, but all beats in these 100 ms were late: by 95, 90, ... ms.
    Without them a rare long block hides among many short ones.
    """
    found: list[float] = []
    for overrun in overruns_ms:
        late = max(0.0, overrun)
        found.append(late)
        while (late := late - every_ms) > 0:
            found.append(late)
    return found


def slope_bound(at_s: Sequence[float], values: Sequence[float], over_s: float) -> tuple[float, float] | None:
    """Theil-Sen slope of ``values`` and its upper 95 % bound, both as growth in ``over_s`` seconds; ``None`` under ten samples."""
    if len(values) < 10:
        return None
    step = max(1, len(values) // 600)
    # Not needed by a wall, and slow to load.
    stats: Any = import_module("scipy.stats")
    found = stats.theilslopes(list(values[::step]), list(at_s[::step]), 0.95)
    return float(found.slope) * over_s, float(found.high_slope) * over_s


class RowOfNumbers:
    """Checks that numbers come one after the other: what a reader must hand on of each topic."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last = 0
        self.count = 0
        self.missing = 0
        self._is_anew = False

    def begin(self, number: int) -> None:
        """Everything up to ``number``, or somewhat more, is known from a snapshot."""
        self.last = number
        self._is_anew = True
        if self.first is None:
            self.first = number

    def take(self, number: int) -> None:
        """The next one; a jump counts what it left out."""
        if self.first is None:
            self.first = number - 1
            self.last = number - 1
        self.count += 1
        is_anew, self._is_anew = self._is_anew, False
        if is_anew:
            # A snapshot says the newest value's number; tombstones after it have numbers too.
            self.last = max(self.last, number)
        elif number > self.last:
            self.missing += number - self.last - 1
            self.last = number
