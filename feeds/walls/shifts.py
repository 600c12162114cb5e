"""Handing over a shift, and who else has a report open. Units of work."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from feeds.identity import audit
from feeds.messages.report import OPEN_STATES
from feeds.messages.walls import Colleague, Handover, HandoverDraft
from feeds.reports.refusals import KeyUsed, Refused
from feeds.reports.roles import MATRIX, Actor, Forbidden, Permission, Role, rights
from feeds.reports.tellings import deadline_totals
from feeds.store.schema import REPORTS, USERS
from feeds.store.wall_schema import HANDOVERS, VIEWINGS
from feeds.walls.refusals import Accepted, UnknownHandover

PAGE = 50
VIEWING = timedelta(seconds=30)
_MOST_NUMBER = 2**31

_H = HANDOVERS.c
_HANDED = select(HANDOVERS, func.coalesce(USERS.c.name, _H.by).label("name")).outerjoin(USERS, USERS.c.login == _H.by)


def page(connection: Connection, actor: Actor, before: int | None) -> list[Handover]:
    """Newest first; ``before``: those with a smaller number. Raises ``Forbidden``."""
    _allow(actor)
    query = _HANDED.order_by(_H.number.desc()).limit(PAGE)
    rows = connection.execute(query if before is None else query.where(_H.number < before)).mappings()
    return [_handover(row) for row in rows]


def people(connection: Connection, actor: Actor) -> list[Colleague]:
    """Who may take a shift over from this person, by name. Raises ``Forbidden``."""
    _allow(actor)
    roles = [role for role in Role if Permission.ARRANGE_WALL in MATRIX[role]]
    named = select(USERS.c.login, USERS.c.name).where(USERS.c.is_active, USERS.c.role.in_(roles), USERS.c.login != actor.id)
    rows = connection.execute(named.order_by(USERS.c.name, USERS.c.login)).mappings()
    return [Colleague(login=row["login"], name=row["name"]) for row in rows]


def hand_over(
    connection: Connection, draft: HandoverDraft, actor: Actor, now: datetime, retry_key: str | None = None
) -> tuple[Handover, bool]:
    """With what is open, late and claimed as it stands; and whether it is new. Raises ``Forbidden``, ``Refused``, ``KeyUsed``.

    ``retry_key``: the sender's own name for this request; the same request sent again gets what it made the first time.
    """
    _allow(actor)
    if retry_key is not None and (sent := _sent_before(connection, draft, actor, retry_key)) is not None:
        return sent, False
    if draft.to is not None and not _can_take_over(connection, draft.to):
        raise Refused("to", "is nobody who works at the desks; give the login of an operator or lead")
    if draft.to == actor.id:
        raise Refused("to", "is who hands over")
    claimed = select(REPORTS.c.id).where(REPORTS.c.claimed_by == actor.id, REPORTS.c.claimed_until > now).order_by(REPORTS.c.id)
    is_open = select(func.count()).where(REPORTS.c.is_shown, REPORTS.c.state.in_(OPEN_STATES))
    written = insert(HANDOVERS).values(
        at=now,
        by=actor.id,
        notes=draft.notes,
        to=draft.to,
        open_reports=connection.scalar(is_open) or 0,
        late_reports=deadline_totals(connection, now).late,
        claimed=list(connection.scalars(claimed)),
        retry_key=retry_key,
    )
    number = connection.execute(written.returning(_H.number)).scalar_one()
    audit.write(connection, actor, "hand_over", f"handover {number}", {"to": draft.to}, at=now)
    return _get(connection, number), True


def accept(connection: Connection, number: int, actor: Actor, now: datetime) -> Handover:
    """By whom it names, a lead, or anybody where it names nobody; again changes nothing.

    Raises ``Forbidden``, ``UnknownHandover``, ``Accepted``, ``Refused``.
    """
    _allow(actor)
    found = _get(connection, number)
    if found.accepted_by == actor.id:
        return found
    if found.accepted_by is not None:
        raise Accepted(f"handover {number} has been accepted by {found.accepted_by}")
    if found.by == actor.id:
        raise Refused("number", "is one's own handover; whoever takes over accepts it")
    if found.to not in (None, actor.id) and Permission.TAKE_OVER not in rights(actor):
        raise Forbidden(actor, Permission.TAKE_OVER, f"a shift handed to {found.to}")
    connection.execute(update(HANDOVERS).where(_H.number == number).values(accepted_by=actor.id, accepted_at=now))
    audit.write(connection, actor, "accept_shift", f"handover {number}", {"from": found.by}, at=now)
    return msgspec.structs.replace(found, accepted_by=actor.id, accepted_at=now)


def view(connection: Connection, report: str, actor: Actor, now: datetime) -> list[str]:
    """Has the report open from now on; the names of who else has."""
    leave(connection, report, actor, now)
    connection.execute(insert(VIEWINGS).values(report=report, login=actor.id, until=now + VIEWING))
    name = func.coalesce(USERS.c.name, VIEWINGS.c.login)
    others = select(name).outerjoin(USERS, USERS.c.login == VIEWINGS.c.login)
    return list(connection.scalars(others.where(VIEWINGS.c.report == report, VIEWINGS.c.login != actor.id).order_by(name)))


def leave(connection: Connection, report: str, actor: Actor, now: datetime) -> None:
    """Has it open no longer; nor has anybody who has not said so for a while."""
    own = (VIEWINGS.c.report == report) & (VIEWINGS.c.login == actor.id)
    # The latter of a clock that has been set back since.
    is_over = (VIEWINGS.c.until <= now) | (VIEWINGS.c.until > now + 2 * VIEWING)
    connection.execute(delete(VIEWINGS).where(own | is_over))


def _allow(actor: Actor) -> None:
    if Permission.ARRANGE_WALL not in rights(actor):
        raise Forbidden(actor, Permission.ARRANGE_WALL)


def _can_take_over(connection: Connection, login: str) -> bool:
    role = connection.scalar(select(USERS.c.role).where(USERS.c.login == login, USERS.c.is_active))
    return role is not None and Permission.ARRANGE_WALL in MATRIX[Role(role)]


def _sent_before(connection: Connection, draft: HandoverDraft, actor: Actor, retry_key: str) -> Handover | None:
    row = connection.execute(_HANDED.where(_H.by == actor.id, _H.retry_key == retry_key)).mappings().first()
    if row is None:
        return None
    if (row["notes"], row["to"]) != (draft.notes, draft.to):
        raise KeyUsed("handover")
    return _handover(row)


def _get(connection: Connection, number: int) -> Handover:
    row = connection.execute(_HANDED.where(_H.number == number)).mappings().first() if 0 < number < _MOST_NUMBER else None
    if row is None:
        raise UnknownHandover(f"there is no handover {number}")
    return _handover(row)


def _handover(row: RowMapping) -> Handover:
    return Handover(**{name: row[name] for name in Handover.__struct_fields__})
