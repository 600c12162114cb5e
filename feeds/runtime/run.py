"""Runs everything a city folder says about the real world: its sources, cameras, notices, heartbeat and canary."""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from random import Random

from feeds.bus.canary import sing
from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.camera import CAMERA
from feeds.messages.city import City
from feeds.messages.hazard import NOTICE, Notice
from feeds.messages.header import Quality
from feeds.messages.system import CANARY, SOURCE, Source, SourceState
from feeds.runtime.clock import Clock, utc_now
from feeds.runtime.registry import CollectorError, jobs_of
from feeds.runtime.sinks import sinks_for
from feeds.runtime.supervisor import Supervisor, topics_of

FOLDER_SOURCE = "city"
FOLDER_RENEWED_S = 30.0
PUBLISHER_NAME = "feeds"
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
    only: Sequence[str] = (),
    clock: Clock = utc_now,
    secret: Callable[[str], str | None] = environment_secret,
) -> None:
    """Run all sources of ``city`` (or those named by ``only``) into ``namespace`` of the Redis at ``url``, until cancelled.

    Raises ``CollectorError`` or ``CityError`` before anything is published when the city or the URL cannot be used as configured.
    """
    if namespace == "sim":
        raise CollectorError("real sources do not run into the namespace 'sim'; use 'live'")
    jobs = jobs_of(city, only)
    geography = CityGeography(city)
    try:
        redis = connect(url)
    except ValueError as problem:
        raise CollectorError(str(problem)) from problem
    publisher = BusPublisher(redis, namespace, PUBLISHER_NAME, clock=clock)
    try:
        # What an earlier run published stays until its source has answered.
        await publisher.start([*topics_of(jobs), CAMERA, CANARY])
        await _forget_former_sources(publisher, {FOLDER_SOURCE, *(job.spec.key for job in jobs)}, clock())
        supervisor = Supervisor(
            publisher, city, geography, sink_for=sinks_for(publisher, city, clock), clock=clock, secret=secret, random=Random()
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(supervisor.run(jobs), name="supervisor")
            group.create_task(_publish_folder(publisher, city, clock), name="city folder")
            group.create_task(sing(publisher, PUBLISHER_NAME, quality=Quality.MEASURED, clock=clock), name="canary")
    finally:
        await publisher.stop()
        await redis.aclose()


async def _forget_former_sources(publisher: BusPublisher, now_run: set[str], at: datetime) -> None:
    gone = [Outgoing(key=key, body=None, observed_at=at, source=m.source, quality=m.quality) for key, m in publisher.held(SOURCE).items()
            if key not in now_run]  # fmt: skip
    await publisher.publish(SOURCE, gone)


async def _publish_folder(publisher: BusPublisher, city: City, clock: Clock) -> None:
    """Cameras and notices as the folder has them; renewed, because their age is that of the last look."""
    begun = clock()
    while True:
        now = clock()
        await publisher.replace(CAMERA, [_outgoing(camera.id, camera, now) for camera in city.cameras])
        notices = [
            Notice(id=notice.id, text=notice.texts[city.language], at=begun, attribution=notice.attribution) for notice in city.notices
        ]
        await publisher.replace(NOTICE, [_outgoing(notice.id, notice, now) for notice in notices])
        source = Source(
            collector=FOLDER_SOURCE,
            title=city.name,
            topics=(CAMERA.name, NOTICE.name),
            state=SourceState.OK,
            checked_at=now,
            interval_s=FOLDER_RENEWED_S,
            accepted=len(city.cameras) + len(notices),
            terms=city.attribution,
        )
        await publisher.publish(SOURCE, [_outgoing(FOLDER_SOURCE, source, now)])
        await asyncio.sleep(FOLDER_RENEWED_S)


def _outgoing(key: str, body: object, at: datetime) -> Outgoing:
    return Outgoing(key=key, body=body, observed_at=at, source=FOLDER_SOURCE, quality=Quality.MEASURED)
