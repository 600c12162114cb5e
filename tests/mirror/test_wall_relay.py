"""The wall's own stills through the mirror: a real stills server of a wall, a real mirror, one connection for all who look."""

import asyncio
from typing import Any

import pytest

from controlroom.live.still_frames import CURTAIN_SLOT, StillsLayout, layout_of, unframed
from feeds.messages.walls import WALL_ORDER
from feeds.reports.roles import Role
from tests.fakes.mirror_house import Live, MirrorRoom, in_a_mirror, until
from tests.fakes.stills import KEY, Serving, layout, still
from tests.mirror.room_messages import order


async def seen(live: Live, wanted: Any) -> Any:
    """What the relay says next of the wanted kind: ``StillsLayout``, or the number of a slot whose picture is wanted."""
    while True:
        async with asyncio.timeout(15):
            said = await live.socket.recv()
        if isinstance(said, str):
            told = layout_of(said)
            if wanted is StillsLayout:
                return told
        else:
            head, picture = unframed(said)
            if wanted in ("any", head.slot):
                return head, bytes(picture)


def test_the_wall_is_seen_as_it_stands_and_changes() -> None:
    with Serving() as there:

        async def story(room: MirrorRoom) -> None:
            there.server.tell(layout())
            there.server.put(1, 2, still(2, b"\xff\xd8gambar"))
            first, second = await room.guest(), await room.guest("lain", Role.LEAD)
            async with first.looking("/wall") as one, second.looking("/wall") as two:
                for live in (one, two):
                    await live.prove()
                    assert (await seen(live, StillsLayout)).generation == 1
                    assert (await seen(live, 2))[1] == b"\xff\xd8gambar"
                assert there.audience == 1, "one connection for all who look"
                there.server.tell(layout(2))
                there.server.put(2, 1, still(1, b"\xff\xd8baru", generation=2))
                assert (await seen(one, StillsLayout)).generation == 2
                head, picture = await seen(one, 1)
                assert (head.generation, picture) == (2, b"\xff\xd8baru")
                await one.socket.send('{"kind":"drawn","rev":1}')
                assert (await one.ended()).code == 1008, "a page has nothing to say here"
            await until(lambda: there.audience == 0, "who looks no more holds no connection")

        in_a_mirror(story, stills_url=there.url, stills_key=KEY)


def test_behind_a_drawn_curtain_there_is_the_curtain_alone() -> None:
    with Serving() as there:

        async def story(room: MirrorRoom) -> None:
            there.server.tell(layout())
            there.server.put(1, 1, still(1, b"\xff\xd8rahasia"))
            await room.publish(WALL_ORDER, ("utama", order(is_curtained=True)))
            await until(lambda: room.house.state.is_curtained, "the curtain is drawn")
            guest = await room.guest()
            async with guest.looking("/wall") as live:
                await live.prove()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await live.socket.recv()
                there.server.tell(layout(2, is_curtained=True))
                there.server.put(2, CURTAIN_SLOT, still(CURTAIN_SLOT, b"\xff\xd8tirai", generation=2))
                assert (await seen(live, StillsLayout)).is_curtained
                assert (await seen(live, "any"))[0].slot == CURTAIN_SLOT

        in_a_mirror(story, stills_url=there.url, stills_key=KEY)


def test_a_wall_that_goes_comes_back() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        async with guest.looking("/wall") as live:
            await live.prove()
            with Serving(port=port) as there:
                there.server.tell(layout(5))
                assert (await seen(live, StillsLayout)).generation == 5
            with Serving(port=port) as there:
                there.server.tell(layout(9))
                assert (await seen(live, StillsLayout)).generation == 9

    with Serving() as first:
        port = first.port
        url = first.url
    in_a_mirror(story, stills_url=url, stills_key=KEY)


def test_the_wall_is_the_citys_and_absent_without_its_key() -> None:
    async def story(room: MirrorRoom) -> None:
        mayor, head = await room.guest(), await room.guest("kadis", Role.HEAD, "dpupr")
        for guest, code in ((mayor, 1000), (head, 4403)):
            async with guest.looking("/wall") as live:
                await live.prove()
                assert await live.hear() == {"kind": "absent"}
                assert (await live.ended()).code == code
        async with mayor.looking("/wall") as live:
            await live.prove(proof="x")
            assert (await live.ended()).code == 4401

    in_a_mirror(story)


def test_it_closes_when_its_viewer_is_shut_out() -> None:
    with Serving() as there:

        async def story(room: MirrorRoom) -> None:
            from feeds.identity import sessions

            there.server.tell(layout())
            guest = await room.guest()
            async with guest.looking("/wall") as live:
                await live.prove()
                await seen(live, StillsLayout)
                room.doors.database.write(lambda it: sessions.end_all(it, "ibu-sari"))
                ended = await live.ended()
                assert (ended.why, ended.code) == ("revoked", 4401)

        in_a_mirror(story, stills_url=there.url, stills_key=KEY)
