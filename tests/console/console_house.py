"""A whole console window for a test: real doors, a bus that is filled by hand, a folder of its own to remember in."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from controlroom.console.desk_api import DeskApi
from controlroom.console.kit.sheet import desk_font
from controlroom.console.look import DeskLook
from controlroom.console.notice import Notice
from controlroom.console.pages import PAGES, PageSpec
from controlroom.console.remembered import RememberedFile
from controlroom.console.window import ConsoleWindow, DeskParts
from controlroom.settings import ASSETS
from controlroom.texts import translator
from tests.console.desk import FakeBus, utc_now
from tests.console.desk_server import CITY, PASSWORD, DeskServer

PICTURES = os.environ.get("CONSOLE_PICTURES")
"""A folder: pictures of what was tested are laid there to be looked at."""


class SoundSeen:
    def __init__(self) -> None:
        self.played = 0

    def play(self) -> None:
        self.played += 1


class ConsoleHouse:
    """``window`` shows; ``faults`` are what failed unexpectedly."""

    def __init__(self, qtbot: QtBot, url: str, folder: Path, *, namespace: str, pages: tuple[PageSpec, ...], **asked: Any) -> None:
        self.qtbot = qtbot
        self.bus = FakeBus(namespace)
        self.api = DeskApi(url)
        self.look = DeskLook(ASSETS / "theme.toml")
        self.faults: list[tuple[str, BaseException]] = []
        self.sound = SoundSeen()
        self.notice = Notice(RememberedFile("", folder), QIcon(), folder, sound=lambda _: self.sound)
        QApplication.setFont(desk_font(self.look.theme))
        self.window = ConsoleWindow(
            DeskParts(
                api=self.api, hub=self.bus.hub, book=self.bus.book, city=CITY, look=self.look, now=utc_now, namespace=namespace,
                translate=translator, memory=lambda login: RememberedFile(login, folder), notice=self.notice,
                report=lambda where, error: self.faults.append((where, error)), pages=pages, **asked,
            )
        )  # fmt: skip
        self.window.begin()

    @property
    def shell(self) -> Any:
        assert self.window.shell is not None
        return self.window.shell

    def type_in(self, login: str, password: str = PASSWORD) -> None:
        """Fills the sheet in and presses Enter, as a person does."""
        sheet = self.window.sign_in
        sheet.login.setText(login)
        sheet.password.setText(password)
        self.qtbot.keyClick(sheet.password, Qt.Key.Key_Return)

    def sign_in(self, login: str = "sari", password: str = PASSWORD) -> None:
        """Signed in, and the sheet is gone, when it returns."""
        self.type_in(login, password)
        self.qtbot.waitUntil(lambda: self.window.sign_in.isHidden() and self.api.who is not None, timeout=20_000)

    def said(self) -> str:
        """The sentence of the sign-in sheet."""
        sheet = self.window.sign_in
        return sheet.said.text() if not sheet.said.isHidden() else ""

    def press(self, keys: str) -> None:
        """The command of these keys."""
        self.window_action(keys).trigger()

    def window_action(self, keys: str) -> Any:
        return next(action for action in self.window.commands if action.shortcut().toString() == keys)

    def picture(self, name: str, width: int = 1366, height: int = 768) -> None:
        """Where ``CONSOLE_PICTURES`` says; nothing otherwise."""
        if PICTURES is None:
            return
        self.window.resize(width, height)
        self.qtbot.wait(50)
        self.window.grab().save(str(Path(PICTURES) / f"{name}-{self.look.name}-{self.window.language}-{width}.png"))

    def close(self) -> None:
        self.window.end()
        self.api.close()
        self.bus.hub.close()
        self.notice.close()
        self.window.deleteLater()


@contextmanager
def a_console(
    qtbot: QtBot, server: DeskServer | str, folder: Path, *, namespace: str = "live", pages: tuple[PageSpec, ...] = PAGES, **asked: Any
) -> Generator[ConsoleHouse]:
    """``server``: the doors, or an address. ``asked``: ``language`` and ``look_name`` of the command line."""
    url = server if isinstance(server, str) else server.url
    house = ConsoleHouse(qtbot, url, folder, namespace=namespace, pages=pages, **asked)
    try:
        yield house
    finally:
        house.close()
