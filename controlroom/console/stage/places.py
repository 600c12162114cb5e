"""Where a tile may stand on a wall, and what is wrong where it stands. Pure: knows cells, monitors and what panels need."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

import msgspec

from controlroom.wall.geometry import LayoutProblem, monitor_rects, place_slot, wall_size
from feeds.messages.layout import Grid, Layout, Slot, Wall, cells_overlap

Cell = tuple[int, int, int, int]
"""Column, row, width, height."""


class Needs(msgspec.Struct, frozen=True):
    """What a panel asks of its place: ``min_size`` in wall units."""

    may_cross: bool = False
    min_size: tuple[int, int] = (0, 0)


class Ground(msgspec.Struct, frozen=True):
    """The wall a draft is made for, ``None`` while nobody has said how it is built, and the needs of the panels by key."""

    wall: Wall | None = None
    needs: Mapping[str, Needs] = {}

    def needs_of(self, panel: str) -> Needs:
        return self.needs.get(panel, Needs(may_cross=True))


class FaultKind(StrEnum):
    OUTSIDE = "outside"
    OVERLAP = "overlap"
    CROSSING = "crossing"
    TOO_SMALL = "too_small"


class Fault(msgspec.Struct, frozen=True):
    """``other``: the slot that stands there already."""

    kind: FaultKind
    other: int | None = None


def is_inside(cell: Cell, grid: Grid) -> bool:
    column, row, width, height = cell
    return column >= 0 and row >= 0 and width >= 1 and height >= 1 and column + width <= grid.columns and row + height <= grid.rows


def faults_at(layout: Layout, index: int, cell: Cell, ground: Ground) -> frozenset[Fault]:
    """What would be wrong if slot ``index`` stood at ``cell``."""
    slot = layout.slot[index]
    found = set(faults_of_place(layout.grid, slot.panel, cell, ground))
    found |= {Fault(FaultKind.OVERLAP, n) for n, other in enumerate(layout.slot) if n != index and cells_overlap(cell, other.cell)}
    return frozenset(found)


def faults_of_place(grid: Grid, panel: str, cell: Cell, ground: Ground) -> frozenset[Fault]:
    """As ``faults_at``, for a panel alone on the wall."""
    if not is_inside(cell, grid):
        return frozenset({Fault(FaultKind.OUTSIDE)})
    if ground.wall is None:
        return frozenset()
    needs = ground.needs_of(panel)
    found: set[Fault] = set()
    slot = Slot(panel=panel, cell=cell)
    try:
        place_slot(grid, slot, ground.wall, may_cross=needs.may_cross)
    except LayoutProblem:
        found.add(Fault(FaultKind.CROSSING))
    place = place_slot(grid, slot, ground.wall, may_cross=True)
    if place.rect[2] / place.scale < needs.min_size[0] or place.rect[3] / place.scale < needs.min_size[1]:
        found.add(Fault(FaultKind.TOO_SMALL))
    return frozenset(found)


def faults_of_draft(layout: Layout, ground: Ground) -> dict[int, frozenset[Fault]]:
    """Everything wrong with the places of a draft, by slot; a slot that stands well is not named."""
    found = {index: faults_at(layout, index, slot.cell, ground) for index, slot in enumerate(layout.slot)}
    return {index: faults for index, faults in found.items() if faults}


def may_stand(layout: Layout, index: int, cell: Cell, ground: Ground) -> bool:
    """Whether a slot may be put at ``cell``: nothing may be wrong there that is not wrong where it stands.

    A tile that was too small from the beginning can so be mended step by step.
    """
    wrong = faults_at(layout, index, cell, ground)
    return not wrong or wrong <= faults_at(layout, index, layout.slot[index].cell, ground)


def monitor_spans(grid: Grid, wall: Wall | None) -> list[Cell]:
    """For each monitor the largest cell that lies wholly on it; monitors too small for one cell are left out."""
    if wall is None:
        return [(0, 0, grid.columns, grid.rows)]
    width, height = wall_size(wall)
    spans: list[Cell] = []
    for x, y, w, h in monitor_rects(wall).values():
        left, right = _within(x, x + w, width, grid.columns)
        top, bottom = _within(y, y + h, height, grid.rows)
        if left < right and top < bottom:
            spans.append((left, top, right - left, bottom - top))
    return spans


def _within(start: int, end: int, size: int, count: int) -> tuple[int, int]:
    """The first and last grid line whose pixel (as the wall rounds it) lies within ``start`` to ``end``."""
    first = -(-start * count // size)
    last = end * count // size
    if first > 0 and round((first - 1) * size / count) >= start:
        first -= 1
    if last < count and round((last + 1) * size / count) <= end:
        last += 1
    return first, last


def largest_free(layout: Layout, panel: str, ground: Ground) -> Cell | None:
    """The largest free place where ``panel`` may stand; ``None`` when there is none."""
    areas = [(0, 0, layout.grid.columns, layout.grid.rows)]
    if not ground.needs_of(panel).may_cross:
        areas = monitor_spans(layout.grid, ground.wall)
    found = [cell for area in areas for cell in _free_within(area, [slot.cell for slot in layout.slot])]
    found.sort(key=lambda cell: (-_area(cell, layout.grid, ground.wall), cell[1], cell[0]))
    return next((cell for cell in found if not faults_of_place(layout.grid, panel, cell, ground)), None)


def free_around(layout: Layout, panel: str, point: tuple[float, float], ground: Ground) -> Cell | None:
    """The largest free place around a point (in grid units) where ``panel`` may stand."""
    areas = [(0, 0, layout.grid.columns, layout.grid.rows)]
    if not ground.needs_of(panel).may_cross:
        areas = monitor_spans(layout.grid, ground.wall)
    found = [cell for area in areas for cell in _free_within(area, [slot.cell for slot in layout.slot])]
    around = [c for c in found if c[0] <= point[0] < c[0] + c[2] and c[1] <= point[1] < c[1] + c[3]]
    around.sort(key=lambda cell: -_area(cell, layout.grid, ground.wall))
    return next((cell for cell in around if not faults_of_place(layout.grid, panel, cell, ground)), None)


def _area(cell: Cell, grid: Grid, wall: Wall | None) -> float:
    width, height = wall_size(wall) if wall is not None else (16, 9)
    return cell[2] * width / grid.columns * cell[3] * height / grid.rows


def _free_within(area: Cell, taken: Sequence[Cell]) -> list[Cell]:
    """Free rectangles of ``area`` that cannot grow sideways, between every two edges of what is taken."""
    left, top, width, height = area
    right, bottom = left + width, top + height
    near = [cell for cell in taken if cells_overlap(cell, area)]
    lines = sorted({top, bottom} | {y for c in near for y in (c[1], c[1] + c[3]) if top < y < bottom})
    found: set[Cell] = set()
    for i, upper in enumerate(lines):
        for lower in lines[i + 1 :]:
            x = left
            for cell in sorted(c for c in near if c[1] < lower and c[1] + c[3] > upper):
                if cell[0] > x:
                    found.add((x, upper, cell[0] - x, lower - upper))
                x = max(x, cell[0] + cell[2])
            if x < right:
                found.add((x, upper, right - x, lower - upper))
    return sorted(found)


def next_place(layout: Layout, index: int, step: tuple[int, int], ground: Ground) -> Cell | None:
    """The next place in a direction where the slot may stand: a seam or a neighbour that is in the way is leapt over."""
    column, row, width, height = layout.slot[index].cell
    for distance in range(1, max(layout.grid.columns, layout.grid.rows)):
        cell = (column + distance * step[0], row + distance * step[1], width, height)
        if not is_inside(cell, layout.grid):
            return None
        if may_stand(layout, index, cell, ground):
            return cell
    return None


def fault_text(fault: Fault, title: Callable[[str], str], layout: Layout, tr: Callable[[str], str]) -> str:
    """``title``: a panel's key to its name on screen."""
    if fault.kind is FaultKind.OVERLAP and fault.other is not None:
        return tr("menutupi {panel}").format(panel=title(layout.slot[fault.other].panel))
    if fault.kind is FaultKind.OUTSIDE:
        return tr("di luar dinding")
    if fault.kind is FaultKind.CROSSING:
        return tr("melintasi sambungan monitor")
    return tr("terlalu kecil untuk dibaca")
