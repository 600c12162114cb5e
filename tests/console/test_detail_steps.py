"""Every step by its key, and what it came to in the store; what is off says why; what the doors refuse is said in words."""

from collections.abc import Generator
from typing import Any

import pytest

from tests.console.desk_server import DeskServer, a_desk_server
from tests.console.report_desk import ReportDesk, a_report_desk


@pytest.fixture(scope="module")
def server() -> Generator[DeskServer]:
    with a_desk_server() as opened:
        yield opened


@pytest.fixture
def desk(qtbot: Any, server: DeskServer) -> Generator[ReportDesk]:
    with a_report_desk(qtbot, server) as opened:
        yield opened


def done(desk: ReportDesk, report: str, *kinds: str) -> None:
    """These steps are in the store, and the detail shows them."""
    desk.wait(lambda: desk.kinds(report) == ["received", *kinds])
    desk.wait(lambda: desk.detail.feed.detail is not None and len(desk.seen.history) == len(kinds) + 1)


def test_forwarding_suggests_and_finds_by_letters(desk: ReportDesk) -> None:
    report = desk.server.typed_in("lubang")
    desk.open(report)
    desk.key("F2")
    assert desk.seen.suggested_agency is not None and desk.detail.agencies.current == desk.seen.suggested_agency
    desk.type("perhub")
    desk.key("Return")
    done(desk, report, "forward")
    assert desk.record(report).agency == "dishub"


def test_report_after_report_is_handled_by_keys_alone(desk: ReportDesk) -> None:
    reports = [desk.server.typed_in(f"satu per satu {number}") for number in range(3)]
    desk.page.queue.refresh(reports)
    desk.wait(lambda: all(desk.page.queue.row(report) is not None for report in reports))
    desk.open(reports[0])
    for _ in reports:
        here = desk.seen.report.id
        desk.key("F2")
        desk.key("Return")
        desk.wait(lambda here=here: "forward" in desk.kinds(here))
        assert desk.page.queue.isAncestorOf(desk.focus), "a letter is the queue's again, not one of the field's"
        desk.key("n")
        desk.type(f"dicek {here}")
        desk.key("Ctrl+Return")
        desk.wait(lambda here=here: "note" in desk.kinds(here))
        assert desk.page.queue.isAncestorOf(desk.focus)
        desk.key("Ctrl+J")
        desk.wait(lambda here=here: desk.seen is not None and desk.seen.report.id != here)


def test_an_answer_is_not_sent_with_a_place_open(desk: ReportDesk) -> None:
    report = desk.server.typed_in("jawab saya")
    desk.open(report)
    desk.key("F3")
    form = desk.form
    desk.wait(lambda: form._list.count() > 3)
    form._use(form._list.item(1))
    desk.key("Ctrl+Return")
    assert desk.detail.tray.kind == "answer" and "{agency}" in desk.detail.tray._why.text()
    desk.type("Dinas Perhubungan")
    assert desk.detail.tray._why.text() == ""
    desk.key("Ctrl+Return")
    done(desk, report, "answer")
    assert desk.events(report)[-1].body["text"] == f"Laporan Anda {report} sudah diteruskan kepada Dinas Perhubungan."
    assert desk.detail.drafts.reports() == []


def test_what_is_not_ours_is_answered(desk: ReportDesk) -> None:
    report = desk.server.typed_in("jalan tol")
    desk.open(report)
    desk.key("F4")
    form = desk.form
    desk.wait(lambda: "{authority}" in form._field.toPlainText())
    desk.type("Jasa Marga")
    desk.key("Ctrl+Return")
    done(desk, report, "decline")
    assert desk.record(report).state == "declined" and "Jasa Marga." in desk.events(report)[-1].body["answer"]


def test_a_prank_and_its_return_need_reasons(desk: ReportDesk) -> None:
    report = desk.server.typed_in("halo halo")
    desk.open(report)
    desk.key("F5")
    desk.key("Ctrl+Return")
    assert desk.detail.tray.kind == "invalidate"
    desk.type("menelepon lalu tertawa")
    desk.key("Ctrl+Return")
    done(desk, report, "invalidate")
    desk.key("F10")
    desk.type("ternyata benar")
    desk.key("Ctrl+Return")
    done(desk, report, "invalidate", "reopen")
    assert [event.reason for event in desk.events(report)[1:]] == ["menelepon lalu tertawa", "ternyata benar"]


def test_merging_into_what_is_alike(desk: ReportDesk) -> None:
    parent = desk.server.typed_in("pohon tumbang di jalan", category="pohon_tumbang", position={"lon": 106.65, "lat": -6.2})
    report = desk.server.typed_in("pohon tumbang", category="pohon_tumbang", position={"lon": 106.6503, "lat": -6.2})
    desk.open(report)
    desk.key("F6")
    desk.key("Return")
    done(desk, report, "merge")
    assert desk.record(report).parent == parent


def test_merging_by_number_where_nothing_is_alike(desk: ReportDesk) -> None:
    parent = desk.server.typed_in("induk", category="ktp", position={"lon": 106.70, "lat": -6.15})
    report = desk.server.typed_in("anak", category="macet", position={"lon": 106.60, "lat": -6.21})
    desk.open(report)
    desk.key("F6")
    desk.type(report)
    assert "dirinya sendiri" in desk.detail.tray._why.text()
    desk.focus.clear()
    desk.type(parent)
    desk.key("Ctrl+Return")
    done(desk, report, "merge")


def test_from_acceptance_to_the_photo_that_closes_it(desk: ReportDesk) -> None:
    report = desk.server.typed_in("trotoar", category="trotoar_rusak")
    desk.step(report, do="forward", agency="dpupr")
    desk.open(report)
    desk.key("F7")
    done(desk, report, "forward", "accept")
    desk.key("F8")
    desk.type("semen datang")
    desk.key("Ctrl+Return")
    done(desk, report, "forward", "accept", "progress")
    desk.key("F9")
    assert "perlu bukti" in desk.told()
    photo = desk.attach(report, "after", "olive")
    desk.detail.feed.reload()
    desk.wait(lambda: not desk.detail.steps.why_not("finish"))
    desk.key("F9")
    desk.key("Ctrl+Return")
    desk.wait(lambda: desk.record(report).state == "done")
    assert desk.record(report).photo_after == photo


def test_a_lead_may_exempt_and_an_operator_may_not(qtbot: Any, server: DeskServer) -> None:
    report = server.typed_in("tanpa kamera")
    with a_report_desk(qtbot, server, login="sari") as desk:
        desk.step(report, do="forward", agency="dpupr")
        desk.step(report, login="rani", do="accept")
        desk.open(report)
        desk.key("F9")
        desk.key("Ctrl+Return")
        assert desk.detail.tray.kind == "finish"
        desk.form._exemption.setFocus()
        desk.type("gelap, tidak ada kamera")
        desk.key("Ctrl+Return")
        done(desk, report, "forward", "accept", "finish")
        assert desk.record(report).exemption == "gelap, tidak ada kamera"


def test_triage_sends_what_is_other_and_shows_the_wall(desk: ReportDesk) -> None:
    report = desk.server.typed_in("lampu", category="lampu_jalan")
    desk.open(report)
    desk.key("T")
    assert "belum ada yang diubah" in desk.detail.tray._why.text()
    desk.type("kabel")
    desk.key("Tab")
    desk.key("2")
    desk.form._text.setFocus()
    desk.type("Kabel <b>menjuntai</b>")
    assert desk.form._preview.text() == "Di dinding: Kabel <b>menjuntai</b>"
    desk.key("Ctrl+Return")
    done(desk, report, "triage")
    assert desk.events(report)[-1].body == {
        "do": "triage", "reason": "", "category": "kabel_menjuntai", "priority": "urgent", "position": None, "place": None,
        "text": "Kabel <b>menjuntai</b>",
    }  # fmt: skip


def test_a_note_and_a_picture_for_the_wall(desk: ReportDesk) -> None:
    report = desk.server.typed_in("banjir", category="banjir")
    photo = desk.attach(report, "before", "navy")
    desk.open(report)
    desk.key("N")
    desk.type("pelapor akan menelepon lagi")
    desk.key("Ctrl+Return")
    done(desk, report, "attached", "note")
    desk.wait(lambda: desk.detail.photos.chosen is not None)
    desk.key("P", desk.detail.photos.view)
    done(desk, report, "attached", "note", "pass_picture")
    assert [(one.hash, one.is_passed) for one in desk.seen.pictures] == [(photo, True)]
    desk.key("P", desk.detail.photos.view)
    desk.wait(lambda: desk.kinds(report)[-1] == "pass_picture" and len(desk.kinds(report)) == 5)


def test_what_may_not_be_done_is_told_and_not_asked(desk: ReportDesk) -> None:
    report = desk.server.typed_in("baru saja")
    desk.open(report)
    for key, why in (
        ("F8", "Kemajuan: tidak dari keadaan Baru"),
        ("F10", "Buka lagi: tidak dari keadaan Baru"),
        ("F9", "Tutup: belum dikerjakan"),
    ):
        desk.key(key)
        assert why in desk.told()
    assert not desk.detail.tray.isVisible() and desk.kinds(report) == ["received"]


def test_who_only_watches_has_no_step(qtbot: Any, server: DeskServer) -> None:
    report = server.typed_in("dilihat wali kota")
    with a_report_desk(qtbot, server, login="wali") as desk:
        desk.open(report)
        desk.key("F2")
        assert "peran Anda tidak boleh" in desk.told()
        assert all(desk.detail.steps.why_not(kind) for kind in desk.detail.steps.actions)


@pytest.mark.parametrize(("key", "kind"), [("N", "note"), ("F3", "answer"), ("F5", "invalidate")])
def test_a_hundred_thousand_letters_are_refused_here(desk: ReportDesk, key: str, kind: str) -> None:
    report = desk.server.typed_in(f"panjang {kind}")
    desk.open(report)
    desk.key(key)
    desk.focus.setPlainText("<script>" + "x" * 100_000)
    assert desk.detail.tray.kind == kind and "terlalu panjang: 100.008 huruf" in desk.detail.tray._why.text()
    desk.key("Ctrl+Return")
    assert desk.detail.tray.isVisible() and not desk.page.held.all


def test_what_only_the_doors_know_is_told_in_words(desk: ReportDesk) -> None:
    report = desk.server.typed_in("gabung ke mana")
    desk.open(report)
    desk.key("F6") if not desk.seen.duplicates else desk.detail.acting.open_form("merge")
    desk.type("L999999-TIADA")
    desk.key("Ctrl+Return")
    desk.wait(lambda: "laporan ini tidak ada, atau bukan untuk Anda" in desk.told())
    assert desk.detail.drafts.get(report, "merge") == {"parent": "L999999-TIADA"}
