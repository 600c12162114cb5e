"""Monitors find their screens by serial, connector, place; a missing one is missing and takes nobody else's."""

import pytest

from controlroom.wall.screens import ScreenFacts, match_screens, unit_scale, wall_of
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
