"""BMKG: the real files, earthquakes and forecasts of every damage, and what stays when one of its addresses fails."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.collectors.bmkg import COLLECTOR, collect, read
from feeds.messages.environment import FORECAST, Forecast
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity
from feeds.messages.header import Message, Quality
from feeds.readers.bmkg_quakes import Near, quake_severity, read_earthquakes
from feeds.runtime.collector import CollectorContext, Document, Observed
from feeds.runtime.http import SourceDown, SourceHttp
from tests.fakes.cap_alert import cap
from tests.fakes.collector_context import collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 2, 16, 16, 30, tzinfo=UTC)
QUAKE = {
    "DateTime": "2026-02-16T06:15:30+00:00",
    "Coordinates": "-6.30,106.50",
    "Magnitude": "4.4",
    "Kedalaman": "10 km",
    "Wilayah": "12 km",
}
CODES = {"36.71.01": "36.71.01.1001", "36.71.05": "36.71.05.1001"}
STEP = {
    "utc_datetime": "2026-02-16 18:00:00", "t": 27, "hu": 83, "weather": 61, "ws": 7.3, "wd": "SW", "tp": 1.2,
    "analysis_date": "2026-02-16T12:00:00",
}  # fmt: skip


def ctx(**options: Any) -> CollectorContext[Any]:
    return context(COLLECTOR, {"nowcast_url": "https://h/rss.xml", **options}, city="tangerang", now=NOW)


def quakes(*records: object, **options: Any) -> tuple[list[Hazard], list[str]]:
    made = ctx(**options)
    found = read_earthquakes(json.dumps({"Infogempa": {"gempa": list(records)}}).encode(), made, Near(500, 24))
    return found, [refusal.reason for refusal in made.refusals]


def forecast(code: str = CODES["36.71.01"], *steps: object, **where: Any) -> dict[str, Any]:
    lokasi = {"adm4": code, "kecamatan": "Tangerang", "desa": "Sukarasa", "lat": -6.172, "lon": 106.632, **where}
    return {"lokasi": lokasi, "data": [{"lokasi": lokasi, "cuaca": [list(steps) or [STEP]]}]}


def foreseen(answer: object, **options: Any) -> tuple[list[Observed], CollectorContext[Any]]:
    made = ctx(**({"forecast_url": "https://h/f", "forecast_codes": CODES} | options))
    return list(read(made, [Document("f.json", json.dumps(answer).encode())])), made


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
    body = (shared_data / "cap" / "bmkg_cap_banten.xml").read_bytes()
    made = ctx()
    assert list(read(made, [Document("banten.xml", body)])) == [], "its province's name is Banten, its polygons are not here"
    assert made.outside == 1
    (record,) = read(ctx(), [Document("moved.xml", body.replace(b"-5.981,105.994", b"-6.180,106.640"))])
    hazard = record.body
    assert (record.key, hazard.attribution, hazard.headline) == (
        "cap 2.49.0.1.360.0.2026.02.16.16.36.004", "BMKG", "Hujan Lebat disertai Petir di Banten",
    )  # fmt: skip
    assert (hazard.kind, hazard.severity, hazard.area, hazard.is_drill) == (HazardKind.WEATHER, Severity.MODERATE, "Banten", False)
    assert "36.71.01" in hazard.districts
    assert len(hazard.polygons) == 1, "the polygon that does not touch the city stays away"


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
    paths = ["/rss.xml", "/CBT20260216004_alert.xml", "/CJG20260216005_alert.xml", "/CSU20260216005_alert.xml"]
    assert [path for path, _ in source.asked] == paths


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
        ({"DateTime": "9999-12-31T23:59:59-01:00"}, "DateTime: lies outside the calendar"),
        ({"DateTime": "-0001-01-01T00:00:00+00:00"}, "DateTime: is not an ISO 8601 time"),
        ({"DateTime": "2027-02-16T06:15:30+00:00"}, "DateTime lies in the future"),
        ({"Coordinates": "-6.89"}, "Coordinates is not a number"),
        ({"Coordinates": "106.5,-6.3"}, "Coordinates look swapped: the first is no latitude"),
        ({"Coordinates": "50,6", "Lintang": "6 LU", "Bujur": "50 BT"}, "Coordinates look swapped: Lintang and Bujur say so"),
        ({"Coordinates": "-6.3,106.5", "Lintang": "6.3 LU", "Bujur": "106.5 BT"}, "Coordinates are not those of Lintang and Bujur"),
        ({"Coordinates": "91,200"}, "Coordinates are no place on Earth"),
        ({"Coordinates": "0,0"}, "Coordinates are 0,0: no place was given"),
        ({"Coordinates": [1, 2]}, "Coordinates is missing"),
        ({"Magnitude": "kuat"}, "Magnitude is not a number"),
        ({"Magnitude": "inf"}, "Magnitude is not a number"),
        ({"Magnitude": "54"}, "Magnitude is impossible"),
    ],
)
def test_bad_earthquakes_are_refused_and_good_ones_survive(change: dict[str, Any], reason: str) -> None:
    found, refused = quakes(QUAKE | change, QUAKE, QUAKE)
    assert len(found) == 1, "one earthquake is shown once, however often it is said"
    assert refused == [reason]


def test_numbers_may_be_numbers_and_the_words_of_a_place_agree() -> None:
    (hazard,) = quakes(QUAKE | {"Magnitude": 4.4, "Lintang": "6.30 LS", "Bujur": "106.50 BT", "Wilayah": "<b>12 km</b>\u202e\x00"})[0]
    assert (hazard.magnitude, hazard.area) == (4.4, "12 km")


def test_far_earthquakes_do_not_concern_the_city_unless_a_tsunami_is_possible() -> None:
    far = QUAKE | {"Coordinates": "-2.5,140.7", "Magnitude": "7.1"}
    assert quakes(far | {"Potensi": "Tidak berpotensi tsunami"}) == ([], [])
    assert quakes(far | {"Potensi": "Gempa ini TIDAK berpotensi TSUNAMI"}) == ([], [])
    (hazard,) = quakes(far | {"Potensi": "Berpotensi tsunami", "Kedalaman": "?"})[0]
    assert (hazard.severity, hazard.depth_km) == (Severity.EXTREME, None)
    assert quake_severity(6.5, 30, False) is Severity.SEVERE
    assert quake_severity(5.4, 330, False) is Severity.MINOR
    assert quake_severity(5.4, 50, False) is Severity.MODERATE


def test_the_real_forecast_is_read_where_it_is_meant(shared_data: Path) -> None:
    answer = json.loads((shared_data / "bmkg" / "bmkg_forecast_response.json").read_bytes())
    records, made = foreseen(answer)
    assert (records, made.outside) == ([], 1), "Pekalongan is elsewhere"
    (record,) = foreseen(answer, forecast_codes={"36.71.01": "33.26.16.1001"})[0]
    body = record.body
    assert (record.topic, record.key, body.place, body.district, body.position) == (
        FORECAST,
        "33.26.16.1001",
        "Kadipaten",
        "36.71.01",
        None,
    )
    assert len(body.steps) == 10
    first = body.steps[0]
    assert (first.at, first.sky, first.text) == (datetime(2026, 2, 16, tzinfo=UTC), "3", {"id": "Berawan", "en": "Mostly cloudy"})
    assert (first.temperature_c, first.humidity_percent, first.wind_km_h, first.wind_from, first.rain_mm) == (27, 83, 7.3, "SW", None)
    assert body.attribution == "BMKG"


def test_a_forecast_as_the_service_gives_it_today() -> None:
    step = {**STEP, "datetime": "2026-02-16T18:00:00Z", "weather_desc": "Hujan <b>Sedang</b>", "weather_desc_en": "Rain", "tp": "1,2"}
    (record,) = foreseen(forecast(CODES["36.71.01"], step, step, {**STEP, "utc_datetime": "2026-02-16 15:00:00"}))[0]
    body = record.body
    assert [one.at.hour for one in body.steps] == [15, 18], "in order, each time once"
    assert body.steps[1].text == {"id": "Hujan Sedang", "en": "Rain"}
    assert body.steps[1].rain_mm == 1.2
    assert body.issued_at == record.observed_at == datetime(2026, 2, 16, 12, tzinfo=UTC)
    assert (body.district, body.place) == ("36.71.01", "Sukarasa")


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"t": 999, "hu": -1, "ws": "NaN", "tp": True}, True),
        ({"t": "27", "weather": "61"}, True),
        ({"weather": 777}, True),
        ({"weather": None}, False),
        ({"weather": [1]}, False),
        ({"utc_datetime": "bald"}, False),
        ({"utc_datetime": "9999-01-01 00:00:00"}, False),
        ({"utc_datetime": None}, False),
    ],
)
def test_impossible_values_are_left_out_and_bad_steps_do_not_take_good_ones_with_them(change: dict[str, Any], shown: bool) -> None:
    good = {**STEP, "utc_datetime": "2026-02-16 21:00:00"}
    (record,) = foreseen(forecast(CODES["36.71.01"], {**STEP, **change}, good, None, 7))[0]
    assert len(record.body.steps) == 1 + shown
    if "hu" in change:
        assert record.body.steps[0].temperature_c is None
        assert record.body.steps[0].humidity_percent is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"data": 7}, "has no list of places in data"),
        ({"data": [7]}, "a forecast is not an object"),
        ({"data": [{"cuaca": []}]}, "a forecast has no lokasi"),
        ({"data": [{"lokasi": {"adm4": 7}}]}, "a forecast has no adm4"),
        ({"data": [{"lokasi": {"adm4": CODES["36.71.01"]}, "cuaca": {}}]}, "a forecast has no weather in cuaca"),
        ({"data": [{"lokasi": {"adm4": CODES["36.71.01"]}, "cuaca": [[{"t": 1}]]}]}, "a forecast utc_datetime is missing"),
        ({"message": "not found"}, "holds neither Infogempa nor a forecast"),
        ([], "holds neither Infogempa nor a forecast"),
    ],
)
def test_bad_forecasts_are_refused_with_the_reason(answer: object, reason: str) -> None:
    records, made = foreseen(answer)
    assert records == []
    assert [refusal.reason for refusal in made.refusals] == [reason]


async def rounds(options: dict[str, Any], times: list[datetime], between: Any) -> list[tuple[list[Observed], list[str]]]:
    """What a source's rounds at ``times`` give; ``between(number)`` is called before each."""
    http = SourceHttp("test", timeout_s=2)
    made = context(COLLECTOR, options, city="tangerang", now=NOW, http=http)
    given: list[tuple[list[Observed], list[str]]] = []
    try:
        for number, at in enumerate(times):
            between(number)
            made.trouble.clear()
            made.clock = lambda at=at: at
            given.append(([record async for record in collect(made)], list(made.trouble)))
    finally:
        await http.aclose()
    return given


def test_forecasts_are_asked_for_when_they_are_due_and_stay_when_they_cannot_be_had() -> None:
    import asyncio

    with HttpSource() as source:
        source.put("/q.json", json.dumps({"Infogempa": {"gempa": QUAKE}}))
        options = {
            "earthquake_urls": [f"{source.url}/q.json"], "forecast_url": f"{source.url}/f", "forecast_codes": {"36.71.01": CODES["36.71.01"]},
        }  # fmt: skip
        later = [NOW + timedelta(minutes=m) for m in (0, 1, 31, 33, 37, 8 * 60)]
        source.put("/f", json.dumps(forecast()))

        def between(number: int) -> None:
            if number == 2:
                source.put("/f", "<html>Wartung</html>", status=500)

        given = asyncio.run(rounds(options, later, between))
    asked = [path for path, _ in source.asked if path.startswith("/f")]
    assert asked == ["/f?adm4=36.71.01.1001"] * 4, "at the start, when due, after the pause, and much later; not every minute"
    topics = [[record.topic.name for record in records] for records, _ in given]
    assert topics[:5] == [["hazard", "forecast"]] * 5
    assert [trouble for _, trouble in given[:5]] == [[]] * 5, "an hour-old forecast is no trouble for earthquakes"
    assert topics[5] == ["hazard"]
    assert any("forecast is over" in one for one in given[5][1])


def test_options_say_which_districts_the_forecasts_are_for() -> None:
    city = ctx().city
    ask = COLLECTOR.options
    assert COLLECTOR.check is not None
    for options, sentence in (
        ({"forecast_url": "https://h/f"}, "forecast_codes: go with forecast_url"),
        ({"forecast_url": "https://h/f", "forecast_codes": {"99": "x"}}, "forecast_codes.99: is not a district of Kota Tangerang"),
        ({"forecast_url": "ftp://h", "forecast_codes": CODES}, "forecast_url: must be http or https"),
    ):
        assert sentence in (COLLECTOR.check(msgspec.convert(options, ask), city) or "")


def test_the_citys_own_options_name_a_place_of_each_district() -> None:
    city = ctx().city
    (source,) = [source for source in city.sources if source.collector == "bmkg"]
    codes = source.options["forecast_codes"]
    assert set(codes) == {district.code for district in city.districts}
    kelurahan = json.loads((city.folder / "kelurahan.geojson").read_text(encoding="utf-8"))["features"]
    districts = {feature["properties"]["code"]: feature["properties"]["district_code"] for feature in kelurahan}
    assert all(districts[place] == district for district, place in codes.items())


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["-6.3,106.5", "5.4", "2026-02-16T06:15:30+00:00", "36.71.01.1001", "2026-02-16 18:00:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*QUAKE, *STEP, "Infogempa", "gempa", "Potensi", "Lintang", "data", "lokasi", "cuaca", "adm4", "lat", "lon"]),
            inner,
            max_size=4,
        )
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
@given(step=JSON, place=JSON)
def test_any_forecast_is_read_or_refused_and_the_good_step_survives(step: object, place: object) -> None:
    good = {**STEP, "utc_datetime": "2026-02-16 21:00:00"}
    records, _ = foreseen(forecast(CODES["36.71.01"], {**STEP, **step} if isinstance(step, dict) else step, good))
    (record,) = records
    assert isinstance(record.body, Forecast)
    assert 1 <= len(record.body.steps) <= 2
    foreseen({"data": [place, forecast()["data"][0]]})
    message = Message(seq=1, epoch="e", key="k", source="s", observed_at=NOW, published_at=NOW, quality=Quality.MEASURED, body=record.body)
    assert FORECAST.decoder()(msgspec.json.encode(message)) == message


@settings(max_examples=80, deadline=None)
@given(body=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_file_ends_well(body: bytes) -> None:
    made = ctx()
    found = list(read(made, [Document("any", body)]))
    assert all(record.topic in (HAZARD, FORECAST) for record in found)
    assert found or made.trouble or made.refusals or made.outside or made.remarks or body.strip()


@pytest.mark.parametrize(
    "body", [b"", b"\x00\x00", b"\xef\xbb\xbf{", b"[" * 200_000, b"{" * 9, b"<html><p>Wartung", b'{"Infogempa": {"gempa": [' + b"7," * 500_000 + b"7]}}"]
)  # fmt: skip
def test_broken_files_are_one_sentence_each(body: bytes) -> None:
    made = ctx()
    assert list(read(made, [Document("x.json", body)])) == []
    assert made.refusals or made.trouble
