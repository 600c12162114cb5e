"""A room with a mirror for pages to look at: embedded Redis, real doors, feeder and service; people come in by the real command."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from controlroom.measure.browser import a_browser
from controlroom.measure.mirror_page import MirrorPage
from controlroom.measure.mirror_room import MirrorRoom
from controlroom.measure.parts import Parts
from controlroom.measure.spoken import Arrived, Done
from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.bus.reader import BusReader, ReaderStatus
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import TOTALS, ReportState, Totals

FoundT = TypeVar("FoundT")
REPORTS = 120
NAMESPACE = "live"
WAIT_S = 20.0

SHOWN = """(() => {
  const box = document.querySelector('[data-topic="totals"][data-seq]');
  if (box === null) return null;
  const numbers = [...box.querySelectorAll('[data-total]')].map(it => [it.dataset.total, Number(it.textContent.replace(/[^0-9]/g, ""))]);
  return [Number(box.dataset.seq), Object.fromEntries(numbers)];
})()"""
"""The sequence number of the totals on the page, and the numbers by name."""


def in_thread(work: Callable[[], Awaitable[FoundT]]) -> FoundT:
    """Playwright keeps a loop of its own in this thread: another one runs beside it."""
    found: list[FoundT] = []

    async def run() -> None:
        found.append(await work())

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()
    return found[0]


class Watching:
    """What a wall's reader holds of the totals, by sequence number: as every screen shows it."""

    def __init__(self, url: str) -> None:
        self.by_seq: dict[int, dict[str, int]] = {}
        self._url = url
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read()))

    def __enter__(self) -> "Watching":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        for message in messages:
            self.message(topic, message)

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        if isinstance(message.body, Totals):
            self.by_seq[message.seq] = as_shown(message.body)

    def rejected(self, topic_name: str, reason: str) -> None:
        raise AssertionError(f"{topic_name}: {reason}")

    def status(self, status: ReaderStatus) -> None:
        """Of no interest here."""

    async def _read(self) -> None:
        reading = asyncio.create_task(BusReader(self._url, NAMESPACE, [TOTALS], self).run())
        while not self._end.is_set():
            await asyncio.sleep(0.05)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def as_shown(totals: Totals) -> dict[str, int]:
    """``Baru`` is new and reopened; reopened is said beside it when there are any."""
    counts = {"received": totals.received} | {state.value: totals.count(state) for state in ReportState}
    again = counts.pop(ReportState.REOPENED.value)
    return counts | {"new": counts["new"] + again} | ({"reopened": again} if again else {})


class House:
    """``link()`` is what ``controlroom invite`` prints."""

    def __init__(self, parts: Parts, room: MirrorRoom, browser: Any) -> None:
        self.parts = parts
        self.room = room
        self.browser = browser
        self._guests = 0

    def link(self, role: str = "mayor", *more: str) -> str:
        return str(self.invited(role, *more)["link"])

    def invited(self, role: str = "mayor", *more: str) -> dict[str, Any]:
        """As ``controlroom invite --json`` says it."""
        self._guests += 1
        doors = self.room.doors
        words = ("invite", "--role", role, "--name", f"Tamu {self._guests}", "--url", self.room.base, "--database", doors.url, *more)
        city = ("--city", str(doors.folder / "city"), "--namespace", NAMESPACE, "--json")
        done = subprocess.run([sys.executable, "-m", "controlroom", *words, *city], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def page(self, size: tuple[int, int] = (390, 844), **more: str) -> Iterator[MirrorPage]:
        """A device of its own."""
        page = MirrorPage(self.browser, self.room.base, size, **more)
        try:
            yield page
        finally:
            page.context.close()

    @contextmanager
    def seen(self, size: tuple[int, int] = (390, 844), **more: str) -> Iterator[MirrorPage]:
        """As ``page``, let in and live."""
        with self.page(size, **more) as page:
            page.enter(self.link())
            yield page

    def arrive(self, count: int, per_s: float = 20.0) -> None:
        self.parts.feeder.tell("arrive", count=count, per_s=per_s)
        self.parts.feeder.hear(Arrived, count / per_s + WAIT_S)

    def publish(self, *values: tuple[Topic[Any], str, Any]) -> None:
        """Beside the feeder, topics that are not its own."""

        async def work() -> None:
            redis = connect(self.parts.redis.url_for("back"))
            publisher = BusPublisher(redis, NAMESPACE, "pages", clock=lambda: datetime.now(UTC))
            await publisher.start(list({topic.name: topic for topic, _, _ in values}.values()))
            for topic, key, body in values:
                value = Outgoing(key=key, body=body, observed_at=datetime.now(UTC), source="pages", quality=Quality.MEASURED)
                await publisher.publish(topic, [value])
            await publisher.stop()
            await redis.aclose()

        in_thread(work)


def until(page: MirrorPage, look: Callable[[], object], within_s: float = WAIT_S) -> None:
    end = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < end, f"in vain; the page says {page.page.locator('body').inner_text()[:600]!r}"
        page.wait(0.05)


@contextmanager
def a_house(engine: Callable[[], AbstractContextManager[Any]] = a_browser) -> Iterator[House]:
    """``engine``: what opens pages; ``House.page`` and ``House.seen`` are Chromium's."""
    with engine() as browser, Parts(namespace=NAMESPACE) as parts, MirrorRoom(parts) as room:
        parts.start_feeder().ask(Done, "reports", count=REPORTS, within_s=60)
        room.open_mirror()
        yield House(parts, room, browser)
