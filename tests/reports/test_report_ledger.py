"""The ledger's promises: totals always tie out and hold for what was published before them, and nothing is told twice."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.messages.header import BodyT, Position, Quality, Topic
from feeds.messages.report import (
    INCIDENT,
    OPEN_STATES,
    PINLESS_STATES,
    REPORT,
    TICKER,
    TOTALS,
    Channel,
    Incident,
    Priority,
    Report,
    ReportState,
    Totals,
)
from feeds.reports.ledger import Counted, ReportLedger, Window
from tests.reports.recording_publisher import RecordingPublisher

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)  # 12.00 WIB
MIDNIGHT = datetime(2026, 11, 22, 17, tzinfo=UTC)
ZONE = "Asia/Jakarta"
HERE = Position(106.6, -6.2)


class HandClock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def report(id: str, state: ReportState = ReportState.NEW, *, received_at: datetime = NOON, changed_at: datetime | None = None,
           position: Position | None = HERE, incident: str | None = None, is_outside: bool = False) -> Report:  # fmt: skip
    return Report(
        id=id, state=state, category="genangan", channel=Channel.SMS, priority=Priority.NORMAL, received_at=received_at,
        changed_at=changed_at or received_at, position=position, incident=incident, is_outside=is_outside,
        category_name="Genangan", place="Periuk",
    )  # fmt: skip


class Log:
    """Every report that was handed in, counted without the ledger, as the store does it."""

    def __init__(self, clock: HandClock, window: Window) -> None:
        self._clock = clock
        self._window = window
        self.reports: dict[str, Report] = {}

    def counted(self) -> Counted:
        local = self._clock.now.astimezone(ZoneInfo(ZONE))
        since = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        if self._window == "all":
            return Counted(
                since=min((one.received_at for one in self.reports.values()), default=since), received=len(self.reports), carried=0
            )
        counted = [one for one in self.reports.values() if one.state in OPEN_STATES or one.received_at >= since or one.changed_at >= since]
        return Counted(since=since, received=len(counted), carried=sum(one.received_at < since for one in counted))


class Ledger:
    """A ledger that is handed what its log counts."""

    def __init__(self, publisher: RecordingPublisher, clock: HandClock, window: Window = "day") -> None:
        self.log = Log(clock, window)
        self.ledger = ReportLedger(publisher, source="log laporan", quality=Quality.SIMULATED, time_zone=ZONE, window=window, clock=clock)

    async def put(self, reports: Iterable[Report], at: datetime, *, gone: Iterable[str] = ()) -> None:
        given, gone = list(reports), list(gone)
        self.log.reports = {key: one for key, one in self.log.reports.items() if key not in gone} | {one.id: one for one in given}
        await self.ledger.put(given, at, gone=gone, counted=self.log.counted())

    async def replace(self, reports: Iterable[Report], at: datetime) -> None:
        given = list(reports)
        self.log.reports = {one.id: one for one in given}
        await self.ledger.replace(given, at, counted=self.log.counted())

    async def keep_true(self) -> None:
        await self.ledger.keep_true()


def ledger_on(publisher: RecordingPublisher, clock: HandClock, window: Window = "day") -> Ledger:
    return Ledger(publisher, clock, window)


def bodies(publisher: RecordingPublisher, topic: Topic[BodyT]) -> list[BodyT]:
    return [message.body for message in publisher.of(topic) if message.body is not None]


def last_totals(publisher: RecordingPublisher) -> Totals:
    body = publisher.of(TOTALS)[-1].body
    assert isinstance(body, Totals)
    return body


def held_on_bus(publisher: RecordingPublisher) -> dict[str, Report]:
    return {key: message.body for key, message in publisher.held(REPORT).items() if isinstance(message.body, Report)}


def assert_tied(publisher: RecordingPublisher, totals: Totals) -> None:
    """Independent recount of the bus's own snapshot."""
    on_bus = held_on_bus(publisher)
    states = Counter(one.state for one in on_bus.values())
    assert totals.ties_out()
    assert totals.received == len(on_bus)
    assert {state: totals.count(state) for state in ReportState} == {state: states[state] for state in ReportState}
    assert totals.without_position == sum(one.position is None and one.state not in PINLESS_STATES for one in on_bus.values())
    assert totals.outside == sum(one.is_outside for one in on_bus.values())
    assert totals.carried == sum(one.received_at < totals.since for one in on_bus.values())
    assert (totals.reports_epoch, totals.reports_seq) == (publisher.epoch, publisher.mark(REPORT).seq)


def test_report_then_ticker_then_incident_then_totals() -> None:
    publisher = RecordingPublisher()
    asyncio.run(ledger_on(publisher, HandClock()).put([report("a", incident="i"), report("b", incident="i")], NOON))
    assert [name for name, _ in publisher.sent] == ["report", "report", "ticker", "ticker", "incident", "totals"]
    assert bodies(publisher, INCIDENT)[0].count == 2
    assert bodies(publisher, INCIDENT)[0].title == "Genangan Periuk"
    assert_tied(publisher, last_totals(publisher))


def test_a_line_for_arrival_and_change_of_state_but_not_for_an_edit() -> None:
    async def story() -> RecordingPublisher:
        publisher = RecordingPublisher()
        ledger = ledger_on(publisher, HandClock())
        await ledger.put([report("a")], NOON)
        await ledger.put([report("a")], NOON)
        await ledger.put([report("a", position=None)], NOON)
        await ledger.put([report("a", ReportState.WORKING, changed_at=NOON + timedelta(minutes=3))], NOON)
        return publisher

    publisher = asyncio.run(story())
    assert [(line.state, line.at) for line in bodies(publisher, TICKER)] == [
        (ReportState.NEW, NOON),
        (ReportState.WORKING, NOON + timedelta(minutes=3)),
    ]
    assert len(publisher.of(REPORT)) == 3
    assert_tied(publisher, last_totals(publisher))


def test_replace_withdraws_what_is_not_among_them() -> None:
    async def story() -> RecordingPublisher:
        publisher = RecordingPublisher()
        ledger = ledger_on(publisher, HandClock())
        await ledger.replace([report("a", incident="i"), report("b", is_outside=True)], NOON)
        await ledger.replace([report("b", is_outside=True), report("c", position=None)], NOON)
        await ledger.put([], NOON, gone=["b", "never seen"])
        return publisher

    publisher = asyncio.run(story())
    assert held_on_bus(publisher).keys() == {"c"}
    assert publisher.of(INCIDENT)[-1].body is None
    assert_tied(publisher, last_totals(publisher))


def test_midnight_forgets_what_was_closed_and_carries_what_was_open() -> None:
    async def story() -> RecordingPublisher:
        publisher, clock = RecordingPublisher(), HandClock()
        ledger = ledger_on(publisher, clock)
        evening = MIDNIGHT + timedelta(hours=22)
        await ledger.put([report("open", received_at=evening), report("done", ReportState.DONE, received_at=evening)], NOON)
        clock.now = MIDNIGHT + timedelta(days=1, minutes=5)
        await ledger.put([report("today", received_at=clock.now)], clock.now)
        return publisher

    publisher = asyncio.run(story())
    totals = last_totals(publisher)
    assert held_on_bus(publisher).keys() == {"open", "today"}
    assert (totals.received, totals.carried, totals.since) == (2, 1, MIDNIGHT + timedelta(days=1))
    assert_tied(publisher, totals)


def test_a_report_of_an_earlier_day_counts_only_while_it_was_open_today() -> None:
    long_ago = NOON - timedelta(days=5)
    publisher = RecordingPublisher()
    asyncio.run(
        ledger_on(publisher, HandClock()).replace(
            [
                report("closed then", ReportState.DONE, received_at=long_ago),
                report("closed today", ReportState.DONE, received_at=long_ago, changed_at=NOON),
                report("open", ReportState.WORKING, received_at=long_ago),
            ],
            NOON,
        )
    )
    assert held_on_bus(publisher).keys() == {"closed today", "open"}
    assert last_totals(publisher).carried == 2


def test_window_all_keeps_every_day() -> None:
    long_ago = NOON - timedelta(days=900)
    publisher = RecordingPublisher()
    asyncio.run(ledger_on(publisher, HandClock(), "all").replace([report("a", ReportState.DONE, received_at=long_ago), report("b")], NOON))
    totals = last_totals(publisher)
    assert (totals.received, totals.carried) == (2, 0)
    assert_tied(publisher, totals)


def test_a_restart_takes_over_what_stands_on_the_bus() -> None:
    async def story() -> RecordingPublisher:
        publisher = RecordingPublisher()
        await ledger_on(publisher, HandClock()).replace([report("a", incident="i"), report("b")], NOON)
        publisher.epoch = "e2"
        await ledger_on(publisher, HandClock()).replace([report("b"), report("c")], NOON)
        return publisher

    publisher = asyncio.run(story())
    assert held_on_bus(publisher).keys() == {"b", "c"}
    assert [line.report for line in bodies(publisher, TICKER)] == ["a", "b", "c"]
    assert not publisher.held(INCIDENT)
    assert_tied(publisher, last_totals(publisher))


@pytest.mark.parametrize("topic", ["report", "ticker", "incident", "totals"])
def test_a_failed_publication_can_be_repeated_without_loss(topic: str) -> None:
    async def story() -> RecordingPublisher:
        publisher = RecordingPublisher()
        ledger = ledger_on(publisher, HandClock())
        publisher.fail_next = topic
        with pytest.raises(ConnectionError):
            await ledger.put([report("a", incident="i")], NOON)
        await ledger.put([report("a", incident="i")], NOON)
        return publisher

    publisher = asyncio.run(story())
    assert [name for name, _ in publisher.sent] == ["report", "ticker", "incident", "totals"]
    assert_tied(publisher, last_totals(publisher))


def test_totals_follow_reports_that_moved_under_them_and_are_left_alone_otherwise() -> None:
    async def story() -> RecordingPublisher:
        publisher = RecordingPublisher()
        ledger = ledger_on(publisher, HandClock())
        await ledger.keep_true()
        assert publisher.sent == []
        await ledger.put([report("a"), report("b")], NOON)
        await ledger.keep_true()
        assert len(publisher.of(TOTALS)) == 1
        publisher.let_out(REPORT, 3)
        await ledger.keep_true()
        assert_tied(publisher, last_totals(publisher))
        publisher.epoch = "e2"
        await ledger.keep_true()
        await ledger.keep_true()
        return publisher

    publisher = asyncio.run(story())
    assert_tied(publisher, last_totals(publisher))
    assert [(body.reports_epoch, body.reports_seq) for body in bodies(publisher, TOTALS)] == [("e1", 2), ("e1", 5), ("e2", 5)]
    assert {message.observed_at for message in publisher.of(TOTALS)} == {NOON}, "no newer than the check they come from"


def test_a_part_of_a_change_has_no_totals_and_nobody_makes_them_up() -> None:
    async def story() -> RecordingPublisher:
        publisher = RecordingPublisher()
        ledger = ledger_on(publisher, HandClock())
        await ledger.put([report("a")], NOON)
        await ledger.ledger.put([report("b")], NOON, counted=None)
        await ledger.keep_true()
        assert [totals.received for totals in bodies(publisher, TOTALS)] == [1]
        await ledger.put([report("b")], NOON)
        return publisher

    publisher = asyncio.run(story())
    assert_tied(publisher, last_totals(publisher))


def test_totals_that_do_not_tie_out_are_not_told() -> None:
    publisher = RecordingPublisher()
    ledger = ledger_on(publisher, HandClock()).ledger
    asyncio.run(ledger.put([report("a")], NOON, counted=Counted(since=MIDNIGHT, received=2, carried=0)))
    assert held_on_bus(publisher).keys() == {"a"}
    assert not publisher.of(TOTALS)


def test_an_incident_that_is_over_is_forgotten() -> None:
    async def story() -> ReportLedger:
        ledger = ledger_on(RecordingPublisher(), HandClock())
        await ledger.put([report("a", incident="i"), report("b", incident="j")], NOON)
        await ledger.put([report("b")], NOON, gone=["a"])
        return ledger.ledger

    assert not asyncio.run(story())._members


def test_a_first_load_of_thousands_tells_only_the_newest_lines() -> None:
    publisher = RecordingPublisher()
    many = [report(f"r{i}", received_at=NOON - timedelta(seconds=i)) for i in range(2000)]
    asyncio.run(ledger_on(publisher, HandClock()).replace(many, NOON))
    assert len(publisher.of(TICKER)) == TICKER.keep
    assert bodies(publisher, TICKER)[-1].report == "r0"
    assert last_totals(publisher).received == 2000


def hours_from_noon(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


ids = st.sampled_from([f"r{i}" for i in range(8)])
reports = st.builds(
    report, ids, st.sampled_from(list(ReportState)),
    received_at=st.integers(-72, 48).map(hours_from_noon),
    changed_at=st.integers(-24, 48).map(hours_from_noon),
    position=st.one_of(st.none(), st.just(HERE)), incident=st.sampled_from([None, "i", "j"]), is_outside=st.booleans(),
)  # fmt: skip
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(reports, max_size=6)),
        st.tuples(st.just("replace"), st.lists(reports, max_size=6)),
        st.tuples(st.just("forget"), st.lists(ids, max_size=3)),
        st.tuples(st.just("wait"), st.integers(1, 30)),
    ),
    max_size=12,
)


@settings(max_examples=80, deadline=None)
@given(steps=steps, window=st.sampled_from(["day", "all"]))
def test_totals_tie_out_whatever_happens(steps: list[tuple[str, list[Report] | list[str] | int]], window: Window) -> None:
    async def story() -> None:
        publisher, clock = RecordingPublisher(), HandClock()
        ledger = ledger_on(publisher, clock, window)
        for verb, what in steps:
            match verb, what:
                case "wait", int():
                    clock.now += timedelta(hours=what)
                    await ledger.put([], clock.now)
                case "forget", list():
                    await ledger.put([], clock.now, gone=[str(one) for one in what])
                case _, list():
                    given_reports = [one for one in what if isinstance(one, Report)]
                    await (ledger.put if verb == "put" else ledger.replace)(given_reports, clock.now)
                case _:
                    raise AssertionError(verb)
            totals = last_totals(publisher)
            assert_tied(publisher, totals)
            assert ledger.ledger.held() == held_on_bus(publisher)
            if window == "day":
                for one in held_on_bus(publisher).values():
                    assert one.received_at >= totals.since or one.state in OPEN_STATES or one.changed_at >= totals.since
            counted = Counter(one.incident for one in held_on_bus(publisher).values() if one.incident and one.state not in PINLESS_STATES)
            for key, message in publisher.held(INCIDENT).items():
                assert isinstance(message.body, Incident)
                assert 0 < message.body.count <= counted[key]

    asyncio.run(story())
