"""Which invited devices want to be rung in an emergency, and where; one subscription a device. Units of work; knows no request.

A subscription lives as long as its device holds a session of somebody who may look: it opens nothing, and tells nobody who has left.
"""

import ipaddress
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Row, delete, insert, select

from feeds.identity import audit, sessions
from feeds.identity.devices import decoded
from feeds.identity.sessions import Session
from feeds.reports.roles import Actor, Permission, Role, may
from feeds.store.device_schema import DEVICE_KEYS, PUSH_RINGS, PUSH_SUBSCRIPTIONS
from feeds.store.schema import USERS

LONGEST_ENDPOINT = 1_000
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?", re.ASCII)
_MOST_NAME = 253
_POINT_BYTES = 65
_SECRET_BYTES = 16
_S = PUSH_SUBSCRIPTIONS.c


class PushProblem(ValueError):
    """A subscription that is not taken; the text says what is wrong with it."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device is rung. ``p256dh``: an uncompressed point of P-256. ``auth``: 16 bytes."""

    device: str
    endpoint: str
    p256dh: bytes
    auth: bytes


def read(device: str, endpoint: str, p256dh: str, auth: str) -> Subscription:
    """As a browser tells it, keys in base64url. Raises ``PushProblem``.

    A name is looked up when it is rung, not here: what it stands for may change, and whoever rings has to look again.
    """
    _need_service(endpoint)
    point, secret = decoded(p256dh.rstrip("=")), decoded(auth.rstrip("="))
    if secret is None or len(secret) != _SECRET_BYTES:
        raise PushProblem(f"auth: has to be {_SECRET_BYTES} bytes in base64url")
    if point is None or len(point) != _POINT_BYTES:
        raise PushProblem(f"p256dh: has to be {_POINT_BYTES} bytes in base64url")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as problem:
        raise PushProblem("p256dh: is no point of P-256") from problem
    return Subscription(device=device, endpoint=endpoint, p256dh=point, auth=secret)


def subscribe(connection: Connection, session: Session, given: Subscription, now: datetime) -> None:
    """Instead of the one this device had; the same again changes nothing. Raises ``PushProblem`` where the session is not bound to that
    device."""
    if session.device is None or session.device != given.device:
        raise PushProblem("only an invited device is rung, and only its own session asks for it")
    standing = connection.execute(select(PUSH_SUBSCRIPTIONS).where((_S.device == given.device) | (_S.endpoint == given.endpoint))).all()
    if [_subscription(row) for row in standing] == [given]:
        return
    # A browser's endpoint is its own: what a former owner of the phone asked for ends here.
    connection.execute(delete(PUSH_SUBSCRIPTIONS).where((_S.device == given.device) | (_S.endpoint == given.endpoint)))
    connection.execute(
        insert(PUSH_SUBSCRIPTIONS).values(
            device=given.device, endpoint=given.endpoint, p256dh=given.p256dh, auth=given.auth, created_at=now
        )
    )  # fmt: skip
    audit.write(connection, session.actor, "push_on", f"device {given.device}", at=now)


def unsubscribe(connection: Connection, session: Session, now: datetime) -> None:
    """The device is not rung any more; nothing where it was not."""
    connection.execute(delete(PUSH_RINGS).where(PUSH_RINGS.c.device == session.device))
    gone = connection.execute(delete(PUSH_SUBSCRIPTIONS).where(_S.device == session.device))
    if gone.rowcount:
        audit.write(connection, session.actor, "push_off", f"device {session.device}", at=now)


def is_subscribed(connection: Connection, session: Session) -> bool:
    return connection.scalar(select(_S.device).where(_S.device == session.device)) is not None


def forget(connection: Connection, endpoint: str) -> None:
    """The push service says that it knows this endpoint no more."""
    connection.execute(delete(PUSH_SUBSCRIPTIONS).where(_S.endpoint == endpoint))


def listening(connection: Connection, agency: str | None, now: datetime) -> list[Subscription]:
    """Who is rung: for an ``agency`` its own head, else whoever sees all of the city. What has ended is removed first."""
    connection.execute(delete(PUSH_SUBSCRIPTIONS).where(_S.device.not_in(sessions.bound_devices(now))))
    query = select(PUSH_SUBSCRIPTIONS, USERS.c.login, USERS.c.role, USERS.c.agency).select_from(
        PUSH_SUBSCRIPTIONS.join(DEVICE_KEYS, DEVICE_KEYS.c.id == _S.device).join(USERS, USERS.c.login == DEVICE_KEYS.c.login)
    )
    return [
        _subscription(row)
        for row in connection.execute(query.order_by(_S.created_at, _S.device))
        if _sees(Actor(id=row.login, role=Role(row.role), agency=row.agency), agency)
    ]


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(device=row.device, endpoint=row.endpoint, p256dh=row.p256dh, auth=row.auth)


def _sees(actor: Actor, agency: str | None) -> bool:
    if not may(actor, Permission.SEE_MIRROR, agency=actor.agency):
        return False
    if actor.role is not Role.HEAD:
        return agency is None
    return agency is not None and actor.agency == agency


def _need_service(endpoint: str) -> None:
    """Raises ``PushProblem``."""
    if len(endpoint) > LONGEST_ENDPOINT or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise PushProblem(f"endpoint: has to be an address of at most {LONGEST_ENDPOINT} characters")
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as problem:
        raise PushProblem("endpoint: is no address") from problem
    if parts.scheme != "https" or parts.username is not None or parts.password is not None or port not in (None, 443):
        raise PushProblem("endpoint: has to begin with https://, without a user or a port")
    host = parts.hostname or ""
    if (
        len(host) > _MOST_NAME
        or _NAME.fullmatch(host) is None
        or host.rstrip(".").endswith((".local", ".localhost", ".internal"))
        or _is_number(host)
    ):
        raise PushProblem("endpoint: has to be at a named host of the open Internet")


def _is_number(host: str) -> bool:
    """An address, in whatever spelling: names of the Internet do not end in a number."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return last.isdigit() or last.startswith("0x")
    return True
