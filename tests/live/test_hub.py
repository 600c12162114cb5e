"""The hub on the GUI thread: panels hear everything once, at their own rate, and a fault stays in its slot."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from controlroom.live.bridge import Bridge
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub, Subscription
from controlroom.live.mailbox import Mailbox, Parcel
from feeds.messages.field import PRESENCE
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import TICKER, TOTALS

AT = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)


def message(key: str, seq: int, body: object = "body", epoch: str = "e") -> Message[Any]:
    return Message(seq=seq, epoch=epoch, key=key, source="test", observed_at=AT, published_at=AT, quality=Quality.MEASURED, body=body)


class Ear:
    def __init__(self, max_rate_ms: int = 0, topics: tuple[Topic[Any], ...] = (TOTALS,), *, error: Exception | None = None) -> None:
        self.batches: list[list[tuple[str, int, bool]]] = []
        self.faults: list[BaseException] = []
        self._error = error
        self.subscription = Subscription(topics, max_rate_ms, self._receive, self.faults.append)

    def _receive(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        if self._error is not None:
            raise self._error
        self.batches.append([(m.key, m.seq, m.body is None) for m in messages])


class House:
    def __init__(self) -> None:
        self.ms = 1000.0
        self.mailbox = Mailbox()
        self.hub = Hub(FreshnessBook("live", monotonic_s=lambda: 0.0), now=lambda: AT, monotonic_ms=lambda: self.ms)
        self.bridge = Bridge(self.mailbox, self.hub.deliver)


@pytest.fixture
def house(qtbot: QtBot) -> Iterator[House]:
    built = House()
    yield built
    built.bridge.close()
    built.hub.close()


def test_what_is_known_is_given_to_a_late_subscriber(house: House, qtbot: QtBot) -> None:
    house.mailbox.put_snapshot(TOTALS, [message("a", 1), message("b", 2)])
    qtbot.waitUntil(lambda: len(house.hub.latest(TOTALS)) == 2)
    ear = Ear()
    house.hub.subscribe(ear.subscription)
    assert ear.batches == [[("a", 1, False), ("b", 2, False)]]


def test_a_new_snapshot_brings_tombstones_for_what_it_left_out(house: House, qtbot: QtBot) -> None:
    ear = Ear()
    house.hub.subscribe(ear.subscription)
    house.mailbox.put_snapshot(TOTALS, [message("a", 1), message("b", 2)])
    qtbot.waitUntil(lambda: len(ear.batches) == 1)
    house.ms += 100
    house.mailbox.put_snapshot(TOTALS, [message("b", 9)])
    qtbot.waitUntil(lambda: len(ear.batches) == 2)
    assert sorted(ear.batches[1]) == [("a", 1, True), ("b", 9, False)]
    assert set(house.hub.latest(TOTALS)) == {"b"}


def test_a_slow_panel_gets_one_batch_with_the_latest_of_each_key(house: House, qtbot: QtBot) -> None:
    ear = Ear(max_rate_ms=100_000)
    house.hub.subscribe(ear.subscription)
    house.mailbox.put(TOTALS, message("a", 1))
    qtbot.waitUntil(lambda: len(ear.batches) == 1)
    for seq in (2, 3, 4):
        house.mailbox.put(TOTALS, message("a", seq))
        qtbot.waitUntil(lambda seq=seq: house.hub.latest(TOTALS)["a"].seq == seq)
    assert len(ear.batches) == 1
    house.ms += 100_001
    house.mailbox.put(TOTALS, message("b", 5))
    qtbot.waitUntil(lambda: len(ear.batches) == 2)
    assert ear.batches[1] == [("a", 4, False), ("b", 5, False)]


def test_a_quick_panel_does_not_wait_for_a_slow_ones_timer(house: House, qtbot: QtBot) -> None:
    house.hub._monotonic_ms = lambda: time.monotonic() * 1000
    slow, quick = Ear(max_rate_ms=60_000), Ear(max_rate_ms=16, topics=(PRESENCE,))
    for ear in (slow, quick):
        house.hub.subscribe(ear.subscription)
    for seq in (1, 2):
        house.hub.deliver([Parcel(TOTALS, [message("a", seq)])])
    assert house.hub._flush_timer.remainingTime() > 50_000, "the slow panel's second batch waits"
    for seq in (1, 2):
        house.hub.deliver([Parcel(PRESENCE, [message("p", seq)])])
    qtbot.waitUntil(lambda: [seq for batch in quick.batches for _, seq, _ in batch] == [1, 2])
    assert house.hub._flush_timer.remainingTime() > 50_000, "and goes on waiting"
    assert len(slow.batches) == 1


def test_an_event_told_again_under_a_new_epoch_is_not_heard_again(house: House, qtbot: QtBot) -> None:
    """After a flush the owner publishes its last thousand events anew; the hub itself keeps fewer."""
    ear = Ear(topics=(TICKER,))
    house.hub.subscribe(ear.subscription)
    first = [message(f"k{count % 7}", count, f"event {count}") for count in range(1, 1001)]
    house.hub.deliver([Parcel(TICKER, first, is_reset=True)])
    house.ms += 100
    again = [message(f"k{count % 7}", count - 99, f"event {count}", epoch="f") for count in range(100, 1003)]
    house.hub.deliver([Parcel(TICKER, again, is_reset=True)])
    assert [seq for batch in ear.batches for _, seq, _ in batch] == [*range(1, 1001), 902, 903]
    recent = house.hub.recent(TICKER)
    assert [one.body for one in recent] == [f"event {count}" for count in range(803, 1003)]
    assert {one.epoch for one in recent} == {"f"}
    house.ms += 100
    house.hub.deliver([Parcel(TICKER, [message("new", 904, epoch="f")])])
    assert ear.batches[-1] == [("new", 904, False)]


def test_after_a_long_silence_a_new_epoch_of_new_events_is_heard_whole(house: House, qtbot: QtBot) -> None:
    ear = Ear(topics=(TICKER,))
    house.hub.subscribe(ear.subscription)
    house.hub.deliver([Parcel(TICKER, [message("a", 1, "old")], is_reset=True)])
    house.ms += 100
    house.hub.deliver([Parcel(TICKER, [message("a", 1, "new", epoch="f")], is_reset=True)])
    assert [one.body for one in house.hub.recent(TICKER)] == ["old", "new"]
    assert ear.batches == [[("a", 1, False)]] * 2


def test_events_are_all_heard_and_a_repeated_snapshot_is_not_heard_twice(house: House, qtbot: QtBot) -> None:
    ear = Ear(topics=(TICKER,))
    house.hub.subscribe(ear.subscription)
    house.mailbox.put_snapshot(TICKER, [message("x", 1), message("x", 2)])
    qtbot.waitUntil(lambda: len(ear.batches) == 1)
    house.ms += 100
    house.mailbox.put_snapshot(TICKER, [message("x", 1), message("x", 2), message("x", 3)])
    qtbot.waitUntil(lambda: len(ear.batches) == 2)
    assert [seq for batch in ear.batches for _, seq, _ in batch] == [1, 2, 3]


def test_the_newest_of_a_topic_is_known_without_looking_through_all_of_it(house: House) -> None:
    assert house.hub.newest(TOTALS) == (0, None)
    house.hub.deliver([Parcel(TOTALS, [message("a", 1), message("b", 2)], is_reset=True)])
    assert house.hub.newest(TOTALS) == (2, AT)
    house.hub.deliver([Parcel(TOTALS, [message("a", 3, body=None)])])
    assert house.hub.newest(TOTALS) == (3, AT)
    house.hub.deliver([Parcel(TOTALS, [message("a", 1, epoch="f")], is_reset=True)])
    assert house.hub.newest(TOTALS) == (1, AT), "a new epoch counts anew"


def test_a_tombstone_removes_the_key(house: House, qtbot: QtBot) -> None:
    house.mailbox.put(TOTALS, message("a", 1))
    qtbot.waitUntil(lambda: "a" in house.hub.latest(TOTALS))
    house.mailbox.put(TOTALS, message("a", 2, body=None))
    qtbot.waitUntil(lambda: "a" not in house.hub.latest(TOTALS))


def test_one_panels_fault_does_not_reach_the_others(house: House, qtbot: QtBot) -> None:
    broken, sound = Ear(error=ZeroDivisionError("panel")), Ear()
    house.hub.subscribe(broken.subscription)
    house.hub.subscribe(sound.subscription)
    house.mailbox.put(TOTALS, message("a", 1))
    qtbot.waitUntil(lambda: len(sound.batches) == 1)
    assert [type(fault) for fault in broken.faults] == [ZeroDivisionError]


def test_an_unsubscribed_panel_hears_nothing(house: House, qtbot: QtBot) -> None:
    gone, there = Ear(), Ear()
    house.hub.subscribe(gone.subscription)
    house.hub.subscribe(there.subscription)
    house.hub.unsubscribe(gone.subscription)
    house.mailbox.put(TOTALS, message("a", 1))
    qtbot.waitUntil(lambda: len(there.batches) == 1)
    assert gone.batches == []
