"""One step for many reports: each told for itself, the refused ones stay ticked, and all of it can be called back."""

from collections.abc import Generator
from typing import Any

import pytest

from controlroom.console.reports.actions_forms import AnswerForm
from controlroom.console.reports.actions_held import HeldSteps
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


@pytest.fixture
def own(qtbot: Any) -> Generator[ReportDesk]:
    """Doors of its own, for a test that shuts them."""
    with a_desk_server() as opened, a_report_desk(qtbot, opened) as made:
        yield made


def ticked(desk: ReportDesk, *words: str) -> list[str]:
    """New reports, ticked in the queue."""
    reports = sorted(desk.server.typed_in(text) for text in words)
    desk.page.queue.refresh(reports)
    desk.wait(lambda: all(desk.page.queue.row(report) is not None for report in reports))
    desk.page.queue._model.tick(reports, is_on=True)
    assert desk.page.bulk.isVisible() and desk.page.bulk._ticked == reports
    return reports


def test_many_are_forwarded_at_once(desk: ReportDesk) -> None:
    reports = ticked(desk, "a1", "a2", "a3")
    desk.key("Shift+F2")
    desk.type("dishub")
    desk.key("Return")
    desk.wait(lambda: all(desk.record(report).agency == "dishub" for report in reports))
    desk.wait(lambda: not desk.page.bulk.isVisible())
    assert "3 terlaksana, 0 ditolak" in desk.told()


def test_the_refused_one_stays_ticked_with_its_reason(desk: ReportDesk) -> None:
    reports = ticked(desk, "b1", "b2")
    with desk.server.client("budi") as client:
        assert client.post(f"/desk/reports/{reports[0]}/claim").status_code == 200
    desk.key("Shift+F5")
    desk.type("telepon iseng")
    desk.key("Return")
    desk.wait(lambda: "1 terlaksana, 1 ditolak" in desk.told())
    desk.wait(lambda: desk.page.bulk._ticked == reports[:1])
    assert desk.page.bulk._list.item(0).text().startswith(f"{reports[0]} · laporan sedang dipegang orang lain")
    assert desk.record(reports[1]).state == "invalid"


def test_an_answer_is_filled_for_each(desk: ReportDesk) -> None:
    reports = ticked(desk, "c1", "c2")
    desk.key("Shift+F3")
    (form,) = desk.page.bulk.findChildren(AnswerForm)
    desk.wait(lambda: form._list.count() > 3)
    form._use(form._list.item(0))
    desk.key("Ctrl+Return")
    desk.wait(lambda: all(desk.kinds(report) == ["received", "answer"] for report in reports))
    for report in reports:
        assert desk.events(report)[-1].body["text"] == f"Terima kasih. Laporan Anda {report} sudah kami terima dan sedang diperiksa."


def test_merged_into_one_of_them(desk: ReportDesk) -> None:
    reports = ticked(desk, "d1", "d2", "d3")
    desk.key("Shift+F6")
    desk.type(reports[0])
    desk.key("Return")
    desk.wait(lambda: [desk.record(report).parent for report in reports] == [None, reports[0], reports[0]])


def test_a_priority_for_many(desk: ReportDesk) -> None:
    reports = ticked(desk, "e1", "e2")
    desk.key("Shift+F7")
    desk.type("2")
    desk.key("Ctrl+Return")
    desk.wait(lambda: all(desk.record(report).priority == "urgent" for report in reports))


def test_many_are_called_back_and_stay_ticked(desk: ReportDesk) -> None:
    reports = ticked(desk, "f1", "f2")
    desk.page.held.hold_s = 15
    desk.key("Shift+F2")
    desk.key("Return")
    assert desk.page.held.all
    desk.key("Ctrl+Z", desk.page.queue.view)
    assert not desk.page.held.all and desk.page.bulk._ticked == reports
    assert [desk.kinds(report) for report in reports] == [["received"], ["received"]]


def test_many_wait_for_doors_that_are_away(own: ReportDesk) -> None:
    reports = ticked(own, "g1", "g2")
    own.server.stop()
    try:
        own.key("Shift+F2")
        own.type("dlh")
        own.key("Return")
        own.wait(lambda: "menunggu pintu" in own.page.line.text)
    finally:
        own.server.start()
    own.wait(lambda: all(own.record(report).agency == "dlh" for report in reports))


def test_many_whose_answer_was_lost_are_known_again(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carried out behind the doors, but nobody heard: sent again they are stale, and the history says that they stand."""
    reports = ticked(desk, "k1", "k2")
    answered = HeldSteps._many_answered
    lost: list[int] = []

    def lose(held: HeldSteps, one: Any, found: Any) -> None:
        if lost:
            answered(held, one, found)
        else:
            lost.append(len(found))
            held._wait(one)

    monkeypatch.setattr(HeldSteps, "_many_answered", lose)
    desk.key("Shift+F2")
    desk.type("dishub")
    desk.key("Return")
    desk.wait(lambda: "2 terlaksana, 0 ditolak" in desk.told())
    assert lost == [2] and all(desk.kinds(report).count("forward") == 1 for report in reports)


def test_more_than_one_request_takes_go_in_several(desk: ReportDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.console.reports.actions_held.MOST_STEPS", 2)
    reports = ticked(desk, "h1", "h2", "h3", "h4", "h5")
    desk.key("Shift+F2")
    desk.type("bpbd")
    desk.key("Return")
    desk.wait(lambda: "5 terlaksana, 0 ditolak" in desk.told())
    assert {desk.record(report).agency for report in reports} == {"bpbd"}
