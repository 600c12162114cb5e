"""Ages when clocks disagree: a publisher that is ahead, behind or was away never makes a dead source look alive."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from controlroom.live.freshness import FreshnessBook
from feeds.messages.environment import RIVER
from feeds.messages.freshness import Freshness
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import REPORT
from feeds.messages.system import HEARTBEAT, SOURCE, Heartbeat, Source, SourceState, TopicMark
from tests.live.test_freshness_book import Clock, wrap


class Skewed:
    """A wall and a publisher whose clock is ``ahead_s`` ahead; ``says`` is what it said last of its one source."""

    def __init__(self, ahead_s: float) -> None:
        self.clock = Clock()
        self.clock.s = 100_000.0
        self.ahead_s = ahead_s
        self.book = FreshnessBook("live", monotonic_s=lambda: self.clock.s)
        self.said: Message[Any] | None = None

    def theirs(self) -> datetime:
        return self.clock.now() + timedelta(seconds=self.ahead_s)

    def beat(self, publisher: str = "feeds", *topics: Topic[Any], ahead_s: float | None = None) -> None:
        clock = self.theirs() if ahead_s is None else self.clock.now() + timedelta(seconds=ahead_s)
        beat = Heartbeat(publisher=publisher, clock=clock, marks=tuple(TopicMark(topic=t.name, epoch="e", seq=1) for t in topics))
        self.book.on_heartbeats([wrap(HEARTBEAT, publisher, beat, clock)], self.clock.now(), is_stored=False)

    def check(self) -> None:
        source = Source(collector="s", title="S", topics=(REPORT.name,), state=SourceState.OK, checked_at=self.theirs(), interval_s=30)
        self.said = wrap(SOURCE, "s", source, self.theirs())
        self.book.on_sources([self.said])

    def passes(self, seconds: float, *, is_beating: bool = True) -> None:
        self.clock.s += seconds
        if is_beating:
            self.beat("feeds", SOURCE, REPORT, RIVER)

    def of(self, topic: Topic[Any]) -> tuple[Freshness, float | None]:
        return self.book.topic(topic, self.clock.now())


@pytest.mark.parametrize("ahead_s", [0.0, 300.0, -300.0, 86_400.0])
def test_a_source_ages_the_same_whatever_its_publishers_clock_says(ahead_s: float) -> None:
    skewed = Skewed(ahead_s)
    skewed.beat("feeds", SOURCE, REPORT)
    skewed.check()
    assert skewed.of(REPORT) == (Freshness.LIVE, 0.0)
    skewed.passes(100)
    assert skewed.of(REPORT) == (Freshness.LATE, 100.0)
    skewed.passes(100)
    assert skewed.of(REPORT) == (Freshness.STALE, 200.0)
    skewed.check()
    assert skewed.of(REPORT) == (Freshness.LIVE, 0.0)


@pytest.mark.parametrize("ahead_s", [0.0, 300.0, -300.0])
def test_what_is_read_late_is_as_old_as_it_is(ahead_s: float) -> None:
    """A wall that starts, or whose link was cut, reads an hour later what was said then; before the first heartbeat it cannot know better."""
    skewed = Skewed(ahead_s)
    skewed.check()
    said = skewed.said
    assert said is not None
    skewed.passes(3600, is_beating=False)
    skewed.book = FreshnessBook("live", monotonic_s=lambda: skewed.clock.s)
    skewed.book.on_sources([said])
    skewed.passes(1)
    assert skewed.of(REPORT) == (Freshness.STALE, 3601.0)


def test_the_same_check_told_again_is_no_new_check() -> None:
    skewed = Skewed(300.0)
    skewed.beat("feeds", SOURCE, REPORT)
    skewed.check()
    assert skewed.said is not None
    for _ in range(4):
        skewed.passes(50)
        skewed.book.on_sources([skewed.said])
    assert skewed.of(REPORT) == (Freshness.STALE, 200.0)


def test_a_clock_set_back_does_not_make_the_next_checks_old() -> None:
    skewed = Skewed(86_400.0)
    skewed.beat("feeds", SOURCE, REPORT)
    skewed.check()
    skewed.ahead_s = 0.0
    skewed.passes(1)
    skewed.check()
    skewed.passes(1)
    assert skewed.of(REPORT) == (Freshness.LIVE, 1.0)


def test_a_clock_of_this_machine_that_is_set_changes_no_age() -> None:
    skewed = Skewed(0.0)
    skewed.beat("feeds", SOURCE, REPORT)
    skewed.check()
    assert skewed.book.topic(REPORT, skewed.clock.now() + timedelta(days=1)) == (Freshness.LIVE, 0.0)
    assert skewed.book.topic(REPORT, skewed.clock.now() - timedelta(days=1)) == (Freshness.LIVE, 0.0)


def gauge(skewed: Skewed, key: str, age_s: float) -> None:
    observed = skewed.theirs() - timedelta(seconds=age_s)
    message = Message(
        seq=1, epoch="e", key=key, source="s", observed_at=observed, published_at=skewed.theirs(), quality=Quality.MEASURED, body=object()
    )
    skewed.book.on_messages(RIVER, {key: message}, [message], skewed.clock.now())


@pytest.mark.parametrize("ahead_s", [0.0, 7200.0, -7200.0])
def test_a_value_ages_the_same_whatever_its_publishers_clock_says(ahead_s: float) -> None:
    skewed = Skewed(ahead_s)
    skewed.beat("feeds", SOURCE, RIVER)
    gauge(skewed, "a", age_s=600)
    assert skewed.of(RIVER) == (Freshness.LIVE, 600.0)
    skewed.passes(1500)
    assert skewed.of(RIVER) == (Freshness.LATE, 2100.0)


def test_a_gauge_that_lives_in_the_future_neither_stays_new_nor_hides_the_others() -> None:
    skewed = Skewed(0.0)
    skewed.beat("feeds", SOURCE, RIVER)
    observed = skewed.clock.now() + timedelta(days=1)
    future = wrap(RIVER, "a", object(), observed)
    for _ in range(4):
        skewed.book.on_messages(RIVER, {"a": future}, [future], skewed.clock.now())
        skewed.passes(1800)
    assert skewed.of(RIVER) == (Freshness.STALE, 7200.0)
    gauge(skewed, "b", age_s=60)
    assert skewed.of(RIVER) == (Freshness.LIVE, 60.0)


def test_the_publisher_that_is_farthest_off_is_the_skew_that_is_shown_while_it_beats() -> None:
    skewed = Skewed(0.0)
    skewed.beat("far", ahead_s=-30.0)
    skewed.beat("near")
    assert skewed.book.bus().skew_s == 30.0
    skewed.clock.s += 4
    skewed.beat("near")
    assert skewed.book.bus().skew_s is None
