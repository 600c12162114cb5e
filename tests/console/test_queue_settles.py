"""Whatever comes in which order, the queue ends as the doors have it: each report once, in their order, without gaps."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from controlroom.console.desk_api import Trouble
from controlroom.console.reports import queue_feed
from controlroom.console.reports.queue_feed import QueueFeed
from controlroom.console.reports.queue_model import QueueModel
from controlroom.console.reports.queue_order import is_falling
from controlroom.console.reports.queue_query import ALL, OPEN, QueueQuery
from feeds.messages.queue import Page, Sort
from feeds.messages.report import REPORT, Channel, ReportState
from feeds.reports.queue import Asked, page
from feeds.reports.records import Record, columns_of
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database
from feeds.store.schema import REPORTS
from tests.console.desk import Desk, a_desk
from tests.console.queue_rows import record, told
from tests.fakes.stores import a_store

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
OPERATOR = Actor(id="ani", role=Role.OPERATOR)
SOME_STATES = [ReportState.NEW, ReportState.WORKING, ReportState.DONE]
SIZE = 4


class Reply:
    """What ``give_up`` ends."""

    def __init__(self) -> None:
        self.is_given_up = False

    def setProperty(self, name: str, value: Any) -> None:
        self.is_given_up |= name == "given_up"

    def abort(self) -> None:
        pass


class Doors(QObject):
    """The doors' own reading, answered when the test says so: what they had read when they were asked."""

    reached = Signal(bool)

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.who = object()
        self.is_reached = True
        self.waiting: list[tuple[Reply, Callable[[], None]]] = []

    def get(
        self, path: str, kind: type[Any], done: Callable[[Page], None], failed: Callable[[Trouble], None], *, query: dict[str, Any]
    ) -> Reply:
        reply, found = Reply(), self.read(query)
        self.waiting.append((reply, lambda: done(found)))
        return reply

    def read(self, query: dict[str, Any]) -> Page:
        asked = Asked(
            states=tuple(ReportState(one) for one in query.get("state") or ()), channels=tuple(query.get("channel") or ()),
            ids=tuple(query.get("id") or ()), q=query.get("q") or "",
        )  # fmt: skip
        size = min(SIZE, query.get("page_size", SIZE)) if "id" not in query else 200
        order, cursor = Sort(query["sort"]), query.get("cursor")
        return self._database.read(lambda it: page(it, OPERATOR, asked, NOW, sort=order, size=size, cursor=cursor))

    def answer(self, number: int) -> None:
        if self.waiting:
            reply, done = self.waiting.pop(number % len(self.waiting))
            if not reply.is_given_up:
                done()


class QueueStory(RuleBasedStateMachine):
    database: Database
    desk: Desk

    def __init__(self) -> None:
        super().__init__()
        self.database.write(lambda it: it.execute(REPORTS.delete()).rowcount)
        self.records: dict[str, Record] = {}
        self.untold: list[Record] = []
        self.doors = Doors(self.database)
        for number in range(16):
            self._store(record(number, NOW, state=SOME_STATES[number % 2]))
        self.model = QueueModel()
        ctx = msgspec.structs.replace(self.desk.ctx, api=self.doors, now=lambda: NOW)  # pyright: ignore[reportArgumentType]
        self.feed = QueueFeed(ctx, self.model, self.model.ids, lambda: self.model.rowCount())
        self.feed.ask(QueueQuery())

    @rule(number=st.integers(16, 60), state=st.sampled_from(SOME_STATES), minutes=st.integers(-3, 200))
    def arrives(self, number: int, state: ReportState, minutes: int) -> None:
        one = record(number, NOW, state=state)
        if one.id not in self.records:
            at = NOW - timedelta(minutes=minutes)
            self._store(replace(one, received_at=at, changed_at=at))
            self.untold.append(self.records[one.id])

    @rule(
        place=st.integers(0, 99), state=st.sampled_from(SOME_STATES), channel=st.sampled_from([Channel.SMS, Channel.X]),
        due=st.none() | st.integers(0, 200), at=st.integers(0, 9),
    )  # fmt: skip
    def changes(self, place: int, state: ReportState, channel: Channel, due: int | None, at: int) -> None:
        before = self.records[sorted(self.records)[place % len(self.records)]]
        ends = None if due is None else NOW + timedelta(minutes=due)
        changed_at = max(before.changed_at, NOW) + timedelta(seconds=at)
        after = replace(before, state=state, channel=channel, respond_by=ends, revision=before.revision + 1, changed_at=changed_at)
        self._store(after)
        self.untold.append(after)

    @rule(count=st.integers(1, 4))
    def bus_tells(self, count: int) -> None:
        some, self.untold = self.untold[:count], self.untold[count:]
        # The bus keeps the last word on each.
        latest = {one.id: one for one in some}
        if latest:
            self.feed._hear(REPORT, [self.desk.bus.message(REPORT, one.id, told(one)) for one in latest.values()])

    @rule(number=st.integers(0, 5))
    def doors_answer(self, number: int) -> None:
        self.doors.answer(number)

    @rule()
    def time_goes_on(self) -> None:
        for timer in (self.feed._settle, self.feed._recount):
            if timer.isActive():
                timer.stop()
                timer.timeout.emit()

    @rule(state=st.sampled_from([OPEN, ALL, "new", "done"]), channel=st.none() | st.just(Channel.SMS), sort=st.sampled_from(Sort))
    def filter_is_another(self, state: str, channel: Channel | None, sort: Sort) -> None:
        self.feed.ask(QueueQuery(state=state, channels=(channel,) if channel else (), sort=sort))

    @rule()
    def scrolls_down(self) -> None:
        self.feed.more()

    @rule()
    def reloads(self) -> None:
        self.feed.reload()

    @rule(place=st.integers(0, 20))
    def stands_on(self, place: int) -> None:
        row = self.model.at(place)
        self.model.hold(None if row is None else row.id)

    @precondition(lambda self: self.model.held is not None)
    @rule()
    def leaves(self) -> None:
        self.model.hold(None)

    @rule()
    def settles(self) -> None:
        held = self.model.held
        where = None if held is None else self.model.place(held)
        for _ in range(60):
            self.bus_tells(99)
            self.time_goes_on()
            while self.doors.waiting:
                self.doors.answer(0)
            if not (self.untold or self.feed._pending or self.feed._settle.isActive() or self.feed._recount.isActive()):
                break
        assert not self.feed._pending and not self.feed._settle.isActive()
        if held is not None and where is not None and self.model.held == held:
            assert self.model.row(held) is not None
        self.model.hold(None)
        self.time_goes_on()
        while self.doors.waiting:
            self.doors.answer(0)
        wanted, total = self._all()
        found = self.model.ids()
        assert found == wanted[: len(found)]
        assert self.model.total == total
        assert self.model.is_whole == (len(found) == total) or not self.model.is_whole
        assert len(found) >= min(total, 1) or not self.model.is_whole
        for row in found:
            assert (kept := self.model.row(row)) is not None and kept.revision == self.records[row].revision

    @invariant()
    def each_stands_once_and_in_order(self) -> None:
        ids, keys = self.model.ids(), self.model._keys
        assert len(set(ids)) == len(ids) == len(keys) == self.model.rowCount()
        assert keys == sorted(keys, reverse=is_falling(self.model._sort))
        assert [self.model.place(one) for one in ids] == list(range(len(ids)))

    def teardown(self) -> None:
        self.settles()
        self.feed.close()

    def _store(self, one: Record) -> None:
        row = columns_of(one)
        if one.id in self.records:
            self.database.write(lambda it: it.execute(REPORTS.update().where(REPORTS.c.id == one.id).values(**row)).rowcount)
        else:
            self.database.write(lambda it: it.execute(REPORTS.insert().values(**row)).rowcount)
        self.records[one.id] = one

    def _all(self) -> tuple[list[str], int]:
        query, cursor, ids = self.feed.query.parameters(), None, list[str]()
        while True:
            found = self.doors.read({**query, "cursor": cursor})
            ids += [row.id for row in found.reports]
            cursor = found.cursor
            if cursor is None:
                return ids, found.total


@pytest.fixture
def desk(qtbot: QtBot) -> Generator[Desk]:
    with a_desk() as made:
        yield made


def test_the_queue_settles_as_the_doors_have_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_feed, "PAGE", SIZE)
    with a_store() as database:
        machine = type("Story", (QueueStory,), {"database": database, "desk": desk})
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=(HealthCheck.too_slow,)),
        )
