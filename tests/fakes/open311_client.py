"""Kota Tangerang's Open311 door alone, on a real SQLite store, and a program that reports at it with a key of its own."""

import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from httpx import Response
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient
from sqlalchemy import select

from feeds.api.doors import ApiOptions, Doors
from feeds.api.media_url import MediaFetcher
from feeds.api.open311 import open311_router
from feeds.api.open311_speech import answer_anywhere
from feeds.api.status_page import status_page
from feeds.city import load_city
from feeds.identity.keys import Scope, add_key
from feeds.reports.roles import Actor, Role
from feeds.store.schema import EVENTS, MEDIA, PERSONS, REPORTS
from tests.fakes.kept_apps import KeptApps
from tests.fakes.stores import a_store

BASE = "/open311/v2"
GOOD = {"service_code": "banjir", "lat": "-6.178123", "long": "106.630456", "description": "Air naik"}


ROOT = Path(__file__).resolve().parents[2]
ADMIN = Actor(id="test", role=Role.ADMIN)
OPERATOR = Actor(id="rina", role=Role.OPERATOR)


class Town:
    """``now`` is what its clock says."""

    def __init__(self, doors: Doors, client: AsyncTestClient[Any]) -> None:
        self.doors = doors
        self.client = client
        self.database = doors.database
        self.now = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def act(self, report: str, action: Any) -> None:
        """An operator's step."""
        self.database.write(lambda connection: self.doors.reports.act(connection, report, action, OPERATOR))


def _build(doors: Doors, fetcher: MediaFetcher | None = None) -> Litestar:
    return Litestar(
        route_handlers=[open311_router(fetcher), status_page],
        dependencies={"doors": Provide(lambda: doors, sync_to_thread=False)},
        exception_handlers={Exception: answer_anywhere},
        logging_config=None,
    )


_APPS = KeptApps(_build)


@asynccontextmanager
async def a_town(fetcher: MediaFetcher | None = None) -> AsyncGenerator[Town]:
    base = "http://testserver.local"
    with tempfile.TemporaryDirectory() as folder, a_store() as database:
        times: list[Town] = []
        options = ApiOptions(pictures=Path(folder), base_url=base)
        doors = Doors(load_city(ROOT / "assets" / "cities" / "tangerang"), database, options, lambda: times[0].now)
        with nullcontext(_build(doors, fetcher)) if fetcher else _APPS.lent(doors) as app:
            async with AsyncTestClient(app, base_url=base) as client:
                times.append(Town(doors, client))
                yield times[0]


class Reporter:
    def __init__(self, town: Town, *scopes: Scope) -> None:
        self.town = town
        made = town.database.write(lambda c: add_key(c, "laksa", scopes or (Scope.SUBMIT, Scope.UPDATES), town.now, ADMIN))
        self.key_id, self.key = made[0].id, made[1]

    async def send(
        self, *, path: str = "requests.json", headers: dict[str, str] | None = None, files: Any = None, **fields: Any
    ) -> Response:
        """A good report but for ``fields``; an empty one is left out."""
        form = {name: value for name, value in (GOOD | {"api_key": self.key} | fields).items() if value}
        return await self.town.client.post(f"{BASE}/{path}", data=form, files=files, headers=headers)

    async def sent(self, **fields: Any) -> str:
        """The id of a report that was taken."""
        answer = await self.send(**fields)
        assert answer.status_code == 201, answer.text
        return answer.json()[0]["service_request_id"]

    async def get(self, path: str, **params: Any) -> Response:
        return await self.town.client.get(f"{BASE}/{path}", params=params)

    def row(self, report: str) -> dict[str, Any]:
        return dict(self._one(lambda c: c.execute(select(REPORTS).where(REPORTS.c.id == report)).mappings().one()))

    def rows(self, table: Any = REPORTS) -> list[dict[str, Any]]:
        return self._one(lambda c: [dict(row) for row in c.execute(select(table)).mappings()])

    def persons(self) -> list[dict[str, Any]]:
        return self.rows(PERSONS)

    def media(self) -> list[dict[str, Any]]:
        return self.rows(MEDIA)

    def events(self) -> list[dict[str, Any]]:
        return self.rows(EVENTS)

    def _one(self, unit: Callable[[Any], Any]) -> Any:
        return self.town.database.read(unit)
