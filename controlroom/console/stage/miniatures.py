"""The real panels of a draft, built small and out of sight, a picture of each once a second. Video and web pages are sketched instead."""

import time
from math import ceil
from typing import Any

import msgspec
import structlog
from PySide6 import QtCore
from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QColor, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from controlroom.console.page import DeskContext
from controlroom.live.hub import Subscription
from controlroom.wall.geometry import Place, wall_size
from controlroom.wall.hearing import Hearing
from controlroom.wall.loader import BuiltSlot, PanelCatalogue, SlotBuilder, check_layout
from controlroom.wall.screens import unit_scale
from feeds.messages.camera import CAMERA
from feeds.messages.layout import Layout, Monitor, Slot, Wall
from widgets.frame import PanelFrame
from widgets.kit.palette import Theme
from widgets.panel import Guard, PanelContext, PanelSpec

LEAST_SCALE = 0.25
"""Panels are not drawn smaller than this; the picture is."""
STEP = 0.125
"""Of the scale: between two steps nothing is built anew while a window is drawn larger."""
TICK_MS = 100
EACH_S = 1.0

_log = structlog.get_logger("controlroom.console")


def shrunk(wall: Wall, width: float = 0.0) -> Wall:
    """The same wall in small: all else, the sizes of type too, shrinks with it.

    With as many pixels as ``width``, the device pixels it is looked at with, and with as many as panels can still be drawn with.
    """
    full = unit_scale(wall)
    wanted = ceil(width / wall_size(wall)[0] * full / STEP) * STEP
    share = min(1.0, max(LEAST_SCALE, wanted) / full)

    def small(monitor: Monitor) -> Monitor:
        corner = None if monitor.corner is None else (round(monitor.corner[0] * share), round(monitor.corner[1] * share))
        pixels = (max(1, round(monitor.pixels[0] * share)), max(1, round(monitor.pixels[1] * share)))
        return msgspec.structs.replace(monitor, pixels=pixels, corner=corner)

    return msgspec.structs.replace(wall, monitor=tuple(small(monitor) for monitor in wall.monitor))


def is_sketched(spec: PanelSpec) -> bool:
    """Web pages and video are not drawn small."""
    return spec.is_native or CAMERA in spec.topics


class Miniatures(QObject):
    """``show`` a draft; ``picture`` of a slot is there a moment later, ``None`` for one that is sketched."""

    changed = Signal()

    def __init__(self, ctx: DeskContext, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._theme = theme
        self._holder = QWidget()
        self._built: list[BuiltSlot] = []
        self._ears: dict[int, Subscription] = {}
        self._pictures: dict[int, QPixmap] = {}
        self._painted_s: dict[int, float] = {}
        self._shown: tuple[Layout, Wall, Wall] | None = None
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._on_tick)

    def show(self, layout: Layout, wall: Wall | None, catalogue: PanelCatalogue | None, width: float = 0.0) -> None:
        """Panels that stand already are taken over; those whose slots are gone are taken down. ``width``: as in ``shrunk``."""
        if wall is None or catalogue is None:
            return
        small = shrunk(wall, width)
        if (layout, wall, small) == self._shown:
            return
        self._shown = (layout, wall, small)
        drawn = msgspec.structs.replace(layout, slot=tuple(s for s in layout.slot if self._is_drawn(layout, s, small, catalogue)))
        builder = SlotBuilder(catalogue, small, self._context, self._frame, self._fault, self._ctx.tr)
        before = self._built
        self._built = builder.build(drawn, None, self._holder, before)
        kept = {id(built) for built in self._built}
        for built in before:
            if id(built) not in kept:
                self._take_down(built)
        for built in self._built:
            self._listen(built)

    def run(self, is_running: bool) -> None:
        """Draws only while somebody looks."""
        if is_running:
            self._tick.start(TICK_MS)
        else:
            self._tick.stop()

    def picture(self, slot: Slot) -> QPixmap | None:
        built = next((b for b in self._built if b.slot == slot), None)
        return self._pictures.get(id(built)) if built is not None and built.problem is None else None

    def close(self) -> None:
        self._tick.stop()
        for built in self._built:
            self._take_down(built)
        self._built = []
        self._holder.deleteLater()

    def _is_drawn(self, layout: Layout, slot: Slot, small: Wall, catalogue: PanelCatalogue) -> bool:
        """A slot that cannot stand is no fault of the desk: the preview says what is wrong with it, no log."""
        spec = catalogue.specs.get(slot.panel)
        if spec is None or is_sketched(spec):
            return False
        return not check_layout(msgspec.structs.replace(layout, slot=(slot,)), None, small, catalogue)

    def _listen(self, built: BuiltSlot) -> None:
        panel, spec = built.frame.panel, built.spec
        if panel is None or spec is None or id(built) in self._ears:
            return
        hearing = Hearing(panel, self._ctx.hub.latest, lambda: None)

        def fault(error: BaseException) -> None:
            self._fault(spec.key, error)
            built.problem = f"{type(error).__name__}: {error}"

        ear = Subscription(spec.topics, round(EACH_S * 1000), hearing.receive, fault)
        self._ears[id(built)] = ear
        self._ctx.hub.subscribe(ear)

    def _take_down(self, built: BuiltSlot) -> None:
        ear = self._ears.pop(id(built), None)
        if ear is not None:
            self._ctx.hub.unsubscribe(ear)
        self._pictures.pop(id(built), None)
        self._painted_s.pop(id(built), None)
        built.frame.deleteLater()

    @QtCore.Slot()
    def _on_tick(self) -> None:
        """One panel at a time, the one that has waited longest."""
        now_s = time.monotonic()
        waiting = [b for b in self._built if b.problem is None and now_s - self._painted_s.get(id(b), 0.0) >= EACH_S]
        if not waiting:
            return
        built = min(waiting, key=lambda b: self._painted_s.get(id(b), 0.0))
        self._painted_s[id(built)] = now_s
        if built.spec is not None:
            built.frame.set_status(self._ctx.hub.book.frame(built.spec.topics, self._ctx.now(), are_equal=built.spec.are_topics_equal))
        ground = QPixmap(built.frame.size())
        ground.fill(QColor(self._theme.palette.bg))
        # What a panel leaves open shows the wall's ground, as it does there.
        built.frame.render(ground, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        self._pictures[id(built)] = ground
        self.changed.emit()

    def _frame(self, spec: PanelSpec | None, scale: float) -> PanelFrame:
        return PanelFrame(spec, self._theme, scale, self._ctx.text, self._ctx.tr)

    def _fault(self, where: str, error: BaseException) -> None:
        _log.error("a panel could not be drawn small", panel=where, problem=f"{type(error).__name__}: {error}")

    def _context(self, spec: PanelSpec, options: msgspec.Struct, place: Place, frame: PanelFrame) -> PanelContext:
        def every(ms: int, call: Any) -> None:
            guard = Guard(spec.key, lambda _fault: None, lambda: None)
            timer = QTimer(frame)
            timer.timeout.connect(lambda: guard.call(call))
            timer.start(max(ms, round(EACH_S * 1000)))

        ctx = self._ctx
        return PanelContext(
            options=options,
            city=ctx.city,
            theme=self._theme,
            scale=place.scale,
            language=ctx.language,
            text=ctx.text,
            tr=ctx.tr,
            now=ctx.now,
            every=every,
            latest=ctx.hub.latest,
            recent=ctx.hub.recent,
            picture=lambda _hash: None,
            video=lambda _camera, _size: _NoVideo(),
            bus=ctx.hub.book.bus,
            freshness=lambda topic: ctx.hub.book.topic(topic, ctx.now())[0],
            source_freshness=lambda key: ctx.hub.book.source(key, ctx.now()),
            select=lambda _report: None,
            selected=frozenset,
            seams=(),
        )


class _NoVideo:
    """A camera nobody decodes for a miniature."""

    def frame(self) -> None:
        return None

    def taken_at(self) -> None:
        return None

    def age_s(self) -> None:
        return None

    def is_down(self) -> bool:
        return True
