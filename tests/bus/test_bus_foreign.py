"""What no publisher of this house wrote stands on a key: one topic says so, the others go on, and its owner heals it."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.bus.script import read_state
from feeds.messages import CANARY, HEARTBEAT, NOTICE, TICKER
from feeds.messages.header import Topic
from tests.bus.conftest import bus, canary, publishing, reading, ticker, until, utc_now

Words = tuple[Any, ...]


def stem(topic: Topic[Any]) -> str:
    return f"cr:{{live:{topic.name}}}"


FOREIGN: list[tuple[str, Words]] = [
    ("a snapshot that is a string", ("SET", "snap", "junk")),
    ("a log that is a string", ("SET", "log", "junk")),
    ("a seq that is a string", ("SET", "seq", "junk")),
    ("a count that is none", ("HSET", "seq", "n", "x")),
    ("a count below nothing", ("HSET", "seq", "n", "-5")),
    ("a count beyond everything", ("HSET", "seq", "n", "1e400")),
    ("an epoch that is no text", ("HSET", "seq", "epoch", b"\xff\xfe")),
    ("a claim that is none", ("HSET", "seq", "claim", b"\xff")),
]


@pytest.mark.parametrize("words", [words for _, words in FOREIGN], ids=[name for name, _ in FOREIGN])
def test_nonsense_on_one_topic_does_not_keep_a_reader_from_the_others(any_server: EmbeddedRedis, words: Words) -> None:
    async def scenario() -> None:
        admin = connect(any_server.url_for("admin"))
        async with publishing(any_server, [CANARY]) as publisher:
            await publisher.publish(CANARY, [canary("a", 1)])
            command, key, *rest = words
            await admin.execute_command(command, f"{stem(NOTICE)}:{key}", *rest)
            await admin.execute_command(command, f"{stem(TICKER)}:{key}", *rest)
            async with reading(any_server, [NOTICE, TICKER, CANARY]) as (sink, _):
                await until(lambda: sink.now.connected and "a" in sink.bodies(CANARY), "the sound topic")
                await publisher.publish(CANARY, [canary("a", 2)])
                await until(lambda: sink.bodies(CANARY)["a"] == canary("a", 2).body, "goes on")
                for topic, key in ((NOTICE, "snap"), (TICKER, "log")):
                    if words[1] in ("seq", key):
                        await until(lambda name=topic.name: name in {refused for refused, _ in sink.refusals}, f"{topic.name} is said")
                        await until(lambda name=topic.name: name in (sink.now.reason or ""), "and is the status's reason")
                assert all("junk" not in reason for _, reason in sink.refusals)
        await admin.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize("words", [words for _, words in FOREIGN], ids=[name for name, _ in FOREIGN])
def test_the_owner_of_a_topic_heals_what_a_stranger_put_there(server: EmbeddedRedis, words: Words) -> None:
    async def scenario() -> None:
        async with bus(server, [CANARY, TICKER]) as running:
            await running.publisher.publish(CANARY, [canary("a", 1), canary("b", 1)])
            await running.publisher.publish(TICKER, [ticker(1)])
            await running.until_agreed()
            command, key, *rest = words
            for topic in (CANARY, TICKER, HEARTBEAT):
                await running.admin.execute_command(command, f"{stem(topic)}:{key}", *rest)
            await running.publisher.publish(CANARY, [canary("a", 2)])
            await running.publisher.publish(TICKER, [ticker(2)])
            async with reading(server, [CANARY, TICKER]) as (late, _):
                await until(lambda: late.now.connected and late.now.reason is None, "a reader that comes later finds nothing wrong")
                await until(lambda: set(late.bodies(CANARY)) == {"a", "b"}, "and everything")
                await until(lambda: [m.key for m in late.events.get(TICKER.name, [])] == ["L-1", "L-2"], "the events, too")
            await running.until_agreed()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ((None, None, None), ("", 0, "")),
        ((b"19a-f", b"7", b"000123 feeds ab"), ("19a-f", 7, "000123 feeds ab")),
        ((b"e", b"", b"1 k\xf6ln t"), ("e", 0, "1 k\ufffdln t")),
        ((b"e", b"9" * 16, None), None), ((b"\xff", b"1", None), None), ((b"e e", b"1", None), None), ((b"e", b"+1", None), None),
        ((b"e", b"\xd9\xa1", None), None), ((b"e", b"1", b"feeds"), None),
    ],
)  # fmt: skip
def test_only_what_a_publisher_can_have_written_is_a_state(fields: tuple[bytes | None, ...], state: object) -> None:
    assert read_state(fields) == state


def test_a_heartbeat_that_ends_by_a_bug_is_said_and_begun_again(any_server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        client = connect(any_server.url_for("back"))
        publisher = BusPublisher(client, "live", "back", clock=utc_now, heartbeat_s=0.05)
        broken = [True]
        beat = publisher._beat

        async def beat_or_fail() -> None:
            if broken[0]:
                raise KeyError("a bug")
            await beat()

        monkeypatch.setattr(publisher, "_beat", beat_or_fail)
        with capture_logs() as log:
            await publisher.start([CANARY])
            await until(lambda: [line["event"] for line in log].count("bus.heartbeat_ended") >= 2, "said, and tried again")
        broken[0] = False
        async with reading(any_server, [CANARY]) as (sink, _):
            await until(lambda: sink.now.heartbeat_age_s is not None, "a heartbeat")
        await publisher.stop()
        await client.aclose()

    asyncio.run(scenario())
