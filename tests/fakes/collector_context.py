"""A collector's context for tests: real city, real HTTP client, a clock that stands still."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import structlog

from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.runtime.collector import CollectorContext, CollectorSpec, Observed
from feeds.runtime.http import SourceHttp, user_agent
from feeds.runtime.reaching import trust
from feeds.runtime.registry import load_collector

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"tangerang": ROOT / "assets" / "cities" / "tangerang", "koeln": ROOT / "tests" / "cities" / "koeln"}


_trusted = cache(trust)


@cache
def city_of(name: str) -> tuple[City, CityGeography]:
    """A city of the tree with its geography; both are immutable."""
    city = load_city(FOLDERS[name])
    return city, CityGeography(city)


def context(
    spec: CollectorSpec,
    options: dict[str, Any],
    *,
    city: str,
    now: datetime,
    http: SourceHttp | None = None,
    secret: Callable[[str], str | None] = lambda name: None,
) -> CollectorContext[Any]:
    """A context with ``options`` as a city folder would give them. Without ``http`` the readers may be called, ``collect`` may not."""
    folder, geography = city_of(city)
    return CollectorContext(
        options=msgspec.convert(options, spec.options),
        city=folder,
        geography=geography,
        http=http,  # pyright: ignore[reportArgumentType]
        clock=lambda: now.astimezone(UTC),
        log=structlog.get_logger("test"),
        secret=secret,
    )


def collected(
    key: str,
    options: dict[str, Any],
    *,
    city: str,
    now: datetime,
    secret: Callable[[str], str | None] = lambda name: None,
    timeout_s: float = 5.0,
) -> tuple[list[Observed], CollectorContext[Any]]:
    """One round of a collector over real HTTP; raises what it raises."""

    async def run() -> tuple[list[Observed], CollectorContext[Any]]:
        spec, collect = load_collector(key)
        http = SourceHttp(user_agent("test"), timeout_s=timeout_s, trusted=_trusted())
        try:
            ctx = context(spec, options, city=city, now=now, http=http, secret=secret)
            return [record async for record in collect(ctx)], ctx
        finally:
            await http.aclose()

    return asyncio.run(run())
