"""What a round may do to what stands: other sources' records, refused ones, sudden emptiness, long reasons; on a real bus."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.hazard import HAZARD
from feeds.messages.system import SourceState
from feeds.runtime.collector import (
    CollectorContext,
    Observed,
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
