"""Hands the stills of a wall to whoever has the key: a WebSocket server for the bus thread. Knows no Qt and draws nothing.

Frames: ``controlroom.live.still_frames``. A still is encoded once and shared; each client has one place a slot, so a slow one gets
fewer stills, takes no memory and holds up nobody. What a client says is not listened to.
"""

import asyncio
import hmac
import threading
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING

import msgspec
import structlog
from websockets.exceptions import ConnectionClosed

from controlroom.live.still_frames import StillsLayout
from controlroom.settings import Settings, listen_address

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

MOST_CLIENTS = 32
AGAIN_S = 5.0
"""Between two tries to listen where somebody else does."""
_POLICY, _FULL = 1008, 1013

_log = structlog.get_logger("controlroom.stills")


def stills_server_of(settings: Settings) -> "StillsServer | None":
    """The server of these settings; without a key there is none."""
    if settings.stills_key is None:
        _log.info("no stills are served: stills_key is not set")
        return None
    host, port = listen_address(settings.stills_listen)
    return StillsServer(host, port, settings.stills_key)


class _Client:
    """What one client has not been sent yet: the layout when it is another, and the newest still of each slot."""

    def __init__(self, connection: "ServerConnection") -> None:
        self._connection = connection
        self._layout: StillsLayout | None = None
        self._told: StillsLayout | None = None
        self._stills: dict[int, bytes] = {}
        self._has_news = asyncio.Event()

    def offer(self, layout: StillsLayout | None, stills: dict[int, bytes]) -> None:
        if layout is None or self._layout is None or layout.generation != self._layout.generation:
            self._stills.clear()
        self._layout = layout
        self._stills.update(stills)
        self._has_news.set()

    async def speak(self) -> None:
        """Sends what there is, and waits for more; ends with the connection."""
        try:
            while True:
                await self._has_news.wait()
                self._has_news.clear()
                await self._send_all()
        except ConnectionClosed:
            return

    async def _send_all(self) -> None:
        """The layout goes first, also one that came while a still was on its way."""
        while self._layout is not None:
            if self._layout is not self._told:
                self._told = self._layout
                await self._connection.send(msgspec.json.encode(self._told).decode())
            elif self._stills:
                await self._connection.send(self._stills.pop(next(iter(self._stills))))
            else:
                return


class StillsServer:
    """``run`` it on an event loop; ``tell``, ``put`` and ``forget`` may be called from any thread.

    ``port`` is ``None`` while it does not listen.
    """

    def __init__(self, host: str, port: int, key: str) -> None:
        self.port: int | None = None
        self._host = host
        self._wanted_port = port
        self._key = key.encode()
        self._audience: Callable[[int], None] = lambda _count: None
        self._clients: set[_Client] = set()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_woken = False
        self._layout: StillsLayout | None = None
        self._stills: dict[int, bytes] = {}
        self._fresh: dict[int, bytes] = {}

    def on_audience(self, told: Callable[[int], None]) -> None:
        """``told(count)`` is called on the event loop's thread whenever a client comes or goes."""
        self._audience = told

    def tell(self, layout: StillsLayout) -> None:
        """What stands now; the stills of another generation are forgotten."""
        with self._lock:
            if self._layout is None or layout.generation != self._layout.generation:
                self._stills.clear()
                self._fresh.clear()
            self._layout = layout
            self._wake()

    def put(self, generation: int, slot: int, still: bytes) -> None:
        """The newest still of a slot, framed; one of a layout that no longer stands is dropped."""
        with self._lock:
            if self._layout is not None and generation == self._layout.generation:
                self._stills[slot] = still
                if self._loop is not None:
                    self._fresh[slot] = still
                self._wake()

    def forget(self) -> None:
        """Nobody draws any more: a client that comes waits for the next layout."""
        with self._lock:
            self._layout = None
            self._stills.clear()
            self._fresh.clear()
            self._wake()

    def _wake(self) -> None:
        """One wake-up is pending at most, however many stills come."""
        if self._loop is not None and not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._spread)

    def _spread(self) -> None:
        with self._lock:
            self._is_woken = False
            layout, fresh = self._layout, dict(self._fresh)
            self._fresh.clear()
        for client in self._clients:
            client.offer(layout, fresh)

    async def run(self) -> None:
        """Listens until it is cancelled; where it cannot, says so once and tries again."""
        is_said = False
        while True:
            try:
                await self._listen()
            except OSError as error:
                if not is_said:
                    is_said = True
                    _log.error("stills cannot be served", host=self._host, port=self._wanted_port, why=error.strerror or str(error))
                await asyncio.sleep(AGAIN_S)

    async def _listen(self) -> None:
        from controlroom.wall.stills_door import open_door

        async with open_door(self._host, self._wanted_port, self._serve, self._judge) as server:
            await self._stay_open(server)

    async def _stay_open(self, server: "Server") -> None:
        with self._lock:
            self._loop, self._is_woken = asyncio.get_running_loop(), False
        self.port = next(iter(server.sockets)).getsockname()[1]
        _log.info("stills are served", host=self._host, port=self.port)
        if not is_loopback(self._host):
            _log.warning("stills are served beyond this machine", host=self._host)
        try:
            await server.serve_forever()
        finally:
            self.port = None
            with self._lock:
                self._loop = None

    def _judge(self, connection: "ServerConnection", request: "Request") -> "Response | None":
        """Who may not come in: a browser's page, whoever has no key or shows it in the address, and more than there is room for."""
        if request.headers.get_all("Origin"):
            return connection.respond(HTTPStatus.FORBIDDEN, "no pages\n")
        if request.path != "/":
            return connection.respond(HTTPStatus.NOT_FOUND, "nothing here\n")
        shown = request.headers.get_all("Authorization")
        kind, _, key = (shown[0] if len(shown) == 1 else "").partition(" ")
        is_right = hmac.compare_digest(key.encode("utf-8", "surrogateescape"), self._key)
        if not is_right or kind.lower() != "bearer":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "a key is needed\n")
        if len(self._clients) >= MOST_CLIENTS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "full\n")
        return None

    async def _serve(self, connection: "ServerConnection") -> None:
        if len(self._clients) >= MOST_CLIENTS:
            await connection.close(_FULL)
            return
        client = _Client(connection)
        with self._lock:
            layout, stills = self._layout, dict(self._stills)
        client.offer(layout, stills)
        self._clients.add(client)
        self._audience(len(self._clients))
        lives = (asyncio.create_task(client.speak()), asyncio.create_task(_hear_out(connection)))
        try:
            await asyncio.wait(lives, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.discard(client)
            self._audience(len(self._clients))
            for life in lives:
                life.cancel()
            await asyncio.wait(lives)


async def _hear_out(connection: "ServerConnection") -> None:
    """Until the client goes, or says anything at all: it has nothing to say here."""
    try:
        await connection.recv()
    except ConnectionClosed:
        return
    await connection.close(_POLICY)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
