"""The reports near a place, by one indexed question: what duplicates and bursts are looked for among. Knows the table of reports only."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, select

from feeds.geography import great_circle_km
from feeds.store.schema import REPORTS

_KM_OF_A_DEGREE = 111.195


def near(
    connection: Connection,
    columns: Sequence[ColumnElement[Any]],
    *,
    place: tuple[float, float],
    within_m: float,
    kinds: Sequence[str],
    since: datetime,
    until: datetime,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[tuple[RowMapping, float]]:
    """Rows of ``columns`` with their distance (m) from ``place`` (lon, lat), of these categories and times, the nearest first."""
    lon, lat = place
    high = within_m / 1_000 / _KM_OF_A_DEGREE * 1.01
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    query = select(REPORTS.c.lon, REPORTS.c.lat, *columns).where(
        REPORTS.c.category.in_(kinds),
        REPORTS.c.lat.between(lat - high, lat + high),
        REPORTS.c.lon.between(lon - wide, lon + wide),
        REPORTS.c.received_at.between(since, until),
        *where,
    )
    found: list[tuple[RowMapping, float]] = []
    for row in connection.execute(query).mappings():
        distance_m = great_circle_km(lon, lat, row["lon"], row["lat"]) * 1_000
        if distance_m <= within_m:
            found.append((row, distance_m))
    return sorted(found, key=lambda pair: pair[1])
