"""How a socket becomes a viewer's: a word to sign, who he is by the doors, whether it is his device. Until then he is a stranger."""

import asyncio
from typing import Annotated

import msgspec
import structlog

from controlroom.mirror.addresses import address_of, cookie_of, header_of
from controlroom.mirror.house import House
from controlroom.mirror.identity import DoorsAway, NotLetIn, Who
from controlroom.mirror.proof import is_proved, new_nonce
from controlroom.mirror.socket import (
    NONSENSE,
    NOT_ALLOWED,
    RESTART,
    SIGN_IN,
    SUBPROTOCOL,
    TOO_MANY,
    Ending,
    Gone,
    Socket,
)
from controlroom.mirror.viewers import Viewer, scope_of

_Short = Annotated[str, msgspec.Meta(max_length=200)]

_log = structlog.get_logger("controlroom.mirror")


class Have(msgspec.Struct, frozen=True, kw_only=True):
    """What the page still has of an earlier socket."""

    epoch: _Short
    rev: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="hello"):
    proof: _Short | None = None
    have: Have | None = None
    build: _Short = ""
    language: _Short = ""


def is_own_page(socket: Socket, house: House) -> bool:
    """Whether a page of this mirror opened the socket, and speaks as those do."""
    origin = header_of(socket.scope["headers"], b"origin").lower()
    return origin == house.options.origin and SUBPROTOCOL in socket.scope.get("subprotocols", [])


async def let_in(socket: Socket, house: House, what: str) -> tuple[Viewer, Hello]:
    """The viewer of a socket, accepted and known. ``what``: live or wall, as the audit log is told. Raises ``Gone`` and ``Ending``."""
    address = address_of(socket.scope, house.options.proxies)
    house.viewers.knock(address)
    try:
        await socket.accept()
        nonce = new_nonce()
        try:
            async with asyncio.timeout(house.options.hello_within_s):
                await socket.say({"kind": "challenge", "nonce": nonce})
                hello = _hello(await socket.hear())
        except TimeoutError:
            raise Ending(NONSENSE) from None
        cookie = cookie_of(socket.scope["headers"], house.options.cookie)
        if not cookie or hello.proof is None:
            raise Ending(SIGN_IN)
        who, scope = await _known(house, cookie, address)
        if who.device_key is None or not is_proved(who.device_key, nonce, hello.proof):
            await _refused(house, cookie, address)
            raise Ending(SIGN_IN)
        if house.viewers.is_full(address):
            raise Ending(TOO_MANY, "too_many")
        await _noted(house, cookie, address, what)
        return Viewer(cookie, address, who, scope), hello
    finally:
        house.viewers.enter_or_leave(address)


async def run_socket(socket: Socket, house: House, what: str) -> tuple[Viewer, Hello] | None:
    """As ``let_in``, with the endings of those who are not; ``None`` for them."""
    if not is_own_page(socket, house):
        await socket.refuse(403)
        return None
    address = address_of(socket.scope, house.options.proxies)
    if house.wrong_proofs.is_too_many(address, house.monotonic_s()):
        await socket.refuse(429)
        return None
    if not house.viewers.may_knock(address):
        await socket.refuse(503)
        return None
    try:
        return await let_in(socket, house, what)
    except Gone:
        return None
    except Ending as ending:
        await socket.end(ending)
        return None


def welcome(viewer: Viewer, house: House) -> dict[str, object]:
    """What a viewer is told first; ``csrf``: for a page that signs out."""
    who = viewer.who
    return {
        "kind": "welcome",
        "token": viewer.token,
        "epoch": house.state.epoch_of(viewer.scope),
        "rev": house.state.revision,
        "at": house.at_ms(),
        "build": house.build,
        "who": {
            "login": who.login, "name": who.name, "role": who.role, "agency": who.agency, "ends_at": viewer.ends_at, "csrf": who.csrf,
        },
        "scope": viewer.scope,
    }  # fmt: skip


def _hello(text: bytes) -> Hello:
    try:
        return msgspec.json.decode(text, type=Hello)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Ending(NONSENSE) from None


async def _known(house: House, cookie: str, address: str) -> tuple[Who, str]:
    """Whose session it is and what he may see, if his device proves to be the invited one."""
    try:
        who = await house.identity.who(cookie, address)
    except NotLetIn as refusal:
        raise Ending(SIGN_IN if refusal.status == 401 else NOT_ALLOWED) from None
    except DoorsAway as reason:
        _log.warning("nobody can be let in: the doors do not answer", reason=str(reason))
        raise Ending(RESTART, "identity") from None
    scope = scope_of(who)
    if scope is None:
        raise Ending(NOT_ALLOWED)
    if who.ends_at <= house.now():
        raise Ending(SIGN_IN, "ended")
    return who, scope


async def _refused(house: House, cookie: str, address: str) -> None:
    """Somebody has the cookie and not the device: it is counted, and told in the audit log."""
    house.wrong_proofs.count(address, house.monotonic_s())
    _log.warning("a device did not prove its key: its cookie may be stolen", address=address)
    try:
        await house.identity.note_refusal(cookie, address)
    except (NotLetIn, DoorsAway) as reason:
        _log.warning("the doors took no entry of it", reason=str(reason))


async def _noted(house: House, cookie: str, address: str, what: str) -> None:
    try:
        await house.identity.note_view(cookie, address, what)
    except NotLetIn:
        raise Ending(SIGN_IN) from None
    except DoorsAway as reason:
        _log.warning("nobody can be let in: the doors take no entry in the audit log", reason=str(reason))
        raise Ending(RESTART, "identity") from None
