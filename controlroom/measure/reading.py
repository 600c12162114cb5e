"""A process of its own that runs one round of a collector against a server and publishes it: what it took, in seconds and MB.

``python -m controlroom.measure.reading open311 --options JSON``: the bus' address stands in LIVE_ROOM_BUS_URL. Says one JSON line.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, exists, select

from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher
from feeds.bus.script import topic_keys
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.memory import settle_memory
from feeds.messages.city import SourceConfig
from feeds.messages.header import Quality
from feeds.reports.outbox import outbox_for
from feeds.runtime.clock import utc_now
from feeds.runtime.collector import CollectorContext, Sink
from feeds.runtime.http import SourceHttp, user_agent
from feeds.runtime.registry import jobs_of
from feeds.runtime.runner import counts_of
from feeds.runtime.sinks import sinks_for
from feeds.runtime.supervisor import topics_of
from feeds.store.database import sqlite_url
from feeds.store.opening import opened
from feeds.store.schema import OUTBOX

NAMESPACE = "live"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """``standing``: records of the source's topic that Redis holds afterwards, as Redis itself counts them.

    ``peak_mb``: the process' largest resident set (VmHWM); ``blocked_ms``: the longest its event loop stood still.
    """

    read: int
    standing: int
    seconds: float
    blocked_ms: float
    peak_mb: float


async def take(key: str, city_folder: Path, options: dict[str, Any]) -> Taken:
    """One round of the source ``key``, from the first question to what Redis has acknowledged. Raises ``OSError`` without a Redis."""
    with ExitStack() as stack:
        return await _take(key, city_folder, options, stack)


async def _take(key: str, city_folder: Path, options: dict[str, Any], stack: ExitStack) -> Taken:
    source = SourceConfig(collector=key, options=options)
    city = msgspec.structs.replace(load_city(city_folder), sources=(source,), cameras=(), notices=(), applications=())
    (job,) = jobs_of(city)
    topic = job.spec.topics[0]
    redis: Any = connect(os.environ["LIVE_ROOM_BUS_URL"])
    await redis.ping()
    publisher = BusPublisher(redis, NAMESPACE, "bench", clock=utc_now)
    await publisher.start(topics_of([job]), fresh=True)
    database = stack.enter_context(opened(sqlite_url(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "reports.sqlite")))
    outbox = outbox_for(database, publisher, city, window="all", quality=Quality.MEASURED, source="reports", clock=utc_now)
    http = SourceHttp(user_agent(city.name), max_bytes=job.spec.max_bytes, requests_per_minute=1_000)
    sink = sinks_for(publisher, city, database, utc_now)(job.spec, job.name, job.options)
    ctx: CollectorContext[Any] = CollectorContext(
        options=job.options, city=city, geography=CityGeography(city), http=http, clock=utc_now, log=structlog.get_logger("bench"),
        secret=lambda name: None,
    )  # fmt: skip
    telling: asyncio.Task[None] | None = None
    if job.spec.sink is Sink.REPORTS:
        # As when a namespace's sources run: the outbox has read its store before the first report comes, and tells beside them.
        await outbox.step()
        telling = asyncio.create_task(outbox.run())
    settle_memory()
    beat = asyncio.create_task(_longest_block())
    await asyncio.sleep(0.1)
    try:
        began = time.perf_counter()
        async with aclosing(job.collect(ctx)) as records:
            observed = [record async for record in records]
        await sink.replace(observed, datetime.now(UTC), lambda key: False)
        if telling is not None:
            while database.read(_is_laid_out):
                await asyncio.sleep(0.01)
        seconds = time.perf_counter() - began
        # One more beat, so that a block at the very end is seen.
        await asyncio.sleep(0.02)
        standing = int(await redis.hlen(topic_keys(NAMESPACE, topic.name).snap))
    finally:
        beat.cancel()
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        (blocked_ms,) = await asyncio.gather(beat, return_exceptions=True)
        await publisher.stop()
        await http.aclose()
        await redis.aclose()
    counts = counts_of(observed, ctx)
    return Taken(
        read=counts["accepted"] + counts["outside"] + counts["quarantined"],
        standing=standing,
        seconds=seconds,
        blocked_ms=blocked_ms if isinstance(blocked_ms, float) else 0.0,
        peak_mb=_peak_mb(),
    )


def _is_laid_out(connection: Connection) -> bool:
    return connection.execute(select(exists().select_from(OUTBOX))).scalar_one()


def _peak_mb() -> float:
    """Of this program alone: ru_maxrss would carry that of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


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
    parser = argparse.ArgumentParser(prog="controlroom.measure.reading", description="One round of a collector, published.")
    parser.add_argument("collector")
    parser.add_argument("--city", type=Path, required=True)
    parser.add_argument("--options", default="{}", help="The collector's options as JSON.")
    given = parser.parse_args()
    taken = asyncio.run(take(given.collector, given.city, json.loads(given.options)))
    sys.stdout.write(msgspec.json.encode(taken).decode() + "\n")


if __name__ == "__main__":
    main()
