"""Passkeys (WebAuthn): a device that signs in instead of a password. Knows no request; the challenges it gave out live in memory."""

import hashlib
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import webauthn
from sqlalchemy import Connection, delete, insert, select, update
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from feeds.identity import audit
from feeds.reports.roles import Actor, Role
from feeds.store.schema import PASSKEYS, USERS

CHALLENGE_LIFE = timedelta(minutes=5)
MOST_CHALLENGES = 1_000
MOST_OF_A_USER = 10
_REQUIRED = UserVerificationRequirement.REQUIRED
"""A passkey stands for a password here: the device asks for its PIN or finger."""


class PasskeyProblem(ValueError):
    """A passkey that is not taken; the text says what to do and nothing of the others."""


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    created_at: datetime


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Whom passkeys are made for: ``rp_id`` is the host, ``origin`` what a browser says it is at."""

    rp_id: str
    origin: str
    name: str


class Challenges:
    """Each is good once, for its purpose and a few minutes; bounded, the oldest go first.

    ``purpose``: the login that registers, the token or device it is for, or "" for signing in.
    """

    def __init__(self, most: int = MOST_CHALLENGES) -> None:
        self._most = most
        self._given: OrderedDict[str, tuple[bytes, str, datetime]] = OrderedDict()

    def give(self, purpose: str, now: datetime) -> tuple[str, bytes]:
        """A challenge and the name it is asked back by."""
        name, challenge = secrets.token_urlsafe(16), secrets.token_bytes(32)
        self._given[name] = (challenge, purpose, now)
        while len(self._given) > self._most:
            self._given.popitem(last=False)
        return name, challenge

    def take(self, name: str, purpose: str, now: datetime) -> bytes:
        """Raises ``PasskeyProblem`` for one that is gone, too old or given for something else."""
        challenge, wanted, at = self._given.pop(name, (b"", "?", now))
        if not challenge or wanted != purpose or now - at > CHALLENGE_LIFE:
            raise PasskeyProblem("this attempt has ended; begin again")
        return challenge

    def forget(self, name: str) -> None:
        """It was given for nothing."""
        self._given.pop(name, None)


def site_of(base_url: str, name: str) -> Site:
    return Site(rp_id=urlsplit(base_url).hostname or "localhost", origin=origin_of(base_url), name=name)


def origin_of(url: str) -> str:
    """What a browser says in ``Origin`` at this address: in small letters, without the port that goes without saying."""
    parts = urlsplit(url.lower())
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    is_plain = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
    return f"{parts.scheme}://{host}" if is_plain else f"{parts.scheme}://{host}:{parts.port}"


def registration(
    connection: Connection, site: Site, login: str, name: str, challenge: bytes, *, excludes_known: bool = True
) -> dict[str, Any]:
    """What ``navigator.credentials.create`` is given, as JSON values. ``excludes_known``: a device that has one makes no other."""
    known = list_passkeys(connection, login) if excludes_known else []
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=hashlib.sha256(login.encode()).digest(),
        user_name=login,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one.id)) for one in known],
    )
    return msgspec.json.decode(webauthn.options_to_json(options))


def register(
    connection: Connection,
    site: Site,
    actor: Actor,
    credential: dict[str, Any],
    challenge: bytes,
    label: str,
    now: datetime,
    *,
    is_away: bool,
) -> Passkey:
    """Keeps the device's public key. ``is_away``: made on an invited device, for sessions bound to one. Raises ``PasskeyProblem``."""
    if not label.strip() or len(label) > 100 or not label.isprintable():
        raise PasskeyProblem("name the device in 1 to 100 printable characters")
    if len(list_passkeys(connection, actor.id)) >= MOST_OF_A_USER:
        raise PasskeyProblem(f"there are {MOST_OF_A_USER} passkeys already; remove one first")
    try:
        made = webauthn.verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            require_user_verification=True,
        )  # fmt: skip
    except _NOT_A_PASSKEY as problem:
        raise PasskeyProblem("the device's answer does not hold; begin again at this address") from problem
    passkey = Passkey(id=bytes_to_base64url(made.credential_id), label=label.strip(), created_at=now)
    if len(passkey.id) > 400 or connection.execute(select(PASSKEYS.c.id).where(PASSKEYS.c.id == passkey.id)).first() is not None:
        raise PasskeyProblem("this passkey is kept already, or is none we can keep")
    connection.execute(
        insert(PASSKEYS).values(
            id=passkey.id, login=actor.id, public_key=made.credential_public_key, sign_count=made.sign_count, label=passkey.label,
            created_at=now, is_away=is_away,
        )
    )  # fmt: skip
    audit.write(connection, actor, "add_passkey", f"user {actor.id}", at=now)
    return passkey


def authentication(site: Site, challenge: bytes) -> dict[str, Any]:
    """What ``navigator.credentials.get`` is given: no login is named, the device knows its own."""
    options = webauthn.generate_authentication_options(rp_id=site.rp_id, challenge=challenge, user_verification=_REQUIRED)
    return msgspec.json.decode(webauthn.options_to_json(options))


def sign_in(
    connection: Connection, site: Site, credential: dict[str, Any], challenge: bytes, address: str, now: datetime, *, is_away: bool
) -> str | None:
    """The login the device proved, ``None`` for any other: the answer is the same whatever is wrong. Writes the audit log.

    ``is_away``: what is opened is bound to a device. A passkey made for the other kind of session is none here: where it is used is
    but the word of whoever holds it.

    A lock after wrong passwords does not hold here: nobody guesses a signature, and nobody shall lock the room out.
    """
    key_id = credential.get("id")
    row = None
    if isinstance(key_id, str) and len(key_id) <= 400 and key_id.isascii() and key_id.isprintable():
        query = select(PASSKEYS, USERS.c.role, USERS.c.agency, USERS.c.is_active).join(USERS, USERS.c.login == PASSKEYS.c.login)
        row = connection.execute(query.where(PASSKEYS.c.id == key_id)).first()
    if row is None:
        audit.write(connection, Actor(id="?", role=Role.CITIZEN), "sign_in_failed", "unknown passkey", {"address": address}, at=now)
        return None
    actor = Actor(id=row.login, role=Role(row.role), agency=row.agency)
    try:
        proved = webauthn.verify_authentication_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            credential_public_key=row.public_key, credential_current_sign_count=row.sign_count, require_user_verification=True,
        )  # fmt: skip
    except _NOT_A_PASSKEY:
        proved = None
    is_good = proved is not None and row.is_active and row.is_away is is_away
    if proved is not None and is_good:
        connection.execute(update(PASSKEYS).where(PASSKEYS.c.id == row.id).values(sign_count=proved.new_sign_count))
    facts = {"address": address, "by": "passkey"}
    audit.write(connection, actor, "sign_in" if is_good else "sign_in_failed", f"user {actor.id}", facts, at=now)
    return row.login if is_good else None


def list_passkeys(connection: Connection, login: str) -> list[Passkey]:
    """A user's devices, oldest first."""
    table = PASSKEYS.c
    query = select(table.id, table.label, table.created_at).where(table.login == login).order_by(table.created_at, table.id)
    return [Passkey(id=row.id, label=row.label, created_at=row.created_at) for row in connection.execute(query)]


def remove_passkey(connection: Connection, login: str, passkey: str, now: datetime, by: Actor) -> bool:
    """Takes one of the user's devices away; false when there is none of that id."""
    own = (PASSKEYS.c.login == login) & (PASSKEYS.c.id == passkey)
    is_gone = bool(connection.execute(delete(PASSKEYS).where(own)).rowcount)
    if is_gone:
        audit.write(connection, by, "remove_passkey", f"user {login}", at=now)
    return is_gone


_NOT_A_PASSKEY = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
"""What the library raises for what a browser never sends: it checks values, not every shape."""
