"""The reports near a place, by one indexed question: what duplicates and bursts are looked for among. Knows the table of reports only."""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, bindparam, or_, select

from feeds.geography import great_circle_km
from feeds.store.schema import REPORTS

_KM_OF_A_DEGREE = 111.195

MOST = 200
"""Of a crowd the newest are enough to see that it is one."""


def near_query(columns: Sequence[ColumnElement[Any]], where: Sequence[ColumnElement[bool]] = ()) -> Select[Any]:
    """The question that ``near`` asks, to be made once: ``columns`` of the reports for which ``where`` holds, but for the one itself."""
    return (
        select(REPORTS.c.lon, REPORTS.c.lat, *columns)
        .where(
            REPORTS.c.lat.between(bindparam("south"), bindparam("north")),
            REPORTS.c.lon.between(bindparam("west"), bindparam("east")),
            REPORTS.c.received_at.between(bindparam("since"), bindparam("until")),
            REPORTS.c.id != bindparam("itself"),
            *where,
        )
        .order_by(REPORTS.c.received_at.desc())
        .limit(MOST)
    )


@lru_cache(maxsize=64)
def _of_kinds(query: Select[Any], count: int) -> Select[Any]:
    """A ``near_query`` of so many categories, made once: a list of any length would be written out anew at each question."""
    return query.where(or_(*(REPORTS.c.category == bindparam(f"kind_{number}") for number in range(count))))


def near(
    connection: Connection,
    query: Select[Any],
    *,
    itself: str,
    place: tuple[float, float],
    within_m: float,
    kinds: Sequence[str],
    since: datetime,
    until: datetime,
) -> list[tuple[RowMapping, float]]:
    """Rows of a ``near_query`` with their distance (m) from ``place`` (lon, lat), of these categories and times, the nearest first."""
    lon, lat = place
    high = within_m / 1_000 / _KM_OF_A_DEGREE * 1.01
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    asked = {f"kind_{number}": kind for number, kind in enumerate(kinds)} | {
        "south": lat - high, "north": lat + high, "west": lon - wide, "east": lon + wide, "since": since, "until": until, "itself": itself,
    }  # fmt: skip
    found: list[tuple[RowMapping, float]] = []
    for row in connection.execute(_of_kinds(query, len(kinds)), asked).mappings():
        distance_m = great_circle_km(lon, lat, row["lon"], row["lat"]) * 1_000
        if distance_m <= within_m:
            found.append((row, distance_m))
    return sorted(found, key=lambda pair: pair[1])
