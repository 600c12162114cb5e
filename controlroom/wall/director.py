"""Carries out what was decided about this wall: the order of the bus, the hours when the desks are empty, the curtain.

The doors are the authority: once the bus speaks, its order holds, also one with a lower revision than what was remembered (a store
that was restored begins again). Until then, and when the bus has forgotten, what was carried out last stands.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from msgspec import structs
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from controlroom.live.hub import Hub, Subscription
from controlroom.wall.curtain import Curtain
from controlroom.wall.display import WallDisplay
from controlroom.wall.layouts import LayoutError
from controlroom.wall.loader import PanelCatalogue, check_layout
from controlroom.wall.memory import Memory
from controlroom.wall.shelf import LayoutShelf
from controlroom.wall.stage import Scene, set_scene
from feeds.messages.camera import CAMERA
from feeds.messages.city import City
from feeds.messages.header import Message, Topic
from feeds.messages.layout import Layout, faults_of
from feeds.messages.system import OrderRefusal, Shown, WallState
from feeds.messages.walls import WALL_ORDER, WallOrder

CLOCK_MS = 5_000
ORDER_MS = 100
"""Orders that come faster than this are carried out by the newest: whoever sends many does not hold the wall."""

_log = structlog.get_logger("controlroom.director")


class Director(QObject):
    """``wanted``: the layout of the wall's settings; the empty hours are no matter of a wall that names one. ``local``: now, in the
    city's zone.
    """

    carried_out = Signal()
    """Something changed that the wall says of itself, besides its slots."""

    def __init__(
        self,
        display: WallDisplay,
        curtain: Curtain,
        hub: Hub,
        memory: Memory,
        shelf: LayoutShelf,
        *,
        panels: PanelCatalogue,
        city: City,
        wanted: str,
        local: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._display, self._curtain, self._hub = display, curtain, hub
        self._memory, self._shelf, self._panels = memory, shelf, panels
        self._city, self._wanted, self._local = city, wanted, local
        self._off_hours = city.off_hours if wanted == "auto" else None
        self._heard: WallOrder | None = None
        self._standing: WallOrder | None = None
        self._refusal: OrderRefusal | None = None
        self._refused_with: frozenset[str] = frozenset()
        self._own = wanted
        self._due: tuple[Scene, WallOrder | None] | None = None
        self._scene: Scene | None = None
        self._unfit: str | None = None
        self._ears = (
            Subscription((WALL_ORDER,), ORDER_MS, self._receive, self._on_fault),
            Subscription((CAMERA,), CLOCK_MS, self._look_at_cameras, self._on_fault),
        )
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._look_at_clock)
        display.window_placed.connect(self._hang_curtain)
        display.layout_changed.connect(self._hang_curtain)

    def begin(self) -> None:
        """Shows what was remembered, else the wall's own layout; then listens. Raises ``LayoutError`` where that cannot be read."""
        self._own = self._choose()
        self._shelf.read(self._own)
        remembered = self._memory.read()
        if remembered is not None:
            _log.info("the wall remembers its last order", revision=remembered.revision, is_curtained=remembered.is_curtained)
            self._judge(remembered, is_remembered=True)
        self._carry_out()
        for ear in self._ears:
            self._hub.subscribe(ear)
        self._clock.start(CLOCK_MS)

    def close(self) -> None:
        self._clock.stop()
        for ear in self._ears:
            self._hub.unsubscribe(ear)
        self._memory.close()

    def state(self) -> WallState:
        """What the wall shows, and by whose decision. ``revision`` is that of the order that stands, also while the hours are empty."""
        return structs.replace(
            self._display.state(),
            revision=self._standing.revision if self._standing is not None else 0,
            shown=self._scene.shown if self._scene is not None else Shown.CHOSEN,
            is_curtained=self._curtain.is_drawn,
            refusal=self._refusal,
        )

    def take(self, order: WallOrder) -> None:
        """Carries an order out, or refuses its layout as a whole; the curtain obeys in any case."""
        if self._heard is not None and _decided(order) == _decided(self._heard):
            return
        self._heard = order
        self._obey(order)

    def _obey(self, order: WallOrder) -> None:
        before = self._standing
        self._judge(order)
        if self._standing is not None and self._standing != before:
            self._memory.write(self._standing)
        self._carry_out()
        self.carried_out.emit()

    def _judge(self, order: WallOrder, *, is_remembered: bool = False) -> None:
        """Lets the order stand, or says why it cannot and keeps the one that stands."""
        fault = self._fault_of(order.layout, is_remembered=is_remembered)
        if fault is None:
            self._standing, self._refusal = order, None
            return
        refusal = OrderRefusal(revision=order.revision, reason=fault)
        if refusal != self._refusal:
            _log.error("an order cannot stand on this wall: it keeps what it showed", revision=order.revision, reason=fault)
        self._refusal, self._refused_with = refusal, self._cameras()
        kept = self._standing or WallOrder(wall=order.wall, revision=0, changes=0)
        self._standing = structs.replace(kept, is_curtained=order.is_curtained)

    def _fault_of(self, layout: Layout | None, *, is_remembered: bool) -> str | None:
        """Why a layout cannot stand here, in one sentence; that which stands already can."""
        if layout is None or (self._standing is not None and layout == self._standing.layout):
            return None
        # Before the bus has spoken nobody knows the cameras that collectors found.
        cameras = None if is_remembered else self._cameras()
        # One after the other: there may be thousands of slots in what is no layout at all.
        faults = faults_of(layout) or check_layout(layout, None, self._display.wall, self._panels, cameras=cameras)
        return next(iter(faults), None)

    def _cameras(self) -> frozenset[str]:
        """Those the city names, and those that collectors found."""
        return frozenset((*(camera.id for camera in self._city.cameras), *self._hub.latest(CAMERA)))

    def _carry_out(self) -> None:
        """Shows what is due now, if that is not what is shown."""
        scene = set_scene(self._standing, self._off_hours, self._local(), self._own)
        # Before anything else: visitors do not wait.
        self._set_curtain(is_drawn=scene.is_curtained)
        if self._due == (scene, self._standing):
            return
        self._due = scene, self._standing
        if scene.shown is Shown.OFF_HOURS and not self._is_fit(scene.name):
            scene = set_scene(self._standing, None, self._local(), self._own)
        if self._scene is not None and scene[:3] == self._scene[:3]:
            return
        try:
            layout = scene.layout or self._shelf.read(scene.name)
        except LayoutError as error:
            _log.error("layout cannot be read: the wall keeps what it showed", layout=scene.name, reason=str(error))
            return
        path = self._shelf.path(scene.name) if scene.layout is None else None
        self._display.show_layout(layout, path, name=scene.name)
        self._scene = scene
        _log.info("layout is on", layout=scene.name, shown=str(scene.shown), slots=len(layout.slot))

    def _is_fit(self, name: str) -> bool:
        """Whether the layout of the empty hours can stand here; said once when not."""
        try:
            path = self._shelf.path(name)
            problems = check_layout(self._shelf.read(name), path, self._display.wall, self._panels)
        except LayoutError as error:
            problems = [str(error)]
        if problems and self._unfit != problems[0]:
            _log.error("the layout of off_hours cannot stand on this wall", layout=name, reason=problems[0])
        self._unfit = problems[0] if problems else None
        return not problems

    def _choose(self) -> str:
        """The name of the layout this wall shows when nobody has taken one."""
        name, misfits = self._shelf.choose(self._wanted, self._display.wall)
        if any(misfits):
            _log.warning("layout does not fit this wall: controlroom layout check names the slots", layout=name, **misfits._asdict())
        return name

    def _set_curtain(self, *, is_drawn: bool) -> None:
        if is_drawn == self._curtain.is_drawn:
            return
        _log.info("curtain is drawn" if is_drawn else "curtain is open")
        if is_drawn:
            self._curtain.draw_over(self._display.window.geometry())
        else:
            self._curtain.open()

    @Slot()
    def _hang_curtain(self) -> None:
        """The wall's window was put somewhere, or other panels stand in it: the curtain goes with it, above it."""
        if self._curtain.is_drawn:
            self._curtain.draw_over(self._display.window.geometry())

    def _look_at_cameras(self, _topic: Topic[Any], _messages: Sequence[Message[Any]]) -> None:
        """After a start orders may come before cameras: what was refused for want of one is looked at again."""
        if self._refusal is not None and self._heard is not None and self._cameras() != self._refused_with:
            self._obey(self._heard)

    def _receive(self, _topic: Topic[Any], messages: Sequence[Message[WallOrder]]) -> None:
        """The newest order of this wall. One that is gone takes nothing away: the bus was flushed, nobody decided anything."""
        mine = [message.body for message in messages if message.key == self._display.wall.name and message.body is not None]
        if mine:
            self.take(mine[-1])

    def _on_fault(self, error: BaseException) -> None:
        _log.error("an order could not be carried out", exc_info=(type(error), error, error.__traceback__))

    @Slot()
    def _look_at_clock(self) -> None:
        before = self._scene
        self._carry_out()
        if self._scene != before:
            self.carried_out.emit()


def _decided(order: WallOrder) -> WallOrder:
    """The order without what concerns consoles only."""
    return structs.replace(order, changes=0)
