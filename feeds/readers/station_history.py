"""What a station said before: how fast its value changes, whether its sensor stands still, whether it jumps. Pure; knows no station.

A source's memory holds it between rounds (``CollectorContext.memory``); after a restart it begins with what the file itself tells.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT_READINGS = 2_000
HOUR_S = 3_600.0
CHANGE_SPAN_S = (0.5 * HOUR_S, 1.5 * HOUR_S)
"""A reading so much older than the newest tells the change over an hour."""

FEWEST_FLAT = 3
"""Two equal readings a day apart say nothing of the time between."""


@dataclass
class History:
    """The readings of one station by time; a revised reading replaces the former one. Values are of one unit, the caller's."""

    kept_h: float
    readings: dict[datetime, float] = field(default_factory=dict[datetime, float])

    def add(self, readings: Iterable[tuple[datetime, float]]) -> None:
        """Take more readings, in any order; the old ones go."""
        self.readings.update(readings)
        newest = max(self.readings, default=None)
        if newest is None:
            return
        # One reading beyond what is kept says since when a value has stood.
        times = sorted(self.readings)
        oldest = newest - timedelta(hours=self.kept_h)
        kept = times[max(0, sum(at < oldest for at in times) - 1) :]
        stretch = _ends_of_stretches([(at, self.readings[at]) for at in kept])[-KEPT_READINGS:]
        self.readings = dict(stretch)

    def in_order(self) -> list[tuple[datetime, float]]:
        """The readings, oldest first."""
        return sorted(self.readings.items())

    def flat_h(self) -> float:
        """For how many hours the newest value has stood unchanged; 0 when too few readings say so."""
        order = self.in_order()
        if not order:
            return 0.0
        newest_at, newest = order[-1]
        same = 0
        since = newest_at
        for at, value in reversed(order):
            if value != newest:
                break
            since, same = at, same + 1
        return (newest_at - since).total_seconds() / HOUR_S if same >= FEWEST_FLAT else 0.0


def _ends_of_stretches(order: list[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """Of a long stretch of one value a few readings an hour are enough; all others stay."""
    kept: list[tuple[datetime, float]] = []
    for i, (at, value) in enumerate(order):
        is_inner = 0 < i < len(order) - 1 and order[i - 1][1] == value == order[i + 1][1]
        if not is_inner or not kept or (at - kept[-1][0]).total_seconds() >= 0.25 * HOUR_S:
            kept.append((at, value))
    return kept


def believed(order: Iterable[tuple[datetime, float]], low: float, high: float, max_jump_h: float) -> list[tuple[datetime, float]]:
    """The readings between ``low`` and ``high`` that do not jump from the last believed one by more than ``max_jump_h`` an hour.

    Within an hour the whole of an hour's rise is allowed: floods come in minutes.
    """
    good: list[tuple[datetime, float]] = []
    for at, value in order:
        if not low <= value <= high:
            continue
        if good:
            hours = max(1.0, (at - good[-1][0]).total_seconds() / HOUR_S)
            if abs(value - good[-1][1]) > max_jump_h * hours:
                continue
        good.append((at, value))
    return good


def change_per_hour(order: list[tuple[datetime, float]]) -> float | None:
    """The change from the reading nearest to an hour ago to the newest, per hour; ``None`` where there is none."""
    if not order:
        return None
    newest_at, newest = order[-1]
    low, high = CHANGE_SPAN_S
    ages = [((newest_at - at).total_seconds(), value) for at, value in order[:-1]]
    near = [(abs(age - HOUR_S), age, value) for age, value in ages if low <= age <= high]
    if not near:
        return None
    _, age, value = min(near)
    return (newest - value) / age * HOUR_S
