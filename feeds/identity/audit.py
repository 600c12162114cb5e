"""Who did or read what, when: written in the transaction of the deed itself, never changed. Knows no door."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

from feeds.messages.desk import AuditPage, AuditRow
from feeds.reports.roles import Actor
from feeds.store.schema import AUDIT

MOST_ROWS = 200


def write(
    connection: Connection, actor: Actor, action: str, object: str, body: Mapping[str, Any] | None = None, *, at: datetime | None = None
) -> None:
    """One line. ``object``: what it was done to, as "report LR-1"; ``body``: facts, never a secret, never a citizen's words or name."""
    connection.execute(
        insert(AUDIT).values(
            at=at or datetime.now(UTC), actor=actor.id, role=str(actor.role), action=action, object=object[:200], body=dict(body or {})
        )
    )


def page(
    connection: Connection, *, before: int | None = None, actor: str | None = None, action: str | None = None, page_size: int = 50
) -> AuditPage:
    """A page of the log, newest first."""
    size = max(1, min(page_size, MOST_ROWS))
    query = select(AUDIT).order_by(AUDIT.c.number.desc()).limit(size + 1)
    if before is not None:
        query = query.where(AUDIT.c.number < before)
    if actor is not None:
        query = query.where(AUDIT.c.actor == actor)
    if action is not None:
        query = query.where(AUDIT.c.action == action)
    rows = [msgspec.convert({str(name): value for name, value in row.items()}, AuditRow) for row in connection.execute(query).mappings()]
    has_more = len(rows) > size
    rows = rows[:size]
    return AuditPage(rows=rows, before=rows[-1].number if has_more else None)
