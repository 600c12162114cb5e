"""Stations as nested JSON has them: readings in a list, an inner station, features of GeoJSON and ArcGIS, and wrappers that are no station."""

from typing import Any

import pytest

from feeds.readers.nested_rows import flat_rows
from feeds.readers.station_table import rows_of

READINGS = [{"time": "2026-11-22T01:00:00Z", "level": 1}, {"time": "2026-11-22T02:00:00Z", "level": 2}]
A: dict[str, Any] = {"station_id": "A", "lat": -6.1, "readings": READINGS}


@pytest.mark.parametrize(
    "document",
    [A, [A], {"data": [A]}, {"status": "ok", "result": {"stations": [A]}}, {"kode_pos": "A", "lat": -6.1, "data": READINGS}],
    ids=["alone", "list", "wrapped", "deeper", "under data"],
)
def test_a_station_with_its_readings_is_a_row_for_each(document: object) -> None:
    rows: list[Any] = rows_of(document)
    assert [row["level"] for row in rows] == [1, 2]
    assert all(row.get("station_id", row.get("kode_pos")) == "A" and row["lat"] == -6.1 for row in rows)


def test_a_wrapper_with_a_name_is_no_station_when_its_rows_name_theirs() -> None:
    rows: list[Any] = rows_of({"name": "dataset", "id": 7, "data": [{"kode_pos": "A", "level": 1}, {"kode_pos": "B", "level": 2}]})
    assert rows == [{"kode_pos": "A", "level": 1}, {"kode_pos": "B", "level": 2}]


def test_inner_objects_stand_beside() -> None:
    (row,) = flat_rows({"id": 9, "pintu_air": {"id": 1, "name": "Pos X"}, "koordinat": {"lat": 1, "lng": 2}, "latest": {"tma": 5, "id": 3}})
    assert isinstance(row, dict)
    assert (row["station_id"], row["station_name"], row["lat"], row["lng"], row["tma"], row["id"]) == (1, "Pos X", 1, 2, 5, 9)


def test_features_of_geojson_arcgis_and_those_that_forget_their_type() -> None:
    for feature in (
        {
            "type": "Feature",
            "id": "f",
            "properties": {"tma": 5, "pos": {"nama": "X"}},
            "geometry": {"type": "Point", "coordinates": [106.6, -6.1]},
        },
        {"properties": {"tma": 5, "pos": {"nama": "X"}}, "geometry": {"coordinates": [106.6, -6.1]}},
        {"attributes": {"tma": 5, "station_name": "X"}, "geometry": {"x": 106.6, "y": -6.1}},
    ):
        (row,) = flat_rows(feature)
        assert isinstance(row, dict)
        assert (row["tma"], row["station_name"], row["longitude"], row["latitude"]) == (5, "X", 106.6, -6.1)


def test_what_is_no_object_stays() -> None:
    assert flat_rows(7) == [7]
    assert rows_of([1, None]) == [1, None]
    assert rows_of("x") == []
