"""The open report: what is seen of it, what stays when it changes, who has it, and that nobody's text is ever markup."""

from collections.abc import Generator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from feeds.identity import audit
from feeds.messages.header import Position
from feeds.messages.report import REPORT, Channel, Priority, Report, ReportState
from tests.console.desk_server import HERE, DeskServer, a_desk_server
from tests.console.report_desk import ReportDesk, a_report_desk

SCRIPT = "<script>alert(1)</script><b>tebal</b><img src=x onerror=y> & 'kutip'"


@pytest.fixture(scope="module")
def server() -> Generator[DeskServer]:
    with a_desk_server() as opened:
        yield opened


@pytest.fixture
def desk(qtbot: Any, server: DeskServer) -> Generator[ReportDesk]:
    with a_report_desk(qtbot, server) as opened:
        yield opened


def on_the_wall(desk: ReportDesk, report: str, state: ReportState = ReportState.NEW) -> Report:
    """The report as the bus would tell it."""
    record, now = desk.record(report), desk.server.now()
    position = Position(record.lon, record.lat) if record.lon is not None else None
    return Report(
        id=report, state=state, category=record.category, channel=Channel(record.channel), priority=Priority(record.priority),
        received_at=now, changed_at=now, position=position,
    )  # fmt: skip


def heard(desk: ReportDesk, report: str, state: ReportState) -> None:
    desk.desk.bus.put_all(REPORT, {report: on_the_wall(desk, report, state)})


def labels(desk: ReportDesk) -> list[QLabel]:
    return [one for one in desk.page.findChildren(QLabel) if one.isVisible() and one.text()]


def test_what_a_stranger_wrote_is_shown_as_it_is(desk: ReportDesk) -> None:
    report = desk.server.typed_in(SCRIPT, address=SCRIPT, person={"first_name": SCRIPT})
    desk.step(report, do="note", text=SCRIPT)
    desk.step(report, do="triage", place=SCRIPT[:100], text=SCRIPT)
    desk.open(report)
    desk.key("Ctrl+P")
    desk.wait(lambda: "audit" in desk.detail.words.person._said.text())
    showing = [one for one in labels(desk) if "<script>" in one.text()]
    assert len(showing) >= 6
    assert {one.textFormat() for one in labels(desk)} == {Qt.TextFormat.PlainText}


def test_the_longest_texts_are_laid_out_and_can_be_left(desk: ReportDesk) -> None:
    report = desk.server.typed_in("kata " * 799)
    for _ in range(3):
        desk.step(report, do="note", text="x" * 4_000)
    desk.open(report)
    assert desk.detail.area.horizontalScrollBar().maximum() == 0
    other = desk.server.typed_in("pendek")
    desk.page.queue.refresh([other])
    desk.page.open_report(other)
    desk.wait(lambda: "pendek" in desk.detail.words._words.text())


def test_a_change_on_the_bus_is_loaded_in_silence(desk: ReportDesk) -> None:
    report = desk.server.typed_in("kata " * 300)
    heard(desk, report, ReportState.NEW)
    desk.open(report)
    desk.key("N")
    desk.type("sedang ditulis")
    bar = desk.detail.area.verticalScrollBar()
    desk.wait(lambda: bar.maximum() > 60)
    bar.setValue(60)
    desk.step(report, do="forward", agency="dlh")
    heard(desk, report, ReportState.FORWARDED)
    desk.wait(lambda: "DLH" in desk.detail.words._more.text())
    assert "forward" in [event.kind for event in desk.seen.history]
    assert bar.value() == 60
    assert desk.form.draft() == {"text": "sedang ditulis"}


def test_beginning_to_act_claims_and_leaving_lets_go(desk: ReportDesk) -> None:
    first, other = desk.server.typed_in("satu"), desk.server.typed_in("dua")
    desk.open(first)
    assert desk.record(first).claimed_by is None
    desk.key("N")
    desk.wait(lambda: desk.record(first).claimed_by == "ani")
    desk.wait(lambda: desk.detail.head._holder.isVisible())
    desk.key("Esc")
    desk.open(other)
    desk.wait(lambda: desk.record(first).claimed_by is None)


def test_behind_another_page_a_report_is_nobodys_and_what_is_being_written_takes_it_again(desk: ReportDesk) -> None:
    report = desk.server.typed_in("ditinggal sebentar")
    with desk.server.client("budi") as client:
        desk.open(report)
        desk.key("N")
        desk.type("belum selesai")
        desk.wait(lambda: desk.record(report).claimed_by == "ani")
        desk.wait(lambda: client.post(f"/desk/reports/{report}/viewing").json() == {"others": ["Ani Lestari"]})
        desk.page.hide()
        desk.wait(lambda: desk.record(report).claimed_by is None)
        desk.wait(lambda: client.post(f"/desk/reports/{report}/viewing").json() == {"others": []})
        desk.page.show()
        assert desk.form.draft() == {"text": "belum selesai"}
        desk.wait(lambda: desk.record(report).claimed_by == "ani")
        desk.wait(lambda: client.post(f"/desk/reports/{report}/viewing").json() == {"others": ["Ani Lestari"]})


def test_a_report_merely_looked_at_is_not_taken_on_coming_back(desk: ReportDesk) -> None:
    report = desk.server.typed_in("hanya dilihat")
    desk.open(report)
    desk.page.hide()
    with desk.qtbot.waitSignal(desk.detail.feed.loaded, timeout=15_000):
        desk.page.show()
    assert desk.record(report).claimed_by is None


def test_letting_go_and_taking_again_go_one_after_the_other(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests at once may come in either order; the later wish is the one that holds."""
    report = desk.server.typed_in("bolak-balik")
    desk.open(report)
    desk.key("N")
    desk.wait(desk.detail.head._holder.isVisible)
    asked: list[tuple[str, Any]] = []
    send = desk.desk.api.send

    def hold_back(method: str, path: str, body: Any, kind: Any, done: Any, failed: Any, **more: Any) -> Any:
        if path.endswith("/claim"):
            asked.append((method, lambda: send(method, path, body, kind, done, failed, **more)))
            return None
        return send(method, path, body, kind, done, failed, **more)

    monkeypatch.setattr(desk.desk.api, "send", hold_back)
    desk.page.hide()
    desk.page.show()
    assert [method for method, _ in asked] == ["DELETE"]
    asked[0][1]()
    desk.wait(lambda: len(asked) == 2)
    assert asked[1][0] == "POST" and desk.record(report).claimed_by is None
    asked[1][1]()
    desk.wait(lambda: desk.record(report).claimed_by == "ani")


def test_a_report_in_other_hands_is_told_by_name(desk: ReportDesk) -> None:
    report = desk.server.typed_in("punya orang")
    with desk.server.client("budi") as client:
        assert client.post(f"/desk/reports/{report}/claim").status_code == 200
    desk.open(report)
    desk.wait(lambda: "budi" in desk.detail.head._holder.text)
    desk.key("N")
    desk.type("catatan saya")
    desk.key("Ctrl+Return")
    desk.wait(lambda: "sedang dipegang orang lain" in desk.told())
    desk.wait(lambda: desk.detail.drafts.get(report, "note") == {"text": "catatan saya"})
    assert desk.kinds(report) == ["received"]


def test_whoever_else_has_it_open_is_named(desk: ReportDesk) -> None:
    report = desk.server.typed_in("berdua")
    with desk.server.client("budi") as client:
        assert client.post(f"/desk/reports/{report}/viewing").status_code == 200
        desk.open(report)
        desk.wait(lambda: desk.detail.head._others.isVisible())
        assert "Budi Santoso" in desk.detail.head._others.text
        desk.detail.close_report()
        desk.wait(lambda: client.post(f"/desk/reports/{report}/viewing").json() == {"others": []})


def test_whoever_else_has_it_open_is_named_also_when_that_comes_before_the_report(desk: ReportDesk) -> None:
    report = desk.server.typed_in("lebih dulu")
    with desk.server.client("budi") as client, desk.server.delaying("GET", report) as late:
        assert client.post(f"/desk/reports/{report}/viewing").status_code == 200
        desk.page.open_report(report)
        desk.wait(lambda: late.come == 1 and desk.detail.feed.others == ["Budi Santoso"])
        late.let_in()
        desk.wait(lambda: desk.detail.feed.detail is not None)
        assert desk.detail.head._others.isVisible() and "Budi Santoso" in desk.detail.head._others.text


def test_the_person_is_asked_for_audited_and_hidden_again(desk: ReportDesk) -> None:
    report = desk.server.typed_in("rahasia", person={"first_name": "Siti", "phone": "081234560417"})
    other = desk.server.typed_in("lain")
    desk.open(report)
    assert not any("0417" in one.text() or "Siti" in one.text() for one in labels(desk))
    desk.key("Ctrl+P")
    desk.wait(lambda: "081234560417" in desk.detail.words.person._said.text())
    looked = desk.server.doors.database.read(lambda it: audit.page(it)).rows
    assert ("ani", "see_person", f"report {report}") in [(one.actor, one.action, one.object) for one in looked]
    desk.open(other)
    desk.open(report)
    assert not any("0417" in one.text() for one in labels(desk))


def test_an_answer_about_a_person_never_stands_under_another_report(desk: ReportDesk) -> None:
    report = desk.server.typed_in("rahasia lain", person={"phone": "081234560417"})
    other = desk.server.typed_in("tanpa nama")
    desk.open(report)
    desk.key("Ctrl+P")
    desk.page.open_report(other)
    desk.wait(lambda: desk.detail.feed.detail is not None and desk.seen.report.id == other)
    looked = f"report {report}"
    desk.wait(lambda: looked in [one.object for one in desk.server.doors.database.read(lambda it: audit.page(it)).rows])
    desk.key("Ctrl+P")
    desk.wait(lambda: "tidak dikenal" in desk.detail.words.person._said.text())


def test_pictures_are_walked_zoomed_paired_and_shown_large(desk: ReportDesk) -> None:
    report = desk.server.typed_in("berfoto")
    desk.attach(report, "before", "teal")
    desk.attach(report, "after", "maroon")
    desk.open(report)
    photos = desk.detail.photos
    desk.wait(lambda: len(photos.view._pictures) == 2 and all(image is not None for _, image, _ in photos.view._pictures))
    desk.key("Right")
    assert [role for role, _, _ in photos.view._pictures] == ["Sesudah"]
    desk.key("+")
    desk.key("+")
    assert photos.view.zoom > 1.5
    desk.key("0")
    assert photos.view.zoom == 1.0
    desk.key("Return")
    desk.wait(lambda: photos._window is not None and photos._window.isVisible())
    desk.key("Escape", photos._window.view if photos._window is not None else None)
    desk.wait(lambda: photos._window is None)
    desk.key("B", photos.view)
    assert len(photos.view._pictures) == 2


def test_the_map_shows_what_is_alike_and_moves_the_pin_by_keys(desk: ReportDesk) -> None:
    report = desk.server.typed_in("air naik", category="banjir", position={"lon": 106.61, "lat": -6.19})
    near = desk.server.typed_in("air naik juga", category="banjir", position={"lon": 106.6105, "lat": -6.19})
    heard(desk, near, ReportState.WORKING)
    desk.open(report)
    pins = {pin.report: pin.is_near for pin in desk.detail.map._others}
    assert pins[near]
    desk.key("L")
    assert desk.detail.map.is_moving
    desk.key("Escape")
    assert not desk.detail.map.is_moving and desk.kinds(report) == ["received"]
    desk.key("L")
    for _ in range(3):
        desk.key("Shift+Right")
    desk.key("Up")
    desk.key("Return")
    desk.wait(lambda: desk.kinds(report) == ["received", "triage"])
    moved = desk.record(report)
    assert 106.612 < moved.lon < 106.617 and -6.19 < moved.lat < -6.189


def test_nothing_of_a_report_is_left_when_it_is_gone(desk: ReportDesk) -> None:
    desk.page.open_report("L000000-XXXXX")
    desk.wait(lambda: "tidak ada" in desk.detail._empty.text())
    assert desk.detail.report == ""


def test_every_word_is_there_in_english(qtbot: Any, server: DeskServer) -> None:
    report = server.typed_in("english", position=HERE)
    with a_report_desk(qtbot, server, language="en") as desk:
        desk.step(report, do="forward", agency="dpupr")
        desk.open(report)
        history = [one.text() for one in desk.detail.history.findChildren(QLabel)]
        assert "Forwarded: PUPR · budi" in history
        assert desk.detail.steps.actions["decline"].text() == "Not ours"
