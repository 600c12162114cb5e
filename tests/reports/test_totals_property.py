"""The totals on the bus are those of the store, whatever happens in whatever order: received as the log of arrivals counts it, the states as
the reports have them, counted here anew.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages import actions
from feeds.messages.actions import AnyAction
from feeds.messages.report import OPEN_STATES, REPORT, TOTALS, Channel, Priority, Report, ReportState, Totals
from feeds.reports import outbox
from feeds.reports.ledger import TOTALS_KEY
from feeds.reports.observed import Observer
from feeds.reports.refusals import Refused
from feeds.reports.states import IllegalTransition, MissingRequirement
from feeds.store.schema import INTAKE, REPORTS
from tests.fakes.stores import a_store
from tests.reports.room import CITY, MONDAY, Room, Wire

ACTIONS: list[AnyAction] = [
    actions.Forward(agency="dpupr"), actions.Accept(), actions.Finish(exemption="gelap"), actions.Decline(answer="bukan kami"),
    actions.Invalidate(reason="iseng"), actions.Reopen(reason="lagi"),
]  # fmt: skip
ELSEWHERE = "kota"

numbers = st.integers(0, 5)
observed = st.lists(
    st.builds(
        Report, id=st.sampled_from([f"K{number}" for number in range(6)]), state=st.sampled_from(list(ReportState)),
        category=st.just("banjir"), channel=st.just(Channel.OPEN311), priority=st.just(Priority.NORMAL),
        received_at=st.integers(-60, 0).map(lambda hours: MONDAY + timedelta(hours=hours)),
        changed_at=st.integers(0, 60).map(lambda hours: MONDAY + timedelta(hours=hours)),
    ),
    max_size=4, unique_by=lambda report: report.id,
)  # fmt: skip


class Story(RuleBasedStateMachine):
    """A room, a source elsewhere and a teller; ``server`` is used by one story after another, each with a store of its own."""

    server: ClassVar[EmbeddedRedis]

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._run = self._stack.enter_context(asyncio.Runner()).run
        self._room = Room(self._stack.enter_context(a_store()))

    @initialize(window=st.sampled_from(["day", "day", "all"]), days=st.integers(0, 2))
    def begin(self, window: Literal["day", "all"], days: int) -> None:
        """Four reports, two of them closed, ``days`` ago."""
        self._window: Literal["day", "all"] = window
        self._ids = [self._room.report() for _ in range(4)]
        self._room.act(self._ids[0], actions.Decline(answer="bukan kami"))
        self._room.act(self._ids[1], actions.Merge(parent=self._ids[2]))
        self._room.later(days=days)
        self._wire = self._run(self._begun())
        self._run(self._wire.settle())

    async def _begun(self) -> Wire:
        wire = Wire(self._room, self.server, self._window)
        await wire.begin()
        return wire

    def teardown(self) -> None:
        try:
            self.look()
            self._run(self._wire.end())
        finally:
            self._stack.close()

    @rule(count=st.integers(1, 4))
    def take_in(self, count: int) -> None:
        self._ids += [self._room.report() for _ in range(count)]

    @rule(number=numbers, steps=st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=4))
    def act(self, number: int, steps: list[AnyAction]) -> None:
        for action in steps:
            with suppress(IllegalTransition, MissingRequirement, Refused):
                self._room.act(self._ids[number % len(self._ids)], action)

    @rule(number=numbers)
    def note(self, number: int) -> None:
        """A word, which changes no state: on closed reports too."""
        self._room.act(self._ids[number % len(self._ids)], actions.Note(text="lihat"))

    @rule(number=numbers, parent=numbers)
    def merge(self, number: int, parent: int) -> None:
        with suppress(IllegalTransition, Refused):
            self._room.act(self._ids[number % len(self._ids)], actions.Merge(parent=self._ids[parent % len(self._ids)]))

    @rule(reports=observed)
    def observe(self, reports: list[Report]) -> None:
        self._room.database.write(lambda connection: Observer(CITY, ELSEWHERE).put(connection, reports))

    @rule(reports=observed)
    def withdraw(self, reports: list[Report]) -> None:
        """What is not among them is gone."""
        refs = {report.id for report in reports}
        self._room.database.write(lambda connection: Observer(CITY, ELSEWHERE).keep_only(connection, refs, lambda key: False))

    @rule(minutes=st.sampled_from([-1, 0, 1, 300]), days=st.sampled_from([1, 1, 2, 40]))
    def midnight(self, minutes: int, days: int) -> None:
        """The clock goes to about a midnight of the city."""
        day = self._room.now.replace(hour=17, minute=0, second=0) + timedelta(days=days)
        self._room.now = day + timedelta(minutes=minutes)

    @rule()
    def look(self) -> None:
        """All that is laid out is told: bus and store say the same."""
        self._run(self._wire.settle())
        self._assert_tied()

    @rule(at=st.sampled_from(["reading", "before telling", "telling", "removing"]))
    def kill(self, at: str) -> None:
        self._run(self._wire.killed(at))

    @rule()
    def replace(self) -> None:
        """A new teller begins and has its first look before the old one is killed."""
        old, self._wire = self._wire, self._run(self._begun())
        self._run(self._wire.settle())
        self._run(old.end())
        self._assert_tied()

    @rule(is_seen=st.booleans())
    def visit(self, is_seen: bool) -> None:
        """Another teller begins, tells and stops in order; the first one has (or has not) seen that it was there."""

        async def visiting() -> None:
            epoch = self._wire.publisher.mark(REPORT).epoch
            visitor = await self._begun()
            await visitor.settle()
            while is_seen and self._wire.publisher.is_owner(REPORT):
                await asyncio.sleep(0.01)
            await visitor.publisher.stop()
            await visitor.end()
            while self._wire.publisher.mark(REPORT).epoch == epoch or not all(map(self._wire.publisher.is_owner, outbox.REPORT_TOPICS)):
                await asyncio.sleep(0.01)

        self._run(asyncio.wait_for(visiting(), 10))

    def _assert_tied(self) -> None:
        held = self._wire.publisher.held(TOTALS)
        assert all(map(self._wire.publisher.is_told, (REPORT, TOTALS)))
        totals = held[TOTALS_KEY].body
        assert isinstance(totals, Totals)
        since = MONDAY.replace(hour=17) - timedelta(days=1)
        while since + timedelta(days=1) <= self._room.now:
            since += timedelta(days=1)
        shown = {row["id"]: row for row in self._room.rows(REPORTS) if row["is_shown"] and self._is_counted(row, since)}
        arrivals = [row for row in self._room.rows(INTAKE) if row["report"] in shown]
        states = Counter(row["state"] for row in shown.values())
        assert totals.received == len(arrivals)
        assert {state: totals.count(state) for state in ReportState} == {state: states[state] for state in ReportState}
        if self._window == "day":
            assert totals.since == since
            assert totals.carried == sum(row["received_at"] < since for row in arrivals)
        on_bus = {key: message.body for key, message in self._wire.publisher.held(REPORT).items()}
        assert on_bus == {key: report for key, report in self._room.shown().items() if key in shown}

    def _is_counted(self, row: Mapping[str, Any], since: datetime) -> bool:
        """Of this day: received, open or closed on it."""
        if self._window == "all" or row["received_at"] >= since or row["state"] in OPEN_STATES:
            return True
        return row["finished_at"] >= since


def test_totals_are_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AT_A_TIME", 5)
    quick = settings(max_examples=30, stateful_step_count=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    with EmbeddedRedis(namespace="live") as running:

        class StoryHere(Story):
            server = running

        run_state_machine_as_test(StoryHere, settings=quick)
