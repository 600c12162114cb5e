"""Pictures of every page of the console, in both looks and languages: ``python tools/console_pictures.py FOLDER``.

A demo of its own is behind them (simulated city, doors, wall); the console is the real one, drawn without a screen and driven by keys.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

SIZES = ((1366, 768), (1920, 1080))
LOGIN = "demo-lead"
PASSWORD = "LIVE_ROOM_PICTURES_PASSWORD"
START_S = 90.0
PAGE_S = 6.0


class NoPictures(RuntimeError):
    """They could not be taken; the text says why."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--console", nargs=2, metavar=("LANGUAGE", "LOOK"), help="of the demo that runs, one language and look alone")
    asked = parser.parse_args()
    folder: Path = asked.folder
    if asked.console:
        language, look = asked.console
        _console(folder, language, look, os.environ[PASSWORD])
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="live-room-pictures-") as own:
        # A private folder: a demo or desk of whoever runs this is neither seen nor touched.
        os.environ.update(XDG_RUNTIME_DIR=own, XDG_STATE_HOME=own, QT_QPA_PLATFORM="offscreen")
        os.chmod(own, 0o700)
        environment = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "DISPLAY")}
        with (Path(own) / "demo.log").open("wb") as log:
            words = (sys.executable, "-m", "controlroom", "demo", "--layout", "harian", "--seconds", "900")
            demo = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        try:
            password = _password(Path(own) / "demo.log", demo)
            for language, look in product(("id", "en"), ("dark", "light")):
                _photograph(folder, language, look, password)
        except NoPictures as problem:
            sys.exit(f"console_pictures: {problem}")
        finally:
            demo.terminate()
            demo.wait(30)


def _password(log: Path, demo: subprocess.Popen[bytes]) -> str:
    """What the demo says of the account, once its doors are open too."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        said = log.read_text(encoding="utf-8", errors="replace")
        found = re.search(rf"^\s+{LOGIN}\s+(\S+)\s", said, re.MULTILINE)
        if found and "doors are open" in said and "all panels painted" in said:
            return found[1]
        if demo.poll() is not None:
            raise NoPictures(f"the demo ended with code {demo.returncode}:\n{said[-2000:]}")
        time.sleep(0.2)
    raise NoPictures(f"the demo was not up within {START_S:g} s")


def _photograph(folder: Path, language: str, look: str, password: str) -> None:
    """One console from signing in to its last page, in a process of its own: there is one QApplication in each."""
    words = (sys.executable, __file__, str(folder), "--console", language, look)
    if subprocess.run(words, env={**os.environ, PASSWORD: password}, stdin=subprocess.DEVNULL, check=False).returncode != 0:
        raise NoPictures(f"no pictures of the {look} console in {language}")


def _console(folder: Path, language: str, look: str, password: str) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

    from controlroom import platform
    from controlroom.cli.demo_desk import find_demo
    from controlroom.settings import load_settings

    platform.prepare_desk()
    from controlroom.console.application import ConsoleApplication
    from controlroom.errors import ErrorDesk

    application: Any = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    settings = load_settings(None, {}, **find_demo().settings())
    # Nothing remembered of the desk before: it opens as on its first day.
    memory = Path(tempfile.mkdtemp(dir=os.environ["XDG_STATE_HOME"]))
    console = ConsoleApplication(settings, ErrorDesk(), language=language, look=look, memory=memory)
    window = console.window
    console.start()

    def picture(name: str) -> None:
        for width, height in SIZES:
            window.showNormal()
            window.resize(width, height)
            QTest.qWait(400)
            if not window.grab().save(str(folder / f"{name}-{look}-{language}-{width}.png")):
                raise NoPictures(f"{folder}: cannot be written to")

    def until(what: str, look_for: Callable[[], object]) -> None:
        end = time.monotonic() + START_S
        while not look_for():
            if time.monotonic() >= end:
                raise NoPictures(f"waited {START_S:g} s in vain until {what}")
            QTest.qWait(50)

    def focus() -> QWidget:
        return application.focusWidget() or window

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(focus(), key, modifier)

    try:
        window.activateWindow()
        until("the sign-in sheet has the focus", lambda: isinstance(application.focusWidget(), QLineEdit))
        picture("masuk")
        QTest.keyClicks(focus(), LOGIN)
        press(Qt.Key.Key_Tab)
        QTest.keyClicks(focus(), password)
        press(Qt.Key.Key_Return)
        until("somebody is signed in", lambda: console.api.who is not None)
        for number, name in enumerate(("laporan", "dinding", "kehadiran", "sumber", "audit")):
            press(Qt.Key(Qt.Key.Key_1 + number), Qt.KeyboardModifier.ControlModifier)
            QTest.qWait(int(PAGE_S * 1000))
            if name == "laporan":
                press(Qt.Key.Key_Down)
                press(Qt.Key.Key_Return)
                QTest.qWait(int(PAGE_S * 1000))
            picture(name)
        press(Qt.Key.Key_F1)
        picture("bantuan")
    finally:
        console.close()


if __name__ == "__main__":
    main()
