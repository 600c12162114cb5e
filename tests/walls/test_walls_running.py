"""A decision at the desk is told by whoever runs: the real sources of a city, and the simulated one."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.header import Quality
from feeds.messages.walls import WALL_ORDER
from feeds.runtime.run import run_feeds
from feeds.sim.run import run_sim
from feeds.store.database import Database
from feeds.store.wall_schema import WALL_CAMERAS
from tests.fakes.bus_listener import PATIENCE_S, ended, listening
from tests.fakes.stores import a_store_url
from tests.walls.desk import CITY, MAP, Desk


def known_cameras(connection: Connection) -> list[str]:
    return list(connection.scalars(select(WALL_CAMERAS.c.id)))


async def told(
    server: EmbeddedRedis, namespace: str, run: Callable[[str], Coroutine[Any, Any, None]], *, has_cameras: bool
) -> tuple[Quality, list[str]]:
    """Of which quality the order is that a take at the desk made, and the cameras that were noted."""
    with a_store_url() as url:
        running = asyncio.create_task(run(url))
        database = Database(url)
        try:
            async with listening(server.url_for("front"), namespace, WALL_ORDER) as wall:
                desk = Desk(database)
                await asyncio.to_thread(desk.hold)
                await asyncio.to_thread(desk.take, MAP)
                await wall.until(lambda: running.done() or [one.layout for one in wall.bodies(WALL_ORDER).values()] == [MAP])
                async with asyncio.timeout(PATIENCE_S):
                    while (cameras := await asyncio.to_thread(database.read, known_cameras)) == [] and has_cameras:
                        await asyncio.sleep(0)
        finally:
            await ended(running)
            database.close()
        return wall.latest[WALL_ORDER.name]["lobby"].quality, cameras


def test_the_sources_of_a_city() -> None:
    city = msgspec.structs.replace(CITY, sources=())
    with EmbeddedRedis(namespace="live") as server:
        quality, _ = asyncio.run(
            told(server, "live", lambda url: run_feeds(city, server.url_for("back"), "live", database_url=url), has_cameras=False)
        )
    assert quality is Quality.MEASURED


def test_a_simulated_city_whose_cameras_the_doors_know_then() -> None:
    def run(server: EmbeddedRedis) -> Callable[[str], Coroutine[Any, Any, None]]:
        back = server.url_for("back")
        return lambda url: run_sim(CITY, back, seed=1, speed=1, scenario="calm", media_key="k", database_url=url)

    with EmbeddedRedis(namespace="sim") as server:
        quality, cameras = asyncio.run(told(server, "sim", run(server), has_cameras=True))
    assert quality is Quality.SIMULATED
    assert "simpang-benda" in cameras
