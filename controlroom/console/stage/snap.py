"""A pointer on the miniature to a cell of the grid: to the nearest line, and to the edges of monitors. Pure."""

from controlroom.console.stage.places import Cell, Ground, monitor_spans
from feeds.messages.layout import Grid

PULL = 0.02
"""An edge of a monitor draws a tile's edge that is nearer than this share of the wall."""

Box = tuple[float, float, float, float]
"""Left, top, width, height as shares of the wall, 0 to 1."""


def box_of(cell: Cell, grid: Grid) -> Box:
    return cell[0] / grid.columns, cell[1] / grid.rows, cell[2] / grid.columns, cell[3] / grid.rows


def snapped_move(box: Box, panel: str, grid: Grid, ground: Ground, *, is_free: bool = False) -> Cell:
    """The cell a tile moved to ``box`` gets, in its size. ``is_free``: only the grid counts, not the monitors."""
    width, height = max(1, round(box[2] * grid.columns)), max(1, round(box[3] * grid.rows))
    column, row = round(box[0] * grid.columns), round(box[1] * grid.rows)
    if is_free:
        return column, row, width, height
    spans = monitor_spans(grid, ground.wall)
    column = _drawn(column, width, {s[0] for s in spans}, {s[0] + s[2] for s in spans}, max(1, round(PULL * grid.columns)))
    row = _drawn(row, height, {s[1] for s in spans}, {s[1] + s[3] for s in spans}, max(1, round(PULL * grid.rows)))
    if ground.needs_of(panel).may_cross:
        return _kept(column, width, 0, grid.columns), _kept(row, height, 0, grid.rows), width, height
    left, top, w, h = _monitor_at((box[0] + box[2] / 2) * grid.columns, (box[1] + box[3] / 2) * grid.rows, spans)
    return _kept(column, width, left, w), _kept(row, height, top, h), width, height


def _drawn(start: int, length: int, starts: set[int], ends: set[int], pull: int) -> int:
    """``start``, or where one of the two edges meets a monitor's when that is near; the nearest wins."""
    moves = [edge - start for edge in starts] + [edge - (start + length) for edge in ends]
    near = [move for move in moves if abs(move) <= pull]
    return start + min(near, key=lambda move: (abs(move), move), default=0)


def _kept(start: int, length: int, low: int, room: int) -> int:
    """Inside, where it fits."""
    return min(max(start, low), low + room - length) if length <= room else start


def _monitor_at(column: float, row: float, spans: list[Cell]) -> Cell:
    return min(spans, key=lambda s: (_away(column, s[0], s[2]), _away(row, s[1], s[3])), default=(0, 0, 1, 1))


def _away(point: float, start: int, length: int) -> float:
    return max(start - point, 0.0, point - (start + length))


HANDLES = ("nw", "n", "ne", "e", "se", "s", "sw", "w")


def snapped_resize(cell: Cell, handle: str, point: tuple[float, float], panel: str, grid: Grid, ground: Ground, *, is_free: bool) -> Cell:
    """The cell a tile gets whose ``handle`` is drawn to ``point`` (shares of the wall)."""
    left, top, right, bottom = cell[0], cell[1], cell[0] + cell[2], cell[1] + cell[3]
    low, high = (0, 0), (grid.columns, grid.rows)
    spans = monitor_spans(grid, ground.wall)
    if not is_free and not ground.needs_of(panel).may_cross:
        x, y, w, h = _monitor_at((left + right) / 2, (top + bottom) / 2, spans)
        if x <= left and right <= x + w and y <= top and bottom <= y + h:
            low, high = (x, y), (x + w, y + h)
    edges_x = {e for s in spans for e in (s[0], s[0] + s[2])} if not is_free else set[int]()
    edges_y = {e for s in spans for e in (s[1], s[1] + s[3])} if not is_free else set[int]()
    column = min(max(_near(point[0], grid.columns, edges_x), low[0]), high[0])
    row = min(max(_near(point[1], grid.rows, edges_y), low[1]), high[1])
    left = min(column, right - 1) if "w" in handle else left
    right = max(column, left + 1) if "e" in handle else right
    top = min(row, bottom - 1) if "n" in handle else top
    bottom = max(row, top + 1) if "s" in handle else bottom
    return left, top, right - left, bottom - top


def _near(share: float, count: int, edges: set[int]) -> int:
    line = round(share * count)
    pull = max(1, round(PULL * count))
    near = [edge for edge in edges if abs(edge - line) <= pull]
    return min(near, key=lambda edge: (abs(edge - line), edge), default=line)
