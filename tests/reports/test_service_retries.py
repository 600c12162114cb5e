"""What is sent again is one report; what only looks like it is another."""

from datetime import timedelta

import pytest

from feeds.messages.actions import AnyAction, Decline, Forward, Invalidate
from feeds.messages.desk import Person
from feeds.messages.header import Position
from feeds.reports.drafts import digest_of
from feeds.reports.refusals import KeyUsed
from feeds.reports.retries import ANONYMOUS_WITHIN, SAME_WITHIN
from feeds.store.database import Database
from feeds.store.schema import EVENTS, OUTBOX
from tests.reports.room import MONDAY, Room

SITI = Person(first_name="Siti", phone="0812")


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def test_the_same_key_is_the_same_report_for_ever(room: Room) -> None:
    first = room.send(retry_key="k1")
    room.act(first.report, Invalidate(reason="iseng"))
    room.later(days=3)
    again = room.send(retry_key="k1")
    assert (again.report, again.is_new) == (first.report, False)
    assert room.send(retry_key="k2").is_new
    assert room.send(retry_key="k1", source="sms").is_new, "a key is its sender's own"
    assert room.received() == 3
    assert len(room.rows(EVENTS)) == len(room.rows(OUTBOX)) == 4


@pytest.mark.parametrize("other", [{"description": "lain"}, {"position": Position(106.63, -6.17)}, {"pictures": ("a" * 64,)}])
def test_a_key_used_for_something_else_is_refused_and_not_swallowed(room: Room, other: dict[str, object]) -> None:
    room.send(retry_key="k1")
    trace = room.trace()
    with pytest.raises(KeyUsed, match="another report"):
        room.send(retry_key="k1", **other)
    assert room.trace() == trace


def test_whoever_sends_again_by_key_gets_a_link_that_opens(room: Room) -> None:
    first = room.send(retry_key="k1")
    again = room.send(retry_key="k1")
    assert again.link is not None and again.link != first.link
    assert room.get(first.report).link_digest == digest_of(again.link), "the former opens nothing"
    assert again.link not in str(room.trace())
    assert room.send(description="dua", person=SITI).link is not None
    assert room.send(description="dua", person=SITI).link is None, "anybody may say the same"


def test_the_same_content_is_the_same_report_for_a_day_from_one_person(room: Room) -> None:
    first = room.send(attributes={"a": 1, "b": 2}, person=SITI)
    room.now = MONDAY + SAME_WITHIN - timedelta(seconds=1)
    again = room.send(attributes={"b": 2, "a": 1}, person=SITI)
    assert (again.report, again.is_new) == (first.report, False)
    assert room.send(description="lubang!", person=SITI).is_new
    assert room.send(source="sms", attributes={"a": 1, "b": 2}, person=SITI).is_new
    assert room.send(attributes={"a": 1, "b": 2}, person=Person(phone="0813")).is_new
    room.now = MONDAY + SAME_WITHIN + timedelta(seconds=1)
    assert room.send(attributes={"a": 1, "b": 2}, person=SITI).is_new


@pytest.mark.parametrize("nobody", [None, Person(), Person(first_name="")])
def test_of_those_who_do_not_say_who_they_are_only_for_minutes(room: Room, nobody: Person | None) -> None:
    room.send(description="banjir depan pasar", person=nobody)
    room.now = MONDAY + ANONYMOUS_WITHIN - timedelta(seconds=1)
    assert not room.send(description="banjir depan pasar", person=nobody).is_new
    room.now = MONDAY + ANONYMOUS_WITHIN + timedelta(seconds=1)
    assert room.send(description="banjir depan pasar", person=nobody).is_new


@pytest.mark.parametrize(
    ("action", "is_new"), [(Forward(agency="dpupr"), False), (Decline(answer="bukan"), True), (Invalidate(reason="x"), True)]
)
def test_what_is_closed_swallows_nothing(room: Room, action: AnyAction, is_new: bool) -> None:
    first = room.send(person=SITI)
    room.act(first.report, action)
    assert room.send(person=SITI).is_new is is_new
