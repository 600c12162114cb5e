"""Layouts and the installation of a wall, and what no layout may be, whatever wall it stands on. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

MOST_TITLE = 80
MOST_SLOTS = 64
FINEST_GRID = 1_024
"""Columns or rows: a dozen monitors side by side at 80 columns each."""
MOST_OPTION_BYTES = 8_192
"""Of one slot, as JSON."""
MOST_LAYOUT_BYTES = 131_072
"""Of a whole layout, as JSON: it travels in one message (``feeds.messages.header.MAX_MESSAGE_BYTES``)."""


class Grid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    columns: int
    rows: int


class Slot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``cell``: column, row, width, height in grid units."""

    panel: str
    cell: tuple[int, int, int, int]
    options: dict[str, Any] = {}


class Layout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    grid: Grid
    slot: tuple[Slot, ...]
    title_en: str | None = None
    revision: int = 1


class Monitor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One monitor as installed. Matched by ``serial`` (EDID), else ``connector``, else ``place`` (column, row).

    ``pixels``: native resolution; ``size_mm``: visible area; ``bezel_mm``: frame around it (left, top, right, bottom). ``corner``: its
    left top corner on the wall in pixels, for all monitors or none; without it rows and columns are packed.
    """

    name: str
    place: tuple[int, int]
    pixels: tuple[int, int]
    size_mm: tuple[float, float]
    bezel_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    corner: tuple[int, int] | None = None
    serial: str | None = None
    connector: str | None = None


class Wall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``farthest_seat_m`` and ``nearest_seat_m`` set the sizes of type."""

    name: str
    farthest_seat_m: float
    nearest_seat_m: float
    monitor: tuple[Monitor, ...]


def overlapping(slots: Sequence[Slot]) -> tuple[int, int] | None:
    """The first two slots whose cells overlap, ``None`` when none do."""
    for i, one in enumerate(slots):
        for j in range(i + 1, len(slots)):
            if cells_overlap(one.cell, slots[j].cell):
                return i, j
    return None


def cells_overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return one[0] < other[0] + other[2] and other[0] < one[0] + one[2] and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]


def faults_of(layout: Layout) -> list[str]:
    """What is wrong with a layout on any wall, a sentence each; panels and their options are the front's affair."""
    found: list[str] = []
    if not layout.title.strip() or max(len(layout.title), len(layout.title_en or "")) > MOST_TITLE:
        found.append(f"title: must have 1 to {MOST_TITLE} letters")
    if not layout.title.isprintable() or not (layout.title_en or "").isprintable():
        found.append("title: holds letters that cannot be shown")
    if not (1 <= layout.grid.columns <= FINEST_GRID and 1 <= layout.grid.rows <= FINEST_GRID):
        return [*found, f"grid: must have 1 to {FINEST_GRID} columns and rows"]
    if not 1 <= len(layout.slot) <= MOST_SLOTS:
        return [*found, f"slot: a layout has 1 to {MOST_SLOTS} slots, this one {len(layout.slot)}"]
    for number, slot in enumerate(layout.slot, 1):
        column, row, width, height = slot.cell
        is_inside = min(column, row) >= 0 and column + width <= layout.grid.columns and row + height <= layout.grid.rows
        if min(width, height) < 1 or not is_inside:
            found.append(
                f"slot {number} ({slot.panel[:64]}): cell {list(slot.cell)} lies outside the grid of"
                f" {layout.grid.columns} x {layout.grid.rows}"
            )
        if len(msgspec.json.encode(slot.options)) > MOST_OPTION_BYTES:
            found.append(f"slot {number} ({slot.panel[:64]}): its options are longer than {MOST_OPTION_BYTES} bytes")
    if len(msgspec.json.encode(layout)) > MOST_LAYOUT_BYTES:
        found.append(f"slot: the layout as a whole is longer than {MOST_LAYOUT_BYTES} bytes")
    pair = overlapping(layout.slot)
    if pair is not None:
        first, second = pair
        found.append(f"slot {second + 1} ({layout.slot[second].panel[:64]}) overlaps slot {first + 1} ({layout.slot[first].panel[:64]})")
    return found
