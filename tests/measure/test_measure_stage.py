"""Every goal of ``bench stage``, ``drill wall-kill`` and ``drill double-take`` can be missed: its input is sabotaged, and it must not hold."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from controlroom.measure import bench_stage, double_take, wall_kill
from controlroom.measure.bench_stage import Cost
from controlroom.measure.consoles import CONSOLES, Asked
from controlroom.measure.double_take import Written
from controlroom.measure.frame_buffer import FrameBuffer, Rect
from controlroom.measure.result import CannotMeasure, Figure, result
from controlroom.measure.spoken import Scrolled
from controlroom.measure.staging import Change
from controlroom.measure.stills_probe import Still
from controlroom.measure.takes import Noted, Pair, Try, two_halves, with_half
from controlroom.measure.wall_kill import Behind, Life
from controlroom.measure.wall_look import Due, LayoutLook, learn, stands, undrawn
from feeds.messages.system import SlotState
from feeds.messages.walls import TakeKind, Taken, WallDesk
from tests.measure.test_measure_drills import AT

LAYOUTS = ("harian", "siaga", "pengaduan", "sumber")


def holds(figures: list[Figure]) -> bool:
    return result("test", figures).holds


def failing(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures if not figure.holds]


def changes(**other: object) -> list[Change]:
    good = {"moved_map": True, "answered_s": 0.02, "painted_s": 0.2, "live_s": 0.9, "slots": 5}
    return [Change(layout=LAYOUTS[number % 4], **(good | (other if number < 2 else {}))) for number in range(20)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sabotaged", "named"),
    [
        (changes(painted_s=0.31), "painted, p95"),
        (changes(painted_s=None), "never painted"),
        (changes(live_s=2.1), "live and drawn"),
        (changes(live_s=None), "never painted or never live"),
        (changes(slots=0), "moved fewest"),
        (changes()[:19], "measured"),
        ([one for one in changes() if one.layout in LAYOUTS[:2]] * 2, "different layouts"),
        ([msgspec.structs.replace(one, moved_map=False) for one in changes()], "map in another place"),
        ([], "measured"),
    ],
    ids=["slow", "never", "late", "never live", "nothing moved", "too few", "two layouts", "the map stood", "none"],
)
def test_takes_gone_wrong_are_seen(sabotaged: list[Change], named: str) -> None:
    assert holds(bench_stage.judge_changes("take", changes(), 20))
    figures = bench_stage.judge_changes("take", sabotaged, 20)
    assert any(named in name for name in failing(figures)), failing(figures)


@pytest.mark.parametrize("cost", [Cost([0.4, 0.4], [0.49, 0.49]), Cost([0.4], [0.41]), Cost([], []), Cost([0.4, 0.4], [])])
def test_stills_that_cost_too_much_or_were_not_weighed_are_seen(cost: Cost) -> None:
    assert holds(bench_stage.judge_cost(Cost([0.40, 0.42], [0.45, 0.46])))
    assert not holds(bench_stage.judge_cost(cost))


def stills(
    *, age_s: float = 0.05, every_s: float = 0.9, count: int = 20, panels: Sequence[str] = ("cameras", "header", "map", "ticker")
) -> list[Still]:
    return [
        Still(generation=1, slot=slot, panel=panel, painted_at=number * every_s, arrived_at=number * every_s + age_s)
        for number in range(count)
        for slot, panel in enumerate(panels, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "seen", [stills(age_s=1.1, every_s=0.5), stills(every_s=1.3), stills(count=3), stills(panels=("cameras",)), stills(panels=("a", "b", "c", "d")), []],
    ids=["slow way", "rare", "few", "one panel", "no camera", "none"],
)  # fmt: skip
def test_stills_that_are_old_or_missing_are_seen(seen: list[Still]) -> None:
    assert holds(bench_stage.judge_ages([stills(), stills()]))
    assert not holds(bench_stage.judge_ages([seen]))


def test_a_still_of_another_layout_replaces_none() -> None:
    first, second = stills(count=2, panels=("cameras",))
    assert bench_stage.replaced_at([first, second], "cameras") == [pytest.approx(0.95)]
    assert bench_stage.replaced_at([first, msgspec.structs.replace(second, generation=2)], "cameras") == []
    assert bench_stage.replaced_at([first, second], "header") == []


def asked(took_ms: float = 40.0, *, refused: int = 0, cut: int = 0, count: int = 200) -> list[Asked]:
    return [Asked("a report", took_ms, 500 if number < refused else 0 if number < refused + cut else 200) for number in range(count)]


@pytest.mark.parametrize("sabotaged", [asked(151.0), asked(refused=1), asked(cut=1), asked(count=20), []])
def test_doors_that_are_slow_or_refuse_are_seen(sabotaged: list[Asked]) -> None:
    assert holds(bench_stage.judge_consoles("x", asked(), 15.0))
    assert not holds(bench_stage.judge_consoles("x", sabotaged, 15.0))
    assert not holds(bench_stage.judge_consoles("x", asked(), 15.0, CONSOLES - 1))


def test_slow_filters_and_those_that_filter_nothing_are_seen() -> None:
    fast = {f"filter {number}": [20.0, 30.0] for number in range(40)}
    slow = fast | {f"slow {number}": [160.0, 170.0] for number in range(4)}
    assert holds(bench_stage.judge_filters(fast, fast, 5_000, bench_stage.QUEUE_REPORTS))
    assert not holds(bench_stage.judge_filters(slow, fast, 5_000, bench_stage.QUEUE_REPORTS))
    assert not holds(bench_stage.judge_filters(fast, slow, 5_000, bench_stage.QUEUE_REPORTS))
    assert not holds(bench_stage.judge_filters(fast, {}, 5_000, bench_stage.QUEUE_REPORTS))
    assert not holds(bench_stage.judge_filters(fast, fast, 10, bench_stage.QUEUE_REPORTS))
    assert not holds(bench_stage.judge_filters(fast, fast, 5_000, 99_999))
    assert not holds(bench_stage.judge_filters({"one": [1.0]}, fast, 5_000, bench_stage.QUEUE_REPORTS))


GOOD_SCROLLING = Scrolled(rows=8_000, changes=500, seconds=15.0, frame_ms=[16.0] * 990 + [45.0] * 10, work_ms=[9.0] * 1_000)


@pytest.mark.parametrize("sabotage", [
    {"rows": 400}, {"changes": 0}, {"frame_ms": []}, {"frame_ms": [16.0] * 980 + [60.0] * 20}, {"frame_ms": [16.0] * 20},
])  # fmt: skip
def test_a_queue_that_stutters_and_one_that_was_not_scrolled_are_seen(sabotage: dict[str, object]) -> None:
    assert holds(bench_stage.judge_scrolling(GOOD_SCROLLING))
    assert not holds(bench_stage.judge_scrolling(msgspec.structs.replace(GOOD_SCROLLING, **sabotage)))


GOOD_LIFE = Life(painted_s=4.5, own_seen=0, says_taken=True, looks=200)


@pytest.mark.parametrize("sabotage", [{"painted_s": None}, {"painted_s": 6.1}, {"own_seen": 1}, {"says_taken": False}, {"looks": 3}])
def test_a_wall_that_comes_back_late_or_with_something_else_is_seen(sabotage: dict[str, object]) -> None:
    assert holds(wall_kill.judge_life("x", GOOD_LIFE))
    assert not holds(wall_kill.judge_life("x", msgspec.structs.replace(GOOD_LIFE, **sabotage)))


GOOD_CURTAIN = Behind(back_s=4.0, most_seen=0.004, looks=200, says_curtained=True)


@pytest.mark.parametrize("sabotage", [{"back_s": None}, {"back_s": 6.1}, {"most_seen": 0.028}, {"looks": 10}, {"says_curtained": False}])
def test_panels_before_the_curtain_are_seen(sabotage: dict[str, object]) -> None:
    assert holds(wall_kill.judge_behind("x", GOOD_CURTAIN))
    assert not holds(wall_kill.judge_behind("x", msgspec.structs.replace(GOOD_CURTAIN, **sabotage)))


def test_a_wall_that_outlives_its_supervisor_is_seen() -> None:
    assert holds(wall_kill.judge_left(0))
    assert not holds(wall_kill.judge_left(1))


def test_what_is_neither_curtain_nor_bare_screen_counts_as_seen() -> None:
    ground, picture, panel = 0x111111, 0x999999, 0x555555
    curtain = struct.pack("4I", ground, picture, picture, ground)
    assert wall_kill._foreign(curtain, curtain) == (0.0, 1.0)
    assert wall_kill._foreign(curtain, struct.pack("4I", 0, 0, 0, 0)) == (0.0, 0.0)
    assert wall_kill._foreign(curtain, struct.pack("4I", ground, ground, picture, ground)) == (0.0, 0.75)
    assert wall_kill._foreign(curtain, struct.pack("4I", panel, picture, picture, ground)) == (0.25, 0.75)


def won(number: int, by: str = "ani") -> Try:
    return Try(by=by, title=f"Uji {number}", status=200, revision=number)


def stale(
    number: int, by: str = "budi", text: str = "wall x is at revision 2, not 1: look at it again; Ani took 'Uji 2' at 09:00 WIB"
) -> Try:
    return Try(by=by, title=f"Uji {number}", status=409, code="stale_revision", text=text)


NOT_HELD = "wall x: the whole wall would change and is not yours to change: Ani holds it until 2026-02-21T08:10:00+00:00"


def pairs(first: Try, second: Try) -> list[Pair]:
    return [Pair("beside each other", (won(2), stale(3))), Pair("expired", (first, second))]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (won(2), won(3, "budi")),
        (stale(2, "ani"), stale(3)),
        (won(2), stale(3, text="wall x is at revision 2, not 1")),
        (won(2), stale(3, text="Ani took 'Uji 9' at 09:00 WIB")),
        (won(2), Try(by="budi", title="", status=409, code="not_held", text="not yours")),
        (won(2), Try(by="budi", title="", status=503, code="busy", text=NOT_HELD)),
        (won(2), Try(by="budi", title="", status=0)),
    ],
    ids=["both", "neither", "nobody named", "another named", "no holder named", "not refused but broken", "no answer"],
)
def test_a_pair_with_two_winners_or_an_untold_loser_is_seen(first: Try, second: Try) -> None:
    held = Try(by="budi", title="", status=409, code="not_held", text=NOT_HELD)
    assert holds(double_take.judge_pairs("x", pairs(won(2), held), 2))
    assert not holds(double_take.judge_pairs("x", pairs(first, second), 2))


def test_pairs_that_never_met_the_revision_prove_nothing() -> None:
    held = Try(by="budi", title="", status=409, code="not_held", text=NOT_HELD)
    assert not holds(double_take.judge_pairs("x", [Pair("expired", (won(2), held))] * 2, 2))
    assert not holds(double_take.judge_pairs("x", pairs(won(2), held), 3))


def taken(number: int, by: str = "ani", title: str = "") -> Taken:
    layout = msgspec.structs.replace(two_halves(), title=title or f"Uji {number}")
    return Taken(
        wall="x", revision=number, before=number - 1, kind=TakeKind.TAKE, at=AT, by=by, name=by.title(), reason="", preset="", layout=layout,
        is_curtained=False,
    )  # fmt: skip


def written(history: list[Taken] | None = None, audit: list[Noted] | None = None, shown: int = 3, revision: int = 3) -> Written:
    history = [taken(number) for number in (3, 2, 1)] if history is None else history
    desk = WallDesk(
        wall="x", revision=revision, changes=9, is_curtained=False, shown=taken(shown), previous=None, leases=[], can_arrange=True,
        can_take_over=False,
    )  # fmt: skip
    lines = [Noted("ani", "wall_take", number) for number in (1, 2, 3)]
    return Written(history, lines if audit is None else audit, desk)


@pytest.mark.parametrize(
    "found",
    [
        written([taken(3), taken(1)]),
        written([taken(3), taken(2), taken(2), taken(1)]),
        written([taken(3, "budi"), taken(2), taken(1)]),
        written([taken(3, title="Uji 9"), taken(2), taken(1)]),
        written([taken(3), taken(2, title="Uji 3"), taken(1)]),
        written(audit=[Noted("ani", "wall_take", 1), Noted("ani", "wall_take", 2)]),
        written(audit=[Noted("ani", "wall_take", number) for number in (1, 2, 3, 3)]),
        written(audit=[Noted("budi", "wall_take", number) for number in (1, 2, 3)]),
        written(shown=2),
        written(revision=4),
        written([], []),
    ],
    ids=["gap", "twice", "another's", "another layout", "decided twice", "no line", "two lines", "another's line", "older shown", "behind", "lost"],
)  # fmt: skip
def test_a_history_with_a_hole_or_an_audit_without_a_line_is_seen(found: Written) -> None:
    assert holds(double_take.judge_written("x", [won(2), won(3)], written()))
    assert not holds(double_take.judge_written("x", [won(2), won(3)], found))


def test_kills_that_cut_nothing_and_a_wall_behind_its_order_are_seen() -> None:
    cut = Try(by="budi", title="", status=0, text="RemoteProtocolError")
    shut = Try(by="budi", title="", status=0, text="ConnectError")
    many = [won(number) for number in range(1, 30)]
    assert holds(double_take.judge_kills("x", 4, [*many, cut]))
    assert not holds(double_take.judge_kills("x", 4, [*many, shut]))
    assert not holds(double_take.judge_kills("x", 4, [won(1), cut]))
    assert holds(double_take.judge_shown(3, written()))
    assert not holds(double_take.judge_shown(2, written()))
    assert not holds(double_take.judge_shown(None, written()))


def test_each_take_of_a_half_leaves_the_other_alone() -> None:
    first = with_half(two_halves(), 0, 1)
    assert first.slot[0] != two_halves().slot[0] and first.slot[1] == two_halves().slot[1]
    assert with_half(first, 1, 2).slot[0] == first.slot[0]


# A screen of 320 x 200 with two panels, drawn by hand.

GROUND, PANEL, WORDS = 0x0E1621, 0x131D2A, 0xFFFFFF
LEFT, RIGHT, LOW = (20, 20, 120, 160), (160, 20, 140, 160), (160, 20, 140, 90)


class Screen:
    """An XWD file as Xvfb writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pixels = [[GROUND] * 320 for _ in range(200)]

    def draw(self, rect: Rect, colour: int) -> None:
        x, y, width, height = rect
        for row in range(y, y + height):
            self.pixels[row][x : x + width] = [colour] * width

    def panel(self, rect: Rect) -> None:
        self.draw(rect, PANEL)
        for row in range(rect[1] + 10, rect[1] + rect[3] - 8, 7):
            self.draw((rect[0] + 10, row, rect[2] - 20, 4), WORDS)

    def save(self) -> Path:
        head = [100, 7, 2, 24, 320, 200, 0, 0, 32, 0, 32, 32, 320 * 4, *([0] * 12)]
        self.path.write_bytes(struct.pack(">25I", *head) + b"".join(struct.pack("320I", *row) for row in self.pixels))
        return self.path


def slots(*rects: Rect) -> list[SlotState]:
    return [
        SlotState(slot=number, panel=f"p{number}", screen="a", geometry=rect, state="live", seq=1, age_s=1.0, painted_at=AT)
        for number, rect in enumerate(rects, 1)
    ]


def looked_at(path: Path, what: Callable[[FrameBuffer], LayoutLook]) -> LayoutLook:
    with FrameBuffer(path) as pixels:
        return what(pixels)


def test_a_layout_is_there_when_every_rim_is_and_not_before(tmp_path: Path) -> None:
    screen = Screen(tmp_path / "screen")
    screen.panel(LEFT)
    screen.panel(RIGHT)
    look = looked_at(screen.save(), lambda pixels: learn(slots(LEFT, RIGHT), [], pixels, lambda: None, looks=2))
    before = Screen(tmp_path / "before")
    before.panel(LEFT)
    before.panel(LOW)
    with FrameBuffer(before.save()) as pixels:
        due = Due.of(look, pixels)
        assert due.slots == {2}
        assert due.missing(pixels) and not stands(look, pixels)
        assert undrawn(look, pixels) == [2]
    with FrameBuffer(screen.path) as pixels:
        assert due.missing(pixels) == [] and stands(look, pixels)
        assert undrawn(look, pixels) == []
    screen.draw(RIGHT, PANEL)
    with FrameBuffer(screen.save()) as pixels:
        assert due.missing(pixels) == [], "its rim is there without words too"
        assert undrawn(look, pixels) == [2], "and it is empty"
    screen.draw((0, 0, 320, 200), 0)
    with FrameBuffer(screen.save()) as pixels:
        assert due.missing(pixels) and not stands(look, pixels)


def test_of_a_panel_that_a_page_draws_only_the_gap_is_looked_at(tmp_path: Path) -> None:
    screen = Screen(tmp_path / "screen")
    screen.panel(LEFT)
    screen.panel(RIGHT)
    look = looked_at(screen.save(), lambda pixels: learn(slots(LEFT, RIGHT), ["p2"], pixels, lambda: None, looks=2))
    assert look.pages == {2}
    assert {side for slot, side in look.rims if slot == 2} == {"top outside", "bottom outside", "left outside", "right outside"}


def test_a_layout_that_shows_nothing_is_not_learned(tmp_path: Path) -> None:
    screen = Screen(tmp_path / "screen")
    screen.panel(LEFT)
    screen.draw(RIGHT, PANEL)
    with FrameBuffer(screen.save()) as pixels, pytest.raises(CannotMeasure, match="p2"):
        learn(slots(LEFT, RIGHT), [], pixels, lambda: None, looks=2)
