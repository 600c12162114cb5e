"""From the preview to the wall, in front of real doors: take, acknowledgement, refusal, leases, two desks at once, undo and the curtain."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt

from controlroom.console.desk_api import Trouble
from controlroom.console.stage.parts import WallChooser
from controlroom.console.stage.status_line import lease_line, overtaken_line, progress
from controlroom.console.stage.taking import Phase
from feeds.messages.layout import Layout
from feeds.messages.system import WALL_STATE
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.stage_desk import Seat, Wallside, a_seat

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as running:
        yield running


@pytest.fixture
def seat(qtbot: Any, server: DeskServer) -> Generator[Seat]:
    with a_seat(qtbot, server.url) as made:
        made.open()
        yield made


def preset(seat: Seat, key: str) -> Layout:
    found = seat.stage.shelf.by_key(key)
    assert found is not None
    return found.layout


def begun(seat: Seat) -> Seat:
    """The wall shows what it chose itself."""
    seat.hear(preset(seat, "harian"), layout="harian")
    assert not seat.editor.is_changed and seat.editor.layout.title == "Harian"
    return seat


def test_what_the_wall_chose_itself_is_what_a_draft_begins_with(seat: Seat) -> None:
    begun(seat)
    assert not seat.page._actions["take"].isEnabled()
    assert seat.stage.why_not() == "Pratinjau sama dengan yang tayang"


def test_nothing_done_on_the_preview_reaches_the_doors_before_tayangkan(seat: Seat, server: DeskServer) -> None:
    begun(seat)
    seat.editor.select(1)
    seat.key(Qt.Key.Key_Delete)
    assert seat.editor.is_changed
    with server.client() as other:
        assert other.get("/desk/walls/dinding").json()["revision"] == 0


def test_a_taken_draft_is_sent_then_shown_only_when_the_wall_says_so(seat: Seat, qtbot: Any) -> None:
    begun(seat)
    seat.key(Qt.Key(Qt.Key.Key_1))
    first = seat.stage.fitting()[0]
    assert seat.editor.layout.slot == first.layout.slot
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    told = seat.take("peringatan BMKG")
    assert told.revision == 1 and told.shown is not None and told.shown.reason == "peringatan BMKG" and told.shown.preset == "siaga"
    assert seat.stage.taking.phase is Phase.SENT and progress(seat.stage)[0].startswith("Terkirim")
    assert not seat.editor.is_changed
    seat.wall.carry_out(told)
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SHOWN)
    assert progress(seat.stage)[0] == "Tayang di 4/4 monitor"
    assert seat.page.centre.reason.take_text() == "" and seat.stage.reasons()[0] == "peringatan BMKG"


def test_a_wall_that_refuses_says_why(seat: Seat, qtbot: Any) -> None:
    begun(seat)
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    told = seat.take()
    seat.wall.refuse(told.revision, "slot 3 (map): crosses a seam", preset(seat, "harian"), 0)
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.REFUSED)
    assert progress(seat.stage)[0] == "Dinding menolak: slot 3 (map): crosses a seam"


def test_a_wall_that_says_nothing_is_said_to_be_silent(seat: Seat, qtbot: Any) -> None:
    begun(seat)
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    seat.take()
    seat.stage.taking._sent_s -= 6
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.SILENT)
    assert "dinding belum menjawab 5 dtk" in progress(seat.stage)[0]


def test_urungkan_brings_back_what_was_shown_before(seat: Seat, qtbot: Any) -> None:
    begun(seat)
    for key in ("siaga", "pengaduan"):
        seat.stage.load(seat.stage.shelf.by_key(key))
        seat.wall.carry_out(seat.take())
    told: list[Any] = []
    seat.stage.taking.taken.connect(told.append)
    seat.key(Qt.Key.Key_Backspace, CTRL)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told[0].shown.layout.slot == preset(seat, "siaga").slot
    assert seat.editor.layout.slot == preset(seat, "siaga").slot and not seat.editor.is_changed


def test_editing_takes_the_lease_and_others_see_who(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    assert lease_line(seat.stage)[0] == "Kunci: bebas"
    seat.editor.select(1)
    seat.key(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    assert lease_line(seat.stage)[0].startswith("Kunci: Anda · ")
    with a_seat(qtbot, server.url, "budi") as other:
        other.open()
        other.hear(preset(other, "harian"), layout="harian")
        assert lease_line(other.stage)[0].startswith("Kunci: Ani Lestari · ")
        other.stage.load(other.stage.shelf.by_key("siaga"))
        qtbot.waitUntil(lambda: other.stage.why_not() == "Kunci dipegang Ani Lestari", timeout=20_000)
        assert not other.page._actions["over"].isEnabled()


def test_a_lead_takes_over_and_the_other_keeps_the_draft(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.editor.select(1)
    seat.key(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    draft = seat.editor.layout
    with a_seat(qtbot, server.url, "sari") as lead:
        lead.open()
        lead.hear(preset(lead, "harian"), layout="harian")
        assert lead.page._actions["over"].isEnabled()
        lead.stage.holding.ask(is_take_over=True)
        qtbot.waitUntil(lambda: lead.stage.holding.mine is not None, timeout=20_000)
        seat.wall.order(lead.stage.feed.desk)
        qtbot.waitUntil(lambda: seat.stage.holding.mine is None, timeout=20_000)
        assert seat.editor.layout == draft
        assert seat.stage.why_not() == "Kunci dipegang Sari Wulandari"
        assert any("Rancangan Anda tetap ada" in text for text, _, _ in seat.desk.told)


def test_leaving_the_page_gives_the_lease_back(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.editor.select(1)
    seat.key(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    seat.page.hide()
    qtbot.waitUntil(lambda: seat.stage.holding.mine is None, timeout=20_000)
    with server.client() as other:
        assert other.get("/desk/walls/dinding").json()["leases"] == []


def test_a_lease_is_renewed_while_one_edits(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.editor.select(1)
    seat.key(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    until = seat.stage.holding.mine.until
    server.later(minutes=4)
    seat.stage.holding._renewed_at -= timedelta(minutes=4)
    seat.key(Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None and seat.stage.holding.mine.until > until, timeout=20_000)


def test_somebody_elses_change_is_shown_and_mine_is_joined_to_it(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    seat.wall.carry_out(seat.take())
    seat.stage.holding.release()
    with a_seat(qtbot, server.url, "budi") as other:
        other.open()
        other.wall.carry_out(seat.stage.feed.desk)
        qtbot.waitUntil(lambda: other.stage.feed.desk is not None, timeout=20_000)
        # Ani takes out the warnings, Budi meanwhile the people.
        mine = next(n for n, s in enumerate(seat.editor.layout.slot) if s.panel == "hazards")
        seat.editor.select(mine)
        seat.editor.remove()
        qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
        seat.stage.holding.release()
        qtbot.waitUntil(lambda: seat.stage.holding.mine is None, timeout=20_000)
        theirs = next(n for n, s in enumerate(other.editor.layout.slot) if s.panel == "presence")
        other.editor.select(theirs)
        other.editor.remove()
        other.take("petugas sudah pulang")
        other.stage.holding.release()
        qtbot.waitUntil(lambda: other.stage.holding.mine is None, timeout=20_000)
        seat.wall.carry_out(other.stage.feed.desk)
        qtbot.waitUntil(seat.stage.is_overtaken, timeout=20_000)
        qtbot.waitUntil(lambda: not seat.stage.holding.others, timeout=20_000)
    line = overtaken_line(seat.stage, seat.desk.ctx.tr)
    assert "Budi Santoso" in line and "petugas sudah pulang" in line and "Petugas hadir: dihapus" in line
    assert seat.stage.why_not() == "Dinding berubah sejak rancangan ini dimulai"
    assert seat.page.centre.overtaken.isVisible()
    seat.page.centre.overtaken.first.click()
    panels = [slot.panel for slot in seat.editor.layout.slot]
    assert "hazards" not in panels and "presence" not in panels and "map" in panels
    assert seat.take().revision == 3


def test_of_two_takes_at_one_moment_one_is_refused_and_told_who_was_first(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    seat.stage.holding.ask()
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    with server.client("sari") as lead:
        assert lead.post("/desk/walls/dinding/lease", json={"is_take_over": True}).status_code == 200
        body = {"layout": msgspec.to_builtins(preset(seat, "pengaduan")), "reason": "lebih dulu"}
        assert lead.post("/desk/walls/dinding/take", json=body, headers={"If-Match": '"0"'}).status_code == 200
        lead.delete("/desk/walls/dinding/lease")
    # This desk has not heard of it yet.
    assert seat.stage.take("")
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.FAILED, timeout=20_000)
    qtbot.waitUntil(lambda: seat.stage.feed.desk.revision == 1, timeout=20_000)
    assert "Sari Wulandari" in overtaken_line(seat.stage, seat.desk.ctx.tr)
    assert seat.editor.is_changed
    seat.page.centre.overtaken.second.click()
    assert seat.editor.layout.slot == preset(seat, "pengaduan").slot and not seat.editor.is_changed


def test_doors_gone_in_the_middle_of_a_take_nothing_is_lost(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    seat.stage.holding.ask()
    qtbot.waitUntil(lambda: seat.stage.holding.mine is not None, timeout=20_000)
    server.stop()
    assert seat.stage.take("tamu")
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.UNKNOWN, timeout=20_000)
    assert seat.editor.is_changed
    server.start()
    qtbot.waitUntil(lambda: seat.stage.taking.phase is Phase.FAILED, timeout=20_000)
    assert progress(seat.stage)[0] == "Tidak sampai: dinding tidak berubah"
    assert seat.editor.is_changed and seat.take("tamu").revision == 1


def test_an_answer_that_was_lost_is_found_to_stand(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.stage.load(seat.stage.shelf.by_key("siaga"))
    told = seat.take("tamu")
    taking = seat.stage.taking
    # As if the answer had never come.

    taking.phase = Phase.ASKING
    taking._fail(Trouble(status=0, code="unreached", text=""))
    qtbot.waitUntil(lambda: taking.phase is Phase.SENT, timeout=20_000)
    assert taking.revision == told.revision


def test_the_curtain_is_drawn_and_opened_with_one_key_and_no_lease(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.key(Qt.Key.Key_T, CTRL | SHIFT)
    qtbot.waitUntil(lambda: seat.stage.feed.desk is not None and seat.stage.feed.desk.is_curtained, timeout=20_000)
    assert seat.stage.holding.mine is None
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: seat.stage.curtaining.phase is Phase.SHOWN, timeout=20_000)
    qtbot.waitUntil(lambda: "Ani Lestari" in " ".join(seat.page.right.on_air.words()), timeout=20_000)
    assert seat.page.right.on_air.words()[0] == "Layar ditutup"
    assert seat.page._actions["curtain"].text() == "Buka layar"
    assert progress(seat.stage)[0] == "Layar tertutup"
    seat.key(Qt.Key.Key_T, CTRL | SHIFT)
    qtbot.waitUntil(lambda: not seat.stage.feed.desk.is_curtained, timeout=20_000)


def test_what_was_done_here_is_said_no_longer_when_others_have_decided_since(seat: Seat, qtbot: Any, server: DeskServer) -> None:
    begun(seat)
    seat.key(Qt.Key.Key_T, CTRL | SHIFT)
    qtbot.waitUntil(lambda: seat.stage.feed.desk is not None and seat.stage.feed.desk.is_curtained, timeout=20_000)
    seat.wall.carry_out(seat.stage.feed.desk)
    qtbot.waitUntil(lambda: progress(seat.stage)[0] == "Layar tertutup", timeout=20_000)
    with server.client("budi") as other:
        assert other.post("/desk/walls/dinding/curtain", json={"is_drawn": False}).status_code == 200
    seat.stage.feed.refresh()
    qtbot.waitUntil(lambda: not seat.stage.feed.desk.is_curtained, timeout=20_000)
    assert progress(seat.stage)[0] == ""


def test_a_wall_that_is_silent_is_said_to_be_cut_off(seat: Seat) -> None:
    begun(seat)
    at = seat.stage.feed._heard_at["dinding"]
    seat.stage.feed._heard_at["dinding"] = at - timedelta(seconds=9)
    assert seat.page.right.on_air.words()[0] == "TERPUTUS"


def test_monitors_that_show_nothing_are_named(seat: Seat) -> None:
    begun(seat)
    state = seat.stage.feed.state
    assert state is not None

    slots = tuple(msgspec.structs.replace(slot, note="missing: 10") for slot in state.slots)

    seat.desk.bus.put_all(WALL_STATE, {"dinding": msgspec.structs.replace(state, slots=slots)})
    assert seat.stage.monitors_line() == "3/4 monitor · tanpa gambar: 10"


def test_several_walls_are_chosen_from(seat: Seat, qtbot: Any) -> None:
    begun(seat)

    Wallside(seat.desk, "lobi").say(preset(seat, "satu-layar"), 0, layout="satu-layar")
    chooser: Any = seat.page.right.findChild(WallChooser)
    qtbot.waitUntil(chooser.isVisible)
    chooser.setCurrentIndex(chooser.findText("lobi"))
    chooser.activated.emit(chooser.currentIndex())
    qtbot.waitUntil(lambda: seat.stage.feed.desk is not None and seat.stage.feed.desk.wall == "lobi", timeout=20_000)
    assert seat.editor.layout.title == preset(seat, "satu-layar").title
