"""PetaBencana.id: the documented answers, reports that join, areas and gauges that concern the city, and whatever else may come."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.collectors.petabencana import COLLECTOR, read
from feeds.messages.environment import RIVER, Fault, RiverGauge, WaterLevel
from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.messages.header import MAX_MESSAGE_BYTES
from feeds.readers.citizen_reports import CitizenReport, clusters, flood_severity
from feeds.runtime.collector import CollectorContext, Document, Observed
from feeds.runtime.http import SourceDown
from tests.fakes.collector_context import collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HERE = [106.64, -6.178]


def answer(*features: Any) -> bytes:
    return json.dumps({"statusCode": 200, "result": {"type": "FeatureCollection", "features": list(features)}}).encode()


def report(pkey: str = "1", at: str = "2026-11-22T01:30:00.000Z", place: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"pkey": pkey, "created_at": at, "status": "confirmed", "disaster_type": "flood", "report_data": {"flood_depth": 40},
                  "text": "Ibu Siti, 0812345678", "title": "rumah kami", "image_url": "https://h/p.jpg"}  # fmt: skip
    return {"type": "Feature", "properties": properties | more, "geometry": {"type": "Point", "coordinates": place or HERE}}


def area(state: Any = 3, shift: float = 0.0, **more: Any) -> dict[str, Any]:
    x, y = HERE[0] + shift, HERE[1]
    ring = [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y]]
    properties = {"area_id": "5", "area_name": "RW 09", "parent_name": "Karawaci", "state": state, "last_updated": "2026-11-22T01:00:00Z"}
    return {"type": "Feature", "properties": properties | more, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def gauge(*depths: float, warning: int = 4, place: Any = None, **more: Any) -> dict[str, Any]:
    rows = [
        {
            "f1": (NOW - timedelta(hours=len(depths) - 1 - i)).isoformat(),
            "f2": depth,
            "f3": warning,
            "f4": f"SIAGA {('', 'I', 'II', 'III', 'IV')[warning]} ",
        }
        for i, depth in enumerate(depths)
    ]
    properties = {"gaugeid": "T1", "gaugenameid": "Pos Hulu", "observations": rows}
    return {"type": "Feature", "properties": properties | more, "geometry": {"type": "Point", "coordinates": place or [106.7, -6.4]}}


def ctx(**options: Any) -> CollectorContext[Any]:
    return context(COLLECTOR, options, city="tangerang", now=NOW)


def seen(*bodies: bytes, **options: Any) -> tuple[list[Any], CollectorContext[Any]]:
    made = ctx(**options)
    return [record.body for record in read(made, [Document(name="a.json", body=body) for body in bodies])], made


def test_the_documented_answers(shared_data: Path) -> None:
    folder = shared_data / "petabencana"
    found, made = seen((folder / "reports_topojson_quantized.json").read_bytes(), (folder / "floodgauges_topojson.json").read_bytes())
    assert made.outside == 1, "the report is Jakarta's: its region says so, its place proves it"
    assert not made.refusals
    gauges = {body.name: body for body in found}
    assert {name: (body.level_cm, body.state) for name, body in gauges.items()} == {
        "Bendung Katulampa": (40, WaterLevel.NORMAL),
        "Pos Depok": (95, WaterLevel.NORMAL),
        "Waduk Pluit": (-170, WaterLevel.NORMAL),
    }
    assert gauges["Bendung Katulampa"].position.lat == pytest.approx(-6.63304)
    assert gauges["Pos Depok"].position.lon == pytest.approx(106.8158, abs=1e-4), "quantised: 5354 steps from the west"
    assert gauges["Pos Depok"].at == datetime(2016, 12, 9, 13, tzinfo=UTC)


def test_reports_near_each_other_are_one_point_that_expires() -> None:
    near = [HERE[0] + 0.001, HERE[1]]
    found, made = seen(
        answer(
            report("1"), report("2", "2026-11-22T01:50:00Z", near, report_data='{"flood_depth": "80"}'), report("3", place=[106.7, -6.2])
        )
    )
    first, second = sorted(found, key=lambda hazard: hazard.id)
    assert (first.id, first.headline, first.severity) == ("petabencana report 1", "2 laporan warga: banjir hingga 80 cm", Severity.MODERATE)
    assert (first.kind, first.attribution, first.is_drill) == (HazardKind.FLOOD, "PetaBencana.id", False)
    assert first.expires_at == datetime(2026, 11, 22, 7, 50, tzinfo=UTC)
    assert first.districts and first.area
    assert second.headline == "Laporan warga: banjir hingga 40 cm"
    said = msgspec.json.encode(found).decode()
    assert not any(word in said for word in ("Siti", "0812", "rumah", "p.jpg"))
    assert not made.refusals


@pytest.mark.parametrize(
    ("depth", "severity"),
    [(None, Severity.UNKNOWN), (-1, Severity.UNKNOWN), (5_000, Severity.UNKNOWN), (0, Severity.MINOR), (10, Severity.MINOR),
     (70, Severity.MINOR), (71, Severity.MODERATE), (150, Severity.MODERATE), (151, Severity.SEVERE)],
)  # fmt: skip
def test_depth_says_how_bad_a_flood_is(depth: float | None, severity: Severity) -> None:
    assert flood_severity(depth) is severity


def test_kinds_and_drills_stay_apart_and_old_reports_do_not_count() -> None:
    found, _ = seen(
        answer(
            report("1", disaster_type="fire", report_data=None),
            report("2", disaster_type="wind", report_data=7),
            report("3", training=True),
            report("4", "2026-11-21T10:00:00Z"),
            report("5"),
        )
    )
    assert {(h.kind, h.is_drill) for h in found} == {(HazardKind.OTHER, False), (HazardKind.WEATHER, False), (HazardKind.FLOOD, True), (HazardKind.FLOOD, False)}  # fmt: skip
    assert all(h.severity is Severity.UNKNOWN for h in found if h.kind is not HazardKind.FLOOD)
    assert "petabencana report 4" not in {h.id for h in found}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"pkey": None}, "pkey is missing"),
        ({"created_at": None}, "created_at is missing"),
        ({"created_at": "-0001-11-30T00:00:00Z"}, "created_at is no time that can be read"),
        ({"created_at": "9999-01-01T00:00:00Z"}, "created_at lies in the future"),
        ({"disaster_type": "mars"}, "disaster_type is none of"),
        ({"disaster_type": "", "report_data": None}, "disaster_type is missing"),
        ({"status": "rejected"}, "status says that it does not hold"),
    ],
)
def test_bad_reports_are_refused_and_good_ones_survive(change: dict[str, Any], reason: str) -> None:
    found, made = seen(answer(report("9") | {"properties": report("9")["properties"] | change}, report("1")))
    assert [hazard.id for hazard in found] == ["petabencana report 1"]
    assert reason in made.refusals[0].reason


@pytest.mark.parametrize("place", [[0, 0], [200, 0], ["106.6", "-6.1"], [], None])
def test_a_report_without_a_place_is_refused(place: Any) -> None:
    broken = report("9") | {"geometry": {"type": "Point", "coordinates": place} if place is not None else None}
    found, made = seen(answer(broken, report("1")))
    assert len(found) == len(made.refusals) == 1


def test_swapped_axes_lie_elsewhere() -> None:
    found, made = seen(answer(report(place=[-6.178, 106.64]), report(place=[7.0, 50.9])))
    assert found == []
    assert (made.outside, len(made.refusals)) == (1, 1)


def test_flooded_areas_have_districts_and_severity_and_dry_ones_are_none() -> None:
    for state, severity in enumerate((Severity.UNKNOWN, Severity.MINOR, Severity.MODERATE, Severity.SEVERE), 1):
        (hazard,), made = seen(answer(area(str(state))))
        assert (hazard.severity, hazard.area, hazard.kind, hazard.id) == (
            severity,
            "RW 09, Karawaci",
            HazardKind.FLOOD,
            "petabencana area 5",
        )
        assert hazard.districts
        assert hazard.polygons[0][0] == hazard.polygons[0][-1] == tuple(HERE)
    for body in (area(None), area(0), area("")):
        assert seen(answer(body))[0] == []
    found, made = seen(answer(area(shift=2.0)))
    assert (found, made.outside) == ([], 1)
    for broken in (area(5), area("dalam"), area(last_updated=None), area() | {"geometry": None}, area(area_id=None)):
        found, made = seen(answer(broken))
        assert (found, len(made.refusals)) == ([], 1)


def test_a_gauge_rises_is_judged_and_doubted() -> None:
    (rising,), _ = seen(answer(gauge(100, 130, warning=3)))
    assert (rising.state, rising.change_cm_h, rising.at) == (WaterLevel.WATCH, 30.0, NOW)
    (known,), _ = seen(answer(gauge(100, 130)), gauges={"T1": {"watch_cm": 80, "alert_cm": 120, "danger_cm": 200}})
    assert (known.state, known.thresholds_cm) == (WaterLevel.ALERT, (80, 120, 200))
    (flat,), _ = seen(answer(gauge(*[50.0] * 30)))
    assert (flat.fault, flat.state, flat.change_cm_h) == (Fault.FLAT, WaterLevel.UNKNOWN, None)
    (jumped,), _ = seen(answer(gauge(50, 4_000)))
    assert jumped.fault is Fault.IMPOSSIBLE
    found, made = seen(answer(gauge(50, place=[112.0, -7.0])))
    assert (found, made.outside) == ([], 1)
    found, made = seen(answer(gauge(observations=[{"f1": "x", "f2": 1}]), gauge(observations=None)))
    assert found == [] and [refusal.key for refusal in made.refusals] == ["petabencana gauge T1"] * 2


def test_an_empty_answer_is_a_good_check_and_no_all_clear() -> None:
    with HttpSource() as source:
        source.put("/reports", answer())
        source.put("/floods", b'{"statusCode":200,"result":{"type":"Topology","objects":{"output":{"type":"GeometryCollection","geometries":null}},"arcs":[]}}')  # fmt: skip
        source.put("/floodgauges", b'{"statusCode":200,"result":null}')
        records, made = collected("petabencana", {"base_url": source.url}, city="tangerang", now=NOW)
        asked = [path for path, _ in source.asked]
        agents = {headers["User-Agent"] for _, headers in source.asked}
    assert records == [] and not made.trouble and not made.refusals
    assert len(made.remarks) == 3 and all("does not mean" in remark for remark in made.remarks)
    assert asked == ["/reports?admin=ID-BT&timeperiod=21600", "/floods?admin=ID-BT&minimum_state=1", "/floodgauges?admin=ID-BT"]
    assert all(agent.startswith("LiveRoom/") for agent in agents)


def test_what_fails_in_part_keeps_its_part_and_all_of_it_is_down() -> None:
    with HttpSource() as source:
        source.put("/reports", answer(report()))
        source.put("/floods", b"<html>maintenance</html>")
        records, made = collected("petabencana", {"base_url": source.url}, city="tangerang", now=NOW)
        assert len(records) == 1
        assert made.kept == ["petabencana area ", "petabencana gauge "]
        source.put("/reports", b'{"statusCode": 404, "message": "No reports found"}')
        with pytest.raises(SourceDown, match="error message of the server"):
            collected("petabencana", {"base_url": source.url}, city="tangerang", now=NOW)


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"<html>", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"null", b'{"statusCode":200,"result":"x"}', b"\xff\xfe{",
             b'{"statusCode":200,"result":{"type":"Topology","objects":{"o":{"type":"Po', b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"]
)  # fmt: skip
def test_garbage_is_refused_by_name(body: bytes) -> None:
    found, made = seen(body)
    assert found == []
    assert [refusal.record for refusal in made.refusals] == ["a.json"] or made.remarks


def test_ten_thousand_reports_join_quickly_and_a_large_area_fits_the_bus() -> None:
    many = [CitizenReport(id=str(i), kind="flood", at=NOW - timedelta(seconds=i % 60), lon=106.6 + i % 100 * 0.001, lat=-6.2 + i // 100 * 0.0005)
            for i in range(10_000)]  # fmt: skip
    led = clusters(many, 300, timedelta(hours=6))
    assert sum(len(cluster) for cluster in led) == 10_000
    assert len(led) < 1_500
    ring = [[HERE[0] + i * 1e-6, HERE[1] + (i % 7) * 1e-5] for i in range(20_000)]
    large = area() | {"geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}
    (hazard,), _ = seen(answer(large))
    assert len(msgspec.json.encode(hazard)) < MAX_MESSAGE_BYTES


def test_options_that_do_not_fit_are_a_sentence() -> None:
    made = ctx()
    for options, field in (
        ({"base_url": "file:///x"}, "base_url"), ({"endpoints": ["cities"]}, "endpoints"), ({"report_hours": 0}, "report_hours"),
        ({"flat_after_h": 0}, "flat_after_h"), ({"gauges": {"T1": {"watch_cm": 9, "alert_cm": 5}}}, "gauges.T1.watch_cm"),
    ):  # fmt: skip
        assert (COLLECTOR.check(msgspec.convert(options, COLLECTOR.options), made.city) or "").startswith(field)
    assert COLLECTOR.check(made.options, made.city) is None


SOUP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["flood", "2026-11-22T01:00:00Z", "SIAGA I", "\u202e<script>", "😀", 106.64, -6.178, "confirmed", 3]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["pkey", "created_at", "disaster_type", "report_data", "flood_depth", "state", "area_id", "area_name",
                                       "last_updated", "gaugeid", "gaugenameid", "observations", "f1", "f2", "f3", "f4"]), inner, max_size=8),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([report(), area(), gauge(10, 20)]), SOUP, SOUP)
def test_anything_is_read_or_refused_and_fits_the_bus(base: dict[str, Any], soup: Any, place: Any) -> None:
    properties = base["properties"] | soup if isinstance(soup, dict) else soup
    geometry = base["geometry"] if place is None else {"type": base["geometry"]["type"], "coordinates": place}
    made = ctx()
    body = json.dumps(
        {"result": {"type": "FeatureCollection", "features": [base | {"properties": properties, "geometry": geometry}, report("77")]}}
    )
    records: list[Observed] = list(read(made, [Document(name="a", body=body.encode())]))
    assert any("77" in record.key or record.body.headline.startswith("2 ") for record in records if isinstance(record.body, Hazard))
    for record in records:
        kind = RiverGauge if record.topic is RIVER else Hazard
        assert msgspec.json.decode(msgspec.json.encode(record.body), type=kind) == record.body
        assert record.key.isprintable() and len(record.key) < 200
