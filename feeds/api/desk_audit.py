"""What the desk writes into the audit: each step with the revision it made, and whose words were shown to whom."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from feeds.api.doors import Doors
from feeds.identity import audit
from feeds.messages.actions import AnyAction
from feeds.messages.queue import Page
from feeds.reports.queue import sees_words
from feeds.reports.records import Record
from feeds.reports.roles import Actor
from feeds.store.schema import AUDIT

SAME_LOOK = timedelta(minutes=10)
"""A queue that is asked for again and again shows the same reports: one line for all of that."""


def acted(connection: Connection, doors: Doors, report: str, action: AnyAction, actor: Actor, revision: int) -> Record:
    """Takes the step and writes it down, in one transaction. Raises what ``ReportService.act`` raises."""
    after = doors.reports.act(connection, report, action, actor, revision=revision)
    kind = str(action.__struct_config__.tag)
    audit.write(connection, actor, kind, f"report {report}", {"revision": after.revision, "state": str(after.state)}, at=doors.clock())
    return after


async def looked(doors: Doors, actor: Actor, report: str, others: list[str]) -> None:
    """Before the report is shown. ``others``: those whose words are shown beside it."""
    if sees_words(actor):
        facts = {"alike": others} if others else {}
        await doors.write(lambda connection: audit.write(connection, actor, "see_report", f"report {report}", facts, at=doors.clock()))


async def looked_through(doors: Doors, actor: Actor, page: Page, *, is_searched: bool) -> None:
    """Before a page of the queue is shown, with the beginnings of what citizens wrote. What was searched for is not written down."""
    seen = [row.id for row in page.reports if row.words]
    if not sees_words(actor) or not (seen or is_searched):
        return
    action, facts = "search_words" if is_searched else "see_queue", {"reports": seen}
    if not await doors.read(lambda connection: _is_last(connection, doors, actor, action, facts)):
        await doors.write(lambda connection: audit.write(connection, actor, action, "queue", facts, at=doors.clock()))


def _is_last(connection: Connection, doors: Doors, actor: Actor, action: str, facts: Mapping[str, Any]) -> bool:
    own = (AUDIT.c.actor == actor.id) & (AUDIT.c.action == action) & (AUDIT.c.at > doors.clock() - SAME_LOOK)
    return connection.scalar(select(AUDIT.c.body).where(own).order_by(AUDIT.c.number.desc()).limit(1)) == facts
