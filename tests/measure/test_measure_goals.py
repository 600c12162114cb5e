"""Every goal of a bench can be missed: its input is sabotaged here, and the goal must not hold."""

import struct
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from controlroom.measure import bench_bus, bench_feeds, bench_wall
from controlroom.measure.figures import RowOfNumbers, percentile, slope_bound, waits
from controlroom.measure.frame_buffer import FrameBuffer
from controlroom.measure.memory import Resident
from controlroom.measure.reading import Taken
from controlroom.measure.result import CannotMeasure, Figure, result
from controlroom.measure.spoken import Joined, Window

CALM_MS = [1.0 + 0.01 * (n % 50) for n in range(1_000)]
PUNCTUAL_MS = [0.2] * 5_000
AFTER = Resident(rss_mb=300, pss_mb=250)


def window(
    latency_ms: list[float] = CALM_MS, overrun_ms: list[float] = PUNCTUAL_MS, read: int = 60_000, missing: int = 0, paints: int = 600
) -> Window:
    return Window(
        seconds=10.0, latency_ms=latency_ms, overrun_ms=overrun_ms, work_ms=[1.0], gui_cpu_s=1.0, read=read, missing=missing, snapshots=0, gaps=0, repaired=0,
        rejected=0, simulated_dropped=0, paints=paints,
    )  # fmt: skip


def storm(seen: Window, *, sent: int = 60_000, took_s: float = 60.0, is_equal: bool = True) -> list[Figure]:
    return bench_bus.judge_storm(seen, [0.2], sent, 60, took_s, is_equal)


def holds(figures: list[Figure]) -> bool:
    return result("test", figures).holds


def failing(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures if not figure.holds]


def test_a_good_run_of_every_bench_holds() -> None:
    flat = [(float(at), 300.0) for at in range(150)]
    assert holds(bench_bus.judge_slow(window(), [0.2]))
    assert holds(storm(window()))
    assert holds(bench_bus.judge_flood(window(), cuts=1, equal_after_s=0.4))
    assert holds(bench_bus.judge_joins(Joined(ms=[90.0, 110.0], reports=[5_000, 5_000])))
    assert holds(bench_wall.judge_start(3.0, 2.9, 400))
    assert holds(bench_wall.judge_paint(window(), 1.0))
    assert holds(bench_wall.judge_size(AFTER, [298.0, 300.0], 290.0))
    assert holds(bench_wall.judge_slope("wall", flat, 150))


def test_a_delay_of_single_changes_is_seen() -> None:
    assert not holds(bench_bus.judge_slow(window(latency_ms=[ms + 3 for ms in CALM_MS]), [0.2]))


def test_single_changes_that_never_came_are_seen() -> None:
    assert not holds(bench_bus.judge_slow(window(latency_ms=[]), [0.2]))


@pytest.mark.parametrize(
    ("sabotaged", "named"),
    [
        (lambda: storm(window(read=59_999)), "changes lost"),
        (lambda: storm(window(missing=1)), "changes lost"),
        (lambda: storm(window(latency_ms=[])), "changes lost"),
        (lambda: storm(window(), is_equal=False), "equal"),
        (lambda: storm(window(latency_ms=[ms + 10 for ms in CALM_MS])), "p50"),
        (lambda: storm(window(latency_ms=CALM_MS + [41.0] * 20)), "p99"),
        (lambda: storm(window(overrun_ms=[*PUNCTUAL_MS, *[0.0, 60.0] * 20])), "GUI thread"),
        (lambda: storm(window(), took_s=70.0), "rate"),
    ],
)  # fmt: skip
def test_a_storm_gone_wrong_is_seen_and_named(sabotaged: Callable[[], list[Figure]], named: str) -> None:
    figures = sabotaged()
    assert not holds(figures)
    assert any(named in name for name in failing(figures)), failing(figures)


@pytest.mark.parametrize(
    ("cuts", "equal_after_s", "missing"),
    [(0, 0.4, 0), (1, 1.0, 0), (1, None, 0), (1, 0.4, 1)],
    ids=["nothing was cut", "too late", "never equal", "passed over"],
)
def test_a_flood_gone_wrong_is_seen(cuts: int, equal_after_s: float | None, missing: int) -> None:
    assert not holds(bench_bus.judge_flood(window(missing=missing), cuts, equal_after_s))


@pytest.mark.parametrize(
    "joined",
    [
        Joined(ms=[90.0, 251.0], reports=[5_000] * 2),
        Joined(ms=[90.0], reports=[4_999]),
        Joined(ms=[-1.0], reports=[0]),
        Joined(ms=[], reports=[]),
    ],
)
def test_a_join_that_is_late_or_incomplete_is_seen(joined: Joined) -> None:
    assert not holds(bench_bus.judge_joins(joined))


@pytest.mark.parametrize(
    "figures",
    [
        bench_wall.judge_start(5.1, 2.9, 400),
        bench_wall.judge_start(None, 2.9, 400),
        bench_wall.judge_start(3.0, 2.9, 1),
        bench_wall.judge_paint(window(paints=499), 1.0),
        bench_wall.judge_paint(window(), 0.1),
        bench_wall.judge_size(AFTER, [300.0, 450.1, 300.0], 290.0),
        bench_wall.judge_size(None, [300.0], 290.0),
        bench_wall.judge_size(AFTER, [], 290.0),
    ],
    ids=["slow start", "no start", "black map", "few paints", "still map", "too large for a second", "process gone", "never looked at"],
)
def test_a_wall_gone_wrong_is_seen(figures: list[Figure]) -> None:
    assert not holds(figures)


SLOT = (40, 20, 960, 640)


def screen(folder: Path, number: int, draw: Callable[[Callable[[int, int, int, int], None]], None]) -> bytes:
    """The land's samples of one picture of a wall: ``draw`` fills rectangles (x, y, width, height) of the map's slot."""
    width, height = 1_040, 700
    pixels = bytearray(width * height * 4)

    def fill(x: int, y: int, w: int, h: int) -> None:
        for line in range(SLOT[1] + y, SLOT[1] + y + h):
            start = (line * width + SLOT[0] + x) * 4
            pixels[start : start + w * 4] = b"\xff\xff\xff\x00" * w

    draw(fill)
    head = [0] * 25
    head[0], head[4], head[5], head[12] = 100, width, height, width * 4
    path = folder / f"{number}.xwd"
    path.write_bytes(struct.pack(">25I", *head) + pixels)
    with FrameBuffer(path) as buffer:
        return buffer.sample(bench_wall.land_of(SLOT))


def test_points_that_move_are_told_from_a_clock_that_ticks(tmp_path: Path) -> None:
    """What nearly held with no point drawn: the clock of the heading, and a number of the legend, change pixels too."""

    def points(number: int, fill: Callable[[int, int, int, int], None]) -> None:
        for at in range(40):
            fill(24 * at, 200 + 30 * (at % 10) + 25 * (number % 2), 20, 20)

    def clock(number: int, fill: Callable[[int, int, int, int], None]) -> None:
        fill(28 + 40 * number, 92, 300, 60)
        fill(28 + 8 * number, 590, 60, 36)

    moving = [screen(tmp_path, number, lambda fill, number=number: points(number, fill)) for number in range(4)]
    ticking = [screen(tmp_path, number, lambda fill, number=number: clock(number, fill)) for number in range(4)]
    assert holds(bench_wall.judge_paint(window(), bench_wall.moved_share(moving)))
    assert not holds(bench_wall.judge_paint(window(), bench_wall.moved_share(ticking)))
    assert bench_wall.moved_share([]) == 0


def test_the_growth_of_the_warm_up_is_told_beside() -> None:
    growth = next(figure for figure in bench_wall.judge_size(AFTER, [400.0, 401.0], 310.0) if "warm-up" in figure.name)
    assert growth.goal is None
    assert growth.value == 90


def ramp(mb_in_ten_minutes: float, seconds: int) -> list[tuple[float, float]]:
    rng = Random(5)
    return [(float(at), 300 + mb_in_ten_minutes * at / 600 + rng.gauss(0, 0.05)) for at in range(seconds)]


def test_a_memory_ramp_is_seen_in_the_short_watch_and_in_the_long() -> None:
    for seconds in (150, 600):
        assert not holds(bench_wall.judge_slope("wall", ramp(4.0, seconds), seconds))
        assert holds(bench_wall.judge_slope("wall", ramp(1.0, seconds), seconds))


def test_a_watch_too_noisy_to_decide_does_not_hold() -> None:
    rng = Random(5)
    noisy = [(float(at), 300 + rng.gauss(0, 20)) for at in range(60)]
    assert not holds(bench_wall.judge_slope("wall", noisy, 60))


def test_a_short_watch_says_so_in_its_name() -> None:
    assert all("150 s extrapolated" in figure.name for figure in bench_wall.judge_slope("wall", ramp(0, 150), 150)[:2])
    assert not any("extrapolated" in figure.name for figure in bench_wall.judge_slope("wall", ramp(0, 600), 600))


def test_memory_that_could_not_be_watched_does_not_hold() -> None:
    assert not holds(bench_wall.judge_slope("wall", [], 600))
    assert slope_bound([0.0] * 9, [1.0] * 9, 600) is None


def test_the_percentile_is_a_value_that_occurred() -> None:
    assert percentile([1, 2, 3, 4], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert percentile([7], 0.99) == 7
    assert percentile([], 0.5) is None


def test_a_long_block_weighs_as_much_as_it_lasted() -> None:
    assert waits([0.0, 12.0, -0.3], 5) == [0.0, 12.0, 7.0, 2.0, 0.0]


def test_a_number_left_out_is_counted() -> None:
    row = RowOfNumbers()
    for number in (5, 6, 9, 10):
        row.take(number)
    assert (row.count, row.missing) == (4, 2)


def test_what_a_snapshot_holds_is_not_missing() -> None:
    row = RowOfNumbers()
    row.take(5)
    row.begin(20)
    row.take(23)
    row.take(24)
    assert row.missing == 0
    row.take(26)
    assert row.missing == 1


def taken(**other: float) -> Taken:
    good = {"read": 16_820, "standing": 10_000, "seconds": 2.0, "blocked_ms": 20.0, "peak_mb": 160.0}
    return Taken(**(good | other))  # type: ignore[arg-type]


def test_slow_greedy_or_lossy_reading_is_seen() -> None:
    assert holds(bench_feeds.judge_requests("JSON", taken()))
    assert holds(bench_feeds.judge_package(taken(standing=1), 1.0))
    assert holds(bench_feeds.judge_idle(2.4))
    for wrong in (taken(seconds=3.1), taken(standing=9_999), taken(blocked_ms=110.0)):
        assert not holds(bench_feeds.judge_requests("JSON", wrong))
    for wrong in (taken(standing=1, seconds=6.1), taken(standing=0), taken(standing=1, peak_mb=401.0), taken(standing=1, blocked_ms=120.0)):
        assert not holds(bench_feeds.judge_package(wrong, 1.0))
    assert not holds(bench_feeds.judge_idle(3.1))
    assert not holds(bench_feeds.judge_idle(None))


def test_reading_without_a_redis_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotMeasure, match="ConnectionError"):
        bench_feeds._take("unix:///nowhere.sock", "open311", {"endpoint": "http://127.0.0.1:9"})
