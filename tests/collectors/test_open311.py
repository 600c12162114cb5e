"""The GeoReport v2 client: what servers in the wild write, and anything else JSON can say."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.collectors.open311 import COLLECTOR, read_list
from feeds.messages.header import Position
from feeds.messages.report import REPORT, Report, ReportState
from feeds.readers.service_requests import read_position, read_requests, read_state
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.http import SourceDown
from tests.fakes.collector_context import collected, context
from tests.fakes.http_source import HttpSource
from tests.fakes.open311_endpoint import Open311Endpoint

NOW = datetime(2023, 12, 12, 12, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "service_request_id": "A-1",
    "status": "open",
    "service_code": "009",
    "service_name": "Schrottfahrzeuge",
    "requested_datetime": "2023-12-11T09:01:37+01:00",
    "updated_datetime": "2023-12-11T10:00:00+01:00",
    "address": "Rondorfer Str. 5, 50968 Köln - Marienburg",
    "lat": 50.8959020906914,
    "long": 6.96852398907956,
}


def ctx(**options: Any) -> CollectorContext[Any]:
    return context(COLLECTOR, {"endpoint": "http://h", **options}, city="koeln", now=NOW)


def read(record: object, **options: Any) -> tuple[Report | None, list[str]]:
    made = ctx(**options)
    reports = read_requests([record], made, {"777": "Aus der Liste"})
    return next(iter(reports), None), [refusal.reason for refusal in made.refusals]


def test_a_good_request_is_a_report_without_its_words() -> None:
    report, refused = read(GOOD | {"description": "Ruf mich an: 0221 123", "media_url": "https://h/x.jpg", "status_notes": "207604"})
    assert report is not None
    assert not refused
    assert (report.id, report.state, report.received_at.hour, report.changed_at.hour) == ("A-1", ReportState.NEW, 8, 9)
    assert report.position == Position(lon=6.9685, lat=50.8959)
    assert (report.text, report.photo_before, report.place, report.is_outside) == (None, None, None, False)
    assert read(GOOD, place_pattern=" - ([^-]+)$")[0] == msgspec.structs.replace(report, place="Marienburg")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"service_request_id": None}, "has no usable service_request_id"),
        ({"service_request_id": ""}, "has no usable service_request_id"),
        ({"service_request_id": "a\nb"}, "has no usable service_request_id"),
        ({"service_request_id": "x" * 65}, "has no usable service_request_id"),
        ({"requested_datetime": "2023-12-11T09:01:37"}, "requested_datetime carries no time zone"),
        ({"requested_datetime": "2023-12-11"}, "requested_datetime carries no time zone"),
        ({"requested_datetime": "gestern"}, "requested_datetime is not an ISO 8601 time"),
        ({"requested_datetime": "0001-01-01T00:00:00+14:00"}, "requested_datetime lies outside the calendar"),
        ({"requested_datetime": ""}, "requested_datetime is missing"),
        ({"requested_datetime": 1702281697}, "requested_datetime is missing"),
        ({"requested_datetime": "2033-12-11T09:01:37+01:00"}, "requested_datetime lies in the future"),
        ({"updated_datetime": "2023-12-11 10:00"}, "updated_datetime carries no time zone"),
        ({"status": "bearbeitet"}, "status is neither open nor closed"),
        ({"status": None}, "status is missing"),
        ({"service_code": None, "service_name": "\r\n"}, "has neither service_code nor service_name"),
    ],
)
def test_a_bad_request_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    report, refused = read(GOOD | change)
    assert report is None
    assert refused == [reason]


@pytest.mark.parametrize("row", [None, 7, "x", [], [GOOD]])
def test_a_row_that_is_no_object_is_refused(row: object) -> None:
    assert read(row) == (None, ["is not an object"])


def test_a_refusal_quotes_nothing() -> None:
    made = ctx()
    assert read_requests([GOOD | {"status": "Budi 0812", "Nama Budi": "x", "phone": "0812"}], made, {}) == []
    said = repr(made.refusals)
    assert "0812" not in said
    assert "Budi" not in said
    assert "phone: str" in said


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"status": "OPEN "}, ReportState.NEW),
        ({"status": "closed"}, ReportState.DONE),
        ({"status": "open", "status_notes": "In progress"}, ReportState.WORKING),
        ({"status": "closed", "status_notes": "In progress"}, ReportState.DONE),
        ({"status": "open", "extended_attributes": {"status": "IN_PROGRESS"}}, ReportState.WORKING),
        ({"status": "open", "extended_status": "in progress"}, ReportState.WORKING),
        ({"status": "open", "extended_status": "OPEN"}, ReportState.FORWARDED),
        ({"status": "open", "extended_status": "REOPEN"}, ReportState.REOPENED),
        ({"status": "closed", "extended_status": "NOT_COUNCILS_RESPONSIBILITY"}, ReportState.DECLINED),
        ({"status": "closed", "extended_status": "DUPLICATE"}, ReportState.DUPLICATE),
        ({"status": "closed", "extended_status": "NO_FURTHER_ACTION"}, ReportState.INVALID),
        ({"status": "open", "extended_status": "FIXED"}, ReportState.NEW),
        ({"status": "closed", "extended_status": "IN_PROGRESS"}, ReportState.DONE),
        ({"status": "closed", "extended_attributes": ["x"]}, ReportState.DONE),
        ({"status": "INVESTIGATING"}, ReportState.WORKING),
        ({"status": "In Progress"}, ReportState.WORKING),
    ],
)
def test_states(change: dict[str, Any], state: ReportState) -> None:
    assert read_state(GOOD | change, ctx().options) is state


def test_a_plain_closed_may_be_told_not_to_be_done() -> None:
    assert read_state(GOOD | {"status": "closed"}, ctx(closed_state="declined").options) is ReportState.DECLINED


@pytest.mark.parametrize(
    ("lat", "lon", "position"),
    [
        (50.9, 6.9, Position(lon=6.9, lat=50.9)),
        ("50.9", " 6.9 ", Position(lon=6.9, lat=50.9)),
        (None, None, None),
        (50.9, None, None),
        ("", "", None),
        (0, 0, None),
        (True, True, None),
        ("nan", "6.9", None),
        (1e400, 6.9, None),
        (500, 6.9, None),
        ([50.9], 6.9, None),
        (10**400, 6.9, None),
    ],
)
def test_positions(lat: object, lon: object, position: Position | None) -> None:
    assert read_position({"lat": lat, "long": lon}, 4) == position
    report, refused = read(GOOD | {"lat": lat, "long": lon})
    assert report is not None, "a report without a position is counted, not dropped"
    assert report.position == position
    assert not refused


def test_far_outside_is_marked_and_beside_the_border_is_not() -> None:
    far, _ = read(GOOD | {"lat": 52.52, "long": 13.4})
    near, _ = read(GOOD | {"lat": 50.92, "long": 7.163})
    assert far is not None
    assert near is not None
    assert (far.is_outside, near.is_outside) == (True, False)


def test_categories_agencies_and_empty_updates() -> None:
    mapped, _ = read(GOOD, categories={"009": "gully"})
    listed, _ = read(GOOD | {"service_code": 777, "service_name": None, "updated_datetime": " "})
    named, _ = read(GOOD | {"agency_responsible": "awb"})
    person, _ = read(GOOD | {"agency_responsible": "Frau Beispiel"})
    assert mapped is not None
    assert listed is not None
    assert named is not None
    assert person is not None
    assert (mapped.category, mapped.category_name, mapped.agency) == ("gully", None, "steb")
    assert (listed.category, listed.category_name, listed.changed_at) == ("open311.777", "Aus der Liste", listed.received_at)
    assert (named.agency, person.agency) == ("awb", None)


@pytest.mark.parametrize(
    "body",
    [b'[{"code": 403, "description": "key"}]', b'{"errors": 1}', b"<xml/>", b'"text"', b"[" * 5_000, b'{"a": [], "b": []}'],
)
def test_answers_that_are_no_list_are_down(body: bytes) -> None:
    with pytest.raises(SourceDown):
        read_list(body, "requests")


def test_wrapped_and_marked_lists_are_read() -> None:
    assert read_list(b'\xef\xbb\xbf{"service_requests": [{"a": 1}]}', "requests") == [{"a": 1}]
    assert read_list(b"[]", "requests") == []


def test_all_pages_are_read_and_a_server_that_does_not_page_is_asked_twice() -> None:
    rows = [
        GOOD | {"service_request_id": f"A-{n}", "requested_datetime": f"2023-12-10T{n % 24:02}:{n // 24:02}:00+01:00"} for n in range(230)
    ]
    with Open311Endpoint(rows) as endpoint:
        records, _ = collected("open311", {"endpoint": endpoint.url + "/", "page_size": 50}, city="koeln", now=NOW)
        pages = [q["page"] for path, q in endpoint.queries if path == "/requests.json"]
        windows = {(q["start_date"], q.get("end_date")) for path, q in endpoint.queries if path == "/requests.json"}
    assert {r.key for r in records} == {f"A-{n}" for n in range(230)}
    assert pages == ["1", "2", "3", "4", "5", "6"]
    assert windows == {("2023-11-12T13:00:00Z", None)}, "at most the days asked for, in whole hours"
    with HttpSource() as source:
        source.put("/requests.json", json.dumps(rows))
        records, ctx = collected("open311", {"endpoint": source.url}, city="koeln", now=NOW)
        assert len(records) == 230
        assert [path.partition("?")[0] for path, _ in source.asked] == ["/services.json", "/requests.json", "/requests.json"]
        assert not ctx.trouble


def test_a_page_that_fails_fails_the_round() -> None:
    with HttpSource() as source:
        source.put("/requests.json", "{")
        with pytest.raises(SourceDown, match="requests: the answer is not JSON"):
            collected("open311", {"endpoint": source.url}, city="koeln", now=NOW)


def test_key_and_jurisdiction_go_out_and_a_missing_key_is_said() -> None:
    options = {"jurisdiction_id": "stadt-koeln.de", "api_key_secret": "koeln-key"}
    with HttpSource() as source:
        source.put("/requests.json", json.dumps([GOOD]))
        options["endpoint"] = source.url
        collected("open311", options, city="koeln", now=NOW, secret={"koeln-key": "geheim"}.get)
        assert all("jurisdiction_id=stadt-koeln.de" in path and "api_key=geheim" in path for path, _ in source.asked)
        with pytest.raises(SourceDown, match="the secret 'koeln-key' is not set"):
            collected("open311", options, city="koeln", now=NOW)


def test_a_fixed_beginning_spans_no_more_than_the_server_allows() -> None:
    since = NOW - timedelta(days=400)
    with Open311Endpoint([GOOD | {"requested_datetime": (since + timedelta(days=1)).isoformat()}]) as endpoint:
        records, _ = collected("open311", {"endpoint": endpoint.url, "since": since}, city="koeln", now=NOW)
        assert endpoint.queries[-1][1]["end_date"] == "2023-02-05T12:00:00Z"
    assert len(records) == 1


def test_a_crowded_answer_without_pages_says_that_something_is_missing() -> None:
    rows = [GOOD | {"service_request_id": f"A-{n}"} for n in range(1_000)]
    with HttpSource() as source:
        source.put("/requests.json", json.dumps(rows))
        records, ctx = collected("open311", {"endpoint": source.url}, city="koeln", now=NOW)
    assert len(records) == 1_000
    assert "choose fewer days" in ctx.trouble[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("2023-12-11T09:01:37+01:00"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
ROWS = st.dictionaries(st.sampled_from([*GOOD, "status_notes", "extended_attributes", "agency_responsible"]), JSON) | JSON


@settings(max_examples=80, deadline=None)
@given(change=ROWS)
def test_any_row_is_a_report_or_a_refusal_and_the_good_one_survives(change: object) -> None:
    made = ctx(place_pattern="(.*)")
    rows = [GOOD, GOOD | change if isinstance(change, dict) else change]
    reports = read_requests(rows, made, {})
    assert reports and len(reports) + len(made.refusals) == 2
    for report in reports:
        assert msgspec.json.decode(msgspec.json.encode(report), type=REPORT.body) == report


@settings(max_examples=150, deadline=None)
@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_answer_is_a_list_or_down(body: bytes) -> None:
    with suppress(SourceDown):
        assert isinstance(read_list(body, "requests"), list)


XML = """<?xml version="1.0" encoding="iso-8859-1"?>
<r:service_requests xmlns:r="urn:x" is_array="true">
 <!-- two -->
 <r:request><service_request_id>A-1</service_request_id><status>open</status><service_code>009</service_code>
  <requested_datetime>2023-12-11T09:01:37+01:00</requested_datetime><updated_datetime/><lat>50.8959</lat><long>6.9685</long>
  <address>Stra\xdfe 5, 50968 K\xf6ln - Marienburg</address>
  <extended_attributes><status>IN_PROGRESS</status></extended_attributes></r:request>
 <r:request><service_request_id>A-2</service_request_id><status>closed</status><service_code>009</service_code>
  <requested_datetime>2023-12-11T09:01:37</requested_datetime></r:request>
</r:service_requests>"""


def test_xml_is_read_as_json_is(tmp_path: Path) -> None:
    with HttpSource() as source:
        source.put("/requests.xml", XML.encode("latin-1"))
        options = {"endpoint": source.url, "format": "xml", "place_pattern": " - ([^-]+)$"}
        records, made = collected("open311", options, city="koeln", now=NOW)
    (report,) = (record.body for record in records)
    assert (report.id, report.state, report.place) == ("A-1", ReportState.WORKING, "Marienburg")
    assert report.position == Position(lon=6.9685, lat=50.8959)
    assert [(r.record, r.reason) for r in made.refusals] == [("A-2", "requested_datetime carries no time zone")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><service_requests/>', "refused unread"),
        (b"HTTP/1.1 403 Forbidden\n\n<error>key</error>", "is not JSON"),
        (b"<html><body>Wartung</body></html>", "is a web page"),
        (b"<rss version='2.0'/>", "is XML, but no list"),
        (b"<errors><error><code>403</code><description>key</description></error></errors>", "answered with an error"),
        (b"<error>Invalid api_key</error>", "answered with an error"),
        (b"<service_requests><request>", "is not XML"),
        (b'\r\n <?xml version="1.0" encoding="utf-8"?>\n<service_requests></service_requests>', None),
        (b'\xef\xbb\xbf\n<?xml version="1.0"?><service_requests/>', None),
        ("<service_requests/>".encode("utf-16"), None),
        ('{"service_request_id": "1"}'.encode("utf-16"), None),
        (b'{"code": 404, "description": "x"}', "answered with an error"),
    ],
)
def test_other_documents_are_told_apart(body: bytes, reason: str | None) -> None:
    if reason is None:
        assert isinstance(read_list(body, "requests"), list)
    else:
        with pytest.raises(SourceDown, match=reason):
            read_list(body, "requests")


def updates(*rows: dict[str, Any]) -> str:
    return json.dumps([{"update_id": str(n), "service_request_id": "A-1", **row} for n, row in enumerate(rows)])


@pytest.mark.parametrize(
    ("status", "given", "state"),
    [
        ("open", [("IN_PROGRESS", "12-11T11:00")], ReportState.WORKING),
        ("open", [("IN_PROGRESS", "12-11T11:00"), ("REOPEN", "12-11T12:00")], ReportState.REOPENED),
        ("open", [("REOPEN", "12-11T12:00"), ("IN_PROGRESS", "12-11T11:00")], ReportState.REOPENED),
        ("closed", [("NOT_COUNCILS_RESPONSIBILITY", "12-11T11:00")], ReportState.DECLINED),
        ("open", [("FIXED", "12-11T11:00")], ReportState.NEW),
        ("open", [("IN_PROGRESS", "12-11T09:00")], ReportState.WORKING),
        ("closed", [("NOT_COUNCILS_RESPONSIBILITY", "12-11T09:59")], ReportState.DECLINED),
        ("closed", [("CLOSED", "12-11T11:00")], ReportState.DONE),
        ("open", [("nonsense", "12-11T11:00")], ReportState.NEW),
    ],
)
def test_the_newest_update_says_more_when_it_does_not_contradict(status: str, given: list[tuple[str, str]], state: ReportState) -> None:
    rows = [{"status": word, "updated_datetime": f"2023-{at}:00+01:00", "description": "Budi 0812"} for word, at in given]
    with HttpSource() as source:
        source.put("/requests.json", json.dumps([GOOD | {"status": status}]))
        source.put("/servicerequestupdates.json", updates(*rows, {"status": "FIXED", "updated_datetime": "gestern"}))
        records, made = collected("open311", {"endpoint": source.url, "has_updates": True}, city="koeln", now=NOW)
    assert [record.body.state for record in records] == [state]
    assert [r.reason for r in made.refusals] == ["an update: updated_datetime is not an ISO 8601 time"]
    assert "Budi" not in repr(records)


def test_requests_stand_though_their_updates_do_not_answer() -> None:
    with HttpSource() as source:
        source.put("/requests.json", json.dumps([GOOD]))
        records, made = collected("open311", {"endpoint": source.url, "has_updates": True}, city="koeln", now=NOW)
    assert [record.body.state for record in records] == [ReportState.NEW]
    assert made.trouble == [f"{source.url}/servicerequestupdates.json answered HTTP 404"]


def test_a_request_without_a_status_is_what_the_city_says_of_such() -> None:
    assert read(GOOD | {"status": None})[1] == ["status is missing"]
    report, refused = read(GOOD | {"status": None}, missing_status="declined")
    assert report is not None
    assert (report.state, refused) == (ReportState.DECLINED, [])


def test_exchanged_axes_are_said_and_the_report_stands_without_a_place() -> None:
    made = ctx()
    (report,) = read_requests([GOOD | {"lat": GOOD["long"], "long": GOOD["lat"]}], made, {})
    assert report is not None
    assert (report.position, report.is_outside) == (None, False)
    assert made.remarks == ["lat and long look swapped: such reports stand without a place"]


@settings(max_examples=100, deadline=None)
@given(body=st.binary() | st.text().map(lambda text: f"<service_requests><request>{text}</request></service_requests>".encode()))
def test_any_file_is_records_or_refusals(body: bytes) -> None:
    made = ctx()
    for record in COLLECTOR.read(made, [Document("f", body), Document("g", json.dumps([GOOD]).encode())]):
        assert record.topic is REPORT


def test_a_server_that_gives_one_page_for_every_page_withdraws_nothing() -> None:
    rows = [GOOD | {"service_request_id": f"A-{n}"} for n in range(50)]
    with HttpSource() as source:
        source.put("/requests.json", json.dumps(rows))
        records, made = collected("open311", {"endpoint": source.url, "page_size": 50}, city="koeln", now=NOW)
    assert len(records) == 50
    assert "the same 50 requests on every page" in made.trouble[0]
    assert made.kept == [""]


def test_an_update_in_the_future_is_not_believed() -> None:
    made = ctx()
    (report,) = read_requests([GOOD | {"updated_datetime": "2099-01-01T00:00:00Z"}], made, {})
    assert report is not None
    assert report.changed_at == report.received_at
    assert made.remarks == ["updated_datetime lies in the future: not believed"]
