"""Holds the screen saver and display power saving off while the wall runs, and sets them as they were afterwards."""

import re
import shutil
import subprocess

import msgspec
import structlog
from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage
from PySide6.QtGui import QGuiApplication

_log = structlog.get_logger("controlroom.awake")

_SERVICE, _PATH = "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"


class Saver(msgspec.Struct, frozen=True):
    """How an X server's screen saver and power saving were set: seconds, 0 is off."""

    timeout_s: int
    cycle_s: int
    is_dpms_on: bool

    def held_off(self) -> list[tuple[str, ...]]:
        """The words for ``xset`` that switch off what is on."""
        return [*([("s", "off")] if self.timeout_s else []), *([("-dpms",)] if self.is_dpms_on else [])]

    def restored(self) -> list[tuple[str, ...]]:
        """The words that set it as it was."""
        saver = [("s", str(self.timeout_s), str(self.cycle_s))] if self.timeout_s else []
        return [*saver, *([("+dpms",)] if self.is_dpms_on else [])]


def read_saver(answer: str) -> Saver | None:
    """From what ``xset q`` says; ``None`` when it does not say it. A server without DPMS has none on."""
    times = re.search(r"^\s*timeout:\s*(\d+)\s+cycle:\s*(\d+)", answer, re.MULTILINE)
    if times is None:
        return None
    return Saver(int(times[1]), int(times[2]), re.search(r"^\s*DPMS is Enabled", answer, re.MULTILINE) is not None)


class Awake:
    """Asks the desktop by D-Bus, and the X server by ``xset``; says once what held and what did not."""

    def __init__(self) -> None:
        self._cookie: int | None = None
        self._former: Saver | None = None

    def hold(self) -> None:
        bus = QDBusConnection.sessionBus()
        if bus.isConnected():
            saver = QDBusInterface(_SERVICE, _PATH, _SERVICE, bus)
            answer = saver.call("Inhibit", "Live Room", "the wall of a control room")
            if answer.type() is QDBusMessage.MessageType.ReplyMessage and answer.arguments():
                self._cookie = int(answer.arguments()[0])
        answer = _xset("q")
        self._former = read_saver(answer) if answer is not None else None
        refused = [words for words in self._former.held_off() if _xset(*words) is None] if self._former is not None else []
        if self._cookie is None and (self._former is None or refused):
            _log.warning("the screen saver could not be held off: switch it off in the desktop's settings")

    def release(self) -> None:
        """Sets everything as it was found."""
        if self._cookie is not None:
            QDBusInterface(_SERVICE, _PATH, _SERVICE, QDBusConnection.sessionBus()).call("UnInhibit", self._cookie)
            self._cookie = None
        for words in self._former.restored() if self._former is not None else []:
            _xset(*words)
        self._former = None


def _xset(*words: str) -> str | None:
    """What ``xset`` answered, ``None`` when it did not take the words; only where Qt runs on X11."""
    tool = shutil.which("xset")
    if tool is None or QGuiApplication.platformName() != "xcb":
        return None
    try:
        done = subprocess.run((tool, *words), capture_output=True, text=True, errors="replace", timeout=5, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None
