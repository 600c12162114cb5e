"""The mirror as a bench or drill wants it: ``controlroom serve --mirror`` on a bus and doors of its own, and people who are invited."""

import os
import secrets
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from sqlalchemy import Connection

from controlroom.measure.child import Child
from controlroom.measure.mirror_device import Device, Pass, enter
from controlroom.measure.parts import Parts
from controlroom.measure.reporting import OPEN_WITHIN_S, Reporting, free_port
from controlroom.measure.result import CannotMeasure
from controlroom.measure.spoken import Ready, Watched
from controlroom.settings import PREFIX
from feeds.identity import invitations, passwords, users
from feeds.identity.keys import Scope, add_key
from feeds.reports.roles import Actor, Role

_ADMIN = Actor(id="bench", role=Role.ADMIN)
JOIN_S = 120.0


class MirrorRoom:
    """``with MirrorRoom(parts) as room: room.open_mirror()``. Ends everything it started, in reverse.

    The address is ``localhost``: a browser makes passkeys for a name only, and its rules can lead that name over another link.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.port = free_port()
        self.base = f"http://localhost:{self.port}"
        self.doors = Reporting(parts.folder / "mirror-doors", namespace=parts.namespace, mirror_url=self.base)
        self._stack = ExitStack()
        self._mirror: Child | None = None
        self._number = 0
        self._key = ""
        # One for all, known to nobody: making it is slow, and no viewer signs in with it.
        self._nobodys = passwords.hashed("pemirsa", secrets.token_urlsafe(24))

    def __enter__(self) -> Self:
        try:
            self.doors = self._stack.enter_context(self.doors)
            _, self._key = self.doors.database.write(
                lambda connection: add_key(connection, "mirror", (Scope.MIRROR,), datetime.now(UTC), _ADMIN)
            )
            self.doors.open_doors()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def mirror(self) -> Child:
        if self._mirror is None:
            raise CannotMeasure("the mirror has not been started: a mistake of this bench")
        return self._mirror

    def open_mirror(self) -> None:
        """Starts it and waits until its page is there. Raises ``CannotMeasure``."""
        self.start_mirror()
        end = time.monotonic() + OPEN_WITHIN_S
        with httpx.Client(timeout=5, trust_env=False) as client:
            while time.monotonic() < end and self.mirror.is_running:
                try:
                    if client.get(f"{self.base}/health").status_code == 200:
                        return
                except httpx.TransportError:
                    time.sleep(0.05)
        raise CannotMeasure(f"the mirror does not open: see {self.mirror.log}\n{self.mirror.last_words()}")

    def start_mirror(self) -> None:
        """Starts ``controlroom serve --mirror`` and does not wait."""
        words = ("serve", "--mirror", "--port", str(self.port), "--base-url", self.base, "--doors", self.doors.base)
        secret = {"MIRROR_KEY": self._key, "REDIS_URL": self.parts.redis.url_for("front")}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        environment |= {PREFIX + name: value for name, value in secret.items()}
        environment["XDG_STATE_HOME"] = str(self.doors.folder / "state")
        city = ("--city", str(self.doors.folder / "city"), "--namespace", self.parts.namespace)
        self._mirror = Child("mirror", (sys.executable, "-m", "controlroom", *words, *city), environment, self.parts.folder / "mirror.log")
        self._stack.callback(self._mirror.stop)

    def kill_mirror(self) -> None:
        """``kill -9``, as a crash would."""
        self.mirror.kill()
        self.mirror.stop()

    def invited(self, role: Role = Role.MAYOR, agency: str | None = None, count: int = 1) -> list[str]:
        """Tokens of invitations, each of a person of its own."""
        numbers = range(self._number + 1, self._number + 1 + count)
        self._number += count
        return self.doors.database.write(
            lambda connection: [self._invited(connection, f"pemirsa{number}", role, agency) for number in numbers]
        )

    def _invited(self, connection: Connection, login: str, role: Role, agency: str | None) -> str:
        now = datetime.now(UTC)
        users.add_user(
            connection,
            self.doors.city,
            login=login,
            name=login.title(),
            role=role,
            agency=agency,
            password=self._nobodys,
            now=now,
            by=_ADMIN,
        )
        return invitations.make(connection, login, now, _ADMIN)[1]

    def let_in(self, role: Role = Role.MAYOR, agency: str | None = None) -> tuple[Device, Pass]:
        """A device that came in by an invitation."""
        device = Device()
        return device, enter(self.base, self.invited(role, agency)[0], device)

    def link(self, role: Role = Role.MAYOR, agency: str | None = None) -> str:
        """What a phone opens from the picture of an invitation."""
        return f"{self.base}/#masuk={self.invited(role, agency)[0]}"

    def start_viewers(self, count: int, *, name: str = "viewers", port: int | None = None) -> Child:
        """``count`` viewers in a process of their own, all live. ``port``: of a link that leads to the mirror."""
        child = self.begin_viewers(count, name=name, port=port)
        child.ask(Watched, "live", within_s=JOIN_S)
        return child

    def begin_viewers(self, count: int, *, name: str = "viewers", port: int | None = None) -> Child:
        """As ``start_viewers``, when all have been let in and before they are live."""
        file = Path(self.parts.folder / f"{name}-{secrets.token_hex(4)}.tokens")
        file.touch(mode=0o600)
        file.write_text("\n".join(self.invited(count=count)), encoding="ascii")
        words = [sys.executable, "-m", "controlroom.measure.mirror_viewers", self.base, str(file)]
        words += [] if port is None else [str(port)]
        child = Child(name, words, dict(os.environ), self.parts.folder / f"{name}.log", ready_within_s=JOIN_S)
        self._stack.callback(child.stop)
        child.first(Ready)
        return child
