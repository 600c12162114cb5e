"""The doors of attachments on a store of their own, asked by people whose name stands in a header."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from litestar import Litestar, Request
from litestar.di import Provide
from litestar.testing import AsyncTestClient
from sqlalchemy import select

from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import ApiError, answer
from feeds.api.media import MediaController
from feeds.city import load_city
from feeds.messages.actions import AnyAction
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft
from feeds.reports.pictures import PictureRole
from feeds.reports.roles import Actor, Role
from tests.fakes.kept_apps import KeptApps
from tests.fakes.stores import a_store

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
KEY = "walls-own-key"
WALL = {"Authorization": f"Bearer {KEY}"}
LEAD = Actor(id="lead", role=Role.LEAD)
WHO = {
    "lead": LEAD,
    "ours": Actor(id="budi", role=Role.OPD, agency="dpupr"),
    "others": Actor(id="wati", role=Role.OPD, agency="dlh"),
    "field": Actor(id="joko", role=Role.FIELD, agency="dpupr"),
    "head": Actor(id="kepala", role=Role.HEAD, agency="dpupr"),
    "mayor": Actor(id="wali", role=Role.MAYOR),
    "admin": Actor(id="root", role=Role.ADMIN),
    "program": Actor(id="key", role=Role.COLLECTOR),
}


def by(name: str) -> dict[str, str]:
    return {"X-Who": name}


async def _provide_actor(request: Request[Any, Any, Any]) -> Actor:
    actor = WHO.get(request.headers.get("X-Who", ""))
    if actor is None:
        raise ApiError(401, "not_signed_in", "nobody is signed in")
    return actor


class House:
    def __init__(self, doors: Doors, client: AsyncTestClient[Any]) -> None:
        self.doors = doors
        self.client = client

    def report(self, category: str = "jalan_berlubang", words: str = "lubang") -> str:
        draft = Draft(source="laksa", channel=Channel.LAKSA, category=category, description=words, position=Position(106.63, -6.17))
        return self.doors.database.write(lambda connection: self.doors.reports.take_in(connection, draft, LEAD)).report

    def act(self, report: str, action: AnyAction) -> None:
        self.doors.database.write(lambda connection: self.doors.reports.act(connection, report, action, LEAD))

    def attach(self, report: str, raw: bytes, role: PictureRole = "before") -> str:
        prepared = self.doors.pictures.prepare(raw)
        return self.doors.database.write(lambda connection: self.doors.pictures.keep(connection, report, prepared, role, NOW))

    async def send(self, report: str, raw: bytes, who: str = "lead", role: str | None = None, name: str = "foto.jpg"):
        return await self.client.post(
            f"/desk/reports/{report}/media",
            files={"file": (name, raw, "text/html")},
            data={} if role is None else {"role": role},
            headers=by(who),
        )

    def rows(self, table) -> list[Any]:
        return self.doors.database.read(lambda connection: list(connection.execute(select(table)).all()))


def _build(doors: Doors) -> Litestar:
    return Litestar(
        route_handlers=[MediaController],
        dependencies={"doors": Provide(lambda: doors, sync_to_thread=False), "actor": Provide(_provide_actor)},
        exception_handlers={Exception: answer},
        request_max_body_size=1_000,
        logging_config=None,
    )


_APPS = KeptApps(_build)


@asynccontextmanager
async def a_house(*, key: str = KEY) -> AsyncGenerator[House]:
    with tempfile.TemporaryDirectory() as folder, a_store() as database:
        doors = Doors(CITY, database, ApiOptions(pictures=Path(folder), media_key=key), lambda: NOW)
        with _APPS.lent(doors) as app:
            async with AsyncTestClient(app) as client:
                yield House(doors, client)


def in_house(story: Callable[[House], Awaitable[None]], **options: str) -> None:
    async def main() -> None:
        async with a_house(**options) as house:
            await story(house)

    asyncio.run(main())
