"""Who comes through the doors: the dependency every door of the desk asks for its ``Actor``, and what signing in gives a browser.

The routes of signing in stand in ``feeds.api.sign_in`` and ``feeds.api.invited``. A session that is bound to an invited device counts only
where the mirror hands the request on with its own key, and opens nothing but reading: whoever has stolen its cookie has nothing.
"""

import ipaddress
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from sqlalchemy import Connection

from feeds.api.attempts import wrong
from feeds.api.doors import LOOPBACK, ApiOptions, Doors
from feeds.api.errors import ApiError
from feeds.api.places import MIRROR_KEY_HEADER, MOST_TOKEN, Place, brought, doors_place, is_for_tls, place_of
from feeds.api.pools import Pool
from feeds.identity import sessions, tries
from feeds.identity.devices import encoded
from feeds.identity.keys import Scope
from feeds.identity.limits import MOST_TRIES, TryLimit
from feeds.identity.passkeys import Challenges
from feeds.messages.desk import WhoAmI
from feeds.reports.roles import Actor, Forbidden, Permission, may, rights

ResultT = TypeVar("ResultT")

NamedDoors = NamedDependency[Doors]
NamedActor = NamedDependency[Actor]
NamedSession = NamedDependency[sessions.Session]
"""How a handler asks for ``doors``, ``actor`` and ``session``: the name of the parameter says which."""

CSRF_HEADER = "X-CSRF-Token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_DEVICE = 200

MOST_HASHING = 2
"""Passwords looked at at once: each takes 64 MB and a core."""


class Gate:
    """What the doors of signing in share within one process; built once with the application."""

    def __init__(self, most_tries: int = MOST_TRIES) -> None:
        self.tries = TryLimit(most_tries)
        # Apart: wrong passwords of an office keep no phone behind the same address out, nor the other way.
        self.guests = TryLimit(most_tries)
        self.asked = TryLimit(most=60)
        self.registering = Challenges()
        self.signing_in = Challenges()
        self.redeeming = Challenges()
        self.devices = Challenges()
        self._hashers = Pool(MOST_HASHING, "hasher")

    async def hashing(self, work: Callable[..., ResultT], *words: Any) -> ResultT:
        """Off the event loop, few at once, in threads that do nothing else."""
        return await self._hashers.run(partial(work, *words))


def cookie_name(options: ApiOptions) -> str:
    """Of a session at the doors' own address."""
    return doors_place(options).cookie


def device_cookie(place: Place) -> str:
    """Of the browser itself: it outlives the session and opens nothing but a lock (``feeds.identity.tries``)."""
    return place.cookie + "_device"


async def provide_actor(request: Request[Any, Any, Any], doors: NamedDoors) -> Actor:
    """Litestar dependency: the signed-in person. Raises as ``provide_session``."""
    return (await provide_session(request, doors)).actor


async def provide_session(request: Request[Any, Any, Any], doors: NamedDoors) -> sessions.Session:
    """Litestar dependency: as ``provide_any_session``, of somebody whose password nobody else knows."""
    session = await provide_any_session(request, doors)
    need_own_password(session)
    return session


def need_own_password(session: sessions.Session) -> None:
    """Raises ``ApiError`` 403 for somebody whose password another knows."""
    if session.must_change:
        raise ApiError(403, "must_change_password", "this password was handed to you; set one of your own at POST /session/password")


async def provide_any_session(request: Request[Any, Any, Any], doors: NamedDoors) -> sessions.Session:
    """Litestar dependency: as ``provide_leaving_session``, for reading alone where it is bound to a device."""
    session = await provide_leaving_session(request, doors)
    if session.device is not None and request.method not in _READING:
        raise ApiError(403, "bound_session", "on an invited device the room is looked at and nothing is changed; change it at a desk")
    return session


async def provide_leaving_session(request: Request[Any, Any, Any], doors: NamedDoors) -> sessions.Session:
    """Litestar dependency: the session of the cookie; a method that changes something needs its CSRF token, and one that is bound to a
    device the mirror's key. Raises ``ApiError``."""
    if request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer":
        raise ApiError(403, "key", "a key opens no page of the desk; sign in at POST /session")
    session = await session_of(request, doors)
    if session.device is not None and not await has_mirror_key(request, doors):
        raise ApiError(403, "bound_session", "this session is bound to a device; it opens nothing but the mirror, which proves the device")
    if request.method not in _READING and not sessions.is_csrf(session, request.headers.get(CSRF_HEADER, "")):
        raise ApiError(403, "csrf", f"the header {CSRF_HEADER} is missing or of another session; GET /session gives its value")
    now = doors.clock()
    # A bound one is in use while its device has proved its key and looks, as the mirror says of its viewers: a cookie alone keeps nothing.
    if session.device is None and now - session.seen_at >= sessions.SEEN_EVERY:
        await doors.write(lambda connection: sessions.mark_seen(connection, [session], now))
    return session


async def session_of(request: Request[Any, Any, Any], doors: Doors) -> sessions.Session:
    """Of the cookie, whatever it is bound to. Raises ``ApiError`` 401."""
    token, now = brought(request, doors.options).token, doors.clock()
    session = await doors.read(lambda connection: sessions.find(connection, token, now)) if token else None
    if session is None:
        raise ApiError(401, "not_signed_in", "nobody is signed in, or the session has ended; sign in at POST /session")
    return session


async def has_mirror_key(request: Request[Any, Any, Any], doors: Doors) -> bool:
    """Whether it is the mirror's service that hands this request on."""
    given = request.headers.get(MIRROR_KEY_HEADER, "")
    return bool(given) and await doors.keys.actor(given, Scope.MIRROR) is not None


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
    token = request.cookies.get(device_cookie(place_of(request, options)), "")
    return token if len(token) <= MOST_TOKEN else ""


def device_of(request: Request[Any, Any, Any]) -> str:
    """What a browser calls itself, so that its owner knows the session again."""
    return "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())[:_MOST_DEVICE]


class Entered(NamedTuple):
    """Who has proved to be whom. ``device``: of theirs, to which the session is bound."""

    login: str
    device: str | None = None


async def signed_in(
    request: Request[Any, Any, Any], doors: Doors, enter: Callable[[Connection], Entered | None], refusal: str | None = None
) -> Response[WhoAmI]:
    """A new session for whoever ``enter`` lets in, in one transaction with it; the one the browser came with ends.

    Raises ``ApiError`` 401 with the words of ``refusal`` where it lets nobody in; what it wrote stands.
    """
    now, place = doors.clock(), place_of(request, doors.options)
    replaced = request.cookies.get(place.cookie, "")[:MOST_TOKEN]

    def unit(connection: Connection) -> tuple[str, str | None] | None:
        entered = enter(connection)
        if entered is None:
            return None
        token = sessions.begin(connection, entered.login, device_of(request), now, replaced, device=entered.device)
        is_desk = entered.device is None
        return token, tries.remember(connection, entered.login, device_token(request, doors.options), now) if is_desk else None

    done = await doors.write(unit)
    if done is None:
        raise wrong(refusal)
    token, browser = done
    session = await doors.read(lambda connection: sessions.find(connection, token, now))
    if session is None:  # shut out between the proof and now
        raise ApiError(401, "not_signed_in", "this account has just been closed; ask an admin")
    cookies = [_cookie(place.cookie, token, sessions.life(session.device))]
    if browser is not None:
        cookies.append(_cookie(device_cookie(place), browser, tries.DEVICE_LIFE))
    return Response(who_am_i(session, token), status_code=200, cookies=cookies)


def who_am_i(session: sessions.Session, token: str) -> WhoAmI:
    actor = session.actor
    return WhoAmI(
        login=actor.id, name=session.name, role=str(actor.role), agency=actor.agency, permissions=sorted(rights(actor)),
        csrf=sessions.csrf_of(token), ends_at=session.ends_at, must_change_password=session.must_change, device=session.device,
        device_key=encoded(session.device_key) if session.device_key is not None else None,
    )  # fmt: skip


def signed_out(request: Request[Any, Any, Any], doors: Doors) -> Response[None]:
    """Takes the cookie away."""
    return Response(None, status_code=204, cookies=[_cookie(brought(request, doors.options).name, "", timedelta())])


def _cookie(name: str, value: str, life: timedelta) -> Cookie:
    return Cookie(
        key=name, value=value, max_age=int(life.total_seconds()), path="/", secure=is_for_tls(name), httponly=True, samesite="strict"
    )
