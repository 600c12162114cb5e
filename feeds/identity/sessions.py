"""Sessions of people: a random token in a cookie, its digest in the store, an end. Knows no request.

One that is bound to an invited device (``feeds.identity.devices``) lives longer than a desk's, for its token alone opens nothing; whoever
ends it on purpose takes the device's key away with it, or the device would come back by itself.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, insert, or_, select, update

from feeds.identity import audit, devices
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.device_schema import DEVICE_KEYS
from feeds.store.schema import SESSIONS, USERS

LIFE = timedelta(hours=12)
IDLE = timedelta(minutes=60)

BOUND_LIFE = timedelta(days=30)
BOUND_IDLE = timedelta(days=7)
"""Of a session that is bound to a device; then the device proves its key again."""

SEEN_EVERY = timedelta(minutes=1)
"""The last use of a session is written at most so often."""

MOST_OF_A_USER = 20
"""Sessions of one login; the oldest end when there would be more."""

ID_LETTERS = 16


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session that holds now, and whose it is. ``device``: the one it is bound to, and the public key of that; ``None`` at a desk."""

    digest: str
    actor: Actor
    name: str
    csrf_digest: str
    seen_at: datetime
    ends_at: datetime
    must_change: bool
    device: str | None = None
    device_key: bytes | None = None


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner lists it. ``id``: the beginning of its digest, which opens nothing. ``device``: what the browser calls itself;
    ``bound_to``: the name of the invited device."""

    id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    device: str
    is_this: bool
    bound_to: str | None = None


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as whoever manages users lists it."""

    id: str
    login: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    device: str
    bound_to: str | None = None


def csrf_of(token: str) -> str:
    """What a page of this session sends along with every change: made of the cookie's token, which no other site can read."""
    return hmac.new(token.encode(), b"live room: csrf", hashlib.sha256).hexdigest()


def life(device: str | None) -> timedelta:
    """How long a session lasts that is bound to ``device``."""
    return LIFE if device is None else BOUND_LIFE


def begin(
    connection: Connection, login: str, browser: str, now: datetime, replaced: str | None = None, *, device: str | None = None
) -> str:
    """A new session's token. ``browser``: what it calls itself. ``replaced``: the token it came with, which ends: no token lives through a
    sign-in. ``device``: the one the session is bound to."""
    session = SESSIONS.c
    connection.execute(delete(SESSIONS).where(~_holds(now)))
    if replaced:
        end(connection, digest_of(replaced))
    others = connection.scalars(select(session.digest).where(session.login == login).order_by(session.seen_at.desc(), session.digest)).all()
    for digest in others[MOST_OF_A_USER - 1 :]:
        end(connection, digest)
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(SESSIONS).values(
            digest=digest_of(token), login=login, csrf=digest_of(csrf_of(token)), created_at=now, seen_at=now,
            expires_at=now + life(device), device=browser, device_key=device,
        )
    )  # fmt: skip
    return token


def find(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session of a token, if it holds now and its user may still come in."""
    return find_all(connection, [token], now)[0]


def find_all(connection: Connection, tokens: Sequence[str], now: datetime) -> list[Session | None]:
    """As ``find``, of many at once, in their order."""
    digests = [digest_of(token) for token in tokens]
    rows = connection.execute(_FOUND.where(SESSIONS.c.digest.in_(digests), USERS.c.is_active, _holds(now)))
    found = {row.digest: _session(row) for row in rows}
    return [found.get(digest) for digest in digests]


def bound_devices(now: datetime) -> Select[tuple[str | None]]:
    """Ids of the devices to which a session is bound that holds now and whose user may still come in."""
    query = select(SESSIONS.c.device_key).join(USERS, USERS.c.login == SESSIONS.c.login)
    query = query.join(DEVICE_KEYS, DEVICE_KEYS.c.id == SESSIONS.c.device_key)
    return query.where(DEVICE_KEYS.c.removed_at.is_(None), USERS.c.is_active, _holds(now))


_FOUND: Select[Any] = (
    select(SESSIONS, USERS.c.role, USERS.c.agency, USERS.c.name, USERS.c.must_change, DEVICE_KEYS.c.public_key)
    .join(USERS, USERS.c.login == SESSIONS.c.login)
    .outerjoin(DEVICE_KEYS, DEVICE_KEYS.c.id == SESSIONS.c.device_key)
    .where(SESSIONS.c.device_key.is_(None) | (DEVICE_KEYS.c.id.is_not(None) & DEVICE_KEYS.c.removed_at.is_(None)))
)


def _holds(now: datetime) -> ColumnElement[bool]:
    table = SESSIONS.c
    at_a_desk = and_(table.device_key.is_(None), table.seen_at > now - IDLE)
    bound = and_(table.device_key.is_not(None), table.seen_at > now - BOUND_IDLE)
    return and_(table.expires_at > now, or_(at_a_desk, bound))


def _session(row: Row[Any]) -> Session:
    return Session(
        digest=row.digest,
        actor=Actor(id=row.login, role=Role(row.role), agency=row.agency, is_away=row.device_key is not None),
        name=row.name,
        csrf_digest=row.csrf,
        seen_at=row.seen_at,
        ends_at=row.expires_at,
        # A password that was handed over did not open this one.
        must_change=row.must_change and row.device_key is None,
        device=row.device_key,
        device_key=row.public_key,
    )


def is_csrf(session: Session, given: str) -> bool:
    """Whether a change comes from a page of this session."""
    return hmac.compare_digest(session.csrf_digest, digest_of(given))


def mark_seen(connection: Connection, found: Sequence[Session], now: datetime) -> None:
    """Notes that these sessions were used."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.digest.in_([one.digest for one in found])).values(seen_at=now))


def end(connection: Connection, digest: str) -> None:
    """The session opens nothing any more."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest))


def end_all(connection: Connection, login: str) -> None:
    """Every session of a user."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.login == login))


def end_listed(connection: Connection, session_id: str, now: datetime, by: Actor, login: str | None = None) -> str | None:
    """Ends a session by its listed id, of ``login`` alone where it is given; its device is taken away. Whose it was, ``None`` for none."""
    if len(session_id) != ID_LETTERS or not session_id.isalnum():
        return None
    table = SESSIONS.c
    query = select(table.digest, table.login, table.device_key).where(table.digest.startswith(session_id, autoescape=True))
    row = connection.execute(query if login is None else query.where(table.login == login)).first()
    if row is None:
        return None
    end(connection, row.digest)
    audit.write(connection, by, "end_session", f"session {session_id}", {"login": row.login}, at=now)
    if row.device_key is not None:
        devices.remove(connection, row.device_key, now, by)
    return row.login


def list_own(connection: Connection, session: Session, now: datetime) -> list[SessionRow]:
    """The caller's sessions that hold now, newest first."""
    return [
        SessionRow(
            id=row.digest[:ID_LETTERS], created_at=row.created_at, seen_at=row.seen_at, expires_at=row.expires_at, device=row.device or "",
            is_this=row.digest == session.digest, bound_to=row.label,
        )
        for row in connection.execute(_listed(now, session.actor.id))
    ]  # fmt: skip


def list_open(connection: Connection, now: datetime, login: str | None = None) -> list[OpenSession]:
    """Every session that holds now, newest first; of ``login`` alone where it is given."""
    return [
        OpenSession(
            id=row.digest[:ID_LETTERS], login=row.login, created_at=row.created_at, seen_at=row.seen_at, expires_at=row.expires_at,
            device=row.device or "", bound_to=row.label,
        )
        for row in connection.execute(_listed(now, login))
    ]  # fmt: skip


def _listed(now: datetime, login: str | None) -> Select[Any]:
    query = select(SESSIONS, DEVICE_KEYS.c.label).outerjoin(DEVICE_KEYS, DEVICE_KEYS.c.id == SESSIONS.c.device_key).where(_holds(now))
    if login is not None:
        query = query.where(SESSIONS.c.login == login)
    return query.order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.digest)
