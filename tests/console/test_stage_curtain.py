"""The curtain: whatever a take does, from every page, told in words, and right whatever is answered first."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from controlroom.console.desk_api import Trouble
from controlroom.console.page import Tone
from controlroom.console.stage.acknowledging import Answer, answer_to, curtain_answer
from controlroom.console.stage.curtaining import failure
from controlroom.console.stage.status_line import overtaken_line, progress
from controlroom.console.stage.taking import Phase
from feeds.messages.system import WALL_STATE, OrderRefusal
from tests.console.console_house import a_console
from tests.console.desk import words
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.slow_doors import SlowDoors, slow_doors
from tests.console.stage_desk import Seat, a_seat, state_of

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
TAKE, CURTAIN, WALL = "/desk/walls/dinding/take", "/desk/walls/dinding/curtain", "/desk/walls/dinding"
WAIT_MS = 20_000


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
    """The wall shows what it chose itself, and this desk has its lock."""
    with a_seat(qtbot, doors.url) as made:
        made.open()
        made.hear(made.stage.shelf.by_key("harian").layout, layout="harian")
        made.stage.holding.ask()
        qtbot.waitUntil(lambda: made.stage.holding.mine is not None, timeout=WAIT_MS)
        yield made


def press(seat: Seat) -> None:
    seat.key(Qt.Key.Key_T, CTRL_SHIFT)


def a_take_on_its_way(seat: Seat) -> None:
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    assert seat.stage.take("tamu") and seat.stage.taking.phase is Phase.ASKING


def told(seat: Seat) -> list[str]:
    return words(seat.desk.told)


def test_a_take_that_hangs_keeps_no_curtain_open(seat: Seat, doors: SlowDoors, server: DeskServer, qtbot: Any) -> None:
    doors.hang(TAKE)
    a_take_on_its_way(seat)
    press(seat)
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    assert seat.stage.taking.phase is Phase.ASKING and seat.stage.feed.desk.revision == 1
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: "Layar tertutup" in told(seat), timeout=WAIT_MS)
    press(seat)
    qtbot.waitUntil(lambda: not seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    press(seat)
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    doors.free()
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SENT, timeout=WAIT_MS)
    desk = seat.stage.feed.desk
    assert (desk.revision, desk.is_curtained, desk.shown.layout.title) == (4, True, "Siaga")
    assert not seat.editor.is_changed and not seat.stage.is_overtaken()


def test_a_take_answered_after_the_curtain_that_came_later_takes_nothing_back(seat: Seat, doors: SlowDoors, qtbot: Any) -> None:
    doors.hold_answers(TAKE)
    a_take_on_its_way(seat)
    qtbot.waitUntil(lambda: ("POST", TAKE) in doors.passed, timeout=WAIT_MS)
    press(seat)
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    assert seat.stage.feed.desk.revision == 2 and overtaken_line(seat.stage, seat.desk.ctx.tr) == "", "nobody else has changed it"
    doors.free()
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SENT, timeout=WAIT_MS)
    assert seat.stage.feed.desk.is_curtained and seat.page._actions["curtain"].text() == "Buka layar"
    assert seat.stage.taking.revision == 1 and seat.editor.base_revision == 2 and not seat.stage.is_overtaken()
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SHOWN and seat.stage.curtaining.phase is Phase.SHOWN, timeout=WAIT_MS)


def test_a_take_whose_answer_was_lost_is_found_beneath_the_curtain(seat: Seat, doors: SlowDoors, qtbot: Any) -> None:
    doors.hang(WALL)
    doors.lose_answers(TAKE)
    a_take_on_its_way(seat)
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.UNKNOWN, timeout=WAIT_MS)
    press(seat)
    qtbot.waitUntil(lambda: seat.stage.curtaining.phase is not Phase.ASKING, timeout=WAIT_MS)
    assert seat.stage.taking.phase is Phase.UNKNOWN, "what the doors said of the curtain, and before, says nothing of the take"
    doors.free()
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SENT, timeout=WAIT_MS)
    assert seat.stage.taking.revision == 1 and seat.stage.feed.desk.revision == 2 and seat.stage.feed.desk.is_curtained
    assert doors.passed.count(("POST", TAKE)) == 1


def test_a_curtain_that_came_before_a_take_whose_answer_was_lost_hides_nothing(seat: Seat, doors: SlowDoors, qtbot: Any) -> None:
    doors.hang(TAKE)
    a_take_on_its_way(seat)
    press(seat)
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    doors.lose_answers(TAKE)
    doors._is_free.set()
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SENT, timeout=WAIT_MS)
    assert seat.stage.taking.revision == 2 and seat.editor.layout.title == "Siaga" and not seat.editor.is_changed


def test_doors_that_hang_are_said_and_the_key_asks_once_more(seat: Seat, doors: SlowDoors, qtbot: Any) -> None:
    doors.hang(CURTAIN)
    press(seat)
    qtbot.waitUntil(lambda: "Menutup layar: menunggu pintu" in told(seat), timeout=WAIT_MS)
    assert seat.page.unsent() == 1 and seat.page.may_leave()
    press(seat)
    assert told(seat).count("Menutup layar: menunggu pintu") == 2 and seat.stage.curtaining.order.is_drawn
    doors.free()
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: told(seat).count("Layar tertutup") == 1, timeout=WAIT_MS)
    assert seat.page.unsent() == 0 and seat.stage.feed.desk.revision == 1


def test_a_lost_answer_is_told_and_then_that_it_stands_after_all(seat: Seat, doors: SlowDoors, qtbot: Any) -> None:
    doors.hang(WALL)
    doors.lose_answers(CURTAIN)
    press(seat)
    qtbot.waitUntil(lambda: any("Belum tentu layar tertutup" in text for text in told(seat)), timeout=WAIT_MS)
    text, tone, _ = seat.desk.told[-1]
    assert "Pintu tidak menjawab" in text and "Ctrl+Shift+T" in text and tone is Tone.TROUBLE
    doors.free()
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: told(seat)[-1] == "Layar tertutup", timeout=WAIT_MS)


def test_a_wall_that_does_not_answer_is_told(seat: Seat, qtbot: Any) -> None:
    press(seat)
    qtbot.waitUntil(lambda: seat.stage.feed.desk.is_curtained, timeout=WAIT_MS)
    assert "Layar tertutup" not in told(seat), "only the wall knows"
    seat.stage.curtaining._sent_s -= 6
    qtbot.waitUntil(lambda: any("Dinding belum menjawab" in text for text in told(seat)), timeout=WAIT_MS)
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: told(seat)[-1] == "Layar tertutup", timeout=WAIT_MS)
    assert progress(seat.stage) == ("Layar tertutup", Tone.GOOD)


def test_a_key_without_a_wall_says_why(qtbot: Any, doors: SlowDoors) -> None:
    with a_seat(qtbot, doors.url) as seat:
        seat.open()
        press(seat)
        assert told(seat) == ["Belum ada dinding yang terdengar"]


@pytest.mark.parametrize(
    ("status", "code", "expected", "is_worth_another"),
    [
        (403, "forbidden", "Layar tidak ditutup: Peran Anda tidak boleh melakukan ini.", False),
        (503, "store_away", "Layar tidak ditutup: Pintu sedang penuh; coba lagi sebentar.", True),
        (0, "unreached", "Belum tentu layar tertutup: Pintu tidak menjawab.", True),
    ],
)
def test_a_failure_says_what_and_why_and_what_to_do(seat: Seat, status: int, code: str, expected: str, is_worth_another: bool) -> None:
    said = failure(Trouble(status=status, code=code, text="english"), seat.desk.ctx.tr, is_drawn=True)
    assert said.startswith(expected) and ("Ctrl+Shift+T" in said) == is_worth_another and "english" not in said


def test_a_wall_that_refuses_the_layout_obeys_the_curtain() -> None:
    state = state_of(None, 1, is_curtained=True, refusal=OrderRefusal(revision=3, reason="slot 1"))
    assert curtain_answer(3, state, 0.0, is_drawn=True) is Answer.SHOWN
    assert curtain_answer(4, state, 0.0, is_drawn=True) is Answer.WAITING
    assert answer_to(2, state, 0.0) is Answer.WAITING
    assert answer_to(2, state, 0.0, until=3) is Answer.REFUSED, "the curtain after it brought the same layout"


@pytest.mark.parametrize("page", ["reports", "presence", "sources", "audit"])
def test_it_is_drawn_opened_and_told_on_every_page(qtbot: Any, server: DeskServer, tmp_path: Path, page: str) -> None:
    with a_console(qtbot, server, tmp_path) as house:
        house.sign_in("sari")
        house.bus.put_all(WALL_STATE, {"dinding": state_of(None, 0)})
        stage = house.shell.ctx.shared["stage"]
        qtbot.waitUntil(lambda: stage.feed.desk is not None, timeout=WAIT_MS)
        house.shell.show_page(page)
        assert house.shell.specs[house.shell.tabs.currentIndex()].key == page
        house.window.activateWindow()
        qtbot.waitUntil(house.window.isActiveWindow)
        for is_drawn, said in ((True, "Layar tertutup"), (False, "Layar terbuka")):
            QTest.keyClick(house.window, Qt.Key.Key_T, CTRL_SHIFT)
            qtbot.waitUntil(lambda is_drawn=is_drawn: stage.feed.desk.is_curtained is is_drawn, timeout=WAIT_MS)
            state = state_of(None, stage.feed.desk.revision, is_curtained=is_drawn)
            house.bus.put_all(WALL_STATE, {"dinding": state})
            qtbot.waitUntil(lambda said=said: said in house.shell.told.said, timeout=WAIT_MS)
        house.picture(f"layar-{page}")
        server.stop()
        QTest.keyClick(house.window, Qt.Key.Key_T, CTRL_SHIFT)
        qtbot.waitUntil(lambda: any("Belum tentu layar tertutup" in line for line in house.shell.told.said), timeout=WAIT_MS)
        server.start()
