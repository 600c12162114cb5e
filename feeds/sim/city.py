"""The simulated city put together: one story on the bus, every message of it marked simulated. Builds no Redis and no server."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from feeds.bus.canary import sing
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.messages.application import APPLICATION
from feeds.messages.camera import CAMERA
from feeds.messages.city import City
from feeds.messages.environment import AIR, FORECAST, RIVER
from feeds.messages.field import OFFICER, PRESENCE
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Quality, Topic
from feeds.messages.indicator import FINANCE, PROCUREMENT, PROGRESS
from feeds.messages.report import PINLESS_STATES
from feeds.messages.system import CANARY, SOURCE
from feeds.messages.walls import WALL_ORDER
from feeds.reports.observed import Observer
from feeds.reports.outbox import Tellings, outbox_for
from feeds.sim.air import air_stations
from feeds.sim.applications import Landscape
from feeds.sim.budget import finance
from feeds.sim.cameras import Studio, cameras
from feeds.sim.deadlines import schedule_in_story
from feeds.sim.hazards import TEMPLATES
from feeds.sim.notices import notices
from feeds.sim.officers import Patrol
from feeds.sim.photos import Album
from feeds.sim.places import Places
from feeds.sim.projects import progress
from feeds.sim.reports import ReportStory
from feeds.sim.rivers import River
from feeds.sim.scenario import Scenario, scenario_named
from feeds.sim.sources import UPSTREAMS, Health
from feeds.sim.tenders import procurement
from feeds.sim.timeline import Timeline
from feeds.sim.weather import forecasts
from feeds.store.database import Database
from feeds.walls.teller import WallTeller

NAME = "simulator"
SIM_TOPICS: tuple[Topic[Any], ...] = (*(topic for upstream in UPSTREAMS for topic in upstream.topics), SOURCE, CANARY, WALL_ORDER)
"""What the publisher handed to ``SimulatedCity`` must own."""

_STEP_S = 0.25
_PRESENCE_S = 60.0
_INDICATOR_KEY = "city"


class SimulatedCity:
    """Same city, seed, scenario and clock: same story. ``speed`` shortens waiting and lives only (``feeds.sim.timeline``).

    ``clock`` gives aware UTC times; the story starts at its first. ``camera_base_url``: where ``feeds.sim.server`` serves ``studio``
    and ``album``; without it there are no cameras.
    """

    def __init__(
        self,
        city: City,
        publisher: BusPublisher,
        database: Database,
        *,
        seed: int,
        speed: float,
        scenario: str | Scenario,
        clock: Callable[[], datetime],
        album: Album | None = None,
        studio: Studio | None = None,
        camera_base_url: str | None = None,
    ) -> None:
        if not city.categories or not city.agencies:
            raise ValueError(f"{city.name}: a simulation needs at least one of each: categories and agencies of the city file")
        self._city = city
        self._publisher = publisher
        self._seed = seed
        self._scenario = scenario_named(scenario) if isinstance(scenario, str) else scenario
        self._clock = clock
        self._zone = ZoneInfo(city.time_zone)
        self._studio = studio
        self._cameras = cameras(city, camera_base_url) if camera_base_url else []
        places = Places(city)
        timeline = Timeline(clock(), speed=speed, time_zone=city.time_zone)
        self._timeline = timeline
        self._start = timeline.start
        self._river = River(city, timeline, self._scenario.downpours, seed=seed)
        self._story = ReportStory(
            city, places, timeline, seed=seed, surges=self._scenario.surges, photograph=(album or Album(seed=seed)).photograph
        )
        self._applications = Landscape(seed)
        self._patrol = Patrol(city, places, seed=seed, speed=speed)
        self._database = database
        self._observer = Observer(city, NAME, due=partial(schedule_in_story, timeline))
        self._tellings = Tellings(database, publisher, city, quality=Quality.SIMULATED, source=NAME, clock=clock)
        self._outbox = outbox_for(
            database,
            publisher,
            city,
            window="day",
            quality=Quality.SIMULATED,
            source=NAME,
            clock=clock,
            incident_title=self._story.incident_title,
        )
        self._walls = WallTeller(database, publisher, quality=Quality.SIMULATED, clock=clock)
        self._health = [Health(upstream) for upstream in UPSTREAMS]
        self._checks: dict[str, Callable[[datetime], Awaitable[int]]] = {
            "log-laporan": self._check_reports,
            "evaluasi": self._check_deadlines,
            "sigap": self._check_field,
            "sipd": self._check_finance,
            "emonev": self._check_progress,
            "spse": self._check_procurement,
            "bmkg": self._check_hazards,
            "tma": self._check_river,
            "udara": self._check_air,
            "cctv": self._check_cameras,
            "aplikasi": self._check_applications,
            "kabar": self._check_notices,
        }
        self._presence_due_at = self._start
        self._log = structlog.get_logger("feeds.sim")

    async def run(self) -> None:
        """Live until cancelled."""
        self._log.info("sim.started", city=self._city.name, scenario=self._scenario.name, seed=self._seed)
        async with asyncio.TaskGroup() as group:
            group.create_task(sing(self._publisher, NAME, quality=Quality.SIMULATED, clock=self._clock), name="simulated canary")
            group.create_task(self._walls.run(), name="walls of the simulated city")
            group.create_task(self._step_for_ever(), name="simulated city")

    async def step(self) -> None:
        """Do everything that is due at the clock's time, once."""
        now = self._clock()
        real_s = (now - self._start).total_seconds()
        self._break_cameras(real_s)
        for health in self._health:
            if health.due_at is not None and now < health.due_at:
                continue
            health.due_at = now + timedelta(seconds=health.upstream.interval_s)
            await self._check(health, now, real_s)

    async def _step_for_ever(self) -> None:
        while True:
            await self.step()
            await asyncio.sleep(_STEP_S)

    async def _check(self, health: Health, now: datetime, real_s: float) -> None:
        key = health.upstream.key
        fault = self._scenario.is_down(key, real_s)
        if fault is not None:
            if not health.is_down:
                self._log.warning("sim.source_down", source=key, reason=fault.reason)
            health.failed(fault.reason)
        else:
            if health.is_down:
                self._log.info("sim.source_back", source=key)
            health.succeeded(now, await self._checks[key](now))
        held = self._outbox.held().values() if key == "log-laporan" else ()
        message = health.message(
            outside=sum(report.is_outside for report in held),
            without_position=sum(report.position is None and report.state not in PINLESS_STATES for report in held),
        )
        await self._publisher.publish(SOURCE, [self._outgoing(key, message, now)])

    async def _check_reports(self, now: datetime) -> int:
        # Drawing photos takes some milliseconds each, the opening board has dozens.
        changes = await asyncio.to_thread(self._story.advance, now)
        if changes:
            await asyncio.wrap_future(self._database.submit(lambda connection: self._observer.put(connection, changes)))
        while await self._outbox.step():
            pass
        return len(changes)

    async def _check_deadlines(self, now: datetime) -> int:
        return await self._tellings.step()

    async def _check_field(self, now: datetime) -> int:
        officers = self._patrol.step(now, self._story.working())
        await self._publisher.publish(OFFICER, [self._outgoing(number, officer, now) for number, officer in officers.items()])
        if now >= self._presence_due_at:
            self._presence_due_at = now + timedelta(seconds=_PRESENCE_S)
            await self._publisher.publish(PRESENCE, [self._outgoing(one.agency, one, now) for one in self._patrol.presence(now)])
        return len(officers)

    async def _check_finance(self, now: datetime) -> int:
        return await self._replace(FINANCE, {_INDICATOR_KEY: finance(self._city, now.astimezone(self._zone).date(), seed=self._seed)}, now)

    async def _check_progress(self, now: datetime) -> int:
        return await self._replace(
            PROGRESS, {_INDICATOR_KEY: progress(self._city, now.astimezone(self._zone).date(), seed=self._seed)}, now
        )

    async def _check_procurement(self, now: datetime) -> int:
        local = now.astimezone(self._zone)
        half_hour = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
        return await self._replace(PROCUREMENT, {_INDICATOR_KEY: procurement(half_hour, seed=self._seed)}, now)

    async def _check_hazards(self, now: datetime) -> int:
        real_s = (now - self._start).total_seconds()
        standing = [
            TEMPLATES[spell.template](self._city, now, self._start + timedelta(seconds=spell.start_s))
            for spell in self._scenario.hazards
            if spell.start_s <= real_s < spell.end_s
        ]
        story_s = self._timeline.story_s(now)
        rain_ends = [self._timeline.stamp(p.start_s + p.duration_s) for p in self._scenario.downpours if p.start_s <= story_s]
        coming = forecasts(self._city, now, self._zone, seed=self._seed, wet_until=max(rain_ends, default=None))
        count = await self._replace(FORECAST, {forecast.id: forecast for forecast in coming}, now)
        return count + await self._replace(HAZARD, {hazard.id: hazard for hazard in standing}, now)

    async def _check_river(self, now: datetime) -> int:
        stuck = self._scenario.stuck((now - self._start).total_seconds())
        gauges = self._river.gauges(now, stuck)
        await self._publisher.replace(RIVER, [self._outgoing(gauge.id, gauge, gauge.at) for gauge in gauges])
        return len(gauges)

    async def _check_air(self, now: datetime) -> int:
        story_s = self._timeline.story_s(now)
        stuck = self._scenario.stuck((now - self._start).total_seconds())
        local = (self._start + timedelta(seconds=story_s)).astimezone(self._zone)
        hour, wetness = local.hour + local.minute / 60, self._scenario.wetness(story_s)
        stations = air_stations(self._city, now, hour, seed=self._seed, wetness=wetness, stuck=stuck)
        await self._publisher.replace(AIR, [self._outgoing(station.id, station, station.at) for station in stations])
        return len(stations)

    async def _check_cameras(self, now: datetime) -> int:
        told = [self._studio.told(camera, now) if self._studio is not None else camera for camera in self._cameras]
        return await self._replace(CAMERA, {camera.id: camera for camera in told}, now)

    async def _check_applications(self, now: datetime) -> int:
        real_s = (now - self._start).total_seconds()
        faults = (fault for fault in self._scenario.application_faults if fault.start_s <= real_s < fault.end_s)
        failed = {fault.group: self._start + timedelta(seconds=fault.start_s) for fault in faults}
        return await self._replace(APPLICATION, {one.id: one for one in self._applications.at(now, failed=failed)}, now)

    async def _check_notices(self, now: datetime) -> int:
        return await self._replace(NOTICE, {notice.id: notice for notice in notices(self._city, self._start)}, now)

    async def _replace(self, topic: Topic[Any], bodies: dict[str, Any], now: datetime) -> int:
        await self._publisher.replace(topic, [self._outgoing(key, body, now) for key, body in bodies.items()])
        return len(bodies)

    def _break_cameras(self, real_s: float) -> None:
        if self._studio is None:
            return
        for camera in {fault.camera for fault in self._scenario.camera_faults}:
            faults = (f.kind for f in self._scenario.camera_faults if f.camera == camera and f.start_s <= real_s < f.end_s)
            self._studio.fail(camera, next(faults, None))

    @staticmethod
    def _outgoing(key: str, body: Any, now: datetime) -> Outgoing:
        return Outgoing(key=key, body=body, observed_at=now, source=NAME, quality=Quality.SIMULATED)
