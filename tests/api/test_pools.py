"""What is slow holds up its own kind alone: looks at the store never wait for a server of names, a decoder or a password."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Generator
from io import BytesIO
from typing import Any

import pytest

from feeds.api.media_url import MediaFetcher, Unfetched
from feeds.api.sessions import MOST_HASHING, Gate
from feeds.reports.pictures import AT_ONCE, Pictures
from tests.fakes.open311_client import Town, a_town

MANY = 12
"""More than the threads a machine of a few cores lends to everybody."""


class Stuck:
    """Work that does not end until it is let go, and how much of it was under way at once."""

    def __init__(self) -> None:
        self._may_end = threading.Event()
        self._lock = threading.Lock()
        self.running = self.most = 0

    def __call__(self, *_: Any, **__: Any) -> Any:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self._may_end.wait(20)
        with self._lock:
            self.running -= 1
        raise OSError("it was stuck")

    @contextlib.contextmanager
    def until_the_end(self) -> Generator[None]:
        try:
            yield
        finally:
            self._may_end.set()


async def reads_are_quick(town: Town) -> None:
    async with asyncio.timeout(5):
        await asyncio.gather(*(town.doors.read(lambda connection: None) for _ in range(MANY)))


def test_a_slow_server_of_names_holds_up_no_look_at_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        stuck = Stuck()
        fetcher = MediaFetcher(timeout_s=0.05)
        async with a_town(fetcher) as town:
            monkeypatch.setattr(socket, "getaddrinfo", stuck)
            with stuck.until_the_end():
                # The time limit ends the wait, and never the look-up.
                for number in range(MANY):
                    with pytest.raises(Unfetched):
                        await fetcher.fetch(f"http://h{number}.example/a.jpg")
                await reads_are_quick(town)
            assert stuck.most <= 4

    asyncio.run(main())


def test_pictures_that_are_decoded_hold_up_no_look_at_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        stuck = Stuck()
        async with a_town() as town:
            monkeypatch.setattr(Pictures, "prepare", stuck)
            with stuck.until_the_end():
                for _ in range(MANY):
                    given_up = asyncio.create_task(town.doors.prepare(BytesIO(b"x")))
                    await asyncio.sleep(0.01)
                    given_up.cancel()
                await reads_are_quick(town)
            assert stuck.most == AT_ONCE, "whoever goes away frees no place: his picture is still being decoded"

    asyncio.run(main())


def test_passwords_that_are_hashed_hold_up_no_look_at_the_store() -> None:
    async def main() -> None:
        stuck, gate = Stuck(), Gate()
        async with a_town() as town:
            with stuck.until_the_end():
                for _ in range(MANY):
                    given_up = asyncio.create_task(gate.hashing(stuck))
                    await asyncio.sleep(0.01)
                    given_up.cancel()
                await reads_are_quick(town)
            assert stuck.most == MOST_HASHING

    asyncio.run(main())
