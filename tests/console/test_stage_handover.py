"""Handing over a shift: once, whatever becomes of the answer; nothing typed is lost, and what is written there stays plain words."""

from collections.abc import Generator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel
from sqlalchemy import update

from controlroom.console.stage.handover import HandoverPanel
from feeds.store.schema import USERS
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.slow_doors import SlowDoors, slow_doors
from tests.console.stage_desk import Seat, a_seat

HANDOVERS = "/desk/handovers"
WAIT_MS = 20_000
MARKUP = '<font color="#ff00ff">tiap jam</font><img src="http://127.0.0.1:1/x"><script>alert(1)</script>&amp;'
NAME = '<font color="#ff00ff">Budi</font>'


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as running:
        yield running


@pytest.fixture
def doors(server: DeskServer) -> Generator[SlowDoors]:
    with slow_doors(server) as made:
        yield made


@pytest.fixture
def seat(qtbot: Any, doors: SlowDoors) -> Generator[Seat]:
    with a_seat(qtbot, doors.url) as made:
        made.open()
        yield made


def handed(server: DeskServer) -> list[dict[str, Any]]:
    """As a colleague finds them."""
    with server.client("budi") as client:
        return client.get(HANDOVERS).json()


def opened(seat: Seat, qtbot: Any) -> HandoverPanel:
    seat.page._actions["handover"].trigger()
    panel: HandoverPanel = seat.page.right.handover
    qtbot.waitUntil(lambda: panel.to.findData("budi") > 0, timeout=WAIT_MS)
    return panel


def is_magenta(image: QImage) -> bool:
    """Whether anything is, as the markup would have it."""
    points = (image.pixelColor(x, y) for y in range(image.height()) for x in range(image.width()))
    return any(point.red() > 230 and point.green() < 60 and point.blue() > 230 for point in points)


def test_a_shift_hands_over_and_the_next_accepts(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    panel = opened(seat, qtbot)
    panel.notes.setPlainText("Pintu air Periuk dipantau")
    panel.to.setCurrentIndex(panel.to.findData("budi"))
    panel.hand.click()
    qtbot.waitUntil(lambda: panel.view.count() == 1, timeout=WAIT_MS)
    assert panel.notes.toPlainText() == "" and panel.hand.isEnabled() and not panel.notes.isReadOnly()
    with a_seat(qtbot, server.url, "budi") as other:
        other.open()
        other.page.right.open_tab("handover")
        theirs = other.page.right.handover
        qtbot.waitUntil(lambda: theirs.view.count() == 1, timeout=WAIT_MS)
        theirs.accept.click()
        qtbot.waitUntil(lambda: theirs.view.count() == 1 and "belum diterima" not in theirs.view.item(0).text(), timeout=WAIT_MS)
        assert not theirs.accept.isEnabled()


def test_notes_that_are_too_long_are_not_handed_over(seat: Seat) -> None:
    panel = seat.page.right.handover
    panel.notes.setPlainText("x" * 100_000)
    assert not panel.hand.isEnabled() and "terlalu panjang" in panel.problem.text()


def test_while_one_is_on_its_way_nothing_is_typed_and_none_follows(seat: Seat, doors: SlowDoors, server: DeskServer, qtbot: Any) -> None:
    panel = opened(seat, qtbot)
    panel.notes.setPlainText("catatan")
    doors.hang(HANDOVERS)
    panel.hand.click()
    assert panel.notes.isReadOnly() and not panel.to.isEnabled() and not panel.hand.isEnabled()
    qtbot.keyClicks(panel.notes, " dan lagi")
    panel.notes.textChanged.emit()
    assert panel.notes.toPlainText() == "catatan" and not panel.hand.isEnabled()
    panel._on_hand()
    doors.free()
    qtbot.waitUntil(lambda: not panel.is_waiting, timeout=WAIT_MS)
    assert [one["notes"] for one in handed(server)] == ["catatan"]
    panel.notes.setPlainText("yang berikut")
    panel.hand.click()
    qtbot.waitUntil(lambda: not panel.is_waiting, timeout=WAIT_MS)
    keys = [key for key in doors.keys if key is not None]
    assert len(keys) == 2 and keys[0] != keys[1] and len(handed(server)) == 2, "another handover is no retry"


def test_a_lost_answer_is_said_and_the_same_sent_again_by_itself(seat: Seat, doors: SlowDoors, server: DeskServer, qtbot: Any) -> None:
    panel = opened(seat, qtbot)
    panel.notes.setPlainText("pompa 3 mati")
    panel.to.setCurrentIndex(panel.to.findData("budi"))
    doors.lose_answers(HANDOVERS)
    panel.hand.click()
    qtbot.waitUntil(lambda: "Dikirim lagi sendiri" in panel.problem.text(), timeout=WAIT_MS)
    assert panel.problem.text().startswith("Pintu tidak menjawab. ")
    qtbot.waitUntil(lambda: panel.notes.geometry().bottom() < panel.hand.geometry().top())
    assert panel.hand.geometry().bottom() < panel.problem.geometry().top() < panel.view.geometry().top()
    assert panel.is_waiting and panel.notes.toPlainText() == "pompa 3 mati" and panel.notes.isReadOnly()
    assert seat.page.unsent() == 1 and "serah terima" in seat.page.may_leave()
    doors.free()
    qtbot.waitUntil(lambda: not panel.is_waiting, timeout=WAIT_MS)
    assert len([1 for key in doors.keys if key]) >= 2 and len({key for key in doors.keys if key}) == 1
    assert [(one["notes"], one["to"]) for one in handed(server)] == [("pompa 3 mati", "budi")]
    assert panel.notes.toPlainText() == "" and panel.problem.text() == ""


def test_the_key_outlives_the_console(seat: Seat, doors: SlowDoors, server: DeskServer, qtbot: Any) -> None:
    panel = opened(seat, qtbot)
    panel.notes.setPlainText("pompa 3 mati")
    panel.to.setCurrentIndex(panel.to.findData("budi"))
    doors.lose_answers(HANDOVERS)
    panel.hand.click()
    qtbot.waitUntil(lambda: "Dikirim lagi sendiri" in panel.problem.text(), timeout=WAIT_MS)
    panel._again.stop()
    doors.free()
    again = HandoverPanel(seat.stage)
    qtbot.addWidget(again)
    assert again.notes.toPlainText() == "pompa 3 mati" and not again.is_waiting
    again.refresh()
    qtbot.waitUntil(lambda: again.to.currentData() == "budi", timeout=WAIT_MS)
    again.hand.click()
    qtbot.waitUntil(lambda: not again.is_waiting and again.notes.toPlainText() == "", timeout=WAIT_MS)
    assert len(handed(server)) == 1
    # And other words under a key that was carried out are said to be others.
    again._key = next(key for key in doors.keys if key)
    again.notes.setPlainText("pompa 3 hidup")
    again.hand.click()
    qtbot.waitUntil(lambda: "sudah tercatat dengan isi lain" in again.problem.text(), timeout=WAIT_MS)
    assert again.notes.toPlainText() == "pompa 3 hidup" and again.hand.isEnabled()
    again.hand.click()
    qtbot.waitUntil(lambda: again.notes.toPlainText() == "", timeout=WAIT_MS)
    assert [one["notes"] for one in handed(server)] == ["pompa 3 hidup", "pompa 3 mati"]


def test_what_the_doors_refuse_is_said_in_words_of_this_desk(seat: Seat, server: DeskServer, qtbot: Any) -> None:
    panel = opened(seat, qtbot)
    panel.notes.setPlainText("catatan")
    server.write(lambda it: it.execute(update(USERS).where(USERS.c.login == "ani").values(role="mayor")))
    panel.hand.click()
    qtbot.waitUntil(lambda: panel.problem.text() != "", timeout=WAIT_MS)
    assert panel.problem.text() == "Peran Anda tidak boleh melakukan ini"
    assert panel.hand.isEnabled() and panel.notes.toPlainText() == "catatan" and not panel.notes.isReadOnly()


def test_doors_that_are_shut_lose_nothing(seat: Seat, server: DeskServer, qtbot: Any) -> None:
    panel = opened(seat, qtbot)
    panel.notes.setPlainText("catatan")
    server.stop()
    panel.hand.click()
    qtbot.waitUntil(lambda: "Pintu tidak menjawab" in panel.problem.text(), timeout=WAIT_MS)
    assert seat.desk.ctx.remembered.get("stage.handover", "") == "catatan"
    server.start()
    qtbot.waitUntil(lambda: not panel.is_waiting, timeout=WAIT_MS)
    assert [one["notes"] for one in handed(server)] == ["catatan"]


def test_markup_in_notes_and_names_stays_plain_words(seat: Seat, server: DeskServer, qtbot: Any) -> None:
    server.write(lambda it: it.execute(update(USERS).where(USERS.c.login == "budi").values(name=NAME)))
    with server.client("budi") as client:
        assert client.post(HANDOVERS, json={"notes": MARKUP}).status_code == 201
        assert client.post("/desk/walls/dinding/lease", json={}).status_code == 200
        assert client.post("/desk/walls/dinding/curtain", json={"is_drawn": True, "reason": MARKUP}).status_code == 200
    seat.hear(seat.stage.shelf.by_key("harian").layout, layout="harian")  # type: ignore[union-attr]
    panel = opened(seat, qtbot)
    qtbot.waitUntil(lambda: panel.view.count() == 1, timeout=WAIT_MS)
    line = panel.view.item(0).text()
    assert MARKUP in line and NAME in line
    assert panel.to.itemText(panel.to.findData("budi")) == f"{NAME} (budi)"
    panel.to.setCurrentIndex(panel.to.findData("budi"))
    panel.notes.insertPlainText(MARKUP)
    assert panel.notes.toPlainText() == MARKUP
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    qtbot.waitUntil(lambda: NAME in seat.stage.why_not(), timeout=WAIT_MS)
    shown = [label for label in seat.page.findChildren(QLabel) if "<font" in label.text()]
    assert len(shown) >= 2 and all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)
    assert "Budi" in seat.page._actions["take"].toolTip() and "<" not in seat.page._actions["take"].toolTip()
    assert not is_magenta(seat.page.right.grab().toImage()), "somewhere the markup was obeyed"
