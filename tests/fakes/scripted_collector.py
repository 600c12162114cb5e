"""A collector whose rounds a test writes, run by the real supervisor on a real bus and seen from a wall."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity
from feeds.messages.system import QUARANTINE, SOURCE, Source, SourceState
from feeds.runtime.clock import utc_now
from feeds.runtime.collector import (
    CollectorContext,
    CollectorSpec,
    Observed,
    Poll,
    Sample,
    Sink,
    Stream,
    Watch,
    each_document,
)
from feeds.runtime.registry import Job
from feeds.runtime.sinks import sinks_for
from feeds.runtime.supervisor import Supervisor, topics_of
from feeds.store.database import Database
from tests.fakes.bus_listener import BusListener, ended, listening
from tests.fakes.collector_context import city_of
from tests.fakes.stores import a_store

Script = Callable[[CollectorContext[Any], int], AsyncGenerator[Observed, None]]


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


def hazard(key: str, *, expires_at: datetime | None = None, headline: str = "x") -> Observed:
    body = Hazard(
        id=key,
        kind=HazardKind.OTHER,
        severity=Severity.MINOR,
        headline=headline,
        issued_at=utc_now(),
        attribution="T",
        expires_at=expires_at,
    )
    return Observed(topic=HAZARD, key=key, body=body, observed_at=body.issued_at)


@dataclass
class Scripted:
    """A collector whose rounds a test writes: ``script`` may be changed at any time."""

    script: Script
    key: str = "scripted"
    kind: Poll | Stream | Watch = field(default_factory=lambda: Poll(every_s=0.05, timeout_s=5.0))
    rounds: int = 0
    begun: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until_round(self, number: int) -> None:
        async with asyncio.timeout(20), self.begun:
            await self.begun.wait_for(lambda: self.rounds >= number)

    def job(self) -> Job:
        spec = CollectorSpec(
            key=self.key, title="T", sink=Sink.BUS, topics=(HAZARD,), kind=self.kind, options=NoOptions, sample=Sample({}, {}), terms="none",
            read=each_document(lambda ctx, document: ()), standard="none", recorded=(), bad_input="",
        )  # fmt: skip
        return Job(spec=spec, collect=self._collect, options=NoOptions(), kind=self.kind, name=self.key, title=spec.title)

    async def _collect(self, ctx: CollectorContext[Any]) -> AsyncGenerator[Observed, None]:
        async with self.begun:
            self.rounds += 1
            self.begun.notify_all()
        async for record in self.script(ctx, self.rounds):
            yield record


@asynccontextmanager
async def running(redis: EmbeddedRedis, *jobs: Job, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[BusListener]:
    """The supervisor with ``jobs``, seen from a wall."""
    city, geography = city_of("tangerang")
    with a_store() as database:
        async with _running(redis, jobs, city, geography, database, clock) as wall:
            yield wall


@asynccontextmanager
async def _running(
    redis: EmbeddedRedis, jobs: Sequence[Job], city: City, geography: CityGeography, database: Database, clock: Callable[[], datetime]
) -> AsyncIterator[BusListener]:
    client = connect(redis.url_for("back"))
    publisher = BusPublisher(client, "live", "feeds", clock=clock)
    await publisher.start(topics_of(jobs))
    supervisor = Supervisor(
        publisher,
        city,
        geography,
        sink_for=sinks_for(publisher, city, database, clock),
        clock=clock,
        secret=lambda name: None,
        random=Random(1),
        expiry_look_s=0.05,
    )
    async with listening(redis.url_for("front"), "live", HAZARD, SOURCE, QUARANTINE) as wall:
        task = asyncio.create_task(supervisor.run(jobs))
        try:
            yield wall
        finally:
            await ended(task)
            await publisher.stop()
            await client.aclose()


def source(wall: BusListener, key: str = "scripted") -> Source:
    return wall.bodies(SOURCE)[key]


def state(wall: BusListener, key: str = "scripted") -> SourceState | None:
    found = wall.bodies(SOURCE).get(key)
    return found.state if found else None
