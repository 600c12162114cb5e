"""Who comes through the doors: the dependency every door of the desk asks for its ``Actor``, and what signing in gives a browser.

The routes of signing in stand in ``feeds.api.sign_in``.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency

from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import ApiError
from feeds.api.pools import Pool
from feeds.identity import keys, sessions
from feeds.identity.keys import Scope
from feeds.identity.limits import MOST_TRIES, TryLimit
from feeds.identity.passkeys import Challenges
from feeds.reports.roles import MATRIX, Actor, Forbidden, Permission, may

ResultT = TypeVar("ResultT")

NamedDoors = NamedDependency[Doors]
NamedActor = NamedDependency[Actor]
NamedSession = NamedDependency[sessions.Session]
"""How a handler asks for ``doors``, ``actor`` and ``session``: the name of the parameter says which."""

CSRF_HEADER = "X-CSRF-Token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_TOKEN = 128
_MOST_DEVICE = 200

MOST_HASHING = 2
"""Passwords looked at at once: each takes 64 MB and a core."""


class WhoAmI(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person, to themselves. ``csrf`` goes into the header ``X-CSRF-Token`` of every change."""

    login: str
    name: str
    role: str
    agency: str | None
    permissions: list[str]
    csrf: str
    ends_at: datetime


class Gate:
    """What the doors of signing in share within one process; built once with the application."""

    def __init__(self, most_tries: int = MOST_TRIES) -> None:
        self.tries = TryLimit(most_tries)
        self.asked = TryLimit(most=60)
        self.registering = Challenges()
        self.signing_in = Challenges()
        self._hashers = Pool(MOST_HASHING, "hasher")

    async def hashing(self, work: Callable[..., ResultT], *words: Any) -> ResultT:
        """Off the event loop, few at once, in threads that do nothing else."""
        return await self._hashers.run(partial(work, *words))


def cookie_name(options: ApiOptions) -> str:
    """``__Host-``: a browser takes it over TLS only, for this host and no other of the domain."""
    return "__Host-live_room" if options.is_secure else "live_room"


async def provide_actor(request: Request[Any, Any, Any], doors: NamedDoors) -> Actor:
    """Litestar dependency: the signed-in person, or the program of an API key (``Authorization: Bearer``).

    A key needs the scope ``submit`` and opens what the role ``collector`` may: no page of the desk. Raises ``ApiError`` 401
    ``not_signed_in``, 403 ``csrf``.
    """
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return await _actor_of_bearer(doors, value.strip())
    return (await provide_session(request, doors)).actor


async def provide_session(request: Request[Any, Any, Any], doors: NamedDoors) -> sessions.Session:
    """Litestar dependency: the session of the cookie; a method that changes something needs its CSRF token.

    Raises as ``provide_actor``.
    """
    token = request.cookies.get(cookie_name(doors.options), "")
    now = doors.clock()
    session = await doors.read(lambda connection: sessions.find(connection, token, now)) if 0 < len(token) <= _MOST_TOKEN else None
    if session is None:
        raise ApiError(401, "not_signed_in", "nobody is signed in, or the session has ended; sign in at POST /session")
    if request.method not in _READING and not sessions.is_csrf(session, request.headers.get(CSRF_HEADER, "")):
        raise ApiError(403, "csrf", f"the header {CSRF_HEADER} is missing or of another session; GET /session gives its value")
    if now - session.seen_at >= sessions.SEEN_EVERY:
        await doors.write(lambda connection: sessions.mark_seen(connection, session, now))
    return session


async def _actor_of_bearer(doors: Doors, secret: str) -> Actor:
    now = doors.clock()
    actor = await doors.read(lambda connection: keys.actor_of_key(connection, secret, Scope.SUBMIT, now))
    if actor is None:
        raise ApiError(401, "not_signed_in", f"the key is unknown, has ended or lacks the scope {Scope.SUBMIT}; ask for another")
    return actor


NamedGate = NamedDependency[Gate]


def demand(actor: Actor, permission: Permission) -> None:
    """Raises ``Forbidden`` where the table does not give it for the actor's own agency."""
    if not may(actor, permission, agency=actor.agency):
        raise Forbidden(actor, permission)


def address_of(request: Request[Any, Any, Any]) -> str:
    """Whom to count tries for. Behind a proxy of this same machine it is what the proxy appended last to ``X-Forwarded-For``."""
    peer = request.client.host if request.client else "?"
    try:
        is_proxy = ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return "?"
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() if is_proxy else ""
    try:
        return str(ipaddress.ip_address(told)) if told else peer
    except ValueError:
        return peer


def device_of(request: Request[Any, Any, Any]) -> str:
    """What a browser calls itself, so that its owner knows the session again."""
    return "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())[:_MOST_DEVICE]


async def signed_in(request: Request[Any, Any, Any], doors: Doors, login: str) -> Response[WhoAmI]:
    """A new session for whoever just proved to be ``login``; the one the browser came with ends."""
    now = doors.clock()
    name = cookie_name(doors.options)
    replaced = request.cookies.get(name, "")[:_MOST_TOKEN]
    token = await doors.write(lambda connection: sessions.begin(connection, login, device_of(request), now, replaced))
    session = await doors.read(lambda connection: sessions.find(connection, token, now))
    if session is None:  # shut out between the proof and now
        raise ApiError(401, "not_signed_in", "this account has just been closed; ask an admin")
    cookie = Cookie(
        key=name, value=token, max_age=int(sessions.LIFE.total_seconds()), path="/", secure=doors.options.is_secure, httponly=True,
        samesite="strict",
    )  # fmt: skip
    return Response(who_am_i(session, token), status_code=200, cookies=[cookie])


def who_am_i(session: sessions.Session, token: str) -> WhoAmI:
    actor = session.actor
    return WhoAmI(
        login=actor.id, name=session.name, role=str(actor.role), agency=actor.agency, permissions=sorted(MATRIX[actor.role]),
        csrf=sessions.csrf_of(token), ends_at=session.ends_at,
    )  # fmt: skip


def signed_out(doors: Doors) -> Response[None]:
    """Takes the cookie away."""
    gone = Cookie(
        key=cookie_name(doors.options), value="", max_age=0, path="/", secure=doors.options.is_secure, httponly=True, samesite="strict"
    )
    return Response(None, status_code=204, cookies=[gone])
