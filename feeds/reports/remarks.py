"""Writes down what happened to a report and is no step of its life: a new revision and an event, nothing the wall would show.

A unit of work, as in ``feeds.reports.service``. Knows no door.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from feeds.reports.refusals import Unknown
from feeds.reports.roles import Actor
from feeds.store.schema import EVENTS, REPORTS


def remark(connection: Connection, report: str, kind: str, body: dict[str, Any], actor: Actor, now: datetime) -> int:
    """The number of the event. Whether ``actor`` may is for the door to ask. Raises ``Unknown``."""
    query = select(REPORTS.c.revision, REPORTS.c.state).where(REPORTS.c.id == report).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise Unknown(f"there is no report {report}")
    revision = row.revision + 1
    connection.execute(update(REPORTS).where(REPORTS.c.id == report).values(revision=revision))
    event = insert(EVENTS).values(
        report=report, revision=revision, kind=kind, at=now, role=actor.role, actor=actor.id, before=row.state, after=row.state,
        reason=None, body=body,
    )  # fmt: skip
    return int((connection.execute(event).inserted_primary_key or (0,))[0])


def remarked_before(connection: Connection, report: str, kind: str, key: str) -> int | None:
    """The number of the event of that ``kind`` whose body carries ``key``."""
    rows = connection.execute(select(EVENTS.c.number, EVENTS.c.body).where(EVENTS.c.report == report, EVENTS.c.kind == kind))
    return next((int(row.number) for row in rows if row.body.get("key") == key), None)
