"""The wall's own stills through the mirror: a real stills server of a wall, a real mirror, one connection for all who look."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from msgspec.structs import replace

from controlroom.live.still_frames import CURTAIN_SLOT, StillsLayout, layout_of, unframed
from controlroom.mirror.house import House
from controlroom.mirror.socket import Socket
from controlroom.mirror.wall_relay import Look, WallRelay, tell
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


class SlowSocket:
    """Of a viewer whose link takes ``show_s`` seconds for each still."""

    def __init__(self, show_s: float) -> None:
        self.show_s = show_s
        self.shown: list[int] = []

    async def say_text(self, text: str) -> None:
        layout_of(text)

    async def show(self, frame: bytes) -> None:
        await asyncio.sleep(self.show_s)
        self.shown.append(unframed(frame)[0].slot)


async def _watched(relay: WallRelay, socket: SlowSocket, state: SimpleNamespace, story: Callable[[], Awaitable[None]]) -> list[int]:
    """The slots a viewer got while ``story`` went on."""
    look = Look()
    house = SimpleNamespace(state=state, monotonic_s=asyncio.get_running_loop().time)
    relay.begin(look)
    # It looks for a wall, finds none and forgets all it knew; the story is told within two seconds of that.
    await asyncio.sleep(0.01)
    telling = asyncio.create_task(tell(cast(Socket, socket), cast(House, house), relay, look, lambda: False))
    await story()
    telling.cancel()
    await asyncio.wait((telling,))
    await relay.end(look)
    return socket.shown


def test_a_slow_link_gets_every_slot_though_the_wall_says_each_second_that_it_is_there() -> None:
    slots = (1, 2, 3)

    async def story() -> None:
        relay, socket = WallRelay(lambda: None, None), SlowSocket(0.2)

        async def wall() -> None:
            relay.take_layout(layout())
            for slot in slots:
                relay.take_still(slot, still(slot, b"\xff\xd8"))
            for _ in range(10):
                await asyncio.sleep(0.1)
                relay.take_layout(replace(layout(), at=datetime.now(UTC)))

        assert set(await _watched(relay, socket, SimpleNamespace(is_curtained=False), wall)) == set(slots)

    asyncio.run(story())


def test_no_still_goes_out_to_somebody_who_was_shut_out_while_another_was_on_its_way() -> None:
    async def story() -> None:
        relay, socket, look = WallRelay(lambda: None, None), SlowSocket(0.0), Look()
        house = SimpleNamespace(state=SimpleNamespace(is_curtained=False), monotonic_s=asyncio.get_running_loop().time)
        relay.take_layout(layout())
        look.stills.update({slot: still(slot, b"\xff\xd8") for slot in (1, 2, 3)})
        async with asyncio.timeout(15):
            await tell(cast(Socket, socket), cast(House, house), relay, look, lambda: bool(socket.shown))
        assert socket.shown == [1]

    asyncio.run(story())


def test_what_stands_behind_a_curtain_that_was_lifted_is_shown_when_the_bus_has_said_so_too() -> None:
    async def story() -> None:
        relay, socket, state = WallRelay(lambda: None, None), SlowSocket(0.0), SimpleNamespace(is_curtained=True)

        async def wall() -> None:
            relay.take_layout(layout(2))
            relay.take_still(1, still(1, b"\xff\xd8", generation=2))
            await asyncio.sleep(0.3)
            assert socket.shown == []
            state.is_curtained = False
            await asyncio.sleep(1.2)

        assert await _watched(relay, socket, state, wall) == [1]

    asyncio.run(story())


def test_what_nobody_thought_of_ends_no_reading_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.mirror.wall_relay.AGAIN_S", 0.01)

    async def story() -> None:
        asked: list[int] = []

        def address() -> None:
            asked.append(1)
            if len(asked) == 1:
                raise RuntimeError("uji")

        relay, look = WallRelay(address, "k"), Look()
        relay.begin(look)
        await until(lambda: len(asked) > 2, "it goes on")
        await relay.end(look)

    asyncio.run(story())


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
