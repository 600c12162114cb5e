"""What a gauge's newest level is worth and what it means: believed or not, how fast it changes, which of its thresholds it has reached.

Pure; (ours) where no source is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from feeds.messages.environment import Fault, WaterLevel
from feeds.readers.river_tables import Level, Thresholds
from feeds.readers.station_history import History, believed, change_per_hour

POSSIBLE_CM = (-500.0, 5_000.0)
"""A level above its own zero lies between these."""

POSSIBLE_ABOVE_SEA_CM = (-50_000.0, 900_000.0)


@dataclass(frozen=True)
class Judged:
    """The newest level (cm) with its time; ``change_cm_h`` is ``None`` without an earlier level, and where ``fault`` says why."""

    at: datetime
    level_cm: float
    fault: Fault | None
    change_cm_h: float | None


def judged(history: History, levels: Sequence[Level], *, flat_after_h: float, max_jump_cm_h: float) -> Judged:
    """Take ``levels`` (at least one) into ``history`` and judge the newest of all."""
    history.add((level.at, round(level.level_cm, 2)) for level in levels)
    order = history.in_order()
    at, value = order[-1]
    low, high = POSSIBLE_ABOVE_SEA_CM if levels[-1].is_above_sea else POSSIBLE_CM
    good = believed(order, low, high, max_jump_cm_h)
    if not good or good[-1][0] != at:
        return Judged(at, value, Fault.IMPOSSIBLE, None)
    if history.flat_h() > flat_after_h:
        return Judged(at, value, Fault.FLAT, None)
    change = change_per_hour(good)
    return Judged(at, value, None, None if change is None else round(change, 1))


def is_rising(marks: Thresholds) -> bool:
    """Whether those of watch, alert and danger that are given rise in this order."""
    return all(low < high for low, high in pairwise(mark for mark in marks if mark is not None))


def state_of(level_cm: float, thresholds_cm: Thresholds) -> WaterLevel | None:
    """What a level means at thresholds (watch, alert, danger; a level at one has reached it); ``None`` where there is none."""
    if all(mark is None for mark in thresholds_cm):
        return None
    for mark, state in zip(reversed(thresholds_cm), (WaterLevel.DANGER, WaterLevel.ALERT, WaterLevel.WATCH), strict=True):
        if mark is not None and level_cm >= mark:
            return state
    return WaterLevel.NORMAL
