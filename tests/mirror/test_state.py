"""What the mirror knows, by any history: a change from any revision leads where a snapshot leads, and no scope hears of what is not its own."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from controlroom.mirror.house import House, keep_at
from controlroom.mirror.identity import Identity, Who
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.state import MirrorState
from controlroom.mirror.viewers import Viewer
from feeds.bus.reader import ReaderStatus
from feeds.messages.camera import CAMERA
from feeds.messages.deadline import DEADLINE
from feeds.messages.field import OFFICER
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.report import INCIDENT, REPORT, TICKER, TOTALS
from feeds.messages.system import WALL_STATE, Shown, SlotState, WallState
from feeds.messages.walls import WALL_ORDER, WallOrder
from tests.fakes.mirror_page import Page
from tests.mirror.room_messages import AT, camera, incident, line, officer, order, report, totals

AGENCIES = ("dpupr", "dlh")
SCOPES = ("city", "agency:dpupr", "agency:dlh")
REPORTS = ("L-1", "L-2", "L-3")
INCIDENTS = ("I-1", "I-2")
OFFICERS = ("07", "08")
_AGENCY = st.sampled_from((*AGENCIES, None))


class Room:
    """A state with a clock and a bus of its own."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.seq: dict[str, int] = {}
        # So small that nearly every frame comes in pieces.
        self.state = MirrorState("e", "live", now=self.now, monotonic_s=lambda: self.now_s, piece_bytes=700)
        self.latest: dict[str, dict[str, Message[Any]]] = {}

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.now_s)

    def message(self, topic: Topic[Any], key: str, body: Any) -> Message[Any]:
        seq = self.seq[topic.name] = self.seq.get(topic.name, 0) + 1
        return Message(
            seq=seq, epoch="b", key=key, source="uji", observed_at=self.now(), published_at=self.now(), quality=Quality.MEASURED, body=body
        )

    def tell(self, topic: Topic[Any], key: str, body: Any) -> None:
        message = self.message(topic, key, body)
        held = self.latest.setdefault(topic.name, {})
        held.pop(key, None)
        if body is not None:
            held[key] = message
        self.state.message(topic, message)

    def begin(self) -> None:
        for topic in (WALL_STATE, WALL_ORDER, REPORT, INCIDENT, OFFICER, CAMERA, TOTALS, DEADLINE, TICKER):
            self.state.snapshot(topic, [])
        self.state.status(ReaderStatus())
        self.state.tick()


def shown(room: Room, page: Page, scope: str) -> Page:
    """The page after what a viewer of this scope would be sent now."""
    at = room.state.shown_to(scope)
    change = room.state.change(at, page.rev, scope)
    for frame in change if change is not None else room.state.snapshot_parts(at, scope):
        page.take(frame)
    return page


class AnyHistory(RuleBasedStateMachine):
    """Some pages hear each change, some only now and then: all of them end up with what a newcomer is told."""

    @initialize()
    def opened(self) -> None:
        self.room = Room()
        self.room.begin()
        self.pages = {scope: [Page(), Page(), Page()] for scope in SCOPES}
        self.ever: dict[str, set[str]] = {agency: set() for agency in AGENCIES}

    @rule(key=st.sampled_from(REPORTS), agency=_AGENCY, incident=st.sampled_from((*INCIDENTS, None)))
    def a_report(self, key: str, agency: str | None, incident: str | None) -> None:
        self.ever.get(agency or "", set()).add(key)
        self.room.tell(REPORT, key, report(key, agency, incident=incident))

    @rule(key=st.sampled_from(REPORTS))
    def a_report_goes(self, key: str) -> None:
        self.room.tell(REPORT, key, None)

    @rule(key=st.sampled_from(INCIDENTS), is_there=st.booleans())
    def an_incident(self, key: str, is_there: bool) -> None:
        self.room.tell(INCIDENT, key, incident(key) if is_there else None)

    @rule(key=st.sampled_from(OFFICERS), agency=st.sampled_from(AGENCIES), of=st.sampled_from((*REPORTS, None)), on=st.booleans())
    def an_officer(self, key: str, agency: str, of: str | None, on: bool) -> None:
        self.room.tell(OFFICER, key, officer(key, agency, report=of, is_on_task=on))

    @rule(is_private=st.booleans())
    def a_camera(self, is_private: bool) -> None:
        self.room.tell(CAMERA, "cctv-1", camera("cctv-1", is_private=is_private))

    @rule(received=st.integers(0, 3))
    def a_total(self, received: int) -> None:
        self.room.tell(TOTALS, "all", totals(received))

    @rule(key=st.sampled_from(REPORTS))
    def a_line(self, key: str) -> None:
        self.room.tell(TICKER, key, line(key))

    @rule(keys=st.lists(st.sampled_from(REPORTS), unique=True), agency=_AGENCY)
    def a_snapshot(self, keys: list[str], agency: str | None) -> None:
        messages = [self.room.message(REPORT, key, report(key, agency)) for key in keys]
        if agency is not None:
            self.ever[agency].update(keys)
        self.room.latest[REPORT.name] = {message.key: message for message in messages}
        self.room.state.snapshot(REPORT, messages)

    @rule(lines=st.lists(st.sampled_from(REPORTS), max_size=3))
    def lines_anew(self, lines: list[str]) -> None:
        self.room.state.snapshot(TICKER, [self.room.message(TICKER, key, line(key)) for key in lines])

    @rule(is_drawn=st.booleans())
    def the_curtain(self, is_drawn: bool) -> None:
        self.room.tell(WALL_ORDER, "utama", order(is_curtained=is_drawn, revision=self.room.seq.get(WALL_ORDER.name, 0) + 1))

    @rule()
    def the_wall_is_gone(self) -> None:
        self.room.tell(WALL_ORDER, "utama", None)

    @rule(by_s=st.sampled_from((0.1, 2.0, 6.0, 100.0)))
    def time_passes(self, by_s: float) -> None:
        self.room.now_s += by_s
        self.room.state.tick()

    @rule(scope=st.sampled_from(SCOPES), which=st.integers(0, 1))
    def a_page_looks(self, scope: str, which: int) -> None:
        shown(self.room, self.pages[scope][which], scope)

    @invariant()
    def every_page_ends_where_a_newcomer_begins(self) -> None:
        for scope in SCOPES:
            fresh = shown(self.room, Page(), scope)
            followed = shown(self.room, self.pages[scope][2], scope)
            assert followed.held() == fresh.held(), scope
            if self.room.state.is_curtained:
                assert not fresh.put
                assert not fresh.lines
                assert fresh.bus is fresh.simulated is None
                assert fresh.wall is None or (fresh.wall["is_curtained"] and not fresh.wall["slots"])

    @invariant()
    def an_agency_holds_and_hears_its_own_alone(self) -> None:
        for agency in AGENCIES:
            for page in self.pages[f"agency:{agency}"]:
                assert page.keys("report") <= self.ever[agency]
                assert {key for topic, key in page.gone if topic == "report"} <= self.ever[agency]
                assert not page.keys("totals")
                assert not page.lines
                assert all(page.body("officer", key)["agency"] == agency for key in page.keys("officer"))

    def teardown(self) -> None:
        """At rest each page that looks has the newest of the bus, under the numbers of the bus."""
        self.room.now_s += 100
        self.room.tell(WALL_ORDER, "utama", order(is_curtained=False))
        self.room.state.tick()
        for scope, pages in self.pages.items():
            for page in pages:
                assert shown(self.room, page, scope).held() == shown(self.room, Page(), scope).held()
                for topic, keys in page.put.items():
                    assert {key: item[0] for key, item in keys.items()}.items() <= {
                        k: m.seq for k, m in self.room.latest[topic].items()
                    }.items()
        held = self.room.latest.get(REPORT.name, {})
        assert self.pages["city"][0].keys("report") == set(held)
        for agency in AGENCIES:
            own = {key for key, message in held.items() if message.body is not None and message.body.agency == agency}
            assert self.pages[f"agency:{agency}"][0].keys("report") == own


AnyHistory.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnyHistory = AnyHistory.TestCase


def _opened() -> Room:
    room = Room()
    room.begin()
    return room


def _now(scope: str) -> Callable[[Room], Page]:
    return lambda room: shown(room, Page(), scope)


def test_nothing_is_shown_before_it_is_known_whether_the_curtain_is_drawn() -> None:
    room = Room()
    room.tell(REPORT, "L-1", report("L-1"))
    room.state.tick()
    assert not _now("city")(room).put
    room.state.snapshot(WALL_ORDER, [])
    room.state.tick()
    assert not _now("city")(room).put
    room.state.snapshot(WALL_STATE, [])
    room.state.tick()
    assert _now("city")(room).keys("report") == {"L-1"}


def test_an_officer_is_followed_no_closer_than_every_five_seconds() -> None:
    room, page = _opened(), Page()
    room.tell(OFFICER, "07", officer("07"))
    room.state.tick()
    first = shown(room, page, "city").put["officer"]["07"][0]
    for _ in range(4):
        room.now_s += 1
        room.tell(OFFICER, "07", officer("07", seen_at=room.now()))
        room.state.tick()
        assert shown(room, page, "city").put["officer"]["07"][0] == first
    room.now_s += 1
    room.state.tick()
    assert shown(room, page, "city").put["officer"]["07"][0] == first + 4
    room.tell(OFFICER, "07", officer("07", is_on_task=False))
    room.state.tick()
    assert not shown(room, page, "city").keys("officer"), "who is off the task is followed no more, at once"


def test_a_report_that_goes_to_another_agency_is_nobodys_else_at_once() -> None:
    room = _opened()
    room.tell(REPORT, "L-1", report("L-1", "dpupr", photo_before="a" * 64))
    room.state.tick()
    assert _now("agency:dpupr")(room).keys("report") == {"L-1"}
    room.tell(REPORT, "L-1", report("L-1", "dlh", photo_before="a" * 64))
    assert not room.state.holds("agency:dpupr", REPORT, "L-1")
    assert not room.state.shows_picture("agency:dpupr", "a" * 64)
    assert room.state.reports_of("agency:dpupr", "dlh", 10) == ([], 0)


def test_the_wall_names_no_private_camera() -> None:
    room = _opened()
    layout = Layout(
        title="Uji",
        grid=Grid(columns=2, rows=1),
        slot=(Slot(panel="cameras", cell=(0, 0, 2, 1), options={"cameras": ["cctv-1", "cctv-2"]}),),
    )
    shows = SlotState(slot=1, panel="cameras", screen=None, geometry=(0, 0, 100, 50), state="live", seq=1, age_s=0.0, painted_at=None)
    room.tell(WALL_STATE, "utama", WallState(wall="utama", layout="Uji", revision=1, at=room.now(), slots=(shows,), shown=Shown.TAKEN))
    room.tell(WALL_ORDER, "utama", WallOrder(wall="utama", revision=1, changes=1, layout=layout))
    room.tell(CAMERA, "cctv-1", camera("cctv-1"))
    room.tell(CAMERA, "cctv-2", camera("cctv-2", is_private=True))
    room.state.tick()
    page = _now("city")(room)
    assert page.keys("camera") == {"cctv-1"} and page.wall["slots"][0]["options"]["cameras"] == ["cctv-1"]
    room.tell(CAMERA, "cctv-1", camera("cctv-1", is_private=True))
    room.state.tick()
    assert shown(room, page, "city").wall["slots"][0]["options"]["cameras"] == []


def test_work_that_fails_ends_who_looks_and_begins_again() -> None:
    lives: list[int] = []

    async def story() -> None:
        options = MirrorOptions(base_url="http://127.0.0.1", doors_url="http://127.0.0.1", mirror_key="k")
        house = House(options, _opened().state, Identity(options), "b", now=lambda: AT, monotonic_s=lambda: 0.0)
        who = Who(login="ani", name="Ani", role="mayor", ends_at=AT + timedelta(days=1), device_key="k")
        viewer = Viewer("cookie", "127.0.0.1", who, "city")
        house.viewers.add(viewer)
        again = asyncio.Event()

        async def work() -> None:
            lives.append(1)
            if len(lives) == 2:
                again.set()
                await asyncio.Event().wait()
            raise RuntimeError("uji")

        keeping = asyncio.create_task(keep_at(house, "news", work, pause_s=0.01))
        await again.wait()
        assert viewer.ending is not None and (viewer.ending.code, viewer.ending.why) == (1012, "restart")
        keeping.cancel()
        await asyncio.wait((keeping,))
        assert keeping.cancelled()
        await house.identity.close()

    asyncio.run(story())
    assert len(lives) == 2


def test_a_long_change_comes_in_parts_and_one_that_was_cut_off_leaves_nothing() -> None:
    room = _opened()
    page = _now("city")(room)
    for number in range(40):
        room.tell(REPORT, f"L-{number}", report(f"L-{number}"))
        room.tell(TICKER, f"L-{number}", line(f"L-{number}"))
    room.state.tick()
    frames = room.state.change("city", page.rev, "city")
    assert frames is not None and len(frames) > 10
    assert max(len(msgspec.json.encode(frame)) for frame in frames[1:]) < 2_000, "no part is much longer than asked for"
    for frame in frames[:-1]:
        page.take(frame)
    room.tell(REPORT, "L-3", None)
    room.state.tick()
    page.waiting.clear()
    assert shown(room, page, "city").held() == _now("city")(room).held(), "what was cut off left nothing behind"
    assert len(room.state.snapshot_parts("city", "city")) > 10 and len(page.lines) == 40 and len(page.keys("report")) == 39


def test_times_are_milliseconds_of_the_message() -> None:
    room = _opened()
    room.tell(TOTALS, "all", totals(2))
    room.state.tick()
    seq, observed, published, quality, source, body = _now("city")(room).put["totals"]["all"]
    at_ms = round(room.now().astimezone(UTC).timestamp() * 1000)
    assert (seq, observed, published, quality, source, body["received"]) == (1, at_ms, at_ms, "measured", "uji", 2)
