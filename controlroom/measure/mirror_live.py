"""The live socket of a mirror as a program reads it: proof of the device's key, frames, what they come to. Decodes with code of its own."""

import asyncio
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Origin, Subprotocol

from controlroom.measure.mirror_device import LIVE, Device

WORDS = Path(__file__).resolve().parents[1] / "mirror" / "words.txt"
PROTOCOL = "live-room.1"
MOST_FRAME = 16 * 1024 * 1024
OPEN_S = 30.0

Row = list[Any]
"""Sequence number, observed and published (milliseconds), quality, source, body."""


class Frame(msgspec.Struct, frozen=True, rename={"begins": "from", "ends": "to"}):
    """``begins`` 0: a snapshot, all before is forgotten; ``of``: its parts, the last of which makes ``ends`` stand."""

    begins: int
    ends: int
    epoch: str
    at: int
    put: dict[str, dict[str, Row]] = {}
    gone: dict[str, list[str]] = {}
    lines: list[list[Any]] = []
    fresh: dict[str, list[Any]] = {}
    wall: dict[str, Any] | None = None
    part: int = 1
    of: int = 1


class Said(msgspec.Struct, frozen=True):
    """A text of the server: ``challenge``, ``welcome``, ``beat`` or ``bye``."""

    kind: str
    nonce: str = ""
    token: str = ""
    epoch: str = ""
    rev: int = 0
    at: int = 0
    why: str = ""
    scope: str = ""


class Refused(RuntimeError):
    """The socket was closed instead of a welcome; ``code`` is WebSocket's, or HTTP's status."""

    def __init__(self, code: int) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Opener:
    """Unpacks frames; the same bytes once, since a mirror hands the same frame to many."""

    def __init__(self, words: bytes | None = None) -> None:
        self._words = WORDS.read_bytes() if words is None else words
        self._decode = msgspec.json.Decoder(Frame).decode
        self._last: tuple[bytes, Frame] | None = None

    def frame(self, packed: bytes) -> Frame:
        if self._last is not None and self._last[0] == packed:
            return self._last[1]
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self._words)
        frame = self._decode(unpacking.decompress(packed) + unpacking.flush())
        self._last = (packed, frame)
        return frame


class Holding:
    """What a page holds after its frames."""

    def __init__(self) -> None:
        self.epoch, self.rev = "", 0
        self.topics: dict[str, dict[str, Row]] = {}
        self.wall: dict[str, Any] | None = None

    def take(self, frame: Frame) -> bool:
        """``False``: it does not follow what is held, and nothing was taken."""
        if frame.begins == 0 and frame.part == 1:
            self.topics, self.wall, self.rev = {}, None, 0
        elif frame.begins and (frame.begins != self.rev or frame.epoch != self.epoch):
            return False
        for topic, rows in frame.put.items():
            self.topics.setdefault(topic, {}).update(rows)
        for topic, keys in frame.gone.items():
            for key in keys:
                self.topics.get(topic, {}).pop(key, None)
        self.wall = frame.wall or self.wall
        if frame.part == frame.of:
            self.epoch, self.rev = frame.epoch, frame.ends
        return True

    def body(self, topic: str) -> Mapping[str, Any] | None:
        """Of a topic with one message."""
        row = next(iter(self.topics.get(topic, {}).values()), None)
        return None if row is None else row[5]


@asynccontextmanager
async def connected(
    base: str, cookie: str, *, path: str = "/live", port: int | None = None, origin: str | None = None
) -> AsyncGenerator[ClientConnection]:
    """A socket that has said nothing yet. ``port``: of a link that leads there. Raises ``Refused`` when HTTP refuses it."""
    address = urlsplit(base)
    try:
        connection = await websockets.connect(
            f"ws://{address.netloc}{path}", host="127.0.0.1", port=port or address.port, origin=Origin(origin or base),
            subprotocols=[Subprotocol(PROTOCOL)], additional_headers={"Cookie": cookie} if cookie else {}, compression=None,
            max_size=MOST_FRAME, open_timeout=OPEN_S, ping_interval=None, proxy=None,
        )  # fmt: skip
    except websockets.InvalidStatus as refusal:
        raise Refused(refusal.response.status_code) from refusal
    async with connection:
        yield connection


async def welcomed(connection: ClientConnection, device: Device | None, have: tuple[str, int] | None = None) -> Said:
    """Shows the device's key and waits for the welcome. Raises ``Refused``."""
    try:
        challenge = msgspec.json.decode(await asyncio.wait_for(connection.recv(), OPEN_S), type=Said)
        proof = None if device is None else device.signed(LIVE + challenge.nonce)
        await connection.send(hello(proof, have))
        said = msgspec.json.decode(await asyncio.wait_for(connection.recv(), OPEN_S), type=Said)
    except websockets.ConnectionClosed as closed:
        raise Refused(closed.rcvd.code if closed.rcvd is not None else 1006) from closed
    if said.kind != "welcome":
        await connection.wait_closed()
        raise Refused(connection.close_code or 1006)
    return said


def hello(proof: str | None, have: tuple[str, int] | None = None) -> str:
    held = None if have is None else {"epoch": have[0], "rev": have[1]}
    return msgspec.json.encode({"kind": "hello", "proof": proof, "have": held, "build": "", "language": "id"}).decode()


def drawn(rev: int) -> str:
    return f'{{"kind":"drawn","rev":{rev}}}'


async def frames(connection: ClientConnection, opener: Opener) -> AsyncIterator[tuple[float, int, Frame]]:
    """When each came (monotonic), its size on the wire, and what it says; ``drawn`` is answered for the asker."""
    while True:
        heard = await connection.recv()
        if isinstance(heard, bytes):
            at = time.monotonic()
            frame = opener.frame(heard)
            yield at, len(heard), frame
            await connection.send(drawn(frame.ends))
