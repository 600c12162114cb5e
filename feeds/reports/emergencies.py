"""What rings the phones of those who asked for it: an open report of the highest priority, a warning of the highest severity.

A report that belongs to an incident rings for the incident: a storm of calls about one thing is one emergency.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from feeds.messages.hazard import Hazard, Severity
from feeds.messages.header import Message, Quality
from feeds.messages.report import OPEN_STATES, Priority
from feeds.store.schema import REPORTS


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """``subjects``: what it is known by; once one of them was seen, it was. ``agency``: whose head it concerns beside those who see all of
    the city. ``at``: when it last changed, or was issued."""

    subjects: tuple[str, ...]
    at: datetime
    agency: str | None = None


def of_reports(connection: Connection, since: datetime | None) -> list[Emergency]:
    """Open reports of priority ``emergency``, the first to come first; those alone that changed after ``since`` where that is given."""
    table = REPORTS.c
    query = select(table.id, table.incident, table.agency, table.changed_at).where(
        table.is_shown, table.state.in_(OPEN_STATES), table.priority == Priority.EMERGENCY
    )
    if since is not None:
        query = query.where(table.changed_at >= since)
    return [
        Emergency(subjects=_subjects(row.id, row.incident), at=row.changed_at, agency=row.agency)
        for row in connection.execute(query.order_by(table.received_at, table.id))
    ]


def of_hazards(messages: Iterable[Message[Hazard]], now: datetime) -> list[Emergency]:
    """Warnings that hold and are extreme; no drill, nothing simulated. The topic has none that does not concern the city."""
    return [
        Emergency(subjects=(f"hazard {hazard.id}"[:240],), at=hazard.issued_at)
        for message in messages
        if (hazard := message.body) is not None and message.quality is not Quality.SIMULATED and _is_extreme(hazard, now)
    ]


def _subjects(report: str, incident: str | None) -> tuple[str, ...]:
    return (f"report {report}",) if incident is None else (f"report {report}", f"incident {incident}")


def _is_extreme(hazard: Hazard, now: datetime) -> bool:
    holds = hazard.expires_at is None or hazard.expires_at > now
    return holds and hazard.severity is Severity.EXTREME and not hazard.is_drill
