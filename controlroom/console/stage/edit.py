"""What is done to a draft: every operation makes another layout, and a draft remembers the ones before. Pure.

An operation that would put a tile where it may not stand is not carried out and nothing is pushed elsewhere: people look for a tile
where they left it, and a neighbour that moved by itself would be noticed only on the wall.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from controlroom.console.stage.places import Cell, Ground, faults_at, is_inside, largest_free, may_stand
from feeds.messages.layout import FINEST_GRID, MOST_SLOTS, Grid, Layout, Slot, cells_overlap

MOST_STEPS = 200
"""Steps back that are remembered."""


class NotPossible(ValueError):
    """An operation that cannot be carried out; ``why`` is a key of ``WHY_WORDS``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


WHY_WORDS = {
    "place": "Petak tidak bisa ditaruh di sana",
    "swap": "Kedua petak tidak bisa ditukar: salah satunya tidak boleh berdiri di tempat yang lain",
    "full": "Tidak ada tempat kosong yang cukup: kecilkan atau hapus satu petak dahulu",
    "many": "Sudah terlalu banyak petak",
    "coarse": "Kisi itu terlalu kasar untuk petak-petak ini",
    "grid": "Kisi itu tidak dapat dipakai",
}


class Draft(msgspec.Struct, frozen=True):
    """A layout being edited, with the steps back and forward."""

    layout: Layout
    past: tuple[Layout, ...] = ()
    future: tuple[Layout, ...] = ()

    def changed(self, layout: Layout) -> "Draft":
        """One step further; a step that changes nothing is none."""
        if layout == self.layout:
            return self
        return Draft(layout, (*self.past, self.layout)[-MOST_STEPS:], ())

    def undone(self) -> "Draft":
        return Draft(self.past[-1], self.past[:-1], (self.layout, *self.future)) if self.past else self

    def redone(self) -> "Draft":
        return Draft(self.future[0], (*self.past, self.layout), self.future[1:]) if self.future else self


def put(layout: Layout, index: int, cell: Cell, ground: Ground) -> Layout:
    """Moves or resizes a slot; raises ``NotPossible`` where it may not stand."""
    if cell == layout.slot[index].cell:
        return layout
    if not may_stand(layout, index, cell, ground):
        raise NotPossible("place")
    return _with_slot(layout, index, msgspec.structs.replace(layout.slot[index], cell=cell))


def swapped(layout: Layout, one: int, other: int, ground: Ground) -> Layout:
    """Each takes the other's cell whole, size and all."""
    first, second = layout.slot[one], layout.slot[other]
    made = _with_slot(layout, one, msgspec.structs.replace(first, cell=second.cell))
    made = _with_slot(made, other, msgspec.structs.replace(second, cell=first.cell))
    if not all(_no_worse(layout, made, index, ground) for index in (one, other)):
        raise NotPossible("swap")
    return made


def _no_worse(before: Layout, after: Layout, index: int, ground: Ground) -> bool:
    """Whether the slot may stand where it is put: judged as if it alone had come there."""
    alone = msgspec.structs.replace(after, slot=(before.slot[index], *(s for n, s in enumerate(after.slot) if n != index)))
    return may_stand(alone, 0, after.slot[index].cell, ground)


def added(layout: Layout, panel: str, options: Mapping[str, Any], ground: Ground, at: Cell | None = None) -> Layout:
    """A new slot, the last one: at ``at``, else in the largest free place."""
    if len(layout.slot) >= MOST_SLOTS:
        raise NotPossible("many")
    cell = at or largest_free(layout, panel, ground)
    if cell is None:
        raise NotPossible("full")
    made = msgspec.structs.replace(layout, slot=(*layout.slot, Slot(panel=panel, cell=cell, options=dict(options))))
    if faults_at(made, len(made.slot) - 1, cell, ground):
        raise NotPossible("place")
    return made


def duplicated(layout: Layout, index: int, ground: Ground, at: Cell | None = None) -> Layout:
    slot = layout.slot[index]
    return added(layout, slot.panel, slot.options, ground, at)


def removed(layout: Layout, index: int) -> Layout:
    return msgspec.structs.replace(layout, slot=tuple(slot for n, slot in enumerate(layout.slot) if n != index))


def with_options(layout: Layout, index: int, options: Mapping[str, Any]) -> Layout:
    return _with_slot(layout, index, msgspec.structs.replace(layout.slot[index], options=dict(options)))


def with_title(layout: Layout, title: str) -> Layout:
    """A title of one's own is in no second language."""
    return layout if title == layout.title else msgspec.structs.replace(layout, title=title, title_en=None)


def filled(layout: Layout, index: int, ground: Ground) -> Layout:
    """The slot grows into the free room around it, one line at a time on each side in turn."""
    cell: Cell = layout.slot[index].cell
    is_growing = True
    while is_growing:
        is_growing = False
        for d_left, d_top, d_width, d_height in ((-1, 0, 1, 0), (0, 0, 1, 0), (0, -1, 0, 1), (0, 0, 0, 1)):
            wider: Cell = (cell[0] + d_left, cell[1] + d_top, cell[2] + d_width, cell[3] + d_height)
            if may_stand(layout, index, wider, ground):
                cell, is_growing = wider, True
    return put(layout, index, cell, ground)


def regridded(layout: Layout, grid: Grid) -> Layout:
    """The same places on another grid, to its nearest line: tiles that touched touch still. Raises where one would vanish."""
    if not (1 <= grid.columns <= FINEST_GRID and 1 <= grid.rows <= FINEST_GRID):
        raise NotPossible("grid")
    slots: list[Slot] = []
    for slot in layout.slot:
        x1, x2 = (_line(edge, layout.grid.columns, grid.columns) for edge in (slot.cell[0], slot.cell[0] + slot.cell[2]))
        y1, y2 = (_line(edge, layout.grid.rows, grid.rows) for edge in (slot.cell[1], slot.cell[1] + slot.cell[3]))
        if x1 >= x2 or y1 >= y2:
            raise NotPossible("coarse")
        slots.append(msgspec.structs.replace(slot, cell=(x1, y1, x2 - x1, y2 - y1)))
    return msgspec.structs.replace(layout, grid=grid, slot=tuple(slots))


def _line(edge: int, before: int, after: int) -> int:
    """Halves go up, so that equal edges stay equal."""
    return (2 * edge * after + before) // (2 * before)


def slot_at(layout: Layout, column: float, row: float) -> int | None:
    """The slot under a point in grid units."""
    for index, slot in enumerate(layout.slot):
        left, top, width, height = slot.cell
        if left <= column < left + width and top <= row < top + height:
            return index
    return None


def is_free(layout: Layout, cell: Cell) -> bool:
    return is_inside(cell, layout.grid) and not any(cells_overlap(cell, slot.cell) for slot in layout.slot)


def _with_slot(layout: Layout, index: int, slot: Slot) -> Layout:
    return msgspec.structs.replace(layout, slot=(*layout.slot[:index], slot, *layout.slot[index + 1 :]))
