"""Whose time runs out and how the last weeks went, asked of a store that was filled through the same doors as the city's."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, select

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.city import load_city
from feeds.messages.city import City, ReportClock, ReportRules
from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, Deadline, DeadlineCount, DeadlineTotals, Due, Evaluation
from feeds.messages.header import Quality
from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.reports import tellings
from feeds.reports.observed import Observer
from feeds.reports.outbox import TOLD_TOPICS, Tellings
from feeds.reports.tellings import deadline_totals, deadlines, evaluation
from feeds.store.database import Database
from feeds.store.schema import REPORTS
from tests.fakes.bus_listener import BusListener, listening
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 7, 32, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = ReportRules(clock=ReportClock(respond_h=10, accept_h=20, finish_h=40, is_24h=True))


@pytest.fixture(scope="module")
def city() -> City:
    return msgspec.structs.replace(load_city(ROOT / "assets" / "cities" / "tangerang"), reports=RULES)


@pytest.fixture
def store() -> Iterator[Database]:
    with a_store() as database:
        yield database


def seen(key: str, state: ReportState = ReportState.NEW, *, age_h: float = 0, changed_h: float | None = None, **more: Any) -> Report:
    """A report ``age_h`` old that changed last ``changed_h`` ago."""
    fields: dict[str, Any] = {
        "id": key, "state": state, "category": "banjir", "channel": Channel.LAKSA, "priority": Priority.NORMAL,
        "received_at": NOW - age_h * HOUR, "changed_at": NOW - (age_h if changed_h is None else changed_h) * HOUR,
    }  # fmt: skip
    return Report(**(fields | more))


def told(store: Database, city: City, *rounds: list[Report]) -> None:
    observer = Observer(city, "elsewhere")
    for reports in rounds:

        def unit(connection: Any, reports: list[Report] = reports) -> None:
            observer.put(connection, reports)

        store.write(unit)


def due(store: Database, at: datetime = NOW) -> dict[str, Deadline]:
    return {one.report: one for one in store.read(lambda connection: deadlines(connection, at))}


def counted(store: Database, at: datetime = NOW) -> DeadlineTotals:
    return store.read(lambda connection: deadline_totals(connection, at))


def evaluated(store: Database, city: City) -> Evaluation:
    return store.read(lambda connection: evaluation(connection, city, NOW))


def test_at_risk_from_the_share_on_and_late_after_the_hour(store: Database, city: City) -> None:
    told(store, city, [seen("young", age_h=7.9), seen("near", age_h=8), seen("on-the-hour", age_h=10), seen("over", age_h=10.1)])
    found = due(store)
    assert {key: one.is_late for key, one in found.items()} == {"near": False, "on-the-hour": True, "over": True}
    assert list(found) == ["over", "on-the-hour", "near"], "the most overdue first"
    assert found["near"].due is Due.RESPONSE
    assert found["near"].due_at == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("state", "waits_for", "due_h"),
    [(ReportState.NEW, Due.RESPONSE, 10), (ReportState.FORWARDED, Due.ACCEPTANCE, 20), (ReportState.WORKING, Due.COMPLETION, 40)],
)
def test_what_a_report_waits_for_is_the_first_clock_that_still_runs(
    store: Database, city: City, state: ReportState, waits_for: Due, due_h: int
) -> None:
    told(store, city, [seen("one", age_h=50)], [seen("one", state, age_h=50, changed_h=49, agency="dlh")])
    (one,) = due(store).values()
    assert (one.due, one.due_at, one.state, one.agency) == (waits_for, NOW + (due_h - 50) * HOUR, state, "dlh")


@pytest.mark.parametrize("state", [ReportState.DONE, ReportState.DECLINED, ReportState.DUPLICATE, ReportState.INVALID])
def test_a_closed_report_is_never_late_and_a_reopened_one_is_again(store: Database, city: City, state: ReportState) -> None:
    told(store, city, [seen("one", age_h=50)], [seen("one", state, age_h=50, changed_h=2)])
    assert due(store) == {}
    told(store, city, [seen("one", ReportState.REOPENED, age_h=50, changed_h=1)])
    assert due(store).keys() == {"one"}


def test_the_share_is_the_citys(store: Database, city: City) -> None:
    eager = msgspec.structs.replace(city, reports=msgspec.structs.replace(RULES, at_risk_share=0.5))
    told(store, city, [seen("patient", age_h=5)])
    told(store, eager, [seen("eager", age_h=5)])
    assert due(store).keys() == {"eager"}


def test_in_a_storm_what_can_still_be_helped_is_told_beside_the_most_overdue(
    store: Database, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tellings, "MOST_TOLD", 3)
    told(store, city, [seen(f"r{hours}", age_h=hours) for hours in (8, 8.5, 9, 9.5, 10, 11, 12, 13, 14)])
    assert list(due(store)) == ["r14", "r13", "r12", "r9.5", "r9", "r8.5"]


def test_the_totals_count_what_the_list_has_no_room_for(store: Database, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tellings, "MOST_TOLD", 3)
    told(store, city, [seen(f"r{hours}", age_h=hours) for hours in (1, 8, 8.5, 9, 9.5, 10, 11, 12, 13, 14)])
    found = counted(store)
    assert (found.late, found.at_risk, found.as_of) == (5, 4, NOW)
    assert len(due(store)) == 6


def test_the_totals_count_each_report_once_under_what_it_waits_for(store: Database, city: City) -> None:
    told(
        store,
        city,
        [seen(key, age_h=age_h) for key, age_h in {"new": 50, "near": 9, "young": 1, "sent": 50, "taken": 35, "done": 50}.items()],
    )
    moved = {"sent": ReportState.FORWARDED, "taken": ReportState.WORKING, "done": ReportState.DONE}
    told(store, city, [seen(key, state, age_h=35 if key == "taken" else 50, changed_h=1, agency="dlh") for key, state in moved.items()])
    found = counted(store)
    assert found.response == DeadlineCount(late=1, at_risk=1)
    assert found.acceptance == DeadlineCount(late=1, at_risk=0)
    assert found.completion == DeadlineCount(late=0, at_risk=1)
    listed = due(store).values()
    assert (found.late, found.at_risk) == (sum(one.is_late for one in listed), sum(not one.is_late for one in listed))
    assert [found.waiting_for(one) for one in Due] == [sum(row.due is one for row in listed) for one in Due]


def test_a_wall_is_told_of_more_than_the_list_holds(store: Database, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tellings, "MOST_TOLD", 3)
    told(store, city, [seen(f"r{hours}", age_h=hours) for hours in (8, 8.5, 9, 9.5, 10, 11, 12, 13, 14)])

    async def story(server: EmbeddedRedis) -> tuple[int, BusListener]:
        redis = connect(server.url_for("back"))
        publisher = BusPublisher(redis, "live", "feeds", clock=lambda: NOW)
        teller = Tellings(store, publisher, city, quality=Quality.MEASURED, source="evaluation", clock=lambda: NOW)
        try:
            await publisher.start(TOLD_TOPICS)
            accepted = await teller.step()
            async with listening(server.url_for("front"), "live", DEADLINE, DEADLINE_TOTALS) as wall:
                await wall.until(lambda: len(wall.bodies(DEADLINE)) == 6 and wall.bodies(DEADLINE_TOTALS))
                await wall.settle()
        finally:
            await publisher.stop()
            await redis.aclose()
        return accepted, wall

    with EmbeddedRedis(namespace="live") as server:
        accepted, wall = asyncio.run(story(server))
    (totals,) = wall.bodies(DEADLINE_TOTALS).values()
    assert (totals.late, totals.at_risk, totals.as_of) == (5, 4, NOW)
    assert accepted == 9


def test_with_no_report_at_all_the_totals_are_nought(store: Database) -> None:
    assert (counted(store).late, counted(store).at_risk) == (0, 0)


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)  # PostgreSQL plans by what is in its tables, and these are empty
def test_the_totals_are_one_question_and_read_open_reports_alone(store: Database) -> None:
    asked: list[tuple[str, Any]] = []
    with store.reading() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _u, statement, parameters, *_: asked.append((statement, parameters)))
        deadline_totals(connection, NOW)
        ((statement, parameters),) = asked
        plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
    assert "ix_reports_due (due_at>?" in plan, plan
    assert "SCAN reports" not in plan, plan


def test_a_report_its_source_no_longer_tells_of_is_neither_late_nor_evaluated(store: Database, city: City) -> None:
    told(store, city, [seen("gone", age_h=20)])
    store.write(lambda connection: Observer(city, "elsewhere").keep_only(connection, (), lambda key: False))
    assert due(store) == {}
    assert counted(store).late == 0
    assert evaluated(store, city).total.received == 0


def test_every_cut_adds_up_to_all(store: Database, city: City) -> None:
    states = list(ReportState)
    told(
        store,
        city,
        [
            seen(
                f"r{n}", states[n % len(states)], age_h=n * 10, changed_h=n * 9, category=("banjir", "lainnya", "tidak_dikenal")[n % 3],
                agency=("dlh", None)[n % 2], district=(city.districts[0].code, None, "other")[n % 3],
            )
            for n in range(1, 60)
        ],
    )  # fmt: skip
    found = evaluated(store, city)
    assert found.total.received == 59
    assert found.total.open + found.total.done < found.total.received
    for cut in (found.categories, found.agencies, found.districts):
        for field in ("received", "open", "done", "late", "direct", "settled"):
            assert sum(getattr(row, field) for row in cut) == getattr(found.total, field), field
        assert [row.received for row in cut] == sorted((row.received for row in cut), reverse=True)


def test_figures_of_one_agency(store: Database, city: City) -> None:
    given = {"agency": "dlh", "age_h": 100.0}
    told(
        store,
        city,
        [seen(key, **given) for key in ("once", "twice", "not-ours", "open")],
        [seen(key, ReportState.FORWARDED, changed_h=98, **given) for key in ("once", "twice")],
        [seen("twice", ReportState.WORKING, changed_h=97, **given)],
        [seen("twice", ReportState.FORWARDED, changed_h=96, **given)],
        [seen("not-ours", ReportState.DECLINED, changed_h=90, **given)],
        [seen(key, ReportState.DONE, changed_h=60, **given) for key in ("once", "twice")],
    )
    (row,) = evaluated(store, city).agencies
    assert (row.code, row.name) == ("dlh", city.agency_short("dlh"))
    assert (row.received, row.open, row.done, row.late) == (4, 1, 2, 1)
    assert (row.direct, row.settled) == (1, 3)
    assert row.direct_share == pytest.approx(100 / 3)
    assert (row.respond_h, row.finish_h) == (2.0, 40.0), "median of 2, 2 and 10; of 40 and 40"


def test_what_was_answered_late_counts_until_it_is_closed(store: Database, city: City) -> None:
    told(store, city, [seen("one", age_h=15), seen("two", age_h=15)])
    told(store, city, [seen(key, ReportState.FORWARDED, age_h=15, changed_h=3, agency="dlh") for key in ("one", "two")])
    assert due(store) == {}, "the next clock has time"
    assert evaluated(store, city).total.late == 2
    told(store, city, [seen("two", ReportState.DONE, age_h=15, changed_h=1, agency="dlh")])
    assert evaluated(store, city).total.late == 1


def test_the_window_is_thirty_days(store: Database, city: City) -> None:
    told(store, city, [seen("in", age_h=30 * 24 - 1), seen("out", age_h=30 * 24 + 1), seen("ahead", age_h=-5)])
    assert evaluated(store, city).total.received == 1


def test_a_strangers_many_categories_are_put_together(store: Database, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tellings, "MOST_ROWS", 3)
    told(store, city, [seen(f"r{n}-{m}", category=f"c{n}") for n in range(5) for m in range(n + 1)])
    rows = evaluated(store, city).categories
    assert [(row.code, row.received, row.groups) for row in rows] == [("c4", 5, 1), ("c3", 4, 1), (None, 6, 3)]


def test_nothing_at_all_has_no_share_and_no_median(store: Database, city: City) -> None:
    total = evaluated(store, city).total
    assert (total.received, total.direct_share, total.done_share, total.respond_h, total.finish_h) == (0, None, None, None, None)


def test_a_date_beyond_the_calendar_has_no_clock(store: Database, city: City) -> None:
    told(store, city, [seen("far", received_at=datetime.max.replace(tzinfo=UTC), changed_at=NOW), seen("old", age_h=24 * 365 * 900)])
    assert due(store).keys() == {"old"}
    columns = select(REPORTS.c.finish_by).where(REPORTS.c.id == "far")
    assert store.read(lambda connection: connection.execute(columns).scalar_one()) is None


def test_closed_when_first_seen_tells_nothing_of_the_answer(store: Database, city: City) -> None:
    told(store, city, [seen("one", ReportState.DONE, age_h=30, changed_h=10)])
    total = evaluated(store, city).total
    assert (total.done, total.respond_h, total.finish_h) == (1, None, 20.0)
