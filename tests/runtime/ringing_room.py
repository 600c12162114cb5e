"""A room with phones that asked to be rung, and what rings them, begun anew as often as a test wants."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import func, select

from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher
from feeds.identity import devices, push, sessions
from feeds.identity.push_keys import generated, read_key
from feeds.identity.sessions import Session
from feeds.messages.hazard import HAZARD
from feeds.messages.report import REPORT, Channel, Priority
from feeds.reports.roles import Actor, Role
from feeds.runtime.push_services import PushServices
from feeds.runtime.reaching import trust
from feeds.runtime.ringing import Ringer
from tests.fakes.phone import DeviceKey
from tests.fakes.push_service import Browser, PushService
from tests.reports.room import Room

KEY = read_key(generated(), "mailto:ruang@tangerang.example")
PEOPLE = {"wali": (Role.MAYOR, None), "lina": (Role.LEAD, None), "kadis": (Role.HEAD, "dpupr"), "kadinkes": (Role.HEAD, "dinkes")}


class Watch:
    """A room with phones; what rings them is begun anew as often as a test wants."""

    def __init__(self, room: Room, service: PushService | None, url: str) -> None:
        self.room = room
        self.service = service or cast(PushService, SimpleNamespace(browsers={}))
        self.url = url
        self.elapsed_s = 0.0
        self.sessions: dict[str, Session] = {}

    def subscribe(self, login: str) -> Session:
        role, agency = PEOPLE[login]
        self.room.user(login, role, agency)
        browser = Browser(login)
        self.service.browsers[login] = browser

        def unit(connection: Any) -> Session:
            device = devices.add(connection, Actor(id=login, role=role, agency=agency), DeviceKey().spki, "HP", self.room.now)
            found = sessions.find(connection, sessions.begin(connection, login, "x", self.room.now, device=device), self.room.now)
            assert found is not None
            push.subscribe(connection, found, browser.subscription(device), self.room.now)
            return found

        self.sessions[login] = self.room.database.write(unit)
        return self.sessions[login]

    def emergency(self, **fields: Any) -> str:
        return self.room.report(**({"channel": Channel.CALL_112, "priority": Priority.EMERGENCY, "category": "banjir"} | fields))

    @asynccontextmanager
    async def process(self, **how: Any) -> AsyncGenerator[Ringer]:
        """Publisher and ringer of one process; what is not done when it ends is not done."""
        redis = connect(self.url)
        publisher = BusPublisher(redis, "live", "feeds", clock=self.room.clock, heartbeat_s=0.2)
        await publisher.start([REPORT, HAZARD])
        services = PushServices(KEY, within_s=1_800.0, trusted=trust(), resolve=self.service.resolve, wait_s=0.01, **how)
        ringer = Ringer(self.room.database, publisher, services, has_hazards=True, clock=self.room.clock, elapsed_s=lambda: self.elapsed_s)
        try:
            yield ringer
        finally:
            await services.aclose()
            await publisher.stop()
            await redis.aclose()

    async def look(self, ringer: Ringer) -> list[str]:
        """Who was rung for what one look found."""
        before = len(self.service.calls)
        await ringer.step()
        await ringer.idle()
        return sorted(call.name for call in self.service.calls[before:])

    def later(self, **time: float) -> None:
        self.room.later(**time)
        self.elapsed_s += timedelta(**time).total_seconds()

    def count(self, table: Any) -> int:
        return self.room.database.read(lambda it: it.execute(select(func.count()).select_from(table)).scalar_one())
