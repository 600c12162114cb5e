"""A desk is left: what is held is sent and answered first; what the doors did not take is named, asked about once, never lost in silence."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from controlroom.console.pages import PAGES
from feeds.messages.actions import Note
from feeds.messages.desk import OneOfMany
from feeds.messages.system import WALL_STATE
from feeds.store.schema import EVENTS
from tests.console.console_house import ConsoleHouse, a_console
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.stage_desk import state_of

REPORTS = tuple(page for page in PAGES if page.key == "reports")
WAIT_MS = 30_000


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as doors:
        yield doors


@pytest.fixture
def house(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> Generator[ConsoleHouse]:
    with a_console(qtbot, server, tmp_path, pages=REPORTS) as made:
        yield made


def notes(server: DeskServer, report: str) -> list[str]:
    query = select(EVENTS.c.body).where(EVENTS.c.report == report, EVENTS.c.kind == "note")
    return server.doors.database.read(lambda it: [body["text"] for (body,) in it.execute(query).all()])


def hold(house: ConsoleHouse, report: str, text: str) -> None:
    held = house.shell.pages[0].held
    held.hold_s = 15
    held.hold([OneOfMany(id=report, revision=1, action=Note(text=text))], f"Catatan · {report}")


def words_of(house: ConsoleHouse) -> str:
    return " ".join(label.text() for label in house.window.findChildren(QLabel) if label.isVisible())


def test_a_step_that_is_held_is_sent_and_answered_before_the_window_goes(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("sebelum tutup")
    house.sign_in("ani")
    hold(house, report, "jangan hilang")
    ended: list[str] = []
    house.window.ended.connect(lambda: ended.append("ended"))
    house.window.close()
    assert house.window.isVisible() and not ended and "Mengirim 1 langkah..." in words_of(house)
    house.qtbot.waitUntil(lambda: ended == ["ended"], timeout=WAIT_MS)
    assert notes(server, report) == ["jangan hilang"] and not house.window.isVisible()


def test_signing_out_sends_what_is_held_first(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("sebelum keluar")
    house.sign_in("ani")
    hold(house, report, "milik Ani")
    house.press("Ctrl+Shift+K")
    assert house.window.shell is not None
    house.qtbot.waitUntil(lambda: house.window.shell is None, timeout=WAIT_MS)
    assert notes(server, report) == ["milik Ani"]


def test_doors_that_do_not_answer_are_told_with_the_report_and_asked_about_once(
    house: ConsoleHouse, server: DeskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controlroom.console.desk_api.LOOK_MS", 50)
    report = server.typed_in("pintu mati")
    house.sign_in("ani")
    hold(house, report, "belum terkirim")
    server.stop()
    house.window.close()
    question = house.window.leaving.question
    house.qtbot.waitUntil(question.isVisible, timeout=WAIT_MS)
    assert f"TIDAK terkirim, pintu tidak menjawab: Catatan · {report}" in words_of(house)
    house.qtbot.keyClick(question, Qt.Key.Key_Escape)
    assert house.window.isVisible() and not house.window.leaving.sending.isVisible()
    server.start()
    house.qtbot.waitUntil(lambda: notes(server, report) == ["belum terkirim"], timeout=WAIT_MS)
    house.qtbot.waitUntil(lambda: not house.shell.pages[0].held.all, timeout=WAIT_MS)
    house.window.close()
    assert not house.window.isVisible()


def test_slow_doors_are_waited_for_no_longer_than_told(house: ConsoleHouse, server: DeskServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.console.leaving.WAIT_MS", 200)
    report = server.typed_in("lambat")
    house.sign_in("ani")
    # Asked, and never answered.
    monkeypatch.setattr(house.api, "send", lambda *_args, **_more: None)
    hold(house, report, "entah")
    house.window.close()
    question = house.window.leaving.question
    house.qtbot.waitUntil(question.isVisible, timeout=WAIT_MS)
    house.qtbot.mouseClick(question._go, Qt.MouseButton.LeftButton)
    assert not house.window.isVisible()


def test_a_session_that_has_ended_does_not_let_the_window_close_over_a_step(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("sesi habis")
    house.sign_in("ani")
    server.end_sessions("ani")
    hold(house, report, "menunggu masuk")
    house.shell.pages[0].held.send_now()
    house.qtbot.waitUntil(house.window.sign_in.isVisible, timeout=WAIT_MS)
    house.window.close()
    question = house.window.leaving.question
    house.qtbot.waitUntil(question.isVisible, timeout=WAIT_MS)
    assert house.window.isVisible() and report in words_of(house)
    assert QApplication.focusWidget() is question._stay
    house.qtbot.keyClick(question, Qt.Key.Key_Escape)
    house.sign_in("budi")
    said: list[Any] = house.shell.told.said
    assert notes(server, report) == [], "nobody sends in another's name"
    assert any("Ditinggalkan Ani Lestari" in line and report in line for line in said), said


def test_a_console_that_is_told_to_end_sends_first_and_asks_nobody(house: ConsoleHouse, server: DeskServer) -> None:
    report = server.typed_in("SIGTERM")
    house.sign_in("ani")
    hold(house, report, "sampai juga")
    house.shell.pages[0].detail.drafts.keep(report, "note", {"text": "ketikan"})
    gone: list[int] = []
    house.window.leave_unasked(lambda: gone.append(1))
    house.qtbot.waitUntil(lambda: gone == [1], timeout=WAIT_MS)
    assert notes(server, report) == ["sampai juga"] and not house.window.leaving.question.isVisible()


STAGE = tuple(page for page in PAGES if page.key == "stage")


def at_the_wall(house: ConsoleHouse) -> Any:
    """Page Dinding, with another layout in the preview than the wall shows."""
    house.sign_in("ani")
    page: Any = house.shell.pages[0]
    page.stage.open()
    house.qtbot.waitUntil(lambda: bool(page.stage.shelf.presets), timeout=WAIT_MS)
    harian, siaga = (page.stage.shelf.by_key(key) for key in ("harian", "siaga"))
    house.bus.put_all(WALL_STATE, {"dinding": state_of(harian.layout, 0, layout="harian")})
    house.qtbot.waitUntil(lambda: page.stage.feed.desk is not None, timeout=WAIT_MS)
    page.stage.load(siaga)
    house.qtbot.waitUntil(lambda: not page.stage.why_not(), timeout=WAIT_MS)
    return page


def test_a_take_is_answered_before_the_window_goes(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, pages=STAGE) as house:
        page = at_the_wall(house)
        ended: list[str] = []
        house.window.ended.connect(lambda: ended.append("ended"))
        page.take()
        assert page.unsent() == 1
        house.window.close()
        assert house.window.isVisible() and not ended and "Mengirim 1 langkah..." in words_of(house)
        assert not house.window.leaving.question.isVisible()
        qtbot.waitUntil(lambda: ended == ["ended"], timeout=WAIT_MS)
        with server.client("budi") as client:
            assert client.get("/desk/walls/dinding").json()["revision"] == 1


def test_a_preset_and_a_handover_are_answered_before_the_window_goes(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, pages=STAGE) as house:
        page = at_the_wall(house)
        page.presets.save_as("Malam tahun baru")
        page.right.handover.notes.setPlainText("pompa 3 mati")
        page.right.handover.hand.click()
        assert page.unsent() == 2 and "preset" in page.may_leave() and "serah terima" in page.may_leave()
        house.window.close()
        assert house.window.isVisible()
        ended: list[str] = []
        house.window.ended.connect(lambda: ended.append("ended"))
        qtbot.waitUntil(lambda: ended == ["ended"], timeout=WAIT_MS)
        with server.client("budi") as client:
            assert "malam-tahun-baru" in [preset["key"] for preset in client.get("/desk/presets").json()]
            assert client.get("/desk/handovers").json()[0]["notes"] == "pompa 3 mati"


def left(house: ConsoleHouse, *, is_told_to: bool) -> None:
    """Closed by the person, or by a signal; gone when it returns."""
    ended: list[str] = []
    if is_told_to:
        house.window.leave_unasked(lambda: ended.append("ended"))
    else:
        house.window.ended.connect(lambda: ended.append("ended"))
        house.window.close()
    house.qtbot.waitUntil(lambda: ended == ["ended"], timeout=WAIT_MS)


@pytest.mark.parametrize("is_told_to", [False, True])
def test_the_lock_of_the_wall_is_given_back_before_the_console_is_gone(
    qtbot: QtBot, server: DeskServer, tmp_path: Path, is_told_to: bool
) -> None:
    """Else colleagues would wait for minutes for somebody who has left."""
    with a_console(qtbot, server, tmp_path, pages=STAGE) as house:
        page = at_the_wall(house)
        page.stage.holding.ask()
        qtbot.waitUntil(lambda: page.stage.holding.mine is not None, timeout=WAIT_MS)
        left(house, is_told_to=is_told_to)
    with server.client("budi") as client:
        assert client.get("/desk/walls/dinding").json()["leases"] == []


def test_the_claim_of_a_report_is_given_back_before_the_console_is_gone(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    report = server.typed_in("dipegang sampai tutup")
    with a_console(qtbot, server, tmp_path, pages=REPORTS) as house:
        house.sign_in("ani")
        detail: Any = house.shell.pages[0].detail
        detail.open(report)
        qtbot.waitUntil(lambda: detail.feed.detail is not None, timeout=WAIT_MS)
        detail.feed.begin_to_act()
        qtbot.waitUntil(lambda: bool(detail.feed._ours), timeout=WAIT_MS)
        left(house, is_told_to=False)
    with server.client("budi") as client:
        assert client.get(f"/desk/reports/{report}").json()["report"].get("claimed_by") is None
        assert client.post(f"/desk/reports/{report}/viewing").json() == {"others": []}


def test_what_was_asked_for_a_page_that_is_gone_is_not_answered_to_it(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, pages=REPORTS) as house:
        house.sign_in("ani")
        answered: list[Any] = []
        for _ in range(3):
            house.api.get("/desk/reports", dict[str, Any], answered.append, answered.append)
        house.api.send("DELETE", "/desk/reports/L000000-XXXXX/viewing", None, object, answered.append, answered.append)
        house.press("Ctrl+Shift+K")
        qtbot.waitUntil(lambda: house.window.shell is None and not house.api.is_telling, timeout=WAIT_MS)
        assert answered == []
        house.sign_in("budi")
        house.api.get("/desk/reports", dict[str, Any], answered.append, answered.append)
        qtbot.waitUntil(lambda: len(answered) == 1, timeout=WAIT_MS)


def test_doors_that_are_shut_keep_nobody_from_leaving(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, pages=STAGE) as house:
        page = at_the_wall(house)
        page.stage.holding.ask()
        qtbot.waitUntil(lambda: page.stage.holding.mine is not None, timeout=WAIT_MS)
        server.stop()
        ended: list[str] = []
        house.window.ended.connect(lambda: ended.append("ended"))
        house.window.close()
        qtbot.waitUntil(lambda: ended == ["ended"], timeout=WAIT_MS)
        server.start()


def test_a_take_that_doors_never_answer_is_asked_about(qtbot: QtBot, server: DeskServer, tmp_path: Path) -> None:
    with a_console(qtbot, server, tmp_path, pages=STAGE) as house:
        page = at_the_wall(house)
        server.stop()
        page.take()
        house.window.close()
        qtbot.waitUntil(lambda: house.window.leaving.question.isVisible(), timeout=WAIT_MS)
        assert "tayangan sedang dikirim ke dinding" in words_of(house)
        server.start()
