"""Keys of programs: ``lr_<id>_<secret>``, with scopes, an end and a withdrawal; the store keeps a digest. Knows no door."""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from feeds.identity import audit
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.schema import API_KEYS

SEEN_EVERY = timedelta(minutes=1)
"""The last use of a key is written at most so often."""

_SHAPE = re.compile(r"lr_([0-9a-f]{12})_[A-Za-z0-9_-]{43}", re.ASCII)


# Made once: each request asks both, and putting them together costs more than carrying them out.
_KEY = select(API_KEYS).where(API_KEYS.c.id == bindparam("key"))
_SEEN = (
    update(API_KEYS)
    .where(API_KEYS.c.id == bindparam("key"), API_KEYS.c.seen_at.is_(None) | (API_KEYS.c.seen_at < bindparam("before")))
    .values(seen_at=bindparam("now"))
)


class Scope(StrEnum):
    """What a key opens."""

    SUBMIT = "submit"
    UPDATES = "updates"
    MEDIA = "media"
    MIRROR = "mirror"
    """Shown by the mirror's service beside the session of one of its viewers."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is listed: never its secret."""

    id: str
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    seen_at: datetime | None = None


class KeyProblem(ValueError):
    """A key that cannot be made or found; the text says why."""


def add_key(
    connection: Connection, label: str, scopes: tuple[Scope, ...], now: datetime, by: Actor, expires_at: datetime | None = None
) -> tuple[Key, str]:
    """The new key and, this once, the whole of it to hand over. Raises ``KeyProblem``."""
    if not label.strip() or len(label) > 200:
        raise KeyProblem("a key needs a label of 1 to 200 characters that says who uses it")
    if not scopes:
        raise KeyProblem(f"a key needs a scope: {', '.join(Scope)}")
    if expires_at is not None and expires_at <= now:
        raise KeyProblem("the key would have ended already; give a later end")
    key_id = secrets.token_hex(6)
    whole = f"lr_{key_id}_{secrets.token_urlsafe(32)}"
    key = Key(
        id=key_id, label=label.strip(), scopes=tuple(str(one) for one in dict.fromkeys(scopes)), created_at=now, expires_at=expires_at
    )
    connection.execute(
        insert(API_KEYS).values(
            id=key.id, digest=digest_of(whole), label=key.label, scopes=list(key.scopes), created_at=now, expires_at=expires_at
        )
    )
    audit.write(connection, by, "add_key", f"key {key.id}", {"label": key.label, "scopes": list(key.scopes)}, at=now)
    return key, whole


def list_keys(connection: Connection) -> list[Key]:
    """Every key, oldest first."""
    columns = [API_KEYS.c[name] for name in Key.__struct_fields__]
    rows = connection.execute(select(*columns).order_by(API_KEYS.c.created_at, API_KEYS.c.id)).mappings()
    return [msgspec.convert({str(name): value for name, value in row.items()}, Key) for row in rows]


def revoke_key(connection: Connection, key_id: str, now: datetime, by: Actor) -> None:
    """From now on the key opens nothing; again is no error. Raises ``KeyProblem`` for an unknown one."""
    row = connection.execute(select(API_KEYS.c.revoked_at).where(API_KEYS.c.id == key_id)).first()
    if row is None:
        raise KeyProblem(f"no key {key_id!r}; `controlroom users key list` names them")
    if row.revoked_at is None:
        connection.execute(update(API_KEYS).where(API_KEYS.c.id == key_id).values(revoked_at=now))
        audit.write(connection, by, "revoke_key", f"key {key_id}", at=now)


def actor_of_key(connection: Connection, secret: str, scope: str, now: datetime) -> Actor | None:
    """Who a key stands for, when it is good for ``scope`` now; only reads, so that any look at the store may ask.

    ``secret``: the whole key as it was handed over. The actor's id is ``lr_<id>``, which no login can be.
    """
    shape = _SHAPE.fullmatch(secret)
    if shape is None:
        return None
    row = connection.execute(_KEY, {"key": shape[1]}).first()
    if row is None or not hmac.compare_digest(row.digest, digest_of(secret)):
        return None
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now) or scope not in row.scopes:
        return None
    return Actor(id=f"lr_{row.id}", role=Role.COLLECTOR)


def mark_seen(connection: Connection, actor: Actor, now: datetime) -> None:
    """Notes that the key of this actor was used."""
    connection.execute(_SEEN, {"key": actor.id.removeprefix("lr_"), "before": now - SEEN_EVERY, "now": now})
