"""A report's life under any sequence of actions by anybody: no illegal path, no trace of a refusal, the state is what the log comes to."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.messages import actions
from feeds.messages.actions import AnyAction
from feeds.messages.report import OPEN_STATES, Priority, ReportState
from feeds.reports.refusals import Refused, Unknown
from feeds.reports.roles import Actor, Forbidden, Role
from feeds.reports.states import BrokenLog, IllegalTransition, MissingRequirement, Step, next_state, state_of, steps_from
from feeds.store.database import Database
from feeds.store.schema import EVENTS, INTAKE, OUTBOX
from tests.reports.room import CITIZEN, CITY, PHOTO, Room

# Read from domain.md section 2, not from the table that is tested.
CLOSE = {"decline": "declined", "merge": "duplicate", "invalidate": "invalid"}
LIFE: dict[str, dict[str, str]] = {
    "new": {"forward": "forwarded", "accept": "working"} | CLOSE,
    "forwarded": {"forward": "forwarded", "hand_back": "new", "accept": "working"} | CLOSE,
    "working": {"forward": "forwarded", "finish": "done"} | CLOSE,
    "reopened": {"forward": "forwarded", "accept": "working"} | CLOSE,
    **{closed: {"reopen": "reopened"} for closed in ("done", "declined", "duplicate", "invalid")},
}
STAYS = {"triage", "progress", "answer", "note", "pass_picture"}
ONLY_WHILE = {"progress": {"working"}}
DESK = STAYS | {"forward", "hand_back", "accept", "finish", "reopen", *CLOSE}
MAY = {
    Role.OPERATOR: DESK,
    Role.LEAD: DESK,
    Role.OPD: {"forward", "hand_back", "accept", "progress", "finish", "answer", "note"},
    Role.FIELD: {"hand_back", "accept", "progress", "finish", "note"},
    **{role: set() for role in (Role.HEAD, Role.MAYOR, Role.COLLECTOR, Role.ADMIN, Role.CITIZEN)},
}
ACTORS = [Actor(id=f"{role}-{agency}", role=role, agency=agency) for role in Role for agency in (None, "dpupr", "dishub")]


def is_legal(before: str, kind: str) -> bool:
    return before in ONLY_WHILE.get(kind, LIFE) if kind in STAYS else kind in LIFE[before]


REASONS = st.sampled_from(["", "  ", "salah alamat"])
AGENCIES = st.sampled_from(["dpupr", "dishub", "tidak_ada"])
PHOTOS = st.sampled_from([None, PHOTO, "b" * 64])


def any_action(parent: str) -> st.SearchStrategy[AnyAction]:
    return st.one_of(
        st.builds(
            actions.Triage,
            category=st.sampled_from([None, "ktp", "lainnya", "jalan_rusak", "?"]),
            priority=st.sampled_from([None, *Priority]),
            text=st.sampled_from([None, "", "Lubang"]),
        ),
        st.builds(actions.Forward, agency=AGENCIES, officer=st.sampled_from([None, "field-dpupr"])),
        st.builds(actions.HandBack, reason=REASONS),
        st.just(actions.Accept()),
        st.just(actions.Progress(text="jalan")),
        st.builds(actions.Finish, photo=PHOTOS, exemption=st.sampled_from([None, " ", "gelap"])),
        st.just(actions.Answer(text="ya")),
        st.builds(actions.Decline, answer=st.sampled_from([" ", "bukan kami"])),
        st.builds(actions.Merge, parent=st.sampled_from([parent, "L-none"])),
        st.builds(actions.Invalidate, reason=REASONS),
        st.builds(actions.Reopen, reason=REASONS),
        st.just(actions.Note(text="lihat")),
        st.builds(actions.PassPicture, photo=st.sampled_from([PHOTO, "b" * 64]), is_passed=st.booleans()),
    )


# A quarter of the steps are those that lead on, else most stories end where they began.
FORTH: list[AnyAction] = [
    actions.Forward(agency="dpupr"), actions.Accept(), actions.Finish(photo=PHOTO), actions.Reopen(reason="lagi"), actions.Invalidate(reason="iseng"),
]  # fmt: skip


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.data())
def test_no_story_leaves_the_path(database: Database, story: st.DataObject) -> None:
    room = Room(database)
    room.user("field-dpupr", Role.FIELD, "dpupr")
    parent, report = room.report(), room.report()
    room.picture(report)
    possible = st.one_of(st.sampled_from(FORTH), any_action(parent), any_action(parent))
    actor_of = st.one_of(st.sampled_from(ACTORS), st.sampled_from(ACTORS[:6]))
    for actor, action in story.draw(st.lists(st.tuples(actor_of, possible), min_size=4, max_size=9)):
        kind = str(action.__struct_config__.tag)
        before, trace = room.get(report), room.trace()
        refusal, after = None, before
        try:
            after = room.act(report, action, actor)
        except (Forbidden, Unknown, IllegalTransition, MissingRequirement, Refused) as error:
            refusal = error
        if refusal is not None:
            assert room.trace() == trace, f"{refusal!r} left a trace"
            assert not (isinstance(refusal, IllegalTransition) and is_legal(before.state, kind))
            continue
        assert kind in MAY[actor.role]
        assert actor.role in (Role.OPERATOR, Role.LEAD) or actor.agency == before.agency
        assert after.state == (before.state if kind in STAYS else LIFE[before.state][kind])
        assert after.revision == before.revision + 1
        assert room.get(report) == after
        if after.state in (ReportState.FORWARDED, ReportState.WORKING):
            assert after.agency is not None
        if after.state is ReportState.DONE and after.exemption is None:
            assert after.evidence_ok is not None
        assert (after.finished_at is None) == (after.state in OPEN_STATES)
        assert (after.parent is not None) == (after.state is ReportState.DUPLICATE)
    assert_told_by_its_log(room, report)


def assert_told_by_its_log(room: Room, report: str) -> None:
    record, events = room.get(report), room.rows(EVENTS, report=report)
    assert state_of(room.steps(report)) == record.state
    assert [event["revision"] for event in events] == list(range(1, record.revision + 1))
    assert events[-1]["at"] == record.changed_at
    assert len(room.rows(OUTBOX, report=report)) == len(events), "each event has its line in the outbox"
    assert len(room.rows(INTAKE, report=report)) == 1


@pytest.mark.parametrize("before", list(ReportState))
@pytest.mark.parametrize("kind", sorted(DESK))
def test_each_kind_of_step_from_each_state(before: ReportState, kind: str) -> None:
    if is_legal(before, kind):
        assert next_state("L-1", before, kind) == (before if kind in STAYS else LIFE[before][kind])
        assert kind in steps_from(before)
    else:
        assert kind not in steps_from(before)
        with pytest.raises(IllegalTransition, match="L-1") as refusal:
            next_state("L-1", before, kind)
        assert set(refusal.value.allowed) == set(LIFE[before].values()) - {before}


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(states=st.lists(st.sampled_from(list(ReportState)), max_size=6), cut=st.integers(0, 6))
def test_a_log_is_a_life_or_is_broken(states: list[ReportState], cut: int) -> None:
    log = [Step(before=before, after=after) for before, after in zip([None, *states], states, strict=False)]
    is_life = bool(states) and states[0] is ReportState.NEW
    is_life &= all(after == before or after in LIFE[before].values() for before, after in itertools.pairwise(states))
    if is_life:
        assert state_of(log) is states[-1]
    else:
        with pytest.raises(BrokenLog):
            state_of(log)
    if states:
        assert state_of(log, is_observed=True) is states[-1]
    torn = log[:cut] + log[cut + 1 :]
    if 0 < cut < len(log) - 1 and states[cut] is not states[cut - 1]:
        with pytest.raises(BrokenLog):
            state_of(torn, is_observed=True)


def test_a_citizen_takes_no_step_at_all(database: Database) -> None:
    room = Room(database)
    report = room.report()
    with pytest.raises(Unknown):
        room.act(report, actions.Note(text="halo"), CITIZEN)
    assert {agency.code for agency in CITY.agencies} >= {"dpupr", "dishub"}
