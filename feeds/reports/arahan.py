"""Arahan: a leader's instruction on a report, with an owner and a date, until somebody says it is done.

Units of work, as in ``feeds.reports.service``. The row itself says who instructed whom and when; it changes no report.
"""

from collections.abc import Collection
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, or_, select, true, update

from feeds.messages.desk import Instruction
from feeds.reports.queue import visible
from feeds.reports.records import Record
from feeds.reports.refusals import Refused
from feeds.reports.roles import Actor, Forbidden, Permission, is_own_agency_only, may
from feeds.store.schema import INSTRUCTIONS, REPORTS, USERS

MOST_ROWS = 200


class NoInstruction(LookupError):
    """There is none of that number, or none this actor may see."""


def instruct(
    connection: Connection, record: Record, actor: Actor, *, text: str, owner: str, due_on: date, now: datetime, today: date,
    agencies: Collection[str],
) -> Instruction:  # fmt: skip
    """Writes one down. ``today``: of the city. Raises ``Forbidden``, ``Refused``."""
    if not may(actor, Permission.INSTRUCT, agency=record.agency, officer=record.officer):
        raise Forbidden(actor, Permission.INSTRUCT)
    if due_on < today:
        raise Refused("due_on", "lies in the past")
    if not text.strip():
        raise Refused("text", "says nothing")
    if owner not in agencies and connection.execute(select(USERS.c.login).where(USERS.c.login == owner, USERS.c.is_active)).first() is None:
        raise Refused("owner", "is neither an agency of this city nor a user")
    written = insert(INSTRUCTIONS).values(report=record.id, text=text, by=actor.id, owner=owner, due_on=due_on.isoformat(), at=now)
    number = connection.execute(written.returning(INSTRUCTIONS.c.number)).scalar_one()
    return _of(connection.execute(select(INSTRUCTIONS).where(INSTRUCTIONS.c.number == number)).mappings().one())


def finish(connection: Connection, number: int, actor: Actor, now: datetime) -> Instruction:
    """Marks it done, once: by its giver, its owner or a leader of the whole room. Raises ``NoInstruction``, ``Forbidden``."""
    query = select(INSTRUCTIONS).join(REPORTS, REPORTS.c.id == INSTRUCTIONS.c.report)
    row = connection.execute(query.where(INSTRUCTIONS.c.number == number, or_(*_reach(actor)))).mappings().first()
    if row is None:
        raise NoInstruction(f"there is no instruction {number}")
    is_leader = not is_own_agency_only(actor.role, Permission.INSTRUCT) and may(actor, Permission.INSTRUCT)
    if not is_leader and actor.id not in (row["by"], row["owner"]) and (actor.agency is None or actor.agency != row["owner"]):
        raise Forbidden(actor, Permission.INSTRUCT)
    if row["done_at"] is None:
        connection.execute(update(INSTRUCTIONS).where(INSTRUCTIONS.c.number == number).values(done_at=now))
        return msgspec.structs.replace(_of(row), done_at=now)
    return _of(row)


def of_report(connection: Connection, report: str) -> list[Instruction]:
    """All of one report, the oldest first."""
    query = select(INSTRUCTIONS).where(INSTRUCTIONS.c.report == report).order_by(INSTRUCTIONS.c.number)
    return [_of(row) for row in connection.execute(query).mappings()]


def open_ones(connection: Connection, actor: Actor, owner: str | None = None) -> list[Instruction]:
    """Those not done that this actor may see, the next due first, at most ``MOST_ROWS``."""
    query = select(INSTRUCTIONS).join(REPORTS, REPORTS.c.id == INSTRUCTIONS.c.report)
    query = query.where(INSTRUCTIONS.c.done_at.is_(None), or_(*_reach(actor)))
    if owner is not None:
        query = query.where(INSTRUCTIONS.c.owner == owner)
    rows = connection.execute(query.order_by(INSTRUCTIONS.c.due_on, INSTRUCTIONS.c.number).limit(MOST_ROWS)).mappings()
    return [_of(row) for row in rows]


def _reach(actor: Actor) -> list[ColumnElement[bool]]:
    """On a report one may see, or given to oneself or one's agency."""
    own = [owner for owner in (actor.id, actor.agency) if owner is not None]
    return [and_(true(), *visible(actor)), INSTRUCTIONS.c.owner.in_(own)]


def _of(row: RowMapping) -> Instruction:
    return msgspec.convert({name: row[name] for name in Instruction.__struct_fields__}, Instruction, strict=False)
