"""What was asked for and takes a while is shown only if it may still be seen when it has come: by request, and frame by frame."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from controlroom.mirror.camera_stills import CameraStills, Still
from controlroom.mirror.house import House
from controlroom.mirror.identity import Identity, Who
from controlroom.mirror.live import tell
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.pictures import Pictures
from controlroom.mirror.socket import SIGN_IN, Ending, Socket
from controlroom.mirror.viewers import Viewer
from feeds.messages.camera import CAMERA
from feeds.messages.report import REPORT, TICKER
from feeds.messages.walls import WALL_ORDER
from feeds.reports.roles import Role
from tests.fakes.mirror_house import MirrorRoom, in_a_mirror, until
from tests.fakes.mirror_page import Page
from tests.mirror.room_messages import AT, camera, order, report
from tests.mirror.test_state import Room

PHOTO = "a" * 64
JPEG = b"\xff\xd8gambar"
PATHS = ("report/L-1", "picture/" + PHOTO, "camera/cctv-1")
TOLD = {"report": {}}
Meanwhile = Callable[[MirrorRoom], Awaitable[tuple[int, str]]]


async def _gone(room: MirrorRoom) -> tuple[int, str]:
    await room.publish(REPORT, ("L-1", report("L-1", "dlh")))
    await room.publish(CAMERA, ("cctv-1", camera("cctv-1", is_private=True)))
    await until(lambda: not room.house.state.holds("agency:dpupr", REPORT, "L-1"), "it went to another agency")
    await until(lambda: not room.house.state.holds("agency:dpupr", CAMERA, "cctv-1"), "it is private now")
    return 404, "unknown"


async def _curtain(room: MirrorRoom) -> tuple[int, str]:
    await room.publish(WALL_ORDER, ("utama", order(is_curtained=True)))
    await until(lambda: room.house.state.is_curtained, "the curtain is drawn")
    return 403, "curtain"


async def _shut_out(room: MirrorRoom) -> tuple[int, str]:
    for viewer in room.house.viewers.all():
        viewer.end(Ending(SIGN_IN, "revoked"))
    return 403, "not_live"


@pytest.mark.parametrize("meanwhile", [_gone, _curtain, _shut_out])
def test_what_may_not_be_seen_any_more_when_it_has_come_is_not_shown(meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(room: MirrorRoom) -> None:
        asked, has_come = [asyncio.Event() for _ in PATHS], asyncio.Event()

        def slow(number: int, found: Any) -> Callable[..., Awaitable[Any]]:
            async def come(*_: Any) -> Any:
                asked[number].set()
                await has_come.wait()
                return found

            return come

        monkeypatch.setattr(room.house.identity, "report", slow(0, TOLD))
        monkeypatch.setattr(Pictures, "find", slow(1, JPEG))
        monkeypatch.setattr(CameraStills, "still", slow(2, Still(picture=JPEG, taken_at=AT, taken_s=0.0)))
        await room.publish(REPORT, ("L-1", report("L-1", "dpupr", photo_before=PHOTO)))
        await room.publish(CAMERA, ("cctv-1", camera("cctv-1")))
        head = await room.guest("kadis", Role.HEAD, "dpupr")
        async with head.live_now() as live:
            await live.until(lambda page: page.keys("report") and page.keys("camera"))
            answers = [asyncio.create_task(head.get(f"/view/{path}")) for path in PATHS]
            for one in asked:
                await one.wait()
            expected = await meanwhile(room)
            has_come.set()
            for path, answer in zip(PATHS, await asyncio.gather(*answers), strict=True):
                assert (answer.status_code, answer.json()["code"]) == expected, path

    in_a_mirror(story)


def test_a_list_is_the_viewers_who_still_looks_when_the_audit_log_has_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, ("L-1", report("L-1", "dpupr")))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: page.keys("report"))
            note = room.house.identity.note_view

            async def noted(*given: Any) -> None:
                await note(*given)
                await _curtain(room)

            monkeypatch.setattr(room.house.identity, "note_view", noted)
            answer = await guest.get("/view/reports?agency=dpupr")
            assert (answer.status_code, answer.json()["code"]) == (403, "curtain")

    in_a_mirror(story)


def test_a_camera_is_asked_for_once_at_a_time_and_not_while_the_live_picture_is_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(room: MirrorRoom) -> None:
        asked, answers = asyncio.Event(), asyncio.Event()

        async def slow(*_: Any) -> Still:
            asked.set()
            await answers.wait()
            return Still(picture=JPEG, taken_at=AT, taken_s=0.0)

        monkeypatch.setattr(CameraStills, "still", slow)
        monkeypatch.setattr("controlroom.mirror.viewers.BEHIND_S", 600.0)
        await room.publish(CAMERA, ("cctv-1", camera("cctv-1")))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: page.keys("camera"))
            first = asyncio.create_task(guest.get("/view/camera/cctv-1"))
            await asked.wait()
            again = await guest.get("/view/camera/cctv-1")
            assert (again.status_code, again.headers["retry-after"]) == (429, "10")
            answers.set()
            assert (await first).content == JPEG
            assert (await guest.get("/view/camera/cctv-1")).status_code == 200
            (viewer,) = room.house.viewers.all()
            await room.publish(REPORT, ("L-1", report("L-1")))
            await until(lambda: not viewer.has_drawn_all, "a frame is on its way")
            monkeypatch.setattr("controlroom.mirror.viewers.BEHIND_S", 0.0)
            behind = await guest.get("/view/camera/cctv-1")
            assert (behind.status_code, behind.json()["code"]) == (503, "behind")

    in_a_mirror(story)


class SlowSocket:
    """Of a page whose link takes one frame after another; ``before``: what happens once so many were taken."""

    def __init__(self, after: int, happens: Callable[[], None]) -> None:
        self.after, self.happens = after, happens
        self.shown: list[bytes] = []

    async def show(self, frame: bytes) -> None:
        self.shown.append(frame)
        if len(self.shown) == self.after:
            self.happens()

    async def say(self, message: object) -> None:
        assert message


def _looking(room: Room) -> tuple[House, Viewer]:
    options = MirrorOptions(base_url="http://127.0.0.1", doors_url="http://127.0.0.1", mirror_key="k")
    house = House(options, room.state, Identity(options), "b", now=room.now, monotonic_s=lambda: room.now_s)
    who = Who(login="ani", name="Ani", role="mayor", ends_at=AT + timedelta(days=1), device_key="k")
    viewer = Viewer("cookie", "127.0.0.1", who, "city")
    house.viewers.add(viewer)
    return house, viewer


def _filled() -> Room:
    room = Room()
    room.begin()
    for number in range(40):
        room.tell(REPORT, f"L-{number}", report(f"L-{number}"))
    room.state.snapshot(TICKER, [])
    room.state.tick()
    assert len(room.state.snapshot_parts("city", "city")) > 10
    return room


async def _told(house: House, viewer: Viewer, socket: SlowSocket, frames: int) -> list[bytes]:
    telling = asyncio.create_task(tell(cast(Socket, socket), house, viewer))
    await until(lambda: len(socket.shown) >= frames or telling.done(), "frames have come")
    viewer.end(Ending(SIGN_IN, "revoked"))
    await asyncio.wait((telling,))
    await house.frames.close()
    await house.identity.close()
    return socket.shown


def test_no_part_goes_out_behind_a_curtain_that_was_drawn_while_another_was_on_its_way() -> None:
    async def story() -> None:
        room = _filled()

        def draw() -> None:
            room.tell(WALL_ORDER, "utama", order(is_curtained=True))
            room.state.tick()

        house, viewer = _looking(room)
        shown = await _told(house, viewer, SlowSocket(2, draw), 3)
        page = Page()
        assert len(shown) == 3
        assert page.take_bytes(shown[1])["part"] == 2 if page.take_bytes(shown[0]) else False
        last = page.take_bytes(shown[2])
        assert set(last) <= {"from", "to", "epoch", "at", "wall", "fresh"}
        assert (last["from"], last["wall"]["is_curtained"], page.put) == (0, True, {})

    asyncio.run(story())


def test_no_part_goes_out_to_somebody_who_was_shut_out_meanwhile() -> None:
    async def story() -> None:
        house, viewer = _looking(_filled())
        shown = await _told(house, viewer, SlowSocket(2, lambda: viewer.end(Ending(SIGN_IN, "revoked"))), 3)
        assert len(shown) == 2

    asyncio.run(story())


def test_a_page_that_begins_anew_is_not_told_the_rest_of_what_it_left() -> None:
    async def story() -> None:
        room = _filled()
        house, viewer = _looking(room)
        parts = len(room.state.snapshot_parts("city", "city"))
        shown = await _told(house, viewer, SlowSocket(2, viewer.forgot), 2 + parts)
        page = Page()
        for frame in shown[2:]:
            page.take_bytes(frame)
        assert (len(shown), len(page.keys("report"))) == (2 + parts, 40)

    asyncio.run(story())
