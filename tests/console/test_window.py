"""The window of a desk: who comes in, what stays when session, doors or bus are gone, what is asked before something is lost."""

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from controlroom.console.application import ConsoleApplication
from controlroom.console.desk_api import PULSE_MS, PULSE_SILENCE_MS
from controlroom.console.kit.chips import SimulatedChip
from controlroom.console.page import Tone
from controlroom.console.pages import PAGES, PageSpec
from controlroom.errors import ErrorDesk
from controlroom.settings import Settings
from feeds.messages.report import TOTALS, Totals
from feeds.messages.system import CANARY, Canary
from tests.console.console_house import ConsoleHouse, a_console
from tests.console.desk_server import DeskServer, a_desk_server

TYPING = PageSpec(key="reports", title="Laporan", module="tests.console.typing_page", permission="see_queue")
BROKEN = PageSpec(key="stage", title="Dinding", module="tests.console.broken_page")
MISSING = PageSpec(key="stage", title="Dinding", module="tests.console.no_such_page")
OWN = tuple(page for page in PAGES if page.key in ("presence", "sources", "audit"))


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as doors:
        yield doors


@pytest.fixture
def house(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> Generator[ConsoleHouse]:
    with a_console(qtbot, server, tmp_path, pages=(TYPING, *OWN)) as made:
        yield made


def totals(received: int = 64, new: int = 9) -> Totals:
    now = datetime.now(UTC)
    return Totals(
        since=now, at=now, reports_epoch="e", reports_seq=1, received=received, new=new, forwarded=7, working=14, done=25, declined=3,
        duplicate=4, invalid=2, reopened=0,
    )  # fmt: skip


def words_of(house: ConsoleHouse) -> str:
    return " ".join(label.text() for label in house.window.findChildren(QLabel) if label.isVisible())


def ask_the_doors(house: ConsoleHouse) -> None:
    house.api.get("/desk/reports", dict[str, Any], lambda _: None, lambda _: None)


def test_what_was_typed_outlives_the_session(house: ConsoleHouse, server: DeskServer) -> None:
    house.sign_in("sari")
    page = house.shell.pages[0]
    page.field.setPlainText("Selokan penuh, warga di")
    page.field.setFocus()
    server.end_sessions("sari")
    ask_the_doors(house)
    house.qtbot.waitUntil(lambda: house.window.sign_in.isVisible())
    assert not house.shell.isEnabled() and "Sari Wulandari" in words_of(house)
    page.action.trigger()
    house.qtbot.keyClick(house.window, Qt.Key.Key_F9)
    house.sign_in("sari")
    assert house.shell.pages[0] is page and page.field.toPlainText() == "Selokan penuh, warga di"
    assert house.shell.isEnabled() and not page.is_closed


def test_another_person_gets_fresh_pages(house: ConsoleHouse, server: DeskServer) -> None:
    house.sign_in("sari")
    page = house.shell.pages[0]
    page.field.setPlainText("punya Sari")
    server.end_sessions("sari")
    ask_the_doors(house)
    house.qtbot.waitUntil(lambda: house.window.sign_in.isVisible())
    house.sign_in("ani")
    assert page.is_closed and house.shell.pages[0] is not page
    assert house.shell.pages[0].field.toPlainText() == "" and "Ani Lestari" in house.shell.bar.person.text()


def test_doors_gone_and_back(house: ConsoleHouse, server: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.console.desk_api.LOOK_MS", 50)
    house.sign_in("sari")
    house.shell.pages[0].field.setPlainText("tetap")
    server.stop()
    house.window._on_pulse()
    house.qtbot.waitUntil(lambda: house.shell.doors_banner.isVisible(), timeout=10_000)
    assert "yang Anda ketik tetap di sini" in house.shell.doors_banner.text
    assert "TERPUTUS" in house.shell.bar.doors.words
    server.start()
    house.qtbot.waitUntil(lambda: not house.shell.doors_banner.isVisible(), timeout=20_000)
    assert house.shell.pages[0].field.toPlainText() == "tetap" and house.shell.isEnabled()


def test_the_pulse_beats_whatever_else_is_asked_and_its_word_stands_there_at_once(house: ConsoleHouse, server: DeskServer) -> None:
    house.sign_in("sari")
    house.shell._tick.stop()
    house.shell.bar._tick.stop()
    assert house.window._pulse.isActive() and house.window._pulse.interval() == PULSE_MS
    house.window._pulse.stop()
    house.qtbot.waitUntil(lambda: not house.api._replies)
    with server.delaying("GET", "/desk/reports") as work, server.delaying("GET", "/health") as pulse:
        ask_the_doors(house)
        house.window._pulse.timeout.emit()
        house.qtbot.waitUntil(lambda: work.come > 0 and pulse.come == 1)
        reply: Any = house.api._pulse
        next(timer for timer in reply.findChildren(QTimer) if timer.interval() == PULSE_SILENCE_MS).timeout.emit()
        assert house.shell.doors_banner.isVisible() and "TERPUTUS" in house.shell.bar.doors.words
    house.qtbot.waitUntil(lambda: house.api.is_reached)
    assert not house.shell.doors_banner.isVisible() and "TERPUTUS" not in house.shell.bar.doors.words


def test_shut_doors_are_said_by_the_first_thing_that_is_refused(house: ConsoleHouse, server: DeskServer) -> None:
    house.sign_in("sari")
    house.window._pulse.stop()
    house.shell._tick.stop()
    server.stop()
    told: list[bool] = []
    house.api.reached.connect(lambda _: told.append(house.shell.doors_banner.isVisible()))
    ask_the_doors(house)
    house.qtbot.waitUntil(lambda: told == [True], timeout=10_000)
    server.start()


def test_bus_gone_and_back(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.bus.beat()
    house.bus.put(CANARY, c=Canary(count=1, sent_at=datetime.now(UTC)))
    house.qtbot.waitUntil(lambda: house.shell.bar.bus.words.startswith("Bus 0,"))
    house.bus.ahead_s += 12
    house.qtbot.waitUntil(lambda: house.shell.bus_banner.isVisible())
    assert "Bus terputus 12 dtk: yang tampil dari" in house.shell.bus_banner.text
    house.bus.beat()
    house.qtbot.waitUntil(lambda: not house.shell.bus_banner.isVisible())


def test_a_banner_moves_nothing(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.bus.beat()
    house.qtbot.waitUntil(lambda: not house.shell.bus_banner.isVisible())
    before = house.shell.stack.geometry()
    house.bus.ahead_s += 12
    house.qtbot.waitUntil(lambda: house.shell.bus_banner.isVisible())
    house.window.resize(1366, 768)
    house.shell.layout().activate()
    house.shell._line.layout().activate()
    banner = house.shell.bus_banner
    banner.layout().activate()
    assert house.shell.stack.geometry().top() == before.top()
    assert banner._label.height() >= banner._label.heightForWidth(banner._label.width()), banner.geometry()


def test_the_keyboard_is_where_the_work_is_after_coming_in_and_where_it_was_after_coming_back(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    pages = {page.key: page for page in house.shell.pages}
    house.press("Ctrl+3")
    assert QApplication.focusWidget() is pages["sources"].table
    pages["sources"].search.setFocus()
    house.press("Ctrl+2")
    assert QApplication.focusWidget() is pages["presence"].agencies
    house.press("Ctrl+3")
    assert pages["sources"].isAncestorOf(QApplication.focusWidget()) and QApplication.focusWidget() is not pages["sources"].table


def test_the_first_start_fills_the_screen_and_the_next_stands_as_it_was_left(
    house: ConsoleHouse, server: DeskServer, qtbot: QtBot, tmp_path: Path
) -> None:
    assert house.window.isMaximized()
    house.window.showNormal()
    house.window.end()
    with a_console(qtbot, server, tmp_path, pages=OWN) as again:
        assert not again.window.isMaximized()


def test_the_sheet_is_in_the_desk_s_type_whatever_the_desktop_s_is(tmp_path: Path) -> None:
    """As built by the console itself: a desktop has a font of its own, which comes first."""
    before = QApplication.font()
    QApplication.setFont(QFont("Sans Serif", 9))
    try:
        console = ConsoleApplication(Settings(), ErrorDesk(), memory=tmp_path)
        sheet = console.window.sign_in
        sheet.ensurePolished()
        fonts = {(one.font().family(), one.font().pixelSize()) for one in (sheet, sheet.login, sheet.enter, sheet.caps)}
        assert fonts == {(console.look.theme.text_family, console.look.sizes.text)}
        console.window.end()
        console.close()
        console.window.deleteLater()
    finally:
        QApplication.setFont(before)


def test_the_sum_stands_as_it_was_told_and_one_that_does_not_add_up_says_so(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.bus.beat()
    house.bus.put(TOTALS, t=totals())
    strip = house.shell.bar.totals
    house.qtbot.waitUntil(lambda: strip.sentence().startswith("64 Masuk = 9 Baru + 7 Diteruskan + 14 Dikerjakan + 25 Selesai"))
    house.bus.put(TOTALS, t=totals(received=65))
    house.qtbot.waitUntil(lambda: "GALAT" in strip.sentence() and "64" in strip.sentence())


def test_language_and_look_are_switched_and_remembered(house: ConsoleHouse, server: DeskServer, qtbot: QtBot, tmp_path: Path) -> None:
    house.sign_in("sari")
    house.shell.show_page("sources")
    house.press("Ctrl+Shift+B")
    house.press("Ctrl+Shift+L")
    assert house.shell.tabs.tabText(0) == "Reports" and house.shell.page.key == "sources"
    assert house.look.name == "light" and house.look.theme.palette.bg in house.window.styleSheet()
    house.window.end()
    with a_console(qtbot, server, tmp_path, pages=(TYPING, *OWN)) as again:
        assert again.window.sign_in.login.text() == "sari" and again.window.language == "en"
        again.sign_in("sari")
        assert again.shell.page.key == "sources" and again.look.name == "light"


def test_a_language_is_not_switched_over_what_is_typed_without_asking(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.shell.pages[0].field.setPlainText("belum dikirim")
    house.press("Ctrl+Shift+B")
    assert house.window.leaving.question.isVisible() and house.window.language == "id"
    house.qtbot.keyClick(house.window.leaving.question, Qt.Key.Key_Escape)
    assert house.shell.pages[0].field.toPlainText() == "belum dikirim"


def test_closing_asks_when_something_would_be_lost(house: ConsoleHouse) -> None:
    ended: list[str] = []
    house.window.ended.connect(lambda: ended.append("ended"))
    house.sign_in("sari")
    house.shell.pages[0].field.setPlainText("belum dikirim")
    house.window.close()
    assert house.window.isVisible() and house.window.leaving.question.isVisible() and not ended
    assert "catatan yang belum dikirim" in words_of(house)
    house.qtbot.mouseClick(house.window.leaving.question._stay, Qt.MouseButton.LeftButton)
    assert house.window.isVisible() and not ended
    house.window.close()
    house.qtbot.mouseClick(house.window.leaving.question._go, Qt.MouseButton.LeftButton)
    assert ended == ["ended"] and not house.window.isVisible()


def test_help_and_the_command_list_name_every_command_and_do_it(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.shell.show_page("audit")
    house.press("F1")
    assert house.shell.help.isVisible()
    said = words_of(house)
    assert all(part in said for part in ("Kirim catatan", "F9", "Muat ulang audit", "F5", "Tutup konsol", "Ctrl+Q"))
    house.qtbot.keyClick(house.shell.help.area, Qt.Key.Key_Escape)
    assert not house.shell.help.isVisible()
    house.press("Ctrl+K")
    found = house.shell.commands_list
    house.qtbot.keyClicks(found.field, "catatan kirim")
    assert found.list.count() == 1
    house.qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert house.shell.page.key == "reports" and house.shell.page.done == 1 and not found.isVisible()
    house.press("Ctrl+K")
    house.qtbot.keyClicks(found.field, "zzzz")
    house.qtbot.keyClick(found.field, Qt.Key.Key_Return)
    assert found.isVisible() and found.list.count() == 0


def test_a_key_means_the_same_page_for_everybody(house: ConsoleHouse) -> None:
    house.sign_in("ani")
    house.press("Ctrl+3")
    assert house.shell.page.key == "sources"
    house.press("Ctrl+4")
    assert house.shell.page.key == "sources", "an operator has no audit to go to"


def test_a_page_that_cannot_be_built_leaves_the_others(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, pages=(TYPING, BROKEN, *OWN)) as house:
        house.sign_in("sari")
        house.press("Ctrl+2")
        assert "gagal dibuka" in words_of(house)
        assert [where for where, _ in house.faults] == ["page stage"]
        house.press("Ctrl+1")
        assert house.shell.page.key == "reports"
    with a_console(qtbot, server, tmp_path, pages=(TYPING, MISSING)) as house:
        house.sign_in("sari")
        assert [spec.key for spec in house.shell.specs] == ["reports"]


def test_what_is_told_stands_with_its_way_back_beside_it(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    undone: list[str] = []
    ctx = house.shell.ctx
    ctx.tell("<b>Laporan</b> diteruskan", Tone.GOOD, ("Urungkan", lambda: undone.append("x")))
    for number in range(4):
        ctx.tell(f"baris {number}", Tone.PLAIN, None)
    assert house.shell.told.said == ["baris 1", "baris 2", "baris 3"]
    house.shell.told.clear()
    ctx.tell("<b>Laporan</b> diteruskan", Tone.GOOD, ("Urungkan", lambda: undone.append("x")))
    line = house.shell.told._lines[0]
    assert line._label.textFormat() is Qt.TextFormat.PlainText and line._button.text() == "Urungkan (10)"
    house.shell.told._on_second()
    assert line._button.text() == "Urungkan (9)"
    house.qtbot.mouseClick(line._button, Qt.MouseButton.LeftButton)
    assert undone == ["x"] and house.shell.told.said == []


@pytest.mark.parametrize("size", [(1024, 640), (1366, 768), (1920, 1080)])
def test_what_is_told_covers_nothing_of_a_page_and_many_lines_only_its_head(house: ConsoleHouse, size: tuple[int, int]) -> None:
    house.window.showNormal()
    house.window.resize(*size)
    house.sign_in("sari")
    house.bus.beat()
    shell = house.shell
    house.qtbot.waitUntil(lambda: not shell._has_banner())

    def area(part: Any) -> QRect:
        return QRect(part.mapTo(shell, QPoint(0, 0)), part.size())

    shell.told.tell("Kunci dipegang Budi", Tone.TROUBLE, ("Buka", lambda: None))
    for free in (shell.stack, shell.tabs, shell.bar):
        assert not area(shell.told).intersects(area(free))
    shell.told.tell("Terlaksana", Tone.GOOD)
    shell.told.tell("Gagal: " + "kata " * 30, Tone.TROUBLE)
    assert area(shell.told).bottom() < area(shell.stack).center().y() and not area(shell.told).intersects(area(shell.tabs))
    house.bus.ahead_s += 12
    house.qtbot.waitUntil(lambda: shell.bus_banner.isVisible())
    assert not area(shell.told).intersects(area(shell.bus_banner)), "trouble with the bus stays to be read"


def test_what_is_said_again_stands_once_with_how_often_and_its_time_anew(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    told = house.shell.told
    for _ in range(3):
        told.tell("Kunci dipegang Budi", Tone.WARNING)
        told._on_second()
    assert told.said == ["Kunci dipegang Budi"]
    assert told._lines[0].text == "Kunci dipegang Budi ×3" and told._lines[0].left_s == 11
    told.tell("Tersimpan", Tone.GOOD)
    told.tell("Kunci dipegang Budi", Tone.WARNING)
    assert told.said == ["Tersimpan", "Kunci dipegang Budi"]
    told.tell("Kunci dipegang Budi", Tone.TROUBLE)
    assert told.said == ["Tersimpan", "Kunci dipegang Budi", "Kunci dipegang Budi"], "a warning is not the trouble it became"
    told.clear()
    opened: list[int] = []
    for number in range(2):
        told.tell("Darurat: Kebakaran", Tone.TROUBLE, ("Buka", lambda number=number: opened.append(number)))
    for line in list(told._lines):
        house.qtbot.mouseClick(line._button, Qt.MouseButton.LeftButton)
    assert opened == [0, 1], "the same words may be of two reports"


def test_an_uncaught_error_is_told_in_the_window(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.window.fault_bell.rung.emit("gui: ValueError: x")
    house.qtbot.waitUntil(lambda: any("gui: ValueError" in line for line in house.shell.told.said))


def test_the_simulated_city_is_marked_at_the_sheet_and_in_the_window(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, namespace="sim", pages=OWN) as house:
        assert "SIMULASI" in house.window.windowTitle()
        assert house.window.sign_in.findChildren(SimulatedChip)
        house.sign_in("sari")
        assert house.shell.findChildren(SimulatedChip)


def test_emergencies_sound_unless_muted_and_the_mute_is_seen_and_remembered(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    house.notice.emergency("Darurat: kebakaran", "Periuk")
    assert house.sound.played == 1 and not house.shell.bar.muted.isVisible()
    house.press("Ctrl+Shift+M")
    house.notice.emergency("Darurat: kebakaran", "Periuk")
    assert house.sound.played == 1 and house.shell.bar.muted.isVisible()
    assert house.window._memory.get("notice.is_muted", False) is True


def test_signing_out_leaves_nothing_of_the_former(house: ConsoleHouse) -> None:
    house.sign_in("sari")
    page = house.shell.pages[0]
    house.press("Ctrl+Shift+K")
    assert page.is_closed and house.window.shell is None and house.window.sign_in.isVisible()
    house.qtbot.waitUntil(lambda: house.api.who is None)
    assert house.window.sign_in.login.text() == ""
