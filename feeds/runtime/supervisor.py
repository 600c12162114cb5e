"""Runs the collectors of a city side by side on one publisher, and withdraws what has expired. Knows no single source."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import structlog

from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.hazard import NOTICE
from feeds.messages.header import Topic
from feeds.messages.system import QUARANTINE, SOURCE
from feeds.runtime.clock import Clock
from feeds.runtime.collector import CollectorContext, Poll, Sink
from feeds.runtime.http import SourceHttp, user_agent
from feeds.runtime.manners import HostManners
from feeds.runtime.reaching import trust
from feeds.runtime.registry import Job, key_prefix
from feeds.runtime.runner import Runner, is_expired
from feeds.runtime.sinks import Delivering, SinkFor

EXPIRY_LOOK_S = 5.0
TRUTH_LOOK_S = 1.0
LONGEST_REQUEST_S = 30.0


class Supervisor:
    """``secret`` gives an API key by its name; ``random`` spreads the rounds. The publisher must own ``topics_of`` the jobs."""

    def __init__(
        self,
        publisher: BusPublisher,
        city: City,
        geography: CityGeography,
        *,
        sink_for: SinkFor,
        clock: Clock,
        secret: Callable[[str], str | None],
        random: Random,
        expiry_look_s: float = EXPIRY_LOOK_S,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._publisher = publisher
        self._city = city
        self._geography = geography
        self._sink_for = sink_for
        self._clock = clock
        self._secret = secret
        self._random = random
        self._expiry_look_s = expiry_look_s
        self._trusted = trusted or trust()

    async def run(self, jobs: Sequence[Job]) -> None:
        """Run all jobs until cancelled."""
        async with AsyncExitStack() as stack:
            runners: list[Runner] = []
            sinks = [self._sink_for(job.spec, job.name, job.options) for job in jobs]
            manners = HostManners()
            for job, sink in zip(jobs, sinks, strict=True):
                http = self._http_for(job, manners)
                stack.push_async_callback(http.aclose)
                runners.append(self._runner(job, http, sink))
            async with asyncio.TaskGroup() as group:
                for job, runner in zip(jobs, runners, strict=True):
                    group.create_task(runner.run(), name=f"source {job.name}")
                topics = {topic.name: topic for job in jobs if job.spec.sink is Sink.BUS for topic in job.spec.topics}
                topics[NOTICE.name] = NOTICE
                group.create_task(self._withdraw_expired(list(topics.values())), name="expiry")
                group.create_task(_keep_true(sinks), name="truth")

    def _http_for(self, job: Job, manners: HostManners) -> SourceHttp:
        whole_s = job.kind.timeout_s if isinstance(job.kind, Poll) else LONGEST_REQUEST_S
        timeout_s, pace = min(whole_s, LONGEST_REQUEST_S), job.spec.requests_per_minute
        return SourceHttp(
            user_agent(self._city.name),
            timeout_s=timeout_s,
            max_bytes=job.spec.max_bytes,
            requests_per_minute=pace,
            manners=manners,
            trusted=self._trusted,
        )

    def _runner(self, job: Job, http: SourceHttp, sink: Delivering) -> Runner:
        prefix = key_prefix(job)
        ctx: CollectorContext[Any] = CollectorContext(
            options=job.options,
            city=self._city,
            geography=self._geography,
            http=http,
            clock=self._clock,
            log=structlog.get_logger("feeds.collectors").bind(source=job.name),
            secret=self._secret,
            standing=lambda topic: {
                key.removeprefix(prefix): m.body for key, m in self._publisher.held(topic).items() if m.source == job.name
            },
        )
        return Runner(job, ctx, sink, self._publisher, clock=self._clock, random=self._random)

    async def _withdraw_expired(self, topics: Sequence[Topic[Any]]) -> None:
        """Expired values go at their time, even while their source is down."""
        while True:
            now = self._clock()
            for topic in topics:
                expired = [message for message in self._publisher.held(topic).values() if is_expired(message.body, now)]
                if expired:
                    await self._publisher.publish(
                        topic, [Outgoing(key=m.key, body=None, observed_at=now, source=m.source, quality=m.quality) for m in expired]
                    )
            await asyncio.sleep(self._expiry_look_s)


async def _keep_true(sinks: Sequence[Delivering]) -> None:
    """What was computed from a topic comes back after a flush as soon as the topic does, however rarely its source is asked."""
    while True:
        await asyncio.sleep(TRUTH_LOOK_S)
        for sink in sinks:
            await sink.keep_true()


def topics_of(jobs: Sequence[Job]) -> list[Topic[Any]]:
    """Every topic the publisher must own to run ``jobs``; those of the reports' owner come with a collector of reports."""
    topics: dict[str, Topic[Any]] = {topic.name: topic for topic in (SOURCE, QUARANTINE, NOTICE)}
    for job in jobs:
        topics |= {topic.name: topic for topic in job.spec.fed_topics}
    return list(topics.values())
