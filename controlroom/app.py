"""The composition root of the wall: builds every long-lived object in reading order. No logic of its own."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from controlroom.errors import ErrorDesk
from controlroom.live.bridge import Bridge
from controlroom.live.credentials import read_credentials
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.mailbox import Mailbox
from controlroom.live.media import Media
from controlroom.live.priority import let_gui_first
from controlroom.live.thread import BusThread, voice_of
from controlroom.live.video import VideoWall
from controlroom.runtime_dir import wall_socket
from controlroom.settings import ASSETS, Settings
from controlroom.texts import translator
from controlroom.theme import load_theme
from controlroom.wall.awake import Awake
from controlroom.wall.control import ControlServer
from controlroom.wall.curtain import Curtain
from controlroom.wall.director import Director
from controlroom.wall.display import WallDisplay, screen_facts
from controlroom.wall.dress import LOOK_MS, Dresser
from controlroom.wall.geometry import Place, monitor_rects
from controlroom.wall.layouts import read_wall
from controlroom.wall.loader import SlotBuilder, find_panels
from controlroom.wall.memory import Memory, memory_file
from controlroom.wall.pictures import PictureWaiters
from controlroom.wall.saying import Saying
from controlroom.wall.screens import unit_scale, wall_of
from controlroom.wall.shelf import LayoutShelf
from controlroom.wall.startup_code import give_back_startup_code
from controlroom.wall.stills import StillsMaker
from controlroom.wall.stills_server import StillsServer, stills_server_of
from controlroom.wall.supervise import WAY_OUT as SAID_AT_WAY_OUT
from controlroom.wall.watchdog import Watchdog
from controlroom.wall.window import WallWindow
from feeds.city import load_city
from feeds.messages import TOPICS
from feeds.messages.header import Message
from feeds.messages.system import WallState
from widgets.curve_panel import load_charts
from widgets.frame import PanelFrame
from widgets.kit.numerals import Numerals
from widgets.kit.palette import Theme
from widgets.panel import Guard, PanelContext, PanelSpec

_log = structlog.get_logger("controlroom.app")

SETTLED_MS = 10_000
"""After the first complete picture: nothing of the start runs any more."""

WAY_OUT = "Ctrl+Alt+Q"
"""The keys that close the wall (twice within three seconds); documented in the README."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class WallApplication:
    """Everything a running wall owns. Build it after QApplication; ``close`` leaves nothing behind."""

    def __init__(self, settings: Settings, desk: ErrorDesk) -> None:
        self.settings = settings
        self.desk = desk
        self.watchdog = Watchdog()
        self.city = load_city(settings.city)
        self.tr = translator(settings.language)
        self.text = Numerals(settings.language, self.city.time_zone)
        self.wall = read_wall(settings.wall) if settings.wall is not None else wall_of(screen_facts())
        self.scale = unit_scale(self.wall)
        self.dresser = Dresser(
            settings.palette, lambda: self.text.local(utc_now()).hour, lambda palette: load_theme(ASSETS / "theme.toml", palette)
        )

        self.mailbox = Mailbox()
        self.book = FreshnessBook(settings.namespace, monotonic_s=time.monotonic)
        desk.listen(lambda _what: self.book.on_fault())
        self.hub = Hub(self.book, now=utc_now, monotonic_ms=lambda: time.monotonic() * 1000)
        self.bridge = Bridge(self.mailbox, self.hub.deliver)
        ca_file = str(settings.redis_ca) if settings.redis_ca is not None else None
        self.voice = voice_of(settings)
        self.stills_server = stills_server_of(settings)
        self.bus = BusThread(
            settings.redis_url,
            settings.namespace,
            tuple(TOPICS.values()),
            self.mailbox,
            ca_file=ca_file,
            voice=self.voice,
            beside={"stills": self.stills_server.run} if self.stills_server is not None else {},
            report=desk.report,
        )
        self.video = VideoWall(clock=utc_now, credentials=read_credentials(settings.camera_credentials))
        self.media = Media(settings.media_url or "", settings.media_key or "", self._on_picture)
        self._waiters = PictureWaiters()
        self._selected: dict[object, str | None] = {}

        self.window = WallWindow(f"{self.city.name} {self.city.room}", self.dresser.theme.palette.bg)
        self.panels = find_panels()
        self.builder = SlotBuilder(self.panels, self.wall, self._context, self._frame, desk.report, self.tr)
        self.display = WallDisplay(
            self.wall, self.window, self.hub, self.builder, now=utc_now, tr=self.tr, is_assumed=settings.wall is None
        )
        self.curtain = Curtain(
            self.city, self.dresser.theme, self.text, monitors=lambda: list(monitor_rects(self.display.wall).values()), now=utc_now
        )
        self.display.set_cover(self._hanging)
        self.director = self._make_director()
        self.stills = self._make_stills(self.stills_server) if self.stills_server is not None else None
        self.saying = Saying(self._state, self.voice, monotonic_s=time.monotonic, parent=self.window)
        self.director.carried_out.connect(self.saying.say)
        self.display.layout_painted.connect(self.saying.say)
        self.control = ControlServer(
            wall_socket(self.wall.name),
            state=self.saying.state,
            screens=self.display.screen_count,
            grab=self.display.grab,
            values=self._values,
        )
        self.awake = Awake()
        self._way_out = QShortcut(QKeySequence(WAY_OUT), self.window)
        self._way_out.activated.connect(self._on_way_out)
        self._way_out_asked_at = -1e9
        self._reader_tick = QTimer(self.window)
        self._reader_tick.timeout.connect(self._on_reader_tick)
        self._priority_tick = QTimer(self.window)
        self._priority_tick.timeout.connect(let_gui_first)
        self._palette_tick = QTimer(self.window)
        self._palette_tick.timeout.connect(lambda: self.dresser.look(self._set_theme))

    def _make_director(self) -> Director:
        settings = self.settings
        return Director(
            self.display,
            self.curtain,
            self.hub,
            Memory(memory_file(self.wall.name, settings.namespace), self.wall.name, settings.namespace),
            LayoutShelf(self.city.folder, settings.layouts, self.panels),
            panels=self.panels,
            city=self.city,
            wanted=settings.layout,
            local=lambda: self.text.local(utc_now()),
        )

    def _make_stills(self, server: StillsServer) -> StillsMaker:
        maker = StillsMaker(
            self.display,
            server,
            now=utc_now,
            revision=lambda: self.director.state().revision,
            ground=lambda: self.dresser.theme.palette.bg,
            curtain=self._hanging,
        )
        server.on_audience(maker.audience)
        self.display.layout_changed.connect(maker.look_again)
        return maker

    def start(self) -> None:
        self.display.place_window()
        self.director.begin()
        self.window.show()
        self.display.place_window()
        self.window.activateWindow()
        if not self.settings.screen_saver:
            self.awake.hold()
        self.control.start()
        self.bus.start()
        self.saying.start()
        self._reader_tick.start(1000)
        self._priority_tick.start(5000)
        self._palette_tick.start(LOOK_MS)
        self.watchdog.start()
        _log.info("wall is up", monitors=len(self.wall.monitor), scale=self.scale, namespace=self.settings.namespace)

    def _hanging(self) -> Curtain | None:
        return self.curtain if self.curtain.is_drawn else None

    def _state(self) -> WallState:
        port = self.stills_server.port if self.stills_server is not None else None
        return msgspec.structs.replace(self.director.state(), stills_port=port)

    def _values(self, topic: str) -> Iterable[Message[Any]] | None:
        return self.hub.latest(TOPICS[topic]).values() if topic in TOPICS else None

    def _set_theme(self, theme: Theme) -> None:
        self.display.set_theme(theme)
        self.curtain.set_theme(theme)

    def close(self) -> None:
        self.watchdog.close()
        self._reader_tick.stop()
        self._priority_tick.stop()
        self._palette_tick.stop()
        self.control.stop()
        self.saying.stop()
        if self.stills is not None:
            self.stills.close()
        self.bus.stop()
        self.bridge.close()
        self.director.close()
        self.display.close()
        self.hub.close()
        self.video.close()
        self.media.close()
        self.awake.release()
        self.curtain.close_for_good()
        self.window.close_for_good()

    def _frame(self, spec: PanelSpec | None, scale: float) -> PanelFrame:
        return PanelFrame(spec, self.dresser.theme, scale, self.text, self.tr)

    def _context(self, spec: PanelSpec, options: msgspec.Struct, place: Place, frame: PanelFrame) -> PanelContext:
        def every(ms: int, call: Callable[[], None]) -> None:
            def failed(fault: str) -> None:
                frame.fail(f"{self.tr('Panel ini gagal')}: {fault}", self.tr("lihat log dinding"))

            guard = Guard(spec.key, failed, frame.recover)
            timer = QTimer(frame)
            timer.timeout.connect(lambda: guard.call(call))
            timer.start(ms)

        def picture(content_hash: str) -> QImage | None:
            image = self.media.picture(content_hash)
            if image is None:
                self._waiters.wait(content_hash, frame)
            return image

        self._waiters.watch(frame)
        slot = object()
        frame.destroyed.connect(lambda: self._selected.pop(slot, None))

        def select(report: str | None) -> None:
            self._selected[slot] = report

        return PanelContext(
            options=options,
            city=self.city,
            theme=self.dresser.theme,
            scale=place.scale,
            language=self.settings.language,
            text=self.text,
            tr=self.tr,
            now=utc_now,
            every=every,
            latest=self.hub.latest,
            recent=self.hub.recent,
            picture=picture,
            video=self.video.feed,
            bus=self.book.bus,
            freshness=lambda topic: self.book.topic(topic, utc_now())[0],
            source_freshness=lambda key: self.book.source(key, utc_now()),
            select=select,
            selected=lambda: frozenset(report for report in self._selected.values() if report is not None),
            seams=place.seams_u(),
        )

    def _on_picture(self, content_hash: str) -> None:
        self._waiters.came(content_hash)

    def _on_reader_tick(self) -> None:
        status = self.bus.reader_status
        if status is not None:
            self.book.on_reader(rejected=status.rejected, simulated=status.simulated_dropped, reason=status.reason)

    def _on_way_out(self) -> None:
        now = time.monotonic()
        if now - self._way_out_asked_at <= 3.0:
            self.watchdog.say(SAID_AT_WAY_OUT)
            QApplication.exit(0)
        self._way_out_asked_at = now


def run_wall(settings: Settings, arguments: list[str], *, on_started: Callable[[WallApplication], Any] | None = None) -> int:
    """Runs the wall until the way out or a signal; returns the exit code."""
    started_at = time.monotonic()
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    application = QApplication([sys.argv[0], *arguments])
    application.setQuitOnLastWindowClosed(False)
    desk = ErrorDesk()
    desk.install()
    wall = WallApplication(settings, desk)
    try:
        wall.start()
        _quit_on_signals(application)
        _announce_painted(wall, started_at)
        if on_started is not None:
            on_started(wall)
        return application.exec()
    finally:
        wall.close()
        desk.uninstall()


def _announce_painted(wall: WallApplication, started_at: float) -> None:
    """Logs once when every panel has painted, and gives back the code of the start when the wall has settled."""
    timer = QTimer(wall.window)

    def look() -> None:
        if not wall.display.unpainted():
            timer.stop()
            _log.info("all panels painted", seconds=round(time.monotonic() - started_at, 2))
            # The start does without them, and a layout with curves that is taken must not wait for them.
            threading.Thread(target=load_charts, name="charts").start()
            QTimer.singleShot(SETTLED_MS, wall.window, settle)

    def settle() -> None:
        _log.info("code of the start given back", megabytes=round(give_back_startup_code() / 2**20))

    timer.timeout.connect(look)
    timer.start(50)


def _quit_on_signals(application: QApplication) -> None:
    """SIGINT and SIGTERM end the wall cleanly; a slow timer lets Python see them. ``quit`` would ask the window, which refuses."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # In the next turn: Qt forgets an exit that is asked for before its loop runs.
        signal.signal(number, lambda _number, _frame: QTimer.singleShot(0, lambda: application.exit(0)))
    timer = QTimer(application)
    timer.timeout.connect(lambda: None)
    timer.start(250)
