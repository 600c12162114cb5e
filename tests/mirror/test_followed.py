"""An officer away from the room: his way is followed loosely, whose he is and on what task is told at once."""

from feeds.messages.field import OFFICER
from feeds.messages.header import Position
from feeds.messages.report import REPORT
from tests.fakes.mirror_page import Page
from tests.mirror.room_messages import officer, report
from tests.mirror.test_state import Room, shown

THERE = Position(106.7, -6.2)


def opened() -> Room:
    room = Room()
    room.begin()
    room.tell(REPORT, "L-1", report("L-1", "dpupr"))
    room.tell(OFFICER, "07", officer("07", "dpupr", report="L-1"))
    room.state.tick()
    return room


def test_a_head_reads_no_report_of_another_agency_beside_his_officer_though_it_went_there_a_moment_ago() -> None:
    room, page = opened(), Page()
    assert shown(room, page, "agency:dpupr").body("officer", "07")["report"] == "L-1"
    room.now_s += 1
    room.tell(REPORT, "L-1", report("L-1", "dlh"))
    room.state.tick()
    assert shown(room, page, "agency:dpupr").body("officer", "07")["report"] is None


def test_another_task_is_told_at_once_and_the_way_to_it_later() -> None:
    room, page = opened(), Page()
    here = shown(room, page, "city").body("officer", "07")["position"]
    room.now_s += 1
    room.tell(OFFICER, "07", officer("07", "dlh", report="L-2", position=THERE, position_at=room.now(), seen_at=room.now()))
    room.state.tick()
    seen = shown(room, page, "city").body("officer", "07")
    assert (seen["agency"], seen["report"], seen["position"]) == ("dlh", "L-2", here)
    assert not shown(room, Page(), "agency:dpupr").keys("officer")
    assert shown(room, Page(), "agency:dlh").body("officer", "07")["position"] == here, "nor does a page that comes now know more"
    room.now_s += 4
    room.state.tick()
    assert shown(room, page, "city").body("officer", "07")["position"] != here
