"""The bench of the bus without its wall: a real publisher process, Redis and reader; one that drops messages is found out."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controlroom.live.mailbox import Mailbox
from controlroom.live.thread import BusThread
from controlroom.measure.bench_bus import judge_storm
from controlroom.measure.child import Child
from controlroom.measure.figures import RowOfNumbers
from controlroom.measure.result import Figure
from controlroom.measure.spoken import Done, Held, Ready, Window, held
from controlroom.settings import ASSETS
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.header import Message, Topic
from feeds.messages.report import REPORT

CHANGES = 60


class WatchedMailbox(Mailbox):
    """Notes every report's number as the probe does; ``forgets`` is the number of one it lets fall, as a broken reader would."""

    def __init__(self, forgets: int = 0) -> None:
        super().__init__()
        self.row = RowOfNumbers()
        self.kept: dict[str, Message[Any]] = {}
        self.changed = threading.Condition()
        self._forgets = forgets

    def put(self, topic: Topic[Any], message: Message[Any]) -> None:
        with self.changed:
            if message.seq != self._forgets:
                self.row.take(message.seq)
                self.kept[message.key] = message
            self.changed.notify()

    def put_snapshot(self, topic: Topic[Any], messages: Any) -> None:
        with self.changed:
            self.row.begin(max((message.seq for message in messages), default=0))
            self.kept = {message.key: message for message in messages}
            self.changed.notify()

    def until(self, seq: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.row.last >= seq, 20)


@pytest.fixture(scope="module")
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="sim") as server:
        yield server


@pytest.fixture
def feeder(redis: EmbeddedRedis, tmp_path: Path) -> Iterator[Child]:
    words = (sys.executable, "-m", "controlroom.measure.feeder", "--city", str(ASSETS / "cities" / "tangerang"), "--alone")
    child = Child("feeder", words, {**os.environ, "LIVE_ROOM_BUS_URL": redis.url_for("back")}, tmp_path / "feeder.log")
    try:
        child.first(Ready)
        yield child
    finally:
        child.stop()


def storm(redis: EmbeddedRedis, feeder: Child, mailbox: WatchedMailbox) -> list[Figure]:
    """What ``bench bus`` would say of a reader that hands its messages to this mailbox."""
    bus = BusThread(redis.url_for("front"), "sim", (REPORT,), mailbox)
    bus.start()
    try:
        mailbox.until(feeder.ask(Held, "held").seq)
        sent = feeder.ask(Done, "storm", per_s=300, seconds=CHANGES / 300)
        truth = feeder.ask(Held, "held")
        mailbox.until(truth.seq)
    finally:
        bus.stop()
    seen = Window(
        seconds=1.0, latency_ms=[1.0], overrun_ms=[0.0], work_ms=[1.0], gui_cpu_s=1.0, read=mailbox.row.count, missing=mailbox.row.missing, snapshots=0, gaps=0,
        repaired=0, rejected=0, simulated_dropped=0, paints=0,
    )  # fmt: skip
    is_equal = held(mailbox.kept, truth.epoch, truth.seq).digest == truth.digest
    return judge_storm(seen, [0.1], sent.count, CHANGES / 300, max(sent.seconds, 1e-9), is_equal)


def figure(figures: list[Figure], named: str) -> Figure:
    return next(one for one in figures if named in one.name)


def test_a_reader_that_hands_on_everything_loses_nothing(redis: EmbeddedRedis, feeder: Child) -> None:
    assert feeder.ask(Done, "reports", count=40).count == 40
    figures = storm(redis, feeder, WatchedMailbox())
    assert figure(figures, "changes lost").holds, figures
    assert figure(figures, "equal afterwards").holds


def test_a_reader_that_drops_one_message_is_found_out(redis: EmbeddedRedis, feeder: Child) -> None:
    # The last change of a report, so that nothing later covers up for it.
    assert feeder.ask(Done, "reports", count=40).count == 40
    figures = storm(redis, feeder, WatchedMailbox(forgets=feeder.ask(Held, "held").seq + CHANGES - 10))
    assert figure(figures, "changes lost").value == 1
    assert not figure(figures, "changes lost").holds
    assert not figure(figures, "equal afterwards").holds


def test_the_feeder_ends_when_nobody_asks_any_more(feeder: Child) -> None:
    feeder.ask(Done, "officers", count=3, per_s=20)
    feeder.stop()
    assert not feeder.is_running
