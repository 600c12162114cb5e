"""What a wall says of itself reaches the bus through its own Redis user, as it changes and while it lives."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from controlroom.live.mailbox import Mailbox
from controlroom.live.thread import BusThread, voice_of
from controlroom.settings import Settings, SettingsError
from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VIRTUAL_WALL
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.wall_voice import WallVoice
from feeds.messages import WALL_STATE
from feeds.messages.header import Quality
from feeds.messages.system import OrderRefusal, Shown, SlotState, WallState
from tests.bus.conftest import reading, until

AT = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)
SLOT = SlotState(slot=1, panel="map", screen="A", geometry=(0, 0, 1, 1), state="live", seq=7, age_s=1.0, painted_at=AT)


def state(**changes: Any) -> WallState:
    said = WallState(wall="uji", layout="harian", revision=1, at=datetime.now(UTC), slots=(SLOT,), stalls=0)
    return msgspec.structs.replace(said, **changes)


@pytest.mark.parametrize("namespace", ["live", "sim"])
def test_what_the_wall_shows_is_on_the_bus_and_goes_with_the_wall(namespace: str) -> None:
    """Through BusThread and the ACL users as they are installed: front reads, wall says."""

    async def scenario(server: EmbeddedRedis) -> None:
        voice = WallVoice(server.url_for("wall"), namespace, at_most_each_s=0.05, at_least_each_s=0.4)
        bus = BusThread(server.url_for("front"), namespace, [WALL_STATE], Mailbox(), voice=voice)
        async with reading(server, [WALL_STATE], namespace=namespace) as (sink, _):
            bus.start()
            voice.say(state())
            await until(lambda: "uji" in sink.bodies(WALL_STATE), "said")
            message = sink.latest[WALL_STATE.name]["uji"]
            assert (message.source, message.quality) == ("uji", Quality.SIMULATED if namespace == "sim" else Quality.MEASURED)
            voice.say(state(stalls=3, longest_stall_s=1.25))
            await until(lambda: sink.bodies(WALL_STATE)["uji"].stalls == 3, "a change")
            assert sink.bodies(WALL_STATE)["uji"].longest_stall_s == 1.25
            await asyncio.to_thread(bus.stop)
            await until(lambda: "uji" not in sink.bodies(WALL_STATE), "taken back")

    with EmbeddedRedis(namespace=namespace) as server:
        asyncio.run(scenario(server))


def test_it_is_said_when_it_changes_and_else_seldom() -> None:
    async def scenario(server: EmbeddedRedis) -> None:
        voice = WallVoice(server.url_for("wall"), "live", at_most_each_s=0.3, at_least_each_s=3600)
        speaking = asyncio.create_task(voice.run())
        async with reading(server, [WALL_STATE]) as (sink, _):

            def seq() -> int:
                message = sink.latest.get(WALL_STATE.name, {}).get("uji")
                return 0 if message is None else message.seq

            voice.say(state())
            await until(lambda: seq() == 1, "the first")
            older = msgspec.structs.replace(SLOT, age_s=9.0, painted_at=datetime.now(UTC))
            for _ in range(5):
                voice.say(state(slots=(older,), longest_stall_s=0.2))
                await asyncio.sleep(0.1)
            assert seq() == 1, "that time passes is no change"
            voice.say(state(slots=(msgspec.structs.replace(SLOT, seq=8),)))
            await until(lambda: seq() == 2, "a change")
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(scenario(server))


DECIDED = [
    {"revision": 8}, {"is_curtained": True}, {"shown": Shown.OFF_HOURS}, {"refusal": OrderRefusal(revision=8, reason="slot 1 (peta)")},
    {"slots": (msgspec.structs.replace(SLOT, painted_at=None),)}, {"installation": read_wall(VIRTUAL_WALL)}, {"stills_port": 8490},
]  # fmt: skip


def test_what_was_decided_is_said_at_once() -> None:
    """At a pace at which nothing else would be said within an hour."""

    async def scenario(server: EmbeddedRedis) -> None:
        voice = WallVoice(server.url_for("wall"), "live", at_most_each_s=3600, at_least_each_s=3600)
        speaking = asyncio.create_task(voice.run())
        async with reading(server, [WALL_STATE]) as (sink, _):
            voice.say(state())
            await until(lambda: "uji" in sink.bodies(WALL_STATE), "the first")
            for changes in DECIDED:
                said = state(**changes)
                voice.say(said)
                await until(lambda said=said: sink.bodies(WALL_STATE)["uji"] == said, f"{changes}")
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)

    with EmbeddedRedis(namespace="live") as server:
        asyncio.run(scenario(server))


def test_a_redis_that_is_away_keeps_nothing_from_the_reader_and_hears_it_later() -> None:
    def wait(holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 15
        while not holds():
            assert time.monotonic() < end, what
            time.sleep(0.02)

    async def scenario(server: EmbeddedRedis) -> None:
        async with reading(server, [WALL_STATE]) as (sink, _):
            await until(lambda: "uji" in sink.bodies(WALL_STATE), "said after the flush")

    faults: list[str] = []
    with EmbeddedRedis(namespace="live") as server:
        voice = WallVoice(server.url_for("wall"), "live", at_most_each_s=0.05, at_least_each_s=0.2)
        bus = BusThread(
            server.url_for("front"),
            "live",
            [WALL_STATE],
            Mailbox(),
            voice=voice,
            report=lambda where, error: faults.append(f"{where} {error}"),
        )
        bus.start()
        voice.say(state())
        wait(lambda: bus.reader_status is not None and bus.reader_status.connected, "connected")
        server.kill()
        wait(lambda: bus.reader_status is not None and not bus.reader_status.connected, "noticed")
        server.start()
        asyncio.run(scenario(server))
        bus.stop()
    assert faults == []


def test_nothing_is_said_without_the_setting_and_a_bad_url_is_named() -> None:
    assert voice_of(Settings()) is None
    with pytest.raises(SettingsError, match=r"redis_wall_url: .*port is not a number") as refusal:
        voice_of(Settings(redis_wall_url="redis://wall:geheim@h:port"))
    assert "geheim" not in str(refusal.value)
