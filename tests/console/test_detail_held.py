"""A step that is held back: called back in time, sent by leaving, kept while the doors are away, never sent twice, never lost in silence."""

from collections.abc import Generator
from typing import Any

import httpx
import pytest

from controlroom.console.desk_api import Trouble
from controlroom.console.reports.actions_held import HeldSteps, Stage
from feeds.messages.actions import Note
from feeds.messages.desk import OneOfMany
from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.report_desk import ReportDesk, a_report_desk


@pytest.fixture(scope="module")
def server() -> Generator[DeskServer]:
    with a_desk_server() as opened:
        yield opened


@pytest.fixture
def desk(qtbot: Any, server: DeskServer) -> Generator[ReportDesk]:
    with a_report_desk(qtbot, server, hold_s=15) as opened:
        yield opened


@pytest.fixture
def own(qtbot: Any) -> Generator[ReportDesk]:
    """Doors of its own, for a test that shuts them."""
    with a_desk_server() as opened, a_report_desk(qtbot, opened, hold_s=15) as made:
        yield made


def wrote(desk: ReportDesk, text: str) -> None:
    desk.key("N")
    desk.type(text)
    desk.key("Ctrl+Return")


def test_undo_calls_it_back_with_its_text(desk: ReportDesk) -> None:
    report = desk.server.typed_in("tahan")
    desk.open(report)
    wrote(desk, "salah tulis")
    assert "dikirim 15 dtk lagi" in desk.page.line.text and desk.detail.head._pend.isVisible()
    desk.key("Ctrl+Z", desk.detail.photos.view)
    assert not desk.page.held.all and not desk.page.line.isVisible()
    assert desk.form.draft() == {"text": "salah tulis"}
    assert desk.kinds(report) == ["received"]


def test_the_button_of_the_line_undoes_too_and_nothing_is_left_to_undo(desk: ReportDesk) -> None:
    report = desk.server.typed_in("tahan tombol")
    desk.open(report)
    wrote(desk, "x")
    desk.page.line._undo.click()
    assert not desk.page.held.all
    desk.detail.acting.undo()
    assert "Tidak ada langkah yang masih dapat diurungkan" in desk.told()
    assert desk.kinds(report) == ["received"]


def test_the_time_is_chosen_and_remembered(desk: ReportDesk) -> None:
    desk.key("Ctrl+Shift+Z")
    assert desk.page.held.hold_s == 0 and desk.desk.ctx.remembered.get("laporan.hold_s", None) == 0
    desk.key("Ctrl+Shift+Z")
    assert desk.page.held.hold_s == 3


def test_leaving_the_page_sends_what_is_held(desk: ReportDesk) -> None:
    report = desk.server.typed_in("ditinggal")
    desk.open(report)
    wrote(desk, "tetap terkirim")
    desk.page.hide()
    desk.wait(lambda: desk.kinds(report) == ["received", "note"])


def test_two_steps_on_one_report_go_in_their_order(desk: ReportDesk) -> None:
    report = desk.server.typed_in("berurutan")
    desk.open(report)
    wrote(desk, "pertama")
    desk.key("Alt+Right")
    wrote(desk, "kedua")
    assert len(desk.page.held.of(report)) == 2
    desk.page.held.send_now()
    desk.wait(lambda: desk.kinds(report) == ["received", "note", "note"])
    assert [event.body["text"] for event in desk.events(report)[1:]] == ["pertama", "kedua"]


def test_an_emergency_goes_to_its_agency_at_once(desk: ReportDesk) -> None:
    report = desk.server.typed_in("api di gudang", channel="call_112", category="kebakaran")
    desk.open(report)
    desk.key("F2")
    desk.key("Return")
    desk.wait(lambda: desk.kinds(report) == ["received", "forward"])


def test_a_stale_step_shows_what_changed_and_goes_again(desk: ReportDesk) -> None:
    report = desk.server.typed_in("basi")
    desk.open(report)
    wrote(desk, "catatan di atas yang lama")
    desk.step(report, do="forward", agency="dishub", reason="salah jalan")
    desk.page.held.send_now()
    desk.wait(lambda: desk.detail.banner.isVisible())
    said = desk.detail.banner.text
    assert "Diteruskan: Dishub (salah jalan) · budi" in said and "Catatan" in said
    assert desk.detail.drafts.get(report, "note") == {"text": "catatan di atas yang lama"}
    assert "langkah yang ditolak" in (desk.page.may_leave() or "")
    desk.key("R", desk.detail.photos.view)
    desk.page.held.send_now()
    desk.wait(lambda: desk.kinds(report) == ["received", "forward", "note"])
    desk.wait(lambda: not desk.detail.banner.isVisible())
    assert desk.detail.drafts.reports() == []


def test_doors_that_are_away_keep_the_step_and_the_typed_text(own: ReportDesk) -> None:
    report = own.server.typed_in("pintu pergi")
    own.open(report)
    wrote(own, "akan sampai")
    own.key("Alt+Right")
    own.key("F5")
    own.type("belum selesai ditulis")
    own.server.stop()
    try:
        own.page.held.send_now()
        own.wait(lambda: "menunggu pintu" in own.page.line.text)
        assert f"TIDAK terkirim, pintu tidak menjawab: Catatan · {report}" in (own.page.may_leave() or "")
        assert own.page.unsent() == 1 and own.page.queue._model.pending == {report: "Catatan: menunggu pintu"}
        assert own.form.draft() == {"text": "belum selesai ditulis"}
    finally:
        own.server.start()
    own.wait(lambda: own.kinds(report) == ["received", "note"])
    own.wait(lambda: not own.page.held.all)
    assert own.page.queue._model.pending == {}
    assert own.form.draft() == {"text": "belum selesai ditulis"}


def test_an_ended_session_keeps_the_step_until_somebody_is_back(desk: ReportDesk) -> None:
    report = desk.server.typed_in("sesi habis")
    desk.open(report)
    wrote(desk, "sesudah masuk lagi")
    desk.server.end_sessions("ani")
    desk.page.held.send_now()
    desk.wait(lambda: desk.desk.api.who is None)
    desk.wait(lambda: [held.stage for held in desk.page.held.all] == [Stage.WAITING])
    desk.desk.sign_in(desk.qtbot)
    desk.wait(lambda: desk.kinds(report) == ["received", "note"])


def test_a_step_whose_answer_was_lost_is_known_again(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carried out behind the doors, but the answer never came: trying again must neither do it twice nor call it refused."""
    report = desk.server.typed_in("jawaban hilang")
    done: list[str] = []
    refused: list[Any] = []
    held = HeldSteps(desk.desk.api)
    held.hold_s = 0
    held.carried_out.connect(lambda one, row, made: done.append(row.id))
    held.refused.connect(lambda *what: refused.append(what))
    send = desk.desk.api.send

    def lost(method: str, path: str, body: Any, kind: Any, ok: Any, failed: Any, **more: Any) -> Any:
        monkeypatch.undo()
        login = {"login": "ani", "password": "empat kata yang panjang"}
        with httpx.Client(base_url=desk.server.url, trust_env=False) as client:
            token = client.post("/session", json=login).json()["csrf"]
            headers = {"If-Match": f'"{more["revision"]}"', "X-CSRF-Token": token}
            assert client.post(path, json={"do": "note", "text": body.text}, headers=headers).status_code == 200
        return send("GET", "/nirgends", None, kind, ok, lambda _: failed(unreached()))

    def unreached() -> Any:
        return Trouble(status=0, code="unreached", text="")

    monkeypatch.setattr(desk.desk.api, "send", lost)
    held.hold([OneOfMany(id=report, revision=1, action=Note(text="sekali saja"))], "catatan")
    desk.wait(lambda: done == [report])
    assert not refused and desk.kinds(report) == ["received", "note"]
    held.close()


def test_what_a_colleague_did_behind_a_lost_answer_is_not_passed_over(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    report = desk.server.typed_in("jawaban hilang, rekan lebih cepat")
    held = HeldSteps(desk.desk.api)
    done: list[tuple[str, int]] = []
    refused: list[str] = []
    held.carried_out.connect(lambda one, row, made: done.append((row.id, made)))
    held.refused.connect(lambda _held, step, trouble: refused.append(f"{step.action.text}: {trouble.code}"))
    send = desk.desk.api.send

    def lost(method: str, path: str, body: Any, kind: Any, ok: Any, failed: Any, **more: Any) -> Any:
        monkeypatch.undo()
        desk.step(report, login="ani", do="note", text=body.text)
        desk.step(report, login="budi", do="note", text="rekan")
        return send("GET", "/nirgends", None, kind, ok, lambda _: failed(Trouble(status=0, code="unreached", text="")))

    monkeypatch.setattr(desk.desk.api, "send", lost)
    for text in ("yang pertama", "yang kedua"):
        held.hold([OneOfMany(id=report, revision=1, action=Note(text=text))], text)
    held.send_now()
    desk.wait(lambda: refused)
    assert done == [(report, 2)] and refused == ["yang kedua: stale_revision"]
    assert desk.kinds(report) == ["received", "note", "note"]
    held.close()


def test_steps_in_one_breath_stand_on_one_another(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the report has been told anew: each is on top of what the one before it made, and nobody conflicts with himself."""
    report = desk.server.typed_in("tiga langkah")
    desk.open(report)
    desk.page.held.hold_s = 0
    monkeypatch.setattr(desk.detail.feed, "reload", lambda *_: None)
    for number in range(1, 4):
        wrote(desk, f"langkah {number}")
        desk.wait(lambda number=number: desk.kinds(report) == ["received", *["note"] * number])
        desk.wait(lambda: not desk.page.held.all)
        desk.key("Alt+Right")
    assert desk.seen.report.revision == 1 and not desk.detail.acting.conflicts()
    # What was done elsewhere between is not passed over.
    desk.step(report, login="ani", text="di meja lain", do="note")
    wrote(desk, "terlambat")
    desk.wait(lambda: desk.detail.acting.conflicts() == [report])
    assert desk.kinds(report) == ["received", *["note"] * 4]
