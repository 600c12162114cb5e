"""The sheet at which somebody signs in: what it says when nobody comes in, and what may be typed meanwhile."""

from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from controlroom.console.desk_api import Trouble
from controlroom.console.pages import PAGES
from feeds.reports.roles import Role
from tests.console.console_house import ConsoleHouse, a_console
from tests.console.desk import AWAY
from tests.console.desk_server import PASSWORD, DeskServer, a_desk_server
from tests.fakes.false_doors import patient_doors

OWN = tuple(page for page in PAGES if page.key in ("presence", "sources", "audit"))


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as doors:
        yield doors


@pytest.fixture
def house(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> Generator[ConsoleHouse]:
    with a_console(qtbot, server, tmp_path, pages=OWN) as made:
        yield made


def words_of(house: ConsoleHouse) -> str:
    return " ".join(label.text() for label in house.window.findChildren(QLabel) if label.isVisible())


def test_a_wrong_password_says_so_and_the_login_stays(house: ConsoleHouse) -> None:
    house.type_in("ani", "salah salah salah")
    house.qtbot.waitUntil(lambda: "salah" in house.said())
    assert house.window.shell is None
    assert (house.window.sign_in.login.text(), house.window.sign_in.password.text()) == ("ani", "")
    house.sign_in("ani")
    assert [spec.key for spec in house.shell.specs] == ["presence", "sources"], "an operator sees no audit"


def test_too_often_wrong_is_told(house: ConsoleHouse, qtbot: QtBot) -> None:
    for _ in range(40):
        house.type_in("ani", "salah salah salah")
        qtbot.waitUntil(lambda: house.window.sign_in.enter.isEnabled())
        if "alamat ini" in house.said():
            break
    assert "Terlalu banyak percobaan" in house.said()


@pytest.mark.parametrize(("login", "says"), [("admin", "mengurus pengguna")])
def test_who_has_no_work_here_is_told_what_their_role_is_for(house: ConsoleHouse, login: str, says: str) -> None:
    house.type_in(login)
    house.qtbot.waitUntil(lambda: says in house.said())
    assert house.window.shell is None and house.api.who is None


def test_a_password_that_was_handed_over_is_changed_first(house: ConsoleHouse, server: DeskServer) -> None:
    server.add("citra", Role.OPERATOR, is_handed=True)
    sheet = house.window.sign_in
    house.type_in("citra")
    house.qtbot.waitUntil(lambda: not sheet.fresh.isHidden())
    for fresh, again, says in (
        ("pendek", "pendek", "terlalu pendek"),
        ("empat kata yang baru", "lima", "tidak sama"),
        (PASSWORD, PASSWORD, "ditolak"),
    ):
        sheet.fresh.setText(fresh)
        sheet.again.setText(again)
        house.qtbot.keyClick(sheet.again, Qt.Key.Key_Return)
        house.qtbot.waitUntil(lambda says=says: says in house.said())
    sheet.fresh.setText("empat kata yang baru")
    sheet.again.setText("empat kata yang baru")
    house.qtbot.keyClick(sheet.again, Qt.Key.Key_Return)
    house.qtbot.waitUntil(lambda: house.window.shell is not None, timeout=20_000)
    assert house.api.who is not None and house.api.who.login == "citra"


def test_caps_lock_is_hinted_at_by_what_is_typed(house: ConsoleHouse) -> None:
    sheet = house.window.sign_in
    house.qtbot.keyClick(sheet.password, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert sheet.caps.isHidden()
    shift = Qt.KeyboardModifier.ShiftModifier
    QApplication.sendEvent(sheet.password, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, shift, "A"))
    assert sheet.caps.isHidden(), "with Shift a capital letter is what was wanted"
    QApplication.sendEvent(sheet.password, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_B, Qt.KeyboardModifier.NoModifier, "B"))
    assert sheet.caps.isVisible()
    house.qtbot.keyClick(sheet.password, Qt.Key.Key_CapsLock)
    assert sheet.caps.isHidden()


def test_doors_that_do_not_answer_are_told_at_the_sheet(qtbot: QtBot, tmp_path: Path) -> None:
    with a_console(qtbot, AWAY, tmp_path, pages=OWN) as house:
        house.type_in("ani")
        qtbot.waitUntil(lambda: "tidak menjawab" in house.said())
        assert AWAY in words_of(house)


def test_nothing_is_typed_while_the_doors_are_asked_and_the_keyboard_stays(qtbot: QtBot, tmp_path: Path) -> None:
    with patient_doors() as doors, a_console(qtbot, doors.url, tmp_path, pages=OWN) as house:
        sheet = house.window.sign_in
        sheet.password.setFocus()
        house.type_in("ani", "empat kata")
        qtbot.waitUntil(lambda: doors.call("POST /session ") is not None, timeout=20_000)
        asked = doors.call("POST /session ")
        for field in (sheet.login, sheet.password):
            house.qtbot.keyClicks(field, "xyz")
            house.qtbot.keyClick(field, Qt.Key.Key_Return)
        house.press("Ctrl+Shift+B")
        assert house.window.sign_in is sheet and not sheet.language.isEnabled() and sheet.enter.text() == "Memeriksa..."
        assert (sheet.login.text(), sheet.password.text()) == ("ani", "empat kata")
        assert QApplication.focusWidget() is sheet.password
        assert asked is not None
        asked.answer(b'{"code":"wrong_credentials","description":"no"}', "401 Unauthorized")
        qtbot.waitUntil(lambda: "salah" in house.said(), timeout=20_000)
        assert len([call for call in doors.calls if call.request.startswith(b"POST /session ")]) == 1
        assert QApplication.focusWidget() is sheet.password and sheet.enter.text() == "Masuk ke konsol"
        house.qtbot.keyClicks(sheet.password, "lagi")
        assert (sheet.login.text(), sheet.password.text()) == ("ani", "lagi")


def test_doors_too_slow_to_let_in_are_told_as_such_and_one_more_enter_tries_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with patient_doors() as doors, a_console(qtbot, doors.url, tmp_path, pages=OWN) as house:
        monkeypatch.setattr("controlroom.console.desk_api.SIGN_IN_MS", 100)
        house.type_in("ani", "empat kata")
        qtbot.waitUntil(lambda: "30 detik" in house.said(), timeout=20_000)
        sheet = house.window.sign_in
        assert (sheet.login.text(), sheet.password.text()) == ("ani", "empat kata"), "what was typed is there, as it says"
        house.qtbot.keyClick(sheet.password, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len([call for call in doors.calls if call.request.startswith(b"POST /session ")]) == 2, timeout=20_000)


def test_a_password_just_changed_is_tried_again_when_the_way_in_was_lost(house: ConsoleHouse, server: DeskServer) -> None:
    server.add("dewi", Role.OPERATOR, is_handed=True)
    sheet = house.window.sign_in
    house.type_in("dewi")
    house.qtbot.waitUntil(lambda: not sheet.fresh.isHidden(), timeout=20_000)
    for field in (sheet.fresh, sheet.again):
        field.setText("empat kata yang baru")
    real = house.api.sign_in
    house.api.sign_in = lambda login, password, done, failed: failed(Trouble(status=0, code="unreached", text=""))  # type: ignore[method-assign]
    house.qtbot.keyClick(sheet.again, Qt.Key.Key_Return)
    house.qtbot.waitUntil(lambda: "tidak menjawab" in house.said(), timeout=20_000)
    house.api.sign_in = real  # type: ignore[method-assign]
    assert sheet.fresh.isHidden() and sheet.login.text() == "dewi"
    house.qtbot.keyClick(sheet.password, Qt.Key.Key_Return)
    house.qtbot.waitUntil(lambda: house.window.shell is not None, timeout=20_000)
