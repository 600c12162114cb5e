"""The curtain hangs over every monitor, tells whose room this is and what time it is in either language, and nothing of the data."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from controlroom.wall.curtain import Curtain
from tests.wall.small_wall import SmallWall, a_layout
from tests.widgets.staging import NOW, OneSlot

MONITORS = [(0, 0, 960, 540), (960, 0, 960, 540), (0, 540, 540, 960), (540, 540, 1366, 768)]


def a_curtain(world: OneSlot, clock: list[timedelta] | None = None) -> Curtain:
    later = clock or [timedelta()]
    return Curtain(world.city, world.theme, world.text, monitors=lambda: MONITORS, now=lambda: NOW + later[0])


def picture(curtain: Curtain) -> QImage:
    curtain.resize(1906, 1500)
    return curtain.grab().toImage()


def colours(image: QImage, area: tuple[int, int, int, int]) -> set[int]:
    piece = image.copy(QRect(*area)).convertToFormat(QImage.Format.Format_RGB32)
    return set(memoryview(piece.constBits()).cast("I"))


def test_every_monitor_has_the_whole_picture(qtbot: QtBot) -> None:
    world = OneSlot()
    curtain = a_curtain(world)
    qtbot.addWidget(curtain)
    image = picture(curtain)
    ink = int(world.theme.palette.ink[1:], 16) | 0xFF000000
    for x, y, width, height in MONITORS:
        assert ink in colours(image, (x, y, width, height)), "name and clock"
        edge = colours(image, (x, y, 1, height // 4))
        assert edge == {int(world.theme.palette.bg[1:], 16) | 0xFF000000}
    one, other = (memoryview(image.copy(QRect(*MONITORS[n])).constBits()).cast("I") for n in (0, 1))
    assert sum(a != b for a, b in zip(one, other, strict=True)) < len(one) / 100, "equal monitors, equal pictures"
    assert colours(image, (1906 - 200, 1400, 100, 80)) == {int(world.theme.palette.bg[1:], 16) | 0xFF000000}, "where there is no monitor"


@pytest.mark.parametrize("palette", ["day", "night"])
def test_it_follows_clock_palette_and_language(qtbot: QtBot, palette: str) -> None:
    clock = [timedelta()]
    seen: list[QImage] = []
    for language in ("id", "en"):
        curtain = a_curtain(OneSlot(language=language), clock)
        qtbot.addWidget(curtain)
        seen.append(picture(curtain))
        curtain.set_theme(OneSlot(palette=palette).theme)
        seen.append(picture(curtain))
        clock[0] = timedelta(minutes=1)
        seen.append(picture(curtain))
        clock[0] = timedelta()
    assert (seen[0] == seen[1]) is (palette == "day")
    assert seen[1] != seen[2], "another minute"
    assert seen[0] != seen[3], "23 November is a Monday"


@pytest.fixture
def wall(qtbot: QtBot, tmp_path: Path) -> Iterator[SmallWall]:
    opened = SmallWall(tmp_path)
    opened.display.place_window()
    opened.director.begin()
    yield opened
    opened.close()


def test_it_is_a_window_of_its_own_that_takes_no_keys_and_goes_with_the_walls(wall: SmallWall, qtbot: QtBot) -> None:
    wall.window.show()
    wall.take(4, None, is_curtained=True, taken_at=None)
    curtain = wall.curtain
    assert curtain.isVisible()
    assert curtain.isWindow()
    assert curtain.windowFlags() & Qt.WindowType.WindowDoesNotAcceptFocus
    assert curtain.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert curtain.geometry() == wall.window.geometry()
    wall.window.setGeometry(10, 20, 300, 200)
    wall.display.window_placed.emit()
    assert curtain.geometry() == wall.window.geometry()
    assert not curtain.close(), "no key of a desktop opens it"
    assert wall.director.state().is_curtained
    wall.take(5, None, taken_at=None)
    assert not curtain.isVisible()
    assert not wall.director.state().is_curtained


def test_what_is_beneath_goes_on_living(wall: SmallWall, qtbot: QtBot) -> None:
    wall.window.show()
    wall.take(4, a_layout(("plain", (0, 0, 2, 2))), is_curtained=True)
    panel = wall.panels()[0]
    wall.clock += timedelta(seconds=5)
    panel.update()
    qtbot.waitUntil(lambda: panel.painted_at == wall.clock)
    wall.take(5, a_layout(("opted", (0, 0, 2, 2))), is_curtained=True)
    assert [slot.panel for slot in wall.director.state().slots] == ["opted"]
    assert wall.curtain.isVisible()


def test_a_picture_of_a_monitor_that_no_desktop_gives_shows_the_curtain_too(wall: SmallWall) -> None:
    name = wall.wall.monitor[0].name
    screen = wall.display.matched[name]
    assert screen is not None
    wall.display.matched[name] = structs.replace(screen, connector="an output that is gone")
    wall.window.show()
    wall.take(4, a_layout(("plain", (0, 0, 2, 2))))
    x, y, panels = wall.display.grab(0)
    wall.take(5, None, is_curtained=True)
    seen = wall.display.grab(0)[2]
    assert seen == wall.curtain.grab(QRect(x, y, seen.width(), seen.height())).toImage()
    assert seen != panels
