"""How a desk asks its doors: real ones, shut ones, and servers that are none. Whatever comes, one callback is called, once."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from controlroom.console import desk_api
from controlroom.console.desk_api import DeskApi, give_up
from feeds.messages.desk import AuditPage, WhoAmI
from feeds.reports.roles import Role
from tests.console.desk import AWAY
from tests.console.desk_asking import WHO, Ask, called, let_in
from tests.console.desk_server import PASSWORD, DeskServer, a_desk_server
from tests.fakes.false_doors import FalseDoors, PatientDoors, false_doors, patient_doors


@pytest.fixture
def server() -> Generator[DeskServer]:
    with a_desk_server() as open_doors:
        yield open_doors


@pytest.fixture
def false_server() -> Generator[FalseDoors]:
    with false_doors() as doors:
        yield doors


@pytest.fixture
def patient_server() -> Generator[PatientDoors]:
    with patient_doors() as doors:
        yield doors


SOME_DAY = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def ask(qtbot: QtBot, server: DeskServer) -> Generator[Ask]:
    made = Ask(qtbot, server.url)
    yield made
    made.api.close()


@pytest.fixture
def lied_to(qtbot: QtBot, false_server: FalseDoors) -> Generator[Ask]:
    made = Ask(qtbot, false_server.url)
    yield made
    made.api.close()


def test_somebody_signs_in_asks_and_signs_out(ask: Ask) -> None:
    signed_in: list[str] = []
    ask.api.signed_in.connect(lambda: signed_in.append("in"))
    ask.sign_in()
    who = ask.came[0]
    assert isinstance(who, WhoAmI) and who.login == "sari" and ask.api.may("see_audit") and signed_in == ["in"]
    ask.clear()
    assert ask.get(page_size=1).came[0].rows[0].action == "sign_in"
    gone: list[str] = []
    ask.api.sign_out(lambda: gone.append("out"))
    ask.qtbot.waitUntil(lambda: gone == ["out"])
    ask.clear()
    assert ask.get().failed[0].code == "not_signed_in"
    assert ask.ended == [], "who went by themselves is not told that their session ended"


def test_a_wrong_password_says_so_and_nobody_is_in(ask: Ask) -> None:
    ask.sign_in(password="ganz und gar falsch")
    assert (ask.failed[0].status, ask.failed[0].code) == (401, "wrong_credentials")
    assert ask.api.who is None and ask.ended == []


def test_a_change_carries_revision_key_and_csrf_token(ask: Ask, server: DeskServer) -> None:
    report = server.typed_in()
    ask.sign_in("ani").clear()
    body = {"do": "note", "text": "dari meja"}
    ask.api.send("POST", f"/desk/reports/{report}/steps", body, dict[str, Any], ask.came.append, ask.failed.append, revision=99)
    stale = ask.told().failed[0]
    assert (stale.code, stale.revision) == ("stale_revision", 1)
    ask.clear()
    ask.api.send("POST", f"/desk/reports/{report}/steps", body, dict[str, Any], ask.came.append, ask.failed.append, revision=1)
    assert not ask.told().failed


def test_a_plus_and_several_values_reach_the_doors_as_they_are(lied_to: Ask, false_server: FalseDoors) -> None:
    false_server.say(b"{}")
    lied_to.get("/desk/reports", dict[str, Any], search="a+b & c%20", state=["new", "working"], nothing=None)
    asked = false_server.heard[0].split(b"\r\n")[0]
    assert asked == b"GET /desk/reports?search=a%2Bb%20%26%20c%2520&state=new&state=working HTTP/1.1"


def test_a_session_that_ended_is_told_once_and_a_late_answer_ends_no_new_one(ask: Ask, server: DeskServer) -> None:
    ask.sign_in().clear()
    server.end_sessions("sari")
    for _ in range(3):
        ask.api.get("/desk/audit", AuditPage, ask.came.append, ask.failed.append)
    assert [trouble.status for trouble in ask.told(3).failed] == [401, 401, 401]
    assert ask.ended == ["ended"] and ask.api.who is None
    ask.clear()
    ask.sign_in()
    assert ask.api.who is not None


def test_an_old_401_does_not_end_the_session_that_began_meanwhile(lied_to: Ask, false_server: FalseDoors) -> None:
    who = b'{"login":"ani","name":"Ani","role":"operator","agency":null,"permissions":[],"csrf":"x","ends_at":"2030-01-01T00:00:00Z",'
    false_server.say(who + b'"must_change_password":false}')
    lied_to.sign_in("ani").clear()
    false_server.answer = None
    lied_to.api.get("/desk/audit", AuditPage, lied_to.came.append, lied_to.failed.append)
    lied_to.qtbot.waitUntil(lambda: len(false_server.heard) == 2)
    lied_to.api.forget()
    lied_to.api.who = WhoAmI(
        login="budi", name="Budi", role="operator", agency=None, permissions=[], csrf="y", ends_at=SOME_DAY, must_change_password=False
    )
    reply = next(iter(lied_to.api._replies))
    reply.abort()
    assert lied_to.ended == [] and lied_to.api.who is not None and not lied_to.failed


NOBODY = b'{"code":"not_signed_in","description":"nobody"}'


@pytest.fixture
def kept_waiting(qtbot: QtBot, patient_server: PatientDoors) -> Generator[Ask]:
    made = Ask(qtbot, patient_server.url)
    yield made
    made.api.close()


def test_the_late_end_of_one_session_takes_nothing_from_the_next(kept_waiting: Ask, patient_server: PatientDoors) -> None:
    let_in(kept_waiting, patient_server, "ani", "first")
    gone: list[str] = []
    kept_waiting.api.sign_out(lambda: gone.append("out"))
    ending = called(kept_waiting, patient_server, "DELETE /session ")
    assert b"session=first" in ending.request
    let_in(kept_waiting, patient_server, "budi", "second", 2)
    ending.answer(b"", "204 No Content", 'Set-Cookie: session=""; Max-Age=0; Path=/')
    kept_waiting.qtbot.waitUntil(lambda: gone == ["out"])
    assert kept_waiting.api.who is not None and kept_waiting.api.who.login == "budi"
    kept_waiting.api.get("/desk/audit", AuditPage, kept_waiting.came.append, kept_waiting.failed.append)
    assert b"session=second" in called(kept_waiting, patient_server, "GET /desk/audit").request


def test_a_401_to_an_older_session_says_so_and_ends_nothing(kept_waiting: Ask, patient_server: PatientDoors) -> None:
    let_in(kept_waiting, patient_server, "ani", "first")
    kept_waiting.api.get("/desk/audit", AuditPage, kept_waiting.came.append, kept_waiting.failed.append)
    old = called(kept_waiting, patient_server, "GET /desk/audit")
    kept_waiting.api.sign_in("ani", PASSWORD, lambda _: None, kept_waiting.failed.append)
    called(kept_waiting, patient_server, "POST /session ", 2).answer((WHO % "ani").encode())
    kept_waiting.qtbot.waitUntil(lambda: kept_waiting.api._signed_in_times == 2)
    old.answer(NOBODY, "401 Unauthorized", 'Set-Cookie: session=""; Max-Age=0; Path=/')
    assert kept_waiting.told().failed[0].code == "older_session"
    assert kept_waiting.ended == [] and kept_waiting.api.who is not None
    kept_waiting.clear()
    kept_waiting.api.get("/desk/audit", AuditPage, kept_waiting.came.append, kept_waiting.failed.append)
    called(kept_waiting, patient_server, "GET /desk/audit", 2).answer(NOBODY, "401 Unauthorized")
    assert kept_waiting.told().failed[0].code == "not_signed_in"
    assert kept_waiting.ended == ["ended"] and kept_waiting.api.who is None


def test_a_password_refused_ends_no_session(ask: Ask) -> None:
    ask.sign_in().clear()
    ask.sign_in(password="ganz und gar falsch")
    assert ask.failed[0].code == "wrong_credentials"
    assert ask.ended == [] and ask.api.who is not None
    ask.clear()
    assert ask.get(page_size=1).came, "the session is as it was"


def test_signing_in_is_given_longer_than_other_questions(
    kept_waiting: Ask, patient_server: PatientDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_api, "SILENCE_MS", 1)
    kept_waiting.api.sign_in("ani", PASSWORD, kept_waiting.came.append, kept_waiting.failed.append)
    entering = called(kept_waiting, patient_server, "POST /session ")
    kept_waiting.get()
    assert [trouble.code for trouble in kept_waiting.failed] == ["too_slow"]
    kept_waiting.clear()
    entering.answer((WHO % "ani").encode())
    assert kept_waiting.told().came and kept_waiting.api.who is not None
    assert desk_api.SIGN_IN_MS > 10_000


def test_shut_doors_are_told_once_and_found_again_without_being_asked(
    ask: Ask, server: DeskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_api, "LOOK_MS", 50)
    ask.sign_in().clear()
    server.stop()
    assert (ask.get().failed[0].status, ask.failed[0].code) == (0, "unreached")
    ask.get()
    assert ask.reached == [False]
    server.start()
    ask.qtbot.waitUntil(lambda: ask.reached == [False, True], timeout=20_000)
    ask.clear()
    assert ask.get().came, "the session outlives doors that were shut"


def test_who_has_to_choose_a_password_first_is_not_in_yet(ask: Ask, server: DeskServer) -> None:
    signed_in: list[str] = []
    ask.api.signed_in.connect(lambda: signed_in.append("in"))
    server.add("baru", Role.OPERATOR, is_handed=True)
    ask.sign_in("baru")
    assert ask.came[0].must_change_password and signed_in == []


def test_nobody_at_the_address(qtbot: QtBot) -> None:
    made = Ask(qtbot, AWAY)
    assert made.get().failed[0].code == "unreached"
    made.api.close()


def test_a_silent_server_is_given_up(lied_to: Ask, false_server: FalseDoors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_api, "SILENCE_MS", 100)
    false_server.answer = None
    assert (lied_to.get().failed[0].status, lied_to.failed[0].code) == (0, "too_slow")
    assert lied_to.reached == [False]


def test_a_server_that_drips_is_given_up(lied_to: Ask, false_server: FalseDoors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_api, "WHOLE_MS", 100)
    false_server.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"
    assert lied_to.get().failed[0].code == "unreached", "half an answer is none"


@pytest.mark.parametrize("is_told", [True, False])
def test_an_answer_without_measure_is_cut_off(
    lied_to: Ask, false_server: FalseDoors, monkeypatch: pytest.MonkeyPatch, is_told: bool
) -> None:
    monkeypatch.setattr(desk_api, "MOST_BYTES", 10_000)
    body = b'"' + b"x" * 200_000 + b'"'
    length = f"Content-Length: {len(body)}\r\n" if is_told else ""
    false_server.answer = f"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n".encode() + body
    assert lied_to.get(kind=str).failed[0].code == "too_large"
    assert lied_to.came == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"rows": 3}', b"<html>502</html>", b'{"rows": [], "before": "soon"}']
)
def test_what_is_no_answer_is_trouble_and_no_crash(lied_to: Ask, false_server: FalseDoors, body: bytes) -> None:
    false_server.say(body)
    assert lied_to.get().failed[0].code == "other_version"
    lied_to.clear()
    false_server.say(body, "502 Bad Gateway")
    assert (lied_to.get().failed[0].status, lied_to.failed[0].code) == (502, "http")


def test_a_redirection_is_not_followed(lied_to: Ask, false_server: FalseDoors) -> None:
    with false_doors() as elsewhere:
        elsewhere.say(b'{"rows": [], "before": null}')
        false_server.say(b"", "302 Found", f"Location: {elsewhere.url}/desk/audit")
        assert (lied_to.get().failed[0].status, lied_to.failed[0].code) == (302, "redirect")
        assert elsewhere.heard == []


@pytest.mark.parametrize("way", [give_up, lambda reply: reply.abort()])
def test_a_question_that_is_dropped_is_silent(lied_to: Ask, false_server: FalseDoors, way: Any) -> None:
    false_server.answer = None
    reply = lied_to.api.get("/desk/audit", AuditPage, lied_to.came.append, lied_to.failed.append)
    lied_to.qtbot.waitUntil(lambda: len(false_server.heard) == 1)
    way(reply)
    false_server.say(b"{}")
    lied_to.get(kind=dict[str, Any])
    assert (len(lied_to.came), len(lied_to.failed), lied_to.reached) == (1, 0, [])


def test_nothing_is_called_after_the_desk_has_closed(lied_to: Ask, false_server: FalseDoors) -> None:
    false_server.answer = None
    lied_to.api.get("/desk/audit", AuditPage, lied_to.came.append, lied_to.failed.append)
    lied_to.qtbot.waitUntil(lambda: len(false_server.heard) == 1)
    lied_to.api.close()
    assert not lied_to.came and not lied_to.failed


@pytest.mark.parametrize("address", ["laporan.example.go.id", "ftp://x", "http://", "file:///etc/passwd"])
def test_what_is_no_address_is_refused(qtbot: QtBot, address: str) -> None:
    with pytest.raises(ValueError, match="address of the doors"):
        DeskApi(address)


ANSWERS = st.one_of(
    st.binary(max_size=400),
    st.builds(
        lambda status, length, body: f"HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n".encode() + body,
        st.integers(0, 999),
        st.one_of(st.integers(0, 500), st.sampled_from(["-1", "x", "99999999999999999999"])),
        st.one_of(st.binary(max_size=300), st.sampled_from([b'{"code": "x", "description": "y"}', b'{"rows": [], "before": null}'])),
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWERS)
@pytest.mark.qt_log_ignore("QHttp", "content-length", "qt.network", "HTTP")
def test_whatever_is_answered_one_callback_is_called_once(lied_to: Ask, false_server: FalseDoors, answer: bytes) -> None:
    lied_to.clear()
    desk_api_silence, desk_api.SILENCE_MS = desk_api.SILENCE_MS, 300
    try:
        false_server.answer = answer
        lied_to.get()
    finally:
        desk_api.SILENCE_MS = desk_api_silence
    assert len(lied_to.came) + len(lied_to.failed) == 1
    assert all(isinstance(one, AuditPage) for one in lied_to.came)
