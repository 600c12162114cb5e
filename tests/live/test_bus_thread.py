"""The thread that reads the bus: an error of the reader itself is said on the wall, and reading begins again."""

import asyncio
import time
from collections.abc import Callable

import pytest

from controlroom.live.mailbox import Mailbox
from controlroom.live.thread import BusThread
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages import CANARY


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_a_reader_that_fails_by_a_bug_is_reported_and_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.live.thread.RESTART_S", 0.05)
    faults: list[str] = []
    with EmbeddedRedis(namespace="live") as server:
        bus = BusThread(
            server.url_for("front"), "live", [CANARY], Mailbox(), report=lambda where, error: faults.append(f"{where}: {error!r}")
        )
        run, lives = bus._reader.run, list[int]()

        async def fail_twice() -> None:
            lives.append(1)
            if len(lives) <= 2:
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a bug")
            await run()

        monkeypatch.setattr(bus._reader, "run", fail_twice)
        bus.start()
        until(lambda: bus.reader_status is not None and "the reader failed" in (bus.reader_status.reason or ""), "the status says it")
        until(lambda: bus.reader_status is not None and bus.reader_status.connected, "it reads in its third life")
        bus.stop()
    assert len(faults) == 2
    assert all(fault.startswith("bus reader: UnicodeDecodeError") for fault in faults)
    assert not bus._thread.is_alive()


def test_what_lives_beside_the_reader_is_begun_again_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.live.thread.RESTART_S", 0.02)
    faults, lives, ends = list[str](), list[int](), list[str]()

    async def guest() -> None:
        lives.append(1)
        if len(lives) == 1:
            raise ValueError("a bug of the guest's")
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("said goodbye")

    bus = BusThread(
        "unix:///nowhere",
        "live",
        [CANARY],
        Mailbox(),
        beside={"guest": guest},
        report=lambda where, error: faults.append(f"{where}: {error}"),
    )
    bus.start()
    until(lambda: len(lives) == 2, "it lives again")
    bus.stop()
    assert (faults, ends) == (["guest: a bug of the guest's"], ["said goodbye"])
