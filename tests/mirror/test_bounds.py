"""What the mirror bears, and what it leaves a trace of: wrong proofs, slow bodies, sheets that ask anew, land that is packed."""

import asyncio
import gzip
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.viewers import SAME_LOOK_S
from controlroom.mirror.wrong_proofs import MOST_WRONG, WITHIN_S, WrongProofs
from feeds.identity import audit, sessions
from feeds.messages.report import REPORT
from tests.fakes.mirror_house import Ended, Guest, MirrorRoom, in_a_mirror
from tests.fakes.phone import DeviceKey
from tests.mirror.room_messages import report
from tests.mirror.test_http import raw


def entries(room: MirrorRoom, action: str) -> list[Any]:
    return room.doors.database.read(lambda it: audit.page(it, action=action, page_size=200)).rows


async def _tried(thief: Guest) -> int:
    """How a socket ends that has the cookie and another device."""
    try:
        async with thief.looking() as live:
            with pytest.raises(Ended) as found:
                await live.greet()
            return found.value.code
    except InvalidStatus as refused:
        return refused.response.status_code


def test_a_stolen_cookie_that_is_tried_leaves_a_trace_and_is_not_tried_without_end_nor_kept_alive() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        thief = Guest(room)
        thief.cookie, thief.device = guest.cookie, DeviceKey()
        seen = room.doors.database.read(lambda it: sessions.list_open(it, room.doors.clock()))
        room.later(hours=1)
        assert [await _tried(thief) for _ in range(MOST_WRONG)] == [4401] * MOST_WRONG
        assert await _tried(thief) == 429
        rows = entries(room, "sign_in_failed")
        assert len(rows) == MOST_WRONG
        facts = {"address": "127.0.0.1", "device": guest.who["device"], "by": "device"}
        assert {(row.actor, row.object) for row in rows} == {("ibu-sari", "user ibu-sari")}
        assert all(row.body == facts for row in rows)
        assert room.doors.database.read(lambda it: sessions.list_open(it, room.doors.clock())) == seen, "it does not look used"
        assert entries(room, "view") == []

    in_a_mirror(story)


def test_wrong_proofs_are_counted_by_house_and_forgotten() -> None:
    wrong = WrongProofs()
    for second in range(MOST_WRONG):
        assert not wrong.is_too_many("2001:db8::1", second)
        wrong.count("2001:db8::1", second)
    assert wrong.is_too_many("2001:db8::2", MOST_WRONG), "the same household"
    assert not wrong.is_too_many("2001:db8:0:1::1", MOST_WRONG)
    assert not wrong.is_too_many("2001:db8::1", WITHIN_S), "the first is forgotten"


def test_a_sheet_that_asks_anew_at_every_change_is_one_look_and_a_count_needs_no_list() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, *((f"L-{n}", report(f"L-{n}")) for n in range(3)))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: len(page.keys("report")) == 3)
            for _ in range(4):
                assert (await guest.get("/view/reports?agency=dpupr&most=0")).json() == {"reports": [], "total": 3}
            assert len((await guest.get("/view/reports?agency=dpupr&most=2")).json()["reports"]) == 2
            for most in ("-1", "501", "x"):
                assert (await guest.get(f"/view/reports?agency=dpupr&most={most}")).status_code == 400
            seen = [(row.object, row.body["address"]) for row in entries(room, "view")]
            assert seen == [("reports dpupr", "127.0.0.1"), ("live", "127.0.0.1")]
            (viewer,) = room.house.viewers.all()
            viewer.looked_at("reports dpupr", room.house.monotonic_s() - SAME_LOOK_S)
            await guest.get("/view/reports?agency=dpupr&most=0")
            await guest.get("/view/reports?agency=dlh&most=0")
            assert [row.object for row in entries(room, "view")] == ["reports dlh", "reports dpupr", "reports dpupr", "live"]

    in_a_mirror(story)


def test_the_city_and_its_land_come_packed_and_not_twice() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        async with guest.live_now() as live:
            own = {"Cookie": f"live_room={guest.cookie}", "X-Live": live.welcome["token"]}
            land = (await guest.get("/view/config.json")).json()["layers"][0]["file"]
            for path in ("/view/config.json", f"/view/city/{land}"):
                _, _, whole = await asyncio.to_thread(raw, room, "GET", path, own)
                status, headers, packed = await asyncio.to_thread(raw, room, "GET", path, own | {"Accept-Encoding": "gzip, br"})
                assert (status, headers["content-encoding"]) == (200, "gzip")
                assert gzip.decompress(packed) == whole
                assert len(packed) < len(whole) / 2
                assert (headers["cache-control"], headers["vary"]) == ("private, no-cache", "Accept-Encoding")
                status, _, again = await asyncio.to_thread(raw, room, "GET", path, own | {"If-None-Match": headers["etag"]})
                assert (status, again) == (304, b"")
                without = {"If-None-Match": headers["etag"], "Cookie": own["Cookie"]}
                assert (await asyncio.to_thread(raw, room, "GET", path, without))[0] == 403

    in_a_mirror(story)


def test_a_body_that_does_not_come_is_waited_for_no_longer_than_a_slow_link_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.mirror.forwarding.BODY_WITHIN_S", 0.2)

    async def story(room: MirrorRoom) -> None:
        head = (
            f"POST /session/device/options HTTP/1.1\r\nHost: x\r\nOrigin: {room.origin}\r\nContent-Type: application/json\r\n"
            "Content-Length: 100\r\n\r\n{"
        )

        def ask() -> bytes:
            with socket.create_connection(("127.0.0.1", urlsplit(room.origin).port or 0), timeout=15) as plug:
                plug.sendall(head.encode())
                return plug.recv(1000)

        assert (await asyncio.to_thread(ask)).startswith(b"HTTP/1.1 408")

    in_a_mirror(story)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Cermin.example.go.id:443", "https://cermin.example.go.id"), ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://127.0.0.1:8312", "http://127.0.0.1:8312"), ("https://cermin.example:80", "https://cermin.example:80"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)  # fmt: skip
def test_a_page_is_known_by_its_origin_as_browsers_say_it(url: str, origin: str) -> None:
    assert MirrorOptions(base_url=url, doors_url="http://127.0.0.1", mirror_key="k").origin == origin
