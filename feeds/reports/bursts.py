"""Many reports of one thing become one incident as they arrive or are placed: a rule and the unit of work that carries it out.

A report's incident is a name shared by its reports, no decision of anybody's: it changes no revision and writes no event.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select, update

from feeds.messages.city import City
from feeds.messages.report import PINLESS_STATES
from feeds.reports.nearby import near, near_query
from feeds.reports.records import Record, record_of
from feeds.reports.routing import same_kind
from feeds.store.schema import REPORTS

WITHIN_M = 500.0
WITHIN = timedelta(hours=2)
LEAST = 5
"""So many reports, the new one among them, are a burst."""

_AROUND = near_query(
    (REPORTS.c.id, REPORTS.c.received_at, REPORTS.c.incident),
    (REPORTS.c.link_digest.is_not(None), *(REPORTS.c.state != state for state in sorted(PINLESS_STATES))),
)


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A report of the new one's kind, within ``WITHIN_M`` and ``WITHIN`` of it."""

    id: str
    received_at: datetime
    incident: str | None = None


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """``incident`` is the report's from now on, and that of ``joins``."""

    incident: str
    joins: tuple[str, ...] = ()


def burst_of(name: str, around: Sequence[Near]) -> Burst | None:
    """What one more report makes of those ``around`` it, the nearest first; ``None`` while they are too few. ``name``: of a new incident.

    One near an incident joins it and brings nobody along; two incidents that meet stay two. So a storm that covers the city does not become
    one incident, and an arrival never changes more than the few that make a new one.
    """
    standing = next((one.incident for one in around if one.incident is not None), None)
    if standing is not None:
        return Burst(incident=standing)
    if len(around) + 1 < LEAST:
        return None
    joins = tuple(one.id for one in sorted(around, key=lambda one: (one.received_at, one.id)))
    return Burst(incident=name, joins=joins)


def gather(connection: Connection, city: City, record: Record) -> tuple[Record, tuple[Record, ...]]:
    """Gives a report about to be written, with its revision, its incident; also the others whose incident that changed, for the outbox.

    Reports that are led in another system keep the incidents that system says: they are those without a link of ours.
    """
    place = record.position
    if place is None:
        return record, ()
    rows = near(
        connection,
        _AROUND,
        itself=record.id,
        place=(place.lon, place.lat),
        within_m=WITHIN_M,
        kinds=same_kind(city, record.category),
        since=record.received_at - WITHIN,
        until=record.received_at + WITHIN,
    )
    around = [Near(id=row["id"], received_at=row["received_at"], incident=row["incident"]) for row, _ in rows]
    # Never the name of an incident that it or another left: a revision is there once.
    burst = burst_of(f"I-{record.id}-{record.revision}", around)
    if burst is None:
        return record, ()
    replace = msgspec.structs.replace
    if not burst.joins:
        return replace(record, incident=burst.incident), ()
    changed = REPORTS.c.id.in_(burst.joins)
    others = [record_of(row) for row in connection.execute(select(REPORTS).where(changed)).mappings()]
    connection.execute(update(REPORTS).where(changed).values(incident=burst.incident))
    return replace(record, incident=burst.incident), tuple(replace(other, incident=burst.incident) for other in others)
