"""The composition root of the console: builds every long-lived object in reading order. No logic of its own, and no web engine."""

import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from controlroom.console.desk_api import DeskApi
from controlroom.console.kit.pictures import icon_of
from controlroom.console.kit.sheet import desk_font, desk_palette
from controlroom.console.look import DeskLook
from controlroom.console.notice import Notice
from controlroom.console.pages import PAGES, PageSpec
from controlroom.console.remembered import RememberedFile, memory_folder
from controlroom.console.window import ConsoleWindow, DeskParts
from controlroom.errors import ErrorDesk
from controlroom.live.bridge import Bridge
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.mailbox import Mailbox
from controlroom.live.stills import StillsClient
from controlroom.live.thread import BusThread
from controlroom.settings import ASSETS, Settings, SettingsError
from controlroom.texts import translator
from feeds.city import load_city
from feeds.messages import TOPICS

_log = structlog.get_logger("controlroom.console")


def utc_now() -> datetime:
    return datetime.now(UTC)


class ConsoleApplication:
    """Everything a running console owns. Build it after QApplication; ``close`` leaves nothing behind. Raises ``SettingsError``."""

    def __init__(
        self,
        settings: Settings,
        desk: ErrorDesk,
        *,
        language: str | None = None,
        look: str | None = None,
        pages: tuple[PageSpec, ...] = PAGES,
        memory: Path | None = None,
    ) -> None:
        """``language``, ``look``: stronger than what is remembered. ``memory``: the folder of what is remembered."""
        self.settings = settings
        self.desk = desk
        self.city = load_city(settings.city)
        self.mailbox = Mailbox()
        self.book = FreshnessBook(settings.namespace, monotonic_s=time.monotonic)
        self.hub = Hub(self.book, now=utc_now, monotonic_ms=lambda: time.monotonic() * 1000)
        self.bridge = Bridge(self.mailbox, self.hub.deliver)
        ca_file = str(settings.redis_ca) if settings.redis_ca is not None else None
        self.bus = BusThread(
            settings.redis_url, settings.namespace, tuple(TOPICS.values()), self.mailbox, ca_file=ca_file, report=desk.report
        )
        try:
            self.api = DeskApi(settings.doors_url)
        except ValueError as error:
            raise SettingsError(f"doors_url: {error}") from None
        self.look = DeskLook(ASSETS / "theme.toml")
        # Before any widget is made: below a style sheet a font given to a parent later does not reach its children.
        self._dress_what_has_no_parent()
        folder = memory or memory_folder()
        self.notice = Notice(RememberedFile("", folder), self._icon(), folder)
        self.window = ConsoleWindow(
            DeskParts(
                api=self.api,
                hub=self.hub,
                book=self.book,
                city=self.city,
                look=self.look,
                now=utc_now,
                namespace=settings.namespace,
                translate=translator,
                memory=lambda login: RememberedFile(login, folder),
                notice=self.notice,
                report=desk.report,
                language=language,
                look_name=look,
                pages=pages,
                make_stills=self._make_stills,
                stills_url=settings.stills_url,
            )
        )
        self.window.setWindowIcon(self._icon())
        desk.listen(self.window.fault_bell.rung.emit)
        self._reader_tick = QTimer(self.window)
        self._reader_tick.timeout.connect(self._on_reader_tick)
        self.look.changed.connect(self._dress_what_has_no_parent)

    def start(self) -> None:
        self.window.begin()
        self.bus.start()
        self._reader_tick.start(1000)
        _log.info("console is up", namespace=self.settings.namespace, doors=self.api.address)

    def close(self) -> None:
        self._reader_tick.stop()
        self.window.end()
        self.bus.stop()
        self.bridge.close()
        self.api.close()
        self.hub.close()
        self.notice.close()

    def _make_stills(self) -> StillsClient | None:
        return StillsClient(self.settings.stills_key) if self.settings.stills_key is not None else None

    def _icon(self) -> QIcon:
        return icon_of(self.look.theme, "pin", "sel")

    def _dress_what_has_no_parent(self) -> None:
        """Menus and tips that Qt makes by itself."""
        QApplication.setFont(desk_font(self.look.theme, self.look.sizes.text))
        QApplication.setPalette(desk_palette(self.look.theme.palette))

    def _on_reader_tick(self) -> None:
        status = self.bus.reader_status
        if status is not None:
            self.book.on_reader(rejected=status.rejected, simulated=status.simulated_dropped, reason=status.reason)


def run_console(
    settings: Settings,
    arguments: list[str],
    *,
    language: str | None = None,
    look: str | None = None,
    on_started: Callable[[ConsoleApplication], Any] | None = None,
) -> int:
    """Runs the console until its window is closed or a signal comes; returns the exit code."""
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication([sys.argv[0], *arguments])
    application.setApplicationName("live-room-console")
    application.setQuitOnLastWindowClosed(False)
    # Every part of the desk is drawn by its own sheet: the style beneath must be the same on every machine.
    application.setStyle("Fusion")
    desk = ErrorDesk()
    desk.install()
    console: ConsoleApplication | None = None
    try:
        console = ConsoleApplication(settings, desk, language=language, look=look)
        console.window.ended.connect(lambda: application.exit(0))
        _end_on_signals(application, console.window.leave_unasked)
        console.start()
        if on_started is not None:
            on_started(console)
        return application.exec()
    finally:
        if console is not None:
            console.close()
        desk.uninstall()


def _end_on_signals(application: QApplication, leave: Callable[[Callable[[], None]], None]) -> None:
    """SIGINT and SIGTERM end the console cleanly and ask nothing, one that comes before the event loop runs as well.

    ``leave(end)``: lets what is on its way arrive, then calls ``end``.
    """
    told: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: told.append(received))

    def look() -> None:
        if told:
            timer.stop()
            leave(lambda: application.exit(0))

    # A slow timer lets Python see them at all.
    timer = QTimer(application)
    timer.timeout.connect(look)
    timer.start(100)
