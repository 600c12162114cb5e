"""Every goal of ``bench mirror`` and of the mirror's drills can be missed: its input is sabotaged, and it must not hold."""

import zlib
from collections.abc import Sequence

import msgspec
import pytest

from controlroom.measure import mirror_drill_figures as drills
from controlroom.measure import mirror_figures as mirror
from controlroom.measure.mirror_drill_figures import Back, Flooded, Tried
from controlroom.measure.mirror_figures import Opened, Paints
from controlroom.measure.mirror_live import WORDS, Frame, Holding, Opener
from controlroom.measure.result import Figure, result


def holds(figures: list[Figure]) -> bool:
    return result("test", figures).holds


WALL = (3840, 2160)


@pytest.mark.parametrize("sabotaged", [
    (1_300_000, 12_000_000, WALL, WALL), (600_000, 0, WALL, WALL), (600_000, 400_000, WALL, WALL), (600_000, 12_000_000, (1920, 1080), WALL),
    (0, 12_000_000, WALL, WALL),
], ids=["as many bytes", "no peer", "a peer that stood still", "half a wall", "no mirror"])  # fmt: skip
def test_a_mirror_that_sends_as_much_as_pixels_and_a_peer_that_shows_nothing_are_seen(sabotaged: tuple[int, int, tuple, tuple]) -> None:
    assert holds(mirror.judge_bytes(600_000, 12_000_000, WALL, WALL, 60))
    assert not holds(mirror.judge_bytes(*sabotaged, 60))


def test_a_change_is_seen_with_it_or_a_newer_one_and_one_never_seen_is_slow() -> None:
    handed = [(10.0, 1), (10.2, 2), (10.4, 3), (10.6, 4)]
    assert mirror.delays_ms(handed, [(10.1, 1), (10.5, 3)]) == pytest.approx([100.0, 300.0, 100.0, 60_000.0])
    assert mirror.delays_ms(handed, []) == [60_000.0] * 4


@pytest.mark.parametrize(("delays", "error_s"), [
    ([100.0] * 90 + [500.0] * 10, 0.001), ([100.0] * 99, 0.001), ([], 0.001), ([100.0] * 100, 0.03),
], ids=["slow", "too few", "none", "clock unknown"])  # fmt: skip
def test_late_drawing_is_seen(delays: Sequence[float], error_s: float) -> None:
    assert holds(mirror.judge_drawn("x", [100.0] * 100, 100, 400, 0.001))
    assert not holds(mirror.judge_drawn("x", delays, 100, 400, error_s))


GOOD_FIRST = Opened(totals_s=1.8, totals_kb=60, all_kb=300)


@pytest.mark.parametrize("sabotage", [{"totals_s": 2.1}, {"totals_s": None}, {"totals_kb": 501.0}])
def test_a_first_picture_that_comes_late_or_heavy_is_seen(sabotage: dict[str, float | None]) -> None:
    assert holds(mirror.judge_first(GOOD_FIRST, GOOD_FIRST))
    assert not holds(mirror.judge_first(msgspec.structs.replace(GOOD_FIRST, **sabotage), GOOD_FIRST))


def test_a_second_opening_that_is_late_is_seen() -> None:
    assert not holds(mirror.judge_first(GOOD_FIRST, msgspec.structs.replace(GOOD_FIRST, totals_s=2.1)))


MANY = [[200.0] * 60] * mirror.VIEWERS


@pytest.mark.parametrize("sabotaged", [
    (MANY[:-1], 0, 60, 5.0), ([*MANY[:-1], []], 0, 60, 5.0), ([[1_100.0] * 60] * mirror.VIEWERS, 0, 60, 5.0), (MANY, 1, 60, 5.0),
    ([[200.0] * 59] * mirror.VIEWERS, 0, 60, 5.0), (MANY, 0, 60, 3.0), ([], 0, 60, 5.0),
], ids=["one is missing", "one saw nothing", "slow", "an end", "too few", "too seldom", "none"])  # fmt: skip
def test_viewers_that_are_late_or_missing_are_seen(sabotaged: tuple[list[list[float]], int, int, float]) -> None:
    assert holds(mirror.judge_viewers(MANY, 0, 60, 5.0))
    assert not holds(mirror.judge_viewers(*sabotaged))


@pytest.mark.parametrize("sabotaged", [Paints([55, 56], [48, 49]), Paints([], [55]), Paints([55], []), Paints([0.0], [0.0])])
def test_a_wall_that_viewers_slow_down_is_seen(sabotaged: Paints) -> None:
    assert holds(mirror.judge_wall(Paints([55, 56], [52, 51])))
    assert not holds(mirror.judge_wall(sabotaged))


@pytest.mark.parametrize("sabotaged", [
    ([80.0] * 40, [200.0] * 40, 9_000, True), ([80.0] * 40, [85.0] * 10, 9_000, True), ([80.0] * 40, [85.0] * 40, 0, True),
    ([80.0] * 40, [85.0] * 40, 9_000, False), ([], [85.0] * 40, 9_000, True), ([1_050.0] * 40, [1_060.0] * 40, 9_000, True),
], ids=["felt", "too few", "the slow got nothing", "the slow was not slow", "nothing to compare", "all slow"])  # fmt: skip
def test_a_slow_phone_that_others_feel_is_seen(sabotaged: tuple[list[float], list[float], int, bool]) -> None:
    assert holds(mirror.judge_slow([80.0] * 40, [85.0] * 40, 9_000, True))
    assert not holds(mirror.judge_slow(*sabotaged))


def test_a_page_that_grows_is_seen() -> None:
    at_s = [float(second) for second in range(60)]
    flat = [30.0 + 0.01 * (second % 3) for second in range(60)]
    grows = [30.0 + 0.01 * second for second in range(60)]
    nodes = [900] * 60
    assert holds(mirror.judge_memory(at_s, flat, nodes, flat, 2))
    assert not holds(mirror.judge_memory(at_s, grows, nodes, flat, 2))
    assert not holds(mirror.judge_memory(at_s, flat, nodes, flat, 0.5))
    assert not holds(mirror.judge_memory(at_s[:5], flat[:5], nodes[:5], flat[:5], 2))


def packed(said: dict[str, object], words: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=words)
    return packing.compress(msgspec.json.encode(said)) + packing.flush()


def test_a_frame_is_opened_with_the_words_both_sides_have() -> None:
    words = WORDS.read_bytes()
    frame = Opener().frame(
        packed({"from": 0, "to": 7, "epoch": "e", "at": 1, "put": {"totals": {"city": [3, 1, 1, "measured", "x", {"received": 9}]}}}, words)
    )
    assert (frame.begins, frame.ends, frame.put["totals"]["city"][5]) == (0, 7, {"received": 9})


def frame(**said: object) -> Frame:
    return msgspec.convert({"from": 0, "to": 1, "epoch": "e", "at": 1} | said, Frame)


def test_frames_are_held_as_a_page_holds_them() -> None:
    holding = Holding()
    assert holding.take(frame(put={"report": {"a": [1], "b": [2]}}, part=1, of=2))
    assert holding.rev == 0, "a part makes no revision stand"
    assert holding.take(frame(put={"totals": {"city": [3, 0, 0, "m", "s", {"received": 2}]}}, part=2, of=2))
    assert holding.rev == 1
    assert holding.body("totals") == {"received": 2}
    assert holding.take(frame(**{"from": 1, "to": 2, "gone": {"report": ["a"]}}))
    assert set(holding.topics["report"]) == {"b"}
    assert not holding.take(frame(**{"from": 5, "to": 6})), "it does not follow"
    assert not holding.take(frame(**{"from": 2, "to": 3, "epoch": "other"}))
    assert holding.take(frame(to=9, put={"report": {"c": [1]}}))
    assert set(holding.topics["report"]) == {"c"} and holding.rev == 9


GOOD_BACK = Back(
    said_offline_s=0.1, live_again_s=3.0, shown={"received": 310, "new": 5}, truth={"received": 310, "new": 5} | {f"n{n}": 0 for n in range(6)},
    viewers=[310] * 20, asked_again=False, reloads=0,
)  # fmt: skip
GOOD_BACK = msgspec.structs.replace(GOOD_BACK, shown=dict(GOOD_BACK.truth))


@pytest.mark.parametrize("sabotage", [
    {"said_offline_s": None}, {"said_offline_s": 4.1}, {"live_again_s": None}, {"live_again_s": 10.1}, {"asked_again": True}, {"reloads": 1},
    {"shown": {**GOOD_BACK.truth, "new": 4}}, {"shown": {}}, {"viewers": [310] * 19 + [300]}, {"viewers": []}, {"truth": {"received": 310}},
])  # fmt: skip
def test_a_mirror_that_does_not_come_back_with_the_same_numbers_is_seen(sabotage: dict[str, object]) -> None:
    assert holds(drills.judge_back("x", GOOD_BACK, 20))
    assert not holds(drills.judge_back("x", msgspec.structs.replace(GOOD_BACK, **sabotage), 20))


@pytest.mark.parametrize(("growth", "stalled"), [(31.0, True), (None, True), (2.0, False)])
def test_a_mirror_that_keeps_things_for_slow_readers_is_seen(growth: float | None, stalled: bool) -> None:
    assert holds(drills.judge_slow_phone([80.0] * 40, [85.0] * 40, 9_000, True, 2.0, True))
    assert not holds(drills.judge_slow_phone([80.0] * 40, [85.0] * 40, 9_000, True, growth, stalled))


@pytest.mark.parametrize(("live_s", "sockets", "wrong"), [(None, 1, 0), (200.0, 1, 0), (30.0, 2, 0), (30.0, 0, 0), (30.0, 1, 3)])
def test_a_storm_comes_through_one_socket_in_time_and_right(live_s: float | None, sockets: int, wrong: int) -> None:
    assert holds(drills.judge_storm_page(30.0, 1, 0))
    assert not holds(drills.judge_storm_page(live_s, sockets, wrong))


def tried(what: str, *, answer: int = 403, refused: bool = True, shown: bool = False) -> Tried:
    return Tried(what=what, answer=answer, refused=refused, shown=shown)


REFUSED = [tried("stolen cookie: no proof", answer=4401), tried("stolen cookie: replayed", answer=4401), tried("odd path: /x", answer=404)]


@pytest.mark.parametrize("one", [tried("a: b", answer=200, refused=False), tried("a: b", shown=True), tried("a: b", answer=500)])
def test_a_thief_that_gets_something_is_seen(one: Tried) -> None:
    assert holds(drills.judge_theft(REFUSED, 2, True))
    assert not holds(drills.judge_theft([*REFUSED, one], 2, True))


def test_a_mirror_that_refuses_everybody_proves_nothing() -> None:
    assert not holds(drills.judge_theft(REFUSED, 2, False))
    assert not holds(drills.judge_theft(REFUSED, 3, True))
    assert not holds(drills.judge_theft([], 2, True))


GOOD_FLOOD = Flooded(made=2_000, left=0, gone_s=9.0, delays_ms=[90.0] * 50, ends=0, growth_mb=10.0, is_running=True)


@pytest.mark.parametrize("sabotage", [
    {"made": 1_900}, {"left": 1}, {"gone_s": None}, {"gone_s": 21.0}, {"delays_ms": []}, {"delays_ms": [1_100.0] * 50}, {"ends": 1},
    {"growth_mb": None}, {"growth_mb": 31.0}, {"is_running": False},
])  # fmt: skip
def test_half_open_connections_that_stay_or_are_felt_are_seen(sabotage: dict[str, object]) -> None:
    assert holds(drills.judge_flood(GOOD_FLOOD))
    assert not holds(drills.judge_flood(msgspec.structs.replace(GOOD_FLOOD, **sabotage)))
