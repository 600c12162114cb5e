"""What every answer of the doors says: refusals in the OpenAPI document, headers that keep it to whom it was sent. Knows no door."""

from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import Message, Scope

from feeds.messages.desk import Problem

DEFAULTS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'"),
)
"""Of every answer whose door says nothing else."""

_REASONS = {
    400: "What is wrong with the request",
    401: "Nobody is signed in",
    403: "The one signed in may not, or the CSRF token is missing",
    404: "It is not known, or not to the one signed in",
    409: "It has changed since, or cannot go there from where it stands",
    413: "The request is too large",
    415: "The request is of a type this door does not read",
    422: "Something is missing, or the file cannot be taken",
    428: "The revision that was seen is not named",
    429: "Too many tries; wait",
    503: "The store does not answer; nothing was written",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS = (400, 401, 403, 503)
_OF_A_CHANGE = (409, 413, 415, 422)


class Refusals(ReceiveRoutePlugin):
    """Writes the statuses of ``Problem`` into the document of every door; one that lists its usual answer itself lists all of them."""

    def receive_route(self, route: BaseRoute) -> None:
        if isinstance(route, HTTPRoute):
            for door in route.route_handlers:
                listed = door.responses or {}
                if door.status_code not in listed:
                    empty = {204: ResponseSpec(None, description="It is done; there is nothing to say")} if door.status_code == 204 else {}
                    door.responses = {status: _spec(status) for status in _statuses(door, route)} | empty | dict(listed)


async def with_defaults(message: Message, _scope: Scope) -> None:
    """Litestar's hook before an answer goes out: adds what is not said yet."""
    if message["type"] == "http.response.start":
        headers = list(message["headers"])
        said = {name.lower() for name, _ in headers}
        message["headers"] = [*headers, *(one for one in DEFAULTS if one[0] not in said)]


def _statuses(door: HTTPRouteHandler, route: HTTPRoute) -> tuple[int, ...]:
    named = (404,) if route.path_parameters else ()
    if door.http_methods <= _READING:
        return _ALWAYS + named
    on_a_revision = (428,) if "if_match" in door.parsed_fn_signature.parameters else ()
    by_address = (429,) if route.path.startswith("/session") else ()
    return _ALWAYS + named + _OF_A_CHANGE + on_a_revision + by_address


def _spec(status: int) -> ResponseSpec:
    return ResponseSpec(Problem, description=_REASONS[status], generate_examples=False)
