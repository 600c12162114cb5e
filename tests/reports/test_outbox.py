"""From the store to a real Redis: every change once and in order, whatever is killed when, and totals that tie out."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.exceptions import ResponseError
from sqlalchemy import delete

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.actions import Accept, Decline, Forward, Invalidate, Merge, Note, Reopen
from feeds.messages.report import REPORT, TICKER, ReportState
from feeds.reports import outbox
from feeds.reports.records import wall_report
from feeds.store.database import Database
from feeds.store.schema import INTAKE, OUTBOX
from tests.fakes.bus_listener import BusListener
from tests.reports.room import CITIZEN, CITY, Room, Wire, a_draft, telling, ticker_of, totals_of


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


def test_the_wall_hears_how_many_are_merged_into_a_report(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            parent, one, other = (room.report() for _ in range(3))
            for child in (one, other):
                room.act(child, Merge(parent=parent))
                await wire.settle()
            assert (await wire.heard()).bodies(REPORT)[parent].merged == 2
            room.act(one, Reopen(reason="lain"))
            await wire.settle()
            heard = await wire.heard()
        assert heard.bodies(REPORT)[parent].merged == 1
        assert ticker_of(heard) == room.told_states(), "a count is no line of the ticker"
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
    await until(lambda: wire.publisher.trouble is None)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def another(room: Room, server: EmbeddedRedis) -> AsyncIterator[Wire]:
    """A second teller, begun later and stopped in order: it takes the topics and lets go of them."""
    async with telling(room, server) as wire:
        yield wire
        await wire.publisher.stop()


def test_what_another_teller_told_is_on_the_wall_when_it_is_gone(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            report = room.report()
            await wire.settle()
            async with another(room, server) as other:
                room.act(report, Forward(agency="dpupr"))
                room.report()
                await other.settle()
                assert room.rows(OUTBOX) == []
                await until(lambda: not wire.publisher.is_owner(REPORT))
                room.later(seconds=10)
                await wire.settle()
                room.report()
                await wire.settle()
                assert len(room.rows(OUTBOX)) == 1, "who does not own the topic neither tells nor removes"
            await until(lambda: all(wire.publisher.is_owner(topic) for topic in outbox.REPORT_TOPICS))
            await wire.settle()
            assert_agreed(room, await wire.heard())

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_another_came_and_went_while_this_one_was_frozen(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            report = room.report()
            await wire.settle()
            epoch, beating = wire.publisher.mark(REPORT).epoch, wire.publisher._task
            assert beating is not None
            wire.publisher._task = None
            beating.cancel()
            async with another(room, server) as other:
                room.act(report, Forward(agency="dpupr"))
                room.report()
                await other.settle()
            wire.publisher._begin_beating(0)
            await until(lambda: wire.publisher.mark(REPORT).epoch != epoch)
            await wire.settle()
            assert_agreed(room, await wire.heard())

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


@pytest.mark.parametrize("refused", [REPORT, TICKER], ids=lambda topic: topic.name)
def test_what_redis_refuses_stays_laid_out(database: Database, refused: Any) -> None:
    """A memory limit or an ACL: Redis answers, and takes nothing of this one topic."""

    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            await wire.settle()
            store, send = wire.publisher._store, wire.publisher._store.send

            async def refusing(owned: Any, entries: Any) -> Any:
                if owned.topic is refused:
                    raise ResponseError("OOM command not allowed")
                return await send(owned, entries)

            store.send = refusing
            room.report()
            await wire.settle()
            assert len(room.rows(OUTBOX)) == 1
            store.send = send
            await until(lambda: wire.publisher.is_told(refused))
            room.later(seconds=10)
            await wire.settle()
            heard = await wire.heard()
        assert ticker_of(heard) == room.told_states()
        assert_agreed(room, heard)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


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


def test_more_than_a_look_can_take(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AT_A_TIME", 1_000)

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


@pytest.mark.parametrize("is_whole", [True, False])
def test_received_is_the_logs_when_a_look_takes_all_it_can(database: Database, monkeypatch: pytest.MonkeyPatch, is_whole: bool) -> None:
    """As many lines as one look takes, and no more: totals come with the next look, and from the log, or not at all."""
    monkeypatch.setattr(outbox, "AT_A_TIME", 3)

    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        async with telling(room, server) as wire:
            await wire.settle()
            reports = [room.report() for _ in range(3)]
            if not is_whole:
                database.write(lambda connection: connection.execute(delete(INTAKE).where(INTAKE.c.report == reports[0])).rowcount)
            assert await wire.outbox.step()
            await wire.settle()
            totals = totals_of(await wire.heard())
        assert totals is not None
        assert totals.received == (3 if is_whole else 0), "nothing is told that does not tie out"

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))


def test_a_word_on_a_report_closed_long_ago_does_not_bring_it_back(database: Database) -> None:
    async def story(server: EmbeddedRedis) -> None:
        room = Room(database)
        old = [room.report(), room.report()]
        closed = [room.act(old[0], Decline(answer="bukan kami")), room.act(old[1], Invalidate(reason="iseng"))]
        room.later(days=300)
        async with telling(room, server, "day") as wire:
            today = room.report()
            await wire.settle()
            for report in old:
                room.act(report, Note(text="dilihat lagi"))
            room.picture(old[0])
            await wire.settle()
            totals = totals_of(await wire.heard())
            assert wire.outbox.held().keys() == {today}
        assert totals is not None
        assert (totals.received, totals.carried, totals.declined) == (1, 0, 0)
        assert [wall_report(room.get(one), CITY).changed_at for one in old] == [record.finished_at for record in closed]

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(story(server))
