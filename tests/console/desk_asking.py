"""A desk that asks for a test, and what it was told; doors that keep it waiting are answered for by hand."""

from typing import Any

from pytestqt.qtbot import QtBot

from controlroom.console.desk_api import DeskApi, Trouble
from feeds.messages.desk import AuditPage
from tests.console.desk_server import PASSWORD
from tests.fakes.false_doors import HeldCall, PatientDoors

WHO = (
    '{"login":"%s","name":"X","role":"operator","agency":null,"permissions":[],"csrf":"x","ends_at":"2030-01-01T00:00:00Z",'
    '"must_change_password":false}'
)


class Ask:
    """A desk and what it was told."""

    def __init__(self, qtbot: QtBot, url: str) -> None:
        self.qtbot = qtbot
        self.api = DeskApi(url)
        self.came: list[Any] = []
        self.failed: list[Trouble] = []
        self.reached: list[bool] = []
        self.ended: list[str] = []
        self.api.reached.connect(self.reached.append)
        self.api.signed_out.connect(lambda: self.ended.append("ended"))

    def sign_in(self, login: str = "sari", password: str = PASSWORD) -> "Ask":
        self.api.sign_in(login, password, self.came.append, self.failed.append)
        return self.told()

    def get(self, path: str = "/desk/audit", kind: Any = AuditPage, **query: Any) -> "Ask":
        self.api.get(path, kind, self.came.append, self.failed.append, query=query)
        return self.told()

    def told(self, count: int = 1) -> "Ask":
        self.qtbot.waitUntil(lambda: len(self.came) + len(self.failed) >= count, timeout=20_000)
        return self

    def clear(self) -> None:
        self.came.clear()
        self.failed.clear()


def called(asked: Ask, server: PatientDoors, start: str, count: int = 1) -> HeldCall:
    asked.qtbot.waitUntil(lambda: len([call for call in server.calls if call.request.startswith(start.encode())]) >= count, timeout=20_000)
    found = server.call(start)
    assert found is not None
    return found


def let_in(asked: Ask, server: PatientDoors, login: str, cookie: str, count: int = 1) -> None:
    asked.api.sign_in(login, PASSWORD, asked.came.append, asked.failed.append)
    called(asked, server, "POST /session ", count).answer((WHO % login).encode(), "200 OK", f"Set-Cookie: session={cookie}; Path=/")
    asked.told()
    asked.clear()
