"""BMKG and CAP 1.2: the real files, the attacks among them, and anything else XML and JSON can say."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.cap import CapError, parse_xml, read_alert
from feeds.collectors.bmkg import COLLECTOR, quake_severity, read_earthquakes, read_feed, warnings
from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.runtime.collector import CollectorContext
from feeds.runtime.http import SourceDown
from tests.fakes.collector_context import collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 2, 16, 16, 30, tzinfo=UTC)
IN_CITY = "-6.15,106.60 -6.15,106.66 -6.19,106.66 -6.19,106.60 -6.15,106.60"
QUAKE = {
    "DateTime": "2026-02-16T06:15:30+00:00",
    "Coordinates": "-6.30,106.50",
    "Magnitude": "4.4",
    "Kedalaman": "10 km",
    "Wilayah": "12 km",
}


def cap(
    identifier: str = "a", *, kind: str = "Alert", status: str = "Actual", sent: str = "2026-02-16T22:50:00+07:00", references: str = "",
    scope: str = "Public", areas: str = f"<polygon>{IN_CITY}</polygon>", event: str = "Hujan", expires: str = "2026-02-17T02:00:00+07:00",
) -> bytes:  # fmt: skip
    said = f"<references>{references}</references>" if references else ""
    return f"""<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>
      <sender>s@bmkg</sender><sent>{sent}</sent><status>{status}</status><msgType>{kind}</msgType><scope>{scope}</scope>{said}
      <info><language>en</language><category>Met</category><event>Rain</event><urgency>U</urgency><severity>Severe</severity><certainty>L</certainty>
        <area><areaDesc>Banten</areaDesc>{areas}</area></info>
      <info><language>id</language><category>Met</category><event>{event}</event><urgency>U</urgency><severity>Severe</severity><certainty>L</certainty>
        <expires>{expires}</expires><headline>{event} lebat</headline><area><areaDesc>Banten</areaDesc>{areas}</area></info>
      </alert>""".encode()


def ctx(**options: Any) -> CollectorContext[Any]:
    return context(COLLECTOR, {"nowcast_url": "https://h/rss.xml", **options}, city="tangerang", now=NOW)


def quakes(*records: object, **options: Any) -> tuple[list[Hazard], list[str]]:
    made = ctx(**options)
    found = read_earthquakes(json.dumps({"Infogempa": {"gempa": list(records)}}).encode(), made)
    return found, [refusal.reason for refusal in made.refusals]


def shown(*bodies: bytes) -> dict[str, Hazard]:
    return {hazard.id: hazard for hazard in warnings([read_alert(body) for body in bodies], ctx())}


def test_the_real_earthquake_files_together(shared_data: Path) -> None:
    with HttpSource() as source:
        urls: list[str] = []
        for name in ("autogempa", "gempaterkini", "gempadirasakan"):
            source.put(f"/{name}.json", (shared_data / "bmkg" / f"bmkg_{name}.json").read_bytes())
            urls.append(f"{source.url}/{name}.json")
        records, made = collected("bmkg", {"earthquake_urls": urls, "earthquake_radius_km": 5000}, city="tangerang", now=NOW)
    bodies = {record.key: record.body for record in records}
    # 18 km off Pekalongan is in all three files, near Denpasar and near Semarang in one each.
    assert len(records) == len(bodies) == 3
    assert not made.refusals
    hazard = bodies["quake 2026-02-16T06:15:30Z -6.89,109.67"]
    assert (hazard.magnitude, hazard.depth_km, hazard.attribution, hazard.kind) == (5.4, 10.0, "BMKG", HazardKind.EARTHQUAKE)
    assert hazard.distance_km == pytest.approx(330, abs=10)
    assert (hazard.position.lon, hazard.position.lat) == (109.67, -6.89)
    assert hazard.headline == "Gempa M5,4 · 18 km TimurLaut Pekalongan"
    assert hazard.expires_at == hazard.issued_at + timedelta(hours=24)


def test_the_real_warning_of_banten_does_not_touch_the_city_but_its_neighbour_would(shared_data: Path) -> None:
    alert = read_alert((shared_data / "cap" / "bmkg_cap_banten.xml").read_bytes())
    (info,) = alert.infos
    assert (alert.identifier, alert.sender, info.severity) == (
        "2.49.0.1.360.0.2026.02.16.16.36.004",
        "cuaca.ekstrem@bmkg.go.id",
        "Moderate",
    )
    assert info.expires_at == datetime(2026, 2, 16, 19, 0, tzinfo=UTC)
    assert info.polygons[0][0] == (105.994, -5.981), "lat,lon becomes lon, lat"
    assert warnings([alert], ctx()) == [], "its province's name is Banten, its polygons are not here"
    (hazard,) = shown((shared_data / "cap" / "bmkg_cap_banten.xml").read_bytes().replace(b"-5.981,105.994", b"-6.180,106.640")).values()
    assert hazard.attribution == "BMKG"
    assert hazard.headline == "Hujan Lebat disertai Petir di Banten"
    assert (hazard.kind, hazard.severity, hazard.area, hazard.is_drill) == (HazardKind.WEATHER, Severity.MODERATE, "Banten", False)
    assert "36.71.01" in hazard.districts
    assert len(hazard.polygons) == 1, "the polygon that does not touch the city stays away"


def test_the_real_feed_lists_its_alerts(shared_data: Path) -> None:
    links = read_feed((shared_data / "cap" / "bmkg_rss_active.xml").read_bytes(), "https://www.bmkg.go.id/alerts/nowcast/id/rss.xml")
    assert links[0] == ("https://www.bmkg.go.id/alerts/nowcast/id/CBT20260216004_alert.xml", "2.49.0.1.360.0.2026.02.16.16.36.004")
    assert len(links) == 3


def test_feed_and_alerts_over_http_each_asked_once(shared_data: Path) -> None:
    feed = (shared_data / "cap" / "bmkg_rss_active.xml").read_text(encoding="utf-8")
    with HttpSource() as source:
        source.put("/rss.xml", feed.replace("https://www.bmkg.go.id/alerts/nowcast/id/", f"{source.url}/"))
        source.put("/CBT20260216004_alert.xml", cap("2.49.0.1.360.0.2026.02.16.16.36.004"))
        source.put("/CJG20260216005_alert.xml", (shared_data / "cap" / "goog_xee.cap").read_bytes())
        source.put("/CSU20260216005_alert.xml", (shared_data / "cap" / "goog_invalid.cap").read_bytes())
        records, made = collected("bmkg", {"nowcast_url": f"{source.url}/rss.xml"}, city="tangerang", now=NOW)
    assert [record.key for record in records] == ["cap 2.49.0.1.360.0.2026.02.16.16.36.004"]
    assert {(r.record, r.reason) for r in made.refusals} == {
        ("CJG20260216005_alert.xml", "a CAP alert carries a document type or entities: refused unread"),
        ("CSU20260216005_alert.xml", "a CAP alert has no scope"),
    }
    assert not made.trouble
    assert [path for path, _ in source.asked] == [
        "/rss.xml",
        "/CBT20260216004_alert.xml",
        "/CJG20260216005_alert.xml",
        "/CSU20260216005_alert.xml",
    ]


def test_an_entity_attack_reads_no_file_and_asks_nobody(shared_data: Path) -> None:
    body = (shared_data / "cap" / "goog_xee.cap").read_bytes()
    with HttpSource() as trap:
        with pytest.raises(CapError, match="refused unread"):
            read_alert(body.replace(b"http://localhost:8080", trap.url.encode()))
        assert trap.asked == []
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'
    with pytest.raises(CapError, match="refused unread"):
        parse_xml(bomb)


def test_the_other_real_alerts_are_read(shared_data: Path) -> None:
    canada = read_alert((shared_data / "cap" / "goog_canada.cap").read_bytes())
    assert canada.kind == "Update"
    assert canada.references[0] == ("cap@ec.gc.ca", "2.49.0.1.124.a3f342a4.2012")
    assert len(read_alert((shared_data / "cap" / "goog_earthquake.cap").read_bytes()).infos[0].polygons) == 1, "a circle is drawn"
    assert read_alert((shared_data / "cap" / "goog_thunderstorm.cap").read_bytes()).infos[0].polygons[0][0] == (-120.14, 38.47)


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (cap("b", kind="Update", references="s@bmkg,a,2026-02-16T22:50:00+07:00"), ["cap b"]),
        (cap("b", kind="Cancel", references="s@bmkg,a,2026-02-16T22:50:00+07:00"), []),
        (cap("b", kind="Cancel", status="Test", references="s@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Cancel", references="other@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Cancel", references="s@bmkg,a,x", sent="2026-02-16T20:00:00+07:00"), ["cap a"]),
        (cap("b", kind="Ack", references="s@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Update", references="s@bmkg,b,x"), ["cap a", "cap b"]),
        (cap("b", scope="Restricted"), ["cap a"]),
        (cap("b", areas="<polygon>1,1 1,2 2,2 1,1</polygon>"), ["cap a"]),
    ],
    ids=["update", "cancel", "drill cancels nothing", "other sender", "older cancel", "ack", "itself", "restricted", "elsewhere"],
)
def test_updates_and_cancels(later: bytes, left: list[str]) -> None:
    assert sorted(shown(cap("a"), later)) == left
    assert sorted(shown(later, cap("a"))) == left


def test_language_drills_floods_and_circles() -> None:
    (hazard,) = shown(cap(status="Exercise", event="Banjir")).values()
    assert (hazard.headline, hazard.is_drill, hazard.kind, hazard.severity) == ("Banjir lebat", True, HazardKind.FLOOD, Severity.SEVERE)
    assert shown(cap(areas="<circle>-6.18,106.64 1.5</circle>"))["cap a"].districts
    assert shown(cap(areas="<circle>-6.18,106.64 0</circle>"))["cap a"].districts == ("36.71.01",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is not XML"),
        (b"<a/>", "is not a CAP 1.2 alert"),
        (cap().replace(b"cap:1.2", b"cap:2.0"), "is not a CAP 1.2 alert"),
        (cap(sent="2026-02-16T22:50:00"), "sent carries no time zone"),
        (cap(expires="bald"), "expires is not an ISO 8601 time"),
        (cap(kind="Cancel"), "has msgType Cancel but no references"),
        (cap(kind="Update", references="x"), "reference that is not sender,identifier,sent"),
        (cap(areas="<polygon>1,1 2,2</polygon>"), "fewer than 4 positions"),
        (cap(areas="<polygon>1,1 1,2 2,2 91,1</polygon>"), "no place on Earth"),
        (cap(areas="<polygon>a,b c,d e,f a,b</polygon>"), "not lat,lon"),
        (cap(areas="<polygon>nan,nan 1,2 2,2 nan,nan</polygon>"), "no place on Earth"),
        (cap(areas="<circle>1,1</circle>"), "circle without a radius"),
        (cap(areas="<circle>1,1 nan</circle>"), "impossible radius"),
    ],
)
def test_broken_alerts_name_their_element(body: bytes, reason: str) -> None:
    with pytest.raises(CapError, match=reason):
        read_alert(body)


def test_an_alert_without_a_polygon_is_refused_not_guessed_by_name() -> None:
    made = ctx()
    assert warnings([read_alert(cap(areas=""))], made) == []
    assert "has no polygon" in made.refusals[0].reason


def test_links_to_other_hosts_are_not_followed() -> None:
    with HttpSource() as source, HttpSource() as stranger:
        items = "".join(f"<item><link>{link}</link></item>" for link in (f"{stranger.url}/a.xml", "file:///etc/passwd", "/ok.xml"))
        source.put("/rss.xml", f"<rss><channel>{items}</channel></rss>")
        source.put("/ok.xml", cap())
        records, made = collected("bmkg", {"nowcast_url": f"{source.url}/rss.xml"}, city="tangerang", now=NOW)
        assert stranger.asked == []
    assert [record.key for record in records] == ["cap a"]
    assert "not on the host of its feed" in made.refusals[0].reason


def test_what_fails_in_part_keeps_its_part_and_all_of_it_is_down() -> None:
    with HttpSource() as source:
        source.put("/q.json", json.dumps({"Infogempa": {"gempa": QUAKE}}))
        options = {"earthquake_urls": [f"{source.url}/q.json", f"{source.url}/gone.json"], "nowcast_url": f"{source.url}/rss.xml"}
        records, made = collected("bmkg", options, city="tangerang", now=NOW)
        assert len(records) == 1
        assert made.kept == ["quake ", "cap "]
        assert len(made.trouble) == 2
        source.answers.clear()
        with pytest.raises(SourceDown, match=r"q\.json answered HTTP 404; .*rss\.xml answered HTTP 404"):
            collected("bmkg", options, city="tangerang", now=NOW)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"DateTime": "2026-02-16T06:15:30"}, "DateTime: carries no time zone"),
        ({"DateTime": None}, "DateTime: DateTime is missing"),
        ({"Coordinates": "-6.89"}, "Coordinates is not a number"),
        ({"Coordinates": "106.5,-6.3"}, "Coordinates are no place on Earth"),
        ({"Coordinates": [1, 2]}, "Coordinates is missing"),
        ({"Magnitude": "kuat"}, "Magnitude is not a number"),
        ({"Magnitude": "inf"}, "Magnitude is not a number"),
        ({"Magnitude": "54"}, "Magnitude is impossible"),
    ],
)
def test_bad_earthquakes_are_refused_and_good_ones_survive(change: dict[str, Any], reason: str) -> None:
    found, refused = quakes(QUAKE | change, QUAKE)
    assert len(found) == 1
    assert refused == [reason]


def test_far_earthquakes_do_not_concern_the_city_unless_a_tsunami_is_possible() -> None:
    far = QUAKE | {"Coordinates": "-2.5,140.7", "Magnitude": "7.1"}
    assert quakes(far | {"Potensi": "Tidak berpotensi tsunami"}) == ([], [])
    (hazard,) = quakes(far | {"Potensi": "Berpotensi tsunami", "Kedalaman": "?"})[0]
    assert (hazard.severity, hazard.depth_km) == (Severity.EXTREME, None)
    assert quake_severity(6.5, 30, False) is Severity.SEVERE
    assert quake_severity(5.4, 330, False) is Severity.MINOR
    assert quake_severity(5.4, 50, False) is Severity.MODERATE


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["-6.3,106.5", "5.4", "2026-02-16T06:15:30+00:00"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*QUAKE, "Infogempa", "gempa", "Potensi"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(row=JSON)
def test_any_earthquake_is_read_or_refused_and_the_good_one_survives(row: object) -> None:
    found, refused = quakes(QUAKE | row if isinstance(row, dict) else row, QUAKE)
    assert 1 <= len(found) <= 2
    assert len(refused) <= 1


@settings(max_examples=80, deadline=None)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_earthquake_file_ends_well(body: bytes) -> None:
    made = ctx()
    found = read_earthquakes(body, made)
    assert all(isinstance(hazard, Hazard) for hazard in found)
    assert found or made.trouble or made.refusals or body


PIECES = st.sampled_from(
    [b"<", b">", b"</info>", b"<info>", b"&", b"\x00", b"\xff", b"<!DOCTYPE a>", b"1,1", b" ", b"<polygon>", b"&amp;", b"-", b"9e999"]
)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_damage_to_an_alert_is_a_cap_error_or_an_alert(data: st.DataObject) -> None:
    body = bytearray(cap())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(PIECES | st.binary(max_size=4))
    with suppress(CapError):
        read_feed(bytes(body), "https://h/rss.xml")
    with suppress(CapError):
        warnings([read_alert(bytes(body))], ctx())
