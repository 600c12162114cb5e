"""``python -m feeds.sim``: the simulated city as a process of its own. Prints one JSON line when it is ready."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
import typer

from feeds.city import CityError, load_city
from feeds.runtime.until_told import until_told
from feeds.sim.run import run_sim
from feeds.sim.scenario import SCENARIOS
from feeds.store.database import StoreError

KEY_VARIABLE = "LIVE_ROOM_MEDIA_KEY"


def main(
    city: Annotated[Path, typer.Option(help="Folder of the city.")] = Path("assets/cities/tangerang"),
    url: Annotated[
        str, typer.Option(envvar="LIVE_ROOM_BUS_URL", help="Redis, as redis://, rediss:// or unix://.")
    ] = "redis://127.0.0.1:6379",
    namespace: Annotated[str, typer.Option(help="Namespace of every key; never 'live'.")] = "sim",
    seed: Annotated[int, typer.Option(help="Same seed, same story.")] = 1,
    speed: Annotated[
        float | None,
        typer.Option(help="Waiting times and lives run this many times faster (default: as the scenario asks); the clock stays real."),
    ] = None,
    scenario: Annotated[str, typer.Option(help=f"One of {', '.join(sorted(SCENARIOS))}.")] = "calm",
    database: Annotated[
        str | None,
        typer.Option(envvar="LIVE_ROOM_DATABASE_URL", help="Its store, empty: sqlite:///FILE; one that ends with it when absent."),
    ] = None,
) -> None:
    """Simulate a city until SIGINT or SIGTERM. The read key of photos comes from the environment: LIVE_ROOM_MEDIA_KEY."""
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=structlog.make_filtering_bound_logger(logging.INFO)
    )
    media_key = os.environ.get(KEY_VARIABLE, "")
    if not media_key:
        typer.echo(f"{KEY_VARIABLE} is not set; set it to the key the wall reads photos with", err=True)
        raise typer.Exit(2)
    try:
        loaded = load_city(city)
        asyncio.run(
            until_told(
                run_sim(
                    loaded,
                    url,
                    namespace=namespace,
                    seed=seed,
                    speed=speed,
                    scenario=scenario,
                    media_key=media_key,
                    database_url=database,
                    on_ready=_say_ready,
                )
            )
        )
    except (CityError, StoreError, ValueError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem


def _say_ready(port: int) -> None:
    typer.echo(msgspec.json.encode({"media_url": f"http://127.0.0.1:{port}"}).decode())


if __name__ == "__main__":
    typer.run(main)
