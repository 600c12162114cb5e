"""PRATINJAU: the draft in small, edited by mouse and keys in a dashed frame. The wall does not change by anything done here."""

import json
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragMoveEvent, QDropEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.draft_view import DraftView
from controlroom.console.stage.dragging import Act, Drag, outcome
from controlroom.console.stage.edit import slot_at
from controlroom.console.stage.places import free_around

TILE_MIME = "application/x-live-room-tile"
DRAG_PX = 5
"""A pointer that moves less than this has not begun to drag."""
_CURSORS = {
    "n": Qt.CursorShape.SizeVerCursor,
    "s": Qt.CursorShape.SizeVerCursor,
    "e": Qt.CursorShape.SizeHorCursor,
    "w": Qt.CursorShape.SizeHorCursor,
    "ne": Qt.CursorShape.SizeBDiagCursor,
    "sw": Qt.CursorShape.SizeBDiagCursor,
    "nw": Qt.CursorShape.SizeFDiagCursor,
    "se": Qt.CursorShape.SizeFDiagCursor,
}
_ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class Preview(DraftView):
    """What is done here goes into the draft at once, and can be undone there."""

    options_asked = Signal()
    menu_asked = Signal(QPointF)
    preset_dropped = Signal(str)

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(stage, parent, is_editable=True)
        self._drag: Drag | None = None
        self._pressed: QPointF | None = None
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        editor, point = self.stage.editor, event.position()
        handle = self.handle_at(point)
        if handle and editor.index is not None:
            self._drag = Drag(editor.index, handle, self.share(point))
        else:
            index = self._tile_at(point)
            editor.select(index)
            if index is not None:
                is_copy = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._drag = Drag(index, "", self.share(point), is_copy)
        self._pressed = point if self._drag is not None else None
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._drag is None:
            self.setCursor(_CURSORS.get(self.handle_at(point), Qt.CursorShape.ArrowCursor))
            return
        if self.outcome is None and self._pressed is not None and (point - self._pressed).manhattanLength() < DRAG_PX:
            return
        is_free = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        self.outcome = outcome(self._drag, self.share(point), self.stage.editor.layout, self.stage.editor.ground, is_free=is_free)
        self.dragged = self._drag.index
        self.describe()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, found = self._drag, self.outcome
        self.cancel_drag()
        if drag is None or found is None:
            return
        editor = self.stage.editor
        if found.faults:
            editor.refused.emit(self.fault_line(found))
        elif found.act is Act.SWAP and found.other is not None:
            editor.swap(drag.index, found.other)
        elif found.act is Act.COPY:
            editor.duplicate(found.cell, drag.index)
        else:
            editor.put(drag.index, found.cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.stage.editor.index is not None:
            self.cancel_drag()
            self.options_asked.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = QPointF(event.pos())
        self.stage.editor.select(self._tile_at(at))
        self.menu_asked.emit(at)

    def cancel_drag(self) -> None:
        self._drag = self._pressed = self.outcome = self.dragged = None
        self.update()

    @property
    def is_dragging(self) -> bool:
        return self._drag is not None

    # Keys

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Tab goes through the tiles, and on from the last one."""
        order = self._reading_order()
        index = self.stage.editor.index
        edge = (order[-1] if is_next else order[0]) if order else None
        if not order or index == edge:
            return super().focusNextPrevChild(is_next)
        self.stage.editor.select_next(1 if is_next else -1)
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.TabFocusReason:
            self.stage.editor.select(next(iter(self._reading_order()), None))
        elif event.reason() is Qt.FocusReason.BacktabFocusReason:
            self.stage.editor.select(next(iter(reversed(self._reading_order())), None))
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        # A window's shortcut on Escape or Del must not come before the drag that is going on.
        if event.type() is QEvent.Type.ShortcutOverride and self.is_dragging and _is_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editor, key = self.stage.editor, Qt.Key(event.key())
        if key is Qt.Key.Key_Escape and (self.is_dragging or editor.index is not None):
            if self.is_dragging:
                self.cancel_drag()
            else:
                editor.select(None)
        elif key in _ARROWS and editor.index is not None:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                editor.grow(*_ARROWS[key])
            else:
                editor.step(*_ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and editor.index is not None and not event.modifiers():
            self.options_asked.emit()
        else:
            super().keyPressEvent(event)

    # What is dropped from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(TILE_MIME):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        try:
            told: Any = json.loads(bytes(event.mimeData().data(TILE_MIME).data()))
        except ValueError:
            return
        event.acceptProposedAction()
        self.drop(told, event.position())

    def drop(self, told: dict[str, Any], point: QPointF) -> None:
        """``told``: a preset's key, or a panel with options; it takes the free room around the point, else the largest there is."""
        if "preset" in told:
            self.preset_dropped.emit(str(told["preset"]))
            return
        editor = self.stage.editor
        x, y = self.share(point)
        panel = str(told["panel"])
        around = free_around(editor.layout, panel, (x * editor.layout.grid.columns, y * editor.layout.grid.rows), editor.ground)
        editor.add(panel, told.get("options", {}), around)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _reading_order(self) -> list[int]:
        slots = self.stage.editor.layout.slot
        return sorted(range(len(slots)), key=lambda n: (slots[n].cell[1], slots[n].cell[0]))

    def _tile_at(self, point: QPointF) -> int | None:
        grid = self.stage.editor.layout.grid
        x, y = self.share(point)
        return slot_at(self.stage.editor.layout, x * grid.columns, y * grid.rows)


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
