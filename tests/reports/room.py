"""A store with its service on a clock turned by hand, and the outbox on a real Redis, which can be killed at a point that a test names."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.actions import AnyAction
from feeds.messages.desk import Receipt
from feeds.messages.header import Quality
from feeds.messages.report import REPORT, TICKER, TOTALS, Channel, Report, ReportState, Totals
from feeds.reports.drafts import Draft
from feeds.reports.ledger import Window
from feeds.reports.outbox import REPORT_TOPICS, Outbox, outbox_for
from feeds.reports.records import Record, record_of, wall_report
from feeds.reports.roles import Actor, Role
from feeds.reports.service import ReportService
from feeds.reports.states import Step
from feeds.store.database import Database
from feeds.store.schema import EVENTS, INTAKE, MEDIA, OUTBOX, REPORTS, USERS
from tests.fakes.bus_listener import BusListener, listening

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
GEOGRAPHY = CityGeography(CITY)
MONDAY = datetime(2026, 11, 23, 3, tzinfo=UTC)  # 10.00 WIB
LEAD = Actor(id="lead", role=Role.LEAD)
OPERATOR = Actor(id="op", role=Role.OPERATOR)
OTHER_OPERATOR = Actor(id="op2", role=Role.OPERATOR)
PUPR = Actor(id="rani", role=Role.OPD, agency="dpupr")
HEAD = Actor(id="kadis", role=Role.HEAD, agency="dpupr")
CITIZEN = Actor(id="laksa", role=Role.CITIZEN)
PHOTO = "a" * 64


class Room:
    """``now`` is everybody's clock."""

    def __init__(self, database: Database) -> None:
        self.now = MONDAY
        self.database = database
        self.service = ReportService(CITY, GEOGRAPHY, self.clock)
        self._count = 0

    def clock(self) -> datetime:
        return self.now

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def send(self, **fields: Any) -> Receipt:
        """A draft of these fields, handed in by a citizen."""
        return self.database.write(lambda connection: self.service.take_in(connection, a_draft(**fields), CITIZEN))

    def report(self, **fields: Any) -> str:
        """The id of a new report, unlike any other."""
        self._count += 1
        return self.send(**({"description": f"laporan {self._count} {self.now}"} | fields)).report

    def act(self, report: str, action: AnyAction, actor: Actor = LEAD, *, revision: int | None = None) -> Record:
        self.later(seconds=1)
        return self.database.write(lambda connection: self.service.act(connection, report, action, actor, revision=revision))

    def claim(self, report: str, actor: Actor, *, is_release: bool = False) -> Record:
        return self.database.write(lambda connection: self.service.claim(connection, report, actor, is_release=is_release))

    def get(self, report: str) -> Record:
        return self.database.read(lambda connection: self.service.get(connection, report))

    def picture(self, report: str, photo: str = PHOTO, *, role: str = "other", is_passed: bool = False) -> str:
        """The facts of an attachment, as ``feeds.reports.pictures`` writes them; its hash."""
        row = {
            "report": report, "hash": photo, "original": photo, "role": role, "mime": "image/jpeg", "bytes": 1,
            "received_at": self.now, "is_passed": is_passed,
        }  # fmt: skip
        self.database.write(lambda connection: connection.execute(insert(MEDIA).values(**row)).rowcount)
        return photo

    def user(self, login: str, role: Role, agency: str | None = None, *, is_active: bool = True) -> None:
        row = {"login": login, "name": login, "role": role, "agency": agency, "is_active": is_active, "created_at": self.now}
        known = select(USERS.c.login).where(USERS.c.login == login)
        self.database.write(lambda it: it.execute(known).first() or it.execute(insert(USERS).values(**row)).rowcount)

    def rows(self, table: Any, **equal: Any) -> list[Mapping[str, Any]]:
        """Rows of a table in the order they were written."""
        order = list(table.primary_key.columns)
        query = select(table).where(*(table.c[name] == value for name, value in equal.items())).order_by(*order)
        return self.database.read(lambda connection: [dict(row) for row in connection.execute(query).mappings()])

    def steps(self, report: str) -> list[Step]:
        return [
            Step(before=ReportState(row["before"]) if row["before"] else None, after=ReportState(row["after"]))
            for row in self.rows(EVENTS, report=report)
        ]

    def trace(self) -> Any:
        """Everything a step could leave behind."""
        return [self.rows(table) for table in (INTAKE, REPORTS, EVENTS, OUTBOX, MEDIA)]

    def received(self) -> int:
        """What the intake log says."""
        return self.database.read(lambda connection: connection.execute(select(func.count()).select_from(INTAKE)).scalar_one())

    def shown(self) -> dict[str, Report]:
        """What the wall should have, from the store."""
        query = select(REPORTS).where(REPORTS.c.is_shown)
        rows = self.database.read(lambda connection: list(connection.execute(query).mappings()))
        return {row["id"]: wall_report(record_of(row), CITY) for row in rows}

    def told_states(self) -> list[tuple[str, str]]:
        """Each arrival and each change of state, as the event log says it: what the ticker must say, in this order."""
        return [(row["report"], row["after"]) for row in self.rows(EVENTS) if row["before"] != row["after"]]


def a_draft(**fields: Any) -> Draft:
    given: dict[str, Any] = {"source": "laksa", "channel": Channel.LAKSA, "category": "jalan_berlubang", "description": "lubang"}
    return Draft(**(given | fields))


class Killed(BaseException):
    """The process ends here."""


class Wire:
    """The process that tells the bus: publisher and outbox, as often as it is begun anew."""

    def __init__(self, room: Room, server: EmbeddedRedis, window: Window = "all") -> None:
        self._room = room
        self._server = server
        self._window: Window = window

    async def begin(self) -> None:
        self._redis = connect(self._server.url_for("back"))
        self.publisher = BusPublisher(self._redis, "live", "feeds", clock=self._room.clock, heartbeat_s=0.05)
        await self.publisher.start(REPORT_TOPICS)
        self.outbox: Outbox = outbox_for(
            self._room.database,
            self.publisher,
            CITY,
            window=self._window,
            quality=Quality.MEASURED,
            source="reports",
            clock=self._room.clock,
        )

    async def end(self) -> None:
        """As a kill does: nothing is said to anybody."""
        task, self.publisher._task = self.publisher._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self._redis.aclose()

    async def killed(self, at: str) -> None:
        """One step that ends at the point ``at`` (reading, before telling, telling, removing) when it comes there; then a new process."""
        await self._break_at(at)
        with suppress(Killed):
            await self.outbox.step()
        await self.end()
        await self.begin()

    async def _break_at(self, at: str) -> None:
        outbox = self.outbox
        tell, told = outbox._tell, 0

        async def telling(*given: Any, **named: Any) -> None:
            nonlocal told
            if at == "before telling" or told:
                raise Killed
            await tell(*given, **named)
            told += 1

        def killed(*given: Any, **named: Any) -> Any:
            raise Killed

        if at == "reading":
            outbox._look = killed
        elif at == "removing":
            outbox._remove = killed
        else:
            outbox._tell = telling

    async def settle(self) -> None:
        """Until all that is laid out is told."""
        while await self.outbox.step():
            pass
        await self.outbox.step()

    async def heard(self) -> BusListener:
        """What a wall that comes now is given."""
        async with listening(self._server.url_for("front"), "live", REPORT, TICKER, TOTALS) as listener:
            await listener.until(
                lambda: totals_of(listener) is not None and TICKER.name in listener.events and REPORT.name in listener.latest
            )
            await listener.settle()
        return listener


@asynccontextmanager
async def telling(room: Room, server: EmbeddedRedis, window: Window = "all") -> AsyncIterator[Wire]:
    wire = Wire(room, server, window)
    await wire.begin()
    try:
        yield wire
    finally:
        await wire.end()


def totals_of(listener: BusListener) -> Totals | None:
    return listener.bodies(TOTALS).get("city")


def ticker_of(listener: BusListener) -> list[tuple[str, str]]:
    lines = [message.body for message in listener.events[TICKER.name]]
    return [(line.report, line.state) for line in lines if line is not None]
