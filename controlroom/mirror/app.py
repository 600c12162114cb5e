"""Puts the mirror together: one ASGI application of pages, views, what is handed on, and the live socket. No logic of its own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any, NamedTuple

from litestar import Litestar, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from controlroom.mirror.answers import file_answer
from controlroom.mirror.camera_stills import CameraStills
from controlroom.mirror.forwarding import MOST_BODY, forwarding
from controlroom.mirror.guard import Guarded
from controlroom.mirror.house import House, keep_at
from controlroom.mirror.identity import Identity
from controlroom.mirror.live import serve_live
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.pages import Pages
from controlroom.mirror.pictures import Pictures
from controlroom.mirror.refusals import Refusal, refuse_options, refused
from controlroom.mirror.socket import Receive, Scope, Send, Socket
from controlroom.mirror.state import HEARD, MirrorState
from controlroom.mirror.views import views
from controlroom.mirror.wall_relay import WallRelay, serve_wall
from feeds.bus.reader import BusReader
from feeds.messages.city import City
from feeds.messages.layout import Layout

AnyRequest = Request[Any, Any, Any]


class Bus(NamedTuple):
    """Where the room's messages come from: the address of the user who may only read."""

    url: str
    namespace: str
    ca_file: Path | None = None


class Mirror:
    """The application: sockets go to those who serve them, the rest to Litestar; both under the same guard."""

    def __init__(self, house: House, app: Litestar, relay: WallRelay, scripts: Sequence[str]) -> None:
        self._house = house
        self._http = Guarded(app, house.options, scripts)
        self._sockets: Mapping[str, Callable[[Socket], Awaitable[None]]] = {
            "/live": lambda socket: serve_live(socket, house),
            "/wall": lambda socket: serve_wall(socket, house, relay),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._http(scope, receive, send)
            return
        socket, serve = Socket(scope, receive, send), self._sockets.get(scope["path"])
        if serve is None:
            await socket.refuse(404)
        else:
            await serve(socket)

    async def say_goodbye(self) -> None:
        """Every viewer is told that the mirror goes and comes back."""
        await self._house.say_goodbye()


def build_mirror(options: MirrorOptions, city: City, bus: Bus, *, wall: str | None, layouts: Mapping[str, Layout]) -> Mirror:
    """The application. It reads the bus from its start to its end."""
    pages = Pages(options.pages)
    state = MirrorState(
        token_hex(8), bus.namespace, now=lambda: datetime.now(UTC), monotonic_s=monotonic, wall=wall, layouts=layouts
    )  # fmt: skip
    house = House(options, state, Identity(options), pages.build, now=lambda: datetime.now(UTC), monotonic_s=monotonic)
    relay = WallRelay(lambda: _stills_address(options, state), options.stills_key)
    cameras = CameraStills(options.credentials, now=house.now, monotonic_s=monotonic)
    pictures = Pictures(house.identity)
    reader = BusReader(bus.url, bus.namespace, HEARD, state, ca_file=bus.ca_file)
    app = Litestar(
        route_handlers=[page_handler(pages), health, *forwarding(house), *views(house, city, cameras, pictures)],
        lifespan=[lambda _: _living(house, reader, cameras, pictures)],
        exception_handlers={Exception: refused},
        before_request=refuse_options,
        openapi_config=None,
        request_max_body_size=MOST_BODY,
        debug=False,
        logging_config=None,
    )
    return Mirror(house, app, relay, pages.scripts)


def _stills_address(options: MirrorOptions, state: MirrorState) -> str | None:
    """As it was given; else at the port the wall tells, on this machine: a message of the bus can name no other."""
    port = state.stills_port()
    return options.stills_url or (f"ws://127.0.0.1:{port}" if port is not None else None)


@get("/health")
async def health() -> dict[str, str]:
    """Whether the service listens; nothing of what it shows."""
    return {"status": "ok"}


@asynccontextmanager
async def _living(house: House, reader: BusReader, cameras: CameraStills, pictures: Pictures) -> AsyncGenerator[None]:
    work = {"bus": reader.run, "news": house.tell_news, "who stands": house.ask_who_stands}
    tasks = [asyncio.create_task(keep_at(house, name, one), name=f"mirror {name}") for name, one in work.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await cameras.close()
        await pictures.close()
        await house.frames.close()
        await house.identity.close()


def page_handler(pages: Pages) -> HTTPRouteHandler:
    @get(["/", "/{path:path}"])
    async def page(request: AnyRequest) -> Response[bytes]:
        """A file of the built pages, by its whole name in their list."""
        found = pages.find(request.scope["path"])
        if found is None:
            raise Refusal(404)
        return file_answer(request, found)

    return page
