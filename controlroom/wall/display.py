"""The wall on its monitors: one window, the slots of one layout, their freshness, and what happens when a plug is pulled."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog
from msgspec import structs
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QScreen
from PySide6.QtWidgets import QWidget

from controlroom.live.hub import Hub
from controlroom.wall.geometry import monitor_rects
from controlroom.wall.hearing import listen
from controlroom.wall.loader import BuiltSlot, SlotBuilder, is_usable
from controlroom.wall.screens import ScreenFacts, match_screens, misplaced, remembered, resized
from controlroom.wall.slot_state import slot_state
from controlroom.wall.window import WallWindow
from feeds.messages.freshness import Freshness
from feeds.messages.layout import Layout, Wall
from feeds.messages.system import WallState
from widgets.kit.palette import Theme
from widgets.panel import PanelSpec

_log = structlog.get_logger("controlroom.display")

STATUS_TICK_MS = 500
PAINT_LOOK_MS = 20


def screen_facts() -> list[ScreenFacts]:
    """The outputs as Qt sees them now."""
    return [_facts(screen) for screen in QGuiApplication.screens()]


def _facts(screen: QScreen) -> ScreenFacts:
    area = screen.geometry()
    return ScreenFacts(connector=screen.name(), serial=screen.serialNumber(), geometry=(area.x(), area.y(), area.width(), area.height()))


class WallDisplay(QObject):
    """Shows a layout and keeps every frame's status true.

    ``is_assumed``: nobody has written wall.toml, so the wall is whatever the screens are, also when one is turned or resized.
    """

    layout_changed = Signal()
    """``slots`` are those of another layout: whoever looks at their frames looks anew, and keeps none of the former."""
    layout_painted = Signal()
    """Every panel of it has painted where it stands now."""
    window_placed = Signal()
    """The window lies over the monitors as they are now."""

    def __init__(
        self,
        wall: Wall,
        window: WallWindow,
        hub: Hub,
        builder: SlotBuilder,
        *,
        now: Callable[[], datetime],
        tr: Callable[[str], str],
        is_assumed: bool = False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.wall = wall
        self.window = window
        self.slots: list[BuiltSlot] = []
        self._parked: list[BuiltSlot] = []
        self.matched = match_screens(wall, screen_facts())
        self._last = remembered({}, self.matched)
        self._unclaimed: frozenset[str] = frozenset()
        for name in (name for name, screen in self.matched.items() if screen is None):
            _log.warning("monitor has no screen", monitor=name)
        self._say_unclaimed(screen_facts())
        self._misplaced: dict[str, str] = {}
        self._is_assumed = is_assumed
        self._facts = screen_facts()
        self._shown: tuple[Layout, Path | None, str] | None = None
        self._hub = hub
        self._builder = builder
        self._now = now
        self._tr = tr
        self._layout_name = ""
        self._cover: Callable[[], QWidget | None] = lambda: None
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._on_tick)
        self._tick.start(STATUS_TICK_MS)
        self._paint_look = QTimer(self)
        self._paint_look.timeout.connect(self._look_for_paint)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(self._on_screen_added)
            application.screenRemoved.connect(self._on_screens)
        for screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self._on_geometry)

    def show_layout(self, layout: Layout, path: Path | None = None, *, name: str = "") -> None:
        """Another layout in one turn of the event loop, with what is known of each topic; new slots stand before the old ones go.

        ``path``: its file, if it has one, and ``name`` what it is called where it has none.
        """
        self._shown = (layout, path, name)
        self._layout_name = name or (path.stem if path is not None else layout.title)
        before, parked = self.slots, self._parked
        self.slots = self._builder.build(layout, path, self.window, [*before, *parked])
        for built in self.slots:
            listen(built, self._hub, self._tr)
            if built in parked:
                built.frame.unpark()
            built.frame.show()
        self._put_away([built for built in (*before, *parked) if built not in self.slots])
        # Qt notes later what was shown just now. A chart's QGraphicsView has the window painted before that, with holes, and then again.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.UpdateLater)
        self._on_tick()
        self._paint_look.start(PAINT_LOOK_MS)
        self.layout_changed.emit()

    def _put_away(self, left: Sequence[BuiltSlot]) -> None:
        """Closes what is not shown any more. Of each kind that is slow to build, one is kept for the next layout unless one is shown."""
        shown = {built.spec for built in self.slots}
        kept: dict[PanelSpec, BuiltSlot] = {}
        for built in left:
            if built.spec is not None and built.spec.is_kept and built.spec not in shown and is_usable(built):
                kept.setdefault(built.spec, built)
        self._parked = list(kept.values())
        for built in left:
            if built in self._parked:
                if not built.frame.isHidden():
                    built.frame.park()
                continue
            if built.ear is not None:
                self._hub.unsubscribe(built.ear)
            built.frame.hide()
            # When Qt deletes it, it has painted anew what is there by then.
            built.frame.setGeometry(0, 0, 0, 0)
            built.frame.deleteLater()

    def set_theme(self, theme: Theme) -> None:
        """Dresses what stands in another palette."""
        self.window.set_ground(theme.palette.bg)
        for built in (*self.slots, *self._parked):
            built.frame.set_theme(theme)

    def close(self) -> None:
        """Stops watching freshness and screens."""
        self._tick.stop()
        self._paint_look.stop()
        for built in (*self.slots, *self._parked):
            if built.ear is not None:
                self._hub.unsubscribe(built.ear)

    def place_window(self) -> None:
        """Over the union of the monitors that answer; the wall's own size when none does."""
        areas = [QRect(*screen.geometry) for screen in self.matched.values() if screen is not None]
        rects = monitor_rects(self.wall)
        origin = areas[0].topLeft() if areas else None
        for name, screen in self.matched.items():
            if screen is not None:
                origin = QRect(*screen.geometry).topLeft() - QRect(*rects[name]).topLeft()
                break
        right = max(rect[0] + rect[2] for rect in rects.values())
        bottom = max(rect[1] + rect[3] for rect in rects.values())
        left, top = (origin.x(), origin.y()) if origin is not None else (0, 0)
        self.window.setGeometry(left, top, right, bottom)
        self._judge_places(rects)
        self.window_placed.emit()

    def _judge_places(self, rects: Mapping[str, tuple[int, int, int, int]]) -> None:
        """Says once when a monitor cannot show its part of the wall, and when it can again."""
        wrong = misplaced(self.matched, rects)
        for name, why in wrong.items():
            if self._misplaced.get(name) != why:
                _log.error("monitor shows another part of the wall than its own", monitor=name, why=why)
        for name in self._misplaced.keys() - wrong.keys():
            _log.info("monitor shows its own part of the wall again", monitor=name)
        self._misplaced = wrong

    def _say_unclaimed(self, screens: Sequence[ScreenFacts]) -> None:
        """Says once of a screen that it is no monitor of the wall: its serial, connector or place may be wrong in wall.toml."""
        claimed = {screen.connector for screen in self.matched.values() if screen is not None}
        unclaimed = frozenset(screen.connector for screen in screens) - claimed
        for connector in sorted(unclaimed - self._unclaimed):
            _log.warning("screen is no monitor of the wall", connector=connector)
        self._unclaimed = unclaimed

    def set_cover(self, cover: Callable[[], QWidget | None]) -> None:
        """``cover()``: what hangs before the wall's window, over all of it, if anything does."""
        self._cover = cover

    def screen_count(self) -> int:
        return len(self.wall.monitor)

    def grab(self, index: int) -> tuple[int, int, QImage]:
        """One monitor's pixels as they are on the screen now, and their place on the wall."""
        monitor = self.wall.monitor[index]
        x, y, width, height = monitor_rects(self.wall)[monitor.name]
        screen = self.matched[monitor.name]
        if screen is None:
            missing = QImage(width, height, QImage.Format.Format_RGB32)
            missing.fill(Qt.GlobalColor.black)
            return x, y, missing
        output = next((s for s in QGuiApplication.screens() if s.name() == screen.connector), None)
        shot = output.grabWindow(0) if output is not None else None
        if shot is None or shot.isNull():
            # No desktop to ask: then the window that is in front, for what hangs behind a curtain is in no picture.
            shot = (self._cover() or self.window).grab(QRect(x, y, width, height))
        return x, y, shot.toImage()

    def state(self) -> WallState:
        """What the wall really shows, slot by slot."""
        return WallState(
            wall=self.wall.name,
            layout=self._layout_name,
            revision=0,
            at=self._now(),
            slots=tuple(slot_state(built, self.matched, self._misplaced, self._hub, self._now()) for built in self.slots),
            installation=self._installation(),
        )

    def unpainted(self) -> list[str]:
        """Panels of slots on a monitor that have not painted yet."""
        return [b.slot.panel for b in self.slots if b.problem is None and b.frame.panel is not None and b.frame.panel.painted_at is None]

    def _installation(self) -> Wall:
        """The wall as it is built; serial numbers are nobody's business on the bus."""
        return structs.replace(self.wall, monitor=tuple(structs.replace(monitor, serial=None) for monitor in self.wall.monitor))

    @Slot()
    def _look_for_paint(self) -> None:
        if not self.unpainted():
            self._paint_look.stop()
            self.layout_painted.emit()

    @Slot()
    def _on_tick(self) -> None:
        now = self._now()
        # A quick pull and put of a plug may reach Qt as no signal at all.
        if (facts := screen_facts()) != self._facts:
            self._facts = facts
            self._rematch()
        for built in (*self.slots, *self._parked):
            if built.spec is not None:
                built.frame.set_status(self._hub.book.frame(built.spec.topics, now, are_equal=built.spec.are_topics_equal))
            elif built.frame.status.freshness is not Freshness.ERROR:
                built.frame.fail(f"{self._tr('Panel ini gagal')}: {built.problem}", self._tr("jalankan controlroom layout check"))

    @Slot(QScreen)
    def _on_screens(self, _screen: QScreen) -> None:
        """A plug was pulled or put back. The window and every other panel stay as they are."""
        QTimer.singleShot(0, self, self._rematch)

    @Slot(QScreen)
    def _on_screen_added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._on_geometry)
        self._on_screens(screen)

    @Slot(QRect)
    def _on_geometry(self, _area: QRect) -> None:
        """A screen was turned, resized or moved on the desktop."""
        QTimer.singleShot(0, self, self._rematch)

    @Slot()
    def _rematch(self) -> None:
        before = self.matched
        screens = screen_facts()
        self.matched = match_screens(self.wall, screens, self._last)
        self._last = remembered(self._last, self.matched)
        self._say_unclaimed(screens)
        if self._is_assumed and self._shown is not None and (wall := resized(self.wall, self.matched)) != self.wall:
            _log.warning("the wall follows its screens", monitors=[f"{m.name} {m.pixels[0]}x{m.pixels[1]}" for m in wall.monitor])
            self.wall = wall
            self._builder.set_wall(wall)
            layout, path, name = self._shown
            self.show_layout(layout, path, name=name)
        for name, screen in self.matched.items():
            if (screen is None) != (before.get(name) is None):
                _log.warning("monitor gone" if screen is None else "monitor back", monitor=name)
        self.place_window()
