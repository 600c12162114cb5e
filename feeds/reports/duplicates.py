"""Which reports may tell of the same thing: near in place, kind and time, the likest words first. It suggests; only a person merges."""

from collections.abc import Iterable
from datetime import timedelta

from rapidfuzz import fuzz, utils
from sqlalchemy import Connection

from feeds.messages.city import City
from feeds.messages.desk import Alike
from feeds.messages.report import ReportState
from feeds.reports.nearby import near, near_query
from feeds.reports.records import Record
from feeds.reports.routing import same_kind
from feeds.store.schema import REPORTS

WITHIN_M = 250.0
WITHIN = timedelta(hours=72)
MOST = 10

_NO_PARENTS = (ReportState.DUPLICATE, ReportState.INVALID)
_PARENTS = near_query(
    (REPORTS.c.id, REPORTS.c.state, REPORTS.c.category, REPORTS.c.received_at, REPORTS.c.description),
    tuple(REPORTS.c.state != state for state in _NO_PARENTS),
)


def similarity(one: str, other: str) -> float:
    """How alike two texts are, 0 to 100, whatever the order of their words; 0 when either says nothing."""
    return round(fuzz.token_set_ratio(one, other, processor=utils.default_process), 1)


def ordered(found: Iterable[Alike]) -> tuple[Alike, ...]:
    """The likest first, then the nearest, at most ``MOST``."""
    return tuple(sorted(found, key=lambda alike: (-alike.similarity, alike.distance_m, alike.id))[:MOST])


def suggestions(connection: Connection, city: City, record: Record) -> tuple[Alike, ...]:
    """What ``record`` may be merged into; nothing for one that says not where it is."""
    place = record.position
    if place is None:
        return ()
    rows = near(
        connection,
        _PARENTS,
        itself=record.id,
        place=(place.lon, place.lat),
        within_m=WITHIN_M,
        kinds=same_kind(city, record.category),
        since=record.received_at - WITHIN,
        until=record.received_at + WITHIN,
    )
    return ordered(
        Alike(
            id=row["id"],
            state=ReportState(row["state"]),
            category=row["category"],
            received_at=row["received_at"],
            distance_m=round(distance_m, 1),
            similarity=similarity(record.description, row["description"]),
            words=row["description"][:280],
        )
        for row, distance_m in rows
    )
