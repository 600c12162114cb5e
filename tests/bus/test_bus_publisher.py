"""What the publisher refuses, adopts, renews and shares."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from redis.crc import key_slot

from feeds.bus.canary import sing
from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.ownership import CHUNK_ENTRIES, OwnedTopic
from feeds.bus.publisher import BusPublisher, BusRefused, Outgoing
from feeds.bus.script import topic_keys
from feeds.messages import CANARY, HEARTBEAT, NOTICE, TICKER, TOPICS
from feeds.messages.hazard import Notice
from feeds.messages.header import MAX_MESSAGE_BYTES, Quality
from feeds.messages.indicator import FINANCE
from feeds.messages.system import Heartbeat
from tests.bus.conftest import NOON, bus, canary, gone, publishing, reading, ticker, until, utc_now


def notice(text: str, *, at: datetime = NOON) -> Outgoing:
    body = Notice(id="n", text=text, at=at, attribution="Kominfo")
    return Outgoing(key="n", body=body, observed_at=at, source="test", quality=Quality.MEASURED)


def changed(one: Outgoing, **changes: Any) -> Outgoing:
    return msgspec.structs.replace(one, **changes)


@pytest.mark.parametrize(
    ("outgoing", "namespace", "words"),
    [
        (notice("x" * MAX_MESSAGE_BYTES), "live", "bytes"),
        (changed(notice("x"), body=canary("a", 1).body), "live", "carries Notice, not Canary"),
        (changed(notice("x"), quality=Quality.SIMULATED), "live", "may not enter the namespace 'live'"),
        (notice("x"), "sim", "simulated values only"),
        (changed(notice("x"), observed_at=NOON.replace(tzinfo=None)), "live", "no time zone"),
        (notice("\ud800"), "live", "cannot be written"),
        (changed(notice("x"), body=Notice(id="n", text=None, at=NOON, attribution="x")), "live", "could not read"),  # type: ignore[arg-type]
    ],
)
def test_what_the_contract_forbids_is_refused_before_anything_is_sent(
    any_server: EmbeddedRedis, outgoing: Outgoing, namespace: str, words: str
) -> None:
    async def scenario() -> None:
        async with publishing(any_server, [NOTICE], namespace=namespace) as publisher:
            good = changed(notice("fine"), key="good", quality=Quality.SIMULATED if namespace == "sim" else Quality.MEASURED)
            with pytest.raises(BusRefused, match=words) as refusal:
                await publisher.publish(NOTICE, [good, outgoing])
            assert "topic notice" in str(refusal.value)
            assert "key 'n'" in str(refusal.value)
            assert publisher.held(NOTICE) == {}
            assert publisher.mark(NOTICE).seq == 0
            with pytest.raises(BusRefused, match="does not own"):
                await publisher.publish(FINANCE, [])

    asyncio.run(scenario())


def test_a_big_batch_goes_out_in_pieces_and_in_order(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server, [TICKER]) as running:
            assert await running.publisher.publish(TICKER, [ticker(i) for i in range(3 * CHUNK_ENTRIES + 7)]) == 3 * CHUNK_ENTRIES + 7
            await until(lambda: len(running.sink.events[TICKER.name]) == 3 * CHUNK_ENTRIES + 7, "all")
            assert [m.key for m in running.sink.events[TICKER.name]] == [f"L-{i}" for i in range(3 * CHUNK_ENTRIES + 7)]

    asyncio.run(scenario())


def test_replace_sends_only_what_changed_and_tombstones_what_vanished(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server) as running:
            await running.publisher.replace(CANARY, [canary("a", 1), canary("b", 1), canary("c", 1)])
            assert await running.publisher.replace(CANARY, [canary("a", 1), canary("b", 2)]) == 5
            await running.until_agreed()
            assert {key: body.count for key, body in running.sink.bodies(CANARY).items()} == {"a": 1, "b": 2}
            assert await running.publisher.replace(CANARY, [canary("a", 1), canary("b", 2)]) == 5

    asyncio.run(scenario())


def test_the_next_owner_goes_on_where_the_last_one_stopped(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with reading(server, [CANARY, TICKER]) as (sink, _):
            async with publishing(server, [CANARY, TICKER]) as first:
                await first.publish(CANARY, [canary("a", 1), canary("b", 1)])
                await first.publish(TICKER, [ticker(1)])
                mark = first.mark(CANARY)
            async with publishing(server, [CANARY, TICKER]) as second:
                assert second.mark(CANARY) == mark
                assert sorted(second.held(CANARY)) == ["a", "b"]
                assert await second.publish(CANARY, [gone("a")]) == mark.seq + 1
                await until(lambda: list(sink.bodies(CANARY)) == ["b"], "the tombstone")
            async with publishing(server, [CANARY], fresh=True) as third:
                assert third.mark(CANARY).epoch != mark.epoch
                assert third.held(CANARY) == {}
                await until(lambda: sink.bodies(CANARY) == {}, "begun anew")
            assert [m.key for m in sink.events[TICKER.name]] == ["L-1"]

    asyncio.run(scenario())


def test_a_redis_that_went_back_in_time_gets_a_new_epoch(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server) as running:
            await running.publisher.publish(CANARY, [canary("a", 1), canary("b", 1)])
            await running.until_agreed()
            before = running.publisher.mark(CANARY)
            # As a restart from an old dump leaves it: same epoch, smaller seq, fewer keys.
            await running.admin.hset("cr:{live:system.canary}:seq", "n", 1)
            await running.admin.hdel("cr:{live:system.canary}:snap", "b")
            await until(lambda: running.publisher.mark(CANARY).epoch != before.epoch, "a new epoch")
            await running.until_agreed()
            late_epoch = running.publisher.mark(CANARY).epoch
            await running.admin.delete("cr:{live:system.canary}:snap")
            await until(lambda: running.publisher.mark(CANARY).epoch != late_epoch, "an evicted snapshot is renewed too")
            async with reading(server, [CANARY]) as (late, _):
                await until(lambda: late.latest.get(CANARY.name) == dict(running.publisher.held(CANARY)), "a late reader agrees")

    asyncio.run(scenario())


def test_a_lost_reply_does_not_send_events_twice(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(server, [TICKER], heartbeat_s=0.05) as running:
            store: Any = running.publisher._store
            heard = store.send

            async def unheard(owned: OwnedTopic, entries: Any) -> Any:
                answer = await heard(owned, entries)
                if owned.topic is TICKER:
                    store.send = heard
                    raise TimeoutError("the answer was lost on the way")
                return answer

            store.send = unheard
            await running.publisher.publish(TICKER, [ticker(1), ticker(2)])
            await running.publisher.publish(TICKER, [ticker(3)])
            await until(lambda: len(running.sink.events[TICKER.name]) >= 3, "all events")
            await until(lambda: running.publisher.trouble is None, "well again")
            assert [m.key for m in running.sink.events[TICKER.name]] == ["L-1", "L-2", "L-3"]
            assert running.publisher.mark(TICKER).seq == 3
            assert int(await running.admin.xlen("cr:{live:ticker}:log")) == 3

    asyncio.run(scenario())


def test_the_newest_claim_wins_and_the_loser_takes_back_what_is_let_go(server: EmbeddedRedis, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with publishing(server, [CANARY], name="one", heartbeat_s=0.05) as one, reading(server, [CANARY]) as (sink, _):
            await one.publish(CANARY, [canary("a", 1)])
            async with publishing(server, [CANARY], name="two", heartbeat_s=0.05) as two:
                await until(lambda: not one.is_owner(CANARY), "one sees that it lost")
                await one.publish(CANARY, [canary("a", 2)])
                await two.publish(CANARY, [canary("a", 3)])
                await until(lambda: bool(sink.bodies(CANARY)) and sink.bodies(CANARY)["a"].count == 3, "two's word counts")
                assert two.is_owner(CANARY)
            await until(lambda: one.is_owner(CANARY), "one has it back")
            await until(lambda: sink.latest[CANARY.name] == dict(one.held(CANARY)) and sink.bodies(CANARY)["a"].count == 2, "one's word")

    asyncio.run(scenario())
    assert capsys.readouterr().out.count("bus.topic_taken ") == 1


@pytest.mark.parametrize("name", ["two", "one"])
def test_a_topic_whose_taker_died_without_a_word_is_taken_back(any_server: EmbeddedRedis, name: str) -> None:
    """Also when both were started under one name."""

    async def scenario() -> None:
        async with publishing(any_server, [CANARY], name="one", heartbeat_s=0.02) as one:
            await one.publish(CANARY, [canary("a", 1)])
            # One beat at its start, then silence, as after a crash.
            async with publishing(any_server, [CANARY], name=name, heartbeat_s=3600):
                await until(lambda: not one.is_owner(CANARY), "one sees that it lost")
                await until(lambda: one.is_owner(CANARY), "one has it back")

    asyncio.run(scenario())


def test_a_lost_claim_is_noticed_by_the_script_before_any_heartbeat(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with publishing(server, [CANARY], name="one", heartbeat_s=60) as one:
            await one.publish(CANARY, [canary("a", 1)])
            async with publishing(server, [CANARY], name="two", heartbeat_s=60) as two:
                await one.publish(CANARY, [canary("b", 1)])
                assert not one.is_owner(CANARY)
                assert await two.publish(CANARY, [canary("c", 1)]) == 2
                assert two.is_owner(CANARY)
                async with reading(server, [CANARY]) as (sink, _):
                    await until(lambda: sink.now.connected, "connected")
                    assert set(sink.bodies(CANARY)) == {"a", "c"}

    asyncio.run(scenario())


def test_events_that_wait_too_long_are_dropped_oldest_first_counted_and_said_once(
    any_server: EmbeddedRedis, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.bus.publisher.WAITING_EVENTS", 10)

    async def scenario() -> None:
        async with bus(any_server, [TICKER]) as running:
            any_server.kill()
            for count in range(25):
                await running.publisher.publish(TICKER, [ticker(count)])
            assert running.publisher.dropped(TICKER) == 15
            any_server.start()
            await until(lambda: len(running.sink.events[TICKER.name]) == 10, "the rest")
            # The first was under way when Redis went: nobody knows whether it arrived, so it is not the one to drop.
            assert [m.key for m in running.sink.events[TICKER.name]] == ["L-0", *(f"L-{i}" for i in range(16, 25))]

    asyncio.run(scenario())
    out = capsys.readouterr().out
    assert out.count("bus.events_dropped") == 1
    assert out.count("bus.cannot_publish") == 1
    assert out.count("bus.publishing_again") == 1


def test_a_full_redis_is_a_topics_trouble_and_passes(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(any_server) as running:
            await running.admin.config_set("maxmemory", "1")
            await running.publisher.publish(CANARY, [canary("a", 1)])
            await running.admin.config_set("maxmemory", "0")
            await until(lambda: "a" in running.sink.bodies(CANARY), "sent when there is room again")
            await running.until_agreed()

    asyncio.run(scenario())


def test_a_heartbeat_of_each_publisher_with_the_marks_of_its_topics(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with (
            publishing(server, [CANARY], name="one", heartbeat_s=0.05) as one,
            publishing(server, [TICKER], name="two", heartbeat_s=0.05),
        ):
            await one.publish(CANARY, [canary("a", 1)])
            async with reading(server, [HEARTBEAT]) as (sink, _):
                await until(lambda: set(sink.bodies(HEARTBEAT)) == {"one", "two"}, "both beat")
                await until(lambda: _marks(sink.bodies(HEARTBEAT)["one"]) == {CANARY.name: 1}, "the mark")
                assert set(_marks(sink.bodies(HEARTBEAT)["two"])) == {TICKER.name}

    asyncio.run(scenario())


def _marks(beat: Heartbeat) -> dict[str, int]:
    return {mark.topic: mark.seq for mark in beat.marks}


def test_the_canary_sings(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(any_server) as running:
            singing = asyncio.create_task(sing(running.publisher, "back", quality=Quality.MEASURED, clock=utc_now, every_s=0.01))
            await until(lambda: "back" in running.sink.bodies(CANARY) and running.sink.bodies(CANARY)["back"].count >= 3, "three notes")
            singing.cancel()
            await asyncio.gather(singing, return_exceptions=True)

    asyncio.run(scenario())


def test_a_cancelled_publish_is_finished_by_the_next(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(any_server, [TICKER]) as running:
            for count in range(30):
                sending = asyncio.create_task(running.publisher.publish(TICKER, [ticker(count)]))
                for _ in range(count % 5):
                    await asyncio.sleep(0)
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            await running.publisher.publish(TICKER, [ticker(99)])
            await until(lambda: bool(running.sink.events[TICKER.name]) and running.sink.events[TICKER.name][-1].key == "L-99", "the last")
            keys = [m.key for m in running.sink.events[TICKER.name]]
            assert len(keys) == len(set(keys))
            assert keys == sorted(keys, key=lambda key: int(key[2:]))

    asyncio.run(scenario())


def test_a_cancelled_task_ends_even_when_its_command_is_just_done(any_server: EmbeddedRedis) -> None:
    """cpython #86296: a cancellation swallowed by ``asyncio.wait_for`` let the heartbeat beat for ever."""

    async def scenario() -> None:
        for turns in range(60):
            client = connect(any_server.url_for("back"))
            publisher = BusPublisher(client, "live", "back", clock=utc_now, heartbeat_s=0.001)
            await publisher.start([CANARY])
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                await publisher.stop()
            await client.aclose()

    asyncio.run(scenario())


def test_all_keys_of_a_topic_share_one_cluster_slot() -> None:
    for name in TOPICS:
        assert len({key_slot(key.encode()) for key in topic_keys("live", name)}) == 1
    with pytest.raises(ValueError, match="namespace 'a}b'"):
        topic_keys("a}b", "report")


@pytest.fixture
def cluster() -> Iterator[EmbeddedRedis]:
    """One node that holds every slot: it refuses whatever a cluster of many would refuse."""
    port = 65_535
    # The cluster's own port is 10,000 above.
    while port > 55_535:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    options = {"port": str(port), "bind": "127.0.0.1", "cluster-enabled": "yes"}
    with EmbeddedRedis(namespace="live", options=options) as server:
        yield server


def test_the_bus_works_on_a_cluster_node(cluster: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with connect(cluster.url_for("admin")) as admin:
            await admin.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
            info: Any = {}
            while info.get("cluster_state") != "ok":
                info = await admin.execute_command("CLUSTER INFO")
        async with bus(cluster, [CANARY, TICKER]) as running:
            await running.publisher.publish(CANARY, [canary("a", 1), canary("b", 1), gone("a")])
            await running.publisher.publish(TICKER, [ticker(1)])
            await running.until_agreed()
            await running.kill_reader_link()
            await running.publisher.publish(CANARY, [canary("c", 1)])
            await running.until_agreed()
            await running.admin.flushall()
            await until(lambda: [m.epoch for m in running.sink.events[TICKER.name]] == [running.publisher.mark(TICKER).epoch], "renewed")
            await running.until_agreed()

    asyncio.run(scenario())
