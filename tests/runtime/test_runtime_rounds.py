"""What a round may do to what stands: other sources' records, refused ones, sudden emptiness, long reasons; on a real bus."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.hazard import HAZARD
from feeds.messages.system import SOURCE, SourceState
from feeds.runtime.collector import (
    CollectorContext,
    Observed,
    Watch,
)
from tests.fakes.scripted_collector import Scripted, hazard, running, source, state


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="live") as server:
        yield server


def test_two_sources_of_one_topic_do_not_withdraw_each_others_records(redis: EmbeddedRedis) -> None:
    async def one_each(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard(f"from {number}" if number < 3 else "from 3")

    async def other(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard("the other's")

    async def run() -> None:
        first, second = Scripted(one_each, key="first"), Scripted(other, key="second")
        async with running(redis, first.job(), second.job()) as wall:
            await wall.until(lambda: set(wall.bodies(HAZARD)) == {"from 3", "the other's"})
            await second.until_round(second.rounds + 2)
            assert set(wall.bodies(HAZARD)) == {"from 3", "the other's"}

    asyncio.run(run())


def test_why_records_were_refused_is_counted_for_the_wall(redis: EmbeddedRedis) -> None:
    async def script(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for index in range(5):
            ctx.quarantine({}, "has no name" if index else "has no place")
        ctx.elsewhere(3)
        yield hazard("good")

    async def run() -> None:
        async with running(redis, Scripted(script).job()) as wall:
            await wall.until(lambda: source(wall).quarantined == 5 if state(wall) else False)
            said = source(wall)
            assert [(r.reason, r.count) for r in said.reasons] == [("has no name", 4), ("has no place", 1)]
            assert (said.accepted, said.outside) == (1, 3)

    asyncio.run(run())


def test_a_round_of_nothing_but_refusals_erases_nothing_and_is_no_good_check(redis: EmbeddedRedis) -> None:
    async def script(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        if number == 1:
            yield hazard("a")
            yield hazard("b")
        elif number == 2:
            ctx.quarantine({}, "headline is missing", name="a")
            yield hazard("c")
        else:
            for name in "abc":
                ctx.quarantine({}, "headline is missing", name=name)

    async def run() -> None:
        async with running(redis, Scripted(script).job()) as wall:
            await wall.until(lambda: set(wall.bodies(HAZARD)) == {"a", "c"})
            await wall.until(lambda: state(wall) is SourceState.DOWN)
            said = source(wall)
            assert said.reason == "all 3 records were refused, mostly: headline is missing"
            assert said.quarantined == 3
            assert set(wall.bodies(HAZARD)) == {"a", "c"}

    asyncio.run(run())


def test_a_source_that_suddenly_has_nothing_is_asked_twice(redis: EmbeddedRedis) -> None:
    async def script(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for index in range(20 if number == 1 else 0):
            yield hazard(f"h{index}")

    async def run() -> None:
        with capture_logs() as lines:
            async with running(redis, Scripted(script).job()) as wall:
                await wall.until(lambda: len(wall.bodies(HAZARD)) == 20)
                await wall.until(lambda: state(wall) is SourceState.OK and not wall.bodies(HAZARD))
        reasons = [line.get("reason") for line in lines if line["event"] == "source is down"]
        assert reasons == ["gave nothing where 20 records stood: asked again before it is believed"]

    asyncio.run(run())


def test_a_reason_of_any_length_fits_a_message(redis: EmbeddedRedis) -> None:
    async def script(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for index in range(6):
            ctx.partly_down(f"{index} http://h/{'x' * 60_000} gave no answer")
            ctx.quarantine({}, f"{index} {'y' * 60_000}")
        yield hazard("well")

    async def run() -> None:
        broken = Scripted(script)
        async with running(redis, broken.job()) as wall:
            await wall.until(lambda: state(wall) is SourceState.DOWN)
            await broken.until_round(3)
            assert len(source(wall).reason or "") <= 300
            assert set(wall.bodies(HAZARD)) == {"well"}

    asyncio.run(run())


def test_what_works_is_not_asked_more_rarely_because_of_what_does_not(redis: EmbeddedRedis) -> None:
    async def script(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        ctx.partly_down("one of two addresses is gone", keep="gone ")
        yield hazard(f"round {number}")

    async def run() -> None:
        half = Scripted(script)
        async with running(redis, half.job()) as wall:
            async with asyncio.timeout(5):
                await half.until_round(15)
            assert source(wall).failures >= 10

    asyncio.run(run())


def test_two_sources_of_one_collector_have_keys_of_their_own(redis: EmbeddedRedis) -> None:
    async def numbered(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard("1", headline="first office")

    async def also_numbered(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        assert set(ctx.standing(HAZARD)) <= {"1", "2"}
        if number == 1:
            yield hazard("2")
        else:
            ctx.quarantine({}, "is broken now", name="2")
        yield hazard("1", headline="second office")

    async def run() -> None:
        one = Scripted(numbered, key="office").job()
        other = replace(Scripted(also_numbered, key="office").job(), name="office-2")
        async with running(redis, one, other) as wall:
            await wall.until(
                lambda: (
                    wall.bodies(HAZARD).keys() == {"1", "office-2 1", "office-2 2"}
                    and getattr(wall.bodies(SOURCE).get("office-2"), "quarantined", 0) == 1
                )
            )
            assert {key: body.headline for key, body in wall.bodies(HAZARD).items() if key.endswith("1")} == {
                "1": "first office",
                "office-2 1": "second office",
            }

    asyncio.run(run())


def test_of_two_sources_that_tell_of_one_thing_the_first_goes_on_telling(redis: EmbeddedRedis) -> None:
    async def warning(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        yield hazard("same alert")

    async def run() -> None:
        first, second = Scripted(warning, key="first"), Scripted(warning, key="second")
        async with running(redis, first.job(), second.job()) as wall:
            await wall.until(lambda: len(wall.bodies(HAZARD)) == 1)
            tellers = set[str]()
            for _ in range(6):
                tellers |= {message.source for message in wall.latest[HAZARD.name].values()}
                await first.until_round(first.rounds + 1)
                await second.until_round(second.rounds + 1)
            assert len(tellers) == 1

    asyncio.run(run())


def test_sudden_emptiness_is_not_believed_after_a_restart_either(redis: EmbeddedRedis) -> None:
    async def twenty(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for index in range(20):
            yield hazard(f"h{index}")

    async def nothing(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for index in range(0):
            yield hazard(str(index))

    async def run() -> None:
        async with running(redis, Scripted(twenty).job()) as wall:
            await wall.until(lambda: len(wall.bodies(HAZARD)) == 20)
        with capture_logs() as lines:
            async with running(redis, Scripted(nothing).job()) as wall:
                await wall.until(lambda: state(wall) is SourceState.OK and not wall.bodies(HAZARD))
        assert [line.get("reason") for line in lines if line["event"] == "source is down"] == [
            "gave nothing where 20 records stood: asked again before it is believed"
        ]

    asyncio.run(run())


def test_a_file_that_is_still_being_copied_is_not_read(redis: EmbeddedRedis, tmp_path: Path) -> None:
    def found() -> list[str]:
        return [f"{file.name} {file.stat().st_size}" for file in tmp_path.iterdir()]

    async def sizes(ctx: CollectorContext[Any], number: int) -> AsyncGenerator[Observed, None]:
        for name in found():
            yield hazard(name)

    async def run() -> None:
        watched = Scripted(sizes, kind=Watch(folder=tmp_path, every_s=0.2))
        seen: set[str] = set()
        async with running(redis, watched.job()) as wall:
            for size in range(1, 40):
                (tmp_path / "sp2d.csv").write_text("x" * size)
                await asyncio.sleep(0.03)
                seen |= set(wall.bodies(HAZARD))
            await wall.until(lambda: set(wall.bodies(HAZARD)) == {"sp2d.csv 39"})
            assert seen <= {"sp2d.csv 39"}

    asyncio.run(run())
