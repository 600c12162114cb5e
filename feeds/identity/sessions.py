"""Sessions of people: a random token in a cookie, its digest in the store, an end. Knows no request."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.schema import SESSIONS, USERS

LIFE = timedelta(hours=12)
IDLE = timedelta(minutes=60)
SEEN_EVERY = timedelta(minutes=1)
"""The last use of a session is written at most so often."""

MOST_OF_A_USER = 20
"""Sessions of one login; the oldest end when there would be more."""

ID_LETTERS = 16


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session that holds now, and whose it is."""

    digest: str
    actor: Actor
    name: str
    csrf_digest: str
    seen_at: datetime
    ends_at: datetime
    must_change: bool


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner lists it. ``id``: the beginning of its digest, which opens nothing."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    device: str
    is_this: bool


def csrf_of(token: str) -> str:
    """What a page of this session sends along with every change: made of the cookie's token, which no other site can read."""
    return hmac.new(token.encode(), b"live room: csrf", hashlib.sha256).hexdigest()


def begin(connection: Connection, login: str, device: str, now: datetime, replaced: str | None = None) -> str:
    """A new session's token. ``replaced``: the token the browser came with, which ends: no token lives through a sign-in."""
    session = SESSIONS.c
    connection.execute(delete(SESSIONS).where((session.expires_at <= now) | (session.seen_at <= now - IDLE)))
    if replaced:
        end(connection, digest_of(replaced))
    others = connection.scalars(select(session.digest).where(session.login == login).order_by(session.seen_at.desc(), session.digest)).all()
    for digest in others[MOST_OF_A_USER - 1 :]:
        end(connection, digest)
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(SESSIONS).values(
            digest=digest_of(token), login=login, csrf=digest_of(csrf_of(token)), created_at=now, seen_at=now, expires_at=now + LIFE,
            device=device,
        )
    )  # fmt: skip
    return token


def find(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token, if it holds now and its user may still come in."""
    query = (
        select(SESSIONS, USERS.c.role, USERS.c.agency, USERS.c.name, USERS.c.must_change)
        .join(USERS, USERS.c.login == SESSIONS.c.login)
        .where(SESSIONS.c.digest == digest_of(token), USERS.c.is_active)
    )
    row = connection.execute(query).first()
    if row is None or row.expires_at <= now or row.seen_at <= now - IDLE:
        return None
    return Session(
        digest=row.digest,
        actor=Actor(id=row.login, role=Role(row.role), agency=row.agency),
        name=row.name,
        csrf_digest=row.csrf,
        seen_at=row.seen_at,
        ends_at=row.expires_at,
        must_change=row.must_change,
    )


def is_csrf(session: Session, given: str) -> bool:
    """Whether a change comes from a page of this session."""
    return hmac.compare_digest(session.csrf_digest, digest_of(given))


def mark_seen(connection: Connection, session: Session, now: datetime) -> None:
    """Notes that the session was used."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.digest == session.digest).values(seen_at=now))


def end(connection: Connection, digest: str) -> None:
    """The session opens nothing any more."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))


def end_all(connection: Connection, login: str) -> None:
    """Every session of a user."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.login == login))


def end_own(connection: Connection, session: Session, session_id: str) -> bool:
    """Ends one of the caller's own sessions by its listed id; false when there is none of that id."""
    if len(session_id) != ID_LETTERS or not session_id.isalnum():
        return False
    mine = SESSIONS.c.login == session.actor.id
    done = connection.execute(delete(SESSIONS).where(mine, SESSIONS.c.digest.startswith(session_id, autoescape=True)))
    return bool(done.rowcount)


def list_own(connection: Connection, session: Session, now: datetime) -> list[SessionRow]:
    """The caller's sessions that hold now, newest first."""
    table = SESSIONS.c
    query = (
        select(SESSIONS)
        .where(table.login == session.actor.id, table.expires_at > now, table.seen_at > now - IDLE)
        .order_by(table.created_at.desc(), table.digest)
    )
    return [
        SessionRow(
            id=row.digest[:ID_LETTERS], created_at=row.created_at, seen_at=row.seen_at, expires_at=row.expires_at, device=row.device or "",
            is_this=row.digest == session.digest,
        )
        for row in connection.execute(query)
    ]  # fmt: skip
