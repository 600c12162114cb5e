"""Reports that change hands: claims end, clocks of acceptance begin anew, only those get them who can work on them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from feeds.messages.actions import Accept, Answer, AnyAction, Decline, Forward, HandBack, Invalidate, Merge, Note, Progress, Reopen, Triage
from feeds.messages.queue import Clock, Standing
from feeds.messages.report import Priority, ReportState
from feeds.reports.clocks import schedule
from feeds.reports.deadlines import running, standing, was_late
from feeds.reports.figures import cases, figures
from feeds.reports.records import Record
from feeds.reports.refusals import Claimed, Refused, Unknown
from feeds.reports.roles import Actor, Forbidden, Role
from feeds.reports.states import IllegalTransition
from feeds.store.database import Database
from tests.reports.room import CITY, HEAD, LEAD, MONDAY, OPERATOR, OTHER_OPERATOR, PUPR, Room

JOKO = Actor(id="joko", role=Role.FIELD, agency="dpupr")


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def forwarded(room: Room) -> str:
    report = room.report()
    room.act(report, Forward(agency="dpupr"))
    return report


def refused(room: Room, why: type[Exception], words: str, step: Callable[[], object]) -> None:
    trace = room.trace()
    with pytest.raises(why, match=words):
        step()
    assert room.trace() == trace


@pytest.mark.parametrize("who", [PUPR, OTHER_OPERATOR])
def test_a_claim_ends_when_the_report_is_forwarded(room: Room, who: Actor) -> None:
    report = room.report()
    room.claim(report, OPERATOR)
    room.act(report, Triage(text="Lubang"), OPERATOR)
    refused(room, Claimed, "op", lambda: room.act(report, Note(text="x"), OTHER_OPERATOR))
    assert room.act(report, Forward(agency="dpupr"), OPERATOR).claimed_by is None
    assert room.act(report, Accept(), who).state is ReportState.WORKING


def test_a_claim_ends_when_the_report_is_handed_back(room: Room) -> None:
    report = forwarded(room)
    room.claim(report, OPERATOR)
    back = room.act(report, HandBack(reason="bukan jalan kota"), OPERATOR)
    assert (back.claimed_by, back.claimed_until) == (None, None)


def test_an_officer_is_one_who_can_see_the_report(room: Room) -> None:
    room.user("joko", Role.FIELD, "dpupr")
    room.user("lain", Role.FIELD, "dishub")
    room.user("pergi", Role.FIELD, "dpupr", is_active=False)
    room.user("meja", Role.OPD, "dpupr")
    report = room.report()
    for officer in ("typo-nobody", "lain", "pergi", "meja"):
        refused(room, Refused, "^officer:", lambda officer=officer: room.act(report, Forward(agency="dpupr", officer=officer)))
    room.act(report, Forward(agency="dpupr", officer="joko"))
    assert room.act(report, Accept(), JOKO).state is ReportState.WORKING


def test_an_agency_gives_a_report_to_its_own_people_or_back(room: Room) -> None:
    room.user("joko", Role.FIELD, "dpupr")
    report = forwarded(room)
    refused(room, Forbidden, "hand the report back", lambda: room.act(report, Forward(agency="dishub"), PUPR))
    assert room.act(report, Forward(agency="dpupr", officer="joko"), PUPR).officer == "joko"
    assert room.act(report, Forward(agency="dishub"), OPERATOR).agency == "dishub"


def handed_on(room: Room) -> tuple[str, Record]:
    """Accepted by one agency, forwarded to another two hours later."""
    report = forwarded(room)
    room.act(report, Accept())
    room.later(hours=2)
    return report, room.act(report, Forward(agency="dishub"))


def test_acceptance_is_waited_for_anew_from_the_next_agency(room: Room) -> None:
    report, record = handed_on(room)
    anew = schedule(CITY, record.category, record.priority, room.now)
    assert (record.accepted_at, record.accept_by, record.accept_risk_at) == (None, anew.accept_by, anew.accept_risk_at)
    assert set(running(record)) == {Clock.ACCEPT, Clock.FINISH}
    handed_on_at = room.now
    room.later(hours=1)
    urgent = room.act(report, Triage(priority=Priority.EMERGENCY))
    assert urgent.accept_by == schedule(CITY, record.category, Priority.EMERGENCY, handed_on_at).accept_by
    again = room.act(report, Forward(agency="dpupr"))
    assert again.accept_by == urgent.accept_by, "what nobody has accepted yet only becomes later"
    assert room.act(report, Accept()).accepted_at == room.now


def test_acceptance_is_never_due_after_completion(room: Room) -> None:
    report = forwarded(room)
    room.act(report, Accept())
    room.later(days=60)
    record = room.act(report, Forward(agency="dishub"))
    assert record.accept_by == record.finish_by
    assert set(standing(record, room.now).values()) == {Standing.LATE}


def test_a_reopened_report_forgets_whom_it_was_handed_on_to(room: Room) -> None:
    report, _ = handed_on(room)
    room.act(report, Decline(answer="bukan kami"))
    room.later(days=9)
    again = room.act(report, Reopen(reason="keliru"))
    assert (again.handed_on_at, again.clocks_since) == (None, room.now)
    assert again.accept_by == schedule(CITY, again.category, again.priority, room.now).accept_by


def test_nothing_is_merged_into_a_prank(room: Room) -> None:
    prank, report = room.report(), room.report()
    room.act(prank, Invalidate(reason="iseng"))
    refused(room, Refused, "^parent:", lambda: room.act(report, Merge(parent=prank)))


def test_what_others_are_merged_into_becomes_no_prank_and_no_duplicate(room: Room) -> None:
    parent, child, other = room.report(), room.report(), room.report()
    room.act(child, Merge(parent=parent))
    for action in (Invalidate(reason="iseng"), Merge(parent=other)):
        refused(room, Refused, child, lambda action=action: room.act(parent, action))
    room.act(child, Reopen(reason="lain"))
    assert room.act(parent, Invalidate(reason="iseng")).state is ReportState.INVALID


def test_what_others_are_merged_into_may_be_declined_for_all_of_them(room: Room) -> None:
    parent, child = room.report(), room.report()
    room.act(child, Merge(parent=parent))
    assert room.act(parent, Decline(answer="jalan provinsi")).state is ReportState.DECLINED


@pytest.mark.parametrize("action", [None, Decline(answer="bukan"), Invalidate(reason="iseng"), Forward(agency="dpupr")])
def test_progress_is_made_on_what_is_worked_on(room: Room, action: AnyAction | None) -> None:
    report = room.report()
    if action is not None:
        room.act(report, action)
    refused(room, IllegalTransition, "progress is not allowed", lambda: room.act(report, Progress(text="jalan")))


def test_triage_of_a_closed_report_moves_no_clock(room: Room) -> None:
    report = room.report()
    room.later(hours=3)
    closed = room.act(report, Decline(answer="bukan kami"))
    room.later(days=3)
    later = room.act(report, Triage(priority=Priority.EMERGENCY))
    assert (later.respond_by, later.finish_by) == (closed.respond_by, closed.finish_by)
    assert not was_late(closed, room.now) and not was_late(later, room.now)
    again = room.act(report, Reopen(reason="keliru"))
    assert again.finish_by == schedule(CITY, again.category, Priority.EMERGENCY, room.now).finish_by


def test_a_reopened_report_is_answered_as_fast_as_it_is(room: Room) -> None:
    report = room.report()
    room.later(hours=1)
    room.act(report, Decline(answer="bukan kami"))
    room.later(days=10)
    room.act(report, Reopen(reason="keliru"))
    room.later(hours=1)
    room.act(report, Answer(text="ya"))
    day = timedelta(days=1)
    found = room.database.read(lambda it: cases(it, MONDAY - day, MONDAY + day))
    hours = figures(found, since=MONDAY, until=MONDAY, now=room.now).total.response
    assert (hours.count, hours.median) == (1, pytest.approx(1, abs=0.01))


def test_a_head_watches_every_report_and_touches_none(room: Room) -> None:
    theirs, others = forwarded(room), room.report()
    for report in (theirs, others):
        for action in (Note(text="x"), Accept()):
            refused(room, Forbidden, "head", lambda report=report, action=action: room.act(report, action, HEAD))
    refused(room, Unknown, others, lambda: room.act(others, Accept(), PUPR))
    assert room.claim(theirs, LEAD).claimed_by == "lead"
