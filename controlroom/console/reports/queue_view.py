"""The list itself: keys and mouse, ticks, and that nothing moves under the pointer while rows come and go around it. Asks nobody."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from controlroom.console.page import DeskContext
from controlroom.console.reports.queue_model import QueueModel
from controlroom.console.reports.queue_row import QueueRowDelegate
from controlroom.console.reports.queue_words import RowWords

DWELL_MS = 200
AHEAD = 100
"""So many rows before the end the next page is asked for."""

_KEYS = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1}


class QueueView(QListView):
    """``opened``: a row was entered, or stood on for ``DWELL_MS``."""

    opened = Signal(str)
    resized = Signal()

    def __init__(self, ctx: DeskContext, model: QueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ctx, self._model = ctx, model
        self._last_opened: str | None = None
        self._is_keeping = False
        self._dwell = self._timer(DWELL_MS, self._on_dwell)
        self._leave = self._timer(0, self._on_left)
        self._row_height = ctx.look.sizes.row
        self._delegate = QueueRowDelegate(ctx, model, self)
        # A list asks for every row whenever one comes or goes. This answers from its own memory, where the model would be asked in Python:
        # a tenth of the time with thousands of rows.
        self._rows = QSortFilterProxyModel(self)
        self._rows.setSourceModel(model)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAutoScroll(False)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(self._row_height)
        self._gap = 0
        self._anchors: list[tuple[str, int]] = []
        self._stood: str | None = None
        self._spoken: dict[str, RowWords] = {}
        model.stirring.connect(self._remember_place)
        model.stirred.connect(self._keep_place)
        self.verticalScrollBar().valueChanged.connect(self._look_ahead)

    # For the queue.

    @property
    def current(self) -> str | None:
        row = self._model.at(self.currentIndex().row())
        return None if row is None else row.id

    def select(self, report: str) -> bool:
        """Stands on it and brings it into sight; false when it is not loaded."""
        place = self._model.place(report)
        if place is None:
            return False
        self._go(place)
        return True

    def go(self, place: int) -> None:
        """Stands on the row at ``place``, or the nearest."""
        if self._model.rowCount():
            self._go(min(max(place, 0), self._model.rowCount() - 1))

    def show_opened(self, report: str) -> None:
        """It has been opened, by whatever way: the row one stands on does not open by itself after it."""
        self._dwell.stop()
        self._last_opened = report
        self._model.read(report)

    def hurry(self) -> None:
        """The row one has just come to opens now, not in a moment."""
        if self._dwell.isActive():
            self._dwell.stop()
            self._on_dwell()

    def in_sight(self) -> list[str]:
        first, last = self._sight()
        return [row.id for place in range(first, last + 1) if (row := self._model.at(place)) is not None]

    def depth(self) -> int:
        return max(self._sight()[1], self.currentIndex().row()) + 1

    def new_above(self) -> int:
        """How many unread rows stand above what is in sight."""
        first = self._sight()[0]
        places = (self._model.place(report) for report in self._model.unread)
        return sum(1 for place in places if place is not None and place < first)

    def age(self) -> None:
        """Once a second: paints rows in sight whose words are others than before."""
        self._delegate.now = self._ctx.now()
        spoken: dict[str, RowWords] = {}
        first, last = self._sight()
        for place in range(first, last + 1):
            row = self._model.at(place)
            if row is None:
                continue
            spoken[row.id] = self._delegate.words(row)
            if self._spoken.get(row.id) != spoken[row.id]:
                self.update(self._rows.index(place, 0))
        self._spoken = spoken

    def enter(self) -> None:
        """Opens where one stands; the first, where one stands nowhere yet."""
        if self.current is None:
            self.go(0)
        if self.current is not None:
            self._open(self.current)

    def toggle(self) -> None:
        """Ticks where one stands, or unticks it."""
        if self.current is not None:
            self._model.tick([self.current], is_on=self.current not in self._model.ticked)

    def tick_all(self) -> None:
        self._model.tick(self._model.ids(), is_on=True)

    def untick(self) -> None:
        self._model.tick(list(self._model.ticked), is_on=False)

    # Keys and mouse.

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, is_shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = _KEYS.get(Qt.Key(key)) or {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(key))
        page = max(1, self.viewport().height() // self._row_height - 1)
        here = self.currentIndex().row()
        if step is not None:
            self._step(here, step, extends=is_shift)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self.go(here + (page if key == Qt.Key.Key_PageDown else -page))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.go(0 if key == Qt.Key.Key_Home else self._model.rowCount() - 1)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.indexAt(event.position().toPoint()).row()
        if place < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        here = self.currentIndex().row()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and here >= 0:
            self._tick_range(here, place)
        self._go(place)
        # One that stood here already is asked for again when another report has been opened meanwhile.
        self._begin_dwell()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.toggle()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.indexAt(event.position().toPoint()).isValid():
            self.enter()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._set_gap(0)
        super().wheelEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Qt's own list would stand on its first row at once, and that report be opened with nobody asking for it.
        QWidget.focusInEvent(self, event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()
        self._look_ahead()

    def currentChanged(self, current: QModelIndex | QPersistentModelIndex, previous: QModelIndex | QPersistentModelIndex) -> None:
        super().currentChanged(current, previous)
        # The row that is left may go away now: not before Qt is done with it.
        self._leave.start()
        if not self._is_keeping:
            self._begin_dwell()

    def _begin_dwell(self) -> None:
        if self.current is not None and self.current != self._last_opened:
            self._dwell.start()
        else:
            self._dwell.stop()

    def _step(self, here: int, step: int, *, extends: bool) -> None:
        there = min(max(here + step, 0), self._model.rowCount() - 1) if here >= 0 else self._sight()[0]
        if extends and here >= 0:
            self._tick_range(here, there)
        self.go(there)

    def _tick_range(self, one: int, other: int) -> None:
        rows = (self._model.at(place) for place in range(min(one, other), max(one, other) + 1))
        self._model.tick([row.id for row in rows if row is not None], is_on=True)

    def _go(self, place: int) -> None:
        index = self._rows.index(place, 0)
        self.setCurrentIndex(index)
        top = place * self._row_height
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if top < bar.value() or top + self._row_height > bar.value() + height:
            self._set_gap(0)
            bar.setValue(top if top < bar.value() else top + self._row_height - self.viewport().height())

    def _on_dwell(self) -> None:
        if self.current is not None and self.current != self._last_opened:
            self._open(self.current)

    def _open(self, report: str) -> None:
        self.show_opened(report)
        self.opened.emit(report)

    def _on_left(self) -> None:
        self._model.hold(self.current)

    # The place that is kept.

    def _sight(self) -> tuple[int, int]:
        """The first and the last place in sight."""
        top = self.verticalScrollBar().value()
        return top // self._row_height, min((top + self.viewport().height() - 1) // self._row_height, self._model.rowCount() - 1)

    def _y(self, place: int) -> int:
        return place * self._row_height - self.verticalScrollBar().value() + self._gap

    def _remember_place(self) -> None:
        """Where rows stand now: first the one that somebody is on, then those in sight from the top."""
        first, last = self._sight()
        here = self.currentIndex().row()
        places = ([here] if first <= here <= last else []) + list(range(first, last + 1))
        rows = ((place, self._model.at(place)) for place in places)
        self._anchors = [(row.id, self._y(place)) for place, row in rows if row is not None]
        # Not what the model holds: a row that one has come to just now is held a moment later.
        self._stood = self.current

    def _keep_place(self) -> None:
        if self._model.has_moved:
            # All rows are laid out anew, which takes its time.
            self.doItemsLayout()
        place = self._model.place(self._stood) if self._stood is not None else None
        if place is not None and self.currentIndex().row() != place:
            # Nobody has come to it: it was stood on before, and is not opened for that.
            self._is_keeping = True
            self.setCurrentIndex(self._rows.index(place, 0))
            self._is_keeping = False
        elif place is None and self.currentIndex().isValid():
            self._model.hold(self.current)
        bar = self.verticalScrollBar()
        if self._model.starts_over:
            self._set_gap(0)
            bar.setValue(max(0, (place + 1) * self._row_height - self.viewport().height()) if place is not None else 0)
        elif not self._flows():
            self._restore()
        self._look_ahead()

    def _flows(self) -> bool:
        """At the top with nobody on a row and no pointer over it, what is new comes in at the top."""
        return self.verticalScrollBar().value() == 0 and not self.currentIndex().isValid() and not self.underMouse()

    def _restore(self) -> None:
        for report, y in self._anchors:
            place = self._model.place(report)
            if place is not None:
                value = place * self._row_height - y
                # Too few rows are left above it: the list begins lower until somebody scrolls.
                self._set_gap(max(0, -value))
                self.verticalScrollBar().setValue(max(0, value))
                return

    def _set_gap(self, gap: int) -> None:
        if gap != self._gap:
            self._gap = gap
            self.setViewportMargins(0, gap, 0, 0)

    def _look_ahead(self) -> None:
        if self._sight()[1] >= self._model.rowCount() - AHEAD and self._model.may_grow:
            self._model.wanted.emit()

    def _timer(self, after_ms: int, done: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(done)
        return timer

    def row_at(self, y: int) -> int:
        """The place of the row at ``y`` of the list, -1 where there is none."""
        return self.indexAt(QPoint(20, y - self._gap)).row()
