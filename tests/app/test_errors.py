"""Every uncaught error ends in one log line and one notice, whichever hook caught it."""

import threading
from collections.abc import Iterator

import pytest
import structlog
from PySide6.QtCore import QObject, Signal, qWarning
from pytestqt.qtbot import QtBot
from structlog.testing import LogCapture

from controlroom.errors import ErrorDesk


class Bell(QObject):
    rung = Signal()


@pytest.fixture
def desk() -> Iterator[ErrorDesk]:
    built = ErrorDesk()
    built.install()
    yield built
    built.uninstall()


@pytest.fixture
def log() -> Iterator[LogCapture]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture
    structlog.reset_defaults()


def fail() -> None:
    raise ZeroDivisionError("on purpose")


def test_a_slot_that_raises_is_reported(desk: ErrorDesk, qtbot: QtBot, log: LogCapture) -> None:
    heard: list[str] = []
    desk.listen(heard.append)
    bell = Bell()
    bell.rung.connect(fail)
    bell.rung.emit()
    assert desk.count == 1
    assert heard == [desk.last]
    assert "on purpose" in heard[0]


def test_a_thread_that_raises_is_reported_by_its_name(desk: ErrorDesk, log: LogCapture) -> None:
    thread = threading.Thread(target=fail, name="bus")
    thread.start()
    thread.join()
    assert desk.last is not None
    assert desk.last.startswith("thread bus: ZeroDivisionError")


@pytest.mark.parametrize(
    ("message", "is_logged"),
    [("QPainter::begin: Paint device returned engine == 0", True), ("Failed to create Vulkan instance: -9", False)],
)
def test_what_qt_says_is_logged_unless_it_is_known_and_means_nothing(
    desk: ErrorDesk, log: LogCapture, message: str, is_logged: bool
) -> None:
    qWarning(message)
    assert [entry["message"] for entry in log.entries] == ([message] if is_logged else [])
