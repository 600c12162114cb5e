"""The bus thread: runs one BusReader under asyncio and puts what it reads into the mailbox."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from controlroom.live.mailbox import Mailbox
from controlroom.settings import SettingsError
from feeds.bus.reader import BusReader, ReaderStatus
from feeds.messages.header import Message, Topic

STOP_TIMEOUT_S = 5.0
RESTART_S = 2.0
"""Between the unexpected end of the reader and its next life."""

_log = structlog.get_logger("controlroom.bus")


def _say_fault(where: str, error: BaseException) -> None:
    _log.error("uncaught error", where=where, exc_info=(type(error), error, error.__traceback__))


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


class BusThread:
    """Starts and stops the reader; raises ``SettingsError`` for a bad ``url``. ``reader_status`` may be read from any thread.

    ``report(where, error)`` hears of a reader that ended by an error of its own, which is then begun again; any thread calls it.
    """

    def __init__(
        self,
        url: str,
        namespace: str,
        topics: Sequence[Topic[Any]],
        mailbox: Mailbox,
        *,
        ca_file: str | None = None,
        report: Callable[[str, BaseException], None] = _say_fault,
    ) -> None:
        self._sink = MailboxSink(mailbox)
        try:
            self._reader = BusReader(url, namespace, topics, self._sink, ca_file=ca_file)
        except ValueError as error:
            raise SettingsError(f"redis_url: {error}") from None
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
        while True:
            reading = asyncio.create_task(self._reader.run(), name="bus reader")
            try:
                await asyncio.wait((reading,))
                error = reading.exception()
                if error is not None:
                    self._report("bus reader", error)
                    former = self._sink.reader_status or ReaderStatus()
                    reason = f"the reader failed: {type(error).__name__}"
                    self._sink.status(msgspec.structs.replace(former, connected=False, reason=reason))
                await asyncio.sleep(RESTART_S)
            except asyncio.CancelledError:
                reading.cancel()
                await asyncio.wait((reading,))
                return
