"""A filter of several choices: a button that says what is chosen, and a list to tick, by mouse or keyboard alone."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import desk_font, give_role
from controlroom.console.look import DeskLook
from widgets.kit.canvas import Canvas
from widgets.kit.icons import draw_icon

_MOST_ROWS = 12
_AROUND = 40
"""Pixels of a button that are not its words: the rims, a margin on the left, the arrow on the right."""


class ChoiceBox(QPushButton):
    """``changed`` when other choices are ticked. Nothing ticked means all, and the button says its ``title``.

    Space or Down opens the list; there Space ticks, letters find, Delete unticks all, Enter and Escape close it.
    """

    changed = Signal()

    def __init__(
        self,
        look: DeskLook,
        title: str,
        choices: Sequence[tuple[str, str]],
        *,
        several: Callable[[int], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``title``: what the button says while nothing is ticked. ``several(n)``: what it says of n ticked ones (``3 kanal``)."""
        super().__init__(parent)
        give_role(self, "choice")
        self._look = look
        self._title = title
        self._several: Callable[[int], str] = several or f"{title} ({{}})".format
        self._names: dict[str, str] = {}
        self._frame = _Pop(self, look)
        self._frame.closed.connect(self._on_closed)
        self._frame.list.itemChanged.connect(self._on_ticked)
        self._told: frozenset[str] = frozenset()
        self._said = ""
        self.clicked.connect(self.open_list)
        self.set_choices(choices)
        look.changed.connect(self.update)

    @property
    def chosen(self) -> frozenset[str]:
        return frozenset(item.data(Qt.ItemDataRole.UserRole) for item in self._items() if item.checkState() == Qt.CheckState.Checked)

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """(key, words) each; what was ticked and is still there stays ticked."""
        kept = self.chosen
        self._names = dict(choices)
        self._frame.list.blockSignals(True)
        self._frame.list.clear()
        for key, name in choices:
            item = QListWidgetItem(name, self._frame.list)
            item.setData(Qt.ItemDataRole.UserRole, key)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if key in kept else Qt.CheckState.Unchecked)
        self._frame.list.blockSignals(False)
        self._on_ticked()

    def choose(self, keys: Iterable[str]) -> None:
        """Ticks these and no others; says ``changed`` when they are others than before."""
        wanted = frozenset(keys)
        self._frame.list.blockSignals(True)
        for item in self._items():
            is_wanted = item.data(Qt.ItemDataRole.UserRole) in wanted
            item.setCheckState(Qt.CheckState.Checked if is_wanted else Qt.CheckState.Unchecked)
        self._frame.list.blockSignals(False)
        self._on_ticked()

    def open_list(self) -> None:
        self.setChecked(False)
        self._frame.open_below(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_list()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.choose(())
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """For all of what it says, also while that does not fit."""
        self.ensurePolished()
        hint = super().sizeHint()
        # Letters have fractions of pixels.
        return QSize(max(hint.width(), self.fontMetrics().horizontalAdvance(self._said) + _AROUND + 2), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """What does not fit ends in dots before the arrow, and is told whole by the tip."""
        self.ensurePolished()
        fitting = self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, self.width() - _AROUND)
        self.setText(fitting)
        self.setToolTip(self._said if fitting != self._said else "")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with Canvas(self, self._look.theme, self._look.theme.palette, 1.0) as canvas:
            draw_icon(canvas, "chev", canvas.width - 26, (canvas.height - 16) / 2, 16, canvas.colours.ink2)

    def _items(self) -> list[QListWidgetItem]:
        return [self._frame.list.item(row) for row in range(self._frame.list.count())]

    def _on_ticked(self, _item: object = None) -> None:
        chosen = self.chosen
        one = next(iter(chosen), None)
        said = self._title if one is None else self._names[one] if len(chosen) == 1 else self._several(len(chosen))
        self._said = said
        self._fit()
        self.setAccessibleName(f"{self._title}: {said}" if chosen else self._title)
        if chosen != self._told:
            self._told = chosen
            self.changed.emit()

    def _on_closed(self) -> None:
        self.setFocus(Qt.FocusReason.PopupFocusReason)


class _Pop(QFrame):
    """The list, in a window of its own that closes when something else is pressed."""

    closed = Signal()

    def __init__(self, button: QPushButton, look: DeskLook) -> None:
        super().__init__(button, Qt.WindowType.Popup)
        give_role(self, "sheet")
        self._look = look
        self.list = QListWidget(self)
        self.list.installEventFilter(self)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A press anywhere in the row ticks it: the box alone is a small target.
        self.list.itemClicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.list)

    def open_below(self, button: QWidget) -> None:
        self.setFont(desk_font(self._look.theme, self._look.sizes.text))
        rows = min(_MOST_ROWS, max(1, self.list.count()))
        step = max(30, self.list.sizeHintForRow(0))
        width = max(button.width(), self.list.sizeHintForColumn(0) + 48)
        self.list.setFixedHeight(rows * step + 8)
        self.setFixedWidth(width)
        self.adjustSize()
        place = button.mapToGlobal(QPoint(0, button.height() + 2))
        room = button.screen().availableGeometry()
        if place.y() + self.height() > room.bottom():
            place = button.mapToGlobal(QPoint(0, -self.height() - 2))
        self.move(min(place.x(), room.right() - width), max(place.y(), room.top()))
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        self.show()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def hideEvent(self, event: QEvent) -> None:  # type: ignore[override]
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
                self.hide()
                return True
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                for row in range(self.list.count()):
                    self.list.item(row).setCheckState(Qt.CheckState.Unchecked)
                return True
        return super().eventFilter(watched, event)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        where = self.list.viewport().mapFromGlobal(self.cursor().pos())
        if where.x() > 34:  # right of the box, which ticks itself
            is_checked = item.checkState() == Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if is_checked else Qt.CheckState.Checked)
