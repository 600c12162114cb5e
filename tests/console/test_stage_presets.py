"""Presets at the doors and as files, the draft that outlives the console; and what strangers put into them."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLabel, QMessageBox

from controlroom.console.page import Tone
from controlroom.console.stage import fitting
from controlroom.console.stage.files import export_layout, import_layout, key_of
from controlroom.console.stage.keeping import DraftFile, KeptDraft
from controlroom.console.stage.preset_list import DIGIT_ROLE, KEY_ROLE, MARK_ROLE
from controlroom.wall.layouts import LayoutError, read_layout
from feeds.messages.layout import Grid, Layout, Slot
from tests.conftest import ROOT
from tests.console.desk import utc_now
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.stage_desk import Seat, a_seat

SHIPPED = sorted((ROOT / "layouts").glob("*.toml"))
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as running:
        yield running


@pytest.fixture
def seat(qtbot: Any, server: DeskServer) -> Generator[Seat]:
    with a_seat(qtbot, server.url) as made:
        made.open()
        harian = made.stage.shelf.by_key("harian")
        assert harian is not None
        made.hear(harian.layout, layout="harian")
        yield made


# Files


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_layout_goes_out_to_a_file_and_comes_back_the_same(path: Path, tmp_path: Path) -> None:
    layout = read_layout(path)
    export_layout(layout, tmp_path / "out.toml")
    assert import_layout(tmp_path / "out.toml") == layout


BAD_FILES = {
    "not toml": "title = [[[",
    "no slots": 'title = "x"\nslot = []\ngrid = {columns = 2, rows = 2}\n',
    "overlap": 'title = "x"\ngrid = {columns = 2, rows = 2}\n[[slot]]\npanel = "map"\ncell = [0, 0, 2, 2]\n[[slot]]\npanel = "map"\ncell = [1, 1, 1, 1]\n',
    "outside": 'title = "x"\ngrid = {columns = 2, rows = 2}\n[[slot]]\npanel = "map"\ncell = [1, 1, 2, 2]\n',
    "unknown key": 'title = "x"\nevil = 1\ngrid = {columns = 2, rows = 2}\n',
    "wrong type": 'title = "x"\ngrid = {columns = "many", rows = 2}\n',
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_used_says_why_and_changes_nothing(seat: Seat, tmp_path: Path, name: str) -> None:
    path = tmp_path / "preset.toml"
    path.write_text(BAD_FILES[name])
    before = seat.editor.layout
    assert not seat.page.presets.import_from(path)
    text, tone, _ = seat.desk.told[-1]
    assert text.startswith("Berkas tidak dipakai. ") and "preset.toml" in text and tone is Tone.TROUBLE
    assert str(tmp_path) not in text
    assert seat.editor.layout == before


def test_the_line_of_the_fault_is_named(tmp_path: Path) -> None:
    path = tmp_path / "preset.toml"
    path.write_text(BAD_FILES["outside"])
    with pytest.raises(LayoutError, match=r"preset\.toml:3: slot 1 \(map\)"):
        import_layout(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a" * 2_000_000, b"[" * 100_000])
def test_a_file_of_anything_is_only_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "preset.toml"
    path.write_bytes(content)
    with pytest.raises(LayoutError):
        import_layout(path)
    with pytest.raises(LayoutError):
        import_layout(tmp_path / "none.toml")


def test_a_panel_nobody_knows_is_named(seat: Seat, tmp_path: Path) -> None:
    path = tmp_path / "preset.toml"
    path.write_text('title = "x"\ngrid = {columns = 2, rows = 2}\n[[slot]]\npanel = "mystery"\ncell = [0, 0, 1, 1]\n')
    before = seat.editor.layout
    assert not seat.page.presets.import_from(path)
    assert "Petak 1, mystery: tidak ada panel bernama itu" in seat.desk.told[-1][0]
    assert seat.editor.layout == before


def test_a_preset_for_fewer_monitors_can_be_looked_at_but_not_taken(seat: Seat, tmp_path: Path) -> None:
    path = tmp_path / "preset.toml"
    path.write_text('title = "x"\ngrid = {columns = 3, rows = 1}\n[[slot]]\npanel = "presence"\ncell = [1, 0, 1, 1]\n')
    assert seat.page.presets.import_from(path)
    assert "melintasi sambungan monitor" in seat.stage.why_not()
    assert not seat.page._actions["take"].isEnabled()


def test_the_question_for_a_file_does_not_stop_the_desk(seat: Seat, tmp_path: Path) -> None:
    seat.page._actions["import"].trigger()
    dialog = seat.page.findChild(QFileDialog)
    assert dialog is not None and dialog.isVisible()
    path = tmp_path / "siaga.toml"
    path.write_bytes((ROOT / "layouts" / "siaga.toml").read_bytes())
    dialog.fileSelected.emit(str(path))
    dialog.close()
    assert seat.editor.layout.title == "Siaga"
    seat.page.presets.export_to(tmp_path / "none" / "x.toml")
    assert "tidak dapat ditulis" in seat.desk.told[-1][0]


@pytest.mark.parametrize(
    ("title", "key"),
    [("Siaga banjir", "siaga-banjir"), ("../../etc/passwd", "etc-passwd"), ("  ", ""), ("A" * 200, "a" * 64), ("警報", "")],
)
def test_a_key_is_made_of_plain_letters(title: str, key: str) -> None:
    assert key_of(title) == key


# At the doors


def test_a_draft_is_saved_renamed_copied_and_deleted(seat: Seat, qtbot: Any) -> None:
    shelf, work = seat.stage.shelf, seat.page.presets
    seat.stage.load(shelf.by_key("siaga"))
    seat.page._actions["save"].trigger()
    dialog = seat.page.findChild(QInputDialog)
    assert dialog is not None
    dialog.textValueSelected.emit("Siaga banjir")
    dialog.close()
    qtbot.waitUntil(lambda: shelf.by_key("siaga-banjir") is not None, timeout=20_000)
    own = shelf.by_key("siaga-banjir")
    assert not own.is_shipped and own.layout.title == "Siaga banjir"
    shelf.rename(own, "Banjir besar", work._saved, work._failed)
    qtbot.waitUntil(lambda: shelf.by_key("siaga-banjir").layout.title == "Banjir besar", timeout=20_000)
    view = seat.page.left.presets
    view.setCurrentRow(next(n for n in range(view.count()) if view.item(n).data(KEY_ROLE) == "siaga-banjir"))
    work.copy()
    qtbot.waitUntil(lambda: shelf.by_key("salinan-banjir-besar") is not None, timeout=20_000)
    view = seat.page.left.presets
    view.setCurrentRow(next(n for n in range(view.count()) if view.item(n).data(KEY_ROLE) == "siaga-banjir"))
    work.delete()
    box = seat.page.findChild(QMessageBox)
    assert box is not None and box.isVisible()
    next(b for b in box.buttons() if b.text() == "Hapus").click()
    qtbot.waitUntil(lambda: shelf.by_key("siaga-banjir") is None, timeout=20_000)


def test_a_shipped_preset_is_read_only(seat: Seat) -> None:
    seat.page.left.presets.setCurrentRow(0)
    for name in ("rename", "delete"):
        seat.page._actions[name].trigger()
        assert seat.desk.told[-1][0] == "Preset bawaan tidak dapat diubah: salin dahulu"
    assert seat.page.findChild(QMessageBox) is None


def test_what_a_preset_is_now_stands_beside_it(seat: Seat) -> None:
    marks = dict(zip([p.key for p in seat.page.left.presets.listed()], _marks(seat), strict=True))
    assert marks["harian"] == "tayang"
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    marks = dict(zip([p.key for p in seat.page.left.presets.listed()], _marks(seat), strict=True))
    assert marks["siaga"] == "pratinjau" and marks["harian"] == "tayang"


def _marks(seat: Seat) -> list[str]:
    view = seat.page.left.presets
    return [view.item(n).data(MARK_ROLE) for n in range(view.count()) if view.item(n).data(KEY_ROLE)]


def test_presets_that_cannot_stand_here_come_last_and_take_no_digit(seat: Seat, qtbot: Any) -> None:
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    seat.page.presets.save_as("Rapat 10")
    qtbot.waitUntil(lambda: seat.stage.shelf.by_key("rapat-10") is not None, timeout=20_000)
    seat.page.presets.save_as("Rapat 2")
    qtbot.waitUntil(lambda: seat.stage.shelf.by_key("rapat-2") is not None, timeout=20_000)
    view = seat.page.left.presets
    keys = [view.item(n).data(KEY_ROLE) for n in range(view.count())]
    assert keys[:3] == ["harian", "rapat-2", "rapat-10"]
    line = keys.index("")
    assert view.item(line).text() == "tidak muat di dinding ini" and not view.item(line).flags() & Qt.ItemFlag.ItemIsEnabled
    assert {"delapan", "sembilan", "satu-layar"} <= set(keys[line:]) and {"siaga", "malam", "pengaduan"} <= set(keys[:line])
    digits = {key: view.item(n).data(DIGIT_ROLE) for n, key in enumerate(keys)}
    assert not any(digits[key] for key in keys[line:])
    assert (digits["rapat-2"], digits["rapat-10"]) == ("1", "2")
    seat.page._actions["preset 2"].trigger()
    assert seat.editor.layout.title == "Rapat 10"
    view.itemClicked.emit(view.item(line))
    assert seat.editor.layout.title == "Rapat 10"
    view.itemClicked.emit(view.item(keys.index("delapan")))
    assert seat.editor.layout.title == "Delapan"


def test_a_preset_is_judged_once_for_each_wall(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def judge(layout: Layout, *_more: Any, **_named: Any) -> list[str]:
        judged.append(layout.title)
        return []

    monkeypatch.setattr(fitting, "check_layout", judge)
    made, wall = fitting.Fitting(), seat.stage.feed.installation
    harian = seat.stage.shelf.by_key("harian")
    for _ in range(3):
        assert made.can_stand(harian, wall, seat.stage.catalogue)
    assert judged == ["Harian"]
    other = msgspec.structs.replace(wall, name="lain")
    assert made.can_stand(harian, other, seat.stage.catalogue) and len(judged) == 2


# The draft that was not finished


def test_a_draft_outlives_the_console_and_is_offered_again(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    draft = seat.editor.layout
    with a_seat(qtbot, server.url) as again:
        again.open()
        again.hear(again.stage.shelf.by_key("harian").layout, layout="harian")
        assert again.stage.kept is not None and again.page.centre.kept.isVisible()
        again.page.centre.kept.first.click()
        assert again.editor.layout == draft and again.editor.is_changed and not again.page.centre.kept.isVisible()
        again.editor.undo()
        assert not again.editor.is_changed
    with a_seat(qtbot, server.url) as third:
        third.open()
        third.hear(third.stage.shelf.by_key("harian").layout, layout="harian")
        assert third.stage.kept is None


def test_a_draft_that_is_offered_is_not_lost_by_what_is_done_before_the_answer(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    draft = seat.editor.layout
    with a_seat(qtbot, server.url) as again:
        again.open()
        harian = again.stage.shelf.by_key("harian").layout
        again.hear(harian, layout="harian")
        qtbot.waitUntil(lambda: again.editor.layout.slot == harian.slot)  # what stands, not an empty wall
        again.stage.load(again.stage.shelf.by_key("pengaduan"))
    with a_seat(qtbot, server.url) as third:
        third.open()
        third.hear(third.stage.shelf.by_key("harian").layout, layout="harian")
        assert third.stage.kept is not None and third.stage.kept.layout == draft
        third.stage.load(third.stage.shelf.by_key("pengaduan"))
        third.page.centre.kept.second.click()
        assert third.stage.kept is None and third.editor.layout.title == "Pengaduan"


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[" * 100_000, b'{"wall": 1}'])
def test_a_kept_draft_that_is_damaged_is_only_left_out(content: bytes) -> None:
    file = DraftFile("ani", "dinding")
    file.write(KeptDraft(wall="dinding", base=EMPTY, base_revision=0, layout=EMPTY, at=utc_now()))
    assert file.read() is not None
    file.path.write_bytes(content)
    assert file.read() is None


def test_no_name_of_a_person_or_wall_becomes_part_of_a_path() -> None:
    one, other = DraftFile("../../ani", "dinding/../x").path, DraftFile("ani", "dinding").path
    assert one.parent == other.parent and one != other


EMPTY = Layout(title="x", grid=Grid(columns=1, rows=1), slot=(Slot(panel="map", cell=(0, 0, 1, 1)),))


# Strangers' words


def test_words_of_strangers_are_shown_as_they_are(seat: Seat, qtbot: Any) -> None:
    evil = "<img src=x onerror=alert(1)><b>tebal</b>"
    seat.editor.set_title(evil)
    seat.editor.select(1)
    seat.editor.remove()
    told = seat.take(evil * 3)
    assert told.shown is not None and told.shown.layout is not None and told.shown.layout.title == evil
    seat.wall.carry_out(told)
    shown = [label for label in seat.page.findChildren(QLabel) if evil in label.text()]
    assert shown and all(label.textFormat() is Qt.TextFormat.PlainText for label in shown)


def test_a_title_or_reason_of_100_kb_does_not_get_through(seat: Seat) -> None:
    seat.editor.set_title("a" * 100_000)
    assert "Beri judul satu sampai 80 huruf" in seat.stage.why_not()
    seat.editor.set_title("Uji")
    seat.page.centre.reason.lineEdit().setText("b" * 100_000)
    assert len(seat.page.centre.reason.take_text()) == 1_000


def test_history_is_looked_at_in_the_preview(seat: Seat, qtbot: Any) -> None:
    for key in ("siaga", "pengaduan"):
        seat.stage.load(seat.stage.shelf.by_key(key))
        seat.wall.carry_out(seat.take(f"uji {key}"))
    seat.page._actions["history"].trigger()
    history = seat.page.right.history
    qtbot.waitUntil(lambda: history.view.count() == 2, timeout=20_000)
    assert "Ani Lestari: Siaga, sebab uji siaga" in history.view.item(1).text()
    history.view.setCurrentRow(1)
    history.load.click()
    siaga = seat.stage.shelf.by_key("siaga").layout
    assert msgspec.structs.replace(seat.editor.layout, revision=1) == siaga
