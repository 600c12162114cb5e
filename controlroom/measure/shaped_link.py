"""A narrow link on loopback: a TCP relay with a rate, a delay and counted bytes both ways. Knows nothing of what passes through it.

All connections of one link share its rate, as the tabs of a phone share its network. A sender feels the rate: little is taken ahead.
"""

import asyncio
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import TracebackType
from typing import Self

CHUNK = 1_460
"""What is taken at once: a packet."""
AHEAD_S = 0.25
"""So much is taken ahead of the rate, as the queue of a radio link does; and never less than ``LEAST_AHEAD`` bytes."""
LEAST_AHEAD = 4 * CHUNK
MOST_AHEAD = 256 * 1024
STALL_LOOK_S = 0.02
KERNEL_BUFFER = 8 * 1024
"""Of the relay's own sockets: the kernel would take hundreds of kilobytes more."""


@dataclass(frozen=True)
class Shape:
    """``bit_s`` 0: as fast as it goes. ``delay_s``: one way."""

    bit_s: float = 0.0
    delay_s: float = 0.0


class Lane:
    """One direction of a link. Says when what is sent now will have arrived; pure, the caller brings the time (seconds)."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._free_at = 0.0
        self.octets = 0

    def arrives_at(self, now: float, size: int) -> float:
        """Takes ``size`` bytes on: they follow what was sent before, at the link's rate, and then take the delay."""
        self.octets += size
        begins = max(now, self._free_at)
        self._free_at = begins + (size * 8 / self._shape.bit_s if self._shape.bit_s else 0.0)
        return self._free_at + self._shape.delay_s

    def room_in(self, now: float) -> float:
        """Seconds until the link takes more: what waits for its turn is bounded."""
        if not self._shape.bit_s:
            return 0.0
        ahead = min(MOST_AHEAD, max(LEAST_AHEAD, self._shape.bit_s / 8 * AHEAD_S))
        return max(0.0, self._free_at - now - ahead * 8 / self._shape.bit_s)


class ShapedLink:
    """``with ShapedLink(port, Shape(300_000, 0.15)) as link``: what connects to ``link.port`` reaches ``port`` that way.

    A connection is made after a round trip, as TCP's own greeting takes one.
    """

    def __init__(self, port: int, shape: Shape = Shape()) -> None:
        self._target = port
        self._shape = shape
        self._at_once = CHUNK if shape.bit_s else 1 << 16
        self._up, self._down = Lane(shape), Lane(shape)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="shaped link", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._is_stalled = False
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def up(self) -> int:
        """Bytes taken from those who connected."""
        return self._up.octets

    @property
    def down(self) -> int:
        """Bytes taken for them."""
        return self._down.octets

    def stall(self, is_stalled: bool) -> None:
        """A stalled link takes nothing and hands on nothing, and ends no connection: a phone in a tunnel."""
        self._is_stalled = is_stalled

    def cut(self) -> None:
        """Ends all connections; new ones are taken."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    async def _open(self) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        if self._shape.bit_s:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        self._server = await asyncio.start_server(self._on_connection, sock=listener, limit=self._at_once)
        return int(listener.getsockname()[1])

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._cut()

    async def _cut(self) -> None:
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._relay(reader, writer)
        except (OSError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * self._shape.delay_s)
        beyond = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self._shape.bit_s:
            beyond.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        beyond.setblocking(False)
        await self._loop.sock_connect(beyond, ("127.0.0.1", self._target))
        there, back = await asyncio.open_connection(sock=beyond, limit=self._at_once)
        for one in (writer, back):
            _send_at_once(one)
        ways = [asyncio.ensure_future(way) for way in (self._carry(reader, back, self._up), self._carry(there, writer, self._down))]
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            back.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, lane: Lane) -> None:
        """Until the source ends; then the target is told so, and the other way goes on."""
        under_way: deque[tuple[float, bytes]] = deque()
        has_more = asyncio.Event()
        delivery = asyncio.ensure_future(self._deliver(under_way, has_more, target))
        try:
            while True:
                await self._wait_for_room(lane)
                taken = await source.read(self._at_once)
                under_way.append((lane.arrives_at(self._loop.time(), len(taken)), taken))
                has_more.set()
                if not taken:
                    break
            await delivery
        finally:
            delivery.cancel()
            await asyncio.gather(delivery, return_exceptions=True)

    async def _wait_for_room(self, lane: Lane) -> None:
        while (wait := STALL_LOOK_S if self._is_stalled else lane.room_in(self._loop.time())) > 0:
            await asyncio.sleep(wait)

    async def _deliver(self, under_way: deque[tuple[float, bytes]], has_more: asyncio.Event, target: asyncio.StreamWriter) -> None:
        while True:
            while not under_way:
                has_more.clear()
                await has_more.wait()
            due, data = under_way.popleft()
            while (wait := STALL_LOOK_S if self._is_stalled else due - self._loop.time()) > 0:
                await asyncio.sleep(wait)
            if not data:
                with suppress(OSError):
                    target.write_eof()
                return
            target.write(data)
            await target.drain()


def _send_at_once(writer: asyncio.StreamWriter) -> None:
    writer.transport.set_write_buffer_limits(high=KERNEL_BUFFER)
    plug = writer.get_extra_info("socket")
    if plug is not None:
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
