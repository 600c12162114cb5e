"""The page of reports as a whole: one column on a narrow desk, the next open report by one key, emergencies told, a third column when wide."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from controlroom.console.pages import PAGES
from tests.console.console_house import a_console
from tests.console.desk import with_changes
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.report_desk import ReportDesk, a_report_desk


@pytest.fixture(scope="module")
def server() -> Generator[DeskServer]:
    with a_desk_server() as opened:
        yield opened


@pytest.fixture
def desk(qtbot: Any, server: DeskServer) -> Generator[ReportDesk]:
    with a_report_desk(qtbot, server) as opened:
        yield opened


def test_a_narrow_desk_is_one_column_with_a_way_back(qtbot: Any, server: DeskServer) -> None:
    report = server.typed_in("sempit")
    with a_report_desk(qtbot, server, size=(1000, 700)) as desk:
        assert desk.page.left.isVisible() and not desk.page.centre.isVisible()
        desk.open(report)
        assert desk.page.centre.isVisible() and not desk.page.left.isVisible()
        desk.key("Alt+Left")
        assert desk.page.left.isVisible() and not desk.page.centre.isVisible()
        desk.page.window().resize(1500, 800)
        desk.wait(lambda: desk.page.left.isVisible() and desk.page.centre.isVisible())


@pytest.mark.parametrize("size", [(1342, 640), (1896, 960), (3800, 2050)])
def test_it_fits_every_desk(qtbot: Any, server: DeskServer, size: tuple[int, int]) -> None:
    report = server.typed_in(f"muat {size}")
    with a_report_desk(qtbot, server, size=size) as desk:
        desk.open(report)
        for keys in ("T", "F3", "F4", "Ctrl+N"):
            desk.key("Alt+Right")
            desk.key(keys)
        desk.page.form.discard()
        assert (desk.page.window().width(), desk.page.window().height()) == size


def test_the_next_open_report_comes_by_one_key(desk: ReportDesk) -> None:
    reports = [desk.server.typed_in(f"berikut {number}") for number in range(2)]
    for report in reports:
        desk.open(report)
    before = desk.detail.report
    desk.key("Ctrl+J")
    desk.wait(lambda: desk.detail.report != before and desk.seen is not None)
    assert desk.page.queue.selected == desk.detail.report


def test_what_is_opened_at_once_is_not_lost_to_the_row_one_stands_on(desk: ReportDesk) -> None:
    """A row that is stood on opens after a moment; whatever was opened meanwhile by another way stays open."""
    report = desk.server.typed_in("di antrean 1")
    desk.page.queue.refresh([report])
    desk.wait(lambda: desk.page.queue.row(report) is not None)
    other = desk.server.typed_in("di luar antrean 2")
    desk.page.queue.view.go(desk.page.queue.view._model.place(report) or 0)
    assert desk.page.queue.view._dwell.isActive() and desk.page.queue.row(other) is None
    desk.page.open_report(other)
    desk.wait(lambda: desk.seen is not None and desk.seen.report.id == other and not desk.page.queue.view._dwell.isActive())
    assert desk.detail.report == other


def test_a_reload_of_the_queue_opens_nothing(desk: ReportDesk) -> None:
    report = desk.server.typed_in("di antrean 3")
    desk.open(report)
    other = desk.server.typed_in("di luar antrean 4")
    desk.page.open_report(other)
    with desk.qtbot.waitSignal(desk.page.queue._model.modelReset):
        desk.page.queue._feed.reload()
    assert desk.page.queue.selected == report
    desk.wait(lambda: not desk.page.queue.view._dwell.isActive())
    assert desk.detail.report == other


def test_a_press_on_the_row_one_stands_on_opens_it_again(desk: ReportDesk) -> None:
    report, other = desk.server.typed_in("di antrean 5"), desk.server.typed_in("di luar antrean 6")
    desk.open(report)
    desk.page.open_report(other)
    view = desk.page.queue.view
    view.select(report)
    desk.page.open_report(other)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(view.currentIndex()).center())
    desk.wait(lambda: desk.detail.report == view.current)


def test_the_form_of_a_call_is_not_put_away_by_the_row_one_has_just_come_to(desk: ReportDesk) -> None:
    report = desk.server.typed_in("di antrean 7")
    desk.page.queue.refresh([report])
    desk.wait(lambda: desk.page.queue.row(report) is not None)
    view = desk.page.queue.view
    view.go(view._model.place(report) or 0)
    assert view._dwell.isActive()
    desk.key("Ctrl+N")
    desk.wait(lambda: not view._dwell.isActive() and desk.detail.report == report)
    assert desk.page.centre.currentWidget() is desk.page.frames[1]


def test_an_emergency_is_told_and_opened_by_its_button(desk: ReportDesk) -> None:
    report = desk.server.typed_in("api", channel="call_112", category="kebakaran")
    heard: list[tuple[str, str]] = []

    class Bell:
        def emergency(self, title: str, text: str) -> None:
            heard.append((title, text))

    desk.page.ctx = with_changes(desk.page.ctx, notice=Bell())
    desk.page.queue.emergency.emit(report, "Kebakaran", "Periuk")
    assert heard == [("Darurat", "Kebakaran · Periuk")]
    said, _, action = desk.desk.told[-1]
    assert said == "Darurat: Kebakaran · Periuk" and action is not None
    action[1]()
    desk.wait(lambda: desk.detail.report == report)


def test_the_button_of_an_emergency_brings_the_page_to_the_front(qtbot: Any, server: DeskServer, tmp_path: Path) -> None:
    report = server.typed_in("api jauh", channel="call_112", category="kebakaran")
    pages = tuple(page for page in PAGES if page.key in ("reports", "presence"))
    with a_console(qtbot, server, tmp_path, pages=pages) as house:
        house.sign_in("ani")
        reports: Any = house.shell.pages[0]
        house.shell.show_page("presence")
        reports._ring(report, "Kebakaran", "Periuk")
        assert house.shell.page is not reports, "nobody is taken away from what they do"
        qtbot.mouseClick(house.shell.told._lines[0]._button, Qt.MouseButton.LeftButton)
        assert house.shell.page is reports
        qtbot.waitUntil(lambda: reports.detail.report == report, timeout=15_000)


def test_a_call_typed_in_here_rings_for_the_others_only(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.console.reports.page.OWN_MS", 50)
    others = desk.server.typed_in("api lain", channel="call_112", category="kebakaran")
    own = desk.server.typed_in("api di dapur", channel="call_112", category="kebakaran")
    desk.page.form._is_sending = True
    desk.page.queue.emergency.emit(own, "Kebakaran", "Periuk")
    desk.page.queue.emergency.emit(others, "Kebakaran", "Benda")
    assert "Darurat" not in desk.told(), "it may be the call that is being saved"
    desk.page.form.saved.emit(own)
    desk.wait(lambda: "Darurat: Kebakaran · Benda" in desk.told())
    desk.page.form._is_sending = False
    desk.page.queue.emergency.emit(own, "Kebakaran", "Periuk")
    assert "Periuk" not in desk.told()


def test_what_everybody_sees_stands_beside_it_only_where_there_is_room(qtbot: Any, server: DeskServer) -> None:
    with a_report_desk(qtbot, server, size=(1700, 800)) as desk:
        side = QWidget()
        desk.page.set_side(side)
        assert side.isVisible()
        desk.page.window().resize(1400, 800)
        desk.wait(lambda: not side.isVisible())


def test_every_command_has_a_key_and_no_key_is_given_twice(desk: ReportDesk) -> None:
    keys = [key.toString() for action in desk.page.commands() for key in action.shortcuts()]
    assert all(action.shortcuts() and action.text() for action in desk.page.commands())
    assert sorted(keys) == sorted(set(keys))
