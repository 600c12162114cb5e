"""The collector air: ISPU by the regulation, the shapes stations come in, indices of other countries refused, values nobody believes."""

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.collectors.air import COLLECTOR, judged, read
from feeds.messages.environment import AirCategory, AirStation, Fault
from feeds.readers.air_tables import AirSample
from feeds.readers.ispu import (
    BREAKPOINTS,
    INDICES,
    POLLUTANTS,
    UnitError,
    category,
    is_impossible,
    micrograms,
    plain_unit,
    rounded,
    sub_index,
)
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.http import SourceDown
from tests.fakes.collector_context import city_of, collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AT = "2026-11-22T01:00:00Z"


def ctx(**options: Any) -> CollectorContext[Any]:
    return context(COLLECTOR, {"url": "https://h/udara.csv", **options}, city="tangerang", now=NOW)


def seen(body: object, *more: object, name: str = "udara.csv", made: CollectorContext[Any] | None = None, **options: Any) -> tuple[list[AirStation], CollectorContext[Any]]:  # fmt: skip
    made = made or ctx(**options)
    made.refusals.clear()
    bodies = [one if isinstance(one, bytes) else (one if isinstance(one, str) else json.dumps(one)).encode() for one in (body, *more)]
    return [record.body for record in read(made, [Document(name=name, body=one) for one in bodies])], made


def one(body: object, *more: object, **options: Any) -> AirStation:
    (station,), made = seen(body, *more, **options)
    assert not made.refusals
    return station


@pytest.mark.parametrize("pollutant", POLLUTANTS)
def test_at_every_breakpoint_the_index_is_the_regulations(pollutant: str) -> None:
    for concentration, index in zip(BREAKPOINTS[pollutant], INDICES, strict=True):
        assert sub_index(pollutant, concentration) == pytest.approx(index)


@pytest.mark.parametrize(
    ("pollutant", "concentration", "index"),
    [("pm25", 35.45, 75.0), ("pm25", 7.75, 25.0), ("pm10", 100.0, 75.0), ("so2", 290.0, 150.0), ("co", 22_500.0, 250.0), ("o3", 177.5, 75.0),
     ("no2", 2_630.0, 400.0), ("hc", 72.5, 75.0), ("pm25", 375.2, 400.0), ("pm25", 0.0, 0.0)],
)  # fmt: skip
def test_between_them_the_formula_holds(pollutant: str, concentration: float, index: float) -> None:
    assert sub_index(pollutant, concentration) == pytest.approx(index)


@given(st.sampled_from(POLLUTANTS), st.floats(0, 10_000), st.floats(0, 10_000))
def test_more_of_a_pollutant_is_never_better(pollutant: str, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert sub_index(pollutant, low) <= sub_index(pollutant, high)
    assert sub_index(pollutant, low) >= 0


@given(st.sampled_from(POLLUTANTS), st.integers(1, 5))
def test_at_no_breakpoint_the_index_jumps(pollutant: str, step: int) -> None:
    at = BREAKPOINTS[pollutant][step]
    steepest = max((b - a) / (d - c) for (a, b), (c, d) in zip(pairwise(INDICES), pairwise(BREAKPOINTS[pollutant]), strict=True))
    for offset in (1e-6, 1e-3):
        assert sub_index(pollutant, at + offset) - sub_index(pollutant, at - offset) <= 2 * offset * steepest + 1e-6


def test_classes_and_rounding() -> None:
    classes = [(0, AirCategory.GOOD), (50, AirCategory.GOOD), (51, AirCategory.MODERATE), (100, AirCategory.MODERATE), (101, AirCategory.UNHEALTHY),
               (200, AirCategory.UNHEALTHY), (201, AirCategory.VERY_UNHEALTHY), (300, AirCategory.VERY_UNHEALTHY), (301, AirCategory.HAZARDOUS),
               (5_000, AirCategory.HAZARDOUS)]  # fmt: skip
    assert all(category(index) is found for index, found in classes)
    assert [rounded(x) for x in (50.49, 50.5, 0.0, 2.5)] == [50, 51, 0, 3]


def test_units() -> None:
    assert micrograms("o3", 0.02, "ppm") == pytest.approx(39.26, abs=0.01)
    assert micrograms("no2", 10, "ppb") == pytest.approx(18.82, abs=0.01)
    assert micrograms("co", 1, "ppm") == pytest.approx(1145.6, abs=0.1)
    assert micrograms("so2", 1, "PPB") == pytest.approx(2.62, abs=0.01)
    assert micrograms("co", 1.5, "mg/m³") == 1_500
    for spelling in (
        "µg/m³",
        "μg/m3",
        "ug/m3",
        "UG/M3",
        "ug m-3",
        "µg.m-3",
        "micrograms per cubic meter",
        "",
        "µg/Nm3",
        "ug/m^3",
        "mcg/m3",
        "µg m⁻³",
    ):
        assert plain_unit(spelling) == "ug/m3", spelling
    for pollutant, unit in (("pm25", "ppm"), ("hc", "ppb"), ("co", "bananas")):
        with pytest.raises(UnitError):
            micrograms(pollutant, 1, unit)


def test_an_indonesian_table() -> None:
    station = one("Stasiun;Tanggal;Jam;PM2,5 (µg/m3);PM10 (µg/m3);CO (mg/m3);O3 (ppb);ISPU;Lintang;Bujur\n"
                  "Karawaci;22/11/2026;08:00;38,4;61;1,2;12;79;-6,18;106,62\n")  # fmt: skip
    assert (station.id, station.index, station.category, station.dominant) == ("Karawaci", 79, AirCategory.MODERATE, "pm25")
    assert station.concentrations == {"pm25": 38.4, "pm10": 61.0, "co": 1200.0, "o3": pytest.approx(23.557, abs=0.001)}
    assert (station.stated_index, station.fault, station.at) == (79, None, datetime(2026, 11, 22, 1, tzinfo=UTC))
    assert station.position is not None and station.position.lat == -6.18


def test_a_stated_index_that_differs_is_remarked_and_both_are_kept() -> None:
    for stated, is_odd in ((79, False), (84, False), (85, True), (61, True)):
        found, made = seen(f"stasiun,waktu,pm25,ispu\nA,{AT},38.4,{stated}\n")
        assert (found[0].index, found[0].stated_index) == (79, stated)
        assert any("stated indices differ" in remark for remark in made.remarks) is is_odd
    assert one(f"stasiun,waktu,ispu\nA,{AT},61\n").index == 61, "a station that says only its ISPU is taken at its word"


def test_a_field_map_and_units_of_the_city() -> None:
    body = {"hasil": [{"s": {"n": "X"}, "isi": {"debu": "40,0", "karbon": 2}, "t": "22/11/2026 08.00"}]}
    station = one(body, fields={"id": "s.n", "pm25": "isi.debu", "co": "isi.karbon", "at": "t"}, units={"co": "ppm"})
    assert (station.id, station.concentrations["co"]) == ("X", pytest.approx(2291.2, abs=0.1))


def test_openaq_in_its_three_versions_and_sensor_community() -> None:
    place = {"latitude": -6.18, "longitude": 106.64}
    v1 = {"results": [{"location": "A", "parameter": "pm25", "value": 42, "unit": "µg/m³", "date": {"utc": AT, "local": "x"}, "coordinates": place},
                      {"location": "A", "parameter": "pm1", "value": 9, "unit": "µg/m³", "date": {"utc": AT}, "coordinates": place}]}  # fmt: skip
    v2 = {"results": [{"location": "A", "coordinates": place, "measurements": [{"parameter": "pm25", "value": 42, "lastUpdated": AT, "unit": "µg/m³"},
                                                                              {"parameter": "o3", "value": 0.02, "lastUpdated": AT, "unit": "ppm"}]}]}  # fmt: skip
    v3 = {"results": [{"value": 42, "parameter": {"id": 2, "name": "pm25", "units": "µg/m³"}, "period": {"datetimeTo": {"utc": AT}},
                       "coordinates": place}]}  # fmt: skip
    places = {
        "results": [{"id": 8, "name": "A", "coordinates": place, "sensors": [{"id": 5, "parameter": {"name": "pm25", "units": "µg/m³"}}]}]
    }
    latest = {"results": [{"datetime": {"utc": AT, "local": "x"}, "value": 42, "coordinates": None, "sensorsId": 5, "locationsId": 8}]}
    for body in (v1, v2, v3):
        station = one(body, name="A.json")
        assert (station.id, station.concentrations["pm25"], station.at.hour) == ("A", 42.0, 1)
        assert station.position is not None
    station = one(places, latest)
    assert (station.id, station.name, station.concentrations) == ("8", "A", {"pm25": 42.0})
    luftdaten = [{"id": 1, "timestamp": "2026-11-22 01:00:00", "location": {"id": 77, "latitude": "-6.18", "longitude": "106.64"},
                  "sensordatavalues": [{"value_type": "P1", "value": "30.5"}, {"value_type": "P2", "value": "12.1"},
                                       {"value_type": "temperature", "value": "30"}]}]  # fmt: skip
    station = one(luftdaten)
    assert (station.id, station.concentrations, station.at.hour) == ("77", {"pm10": 30.5, "pm25": 12.1}, 1)


@pytest.mark.parametrize(
    "body",
    [
        {
            "status": "ok",
            "data": {"aqi": 71, "idx": 1, "iaqi": {"pm25": {"v": 71}}, "time": {"iso": AT}, "city": {"geo": [-6.18, 106.6], "name": "x"}},
        },
        {"status": "ok", "data": [{"lat": -6.2, "lon": 106.6, "uid": 1, "aqi": "71", "station": {"name": "x", "time": AT}}]},
        {"status": "success", "data": {"city": "x", "current": {"pollution": {"ts": AT, "aqius": 71, "mainus": "p2"}}}},
        [{"station": "x", "time": AT, "AQI": 71}],
    ],
    ids=["waqi feed", "waqi bounds", "iqair", "aqi table"],
)
def test_an_index_of_another_country_is_never_ispu(body: object) -> None:
    found, made = seen(body)
    assert found == []
    assert "another country" in made.refusals[0].reason and "ISPU" in made.refusals[0].reason
    with HttpSource() as source:
        source.put("/feed", json.dumps(body))
        with pytest.raises(SourceDown, match="ISPU"):
            collected("air", {"url": f"{source.url}/feed"}, city="tangerang", now=NOW)


def test_tables_of_indices_are_not_taken_for_concentrations() -> None:
    found, made = seen("tanggal,stasiun,pm10,pm25,so2,co,o3,no2,max,critical,categori\n2026-11-21,DKI1,63,88,41,---,31,25,88,PM25,SEDANG\n")
    (station,) = found
    assert (station.index, station.stated_index, station.dominant, station.concentrations) == (88, 88, "pm25", {})
    assert "indices, not concentrations" in made.remarks[0]


@pytest.mark.parametrize(
    ("values", "fault", "index"),
    [
        ({"pm25": -3.0}, Fault.IMPOSSIBLE, None),
        ({"pm25": 5_000.1}, Fault.IMPOSSIBLE, None),
        ({"pm25": 5_000.0}, None, 4106),
        ({"pm25": 6_000.0, "pm10": 40.0}, Fault.IMPOSSIBLE, None),
        ({"pm25": -1.0, "pm10": 40.0}, None, 40),
        ({"pm25": -1.0, "so2": 5.0}, Fault.IMPOSSIBLE, None),
        ({"so2": -1.0, "pm25": 15.5}, None, 50),
        ({"so2": 99_999.0, "pm25": 15.5}, Fault.IMPOSSIBLE, None),
        ({}, None, None),
    ],
)
def test_what_cannot_be_gives_no_index_where_it_would_have_decided(
    values: dict[str, float], fault: Fault | None, index: int | None
) -> None:
    found = judged(AirSample(id="a", at=NOW, values=values))
    assert (found[0], found[2]) == (fault, index)


def test_a_sensor_that_stands_still_is_told_from_still_air() -> None:
    def table(*rows: tuple[float, float, float]) -> str:
        lines = [f"A,{(NOW - timedelta(hours=len(rows) - 1 - i)).isoformat()},{a},{b},{c}" for i, (a, b, c) in enumerate(rows)]
        return "\n".join(["stasiun,waktu,pm25,pm10,so2", *lines])

    stuck = one(table(*[(38.0, 50.0 + i, 2.0) for i in range(26)]))
    assert (stuck.fault, stuck.index, stuck.category, stuck.concentrations["pm25"]) == (Fault.FLAT, None, None, 38.0)
    idle = one(table(*[(38.0 + i, 50.0 + i, 0.0) for i in range(26)]))
    assert (idle.fault, idle.dominant) == (None, "pm25"), "no sulphur in the air for a day is no fault of the station"
    assert one(table(*[(38.0, 50.0, 2.0) for _ in range(25)])).fault is None
    assert one(table(*[(38.0, 50.0 + i, 2.0) for i in range(8)]), flat_after_h=6).fault is Fault.FLAT
    made = ctx()
    station = None
    for i in range(27):
        (station,), _ = seen(f"stasiun,waktu,pm25\nA,{(NOW - timedelta(hours=26 - i)).isoformat()},38\n", made=made)
    assert station is not None and station.fault is Fault.FLAT
    flat_and_impossible = judged(AirSample(id="a", at=NOW, values={"pm25": 20.0}), frozenset({"pm25"}))
    assert flat_and_impossible == (Fault.FLAT, None, None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [("X,,20", "time is missing"), ("X,2026-13-40,20", "time is no time"), ("X,9999-01-01T00:00:00Z,20", "time lies in the future"),
     (f"X,{AT},", "no pollutant has a value"), (f"X,{AT},NaN", "no pollutant has a value"), (f"X,{AT},banyak", "no pollutant has a value"),
     (f"X,{AT},20,,9", "more cells than the header")],
)  # fmt: skip
def test_a_bad_row_is_refused_and_its_neighbour_lives(row: str, reason: str) -> None:
    found, made = seen(f"stasiun,waktu,pm25\n{row}\nA,{AT},20\n")
    assert [station.id for station in found] == ["A"]
    assert len(made.refusals) == 1 and reason in made.refusals[0].reason and "banyak" not in made.refusals[0].reason


def test_far_stations_are_another_citys_unless_named() -> None:
    body = f"stasiun,waktu,pm25,lat,lon\nBandung,{AT},20,-6.9,107.6\nA,{AT},20,0,0\n"
    found, made = seen(body)
    assert ([station.id for station in found], made.outside) == (["A"], 1)
    assert found[0].position is None
    assert len(seen(body, radius_km=0)[0]) == len(seen(body, stations={"Bandung": {"name": "B"}})[0]) == 2


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"<html>", b"[", b"[]", b"{}", b"null", b"[" * 100_000, b'{"status":"error","data":"Invalid key"}', b"a;b\n1;2\n",
             b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", b"pm25;x\n1;2\n"]
)  # fmt: skip
def test_what_is_no_table_is_refused_by_the_name_of_its_file(body: bytes) -> None:
    found, made = seen(body)
    assert found == []
    assert [refusal.record for refusal in made.refusals] == ["udara.csv"]


def test_a_folder_and_a_key(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"stasiun;waktu;pm25\nA;{AT};20,5\n", encoding="utf-8-sig")
    records, _ = collected("air", {"folder": str(tmp_path), "attribution": "DLH"}, city="tangerang", now=NOW)
    assert [(record.key, record.body.attribution) for record in records] == [("A", "DLH")]
    with HttpSource() as source:
        source.put("/v3", json.dumps({"results": [{"station": "A", "time": AT, "pm25": 20}]}))
        collected("air", {"url": f"{source.url}/v3", "api_key_secret": "openaq"}, city="tangerang", now=NOW, secret=lambda name: "k3y")
        assert source.asked[0][1]["X-API-Key"] == "k3y"


def test_options_that_do_not_fit_are_a_sentence() -> None:
    city, _ = city_of("tangerang")
    for options, field in (
        ({}, "url"), ({"url": "https://h", "fields": {"pm1": "x"}}, "fields.pm1"), ({"url": "https://h", "units": {"pm1": "x"}}, "units.pm1"),
        ({"url": "https://h", "units": {"pm25": "ppm"}}, "units.pm25"), ({"url": "https://h", "radius_km": -1}, "flat_after_h"),
        ({"url": "https://h", "stations": {"A": {"lon": 4}}}, "stations.A.lat"),
    ):  # fmt: skip
        assert (COLLECTOR.check(msgspec.convert(options, COLLECTOR.options), city) or "").startswith(field), options


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(
    [AT, "22/11/2026 08:00", "1,5", "-", "ppm", "µg/m³", "pm25", "o3", "\u202e😀", "<b>", "P2", -6.18, 106.6]
)  # fmt: skip
NAMES = st.sampled_from(["station", "id", "waktu", "tanggal", "jam", "pm25", "pm10", "co", "o3", "ispu", "max", "critical", "lat", "lon", "unit", "parameter",
                         "value", "results", "measurements", "coordinates", "sensors", "sensorsId", "sensordatavalues", "data", "iaqi", "date", "period"])  # fmt: skip
SOUP = st.recursive(CELLS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=7), max_leaves=15)


@settings(max_examples=200, deadline=None)
@given(SOUP | st.lists(st.dictionaries(NAMES, CELLS, max_size=9), max_size=4))
def test_any_json_is_read_or_refused_and_fits_the_bus(document: object) -> None:
    for station in seen(document)[0]:
        assert msgspec.json.decode(msgspec.json.encode(station), type=AirStation) == station
        assert (station.index is None) == (station.category is None)
        assert station.fault is None or station.index is None
        assert all(math.isfinite(value) for value in station.concentrations.values())
        assert station.id.isprintable()


def test_impossible_is_beyond_ten_times_the_scale() -> None:
    assert [is_impossible("pm25", value) for value in (-0.1, 0, 5_000, 5_001, math.nan, math.inf)] == [True, False, False, True, True, True]
