"""Invitations to the mirror: a link that lets one device in, once, within a quarter of an hour. Units of work; knows no request.

The link's token is kept nowhere, only its digest. Whatever is wrong with one (unknown, used, ended, withdrawn, its user shut out), who
brings it is told the same.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from feeds.identity import audit
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Permission, Role, may
from feeds.store.device_schema import INVITATIONS
from feeds.store.schema import USERS

LIFE = timedelta(minutes=15)

AHEAD = timedelta(minutes=2)
"""So far may the clock of whoever made it be ahead of this one; one of a later hour means that a clock was set back."""

KEPT = timedelta(days=90)
"""How long one that is over is still listed; the audit log keeps it for good."""

ID_LETTERS = 16
_I = INVITATIONS.c


class InvitationProblem(ValueError):
    """An invitation that cannot be made or withdrawn; the text says why."""


class InvitationEnded(ValueError):
    """The one answer to a token that lets nobody in."""

    def __init__(self) -> None:
        super().__init__("this invitation is not good, or not any more; ask the control room for a new one")


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as it is listed. ``id``: the beginning of its digest, which opens nothing."""

    id: str
    login: str
    made_by: str
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    withdrawn_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """``used``, ``withdrawn``, ``ended`` or ``open``."""
        if self.used_at is not None:
            return "used"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if self.made_at - AHEAD <= now < self.ends_at else "ended"


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an invitation lets in."""

    invitation: str
    actor: Actor
    name: str


def make(connection: Connection, login: str, now: datetime, by: Actor) -> tuple[Invitation, str]:
    """The invitation and, this once, its token. ``login``: as it is kept. Raises ``InvitationProblem``."""
    user = connection.execute(select(USERS).where(USERS.c.login == login)).first()
    if user is None:
        raise InvitationProblem(f"no user {login!r}; `controlroom users list` names them")
    if not user.is_active:
        raise InvitationProblem(f"{login} is shut out; let them in first: `controlroom users disable {login} --undo`")
    if not may(Actor(id=login, role=Role(user.role), agency=user.agency), Permission.SEE_MIRROR, agency=user.agency):
        raise InvitationProblem(f"{login} has the role {user.role}, which does not see the mirror; {_INVITED} do")
    connection.execute(delete(INVITATIONS).where(_I.ends_at <= now - KEPT))
    token = secrets.token_urlsafe(32)
    invitation = Invitation(id=digest_of(token)[:ID_LETTERS], login=login, made_by=by.id, made_at=now, ends_at=now + LIFE)
    connection.execute(
        insert(INVITATIONS).values(digest=digest_of(token), login=login, made_by=by.id, made_at=now, ends_at=invitation.ends_at)
    )
    facts = {"login": login, "role": user.role, "ends_at": invitation.ends_at.isoformat()}
    audit.write(connection, by, "invite", f"invitation {invitation.id}", facts, at=now)
    return invitation, token


def look(connection: Connection, token: str, now: datetime) -> Guest:
    """Whom the token lets in now; uses nothing up. Raises ``InvitationEnded``."""
    row = _row(connection, token)
    guest = _guest(row) if row is not None else None
    if row is None or guest is None or _listed(row).state(now) != "open":
        raise InvitationEnded
    return guest


def use_up(connection: Connection, token: str, now: datetime) -> Guest:
    """As ``look``, and from now on it lets nobody in. Raises ``InvitationEnded``, of two at one moment for one of them."""
    guest = look(connection, token, now)
    is_open = (_I.digest == digest_of(token)) & _I.used_at.is_(None) & _I.withdrawn_at.is_(None)
    if not connection.execute(update(INVITATIONS).where(is_open).values(used_at=now)).rowcount:
        raise InvitationEnded
    return guest


def note_refusal(connection: Connection, token: str, address: str, now: datetime, why: str = "") -> None:
    """Writes into the audit log that a token let nobody in. ``why``: what else was wrong with a good one."""
    row = _row(connection, token)
    if row is None:
        audit.write(connection, Actor(id="?", role=Role.CITIZEN), "redeem_failed", "unknown invitation", {"address": address}, at=now)
        return
    listed = _listed(row)
    actor = Actor(id=row.login, role=Role(row.role), agency=row.agency)
    facts = {"address": address, "why": why or listed.state(now)}
    audit.write(connection, actor, "redeem_failed", f"invitation {listed.id}", facts, at=now)


def withdraw(connection: Connection, invitation: str, now: datetime, by: Actor) -> Invitation:
    """It lets nobody in any more; again is no error. Raises ``InvitationProblem`` for an unknown or used one."""
    found = [one for one in list_invitations(connection) if one.id == invitation]
    if not found:
        raise InvitationProblem(f"no invitation {invitation!r}; `controlroom invite --list` names them")
    one = found[0]
    if one.used_at is not None:
        raise InvitationProblem(f"invitation {one.id} is used; take the device away instead: `controlroom users devices {one.login}`")
    if one.withdrawn_at is None:
        _withdraw(connection, one, now, by)
    return msgspec.structs.replace(one, withdrawn_at=one.withdrawn_at or now)


def withdraw_all(connection: Connection, login: str, now: datetime, by: Actor) -> None:
    """Every open one of a user."""
    for one in list_invitations(connection):
        if one.login == login and one.state(now) == "open":
            _withdraw(connection, one, now, by)


def list_invitations(connection: Connection) -> list[Invitation]:
    """Every one that is kept, newest first."""
    return [_listed(row) for row in connection.execute(select(INVITATIONS).order_by(_I.made_at.desc(), _I.digest))]


_INVITED = ", ".join(role for role in Role if may(Actor(id="", role=role, agency="x"), Permission.SEE_MIRROR, agency="x"))


def _withdraw(connection: Connection, one: Invitation, now: datetime, by: Actor) -> None:
    connection.execute(update(INVITATIONS).where(_I.digest.startswith(one.id, autoescape=True)).values(withdrawn_at=now))
    audit.write(connection, by, "withdraw_invitation", f"invitation {one.id}", {"login": one.login}, at=now)


def _row(connection: Connection, token: str) -> Row[Any] | None:
    query = select(INVITATIONS, USERS.c.name, USERS.c.role, USERS.c.agency, USERS.c.is_active).join(USERS, USERS.c.login == _I.login)
    return connection.execute(query.where(_I.digest == digest_of(token))).first()


def _guest(row: Row[Any]) -> Guest | None:
    actor = Actor(id=row.login, role=Role(row.role), agency=row.agency)
    if not row.is_active or not may(actor, Permission.SEE_MIRROR, agency=actor.agency):
        return None
    return Guest(invitation=row.digest[:ID_LETTERS], actor=actor, name=row.name)


def _listed(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.digest[:ID_LETTERS], login=row.login, made_by=row.made_by, made_at=row.made_at, ends_at=row.ends_at, used_at=row.used_at,
        withdrawn_at=row.withdrawn_at,
    )  # fmt: skip
