"""A desk for a page under test: everything a page is given, and a bus that a test fills by hand."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from controlroom.console.desk_api import DeskApi
from controlroom.console.look import DeskLook
from controlroom.console.page import DeskContext, Tone
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.mailbox import Parcel
from controlroom.settings import ASSETS
from controlroom.texts import translator
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.system import HEARTBEAT, Heartbeat
from tests.console.desk_server import CITY, PASSWORD
from widgets.kit.numerals import Numerals

AWAY = "http://127.0.0.1:9"
"""Doors that nobody opens."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class FakeBus:
    """What a page hears. ``clock_s`` is the monotonic clock of freshness: set it ahead and everything is that much older."""

    def __init__(self, namespace: str = "live") -> None:
        self.ahead_s = 0.0
        self.book = FreshnessBook(namespace, monotonic_s=lambda: time.monotonic() + self.ahead_s)
        self.hub = Hub(self.book, now=utc_now, monotonic_ms=lambda: time.monotonic() * 1000)
        self._seq = 0

    def put(self, topic: Topic[Any], **bodies: Any) -> None:
        """One message for each key; the body ``None`` takes the key away. Keys that are no names: ``put_all``."""
        self.put_all(topic, bodies)

    def put_all(self, topic: Topic[Any], bodies: dict[str, Any], *, is_reset: bool = False, quality: Quality = Quality.MEASURED) -> None:
        """``is_reset``: these are all there is, as after a snapshot."""
        self.hub.deliver([Parcel(topic, [self.message(topic, key, body, quality) for key, body in bodies.items()], is_reset)])

    def message(self, topic: Topic[Any], key: str, body: Any, quality: Quality = Quality.MEASURED) -> Message[Any]:
        self._seq += 1
        now = utc_now()
        return Message(seq=self._seq, epoch="e", key=key, source="test", observed_at=now, published_at=now, quality=quality, body=body)

    def beat(self) -> None:
        """A heartbeat: the bus is there."""
        self.put(HEARTBEAT, feeds=Heartbeat(publisher="feeds", clock=utc_now(), marks=()))


class Memory:
    """What is remembered, for a test."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str, otherwise: Any) -> Any:
        return self.values.get(key, otherwise)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value


class Desk:
    """``ctx`` is what a page is given; ``told`` keeps what pages told the person."""

    def __init__(self, url: str, language: str, look: str, now: Callable[[], datetime]) -> None:
        self.bus = FakeBus()
        self.api = DeskApi(url)
        self.look = DeskLook(ASSETS / "theme.toml", look)
        self.told: list[tuple[str, Tone, tuple[str, Callable[[], None]] | None]] = []
        self.ctx = DeskContext(
            api=self.api,
            hub=self.bus.hub,
            city=CITY,
            language=language,
            text=Numerals(language, CITY.time_zone),
            tr=translator(language),
            look=self.look,
            now=now,
            tell=lambda text, tone, action=None: self.told.append((text, tone, action)),
            remembered=Memory(),
        )

    def sign_in(self, qtbot: Any, login: str = "ani", password: str = PASSWORD) -> None:
        """Signed in when it returns."""
        failed: list[Any] = []
        self.api.sign_in(login, password, lambda _: None, failed.append)
        qtbot.waitUntil(lambda: self.api.who is not None or bool(failed), timeout=20_000)
        assert not failed, failed

    def close(self) -> None:
        self.api.close()
        self.bus.hub.close()


@contextmanager
def a_desk(url: str = AWAY, *, language: str = "id", look: str = "dark", now: Callable[[], datetime] = utc_now) -> Generator[Desk]:
    """Needs a QApplication (``qtbot``). Take the page down (``close_page``) before the desk goes."""
    desk = Desk(url, language, look, now)
    try:
        yield desk
    finally:
        desk.close()


def with_changes(ctx: DeskContext, **changes: Any) -> DeskContext:
    """The same desk with something else."""
    return msgspec.structs.replace(ctx, **changes)


def words(messages: Sequence[tuple[str, Tone, Any]]) -> list[str]:
    return [text for text, _, _ in messages]
