"""The service of reports: what is taken in twice is one report, what is refused says why, and what is reopened begins anew."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest

from feeds.messages import actions
from feeds.messages.actions import Accept, AnyAction, Decline, Finish, Forward, HandBack, Invalidate, Merge, PassPicture, Reopen, Triage
from feeds.messages.desk import Person
from feeds.messages.header import Position
from feeds.messages.report import Priority, ReportState
from feeds.reports.clocks import Schedule, schedule
from feeds.reports.records import Record, wall_report
from feeds.reports.refusals import Claimed, Refused, StaleRevision, Unknown
from feeds.reports.roles import Forbidden
from feeds.reports.service import ReportService
from feeds.reports.states import MissingRequirement
from feeds.store.database import Database
from feeds.store.opening import opened
from feeds.store.schema import EVENTS, INTAKE, MEDIA, OUTBOX, PERSONS, REPORTS
from tests.reports.room import CITIZEN, CITY, GEOGRAPHY, LEAD, MONDAY, OPERATOR, OTHER_OPERATOR, PHOTO, PUPR, Room, a_draft

OTHER_PHOTO = "b" * 64


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def worked_on(room: Room, **fields: object) -> str:
    report = room.report(**fields)
    room.act(report, Forward(agency="dpupr"))
    room.act(report, Accept())
    return report


def assert_untouched(room: Room, refused: type[Exception], words: str, step: object) -> None:
    trace = room.trace()
    assert callable(step)
    with pytest.raises(refused, match=words):
        step()
    assert room.trace() == trace


def test_one_arrival_is_one_row_of_each(room: Room) -> None:
    receipt = room.send(person=Person(first_name="Siti"), position=Position(106.63, -6.17))
    assert receipt.is_new
    assert receipt.link
    assert [len(room.rows(table)) for table in (INTAKE, REPORTS, PERSONS, EVENTS, OUTBOX)] == [1] * 5
    assert receipt.link not in str(room.trace()), "only the digest of a private link is kept"
    assert room.get(receipt.report).state is ReportState.NEW


def test_two_services_race_with_one_key(database_url: str) -> None:
    at_once = threading.Barrier(6)
    with opened(database_url) as one, opened(database_url) as other, ThreadPoolExecutor(6) as threads:

        def send(database: Database) -> tuple[str, bool]:
            service = ReportService(CITY, GEOGRAPHY, lambda: MONDAY)
            at_once.wait()
            receipt = database.write(lambda connection: service.take_in(connection, a_draft(retry_key="k"), CITIZEN))
            return receipt.report, receipt.is_new

        found = list(threads.map(send, [one, other] * 3))
        assert len({report for report, _ in found}) == 1
        assert sorted(is_new for _, is_new in found) == [False] * 5 + [True]
        assert Room(one).received() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"category": "?"}, "service_code"),
        ({"position": Position(0.0, 0.0)}, "position"),
        ({"position": Position(-6.17, 106.63)}, "position"),
        ({"position": Position(106.63, 96.0)}, "position"),
        ({"position": Position(float("nan"), -6.17)}, "position"),
    ],
    ids=["category", "0,0", "swapped", "off the globe", "no number"],
)
def test_a_refused_draft_leaves_no_trace(room: Room, fields: dict[str, object], field: str) -> None:
    assert_untouched(room, Refused, f"^{field}:", lambda: room.send(**fields))


def test_the_number_carries_the_citys_own_date(room: Room) -> None:
    room.now = datetime.fromisoformat("2026-11-23T16:59:59+00:00")
    assert room.report().startswith("L261123-")
    room.later(seconds=1)
    assert room.report().startswith("L261124-")


def test_a_stale_revision_is_told_what_stands(room: Room) -> None:
    report = room.report()
    room.act(report, Forward(agency="dpupr"), OPERATOR, revision=1)
    with pytest.raises(StaleRevision, match="revision 2, not 1") as stale:
        room.act(report, Forward(agency="dishub"), OTHER_OPERATOR, revision=1)
    assert stale.value.now == room.get(report)
    assert room.get(report).agency == "dpupr"


def test_two_operators_at_once_make_one_step(database_url: str) -> None:
    at_once = threading.Barrier(2)
    with opened(database_url) as one, opened(database_url) as other, ThreadPoolExecutor(2) as threads:
        rooms = [Room(one), Room(other)]
        report = rooms[0].report()

        def step(room: Room) -> bool:
            at_once.wait()
            try:
                room.act(report, Forward(agency="dpupr"), OPERATOR, revision=1)
            except StaleRevision:
                return False
            return True

        assert sorted(threads.map(step, rooms)) == [False, True]
        assert rooms[0].get(report).revision == 2


def test_a_claim_keeps_others_away_until_it_runs_out(room: Room) -> None:
    report = room.report()
    claimed = room.claim(report, OPERATOR)
    assert claimed.claimed_until == room.now + timedelta(minutes=CITY.reports.claim_min)
    assert claimed.revision == 1, "a claim is no step of a report's life"
    assert_untouched(room, Claimed, "claimed by op until", lambda: room.act(report, Triage(text="x"), OTHER_OPERATOR))
    assert_untouched(room, Claimed, "claimed by op until", lambda: room.claim(report, OTHER_OPERATOR))
    assert_untouched(room, Claimed, "claimed by op until", lambda: room.claim(report, OTHER_OPERATOR, is_release=True))
    assert room.act(report, Triage(text="x"), OPERATOR).text == "x"
    assert claimed.claimed_until is not None
    room.now = claimed.claimed_until
    assert room.claim(report, OTHER_OPERATOR).claimed_by == "op2"


def test_a_lead_takes_a_claim_over_and_lets_go(room: Room) -> None:
    report = room.report()
    room.claim(report, OPERATOR)
    assert_untouched(room, Claimed, "op", lambda: room.act(report, Triage(text="x"), LEAD))
    assert room.claim(report, LEAD).claimed_by == "lead"
    assert_untouched(room, Claimed, "lead", lambda: room.act(report, Triage(text="x"), OPERATOR))
    assert room.claim(report, LEAD, is_release=True).claimed_until is None
    room.act(report, Triage(text="x"), OPERATOR)


def test_who_may_not_claim(room: Room) -> None:
    report = room.report()
    assert_untouched(room, Unknown, report, lambda: room.claim(report, PUPR))
    room.act(report, Forward(agency="dpupr"))
    assert_untouched(room, Forbidden, "may not claim", lambda: room.claim(report, PUPR))


def test_what_closes_a_report_ends_its_claim(room: Room) -> None:
    report = room.report()
    room.claim(report, OPERATOR)
    closed = room.act(report, Invalidate(reason="iseng"), OPERATOR)
    assert (closed.claimed_by, closed.claimed_until) == (None, None)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Finish(), "finish photo"),
        (Finish(exemption=" "), "finish photo"),
        (Finish(photo=OTHER_PHOTO), "no such picture"),
        (Decline(answer=" "), "answer"),
        (Invalidate(reason=" "), "reason"),
        (Invalidate(), "reason"),
    ],
)
def test_what_a_step_lacks_is_named(room: Room, action: AnyAction, words: str) -> None:
    report = worked_on(room)
    room.picture(room.report(), OTHER_PHOTO)  # another report's picture is none of this one's
    assert_untouched(room, MissingRequirement, words, lambda: room.act(report, action))


def test_a_reason_for_going_back(room: Room) -> None:
    report = room.report()
    room.act(report, Forward(agency="dpupr"))
    assert_untouched(room, MissingRequirement, "reason", lambda: room.act(report, HandBack(), PUPR))
    room.act(report, HandBack(reason="bukan jalan kota"), PUPR)
    room.act(report, Decline(answer="jalan provinsi"))
    assert_untouched(room, MissingRequirement, "reason", lambda: room.act(report, Reopen(reason="\t")))
    assert room.act(report, Reopen(reason="ternyata jalan kota")).state is ReportState.REOPENED
    assert room.rows(EVENTS, report=report)[-1]["reason"] == "ternyata jalan kota"


def test_working_needs_somebody(room: Room) -> None:
    nobodys = room.report(category="lainnya")
    assert_untouched(room, MissingRequirement, "assignee", lambda: room.act(nobodys, Accept()))
    assert room.act(room.report(), Accept()).agency == "dpupr", "the category says whose it is"
    assert_untouched(room, Refused, "agency", lambda: room.act(nobodys, Forward(agency="tidak_ada")))


def test_only_a_lead_exempts(room: Room) -> None:
    report = worked_on(room)
    for actor in (OPERATOR, PUPR):
        assert_untouched(room, Forbidden, "may not exempt", lambda actor=actor: room.act(report, Finish(exemption="gelap"), actor))
    done = room.act(report, Finish(exemption="gelap"), LEAD)
    assert (done.state, done.exemption, done.evidence_ok) == (ReportState.DONE, "gelap", None)


def test_an_agency_sees_its_own_reports_alone(room: Room) -> None:
    report = room.report()
    room.act(report, Forward(agency="dishub"))
    assert_untouched(room, Unknown, report, lambda: room.act(report, Accept(), PUPR))


def times_of(record: Record) -> Schedule:
    return Schedule(*(getattr(record, name) for name in Schedule._fields))


def test_reopening_begins_anew(room: Room) -> None:
    report = worked_on(room)
    room.picture(report, role="after")
    done = room.act(report, Finish(photo=PHOTO))
    assert (done.photo_after, done.evidence_ok) == (PHOTO, True)
    room.later(days=30)
    again = room.act(report, Reopen(reason="rusak lagi"))
    assert times_of(again) == schedule(CITY, again.category, again.priority, room.now)
    assert {again.responded_at, again.accepted_at, again.finished_at, again.photo_after, again.evidence_ok} == {None}
    assert again.received_at == done.received_at
    accepted = room.act(report, Accept())
    assert accepted.responded_at == accepted.accepted_at == room.now


def test_triage_after_reopening_counts_from_the_reopening(room: Room) -> None:
    report = room.report()
    room.act(report, Decline(answer="bukan kami"))
    room.later(days=30)
    again = room.act(report, Reopen(reason="keliru"))
    reopened_at = room.now
    room.later(hours=1)
    same = room.act(report, Triage(text="Lubang"))
    assert times_of(same) == times_of(again)
    urgent = room.act(report, Triage(priority=Priority.EMERGENCY))
    assert times_of(urgent) == schedule(CITY, urgent.category, Priority.EMERGENCY, reopened_at)


def test_triage_before_counts_from_the_arrival(room: Room) -> None:
    report = room.report()
    arrived_at = room.now
    room.later(hours=1)
    urgent = room.act(report, Triage(priority=Priority.EMERGENCY))
    assert times_of(urgent) == schedule(CITY, urgent.category, Priority.EMERGENCY, arrived_at)


def test_merging(room: Room) -> None:
    parent, child, third = room.report(), room.report(), room.report()
    merged = room.act(child, Merge(parent=parent))
    assert (merged.state, merged.parent, merged.finished_at) == (ReportState.DUPLICATE, parent, room.now)
    assert_untouched(room, Refused, "parent", lambda: room.act(third, Merge(parent=third)))
    assert_untouched(room, Refused, "parent", lambda: room.act(third, Merge(parent=child)))
    assert_untouched(room, Refused, "parent", lambda: room.act(parent, Merge(parent=child)))
    assert_untouched(room, Unknown, "L-none", lambda: room.act(third, Merge(parent="L-none")))
    assert room.act(child, Reopen(reason="lain")).parent is None
    assert room.act(parent, Merge(parent=child)).parent == child


def test_a_report_counts_those_merged_into_it(room: Room) -> None:
    parent, other, *children = (room.report() for _ in range(5))
    for child in children:
        room.act(child, Merge(parent=parent))
    told = [wall_report(room.get(parent), CITY).merged, room.get(parent).revision, room.get(other).merged]
    assert told == [3, 1, 0], "it is no step of its own"
    room.act(parent, Triage(text="Lubang besar"))
    room.act(children[0], Reopen(reason="lain"))
    assert (room.get(parent).merged, room.get(children[0]).merged) == (2, 0)
    room.act(children[0], Merge(parent=other))
    assert (room.get(parent).merged, room.get(other).merged) == (2, 1)


def shown(room: Room, report: str) -> set[str | None]:
    wall = wall_report(room.get(report), CITY)
    return {wall.photo_before, wall.photo_after} - {None}


@pytest.mark.parametrize(("category", "is_allowed"), [("jalan_berlubang", True), ("ktp", False)])
def test_a_finish_photo_reaches_the_wall_only_where_its_category_lets_it(room: Room, category: str, is_allowed: bool) -> None:
    report = worked_on(room, category=category)
    room.picture(report, role="after")
    room.act(report, Finish(photo=PHOTO))
    assert shown(room, report) == ({PHOTO} if is_allowed else set())
    assert room.act(report, PassPicture(photo=PHOTO)).photo_after == PHOTO
    room.act(report, PassPicture(photo=PHOTO, is_passed=False))
    assert shown(room, report) == set()


def test_a_category_that_lets_no_picture_on_takes_it_off(room: Room) -> None:
    report = worked_on(room)
    for photo, role in ((PHOTO, "after"), (OTHER_PHOTO, "before")):
        room.picture(report, photo, role=role, is_passed=role == "before")
    room.act(report, Finish(photo=PHOTO))
    room.act(report, PassPicture(photo=OTHER_PHOTO))
    assert shown(room, report) == {PHOTO, OTHER_PHOTO}
    room.act(report, Triage(category="kamar_ibu_hamil"))
    assert shown(room, report) == {OTHER_PHOTO}, "an operator looked at that one"
    room.act(report, Triage(category="jalan_rusak"))
    assert shown(room, report) == {OTHER_PHOTO}, "nobody looked at the other since"


def test_a_picture_let_on_by_its_category_alone_goes_with_it(room: Room) -> None:
    report = room.report()
    room.picture(report, role="before", is_passed=True)
    room.picture(report, OTHER_PHOTO, role="before")
    room.act(report, Triage(category="kesehatan"))
    assert shown(room, report) == set()
    assert [row["is_passed"] for row in room.rows(MEDIA)] == [False, False]


def test_the_words_of_a_citizen_stay_here(room: Room) -> None:
    marked = {"description": "RAHASIA-1", "address": "RAHASIA-2", "source_ref": "RAHASIA-3", "attributes": {"a": "RAHASIA-4"}}
    report = room.send(**marked, person=Person(first_name="RAHASIA-5"), position=Position(106.634567, -6.178912)).report
    room.act(report, actions.Answer(text="RAHASIA-6"))
    room.act(report, actions.Note(text="RAHASIA-7", reason="RAHASIA-8"))
    told = b"".join(row["body"] for row in room.rows(OUTBOX)) + msgspec.json.encode(wall_report(room.get(report), CITY))
    assert b"RAHASIA" not in told
    assert b"106.6346" in told
    assert b"106.63456" not in told
