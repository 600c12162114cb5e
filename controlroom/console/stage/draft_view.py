"""The draft in small, drawn: tiles with their pictures, what differs from the wall, the selected tile, a drag going on. No input."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QHideEvent, QImage, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.difference import Kind
from controlroom.console.stage.dragging import Act, Outcome
from controlroom.console.stage.miniatures import Miniatures
from controlroom.console.stage.on_air import draw_lease
from controlroom.console.stage.places import fault_text, faults_of_draft
from controlroom.console.stage.sketches import Sketcher
from controlroom.console.stage.snap import HANDLES
from controlroom.console.stage.wall_view import WallView, begin, draw_fitted
from feeds.messages.layout import Grid, Slot
from widgets.kit.canvas import MEDIUM, font

HANDLE_PX = 9
REACH_PX = 8
_PLACES = {
    "nw": (0.0, 0.0),
    "n": (0.5, 0.0),
    "ne": (1.0, 0.0),
    "e": (1.0, 0.5),
    "se": (1.0, 1.0),
    "s": (0.5, 1.0),
    "sw": (0.0, 1.0),
    "w": (0.0, 0.5),
}


def _size(slot: Slot, grid: Grid) -> tuple[float, float]:
    """As shares of the wall."""
    return round(slot.cell[2] / grid.columns, 6), round(slot.cell[3] / grid.rows, 6)


def handle_spot(box: QRectF, handle: str) -> QPointF:
    """A little inside the tile: at the edge of the wall there would be no room for it."""
    across, down = _PLACES[handle]
    inner = box.adjusted(4, 4, -4, -4)
    return QPointF(inner.left() + across * inner.width(), inner.top() + down * inner.height())


class DraftView(WallView):
    """Shows the draft. ``is_editable``: handles and marks of difference are drawn; ``outcome``: of the drag that is going on."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None, *, is_editable: bool = False) -> None:
        super().__init__(stage.ctx.look, parent)
        self.stage = stage
        self.is_editable = is_editable
        self.outcome: Outcome | None = None
        self.dragged: int | None = None
        self.miniatures = Miniatures(stage.ctx, stage.ctx.look.wall, self)
        self.setAccessibleName(stage.ctx.tr("Pratinjau"))
        stage.changed.connect(self.refresh)
        stage.editor.selected.connect(self.describe)
        stage.stills.changed.connect(self.update)
        stage.feed.ticked.connect(self.update)
        self.miniatures.changed.connect(self.update)
        self.refresh()

    def close_view(self) -> None:
        self.miniatures.close()

    def refresh(self) -> None:
        editor = self.stage.editor
        self.set_wall(editor.ground.wall)
        if self.isVisible():
            self._show_small()
        self.describe()

    def _show_small(self) -> None:
        editor = self.stage.editor
        self.miniatures.show(editor.layout, editor.ground.wall, self.stage.catalogue, self.area().width() * self.devicePixelRatioF())

    def describe(self) -> None:
        """Says in words what is selected, and what a drag would do."""
        editor, tr = self.stage.editor, self.stage.ctx.tr
        line = tr("{count} petak").format(count=len(editor.layout.slot))
        if editor.index is not None and editor.index < len(editor.layout.slot):
            slot = editor.layout.slot[editor.index]
            column, row, width, height = slot.cell
            line = tr("Petak {number}, {panel}: kolom {column}, baris {row}, lebar {width}, tinggi {height}").format(
                number=editor.index + 1, panel=self.stage.title(slot.panel), column=column, row=row, width=width, height=height
            )
        if self.outcome is not None and self.outcome.faults:
            line = self.fault_line(self.outcome)
        self.setAccessibleDescription(line)
        self.update()

    def tile_box(self, index: int) -> QRectF:
        """Where a tile stands in the widget."""
        layout = self.stage.editor.layout
        return self.box(layout.slot[index].cell, layout.grid)

    def handle_at(self, point: QPointF) -> str:
        """The handle of the selected tile under a point, empty when there is none."""
        index = self.stage.editor.index
        if index is None or not self.is_editable:
            return ""
        box = self.tile_box(index)
        for handle in HANDLES:
            spot = handle_spot(box, handle)
            if abs(spot.x() - point.x()) <= REACH_PX and abs(spot.y() - point.y()) <= REACH_PX:
                return handle
        return ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = begin(self, event)
        self._draw(painter)
        painter.end()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.miniatures.run(True)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.isVisible():
            self._show_small()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.miniatures.run(False)

    def fault_line(self, found: Outcome) -> str:
        """What is wrong where a drag is now, as one sentence."""
        stage = self.stage
        faults = sorted(found.faults, key=lambda f: (f.kind, f.other or 0))
        words = ", ".join(fault_text(fault, stage.title, stage.editor.layout, stage.ctx.tr) for fault in faults)
        return stage.ctx.tr("Tidak bisa di sini: {why}").format(why=words)

    def _draw(self, painter: QPainter) -> None:
        self.draw_ground(painter)
        stage = self.stage
        layout = stage.editor.layout
        sketcher = Sketcher(self.look.wall, stage.ctx.city, stage.title)
        wrong = faults_of_draft(layout, stage.editor.ground)
        changes = {change.after: change.kinds for change in stage.editor.difference().changes}
        for index, slot in enumerate(layout.slot):
            box = self.inner_box(slot.cell, layout.grid)
            self._tile(painter, index, slot, box, sketcher)
            if index in changes and self.is_editable:
                self._mark(painter, changes[index], box)
            if index in wrong:
                self._wrong(painter, box)
        self.draw_seams(painter)
        for lease in stage.holding.others:
            draw_lease(self, painter, lease, self.colours)
        if not layout.slot:
            self.draw_words(painter, [(stage.ctx.tr("Seret panel ke sini"), 20, self.colours.ink2)], self.area())
        self._draw_age(painter)
        self._selection(painter)
        self._ghost(painter)
        style = Qt.PenStyle.DashLine if not self.hasFocus() or stage.editor.index is not None else Qt.PenStyle.SolidLine
        self.draw_rim(painter, self.look.theme.palette.sel, style)

    def _tile(self, painter: QPainter, index: int, slot: Slot, box: QRectF, sketcher: Sketcher) -> None:
        painter.setOpacity(0.35 if self.dragged == index else 1.0)
        picture, room = self._picture(slot, box)
        if picture is None:
            sketcher.draw(painter, slot, box)
        else:
            painter.fillRect(box, QColor(self.colours.panel))
            draw_fitted(painter, picture, room, is_stretched=False)
        painter.setOpacity(1.0)
        painter.setPen(QPen(QColor(self.colours.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def _picture(self, slot: Slot, box: QRectF) -> tuple[QImage | QPixmap | None, QRectF]:
        """The wall's own still of the same panel with the same options and size, else the panel drawn small; and the room it stands in."""
        whole = self.box(slot.cell, self.stage.editor.layout.grid)
        still, is_of_size = self._still(slot)
        if still is not None and is_of_size:
            return still, whole
        small = self.miniatures.picture(slot)
        # Of a map or a camera there is nothing better than what the wall shows, whatever its shape.
        return (small, whole) if small is not None else (still, box)

    def _still(self, slot: Slot) -> tuple[QImage | None, bool]:
        """As the wall shows it, behind its curtain as it was before; and whether it is of the slot's own size there."""
        stills, standing = self.stage.stills, self.stage.standing()
        shown, pictures = stills.before if stills.before is not None else (stills.layout, stills.pictures)
        if standing is None or shown is None or [s.panel for s in standing.slot] != [s.panel for s in shown.slots]:
            return None, False
        size = _size(slot, self.stage.editor.layout.grid)
        found: QImage | None = None
        for number, there in enumerate(standing.slot):
            picture = pictures.get(shown.slots[number].index)
            if picture is None or (there.panel, there.options) != (slot.panel, slot.options):
                continue
            if _size(there, standing.grid) == size:
                return picture, True
            found = found or picture
        return found, False

    def _draw_age(self, painter: QPainter) -> None:
        """Pictures from before the curtain say how old they are."""
        age = self.stage.stills.before_age_s
        if age is None:
            return
        text = self.stage.ctx.tr("gambar dinding dari sebelum layar ditutup, {age} lalu").format(age=self.stage.ctx.text.age(age))
        area = self.area()
        plate = QRectF(area.center().x() - min(area.width() - 16, 480) / 2, area.bottom() - 32, min(area.width() - 16, 480), 26)
        painter.fillRect(plate, QColor(self.colours.bg))
        self.draw_words(painter, [(text, 15, self.colours.ink)], plate)

    def _mark(self, painter: QPainter, kinds: tuple[Kind, ...], box: QRectF) -> None:
        """One word in the corner: what is not as it is on the wall."""
        tr, colours = self.stage.ctx.tr, self.colours
        words = {Kind.ADDED: tr("baru"), Kind.MOVED: tr("pindah"), Kind.RESIZED: tr("ukuran"), Kind.OPTIONS: tr("opsi")}
        text = " · ".join(words[kind] for kind in kinds if kind in words)
        face = font(self.look.theme.text_family, 15, MEDIUM)
        metrics = QFontMetricsF(face)
        width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 2
        if width > box.width() - 8 or height > box.height() - 4:
            width, height, text = 10.0, 10.0, ""
        plate = QRectF(box.right() - width - 3, box.bottom() - height - 3, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.sel))
        painter.drawRoundedRect(plate, 3, 3)
        if text:
            painter.setFont(face)
            painter.setPen(QColor(colours.bg))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    def _wrong(self, painter: QPainter, box: QRectF) -> None:
        colour = QColor(self.colours.red)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.DashLine))
        painter.setBrush(QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.drawRect(box)

    def _selection(self, painter: QPainter) -> None:
        index = self.stage.editor.index
        if index is None or not self.is_editable or index >= len(self.stage.editor.layout.slot):
            return
        box = self.tile_box(index)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.colours.sel), 3 if self.hasFocus() else 2))
        painter.drawRect(box.adjusted(2, 2, -2, -2))
        painter.setPen(QPen(QColor(self.colours.bg), 1))
        painter.setBrush(QColor(self.colours.sel))
        for handle in HANDLES:
            spot = handle_spot(box, handle)
            painter.drawRect(QRectF(spot.x() - HANDLE_PX / 2, spot.y() - HANDLE_PX / 2, HANDLE_PX, HANDLE_PX))

    def _ghost(self, painter: QPainter) -> None:
        """Where the tile would stand, and what would be wrong there."""
        found = self.outcome
        if found is None:
            return
        colours = self.colours
        box = self.box(found.cell, self.stage.editor.layout.grid)
        tint = QColor(colours.red if found.faults else colours.sel)
        painter.setPen(QPen(tint, 3))
        fill = QColor(tint)
        fill.setAlpha(60)
        painter.setBrush(QBrush(tint, Qt.BrushStyle.BDiagPattern) if found.faults else fill)
        painter.drawRect(box.adjusted(1, 1, -1, -1))
        column, row, width, height = found.cell
        text = f"{column}, {row} · {width} x {height}"
        if found.act is Act.SWAP:
            text = self.stage.ctx.tr("tukar tempat")
        if found.faults:
            text = self.fault_line(found)
        area = self.area()
        plate = QRectF(area.left() + 8, area.bottom() - 36, area.width() - 16, 28)
        painter.fillRect(plate, QColor(colours.bg))
        self.draw_words(painter, [(text, 15, colours.ink)], plate)
