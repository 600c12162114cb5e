"""The draft at this desk: what it was made of, its steps, which tile is selected, and the file it survives in. On the GUI thread."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from controlroom.console.stage import edit
from controlroom.console.stage.difference import Difference, difference
from controlroom.console.stage.edit import WHY_WORDS, Draft, NotPossible
from controlroom.console.stage.keeping import DraftFile, KeptDraft
from controlroom.console.stage.places import Cell, Ground, next_place
from feeds.messages.layout import Grid, Layout

EMPTY_GRID = Grid(columns=24, rows=12)


class Editor(QObject):
    """``base``: what stood on the wall when the draft was begun, ``base_revision`` its revision there.

    Every operation that cannot be carried out says so by ``refused`` and changes nothing.
    """

    changed = Signal()
    selected = Signal()
    refused = Signal(str)
    touched = Signal()
    """Somebody at this desk has edited."""

    def __init__(self, tr: Callable[[str], str], now: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tr = tr
        self._now = now
        self.ground = Ground()
        self.base = Layout(title=tr("Tata letak baru"), grid=EMPTY_GRID, slot=())
        self.base_revision = 0
        self.wall = ""
        self.index: int | None = None
        self._draft = Draft(self.base)
        self._file: DraftFile | None = None
        self._is_offered = False

    @property
    def layout(self) -> Layout:
        return self._draft.layout

    @property
    def can_undo(self) -> bool:
        return bool(self._draft.past)

    @property
    def can_redo(self) -> bool:
        return bool(self._draft.future)

    @property
    def is_changed(self) -> bool:
        return self.layout != self.base

    def difference(self) -> Difference:
        return difference(self.base, self.layout)

    def set_ground(self, ground: Ground) -> None:
        if ground != self.ground:
            self.ground = ground
            self.changed.emit()

    def keep_in(self, file: DraftFile | None, wall: str) -> KeptDraft | None:
        """From now on the draft is kept there; what was kept before is returned, when it differs from what it was made of."""
        self._file, self.wall = file, wall
        kept = file.read() if file is not None else None
        self._is_offered = kept is not None and kept.layout != kept.base
        return kept if self._is_offered else None

    def settle(self) -> None:
        """What was kept before has been taken up or thrown away: from now on it may be written over."""
        self._is_offered = False
        self._keep()

    def begin(self, base: Layout, revision: int) -> None:
        """A new draft of what stands on the wall; steps and selection are gone."""
        self.base, self.base_revision = base, revision
        self._draft = Draft(base)
        self._select(None)
        self._keep()
        self.changed.emit()

    def resume(self, kept: KeptDraft) -> None:
        """The draft of another day."""
        self.base, self.base_revision = kept.base, kept.base_revision
        self._draft = Draft(kept.base).changed(kept.layout)
        self._select(None)
        self._keep()
        self.changed.emit()
        self.touched.emit()

    def stands(self, base: Layout, revision: int) -> None:
        """``base`` is now what stands on the wall; the draft stays as it is."""
        self.base, self.base_revision = base, revision
        self._keep()
        self.changed.emit()

    def load(self, layout: Layout) -> None:
        """A preset or an older layout into the draft: one step, which can be undone."""
        self._select(None)
        self._become(layout)

    def undo(self) -> None:
        self._go(self._draft.undone())

    def redo(self) -> None:
        self._go(self._draft.redone())

    def select(self, index: int | None) -> None:
        if index != self.index:
            self._select(index)

    def select_next(self, step: int) -> None:
        """In reading order, round and round."""
        order = sorted(range(len(self.layout.slot)), key=lambda n: (self.layout.slot[n].cell[1], self.layout.slot[n].cell[0]))
        if not order:
            return
        at = order.index(self.index) if self.index in order else (-1 if step > 0 else 0)
        self._select(order[(at + step) % len(order)])

    def put(self, index: int, cell: Cell) -> bool:
        return self._try(lambda: edit.put(self.layout, index, cell, self.ground))

    def step(self, dx: int, dy: int) -> bool:
        """The selected tile one place on, over what is in the way."""
        if self.index is None:
            return False
        cell = next_place(self.layout, self.index, (dx, dy), self.ground)
        if cell is None:
            self.refused.emit(self._tr(WHY_WORDS["place"]))
            return False
        return self.put(self.index, cell)

    def grow(self, dw: int, dh: int) -> bool:
        if self.index is None:
            return False
        column, row, width, height = self.layout.slot[self.index].cell
        return self.put(self.index, (column, row, max(1, width + dw), max(1, height + dh)))

    def swap(self, one: int, other: int) -> bool:
        return self._try(lambda: edit.swapped(self.layout, one, other, self.ground))

    def duplicate(self, at: Cell | None = None, index: int | None = None) -> bool:
        which = self.index if index is None else index
        if which is None:
            return False
        return self._added(lambda: edit.duplicated(self.layout, which, self.ground, at))

    def add(self, panel: str, options: Mapping[str, Any], at: Cell | None = None) -> bool:
        return self._added(lambda: edit.added(self.layout, panel, options, self.ground, at))

    def remove(self) -> None:
        if self.index is not None:
            made = edit.removed(self.layout, self.index)
            self._select(None)
            self._become(made)

    def fill(self) -> bool:
        index = self.index
        return index is not None and self._try(lambda: edit.filled(self.layout, index, self.ground))

    def set_options(self, options: Mapping[str, Any]) -> None:
        if self.index is not None:
            self._become(edit.with_options(self.layout, self.index, options))

    def set_title(self, title: str) -> None:
        self._become(edit.with_title(self.layout, title))

    def set_grid(self, grid: Grid) -> bool:
        return self._try(lambda: edit.regridded(self.layout, grid))

    def _added(self, make: Callable[[], Layout]) -> bool:
        is_done = self._try(make)
        if is_done:
            self._select(len(self.layout.slot) - 1)
        return is_done

    def _try(self, make: Callable[[], Layout]) -> bool:
        try:
            made = make()
        except NotPossible as problem:
            self.refused.emit(self._tr(WHY_WORDS[problem.why]))
            return False
        self._become(made)
        return True

    def _become(self, layout: Layout) -> None:
        self._go(self._draft.changed(layout))

    def _go(self, draft: Draft) -> None:
        if draft is self._draft:
            return
        self._draft = draft
        if self.index is not None and self.index >= len(self.layout.slot):
            self._select(None)
        self._keep()
        self.changed.emit()
        self.touched.emit()

    def _select(self, index: int | None) -> None:
        self.index = index
        self.selected.emit()

    def _keep(self) -> None:
        if self._file is None or self._is_offered:
            return
        if not self.is_changed:
            self._file.forget()
            return
        self._file.write(KeptDraft(wall=self.wall, base=self.base, base_revision=self.base_revision, layout=self.layout, at=self._now()))
