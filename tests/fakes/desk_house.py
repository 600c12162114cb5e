"""The desk's doors on a store of their own, asked over HTTP by whoever a test says: signing in is tested elsewhere."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar, Request
from litestar.di import Provide
from sqlalchemy import insert

from feeds.api.desk import Desk
from feeds.api.desk_figures import DeskFigures
from feeds.api.desk_steps import DeskSteps
from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import answer
from feeds.api.handovers import Handovers
from feeds.api.presets import Presets
from feeds.api.walls import Walls
from feeds.city import load_city
from feeds.reports.roles import Actor, Role
from feeds.store.schema import USERS
from tests.fakes.kept_apps import KeptApps
from tests.fakes.stores import a_store

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
THURSDAY = datetime(2026, 11, 26, 3, tzinfo=UTC)  # 10.00 WIB
HERE = {"lon": 106.63, "lat": -6.17}

OPERATOR = {"X-Who": "op:operator:"}
OTHER_OPERATOR = {"X-Who": "op2:operator:"}
LEAD = {"X-Who": "lead:lead:"}
PUPR = {"X-Who": "rani:opd:dpupr"}
DISHUB = {"X-Who": "doni:opd:dishub"}
PUPR_HEAD = {"X-Who": "kadis:head:dpupr"}
FIELD = {"X-Who": "budi:field:dpupr"}
MAYOR = {"X-Who": "wali:mayor:"}
ADMIN = {"X-Who": "root:admin:"}
KEY = {"X-Who": "k1:collector:"}


class House:
    """``now`` is the doors' clock; set it to let time pass."""

    def __init__(self, doors: Doors, app: Litestar) -> None:
        self.doors = doors
        self.now = THURSDAY
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://desk")  # pyright: ignore[reportArgumentType]

    async def ask(self, method: str, path: str, who: dict[str, str] = OPERATOR, **more: Any) -> httpx.Response:
        headers = who | more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    async def typed_in(self, words: str = "lubang besar", who: dict[str, str] = OPERATOR, **more: Any) -> str:
        """The id of a new report."""
        body = {"channel": "call_centre", "category": "jalan_berlubang", "words": words, "position": HERE} | more
        answered = await self.ask("POST", "/desk/reports", who, json=body)
        assert answered.status_code == 201, answered.text
        return answered.json()["report"]

    async def officer(self, who: dict[str, str] = FIELD) -> str:
        """The login of somebody who can be forwarded to."""
        login, role, agency = who["X-Who"].split(":")
        row = {"login": login, "name": login, "role": role, "agency": agency, "created_at": self.now}
        await self.doors.write(lambda connection: connection.execute(insert(USERS).values(**row)).rowcount)
        return login

    async def step(self, report: str, revision: int, who: dict[str, str] = OPERATOR, /, **action: Any) -> httpx.Response:
        return await self.ask("POST", f"/desk/reports/{report}/steps", who, json=action, headers={"If-Match": f'"{revision}"'})


def in_house(story: Callable[[House], Awaitable[None]]) -> None:
    """Runs a story in a house of its own."""

    async def told() -> None:
        with tempfile.TemporaryDirectory() as folder, a_store() as database:
            house: House
            doors = Doors(CITY, database, ApiOptions(pictures=Path(folder)), lambda: house.now)
            with _APPS.lent(doors) as app:
                house = House(doors, app)
                async with house.client:
                    await story(house)

    asyncio.run(told())


def _who(request: Request[Any, Any, Any]) -> Actor:
    login, role, agency = request.headers["X-Who"].split(":")
    return Actor(id=login, role=Role(role), agency=agency or None)


def _build(doors: Doors) -> Litestar:
    return Litestar(
        route_handlers=[Desk, DeskSteps, DeskFigures, Walls, Presets, Handovers],
        dependencies={"doors": Provide(lambda: doors, sync_to_thread=False), "actor": Provide(_who, sync_to_thread=False)},
        exception_handlers={Exception: answer},
        openapi_config=None,
        logging_config=None,
    )


_APPS = KeptApps(_build)
