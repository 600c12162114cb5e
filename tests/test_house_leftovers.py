"""The leak checks of ``tests.leftovers`` are themselves put to the test: each sabotage must be seen, and named."""

from pathlib import Path

import pytest

SABOTAGE = """
import asyncio, subprocess, sys, threading
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtWidgets import QLabel

kept = []

def test_clean(qtbot):
    label = QLabel("x")
    qtbot.addWidget(label)
    timer = QTimer(label)
    timer.start(10)
    label.show()

def test_clean_tasks():
    async def main():
        await asyncio.gather(asyncio.create_task(asyncio.sleep(0)))
    asyncio.run(main())

def test_thread():
    stop = threading.Event()
    kept.append(stop)
    threading.Thread(target=stop.wait, name="forgotten-thread", daemon=True).start()

def test_process():
    kept[0].set()
    kept.append(subprocess.Popen([sys.executable, "-c", "input()", "forgotten-process"], stdin=subprocess.PIPE))

def test_task():
    kept[1].communicate(b"x")
    async def main():
        kept.append(asyncio.create_task(asyncio.sleep(60), name="forgotten-task"))
        await asyncio.sleep(0)
    asyncio.run(main())

def test_timer(qapp):
    timer = QTimer()
    timer.start(987654)
    kept.append(timer)

def test_window(qapp):
    kept[-1].stop()
    kept.append(QLabel("forgotten-window"))

def test_qt_warning(qtbot):
    qWarning("forgotten-warning")
"""


@pytest.fixture(autouse=True)
def only_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pytest that is started loads no plugin but those it is given: all of them take seconds."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def test_every_leftover_is_seen_and_named(pytester: pytest.Pytester, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    monkeypatch.setenv("LEFTOVERS_GRACE_S", "0.2")
    pytester.makepyfile(SABOTAGE)
    pytester.makeini("[pytest]\nfilterwarnings = error\nqt_api = pyside6\nqt_log_level_fail = WARNING\n")
    result = pytester.runpytest_subprocess("-p", "pytestqt.plugin", "-p", "tests.leftovers", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=7, failed=1, errors=5)
    said = result.stdout.str()
    for name in ("forgotten-thread", "forgotten-process", "forgotten-task", "987654", "QLabel", "forgotten-warning"):
        assert name in said, f"{name} is not named in:\n{said}"


def test_asyncio_errors_fail_a_test(pytester: pytest.Pytester, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(root))
    pytester.makepyfile("import logging\ndef test_it():\n    logging.getLogger('asyncio').error('Task was destroyed but it is pending!')\n")
    result = pytester.runpytest_subprocess("-p", "tests.leftovers", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
