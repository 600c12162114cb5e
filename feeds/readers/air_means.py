"""The 24-hour means on which the ISPU is defined, from what a station said through the day. Pure; knows no station.

Permen LHK P.14/2020 takes means of 24 hours; three quarters of the hours make a day whole, as is usual for air statistics (ours).
"""

import re
from collections.abc import Iterable
from datetime import datetime

DAY_H = 24
WHOLE_H = 18
"""Hours with a value that make a mean of the day; of fewer it is an estimate."""

_DAY = re.compile(
    r"(?:pt?)?(?:0?1(?:d|days?|hari)|24(?:h|hrs?|hours?|jam|:00(?::00)?)|1440(?:m|mins?|minutes?|menit))|86400s?|daily|harian"
)


def daily_mean(readings: Iterable[tuple[datetime, float]], at: datetime) -> tuple[float, int]:
    """The mean of the 24 hours to ``at`` and how many of them have a value (0, 0.0 for none). Each hour counts once."""
    by_hour: dict[int, list[float]] = {}
    for read_at, value in readings:
        age_h = (at - read_at).total_seconds() / 3_600
        if 0 <= age_h < DAY_H:
            by_hour.setdefault(int(age_h), []).append(value)
    means = [sum(values) / len(values) for values in by_hour.values()]
    return (sum(means) / len(means), len(means)) if means else (0.0, 0)


def is_of_a_day(said: str | None) -> bool:
    """Whether an averaging period is a day: ``24 h``, ``24 jam``, ``1 day``, ``24:00:00``, ``P1D``, ``harian``."""
    return said is not None and _DAY.fullmatch("".join(c for c in said.casefold() if c not in " _-.")) is not None
