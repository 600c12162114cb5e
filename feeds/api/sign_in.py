"""The doors of signing in and out, with a password or a passkey; those of invited devices stand in ``feeds.api.invited``.

An unknown login, a wrong password and a lock get one and the same answer.
"""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, Router, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.params import FromPath, JSONBody
from sqlalchemy import Connection

from feeds.api.attempts import AnyRequest, TooMany, count, need_json, taken, wrong
from feeds.api.doors import Doors
from feeds.api.errors import ApiError, answer
from feeds.api.invited import Attempt, DeviceDoor, InvitationDoor, NewDevice, binding
from feeds.api.places import brought, doors_place, mirror_place, place_of
from feeds.api.pushing import PushDoor
from feeds.api.sessions import (
    Entered,
    Gate,
    NamedDoors,
    NamedGate,
    NamedSession,
    address_of,
    device_token,
    need_own_password,
    provide_any_session,
    provide_leaving_session,
    provide_session,
    signed_in,
    signed_out,
    who_am_i,
)
from feeds.api.users import AuditDoor, UsersDoor, checked_password
from feeds.api.viewers import ViewersDoor
from feeds.identity import passkeys, passwords, sessions, tries, users
from feeds.identity.limits import MOST_TRIES
from feeds.identity.passkeys import Passkey, PasskeyProblem
from feeds.identity.sessions import SessionRow
from feeds.messages.desk import WhoAmI

MOST_BYTES = 64 * 1024
_NO_STORE = CacheControlHeader(no_store=True)


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    login: Annotated[str, msgspec.Meta(max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=4_000)]


class OwnPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    old: Annotated[str, msgspec.Meta(max_length=4_000)]
    password: Annotated[str, msgspec.Meta(max_length=4_000)]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``device``: of the mirror, to which the session is then bound."""

    attempt: Annotated[str, msgspec.Meta(max_length=64)]
    credential: dict[str, Any]
    device: NewDevice | None = None


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    attempt: Annotated[str, msgspec.Meta(max_length=64)]
    credential: dict[str, Any]
    label: Annotated[str, msgspec.Meta(max_length=100)]


def identity_doors(most_tries: int = MOST_TRIES) -> Router:
    """Every door of this file and of users and audit; what they share lives as long as the application."""
    gate = Gate(most_tries)
    return Router(
        path="/",
        route_handlers=[SessionDoor, PasskeyDoor, InvitationDoor, DeviceDoor, PushDoor, ViewersDoor, UsersDoor, AuditDoor],
        dependencies={
            "gate": Provide(lambda: gate, sync_to_thread=False),
            "session": Provide(provide_session),
            "any_session": Provide(provide_any_session),
            "leaving": Provide(provide_leaving_session),
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
        need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        count(gate.tries, address, now)
        login, kept = await doors.read(lambda connection: users.kept_password(connection, data.login))
        if not await _is_let_in(doors, gate, login, kept, data.password, request):
            raise wrong()
        gate.tries.take_back(address)
        return await signed_in(request, doors, lambda _: Entered(login))

    @get("/")
    async def who(self, request: AnyRequest, doors: NamedDoors, any_session: NamedSession) -> WhoAmI:
        """Who is signed in, what they may do, and the CSRF token."""
        return who_am_i(any_session, brought(request, doors.options).token)

    @delete("/", status_code=204)
    async def sign_out(self, request: AnyRequest, doors: NamedDoors, leaving: NamedSession) -> Response[None]:
        """Ends this session; an invited device needs its passkey or another invitation after that."""
        await doors.write(lambda connection: _end(connection, doors, leaving, leaving.digest[: sessions.ID_LETTERS]))
        return signed_out(request, doors)

    @get("/all")
    async def own(self, doors: NamedDoors, session: NamedSession) -> list[SessionRow]:
        """One's own sessions, on every device."""
        now = doors.clock()
        return await doors.read(lambda connection: sessions.list_own(connection, session, now))

    @delete("/all/{session_id:str}", status_code=204)
    async def end_one(self, doors: NamedDoors, leaving: NamedSession, session_id: FromPath[str]) -> None:
        """Ends one of one's own sessions; an invited device needs its passkey or another invitation after that."""
        need_own_password(leaving)
        if not await doors.write(lambda connection: _end(connection, doors, leaving, session_id)):
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
        count(gate.tries, address, now)
        login, kept = await doors.read(lambda connection: users.kept_password(connection, any_session.actor.id))
        if not await _is_let_in(doors, gate, login, kept, data.old, request):
            raise ApiError(403, "wrong_password", "the old password is wrong, or was wrong too often; try again later", field="old")
        gate.tries.take_back(address)
        if data.password == data.old:
            raise ApiError(400, "weak_password", "the new password is the old one; take another", field="password")
        fresh = await checked_password(gate, login, data.password)
        await doors.write(lambda connection: users.set_password(connection, login, fresh, now=now, by=any_session.actor))
        return signed_out(request, doors)


class PasskeyDoor(Controller):
    path = "/session"
    tags = ("session",)

    @post("/passkey/options", status_code=200)
    async def options(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate) -> Attempt:
        """Begins to sign in with a passkey; no login is named."""
        now = doors.clock()
        count(gate.asked, address_of(request, doors.options.proxies), now)
        attempt, challenge = gate.signing_in.give("", now)
        return Attempt(attempt, passkeys.authentication(place_of(request, doors.options).site(doors.city.name), challenge))

    @post("/passkey", status_code=200)
    async def sign_in(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[Proof]) -> Response[WhoAmI]:
        """Signs in with the passkey's answer; with a ``device`` of the mirror the session is bound to that."""
        need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        count(gate.tries, address, now)
        is_away = data.device is not None
        if not is_away and place_of(request, doors.options) != doors_place(doors.options):
            raise ApiError(400, "device_missing", "a passkey of the mirror signs in its device alone; send its key", field="device")
        place = mirror_place(doors.options) if is_away else doors_place(doors.options)
        site, challenge = place.site(doors.city.name), taken(gate.signing_in, data.attempt, "", now)
        bind = binding(data.device, data.attempt, now) if data.device is not None else None

        def enter(connection: Connection) -> Entered | None:
            login = passkeys.sign_in(connection, site, data.credential, challenge, address, now, is_away=is_away)
            if login is None:
                return None
            return Entered(login, bind(connection, users.actor_of(connection, login)) if bind is not None else None)

        answer = await signed_in(request, doors, enter)
        gate.tries.take_back(address)
        return answer

    @post("/passkeys/options", status_code=200)
    async def register_options(self, doors: NamedDoors, gate: NamedGate, session: NamedSession) -> Attempt:
        """Begins to register a device for oneself."""
        attempt, challenge = gate.registering.give(session.actor.id, doors.clock())
        site = doors_place(doors.options).site(doors.city.name)
        options = await doors.read(lambda connection: passkeys.registration(connection, site, session.actor.id, session.name, challenge))
        return Attempt(attempt, options)

    @post("/passkeys", status_code=201)
    async def register(self, doors: NamedDoors, gate: NamedGate, session: NamedSession, data: JSONBody[NewPasskey]) -> Passkey:
        """Keeps the device's answer."""
        now, site = doors.clock(), doors_place(doors.options).site(doors.city.name)
        challenge = taken(gate.registering, data.attempt, session.actor.id, now)

        def keep(connection: Connection) -> Passkey:
            return passkeys.register(connection, site, session.actor, data.credential, challenge, data.label, now, is_away=False)

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


def _end(connection: Connection, doors: Doors, session: sessions.Session, session_id: str) -> bool:
    ended = sessions.end_listed(connection, session_id, doors.clock(), session.actor, session.actor.id)
    return ended is not None
