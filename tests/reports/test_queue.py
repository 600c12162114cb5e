"""The queue: every report on exactly one page, filters that agree with a plain reading, and no page that reads the whole table."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, event, insert, select, text

from feeds.messages.queue import Clock, Sort, Standing
from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState
from feeds.reports.deadlines import running, standing, worst
from feeds.reports.queue import FEW, Asked, BadCursor, page
from feeds.reports.records import Record, columns_of
from feeds.reports.roles import Actor, Role
from feeds.store.schema import REPORTS
from tests.fakes.desk_house import THURSDAY
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

OPERATOR = Actor(id="op", role=Role.OPERATOR)
STATES = list(ReportState)


def record(number: int) -> Record:
    at = THURSDAY - timedelta(minutes=30 * (number // 3))  # three at a time: ties in every order
    one = Record(
        id=f"L{number:04}", revision=1, state=STATES[number % 8], category="banjir" if number % 2 else "jalan_rusak",
        channel=Channel.SMS if number % 5 else Channel.X, priority=list(Priority)[number % 3], source="x", received_at=at, changed_at=at,
        clocks_since=at, district=(None, "36.71.01", "36.71.02")[number % 7 % 3], incident=(None, "I-1", "I-2")[number // 2 % 3],
        agency="dpupr" if number % 3 else "dlh", search=f"l{number:04} jalan 100% {'banjir' if number % 2 else 'lubang'} no_{number}",
        claimed_by=(None, "op", "op2")[number % 11 % 3], claimed_until=THURSDAY + timedelta(minutes=number % 4 - 1),
    )  # fmt: skip
    if number % 13 == 0:
        return one  # No clock at all.
    return replace(
        one,
        respond_by=at + timedelta(hours=4), accept_by=at + timedelta(hours=10), finish_by=at + timedelta(hours=60),
        respond_risk_at=at + timedelta(hours=3), accept_risk_at=at + timedelta(hours=8), finish_risk_at=at + timedelta(hours=48),
        responded_at=at if number % 4 == 0 else None, accepted_at=at if number % 12 == 0 else None,
    )  # fmt: skip


RECORDS = [record(number) for number in range(120)]


def filled(connection: Connection) -> None:
    connection.execute(insert(REPORTS), [columns_of(one) for one in RECORDS])


def all_pages(connection: Connection, asked: Asked, sort: Sort, size: int, actor: Actor = OPERATOR) -> tuple[list[str], set[int]]:
    ids: list[str] = []
    totals: set[int] = set()
    cursor = None
    for _ in range(200):
        found = page(connection, actor, asked, THURSDAY, sort=sort, size=size, cursor=cursor)
        ids += [row.id for row in found.reports]
        totals.add(found.total)
        cursor = found.cursor
        if cursor is None:
            return ids, totals
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("size", [1, 7, 120])
def test_every_report_stands_on_one_page_in_order(sort: Sort, size: int) -> None:
    with a_store() as store:
        store.write(filled)
        ids, totals = store.read(lambda it: all_pages(it, Asked(), sort, size))
    wanted = [one for one in RECORDS if sort is not Sort.DUE or one.state in OPEN_STATES]
    assert sorted(ids) == sorted(one.id for one in wanted) and totals == {len(wanted)}
    by_id = {one.id: one for one in RECORDS}
    if sort is Sort.DUE:
        ends = [min(running(by_id[key]).values(), default=None) for key in ids]
        timed = [end for end in ends if end is not None]
        assert timed == sorted(timed) and timed[0] < timed[-1]
        assert ends == timed + [None] * (len(ends) - len(timed)), "those without a clock come last"
    else:
        times = [by_id[key].received_at for key in ids]
        assert times == sorted(times, reverse=sort is not Sort.OLDEST)


def some_of(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), unique=True).map(tuple)


HOURS = st.none() | st.integers(0, 20).map(lambda hours: THURSDAY - timedelta(hours=hours))
FILTERS = st.fixed_dictionaries({}, optional={
    "states": some_of(*STATES), "categories": some_of("banjir", "jalan_rusak"),
    "agencies": some_of("dpupr", "dlh"), "districts": some_of("36.71.01", "36.71.02"),
    "channels": some_of(Channel.SMS, Channel.X, Channel.EMAIL), "priorities": some_of(*Priority),
    "claimed": st.sampled_from(["me", "any", "nobody"]), "due": st.sampled_from(Standing), "since": HOURS, "until": HOURS,
    "ids": some_of("L0003", "L0004", "L0042", "L0119", "L9999"),
    "incident": st.sampled_from(["I-1", "I-2", "I-3"]), "q": st.sampled_from(["BANJIR", "jalan lubang", "100%", "no_1", "no%1", "\\"]),
})  # fmt: skip


def lets_through(asked: Asked, one: Record) -> bool:
    """The filters, read plainly."""
    lists = (
        (asked.states, one.state), (asked.categories, one.category), (asked.agencies, one.agency), (asked.districts, one.district),
        (asked.channels, one.channel), (asked.priorities, one.priority), (asked.ids, one.id),
    )  # fmt: skip
    holder = one.claimed_by if one.claimed_until is not None and one.claimed_until > THURSDAY else None
    claims = {None: True, "me": holder == OPERATOR.id, "any": holder is not None, "nobody": holder is None}
    return (
        all(not wanted or value in wanted for wanted, value in lists)
        and claims[asked.claimed]
        and (asked.due is None or worst(standing(one, THURSDAY)) is asked.due)
        and (asked.since is None or one.received_at >= asked.since)
        and (asked.until is None or one.received_at < asked.until)
        and (asked.incident is None or one.incident == asked.incident)
        and all(word in one.search for word in asked.q.casefold().split())
    )


@pytest.mark.parametrize("few", [FEW, 3])
def test_filters_agree_with_a_plain_reading(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.reports.queue.FEW", few)
    found = 0
    with a_store() as store:
        store.write(filled)

        @settings(max_examples=60, deadline=None)
        @given(FILTERS, st.sampled_from([Sort.NEWEST, Sort.DUE]))
        def agrees(fields: dict[str, Any], sort: Sort) -> None:
            nonlocal found
            asked = Asked(**fields)
            wanted = [one.id for one in RECORDS if lets_through(asked, one) and (sort is not Sort.DUE or one.state in OPEN_STATES)]
            ids, totals = store.read(lambda it: all_pages(it, asked, sort, 50))
            assert sorted(ids) == sorted(wanted) and totals == {len(wanted)}
            found += 0 < len(wanted) < len(RECORDS)

        agrees()
    assert found > 5


@pytest.mark.parametrize("asked", [
    *(Asked(claimed=claimed) for claimed in ("me", "any", "nobody")), *(Asked(due=due) for due in Standing), Asked(incident="I-1"),
    Asked(since=THURSDAY - timedelta(hours=9)), Asked(until=THURSDAY - timedelta(hours=9)), Asked(channels=(Channel.X,)),
    Asked(districts=("36.71.01",)), Asked(priorities=(Priority.URGENT,)), Asked(ids=("L0003", "L0042", "L9999")),
])  # fmt: skip
def test_each_filter_alone_parts_the_reports(asked: Asked) -> None:
    with a_store() as store:
        store.write(filled)
        ids, _ = store.read(lambda it: all_pages(it, asked, Sort.NEWEST, 50))
    assert sorted(ids) == [one.id for one in RECORDS if lets_through(asked, one)]
    assert 0 < len(ids) < len(RECORDS)


def a_cursor(at: str) -> str:
    return base64.urlsafe_b64encode(f'["newest","{at}","a"]'.encode()).decode().rstrip("=")


BEYOND = [a_cursor("0001-01-01T00:00:00+14:00"), a_cursor("9999-12-31T23:59:59-14:00"), a_cursor("0001-01-01T00:00:00")]


@pytest.mark.parametrize("cursor", ["", "x", "!!", "bnVsbA", "W10", "é", *BEYOND])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with a_store() as store, pytest.raises(BadCursor), store.reading() as connection:
        page(connection, OPERATOR, Asked(), THURSDAY, sort=Sort.NEWEST, size=5, cursor=cursor)


def test_a_cursor_of_another_order_is_refused() -> None:
    with a_store() as store:
        store.write(filled)
        first = store.read(lambda it: page(it, OPERATOR, Asked(), THURSDAY, sort=Sort.NEWEST, size=5, cursor=None))
        with pytest.raises(BadCursor):
            store.read(lambda it: page(it, OPERATOR, Asked(), THURSDAY, sort=Sort.OLDEST, size=5, cursor=first.cursor))


def test_own_agency_roles_see_theirs() -> None:
    with a_store() as store:
        store.write(filled)
        opd, lost = Actor(id="a", role=Role.OPD, agency="dlh"), Actor(id="b", role=Role.OPD)
        ids, _ = store.read(lambda it: all_pages(it, Asked(), Sort.NEWEST, 50, opd))
        assert set(ids) == {one.id for one in RECORDS if one.agency == "dlh"}
        assert store.read(lambda it: all_pages(it, Asked(), Sort.NEWEST, 50, lost)) == ([], {0})


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)  # PostgreSQL plans by what is in its tables, and these are empty
def test_the_count_is_answered_by_an_index_alone() -> None:
    query = "SELECT count(*) FROM reports WHERE is_shown AND state IN ('new', 'done') AND category = 'banjir' AND district = '1'"
    with a_store() as store, store.reading() as connection:
        plan = " ".join(str(row[-1]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert "COVERING INDEX ix_reports_queue" in plan or "ix_reports_near" in plan, plan
    assert "SCAN reports" not in plan.replace("SCAN reports USING", "")


def plans_of(asked: Asked, sort: Sort, cursor: str | None = None) -> list[str]:
    """How SQLite goes about each question that chooses or counts reports."""
    plans: list[str] = []

    def explain(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT") and " AS words" not in statement:
            how = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # pyright: ignore
            plans.append(" ".join(row[-1] for row in how))

    with a_store() as store:
        store.write(filled)
        with store.reading() as connection:
            event.listen(connection, "before_cursor_execute", explain)
            page(connection, OPERATOR, asked, THURSDAY, sort=sort, size=5, cursor=cursor)
    return plans


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize("states", [(), tuple(OPEN_STATES)])
@pytest.mark.parametrize("cursor", [None, a_cursor("2026-11-26T03:00:00Z")])
def test_words_all_use_are_looked_for_in_an_index_alone(
    states: tuple[ReportState, ...], cursor: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.reports.queue.FEW", 3)
    plans = plans_of(Asked(q="jalan", states=states), Sort.NEWEST, cursor)
    assert len(plans) == 3 and all("COVERING INDEX ix_reports_search" in plan for plan in plans), plans


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sort", list(Sort))
def test_words_few_use_are_looked_for_once(sort: Sort) -> None:
    first, *others = plans_of(Asked(q="jalan"), sort)
    assert "COVERING INDEX ix_reports_search" in first
    assert len(others) == 2 and all("(id=?)" in plan for plan in others), others


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize("asked", [
    Asked(), Asked(states=tuple(OPEN_STATES)), Asked(states=(ReportState.WORKING,)), Asked(due=Standing.LATE), Asked(claimed="nobody"),
    Asked(categories=("banjir", "jalan_rusak"), agencies=("dlh",)),
])  # fmt: skip
def test_what_is_due_is_read_in_its_order(asked: Asked) -> None:
    plans = plans_of(asked, Sort.DUE)
    assert plans and all("INDEX ix_reports_due" in plan and "TEMP B-TREE" not in plan for plan in plans), plans


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize("asked", [Asked(), Asked(districts=("36.71.01",)), Asked(categories=("banjir",)), Asked(agencies=("dlh",))])
@pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST, Sort.CHANGED])
def test_what_is_counted_is_read_in_the_narrow_index(asked: Asked, sort: Sort) -> None:
    plans = plans_of(asked, sort)
    assert len(plans) == 2 and "COVERING INDEX ix_reports_queue" in plans[-1], plans
    if sort is Sort.CHANGED:
        # Walked in order where nothing is asked of them, else found first: few may be left, and far apart.
        assert ("ix_reports_queue" in plans[0]) is (asked != Asked()), plans


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("asked", "index"), [(Asked(claimed="any"), "ix_reports_claimed"), (Asked(incident="I-1"), "ix_reports_incident")])
def test_what_few_reports_have_is_not_looked_for_in_all(asked: Asked, index: str) -> None:
    assert index in plans_of(asked, Sort.NEWEST)[0]


def test_the_database_knows_when_a_report_is_due_as_we_do() -> None:
    with a_store() as store:
        store.write(filled)
        asked = select(REPORTS.c.id, REPORTS.c.due_at, REPORTS.c.risk_at)
        kept = {row.id: (row.due_at, row.risk_at) for row in store.read(lambda it: it.execute(asked).all())}
    for one in RECORDS:
        clocks = running(one)
        if one.state not in OPEN_STATES:
            assert kept[one.id] == (None, None)
        elif not clocks:
            assert kept[one.id][0].year >= 8999 and kept[one.id][1] is None
        else:
            risks = {Clock.RESPOND: one.respond_risk_at, Clock.ACCEPT: one.accept_risk_at, Clock.FINISH: one.finish_risk_at}
            first = min(clocks, key=lambda clock: clocks[clock])
            assert kept[one.id] == (clocks[first], risks[first])
