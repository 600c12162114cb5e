"""``python -m feeds.sim``: the simulated city as a process of its own. Prints one JSON line when it is ready."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
import typer

from feeds.city import CityError, load_city
from feeds.messages.city import City
from feeds.sim.run import run_sim
from feeds.sim.scenario import SCENARIOS

KEY_VARIABLE = "LIVE_ROOM_MEDIA_KEY"


def main(
    city: Annotated[Path, typer.Option(help="Folder of the city.")] = Path("assets/cities/tangerang"),
    url: Annotated[
        str, typer.Option(envvar="LIVE_ROOM_BUS_URL", help="Redis, as redis://, rediss:// or unix://.")
    ] = "redis://127.0.0.1:6379",
    namespace: Annotated[str, typer.Option(help="Namespace of every key; never 'live'.")] = "sim",
    seed: Annotated[int, typer.Option(help="Same seed, same story.")] = 1,
    speed: Annotated[float, typer.Option(help="Waiting times and lives run this many times faster; the clock stays real.")] = 1.0,
    scenario: Annotated[str, typer.Option(help=f"One of {', '.join(sorted(SCENARIOS))}.")] = "calm",
) -> None:
    """Simulate a city until SIGINT or SIGTERM. The read key of photos comes from the environment: LIVE_ROOM_MEDIA_KEY."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    media_key = os.environ.get(KEY_VARIABLE, "")
    if not media_key:
        typer.echo(f"{KEY_VARIABLE} is not set; set it to the key the wall reads photos with", err=True)
        raise typer.Exit(2)
    try:
        loaded = load_city(city)
        asyncio.run(_until_told(loaded, url, namespace=namespace, seed=seed, speed=speed, scenario=scenario, media_key=media_key))
    except (CityError, ValueError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem


async def _until_told(city: City, url: str, *, namespace: str, seed: int, speed: float, scenario: str, media_key: str) -> None:
    def ready(port: int) -> None:
        line = msgspec.json.encode({"media_url": f"http://127.0.0.1:{port}"})
        typer.echo(line.decode())

    task = asyncio.create_task(
        run_sim(city, url, namespace=namespace, seed=seed, speed=speed, scenario=scenario, media_key=media_key, on_ready=ready)
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    typer.run(main)
