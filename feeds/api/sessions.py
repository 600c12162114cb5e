"""Who comes through the doors: the dependency every door of the desk asks for its ``Actor``, and what signing in gives a browser.

The routes of signing in stand in ``feeds.api.sign_in``.
"""

import ipaddress
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from sqlalchemy import Connection

from feeds.api.doors import LOOPBACK, ApiOptions, Doors
from feeds.api.errors import ApiError
from feeds.api.pools import Pool
from feeds.identity import sessions, tries
from feeds.identity.limits import MOST_TRIES, TryLimit
from feeds.identity.passkeys import Challenges
from feeds.messages.desk import WhoAmI
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


def device_cookie(options: ApiOptions) -> str:
    """Of the browser itself: it outlives the session and opens nothing but a lock (``feeds.identity.tries``)."""
    return cookie_name(options) + "_device"


async def provide_actor(request: Request[Any, Any, Any], doors: NamedDoors) -> Actor:
    """Litestar dependency: the signed-in person. Raises as ``provide_session``."""
    return (await provide_session(request, doors)).actor


async def provide_session(request: Request[Any, Any, Any], doors: NamedDoors) -> sessions.Session:
    """Litestar dependency: as ``provide_any_session``, of somebody whose password nobody else knows."""
    session = await provide_any_session(request, doors)
    if session.must_change:
        raise ApiError(403, "must_change_password", "this password was handed to you; set one of your own at POST /session/password")
    return session


async def provide_any_session(request: Request[Any, Any, Any], doors: NamedDoors) -> sessions.Session:
    """Litestar dependency: the session of the cookie; a method that changes something needs its CSRF token. Raises ``ApiError``."""
    if request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer":
        raise ApiError(403, "key", "a key opens no page of the desk; sign in at POST /session")
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


NamedGate = NamedDependency[Gate]


def demand(actor: Actor, permission: Permission) -> None:
    """Raises ``Forbidden`` where the table does not give it for the actor's own agency."""
    if not may(actor, permission, agency=actor.agency):
        raise Forbidden(actor, permission)


def address_of(request: Request[Any, Any, Any], proxies: Sequence[str] = LOOPBACK) -> str:
    """Whom to count tries for: of ``X-Forwarded-For`` the last address that is none of ``proxies``; only those are believed."""
    networks = [ipaddress.ip_network(one) for one in proxies]
    hops = [part.strip() for part in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    at = request.client.host if request.client else "?"
    while (address := _address(at)) is not None and any(address in network for network in networks):
        told = _address(hops.pop()) if hops else None
        if told is None:
            break
        at = str(told)
    return at if address is not None else "?"


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def device_token(request: Request[Any, Any, Any], options: ApiOptions) -> str:
    """What this browser was given when somebody signed in with it; empty when it brings none, or none that can be ours."""
    token = request.cookies.get(device_cookie(options), "")
    return token if len(token) <= _MOST_TOKEN else ""


def device_of(request: Request[Any, Any, Any]) -> str:
    """What a browser calls itself, so that its owner knows the session again."""
    return "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())[:_MOST_DEVICE]


async def signed_in(request: Request[Any, Any, Any], doors: Doors, login: str) -> Response[WhoAmI]:
    """A new session for whoever just proved to be ``login``; the one the browser came with ends."""
    now = doors.clock()
    name = cookie_name(doors.options)
    replaced = request.cookies.get(name, "")[:_MOST_TOKEN]

    def unit(connection: Connection) -> tuple[str, str]:
        token = sessions.begin(connection, login, device_of(request), now, replaced)
        return token, tries.remember(connection, login, device_token(request, doors.options), now)

    token, device = await doors.write(unit)
    session = await doors.read(lambda connection: sessions.find(connection, token, now))
    if session is None:  # shut out between the proof and now
        raise ApiError(401, "not_signed_in", "this account has just been closed; ask an admin")
    cookies = [_cookie(doors, name, token, sessions.LIFE), _cookie(doors, device_cookie(doors.options), device, tries.DEVICE_LIFE)]
    return Response(who_am_i(session, token), status_code=200, cookies=cookies)


def who_am_i(session: sessions.Session, token: str) -> WhoAmI:
    actor = session.actor
    return WhoAmI(
        login=actor.id, name=session.name, role=str(actor.role), agency=actor.agency, permissions=sorted(MATRIX[actor.role]),
        csrf=sessions.csrf_of(token), ends_at=session.ends_at, must_change_password=session.must_change,
    )  # fmt: skip


def signed_out(doors: Doors) -> Response[None]:
    """Takes the cookie away."""
    return Response(None, status_code=204, cookies=[_cookie(doors, cookie_name(doors.options), "", timedelta())])


def _cookie(doors: Doors, name: str, value: str, life: timedelta) -> Cookie:
    return Cookie(
        key=name, value=value, max_age=int(life.total_seconds()), path="/", secure=doors.options.is_secure, httponly=True, samesite="strict"
    )
