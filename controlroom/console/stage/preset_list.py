"""The presets in two columns, each with what it is now: on the wall, in the preview, or the hour at which it comes by itself."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
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
DIGIT_ROLE = Qt.ItemDataRole.UserRole + 3
ROW, LOW_ROW = 46, 38
GAP = 8
LEAST_COLUMN = 146
DIGITS = 9
GREYED = "line"
"""The rim of a preset that cannot stand on this wall."""


class Row(NamedTuple):
    """What one item shows. ``key``: empty for the line over those that cannot stand on this wall."""

    key: str
    title: str
    mark: str = ""
    rim: str = "line2"
    digit: str = ""


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
        """What stands comes first, then what can stand on this wall, then the rest."""
        return [*self._fitting(), *self._found(self._stage.misfits())]

    def _fitting(self) -> list[Preset]:
        standing = self._stage.standing()
        shown = self._stage.shelf.named(standing) if standing is not None else ""
        return sorted(self._found(self._stage.fitting()), key=lambda preset: preset.key != shown)

    def _found(self, presets: list[Preset]) -> list[Preset]:
        return [p for p in presets if self._needle in f"{p.layout.title} {p.layout.title_en or ''} {p.key}".casefold()]

    def current(self) -> QListWidgetItem | None:
        return self.currentItem()

    def _choose(self, item: QListWidgetItem) -> None:
        if item.data(KEY_ROLE):
            self.chosen.emit(item.data(KEY_ROLE))

    def current_preset(self) -> Preset | None:
        item = self.current()
        return self._stage.shelf.by_key(item.data(KEY_ROLE)) if item is not None else None

    def refresh(self) -> None:
        """Fills the list anew when anything of it is other than before; what was chosen stays chosen."""
        wanted = self._rows()
        items = [self.item(n) for n in range(self.count())]
        if [_shown(item) for item in items] == wanted:
            return
        if [item.data(KEY_ROLE) for item in items] != [row.key for row in wanted]:
            current = self.current()
            chosen = current.data(KEY_ROLE) if current is not None else None
            self.clear()
            for row in wanted:
                item = QListWidgetItem(self)
                item.setData(KEY_ROLE, row.key)
                if not row.key:
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                elif row.key == chosen:
                    self.setCurrentItem(item)
        for number, row in enumerate(wanted):
            item = self.item(number)
            item.setText(row.title)
            item.setData(MARK_ROLE, row.mark)
            item.setData(RIM_ROLE, row.rim)
            item.setData(DIGIT_ROLE, row.digit)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(part for part in (row.title, row.mark, row.digit) if part))
        self._fit()

    def _rows(self) -> list[Row]:
        stage, tr = self._stage, self._stage.ctx.tr
        digits = {preset.key: str(n) for n, preset in enumerate(stage.fitting()[:DIGITS], 1)} if self._is_whole else {}

        def row(preset: Preset, is_fitting: bool) -> Row:
            mark, rim = self._mark(preset)
            return Row(preset.key, stage.shelf.title_of(preset.layout), mark, rim if is_fitting else GREYED, digits.get(preset.key, ""))

        misfits = self._found(stage.misfits())
        line = [Row("", tr("tidak muat di dinding ini"))] if misfits else []
        return [*(row(p, True) for p in self._fitting()), *line, *(row(p, False) for p in misfits)]

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
        return "", "line2"

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
        size = QSize(max(60, room // columns), (ROW if self._is_whole else LOW_ROW) + GAP)
        for number in range(self.count()):
            item = self.item(number)
            item.setSizeHint(size if item.data(KEY_ROLE) else QSize(max(60, room), size.height()))


def _shown(item: QListWidgetItem) -> Row:
    return Row(item.data(KEY_ROLE), item.text(), item.data(MARK_ROLE), item.data(RIM_ROLE), item.data(DIGIT_ROLE))


class _Plate(QStyledItemDelegate):
    """One preset as a button: its title left, its mark right."""

    def __init__(self, look: DeskLook, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRectF = QRectF(option.rect).adjusted(3, GAP / 2, -3, -GAP / 2)  # type: ignore[attr-defined]
        if index.data(KEY_ROLE):
            self._plate(painter, rect, option, index)
        else:
            self._line(painter, rect, str(index.data()))
        painter.restore()

    def _plate(self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        colours, family = self._look.theme.palette, self._look.theme.text_family
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        rim = str(index.data(RIM_ROLE) or "line2")
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        painter.setBrush(QColor(colours.raised if is_current else colours.bg))
        painter.setPen(QPen(QColor(getattr(colours, rim)), 2 if rim in ("ink", "sel") or is_current else 1.5))
        painter.drawRoundedRect(rect, 8, 8)
        if is_current and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.sel), 2, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(rect.adjusted(3, 3, -3, -3), 6, 6)
        inner = rect.adjusted(12, 0, -12, 0)
        inner.setRight(inner.right() - self._digit(painter, inner, str(index.data(DIGIT_ROLE) or "")))
        mark = str(index.data(MARK_ROLE) or "")
        face = font(family, 15, REGULAR)
        painter.setFont(face)
        painter.setPen(QColor(colours.ink2))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, mark)
        room = inner.adjusted(0, 0, -(QFontMetricsF(face).horizontalAdvance(mark) + 8) if mark else 0, 0)
        face = font(family, 16, MEDIUM)
        painter.setFont(face)
        painter.setPen(QColor(colours.ink3 if rim == GREYED else colours.ink))
        title = QFontMetricsF(face).elidedText(plain(str(index.data())), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)

    def _digit(self, painter: QPainter, inner: QRectF, digit: str) -> float:
        """The key that brings it into the preview, in its small frame; the width it takes."""
        if not digit:
            return 0.0
        colours = self._look.theme.palette
        box = QRectF(inner.right() - 22, inner.center().y() - 11, 22, 22)
        painter.setBrush(QColor(colours.raised))
        painter.setPen(QPen(QColor(colours.line2), 1))
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font(self._look.theme.text_family, 15, REGULAR))
        painter.setPen(QColor(colours.ink2))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, digit)
        return 22.0 + 8

    def _line(self, painter: QPainter, rect: QRectF, text: str) -> None:
        colours = self._look.theme.palette
        face = font(self._look.theme.text_family, 15, REGULAR)
        painter.setFont(face)
        painter.setPen(QColor(colours.ink2))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        left = rect.left() + QFontMetricsF(face).horizontalAdvance(text) + 10
        painter.setPen(QPen(QColor(colours.line2), 1))
        if left < rect.right():
            painter.drawLine(QPointF(left, rect.center().y()), QPointF(rect.right(), rect.center().y()))
