"""What a wall shows by whose decision: takes, leases, undo and the curtain, on both kinds of database."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from feeds.messages.layout import Layout
from feeds.messages.walls import Take, TakeKind
from feeds.reports.refusals import Refused
from feeds.reports.roles import Forbidden
from feeds.store.database import Database
from feeds.store.schema import AUDIT
from feeds.store.wall_schema import WALL_DECISIONS
from feeds.walls import holding
from feeds.walls.refusals import Held, NotHeld, NothingBefore, StaleWall
from tests.fakes.stores import a_store_url
from tests.fakes.walls import a_layout
from tests.walls.desk import BUDI, HALVES, LEFT, LINA, MAP, RIGHT, RINA, Desk, region


def halves(left: str, right: str) -> Layout:
    return a_layout((left, (0, 0, 80, 90)), (right, (80, 0, 80, 90)))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_two_takes_at_one_moment_have_one_winner(database_url: str) -> None:
    """From threads of two programs, each with a writer of its own, many times over."""
    one, other = Desk(Database(database_url)), Desk(Database(database_url))
    try:
        one.hold()
        for round_ in range(12):
            won, lost = race([one, one, other, other], round_)
            assert (len(won), len(lost)) == (1, 3)
            shown = other.look().shown
            assert shown is not None and shown.layout is not None and shown.layout.slot[0].panel == won[0]
            assert all(stale.revision == round_ + 1 and won[0] in str(stale) for stale in lost)
        assert [decision.revision for decision in one.history()] == list(range(12, 0, -1))
    finally:
        one.database.close()
        other.database.close()


def race(desks: Sequence[Desk], seen: int) -> tuple[list[str], list[StaleWall]]:
    """All take at once on one revision: the panels that stand, and what the others were told."""
    start = threading.Barrier(len(desks))
    won: list[str] = []
    lost: list[StaleWall] = []

    def take(desk: Desk, panel: str) -> None:
        start.wait()
        try:
            desk.take(a_layout((panel, (0, 0, 160, 90))), seen=seen)
        except StaleWall as stale:
            lost.append(stale)
        else:
            won.append(panel)

    threads = [threading.Thread(target=take, args=(desk, f"{seen}-{number}")) for number, desk in enumerate(desks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, lost


def test_a_part_is_changed_by_who_holds_it_alone(desk: Desk) -> None:
    desk.hold()
    desk.take(halves("map", "ticker"))
    desk.let_go()
    desk.hold(LEFT, RINA)
    desk.hold(RIGHT, BUDI)
    assert desk.take(halves("hazards", "ticker"), RINA).revision == 2
    with pytest.raises(NotHeld, match=r"cell \[80, 0, 80, 90\] of 160 x 90 would change .* budi holds it until"):
        desk.take(halves("map", "cameras"), RINA)
    assert desk.take(halves("hazards", "cameras"), BUDI).revision == 3
    with pytest.raises(NotHeld, match="the whole wall"):
        desk.take(a_layout(("map", (0, 0, 320, 90)), grid=(320, 90)), BUDI)


def test_parts_held_together_cover_what_none_covers_alone(desk: Desk) -> None:
    desk.hold()
    desk.take(halves("map", "ticker"))
    desk.let_go()
    # Thirds and sevenths: no common grid but that of twenty-firsts.
    for part in (region(3, 1, 0, 0, 1, 1), region(7, 1, 2, 0, 3, 1), region(21, 2, 14, 0, 7, 2)):
        desk.hold(part)
    assert desk.take(a_layout(("map", (0, 0, 160, 90)))).revision == 2
    desk.let_go()
    for part in (region(3, 1, 0, 0, 1, 1), region(7, 1, 2, 0, 3, 1), region(210, 2, 151, 0, 59, 2)):
        desk.hold(part)
    with pytest.raises(NotHeld):
        desk.take(halves("map", "ticker"))


def test_a_lease_ends_by_itself_and_is_longer_when_asked_again(desk: Desk) -> None:
    desk.hold()
    desk.later(minutes=9)
    (lease,) = desk.hold().leases
    assert (lease.since, lease.until) == (desk.now - timedelta(minutes=9), desk.now + holding.LEASE)
    with pytest.raises(Held, match="rina holds it until"):
        desk.hold(LEFT, BUDI)
    desk.later(minutes=10)
    assert desk.look().leases == []
    with pytest.raises(NotHeld, match="take it first"):
        desk.take(MAP)
    assert [lease.holder for lease in desk.hold(LEFT, BUDI).leases] == ["budi"]


def test_a_clock_that_is_set_back_keeps_nobody_out(desk: Desk) -> None:
    desk.hold()
    desk.later(minutes=-5)
    with pytest.raises(Held):
        desk.hold(LEFT, BUDI)
    desk.later(hours=-1)
    assert desk.look().leases == []
    assert [lease.holder for lease in desk.hold(LEFT, BUDI).leases] == ["budi"]
    desk.let_go(BUDI)
    desk.later(hours=1)
    assert desk.look().leases == [], "what was given by the wrong clock does not come back"


def test_a_layout_that_cannot_be_read_gives_way_to_another(desk: Desk) -> None:
    desk.hold()
    desk.take(MAP)
    unknown = {"title": "Esok", "grid": {"columns": 1, "rows": 1}, "slot": [], "of a newer program": 1}
    desk.database.write(lambda it: it.execute(update(WALL_DECISIONS).values(layout=unknown)).rowcount)
    shown = desk.look().shown
    assert shown is not None and shown.layout is None and desk.history()[0].layout is None
    desk.take(HALVES)
    with pytest.raises(NothingBefore):
        desk.undo()


def test_who_holds_the_whole_keeps_it_when_asking_for_a_part_and_the_other_way_round(desk: Desk) -> None:
    desk.hold(LEFT)
    desk.hold(RIGHT)
    assert [lease.region for lease in desk.hold().leases] == [None]
    assert [lease.region for lease in desk.hold(LEFT).leases] == [None]


def test_a_lead_takes_over_what_is_held(desk: Desk) -> None:
    desk.hold(LEFT, RINA)
    desk.hold(RIGHT, BUDI)
    with pytest.raises(Forbidden):
        desk.hold(LEFT, BUDI, is_take_over=True)
    found = desk.hold(LEFT, LINA, is_take_over=True)
    assert [(lease.holder, lease.region) for lease in found.leases] == [("budi", RIGHT), ("lina", LEFT)]
    lines = desk.database.read(lambda it: it.execute(select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.body)).all())
    assert tuple(lines[-1])[:2] == ("lina", "wall_take_over") and lines[-1][2]["from"] == ["rina"]


def test_nobody_holds_a_wall_in_a_thousand_pieces(desk: Desk) -> None:
    for column in range(holding.MOST_LEASES):
        desk.hold(region(20, 1, column, 0, 1, 1))
    with pytest.raises(Refused, match="one too many"):
        desk.hold(region(20, 1, 19, 0, 1, 1))
    assert len(desk.hold(region(20, 1, 0, 0, 10, 1)).leases) == 1


def test_undo_goes_back_and_forth(desk: Desk) -> None:
    desk.hold()
    with pytest.raises(NothingBefore):
        desk.undo()
    desk.take(MAP, preset="harian")
    with pytest.raises(NothingBefore):
        desk.undo()
    desk.take(HALVES)
    for title, preset in (("Harian", "harian"), ("Siaga", ""), ("Harian", "harian")):
        shown = desk.undo().shown
        assert shown is not None and shown.layout is not None
        assert (shown.layout.title, shown.preset, shown.kind) == (title, preset, TakeKind.UNDO)
    assert desk.look().revision == 5


def test_the_same_layout_taken_twice_is_not_what_one_goes_back_to(desk: Desk) -> None:
    desk.hold()
    desk.take(MAP)
    desk.take(HALVES)
    desk.take(HALVES, reason="sekali lagi")
    shown = desk.undo().shown
    assert shown is not None and shown.layout == MAP


def test_undo_leaves_alone_what_somebody_else_holds(desk: Desk) -> None:
    desk.hold()
    desk.take(halves("map", "ticker"))
    desk.take(halves("map", "cameras"))
    desk.let_go()
    desk.hold(RIGHT, BUDI)
    with pytest.raises(Held, match="budi holds cell"):
        desk.undo(RINA)
    desk.let_go(BUDI)
    desk.hold(LEFT, BUDI)
    assert desk.undo(RINA).revision == 3, "what changes is held by nobody"


def test_a_curtain_stands_in_nobodys_way(desk: Desk) -> None:
    desk.hold()
    desk.take(MAP)
    desk.curtain(is_drawn=True, actor=BUDI)
    assert desk.curtain(is_drawn=True, actor=LINA).revision == 2, "it is drawn already"
    found = desk.take(HALVES, seen=1)
    assert (found.revision, found.is_curtained, found.shown and found.shown.revision) == (3, True, 3)
    with pytest.raises(
        StaleWall, match=r"revision 3, not 2: look at it again; rina took 'Siaga' at 10:00 WIB; map at .* moved, ticker .* added"
    ):
        desk.undo(seen=2)
    found = desk.curtain(is_drawn=False)
    assert (found.revision, found.is_curtained, found.shown and found.shown.revision) == (4, False, 3)
    assert desk.curtain(is_drawn=True, wall="rapat").shown is None


def test_a_revision_that_never_was_is_stale(desk: Desk) -> None:
    desk.hold()
    desk.take(MAP)
    with pytest.raises(StaleWall, match="is at revision 1, not 7"):
        desk.take(HALVES, seen=7)


def test_at_most_five_differences_are_named(desk: Desk) -> None:
    desk.hold()
    desk.take(a_layout(*((f"p{n}", (n * 10, 0, 10, 90)) for n in range(8))))
    moved = a_layout(("p1", (0, 0, 10, 90)), *((f"q{n}", (n * 10, 0, 10, 90)) for n in range(1, 8)))
    desk.take(moved)
    with pytest.raises(StaleWall, match=r"p1 at \[0, 0, 10, 90\] moved, q1 .* added, .* and 10 more$") as stale:
        desk.take(MAP, seen=1)
    assert str(stale.value).count("added") == 4


def test_a_decision_that_is_refused_leaves_no_trace(desk: Desk) -> None:
    desk.hold(LEFT)
    before = desk.look()
    with pytest.raises(NotHeld):
        desk.take(MAP, seen=0)
    with pytest.raises(Held):
        desk.hold(None, BUDI)
    with pytest.raises(Refused):
        desk.hold(region(2, 1, 1, 0, 2, 1))
    assert desk.look() == before and desk.history() == []


def test_a_wall_of_a_name_that_is_none_is_refused(desk: Desk) -> None:
    for name in ("", " lobby", "-a", "a" * 65, "lob\nby", "löbby"):
        with pytest.raises(Refused, match="wall: has 1 to 64 letters"):
            desk.hold(wall=name)
    assert desk.hold(wall="Ruang 3.1_b-c").wall == "Ruang 3.1_b-c"


def test_a_hundred_walls_are_many(desk: Desk) -> None:
    for number in range(100):
        desk.curtain(is_drawn=True, wall=f"w{number}")
    with pytest.raises(Refused, match="100 walls are"):
        desk.hold(wall="lobby")
    assert desk.hold(wall="w7").wall == "w7"


def test_decisions_come_in_pages(desk: Desk) -> None:
    for number in range(60):
        desk.curtain(is_drawn=number % 2 == 0)
    first = desk.history()
    assert [one.revision for one in first] == list(range(60, 10, -1))
    assert [one.revision for one in desk.history(before=11)] == list(range(10, 0, -1))
    assert all(one.before == one.revision - 1 for one in first)


def test_what_was_decided_outlives_the_program(both_stores: object) -> None:
    with a_store_url() as url:
        for round_ in range(2):
            database = Database(url)
            try:
                desk = Desk(database)
                desk.hold()
                desk.take(MAP if round_ == 0 else HALVES, reason=f"kali {round_}")
            finally:
                database.close()
        database = Database(url)
        try:
            assert [one.reason for one in Desk(database).history()] == ["kali 1", "kali 0"]
        finally:
            database.close()


def test_a_take_is_whole(desk: Desk) -> None:
    """What it carries is kept as it was sent."""
    desk.hold()
    layout = Take(layout=HALVES, preset="siaga", reason="hujan deras").layout
    shown = desk.take(layout, preset="siaga", reason="hujan deras").shown
    assert shown is not None and (shown.layout, shown.preset, shown.reason, shown.by) == (HALVES, "siaga", "hujan deras", RINA.id)
