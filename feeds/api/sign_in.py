"""The doors of signing in and out, with a password or a passkey.

An unknown login, a wrong password and a lock get one and the same answer.
"""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, Router, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError, answer
from feeds.api.sessions import (
    Gate,
    NamedDoors,
    NamedGate,
    NamedSession,
    address_of,
    cookie_name,
    device_token,
    provide_any_session,
    provide_session,
    signed_in,
    signed_out,
    who_am_i,
)
from feeds.api.users import AuditDoor, UsersDoor, checked_password
from feeds.identity import passkeys, passwords, sessions, tries, users
from feeds.identity.limits import MOST_TRIES, TryLimit
from feeds.identity.passkeys import Passkey, PasskeyProblem
from feeds.identity.sessions import SessionRow
from feeds.messages.desk import WhoAmI

AnyRequest = Request[Any, Any, Any]
MOST_BYTES = 64 * 1024
_NO_STORE = CacheControlHeader(no_store=True)


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[str, msgspec.Meta(max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=4_000)]


class OwnPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: Annotated[str, msgspec.Meta(max_length=4_000)]
    password: Annotated[str, msgspec.Meta(max_length=4_000)]


class Attempt(msgspec.Struct, frozen=True):
    """``options`` is for the browser's ``navigator.credentials``; its answer comes back with the name of the ``attempt``."""

    attempt: str
    options: dict[str, Any]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    attempt: Annotated[str, msgspec.Meta(max_length=64)]
    credential: dict[str, Any]


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    attempt: Annotated[str, msgspec.Meta(max_length=64)]
    credential: dict[str, Any]
    label: Annotated[str, msgspec.Meta(max_length=100)]


def identity_doors(most_tries: int = MOST_TRIES) -> Router:
    """Every door of this file and of users and audit; what they share lives as long as the application."""
    gate = Gate(most_tries)
    return Router(
        path="/",
        route_handlers=[SessionDoor, PasskeyDoor, UsersDoor, AuditDoor],
        dependencies={
            "gate": Provide(lambda: gate, sync_to_thread=False),
            "session": Provide(provide_session),
            "any_session": Provide(provide_any_session),
        },
        cache_control=_NO_STORE,
        exception_handlers={TooMany: answer},
        request_max_body_size=MOST_BYTES,
    )


class SessionDoor(Controller):
    path = "/session"
    tags = ("session",)

    @post("/", status_code=200)
    async def sign_in(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[SignIn]) -> Response[WhoAmI]:
        """Signs in with a password: a new cookie, and the CSRF token of the session."""
        _need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        _count(gate.tries, address, now)
        login, kept = await doors.read(lambda connection: users.kept_password(connection, data.login))
        if not await _is_let_in(doors, gate, login, kept, data.password, request):
            raise _wrong()
        gate.tries.take_back(address)
        return await signed_in(request, doors, login)

    @get("/")
    async def who(self, request: AnyRequest, doors: NamedDoors, any_session: NamedSession) -> WhoAmI:
        """Who is signed in, what they may do, and the CSRF token."""
        return who_am_i(any_session, request.cookies[cookie_name(doors.options)])

    @delete("/", status_code=204)
    async def sign_out(self, doors: NamedDoors, any_session: NamedSession) -> Response[None]:
        """Ends this session."""
        await doors.write(lambda connection: sessions.end(connection, any_session.digest))
        return signed_out(doors)

    @get("/all")
    async def own(self, doors: NamedDoors, session: NamedSession) -> list[SessionRow]:
        """One's own sessions, on every device."""
        now = doors.clock()
        return await doors.read(lambda connection: sessions.list_own(connection, session, now))

    @delete("/all/{session_id:str}", status_code=204)
    async def end_one(self, doors: NamedDoors, session: NamedSession, session_id: FromPath[str]) -> None:
        """Ends one of one's own sessions."""
        if not await doors.write(lambda connection: sessions.end_own(connection, session, session_id)):
            raise ApiError(404, "unknown_session", "no session of yours has this id; GET /session/all names them")

    @post("/password", status_code=204)
    async def change_password(
        self,
        request: AnyRequest,
        doors: NamedDoors,
        gate: NamedGate,
        any_session: NamedSession,
        data: JSONBody[OwnPassword],
    ) -> Response[None]:
        """One's own password; every session ends, this one too."""
        address, now = address_of(request, doors.options.proxies), doors.clock()
        _count(gate.tries, address, now)
        login, kept = await doors.read(lambda connection: users.kept_password(connection, any_session.actor.id))
        if not await _is_let_in(doors, gate, login, kept, data.old, request):
            raise ApiError(403, "wrong_password", "the old password is wrong, or was wrong too often; try again later", field="old")
        gate.tries.take_back(address)
        if data.password == data.old:
            raise ApiError(400, "weak_password", "the new password is the old one; take another", field="password")
        fresh = await checked_password(gate, login, data.password)
        await doors.write(lambda connection: users.set_password(connection, login, fresh, now=now, by=any_session.actor))
        return signed_out(doors)


class PasskeyDoor(Controller):
    path = "/session"
    tags = ("session",)

    @post("/passkey/options", status_code=200)
    async def options(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate) -> Attempt:
        """Begins to sign in with a passkey; no login is named."""
        now = doors.clock()
        _count(gate.asked, address_of(request, doors.options.proxies), now)
        attempt, challenge = gate.signing_in.give("", now)
        return Attempt(attempt, passkeys.authentication(_site(doors), challenge))

    @post("/passkey", status_code=200)
    async def sign_in(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[Proof]) -> Response[WhoAmI]:
        """Signs in with the device's answer."""
        _need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        _count(gate.tries, address, now)
        site, challenge = _site(doors), _taken(gate.signing_in, data.attempt, "", doors)
        login = await doors.write(lambda connection: passkeys.sign_in(connection, site, data.credential, challenge, address, now))
        if login is None:
            raise _wrong()
        gate.tries.take_back(address)
        return await signed_in(request, doors, login)

    @post("/passkeys/options", status_code=200)
    async def register_options(self, doors: NamedDoors, gate: NamedGate, session: NamedSession) -> Attempt:
        """Begins to register a device for oneself."""
        attempt, challenge = gate.registering.give(session.actor.id, doors.clock())
        site = _site(doors)
        options = await doors.read(lambda connection: passkeys.registration(connection, site, session.actor.id, session.name, challenge))
        return Attempt(attempt, options)

    @post("/passkeys", status_code=201)
    async def register(self, doors: NamedDoors, gate: NamedGate, session: NamedSession, data: JSONBody[NewPasskey]) -> Passkey:
        """Keeps the device's answer."""
        now, site = doors.clock(), _site(doors)
        challenge = _taken(gate.registering, data.attempt, session.actor.id, doors)

        def keep(connection: Connection) -> Passkey:
            return passkeys.register(connection, site, session.actor, data.credential, challenge, data.label, now)

        try:
            return await doors.write(keep)
        except PasskeyProblem as problem:
            raise ApiError(400, "bad_passkey", str(problem)) from problem

    @get("/passkeys")
    async def own(self, doors: NamedDoors, session: NamedSession) -> list[Passkey]:
        """One's own devices."""
        return await doors.read(lambda connection: passkeys.list_passkeys(connection, session.actor.id))

    @delete("/passkeys/{passkey:str}", status_code=204)
    async def remove(self, doors: NamedDoors, session: NamedSession, passkey: FromPath[str]) -> None:
        """Takes one of one's own devices away."""
        now = doors.clock()
        is_known = passkey.isascii() and passkey.isprintable() and await doors.write(
            lambda connection: passkeys.remove_passkey(connection, session.actor.id, passkey, now, session.actor)
        )  # fmt: skip
        if not is_known:
            raise ApiError(404, "unknown_passkey", "no passkey of yours has this id; GET /session/passkeys names them")


async def _is_let_in(doors: Doors, gate: Gate, login: str, kept: str | None, password: str, request: AnyRequest) -> bool:
    is_right = await gate.hashing(passwords.is_right, kept, password)
    is_old = is_right and kept is not None and passwords.is_outdated(kept)
    rehashed = await gate.hashing(passwords.rehashed, password) if is_old else None
    address, device, now = address_of(request, doors.options.proxies), device_token(request, doors.options), doors.clock()
    return await doors.write(
        lambda connection: tries.settle(
            connection, login, kept, is_right=is_right, address=address, device=device, now=now, rehashed=rehashed
        )
    )


def _site(doors: Doors) -> passkeys.Site:
    return passkeys.site_of(doors.options.base_url, f"Live Room, {doors.city.name}")


def _taken(challenges: passkeys.Challenges, attempt: str, purpose: str, doors: Doors) -> bytes:
    try:
        return challenges.take(attempt, purpose, doors.clock())
    except PasskeyProblem as problem:
        raise ApiError(400, "attempt_ended", str(problem)) from problem


def _need_json(request: AnyRequest) -> None:
    """A form of another site can post text, never JSON: nobody is signed in as somebody else behind their back."""
    if request.content_type[0] != "application/json":
        raise ApiError(415, "unsupported_type", "send this as application/json")


def _wrong() -> ApiError:
    return ApiError(401, "wrong_credentials", "login or password are wrong, or were wrong too often; try again, or after 15 minutes")


class TooMany(ApiError):
    """Too many tries from one address."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(429, "too_many_requests", f"too many tries from this address; wait {wait_s} seconds", retry_after_s=wait_s)


def _count(limit: TryLimit, address: str, now: datetime) -> None:
    wait_s = limit.begin(address, now)
    if wait_s is not None:
        raise TooMany(wait_s)
