"""The collector river: tables of any names and three public services, thresholds, and levels that nobody believes."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.collectors.river import COLLECTOR, read
from feeds.messages.environment import Fault, RiverGauge, WaterLevel
from feeds.readers.gauge_judgement import state_of
from feeds.runtime.check import check_files
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.http import SourceDown
from feeds.runtime.registry import jobs_of, load_collector
from tests.fakes.collector_context import city_of, collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
TABLE = "kode_pos;nama_pos;sungai;waktu;tinggi_muka_air (cm);lintang;bujur\n"
ROW = "C1;Pintu Air 10;Cisadane;22/11/2026 08:00;{};-6,1775;106,63\n"


def ctx(**options: Any) -> CollectorContext[Any]:
    return context(COLLECTOR, {"url": "https://h/tma.csv", **options}, city="tangerang", now=NOW)


def seen(
    body: str | bytes, name: str = "tma.csv", made: CollectorContext[Any] | None = None, **options: Any
) -> tuple[list[RiverGauge], CollectorContext[Any]]:
    made = made or ctx(**options)
    made.refusals.clear()
    document = Document(name=name, body=body.encode() if isinstance(body, str) else body)
    return [record.body for record in read(made, [document])], made


def one(body: object, **options: Any) -> RiverGauge:
    (gauge,), made = seen(body if isinstance(body, (str, bytes)) else json.dumps(body), **options)
    assert not made.refusals
    return gauge


def hourly(*levels: object, hours: float = 1.0) -> str:
    last = len(levels) - 1
    rows = [f"A,{(NOW - timedelta(hours=hours * (last - i))).isoformat()},{level}" for i, level in enumerate(levels)]
    return "\n".join(["station,time,level (cm)", *rows])


def test_an_indonesian_table_is_read_with_its_own_zone_comma_and_thresholds() -> None:
    gauge = one(TABLE + ROW.format("120,5"), stations={"C1": {"watch_cm": 100, "alert_cm": 200, "danger_cm": 300, "name": "Bendung"}})
    assert (gauge.id, gauge.name, gauge.river, gauge.level_cm, gauge.state) == ("C1", "Bendung", "Cisadane", 120.5, WaterLevel.WATCH)
    assert gauge.at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    assert gauge.position is not None and (gauge.position.lat, gauge.position.lon) == (-6.1775, 106.63)
    assert gauge.thresholds_cm == (100, 200, 300)


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff" + TABLE + ROW.format("120,5"),
        (TABLE + ROW.format("120,5")).encode("utf-16"),
        (TABLE + ROW.format("120,5")).replace(";", "\t"),
        (TABLE + ROW.format("120.5")).replace(",", ".").replace(";", ","),
        "Laporan tinggi muka air\n\n" + TABLE.strip() + ";;;\n" + ROW.format("120,5").strip() + ";;;\n;;;\n",
        "# dibuat oleh logger\n" + TABLE + ROW.format("120,5 cm"),
        "kode_pos;nama_pos;sungai;tanggal;jam;TMA [m];lat;lon\nC1;Pintu Air 10;Cisadane;22-11-2026;08.00;1,205;-6,1775;106,63\n",
        "kode_pos|nama_pos|sungai|tanggal|waktu|tma_m|lat|lon\nC1|Pintu Air 10|Cisadane|22 November 2026|08:00 WIB|1,205|-6.1775|106.63\n",
        json.dumps([{"kode": "C1", "nama": "Pintu Air 10", "sungai": "Cisadane", "waktu": "2026-11-22 08:00:00", "tma": "120.5", "satuan": "cm",
                     "lat": "-6.1775", "lng": "106.63"}]),
        json.dumps({"status": "ok", "data": {"rows": [{"station_code": "C1", "station": "Pintu Air 10", "river": "Cisadane", "time": 1795309200,
                                                       "level": 1.205, "unit": "m", "latitude": -6.1775, "longitude": 106.63}]}}),
        json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [106.63, -6.1775]},
                    "properties": {"kode_pos": "C1", "nama_pos": "Pintu Air 10", "kali": "Cisadane", "timestamp": "2026-11-22T01:00:00Z", "tma": 120.5,
                                   "unit": "CM"}}]}),
        json.dumps({"kode_pos": ["C1"], "nama_pos": ["Pintu Air 10"], "sungai": ["Cisadane"], "waktu": ["2026-11-22T08:00:00+07:00"], "tma (cm)": [120.5],
                    "lat": [-6.1775], "lon": [106.63]}),
    ],
    ids=["bom", "utf-16", "tab", "comma", "title and blank columns", "comment and unit", "date and hour", "month in words", "json text", "wrapped json",
         "geojson", "columns"],
)  # fmt: skip
def test_the_same_gauge_in_many_clothes(body: str | bytes) -> None:
    gauge = one(body)
    assert (gauge.id, gauge.name, gauge.river, gauge.at) == ("C1", "Pintu Air 10", "Cisadane", datetime(2026, 11, 22, 1, 0, tzinfo=UTC))
    assert gauge.level_cm == pytest.approx(120.5)
    assert gauge.position is not None and gauge.position.lat == pytest.approx(-6.1775)


def test_a_field_map_may_name_columns_and_paths() -> None:
    body = {"payload": [{"pos": {"kode": "X9"}, "ukur": [{"h": "2,5", "jam": "2026-11-22T08:30:00+07:00"}], "nama": "Pos X"}]}
    gauge = one(body, fields={"id": "pos.kode", "level": "ukur.0.h", "at": "ukur.jam", "name": "nama"}, unit="m")
    assert (gauge.id, gauge.name, gauge.level_cm) == ("X9", "Pos X", 250.0)


ENVIRONMENT_AGENCY = {
    "@context": "http://environment.data.gov.uk/flood-monitoring/meta/context.jsonld",
    "meta": {"publisher": "Environment Agency"},
}
MEASURES = "http://environment.data.gov.uk/flood-monitoring/id/measures"


def test_the_environment_agency_in_its_three_views() -> None:
    reading = {"dateTime": "2026-11-22T01:00:00Z", "value": [0.5, 0.6], "measure": f"{MEASURES}/1029TH-level-stage-i-15_min-mASD"}
    rain = {"dateTime": "2026-11-22T01:00:00Z", "value": 0.2, "measure": f"{MEASURES}/52203-rainfall-tipping_bucket_raingauge-t-15_min-mm"}
    lower = reading | {"value": 0.1, "measure": f"{MEASURES}/1029TH-level-downstage-i-15_min-mASD"}
    found, made = seen(json.dumps({**ENVIRONMENT_AGENCY, "items": [reading, rain, lower]}))
    assert {(g.id, g.level_cm) for g in found} == {("1029TH", 50.0), ("1029TH-downstage", 10.0)}
    assert not made.refusals and "left out" in made.remarks[0]
    latest = {"@id": f"{MEASURES}/1029TH-level-stage-i-15_min-mASD", "latestReading": reading, "parameter": "level", "qualifier": "Stage",
              "stationReference": "1029TH", "unitName": "mASD"}  # fmt: skip
    assert one({**ENVIRONMENT_AGENCY, "items": [latest]}).level_cm == 50.0
    station = {"notation": "1029TH", "label": ["Bourton", "x"], "riverName": "Dikler", "lat": 51.87, "long": -1.74, "measures": latest,
               "stageScale": {"typicalRangeHigh": 0.4}}  # fmt: skip
    gauge = one({**ENVIRONMENT_AGENCY, "items": station}, radius_km=0)
    assert (gauge.name, gauge.river, gauge.state, gauge.attribution) == ("Bourton", "Dikler", WaterLevel.WATCH, "Environment Agency")
    below = latest | {"@id": f"{MEASURES}/1029TH-level-downstage-i-15_min-mASD", "qualifier": "Downstream Stage"}
    for scales, state in (({"downstageScale": {"typicalRangeHigh": 0.6}}, WaterLevel.NORMAL), ({}, WaterLevel.UNKNOWN)):
        upper, lower_one = seen(
            json.dumps({**ENVIRONMENT_AGENCY, "items": [station | {"measures": [latest, below]} | scales]}), radius_km=0
        )[0]
        assert (upper.state, lower_one.id, lower_one.state) == (WaterLevel.WATCH, "1029TH-downstage", state)
    found, made = seen(json.dumps({**ENVIRONMENT_AGENCY, "items": [station]}))
    assert (found, made.outside) == ([], 1), "England is another city's"
    found, made = seen(json.dumps({**ENVIRONMENT_AGENCY, "items": [latest | {"latestReading": "http://x"}, latest]}))
    assert len(found) == len(made.refusals) == 1


def test_usgs_and_its_mark_for_no_value() -> None:
    def series(code: str, *values: str) -> dict[str, Any]:
        return {"sourceInfo": {"siteName": "POTOMAC", "siteCode": [{"value": "01646500"}],
                               "geoLocation": {"geogLocation": {"latitude": 38.9, "longitude": -77.1}}},
                "variable": {"variableCode": [{"value": code}], "unit": {"unitCode": "ft"}, "noDataValue": -999999.0},
                "values": [{"value": [{"value": v, "dateTime": f"2026-11-21T{15 + i}:00:00.000-05:00"} for i, v in enumerate(values)]}]}  # fmt: skip

    body = json.dumps({"name": "ns1", "value": {"timeSeries": [series("00065", "3", "3.5", "-999999"), series("00060", "900")]}})
    (gauge,), made = seen(body, radius_km=0)
    assert (gauge.id, gauge.level_cm, gauge.change_cm_h, gauge.attribution) == ("01646500", 106.68, 15.2, "USGS")
    assert [refusal.reason for refusal in made.refusals] == ["value is the source's own mark for none"]
    rdb = "# comment\nagency_cd\tsite_no\tdatetime\ttz_cd\t69928_00065 (ft)\n5s\t15s\t20d\t6s\t14n\nUSGS\t01646500\t2026-11-22 01:00\tUTC\t3.5\n"
    assert one(rdb, fields={"level": "69928_00065 (ft)"}).level_cm == pytest.approx(106.68)


def test_pegelonline_with_and_without_a_station() -> None:
    station = {"uuid": "u", "number": "2730010", "shortname": "KÖLN", "longname": "KÖLN", "longitude": 6.96, "latitude": 50.94,
               "water": {"shortname": "RHEIN", "longname": "RHEIN"},
               "timeseries": [{"shortname": "Q", "unit": "m³/s"},
                              {"shortname": "W", "unit": "cm", "currentMeasurement": {"timestamp": "2026-11-22T02:45:00+01:00", "value": 640.0},
                               "characteristicValues": [{"shortname": "MHW", "unit": "cm", "value": 600}, {"shortname": "M_I", "value": 620},
                                                        {"shortname": "M_II", "value": 830}]}]}  # fmt: skip
    gauge = one([station], radius_km=0)
    assert (gauge.id, gauge.name, gauge.river, gauge.state) == ("2730010", "KÖLN", "RHEIN", WaterLevel.ALERT)
    values = [{"timestamp": f"2026-11-22T0{h}:00:00+01:00", "value": 300.0 + 20 * h} for h in (1, 2, 3)]
    (gauge,), _ = seen(json.dumps(values), name="https://h/rest-api/v2/stations/KOELN/W/measurements.json?start=P1D")
    assert (gauge.id, gauge.level_cm, gauge.change_cm_h) == ("KOELN", 360.0, 20.0)


def test_sluice_gates_as_the_capital_gives_them() -> None:
    gate = {"properties": {"id": 350394, "ketinggian": 93, "status_siaga": 3, "tanggal": "2026-11-22", "jam": "08:00:00",
                           "pintu_air": {"id": 3, "name": "Pintu X"}}, "geometry": {"coordinates": ["106.62", "-6.14"]}}  # fmt: skip
    gauge = one([gate])
    assert (gauge.id, gauge.name, gauge.state, gauge.at.hour) == ("3", "Pintu X", WaterLevel.WATCH, 1)
    assert gauge.position is not None and gauge.position.lon == 106.62


@pytest.mark.parametrize(
    ("level", "state"),
    [(99.9, WaterLevel.NORMAL), (100, WaterLevel.WATCH), (199, WaterLevel.WATCH), (200, WaterLevel.ALERT), (300, WaterLevel.DANGER)],
)
def test_a_level_at_a_threshold_has_reached_it(level: float, state: WaterLevel) -> None:
    assert state_of(level, (100, 200, 300)) is state
    assert state_of(level, (None, None, None)) is None
    assert state_of(250, (None, 200, None)) is WaterLevel.ALERT


def test_change_over_an_hour_and_nothing_without_an_hour_ago() -> None:
    assert one(hourly(100, 110, 130)).change_cm_h == 20.0
    assert one(hourly(100)).change_cm_h is None
    assert one(hourly(100, 130, hours=6)).change_cm_h is None
    assert one(hourly(*range(100, 113), hours=0.25)).change_cm_h == 4.0


def test_memory_lives_between_rounds_and_a_restart_begins_with_the_file() -> None:
    made = ctx()
    for i, level in enumerate([100, 125]):
        (gauge,), _ = seen(f"station,time,level (cm)\nA,{(NOW - timedelta(hours=1 - i)).isoformat()},{level}", made=made)
    assert gauge.change_cm_h == 25.0
    (gauge,), _ = seen(f"station,time,level (cm)\nA,{NOW.isoformat()},125")
    assert gauge.change_cm_h is None


def test_a_flat_line_is_a_fault_and_is_not_judged() -> None:
    flat = one(hourly(*[150] * 26), watch_cm=100)
    assert (flat.fault, flat.state, flat.level_cm, flat.change_cm_h) == (Fault.FLAT, WaterLevel.UNKNOWN, 150, None)
    assert one(hourly(*[150] * 25)).fault is None, "24 hours are not longer than 24"
    assert one(hourly(*[150] * 25, 151)).fault is None
    assert one(hourly(150, 150, hours=48)).fault is None, "two readings say nothing of the time between"
    assert one(hourly(*[150] * 6), flat_after_h=4).fault is Fault.FLAT
    assert one(hourly(*[150] * 26), stations={"A": {"flat_after_h": 100}}).fault is None
    made = ctx()
    gauge = None
    for i in range(27):
        (gauge,), _ = seen(f"station,time,level (cm)\nA,{(NOW - timedelta(hours=26 - i)).isoformat()},150", made=made)
    assert gauge is not None and gauge.fault is Fault.FLAT


@pytest.mark.parametrize("levels", [(100, 6_000), (100, -600), (-9_999,), (100, 900)])
def test_the_impossible_is_published_with_its_fault(levels: tuple[float, ...]) -> None:
    gauge = one(hourly(*levels), watch_cm=10)
    assert (gauge.fault, gauge.state, gauge.level_cm) == (Fault.IMPOSSIBLE, WaterLevel.UNKNOWN, levels[-1])


def test_after_a_spike_the_river_is_believed_again_and_a_flash_flood_always() -> None:
    assert one(hourly(100, 4_000, 104)).fault is None
    assert one(hourly(100, 4_000, 104, 108)).change_cm_h == 4.0
    assert one(hourly(100, 250, 500, hours=0.25)).fault is None
    assert one("stasiun,waktu,tma (mdpl)\nA,2026-11-22 08:00,312.5\n").fault is None, "above the sea, not above its zero"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (";X;R;22/11/2026 08:00;tinggi;;", "level is not a number"),
        (";X;R;22/11/2026 08:00;;;", "level is missing"),
        (";X;R;22/11/2026 08:00;NaN;;", "level is missing"),
        (";X;R;;100;;", "time is missing"),
        (";X;R;-0001-11-30 00:00;100;;", "time is no time that can be read"),
        (";X;R;31/12/9999 00:00;100;;", "time lies in the future"),
        (";X;R;1970-01-01 00:00:00;100;;", "time lies before any measurement"),
        (";X;R;22/11/2026 08:00;100 bananen;;", "unit is unknown"),
        (";X;R;22/11/2026 08:00;100;;;;extra", "more cells than the header"),
    ],
)
def test_a_bad_row_is_refused_by_its_column_and_its_neighbour_lives(row: str, reason: str) -> None:
    found, made = seen(TABLE + row + "\n" + ROW.format("120"))
    assert [gauge.id for gauge in found] == ["C1"]
    assert len(made.refusals) == 1 and reason in made.refusals[0].reason
    assert not any(word in made.refusals[0].reason for word in ("tinggi;", "bananen", "extra"))


@pytest.mark.parametrize(
    ("lat", "lon", "is_kept"),
    [("0", "0", True), ("200", "7", True), ("x", "y", True), ("", "", True), ("106,63", "-6,17", True), ("50,9", "6,9", False)],
)
def test_a_bad_place_costs_the_place_not_the_gauge(lat: str, lon: str, is_kept: bool) -> None:
    found, made = seen(TABLE + ROW.format("120").replace("-6,1775;106,63", f"{lat};{lon}"))
    assert bool(found) is is_kept and made.outside == (not is_kept)
    assert not found or found[0].position is None


def test_one_american_date_says_it_for_its_file() -> None:
    gauges, _ = seen("station,time,level (cm)\nA,11/5/2026 08:00,1\nA,11/20/2026 08:00,2\n")
    assert gauges[0].at.day == 20


def test_rows_numbered_by_a_database_are_no_stations_of_their_own() -> None:
    gauges, _ = seen("id,nama_pos,tanggal,jam,tma (cm)\n1,A,22/11/2026,07:00,100\n2,A,22/11/2026,08:00,120\n3,B,22/11/2026,8,7\n")
    assert {(gauge.id, gauge.level_cm) for gauge in gauges} == {("A", 120.0), ("B", 7.0)}


def test_a_unit_that_nobody_says_is_said_to_be_assumed() -> None:
    for level, expected in (("1.35", 135.0), ("135", 135.0), ("62.5", 62.5)):
        found, made = seen(f"station,time,level\nA,2026-11-22T01:00:00Z,{level}\n")
        assert found[0].level_cm == expected
        assert any("no unit is given" in remark for remark in made.remarks)


def test_text_from_outside_is_one_printable_line() -> None:
    gauge = one(json.dumps([{"station": "A\n\u202e<script>\x00" + "😀" * 200, "time": "2026-11-22T01:00:00Z", "level": 5, "unit": "cm"}]))
    assert gauge.id.isprintable() and len(gauge.id) <= 80 and gauge.name.isprintable()


@pytest.mark.parametrize(
    "body", [b"", b"\x00\x00", b"<html>502</html>", b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", b"[", b"[]", b"{}",
             b"null", b"[" * 100_000, b'{"a":' * 50_000, b'{"error": "no key"}', b"a,b\n1,2\n", b"waktu;x\n22/11/2026;1\n", b"\xff\xfe\x00\xd8", b'"' + b"x" * 200_000]
)  # fmt: skip
def test_what_is_no_table_is_refused_by_the_name_of_its_file(body: bytes) -> None:
    found, made = seen(body)
    assert found == []
    assert [refusal.record for refusal in made.refusals] == ["tma.csv"]


def test_a_null_byte_and_a_bare_nan_cost_one_cell() -> None:
    assert one((TABLE + ROW.format("12\x000")).encode()).level_cm == 120
    found, made = seen(
        '[{"station":"A","time":"2026-11-22T01:00:00Z","level":NaN},{"station":"B","time":"2026-11-22T01:00:00Z","level":5.0,"x":-Infinity}]'
    )
    assert [gauge.id for gauge in found] == ["B"] and len(made.refusals) == 1


def test_many_rows_are_read_in_time_and_too_many_gauges_are_said() -> None:
    rows = "\n".join(f"A,{(NOW - timedelta(seconds=i)).isoformat()},{i % 50}" for i in range(50_000))
    assert one(f"station,time,level (cm)\n{rows}").level_cm == 0
    many, made = seen("station,time,level (cm)\n" + "\n".join(f"S{i},2026-11-22T01:00:00Z,1" for i in range(3_000)))
    assert (len(many), len(made.refusals)) == (2_000, 1_000)


def test_a_folder_is_watched_and_one_bad_file_costs_nothing(tmp_path: Path) -> None:
    city, _ = city_of("tangerang")
    folder = tmp_path / "tma"
    folder.mkdir()
    options = {"folder": str(folder)}
    source = msgspec.structs.replace(city.sources[0], collector="river", options=options)
    (job,) = jobs_of(msgspec.structs.replace(city, sources=(source,)), ["river"])
    assert job.kind.folder == folder  # type: ignore[union-attr]
    with pytest.raises(SourceDown, match="no file that can be read"):
        collected("river", options, city="tangerang", now=NOW)
    (folder / "bad.json").write_text("<html>")
    with pytest.raises(SourceDown, match="web page"):
        collected("river", options, city="tangerang", now=NOW)
    (folder / "good.csv").write_text(TABLE + ROW.format("120"))
    (folder / ".half").write_text("x")
    records, made = collected("river", options, city="tangerang", now=NOW)
    assert [record.key for record in records] == ["C1"] and len(made.refusals) == 1
    with pytest.raises(SourceDown, match="cannot be read"):
        collected("river", {"folder": str(tmp_path / "none")}, city="tangerang", now=NOW)


def test_one_address_of_two_may_fail_and_what_stands_is_kept() -> None:
    with HttpSource() as source:
        source.put("/a.csv", TABLE + ROW.format("120"))
        urls = [f"{source.url}/a.csv", f"{source.url}/b.csv"]
        records, made = collected("river", {"url": urls, "api_key_secret": "k"}, city="tangerang", now=NOW, secret=lambda name: "s3cret")
        assert [record.key for record in records] == ["C1"] and made.kept == [""]
        assert source.asked[0][1]["X-API-Key"] == "s3cret"
        with pytest.raises(SourceDown, match="secret 'k' is not set"):
            collected("river", {"url": urls, "api_key_secret": "k"}, city="tangerang", now=NOW)


def test_options_that_do_not_fit_are_a_sentence() -> None:
    spec, _ = load_collector("river")
    city, _ = city_of("tangerang")
    for options, field in (
        ({}, "url"), ({"url": "https://h", "folder": "x"}, "url"), ({"url": "ftp://h"}, "url"), ({"url": "https://u:p@h"}, "url"),
        ({"url": "https://h", "fields": {"hoogte": "x"}}, "fields.hoogte"), ({"url": "https://h", "unit": "ell"}, "unit"),
        ({"url": "https://h", "flat_after_h": 0}, "flat_after_h"), ({"url": "https://h", "watch_cm": 5, "alert_cm": 5}, "watch_cm"),
        ({"url": "https://h", "stations": {"A": {"alert_cm": 5, "danger_cm": 4}}}, "stations.A.watch_cm"),
        ({"url": "https://h", "stations": {"A": {"lat": 5}}}, "stations.A.lat"), ({"url": "https://h", "stations": {"A": {"lat": 95, "lon": 0}}}, "stations.A.lat"),
    ):  # fmt: skip
        assert (spec.check(msgspec.convert(options, spec.options), city) or "").startswith(field), options


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(
    ["22/11/2026 08:00", "2026-11-22T01:00:00Z", "1,5", "1.234,5", "-", "m", "cm", "Siaga 2", "\u202e😀", "<b>", "106,6", "-6.1"]
)  # fmt: skip
NAMES = st.sampled_from(["station", "id", "waktu", "tanggal", "jam", "level", "tma", "lat", "lon", "unit", "siaga3", "siaga1", "status", "parameter", "measures",
                         "timeseries", "value", "items", "meta"])  # fmt: skip
SOUP = st.recursive(CELLS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=7), max_leaves=15)


@settings(max_examples=200, deadline=None)
@given(SOUP | st.lists(st.dictionaries(NAMES, CELLS, max_size=8), max_size=4))
def test_any_json_is_read_or_refused_and_fits_the_bus(document: object) -> None:
    found, _ = seen(json.dumps(document))
    for gauge in found:
        assert msgspec.json.decode(msgspec.json.encode(gauge), type=RiverGauge) == gauge
        assert gauge.id.isprintable() and gauge.at <= NOW + timedelta(hours=1)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_damage_to_a_table_is_refused_or_read(data: st.DataObject) -> None:
    body = bytearray((TABLE + ROW.format("120,5") + ROW.format("130")).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=6))
    for gauge in seen(bytes(body))[0]:
        assert msgspec.json.decode(msgspec.json.encode(gauge), type=RiverGauge) == gauge


@pytest.mark.parametrize("header", ["tinggi_muka_air_cm", "Tinggi Muka Air (cm)", "TMA cm", "tma_cm", "level-cm", "water_level_cm"])
def test_a_unit_at_the_end_of_a_columns_name_is_no_part_of_it(header: str, tmp_path: Path) -> None:
    file = tmp_path / "tma.csv"
    file.write_text(f"pos;{header};waktu\nPasar Baru;212,5;2026-11-22T08:00:00+07:00\n")
    found = asyncio.run(check_files("river", [file], city_of("tangerang")[0], lambda: datetime(2026, 11, 22, 2, tzinfo=UTC), samples=1))
    assert [gauge.level_cm for gauge in found.samples] == [212.5], found.reasons
