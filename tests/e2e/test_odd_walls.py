"""Walls that are not two by two: three in a row, eight, of mixed pixels, unplugged by the column, turned. Real screens of a real X server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs

from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VirtualWall
from feeds.messages.layout import Monitor
from feeds.messages.system import WallState
from tests.e2e.running import Running

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(180)]

MIXED = (
    Monitor(name="halus", place=(0, 0), pixels=(1920, 1080), size_mm=(604.8, 340.2)),
    Monitor(name="kasar", place=(1, 0), pixels=(1280, 720), size_mm=(806.4, 453.6)),
    Monitor(name="tegak", place=(2, 0), pixels=(720, 1280), size_mm=(453.6, 806.4)),
)
LAYOUT = """title = "Uji"
grid = { columns = 3920, rows = 1280 }
[[slot]]
panel = "ticker"
cell = [0, 0, 1920, 1080]
[[slot]]
panel = "presence"
cell = [1920, 0, 1280, 720]
[[slot]]
panel = "totals"
cell = [3200, 0, 720, 400]
[[slot]]
panel = "hazards"
cell = [3200, 400, 720, 400]
"""


@contextmanager
def shown(folder: Path, monitors: tuple[Monitor, ...], *words: str) -> Iterator[tuple[Running, VirtualWall]]:
    with VirtualWall(monitors) as virtual, Running(folder) as run:
        environment = {"CONTROLROOM_REDIS_URL": "unix:///nowhere", "DISPLAY": virtual.display, "QT_QPA_PLATFORM": "xcb"}
        run.start("wall", "--virtual", *words, environment=environment)
        run.until("every panel painted", lambda: True if all(s.painted_at for s in run.state().slots if s.panel != "map") else None, 60)
        yield run, virtual


def missing(state: WallState) -> set[str]:
    return {slot.panel for slot in state.slots if slot.state == "missing: no monitor"}


def resize(run: Running, virtual: VirtualWall, monitor: Monitor) -> None:
    """Turns it, or gives it other pixels; the wall has seen that it was away meanwhile."""
    virtual.resize_monitor(monitor, lambda: run.until("the monitor is missed", lambda: missing(run.state()) or None, 15))


def test_three_in_a_row_lose_one_and_the_others_keep_their_pixels(tmp_path: Path) -> None:
    file = ROOT / "assets" / "walls" / "tiga-sejajar.toml"
    monitors = tuple(structs.replace(m, pixels=(960, 540), size_mm=(604.8, 340.2)) for m in read_wall(file).monitor)
    small = tmp_path / "wall.toml"
    small.write_text(file.read_text().replace("[1920, 1080]", "[960, 540]").replace("[1209.6, 680.4]", "[604.8, 340.2]"))
    with shown(tmp_path, monitors, "--wall", str(small)) as (run, virtual):
        state = run.state()
        assert state.layout == "tiga-sejajar"
        assert missing(state) == set()
        before = {slot.panel: slot.geometry for slot in state.slots}
        virtual.remove_monitor("kiri")
        run.until("the left monitor is missed", lambda: missing(run.state()) or None, 15)
        state = run.state()
        assert missing(state) == {"header", "map"}
        assert {slot.panel: slot.geometry for slot in state.slots} == before, "what is missing is not squeezed in elsewhere"
        assert {slot.screen for slot in state.slots} == {None, "tengah", "kanan"}
        virtual.add_monitor(monitors[0], is_first=True)
        run.until("nothing is missing", lambda: True if not missing(run.state()) else None, 15)


def test_a_monitor_that_was_off_at_the_start_is_found_when_it_comes_on(tmp_path: Path) -> None:
    file = ROOT / "assets" / "walls" / "dua-sejajar.toml"
    monitors = tuple(structs.replace(m, pixels=(960, 540), size_mm=(604.8, 340.2)) for m in read_wall(file).monitor)
    small = tmp_path / "wall.toml"
    small.write_text(file.read_text().replace("[1920, 1080]", "[960, 540]").replace("[1209.6, 680.4]", "[604.8, 340.2]"))
    with VirtualWall(monitors) as virtual, Running(tmp_path) as run:
        for name in ("kiri", "kanan"):
            virtual.remove_monitor(name)
        virtual.add_monitor(monitors[1], is_first=True)
        environment = {"CONTROLROOM_REDIS_URL": "unix:///nowhere", "DISPLAY": virtual.display, "QT_QPA_PLATFORM": "xcb"}
        run.start("wall", "--virtual", "--wall", str(small), environment=environment)
        assert run.until("one is missed", lambda: missing(run.state()) or None, 60)
        assert run.state().layout == "dua-sejajar"
        assert "monitor has no screen" in run.log
        virtual.add_monitor(monitors[0])
        run.until("nothing is missing", lambda: True if not missing(run.state()) else None, 15)
        assert {slot.screen for slot in run.state().slots} == {"kiri", "kanan"}
        assert [slot.note for slot in run.state().slots] == [None] * len(run.state().slots), "each shows its own part of the wall"


def test_each_monitor_of_a_mixed_wall_has_type_of_its_own_and_a_turned_one_is_said(tmp_path: Path) -> None:
    wall = tmp_path / "wall.toml"
    monitors = "\n".join(
        f'[[monitor]]\nname = "{m.name}"\nplace = {list(m.place)}\npixels = {list(m.pixels)}\nsize_mm = {list(m.size_mm)}' for m in MIXED
    )
    wall.write_text(f'name = "campur"\nfarthest_seat_m = 5.0\nnearest_seat_m = 3.0\n{monitors}\n')
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "uji.toml").write_text(LAYOUT)
    config = tmp_path / "controlroom.toml"
    config.write_text(f'layouts = "{tmp_path / "layouts"}"\n')
    with shown(tmp_path, MIXED, "--wall", str(wall), "--layout", "uji", "--config", str(config)) as (run, virtual):
        state = run.state()
        assert [slot.note for slot in state.slots] == [None] * 4
        geometry = {slot.panel: slot.geometry for slot in state.slots}
        # 32 wall units from a monitor's edge: 64 pixels on the fine one, 32 on the coarse ones.
        assert (geometry["ticker"][:2], geometry["presence"][0] - 1920, geometry["totals"][0] - 3200) == ((64, 64), 32, 32)
        turned = structs.replace(MIXED[2], pixels=(1280, 720), size_mm=(806.4, 453.6))
        said = lambda: True if "turned?" in (run.slots()["totals"].note or "") else None  # noqa: E731
        resize(run, virtual, turned)
        run.until("the turned monitor is said", said, 15)
        assert run.slots()["ticker"].note is None
        resize(run, virtual, MIXED[2])
        run.until("it is right again", lambda: True if run.slots()["totals"].note is None else None, 15)
        assert "shows its own part of the wall again" in run.log


def test_without_a_wall_file_the_wall_follows_its_screen_and_a_desktop_at_200_percent_changes_nothing(tmp_path: Path) -> None:
    first = Monitor(name="A", place=(0, 0), pixels=(1280, 720), size_mm=(806.4, 453.6))
    with VirtualWall([first]) as virtual, Running(tmp_path) as run:
        environment = {"CONTROLROOM_REDIS_URL": "unix:///nowhere", "DISPLAY": virtual.display, "QT_QPA_PLATFORM": "xcb"}
        run.start("wall", "--virtual", environment=environment | {"QT_SCALE_FACTOR": "2", "QT_FONT_DPI": "192"})
        run.until("painted", lambda: True if all(s.painted_at for s in run.state().slots if s.panel != "map") else None, 60)
        state = run.state()
        assert state.layout == "layar-kecil"
        assert max(slot.geometry[0] + slot.geometry[2] for slot in state.slots) <= 1280
        smaller = structs.replace(first, pixels=(1024, 720), size_mm=(645.0, 453.6))
        follows = lambda: True if max(s.geometry[0] + s.geometry[2] for s in run.state().slots) <= 1024 else None  # noqa: E731
        resize(run, virtual, smaller)
        run.until("it follows", follows, 15)
        assert run.picture().width() == 1024
