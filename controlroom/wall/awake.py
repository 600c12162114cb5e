"""Holds the screen saver and display power saving off while the wall runs, and gives them back afterwards."""

import shutil
import subprocess

import structlog
from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage
from PySide6.QtGui import QGuiApplication

_log = structlog.get_logger("controlroom.awake")

_SERVICE, _PATH = "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"


class Awake:
    """Asks the desktop by D-Bus, and the X server by ``xset``; says once what held and what did not."""

    def __init__(self) -> None:
        self._cookie: int | None = None
        self._is_x_held = False

    def hold(self) -> None:
        bus = QDBusConnection.sessionBus()
        if bus.isConnected():
            saver = QDBusInterface(_SERVICE, _PATH, _SERVICE, bus)
            answer = saver.call("Inhibit", "Live Room", "the wall of a control room")
            if answer.type() is QDBusMessage.MessageType.ReplyMessage and answer.arguments():
                self._cookie = int(answer.arguments()[0])
        self._is_x_held = _xset("s", "off", "-dpms")
        if self._cookie is None and not self._is_x_held:
            _log.warning("the screen saver could not be held off: switch it off in the desktop's settings")

    def release(self) -> None:
        if self._cookie is not None:
            QDBusInterface(_SERVICE, _PATH, _SERVICE, QDBusConnection.sessionBus()).call("UnInhibit", self._cookie)
        if self._is_x_held:
            _xset("s", "on", "+dpms")


def _xset(*words: str) -> bool:
    """Whether ``xset`` took the words; only where Qt runs on X11."""
    tool = shutil.which("xset")
    if tool is None or QGuiApplication.platformName() != "xcb":
        return False
    try:
        return subprocess.run((tool, *words), capture_output=True, timeout=5, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
