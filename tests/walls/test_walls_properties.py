"""A wall under any sequence of decisions by two people: none is lost, revisions go up by one, and nobody changes what another holds.

Parts of a wall against a rule read from fractions, point by point.
"""

from datetime import datetime
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from feeds.messages.layout import Grid, Layout
from feeds.messages.walls import Region, TakeKind
from feeds.reports.roles import Actor
from feeds.walls import holding
from feeds.walls.parts import holds, is_covered, meets
from feeds.walls.refusals import Held, NotHeld, NothingBefore, StaleWall
from tests.fakes.stores import a_store
from tests.fakes.walls import a_layout
from tests.walls.desk import BUDI, LEFT, RIGHT, RINA, Desk

PEOPLE = st.sampled_from([RINA, BUDI])
PANELS = st.sampled_from(["map", "ticker", "hazards"])
BOTH = frozenset({0, 1})
PARTS: dict[frozenset[int], Region | None] = {frozenset({0}): LEFT, frozenset({1}): RIGHT, BOTH: None}


def halves(panels: tuple[str, str]) -> Layout:
    return a_layout((panels[0], (0, 0, 80, 90)), (panels[1], (80, 0, 80, 90)))


class Wall(RuleBasedStateMachine):
    """Beside the store a list of what was decided, kept by hand: a wall of two halves."""

    def __init__(self) -> None:
        super().__init__()
        self._store = a_store()
        self.desk = Desk(self._store.__enter__())
        self.decided: list[tuple[TakeKind, tuple[str, str] | None, bool]] = []
        self.shown: list[tuple[int, tuple[str, str]]] = []
        self.is_drawn = False
        self.held: list[tuple[str, frozenset[int], datetime]] = []

    def teardown(self) -> None:
        self._store.__exit__(None, None, None)

    def live(self, actor: Actor, *, is_others: bool = False) -> frozenset[int]:
        mine = [part for who, part, until in self.held if until > self.desk.now and (who == actor.id) is not is_others]
        return frozenset().union(*mine)

    def changed(self, to: tuple[str, str]) -> frozenset[int]:
        return frozenset(half for half in BOTH if self.shown[-1][1][half] != to[half]) if self.shown else BOTH

    def note(self, kind: TakeKind, panels: tuple[str, str] | None) -> None:
        self.decided.append((kind, panels, self.is_drawn))
        if kind in (TakeKind.TAKE, TakeKind.UNDO) and panels is not None:
            self.shown.append((len(self.decided), panels))

    def is_stale(self, seen: int) -> bool:
        return not (self.shown[-1][0] if self.shown else 0) <= seen <= len(self.decided)

    @rule(actor=PEOPLE, panels=st.tuples(PANELS, PANELS), lag=st.integers(-1, 2))
    def take(self, actor: Actor, panels: tuple[str, str], lag: int) -> None:
        seen = max(0, len(self.decided) - lag)
        changed = self.changed(panels)
        if self.is_stale(seen):
            with pytest.raises(StaleWall):
                self.desk.take(halves(panels), actor, seen=seen)
        elif not changed <= self.live(actor):
            with pytest.raises(NotHeld):
                self.desk.take(halves(panels), actor, seen=seen)
        else:
            self.desk.take(halves(panels), actor, seen=seen)
            self.note(TakeKind.TAKE, panels)

    @rule(actor=PEOPLE, lag=st.integers(0, 1))
    def undo(self, actor: Actor, lag: int) -> None:
        seen = max(0, len(self.decided) - lag)
        before = [panels for _, panels in self.shown if panels != self.shown[-1][1]]
        if self.is_stale(seen):
            with pytest.raises(StaleWall):
                self.desk.undo(actor, seen=seen)
        elif not before:
            with pytest.raises(NothingBefore):
                self.desk.undo(actor, seen=seen)
        elif self.changed(before[-1]) & self.live(actor, is_others=True):
            with pytest.raises(Held):
                self.desk.undo(actor, seen=seen)
        else:
            self.desk.undo(actor, seen=seen)
            self.note(TakeKind.UNDO, before[-1])

    @rule(actor=PEOPLE, is_drawn=st.booleans())
    def curtain(self, actor: Actor, is_drawn: bool) -> None:
        self.desk.curtain(is_drawn=is_drawn, actor=actor)
        if is_drawn != self.is_drawn:
            self.is_drawn = is_drawn
            self.note(TakeKind.CURTAIN if is_drawn else TakeKind.OPEN, self.shown[-1][1] if self.shown else None)

    @rule(actor=PEOPLE, part=st.sampled_from(list(PARTS)))
    def hold(self, actor: Actor, part: frozenset[int]) -> None:
        if part & self.live(actor, is_others=True):
            with pytest.raises(Held):
                self.desk.hold(PARTS[part], actor)
            return
        self.desk.hold(PARTS[part], actor)
        own = [held for held in self.held if held[0] == actor.id and held[2] > self.desk.now]
        wider = next((held[1] for held in own if part <= held[1]), part)
        self.held = [held for held in self.held if held not in own or not held[1] <= wider]
        self.held.append((actor.id, wider, self.desk.now + holding.LEASE))

    @rule(actor=PEOPLE)
    def let_go(self, actor: Actor) -> None:
        self.desk.let_go(actor)
        self.held = [held for held in self.held if held[0] != actor.id]

    @rule(minutes=st.integers(1, 10))
    def later(self, minutes: int) -> None:
        self.desk.later(minutes=minutes)

    @invariant()
    def nothing_is_lost(self) -> None:
        history = list(reversed(self.desk.history()))
        assert [one.revision for one in history] == list(range(1, len(self.decided) + 1))
        assert [(one.kind, None if one.layout is None else one.layout.slot, one.is_curtained) for one in history] == [
            (kind, None if panels is None else halves(panels).slot, is_drawn) for kind, panels, is_drawn in self.decided
        ]
        found = self.desk.look()
        assert (found.revision, found.is_curtained) == (len(self.decided), self.is_drawn)
        assert (found.shown.revision if found.shown else 0) == (self.shown[-1][0] if self.shown else 0)
        live = {(who, part) for who, part, until in self.held if until > self.desk.now}
        assert {(lease.holder, lease.region) for lease in found.leases} == {(who, PARTS[part]) for who, part in live}


@pytest.mark.usefixtures("both_stores")
def test_any_sequence_of_decisions() -> None:
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    bounds = settings(max_examples=20, stateful_step_count=30, deadline=None, database=None, suppress_health_check=checks)
    run_state_machine_as_test(Wall, settings=bounds)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    columns, rows = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    column, row = draw(st.integers(0, columns - 1)), draw(st.integers(0, rows - 1))
    cell = (column, row, draw(st.integers(1, columns - column)), draw(st.integers(1, rows - row)))
    return Region(grid=Grid(columns=columns, rows=rows), cell=cell)


def has(region: Region, x: Fraction, y: Fraction) -> bool:
    column, row, width, height = region.cell
    columns, rows = region.grid.columns, region.grid.rows
    return Fraction(column, columns) < x < Fraction(column + width, columns) and Fraction(row, rows) < y < Fraction(row + height, rows)


def middles(among: list[Region]) -> list[tuple[Fraction, Fraction]]:
    """A point within every piece into which their edges cut the wall."""
    x_edges, y_edges = {Fraction(0), Fraction(1)}, {Fraction(0), Fraction(1)}
    for one in among:
        x_edges |= {Fraction(one.cell[0], one.grid.columns), Fraction(one.cell[0] + one.cell[2], one.grid.columns)}
        y_edges |= {Fraction(one.cell[1], one.grid.rows), Fraction(one.cell[1] + one.cell[3], one.grid.rows)}
    xs, ys = sorted(x_edges), sorted(y_edges)
    return [((a + b) / 2, (c + d) / 2) for a, b in pairwise(xs) for c, d in pairwise(ys)]


@given(region=regions(), by=st.lists(regions(), max_size=5))
@settings(deadline=None, database=None)
def test_parts_are_compared_exactly(region: Region, by: list[Region]) -> None:
    points = [point for point in middles([region, *by]) if has(region, *point)]
    assert is_covered(region, by) == all(any(has(one, *point) for one in by) for point in points)
    for one in by:
        assert meets(region, one) == meets(one, region) == any(has(one, *point) for point in points)
        assert holds(one, region) == all(has(one, *point) for point in points)
    assert is_covered(region, [None]) and meets(None, region) and holds(None, region)
