"""Fails a test that leaves something behind: a thread, a child process, an asyncio task, a Qt timer, a window.

Each check waits a moment first, because ending takes time; what is still there afterwards is named in the failure.
"""

import asyncio
import asyncio.runners
import contextlib
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

GRACE_S = float(os.environ.get("LEFTOVERS_GRACE_S", "3"))
QT_FIXTURES = frozenset({"qtbot", "qapp", "qtmodeltester", "qtlog"})
# Live as long as the interpreter or the QApplication, by design of their makers.
LASTING_PROCESSES = ("multiprocessing.resource_tracker", "QtWebEngineProcess", "/chromium --type=")


FAILED = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Python's own 700 is for programs that live on little: what thousands of tests leave behind is looked through an eighth of all time."""
    gc.set_threshold(20_000, 10, 10)


def pytest_collection_finish() -> None:
    """What was imported by now is no test's doing: nobody needs to look through it after every test (``gc.get_objects``)."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers a failure: its traceback keeps things alive, so that nothing can be said of leftovers."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


def _has_failed(request: pytest.FixtureRequest) -> bool:
    return bool(request.node.stash.get(FAILED, False))


def _wait_until_empty(look: Callable[[], list[str]], grace_s: float = GRACE_S) -> list[str]:
    """What ``look`` still finds after ``grace_s`` seconds; returns as soon as it finds nothing."""
    end = time.monotonic() + grace_s
    found = look()
    while found and time.monotonic() < end:
        time.sleep(0.02)
        found = look()
    return found


def _threads(before: set[threading.Thread]) -> list[str]:
    """A client of a server that stood before the test ("fake camera client" of "fake camera") is that server's to end."""
    servers = tuple(f"{thread.name} " for thread in before if thread.is_alive() and thread is not threading.main_thread())
    return [f"thread {t.name}" for t in threading.enumerate() if t not in before and t.is_alive() and not t.name.startswith(servers)]


def _children(pid: int | None = None) -> set[int]:
    """The ids of all processes below this one, as the kernel keeps them: looking through all of /proc takes fifty times as long."""
    found: set[int] = set()
    with contextlib.suppress(OSError):  # it ended meanwhile
        for thread in Path(f"/proc/{pid or os.getpid()}/task").glob("*/children"):
            found |= {int(child) for child in thread.read_text().split()}
    return found.union(*map(_children, found))


def _processes(before: set[int]) -> list[str]:
    found: list[str] = []
    for pid in _children() - before:
        try:
            child = psutil.Process(pid)
            if child.status() == psutil.STATUS_ZOMBIE:
                continue
            line = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if not any(name in line for name in LASTING_PROCESSES):
            found.append(f"process {child.pid}: {line[:120]}")
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Threads and processes; the first fixture to begin and so the last to end."""
    threads = set(threading.enumerate())
    children = _children()
    yield
    if _has_failed(request):
        return
    left = _wait_until_empty(lambda: _threads(threads) + _processes(children))
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


class _AsyncioErrors(logging.Handler):
    """Keeps what asyncio could only log: tasks destroyed while pending, exceptions nobody looked at."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(autouse=True)
def no_tasks_left(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks still pending when ``asyncio.run`` ends: it cancels them in silence, we count them."""
    left: list[str] = []
    cancel_all: Callable[[asyncio.AbstractEventLoop], None] = asyncio.runners._cancel_all_tasks  # type: ignore[attr-defined]

    def count_then_cancel(loop: asyncio.AbstractEventLoop) -> None:
        # While an exception is on its way out (KeyboardInterrupt, a failed assertion) tasks may well be pending.
        if sys.exc_info()[0] is None:
            left.extend(f"task {t.get_name()}: {getattr(t.get_coro(), '__qualname__', t.get_coro())}" for t in asyncio.all_tasks(loop))
        cancel_all(loop)

    monkeypatch.setattr(asyncio.runners, "_cancel_all_tasks", count_then_cancel)
    errors = _AsyncioErrors()
    logging.getLogger("asyncio").addHandler(errors)
    yield
    logging.getLogger("asyncio").removeHandler(errors)
    if (left or errors.lines) and not _has_failed(request):
        pytest.fail("left behind: " + "; ".join(left + errors.lines), pytrace=False)


def _active_timers(known: set[int]) -> list[str]:
    import shiboken6
    from PySide6.QtCore import QCoreApplication, QTimer

    app = QCoreApplication.instance()
    timers: list[Any] = [o for o in shiboken6.getAllValidWrappers() if isinstance(o, QTimer)]
    if app is not None:
        timers += app.findChildren(QTimer)
    found: dict[int, str] = {}
    for timer in timers:
        if shiboken6.isValid(timer) and timer.isActive() and id(timer) not in known:
            found[id(timer)] = f"timer of {timer.parent()!r}, every {timer.interval()} ms"
    return list(found.values())


def _windows(known: set[int]) -> list[str]:
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    tops: list[Any] = [*QApplication.topLevelWidgets(), *QGuiApplication.topLevelWindows()]
    return [f"window {top!r}" for top in tops if _address(top) not in known]


def _address(thing: Any) -> int:
    """The C++ object's own address: the Python wrapper may come and go."""
    import shiboken6

    return int(shiboken6.getCppPointer(thing)[0])


def _settle() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def no_qt_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Active timers and top-level windows of tests that use Qt."""
    if not QT_FIXTURES & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("qapp")
    import shiboken6
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    # Not gc.get_objects: to look through everything twice a test took a tenth of the whole suite.
    timers = {id(o) for o in shiboken6.getAllValidWrappers() if isinstance(o, QTimer)}
    windows = {_address(top) for top in (*QApplication.topLevelWidgets(), *QGuiApplication.topLevelWindows())}
    yield
    if _has_failed(request):
        return

    def look() -> list[str]:
        _settle()
        found = _active_timers(timers) + _windows(windows)
        if found:
            gc.collect()
            _settle()
            found = _active_timers(timers) + _windows(windows)
        return found

    left = _wait_until_empty(look, grace_s=min(1.0, GRACE_S))
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)
