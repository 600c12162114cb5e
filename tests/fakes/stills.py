"""A real stills server on a thread of its own, and clients of it: one that listens, and one that never reads."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType

from websockets.sync.client import ClientConnection, connect

from controlroom.live.still_frames import StillHead, StillsLayout, StillSlot, framed, layout_of, unframed
from controlroom.wall.stills_server import StillsServer

KEY = "kunci-gambar-kecil-yang-panjang"
PATIENCE_S = 15.0
AT = datetime(2026, 11, 26, 7, 32, 8, tzinfo=UTC)


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def layout(generation: int = 1, slots: int = 3, *, is_curtained: bool = False, revision: int = 7) -> StillsLayout:
    return StillsLayout(
        wall="uji",
        revision=revision,
        generation=generation,
        at=AT,
        size=(3840, 2160),
        scale=1 / 3,
        is_curtained=is_curtained,
        slots=tuple(StillSlot(index=n, panel="totals", rect=(n * 100, 0, 90, 60)) for n in range(1, slots + 1)),
    )


def still(slot: int, picture: bytes, generation: int = 1, size: tuple[int, int] = (30, 20), mime: str = "image/jpeg") -> bytes:
    head = StillHead(slot=slot, generation=generation, painted_at=AT, width=size[0], height=size[1], mime=mime)
    return framed(head, picture)


class Serving:
    """``with Serving() as there: there.server.put(...); connect(there.url)``. ``counts``: the audience, as it was told."""

    def __init__(self, *, port: int = 0, key: str = KEY) -> None:
        self.counts: list[int] = []
        self.server = StillsServer("127.0.0.1", port, key)
        self.server.on_audience(self.counts.append)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="stills")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self.server.run())
        await asyncio.wait((self._task,))

    @property
    def port(self) -> int:
        until(lambda: self.server.port is not None, "the server listens")
        assert self.server.port is not None
        return self.server.port

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def audience(self) -> int:
        return self.counts[-1] if self.counts else 0

    def __enter__(self) -> "Serving":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "the server ends when it is told to"


@contextmanager
def listening(url: str, key: str = KEY) -> Iterator[ClientConnection]:
    """A client as the console's, but in the hands of a test."""
    headers = {"Authorization": f"Bearer {key}"}
    with connect(url, additional_headers=headers, compression=None, proxy=None, max_size=2**23) as connection:
        yield connection


def next_layout(connection: ClientConnection) -> StillsLayout:
    """The next text frame, whatever stills come before it."""
    while True:
        frame = connection.recv(timeout=PATIENCE_S)
        if isinstance(frame, str):
            return layout_of(frame)


def next_still(connection: ClientConnection) -> tuple[StillHead, bytes]:
    """The next picture, whatever is said before it."""
    while True:
        frame = connection.recv(timeout=PATIENCE_S)
        if isinstance(frame, bytes):
            return unframed(frame)


class Deaf:
    """A client that shakes hands and then reads nothing: no still, no ping. Its buffer is as small as the kernel allows."""

    def __init__(self, port: int, key: str = KEY) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))
        lines = ("GET / HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
        lines += ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", f"Authorization: Bearer {key}", "", "")
        self.socket.sendall("\r\n".join(lines).encode())
        assert self.socket.recv(12) == b"HTTP/1.1 101"

    def __enter__(self) -> "Deaf":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.socket.close()
