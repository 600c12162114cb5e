"""What is handed on to the doors, path by path. Anything else of theirs cannot be reached from here.

What tells of a person is handed on only beside the word of a live socket: a stolen cookie does not even tell a name.
"""

import asyncio
import re
from http.cookies import CookieError, SimpleCookie
from typing import Any

from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler, route

from controlroom.mirror.addresses import address_of, cookie_of, header_of
from controlroom.mirror.house import House
from controlroom.mirror.identity import KEY_HEADER
from controlroom.mirror.refusals import Refusal

MOST_BODY = 64 * 1024
BODY_WITHIN_S = 15.0
"""For 64 kB on the slowest link; who takes longer keeps others out."""

LIVE_HEADER = b"x-live"

_BEGINNINGS = (
    "/session/invitation/options", "/session/invitation", "/session/device/options", "/session/device", "/session/passkey/options",
    "/session/passkey",
)  # fmt: skip

FORWARDED: tuple[tuple[str, str, bool], ...] = (
    *(("POST", path, False) for path in _BEGINNINGS),
    ("GET", "/session", True),
    ("DELETE", "/session", True),
    ("GET", "/session/all", True),
    ("DELETE", "/session/all/{session:str}", True),
    *((method, "/session/push", True) for method in ("GET", "POST", "DELETE")),
)
"""Method, path, and whether a live socket is needed."""

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_HANDED_ON = ("Content-Type", "Cookie", "Origin", "X-CSRF-Token", "User-Agent")
_KEPT = frozenset({"content-type", "retry-after"})


def forwarding(house: House) -> list[HTTPRouteHandler]:
    """The handlers of all that is handed on."""
    return [_handler(house, method, path, needs_live=needs_live) for method, path, needs_live in FORWARDED]


def need_own_origin(request: Request[Any, Any, Any], house: House) -> None:
    """A page of another site may send a form here, with our cookie; its origin is not ours."""
    headers = request.scope["headers"]
    origin = header_of(headers, b"origin").lower()
    is_reading = request.method == "GET"
    if (origin or not is_reading) and origin != house.options.origin:
        raise Refusal(403, "origin")
    if header_of(headers, b"sec-fetch-site") not in ("", "same-origin", "none"):
        raise Refusal(403, "origin")


def _handler(house: House, method: str, path: str, *, needs_live: bool) -> HTTPRouteHandler:
    async def forward(request: Request[Any, Any, Any]) -> Response[bytes]:
        need_own_origin(request, house)
        headers = request.scope["headers"]
        cookie = cookie_of(headers, house.options.cookie)
        if needs_live and house.viewers.who_asks(header_of(headers, LIVE_HEADER), cookie) is None:
            raise Refusal(403, "not_live")
        session = request.path_params.get("session")
        if session is not None and _SESSION.fullmatch(session) is None:
            raise Refusal(404)
        body = await _body(request) if method == "POST" else None
        if body is not None and header_of(headers, b"content-type").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415)
        asked = path if session is None else path.replace("{session:str}", session)
        answer = await house.identity.ask(method, asked, _handed_on(request, house), body=body)
        return _answered(answer.status, answer.headers, answer.body, is_secure=house.options.is_secure)

    return route(path, http_method=[method], name=f"{method} {path}", status_code=200)(forward)  # pyright: ignore[reportArgumentType]


async def _body(request: Request[Any, Any, Any]) -> bytes:
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await request.body()
    except TimeoutError:
        raise Refusal(408) from None


def _handed_on(request: Request[Any, Any, Any], house: House) -> dict[str, str]:
    headers = request.scope["headers"]
    named = ((name, header_of(headers, name.lower().encode())) for name in _HANDED_ON)
    return {name: value for name, value in named if value} | {
        "X-Forwarded-For": address_of(request.scope, house.options.proxies),
        KEY_HEADER: house.options.mirror_key,
    }


def _answered(status: int, headers: list[tuple[str, str]], body: bytes, *, is_secure: bool) -> Response[bytes]:
    """The doors' answer: its type, its cookies, when to come again, and nothing else they say of themselves."""
    kept = {name.lower(): value for name, value in headers if name.lower() in _KEPT}
    if status >= 500:
        raise Refusal(502)
    cookies = [_cookie(value, is_secure=is_secure) for name, value in headers if name.lower() == "set-cookie"]
    return Response(
        body, status_code=status, media_type=kept.pop("content-type", "application/json"), headers=kept,
        cookies=[one for one in cookies if one is not None],
    )  # fmt: skip


def _cookie(told: str, *, is_secure: bool) -> Cookie | None:
    """A cookie of the doors as it is set here: its name, value and age; never readable by a script, never sent to another site."""
    try:
        jar = SimpleCookie(told)
    except CookieError:
        return None
    for name, morsel in jar.items():
        age = morsel["max-age"]
        life = int(age) if str(age).lstrip("-").isdigit() else None
        return Cookie(
            key=name, value=morsel.value, path="/", max_age=life, secure=is_secure or bool(morsel["secure"]), httponly=True,
            samesite="strict" if str(morsel["samesite"]).lower() == "strict" else "lax",
        )  # fmt: skip
    return None
