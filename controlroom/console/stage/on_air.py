"""TAYANG: the wall's real picture, made of its stills, in a solid frame; and what to say when there is none."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.wall_view import WallView, begin, draw_fitted
from controlroom.live.still_frames import CURTAIN_SLOT
from feeds.messages.walls import Lease
from widgets.kit.canvas import MEDIUM, font
from widgets.kit.palette import Palette

LATE_S = 2.0
"""Older than this a still is said to be old."""


class OnAir(WallView):
    """Read only. Its accessible description says in words what the picture shows."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(stage.ctx.look, parent)
        self._stage = stage
        self.setAccessibleName(stage.ctx.tr("Dinding sekarang"))
        stage.stills.changed.connect(self.update)
        stage.changed.connect(self._refresh)
        stage.holding.changed.connect(self.update)
        stage.feed.ticked.connect(self._refresh)
        self._refresh()

    def words(self) -> list[str]:
        """What is said over the picture: large first; empty when the picture stands for itself."""
        tr, text, stage = self._stage.ctx.tr, self._stage.ctx.text, self._stage
        state = stage.feed.state
        if not stage.feed.wall:
            return [tr("Belum ada dinding yang terdengar")]
        if state is None or stage.feed.is_stale:
            silent = stage.feed.silent_s
            since = tr("dinding diam {age}").format(age=text.age(silent)) if silent is not None else tr("dinding belum bicara")
            return [tr("TERPUTUS"), since]
        if state.is_curtained:
            last = stage.feed.last
            who = tr("{name} {time}").format(name=last.name, time=text.minute(last.at)) if last is not None and last.is_curtained else ""
            return [tr("Layar ditutup"), who]
        if not stage.stills.has_client:
            return [tr("Gambar dinding tidak diatur di meja ini")]
        if not stage.stills.is_reached:
            return [tr("TERPUTUS"), tr("gambar dinding tidak sampai ke meja ini")]
        return []

    def _refresh(self) -> None:
        self.set_wall(self._stage.feed.installation)
        self.setAccessibleDescription(" ".join([*self.words(), self._stage.monitors_line()]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = begin(self, event)
        self.draw_ground(painter)
        words = self.words()
        is_shown = not words or (self._stage.stills.is_reached and not self._stage.feed.is_stale)
        self._draw_stills(painter, is_shown)
        self.draw_seams(painter)
        if not words:
            self._draw_leases(painter)
            self._draw_age(painter)
        else:
            self._draw_words(painter, words)
        self.draw_rim(painter, self.look.theme.palette.ink, Qt.PenStyle.SolidLine)
        painter.end()

    def _draw_stills(self, painter: QPainter, is_shown: bool) -> None:
        stills = self._stage.stills
        layout = stills.layout
        if not is_shown or layout is None:
            self._draw_slots(painter)
            return
        area = self.area()
        if layout.is_curtained:
            if (curtain := stills.pictures.get(CURTAIN_SLOT)) is not None:
                draw_fitted(painter, curtain, area, is_stretched=True)
            return
        across, down = area.width() / layout.size[0], area.height() / layout.size[1]
        for slot in layout.slots:
            x, y, width, height = slot.rect
            box = QRectF(area.left() + x * across, area.top() + y * down, width * across, height * down)
            picture = stills.pictures.get(slot.index)
            if picture is None:
                painter.fillRect(box, QColor(self.colours.panel))
            else:
                draw_fitted(painter, picture, box, is_stretched=True)

    def _draw_slots(self, painter: QPainter) -> None:
        """Where things stand, as the wall said: no picture pretends to be one."""
        state = self._stage.feed.state
        if state is None:
            return
        area, scale = self.area(), self.scale()
        for slot in state.slots:
            x, y, width, height = slot.geometry
            box = QRectF(area.left() + x * scale, area.top() + y * scale, width * scale, height * scale)
            painter.fillRect(box, QColor(self.colours.panel))
            painter.fillRect(box, QBrush(QColor(self.colours.line), Qt.BrushStyle.BDiagPattern))

    def _draw_leases(self, painter: QPainter) -> None:
        for lease in self._stage.holding.others:
            draw_lease(self, painter, lease, self.colours)

    def _draw_age(self, painter: QPainter) -> None:
        """Only what is old says so; how fresh a good picture is stands beside it."""
        age = self._stage.stills.age_s
        if age is not None and age > LATE_S:
            tr, text = self._stage.ctx.tr, self._stage.ctx.text
            self._draw_words(painter, [tr("USANG {age}").format(age=text.age(age))])

    def _draw_words(self, painter: QPainter, words: list[str]) -> None:
        area = self.area()
        colours = self.colours
        told = [(n, line) for n, line in enumerate(words) if line]
        lines = [(line, 20 if n == 0 and len(line) < 20 else 15, colours.ink if n == 0 else colours.ink2) for n, line in told]
        height = min(area.height() * 0.8, 18 + 28 * sum(1 + len(line) // 32 for line, _, _ in lines))
        plate = QRectF(area.left() + area.width() * 0.08, area.center().y() - height / 2, area.width() * 0.84, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.bg))
        painter.drawRoundedRect(plate, 8, 8)
        self.draw_words(painter, lines, plate)


def draw_lease(view: WallView, painter: QPainter, lease: Lease, colours: Palette) -> None:
    """The part of the wall somebody else holds: hatched along its edge, with their name."""
    box = view.area() if lease.region is None else view.box(lease.region.cell, lease.region.grid)
    tint = QColor(colours.ink2)
    tint.setAlpha(90)
    edge = 10.0
    for side in (
        QRectF(box.left(), box.top(), box.width(), edge),
        QRectF(box.left(), box.bottom() - edge, box.width(), edge),
        QRectF(box.left(), box.top(), edge, box.height()),
        QRectF(box.right() - edge, box.top(), edge, box.height()),
    ):
        painter.fillRect(side, QBrush(tint, Qt.BrushStyle.BDiagPattern))
    wide = QFontMetricsF(font(view.look.theme.text_family, 15, MEDIUM)).horizontalAdvance(lease.name) + 20
    # At the foot: along the top walls have their heads.
    plate = QRectF(box.left() + edge, box.bottom() - edge - 24, min(box.width() - 2 * edge, wide), 24)
    if plate.width() > 40:
        painter.fillRect(plate, QColor(colours.bg))
        view.draw_words(painter, [(lease.name, 15, colours.ink)], plate)
