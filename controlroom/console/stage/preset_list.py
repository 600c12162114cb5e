"""The presets in two columns, each with what it is now: on the wall, in the preview, or the hour at which it comes by itself."""

import json
from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from controlroom.console.look import DeskLook
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.preview import TILE_MIME
from feeds.messages.walls import Preset
from widgets.kit.canvas import MEDIUM, REGULAR, font, plain

KEY_ROLE = Qt.ItemDataRole.UserRole
MARK_ROLE = Qt.ItemDataRole.UserRole + 1
RIM_ROLE = Qt.ItemDataRole.UserRole + 2
ROW = 46
LEAST_COLUMN = 146


class PresetList(QListWidget):
    """``chosen``: the key of the preset that goes into the preview."""

    chosen = Signal(str)

    def __init__(self, stage: StageDesk, parent: QWidget | None = None, *, is_whole: bool = True) -> None:
        super().__init__(parent)
        self._stage = stage
        self._is_whole = is_whole
        self._needle = ""
        self.setAccessibleName(stage.ctx.tr("Preset"))
        self.setViewMode(QListWidget.ViewMode.ListMode)
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setDragEnabled(is_whole)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Plate(stage.ctx.look, self))
        self.itemClicked.connect(self._choose)
        stage.shelf.changed.connect(self.refresh)
        stage.changed.connect(self.refresh)
        self.refresh()

    def filter(self, needle: str) -> None:
        self._needle = needle.casefold()
        self.refresh()

    def listed(self) -> list[Preset]:
        shelf = self._stage.shelf
        return [p for p in shelf.presets if self._needle in f"{p.layout.title} {p.layout.title_en or ''} {p.key}".casefold()]

    def current(self) -> QListWidgetItem | None:
        return self.currentItem()

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(KEY_ROLE))

    def current_preset(self) -> Preset | None:
        item = self.current()
        return self._stage.shelf.by_key(item.data(KEY_ROLE)) if item is not None else None

    def refresh(self) -> None:
        """Fills the list anew when anything of it is other than before; what was chosen stays chosen."""
        wanted = [(p.key, self._stage.shelf.title_of(p.layout), *self._mark(p)) for p in self.listed()]
        items = [self.item(n) for n in range(self.count())]
        if [(i.data(KEY_ROLE), i.text(), i.data(MARK_ROLE), i.data(RIM_ROLE)) for i in items] == wanted:
            return
        if [i.data(KEY_ROLE) for i in items] != [key for key, *_ in wanted]:
            current = self.current()
            chosen = current.data(KEY_ROLE) if current is not None else None
            self.clear()
            for key, *_ in wanted:
                item = QListWidgetItem(self)
                item.setData(KEY_ROLE, key)
                if key == chosen:
                    self.setCurrentItem(item)
        for number, (_key, title, mark, rim) in enumerate(wanted):
            item = self.item(number)
            item.setText(title)
            item.setData(MARK_ROLE, mark)
            item.setData(RIM_ROLE, rim)
            item.setToolTip("")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}, {mark}" if mark else title)
        self._fit()

    def _mark(self, preset: Preset) -> tuple[str, str]:
        """The word on the right, and the colour of the rim."""
        stage, tr = self._stage, self._stage.ctx.tr
        standing = stage.standing()
        if standing is not None and stage.shelf.named(standing) == preset.key:
            return tr("tayang"), "ink"
        if stage.editor.is_changed and stage.shelf.named(stage.editor.layout) == preset.key:
            return tr("pratinjau"), "sel"
        off_hours = stage.ctx.city.off_hours
        if off_hours is not None and off_hours.layout == preset.key:
            return off_hours.begins.replace(":", "." if stage.ctx.language == "id" else ":"), "line2"
        number = stage.shelf.presets.index(preset) + 1
        return str(number) if number <= 9 and self._is_whole else "", "line2"

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        mime = QMimeData()
        mime.setData(TILE_MIME, json.dumps({"preset": items[0].data(KEY_ROLE)}).encode())
        return mime

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.current()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None and not event.modifiers():
            self.chosen.emit(item.data(KEY_ROLE))
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.viewport().width() - 8
        columns = max(1, min(2, room // LEAST_COLUMN))
        size = QSize(max(60, room // columns), ROW + 8)
        if self.gridSize() != size:
            self.setGridSize(size)
        for number in range(self.count()):
            self.item(number).setSizeHint(size)

    def height_of_all(self) -> int:
        columns = max(1, min(2, (self.viewport().width() - 8) // LEAST_COLUMN))
        return -(-self.count() // columns) * (ROW + 8) + 8


class _Plate(QStyledItemDelegate):
    """One preset as a button: its title left, its mark right."""

    def __init__(self, look: DeskLook, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        colours, family = self._look.theme.palette, self._look.theme.text_family
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRectF = QRectF(option.rect).adjusted(3, 4, -3, -4)  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        rim = str(index.data(RIM_ROLE) or "line2")
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        painter.setBrush(QColor(colours.raised if is_current else colours.bg))
        painter.setPen(QPen(QColor(getattr(colours, rim)), 2 if rim != "line2" or is_current else 1.5))
        painter.drawRoundedRect(rect, 8, 8)
        if is_current and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.sel), 2, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(rect.adjusted(3, 3, -3, -3), 6, 6)
        inner = rect.adjusted(12, 0, -12, 0)
        mark = str(index.data(MARK_ROLE) or "")
        face = font(family, 15, REGULAR)
        width = QFontMetricsF(face).horizontalAdvance(mark)
        painter.setFont(face)
        painter.setPen(QColor(colours.ink2))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, mark)
        face = font(family, 16, MEDIUM)
        painter.setFont(face)
        painter.setPen(QColor(colours.ink))
        room = inner.adjusted(0, 0, -(width + 8) if mark else 0, 0)
        title = QFontMetricsF(face).elidedText(plain(str(index.data())), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()
