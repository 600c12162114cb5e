"""Real doors for a console under test: the application on a uvicorn thread on loopback, a SQLite store, people who may sign in.

``stop`` and ``start`` shut the doors and open them again at the same address, on the same store. ``later`` moves the doors' clock.
"""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest import mock

import httpx
from argon2 import PasswordHasher

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.run import listen, serve
from feeds.city import load_city
from feeds.identity import passwords, sessions, users
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database
from tests.fakes.kept_apps import KeptApps
from tests.fakes.stores import a_store

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
PASSWORD = "empat kata yang panjang"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: to read the certificates of the world takes longer than most of what is asked here."""

ACCOUNTS: tuple[tuple[str, str, Role, str | None], ...] = (
    ("ani", "Ani Lestari", Role.OPERATOR, None),
    ("budi", "Budi Santoso", Role.OPERATOR, None),
    ("sari", "Sari Wulandari", Role.LEAD, None),
    ("rani", "Rani Kusuma", Role.OPD, "dpupr"),
    ("wali", "Wali Kota", Role.MAYOR, None),
    ("admin", "Admin Sistem", Role.ADMIN, None),
)
HERE = {"lon": 106.63, "lat": -6.17}
_ADMIN = Actor(id="test", role=Role.ADMIN)
_APPS = KeptApps(build_app)


class Delay:
    """Requests of one kind wait before the doors until ``let_in``. ``come``: how many did."""

    def __init__(self, method: str, path_end: str) -> None:
        self._kind = (method, path_end)
        self._is_open = False
        self.come = 0

    def is_of(self, method: str, path: str) -> bool:
        return method == self._kind[0] and path.endswith(self._kind[1])

    async def pass_through(self) -> None:
        self.come += 1
        while not self._is_open:
            await asyncio.sleep(0.005)

    def let_in(self) -> None:
        self._is_open = True


class DeskServer:
    """``heard``: what was asked, such as ``DELETE /session``. ``url``: where the doors are. ``doors``: what stands behind them, to be looked into or changed by a test."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._listener = listen("127.0.0.1", 0)
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._ahead = timedelta()
        self.heard: list[str] = []
        self._delays: list[Delay] = []
        self.doors = Doors(CITY, database, ApiOptions(pictures=folder, base_url=self.url), self.now)
        self._kept = passwords.hashed("nobody", PASSWORD)
        for login, name, role, agency in ACCOUNTS:
            self.add(login, role, agency, name=name)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def later(self, **time: float) -> None:
        """The doors' clock goes on at once: ``later(hours=13)`` ends every session."""
        self._ahead += timedelta(**time)

    def write(self, unit: Callable[[Any], Any]) -> Any:
        """``unit(connection)`` in a transaction of its own."""
        return self.doors.database.write(unit)

    def add(self, login: str, role: Role, agency: str | None = None, *, name: str = "", is_handed: bool = False) -> None:
        """A user whose password is ``PASSWORD``; ``is_handed``: it must be changed first."""
        self.write(
            lambda connection: users.add_user(
                connection, CITY, login=login, name=name or login.title(), role=role, agency=agency, password=self._kept,
                now=self.now(), by=_ADMIN, is_handed=is_handed,
            )
        )  # fmt: skip

    def end_sessions(self, login: str) -> None:
        """As when an admin shuts somebody out, or the session's time is up."""
        self.write(lambda connection: sessions.end_all(connection, login))

    @contextmanager
    def client(self, login: str = "budi") -> Generator[httpx.Client]:
        """Somebody else at another desk: signed in, the CSRF token in every request."""
        with httpx.Client(base_url=self.url, trust_env=False, verify=_NO_TLS, timeout=20) as client:
            answer = client.post("/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            client.headers["X-CSRF-Token"] = answer.json()["csrf"]
            yield client

    def typed_in(self, words: str = "lubang besar", login: str = "budi", **more: Any) -> str:
        """The id of a new report, typed in at another desk."""
        body = {"channel": "call_centre", "category": "jalan_berlubang", "words": words, "position": HERE} | more
        with self.client(login) as client:
            answer = client.post("/desk/reports", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["report"]

    def start(self) -> None:
        """Opens the doors; returns when they answer."""
        listener = self._listener if self._listener.fileno() >= 0 else listen("127.0.0.1", self._port)
        # Whoever comes before the event loop runs waits instead of being refused.
        listener.listen(128)
        self._listener = listener

        async def stand_open() -> None:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
            # Named after this thread: where the server stands for a whole module, they are no test's to end.
            self._loop.set_default_executor(ThreadPoolExecutor(8, thread_name_prefix="desk server worker"))
            with suppress(asyncio.CancelledError), _APPS.lent(self.doors) as app:
                await serve(cast(Any, self._heard_first(app)), listener)

        self._thread = threading.Thread(target=lambda: asyncio.run(stand_open()), name="desk server", daemon=True)
        self._thread.start()
        with httpx.Client(base_url=self.url, trust_env=False, verify=_NO_TLS, timeout=20) as client:
            assert client.get("/health").status_code in (200, 503)

    @contextmanager
    def delaying(self, method: str, path_end: str) -> Generator[Delay]:
        """At the longest to the end of the block."""
        delay = Delay(method, path_end)
        self._delays.append(delay)
        try:
            yield delay
        finally:
            delay.let_in()
            self._delays.remove(delay)

    def _heard_first(self, app: Callable[..., Any]) -> Callable[..., Any]:
        async def hear(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                method, path = scope["method"], scope["path"]
                self.heard.append(f"{method} {path}")
                for delay in [one for one in self._delays if one.is_of(method, path)]:
                    await delay.pass_through()
            await app(scope, receive, send)

        return hear

    def stop(self) -> None:
        """Shuts them: the port answers nobody."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None or self._task is None:
            return
        self._loop.call_soon_threadsafe(self._task.cancel)
        thread.join(20)
        assert not thread.is_alive()
        self._listener.close()


@contextmanager
def a_desk_server() -> Generator[DeskServer]:
    """Doors that are open, with nobody's report in them; gone at the end."""
    cheap = partial(PasswordHasher, time_cost=1, memory_cost=64, parallelism=1)
    with mock.patch.object(passwords, "PasswordHasher", cheap), tempfile.TemporaryDirectory() as folder, a_store() as database:
        passwords._nobodys.cache_clear()
        server = DeskServer(database, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
            passwords._nobodys.cache_clear()
