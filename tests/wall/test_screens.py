"""Monitors find their screens by serial, connector, place; a missing one is missing and takes nobody else's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from controlroom.wall.geometry import monitor_rects
from controlroom.wall.screens import ScreenFacts, match_screens, misplaced, remembered, resized, unit_scale, wall_of
from feeds.messages.layout import Monitor, Wall


def monitor(name: str, place: tuple[int, int], **more: str) -> Monitor:
    return Monitor(
        name=name, place=place, pixels=(1920, 1080), size_mm=(1209.6, 680.4), serial=more.get("serial"), connector=more.get("connector")
    )


def screen(connector: str, column: int, row: int, serial: str = "") -> ScreenFacts:
    return ScreenFacts(connector=connector, geometry=(column * 1920, row * 1080, 1920, 1080), serial=serial)


def wall(*monitors: Monitor) -> Wall:
    return Wall(name="w", farthest_seat_m=5, nearest_seat_m=3, monitor=monitors)


def names(found: dict[str, ScreenFacts | None]) -> dict[str, str | None]:
    return {name: facts.connector if facts is not None else None for name, facts in found.items()}


def test_serial_beats_connector_beats_place() -> None:
    built = wall(monitor("a", (0, 0), serial="S1"), monitor("b", (1, 0), connector="DP-1"), monitor("c", (0, 1)))
    screens = [screen("DP-1", 0, 0, "S9"), screen("DP-2", 1, 0, "S1"), screen("DP-3", 0, 1)]
    assert names(match_screens(built, screens)) == {"a": "DP-2", "b": "DP-1", "c": "DP-3"}


def test_monitors_of_one_serial_are_told_apart_by_their_connectors() -> None:
    built = wall(monitor("a", (0, 0), serial="0", connector="DP-1"), monitor("b", (1, 0), serial="0", connector="DP-2"))
    screens = [screen("DP-2", 1, 0, "0"), screen("DP-1", 0, 0, "0")]
    assert names(match_screens(built, screens)) == {"a": "DP-1", "b": "DP-2"}


def test_a_missing_monitor_is_none_and_the_others_keep_theirs() -> None:
    built = wall(*(monitor(f"{c}{r}", (c, r)) for r in range(2) for c in range(2)))
    screens = [screen("A", 0, 0), screen("B", 1, 0), screen("C", 0, 1)]
    assert names(match_screens(built, screens)) == {"00": "A", "10": "B", "01": "C", "11": None}


def test_a_monitor_with_a_serial_never_takes_a_stranger() -> None:
    built = wall(monitor("a", (0, 0), serial="S1"))
    assert names(match_screens(built, [screen("DP-1", 0, 0, "OTHER")])) == {"a": None}


@pytest.mark.parametrize(
    ("pixels", "size_mm", "seat_m", "scale"),
    [((1920, 1080), (1209.6, 680.4), 5.0, 1.0), ((3840, 2160), (1209.6, 680.4), 5.0, 2.0), ((1920, 1080), (1209.6, 680.4), 10.0, 2.0), ((1920, 1080), (527, 296), 0.65, 0.298)],
)  # fmt: skip
def test_type_keeps_its_angle_at_the_farthest_seat(
    pixels: tuple[int, int], size_mm: tuple[float, float], seat_m: float, scale: float
) -> None:
    only = Monitor(name="a", place=(0, 0), pixels=pixels, size_mm=size_mm)
    assert unit_scale(Wall(name="w", farthest_seat_m=seat_m, nearest_seat_m=1, monitor=(only,))) == pytest.approx(scale, abs=0.002)


def test_without_a_wall_file_every_screen_is_a_reference_monitor() -> None:
    built = wall_of([screen("A", 0, 0), screen("B", 1, 0)])
    assert [(m.name, m.place) for m in built.monitor] == [("A", (0, 0)), ("B", (1, 0))]
    assert unit_scale(built) == pytest.approx(1.0)


def test_unplugging_a_neighbour_moves_nobody_though_the_desktop_shifts() -> None:
    built = wall(monitor("a", (0, 0)), monitor("b", (1, 0)))
    seen = match_screens(built, [screen("A", 0, 0), screen("B", 1, 0)])
    alone = match_screens(built, [screen("B", 0, 0)], seen)
    assert names(alone) == {"a": None, "b": "B"}
    kept = remembered(seen, alone)
    assert names(kept) == {"a": "A", "b": "B"}
    assert names(match_screens(built, [screen("A", 0, 0), screen("B", 1, 0)], kept)) == {"a": "A", "b": "B"}


def test_a_whole_row_may_go_and_come_back() -> None:
    built = wall(*(monitor(f"{c}{r}", (c, r)) for r in range(2) for c in range(2)))
    everybody = [screen("A", 0, 0), screen("B", 1, 0), screen("C", 0, 1), screen("D", 1, 1)]
    seen = match_screens(built, everybody)
    lower = match_screens(built, [screen("C", 0, 0), screen("D", 1, 0)], seen)
    assert names(lower) == {"00": None, "10": None, "01": "C", "11": "D"}
    assert names(match_screens(built, everybody, remembered(seen, lower))) == {"00": "A", "10": "B", "01": "C", "11": "D"}


def test_a_cable_in_another_socket_is_known_by_its_area() -> None:
    built = wall(monitor("a", (0, 0)), monitor("b", (1, 0)))
    seen = match_screens(built, [screen("A", 0, 0), screen("B", 1, 0)])
    assert names(match_screens(built, [screen("A", 0, 0), screen("HDMI-9", 1, 0)], seen)) == {"a": "A", "b": "HDMI-9"}


@settings(max_examples=200, deadline=None)
@given(columns=st.integers(1, 4), rows=st.integers(1, 2), data=st.data())
def test_whatever_is_unplugged_nobody_takes_anothers_place(columns: int, rows: int, data: st.DataObject) -> None:
    built = wall(*(monitor(f"{c}{r}", (c, r)) for r in range(rows) for c in range(columns)))
    everybody = {f"{c}{r}": screen(f"DP-{c}{r}", c, r) for r in range(rows) for c in range(columns)}
    seen = match_screens(built, list(everybody.values()))
    for _ in range(3):
        there = data.draw(st.sets(st.sampled_from(sorted(everybody))))
        # What is left of a desktop slides to its corner.
        left = min((everybody[name].geometry[0] for name in there), default=0)
        screens = [
            structs.replace(everybody[name], geometry=(everybody[name].geometry[0] - left, *everybody[name].geometry[1:]))
            for name in sorted(there)
        ]
        now = match_screens(built, screens, seen)
        assert names(now) == {name: f"DP-{name}" if name in there else None for name in everybody}
        seen = remembered(seen, now)


def test_a_desktop_that_is_not_arranged_as_the_wall_is_said() -> None:
    built = wall(monitor("a", (0, 0)), monitor("b", (1, 0)), monitor("c", (0, 1)))
    rects = monitor_rects(built)
    good = {"a": screen("A", 0, 0), "b": screen("B", 1, 0), "c": None}
    assert misplaced(good, rects) == {}
    assert (
        misplaced({n: structs.replace(s, geometry=(s.geometry[0] + 100, *s.geometry[1:])) if s else s for n, s in good.items()}, rects)
        == {}
    )
    turned = {**good, "b": ScreenFacts(connector="B", geometry=(1920, 0, 1080, 1920))}
    assert "shows 1080 x 1920 pixels (turned?)" in misplaced(turned, rects)["b"]
    scaled = {**good, "b": ScreenFacts(connector="B", geometry=(1920, 0, 960, 540))}
    assert "wall.toml says 1920 x 1080" in misplaced(scaled, rects)["b"]
    apart = {**good, "b": screen("B", 2, 0)}
    assert misplaced(apart, rects)["b"].startswith("B stands at 3840+0 on the desktop, its place on the wall is 1920+0")


def test_type_on_a_finer_monitor_is_larger_in_pixels() -> None:
    fine = Monitor(name="fine", place=(1, 0), pixels=(3840, 2160), size_mm=(1209.6, 680.4))
    built = wall(monitor("coarse", (0, 0)), fine)
    assert unit_scale(built, ["coarse"]) == pytest.approx(1.0)
    assert unit_scale(built, ["fine"]) == pytest.approx(2.0)
    assert unit_scale(built, ["coarse", "fine"]) == pytest.approx(2.0)


def test_a_guess_made_while_a_monitor_was_off_is_mended_when_it_comes_on() -> None:
    built = wall(monitor("kiri", (0, 0)), monitor("kanan", (1, 0)))
    alone = match_screens(built, [screen("HDMI-2", 0, 0)])
    both = match_screens(built, [screen("HDMI-1", 0, 0), screen("HDMI-2", 1, 0)], alone)
    assert names(both) == {"kiri": "HDMI-1", "kanan": "HDMI-2"}
    row = wall(*(monitor(name, (column, 0)) for column, name in enumerate(("kiri", "tengah", "kanan"))))
    without = match_screens(row, [screen("A", 0, 0), screen("C", 1, 0)])
    lit = match_screens(row, [screen("A", 0, 0), screen("B", 1, 0), screen("C", 2, 0)], remembered({}, without))
    assert names(lit) == {"kiri": "A", "tengah": "B", "kanan": "C"}


@settings(max_examples=200, deadline=None)
@given(columns=st.integers(1, 4), rows=st.integers(1, 3), data=st.data())
def test_whatever_is_off_at_the_start_the_complete_desktop_is_right_and_stays_right(columns: int, rows: int, data: st.DataObject) -> None:
    built = wall(*(monitor(f"{c}{r}", (c, r)) for r in range(rows) for c in range(columns)))
    everybody = {f"{c}{r}": screen(f"DP-{c}{r}", c, r) for r in range(rows) for c in range(columns)}

    def desktop(there: set[str]) -> list[ScreenFacts]:
        left = min((everybody[name].geometry[0] for name in there), default=0)
        top = min((everybody[name].geometry[1] for name in there), default=0)
        return [
            structs.replace(s, geometry=(s.geometry[0] - left, s.geometry[1] - top, *s.geometry[2:]))
            for s in (everybody[name] for name in sorted(there))
        ]

    seen: dict[str, ScreenFacts | None] = {}
    for _ in range(data.draw(st.integers(1, 3))):
        now = match_screens(built, desktop(data.draw(st.sets(st.sampled_from(sorted(everybody))))), seen)
        used = [facts.connector for facts in now.values() if facts is not None]
        assert len(used) == len(set(used))
        seen = remembered(seen, now)
    now = match_screens(built, desktop(set(everybody)), seen)
    assert names(now) == {name: f"DP-{name}" for name in everybody}
    seen = remembered(seen, now)
    there = data.draw(st.sets(st.sampled_from(sorted(everybody))))
    assert names(match_screens(built, desktop(there), seen)) == {name: f"DP-{name}" if name in there else None for name in everybody}


def test_of_equal_serials_the_remembered_output_then_the_place_is_taken() -> None:
    built = wall(monitor("a", (0, 0), serial="0"), monitor("b", (1, 0), serial="0"))
    screens = [screen("DP-2", 1, 0, "0"), screen("DP-1", 0, 0, "0")]
    seen = match_screens(built, screens)
    assert names(seen) == {"a": "DP-1", "b": "DP-2"}
    assert names(match_screens(built, [screen("DP-2", 0, 0, "0")], seen))["b"] == "DP-2"


def test_a_mixed_wall_is_matched_by_its_places() -> None:
    built = wall(monitor("tinggi", (0, 0)), monitor("pendek", (1, 0)))
    screens = [screen("A", 0, 0), ScreenFacts(connector="B", geometry=(1920, 360, 1280, 720))]
    assert names(match_screens(built, screens)) == {"tinggi": "A", "pendek": "B"}


def test_an_assumed_wall_stands_as_its_screens_do() -> None:
    screens = [ScreenFacts(connector="A", geometry=(100, 0, 1920, 1080)), ScreenFacts(connector="B", geometry=(2020, 360, 1280, 720))]
    built = wall_of(screens)
    assert monitor_rects(built) == {"A": (0, 0, 1920, 1080), "B": (1920, 360, 1280, 720)}
    seen = match_screens(built, screens)
    assert misplaced(seen, monitor_rects(built)) == {}
    assert resized(built, seen) == built
    alone = match_screens(built, [ScreenFacts(connector="B", geometry=(0, 0, 1280, 720))], seen)
    assert resized(built, alone) == built, "what is left slides to the corner, the wall does not"
    moved = [screens[0], ScreenFacts(connector="B", geometry=(2020, 0, 1280, 720))]
    assert monitor_rects(resized(built, match_screens(built, moved, seen)))["B"] == (1920, 0, 1280, 720)


def test_an_output_laid_over_the_rest_is_nobodys_place() -> None:
    built = wall(*(monitor(name, (column, 0)) for column, name in enumerate(("kiri", "tengah", "kanan"))))
    seen = match_screens(built, [screen("A", 0, 0), screen("B", 1, 0), screen("C", 2, 0)])
    whole = ScreenFacts(connector="screen", geometry=(0, 0, 3 * 1920, 1080))
    assert names(match_screens(built, [whole, screen("B", 1, 0), screen("C", 2, 0)], seen)) == {"kiri": None, "tengah": "B", "kanan": "C"}
