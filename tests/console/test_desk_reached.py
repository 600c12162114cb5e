"""Whether the doors are there: said by whatever is refused, and by a pulse. And what is taken for a page that is gone goes back."""

from collections.abc import Generator
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from controlroom.console import desk_api
from feeds.messages.desk import AuditPage
from tests.console.desk import AWAY
from tests.console.desk_asking import Ask, called, let_in
from tests.fakes.false_doors import PatientDoors, patient_doors


@pytest.fixture
def patient_server() -> Generator[PatientDoors]:
    with patient_doors() as doors:
        yield doors


@pytest.fixture
def kept_waiting(qtbot: QtBot, patient_server: PatientDoors) -> Generator[Ask]:
    made = Ask(qtbot, patient_server.url)
    yield made
    made.api.close()


def run_out(asked: Ask, request: str, time_ms: int) -> None:
    """The time of the request is over: nobody waits for it."""
    reply = next(reply for reply in asked.api._replies if reply.url().path() == request)
    timer = next(timer for timer in reply.findChildren(QTimer) if timer.interval() == time_ms)
    timer.timeout.emit()


def test_silent_doors_are_said_to_be_gone_within_six_seconds_and_work_is_given_its_time(
    kept_waiting: Ask, patient_server: PatientDoors
) -> None:
    assert desk_api.PULSE_MS + desk_api.PULSE_SILENCE_MS <= 6_000
    assert desk_api.SILENCE_MS == 10_000
    kept_waiting.api.send("POST", "/desk/reports", {}, dict[str, Any], kept_waiting.came.append, kept_waiting.failed.append)
    work = called(kept_waiting, patient_server, "POST /desk/reports ")
    kept_waiting.api.ask_whether_there()
    kept_waiting.api.ask_whether_there()
    called(kept_waiting, patient_server, "GET /health ")
    assert len(kept_waiting.api._replies) == 2, "one pulse at a time"
    run_out(kept_waiting, "/health", desk_api.PULSE_SILENCE_MS)
    assert kept_waiting.reached == [False] and not kept_waiting.failed
    work.answer(b"{}")
    assert kept_waiting.told().came == [{}] and kept_waiting.reached == [False, True]


def test_a_pulse_that_waits_behind_an_answer_says_nothing(kept_waiting: Ask, patient_server: PatientDoors) -> None:
    kept_waiting.api.get("/desk/audit", AuditPage, kept_waiting.came.append, kept_waiting.failed.append)
    other = called(kept_waiting, patient_server, "GET /desk/audit")
    kept_waiting.api.ask_whether_there()
    called(kept_waiting, patient_server, "GET /health ")
    other.answer(b'{"rows": [], "before": null}')
    kept_waiting.told()
    run_out(kept_waiting, "/health", desk_api.PULSE_SILENCE_MS)
    assert kept_waiting.reached == []
    kept_waiting.api.ask_whether_there()
    called(kept_waiting, patient_server, "GET /health ", 2)
    run_out(kept_waiting, "/health", desk_api.PULSE_SILENCE_MS)
    assert kept_waiting.reached == [False]


@pytest.mark.parametrize("is_hushed", [False, True])
def test_one_refused_connection_says_it_whoever_asked(qtbot: QtBot, is_hushed: bool) -> None:
    made = Ask(qtbot, AWAY)
    made.api.send("DELETE", "/desk/walls/dinding/lease", None, object, made.came.append, made.failed.append)
    if is_hushed:
        made.api.hush()
    qtbot.waitUntil(lambda: made.reached == [False], timeout=20_000)
    assert [trouble.code for trouble in made.failed] == ([] if is_hushed else ["unreached"])
    made.api.close()


def take(asked: Ask) -> None:
    asked.api.send("POST", "/desk/x/claim", None, object, asked.came.append, asked.failed.append, give_back="/desk/x/claim")


@pytest.mark.parametrize(
    ("status", "is_given_back"),
    [("200 OK", True), ("500 Internal Server Error", True), ("409 Conflict", False), ("401 Unauthorized", False)],
)
def test_what_is_taken_for_who_is_gone_is_given_back(
    kept_waiting: Ask, patient_server: PatientDoors, status: str, is_given_back: bool
) -> None:
    let_in(kept_waiting, patient_server, "ani", "first")
    take(kept_waiting)
    taken = called(kept_waiting, patient_server, "POST /desk/x/claim")
    kept_waiting.api.hush()
    taken.answer(b"{}", status)
    if is_given_back:
        called(kept_waiting, patient_server, "DELETE /desk/x/claim").answer(b"{}")
    kept_waiting.qtbot.waitUntil(lambda: not kept_waiting.api.is_telling)
    assert not kept_waiting.came and not kept_waiting.failed
    assert (patient_server.call("DELETE /desk/x/claim") is not None) is is_given_back


def test_nothing_is_given_back_that_somebody_has_asked_for_since(kept_waiting: Ask, patient_server: PatientDoors) -> None:
    let_in(kept_waiting, patient_server, "ani", "first")
    take(kept_waiting)
    first = called(kept_waiting, patient_server, "POST /desk/x/claim")
    kept_waiting.api.hush()
    take(kept_waiting)
    second = called(kept_waiting, patient_server, "POST /desk/x/claim", 2)
    first.answer(b"{}")
    second.answer(b"{}")
    kept_waiting.told()
    kept_waiting.qtbot.waitUntil(lambda: not kept_waiting.api.is_telling)
    assert patient_server.call("DELETE /desk/x/claim") is None


def test_nothing_is_given_back_in_the_name_of_the_next(kept_waiting: Ask, patient_server: PatientDoors) -> None:
    let_in(kept_waiting, patient_server, "ani", "first")
    take(kept_waiting)
    taken = called(kept_waiting, patient_server, "POST /desk/x/claim")
    let_in(kept_waiting, patient_server, "sari", "second", 2)
    kept_waiting.api.hush()
    taken.answer(b"{}")
    kept_waiting.qtbot.waitUntil(lambda: not kept_waiting.api.is_telling)
    assert patient_server.call("DELETE /desk/x/claim") is None
