"""Cells of a layout to rectangles on the wall: pure arithmetic in wall pixels.

A panel keeps 32 units from the edge of every monitor it does not cross, and 24 units from its neighbour.
"""

from collections.abc import Mapping

import msgspec

from controlroom.wall.screens import unit_scale
from feeds.messages.layout import Grid, Monitor, Slot, Wall, cells_overlap

MARGIN_U = 32
GAP_U = 24

Rect = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


class LayoutProblem(ValueError):
    """A slot that cannot stand on this wall; the text says which and why."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a slot stands. ``monitors``: names of those it touches; ``seams``: bezels crossing it, slot coordinates.

    ``scale``: device pixels per wall unit there, since monitors of one wall may differ in pitch.
    """

    rect: Rect
    monitors: tuple[str, ...]
    seams: tuple[Rect, ...]
    scale: float = 1.0

    def seams_u(self) -> tuple[tuple[float, float, float, float], ...]:
        """The seams in wall units."""
        scale = self.scale
        return tuple((x / scale, y / scale, w / scale, h / scale) for x, y, w, h in self.seams)


def monitor_rects(wall: Wall) -> dict[str, Rect]:
    """Monitor name -> its rectangle in wall pixels: from its corner, else rows and columns packed without bezels."""
    corners = {monitor.name: monitor.corner for monitor in wall.monitor if monitor.corner is not None}
    if len(corners) == len(wall.monitor):
        return {monitor.name: (*corners[monitor.name], *monitor.pixels) for monitor in wall.monitor}
    widths: dict[int, int] = {}
    heights: dict[int, int] = {}
    for monitor in wall.monitor:
        widths[monitor.place[0]] = max(widths.get(monitor.place[0], 0), monitor.pixels[0])
        heights[monitor.place[1]] = max(heights.get(monitor.place[1], 0), monitor.pixels[1])
    lefts = {column: sum(widths[c] for c in widths if c < column) for column in widths}
    tops = {row: sum(heights[r] for r in heights if r < row) for row in heights}
    return {m.name: (lefts[m.place[0]], tops[m.place[1]], m.pixels[0], m.pixels[1]) for m in wall.monitor}


def wall_size(wall: Wall) -> tuple[int, int]:
    rects = monitor_rects(wall).values()
    return max(r[0] + r[2] for r in rects), max(r[1] + r[3] for r in rects)


def place_slot(grid: Grid, slot: Slot, wall: Wall, *, may_cross: bool) -> Place:
    """Raises ``LayoutProblem`` when the cell lies outside the grid or crosses a seam it may not cross."""
    column, row, width, height = slot.cell
    if column < 0 or row < 0 or width < 1 or height < 1 or column + width > grid.columns or row + height > grid.rows:
        raise LayoutProblem(f"cell {list(slot.cell)} lies outside the grid of {grid.columns} x {grid.rows}")
    size = wall_size(wall)
    left, right = round(column * size[0] / grid.columns), round((column + width) * size[0] / grid.columns)
    top, bottom = round(row * size[1] / grid.rows), round((row + height) * size[1] / grid.rows)
    rects = monitor_rects(wall)
    touched = {name: rect for name, rect in rects.items() if cells_overlap((left, top, right - left, bottom - top), rect)}
    columns = {rect[0] for rect in touched.values()}
    rows = {rect[1] for rect in touched.values()}
    if (len(columns) > 1 or len(rows) > 1) and not may_cross:
        raise LayoutProblem(f"cell {list(slot.cell)} crosses a seam, and this panel may not: give it a cell on one monitor")
    scale = unit_scale(wall, tuple(touched))
    edges_x = {edge for rect in rects.values() for edge in (rect[0], rect[0] + rect[2])}
    edges_y = {edge for rect in rects.values() for edge in (rect[1], rect[1] + rect[3])}
    x1, x2 = left + _inset(left, edges_x, scale), right - _inset(right, edges_x, scale)
    y1, y2 = top + _inset(top, edges_y, scale), bottom - _inset(bottom, edges_y, scale)
    rect = (x1, y1, max(1, x2 - x1), max(1, y2 - y1))
    return Place(rect=rect, monitors=tuple(touched), seams=_seams(rect, touched, wall), scale=scale)


def card_place(grid: Grid, slot: Slot, wall: Wall) -> Place | None:
    """Where the error card of a slot that cannot stand on this wall stands: its cell, as far as it lies on the first monitor it touches.

    ``None`` when the cell touches none.
    """
    column, row, width, height = slot.cell
    left, top, right, bottom = max(0, column), max(0, row), min(grid.columns, column + width), min(grid.rows, row + height)
    if left >= right or top >= bottom:
        return None
    size = wall_size(wall)
    x1, x2 = round(left * size[0] / grid.columns), round(right * size[0] / grid.columns)
    y1, y2 = round(top * size[1] / grid.rows), round(bottom * size[1] / grid.rows)
    for name, area in monitor_rects(wall).items():
        if cells_overlap((x1, y1, x2 - x1, y2 - y1), area):
            x, y = max(x1, area[0]), max(y1, area[1])
            rect = (x, y, min(x2, area[0] + area[2]) - x, min(y2, area[1] + area[3]) - y)
            return Place(rect=rect, monitors=(name,), seams=(), scale=unit_scale(wall, (name,)))
    return None


def _inset(edge: int, monitor_edges: set[int], scale: float) -> int:
    return round((MARGIN_U if edge in monitor_edges else GAP_U / 2) * scale)


def _seams(rect: Rect, touched: Mapping[str, Rect], wall: Wall) -> tuple[Rect, ...]:
    """Strips within ``rect`` where a bezel cuts the picture, at least 6 pixels wide, in the slot's coordinates."""
    monitors = {monitor.name: monitor for monitor in wall.monitor}
    strips: set[Rect] = set()
    for name, area in touched.items():
        width_px, height_px = _bezel_pixels(monitors[name])
        inner_right, inner_bottom = area[0] + area[2], area[1] + area[3]
        if rect[0] < inner_right < rect[0] + rect[2]:
            strips.add((inner_right - rect[0] - width_px, 0, 2 * width_px, rect[3]))
        if rect[1] < inner_bottom < rect[1] + rect[3]:
            strips.add((0, inner_bottom - rect[1] - height_px, rect[2], 2 * height_px))
    return tuple(sorted(strips))


def _bezel_pixels(monitor: Monitor) -> tuple[int, int]:
    """Half the width of the gap at a seam, in pixels: at least 3."""
    across = max(monitor.bezel_mm[0], monitor.bezel_mm[2]) * monitor.pixels[0] / monitor.size_mm[0]
    down = max(monitor.bezel_mm[1], monitor.bezel_mm[3]) * monitor.pixels[1] / monitor.size_mm[1]
    return max(3, round(across)), max(3, round(down))
