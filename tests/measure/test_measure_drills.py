"""Every goal of a drill can be missed: its input is sabotaged here, and the goal must not hold."""

from datetime import UTC, datetime

import pytest

from controlroom.measure import drill_bus, drill_strangers, drill_wall, outage
from controlroom.measure.frame_buffer import changed_share
from controlroom.measure.result import Figure, result
from controlroom.measure.spoken import Window
from feeds.messages.system import SlotState, WallState

AT = datetime(2026, 2, 21, 8, tzinfo=UTC)
REPORTS = {"new": 3, "working": 2}


def holds(figures: list[Figure]) -> bool:
    return result("test", figures).holds


def slot(number: int, state: str, note: str | None = None) -> SlotState:
    return SlotState(
        slot=number, panel="x", screen="a", geometry=(0, 0, 9, 9), state=state, seq=1, age_s=1.0, painted_at=AT, note=note
    )  # fmt: skip


def wall(*slots: SlotState) -> WallState:
    return WallState(wall="dinding", layout="harian", revision=1, at=AT, slots=slots)


GOOD = {"offline_s": 3.5, "seen": 12, "slots": 12, "live_s": 2.0, "is_equal_again": True, "lost": 0}


@pytest.mark.parametrize(
    "sabotage",
    [{"offline_s": 4.1}, {"offline_s": None}, {"seen": 11}, {"live_s": None}, {"live_s": 11.0}, {"is_equal_again": False}, {"lost": 1}],
)
def test_an_outage_gone_wrong_is_seen(sabotage: dict[str, object]) -> None:
    assert holds(outage.judge_outage(**GOOD))  # type: ignore[arg-type]
    assert not holds(outage.judge_outage(**GOOD | sabotage))  # type: ignore[arg-type]


@pytest.mark.parametrize("figures", [(60, 59, 1.0, 1.0), (60, 60, 5.1, 1.0), (60, 60, None, 1.0), (60, 60, 1.0, None), (0, 0, 1.0, 1.0)])
def test_a_flush_gone_wrong_is_seen(figures: tuple[int, int, float | None, float | None]) -> None:
    assert holds(drill_bus.judge_flush(60, 60, 1.0, 1.0))
    assert not holds(drill_bus.judge_flush(*figures))


@pytest.mark.parametrize("figures", [(40, 39, 0, 0, 0.0), (40, 40, 1, 0, 0.0), (40, 40, 0, 1, 0.0), (40, 40, 0, 0, 0.1), (0, 0, 0, 0, 0.0)])
def test_a_simulated_value_that_got_through_is_seen(figures: tuple[int, int, int, int, float]) -> None:
    assert holds(drill_strangers.judge_simulated(40, 40, 0, 0, 0.0))
    assert not holds(drill_strangers.judge_simulated(*figures))


@pytest.mark.parametrize(
    "figures", [(None, 4, 3, 0.1), (26.0, 4, 3, 0.1), (16.0, 4, 2, 0.1), (16.0, 4, 4, 0.1), (16.0, 4, 3, 0.0), (16.0, 0, 0, 0.1)]
)
def test_a_camera_tile_that_hides_the_fault_is_seen(figures: tuple[float | None, int, int, float]) -> None:
    assert holds(drill_wall.judge_cameras(16.0, 4, 3, 0.1))
    assert not holds(drill_wall.judge_cameras(*figures))


def test_a_fault_that_spreads_or_says_nothing_is_seen() -> None:
    first, second = (
        slot(1, "error", "harian.toml:9: slot 1 (fokus): no such panel"),
        slot(2, "error", "layouts/harian.toml:12: slot 2 (x): bad"),
    )
    colours = {1: 40, 2: 40}
    assert holds(drill_wall.judge_faults(wall(first, second, slot(3, "live simulated")), colours))
    assert not holds(drill_wall.judge_faults(wall(first, second, slot(3, "waiting")), colours))
    assert not holds(drill_wall.judge_faults(wall(first, second, slot(3, "error", "harian.toml:1: slot 3")), colours | {3: 40}))
    assert not holds(drill_wall.judge_faults(wall(first, slot(2, "error", "something failed"), slot(3, "live")), colours))
    assert not holds(drill_wall.judge_faults(wall(first, second, slot(3, "live")), {1: 40, 2: 1}))
    assert not holds(drill_wall.judge_faults(wall(slot(1, "live")), {}))


@pytest.mark.parametrize(
    "figures",
    [(None, REPORTS, REPORTS, 0.0), (3.0, REPORTS, {"new": 3, "working": 1}, 0.0), (3.0, REPORTS, REPORTS, 0.4), (3.0, {}, {}, 0.0)],
)
def test_a_page_that_comes_back_otherwise_is_seen(figures: tuple[float | None, dict[str, int], dict[str, int], float]) -> None:
    assert holds(drill_wall.judge_crash(3.0, REPORTS, REPORTS, 0.01))
    assert not holds(drill_wall.judge_crash(*figures))


@pytest.mark.parametrize(
    "figures",
    [(None, 7, 7, 4, 0), (4.1, 7, 7, 4, 0), (3.5, 6, 7, 4, 0), (3.5, 0, 0, 4, 0), (3.5, 7, 7, 4, 1), (3.5, 7, 7, 0, 0)],
    ids=["never said", "late", "not seen", "no slot of theirs", "another went too", "no other"],
)
def test_feeds_that_die_unsaid_or_take_others_along_are_seen(figures: tuple[float | None, int, int, int, int]) -> None:
    assert holds(drill_bus.judge_feeds(3.5, 7, 7, 4, 0, is_flowing=True))
    assert not holds(drill_bus.judge_feeds(*figures, is_flowing=True))
    assert not holds(drill_bus.judge_feeds(3.5, 7, 7, 4, 0, is_flowing=False))


REFUSED = [drill_strangers.Refused(forgery.kind, 42, 42) for forgery in drill_strangers.FORGERIES]


def garbage(
    refusals: list[drill_strangers.Refused] = REFUSED,
    missing: int = 0,
    *,
    is_equal: bool = True,
    live_s: float | None = 0.1,
    is_running: bool = True,
) -> list[Figure]:
    return drill_strangers.judge_garbage(refusals, missing, is_equal=is_equal, live_s=live_s, is_running=is_running)


def test_garbage_that_is_believed_counted_twice_or_harms_is_seen() -> None:
    assert holds(garbage())
    for number, refused in enumerate(REFUSED):
        for counted in (0, 41, 43):
            wrong = drill_strangers.Refused(refused.kind, 42, counted)
            figures = garbage([*REFUSED[:number], wrong, *REFUSED[number + 1 :]])
            assert [figure.name for figure in figures if not figure.holds] == [f"refused and counted, of 42 due: {refused.kind}"]
    assert not holds(garbage(REFUSED[1:]))
    assert not holds(garbage(missing=1))
    assert not holds(garbage(is_equal=False))
    assert not holds(garbage(live_s=None))
    assert not holds(garbage(is_running=False))


def probed(paints: int, longest_ms: float = 30.0) -> Window:
    return Window(
        seconds=5.0, latency_ms=[], overrun_ms=[1.0, longest_ms], work_ms=[], gui_cpu_s=1.0, read=0, missing=0, snapshots=0, gaps=0,
        repaired=0, rejected=0, simulated_dropped=0, paints=paints,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "missing_s", "back_s", "seen", "moved"),
    [(0, 1.0, 1.0, probed(300), 0.1), (4, None, 1.0, probed(300), 0.1), (4, 3.1, 1.0, probed(300), 0.1),
     (4, 1.0, None, probed(300), 0.1), (4, 1.0, 3.1, probed(300), 0.1), (4, 1.0, 1.0, probed(190), 0.1),
     (4, 1.0, 1.0, probed(300, longest_ms=900.0), 0.1), (4, 1.0, 1.0, probed(300), 0.0)],
    ids=["no slot", "never said", "late", "never back", "late back", "others slow", "others stood", "clock stood"],
)  # fmt: skip
def test_a_plug_whose_pulling_is_not_said_or_not_healed_is_seen(
    ours: int, missing_s: float | None, back_s: float | None, seen: Window, moved: float
) -> None:
    assert holds(drill_wall.judge_unplug(4, 1.0, 1.0, probed(300), 0.1))
    assert not holds(drill_wall.judge_unplug(ours, missing_s, back_s, seen, moved))


def test_only_what_clearly_changed_counts_as_seen() -> None:
    calm = {1: 0.0, 2: 0.3, 3: 0.0}
    assert outage.clearly_changed(calm, {1: 0.2, 2: 0.35, 3: 0.001}) == {1}
    assert changed_share(bytes(16), bytes(12) + b"abcd") == 0.25
    assert changed_share(b"", b"") == 1.0
