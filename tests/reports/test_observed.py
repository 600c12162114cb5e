"""Reports led elsewhere, as they are seen: what changed is written, what vanished leaves the wall, what is acted on here is led here."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from feeds.messages.actions import Forward
from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.reports.observed import Observer
from feeds.reports.states import state_of
from feeds.store.database import Database
from feeds.store.schema import OUTBOX, REPORTS
from tests.reports.room import CITY, MONDAY, Room

NEW = Report(
    id="X-1",
    state=ReportState.NEW,
    category="banjir",
    channel=Channel.OPEN311,
    priority=Priority.NORMAL,
    received_at=MONDAY,
    changed_at=MONDAY,
)
WORKING = replace(NEW, state=ReportState.WORKING)


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def told(room: Room, *reports: Report, source: str = "elsewhere", is_kept: Callable[[str], bool] = lambda key: False) -> None:
    def unit(connection: Any) -> None:
        observer = Observer(CITY, source)
        observer.put(connection, reports)
        observer.keep_only(connection, {report.id for report in reports}, is_kept)

    room.database.write(unit)


def test_unchanged_is_not_written(room: Room) -> None:
    told(room, NEW)
    trace = room.trace()
    told(room, NEW)
    assert room.trace() == trace
    told(room, WORKING)
    assert room.get("X-1").state is ReportState.WORKING
    assert room.shown() == {"X-1": WORKING}


def test_withdrawn_leaves_the_wall_stays_here_and_comes_back(room: Room) -> None:
    told(room, NEW)
    told(room, is_kept=lambda key: True)
    assert room.get("X-1").is_shown
    told(room)
    assert room.shown() == {}
    assert room.rows(OUTBOX)[-1]["body"] is None
    assert room.get("X-1").state is ReportState.NEW
    told(room, NEW)
    assert room.shown() == {"X-1": NEW}
    assert room.received() == 1
    assert state_of(room.steps("X-1"), is_observed=True) is ReportState.NEW


def test_acted_on_here_is_led_here(room: Room) -> None:
    told(room, NEW)
    room.act("X-1", Forward(agency="bpbd"))
    trace = room.trace()
    told(room, WORKING)
    told(room)
    assert room.trace() == trace
    assert room.shown()["X-1"].state is ReportState.FORWARDED


def test_acted_on_while_it_was_away_it_comes_back_as_it_is_here(room: Room) -> None:
    told(room, NEW)
    told(room)
    room.act("X-1", Forward(agency="bpbd"))
    told(room, WORKING)
    assert room.shown()["X-1"].state is ReportState.FORWARDED
    assert state_of(room.steps("X-1")) is ReportState.FORWARDED


def test_two_sources_with_one_id_are_two_reports(room: Room) -> None:
    told(room, NEW)
    theirs = replace(NEW, place="Periuk")
    told(room, theirs, source="other")
    trace = room.trace()
    told(room, theirs, source="other")
    assert room.trace() == trace
    told(room, replace(theirs, state=ReportState.WORKING), source="other")
    assert {key: (report.state, report.place) for key, report in room.shown().items()} == {
        "X-1": (ReportState.NEW, None),
        "other:X-1": (ReportState.WORKING, "Periuk"),
    }
    assert {row["id"]: (row["source"], row["source_ref"]) for row in room.rows(REPORTS)} == {
        "X-1": ("elsewhere", "X-1"),
        "other:X-1": ("other", "X-1"),
    }
    assert room.received() == 2
    told(room, source="other", is_kept=lambda key: key == "X-1")
    assert "other:X-1" in room.shown()
    told(room, source="other")
    assert set(room.shown()) == {"X-1"}


def test_an_id_is_found_whatever_others_hold(room: Room) -> None:
    """A source may number as another one is named, in the very round in which that name is needed."""
    told(room, NEW, replace(NEW, id="other:X-1"), replace(NEW, id="Z" * 64))
    told(room, NEW, replace(NEW, id="other:other:X-1"), replace(NEW, id="Z" * 64), source="other")
    rows = room.rows(REPORTS, source="other")
    assert sorted(row["source_ref"] for row in rows) == ["X-1", "Z" * 64, "other:other:X-1"]
    assert max(len(row["id"]) for row in rows) == 64
    assert room.received() == 6
    trace = room.trace()
    told(room, NEW, replace(NEW, id="other:other:X-1"), replace(NEW, id="Z" * 64), source="other")
    assert room.trace() == trace


def test_a_prank_brings_neither_picture_nor_words(room: Room) -> None:
    seen = replace(NEW, text="lubang besar", photo_before="a" * 64, photo_after="b" * 64)
    told(room, seen)
    assert room.shown()["X-1"] == seen
    told(room, replace(seen, state=ReportState.INVALID))
    report = room.shown()["X-1"]
    assert (report.state, report.text, report.photo_before, report.photo_after) == (ReportState.INVALID, None, None, None)


def test_told_twice_in_one_breath(room: Room) -> None:
    told(room, NEW)
    room.database.write(
        lambda connection: Observer(CITY, "elsewhere").put(connection, [replace(NEW, id="X-2"), replace(WORKING, id="X-2")])
    )
    assert room.get("X-2").state is ReportState.WORKING
    assert state_of(room.steps("X-2"), is_observed=True) is ReportState.WORKING


def test_what_is_merged_into_a_report_is_not_its_sources_to_say(room: Room) -> None:
    told(room, NEW)
    room.database.write(lambda connection: connection.execute(update(REPORTS).values(merged=2)))
    told(room, WORKING)
    (row,) = room.rows(REPORTS)
    assert (row["state"], row["merged"]) == (ReportState.WORKING, 2)
