"""The doors of identity on a real SQLite store, a clock that a test moves, and people who sign in at them."""

import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.testing import AsyncTestClient
from litestar.types import ControllerRouterHandler

from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import answer
from feeds.api.sessions import provide_actor
from feeds.api.sign_in import identity_doors
from feeds.city import load_city
from feeds.identity import passwords, users
from feeds.reports.roles import Actor, Role
from tests.fakes.kept_apps import KeptApps
from tests.fakes.stores import a_store

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "empat kata yang panjang"
START = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
ADMIN = Actor(id="test", role=Role.ADMIN)


class Town:
    """One running application. ``client`` keeps cookies, as a browser does."""

    def __init__(self, doors: Doors, client: AsyncTestClient[Any]) -> None:
        self.doors = doors
        self.client = client
        self.now = START
        self._kept = passwords.hashed("nobody", PASSWORD)

    @property
    def database(self):
        return self.doors.database

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def add(self, login: str, role: Role, agency: str | None = None) -> None:
        """A user whose password is ``PASSWORD``."""
        self.database.write(
            lambda connection: users.add_user(
                connection,
                self.doors.city,
                login=login,
                name=login.title(),
                role=role,
                agency=agency,
                password=self._kept,
                now=self.now,
                by=ADMIN,
            )
        )

    async def sign_in(self, login: str, password: str = PASSWORD) -> dict[str, Any]:
        """Signs in; from then on the client sends the CSRF token too."""
        answer = await self.client.post("/session", json={"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        self.client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return answer.json()

    def forget(self) -> None:
        """As a browser that was never here."""
        self.client.cookies.clear()
        self.client.headers.pop("X-CSRF-Token", None)


@cache
def _apps(most_tries: int, more: tuple[ControllerRouterHandler, ...]) -> KeptApps:
    def build(doors: Doors) -> Litestar:
        return Litestar(
            route_handlers=[identity_doors(most_tries), *more],
            dependencies={"doors": Provide(lambda: doors, sync_to_thread=False), "actor": Provide(provide_actor)},
            exception_handlers={Exception: answer},
            logging_config=None,
            openapi_config=None,
        )

    return KeptApps(build)


@asynccontextmanager
async def a_town(
    *,
    is_secure: bool = False,
    most_tries: int = 20,
    more: Sequence[ControllerRouterHandler] = (),
    **options: Any,
) -> AsyncGenerator[Town]:
    """Kota Tangerang; ``more``: doors of the test itself; ``options``: more of ``ApiOptions``. Only identity's stand here, so that a test is
    quick."""
    city = load_city(ROOT / "assets" / "cities" / "tangerang")
    base = "https://testserver.local" if is_secure else "http://testserver.local"
    with tempfile.TemporaryDirectory() as folder, a_store() as database:
        times: list[Town] = []
        given = ApiOptions(pictures=Path(folder), base_url=base, is_secure=is_secure, **options)
        doors = Doors(city, database, given, lambda: times[0].now if times else START)
        with _apps(most_tries, tuple(more)).lent(doors) as app:
            async with AsyncTestClient(app, base_url=base) as client:
                times.append(Town(doors, client))
                yield times[0]
