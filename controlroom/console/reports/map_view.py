"""The desk's map: the city painted from its own figures, reports as marks, one pin that can be moved by mouse and keys.

No web engine: it opens at once and pans under the finger. Knows no door; whoever owns it says what stands on it.
"""

import math
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from controlroom.console.page import DeskContext
from controlroom.console.reports.map_ground import Ground
from feeds.messages.header import Position
from feeds.messages.report import ReportState
from widgets.kit.canvas import Canvas
from widgets.kit.marks import draw_mark

NEAR_M = 250.0
CLOSE_M_PX = 4.5
"""Metres to a pixel when a report is opened: the circle of what is near stands well inside."""
LEAST_M_PX, MOST_M_PX = 0.15, 60.0
STEP_PX, LEAP_PX = 6, 40
_SCALE_M = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """Another report on the map. ``is_near``: one that may tell of the same thing."""

    report: str
    state: ReportState
    position: Position
    is_near: bool = False


class MapView(QWidget):
    """``picks``: a click sets the pin at once (a report being typed in); else it is moved between ``begin_move`` and Enter."""

    moved = Signal(object)
    """The pin's new ``Position``, confirmed."""
    picked = Signal(str)
    """Somebody clicked another report."""

    def __init__(self, ctx: DeskContext, ground: Ground, *, picks: bool = False) -> None:
        super().__init__()
        self._ctx, self._ground, self._picks = ctx, ground, picks
        self._state: ReportState | None = None
        self._pin: Position | None = None
        self._proposed: Position | None = None
        self._others: Sequence[Pin] = ()
        self._centre = ground.box.center()
        self._m_px = MOST_M_PX
        self._dragged: QPointF | None = None
        self._pressed: QPointF | None = None
        self._drags_pin = False
        self._base: QImage | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(180, 160)
        self.setAccessibleName(ctx.tr("Peta"))
        ctx.look.changed.connect(self._repaint)

    @property
    def is_moving(self) -> bool:
        return self._proposed is not None

    @property
    def proposed(self) -> Position | None:
        return self._proposed

    def show_report(self, state: ReportState | None, pin: Position | None, *, keeps_view: bool = False) -> None:
        self._state, self._pin = state, pin
        if not keeps_view:
            self._proposed = None
            self.fit()
        self._repaint()

    def show_others(self, others: Sequence[Pin]) -> None:
        """Reports beside the pinned one; the near ones are drawn in full, the others faintly."""
        if others != self._others:
            self._others = others
            self._repaint()

    def fit(self) -> None:
        """The pin in the middle, or the whole city."""
        if self._pin is not None:
            self._centre, self._m_px = self._ground.plane(self._pin), CLOSE_M_PX
        else:
            box = self._ground.box
            self._centre = box.center()
            self._m_px = max(box.width() / max(1, self.width() - 20), box.height() / max(1, self.height() - 20))
        self._repaint()

    def begin_move(self) -> None:
        """From now on arrows and dragging move the pin; Enter confirms, Esc gives up."""
        self._proposed = self._pin or self._ground.position(self._centre)
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.update()

    def end_move(self, *, is_confirmed: bool) -> None:
        proposed, self._proposed = self._proposed, None
        if is_confirmed and proposed is not None and proposed != self._pin:
            self.moved.emit(proposed)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = LEAP_PX if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP_PX
        ways = {
            Qt.Key.Key_Left: (-step, 0), Qt.Key.Key_Right: (step, 0), Qt.Key.Key_Up: (0, -step), Qt.Key.Key_Down: (0, step),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in ways:
            self._go(*ways[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(0.7, QPointF(self.rect().center()))
        elif key == Qt.Key.Key_Minus:
            self._zoom(1 / 0.7, QPointF(self.rect().center()))
        elif key == Qt.Key.Key_0:
            self.fit()
        elif self.is_moving and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.end_move(is_confirmed=key != Qt.Key.Key_Escape)
        else:
            super().keyPressEvent(event)

    def _go(self, dx: int, dy: int) -> None:
        """Arrows: the pin while it is being moved, else the map, by larger steps."""
        if self._proposed is not None:
            point = self._ground.plane(self._proposed) + QPointF(dx, dy) * self._m_px
            self._proposed = self._ground.position(point)
            self.update()
            return
        self._centre += QPointF(dx, dy) * 5 * self._m_px
        self._repaint()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y()
        if turn:
            self._zoom(0.8 if turn > 0 else 1.25, event.position())
            event.accept()

    def _zoom(self, factor: float, about: QPointF) -> None:
        before = self._at(about)
        self._m_px = min(MOST_M_PX, max(LEAST_M_PX, self._m_px * factor))
        self._centre += before - self._at(about)
        self._repaint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._dragged = event.position()
        near = self._proposed is not None and _distance(self._on_screen(self._proposed), event.position()) < 40
        self._drags_pin = near

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is None:
            return
        by, self._dragged = event.position() - self._dragged, event.position()
        if self._drags_pin and self._proposed is not None:
            self._proposed = self._ground.position(self._at(event.position()))
            self.update()
            return
        self._centre -= by * self._m_px
        self._repaint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        is_click = self._pressed is not None and _distance(self._pressed, event.position()) < 4
        self._pressed = self._dragged = None
        if not is_click:
            return
        if self._proposed is not None:
            self._proposed = self._ground.position(self._at(event.position()))
            self.update()
        elif self._picks:
            self.moved.emit(self._ground.position(self._at(event.position())))
        else:
            clicked = [pin for pin in self._others if _distance(self._on_screen(pin.position), event.position()) < 16]
            if clicked:
                self.picked.emit(clicked[0].report)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._repaint()
        if self._pin is None and self._proposed is None:
            self.fit()

    def _at(self, point: QPointF) -> QPointF:
        """The plane's point under one of the widget."""
        return self._centre + (point - QPointF(self.width(), self.height()) / 2) * self._m_px

    def _on_screen(self, position: Position) -> QPointF:
        return (self._ground.plane(position) - self._centre) / self._m_px + QPointF(self.width(), self.height()) / 2

    def _repaint(self) -> None:
        self._base = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._base is None:
            self._base = self._painted_base()
        with Canvas(self, self._ctx.look.theme, self._ctx.look.theme.palette, 1.0) as canvas:
            canvas.image(0, 0, self.width(), self.height(), self._base, radius=8)
            self._paint_pin(canvas)
            self._paint_scale(canvas)
            if self.hasFocus():
                canvas.outline(0, 0, self.width(), self.height(), canvas.colours.sel, 2, radius=8)

    def _painted_base(self) -> QImage:
        """Ground and other reports: what only changes with the view."""
        ratio = self.devicePixelRatioF()
        image = QImage(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)), QImage.Format.Format_RGB32)
        c = self._ctx.look.theme.palette
        image.fill(QColor(c.out))
        canvas = Canvas(image, self._ctx.look.theme, c, ratio)
        with canvas:
            self._paint_ground(canvas)
            self._paint_others(canvas)
        return image

    def _paint_ground(self, canvas: Canvas) -> None:
        c, painter = canvas.colours, canvas.painter
        painter.save()
        view = QTransform().translate(self.width() / 2, self.height() / 2).scale(1 / self._m_px, 1 / self._m_px)
        painter.setTransform(view.translate(-self._centre.x(), -self._centre.y()), True)
        seen = QRectF(self._at(QPointF(0, 0)), self._at(QPointF(self.width(), self.height())))
        painter.fillPath(self._ground.outline, QColor(c.land))
        own = self._ground.district_at(self._pin) if self._pin is not None else None
        for area in self._ground.districts:
            if area.code == own:
                painter.fillPath(area.path, QColor(c.land_hi))
        if self._m_px < 22:
            _lines(
                painter, [area.path for area in self._ground.subdistricts if area.path.boundingRect().intersects(seen)], c.kelurahan, 1.0
            )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _lines(painter, [self._ground.river], c.water, 5.0)
        _lines(painter, [self._ground.lines], c.land_line, 2.0)
        _lines(painter, [area.path for area in self._ground.districts], c.land_line, 1.5)
        painter.restore()
        self._paint_names(canvas, seen)

    def _paint_names(self, canvas: Canvas, seen: QRectF) -> None:
        """Kecamatan from afar, kelurahan from close by; a name that would lie over another is left out."""
        taken: list[QRectF] = []
        for place in self._ground.places:
            is_fine = bool(place.within)
            if is_fine is (self._m_px < 8) and seen.contains(self._ground.plane(place.position)):
                at, half = self._on_screen(place.position), canvas.text_width(place.name, 15) / 2
                is_whole = at.x() - half > 4 and at.x() + half < self.width() - 4 and 12 < at.y() < self.height() - 12
                is_free = self._pin is None or _distance(at, self._on_screen(self._pin)) > 64
                box = QRectF(at.x() - half - 3, at.y() - 9, 2 * half + 6, 20)
                if is_whole and is_free and not any(box.intersects(other) for other in taken):
                    taken.append(box)
                    canvas.text(at.x(), at.y() - 8, place.name, 15, canvas.colours.ink2, align="centre")

    def _paint_others(self, canvas: Canvas) -> None:
        box = QRectF(self.rect()).adjusted(-20, -20, 20, 20)
        for pin in sorted(self._others, key=lambda one: one.is_near):
            at = self._on_screen(pin.position)
            if box.contains(at):
                canvas.painter.setOpacity(1.0 if pin.is_near else 0.4)
                draw_mark(canvas, pin.state, at.x(), at.y(), 20 if pin.is_near else 14, halo=canvas.colours.bg)
        canvas.painter.setOpacity(1.0)

    def _paint_pin(self, canvas: Canvas) -> None:
        c, shown = canvas.colours, self._proposed or self._pin
        if shown is None:
            canvas.text(self.width() / 2, 12, self._ctx.tr("belum ada pin"), 15, c.ink2, align="centre")
            return
        at = self._on_screen(shown)
        radius = NEAR_M / self._m_px
        if radius < 4_000:
            pen = QPen(QColor(c.ink2), 1.5, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([4, 4])
            canvas.painter.setPen(pen)
            canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
            canvas.painter.drawEllipse(at, radius, radius)
        if self._proposed is not None and self._pin is not None:
            before = self._on_screen(self._pin)
            canvas.line(before.x(), before.y(), at.x(), at.y(), c.ink3, 1.5)
        draw_mark(canvas, self._state or ReportState.NEW, at.x(), at.y(), 27, halo=c.bg)
        canvas.painter.setPen(QPen(QColor(c.sel if self._proposed is not None else c.ink), 2.5))
        canvas.painter.setBrush(Qt.BrushStyle.NoBrush)
        canvas.painter.drawEllipse(at, 25, 25)
        name = self._ground.name_at(shown) or self._ctx.tr("di luar kota")
        self._plate(canvas, QPoint(round(at.x()), round(at.y() + 34)), name)
        if self._proposed is not None:
            hint = self._ctx.tr("Enter pasang · Esc batal")
            self._plate(canvas, QPoint(self.width() // 2, 8), hint)

    def _plate(self, canvas: Canvas, top: QPoint, text: str) -> None:
        """Words on a ground of their own, kept inside the map."""
        wide = min(canvas.text_width(text, 15), self.width() - 20) + 14
        left = min(max(4.0, top.x() - wide / 2), self.width() - wide - 4)
        high = min(max(4.0, float(top.y())), self.height() - 54.0)
        canvas.rect(left, high, wide, 22, canvas.colours.bg, radius=5)
        canvas.text(left + 7, high + 3, text, 15, canvas.colours.ink, max_width=wide - 12)

    def _paint_scale(self, canvas: Canvas) -> None:
        c, most = canvas.colours, 90 * self._m_px
        metres = next((one for one in reversed(_SCALE_M) if one <= most), _SCALE_M[0])
        wide = metres / self._m_px
        text = f"{metres} m" if metres < 1000 else f"{metres // 1000} km"
        low = self.height() - 12
        canvas.rect(8, low - 22, max(wide, canvas.text_width(text, 15)) + 12, 28, c.out, radius=4)
        for x1, y1, x2, y2 in ((14, low, 14 + wide, low), (14, low - 5, 14, low), (14 + wide, low - 5, 14 + wide, low)):
            canvas.line(x1, y1, x2, y2, c.ink2, 2)
        canvas.text(14, low - 21, text, 15, c.ink2)


def _lines(painter: QPainter, paths: Sequence[QPainterPath], colour: str, width: float) -> None:
    """Strokes as wide on the screen at every scale."""
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for path in paths:
        painter.drawPath(path)


def _distance(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
