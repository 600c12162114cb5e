"""Parts of a wall, compared exactly, on whatever grids they were drawn: by whole numbers on a grid as fine as all of them. Pure."""

from collections.abc import Iterable, Sequence
from math import lcm
from typing import NamedTuple, TypeAlias

from feeds.messages.layout import Grid
from feeds.messages.walls import Region
from feeds.reports.refusals import Refused

FINEST = 100_000
"""Columns or rows of a region's grid: finer than the pixels of any wall."""

Cell: TypeAlias = tuple[int, int, int, int]
_WHOLE = Region(grid=Grid(columns=1, rows=1), cell=(0, 0, 1, 1))


class Part(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int


class Fine:
    """A grid on which every region of these has whole edges."""

    def __init__(self, regions: Iterable[Region | None]) -> None:
        grids = [region.grid for region in regions if region is not None]
        self._columns = lcm(*(grid.columns for grid in grids))
        self._rows = lcm(*(grid.rows for grid in grids))

    def part(self, region: Region | None) -> Part:
        """``None``: the whole wall."""
        grid, (column, row, width, height) = (region or _WHOLE).grid, (region or _WHOLE).cell
        wide, high = self._columns // grid.columns, self._rows // grid.rows
        return Part(column * wide, row * high, (column + width) * wide, (row + height) * high)


def check_region(region: Region | None) -> None:
    """Raises ``Refused`` for one that is no part of a wall."""
    if region is None:
        return
    if not (1 <= region.grid.columns <= FINEST and 1 <= region.grid.rows <= FINEST):
        raise Refused("region", f"its grid must have 1 to {FINEST} columns and rows")
    column, row, width, height = region.cell
    is_inside = min(column, row) >= 0 and column + width <= region.grid.columns and row + height <= region.grid.rows
    if min(width, height) < 1 or not is_inside:
        raise Refused("region", f"its cell {list(region.cell)} lies outside its grid of {region.grid.columns} x {region.grid.rows}")


def overlap(one: Part, other: Part) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def holds(one: Region | None, other: Region | None) -> bool:
    """Whether ``other`` lies within ``one``."""
    fine = Fine((one, other))
    outer, inner = fine.part(one), fine.part(other)
    return outer.left <= inner.left and outer.top <= inner.top and inner.right <= outer.right and inner.bottom <= outer.bottom


def meets(one: Region | None, other: Region | None) -> bool:
    fine = Fine((one, other))
    return overlap(fine.part(one), fine.part(other))


def is_covered(region: Region | None, by: Sequence[Region | None]) -> bool:
    """Whether every point of ``region`` lies in one of ``by``: several may cover it together."""
    fine = Fine((region, *by))
    left_over = [fine.part(region)]
    for one in by:
        cover = fine.part(one)
        left_over = [piece for part in left_over for piece in _without(part, cover)]
    return not left_over


def _without(part: Part, cover: Part) -> list[Part]:
    """What is left of ``part`` outside ``cover``: at most four pieces."""
    if not overlap(part, cover):
        return [part]
    top, bottom = max(part.top, cover.top), min(part.bottom, cover.bottom)
    pieces = [
        Part(part.left, part.top, part.right, top),
        Part(part.left, bottom, part.right, part.bottom),
        Part(part.left, top, cover.left, bottom),
        Part(cover.right, top, part.right, bottom),
    ]
    return [piece for piece in pieces if piece.left < piece.right and piece.top < piece.bottom]
