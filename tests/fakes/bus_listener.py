"""A wall that only listens: it keeps what the bus says by topic and key, and lets a test wait for a state of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from feeds.bus.reader import BusReader, ReaderStatus
from feeds.messages.header import Delivery, Message, Topic

PATIENCE_S = 20.0


class BusListener:
    """``latest`` by topic name and key; ``events`` by topic name in order; ``refused`` what the reader would not take."""

    def __init__(self) -> None:
        self.latest: dict[str, dict[str, Message[Any]]] = {}
        self.events: dict[str, list[Message[Any]]] = {}
        self.refused: list[tuple[str, str]] = []
        self.last_status = ReaderStatus()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        self.latest[topic.name] = {}
        if topic.delivery is Delivery.EVERY:
            self.events[topic.name] = []
        for message in messages:
            self.message(topic, message)

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        if topic.delivery is Delivery.EVERY:
            self.events.setdefault(topic.name, []).append(message)
        elif message.body is None:
            self.latest.setdefault(topic.name, {}).pop(message.key, None)
        else:
            self.latest.setdefault(topic.name, {})[message.key] = message
        self._wake()

    def rejected(self, topic_name: str, reason: str) -> None:
        self.refused.append((topic_name, reason))

    def status(self, status: ReaderStatus) -> None:
        self.last_status = status
        self._wake()

    def bodies(self, topic: Topic[Any]) -> dict[str, Any]:
        """The bodies of a LATEST topic by key."""
        return {key: message.body for key, message in self.latest.get(topic.name, {}).items()}

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait until ``holds()`` is true of what has been heard; ``TimeoutError`` after 20 s."""
        async with asyncio.timeout(PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: bool(holds()))

    def _wake(self) -> None:
        async def notify() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.get_running_loop().create_task(notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait for the last notifications."""
        while self._tasks:
            await asyncio.gather(*self._tasks)


@asynccontextmanager
async def listening(url: str, namespace: str, *topics: Topic[Any]) -> AsyncIterator[BusListener]:
    """A listener on ``topics`` for the length of the block."""
    listener = BusListener()
    task = asyncio.create_task(BusReader(url, namespace, topics, listener).run())
    try:
        yield listener
    finally:
        await ended(task)
        await listener.settle()


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel a task that runs for ever and wait for its end; its own error is raised."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
