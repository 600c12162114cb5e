"""Keys of invited devices: a browser makes a P-256 pair, never hands out its private half, and proves it by a signature.

Units of work; knows no request.
"""

import base64
import binascii
import hashlib
import re
import secrets
from datetime import datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy import Connection, delete, func, insert, select, update

from feeds.identity import audit
from feeds.reports.roles import Actor, Permission, Role, may
from feeds.store.device_schema import DEVICE_KEYS
from feeds.store.schema import SESSIONS, USERS

MOST_OF_A_USER = 10
"""Devices of one login; the one not seen for longest is removed when there would be more."""

UNUSED = timedelta(days=90)
"""A device that has proved nothing for so long has to be invited again."""

MOST_LABEL = 100
_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""What every P-256 key begins with as browsers export it: SubjectPublicKeyInfo, the curve by its name, a whole point."""

_POINT_BYTES = 64
_SIGNATURE_BYTES = 64
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_D = DEVICE_KEYS.c


class DeviceProblem(ValueError):
    """A key, a proof or a name of a device that is not taken; the text says what to do."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device as it is listed. ``seen_at``: when it last proved its key, or its session was last used."""

    id: str
    login: str
    label: str
    created_at: datetime
    seen_at: datetime
    removed_at: datetime | None = None


def read_key(text: str) -> bytes:
    """SubjectPublicKeyInfo of a P-256 key as WebCrypto exports it, from base64url. Raises ``DeviceProblem``."""
    spki = decoded(text)
    if spki is None or len(spki) != len(_HEAD) + _POINT_BYTES or not spki.startswith(_HEAD):
        raise DeviceProblem("the device's key is no P-256 public key as a browser exports it (spki)")
    _loaded(spki)
    return spki


def is_proof(spki: bytes, proof: str, said: str) -> bool:
    """Whether ``proof`` is this key's signature of ``said`` (ECDSA with SHA-256, r and s of 32 bytes each, base64url)."""
    raw = decoded(proof)
    if raw is None or len(raw) != _SIGNATURE_BYTES:
        return False
    half = _SIGNATURE_BYTES // 2
    signature = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    try:
        _loaded(spki).verify(signature, said.encode(), ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, DeviceProblem):
        return False
    return True


def decoded(text: str) -> bytes | None:
    """The bytes of base64url without padding; ``None`` for any other text."""
    if _BASE64URL.fullmatch(text) is None:
        return None
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None


def encoded(content: bytes) -> str:
    """As ``decoded`` reads it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def id_of(spki: bytes) -> str:
    """A device's name: the beginning of its key's digest, so that the device knows it without being told."""
    return hashlib.sha256(spki).hexdigest()[:16]


def add(connection: Connection, actor: Actor, spki: bytes, label: str, now: datetime) -> str:
    """The id of this user's device; a key that is kept already keeps its own. Raises ``DeviceProblem``."""
    name = label.strip()
    if not name or len(name) > MOST_LABEL or not name.isprintable():
        raise DeviceProblem(f"name the device in 1 to {MOST_LABEL} printable characters")
    own = (_D.login == actor.id) & _D.removed_at.is_(None)
    known = connection.scalar(select(_D.id).where(own, _D.public_key == spki))
    if known is not None:
        connection.execute(update(DEVICE_KEYS).where(_D.id == known).values(label=name, seen_at=now))
        return known
    others = connection.scalars(select(_D.id).where(own).order_by(_D.seen_at.desc(), _D.id)).all()
    for device in others[MOST_OF_A_USER - 1 :]:
        remove(connection, device, now, actor)
    device = id_of(spki)
    if connection.scalar(select(_D.id).where(_D.id == device)) is not None:
        # Of another user, or removed: that one keeps its name.
        device = secrets.token_hex(8)
    connection.execute(insert(DEVICE_KEYS).values(id=device, login=actor.id, public_key=spki, label=name, created_at=now, seen_at=now))
    audit.write(connection, actor, "add_device", f"device {device}", at=now)
    return device


def sign_in(connection: Connection, device: str, proof: str, said: str, address: str, now: datetime) -> str | None:
    """The login whose device proved its key, ``None`` for any other: nobody learns what was wrong. Writes the audit log."""
    row = None
    if _ID.fullmatch(device) is not None:
        query = select(DEVICE_KEYS, USERS.c.role, USERS.c.agency, USERS.c.is_active).join(USERS, USERS.c.login == _D.login)
        row = connection.execute(query.where(_D.id == device)).first()
    if row is None:
        audit.write(connection, Actor(id="?", role=Role.CITIZEN), "sign_in_failed", "unknown device", {"address": address}, at=now)
        return None
    actor = Actor(id=row.login, role=Role(row.role), agency=row.agency)
    is_kept = row.removed_at is None and row.seen_at > now - UNUSED
    is_let_in = row.is_active and may(actor, Permission.SEE_MIRROR, agency=actor.agency)
    is_good = is_kept and is_let_in and is_proof(row.public_key, proof, said)
    if is_good:
        connection.execute(update(DEVICE_KEYS).where(_D.id == device).values(seen_at=now))
    facts = {"address": address, "by": "device", "device": device}
    audit.write(connection, actor, "sign_in" if is_good else "sign_in_failed", f"user {actor.id}", facts, at=now)
    return row.login if is_good else None


def list_devices(connection: Connection, login: str) -> list[Device]:
    """A user's devices that are not removed, oldest first."""
    used = select(func.max(SESSIONS.c.seen_at)).where(SESSIONS.c.device_key == _D.id).scalar_subquery()
    query = select(DEVICE_KEYS, used.label("used_at")).where(_D.login == login, _D.removed_at.is_(None))
    return [
        Device(
            id=row.id, login=row.login, label=row.label, created_at=row.created_at,
            seen_at=max(row.seen_at, row.used_at) if row.used_at else row.seen_at,
        )
        for row in connection.execute(query.order_by(_D.created_at, _D.id))
    ]  # fmt: skip


def remove(connection: Connection, device: str, now: datetime, by: Actor) -> str | None:
    """The device opens nothing any more and its sessions end. Whose it was; ``None`` when there is none of that id, or no longer."""
    if _ID.fullmatch(device) is None:
        return None
    kept = (_D.id == device) & _D.removed_at.is_(None)
    login = connection.scalar(select(_D.login).where(kept))
    if login is not None:
        connection.execute(update(DEVICE_KEYS).where(kept).values(removed_at=now))
        connection.execute(delete(SESSIONS).where(SESSIONS.c.device_key == device))
        audit.write(connection, by, "remove_device", f"device {device}", {"login": login}, at=now)
    return login


def remove_all(connection: Connection, login: str, now: datetime, by: Actor) -> None:
    """Every device of a user."""
    for device in connection.scalars(select(_D.id).where(_D.login == login, _D.removed_at.is_(None))).all():
        remove(connection, device, now, by)


def _loaded(spki: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ``DeviceProblem`` where the point is not on the curve, too."""
    try:
        key = load_der_public_key(spki)
    except ValueError as problem:
        raise DeviceProblem("the device's key is not on the curve P-256") from problem
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise DeviceProblem("the device's key is not on the curve P-256")
    return key
