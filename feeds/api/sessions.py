"""Who comes through the doors: the dependency every door of the desk asks for its ``Actor``, and the routes of signing in and out."""

from typing import Any

from litestar import Request

from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import ApiError
from feeds.identity import keys, sessions
from feeds.identity.keys import Scope
from feeds.reports.roles import Actor

CSRF_HEADER = "X-CSRF-Token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_TOKEN = 128


def cookie_name(options: ApiOptions) -> str:
    """``__Host-``: a browser takes it over TLS only, for this host and no other of the domain."""
    return "__Host-live_room" if options.is_secure else "live_room"


async def provide_actor(request: Request[Any, Any, Any], doors: Doors) -> Actor:
    """Litestar dependency: the signed-in person, or the program of an API key (``Authorization: Bearer``).

    A key needs the scope ``desk:read`` to read and ``submit`` for anything else. Raises ``ApiError`` 401 ``not_signed_in``, 403 ``csrf``.
    """
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return await _actor_of_bearer(request, doors, value.strip())
    return (await provide_session(request, doors)).actor


async def provide_session(request: Request[Any, Any, Any], doors: Doors) -> sessions.Session:
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


async def _actor_of_bearer(request: Request[Any, Any, Any], doors: Doors, secret: str) -> Actor:
    now = doors.clock()
    scope = Scope.DESK_READ if request.method in _READING else Scope.SUBMIT
    actor = await doors.read(lambda connection: keys.actor_of_key(connection, secret, scope, now))
    if actor is None:
        raise ApiError(401, "not_signed_in", f"the key is unknown, has ended or lacks the scope {scope}; ask for another")
    return actor
