"""Editing the preview by mouse and keys, as somebody at a desk does it; the wall is there, the doors are not needed."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from structlog.testing import capture_logs

from controlroom.console.kit.sheet import dress
from controlroom.console.stage import edit
from controlroom.console.stage.miniatures import shrunk
from controlroom.console.stage.page import StagePage
from controlroom.console.stage.parts import ToolButton
from controlroom.console.stage.places import FaultKind
from controlroom.console.stage.tile_list import TOLD_ROLE
from controlroom.wall.geometry import wall_size
from controlroom.wall.layouts import read_layout
from feeds.messages.layout import Layout
from tests.conftest import ROOT
from tests.console.desk import a_desk
from tests.console.stage_desk import WALL, Seat, fill_stills

CTRL, SHIFT, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
HARIAN = read_layout(ROOT / "layouts" / "harian.toml")
GRID = edit.Grid(columns=24, rows=12)
SMALL = Layout(
    title="Uji",
    grid=GRID,
    slot=(
        edit.Slot(panel="map", cell=(0, 0, 12, 12)),
        edit.Slot(panel="presence", cell=(12, 0, 6, 6)),
        edit.Slot(panel="ticker", cell=(12, 6, 6, 6)),
    ),
)


@pytest.fixture
def seat(qtbot: Any) -> Generator[Seat]:
    """In front of a wall of two by two; doors that nobody opens."""
    with a_desk() as desk:
        made = Seat(qtbot, desk)
        made.page.resize(1366, 768)
        made.page.show()
        qtbot.waitExposed(made.page)
        made.wall.say(SMALL, 0)
        made.page.shown_now()
        made.editor.begin(SMALL, 0)
        yield made
        made.close()


def cells(seat: Seat) -> list[tuple[int, int, int, int]]:
    return [slot.cell for slot in seat.editor.layout.slot]


# Mouse


def test_a_tile_is_dragged_to_a_free_place(seat: Seat) -> None:
    seat.drag(seat.point(13, 1), seat.point(19, 1))
    assert cells(seat)[1] == (18, 0, 6, 6) and seat.editor.index == 1


def test_an_edge_is_drawn_to_the_monitors_unless_alt_is_held(seat: Seat) -> None:
    seat.drag(seat.point(13, 1), seat.point(18.6, 1))
    assert cells(seat)[1] == (18, 0, 6, 6)
    seat.editor.undo()
    seat.editor.remove()
    seat.drag(seat.point(13, 7), seat.point(13.6, 7), ALT)
    assert cells(seat)[1] == (13, 6, 6, 6)


def test_what_would_be_wrong_is_said_while_dragging_and_not_done(seat: Seat) -> None:
    QTest.mousePress(seat.preview, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, seat.point(13, 7))
    seat.move(seat.point(12.6, 7), ALT)
    seat.move(seat.point(12.1, 7), ALT)
    found = seat.preview.outcome
    assert {fault.kind for fault in found.faults} == {FaultKind.CROSSING, FaultKind.OVERLAP}
    assert "melintasi sambungan monitor" in seat.preview.accessibleDescription()
    QTest.mouseRelease(seat.preview, Qt.MouseButton.LeftButton, ALT, seat.point(12.1, 7))
    assert cells(seat)[2] == (12, 6, 6, 6)


def test_a_tile_dropped_over_the_edge_of_another_stays_where_it_was_and_says_why(seat: Seat) -> None:
    seat.drag(seat.point(12.5, 0.5), seat.point(18.5, 4.5), ALT)
    assert cells(seat)[1] == (12, 0, 6, 6)
    assert any("Tidak bisa di sini" in text for text, _, _ in seat.desk.told)


def test_a_tile_dropped_on_another_changes_places_with_it(seat: Seat) -> None:
    seat.drag(seat.point(13, 1), seat.point(14, 8))
    assert cells(seat)[1:] == [(12, 6, 6, 6), (12, 0, 6, 6)]


def test_handles_resize(seat: Seat) -> None:
    seat.editor.select(1)
    box = seat.preview.tile_box(1)
    grip = QPointF(box.right() - 4, box.center().y()).toPoint()
    seat.drag(grip, seat.point(23.8, 3))
    assert cells(seat)[1] == (12, 0, 12, 6)


def test_a_tile_dragged_with_ctrl_is_doubled(seat: Seat) -> None:
    seat.drag(seat.point(13, 1), seat.point(19, 7), CTRL)
    assert cells(seat)[1] == (12, 0, 6, 6) and cells(seat)[3] == (18, 6, 6, 6)


def test_escape_ends_a_drag(seat: Seat) -> None:
    seat.drag(seat.point(13, 1), seat.point(19, 1), drops=False)
    seat.key(Qt.Key.Key_Escape)
    QTest.mouseRelease(seat.preview, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, seat.point(19, 1))
    assert cells(seat)[1] == (12, 0, 6, 6)


def test_the_right_button_opens_what_can_be_done(seat: Seat, qtbot: Any) -> None:
    seat.preview.menu_asked.emit(QPointF(seat.point(13, 1)))
    from PySide6.QtWidgets import QMenu

    menu = seat.page.findChild(QMenu)
    assert {action.text() for action in menu.actions()} >= {"Opsi", "Gandakan", "Hapus", "Penuhi"}
    menu.close()


# Keys


def test_arrows_move_over_what_is_in_the_way_and_shift_resizes(seat: Seat) -> None:
    seat.editor.select(1)
    seat.key(Qt.Key.Key_Right)
    assert cells(seat)[1] == (13, 0, 6, 6)
    seat.key(Qt.Key.Key_Left)
    seat.key(Qt.Key.Key_Down)
    assert cells(seat)[1] == (12, 0, 6, 6)  # the ticker stands there, and below it the wall ends
    seat.key(Qt.Key.Key_Right, SHIFT)
    seat.key(Qt.Key.Key_Up, SHIFT)
    assert cells(seat)[1] == (12, 0, 7, 5)


def test_tab_goes_through_the_tiles_and_then_on(seat: Seat) -> None:
    seat.preview.setFocus()
    seen = []
    for _ in range(3):
        seat.key(Qt.Key.Key_Tab)
        seen.append(seat.editor.index)
    assert seen == [0, 1, 2]
    QTest.keyClick(seat.preview, Qt.Key.Key_Tab)
    assert not seat.preview.hasFocus()


def test_steps_are_undone_and_redone_by_key(seat: Seat) -> None:
    seat.editor.select(2)
    seat.key(Qt.Key.Key_Delete)
    assert len(cells(seat)) == 2
    seat.key(Qt.Key.Key_Z, CTRL)
    assert seat.editor.layout == SMALL
    seat.key(Qt.Key.Key_Y, CTRL)
    assert len(cells(seat)) == 2


def test_ctrl_d_doubles_into_the_largest_free_place(seat: Seat) -> None:
    seat.editor.select(1)
    seat.key(Qt.Key.Key_D, CTRL)
    assert cells(seat)[3] in ((18, 0, 6, 6), (18, 6, 6, 6)) and seat.editor.index == 3


def test_enter_opens_the_options(seat: Seat) -> None:
    seat.editor.select(0)
    seat.key(Qt.Key.Key_Return)
    assert seat.page.right.form.field("show").hasFocus()


def test_another_grid_keeps_the_places(seat: Seat) -> None:
    box = seat.page.centre.grid
    box.setCurrentIndex(box.findText("48 x 24"))
    box.activated.emit(box.currentIndex())
    assert cells(seat)[1] == (24, 0, 12, 12)


# Palette


def test_a_panel_that_is_typed_for_goes_into_the_largest_free_place_with_enter(seat: Seat) -> None:
    search = seat.page.left.search
    search.setFocus()
    QTest.keyClicks(search, "keuangan")
    seat.page.left.tabs.setCurrentIndex(1)
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert seat.editor.layout.slot[3].panel == "keuangan" and cells(seat)[3] in ((18, 0, 6, 6), (18, 6, 6, 6))


def test_every_panel_is_offered_by_its_name(seat: Seat) -> None:
    tiles = seat.page.left.tiles
    told = [json.loads(tiles.item(n).data(TOLD_ROLE)) for n in range(tiles.count())]
    assert {one["panel"] for one in told} == set(seat.stage.catalogue.specs)
    public = [camera.id for camera in seat.desk.ctx.city.cameras if not camera.is_private]
    assert sorted(one["options"]["cameras"][0] for one in told if one["options"]) == sorted(public)


def test_what_is_dropped_takes_the_free_room_around_the_pointer(seat: Seat) -> None:
    seat.preview.drop({"panel": "focus", "options": {"pick": "urgent"}}, QPointF(seat.point(20, 9)))
    assert seat.editor.layout.slot[3].options == {"pick": "urgent"} and cells(seat)[3] == (18, 6, 6, 6)


def test_a_full_wall_says_that_it_is_full(seat: Seat) -> None:
    for _ in range(3):
        seat.editor.add("focus", {})
    assert any("Tidak ada tempat kosong" in text for text, _, _ in seat.desk.told)


# What is seen


def test_the_preview_shows_the_walls_own_still_of_the_same_panel(seat: Seat) -> None:
    red = QImage(64, 64, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    seat.stage.feed.desk = None
    seat.stage.standing = lambda: SMALL  # type: ignore[method-assign]
    fill_stills(seat, SMALL, red)
    seat.page.repaint()
    seen = seat.preview.grab().toImage()
    at = seat.preview.tile_box(1).center().toPoint()
    assert seen.pixelColor(at).red() > 200
    on_air = seat.page.right.on_air
    assert on_air.grab().toImage().pixelColor(on_air.area().center().toPoint() * 0.5).red() > 200


def test_real_panels_are_drawn_small_and_the_map_is_sketched(seat: Seat, qtbot: Any) -> None:
    slots = seat.editor.layout.slot
    qtbot.waitUntil(lambda: seat.preview.miniatures.picture(slots[1]) is not None, timeout=10_000)
    assert seat.preview.miniatures.picture(slots[0]) is None


def test_behind_the_curtain_the_preview_keeps_the_walls_last_pictures(seat: Seat) -> None:
    red = QImage(64, 64, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    seat.stage.feed.desk = None
    seat.stage.standing = lambda: SMALL  # type: ignore[method-assign]
    fill_stills(seat, SMALL, red)
    assert seat.stage.stills.before_age_s is None
    fill_stills(seat, SMALL, QImage(64, 36, QImage.Format.Format_RGB32), is_curtained=True)
    at = seat.preview.tile_box(1).center().toPoint()
    assert seat.preview.grab().toImage().pixelColor(at).red() > 200
    assert seat.stage.stills.before_age_s is not None
    fill_stills(seat, SMALL, red)
    assert seat.stage.stills.before is None


def test_a_tile_of_another_size_is_drawn_anew(seat: Seat, qtbot: Any) -> None:
    red = QImage(64, 64, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    seat.stage.feed.desk = None
    seat.stage.standing = lambda: SMALL  # type: ignore[method-assign]
    fill_stills(seat, SMALL, red)
    seat.editor.put(1, (12, 0, 12, 6))
    qtbot.waitUntil(lambda: seat.preview.miniatures.picture(seat.editor.layout.slot[1]) is not None, timeout=10_000)
    at = seat.preview.tile_box(1).center().toPoint()
    assert seat.preview.grab().toImage().pixelColor(at).red() < 200
    seat.editor.undo()
    at = seat.preview.tile_box(1).center().toPoint()
    assert seat.preview.grab().toImage().pixelColor(at).red() > 200


def test_a_still_of_another_shape_is_never_stretched(seat: Seat) -> None:
    """The map's, which nothing else can stand for, stands in its own proportions within its tile."""
    red = QImage(300, 20, QImage.Format.Format_RGB32)
    red.fill(Qt.GlobalColor.red)
    seat.stage.feed.desk = None
    seat.stage.standing = lambda: SMALL  # type: ignore[method-assign]
    fill_stills(seat, SMALL, red)
    seen = seat.preview.grab().toImage()
    box = seat.preview.tile_box(0)
    assert seen.pixelColor(box.center().toPoint() + QPoint(0, 5)).red() > 200  # in the very middle is a seam
    high = round(box.height() / 2 - box.width() * 20 / 300)
    assert seen.pixelColor(box.center().toPoint() - QPoint(0, high - 2)).red() < 100


def test_the_larger_the_preview_the_sharper_its_panels() -> None:
    small, large, largest = (wall_size(shrunk(WALL, width))[0] for width in (0, 2_000, 8_000))
    assert small < 2_000 <= large < largest == wall_size(WALL)[0]
    assert shrunk(WALL, 1_990) == shrunk(WALL, 1_999)


def test_a_tile_that_cannot_stand_is_no_error_in_the_log(seat: Seat) -> None:
    with capture_logs() as logs:
        seat.editor.load(read_layout(ROOT / "layouts" / "delapan.toml"))
        seat.page.repaint()
    assert seat.editor.layout.title == "Delapan" and seat.stage.faults()
    assert not [entry for entry in logs if entry["log_level"] in ("error", "warning")]


def test_the_keys_go_to_the_preview_when_the_page_comes_up(seat: Seat, qtbot: Any) -> None:
    seat.page.activateWindow()
    seat.page.left.search.setFocus()
    qtbot.waitUntil(seat.page.left.search.hasFocus)
    seat.page.shown_now()
    assert seat.preview.hasFocus()
    seat.page.left.search.setFocus()
    seat.page.left.search.setText("kamera")
    seat.page.shown_now()
    assert seat.page.left.search.hasFocus()


def test_tools_are_plates_with_icon_and_key(seat: Seat) -> None:
    tools = seat.page.findChildren(ToolButton)
    assert [tool.text() for tool in tools] == ["Balik", "Maju", "Gandakan", "Hapus", "Penuhi", "Opsi"]
    assert not tools[0].isEnabled() and not tools[0].icon().isNull()
    with_key = tools[2].grab().toImage()
    tools[2]._key = ""
    assert tools[2].grab().toImage() != with_key
    for width in (500, 900, 2_000):
        row = tools[0].parentWidget()
        row.resize(width, row.height())
        assert row.minimumSizeHint().width() <= 500


def test_the_page_fits_the_smallest_desk_and_says_what_it_shows(seat: Seat) -> None:
    assert seat.page.minimumSizeHint().width() <= 1342
    assert seat.preview.accessibleName() == "Pratinjau" and "3 petak" in seat.preview.accessibleDescription()
    assert seat.page.right.on_air.accessibleName() == "Dinding sekarang"


def test_all_that_can_be_done_has_a_key_and_a_name(seat: Seat) -> None:
    acts = seat.page.commands()
    assert all(action.text() and not action.shortcut().isEmpty() for action in acts)
    keys = [action.shortcut().toString() for action in acts]
    assert len(keys) == len(set(keys))


def test_in_english_nothing_indonesian_is_left(qtbot: Any) -> None:
    with a_desk(language="en") as desk:
        page = StagePage(desk.ctx)
        undress = dress(page, desk.look)
        qtbot.addWidget(page)
        assert {"Take", "Undo"} <= {action.text() for action in page.commands()}
        undress()
        page.close_page()
    QCoreApplication.processEvents()
