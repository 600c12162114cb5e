"""What the runtime does with a collector that works, fails, lies, hangs or breaks; on a real bus."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.hazard import HAZARD
from feeds.messages.system import QUARANTINE, SourceState
from feeds.runtime.clock import utc_now
from feeds.runtime.collector import (
    CollectorContext,
    Observed,
    Poll,
    SourceDown,
    Stream,
    Watch,
    shape_of,
)
from feeds.runtime.registry import Job, load_collector
from feeds.runtime.runner import pause_s
from tests.fakes.http_source import HttpSource
from tests.fakes.scripted_collector import Scripted, hazard, running, source, state


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="live") as server:
        yield server


async def down(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
    raise SourceDown("the line is cut")
    yield  # pyright: ignore[reportUnreachable]


async def two(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
    yield hazard("a")
    yield hazard("b")


async def one(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
    yield hazard("a")


def test_failure_and_recovery_are_said_once_and_nothing_is_erased(redis: EmbeddedRedis) -> None:
    async def run() -> None:
        collector = Scripted(two)
        async with running(redis, collector.job()) as wall:
            await wall.until(lambda: state(wall) is SourceState.OK and len(wall.bodies(HAZARD)) == 2)
            collector.script = down
            await wall.until(lambda: state(wall) is SourceState.DOWN)
            failed = source(wall)
            await collector.until_round(collector.rounds + 2)
            assert len(wall.bodies(HAZARD)) == 2
            assert source(wall).checked_at == failed.checked_at is not None
            assert (failed.reason, failed.accepted) == ("the line is cut", 2)
            collector.script = one
            await wall.until(lambda: state(wall) is SourceState.OK and list(wall.bodies(HAZARD)) == ["a"])

    with capture_logs() as lines:
        asyncio.run(run())
    said = [line["event"] for line in lines if line.get("source") == "scripted"]
    assert said == ["source answers", "source is down", "source is back"]


def test_a_broken_collector_stops_nobody_and_its_error_quotes_nothing(redis: EmbeddedRedis) -> None:
    async def broken(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        raise KeyError("Budi 0812")
        yield

    async def run() -> None:
        async with running(redis, Scripted(broken, "broken").job(), Scripted(two).job()) as wall:
            await wall.until(lambda: state(wall, "broken") is SourceState.DOWN and state(wall) is SourceState.OK)
            assert (source(wall, "broken").reason or "").startswith("the collector failed (KeyError in test_runtime_runner.py:")

    with capture_logs() as lines:
        asyncio.run(run())
    assert "Budi" not in repr(lines)
    assert [line["event"] for line in lines if line.get("source") == "broken"] == ["collector failed", "source is down"]


def test_a_hanging_collector_is_cut_off(redis: EmbeddedRedis) -> None:
    async def hanging(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard("half")
        await asyncio.Event().wait()

    async def run() -> None:
        async with running(redis, Scripted(hanging, kind=Poll(every_s=0.05, timeout_s=0.1)).job()) as wall:
            await wall.until(lambda: state(wall) is SourceState.DOWN)
            assert source(wall).reason == "was not done within 0.1 s"
            assert wall.bodies(HAZARD) == {}, "half a set is no set"

    asyncio.run(run())


def test_bad_records_go_to_quarantine_once_without_their_contents(redis: EmbeddedRedis) -> None:
    async def some_bad(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        ctx.quarantine({"phone": "0812", "n": 1}, "has no time", name="A-7")
        ctx.quarantine(["0812"], "is not an object", name="not a plain id!")
        yield hazard("good")
        yield hazard("big", headline="x" * 300_000)
        yield Observed(topic=HAZARD, key="wrong", body=hazard("x"), observed_at=utc_now())
        yield Observed(topic=QUARANTINE, key="stray", body=None, observed_at=utc_now())

    async def run() -> None:
        collector = Scripted(some_bad)
        async with running(redis, collector.job()) as wall:
            await wall.until(lambda: collector.rounds >= 4 and state(wall) is SourceState.OK)
            assert list(wall.bodies(HAZARD)) == ["good"]
            assert (source(wall).accepted, source(wall).quarantined) == (1, 5)
            said = [message.body for message in wall.events[QUARANTINE.name] if message.body is not None]
            assert [(q.record, q.excerpt) for q in said[:2]] == [("A-7", "phone: str, n: int"), ("record 2", "list")]
            assert {q.record for q in said} == {"A-7", "record 2", "big", "wrong", "stray"}
            assert len(said) == 5, "each is said once, not every round"
            assert "0812" not in repr(said)

    asyncio.run(run())


def test_what_has_expired_goes_even_while_the_source_is_down(redis: EmbeddedRedis) -> None:
    now = [datetime(2026, 2, 16, 12, 0, tzinfo=UTC)]

    records = [
        hazard("past", expires_at=now[0] - timedelta(seconds=1)), hazard("soon", expires_at=now[0] + timedelta(hours=1)), hazard("never"),
    ]  # fmt: skip

    async def expiring(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for record in records:
            yield record

    async def run() -> None:
        collector = Scripted(expiring)
        async with running(redis, collector.job(), clock=lambda: now[0]) as wall:
            await wall.until(lambda: sorted(wall.bodies(HAZARD)) == ["never", "soon"])
            await collector.until_round(collector.rounds + 3)
            assert sorted(m.seq for m in wall.latest[HAZARD.name].values()) == [1, 2], "what is over was never sent"
            collector.script = down
            await wall.until(lambda: state(wall) is SourceState.DOWN)
            now[0] += timedelta(hours=1)
            await wall.until(lambda: list(wall.bodies(HAZARD)) == ["never"])

    asyncio.run(run())


def test_a_part_that_failed_is_kept_and_the_check_does_not_count(redis: EmbeddedRedis) -> None:
    async def parts(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard("quake 1")
        if number == 1:
            yield hazard("quake 2")
            yield hazard("cap 1")
        else:
            ctx.partly_down("the feed is cut", keep="cap ")

    async def run() -> None:
        async with running(redis, Scripted(parts).job()) as wall:
            await wall.until(lambda: state(wall) is SourceState.DOWN and sorted(wall.bodies(HAZARD)) == ["cap 1", "quake 1"])
            assert source(wall).reason == "the feed is cut"

    asyncio.run(run())


def test_redis_may_go_and_come_back(redis: EmbeddedRedis) -> None:
    async def run() -> None:
        collector = Scripted(two)
        async with running(redis, collector.job()) as wall:
            await wall.until(lambda: len(wall.bodies(HAZARD)) == 2)
            redis.kill()
            await wall.until(lambda: not wall.last_status.connected)
            collector.script = one
            await collector.until_round(collector.rounds + 3)
            redis.start()
            await wall.until(lambda: wall.last_status.connected and list(wall.bodies(HAZARD)) == ["a"] and state(wall) is SourceState.OK)

    asyncio.run(run())


def test_a_stream_publishes_as_it_comes_and_a_quiet_one_is_still_well(redis: EmbeddedRedis) -> None:
    async def stream(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard(f"s{number}")
        if number == 1:
            raise SourceDown("the line is cut")
        await asyncio.Event().wait()

    async def run() -> None:
        async with running(redis, Scripted(stream, kind=Stream(quiet_s=0.05)).job()) as wall:
            await wall.until(lambda: state(wall) is SourceState.DOWN and list(wall.bodies(HAZARD)) == ["s1"])
            await wall.until(lambda: state(wall) is SourceState.OK and list(wall.bodies(HAZARD)) == ["s1", "s2"])
            checked_at = source(wall).checked_at
            await wall.until(lambda: source(wall).checked_at != checked_at)

    asyncio.run(run())


def test_a_watched_folder_is_collected_when_it_changes(redis: EmbeddedRedis, tmp_path: Path) -> None:
    folder = tmp_path / "drop"

    async def files(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for path in sorted(folder.iterdir()):
            yield hazard(path.name)

    async def run() -> None:
        collector = Scripted(files, kind=Watch(folder=folder, every_s=0.02))
        async with running(redis, collector.job()) as wall:
            await wall.until(lambda: state(wall) is SourceState.DOWN)
            assert "cannot be read" in (source(wall).reason or "")
            folder.mkdir()
            (folder / "a").write_text("1", encoding="utf-8")
            await wall.until(lambda: state(wall) is SourceState.OK and list(wall.bodies(HAZARD)) == ["a"])
            checked_at, rounds = source(wall).checked_at, collector.rounds
            await wall.until(lambda: source(wall).checked_at != checked_at)
            assert collector.rounds == rounds, "an unchanged folder is not read again"
            (folder / "a").rename(folder / "b")
            await wall.until(lambda: list(wall.bodies(HAZARD)) == ["b"])

    asyncio.run(run())


def test_bmkg_end_to_end_with_its_name_on_it(redis: EmbeddedRedis) -> None:
    spec, collect = load_collector("bmkg")
    at = datetime(2026, 2, 16, 6, 20, tzinfo=UTC)
    quake = {"DateTime": "2026-02-16T06:15:30+00:00", "Coordinates": "-6.30,106.50", "Magnitude": "4.4"}

    async def run() -> None:
        with HttpSource() as server:
            server.put("/q.json", json.dumps({"Infogempa": {"gempa": quake}}), has_etag=True)
            options = msgspec.convert({"earthquake_urls": [f"{server.url}/q.json"]}, spec.options)
            job = Job(spec=spec, collect=collect, options=options, kind=Poll(every_s=0.05, timeout_s=5.0), name=spec.key, title=spec.title)
            async with running(redis, job, clock=lambda: at) as wall:
                await wall.until(lambda: len(wall.bodies(HAZARD)) == 1 and server.sent.count(304) >= 2)
                seqs = [message.seq for message in wall.latest[HAZARD.name].values()]
                assert seqs == [1], "what has not changed is not said again"
                (found,) = wall.bodies(HAZARD).values()
                assert found.attribution == "BMKG"
                server.put("/q.json", "<html>Wartung</html>")
                await wall.until(lambda: state(wall, "bmkg") is SourceState.DOWN)
                assert len(wall.bodies(HAZARD)) == 1

    asyncio.run(run())


def test_pauses_grow_to_a_quarter_of_an_hour_and_spread() -> None:
    random = Random(7)
    plain = [pause_s(60, 0, random) for _ in range(200)]
    assert 54 <= min(plain) < 56
    assert 64 < max(plain) <= 66
    assert 216 <= pause_s(60, 2, random) <= 264
    assert pause_s(60, 10_000, random) <= 990
    assert pause_s(3_600, 5, random) <= 3_960, "a source that is asked seldom keeps its pace"


def test_shapes_hold_no_contents() -> None:
    assert shape_of({"a": 1, "Nama Budi 0812": 2, 3: None}) == "a: int, ?: int, ?: NoneType"
    assert shape_of("0812") == "str"
    assert shape_of({str(f"f{n}"): n for n in range(40)}).endswith(", ...")
