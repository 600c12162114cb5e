"""What a measurement prints: one JSON object or a table, and an exit code that says whether every goal holds."""

import json
import signal
import sys
from pathlib import Path

import pytest

from controlroom.measure import (
    BENCHES,
    DRILLS,
    bench_bus,
    bench_feeds,
    bench_mirror,
    bench_reports,
    bench_stage,
    bench_wall,
    drill_bus,
    drill_mirror,
    drill_reports,
    drill_stage,
    drill_story,
    drill_strangers,
    drill_wall,
    run_measure,
)
from controlroom.measure.child import Child
from controlroom.measure.frame_buffer import FrameBuffer
from controlroom.measure.result import CannotMeasure, Progress, Result, at_least, at_most, below, beside, exactly, is_true, result
from controlroom.measure.run import one_after_the_other
from controlroom.measure.spoken import Ready, lines_of


def good(long: bool, progress: Progress) -> Result:
    progress("half", 0.5)
    return result("good", [at_most("delay", 2.0004, "ms", 3), beside("floor", 0.1, "ms")])


def bad(long: bool, progress: Progress) -> Result:
    return result("bad", [at_most("delay", 4.0, "ms", 3), at_least("paints", 60, "/s", 50)])


def broken(long: bool, progress: Progress) -> Result:
    raise CannotMeasure("the wall has ended: see its log")


def test_json_is_one_object_of_the_agreed_shape(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_measure(good, json=True, long=False) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"name", "machine", "when", "figures", "holds"}
    assert told["holds"] is True
    assert told["when"].endswith("Z")
    assert told["figures"][0] == {"name": "delay", "value": 2.0, "unit": "ms", "goal": "<= 3", "holds": True}
    assert told["figures"][1] == {"name": "floor", "value": 0.1, "unit": "ms", "goal": None, "holds": True}


def test_a_missed_goal_is_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_measure(bad, json=True, long=False) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["holds"] is False
    assert [figure["holds"] for figure in told["figures"]] == [False, True]


def test_the_table_shows_figures_goals_and_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_measure(bad, json=False, long=False) == 1
    shown = capsys.readouterr().out
    assert "delay" in shown
    assert "<= 3" in shown
    assert "NO" in shown
    assert "does not hold" in shown


def test_what_cannot_be_measured_says_why_and_is_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_measure(broken, json=True, long=False) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the wall has ended: see its log" in captured.err


def test_the_signal_is_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    run_measure(good, json=True, long=False)
    assert signal.getsignal(signal.SIGTERM) is before


def test_all_of_them_do_not_hide_the_one_that_failed() -> None:
    every = one_after_the_other("all", {"good": good, "broken": broken, "bad": bad})(False, lambda what, share: None)
    assert not every.holds
    assert [figure.holds for figure in every.figures] == [True, True, False, False, True]
    assert every.figures[2].name == "broken: the wall has ended: see its log"


def test_every_bench_and_drill_of_the_issue_has_its_name() -> None:
    assert set(BENCHES) == {"bus", "wall", "feeds", "reports", "stage", "mirror", "all"}
    assert {"redis-kill", "redis-freeze", "redis-flush", "feeds-kill", "camera-hang", "panel-fault", "all"} <= set(DRILLS)
    assert {
        "simulated-on-live",
        "garbage",
        "unplug",
        "map-crash",
        "kill-api",
        "redis-down",
        "story",
        "wall-kill",
        "double-take",
        "mirror-restart",
        "slow-phone",
        "token-theft",
    } <= set(DRILLS)


def test_a_figure_that_could_not_be_measured_does_not_hold() -> None:
    assert not any(
        figure.holds
        for figure in (at_most("x", None, "", 1), below("x", None, "", 1), at_least("x", None, "", 1), exactly("x", None, "", 1))
    )
    assert not below("x", 3.0, "", 3).holds
    assert at_most("x", 3.0, "", 3).holds
    assert not at_most("x", 3.0004, "", 3).holds
    assert not is_true("x", False).holds


def test_a_run_without_any_goal_proves_nothing() -> None:
    assert not result("empty", []).holds
    assert not result("floor", [beside("floor", 1, "ms")]).holds


def test_a_process_that_dies_is_reported_with_its_last_words(tmp_path: Path) -> None:
    words = (sys.executable, "-c", "import sys; sys.exit('no display here')")
    child = Child("wall", words, {}, tmp_path / "wall.log")
    with pytest.raises(CannotMeasure, match=r"wall has ended with code [\s\S]*no display here"):
        child.first(Ready)
    child.stop()


def test_a_process_that_is_silent_is_given_up_and_ended(tmp_path: Path) -> None:
    child = Child("wall", (sys.executable, "-c", "import sys; sys.stdin.read()"), {}, tmp_path / "wall.log", ready_within_s=0.05)
    with pytest.raises(CannotMeasure, match="has not answered"):
        child.first(Ready)
    child.freeze()
    child.stop()
    assert not child.is_running


def test_requests_are_read_whole_however_they_arrive() -> None:
    first, rest = lines_of(b"", b'{"verb":"begin"}\n{"verb":')
    second, rest = lines_of(rest, b'"held","topic":"hazard"}\n')
    assert [ask.verb for ask in first + second] == ["begin", "held"]
    assert second[0].topic == "hazard"
    assert rest == b""


def test_the_frame_buffer_is_read_as_xvfb_writes_it(tmp_path: Path) -> None:
    width, height, head_bytes, colours = 8, 4, 160, 2
    head = [head_bytes, 7, 2, 24, width, height, 0, 0, 32, 0, 32, 32, width * 4, 4, 0, 0, 0, 8, 256, colours, width, height, 0, 0, 0]
    pixels = bytearray(width * height * 4)
    pixels[(2 * width + 6) * 4] = 200
    raw = b"".join(number.to_bytes(4, "big") for number in head) + bytes(head_bytes - 100) + bytes(12 * colours) + bytes(pixels)
    path = tmp_path / "Xvfb_screen0"
    path.write_bytes(raw)
    with FrameBuffer(path) as buffer:
        assert (buffer.width, buffer.height) == (width, height)
        assert buffer.colours((0, 0, width, height), step=1) == 2
        assert buffer.colours((0, 0, 4, height), step=1) == 1
        assert buffer.sample((6, 2, 99, 1), step=1) == bytes([200, 0, 0, 0, 0, 0, 0, 0])


def test_every_bench_and_drill_stands_where_its_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are imported when they run; one that was moved or renamed would be missed only then."""
    ran: list[str] = []
    modules = (
        bench_bus, bench_feeds, bench_mirror, bench_reports, bench_stage, bench_wall,
        drill_bus, drill_mirror, drill_reports, drill_stage, drill_story, drill_strangers, drill_wall,
    )  # fmt: skip
    for module in modules:
        for name, found in vars(module).items():
            if callable(found) and getattr(found, "__module__", "") == module.__name__ and not name.startswith(("_", "judge")):
                monkeypatch.setattr(module, name, lambda long, progress, name=name: ran.append(name) or result(name, []))
    for measures in (BENCHES, DRILLS):
        for name, measure in measures.items():
            if name != "all":
                measure(False, lambda what, share: None)
                assert ran[-1].replace("measure_", "").replace("_", "-") == name
