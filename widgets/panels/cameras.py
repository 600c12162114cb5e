"""Kamera: what the city's cameras see now, each tile with the age of its own picture."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.camera import CAMERA, Camera
from feeds.messages.freshness import SEVERITY, Freshness
from feeds.messages.header import Message
from widgets.kit.canvas import Canvas
from widgets.kit.numerals import MISSING
from widgets.kit.quiet import draw_nothing
from widgets.kit.video import NAME, Box, Explained, TileLook, draw_tile, freshness_of, look_of, tile_boxes
from widgets.panel import Panel, PanelContext, PanelSpec, VideoFeed

LOOK_MS = 100
"""How often the tiles are looked at; a tile is repainted only when its picture or its words have changed."""
SAID_EVERY = timedelta(seconds=1)
_DEFAULT_COUNT = 4


class CamerasOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``cameras``: ids in reading order, empty for the first four. ``columns``: fixed, else what gives the largest pictures."""

    cameras: tuple[str, ...] = ()
    columns: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None


class _Tile:
    """One camera of the panel and what it showed when it was last drawn."""

    def __init__(self, camera_id: str, camera: Camera | None) -> None:
        self.camera_id = camera_id
        self.camera = camera
        self.feed: VideoFeed | None = None
        self.box = Box(0, 0, 0, 0)
        self.image: QImage | None = None
        self.taken_at: datetime | None = None
        self.look: TileLook | None = None
        self.said_at: datetime | None = None


class CamerasPanel(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._options: CamerasOptions = ctx.options if isinstance(ctx.options, CamerasOptions) else CamerasOptions()
        self._tiles: list[_Tile] = []
        self._dirty: QRegion | None = None
        self._arranged_for = QSize()
        self.on_camera([])
        ctx.every(LOOK_MS, self._look)

    def on_camera(self, messages: Sequence[Message[Camera]]) -> None:
        """Takes the cameras as they are now; a tile whose camera has not changed keeps its feed."""
        # A probe that found what it found before is no reason to begin a stream anew.
        known = {key: message.body.unprobed() for key, message in self.ctx.latest(CAMERA).items() if message.body is not None}
        ids = self._options.cameras or tuple(sorted(key for key, camera in known.items() if not camera.is_private))[:_DEFAULT_COUNT]
        before = {tile.camera_id: tile for tile in self._tiles}
        tiles: list[_Tile] = []
        for camera_id in ids:
            tile = before.get(camera_id)
            tiles.append(tile if tile is not None and tile.camera == known.get(camera_id) else _Tile(camera_id, known.get(camera_id)))
        if tiles != self._tiles:
            self._tiles = tiles
            self._arrange()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Places the tiles and asks for feeds of their size."""
        width, height = self.size_u()
        padding = self.ctx.theme.space.padding
        top = self.ctx.theme.space.content_top if width >= 900 else 140.0
        area = Box(padding, top, width - 2 * padding, height - top - 18)
        boxes = tile_boxes(len(self._tiles), area, self._options.columns)
        for number, tile in enumerate(self._tiles):
            if number >= len(boxes):
                tile.box, tile.feed = Box(0, 0, 0, 0), None
                continue
            box = tile.box = boxes[number]
            size = (max(2, round(box.width * self.ctx.scale)), max(2, round(box.height * self.ctx.scale)))
            if tile.camera is not None and not tile.camera.is_private:
                tile.feed = self.ctx.video(tile.camera, size)
        self._arranged_for = self.size()
        self._look()

    def _look(self) -> None:
        """Asks every feed for its newest picture; repaints the tiles that would look different."""
        for tile in self._tiles:
            image = tile.feed.frame() if tile.feed is not None else None
            look = self._calm(tile, self._look_of(tile))
            if image is not tile.image or look != tile.look:
                tile.image, tile.look = image, look
                self.update(self._pixels(tile.box))
        self._say()

    def _calm(self, tile: _Tile, look: TileLook) -> TileLook:
        """The age of a live picture is said anew once a second: tenths that race tell nobody anything."""
        now = self.ctx.now()
        before = tile.look
        is_same = before is not None and before.freshness is look.freshness is Freshness.LIVE and before.name == look.name
        if before is not None and is_same and tile.said_at is not None and timedelta(0) <= now - tile.said_at < SAID_EVERY:
            return before
        tile.said_at = now
        return look

    def _look_of(self, tile: _Tile) -> TileLook:
        text, tr, feed = self.ctx.text, self.ctx.tr, tile.feed
        name = tile.camera.name if tile.camera is not None else tile.camera_id
        if feed is None:
            reason = "private" if tile.camera is not None else "unknown"
            return look_of(name, Freshness.OFFLINE, None, MISSING, reason, text, tr)
        age = feed.age_s()
        tile.taken_at = feed.taken_at()
        freshness = freshness_of(age, is_down=feed.is_down())
        reason = feed.reason() if isinstance(feed, Explained) else None
        return look_of(name, freshness, age, text.clock(tile.taken_at), reason, text, tr)

    def _say(self) -> None:
        """The frame's second line, the count on its chip, and that the panel is as fresh as its freshest tile."""
        if not self._tiles:
            self.counted.emit("")
            self.judged.emit(Freshness.LIVE)
            self.describe("")
            return
        tr, text = self.ctx.tr, self.ctx.text
        shown = [tile for tile in self._tiles if tile.box.width > 0]
        states = [tile.look.freshness for tile in shown if tile.look is not None]
        live = states.count(Freshness.LIVE)
        self.judged.emit(min(states, key=SEVERITY.index, default=Freshness.LIVE))
        self.counted.emit(tr("{part} dari {whole}").format(part=live, whole=len(shown)))
        newest = max((tile.taken_at for tile in shown if tile.taken_at is not None), default=None)
        codes = dict.fromkeys(tile.camera.owner for tile in shown if tile.camera is not None and tile.camera.owner)
        owners = ", ".join(self.ctx.city.agency_short(code) or code for code in codes)
        when = tr("per {when}").format(when=text.clock(newest))
        self.describe(f"{when} · CCTV {owners}" if owners else when)

    def _pixels(self, box: Box) -> QRect:
        """A tile with its name, device pixels, one more all round for what is smoothed."""
        s = self.ctx.scale
        return QRectF(box.x * s, box.y * s, box.width * s, (box.height + NAME) * s).toAlignedRect().adjusted(-1, -1, 1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._dirty = event.region()
        super().paintEvent(event)
        self._dirty = None

    def paint(self, canvas: Canvas) -> None:
        if self._arranged_for != self.size():
            self._arrange()
        if not self._tiles:
            draw_nothing(canvas, self.status.freshness, self.ctx.tr("Belum ada kamera"), self.ctx.tr)
        for tile in self._tiles:
            is_due = self._dirty is None or self._dirty.intersects(self._pixels(tile.box))
            if is_due and tile.look is not None and tile.box.width > 1:
                draw_tile(canvas, tile.box, tile.look, tile.image, self.ctx.tr)


PANEL = PanelSpec(
    key="cameras",
    title="Kamera",
    panel=CamerasPanel,
    topics=(CAMERA,),
    options=CamerasOptions,
    camera_option="cameras",
    is_narrow_padded=True,
    min_size=(480, 320),
    max_rate_ms=100,
)
