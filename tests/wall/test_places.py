"""Screens of different sizes still stand in rows and columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controlroom.wall.places import Area, places_of

SQUARE = [(0, 0), (1, 0), (0, 1), (1, 1)]


@pytest.mark.parametrize(
    ("areas", "places"),
    [
        ([], []),
        ([(0, 0, 1920, 1080), (1920, 0, 1920, 1080), (0, 1080, 1280, 720), (1280, 1080, 1280, 720)], SQUARE),
        ([(0, 0, 1920, 1080), (1920, 0, 1920, 1080), (0, 1080, 1280, 720), (1920, 1080, 1280, 720)], SQUARE),
        ([(0, 0, 1920, 1080), (1920, 0, 1280, 720), (0, 1080, 1920, 1080), (1920, 720, 1280, 720)], SQUARE),
        ([(0, 0, 1920, 1080), (1920, 360, 1280, 720)], [(0, 0), (1, 0)]),
        ([(0, 0, 1920, 1080), (1920, -420, 1080, 1920)], [(0, 0), (1, 0)]),
        ([(1920, 0, 1920, 1080), (0, 1080, 1920, 1080), (1920, 1080, 1920, 1080)], [(1, 0), (0, 1), (1, 1)]),
        ([(0, 0, 1920, 1080), (1920, 1080, 1920, 1080)], [(0, 0), (1, 1)]),
        ([(320, 720, 1280, 720), (0, 0, 1920, 720)], [(0, 1), (0, 0)]),
    ],
)  # fmt: skip
def test_mixed_screens_have_their_columns_and_rows(areas: list[Area], places: list[tuple[int, int]]) -> None:
    assert places_of(areas) == places


@given(columns=st.integers(1, 5), rows=st.integers(1, 4), data=st.data())
def test_packed_rows_of_any_widths_are_counted(columns: int, rows: int, data: st.DataObject) -> None:
    widths = [data.draw(st.sampled_from([1280, 1366, 1600, 1920, 2560])) for _ in range(rows)]
    areas = [(c * widths[r], r * 1080, widths[r], 1080) for r in range(rows) for c in range(columns)]
    assert places_of(areas) == [(c, r) for r in range(rows) for c in range(columns)]
