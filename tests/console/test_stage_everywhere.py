"""What of the wall is there on every page of the window: the curtain's key, and the wall beside the reports on a wide desk."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from controlroom.console.stage.side import StageSide
from feeds.messages.system import WALL_STATE
from tests.console.console_house import a_console
from tests.console.desk_server import a_desk_server
from tests.console.stage_desk import state_of

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_the_curtain_is_drawn_from_whatever_page_is_in_front(qtbot: Any, tmp_path: Path) -> None:
    with a_desk_server() as server, a_console(qtbot, server, tmp_path) as house:
        house.sign_in("ani")
        house.bus.put_all(WALL_STATE, {"dinding": state_of(None, 0)})
        stage = house.shell.ctx.shared["stage"]
        qtbot.waitUntil(lambda: stage.feed.desk is not None, timeout=20_000)
        house.shell.show_page("presence")
        house.window.activateWindow()
        qtbot.waitUntil(house.window.isActiveWindow)
        QTest.keyClick(house.window, Qt.Key.Key_T, CTRL_SHIFT)
        qtbot.waitUntil(lambda: stage.feed.desk.is_curtained, timeout=20_000)
        QTest.keyClick(house.window, Qt.Key.Key_T, CTRL_SHIFT)
        qtbot.waitUntil(lambda: not stage.feed.desk.is_curtained, timeout=20_000)


def test_the_wall_stands_beside_the_reports_where_there_is_room(qtbot: Any, tmp_path: Path) -> None:
    with a_desk_server() as server, a_console(qtbot, server, tmp_path) as house:
        house.sign_in("ani")
        house.shell.show_page("reports")
        side: Any = house.window.findChild(StageSide)
        house.window.resize(1366, 768)
        qtbot.waitUntil(lambda: not side.isVisible())
        house.window.resize(1920, 1080)
        qtbot.waitUntil(side.isVisible)
        house.picture("laporan-dinding", 1920, 1080)


def test_who_may_not_arrange_the_wall_has_none_beside_the_reports(qtbot: Any, tmp_path: Path) -> None:
    with a_desk_server() as server, a_console(qtbot, server, tmp_path) as house:
        house.sign_in("rani")
        assert house.window.findChild(StageSide) is None and "stage" not in house.shell.ctx.shared
