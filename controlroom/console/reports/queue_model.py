"""The queue's rows as the desk has loaded them: a beginning of the doors' order, without gaps, each report once. Asks nobody.

The row somebody stands on is *held*: whatever happens to its report, it stays in its place until it is left (visual.md, rule 7).
"""

from collections.abc import Callable, Collection, Generator, Sequence, Set
from contextlib import contextmanager
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from controlroom.console.reports.queue_order import Key, is_falling, key_of, place_of
from feeds.messages.queue import Page, QueueRow, Sort
from feeds.messages.report import OPEN_STATES, Report

MOST_LOADED = 10_000
"""Rows kept at most; who has to look further down than that narrows the filter."""
MOST_STEPS = 40
"""Of one change; with more of them the view is told once that all is new."""

ROW = Qt.ItemDataRole.UserRole.value
_TOP = QModelIndex()

AnyIndex = QModelIndex | QPersistentModelIndex


class QueueModel(QAbstractListModel):
    """``total``: how many there are behind the doors. ``is_whole``: all of them are loaded. ``starts_over``: another filter or order,
    so that what is in sight need not stay there. ``has_moved``: the change that is told just now took rows away or put others in.
    """

    wanted = Signal()
    """The view has come near the end of what is loaded."""
    stirring = Signal()
    """Rows are about to come, go or move."""
    stirred = Signal()
    counted = Signal()
    """``total``, ``unread`` or ``ticked`` are others."""

    def __init__(self, said: Callable[[QueueRow], str] = lambda row: row.id, parent: QObject | None = None) -> None:
        """``said``: a row in one sentence, for who cannot see it."""
        super().__init__(parent)
        self._said = said
        self._rows: list[QueueRow] = []
        self._keys: list[Key] = []
        self._key_by_id: dict[str, Key] = {}
        self._sort = Sort.DUE
        self._edge: Key | None = None
        self._held: str | None = None
        self._is_reset = False
        self.starts_over = self.has_moved = False
        self.is_lost = False
        self.is_whole = True
        self.total = 0
        self.unread: set[str] = set()
        self.ticked: set[str] = set()
        self.pending: dict[str, str] = {}

    # What Qt asks.

    def rowCount(self, parent: AnyIndex = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole.value) -> Any:
        if not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW:
            return row
        return self._said(row) if role in (Qt.ItemDataRole.DisplayRole.value, Qt.ItemDataRole.AccessibleTextRole.value) else None

    def canFetchMore(self, parent: AnyIndex) -> bool:
        return not parent.isValid() and self.may_grow

    def fetchMore(self, parent: AnyIndex) -> None:
        self.wanted.emit()

    # What the desk asks.

    @property
    def may_grow(self) -> bool:
        return not self.is_whole and len(self._rows) < MOST_LOADED

    @property
    def held(self) -> str | None:
        return self._held

    def at(self, place: int) -> QueueRow | None:
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def ids(self) -> list[str]:
        return [row.id for row in self._rows]

    def row(self, report: str) -> QueueRow | None:
        place = self.place(report)
        return None if place is None else self._rows[place]

    def place(self, report: str) -> int | None:
        key = self._key_by_id.get(report)
        return None if key is None else place_of(key, self._keys, self._sort)

    def is_lost_row(self, row: QueueRow) -> bool:
        """It no longer matches the filter and stands here only as long as somebody stands on it."""
        return self.is_lost and row.id == self._held

    # What the doors said.

    def replace(self, rows: Sequence[QueueRow], page: Page, sort: Sort, *, keeps_held: bool) -> None:
        """All that is loaded from now on. ``page``: the last one of them. ``keeps_held``: the held row stays although it is not there."""
        held = self.row(self._held) if self._held is not None else None
        self.starts_over = not keeps_held
        with self._change(MOST_STEPS + 1):
            self._rows, self._keys, self._key_by_id, self._sort = [], [], {}, sort
            # Pages were read one after the other: what changed meanwhile may stand on two of them.
            latest = {row.id: row for row in rows}.values()
            for row in sorted(latest, key=lambda row: key_of(row, sort), reverse=is_falling(sort)):
                self._append(row)
            self.is_lost = False
            if held is None or (held.id not in self._key_by_id and not keeps_held):
                self._held = None
            elif held.id not in self._key_by_id:
                self.is_lost = True
                self._insert(held, key_of(held, sort))
            self._came(page)
            self.ticked &= self._key_by_id.keys()

    def extend(self, page: Page) -> None:
        """The next page: its rows come at the end, but for those that are here already."""
        unknown = (row for row in page.reports if row.id not in self._key_by_id)
        fresh = sorted(unknown, key=lambda row: key_of(row, self._sort), reverse=is_falling(self._sort))
        with self._change(1):
            self._came(page)
            for row in page.reports:
                if row.id in self._key_by_id:
                    self._put(row)
            if fresh and place_of(key_of(fresh[0], self._sort), self._keys, self._sort) == len(self._keys):
                self.has_moved = True
                self.beginInsertRows(_TOP, len(self._rows), len(self._rows) + len(fresh) - 1)
                for row in fresh:
                    self._append(row)
                self.endInsertRows()
            else:
                for row in fresh:
                    self._put(row)

    def settle(self, asked: Collection[str], answered: Sequence[QueueRow], fresh: Set[str] = frozenset()) -> None:
        """What the doors say of ``asked``: ``answered`` match, as they are now; the others match no longer. ``fresh``: new ones."""
        matching = {row.id for row in answered}
        with self._change(len(asked)):
            self.unread |= fresh & matching
            for report in asked:
                if report not in matching:
                    self._drop(report)
            for row in answered:
                self._put(row)
            if self.is_whole:
                self.total = len(self._rows) - self.is_lost

    def put(self, row: QueueRow) -> None:
        """A row as it is now, by an action's answer; one that is not loaded is not put in, and none moves."""
        place = self.place(row.id)
        if place is not None and row.revision >= self._rows[place].revision:
            self._rows[place] = row
            self._painted(place)

    def touch(self, report: Report) -> bool:
        """What the bus says of a report at once; its full row is to be asked for. False when the row is newer, or not here."""
        if report.state not in OPEN_STATES and report.id in self.unread:
            self.read(report.id)
        place = self.place(report.id)
        if place is None:
            return False
        row = self._rows[place]
        if (row.finished_at or row.changed_at) > report.changed_at:
            return False
        self._rows[place] = msgspec.structs.replace(
            row, state=report.state, priority=report.priority, agency=report.agency, place=report.place, district=report.district,
            category=report.category, category_name=report.category_name, text=report.text,
        )  # fmt: skip
        self._painted(place)
        return True

    # What the person at the desk did.

    def hold(self, report: str | None) -> None:
        """``report`` keeps its place from now on; the one that was held goes to its own, or away."""
        left, was_lost = self._held, self.is_lost
        if left == report:
            return
        self._held, self.is_lost = report, False
        row = self.row(left) if left is not None else None
        if row is None or (not was_lost and self._key_by_id[row.id] == key_of(row, self._sort)):
            return
        with self._change(1):
            if was_lost:
                self._drop(row.id)
            else:
                self._put(row)

    def read(self, report: str) -> None:
        """It has been opened."""
        if report in self.unread:
            self.unread.discard(report)
            self.repaint(report)
            self.counted.emit()

    def tick(self, reports: Collection[str], *, is_on: bool) -> None:
        """Marks them for what is done to many at once; those that are not loaded or no longer match cannot be."""
        able = {report for report in reports if report in self._key_by_id and not (self.is_lost and report == self._held)}
        before = len(self.ticked)
        self.ticked = self.ticked | able if is_on else self.ticked - able
        if len(self.ticked) != before:
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))
            self.counted.emit()

    def show_pending(self, said: dict[str, str]) -> None:
        """Of which reports a step is on its way, and how it stands."""
        others = {report for report in self.pending | said if self.pending.get(report) != said.get(report)}
        self.pending = said
        for report in others:
            self.repaint(report)

    def mark_new(self, reports: Set[str]) -> None:
        """Those of them that are loaded are unread."""
        self.unread |= reports & self._key_by_id.keys()
        self.counted.emit()

    def count(self, total: int) -> None:
        if not self.is_whole and total != self.total:
            self.total = total
            self.counted.emit()

    def repaint(self, report: str) -> None:
        place = self.place(report)
        if place is not None:
            self._painted(place)

    # Inside.

    @contextmanager
    def _change(self, steps: int) -> Generator[None]:
        """Around everything that moves rows. Many steps are told to the view as one."""
        self.stirring.emit()
        self._is_reset = self.has_moved = steps > MOST_STEPS
        if self._is_reset:
            self.beginResetModel()
        yield
        if self._is_reset:
            self.endResetModel()
            self._is_reset = False
        self.stirred.emit()
        self.starts_over = False
        self.counted.emit()

    def _came(self, page: Page) -> None:
        self.total, self.is_whole = page.total, page.cursor is None
        self._edge = key_of(page.reports[-1], self._sort) if page.cursor is not None else None

    def _is_beyond(self, key: Key) -> bool:
        if self._edge is None:
            return False
        return key < self._edge if is_falling(self._sort) else key > self._edge

    def _put(self, row: QueueRow) -> None:
        """A row that matches: to its place, unless it is held where it is or its place is not loaded yet."""
        key, place = key_of(row, self._sort), self.place(row.id)
        if place is None:
            if not self._is_beyond(key):
                self._insert(row, key)
            return
        if row.revision < self._rows[place].revision:
            row, key = self._rows[place], key_of(self._rows[place], self._sort)
        if row.id == self._held:
            self.is_lost = False
        if row.id == self._held or key == self._keys[place]:
            self._rows[place] = row
            self._painted(place)
            return
        self._remove(place)
        if not self._is_beyond(key):
            self._insert(row, key)

    def _drop(self, report: str) -> None:
        place = self.place(report)
        self.unread.discard(report)
        self.ticked.discard(report)
        if place is None:
            return
        if report == self._held:
            self.is_lost = True
            self._painted(place)
        else:
            self._remove(place)

    def _append(self, row: QueueRow) -> None:
        key = key_of(row, self._sort)
        self._rows.append(row)
        self._keys.append(key)
        self._key_by_id[row.id] = key

    def _insert(self, row: QueueRow, key: Key) -> None:
        place = place_of(key, self._keys, self._sort)
        self.has_moved = True
        if not self._is_reset:
            self.beginInsertRows(_TOP, place, place)
        self._rows.insert(place, row)
        self._keys.insert(place, key)
        self._key_by_id[row.id] = key
        if not self._is_reset:
            self.endInsertRows()

    def _remove(self, place: int) -> None:
        self.has_moved = True
        if not self._is_reset:
            self.beginRemoveRows(_TOP, place, place)
        del self._key_by_id[self._rows[place].id]
        del self._rows[place], self._keys[place]
        if not self._is_reset:
            self.endRemoveRows()

    def _painted(self, place: int) -> None:
        if not self._is_reset:
            self.dataChanged.emit(self.index(place), self.index(place))
