"""Incidents follow what the desk makes of a report: another place or kind leaves one, a place found later makes one."""

import msgspec
import pytest

from feeds.messages.actions import Invalidate, Triage
from feeds.messages.header import Position
from feeds.messages.report import Report
from feeds.reports.bursts import LEAST
from feeds.reports.observed import Observer
from feeds.store.database import Database
from feeds.store.schema import OUTBOX
from tests.reports.room import CITY, MONDAY, Room

HERE, FAR = Position(106.63, -6.17), Position(106.70, -6.20)


@pytest.fixture
def room(database: Database) -> Room:
    return Room(database)


def burst(room: Room, place: Position) -> list[str]:
    return [room.report(category="banjir", position=place) for _ in range(LEAST)]


def incidents(room: Room, reports: list[str]) -> list[str | None]:
    return [room.get(report).incident for report in reports]


def told(room: Room, report: str) -> Report:
    return msgspec.json.decode(room.rows(OUTBOX, report=report)[-1]["body"], type=Report)


@pytest.mark.parametrize("action", [Triage(category="ktp"), Triage(position=FAR)], ids=["kind", "place"])
def test_a_report_leaves_the_incident_it_is_no_part_of(room: Room, action: Triage) -> None:
    reports = burst(room, HERE)
    (incident,) = set(incidents(room, reports))
    assert incident is not None
    assert room.act(reports[0], action).incident is None
    assert told(room, reports[0]).incident is None
    assert incidents(room, reports[1:]) == [incident] * (LEAST - 1)


def test_a_place_put_right_or_a_kind_alike_stays_in_it(room: Room) -> None:
    reports = burst(room, HERE)
    (incident,) = set(incidents(room, reports))
    for action in (Triage(position=Position(106.6301, -6.17)), Triage(category="genangan"), Triage(text="air")):
        assert room.act(reports[0], action).incident == incident


def test_reports_placed_later_become_an_incident_and_the_wall_hears_of_all(room: Room) -> None:
    reports = [room.report(category="banjir") for _ in range(LEAST)]
    for report in reports[:-1]:
        assert room.act(report, Triage(position=HERE)).incident is None
    last = room.act(reports[-1], Triage(position=HERE))
    assert last.incident is not None
    assert {told(room, report).incident for report in reports} == {last.incident}


def test_an_incident_elsewhere_never_gets_the_name_of_one_that_was_left(room: Room) -> None:
    first = burst(room, HERE)
    for report in [room.report(category="banjir", position=FAR) for _ in range(LEAST - 1)]:
        assert room.get(report).incident is None
    # The one that made the first incident makes one there, comes back, and makes another.
    maker = first[-1]
    names = [room.get(maker).incident, room.act(maker, Triage(position=FAR)).incident]
    assert None not in names and names[0] != names[1]
    assert room.act(maker, Triage(position=HERE)).incident == names[0]


def test_neither_pranks_nor_what_is_led_elsewhere_is_gathered(room: Room) -> None:
    reports = burst(room, HERE)
    prank = room.report(category="banjir")
    room.act(prank, Invalidate(reason="iseng"))
    assert room.act(prank, Triage(position=HERE)).incident is None
    theirs = msgspec.structs.replace(told(room, reports[0]), id="X-1", incident="theirs", received_at=MONDAY, position=FAR)
    room.database.write(lambda it: Observer(CITY, "elsewhere").put(it, [theirs]))
    assert room.act("X-1", Triage(position=HERE)).incident == "theirs"
