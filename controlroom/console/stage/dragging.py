"""What a drag on the preview would do if it ended now: where the tile would stand, with whom it would swap, what is wrong. Pure."""

from enum import StrEnum

import msgspec

from controlroom.console.stage.edit import slot_at
from controlroom.console.stage.places import Cell, Fault, FaultKind, Ground, faults_at, faults_of_place
from controlroom.console.stage.snap import Box, box_of, snapped_move, snapped_resize
from feeds.messages.layout import Layout, cells_overlap


class Act(StrEnum):
    MOVE = "move"
    RESIZE = "resize"
    SWAP = "swap"
    COPY = "copy"


class Drag(msgspec.Struct, frozen=True):
    """A drag as it began: which tile, by which handle (empty: the tile itself), where it was gripped (shares of the wall)."""

    index: int
    handle: str
    grip: tuple[float, float]
    is_copy: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """``other``: the tile that would be swapped. ``faults``: empty when the drag may end here."""

    act: Act
    cell: Cell
    faults: frozenset[Fault] = frozenset()
    other: int | None = None


def outcome(drag: Drag, point: tuple[float, float], layout: Layout, ground: Ground, *, is_free: bool) -> Outcome:
    """``point``: of the pointer, shares of the wall. ``is_free``: monitors do not draw the tile."""
    slot, grid = layout.slot[drag.index], layout.grid
    if drag.handle:
        cell = snapped_resize(slot.cell, drag.handle, point, slot.panel, grid, ground, is_free=is_free)
        return Outcome(Act.RESIZE, cell, _new_faults(layout, drag.index, cell, ground))
    left, top, width, height = box_of(slot.cell, grid)
    box: Box = (left + point[0] - drag.grip[0], top + point[1] - drag.grip[1], width, height)
    cell = snapped_move(box, slot.panel, grid, ground, is_free=is_free)
    if drag.is_copy:
        overlapped = {Fault(FaultKind.OVERLAP, n) for n, s in enumerate(layout.slot) if cells_overlap(cell, s.cell)}
        return Outcome(Act.COPY, cell, faults_of_place(grid, slot.panel, cell, ground) | overlapped)
    faults = _new_faults(layout, drag.index, cell, ground)
    under = slot_at(layout, point[0] * grid.columns, point[1] * grid.rows)
    if faults and under is not None and under != drag.index:
        return Outcome(Act.SWAP, layout.slot[under].cell, frozenset(), under)
    return Outcome(Act.MOVE, cell, faults)


def _new_faults(layout: Layout, index: int, cell: Cell, ground: Ground) -> frozenset[Fault]:
    """What is wrong there that is not wrong where the tile stands."""
    wrong = faults_at(layout, index, cell, ground)
    before = faults_at(layout, index, layout.slot[index].cell, ground)
    return frozenset() if wrong <= before else wrong
