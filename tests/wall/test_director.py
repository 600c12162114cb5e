"""The wall carries out what was decided about it, refuses what cannot stand on it as a whole, and remembers the rest."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.wall.layouts import LayoutError
from controlroom.wall.memory import Memory, memory_file
from feeds.messages.city import OffHours
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.system import Shown
from tests.wall.small_wall import SmallWall, a_layout, an_order
from tests.widgets.staging import NOW

ONE = a_layout(("plain", (0, 0, 2, 2)))
TWO = a_layout(("plain", (0, 0, 2, 2)), ("opted", (2, 0, 2, 2)))

Opens = Callable[..., SmallWall]


@pytest.fixture
def opens(qtbot: QtBot, tmp_path: Path) -> Iterator[Opens]:
    """Opens a wall that begins; one that is opened later is the same wall after its end."""
    walls: list[SmallWall] = []

    def one(off_hours: OffHours | None = None, *, at_h: float = 0.0, wanted: str = "sendiri") -> SmallWall:
        if walls:
            walls.pop().close()
        walls.append(SmallWall(tmp_path, off_hours=off_hours, wanted=wanted))
        walls[-1].clock = NOW + timedelta(hours=at_h)
        walls[-1].director.begin()
        return walls[-1]

    yield one
    for wall in walls:
        wall.close()


def names(wall: SmallWall) -> list[str]:
    return [slot.panel for slot in wall.director.state().slots]


def test_without_an_order_its_own_layout_and_with_one_that(opens: Opens) -> None:
    wall = opens()
    state = wall.director.state()
    assert (state.layout, state.revision, state.shown, state.refusal) == ("sendiri", 0, Shown.CHOSEN, None)
    wall.take(4, TWO, preset="dua")
    state = wall.director.state()
    assert (state.layout, state.revision, state.shown) == ("dua", 4, Shown.TAKEN)
    assert names(wall) == ["plain", "opted"]
    assert wall.said == 1
    wall.take(5, None, taken_at=None)
    assert (names(wall), wall.director.state().shown, wall.director.state().revision) == (["plain"], Shown.CHOSEN, 5)


def test_the_installation_is_told_without_serial_numbers(opens: Opens) -> None:
    installation = opens().director.state().installation
    assert installation is not None
    assert [monitor.serial for monitor in installation.monitor] == [None] * 4
    assert [monitor.pixels for monitor in installation.monitor] == [(1920, 1080)] * 4


def test_orders_for_other_walls_and_leases_change_nothing(opens: Opens) -> None:
    wall = opens()
    wall.tell(("kanan", an_order(9, TWO, wall="kanan")))
    assert names(wall) == ["plain"]
    wall.take(4, TWO)
    frames = [built.frame for built in wall.display.slots]
    wall.take(4, TWO, changes=17)
    assert wall.said == 1
    assert [built.frame for built in wall.display.slots] == frames


BAD = {
    "unknown panel": (a_layout(("plain", (0, 0, 2, 2)), ("peta-baru", (2, 0, 2, 2))), "slot 2 (peta-baru): no such panel"),
    "crosses a seam": (a_layout(("plain", (1, 0, 2, 1))), "slot 1 (plain): cell [1, 0, 2, 1] crosses a seam"),
    "unknown option": (a_layout(("opted", (0, 0, 2, 2), {"size": 3})), "slot 1 (opted): Object contains unknown field `size`"),
    "wrong option": (a_layout(("opted", (0, 0, 2, 2), {"colour": 3})), "slot 1 (opted): Expected `str`"),
    "no such camera": (a_layout(("watching", (0, 0, 2, 2), {"cameras": ["c1", "c9"]})), "slot 1 (watching): this city has no camera c9"),
    "overlapping": (a_layout(("plain", (0, 0, 2, 2)), ("opted", (1, 1, 1, 1))), "slot 2 (opted) overlaps slot 1 (plain)"),
    "outside": (a_layout(("plain", (3, 3, 2, 2))), "slot 1 (plain): cell [3, 3, 2, 2] lies outside the grid of 4 x 4"),
    "too small": (
        Layout(title="x", grid=Grid(columns=160, rows=90), slot=(Slot(panel="plain", cell=(0, 0, 4, 4)),)),
        "slot 1 (plain): 52 x 52 units is too small",
    ),
    "too many": (
        Layout(title="x", grid=Grid(columns=160, rows=90), slot=tuple(Slot(panel="plain", cell=(n, 0, 1, 1)) for n in range(65))),
        "slot: a layout has 1 to 64 slots, this one 65",
    ),
    "no title": (Layout(title=" ", grid=Grid(columns=4, rows=4), slot=(Slot(panel="plain", cell=(0, 0, 2, 2)),)), "title: must have 1"),
}


@pytest.mark.parametrize("what", BAD)
def test_an_order_that_cannot_stand_is_refused_as_a_whole(opens: Opens, what: str) -> None:
    layout, reason = BAD[what]
    wall = opens()
    wall.cameras("c1")
    wall.take(4, TWO)
    before = [built.frame for built in wall.display.slots]
    with capture_logs() as log:
        wall.take(5, layout)
        wall.take(5, layout)
        wall.take(5, layout, changes=6)
    state = wall.director.state()
    assert state.refusal is not None
    assert state.refusal.revision == 5
    assert state.refusal.reason.startswith(reason)
    assert (state.revision, state.shown, names(wall)) == (4, Shown.TAKEN, ["plain", "opted"])
    assert [built.frame for built in wall.display.slots] == before
    assert [line["event"] for line in log] == ["an order cannot stand on this wall: it keeps what it showed"]
    wall.take(6, TWO)
    assert wall.director.state().refusal is None
    assert wall.director.state().revision == 6


def test_a_camera_a_collector_found_is_the_citys_too(opens: Opens) -> None:
    wall = opens()
    layout = a_layout(("watching", (0, 0, 2, 2), {"cameras": ["c9"]}))
    wall.cameras("c9")
    wall.take(4, layout)
    assert wall.director.state().refusal is None
    again = opens()
    assert again.director.state().revision == 4, "before the bus has spoken nobody knows what collectors found"
    assert names(again) == ["watching"]


def test_a_refused_order_draws_the_curtain_all_the_same(opens: Opens) -> None:
    wall = opens()
    wall.take(4, TWO)
    wall.take(5, BAD["unknown panel"][0], is_curtained=True)
    assert wall.curtain.is_drawn
    assert wall.director.state().revision == 4
    again = opens()
    assert again.curtain.is_drawn
    assert names(again) == ["plain", "opted"]


def test_what_was_carried_out_is_shown_again_without_the_bus(opens: Opens) -> None:
    opens().take(4, TWO, preset="dua", is_curtained=True)
    again = opens()
    state = again.director.state()
    assert (state.layout, state.revision, state.shown, state.is_curtained) == ("dua", 4, Shown.TAKEN, True)
    again.take(5, TWO, preset="dua")
    assert not again.curtain.is_drawn
    assert not opens().curtain.is_drawn


def test_a_flushed_bus_takes_no_layout_away(opens: Opens) -> None:
    wall = opens()
    wall.take(4, TWO)
    wall.tell(is_reset=True)
    wall.tell((wall.wall.name, None))
    assert (names(wall), wall.director.state().revision) == (["plain", "opted"], 4)
    assert (names(opens())) == ["plain", "opted"]


def test_the_doors_are_the_authority_also_when_they_begin_again(opens: Opens) -> None:
    opens().take(40, TWO)
    again = opens()
    again.take(1, a_layout(("opted", (0, 0, 2, 2))))
    assert (names(again), again.director.state().revision) == (["opted"], 1)
    assert names(opens()) == ["opted"]


def test_what_was_remembered_and_cannot_stand_any_more_is_refused(opens: Opens) -> None:
    memory = Memory(memory_file("dinding", "live"), "dinding", "live")
    memory.write(an_order(4, BAD["unknown panel"][0]))
    memory.close()
    wall = opens()
    state = wall.director.state()
    assert (names(wall), state.shown, state.revision) == (["plain"], Shown.CHOSEN, 0)
    assert state.refusal is not None
    assert state.refusal.reason.startswith("slot 2 (peta-baru): no such panel")


def test_the_empty_hours_come_and_go_by_the_clock(opens: Opens, tmp_path: Path) -> None:
    """NOW is 14.32 in Tangerang."""
    layouts = tmp_path / "layouts"
    layouts.mkdir(exist_ok=True)
    (layouts / "malam.toml").write_text(
        'title = "Malam"\ngrid = { columns = 4, rows = 4 }\n[[slot]]\npanel = "page"\ncell = [0, 0, 4, 4]\n'
    )
    wall = opens(OffHours(begins="18:00", ends="08:00", layout="malam"), wanted="auto")
    wall.take(4, TWO)
    wall.clock += timedelta(hours=4)
    wall.director._look_at_clock()
    state = wall.director.state()
    assert (state.layout, state.shown, state.revision, names(wall)) == ("malam", Shown.OFF_HOURS, 4, ["page"])
    assert wall.said == 2
    wall.director._look_at_clock()
    assert wall.said == 2
    wall.take(5, TWO, taken_at=wall.clock)
    assert wall.director.state().shown is Shown.TAKEN
    wall.clock += timedelta(hours=24)
    wall.director._look_at_clock()
    assert wall.director.state().shown is Shown.OFF_HOURS
    wall.clock += timedelta(hours=14)
    wall.director._look_at_clock()
    assert (wall.director.state().shown, names(wall)) == (Shown.TAKEN, ["plain", "opted"])


@pytest.mark.parametrize("name", ["tiada", "buruk"])
def test_a_layout_of_the_empty_hours_that_cannot_stand_is_said_once_and_passed_over(opens: Opens, tmp_path: Path, name: str) -> None:
    layouts = tmp_path / "layouts"
    layouts.mkdir(exist_ok=True)
    (layouts / "buruk.toml").write_text('title = "x"\ngrid = { columns = 4, rows = 4 }\n[[slot]]\npanel = "tiada"\ncell = [0, 0, 4, 4]\n')
    with capture_logs() as log:
        wall = opens(OffHours(begins="18:00", ends="08:00", layout=name), at_h=5, wanted="auto")
        wall.take(4, TWO)
        wall.take(5, a_layout(("opted", (0, 0, 2, 2))))
        wall.director._look_at_clock()
    assert (wall.director.state().shown, names(wall)) == (Shown.TAKEN, ["opted"])
    assert [line["event"] for line in log].count("the layout of off_hours cannot stand on this wall") == 1


def test_a_wall_whose_settings_name_a_layout_keeps_it_in_the_empty_hours(opens: Opens) -> None:
    wall = opens(OffHours(begins="18:00", ends="08:00", layout="harian"), at_h=5)
    assert (wall.director.state().layout, wall.director.state().shown) == ("sendiri", Shown.CHOSEN)
    wall = opens(OffHours(begins="18:00", ends="08:00", layout="sendiri"), at_h=5, wanted="auto")
    assert (wall.director.state().layout, wall.director.state().shown) == ("sendiri", Shown.OFF_HOURS)


def test_its_own_layout_must_be_there_at_the_start(qtbot: QtBot, tmp_path: Path) -> None:
    wall = SmallWall(tmp_path)
    (tmp_path / "layouts" / "sendiri.toml").unlink()
    with pytest.raises(LayoutError, match=r"sendiri\.toml: cannot be read"):
        wall.director.begin()
    wall.close()


def test_a_layout_that_is_gone_when_it_is_wanted_again_leaves_what_stands(opens: Opens, tmp_path: Path) -> None:
    wall = opens()
    wall.take(4, TWO)
    (tmp_path / "layouts" / "sendiri.toml").unlink()
    with capture_logs() as log:
        wall.take(5, None, taken_at=None)
    assert names(wall) == ["plain", "opted"]
    assert log[-1]["event"] == "layout cannot be read: the wall keeps what it showed"


def test_of_orders_that_come_too_fast_the_newest_is_carried_out(opens: Opens, qtbot: QtBot) -> None:
    wall = opens()
    shown = QSignalSpy(wall.display.layout_changed)
    wall.between_ms = 1.0
    for revision in range(1, 40):
        wall.take(revision, ONE if revision % 2 else TWO)
    assert (wall.director.state().revision, shown.count()) == (1, 1), "the first at once"
    wall.between_ms = 1_000.0
    qtbot.waitUntil(lambda: wall.director.state().revision == 39)
    assert shown.count() == 1, "what is shown already stays"


def test_an_order_that_came_before_its_cameras_is_carried_out_when_they_come(opens: Opens) -> None:
    wall = opens()
    watching = a_layout(("watching", (0, 0, 2, 2), {"cameras": ["c9"]}))
    wall.take(4, watching)
    assert wall.director.state().refusal is not None
    wall.cameras("c1")
    assert wall.director.state().refusal is not None
    wall.cameras("c9")
    state = wall.director.state()
    assert (state.revision, state.refusal, names(wall)) == (4, None, ["watching"])


def test_a_hundred_thousand_slots_are_not_looked_at_one_by_one(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_at(*_words: object, **_more: object) -> list[str]:
        raise AssertionError("each slot was placed on the wall")

    monkeypatch.setattr("controlroom.wall.director.check_layout", looked_at)
    wall = opens()
    wall.take(4, Layout(title="x", grid=Grid(columns=4, rows=4), slot=TWO.slot * 50_000))
    refusal = wall.director.state().refusal
    assert refusal is not None and refusal.reason.startswith("slot: a layout has 1 to 64 slots")
