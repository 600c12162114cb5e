"""Hundreds of sockets that are opened and never say a word: who was invited comes in all the same and sees what changes."""

import asyncio
from contextlib import AsyncExitStack

from feeds.messages.report import TOTALS
from tests.fakes.mirror_house import MirrorRoom, in_a_mirror
from tests.mirror.test_live import totals

MOST = 80


async def opened(room: MirrorRoom, stack: AsyncExitStack) -> asyncio.StreamReader:
    host, _, port = room.origin.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    stack.callback(writer.close)
    return reader


def test_a_viewer_gets_his_picture_though_hundreds_never_speak() -> None:
    async def story(room: MirrorRoom) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(8 * MOST):
                await opened(room, stack)
            guest = await room.guest()
            async with guest.live_now() as live:
                for _ in range(MOST):
                    await opened(room, stack)
                await room.publish(TOTALS, ("all", totals(7)))
                await live.until(lambda page: page.keys("totals"))
                assert live.page.body("totals", "all")["received"] == 7
                assert (await guest.get("/view/config.json")).status_code == 200

    in_a_mirror(story, most_connections=MOST)
