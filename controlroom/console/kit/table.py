"""A table of the desk: columns that say how a row is told, sorted by a press on the head, rows that do not jump under the pointer."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from controlroom.console.kit.pictures import condition_picture
from controlroom.console.look import DeskLook
from widgets.kit.canvas import SEMIBOLD, font
from widgets.kit.conditions import Condition

ROW = 40
AnyIndex = QModelIndex | QPersistentModelIndex
_SHARE = Qt.ItemDataRole.UserRole + 1


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """``words(row)`` is shown as it is, ``order(row)`` sorts. ``share(row)``: a bar from 0 to 1 in place of words.

    ``condition(row)``: its shape stands before the words. ``stretch``: takes what room is left. ``width``: pixels, else as its words need.
    """

    title: str
    words: Callable[[Any], str]
    order: Callable[[Any], Any]
    is_figure: bool = False
    is_strong: bool = False
    is_second: bool = False
    condition: Callable[[Any], Condition | None] | None = None
    share: Callable[[Any], float | None] | None = None
    stretch: bool = False
    width: int | None = None


class _Rows(QAbstractTableModel):
    def __init__(self, look: DeskLook, columns: Sequence[Column], identity: Callable[[Any], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.columns = columns
        self.identity = identity
        self.rows: list[Any] = []
        self.sorted_by: tuple[int, bool] = (0, True)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not 0 <= index.row() < len(self.rows):
            return None
        column, row = self.columns[index.column()], self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.words(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {column.words(row)}"
            case Qt.ItemDataRole.ToolTipRole if not column.is_figure:
                return column.words(row)
            case Qt.ItemDataRole.TextAlignmentRole if column.is_figure:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.FontRole if column.is_strong:
                return font(self._look.theme.text_family, self._look.sizes.text, SEMIBOLD)
            case Qt.ItemDataRole.ForegroundRole if column.is_second:
                return QColor(self._look.theme.palette.ink2)
            case Qt.ItemDataRole.DecorationRole if column.condition is not None:
                condition = column.condition(row)
                return condition_picture(self._look.theme, condition) if condition is not None else None
            case _ if role == _SHARE:
                return column.share(row) if column.share is not None else None
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            by, is_upwards = self.sorted_by
            return column.title + ((" ↑" if is_upwards else " ↓") if section == by else "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.is_figure else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def put(self, rows: list[Any]) -> None:
        """In place where they are the same rows in the same order: nothing moves then."""
        if [self.identity(row) for row in rows] == [self.identity(row) for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class _Bars(QStyledItemDelegate):
    """Draws a share as a bar; everything else as Qt does."""

    def __init__(self, look: DeskLook, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        super().paint(painter, option, index)
        share = index.data(_SHARE)
        if share is None:
            return
        colours = self._look.theme.palette
        box = QRectF(option.rect).adjusted(8, 0, -8, 0)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        whole = QRectF(box.x(), box.center().y() - 4, box.width(), 8)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, colour in ((whole.width(), colours.line), (whole.width() * min(1.0, max(0.0, share)), colours.bar)):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(whole.x(), whole.y(), width, whole.height()), 2, 2)
        painter.restore()


class Table(QTableView):
    """``picked(row)``: another row is selected, ``None`` for none. ``sorted_changed``: by the person, to be remembered."""

    picked = Signal(object)
    sorted_changed = Signal()

    def __init__(
        self, look: DeskLook, columns: Sequence[Column], identity: Callable[[Any], str], name: str, parent: QWidget | None = None
    ) -> None:
        """``identity``: what makes a row the same row; ``name``: what the table is, for who cannot see it."""
        super().__init__(parent)
        self._rows = _Rows(look, columns, identity, self)
        self._given: list[Any] = []
        self._picked: str | None = None
        self.setModel(self._rows)
        self.setItemDelegate(_Bars(look, self))
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.sectionClicked.connect(self.sort_by)
        for index, column in enumerate(columns):
            if column.stretch:
                head.setSectionResizeMode(index, QHeaderView.ResizeMode.Stretch)
            elif column.width is not None:
                self.setColumnWidth(index, column.width)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        look.changed.connect(self.viewport().update)

    @property
    def rows(self) -> list[Any]:
        """As they stand."""
        return list(self._rows.rows)

    @property
    def sorted_by(self) -> tuple[int, bool]:
        """The column, and whether the least comes first."""
        return self._rows.sorted_by

    def set_sorted_by(self, column: int, is_upwards: bool) -> None:
        if 0 <= column < len(self._rows.columns):
            self._rows.sorted_by = column, is_upwards
            self._rows.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._rows.columns) - 1)
            self._put(self._sorted(self._given))

    def sort_by(self, column: int) -> None:
        """As a press on the column's head: the same column once more turns the order round."""
        by, is_upwards = self._rows.sorted_by
        self.set_sorted_by(column, not is_upwards if column == by else True)
        self.sorted_changed.emit()

    def show_rows(self, rows: Sequence[Any]) -> None:
        """New facts. As long as the pointer lies on the table rows that stand keep their places."""
        self._given = list(rows)
        wanted = self._sorted(self._given)
        if self.viewport().underMouse():
            places = {self._rows.identity(row): place for place, row in enumerate(self._rows.rows)}
            wanted.sort(key=lambda row: places.get(self._rows.identity(row), len(places)))
        self._put(wanted)

    def _sorted(self, rows: Sequence[Any]) -> list[Any]:
        by, is_upwards = self._rows.sorted_by
        steady = sorted(rows, key=self._rows.identity)
        return sorted(steady, key=self._rows.columns[by].order, reverse=not is_upwards)

    def _put(self, rows: list[Any]) -> None:
        kept, at = self._picked, self.verticalScrollBar().value()
        self.selectionModel().blockSignals(True)
        self._rows.put(rows)
        place = next((place for place, row in enumerate(rows) if self._rows.identity(row) == kept), None)
        if place is None:
            self.clearSelection()
        elif self.currentIndex().row() != place:
            self.selectRow(place)
        self.selectionModel().blockSignals(False)
        self.verticalScrollBar().setValue(at)
        if kept is not None:
            self._picked = None if place is None else kept
            self.picked.emit(None if place is None else rows[place])

    def _on_current(self, current: QModelIndex) -> None:
        row = self._rows.rows[current.row()] if 0 <= current.row() < len(self._rows.rows) else None
        self._picked = None if row is None else self._rows.identity(row)
        self.picked.emit(row)
