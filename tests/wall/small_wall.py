"""A wall of the 2x2 monitors with small panels that remember what was done to them, on the offscreen platform."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView, QWidget

from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.mailbox import Parcel
from controlroom.wall.curtain import Curtain
from controlroom.wall.director import Director
from controlroom.wall.display import WallDisplay
from controlroom.wall.geometry import Place, monitor_rects
from controlroom.wall.layouts import read_wall
from controlroom.wall.loader import PanelCatalogue, SlotBuilder
from controlroom.wall.memory import Memory, memory_file
from controlroom.wall.shelf import LayoutShelf
from controlroom.wall.virtual import VIRTUAL_WALL
from controlroom.wall.window import WallWindow
from feeds.messages.camera import CAMERA
from feeds.messages.city import OffHours
from feeds.messages.field import PRESENCE
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.walls import WALL_ORDER, WallOrder
from tests.widgets.staging import NOW, OneSlot, small_city
from widgets.frame import PanelFrame
from widgets.panel import NoOptions, Panel, PanelContext, PanelSpec, Seams

OWN = """title = "Sendiri"
grid = { columns = 4, rows = 4 }

[[slot]]
panel = "plain"
cell = [0, 0, 2, 2]
"""


class Opted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    colour: str = "blue"


class Watched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cameras: tuple[str, ...] = ()


class Plain(Panel):
    """``told``: everything that was done to it, in order."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self.told: list[Any] = []

    def is_mending(self) -> bool:
        return "mending" in self.told

    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        self.told.append((topic.name, [message.key for message in messages]))

    def set_seams(self, seams: Seams) -> None:
        super().set_seams(seams)
        self.told.append("seams")

    def set_options(self, options: msgspec.Struct) -> None:
        super().set_options(options)
        self.told.append(options)

    def set_parked(self, is_parked: bool) -> None:
        self.told.append("parked" if is_parked else "unparked")


class Chart(Plain):
    """Draws in a QGraphicsView, as charts do; something in it moves when it is shown again."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._view = QGraphicsView(QGraphicsScene(0, 0, 100, 100, self), self)
        self._view.setGeometry(20, 20, 100, 100)
        self._view.viewport().setAutoFillBackground(False)
        self._dot = self._view.scene().addRect(0, 0, 10, 10)

    def showEvent(self, event: QShowEvent) -> None:
        self._dot.moveBy(5, 5)


def _spec(key: str, options: type[msgspec.Struct] = NoOptions, *, panel: type[Panel] = Plain, **more: Any) -> PanelSpec:
    return PanelSpec(key=key, title=key, panel=panel, options=options, topics=(PRESENCE,), min_size=(200, 100), **more)


CATALOGUE = PanelCatalogue(
    {
        spec.key: spec
        for spec in (
            _spec("plain"),
            _spec("opted", Opted),
            _spec("watching", Watched, camera_option="cameras"),
            _spec("page", Opted, is_native=True, takes_options=True, may_cross_bezel=True, is_kept=True),
            _spec("chart", panel=Chart, is_kept=True),
        )
    },
    {},
)


def a_layout(*slots: tuple[str, tuple[int, int, int, int]] | tuple[str, tuple[int, int, int, int], dict[str, Any]]) -> Layout:
    """On a grid of 4 x 4: four cells to a monitor."""
    made = tuple(Slot(panel=slot[0], cell=slot[1], options=slot[2] if len(slot) == 3 else {}) for slot in slots)
    return Layout(title="Diambil", grid=Grid(columns=4, rows=4), slot=made)


def an_order(revision: int, layout: Layout | None, **more: Any) -> WallOrder:
    return WallOrder(**({"wall": "dinding", "revision": revision, "changes": revision, "layout": layout, "taken_at": NOW} | more))


def a_message(topic: Topic[Any], key: str, body: Any) -> Message[Any]:
    return Message(seq=1, epoch="e", key=key, source="uji", observed_at=NOW, published_at=NOW, quality=Quality.MEASURED, body=body)


class SmallWall:
    """``clock``: what time it is. ``between_ms``: from one delivery of the bus to the next. ``close`` it, as the wall does."""

    def __init__(self, folder: Path, *, off_hours: OffHours | None = None, wanted: str = "sendiri", tr: Callable[[str], str] = str) -> None:
        self.world = OneSlot(city=small_city(off_hours=off_hours, folder=folder))
        (folder / "layouts").mkdir(exist_ok=True)
        (folder / "layouts" / "sendiri.toml").write_text(OWN)
        (folder / "layouts" / "harian.toml").write_text(OWN)
        self.clock: datetime = NOW
        self.between_ms, self._clock_ms = 60_000.0, 0.0
        self.wall = read_wall(VIRTUAL_WALL)
        self.hub = Hub(FreshnessBook("live", monotonic_s=lambda: 0.0), now=lambda: self.clock, monotonic_ms=self._later_ms)
        self.window = WallWindow("Live Room", "#000000")
        self.faults: list[str] = []
        builder = SlotBuilder(CATALOGUE, self.wall, self._context, self._frame, lambda where, _: self.faults.append(where), tr)
        self.display = WallDisplay(self.wall, self.window, self.hub, builder, now=lambda: self.clock, tr=tr)
        self.curtain = Curtain(
            self.world.city, self.world.theme, self.world.text, monitors=lambda: list(monitor_rects(self.wall).values()),
            now=lambda: self.clock,
        )  # fmt: skip
        self.display.set_cover(lambda: self.curtain if self.curtain.is_drawn else None)
        self.director = Director(
            self.display, self.curtain, self.hub, Memory(memory_file(self.wall.name, "live"), self.wall.name, "live"),
            LayoutShelf(folder, folder, CATALOGUE), panels=CATALOGUE, city=self.world.city, wanted=wanted,
            local=lambda: self.world.text.local(self.clock),
        )  # fmt: skip
        self.said = 0
        self.director.carried_out.connect(self._on_carried_out)

    def panels(self) -> list[Plain]:
        return [built.frame.panel for built in self.display.slots if isinstance(built.frame.panel, Plain)]

    def tell(self, *orders: tuple[str, WallOrder | None], is_reset: bool = False) -> None:
        """What the bus says of orders, by the name of their wall."""
        messages = [a_message(WALL_ORDER, key, body) for key, body in orders]
        self.hub.deliver([Parcel(topic=WALL_ORDER, messages=messages, is_reset=is_reset)])

    def take(self, revision: int, layout: Layout | None, **more: Any) -> None:
        self.tell((self.wall.name, an_order(revision, layout, **more)))

    def cameras(self, *ids: str) -> None:
        self.hub.deliver([Parcel(topic=CAMERA, messages=[a_message(CAMERA, one, {"id": one}) for one in ids])])

    def close(self) -> None:
        self.director.close()
        self.display.close()
        self.hub.close()
        self.curtain.close_for_good()
        self.window.close_for_good()
        for thing in (self.director, self.display, self.hub, self.curtain, self.window):
            thing.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def _later_ms(self) -> float:
        self._clock_ms += self.between_ms
        return self._clock_ms

    def _on_carried_out(self) -> None:
        self.said += 1

    def _context(self, spec: PanelSpec, options: msgspec.Struct, place: Place, _frame: PanelFrame) -> PanelContext:
        return msgspec.structs.replace(
            self.world.context(), options=options, scale=place.scale, seams=place.seams_u(), now=lambda: self.clock
        )

    def _frame(self, spec: PanelSpec | None, scale: float) -> PanelFrame:
        return PanelFrame(spec, self.world.theme, scale, self.world.text, self.world.tr)
