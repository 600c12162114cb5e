"""The console as a person uses it, by real X events under a window manager: sign in, drag a tile, take, see the wall change, undo."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from controlroom.measure.frame_buffer import changed_share
from controlroom.settings import LAYOUTS
from controlroom.wall.layouts import read_layout
from tests.e2e.by_hand import Box, DeskByHand, Point
from tests.e2e.running import Running

pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(300)]

LAYOUT = "harian"
DRAGGED, ONTO = "keuangan", "pengadaan"
"""Two tiles of one size: dropped on the other, they change places."""
RIM = "#8FBCE6"
"""Of the frame around the preview, in the dark look."""
STEP = 7
"""Every so manieth pixel is compared."""
SAME, OTHER = 0.04, 0.08
"""Shares of a panel's pixels: what a clock and a new figure change, and what another panel does."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Running]:
    with Running(tmp_path) as running:
        running.start("demo", "--seconds", "270", "--layout", LAYOUT, "--speed", "1")
        running.until("the two panels are live and the doors open", lambda: (_is_live(running) and "Doors:" in running.log) or None, 120)
        yield running


@pytest.fixture
def desk() -> Iterator[DeskByHand]:
    with DeskByHand() as made:
        yield made


def _is_live(run: Running) -> bool:
    slots = run.slots()
    return all(slots[panel].state == "live simulated" and slots[panel].painted_at is not None for panel in (DRAGGED, ONTO))


def _panels(run: Running) -> dict[str, tuple[int, int, int, int]]:
    return {slot.panel: slot.geometry for slot in run.state().slots}


Looks = tuple[bytes, bytes]
"""What stands in the two places."""


class Wall:
    """The two places on the wall between which something moves, as the screen shows them."""

    def __init__(self, run: Running) -> None:
        slots = _panels(run)
        self.first, self.second = slots[DRAGGED], slots[ONTO]
        self._run = run

    def looks(self) -> Looks:
        picture = self._run.picture().convertToFormat(QImage.Format.Format_RGB32)
        first, second = (bytes(memoryview(picture.copy(*place).constBits()).cast("I")[::STEP]) for place in (self.first, self.second))
        return first, second

    def is_exchanged(self, before: Looks) -> bool:
        """Each shows what the other showed."""
        now = self.looks()
        return max(changed_share(now[0], before[1]), changed_share(now[1], before[0])) < SAME < OTHER < changed_share(now[0], before[0])

    def is_same(self, before: Looks) -> bool:
        now = self.looks()
        return max(changed_share(one, other) for one, other in zip(now, before, strict=True)) < SAME


def _sign_in(run: Running, desk: DeskByHand, login: str, password: str) -> None:
    """The login field has the focus; Enter goes on to the password, and then in."""
    desk.type(login)
    desk.press("Return")
    desk.type(password)
    sheet = desk.look()
    desk.press("Return")
    run.until("somebody is in", lambda: changed_share(sheet, desk.look()) > 0.1 or None, 30)


def _to_the_wall(run: Running, desk: DeskByHand) -> Box:
    """Page Dinding, and where its preview stands on the screen: the frame is unbroken while it has the focus and no tile is selected."""

    def preview() -> Box | None:
        desk.press("ctrl+2")
        desk.press("F6")
        desk.press("Escape")
        return desk.frame_in(RIM, 300, 16 / 9)

    return run.until("the preview is on the desk", preview, 30)


def _drag(desk: DeskByHand, frame: Box) -> None:
    layout = read_layout(LAYOUTS / f"{LAYOUT}.toml")
    cells = {slot.panel: slot.cell for slot in layout.slot}

    def middle(panel: str) -> Point:
        column, row, width, height = cells[panel]
        left, top, wide, high = frame
        across, down = (column + width / 2) / layout.grid.columns, (row + height / 2) / layout.grid.rows
        return left + across * wide, top + down * high

    desk.drag(middle(DRAGGED), middle(ONTO))


def _press_until(run: Running, desk: DeskByHand, keys: str, look: Callable[[], bool]) -> None:
    """Once; again only when nothing has come of it, as a person would."""
    for _ in range(3):
        desk.press(keys)
        try:
            run.until(f"something comes of {keys}", lambda: look() or None, 10)
        except AssertionError:
            continue
        return
    raise AssertionError(f"nothing comes of {keys}: {_panels(run)}")


def test_a_tile_is_dragged_taken_and_taken_back_by_hand(run: Running, desk: DeskByHand) -> None:
    wall = Wall(run)
    account = re.search(r"^\s+(demo-operator)\s+(\S+)\s+operator", run.log, re.MULTILINE)
    assert account is not None, run.log
    console = run.start("console", "--demo", "--lang", "id", "--look", "dark", environment=desk.environment())
    window = run.until("the console has a window", lambda: desk.window_of(console.pid), 60)
    desk.hand("windowactivate", "--sync", window)
    _sign_in(run, desk, account[1], account[2])
    frame = _to_the_wall(run, desk)
    before = wall.looks()

    _drag(desk, frame)
    _press_until(run, desk, "ctrl+Return", lambda: _panels(run)[ONTO] == wall.first)
    run.until("the wall shows the two in each other's place", lambda: wall.is_exchanged(before) or None, 20)
    moved = wall.looks()

    frame = _to_the_wall(run, desk)
    _drag(desk, frame)
    _press_until(run, desk, "ctrl+Return", lambda: _panels(run)[DRAGGED] == wall.first)
    run.until("the wall shows them where they were", lambda: wall.is_same(before) or None, 20)

    _press_until(run, desk, "ctrl+BackSpace", lambda: _panels(run)[ONTO] == wall.first)
    run.until("one key goes back to what was shown before", lambda: wall.is_same(moved) or None, 20)
