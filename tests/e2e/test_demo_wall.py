"""``controlroom demo`` on a machine with no display, as a newcomer runs it: alive, marked, and honest when the bus freezes."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QImage

from controlroom.app import WAY_OUT
from controlroom.wall.ask import ask_values
from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VIRTUAL_WALL
from feeds.messages.report import REPORT, TOTALS
from tests.e2e.running import Running, share_of, snapshot

SIM = "#C6B2E8"
PANEL = "#131D2A"
pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("demo")) as run:
        run.start("demo", "--layout", "harian", "--seconds", "220")
        run.until("every slot live", lambda: True if _is_all_live(run) else None, 120)
        yield run


def _is_all_live(run: Running) -> bool:
    slots = run.state().slots
    return all(slot.state == "live simulated" and slot.painted_at is not None for slot in slots) and len(slots) == 12


def test_no_slot_is_empty_and_each_says_it_is_simulated(demo: Running) -> None:
    slots = demo.slots()
    assert {
        "header",
        "totals",
        "map",
        "ticker",
        "keuangan",
        "fisik",
        "pengadaan",
        "cameras",
        "focus",
        "presence",
        "hazards",
        "notices",
    } == set(slots)
    for slot in slots.values():
        assert slot.seq > 0, slot
        assert slot.age_s is not None, slot
        assert slot.note is None, slot
        assert slot.screen, slot


def test_the_picture_is_the_whole_wall_and_simulasi_is_drawn_on_every_panel(demo: Running) -> None:
    picture = demo.until("the map's page is painted", lambda: _painted_picture(demo))
    assert (picture.width(), picture.height()) == (3840, 2160)
    for slot in demo.slots().values():
        if slot.panel == "header":
            continue
        x, y, width, _ = slot.geometry
        assert share_of(picture, SIM, (x, y, width, 12), step=1) > 0.1, slot.panel


def _painted_picture(run: Running) -> QImage | None:
    picture = run.picture()
    x, y, width, _ = run.slots()["map"].geometry
    return picture if share_of(picture, SIM, (x, y, width, 12), step=1) > 0.1 else None


def test_a_frozen_redis_shows_on_every_slot_and_the_wall_comes_back_with_equal_totals(demo: Running) -> None:
    server = demo.child(demo.process, "redis-server")
    totals_before = demo.slots()["totals"].seq
    server.send_signal(signal.SIGSTOP)
    try:
        demo.until("every slot offline", lambda: True if all(s.state == "offline simulated" for s in demo.state().slots) else None, 30)
        calm = demo.picture()
    finally:
        server.send_signal(signal.SIGCONT)
    x, y, width, height = demo.slots()["ticker"].geometry
    assert share_of(calm, "#EEF2F6", (x + width - 420, y + 24, 400, 52)) > 0.1, "the TERPUTUS chip is not drawn"
    assert height > 0
    demo.until("every slot live again", lambda: True if _is_all_live(demo) else None, 60)
    assert demo.slots()["totals"].seq >= totals_before
    demo.until("the totals of the wall are those of Redis", lambda: True if _is_equal_to_redis(demo) else None, 20)


def _is_equal_to_redis(run: Running) -> bool:
    """The totals, and the reports they count, as the wall holds them and as Redis does, read without any code of the wall."""
    url = run.child(run.process, "controlroom wall").environ()["CONTROLROOM_REDIS_URL"]
    there, here = snapshot(url, "sim", TOTALS), ask_values(run.socket, TOTALS)
    reports, shown = snapshot(url, "sim", REPORT), ask_values(run.socket, REPORT)
    assert there
    return here == there and {k: m.body for k, m in reports.items()} == {k: m.body for k, m in shown.items()}


def test_a_pulled_plug_takes_only_its_own_slots_and_gives_them_back(demo: Running) -> None:
    monitor = read_wall(VIRTUAL_WALL).monitor[3]
    _xrandr(demo, "--delmonitor", monitor.name)
    gone = demo.until("its slots are missing", lambda: _missing(demo) or None, 20)
    assert gone == {"cameras", "focus", "presence", "hazards"}
    before = demo.slots()["header"].painted_at
    demo.until("the others go on painting", lambda: True if demo.slots()["header"].painted_at != before else None, 20)
    _xrandr(demo, "--setmonitor", monitor.name, "1920/1210x1080/680+1920+1080", "none")
    demo.until("every slot live again", lambda: True if _is_all_live(demo) else None, 30)


def _missing(run: Running) -> set[str]:
    return {slot.panel for slot in run.state().slots if slot.state.startswith("missing")}


def _environment(run: Running) -> dict[str, str]:
    display = re.search(r"on display (:\d+)", run.log)
    assert display is not None
    return {"DISPLAY": display.group(1), "PATH": os.environ["PATH"]}


def _xrandr(run: Running, *words: str) -> None:
    subprocess.run(("xrandr", *words), env=_environment(run), check=True, timeout=10)


def test_the_screen_saver_is_held_off(demo: Running) -> None:
    told = subprocess.run(("xset", "q"), env=_environment(demo), check=True, timeout=10, capture_output=True, text=True).stdout
    assert "timeout:  0" in told.split("Screen Saver:")[1].splitlines()[2]


def test_the_way_out_is_the_one_the_readme_tells(root: Path) -> None:
    assert WAY_OUT in (root / "README.md").read_text()
    assert WAY_OUT in (root / "docs" / "wall.md").read_text()


def test_a_killed_redis_comes_back_and_the_keys_of_the_way_out_end_everything(demo: Running) -> None:
    """One test, because the Redis started anew must be gone at its end."""
    process, before = demo.process, ask_values(demo.socket, REPORT).keys()
    demo.child(process, "redis-server").send_signal(signal.SIGKILL)
    demo.until("every slot offline", lambda: True if all(s.state == "offline simulated" for s in demo.state().slots) else None, 30)
    demo.until("every slot live again", lambda: True if _is_all_live(demo) else None, 90)
    demo.until("every report is back", lambda: True if before <= ask_values(demo.socket, REPORT).keys() else None, 20)
    demo.until("the totals of the wall are those of Redis", lambda: True if _is_equal_to_redis(demo) else None, 20)
    below = psutil.Process(process.pid).children(recursive=True)
    # A stray click on the map's own window must not take the keyboard away.
    subprocess.run(("xdotool", "mousemove", "900", "900", "click", "1"), env=_environment(demo), check=True, timeout=10)
    for _ in range(2):
        subprocess.run(("xdotool", "key", WAY_OUT.lower()), env=_environment(demo), check=True, timeout=10)
    assert process.wait(20) == 0
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []
