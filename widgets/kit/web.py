"""A web page as a native child window of a panel: a QQuickView with a WebEngineView, never in the wall's own widget tree.

A QWebEngineView there would switch the whole wall to GL composition (docs: platform.md, the map tile). Knows no panel.
"""

import json
import os
import secrets
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QElapsedTimer, QObject, QSize, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QColor, QImage, QResizeEvent
from PySide6.QtQuick import QQuickView
from PySide6.QtWebEngineQuick import QQuickWebEngineProfile
from PySide6.QtWidgets import QWidget

from widgets.kit.scheme import HOST, SCHEME, OnlyOurScheme, SchemeHandler, Served, register_schemes

__all__ = ["WEB", "PageHost", "WebPage", "new_token", "register_schemes"]

WEB = Path(__file__).resolve().parents[2] / "assets" / "web"
READY_WITHIN_MS = 15_000
MOST_PATIENCE_MS = 120_000
"""On a machine that is very busy each try is given twice the time of the one before: begun anew every time, a page is never ready."""
HUNG_MS = 10_000
"""A page that gives no sign of life in this time after it was asked for one hangs: its process is ended."""
PROCESS_LIMIT_BYTES = 1_200 * 2**20
"""A renderer above this is reloaded: MapLibre with 10,000 points stays near 340 MB."""

_log = structlog.get_logger("widgets.web")


class PageHost(QObject):
    """The page's one partner in Qt: scripts go out as signals, everything it says comes in as slots."""

    script_sent = Signal(str)
    asked = Signal(int, str)
    reload_wanted = Signal()

    said = Signal(str)
    """One JSON object the page said under its token."""
    broken = Signal(str)

    def __init__(self, token: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.process_id = 0
        self._prefix = f"liveroom:{token}:"
        self._logged: set[str] = set()
        self._waiting: dict[int, Callable[[str], None]] = {}
        self._asked_count = 0

    def ask(self, script: str, answer: Callable[[str], None]) -> None:
        """Runs a script in the page and hands its result over as text; never called when the page goes away before."""
        self._asked_count += 1
        self._waiting[self._asked_count] = answer
        self.asked.emit(self._asked_count, script)

    @Slot(int, str, int, str)
    def take_console(self, level: int, message: str, line: int, source: str) -> None:
        if message.startswith(self._prefix):
            self.said.emit(message.removeprefix(self._prefix))
            return
        place = f"{source.rsplit('/', 1)[-1]}:{line}"
        if level >= 1 and place not in self._logged and len(self._logged) < 100:
            self._logged.add(place)
            _log.warning("page complains", place=place, message=message[:300])

    @Slot(str)
    def take_load_failure(self, reason: str) -> None:
        self.broken.emit(f"load: {reason}")

    @Slot(int, int)
    def take_termination(self, status: int, exit_code: int) -> None:
        self._waiting.clear()
        self.broken.emit(f"renderer ended: status {status}, exit code {exit_code}")

    @Slot(int)
    def take_process(self, process_id: int) -> None:
        self.process_id = process_id

    @Slot(int, str)
    def take_answer(self, number: int, answer: str) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting(answer)


class WebPage(QWidget):
    """Shows ``liveroom://map/<page>``; reloads it by itself when its process ends or grows, and says when it is ready.

    ``failed`` names what is wrong in one word: ``not ready``, or what the page said.
    """

    said = Signal(dict)
    ready = Signal()
    failed = Signal(str)
    shown = Signal()
    """The page has drawn something, on its own account: the pictures it is asked for are not told."""

    def __init__(
        self, page: str, served: Served, token: str, ground: str, parent: QWidget | None = None, *, patience_ms: int = READY_WITHIN_MS
    ) -> None:
        super().__init__(parent)
        self.is_ready = False
        self.reloads = 0
        self.hung_ms = HUNG_MS
        self._probed = QElapsedTimer()
        self.host = PageHost(token, self)
        self.host.said.connect(self._on_said)
        self.host.broken.connect(self._on_broken)
        self._view = QQuickView()
        self._outbox: str | None = None
        self._copy: _Copy | None = None
        self._view.frameSwapped.connect(self._on_swapped)
        answers = {**served.answers, "outbox.json": self._take_outbox}
        # Children of the view, so that Chromium's page ends before its profile does. With no storage name it keeps nothing.
        self._handler = SchemeHandler(msgspec.structs.replace(served, answers=answers), self._view)
        self._guard = OnlyOurScheme(self._view)
        self._profile = QQuickWebEngineProfile("", self._view)
        self._profile.setHttpCacheType(QQuickWebEngineProfile.HttpCacheType.NoCache)
        self._profile.installUrlSchemeHandler(SCHEME, self._handler)
        self._profile.setUrlRequestInterceptor(self._guard)
        self._view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        self._view.setColor(QColor(ground))
        address = QUrl(f"{SCHEME.decode()}://{HOST}/{page}")
        self._view.setInitialProperties({"host": self.host, "profile": self._profile, "page": address, "ground": QColor(ground)})
        self._container = QWidget.createWindowContainer(self._view, self)
        self._container.setFocusPolicy(self.focusPolicy())
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience_ms = patience_ms
        self._patience.setInterval(patience_ms)
        self._patience.timeout.connect(self._on_late)
        self._view.setSource(QUrl.fromLocalFile(str(WEB / "qml" / "page.qml")))
        self._patience.start()
        for error in self._view.errors():
            _log.error("page host is broken", problem=error.toString())

    @property
    def is_beginning(self) -> bool:
        """Begun, and still within the time it is given to be ready."""
        return self._patience.isActive()

    @property
    def given_ms(self) -> int:
        """The time that this try is given to be ready, or the next when this one has failed."""
        return self._patience.interval()

    def send(self, payload: str) -> None:
        """Lays one JSON text out for the page, which fetches it; ignored until the page is ready.

        One that was not fetched makes room: the page sees that the next does not follow what it has, and takes a snapshot.
        The script that tells it is always the same: V8 keeps every new one a while (20 MB in ten minutes of storm).
        """
        if self.is_ready:
            self._outbox = payload
            self.host.script_sent.emit("liveRoom.pull()")

    def _take_outbox(self) -> bytes:
        """What is laid out, as a JSON list; each text is given once."""
        text, self._outbox = self._outbox, None
        return f"[{text or ''}]".encode()

    def ask_state(self, answer: Callable[[dict[str, object]], None]) -> None:
        """Asks the page what it shows (``liveRoom.state()``) and hands it over when it comes."""
        self.host.ask("JSON.stringify(window.liveRoom?.state() ?? {})", lambda text: answer(json.loads(text or "{}")))

    def reload(self) -> None:
        """Starts the page afresh; it fetches its state again."""
        self.is_ready = False
        self._outbox = None
        self._probed.invalidate()
        self.reloads += 1
        self._patience.start()
        self.host.reload_wanted.emit()

    def picture(self) -> QImage:
        """What the page shows now (a widget's own grab sees nothing of it)."""
        return self._view.grabWindow()

    def ask_picture(self, size: QSize, taken: Callable[[QImage], None]) -> bool:
        """Hands what the page shows, ``size`` pixels, to ``taken``, once it is drawn; whether it will. A window nobody sees draws nothing.

        The scene draws itself once more at that size: far less than to read its pixels back and make them small.
        """
        root = self._view.rootObject() if self.is_ready and self._view.isExposed() else None
        # Any: the shared pointer passes everything on to the result it holds, and says so to nobody.
        result: Any = root.grabToImage(size) if root is not None else None
        if result is None:
            return False
        self._copy = _Copy(result, taken)
        result.ready.connect(self._on_copied)
        return True

    @Slot()
    def _on_swapped(self) -> None:
        if self._copy is None:
            self.shown.emit()
        else:
            self._copy.frames += 1

    @Slot()
    def _on_copied(self) -> None:
        copy, self._copy = self._copy, None
        if copy is None:
            return
        copy.taken(copy.result.image())
        if copy.frames > 1:
            # One was drawn for the copy; the page may have drawn another after it.
            self.shown.emit()

    def redress(self, ground: str) -> None:
        """Starts the page afresh on another ground."""
        self._view.setColor(QColor(ground))
        if self._view.status() is QQuickView.Status.Ready:
            self._view.rootObject().setProperty("ground", QColor(ground))
        self.reload()

    def probe(self) -> None:
        """For a page that owes something: asks it for a sign of life, and ends its process when none comes, so that it is reloaded."""
        if not self.is_ready:
            return
        if not self._probed.isValid():
            self._probed.start()
            self.host.ask("1", lambda _: self._probed.invalidate())
        elif self._probed.elapsed() > self.hung_ms:
            self._probed.invalidate()
            self._end_process()

    def _end_process(self) -> None:
        process = self.host.process_id
        if not is_our_renderer(process):
            _log.error("page hangs, and its process is not ours to end", process=process)
            return
        _log.warning("page hangs: its process is ended", process=process)
        os.kill(process, signal.SIGKILL)

    def process_bytes(self) -> int:
        """Resident memory of the page's renderer; 0 when it has none."""
        try:
            pages = Path(f"/proc/{self.host.process_id}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def relieve(self) -> None:
        """Reloads the page when its renderer has grown over the limit; call it at a quiet moment."""
        if self.is_ready and self.process_bytes() > PROCESS_LIMIT_BYTES:
            _log.warning("page reloaded: its renderer grew too large", megabytes=self.process_bytes() // 2**20)
            self.reload()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._container.setGeometry(self.rect())

    @Slot(str)
    def _on_said(self, text: str) -> None:
        message = json.loads(text)
        if message.get("kind") == "ready":
            self.is_ready = True
            self._patience.stop()
            self._patience.setInterval(self._patience_ms)
            self.ready.emit()
        elif message.get("kind") == "failed":
            self._patience.stop()
            _log.error("page failed", reason=message.get("reason"))
            self.failed.emit(str(message.get("reason")))
        self.said.emit(message)

    @Slot(str)
    def _on_broken(self, reason: str) -> None:
        _log.warning("page reloaded", reason=reason)
        # Not from inside Chromium's own notification.
        QTimer.singleShot(200 if self.reloads < 5 else 5_000, self, self.reload)

    @Slot()
    def _on_late(self) -> None:
        _log.error("page is not ready", after_s=self._patience.interval() / 1000)
        self._patience.setInterval(min(2 * self._patience.interval(), max(self._patience_ms, MOST_PATIENCE_MS)))
        self.failed.emit("not ready")


class _Copy:
    """A picture the page was asked for, and how many frames were drawn since."""

    def __init__(self, result: Any, taken: Callable[[QImage], None]) -> None:
        self.result = result
        self.taken = taken
        self.frames = 0


def is_our_renderer(process: int) -> bool:
    """Whether a process is Chromium's and descends from this one (it may have ended, and its number be another's)."""
    name, parent = _kin(process)
    if not name.startswith("QtWebEngine"):
        return False
    while parent > 1 and parent != os.getpid():
        _, parent = _kin(parent)
    return parent == os.getpid()


def _kin(process: int) -> tuple[str, int]:
    """A process's name and its parent; nobody's when there is no such process."""
    try:
        name, _, rest = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").partition("(")[2].rpartition(")")
    except OSError:
        return "", 0
    return name, int(rest.split()[1])


def new_token() -> str:
    """A word only one page and its host know."""
    return secrets.token_hex(8)
