"""One pub/sub connection read in batches, with no reconnecting of its own: when it is lost, its owner hears of it.

redis-py reconnects and subscribes again without a word, and the messages between are gone; so the reader has its own.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Self, cast

import hiredis

from feeds.bus.connection import CONNECT_TIMEOUT_S, Address

# Its stub knows commands of one word only.
_pack = cast("Callable[[tuple[str, ...]], bytes]", hiredis.pack_command)  # pyright: ignore[reportUnknownMemberType]


class SubscriptionLost(ConnectionError):
    """The connection ended or the server refused a command."""


class Subscription(asyncio.Protocol):
    """Calls ``deliver(channel, payload)`` in order of arrival, on the event loop.

    ``lost`` is done when the connection ends: with ``SubscriptionLost``, or with the error ``deliver`` raised.
    """

    def __init__(self, deliver: Callable[[bytes, Any], None], clock: Callable[[], float]) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.heard_at = clock()
        self._acknowledged = asyncio.Event()
        self._awaited = 0
        self._deliver = deliver
        self._clock = clock
        self._parser: Any = hiredis.Reader(notEnoughData=self)
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(
        cls, address: Address, channels: Sequence[str], deliver: Callable[[bytes, Any], None], clock: Callable[[], float]
    ) -> Self:
        """Connect, subscribe and wait for every acknowledgement; ``OSError`` or ``TimeoutError`` within 2 s when it cannot."""
        loop = asyncio.get_running_loop()
        self = cls(deliver, clock)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                if address.path is not None:
                    await loop.create_unix_connection(lambda: self, address.path)
                else:
                    await loop.create_connection(lambda: self, address.host, address.port, ssl=address.tls())
                self._greet(address, channels)
                waiting = asyncio.ensure_future(self._acknowledged.wait())
                try:
                    await asyncio.wait((waiting, self.lost), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
                if self.lost.done():
                    self.lost.result()
        except BaseException:
            self.close()
            raise
        return self

    def ping(self) -> None:
        """Ask the server for a sign of life; it shows in ``heard_at``."""
        self._send(["PING"])

    def close(self) -> None:
        """End the connection at once; ``lost`` is then done without an error."""
        if not self.lost.done():
            self.lost.set_result(None)
        elif not self.lost.cancelled():
            self.lost.exception()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.lost.done():
            return
        self.heard_at = self._clock()
        self._parser.feed(data)
        try:
            while (reply := self._parser.gets()) is not self:
                self._take(reply)
        except hiredis.HiredisError as error:
            self._fail(SubscriptionLost(f"Redis sent what is not its protocol: {error}"))
        except SubscriptionLost as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.lost.done():
            return
        if exc is not None and not isinstance(exc, OSError):
            # What ``deliver`` raised: asyncio ended the connection over it, and run() brings it to light.
            self.lost.set_exception(exc)
        else:
            self.lost.set_exception(SubscriptionLost(str(exc) if exc else "Redis closed the connection"))

    def _greet(self, address: Address, channels: Sequence[str]) -> None:
        if address.password is not None:
            self._send(["AUTH", *([address.username] if address.username else []), address.password])
        self._awaited = len(channels)
        self._send(["SUBSCRIBE", *channels])

    def _take(self, reply: Any) -> None:
        if isinstance(reply, list):
            parts = cast("list[Any]", reply)
            kind = parts[0]
            if kind == b"message":
                self._deliver(parts[1], parts[2])
            elif kind == b"subscribe":
                self._awaited -= 1
                if self._awaited == 0:
                    self._acknowledged.set()
        elif isinstance(reply, Exception):
            raise SubscriptionLost(f"Redis refused: {reply}")

    def _send(self, words: list[str]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_pack(tuple(words)))

    def _fail(self, error: Exception) -> None:
        if not self.lost.done():
            self.lost.set_exception(error)
        if self._transport is not None:
            self._transport.abort()
