"""Tries to sign in with a password, and what wrong ones cost: five from one place lock a login there, fifty from everywhere lock it for
every browser in which nobody has signed in as that user. Units of work; knows no request.

A stranger who guesses thus shuts out himself: whoever comes from elsewhere, or in a browser of theirs, is let in.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from feeds.identity import audit
from feeds.identity.limits import group_of
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.schema import DEVICES, SIGN_IN_FAILURES, USERS

MOST_FAILURES = 5
MOST_EVERYWHERE = 50
LOCKED_FOR = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)

DEVICE_LIFE = timedelta(days=180)
MOST_DEVICES = 20
"""Of one user; the one not seen for longest is forgotten first."""

_EVERYWHERE = ""
_F, _D = SIGN_IN_FAILURES.c, DEVICES.c


def settle(
    connection: Connection,
    login: str,
    kept: str | None,
    *,
    is_right: bool,
    address: str,
    device: str,
    now: datetime,
    rehashed: str | None = None,
) -> bool:
    """What a try comes to, once the password ``kept`` was looked at: true lets the user in. Counts, locks, writes the audit log.

    ``device``: the token of the browser. The lock is looked at here, in the one writer: of a hundred tries at once five are counted, not
    a hundred let through.
    """
    row = connection.execute(select(USERS).where(USERS.c.login == login)).first() if login else None
    if row is None:
        # What was typed may be somebody's password in the wrong field: it is not written down.
        audit.write(connection, Actor(id="?", role=Role.CITIZEN), "sign_in_failed", "unknown login", {"address": address}, at=now)
        return False
    actor = Actor(id=login, role=Role(row.role), agency=row.agency)
    places = _places(connection, login, address, device, now)
    is_locked = _is_locked(connection, login, places, now)
    is_good = is_right and not is_locked and row.is_active and row.password == kept
    if is_good:
        connection.execute(delete(SIGN_IN_FAILURES).where(_F.login == login, _F.origin.in_(places)))
        if rehashed:
            connection.execute(update(USERS).where(USERS.c.login == login).values(password=rehashed))
    elif not is_locked:
        for origin, most in places.items():
            _count(connection, login, origin, most, now)
    facts = {"address": address, **({"locked": is_locked} if not is_good else {"by": "password"})}
    audit.write(connection, actor, "sign_in" if is_good else "sign_in_failed", f"user {login}", facts, at=now)
    return is_good


def forgive(connection: Connection, login: str) -> None:
    """Every lock of a user is open."""
    connection.execute(delete(SIGN_IN_FAILURES).where(_F.login == login))


def remember(connection: Connection, login: str, device: str, now: datetime) -> str:
    """The token of this browser, from now on one of the user's. A token nobody has signed in with is not taken over: somebody else may
    have put it there."""
    is_known = (
        bool(device) and connection.execute(select(_D.login).where(_D.digest == digest_of(device), _is_young(now))).first() is not None
    )
    token = device if is_known else secrets.token_urlsafe(32)
    connection.execute(delete(DEVICES).where(~_is_young(now) | ((_D.digest == digest_of(token)) & (_D.login == login))))
    others = connection.scalars(select(_D.digest).where(_D.login == login).order_by(_D.seen_at.desc(), _D.digest)).all()
    connection.execute(delete(DEVICES).where(_D.login == login, _D.digest.in_(others[MOST_DEVICES - 1 :])))
    connection.execute(insert(DEVICES).values(digest=digest_of(token), login=login, seen_at=now))
    return token


def forget_devices(connection: Connection, login: str) -> None:
    """The user's browsers are strangers again."""
    connection.execute(delete(DEVICES).where(_D.login == login))


def _places(connection: Connection, login: str, address: str, device: str, now: datetime) -> dict[str, int]:
    """Where this try is counted, and how many are borne there."""
    if device:
        digest = digest_of(device)
        known = select(_D.login).where(_D.digest == digest, _D.login == login, _is_young(now))
        if connection.execute(known).first() is not None:
            return {f"device:{digest}": MOST_FAILURES}
    return {group_of(address): MOST_FAILURES, _EVERYWHERE: MOST_EVERYWHERE}


def _is_young(now: datetime):
    return _D.seen_at > now - DEVICE_LIFE


def _is_locked(connection: Connection, login: str, places: dict[str, int], now: datetime) -> bool:
    query = select(_F.origin).where(_F.login == login, _F.origin.in_(places), _F.locked_until > now)
    return connection.execute(query).first() is not None


def _count(connection: Connection, login: str, origin: str, most: int, now: datetime) -> None:
    here = (_F.login == login) & (_F.origin == origin)
    connection.execute(delete(SIGN_IN_FAILURES).where(_F.at <= now - FORGOTTEN_AFTER))
    before = connection.scalar(select(_F.count).where(here)) or 0
    count = before + 1
    is_last = count >= most
    connection.execute(delete(SIGN_IN_FAILURES).where(here))
    connection.execute(
        insert(SIGN_IN_FAILURES).values(
            login=login, origin=origin, count=0 if is_last else count, at=now, locked_until=now + LOCKED_FOR if is_last else None
        )
    )
