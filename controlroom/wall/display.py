"""The wall on its monitors: one window, the slots of one layout, their freshness, and what happens when a plug is pulled."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog
from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QScreen

from controlroom.live.hub import Hub, Subscription
from controlroom.wall.geometry import monitor_rects
from controlroom.wall.hearing import Hearing
from controlroom.wall.loader import BuiltSlot, SlotBuilder
from controlroom.wall.screens import ScreenFacts, match_screens, misplaced, remembered, resized
from controlroom.wall.window import WallWindow
from feeds.messages.freshness import Freshness
from feeds.messages.layout import Layout, Wall
from feeds.messages.system import SlotState, WallState
from widgets.kit.palette import Theme

_log = structlog.get_logger("controlroom.display")

STATUS_TICK_MS = 500


def screen_facts() -> list[ScreenFacts]:
    """The outputs as Qt sees them now."""
    return [_facts(screen) for screen in QGuiApplication.screens()]


def _facts(screen: QScreen) -> ScreenFacts:
    area = screen.geometry()
    return ScreenFacts(connector=screen.name(), serial=screen.serialNumber(), geometry=(area.x(), area.y(), area.width(), area.height()))


def _state(built: BuiltSlot, present: Sequence[str]) -> str:
    """A slot in one phrase; ``present``: its monitors that answer. A card that found no monitor to stand on is an error all the same."""
    if not present and (built.place.monitors or built.problem is None):
        return "missing: no monitor"
    if built.problem is not None:
        return str(Freshness.ERROR)
    return f"{built.frame.status.freshness} simulated" if built.frame.status.is_simulated else str(built.frame.status.freshness)


class WallDisplay(QObject):
    """Shows a layout and keeps every frame's status true.

    ``is_assumed``: nobody has written wall.toml, so the wall is whatever the screens are, also when one is turned or resized.
    """

    layout_changed = Signal()
    """``slots`` are those of another layout: whoever looks at their frames looks anew, and keeps none of the former."""

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
        self.matched = match_screens(wall, screen_facts())
        self._last = remembered({}, self.matched)
        self._unclaimed: frozenset[str] = frozenset()
        for name in (name for name, screen in self.matched.items() if screen is None):
            _log.warning("monitor has no screen", monitor=name)
        self._say_unclaimed(screen_facts())
        self._misplaced: dict[str, str] = {}
        self._is_assumed = is_assumed
        self._facts = screen_facts()
        self._shown: tuple[Layout, Path] | None = None
        self._hub = hub
        self._builder = builder
        self._now = now
        self._tr = tr
        self._subscriptions: list[Subscription] = []
        self._layout_name = ""
        self._revision = 0
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._on_tick)
        self._tick.start(STATUS_TICK_MS)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.screenAdded.connect(self._on_screen_added)
            application.screenRemoved.connect(self._on_screens)
        for screen in QGuiApplication.screens():
            screen.geometryChanged.connect(self._on_geometry)

    def show_layout(self, layout: Layout, path: Path) -> None:
        """Builds the new slots before the old ones go, so that nothing blinks."""
        self._shown = (layout, path)
        old, old_subscriptions = self.slots, self._subscriptions
        self._subscriptions = []
        self.slots = self._builder.build(layout, path, self.window)
        self._layout_name, self._revision = path.stem, layout.revision
        for built in self.slots:
            self._connect(built)
            built.frame.show()
        for subscription in old_subscriptions:
            self._hub.unsubscribe(subscription)
        for built in old:
            built.frame.deleteLater()
        self._on_tick()
        self.layout_changed.emit()

    def _connect(self, built: BuiltSlot) -> None:
        panel, spec = built.frame.panel, built.spec
        if panel is None or spec is None or not spec.topics:
            return

        def fault(error: BaseException) -> None:
            problem = f"{type(error).__name__}: {error}"
            if problem != built.problem:  # the same with every batch would fill the disk
                _log.error("panel failed", panel=spec.key, exc_info=(type(error), error, error.__traceback__))
            built.problem = problem
            built.frame.fail(f"{self._tr('Panel ini gagal')}: {built.problem}", self._tr("lihat log dinding"))

        def recovered() -> None:
            _log.info("panel works again", panel=spec.key)
            built.problem = None
            built.frame.recover()

        hearing = Hearing(panel, self._hub.latest, recovered)
        subscription = Subscription(spec.topics, spec.max_rate_ms, hearing.receive, fault)
        self._subscriptions.append(subscription)
        self._hub.subscribe(subscription)

    def set_theme(self, theme: Theme) -> None:
        """Dresses what stands in another palette."""
        self.window.set_ground(theme.palette.bg)
        for built in self.slots:
            built.frame.set_theme(theme)

    def close(self) -> None:
        """Stops watching freshness and screens."""
        self._tick.stop()
        for subscription in self._subscriptions:
            self._hub.unsubscribe(subscription)

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
            shot = self.window.grab(QRect(x, y, width, height))
        return x, y, shot.toImage()

    def state(self) -> WallState:
        """What the wall really shows, slot by slot."""
        return WallState(
            wall=self.wall.name,
            layout=self._layout_name,
            revision=self._revision,
            at=self._now(),
            slots=tuple(self._slot_state(built) for built in self.slots),
        )

    def _slot_state(self, built: BuiltSlot) -> SlotState:
        status = built.frame.status
        present = [name for name in built.place.monitors if self.matched.get(name) is not None]
        topics = built.spec.topics if built.spec is not None else ()
        heard = [self._hub.newest(topic) for topic in topics]
        newest = max((at for _, at in heard if at is not None), default=None)
        behind = f"behind: {status.source}" if status.source is not None else None
        absent = [f"missing: {name}" for name in built.place.monitors if present and name not in present]
        notes = (built.problem or status.error or behind, *absent, *(self._misplaced.get(name) for name in present))
        return SlotState(
            slot=built.index + 1,
            panel=built.slot.panel,
            screen=",".join(present) if present else None,
            geometry=built.place.rect,
            state=_state(built, present),
            seq=max((seq for seq, _ in heard), default=0),
            age_s=(self._now() - newest).total_seconds() if newest is not None else None,
            painted_at=built.frame.panel.painted_at if built.frame.panel is not None else None,
            note="; ".join(note for note in notes if note) or None,
        )

    def unpainted(self) -> list[str]:
        """Panels of slots on a monitor that have not painted yet."""
        return [b.slot.panel for b in self.slots if b.problem is None and b.frame.panel is not None and b.frame.panel.painted_at is None]

    @Slot()
    def _on_tick(self) -> None:
        now = self._now()
        # A quick pull and put of a plug may reach Qt as no signal at all.
        if (facts := screen_facts()) != self._facts:
            self._facts = facts
            self._rematch()
        for built in self.slots:
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
            self.show_layout(*self._shown)
        for name, screen in self.matched.items():
            if (screen is None) != (before.get(name) is None):
                _log.warning("monitor gone" if screen is None else "monitor back", monitor=name)
        self.place_window()
