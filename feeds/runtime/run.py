"""Runs everything a city folder says about the real world: its sources, its own lists, heartbeat and canary."""

import asyncio
import os
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from feeds.bus.canary import sing
from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.identity.push_keys import PushKey
from feeds.messages.application import APPLICATION
from feeds.messages.camera import CAMERA
from feeds.messages.city import City
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.system import CANARY, SOURCE
from feeds.messages.walls import WALL_ORDER
from feeds.reports.ledger import Window
from feeds.reports.outbox import REPORT_TOPICS, TELLINGS_KEY, Tellings, outbox_for
from feeds.runtime.clock import Clock, utc_now
from feeds.runtime.collector import ReportOptions, Sink
from feeds.runtime.reaching import trust
from feeds.runtime.registry import CollectorError, Job, jobs_of, sources_of
from feeds.runtime.sinks import sinks_for
from feeds.runtime.supervisor import Supervisor, topics_of
from feeds.store.database import Database
from feeds.store.opening import opened, store_url
from feeds.walls.teller import WallTeller

FOLDER_TOPICS: tuple[Topic[Any], ...] = (CAMERA, NOTICE, APPLICATION)
"""Owned even by a city without such a list, so that one taken out of its folder goes from the wall."""

PUBLISHER_NAME = "feeds"
LIVE = "live"
SECRET_PREFIX = "LIVEROOM_SECRET_"


def environment_secret(name: str) -> str | None:
    """The secret called ``name``: the environment variable LIVEROOM_SECRET_<NAME>, dashes as underscores."""
    return os.environ.get(SECRET_PREFIX + name.upper().replace("-", "_").replace(".", "_"))


def check_city(folder: Path) -> City:
    """Everything ``run_feeds`` would refuse, without running: raises ``CityError`` or ``CollectorError``, else gives the city."""
    city = load_city(folder)
    CityGeography(city)
    jobs_of(city)
    return city


async def run_feeds(
    city: City,
    url: str,
    namespace: str,
    *,
    database_url: str | None = None,
    only: Sequence[str] = (),
    ca_file: Path | None = None,
    push: PushKey | None = None,
    clock: Clock = utc_now,
    secret: Callable[[str], str | None] = environment_secret,
) -> None:
    """Run all sources of ``city`` (or those named by ``only``) into ``namespace`` of the Redis at ``url``, until cancelled.

    ``database_url``: where reports are kept, this user's own file when ``None``; a run of all sources also tells the bus of them,
    whatever door they came through (``feeds.reports.outbox``), and of what walls are to show (``feeds.walls.teller``). ``ca_file``: the
    CA that signed the certificate of a ``rediss://`` server, the system's when ``None``. ``push``: with it devices that asked for it are
    rung in an emergency (``feeds.runtime.ringing``), of the namespace ``live`` alone.
    Raises ``CollectorError``, ``CityError`` or ``StoreError`` before anything is published when city, URL or store cannot be used.
    """
    if namespace == "sim":
        raise CollectorError("real sources do not run into the namespace 'sim'; use 'live'")
    jobs = jobs_of(city, only)
    geography = CityGeography(city)
    try:
        trusted = trust()
        redis = connect(url, ca_file=ca_file)
    except ValueError as problem:
        raise CollectorError(str(problem)) from problem
    publisher = BusPublisher(redis, namespace, PUBLISHER_NAME, clock=clock)
    stack = ExitStack()
    try:
        database = stack.enter_context(opened(database_url or store_url(namespace, city.code)))
        # What an earlier run published stays until its source has answered.
        is_teller = not only or any(job.spec.sink is Sink.REPORTS for job in jobs)
        topics = [*topics_of(jobs), *FOLDER_TOPICS, CANARY, *((*REPORT_TOPICS, WALL_ORDER) if is_teller else ())]
        await publisher.start(topics)
        await _forget_former_sources(publisher, jobs, {source.key for source in sources_of(city)}, clock())
        supervisor = Supervisor(
            publisher,
            city,
            geography,
            sink_for=sinks_for(publisher, city, database, clock),
            clock=clock,
            secret=secret,
            random=Random(),
            trusted=trusted,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(supervisor.run(jobs), name="supervisor")
            if is_teller:
                _begin_telling(group, database, publisher, city, jobs, clock)
                if push is not None and namespace == LIVE:
                    group.create_task(_ring(database, publisher, push, trusted, clock, has_hazards=HAZARD in topics), name="ringing")
            group.create_task(sing(publisher, PUBLISHER_NAME, quality=Quality.MEASURED, clock=clock), name="canary")
    finally:
        await publisher.stop()
        await redis.aclose()
        stack.close()


def _begin_telling(
    group: asyncio.TaskGroup, database: Database, publisher: BusPublisher, city: City, jobs: Sequence[Job], clock: Clock
) -> None:
    """What the store says of reports and walls goes to the bus."""
    outbox = outbox_for(database, publisher, city, window=window_of(jobs), quality=Quality.MEASURED, source="reports", clock=clock)
    group.create_task(outbox.run(), name="outbox")
    doors_only = () if any(job.spec.sink is Sink.REPORTS for job in jobs) else REPORT_TOPICS
    tellings = Tellings(database, publisher, city, quality=Quality.MEASURED, source=TELLINGS_KEY, clock=clock, answers_for=doors_only)
    group.create_task(tellings.run(), name="tellings")
    group.create_task(WallTeller(database, publisher, quality=Quality.MEASURED, clock=clock).run(), name="walls")


async def _ring(
    database: Database, publisher: BusPublisher, push: PushKey, trusted: ssl.SSLContext, clock: Clock, *, has_hazards: bool
) -> None:
    # Here, since most rooms ring nobody, and what it encrypts with takes a second and 20 MB.
    from feeds.identity.rings import RING_WITHIN
    from feeds.runtime.push_services import PushServices
    from feeds.runtime.ringing import Ringer

    services = PushServices(push, within_s=RING_WITHIN.total_seconds(), trusted=trusted)
    try:
        await Ringer(database, publisher, services, has_hazards=has_hazards, clock=clock).run()
    finally:
        await services.aclose()


def window_of(jobs: Sequence[Job]) -> Window:
    """ "all" as soon as one source of reports asks for it: the totals are the city's, not a source's."""
    return "all" if any(isinstance(job.options, ReportOptions) and job.options.window == "all" for job in jobs) else "day"


async def _forget_former_sources(publisher: BusPublisher, run: Sequence[Job], known: set[str], at: datetime) -> None:
    """Withdraw the health of sources that are not run now, and the records of those the city no longer has."""
    names = {job.name for job in run}
    await _withdraw(publisher, SOURCE, lambda message: message.key not in names, at)
    for topic in _bus_topics(run):
        await _withdraw(publisher, topic, lambda message: message.source not in known, at)


def _bus_topics(jobs: Sequence[Job]) -> list[Topic[Any]]:
    """Where records of this city's sources stand, of those too that have been taken out of its folder."""
    fed = {topic.name: topic for job in jobs if job.spec.sink is Sink.BUS for topic in job.spec.topics}
    return list((fed | {topic.name: topic for topic in FOLDER_TOPICS}).values())


async def _withdraw(publisher: BusPublisher, topic: Topic[Any], is_former: Callable[[Message[Any]], bool], at: datetime) -> None:
    former = [message for message in publisher.held(topic).values() if is_former(message)]
    gone = [Outgoing(key=m.key, body=None, observed_at=at, source=m.source, quality=m.quality) for m in former]
    await publisher.publish(topic, gone)
