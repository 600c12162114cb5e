"""The bus thread: runs one BusReader under asyncio and puts what it reads into the mailbox; beside it whatever else of the wall waits."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from controlroom.live.lives import Life, again_and_again, say_fault
from controlroom.live.mailbox import Mailbox
from controlroom.settings import Settings, SettingsError
from feeds.bus.reader import BusReader, ReaderStatus
from feeds.bus.wall_voice import WallVoice
from feeds.messages.header import Message, Topic

STOP_TIMEOUT_S = 5.0
RESTART_S = 2.0
"""Between the unexpected end of the reader and its next life."""

_READER = "bus reader"


class MailboxSink:
    """What the reader calls, on the bus thread. The newest status replaces the older one (one reference, swapped whole)."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.reader_status: ReaderStatus | None = None

    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        self._mailbox.put_snapshot(topic, messages)

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        self._mailbox.put(topic, message)

    def rejected(self, topic_name: str, reason: str) -> None:
        """Counted and logged by the reader itself; its status carries the count."""

    def status(self, status: ReaderStatus) -> None:
        self.reader_status = status


def voice_of(settings: Settings) -> WallVoice | None:
    """Who says on the bus what the wall shows; raises ``SettingsError`` for a bad ``redis_wall_url``."""
    if settings.redis_wall_url is None:
        return None
    try:
        return WallVoice(settings.redis_wall_url, settings.namespace, ca_file=settings.redis_ca)
    except ValueError as error:
        raise SettingsError(f"redis_wall_url: {error}") from None


class BusThread:
    """Starts and stops the reader and, where there is one, the wall's ``voice``; raises ``SettingsError`` for a bad ``url``.

    ``beside``: more that lives on this thread as long as it does, by name: each a coroutine function that runs until it is cancelled.
    ``report(where, error)`` hears, on the bus thread, of any that ended by an error of its own; it is then begun again.
    ``reader_status`` may be read from any thread.
    """

    def __init__(
        self,
        url: str,
        namespace: str,
        topics: Sequence[Topic[Any]],
        mailbox: Mailbox,
        *,
        ca_file: str | None = None,
        voice: WallVoice | None = None,
        beside: Mapping[str, Life] | None = None,
        report: Callable[[str, BaseException], None] = say_fault,
    ) -> None:
        self._sink = MailboxSink(mailbox)
        try:
            self._reader = BusReader(url, namespace, topics, self._sink, ca_file=ca_file)
        except ValueError as error:
            raise SettingsError(f"redis_url: {error}") from None
        self._lives = {_READER: self._read_bus, **({"bus voice": voice.run} if voice is not None else {}), **(beside or {})}
        self._report = report
        self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_started = threading.Event()

    @property
    def reader_status(self) -> ReaderStatus | None:
        return self._sink.reader_status

    def start(self) -> None:
        self._thread.start()
        self._is_started.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        """Cancels the reader and waits for the thread (at most ``STOP_TIMEOUT_S``)."""
        loop, task = self._loop, self._task
        if loop is not None and task is not None and self._thread.is_alive():
            loop.call_soon_threadsafe(task.cancel)
        if self._thread.is_alive():
            self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.run(self._read())

    async def _read(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._is_started.set()
        lives = [asyncio.create_task(self._live(name, life)) for name, life in self._lives.items()]
        with suppress(asyncio.CancelledError):
            await asyncio.wait(lives)
        # Not gather: it comes back with the first that has ended, while the other still says goodbye.
        for life in lives:
            life.cancel()
        await asyncio.wait(lives)

    async def _read_bus(self) -> None:
        await self._reader.run()

    async def _live(self, where: str, life: Life) -> None:
        def failed(error: BaseException | None) -> None:
            if error is None:
                return
            self._report(where, error)
            if where == _READER:
                former = self._sink.reader_status or ReaderStatus()
                self._sink.status(msgspec.structs.replace(former, connected=False, reason=f"the reader failed: {type(error).__name__}"))

        await again_and_again(where, life, failed, RESTART_S)
