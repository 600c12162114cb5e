"""Runs a simulated city against a Redis by URL: publisher, picture server and story, from start to clean end."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher
from feeds.messages.city import City
from feeds.runtime.clock import utc_now
from feeds.sim.cameras import Studio
from feeds.sim.city import NAME, SIM_TOPICS, SimulatedCity
from feeds.sim.photos import Album
from feeds.sim.scenario import scenario_named
from feeds.sim.server import PictureServer
from feeds.store.database import sqlite_url
from feeds.store.opening import opened


async def run_sim(
    city: City,
    url: str,
    *,
    namespace: str = "sim",
    seed: int,
    speed: float | None = None,
    scenario: str,
    media_key: str,
    database_url: str | None = None,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Simulate until cancelled, by default at the scenario's own pace.

    ``on_ready`` gets the picture server's port on 127.0.0.1 once the opening board is on the bus.
    ``database_url``: the simulation's own store, a file that ends with it when ``None``.
    Raises ``ValueError`` for an unknown scenario, a speed that is not above 0, an empty key or the namespace ``live``.
    """
    if namespace == "live":
        raise ValueError("a simulation may not publish in the namespace 'live'; choose 'sim' or a name of its own")
    chosen = scenario_named(scenario)
    album, studio = Album(seed=seed), Studio(city, seed=seed, clock=utc_now)
    server = PictureServer(studio, album, media_key=media_key)
    redis = connect(url)
    publisher = BusPublisher(redis, namespace, NAME, clock=utc_now)
    stack = ExitStack()
    try:
        database = stack.enter_context(
            opened(
                database_url
                or sqlite_url(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="live-room-sim-"))) / "reports.sqlite")
            )
        )
        await server.start()
        await publisher.start(SIM_TOPICS, fresh=True)
        simulated = SimulatedCity(
            city,
            publisher,
            database,
            seed=seed,
            speed=chosen.pace if speed is None else speed,
            scenario=chosen,
            clock=utc_now,
            album=album,
            studio=studio,
            camera_base_url=f"http://127.0.0.1:{server.port}",
        )
        await simulated.step()
        if on_ready is not None:
            on_ready(server.port)
        await simulated.run()
    finally:
        album.close()
        await server.stop()
        await publisher.stop()
        await redis.aclose()
        stack.close()
