"""Which CAP alerts hold and which concern the city: chains, places, drills, languages."""

import time
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Polygon
from shapely.geometry import shape

from feeds.geojson import read_features
from feeds.messages.hazard import HazardKind, Severity
from tests.fakes.cap_alert import ELSEWHERE, IN_CITY, SWAPPED, cap
from tests.fakes.judged_alerts import ctx, judged, shown

ZERO_POLYGON = "<polygon>" + " ".join(["-6.18,106.64"] * 4) + "</polygon>"


@pytest.mark.parametrize(
    ("areas", "is_shown"),
    [
        (f"<polygon>{IN_CITY}</polygon>", True),
        (f"<polygon>{ELSEWHERE}</polygon><polygon>{IN_CITY}</polygon>", True),
        (f"<polygon>{ELSEWHERE}</polygon></area><area><areaDesc>B</areaDesc><polygon>{IN_CITY}</polygon>", True),
        ("<polygon>-6.15,106.60 -6.15,106.66 -6.19,106.66 -6.19,106.60</polygon>", True),
        ("<polygon>-6.15, 106.60 -6.15, 106.66\n-6.19 ,106.66 -6.19,106.60 -6.15,106.60</polygon>", True),
        ("<polygon>-6.15,106.60,0 -6.15,106.66,0 -6.19,106.66,0 -6.15,106.60,0</polygon>", True),
        ("<polygon>-6.15,106.60 -6.19,106.66 -6.15,106.66 -6.19,106.60 -6.15,106.60</polygon>", True),
        (ZERO_POLYGON, True),
        (f"<polygon>{IN_CITY}</polygon><polygon>1,1 2,2</polygon><polygon>x</polygon><altitude>99</altitude><ceiling>x</ceiling>", True),
        ("<circle>-6.18,106.64 1.5</circle>", True),
        ("<circle>-6.18,106.64 0</circle>", True),
        ("<circle>-7.18,106.64 105</circle>", True),
        ("<circle>-7.18,106.64 95</circle>", False),
        ("<polygon>-90,-180 -90,180 90,180 90,-180 -90,-180</polygon>", True),
        ("<polygon>-15,178 -15,-179 5,-179 5,178 -15,178</polygon>", False),
        (f"<polygon>{ELSEWHERE}</polygon><geocode><valueName>X</valueName><value>36.71</value></geocode>", False),
    ],
)
def test_a_figure_that_touches_the_city_decides_alone(areas: str, is_shown: bool) -> None:
    hazards, reasons, outside = judged(cap(areas=areas))
    assert (len(hazards), reasons, outside) == ((1, [], 0) if is_shown else (0, [], 1))


@pytest.mark.parametrize(
    ("areas", "reason"),
    [
        (f"<polygon>{SWAPPED}</polygon>", "axes look swapped"),
        ("<circle>106.64,-6.18 3</circle>", "axes look swapped"),
        ("", "has no polygon, so nobody can say whom it concerns"),
        ("<polygon/><circle> </circle>", "has no polygon"),
        ("<geocode><valueName>X</valueName><value>36.71</value></geocode>", "has no polygon"),
        ("<polygon>1,1 2,2</polygon>", "fewer than 4 positions"),
        ("<polygon>1,1 1,2 2,2 181,1</polygon>", "no place on Earth"),
        ("<polygon>91,1 91,2 92,2 91,1</polygon>", "no place on Earth"),
        ("<polygon>a,b c,d e,f a,b</polygon>", "not lat,lon"),
        ("<polygon>nan,nan 1,2 2,2 nan,nan</polygon>", "no place on Earth"),
        ("<polygon>inf,1 1,2 2,2 inf,1</polygon>", "no place on Earth"),
        (f"<polygon>{ELSEWHERE}</polygon><polygon>1,1</polygon>", "fewer than 4 positions"),
        ("<circle>1,1</circle>", "circle without a radius"),
        ("<circle>1,1 nan</circle>", "impossible radius"),
        ("<circle>1,1 -3</circle>", "impossible radius"),
        ("<circle>1,999 3</circle>", "no place on Earth"),
    ],
)
def test_an_alert_whose_place_cannot_be_told_is_refused_with_the_reason(areas: str, reason: str) -> None:
    hazards, (said,), outside = judged(cap(areas=areas))
    assert (hazards, outside) == ({}, 0)
    assert reason in said
    assert shown(cap("b"), cap(areas=areas)) == ["cap b"]


def test_swapped_axes_that_exist_on_earth_are_seen_too() -> None:
    square = "<polygon>50.9,6.9 50.9,7.0 51.0,7.0 51.0,6.9 50.9,6.9</polygon>"
    turned = "<polygon>6.9,50.9 7.0,50.9 7.0,51.0 6.9,51.0 6.9,50.9</polygon>"
    assert list(judged(cap(areas=square), city="koeln")[0]) == ["cap a"]
    assert "axes look swapped" in judged(cap(areas=turned), city="koeln")[1][0]


def test_codes_mean_the_city_only_where_it_says_so() -> None:
    coded = "<geocode><valueName>EMMA_ID</valueName><value>ID001 ID002</value></geocode>"
    for codes in (["ID002"], ["EMMA_ID=ID001"]):
        hazards, _, _ = judged(cap(areas=coded), geocodes=codes)
        assert (hazards["cap a"].districts, hazards["cap a"].polygons) == ((), ())
    assert judged(cap(areas=coded), geocodes=["ID003"])[2] == 1
    assert judged(cap(areas=coded), geocodes=["UGC=ID001"])[2] == 1
    assert judged(cap(areas=f"{coded}<polygon>{ELSEWHERE}</polygon>"), geocodes=["ID001"])[2] == 1, "where a figure is, it decides"


@pytest.mark.parametrize(
    ("later", "left"),
    [
        (cap("b", kind="Update", references="s@bmkg,a,2026-02-16T22:50:00+07:00"), ["cap b"]),
        (cap("b", kind="Cancel", references="s@bmkg,a,2026-02-16T22:50:00+07:00"), []),
        (cap("b", kind="Cancel", status="Test", references="s@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Cancel", references="other@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Cancel", references="s@bmkg,a,x", sent="2026-02-16T20:00:00+07:00"), ["cap a"]),
        (cap("b", kind="Ack", references="s@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Error", references="s@bmkg,a,x"), ["cap a"]),
        (cap("b", kind="Update", references="s@bmkg,b,x"), ["cap a", "cap b"]),
        (cap("b", kind="Update", references="x"), ["cap a", "cap b"]),
        (cap("b", kind="Update"), ["cap a", "cap b"]),
        (cap("b", kind="Update", references="s@bmkg,a,x", areas=f"<polygon>{ELSEWHERE}</polygon>"), []),
        (cap("b", kind="Update", references="s@bmkg,a,x", expires="2026-02-16T23:00:00+07:00"), ["cap b"]),
        (cap("a", sent="2026-02-16T23:00:00+07:00", areas=f"<polygon>{ELSEWHERE}</polygon>"), []),
        (cap("b", scope="Restricted"), ["cap a"]),
        (cap("b", scope="Private"), ["cap a"]),
        (cap("b", areas=f"<polygon>{ELSEWHERE}</polygon>"), ["cap a"]),
        (cap("b", sent="2027-02-16T22:50:00+07:00", kind="Cancel", references="s@bmkg,a,x"), ["cap a"]),
    ],
)
def test_updates_and_cancels(later: bytes, left: list[str]) -> None:
    assert shown(cap("a"), later) == left
    assert shown(later, cap("a")) == left


def test_the_newest_of_a_chain_wins_and_what_ended_does_not_come_back() -> None:
    first, second = cap("a"), cap("b", kind="Update", references="s@bmkg,a,x", sent="2026-02-16T22:55:00+07:00")
    third = cap("c", kind="Update", references="s@bmkg,b,x", sent="2026-02-16T23:00:00+07:00")
    of_the_first = cap("d", kind="Update", references="s@bmkg,a,x", sent="2026-02-16T23:05:00+07:00")
    assert shown(third, first, second) == ["cap c"]
    assert shown(first, second, of_the_first) == ["cap d"], "two updates of one alert that say the same event: the newer"
    assert shown(first, second, cap("d", kind="Update", references="s@bmkg,a,x", event="Banjir", sent="2026-02-16T23:05:00+07:00")) == [
        "cap b", "cap d",
    ]  # fmt: skip
    made = ctx()
    assert list(judged(first, second, made=made)[0]) == ["cap b"]
    assert judged(first, made=made)[0] == {}, "the update has left the feed, what it replaced still stands in it"
    again = cap("a", sent="2026-02-16T23:10:00+07:00")
    assert list(judged(again, made=made)[0]) == ["cap a"], "sent anew after its end"


GREEN = "<parameter><valueName>awareness_level</valueName><value>1; green; Minor</value></parameter>"


@pytest.mark.parametrize(
    "said", ["<responseType>AllClear</responseType>", "<responseType>Monitor</responseType><responseType> All Clear</responseType>",
             GREEN, GREEN.replace("1; green; Minor", "1;GREEN"), "<urgency>Past</urgency>"]
)  # fmt: skip
def test_an_all_clear_is_no_warning_but_ends_what_it_speaks_of(said: str) -> None:
    def clear(identifier: str, **how: str) -> bytes:
        return cap(identifier, **how).replace(b"<urgency>U</urgency>", said.encode())

    assert judged(clear("b")) == ({}, [], 1)
    assert judged(cap("a"), clear("b", kind="Update", references="s@bmkg,a,x", sent="2026-02-16T22:55:00+07:00"))[:2] == ({}, [])
    second = cap("b", kind="Update", references="s@bmkg,a,x", sent="2026-02-16T22:55:00+07:00")
    late = {"kind": "Update", "references": "s@bmkg,a,x", "sent": "2026-02-16T23:05:00+07:00"}
    assert shown(cap("a"), second, clear("c", **late)) == [], "of a chain whose later ones name only the first"
    assert shown(cap("a"), second, clear("c", areas=f"<polygon>{ELSEWHERE}</polygon>", **late)) == ["cap b"], "clear elsewhere"
    other = cap("d", event="Banjir").replace(b"<event>Rain</event><urgency>U</urgency>", b"<event>Rain</event>" + said.encode())
    (hazard,) = judged(other)[0].values()
    assert hazard.headline == "Banjir lebat", "a block that warns still stands beside one that does not"


def test_an_awareness_that_is_not_green_warns() -> None:
    for level in ("2; yellow; Moderate", "4; red; Extreme", "", "10; x"):
        assert shown(cap(extra=GREEN.replace("1; green; Minor", level))) == ["cap a"]


def test_status_decides_what_is_real() -> None:
    for status in ("Exercise", "Test", "Draft", "System"):
        assert judged(cap(status=status))[0]["cap a"].is_drill
    assert not judged(cap(status="actual"))[0]["cap a"].is_drill
    assert judged(cap(status="System", areas="").replace(b"<area><areaDesc>Banten</areaDesc></area>", b""))[1:] == ([], 1)


def test_language_kind_times_and_text() -> None:
    (hazard,) = judged(cap(event="Banjir"))[0].values()
    assert (hazard.headline, hazard.kind, hazard.severity, hazard.area) == ("Banjir lebat", HazardKind.FLOOD, Severity.SEVERE, "Banten")
    assert hazard.expires_at == datetime(2026, 2, 16, 19, tzinfo=UTC)
    (hazard,) = judged(cap(expires="", extra="<onset>2026-02-17T01:00:00+07:00</onset><effective>2026-02-16T23:00:00+07:00</effective>"))[
        0
    ].values()
    assert hazard.onset_at == datetime(2026, 2, 16, 18, tzinfo=UTC)
    assert hazard.expires_at == datetime(2026, 2, 17, 18, tzinfo=UTC), "no alert stands for ever"
    body = cap()
    assert judged(body.replace(b"<language>id</language>", b"<language>fr-FR</language>"))[0]["cap a"].headline == "Rain"
    assert judged(body.replace(b"<language>id</language>", b"<language>in</language>"))[0]["cap a"].headline == "Hujan lebat"
    only = body.replace(b"<language>id</language>", b"<language>fr</language>").replace(
        b"<language>en</language>", b"<language>de</language>"
    )
    assert judged(only)[0]["cap a"].headline == "Rain", "the first"
    (hazard,) = judged(cap(event="&lt;script&gt;x()&lt;/script&gt;Hujan \u202e\U0001f327 \u0645\u0637\u0631" + "a" * 500))[0].values()
    assert "<" not in hazard.headline and "x()" not in hazard.headline and "\u202e" not in hazard.headline
    assert "\U0001f327" in hazard.headline and len(hazard.headline) <= 160


def test_several_blocks_of_one_language_are_warnings_of_their_own() -> None:
    half = cap().split(b"</alert>")[0]
    second = b"<info><language>id-ID</language><category>Met</category><event>Angin</event><severity>Extreme</severity><area><polygon>%s</polygon></area></info></alert>"
    hazards = judged(half + second % IN_CITY.encode())[0]
    assert {key: (hazard.headline, hazard.severity) for key, hazard in hazards.items()} == {
        "cap a": ("Hujan lebat", Severity.SEVERE),
        "cap a #2": ("Angin", Severity.EXTREME),
    }
    assert shown(half + second % ELSEWHERE.encode()) == ["cap a"]
    broken = b"<info><category>Met</category></info></alert>"
    assert shown(half + broken) == ["cap a"], "a block that cannot be read does not take a good one with it"


def test_what_real_senders_do_against_the_standard_is_read() -> None:
    body = cap()
    twice = body.replace(b"</alert>", b"") + body[body.index(b"<info><language>id") :]
    assert shown(twice) == ["cap a"], "one block written twice"
    (hazard,) = judged(body.replace(b"<severity>Severe</severity>", b"<severity/>").replace(b"<category>Met</category>", b""))[0].values()
    assert (hazard.severity, hazard.kind) == (Severity.UNKNOWN, HazardKind.OTHER)
    commas = ", ".join(IN_CITY.split())
    assert shown(cap(areas=f"<polygon>{commas}</polygon>")) == ["cap a"]
    pairs = "<geocode><valueName>FIPS6</valueName><value>1</value><valueName>UGC</valueName><value>2 3</value></geocode>"
    assert shown(cap(areas=pairs), geocodes=["UGC=3"]) == ["cap a"]
    assert shown(cap(areas=pairs), geocodes=["FIPS6=3"]) == []


def test_thousands_of_crossing_sides_hold_nobody_up() -> None:
    random = Random(1)
    places = [(-6.3 + 0.3 * random.random(), 106.5 + 0.3 * random.random()) for _ in range(20_000)]
    begun = time.monotonic()
    hazards = judged(cap(areas=f"<polygon>{' '.join(f'{lat:.5f},{lon:.5f}' for lat, lon in places)}</polygon>"))[0]
    assert len(hazards["cap a"].districts) == 13
    assert time.monotonic() - begun < 20, "repaired as a polygon it takes minutes"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(106.3, 107.0), st.floats(-6.5, -6.0)), min_size=3, max_size=6))
def test_rings_are_judged_as_polygons_are(corners: list[tuple[float, float]]) -> None:
    geography = ctx().geography
    ring = [*corners, corners[0]]
    polygon = Polygon(ring)
    assume(polygon.is_valid)
    outline = shape(read_features(ctx().city.folder / "outline.geojson")[0]["geometry"])
    assert geography.is_touched_by([ring]) == outline.intersects(polygon)


def test_the_same_identifier_of_two_senders_is_two_warnings() -> None:
    assert shown(cap(), cap().replace(b"s@bmkg", b"other")) == ["cap a", "cap a #2"]


def test_a_huge_polygon_is_shown_coarser_not_without_its_shape() -> None:
    points = [f"{-6.17 + 0.02 * (n % 2) * 0.001 - n * 0.000001},{106.60 + n * 0.00001}" for n in range(9_000)]
    polygon = f"<polygon>{' '.join([*points, '-6.3,106.6', points[0]])}</polygon>"
    (hazard,) = judged(cap(areas=polygon))[0].values()
    assert 3 < sum(map(len, hazard.polygons)) <= 4_000
