"""The wall beside the reports: the same desk of walls as the page, taken and undone from there as well."""

from collections.abc import Generator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from controlroom.console.stage.parts import OnAirHead
from controlroom.console.stage.side import StageSide
from tests.console.desk import a_desk
from tests.console.desk_server import a_desk_server
from tests.console.stage_desk import Seat, Wallside, a_seat


@pytest.fixture
def seat(qtbot: Any) -> Generator[Seat]:
    with a_desk_server() as server, a_seat(qtbot, server.url) as made:
        made.open()
        made.hear(made.stage.shelf.by_key("harian").layout, layout="harian")  # type: ignore[union-attr]
        yield made


@pytest.fixture
def side(seat: Seat) -> Generator[StageSide]:
    made = StageSide(seat.desk.ctx)
    made.resize(560, 1000)
    made.show()
    yield made
    made.close_side()
    made.close()
    made.deleteLater()


def test_page_and_side_share_one_draft(seat: Seat, side: StageSide) -> None:
    assert side.stage is seat.stage
    side.presets.chosen.emit("siaga")
    assert seat.editor.layout.title == "Siaga" and side.draft_title.text() == "Siaga"
    assert side.take.isEnabled() and seat.page._actions["take"].isEnabled()


def test_the_side_takes_and_undoes(seat: Seat, side: StageSide, qtbot: Any) -> None:
    for key in ("siaga", "pengaduan"):
        told: list[Any] = []
        seat.stage.taking.taken.connect(told.append)
        side.presets.chosen.emit(key)
        side.activateWindow()
        side.presets.setFocus()
        qtbot.waitUntil(side.presets.hasFocus)
        QTest.keyClick(side.presets, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        qtbot.waitUntil(lambda told=told: bool(told), timeout=20_000)
        seat.stage.taking.taken.disconnect(told.append)
        seat.wall.carry_out(told[0])
    qtbot.waitUntil(side.back.isEnabled)
    side.back.trigger()
    qtbot.waitUntil(lambda: seat.stage.feed.desk is not None and seat.stage.feed.desk.revision == 3, timeout=20_000)
    assert seat.editor.layout.title == "Siaga"


def test_the_desk_of_walls_lives_as_long_as_somebody_looks(qtbot: Any) -> None:
    with a_desk_server() as server, a_seat(qtbot, server.url) as seat:
        shared = seat.desk.ctx.shared
        side = StageSide(seat.desk.ctx)
        side.close_side()
        assert shared["stage"] is seat.stage
        side.deleteLater()
    assert "stage" not in shared


def test_presets_are_in_order_from_the_first_they_are_seen(qtbot: Any) -> None:
    """The panels, by which it is known what can stand on this wall, are imported with them."""
    with a_desk_server() as server, a_desk(server.url) as desk:
        desk.sign_in(qtbot)
        side = StageSide(desk.ctx)
        stage: Any = side.stage
        Wallside(desk).say(None, 0)
        seen: list[tuple[list[str], list[str]]] = []
        stage.shelf.changed.connect(lambda: seen.append(([one.key for one in side.presets.listed()], [one.key for one in stage.misfits()])))
        side.resize(560, 1000)
        side.show()
        assert stage.catalogue is None and not stage.shelf.presets
        qtbot.waitUntil(lambda: bool(seen), timeout=20_000)
        listed, misfits = seen[0]
        assert misfits and listed[-len(misfits) :] == misfits
        side.close_side()
        side.close()
        side.deleteLater()


def test_a_lock_taken_beside_the_reports_goes_back_on_leaving(seat: Seat, side: StageSide, qtbot: Any) -> None:
    seat.page.hide()
    side.presets.chosen.emit("siaga")
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    side.hide()
    seat.page.show()
    qtbot.wait(1)
    assert seat.stage.holding.mine is not None
    seat.page.hide()
    qtbot.waitUntil(lambda: seat.stage.holding.mine is None, timeout=20_000)
    side.show()
    side.presets.chosen.emit("pengaduan")
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    side.hide()
    qtbot.waitUntil(lambda: seat.stage.holding.mine is None, timeout=20_000)


def test_the_line_under_what_is_on_air_never_wraps(seat: Seat) -> None:
    head = seat.page.right.findChild(OnAirHead)
    high = head.sizeHint().height()
    head.facts.setText(
        "02.21 · Kepala ruang yang namanya panjang sekali dan masih terus · 4/4 monitor · tanpa gambar: kiri atas · rev 12345"
    )
    head.age.setText("gambar 0,6 dtk")
    head.layout().activate()
    assert head.sizeHint().height() == high
    assert head.facts.sizeHint().height() < 2 * head.fontMetrics().height()
