"""From the store to a real Redis: every change once and in order, whatever is killed when, and totals that tie out."""

import asyncio
from collections import Counter

import pytest

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.report import REPORT, ReportState
from feeds.reports.actions import Accept, Decline, Forward, Reopen
from feeds.store.database import Database
from feeds.store.schema import OUTBOX
from tests.fakes.bus_listener import BusListener
from tests.reports.room import CITIZEN, Room, Wire, a_draft, telling, ticker_of, totals_of


def assert_agreed(room: Room, heard: BusListener) -> None:
    totals, on_bus = totals_of(heard), heard.bodies(REPORT)
    assert totals is not None
    assert on_bus == room.shown()
    assert totals.ties_out()
    assert totals.received == room.received()
    states = Counter(report.state for report in on_bus.values())
    assert all(totals.count(state) == states[state] for state in ReportState)
    assert room.rows(OUTBOX) == []


@pytest.mark.parametrize("at", ["reading", "before telling", "telling", "removing"])
def test_killed_anywhere_each_change_is_told_once(database: Database, at: str) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            one = room.report()
            await wire.settle()
            other = room.report()
            for step in (Forward(agency="dpupr"), Accept()):
                room.act(one, step)
                room.act(other, step)
            await wire.killed(at)
            room.act(one, Forward(agency="dishub"))
            await wire.settle()
            heard = await wire.heard()
        assert ticker_of(heard) == room.told_states()
        assert_agreed(room, heard)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_closed_and_reopened_within_one_look(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            await wire.settle()
            report = room.report()
            room.act(report, Decline(answer="bukan kami"))
            room.act(report, Reopen(reason="keliru"))
            await wire.settle()
            heard = await wire.heard()
        assert [state for _, state in ticker_of(heard)] == ["new", "declined", "reopened"]
        assert_agreed(room, heard)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_redis_comes_back_empty(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            report = room.report()
            await wire.settle()
            server.kill()
            room.act(report, Forward(agency="dpupr"))
            room.report()
            await wire.settle()
            assert room.rows(OUTBOX), "nothing is removed before Redis has it"
            server.start()
            await back(wire)
            room.later(seconds=10)
            await wire.settle()
            heard = await wire.heard()
        assert_agreed(room, heard)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


async def back(wire: Wire) -> None:
    async with asyncio.timeout(20):
        while wire.publisher.trouble is not None:
            await asyncio.sleep(0.02)


def test_midnight_in_the_citys_zone(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        room.now = room.now.replace(hour=16, minute=59)  # 23.59 WIB
        closed, still_open = room.report(), room.report()
        room.act(closed, Decline(answer="bukan kami"))
        async with telling(room, server, "day") as wire:
            await wire.settle()
            assert wire.outbox.held().keys() == {closed, still_open}
            room.now = room.now.replace(hour=17, minute=0, second=0)
            await wire.settle()
            totals = totals_of(await wire.heard())
            assert wire.outbox.held().keys() == {still_open}
        assert totals is not None
        assert (totals.since, totals.received, totals.carried, totals.new) == (room.now, 1, 1, 1)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_more_than_a_look_can_take(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            await wire.settle()
            database.write(lambda c: [room.service.take_in(c, a_draft(description=str(n)), CITIZEN) for n in range(1_001)])
            assert await wire.outbox.step()
            await wire.settle()
            heard = await wire.heard()
        assert_agreed(room, heard)
        assert ticker_of(heard) == room.told_states()[-500:]

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))
