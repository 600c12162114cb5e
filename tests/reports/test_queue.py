"""The queue: every report on exactly one page, filters that agree with a plain reading, and no page that reads the whole table."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, text

from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState
from feeds.reports.deadlines import Standing, standing, worst
from feeds.reports.queue import Asked, BadCursor, Sort, page
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
    return Record(
        id=f"L{number:04}", revision=1, state=STATES[number % 8], category="banjir" if number % 2 else "jalan_rusak",
        channel=Channel.SMS if number % 5 else Channel.X, priority=Priority.NORMAL, source="x", received_at=at, changed_at=at,
        clocks_since=at,
        agency="dpupr" if number % 3 else "dlh", search=f"l{number:04} jalan 100% {'banjir' if number % 2 else 'lubang'} no_{number}",
        respond_by=at + timedelta(hours=4), accept_by=at + timedelta(hours=10), finish_by=at + timedelta(hours=60),
        respond_risk_at=at + timedelta(hours=3), accept_risk_at=at + timedelta(hours=8), finish_risk_at=at + timedelta(hours=48),
        responded_at=at if number % 4 == 0 else None,
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
    received = {one.id: one.received_at for one in RECORDS}
    times = [received[key] for key in ids]
    if sort is not Sort.DUE:
        assert times == sorted(times, reverse=sort is not Sort.OLDEST)


FILTERS = st.fixed_dictionaries({
    "states": st.sets(st.sampled_from(STATES)), "categories": st.sets(st.sampled_from(["banjir", "jalan_rusak"])),
    "agencies": st.sets(st.sampled_from(["dpupr", "dlh"])), "due": st.sampled_from([None, *Standing]),
    "q": st.sampled_from(["", "BANJIR", "jalan lubang", "100%", "no_1", "no%1", "\\"]),
})  # fmt: skip


def test_filters_agree_with_a_plain_reading() -> None:
    with a_store() as store:
        store.write(filled)

        @settings(max_examples=60, deadline=None)
        @given(FILTERS)
        def agrees(given_: dict) -> None:  # pyright: ignore[reportMissingTypeArgument]
            asked = Asked(states=tuple(given_["states"]), categories=tuple(given_["categories"]), agencies=tuple(given_["agencies"]),
                          due=given_["due"], q=given_["q"])  # fmt: skip
            wanted = [
                one.id for one in RECORDS
                if (not asked.states or one.state in asked.states) and (not asked.categories or one.category in asked.categories)
                and (not asked.agencies or one.agency in asked.agencies)
                and (asked.due is None or worst(standing(one, THURSDAY)) is asked.due)
                and all(word in one.search for word in asked.q.casefold().split())
            ]  # fmt: skip
            ids, totals = store.read(lambda it: all_pages(it, asked, Sort.NEWEST, 50))
            assert sorted(ids) == sorted(wanted) and totals == {len(wanted)}

        agrees()


@pytest.mark.parametrize("cursor", ["", "x", "!!", "bnVsbA", "W10", "é"])
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
