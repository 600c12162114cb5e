"""Cells become rectangles: margins at seams, gaps between neighbours, and a refusal that names the fault."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from controlroom.wall.geometry import LayoutProblem, monitor_rects, place_slot, wall_size
from controlroom.wall.layouts import read_layout, read_wall
from feeds.messages.layout import Grid, Monitor, Slot, Wall, overlapping

ROOT = Path(__file__).resolve().parents[2]
GRID = Grid(columns=160, rows=90)


def wall(columns: int = 2, rows: int = 2, pixels: tuple[int, int] = (1920, 1080)) -> Wall:
    monitors = tuple(
        Monitor(name=f"{c}-{r}", place=(c, r), pixels=pixels, size_mm=(pixels[0] * 0.63, pixels[1] * 0.63), bezel_mm=(1.8, 1.8, 1.8, 1.8))
        for r in range(rows)
        for c in range(columns)
    )
    return Wall(name="w", farthest_seat_m=5, nearest_seat_m=3, monitor=monitors)


def test_a_panel_keeps_the_margin_at_monitor_edges_and_the_gap_elsewhere() -> None:
    place = place_slot(GRID, Slot(panel="keuangan", cell=(80, 11, 27, 34)), wall(), may_cross=False)
    assert place.rect == (1920 + 32, 264 + 12, 648 - 32 - 12, 816 - 12 - 32)
    assert place.monitors == ("1-0",)
    assert place.seams == ()


def test_a_crossing_panel_knows_where_the_bezel_cuts_it() -> None:
    place = place_slot(GRID, Slot(panel="map", cell=(0, 11, 80, 51)), wall(), may_cross=True)
    assert place.monitors == ("0-0", "0-1")
    ((x, y, width, height),) = place.seams
    assert (x, width) == (0, place.rect[2])
    assert place.rect[1] + y + height / 2 == 1080


def test_a_panel_that_may_not_cross_is_refused() -> None:
    with pytest.raises(LayoutProblem, match="crosses a seam"):
        place_slot(GRID, Slot(panel="ticker", cell=(0, 11, 81, 10)), wall(), may_cross=False)


@pytest.mark.parametrize("cell", [(-1, 0, 2, 2), (0, 0, 0, 2), (159, 0, 2, 2), (0, 89, 1, 2)])
def test_a_cell_outside_the_grid_is_refused(cell: tuple[int, int, int, int]) -> None:
    with pytest.raises(LayoutProblem, match="outside the grid"):
        place_slot(GRID, Slot(panel="map", cell=cell), wall(), may_cross=True)


@given(
    columns=st.integers(1, 4), rows=st.integers(1, 3), width_mm=st.floats(200, 2000),
    cell=st.tuples(st.integers(0, 159), st.integers(0, 89), st.integers(1, 160), st.integers(1, 90)),
)  # fmt: skip
def test_every_place_lies_on_the_wall(columns: int, rows: int, width_mm: float, cell: tuple[int, int, int, int]) -> None:
    if cell[0] + cell[2] > 160 or cell[1] + cell[3] > 90:
        return
    built = wall(columns, rows)
    built = structs.replace(built, monitor=tuple(structs.replace(m, size_mm=(width_mm, width_mm * 9 / 16)) for m in built.monitor))
    x, y, width, height = place_slot(GRID, Slot(panel="map", cell=cell), built, may_cross=True).rect
    total = wall_size(built)
    assert width >= 1
    assert height >= 1
    assert 0 <= x < total[0] + 256
    assert 0 <= y < total[1] + 256


def test_monitors_of_different_sizes_are_packed() -> None:
    monitors = (
        Monitor(name="a", place=(0, 0), pixels=(3840, 2160), size_mm=(1200, 675)),
        Monitor(name="b", place=(1, 0), pixels=(1080, 1920), size_mm=(340, 600)),
    )
    rects = monitor_rects(Wall(name="w", farthest_seat_m=5, nearest_seat_m=3, monitor=monitors))
    assert rects == {"a": (0, 0, 3840, 2160), "b": (3840, 0, 1080, 1920)}


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "layouts").glob("*.toml")))
def test_shipped_layouts_cover_their_grid_without_overlap(name: str) -> None:
    layout = read_layout(ROOT / "layouts" / f"{name}.toml")
    assert overlapping(layout.slot) is None
    covered = sum(slot.cell[2] * slot.cell[3] for slot in layout.slot)
    assert covered == layout.grid.columns * layout.grid.rows


def test_the_demo_wall_is_the_reference_wall() -> None:
    demo = read_wall(ROOT / "assets" / "walls" / "virtual-2x2.toml")
    assert wall_size(demo) == (3840, 2160)
