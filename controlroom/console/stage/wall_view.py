"""A wall in small: its ground, its seams, and the way between its cells and a widget's pixels. What stands on it others draw."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from controlroom.console.look import DeskLook
from controlroom.console.stage.places import Cell
from controlroom.wall.geometry import MARGIN_U, monitor_rects, wall_size
from controlroom.wall.screens import unit_scale
from feeds.messages.layout import Grid, Wall
from widgets.kit.canvas import MEDIUM, font, plain
from widgets.kit.palette import Palette

RIM = 5
"""Between the widget's edge and the wall: the frame stands there."""


class WallView(QWidget):
    """Keeps the wall's proportions whatever room it gets."""

    def __init__(self, look: DeskLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.wall: Wall | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumSize(160, 90)
        look.changed.connect(self.update)

    @property
    def colours(self) -> Palette:
        """The wall's own: its pictures are of these colours too."""
        return self.look.wall.palette

    def set_wall(self, wall: Wall | None) -> None:
        if wall != self.wall:
            self.wall = wall
            self.updateGeometry()
            self.update()

    def size_of_wall(self) -> tuple[int, int]:
        return wall_size(self.wall) if self.wall is not None else (3840, 2160)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        wide, high = self.size_of_wall()
        return round((width - 2 * RIM) * high / wide) + 2 * RIM

    def sizeHint(self) -> QSize:
        return QSize(480, self.heightForWidth(480))

    def area(self) -> QRectF:
        """Where the wall stands within the widget."""
        wide, high = self.size_of_wall()
        room = QRectF(self.rect()).adjusted(RIM, RIM, -RIM, -RIM)
        scale = min(room.width() / wide, room.height() / high)
        width, height = max(1.0, wide * scale), max(1.0, high * scale)
        return QRectF(room.center().x() - width / 2, room.top(), width, height)

    def scale(self) -> float:
        """Widget pixels for one pixel of the wall."""
        return self.area().width() / self.size_of_wall()[0]

    def box(self, cell: Cell, grid: Grid) -> QRectF:
        area = self.area()
        width, height = area.width() / grid.columns, area.height() / grid.rows
        return QRectF(area.left() + cell[0] * width, area.top() + cell[1] * height, cell[2] * width, cell[3] * height)

    def inner_box(self, cell: Cell, grid: Grid) -> QRectF:
        """The cell without what a panel keeps free around itself."""
        gap = min(4.0, MARGIN_U / 2 * self.scale() * (unit_scale(self.wall) if self.wall is not None else 1.0))
        return self.box(cell, grid).adjusted(gap, gap, -gap, -gap)

    def share(self, point: QPointF) -> tuple[float, float]:
        """A point of the widget as shares of the wall."""
        area = self.area()
        return (point.x() - area.left()) / area.width(), (point.y() - area.top()) / area.height()

    def draw_ground(self, painter: QPainter) -> None:
        painter.fillRect(self.area(), QColor(self.colours.bg))

    def draw_seams(self, painter: QPainter) -> None:
        if self.wall is None:
            return
        area, scale = self.area(), self.scale()
        painter.setPen(QPen(QColor(self.colours.line2), 1.5))
        for x, y, width, height in monitor_rects(self.wall).values():
            if x > 0:
                left = area.left() + x * scale
                painter.drawLine(QPointF(left, area.top() + y * scale), QPointF(left, area.top() + (y + height) * scale))
            if y > 0:
                top = area.top() + y * scale
                painter.drawLine(QPointF(area.left() + x * scale, top), QPointF(area.left() + (x + width) * scale, top))

    def draw_rim(self, painter: QPainter, colour: str, style: Qt.PenStyle) -> None:
        """Around the wall: in the desk's colours."""
        pen = QPen(QColor(colour), 3 if style is Qt.PenStyle.SolidLine else 2, style)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.area().adjusted(-3, -3, 3, 3), 4, 4)

    def draw_words(self, painter: QPainter, lines: Sequence[tuple[str, int, str]], box: QRectF) -> None:
        """Lines (text, size, colour) in the middle of ``box`` on a plate of the wall's ground."""
        wrap = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        faces = [font(self.look.theme.text_family, size, MEDIUM) for _, size, _ in lines]
        room = QRectF(0, 0, box.width() - 8, 1_000)
        pairs = list(zip(lines, faces, strict=True))
        heights = [QFontMetricsF(face).boundingRect(room, wrap, plain(line[0])).height() for line, face in pairs]
        y = box.center().y() - sum(heights) / 2
        for (text, _, colour), face, height in zip(lines, faces, heights, strict=True):
            painter.setFont(face)
            painter.setPen(QColor(colour))
            painter.drawText(QRectF(box.left() + 4, y, box.width() - 8, height), wrap, plain(text))
            y += height


def draw_fitted(painter: QPainter, picture: QImage | QPixmap, box: QRectF, *, is_stretched: bool) -> None:
    """The whole picture inside ``box``, in its own proportions unless it may be stretched."""
    if picture.isNull():
        return
    target = QRectF(box)
    if not is_stretched:
        scale = min(box.width() / picture.width(), box.height() / picture.height())
        width, height = picture.width() * scale, picture.height() * scale
        target = QRectF(box.center().x() - width / 2, box.center().y() - height / 2, width, height)
    source = QRectF(picture.rect())
    if isinstance(picture, QImage):
        painter.drawImage(target, picture, source)
    else:
        painter.drawPixmap(target, picture, source)


def begin(widget: QWidget, _event: QPaintEvent) -> QPainter:
    painter = QPainter(widget)
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    return painter
