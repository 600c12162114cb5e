"""TopoJSON as the specification has it: shared arcs, reversed ones, quantised or not; what is written comes back; what is broken is refused."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.readers.topojson import Figure, TopoJsonError, read_figures

SQUARE = [[0, 0], [4, 0], [0, 4], [-4, 0], [0, -4]]


def topology(*geometries: Any, arcs: Any = (), transform: Any = None) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "Topology", "arcs": list(arcs),
                                "objects": {"output": {"type": "GeometryCollection", "geometries": list(geometries)}}}  # fmt: skip
    return document | ({"transform": transform} if transform is not None else {})


def one(document: object) -> Figure:
    (figure,) = read_figures(document)
    return figure


def test_every_type_of_geometry_is_read_with_its_transform() -> None:
    transform = {"scale": [0.5, 2], "translate": [100, -6]}
    arcs = [SQUARE, [[4, 4], [1, 1]]]
    figures = list(
        read_figures(
            topology(
                {"type": "Point", "coordinates": [2, 1], "properties": {"a": 1}, "id": 7},
                {"type": "MultiPoint", "coordinates": [[2, 1], [0, 0, 99]], "properties": None},
                {"type": "LineString", "arcs": [1]},
                {"type": "LineString", "arcs": [-2]},
                {"type": "MultiLineString", "arcs": [[1], [-2]]},
                {"type": "Polygon", "arcs": [[0]]},
                {"type": "MultiPolygon", "arcs": [[[0]], [[-1]]]},
                {
                    "type": "GeometryCollection",
                    "properties": {"b": 2},
                    "geometries": [{"type": "Point", "coordinates": [0, 0]}, {"type": None}],
                },
                {"type": None, "properties": {"c": 3}},
                arcs=arcs,
                transform=transform,
            )
        )
    )
    assert [figure.problem for figure in figures] == [None] * 9
    assert figures[0].points == [(101.0, -4.0)]
    assert figures[0].properties == {"a": 1, "id": 7}
    assert figures[1].points == [(101.0, -4.0), (100.0, -6.0)]
    assert figures[2].lines == [[(102.0, 2.0), (102.5, 4.0)]]
    assert figures[3].lines == [[(102.5, 4.0), (102.0, 2.0)]], "~i is the arc backwards"
    assert len(figures[4].lines) == 2
    ring = [(100.0, -6.0), (102.0, -6.0), (102.0, 2.0), (100.0, 2.0), (100.0, -6.0)]
    assert figures[5].polygons == [[ring]]
    assert figures[6].polygons == [[ring], [ring[::-1]]]
    assert figures[7].points == [(100.0, -6.0)]
    assert figures[8] == Figure(properties={"c": 3}), "no place and no problem"


def test_without_a_transform_positions_are_as_they_stand_and_arcs_share_their_ends() -> None:
    arcs = [[[0, 0], [4, 0], [4, 4]], [[0, 0], [0, 4], [4, 4]]]
    figure = one(topology({"type": "Polygon", "arcs": [[0, ~1]]}, arcs=arcs))
    assert figure.polygons == [[[(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]]]


def test_an_empty_answer_is_empty_and_every_object_is_read() -> None:
    assert list(read_figures({"type": "FeatureCollection", "features": None})) == []
    assert (
        list(read_figures({"type": "Topology", "objects": {"output": {"type": "GeometryCollection", "geometries": None}}, "arcs": []}))
        == []
    )
    two = {
        "type": "Topology",
        "arcs": [],
        "objects": {"a": {"type": "Point", "coordinates": [1, 2]}, "b": {"type": "Point", "coordinates": [3, 4]}},
    }
    assert [figure.points for figure in read_figures(two)] == [[(1, 2)], [(3, 4)]]


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        ({"type": "Polygon", "arcs": [[9]]}, "an index names no arc"),
        ({"type": "Polygon", "arcs": [[-10]]}, "an index names no arc"),
        ({"type": "Polygon", "arcs": [[0.0]]}, "not a whole number"),
        ({"type": "Polygon", "arcs": [[True]]}, "not a whole number"),
        ({"type": "Polygon", "arcs": [[1]]}, "not closed"),
        ({"type": "Polygon", "arcs": [0]}, "a list of positions is missing"),
        ({"type": "Polygon"}, "coordinates is not a list"),
        ({"type": "LineString", "arcs": []}, "fewer than 2"),
        ({"type": "LineString", "arcs": [2]}, "an arc is no list"),
        ({"type": "LineString", "arcs": [3]}, "not a pair of numbers"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "not a pair of numbers"),
        ({"type": "Point", "coordinates": [1]}, "not a pair of numbers"),
        ({"type": "Point", "coordinates": [10**400, 1]}, "not a pair of numbers"),
        ({"type": "Circle"}, "unknown type"),
        ("Point", "is not an object"),
    ],
)
def test_a_broken_figure_is_refused_and_its_neighbour_is_read(geometry: Any, problem: str) -> None:
    arcs = [SQUARE, [[0, 0], [1, 1], [2, 2], [3, 3]], 7, [[0, 0], None]]
    broken, good = read_figures(topology(geometry, {"type": "Point", "coordinates": [1, 2]}, arcs=arcs))
    assert problem in (broken.problem or "")
    assert good.points == [(1, 2)]


@pytest.mark.parametrize(
    "document", [None, [], 7, {}, {"type": "Topology"}, {"type": "Topology", "objects": {}, "transform": {"scale": [1]}}, {"type": "Sphere"},
                 {"type": "FeatureCollection", "features": 7}]
)  # fmt: skip
def test_what_is_no_document_is_refused(document: object) -> None:
    with pytest.raises(TopoJsonError):
        list(read_figures(document))


def test_an_arc_named_a_million_times_fills_no_memory() -> None:
    long = [[i % 2, i % 3] for i in range(10_000)]
    figure = one(topology({"type": "LineString", "arcs": [0] * 1_000_000}, arcs=[long]))
    assert "positions" in (figure.problem or "")
    nested: dict[str, Any] = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(200):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    assert "nested too deep" in (one(nested).problem or "")


def quantised(rings: list[list[list[tuple[float, float]]]], steps: int) -> dict[str, Any]:
    """A small writer of TopoJSON: every ring an arc of its own, half of them stored backwards."""
    places = [place for polygon in rings for ring in polygon for place in ring]
    west, south = min(x for x, _ in places), min(y for _, y in places)
    # Places may lie so near each other that a step between them is no number at all.
    wide, high = max(x for x, _ in places) - west, max(y for _, y in places) - south
    scale = [max(wide, 1e-9) / steps, max(high, 1e-9) / steps]
    arcs: list[list[list[int]]] = []
    geometry: list[list[list[int]]] = []
    for polygon in rings:
        named: list[list[int]] = []
        for ring in polygon:
            is_backwards = len(arcs) % 2 == 1
            grid = [(round((x - west) / scale[0]), round((y - south) / scale[1])) for x, y in (ring[::-1] if is_backwards else ring)]
            before = [(0, 0), *grid[:-1]]
            arcs.append([[x - a, y - b] for (x, y), (a, b) in zip(grid, before, strict=True)])
            named.append([~(len(arcs) - 1) if is_backwards else len(arcs) - 1])
        geometry.append(named)
    return topology({"type": "MultiPolygon", "arcs": geometry}, arcs=arcs, transform={"scale": scale, "translate": [west, south]})


PLACES = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
RINGS = st.lists(PLACES, min_size=3, max_size=12).map(lambda ring: [*ring, ring[0]])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(RINGS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_what_is_written_comes_back(rings: list[list[list[tuple[float, float]]]]) -> None:
    figure = one(json.loads(json.dumps(quantised(rings, 100_000))))
    assert figure.problem is None
    assert [[len(ring) for ring in polygon] for polygon in figure.polygons] == [[len(ring) for ring in polygon] for polygon in rings]
    for polygon, read in zip(rings, figure.polygons, strict=True):
        for ring, back in zip(polygon, read, strict=True):
            assert all(math.dist(a, b) < 0.01 for a, b in zip(ring, back, strict=True))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Point", "Polygon", "Topology", "FeatureCollection", "x"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "arcs", "coordinates", "geometries", "objects", "features", "geometry", "properties", "transform", "scale"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_anything_is_read_or_refused(document: object) -> None:
    with suppress(TopoJsonError):
        for figure in read_figures(document):
            assert all(math.isfinite(x) and math.isfinite(y) for x, y in figure.points)
