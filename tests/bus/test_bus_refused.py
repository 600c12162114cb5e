"""Whatever arrives on a channel: it is counted with a reason, the rest goes on, and no repair runs in circles."""

import asyncio
import json
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.topic_feed import TopicFeed
from feeds.messages import CANARY, HAZARD, REPORT, TICKER, TOPICS
from feeds.messages.header import CONTRACT_VERSION, MAX_MESSAGE_BYTES, Quality
from feeds.messages.system import TopicMark
from tests.bus.conftest import Bus, Recorder, bus, canary, publishing, reading, until

CHANNEL = "cr:{live:system.canary}"
STAMP = "2026-03-01T05:00:00Z"


def wire(seq: Any, epoch: str, **changes: Any) -> bytes:
    message = {
        "seq": seq, "epoch": epoch, "key": "a", "source": "s", "observed_at": STAMP, "published_at": STAMP,
        "quality": "measured", "v": 1, "body": {"count": 1, "sent_at": STAMP},
    }  # fmt: skip
    return json.dumps(message | changes).encode()


def followed(**begin: Any) -> tuple[TopicFeed, Recorder]:
    sink = Recorder()
    feed = TopicFeed(CANARY, sink, is_live=True)
    feed.begin(begin.get("epoch", "e"), begin.get("seq", 0), [], 0)
    return feed, sink


def test_garbage_on_every_channel_is_counted_and_the_rest_goes_on(server: EmbeddedRedis) -> None:
    garbage = [
        b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b"1e999", b'"text"', b"[" * 100_000, b"x" * 10_000_000,
        b'{"seq":1}', b'{"seq":"1","epoch":"e"}', b'{"seq":-5,"epoch":"e","reset":true}',
        b'{"seq":99999999999999999999,"epoch":"e"}', wire(10**9, "stranger"), '{"key":"\ud800"}'.encode("utf-8", "surrogatepass"),
    ]  # fmt: skip

    async def scenario() -> None:
        topics = list(TOPICS.values())
        async with bus(server, [CANARY, TICKER, REPORT, HAZARD]) as running, reading(server, topics) as (sink, _):
            await until(lambda: sink.now.connected, "connected")
            for topic in topics:
                for payload in garbage:
                    await running.admin.publish(f"cr:{{live:{topic.name}}}", payload)
            await running.publisher.publish(CANARY, [canary("a", 7)])
            await until(lambda: sink.bodies(CANARY).get("a") == canary("a", 7).body, "the good message")
            await running.until_agreed()
            refused = {name for name, _ in sink.refusals}
            await until(lambda: {name for name, _ in sink.refusals} == set(TOPICS), f"refusals on every topic, not only {refused}")
            assert any("refused unread" in reason for _, reason in sink.refusals)
            await settled(running, sink)

    asyncio.run(scenario())


async def settled(running: Bus, sink: Recorder) -> None:
    """Five more heartbeats bring no more repairs."""
    await until(lambda: sink.now.connected, "connected")
    before = (await running.admin.info("commandstats"))["cmdstat_hvals"]["calls"]
    seq = int(await running.admin.hget("cr:{live:system.heartbeat}:seq", "n"))
    count = 0
    while count < seq + 5:
        await asyncio.sleep(0.02)
        count = int(await running.admin.hget("cr:{live:system.heartbeat}:seq", "n"))
    assert (await running.admin.info("commandstats"))["cmdstat_hvals"]["calls"] - before <= 1


def test_a_forged_epoch_does_not_make_the_reader_take_snapshots_for_ever(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with bus(any_server) as running:
            await running.publisher.publish(CANARY, [canary("a", 1)])
            await running.until_agreed()
            before = running.sink.now.snapshots
            for count in range(200):
                await running.admin.publish(CHANNEL, wire(count + 1, f"forged{count}"))
            await until(lambda: len(running.sink.refusals) == 200, "all refused")
            await running.publisher.publish(CANARY, [canary("a", 2)])
            await running.until_agreed()
            await until(lambda: running.sink.now.rejected == 200, "and counted")
            assert running.sink.now.snapshots == before

    asyncio.run(scenario())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.binary(max_size=40), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["seq", "epoch", "v", "key", "body", "reset", "x"]), inner),
    max_leaves=12).map(lambda value: json.dumps(value).encode())), max_size=8), st.sampled_from(sorted(TOPICS)))  # fmt: skip
def test_no_payload_breaks_a_feed_of_any_topic(payloads: list[bytes], name: str) -> None:
    sink = Recorder()
    feed = TopicFeed(TOPICS[name], sink, is_live=True)
    feed.begin("e", 0, [], 0)
    for payload in payloads:
        feed.receive(payload)
        if feed.wants_sync:
            feed.repair([], feed.seq, feed.waiting)
    assert not feed.wants_sync
    assert sink.messages == 0 or feed.seq > 0


def test_a_message_that_came_before_redis_was_read_cannot_be_newer_than_it() -> None:
    feed, sink = followed()
    feed.receive(wire(1, "e"))
    feed.receive(wire(3, "e", key="forged"))
    assert feed.repair([wire(2, "e")], 2, feed.waiting)
    assert (feed.seq, sink.messages, feed.wants_sync) == (2, 2, False)
    assert [reason for _, reason in sink.refusals] == ["its seq or epoch is not the topic's: not from the topic's owner"]


def test_what_waits_for_a_repair_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.bus.topic_feed.MAX_WAITING", 3)
    feed, _ = followed()
    for seq in range(2, 12):
        feed.receive(wire(seq, "e"))
        assert feed.waiting <= 3


def test_a_newer_contract_is_refused_with_a_clear_reason_and_keeps_its_place() -> None:
    feed, sink = followed()
    feed.receive(wire(1, "e", v=CONTRACT_VERSION + 1))
    feed.receive(wire(2, "e", v=CONTRACT_VERSION + 1, body={"something": "else"}))
    assert [reason for _, reason in sink.refusals] == ["contract version 2 is newer than this reader's 1: update this program"] * 2
    feed.receive(wire(3, "e"))
    assert feed.seq == 3
    assert sink.messages == 1


def test_unknown_fields_are_allowed() -> None:
    feed, sink = followed()
    feed.receive(wire(1, "e", more=[1], body={"count": 1, "sent_at": STAMP, "colour": "red"}))
    assert sink.messages == 1
    assert sink.refusals == []


def test_a_refusal_names_the_place_and_never_the_contents() -> None:
    feed, sink = followed()
    feed.receive(wire(1, "e", quality="Budi, 0812"))
    feed.receive(wire(2, "e", body={"count": "Budi", "sent_at": STAMP}))
    feed.receive(wire(3, "e", observed_at="2026-03-01T05:00:00"))
    assert [reason for _, reason in sink.refusals] == [
        "Invalid enum value - at `$.quality`", "Expected `int`, got `str` - at `$.body.count`",
        "Expected `datetime` with a timezone component - at `$.observed_at`",
    ]  # fmt: skip
    assert feed.seq == 3


def test_a_message_of_the_greatest_size_passes_and_one_byte_more_does_not() -> None:
    feed, sink = followed()
    room = MAX_MESSAGE_BYTES - len(wire(1, "e", filler=""))
    feed.receive(wire(1, "e", filler="x" * room))
    assert sink.messages == 1
    feed.receive(wire(2, "e", filler="x" * (room + 1)))
    assert sink.messages == 1
    assert sink.refusals == [(CANARY.name, f"larger than {MAX_MESSAGE_BYTES} bytes: refused unread")]


def test_what_was_known_stays_known_while_redis_is_empty() -> None:
    feed, sink = followed()
    feed.receive(wire(1, "e"))
    feed.begin("", 0, [], 0)
    assert list(sink.latest[CANARY.name]) == ["a"]
    feed.begin("f", 0, [], 0)
    assert sink.latest[CANARY.name] == {}


def test_a_mark_that_says_nothing_new_asks_for_nothing() -> None:
    feed, _ = followed(seq=5)
    feed.compare(TopicMark(topic=CANARY.name, epoch="e", seq=5))
    feed.compare(TopicMark(topic=CANARY.name, epoch="e", seq=4))
    assert not feed.wants_sync
    feed.compare(TopicMark(topic=CANARY.name, epoch="e", seq=6))
    assert feed.wants_sync


def test_simulated_messages_never_reach_a_live_wall_and_are_said_once(any_server: EmbeddedRedis) -> None:
    async def scenario(stack: ExitStack) -> None:
        admin = connect(any_server.url_for("admin"))
        async with publishing(any_server, [CANARY]) as publisher:
            await publisher.publish(CANARY, [canary("a", 1)])
            mark = publisher.mark(CANARY)
        async with reading(any_server, [CANARY]) as (sink, _):
            await until(lambda: sink.now.connected, "connected")
            log = stack.enter_context(capture_logs())
            # Past the publisher, which refuses it: in the snapshot, in the stream and live.
            forged = wire(mark.seq + 1, mark.epoch, key="sim", quality=Quality.SIMULATED.value)
            await admin.hset(f"{CHANNEL}:snap", "sim", forged)
            await admin.xadd(f"{CHANNEL}:log", {"m": forged}, id=f"{mark.seq + 1}-1")
            await admin.hset(f"{CHANNEL}:seq", "n", mark.seq + 1)
            await admin.publish(CHANNEL, forged)
            await until(lambda: sink.now.simulated_dropped == 1, "dropped and counted")
            async with reading(any_server, [CANARY]) as (late, _):
                await until(lambda: late.now.connected and late.now.simulated_dropped == 1, "also from the snapshot")
                assert list(late.bodies(CANARY)) == ["a"]
            assert list(sink.bodies(CANARY)) == ["a"]
            await admin.publish(CHANNEL, wire(mark.seq + 2, mark.epoch, key="sim", quality=Quality.SIMULATED.value))
            await until(lambda: sink.now.simulated_dropped == 2, "counted again")
            said = [line for line in log if line["event"] == "bus.simulated_message_dropped"]
            assert [(line["topic"], line["log_level"]) for line in said] == [(CANARY.name, "error")] * 2, "once by each of two readers"
        await admin.aclose()

    with ExitStack() as stack:
        asyncio.run(scenario(stack))


def test_simulated_messages_are_what_a_demo_reads(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with (
            publishing(any_server, [CANARY], namespace="sim") as publisher,
            reading(any_server, [CANARY], namespace="sim") as (sink, _),
        ):
            await publisher.publish(CANARY, [canary("a", 1, quality=Quality.SIMULATED)])
            await until(lambda: "a" in sink.bodies(CANARY), "the simulated value")
            assert sink.latest[CANARY.name]["a"].quality is Quality.SIMULATED

    asyncio.run(scenario())


def test_a_jump_waits_for_the_repair_and_everything_comes_once_in_order() -> None:
    feed, sink = followed()
    feed.receive(wire(1, "e"))
    feed.receive(wire(4, "e", key="d"))
    feed.receive(wire(5, "e", key="e"))
    assert feed.wants_sync
    assert (sink.messages, feed.gaps) == (1, 1)
    before = feed.waiting
    feed.receive(wire(6, "e", key="f"))
    assert not feed.repair([wire(3, "e")], 5, before), "an entry is missing: the stream does not hold it all"
    assert feed.repair([wire(2, "e", key="b"), wire(3, "e", key="c"), wire(4, "e", key="d"), wire(5, "e", key="e")], 5, before)
    assert [message.key for message in sink.events[CANARY.name]] == ["a", "b", "c", "d", "e", "f"]
    assert (feed.seq, feed.gaps, feed.wants_sync) == (6, 1, False)
