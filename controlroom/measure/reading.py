"""A process of its own that reads one document with a collector and publishes what it made of it: what it took, in seconds and MB.

``python -m controlroom.measure.reading open311 FILE``: the bus' address stands in LIVE_ROOM_BUS_URL. Says one JSON line.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog

from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.city import SourceConfig
from feeds.runtime.clock import utc_now
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.http import SourceHttp, user_agent
from feeds.runtime.registry import jobs_of
from feeds.runtime.runner import counts_of
from feeds.runtime.sinks import sinks_for
from feeds.runtime.supervisor import topics_of


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """``floor_s``: what json.loads of the standard library takes for the same bytes, afterwards in the same process.

    ``peak_mb``: the process' largest resident set before the floor; ``blocked_ms``: the longest its event loop stood still.
    """

    read: int
    accepted: int
    published: int
    seconds: float
    blocked_ms: float
    peak_mb: float
    floor_s: float


async def take(key: str, body: bytes, city_folder: Path, options: dict[str, Any]) -> Taken:
    """One round of the source ``key`` over ``body``, from bytes to what Redis has acknowledged."""
    city = msgspec.structs.replace(
        load_city(city_folder), sources=(SourceConfig(collector=key, options=options),), cameras=(), notices=(), applications=()
    )
    (job,) = jobs_of(city)
    redis = connect(os.environ["LIVE_ROOM_BUS_URL"])
    publisher = BusPublisher(redis, "live", "bench", clock=utc_now)
    await publisher.start(topics_of([job]), fresh=True)
    http = SourceHttp(user_agent(city.name))
    sink = sinks_for(publisher, city, utc_now)(job.spec, job.name, job.options)
    ctx: CollectorContext[Any] = CollectorContext(
        options=job.options, city=city, geography=CityGeography(city), http=http, clock=utc_now, log=structlog.get_logger("bench"),
        secret=lambda name: None,
    )  # fmt: skip
    beat = asyncio.create_task(_longest_block())
    await asyncio.sleep(0)
    try:
        began = time.perf_counter()
        observed = await asyncio.to_thread(lambda: list(job.spec.read(ctx, [Document("document", body)])))
        await sink.replace(observed, datetime.now(UTC), lambda key: False)
        seconds = time.perf_counter() - began
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    finally:
        beat.cancel()
        (blocked_ms,) = await asyncio.gather(beat, return_exceptions=True)
        await publisher.stop()
        await http.aclose()
        await redis.aclose()
    began = time.perf_counter()
    with suppress(ValueError):
        json.loads(body)
    floor_s = time.perf_counter() - began
    counts = counts_of(observed, ctx)
    return Taken(
        read=counts["accepted"] + counts["outside"] + counts["quarantined"],
        accepted=counts["accepted"],
        published=len(observed),
        seconds=seconds,
        blocked_ms=blocked_ms if isinstance(blocked_ms, float) else 0.0,
        peak_mb=peak_mb,
        floor_s=floor_s,
    )


async def _longest_block() -> float:
    """Until cancelled: how late the loop's latest wake-up was, at most (ms)."""
    longest = 0.0
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, (time.perf_counter() - began) * 1000 - 5)
    except asyncio.CancelledError:
        return longest


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    parser = argparse.ArgumentParser(prog="controlroom.measure.reading", description="Reads one document and publishes it.")
    parser.add_argument("collector")
    parser.add_argument("file", type=Path)
    parser.add_argument("--city", type=Path, required=True)
    parser.add_argument("--options", default="{}", help="The collector's options as JSON.")
    given = parser.parse_args()
    taken = asyncio.run(take(given.collector, given.file.read_bytes(), given.city, json.loads(given.options)))
    sys.stdout.write(msgspec.json.encode(taken).decode() + "\n")


if __name__ == "__main__":
    main()
