"""The doors of reports as a bench wants them: ``controlroom serve`` and ``controlroom feeds run`` on a store of their own, and a key.

The city is a copy without sources: nothing but its doors brings a report, and nothing is asked of the world.
"""

import os
import re
import shutil
import socket
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from controlroom.measure.child import Child
from controlroom.measure.parts import CITY
from controlroom.measure.result import CannotMeasure
from controlroom.settings import PREFIX
from feeds.city import load_city
from feeds.identity.keys import Scope, add_key
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database, sqlite_url
from feeds.store.upgrade import bring_up

DOOR = "/open311/v2/requests.json"
OPEN_WITHIN_S = 40.0
NAMESPACE = "live"

_SOURCES = re.compile(r"^\[\[sources\]\].*?(?=^\[(?!\[?sources)|\Z)", re.MULTILINE | re.DOTALL)


class Reporting:
    """``with Reporting(folder) as room: room.open_doors(); room.start_teller(bus_url)``. Ends everything it started, in reverse.

    ``url``: the store, an SQLite file in ``folder`` when ``None``. ``namespace``: whose doors they are. ``media_key``: what a wall fetches
    pictures with. ``mirror_url``: where browsers reach the mirror of these doors.
    ``asks_loopback``: its doors fetch the pictures that reports point to from this machine, and from nowhere else.
    """

    def __init__(
        self,
        folder: Path,
        *,
        url: str | None = None,
        namespace: str = NAMESPACE,
        media_key: str = "",
        asks_loopback: bool = False,
        mirror_url: str = "",
    ) -> None:
        self.folder = folder
        self._namespace = namespace
        self.pictures = folder / "pictures"
        self.url = url or sqlite_url(folder / "reports.sqlite")
        self.city = load_city(quiet_city(folder / "city"))
        self.base = f"http://127.0.0.1:{free_port()}"
        self._media_key = media_key
        self._mirror_url = mirror_url
        self._doors_module = "controlroom.measure.loopback_doors" if asks_loopback else "controlroom"
        self._stack = ExitStack()
        self._doors: Child | None = None

    def __enter__(self) -> Self:
        try:
            self.database = self._stack.enter_context(closing(Database(self.url)))
            bring_up(self.database)
            now = datetime.now(UTC)
            _, self.key = self.database.write(
                lambda connection: add_key(connection, "bench", (Scope.SUBMIT,), now, Actor(id="bench", role=Role.ADMIN))
            )
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def start_doors(self) -> None:
        """Starts ``controlroom serve`` and does not wait."""
        words = ("serve", "--port", self.base.rpartition(":")[2], "--base-url", self.base, "--pictures", str(self.pictures))
        secrets = {"LIVE_ROOM_DATABASE_URL": self.url, PREFIX + "MEDIA_KEY": self._media_key}
        secrets |= {PREFIX + "MIRROR_URL": self._mirror_url}
        self._doors = self._child("doors", words, secrets, self._doors_module)

    def open_doors(self) -> None:
        """Starts the doors and waits until they answer. Raises ``CannotMeasure``."""
        self.start_doors()
        self.wait_open()

    def wait_open(self) -> None:
        """Until the doors answer. Raises ``CannotMeasure``."""
        assert self._doors is not None
        end = time.monotonic() + OPEN_WITHIN_S
        with httpx.Client(timeout=5, trust_env=False) as client:
            while time.monotonic() < end:
                try:
                    status = client.get(f"{self.base}/open311/v2/discovery.json").status_code
                except httpx.TransportError:
                    status = 0
                if status == 200:
                    return
                if status or not self._doors.is_running:
                    raise CannotMeasure(f"the doors do not open (HTTP {status}): see {self._doors.log}\n{self._doors.last_words()}")
                time.sleep(0.05)
        raise CannotMeasure(f"the doors have not opened within {OPEN_WITHIN_S:g} s: see {self._doors.log}\n{self._doors.last_words()}")

    def kill_doors(self) -> None:
        """``kill -9``, as a crash would."""
        assert self._doors is not None
        self._doors.kill()
        self._doors.stop()

    def start_teller(self, bus_url: str) -> Child:
        """``controlroom feeds run``: tells the bus what the store lays out."""
        return self._child("feeds", ("feeds", "run"), {"LIVE_ROOM_DATABASE_URL": self.url, PREFIX + "REDIS_URL": bus_url})

    def _child(self, name: str, words: tuple[str, ...], more: dict[str, str], module: str = "controlroom") -> Child:
        """Its secrets stand in its environment, never among its words."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environment |= {key: value for key, value in more.items() if value} | {"XDG_STATE_HOME": str(self.folder / "state")}
        city = ("--city", str(self.folder / "city"), "--namespace", self._namespace)
        child = Child(name, (sys.executable, "-m", module, *words, *city), environment, self.folder / f"{name}.log")
        self._stack.callback(child.stop)
        return child


def quiet_city(folder: Path) -> Path:
    """A copy of the bench's city at ``folder`` that asks nobody anything. Raises ``CannotMeasure``."""
    shutil.copytree(CITY, folder)
    file = folder / "city.toml"
    file.write_text(_SOURCES.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    if load_city(folder).sources:
        raise CannotMeasure(f"{file}: sources are left in it: a mistake of this bench")
    return folder


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
