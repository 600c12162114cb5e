"""The map panel on a screen: drawn counts, freshness in pixels, closed doors, and a renderer that is killed.

One process on a virtual X server of its own goes through everything (``map_stage``); the tests look at what it saw.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.webengine, pytest.mark.xvfb, pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual X server of this module's own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: make setup")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", "1920x1080x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as number:
        name = number.readline().strip()
    yield f":{name}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def seen(display: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not (ROOT / "assets" / "web" / "dist" / "map.html").is_file():
        pytest.skip("the pages of assets/web are not built: make setup")
    told = tmp_path_factory.mktemp("map") / "seen.json"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.widgets.map_stage", str(told)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=140, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return json.loads(Path(told).read_text(encoding="utf-8"))


def test_what_is_drawn_is_what_was_published(seen: dict[str, Any]) -> None:
    """80 reports in 8 states in turn: 10 each; reopened are drawn as new, duplicates and pranks not at all.

    One more is declined within an incident: the hexagon does not count it, so it has a pin.
    """
    drawn = seen["first"]["drawn"]
    parts = {name: drawn[name] for name in ("new", "forwarded", "working", "done", "declined")}
    assert parts == {"new": 20, "forwarded": 10, "working": 10, "done": 10, "declined": 11}
    assert (drawn["incidents"], drawn["in_incidents"]) == (1, 12)


def test_pins_hexagons_and_notes_make_the_legends_sum(seen: dict[str, Any]) -> None:
    drawn = seen["first"]["drawn"]
    pins = sum(drawn[name] for name in ("new", "forwarded", "working", "done", "declined"))
    # 20 duplicates and pranks among the 80, one duplicate in the incident; one without a place, one outside.
    assert pins + drawn["in_incidents"] + 21 + 2 == seen["received"]
    assert "1 tanpa lokasi\u00a0· 1 di luar kota" in seen["first"]["legend"]


def test_what_the_focus_panel_shows_is_ringed_wherever_it_is_drawn(seen: dict[str, Any]) -> None:
    assert seen["rings"] == {"alone": ["forwarded"], "cluster": ["cluster"], "incident": ["incident"], "no pin": [], "nobody": []}


def test_the_clock_alone_ages_officers_and_ends_warnings(seen: dict[str, Any]) -> None:
    ages = seen["ages"]
    parts = {
        name: [ages[name][key] for key in ("officers", "cameras", "stale", "hazards")] for name in ("fresh", "silent", "over", "unknown")
    }
    assert parts == {"fresh": [1, 1, 1, 1], "silent": [1, 1, 2, 1], "over": [1, 1, 2, 0], "unknown": [0, 1, 1, 0]}
    assert "Petugas di tugas usang" in ages["meta"]


@pytest.mark.parametrize("shape", ["wide", "tall", "brief"])
def test_the_note_of_missing_pins_is_whole_in_every_shape_of_the_legend(seen: dict[str, Any], shape: str) -> None:
    measured = seen["words"][shape]
    note, legend = measured["note"], measured["legend"]
    assert measured["shape"] == shape
    assert not measured["is_cut"]
    assert measured["words"] == "123.456 tanpa lokasi\u00a0· 123.456 di luar kota"
    assert note["bottom"] <= legend["bottom"] + 0.5
    assert note["right"] <= legend["right"] + 0.5
    assert legend["bottom"] <= {"wide": 646, "tall": 520, "brief": 540}[shape]


def test_words_that_grow_push_the_others_aside(seen: dict[str, Any]) -> None:
    measured = seen["words"]["longest"]
    assert measured["title"]["right"] < measured["chips"]["left"]
    assert measured["title"]["width"] < seen["words"]["brief"]["title"]["width"]
    for called in measured["called"]:
        assert called["top"] > measured["chips"]["bottom"] or called["right"] < measured["chips"]["left"]


def test_every_freshness_word_changes_the_screen(seen: dict[str, Any]) -> None:
    assert seen["pictures"] == 6
    assert seen["chips"] == {
        "live": ["LIVE"],
        "late": ["TELAT 1 mnt"],
        "stale": ["USANG 4 mnt"],
        "offline": ["TERPUTUS 20 dtk"],
        "error": ["GALAT"],
        "simulated": ["SIMULASI"],
    }


def test_words_alone_and_unchanged_reports_cost_the_map_no_frame(seen: dict[str, Any]) -> None:
    assert seen["frames_drawn_for_words"] == 0


def test_a_changed_mark_costs_the_map_no_frame(seen: dict[str, Any]) -> None:
    assert seen["frames_drawn_for_marks"] == 0


def test_officers_stay_when_reports_change(seen: dict[str, Any]) -> None:
    assert seen["officers_after_reports"] == 1


def test_no_batch_goes_out_before_the_last_is_painted_and_none_is_lost(seen: dict[str, Any]) -> None:
    assert seen["pace"]["most_open"] == 1
    assert seen["pace"]["sent"] < seen["pace"]["turns"]


def test_markup_in_a_title_is_only_text(seen: dict[str, Any]) -> None:
    assert seen["evil"]["ran"] is False
    assert seen["evil"]["children"] == 0
    assert seen["evil"]["shown"].startswith("<img src=x onerror=")
    assert seen["evil"]["shown"].endswith("🌊")


def test_the_page_reaches_no_network(seen: dict[str, Any]) -> None:
    assert seen["network"] == "blocked"
    assert seen["hits"] == []


def test_only_named_files_are_served(seen: dict[str, Any]) -> None:
    served = [path for path, is_ok in seen["paths"].items() if is_ok]
    assert served == ["city/outline.geojson"]


def test_a_page_that_is_behind_but_paints_keeps_its_place(seen: dict[str, Any]) -> None:
    assert seen["places_of_a_slow_page"] == [0]


def test_a_hanging_page_is_replaced_by_the_frame_until_it_answers(seen: dict[str, Any]) -> None:
    assert "GALAT" in seen["words_of_frame"]
    assert "Halaman peta tidak menjawab" in seen["words_of_frame"]
    assert "Peta laporan" in seen["words_of_frame"]
    assert seen["words_of_page"][0].startswith("TERPUTUS")


def test_batches_do_not_pile_up_before_a_hanging_page_and_it_catches_up(seen: dict[str, Any]) -> None:
    assert seen["outbox"] == 1
    assert seen["done_drawn"] == seen["done_held"]


def test_a_page_that_hangs_for_good_is_an_error_and_is_replaced(seen: dict[str, Any]) -> None:
    hung = seen["hung"]
    assert (hung["freshness"], hung["error"]) == ("error", "Halaman peta tidak menjawab")
    assert "widgets.web" in hung["remedy"]
    assert hung["reloads"] == 1
    assert hung["is_other"]
    assert hung["after"] == "live"
    assert hung["is_equal"]
    assert hung["is_shown"]


def test_a_killed_renderer_comes_back_with_equal_counts(seen: dict[str, Any]) -> None:
    assert seen["new_process"]
    assert seen["renderer_bytes"] > 0
    assert seen["after_kill"] == seen["before_kill"]


def test_a_page_that_never_comes_is_said(seen: dict[str, Any]) -> None:
    assert seen["absent"] == "not ready"
    # Begun, late, begun again, late: each try has twice the time of the one before up to a limit, and a page that was ready the usual one.
    assert seen["again"]["beginning"] == [True, False, True, False]
    assert seen["again"]["given_ms"] == [300, 600, 600, 1_200, 120_000, 300]
    assert seen["card"]["hidden"]
    assert "WebGL 2" in seen["card"]["error"]
    assert "doctor" in seen["card"]["remedy"]
    assert seen["recovered"]
