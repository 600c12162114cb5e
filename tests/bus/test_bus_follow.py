"""What the reader knows is what the publisher holds: live, late, after losses, flushes, kills and freezes."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.messages import CANARY, TICKER
from feeds.messages.header import Message, Topic
from tests.bus.conftest import Recorder, bus, canary, gone, publishing, reading, ticker, until, utc_now


def narrow(topic: Topic[Any], keep: int) -> Topic[Any]:
    """The same topic with a shorter memory."""
    return Topic(
        name=topic.name, body=topic.body, delivery=topic.delivery, stale_after_s=topic.stale_after_s, freshness=topic.freshness, keep=keep
    )


def test_a_late_reader_gets_the_snapshot_and_then_what_is_newer(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with publishing(server, [CANARY]) as publisher:
            assert await publisher.publish(CANARY, [canary("a", 1), canary("b", 1)]) == 2
            async with reading(server, [CANARY]) as (sink, _):
                await until(lambda: len(sink.bodies(CANARY)) == 2, "the snapshot")
                assert await publisher.publish(CANARY, [canary("a", 2), gone("b")]) == 4
                await until(lambda: sink.messages == 2, "two live messages")
                assert sink.latest[CANARY.name] == dict(publisher.held(CANARY))
                assert sink.bodies(CANARY)["a"].count == 2
                assert publisher.mark(CANARY).seq == sink.last[CANARY.name][1] == 4

    asyncio.run(scenario())


def test_a_reader_that_joins_while_messages_fly_misses_none(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with publishing(server, [CANARY, TICKER]) as publisher:

            async def flood() -> None:
                for count in range(150):
                    await publisher.publish(CANARY, [canary(f"k{(count * 7 + i) % 60}", count) for i in range(5)])
                    await publisher.publish(TICKER, [ticker(count)])

            flooding = asyncio.create_task(flood())
            for _ in range(4):
                async with reading(server, [CANARY, TICKER]) as (early, _):
                    await until(lambda sink=early: sink.now.connected, "connected")
            async with reading(server, [CANARY, TICKER]) as (sink, _):
                await flooding
                await until(lambda: sink.latest.get(CANARY.name) == dict(publisher.held(CANARY)), "equal state")
                await until(lambda: len(sink.events.get(TICKER.name, [])) == 150, "all events")
                assert [m.seq for m in sink.events[TICKER.name]] == list(range(1, 151))
                assert sink.refusals == []

    asyncio.run(scenario())


def test_a_cut_connection_is_repaired_from_the_stream(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server, [CANARY, TICKER]) as running:
            await running.publisher.publish(CANARY, [canary("a", 0)])
            await running.until_agreed()
            snapshots = running.sink.now.snapshots
            for count in range(1, 4):
                await running.kill_reader_link()
                await running.publisher.publish(CANARY, [canary("a", count), canary(f"b{count}", count)])
                await running.publisher.publish(TICKER, [ticker(count)])
                await running.until_agreed()
            await until(lambda: [m.key for m in running.sink.events[TICKER.name]] == ["L-1", "L-2", "L-3"], "every event once")
            await until(lambda: running.sink.now.repaired >= 1, "repaired")
            assert running.sink.now.snapshots == snapshots

    asyncio.run(scenario())


def test_a_stream_cut_too_short_means_a_new_snapshot(server: EmbeddedRedis) -> None:
    short = narrow(CANARY, keep=1)

    async def scenario() -> None:
        async with bus(server, [short]) as running:
            await running.publisher.publish(short, [canary("a", 0), canary("b", 0)])
            await running.until_agreed()
            await running.kill_reader_link()
            # Trimming is by whole nodes of a hundred entries: more than that is truly gone.
            await running.publisher.publish(short, [gone("b"), *(canary(f"k{i % 9}", i) for i in range(600))])
            await running.publisher.publish(short, [canary(f"k{i % 9}", i + 1) for i in range(9)])
            await running.admin.xtrim("cr:{live:system.canary}:log", maxlen=2, approximate=False)
            await running.until_agreed()
            assert "b" not in running.sink.bodies(CANARY)

    asyncio.run(scenario())


def test_a_flood_over_the_output_buffer_loses_nothing_in_the_end(server: EmbeddedRedis) -> None:
    async def flood() -> dict[str, Message[Any]]:
        async with publishing(server, [CANARY]) as publisher:
            for count in range(60):
                await publisher.publish(CANARY, [canary(f"k{i % 400:04}", count) for i in range(500)])
            return dict(publisher.held(CANARY))

    async def scenario() -> None:
        admin = connect(server.url_for("admin"))
        await admin.config_set("client-output-buffer-limit", "pubsub 1mb 1mb 1")
        async with publishing(server, [CANARY]) as former:
            await former.publish(CANARY, [canary("a", 0)])
        async with reading(server, [CANARY]) as (sink, _):
            await until(lambda: sink.now.connected, "connected")
            with ThreadPoolExecutor(1) as threads:
                # Blocks this loop on purpose: the reader reads nothing while 30,000 messages are sent.
                held = threads.submit(asyncio.run, flood()).result()
            await until(lambda: sink.latest[CANARY.name] == held, "equal again")
            assert any(not status.connected for status in sink.statuses), "the buffer did overflow"
            await until(lambda: sink.now.gaps > 0, "the loss is counted")
        await admin.aclose()

    asyncio.run(scenario())


def test_flush_begins_a_new_epoch_with_one_small_notice(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server, [CANARY, TICKER]) as running:
            await running.publisher.publish(CANARY, [canary(f"k{i}", i) for i in range(1_000)])
            await running.publisher.publish(TICKER, [ticker(i) for i in range(20)])
            await running.until_agreed()
            await until(lambda: len(running.sink.events[TICKER.name]) == 20, "all events")
            before, seen = running.publisher.mark(CANARY), running.sink.messages
            await running.admin.flushall()
            await until(lambda: running.publisher.mark(CANARY).epoch != before.epoch, "a new epoch")
            await running.until_agreed()
            await until(lambda: {m.epoch for m in running.sink.events[TICKER.name]} == {running.publisher.mark(TICKER).epoch}, "events")
            assert [m.key for m in running.sink.events[TICKER.name]] == [f"L-{i}" for i in range(20)]
            assert running.publisher.mark(CANARY).seq == 1_000
            assert running.sink.messages == seen
            assert running.sink.refusals == []

    asyncio.run(scenario())


def test_a_killed_redis_comes_back_empty_and_is_filled_again(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server, [CANARY, TICKER]) as running:
            await running.publisher.publish(CANARY, [canary("a", 1), canary("b", 1)])
            await running.publisher.publish(TICKER, [ticker(1)])
            await running.until_agreed()
            server.kill()
            await until(lambda: not running.sink.now.connected, "the loss is noticed")
            await running.publisher.publish(CANARY, [canary("a", 2), gone("b"), canary("c", 2)])
            await running.publisher.publish(TICKER, [ticker(2), ticker(3)])
            server.start()
            await running.until_agreed()
            await until(lambda: [m.key for m in running.sink.events[TICKER.name]] == ["L-1", "L-2", "L-3"], "events, in order, once")
            assert sorted(running.sink.bodies(CANARY)) == ["a", "c"]
            await until(lambda: running.sink.now.connected and running.sink.now.reason is None, "all well again")

    asyncio.run(scenario())


def test_redis_absent_at_the_start_of_both(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        any_server.kill()
        client = connect(any_server.url_for("back"))
        publisher = BusPublisher(client, "live", "back", clock=utc_now, heartbeat_s=0.05)
        await publisher.start([CANARY, TICKER])
        await publisher.publish(CANARY, [canary("a", 1)])
        await publisher.publish(TICKER, [ticker(1)])
        async with reading(any_server, [CANARY, TICKER]) as (sink, _):
            await until(lambda: sink.now.reason not in (None, "not connected yet"), "the status says why")
            assert not sink.now.connected
            any_server.start()
            await until(lambda: sink.latest.get(CANARY.name) == dict(publisher.held(CANARY)) and bool(sink.bodies(CANARY)), "state")
            await until(lambda: [m.key for m in sink.events[TICKER.name]] == ["L-1"], "the event")
        await publisher.stop()
        await client.aclose()

    asyncio.run(scenario())


def test_a_frozen_redis_is_noticed_and_nothing_is_sent_twice(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(any_server, [CANARY, TICKER], heartbeat_s=0.2) as running:
            await running.publisher.publish(CANARY, [canary("a", 1)])
            await running.publisher.publish(TICKER, [ticker(1)])
            await running.until_agreed()
            any_server.pause()
            sending = asyncio.create_task(running.publisher.publish(TICKER, [ticker(2)]))
            await until(lambda: running.sink.now.reason is not None, "noticed")
            await until(lambda: not running.sink.now.connected, "the link counts as lost")
            await sending
            await running.publisher.publish(TICKER, [ticker(3)])
            await running.publisher.publish(CANARY, [canary("a", 2)])
            any_server.resume()
            await running.until_agreed()
            await until(lambda: running.sink.now.reason is None, "well again")
            await until(lambda: [m.key for m in running.sink.events[TICKER.name]] == ["L-1", "L-2", "L-3"], "every event once")

    asyncio.run(scenario())


def test_a_lost_last_message_of_a_quiet_topic_shows_in_the_heartbeat(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server) as running:
            await running.publisher.publish(CANARY, [canary("a", 1)])
            await running.until_agreed()
            # As if the last PUBLISH had been lost on the way: all is written, nothing is heard.
            owned = running.publisher._owned[CANARY.name]
            keys = owned.keys
            owned.keys = keys._replace(channel="cr:nowhere")
            await running.publisher.publish(CANARY, [canary("a", 2)])
            owned.keys = keys
            await running.until_agreed()
            await until(lambda: running.sink.now.repaired == 1 and running.sink.now.gaps == 1, "found and repaired")

    asyncio.run(scenario())


def test_five_thousand_values_come_in_one_snapshot(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with publishing(any_server, [CANARY]) as publisher:
            await publisher.publish(CANARY, [canary(f"k{i}", i) for i in range(5_000)])
            sink = Recorder()
            async with reading(any_server, [CANARY], sink=sink):
                await until(lambda: len(sink.bodies(CANARY)) == 5_000, "complete")
                assert sink.messages == 0

    asyncio.run(scenario())


def test_the_skew_of_the_clocks_is_told(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        def late() -> datetime:
            return utc_now() - timedelta(seconds=7)

        async with publishing(any_server, [CANARY], clock=late, heartbeat_s=0.05), reading(any_server, [CANARY]) as (sink, _):
            await until(lambda: sink.now.skew_s is not None, "a skew")
            assert sink.now.skew_s == pytest.approx(7, abs=0.5)

    asyncio.run(scenario())
