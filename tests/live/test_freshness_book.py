"""The book of freshness: never healthier than the last sign of life allows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from controlroom.live.freshness import FreshnessBook
from feeds.messages.environment import AIR, FORECAST, RIVER
from feeds.messages.field import OFFICER
from feeds.messages.freshness import Freshness
from feeds.messages.hazard import HAZARD
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import REPORT, TOTALS
from feeds.messages.system import CANARY, HEARTBEAT, QUARANTINE, SOURCE, Canary, Heartbeat, Source, SourceState, TopicMark

START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.s)


def wrap(topic: Topic[Any], key: str, body: object, at: datetime, quality: Quality = Quality.MEASURED) -> Message[Any]:
    return Message(seq=1, epoch="e", key=key, source="test", observed_at=at, published_at=at, quality=quality, body=body)


class Bus:
    """A book with a publisher that beats and a source that checks."""

    def __init__(self, namespace: str = "live") -> None:
        self.clock = Clock()
        self.book = FreshnessBook(namespace, monotonic_s=lambda: self.clock.s)

    def beat(self, publisher: str = "feeds", *topics: Topic[Any], skew_s: float = 0.0, is_stored: bool = False) -> None:
        marks = tuple(TopicMark(topic=t.name, epoch="e", seq=1) for t in topics)
        beat = Heartbeat(publisher=publisher, clock=self.clock.now() - timedelta(seconds=skew_s), marks=marks)
        self.book.on_heartbeats([wrap(HEARTBEAT, publisher, beat, self.clock.now())], self.clock.now(), is_stored=is_stored)

    def canary(self) -> None:
        canary = Canary(count=1, sent_at=self.clock.now() - timedelta(milliseconds=200))
        self.book.on_canary([wrap(CANARY, "c", canary, self.clock.now())], self.clock.now(), is_stored=False)

    def check(
        self, topic: Topic[Any], age_s: float = 0.0, interval_s: float = 30.0, state: SourceState = SourceState.OK, collector: str = "s"
    ) -> None:
        checked = None if state is not SourceState.OK else self.clock.now() - timedelta(seconds=age_s)
        source = Source(collector=collector, title="", topics=(topic.name,), state=state, checked_at=checked, interval_s=interval_s)
        self.book.on_sources([wrap(SOURCE, collector, source, self.clock.now())])

    def state(self, topic: Topic[Any]) -> Freshness:
        return self.book.topic(topic, self.clock.now())[0]


def test_silence_from_the_start_is_waiting_then_offline() -> None:
    bus = Bus()
    assert bus.state(REPORT) is Freshness.WAITING
    bus.clock.s = 3.1
    assert bus.state(REPORT) is Freshness.OFFLINE


def test_a_stored_heartbeat_is_no_sign_of_life() -> None:
    bus = Bus()
    bus.beat("feeds", REPORT, is_stored=True)
    bus.clock.s = 3.1
    assert bus.book.bus().freshness is Freshness.OFFLINE
    assert bus.state(REPORT) is Freshness.OFFLINE


@pytest.mark.parametrize(("age_s", "expected"), [(59, Freshness.LIVE), (61, Freshness.LATE), (179, Freshness.LATE), (181, Freshness.STALE)])
def test_a_source_topic_ages_by_its_last_successful_check(age_s: float, expected: Freshness) -> None:
    bus = Bus()
    bus.clock.s = 1000
    bus.beat("feeds", REPORT)
    bus.check(REPORT, age_s)
    assert bus.state(REPORT) is expected


def test_a_slow_source_is_not_late_before_two_of_its_intervals() -> None:
    bus = Bus()
    bus.clock.s = 1000
    bus.beat("feeds", REPORT)
    bus.check(REPORT, age_s=550, interval_s=300)
    assert bus.state(REPORT) is Freshness.LIVE


def test_the_stalest_source_of_a_topic_decides() -> None:
    bus = Bus()
    bus.clock.s = 1000
    bus.beat()
    bus.check(REPORT, 0, collector="good")
    bus.check(REPORT, 500, collector="bad")
    assert bus.state(REPORT) is Freshness.STALE


def test_each_source_is_judged_by_its_own_interval_and_the_worst_is_named() -> None:
    """A daily source that is in time must not hide that a source of every minute has been dead for hours."""
    bus = Bus()
    bus.clock.s = 1_000_000
    bus.beat()
    bus.check(REPORT, 5 * 3600, interval_s=60, collector="bmkg")
    bus.check(REPORT, 10 * 3600, interval_s=86_400, collector="daily")
    assert bus.state(REPORT) is Freshness.STALE
    status = bus.book.frame((REPORT,), bus.clock.now())
    assert (status.age_s, status.source) == (5 * 3600, "bmkg")
    bus.check(REPORT, 1, interval_s=60, collector="bmkg")
    status = bus.book.frame((REPORT,), bus.clock.now())
    assert (status.freshness, status.source) == (Freshness.LIVE, None)


def test_a_source_that_never_answered_does_not_depend_on_who_was_heard_first() -> None:
    for order in (("dead", "good"), ("good", "dead")):
        bus = Bus()
        bus.beat()
        for collector in order:
            bus.check(REPORT, state=SourceState.DOWN if collector == "dead" else SourceState.OK, collector=collector)
        status = bus.book.frame((REPORT,), bus.clock.now())
        assert (status.freshness, status.source) == (Freshness.OFFLINE, "dead")


def test_a_source_that_never_answered_is_offline() -> None:
    bus = Bus()
    bus.beat()
    bus.check(REPORT, state=SourceState.DOWN)
    assert bus.state(REPORT) is Freshness.OFFLINE


def test_a_dead_publisher_takes_only_its_own_topics_offline() -> None:
    bus = Bus()
    bus.beat("sim", REPORT)
    bus.check(REPORT)
    bus.check(OFFICER, collector="o")
    bus.beat("other", OFFICER)
    bus.clock.s = 4.0
    bus.beat("other", OFFICER)
    assert bus.state(REPORT) is Freshness.OFFLINE
    assert bus.state(OFFICER) is Freshness.LIVE


def test_bus_is_late_when_only_the_canary_is_missing() -> None:
    bus = Bus()
    bus.beat()
    bus.canary()
    assert bus.book.bus().freshness is Freshness.LIVE
    assert bus.book.bus().delay_s == pytest.approx(0.2)
    bus.clock.s = 5.0
    bus.beat()
    assert bus.book.bus().freshness is Freshness.LATE


@pytest.mark.parametrize(("skew_s", "is_shown"), [(1.9, False), (2.5, True), (-30.0, True)])
def test_clock_skew_above_two_seconds_is_shown(skew_s: float, is_shown: bool) -> None:
    bus = Bus()
    bus.beat(skew_s=skew_s)
    assert (bus.book.bus().skew_s is not None) is is_shown


def test_simulated_marks_every_panel_in_its_namespace_and_any_panel_with_a_simulated_value() -> None:
    assert Bus("sim").book.frame((REPORT,), START).is_simulated
    bus = Bus("live")
    message = wrap(REPORT, "r", object(), START, Quality.SIMULATED)
    bus.book.on_messages(REPORT, {"r": message}, [message], START)
    assert bus.book.frame((TOTALS, REPORT), START).is_simulated
    gone = msgspec.structs.replace(message, body=None)
    bus.book.on_messages(REPORT, {}, [gone], START)
    assert not bus.book.frame((TOTALS, REPORT), START).is_simulated


def test_a_mixed_panel_counts_its_live_topics() -> None:
    bus = Bus()
    bus.clock.s = 1000
    bus.beat()
    bus.check(REPORT, collector="r")
    bus.check(OFFICER, age_s=900, collector="o")
    status = bus.book.frame((REPORT, OFFICER, TOTALS), bus.clock.now())
    assert status.freshness is Freshness.LIVE
    assert status.fresh_of == (1, 2)


def measure(bus: Bus, topic: Topic[Any], age_s: float) -> None:
    message = wrap(topic, "k", object(), bus.clock.now() - timedelta(seconds=age_s))
    bus.book.on_messages(topic, {"k": message}, [message], bus.clock.now())


def test_topics_that_stand_side_by_side_do_not_grey_each_other() -> None:
    """A dead river feed stands first, and the panel is as live as the two beside it; none has the word alone."""
    bus = Bus()
    bus.clock.s = 1_000_000
    bus.beat()
    topics, now = (RIVER, AIR, FORECAST), bus.clock.now()
    measure(bus, RIVER, 90_000)
    measure(bus, AIR, 60)
    bus.check(FORECAST, 30)
    assert bus.book.frame(topics, now).freshness is Freshness.STALE
    status = bus.book.frame(topics, now, are_equal=True)
    assert (status.freshness, status.fresh_of) == (Freshness.LIVE, (2, 3))
    bus.check(FORECAST, 5_000)
    bus.clock.s += 8_000
    bus.beat()
    status = bus.book.frame(topics, bus.clock.now(), are_equal=True)
    assert (status.freshness, status.age_s, status.fresh_of) == (Freshness.STALE, 98_000 // 60 * 60, None)


def test_equal_topics_that_nobody_feeds_wait_and_one_nobody_feeds_is_not_counted() -> None:
    bus = Bus()
    bus.beat()
    assert bus.book.frame((RIVER, AIR), START, are_equal=True).freshness is Freshness.WAITING
    measure(bus, AIR, 0)
    status = bus.book.frame((RIVER, AIR), START, are_equal=True)
    assert (status.freshness, status.fresh_of) == (Freshness.LIVE, None)


def test_what_the_runtime_says_of_its_sources_is_as_fresh_as_its_pulse() -> None:
    """No source feeds the topic of sources, so no source's check can say how old it is."""
    bus = Bus()
    bus.beat("feeds", SOURCE, QUARANTINE)
    bus.canary()
    bus.check(REPORT, state=SourceState.DOWN)
    assert bus.state(SOURCE) is Freshness.LIVE
    assert bus.state(QUARANTINE) is Freshness.LIVE
    assert bus.book.frame((SOURCE, QUARANTINE), bus.clock.now()).freshness is Freshness.LIVE
    bus.clock.s = 3.5
    assert bus.state(SOURCE) is Freshness.OFFLINE


def test_the_age_shown_moves_in_the_steps_the_chip_can_say() -> None:
    bus = Bus()
    bus.clock.s = 1000
    bus.beat()
    bus.check(REPORT, age_s=200.7)
    assert bus.book.frame((REPORT,), bus.clock.now()).age_s == 180.0


def test_refused_and_simulated_messages_are_counted_from_when_it_began_until_ten_minutes_after_the_last() -> None:
    bus = Bus()
    for s, total, shown in ((0.0, 3, 3), (500.0, 5, 5), (1000.0, 5, 5), (1100.0, 5, 0), (1200.0, 6, 1), (1201.0, 2, 2)):
        bus.clock.s = s
        bus.book.on_reader(rejected=total, simulated=2 * total, reason=None)
        assert (bus.book.bus().rejected, bus.book.bus().simulated) == (shown, 2 * shown)


def test_an_unexpected_error_is_shown_for_ten_minutes() -> None:
    bus = Bus()
    bus.book.on_fault()
    assert bus.book.bus().faults == 1
    bus.clock.s = 601
    assert bus.book.bus().faults == 0


def test_one_source_is_judged_as_its_topic_is_and_ages_without_a_wall_clock() -> None:
    """A warning topic allows five minutes: its source is not late in one panel and in time in another."""
    bus = Bus()
    bus.clock.s = 1000
    bus.beat()
    bus.check(HAZARD, 250, interval_s=60, collector="bmkg")
    assert bus.book.source("bmkg", bus.clock.now()) == (bus.state(HAZARD), 250.0) == (Freshness.LIVE, 250.0)
    bus.clock.s += 100
    assert bus.book.source("bmkg", bus.clock.now()) == (Freshness.LATE, 350.0)
    set_ahead = bus.clock.now() + timedelta(hours=3)
    bus.beat()
    bus.check(HAZARD, 0, interval_s=60, collector="bmkg")
    assert bus.book.source("bmkg", bus.clock.now())[0] is Freshness.LIVE
    bus.book = FreshnessBook("live", monotonic_s=lambda: bus.clock.s)
    bus.beat("feeds", SOURCE)
    bus.check(HAZARD, 0, interval_s=60, collector="bmkg")
    assert bus.book.source("bmkg", set_ahead) == (Freshness.LIVE, 0.0)
    assert bus.book.source("nobody", set_ahead) == (Freshness.WAITING, None)
    bus.check(HAZARD, state=SourceState.DOWN, collector="dead")
    assert bus.book.source("dead", set_ahead) == (Freshness.OFFLINE, None)
