"""After any interleaving of publishing, removing, flushing, cutting and killing, reader and publisher agree."""

import asyncio
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages import CANARY, TICKER
from tests.bus.conftest import Bus, bus, canary, gone, ticker, until

KEYS = st.sampled_from("abcde")
STEP = st.one_of(
    st.tuples(st.just("publish"), st.lists(st.tuples(KEYS, st.booleans()), min_size=1, max_size=6)),
    st.tuples(st.just("replace"), st.lists(KEYS, max_size=5, unique=True)),
    st.tuples(st.sampled_from(["event", "flush", "cut", "kill", "breathe"]), st.none()),
)


async def take(running: Bus, count: int, step: tuple[str, object]) -> int:
    """Do one step; returns how many events it published."""
    match step:
        case ("publish", list() as pairs):
            await running.publisher.publish(CANARY, [gone(key) if is_gone else canary(key, count) for key, is_gone in pairs])
        case ("replace", list() as keys):
            await running.publisher.replace(CANARY, [canary(key, count % 2) for key in keys])
        case ("event", _):
            await running.publisher.publish(TICKER, [ticker(count)])
            return 1
        case ("flush", _):
            await running.admin.flushall()
        case ("cut", _):
            await running.kill_reader_link()
        case ("kill", _):
            running.server.kill()
            running.server.start()
            await running.admin.connection_pool.disconnect()
        case _:
            await asyncio.sleep(0.03)
    return 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEP, min_size=1, max_size=8))
def test_any_history_ends_in_agreement(any_server: EmbeddedRedis, steps: list[tuple[str, object]]) -> None:
    async def scenario() -> None:
        async with bus(any_server, [CANARY, TICKER], heartbeat_s=0.02) as running:
            expected: list[str] = [m.key for m in running.sink.events[TICKER.name]]
            for count, step in enumerate(steps):
                if await take(running, count, step):
                    expected.append(f"L-{count}")
            await running.until_agreed()
            await until(_has(running, expected), f"events {expected}")

    asyncio.run(scenario())


def _has(running: Bus, expected: list[str]) -> Callable[[], bool]:
    return lambda: [m.key for m in running.sink.events[TICKER.name]] == expected
