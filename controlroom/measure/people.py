"""People of a bench who sign in at the doors and take steps there, each with a browser's cookie and token. Knows only HTTP."""

import secrets
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from controlroom.measure.reporting import Reporting
from controlroom.measure.result import CannotMeasure
from feeds.identity import passwords, users
from feeds.messages.actions import Action
from feeds.reports.roles import Actor, Role

ANSWER_S = 20.0
_ADMIN = Actor(id="bench", role=Role.ADMIN)


class _Session(msgspec.Struct, frozen=True):
    csrf: str


class _Photo(msgspec.Struct, frozen=True):
    hash: str


class Somebody:
    """``with Somebody(room, "petugas", Role.FIELD, "dpupr") as officer``: made, signed in, and gone at the end."""

    def __init__(self, room: Reporting, login: str, role: Role, agency: str | None = None) -> None:
        self.login = login
        self.password = secrets.token_urlsafe(18)
        kept = passwords.hashed(login, self.password)
        room.database.write(
            lambda connection: users.add_user(
                connection, room.city, login=login, name=login.title(), role=role, agency=agency, password=kept, now=datetime.now(UTC),
                by=_ADMIN,
            )
        )  # fmt: skip
        self._client = httpx.Client(base_url=room.base, timeout=ANSWER_S, trust_env=False)
        session = msgspec.json.decode(self.ask("POST", "/session", json={"login": login, "password": self.password}), type=_Session)
        self._client.headers["X-CSRF-Token"] = session.csrf

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def claim(self, report: str) -> None:
        self.ask("POST", f"/desk/reports/{report}/claim")

    def let_go(self, report: str) -> None:
        self.ask("DELETE", f"/desk/reports/{report}/claim")

    def step(self, report: str, action: Action) -> None:
        """One step on the revision that stands now."""
        seen = self._send("GET", f"/desk/reports/{report}").headers["ETag"]
        body = msgspec.json.encode(action)
        self.ask("POST", f"/desk/reports/{report}/steps", content=body, headers={"If-Match": seen, "Content-Type": "application/json"})

    def attach(self, report: str, jpeg: bytes) -> str:
        """The hash of a finish photo."""
        files = {"media": ("bukti.jpg", jpeg, "image/jpeg")}
        return msgspec.json.decode(self.ask("POST", f"/desk/reports/{report}/media", data={"role": "after"}, files=files), type=_Photo).hash

    def attempt(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer, whatever it says; raises ``httpx.TransportError`` when there is none."""
        return self._client.request(method, path, **more)

    def ask(self, method: str, path: str, **more: Any) -> bytes:
        """The body of an answer that is no refusal; raises ``CannotMeasure``."""
        return self._send(method, path, **more).content

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.attempt(method, path, **more)
        if not answer.is_success:
            raise CannotMeasure(f"{self.login}: {method} {path}: HTTP {answer.status_code} {answer.text[:300]}")
        return answer
