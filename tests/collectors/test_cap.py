"""CAP alerts of any sender: real files, feeds of every shape, and every way in which one can be broken."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.bus.embedded import EmbeddedRedis
from feeds.city import load_city
from feeds.collectors.cap import COLLECTOR, read
from feeds.messages.city import SourceConfig
from feeds.messages.hazard import HAZARD, HazardKind, Severity
from feeds.messages.header import Message, Quality
from feeds.messages.system import QUARANTINE, SOURCE
from feeds.readers.alert_feed import found_in
from feeds.readers.alerts import warnings
from feeds.readers.cap import CapError, read_alert, read_alerts
from feeds.runtime.collector import Document
from feeds.runtime.http import SourceDown
from feeds.runtime.run import run_feeds
from tests.fakes.bus_listener import BusListener, ended, listening
from tests.fakes.cap_alert import IN_CITY, SWAPPED, atom, cap, entry
from tests.fakes.collector_context import FOLDERS, collected, context
from tests.fakes.http_source import HttpSource
from tests.fakes.judged_alerts import NOW, ctx, judged, shown


@pytest.mark.parametrize(
    ("name", "counts", "reason"),
    [
        ("goog_canada.cap", (0, 0, 1), ""),
        ("goog_earthquake.cap", (0, 0, 1), ""),
        ("goog_thunderstorm.cap", (0, 0, 1), ""),
        ("bmkg_cap_banten.xml", (0, 0, 1), ""),
        ("bmkg_cap_jateng.xml", (0, 0, 1), ""),
        ("bmkg_rss_active.xml", (0, 0, 0), ""),
        ("goog_invalid.cap", (0, 1, 0), "a CAP alert has no scope"),
        ("goog_xee.cap", (0, 1, 0), "a CAP alert carries a document type or entities: refused unread"),
    ],
)
def test_every_real_file_ends_where_it_should(shared_data: Path, name: str, counts: tuple[int, int, int], reason: str) -> None:
    hazards, reasons, outside = judged((shared_data / "cap" / name).read_bytes())
    assert (len(hazards), len(reasons), outside) == counts
    assert reasons == ([reason] if reason else [])


def test_the_real_files_moved_over_the_city_are_inside(shared_data: Path) -> None:
    for name, found in (("goog_thunderstorm.cap", b"38.47,-120.14 38.34,-119.95 38.52,-119.74 38.62,-119.89 38.47,-120.14"),):
        body = (shared_data / "cap" / name).read_bytes()
        (hazard,) = judged(body.replace(found, IN_CITY.encode()))[0].values()
        assert (hazard.severity, hazard.kind, hazard.headline) == (Severity.SEVERE, HazardKind.WEATHER, "SEVERE THUNDERSTORM WARNING")
        assert judged(body.replace(found, SWAPPED.encode()))[1] == [
            "a CAP alert: axes look swapped: read as lon,lat it lies over the city, as CAP's lat,lon it does not"
        ]
    quake = (shared_data / "cap" / "goog_earthquake.cap").read_bytes().replace(b"-16.053,-173.274 0.0", b"-6.18,106.64 0.0")
    (hazard,) = judged(quake)[0].values()
    assert (hazard.kind, hazard.severity, hazard.districts) == (HazardKind.EARTHQUAKE, Severity.UNKNOWN, ("36.71.01",))


def test_canadas_all_clear_over_the_city_today_is_no_warning(shared_data: Path) -> None:
    text = (shared_data / "cap" / "goog_canada.cap").read_text(encoding="utf-8")
    text = re.sub(r"<polygon>[^<]*</polygon>", f"<polygon>{IN_CITY}</polygon>", text).replace("2012-05-0", "2026-02-1")
    assert judged(text.encode())[:2] == ({}, [])
    assert len(judged(text.replace("AllClear", "Monitor").replace("Past", "Expected").encode())[0]) == 1


def test_canada_is_read_whole(shared_data: Path) -> None:
    alert = read_alert((shared_data / "cap" / "goog_canada.cap").read_bytes())
    assert (alert.kind, alert.references[0]) == ("Update", ("cap@ec.gc.ca", "2.49.0.1.124.a3f342a4.2012"))
    assert [info.language for info in alert.infos] == ["en-ca", "fr-ca"]
    assert [len(info.areas) for info in alert.infos] == [2, 2]
    assert alert.infos[0].areas[0].geocodes[0] == ("layer:EC-MSC-SMC:1.0:CLC", "041420")


def test_version_1_1_and_envelopes() -> None:
    alert = cap().split(b"?>", 1)[1]
    assert shown(cap(version="1.1")) == ["cap a"]
    for before, after in (
        (b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>', b"</s:Body></s:Envelope>"),
        (
            b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject><xmlContent><embeddedXMLContent>',
            b"</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>",
        ),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><content type="text/xml">', b"</content></entry></feed>"),
    ):
        assert shown(before + alert + after) == ["cap a"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is not XML"),
        (b"\x00\x00\x00", "is not XML"),
        (cap()[:700], "is not XML"),
        (b"<a>" * 100_000, "is not XML"),
        (b"<a>" * 20_000 + b"</a>" * 20_000, "is not a CAP 1.2 or 1.1 alert"),
        (b"<!DOCTYPE html><html><body>Wartung</body></html>", "is a web page"),
        (b"<a/>", "is not a CAP 1.2 or 1.1 alert"),
        (cap(version="2.0"), "is not a CAP 1.2 or 1.1 alert"),
        (cap(sent="2026-02-16T22:50:00"), "sent carries no time zone"),
        (cap(sent="-0001-02-16T22:50:00+07:00"), "sent is not an ISO 8601 time"),
        (cap(sent="0001-01-01T00:00:00+07:00"), "sent lies outside the calendar"),
        (cap(sent="9999-12-31T23:59:59-07:00"), "sent lies outside the calendar"),
        (cap(sent="9999-12-31T23:59:59Z"), "is sent in the future"),
        (cap(expires="bald"), "expires is not an ISO 8601 time"),
        (cap(kind="Cancel"), "has msgType Cancel but no references"),
        (cap(kind="Cancel", references="x"), "reference that is not sender,identifier,sent"),
        (cap(kind="Maybe"), "msgType is none of"),
        (cap(status="Real"), "status is none of"),
        (cap(scope="All"), "scope is none of"),
        (cap(scope="Restricted"), "is not for the public"),
        (cap(identifier=""), "has no identifier"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + cap().split(b"?>", 1)[1], "refused unread"),
        (b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>', "refused unread"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "refused unread"),
    ],
)
def test_broken_alerts_name_their_element_and_the_good_one_survives(body: bytes, reason: str) -> None:
    hazards, (said,), _ = judged(body, cap("good"))
    assert list(hazards) == ["cap good"]
    assert reason in said


def test_letters_of_another_code_page_a_mark_and_blanks_before_the_document_are_read() -> None:
    body = cap(event="Überflutung")
    assert "cap a" in judged(b"\xef\xbb\xbf\n  " + body)[0]
    (hazard,) = judged(body.decode().encode("cp1252"))[0].values()
    assert (hazard.headline, hazard.kind) == ("Überflutung lebat", HazardKind.FLOOD)
    assert judged(body.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"))[0]
    assert judged(cap(event="Hujan & angin &nbsp; kencang"))[0]["cap a"].headline == "Hujan & angin kencang lebat"


def test_an_entity_attack_reads_no_file_and_asks_nobody(shared_data: Path) -> None:
    body = (shared_data / "cap" / "goog_xee.cap").read_bytes()
    with HttpSource() as trap:
        for damage in (b"", b"</broken>", b"&nbsp;"):
            attack = body.replace(b"http://localhost:8080", trap.url.encode()) + damage
            with pytest.raises(CapError, match="refused unread"):
                found_in(Document("x", attack), ctx())
        assert trap.asked == []


def over_http(source: HttpSource, **options: Any) -> tuple[list[str], list[str], list[str]]:
    given = {"attribution": "X", "feed_url": f"{source.url}/index.atom", **options}
    records, made = collected("cap", given, city="tangerang", now=NOW)
    return sorted(record.key for record in records), [refusal.reason for refusal in made.refusals], made.trouble


def test_an_index_is_followed_on_its_own_host_and_those_that_are_named() -> None:
    with HttpSource() as source, HttpSource() as stranger:
        source.put("/ok.xml", cap("ok"))
        stranger.put("/far.xml", cap("far"))
        entries = [entry(1, "ok.xml"), entry(2, f"{stranger.url}/far.xml"), entry(3, "file:///etc/passwd"), entry(4, "/ok.xml")]
        source.put("/index.atom", atom(*entries))
        keys, reasons, trouble = over_http(source)
        assert (keys, trouble, stranger.asked) == (["cap ok"], [], [])
        assert reasons == ["an alert's address is not on the host of its feed: not asked", "an entry has no address of an alert"]
        assert len(source.asked) == 2, "one address is asked once"
        keys, _, _ = over_http(source, alert_hosts=[stranger.url.removeprefix("http://")])
        assert keys == ["cap far", "cap ok"]


def test_every_shape_of_a_feed_is_read() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>x</title></channel>'
        '<item rdf:about="/a.xml"><title>x</title><link>/a.xml</link></item></rdf:RDF>'
    )
    enclosure = '<rss><channel><item><link>/page.html</link><enclosure url="/a.xml" type="application/cap+xml"/></item></channel></rss>'
    guid = "<rss><channel><item><guid>{url}/a.xml</guid></item></channel></rss>"
    both = (
        '<entry><id>1</id><link rel="alternate" type="text/html" href="/page.html"/><link rel="related" type="application/cap+xml" '
        'href="a.xml"/><cap:geocode><valueName>X</valueName><value>1</value></cap:geocode></entry>'
    )
    for feed in (rdf, enclosure, guid, atom(both), cap().decode(), "<rss><channel><item><link>a.xml?x=1&y=2</link></item></channel></rss>"):
        with HttpSource() as source:
            source.put("/index.atom", feed.replace("{url}", source.url))
            source.put("/a.xml", cap())
            assert over_http(source) == (["cap a"], [], []), feed


def test_a_damaged_or_missing_feed_erases_nothing() -> None:
    with HttpSource() as source:
        source.put("/a.xml", cap())
        source.put("/index.atom", atom(entry(1, "a.xml"), entry(2, "b.xml"))[:-120])
        records, made = collected("cap", {"attribution": "X", "feed_url": f"{source.url}/index.atom"}, city="tangerang", now=NOW)
        assert made.kept == ["cap "]
        assert "is damaged" in made.trouble[0]
        assert [record.key for record in records] == ["cap a"]
        source.put("/index.atom", "<html>Wartung</html>")
        with pytest.raises(SourceDown, match="the alert feed is a web page"):
            over_http(source)
        source.put("/index.atom", atom(entry(1, "a.xml"), entry(2, "gone.xml")))
        keys, _, trouble = over_http(source)
        assert (keys, len(trouble)) == (["cap a"], 1)
        source.put("/index.atom", atom(entry(1, "a.xml"), entry(2, "gone.xml", updated="2026-01-16T16:00:00Z")))
        assert over_http(source) == (["cap a"], [], []), "an old alert that is gone is no trouble"


def test_an_alert_of_the_index_that_cannot_be_read_withdraws_no_warning() -> None:
    with HttpSource() as source:
        source.put("/a.xml", cap())
        address = f"{source.url}/b.xml"
        source.put("/index.atom", atom(entry(1, "a.xml"), entry(address, "b.xml", updated="2026-02-16T16:25:00Z")))

        def kept() -> list[str]:
            return collected("cap", {"attribution": "X", "feed_url": f"{source.url}/index.atom"}, city="tangerang", now=NOW)[1].kept

        assert kept() == ["cap "], "its id in the index is an address, not the alert's own"
        source.put("/b.xml", "<html>Wartung</html>")
        assert kept() == ["cap "]
        source.put("/b.xml", cap("b").replace(b"<scope>Public</scope>", b""))
        assert kept() == ["cap b"], "it says which it is"
        source.put("/b.xml", cap("b"))
        assert kept() == []


def test_a_long_index_does_not_ask_for_what_it_calls_unchanged() -> None:
    from feeds.runtime.http import SourceHttp

    async def twice(url: str) -> int:
        http = SourceHttp("test")
        made = context(COLLECTOR, {"attribution": "X", "feed_url": url}, city="tangerang", now=NOW, http=http)
        from feeds.collectors.cap import collect

        try:
            for _ in range(2):
                made.refusals.clear()
                assert len([record async for record in collect(made)]) == 15
        finally:
            await http.aclose()
        return len(made.memory[f"alerts of {url}"])

    with HttpSource() as source:
        for number in range(15):
            source.put(f"/{number}.xml", cap(f"n{number}"))
        source.put("/index.atom", atom(*(entry(number, f"{number}.xml") for number in range(15))))
        assert asyncio.run(twice(f"{source.url}/index.atom")) == 15
        assert len(source.asked) == 2 + 15


def test_a_folder_of_files_is_read_together(tmp_path: Path) -> None:
    made = ctx(feed_url=None, folder="alerts")
    made.city = msgspec.structs.replace(made.city, folder=tmp_path)
    assert COLLECTOR.check(made.options, made.city) == "folder: 'alerts' is not a folder of the city folder"
    (tmp_path / "alerts").mkdir()
    assert COLLECTOR.check(made.options, made.city) is None
    (tmp_path / "alerts" / "a.cap").write_bytes(cap())
    (tmp_path / "alerts" / "b.xml").write_bytes(cap("b", kind="Update", references="s@bmkg,a,x"))
    (tmp_path / "alerts" / "notes.txt").write_text("notes")

    async def run() -> list[str]:
        from feeds.collectors.cap import collect

        return [record.key async for record in collect(made)]

    assert asyncio.run(run()) == ["cap b"]
    assert [(refusal.record, refusal.reason) for refusal in made.refusals] == [("notes.txt", "a CAP alert is not XML")]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"attribution": " "}, "attribution: is empty"),
        ({"feed_url": None}, "feed_url: give either this or folder"),
        ({"folder": "x"}, "feed_url: give either this or folder"),
        ({"feed_url": "file:///etc/passwd"}, "feed_url: must be http or https"),
        ({"feed_url": "https://u:p@h/x"}, "feed_url: must be http or https, without a user name"),
        ({"alert_hosts": ["https://h"]}, "alert_hosts: are hosts"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence(options: dict[str, Any], sentence: str) -> None:
    made = ctx(**options)
    assert sentence in (COLLECTOR.check(made.options, made.city) or "")


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="live") as server:
        yield server


@pytest.mark.parametrize("is_listed_anew", [True, False], ids=["a new file", "the same file"])
def test_an_alert_reaches_the_wall_is_revised_and_cancelled(redis: EmbeddedRedis, is_listed_anew: bool) -> None:
    asyncio.run(_revised_and_cancelled(redis, is_listed_anew))


async def _revised_and_cancelled(redis: EmbeddedRedis, is_listed_anew: bool) -> None:
    def headlines(wall: BusListener) -> dict[str, str]:
        return {key: hazard.headline for key, hazard in wall.bodies(HAZARD).items()}

    def at(hours: float) -> str:
        return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()

    city = load_city(FOLDERS["tangerang"])
    with HttpSource() as source:
        source.put("/index.atom", atom(entry(1, "a.xml")))
        source.put("/a.xml", cap(sent=at(-2), expires=at(2)))
        options = {"feed_url": f"{source.url}/index.atom", "attribution": "BMKG", "every_s": 0.1}
        city = msgspec.structs.replace(city, sources=(SourceConfig(collector="cap", options=options),))
        async with listening(redis.url_for("front"), "live", HAZARD, SOURCE, QUARANTINE) as wall:
            feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), "live"))
            try:
                await wall.until(lambda: headlines(wall) == {"cap a": "Hujan lebat"})
                swapped = cap("s", sent=at(-1.9), areas=f"<polygon>{SWAPPED}</polygon>", expires=at(2))
                source.put("/s.xml", swapped)
                source.put("/index.atom", atom(entry(1, "a.xml"), entry("s", "s.xml")))
                await wall.until(lambda: any("axes look swapped" in reason.reason for reason in wall.bodies(SOURCE)["cap"].reasons))
                if is_listed_anew:
                    source.put("/b.xml", cap("b", kind="Update", references="s@bmkg,a,x", event="Angin", sent=at(-1), expires=at(2)))
                    source.put("/index.atom", atom(entry(1, "a.xml"), entry(2, "b.xml"), entry("s", "s.xml")))
                else:
                    source.put("/a.xml", cap(event="Angin", sent=at(-1), expires=at(2)))
                await wall.until(lambda: headlines(wall) == {"cap b" if is_listed_anew else "cap a": "Angin lebat"})
                last = "b" if is_listed_anew else "a"
                source.put("/c.xml", cap("c", kind="Cancel", references=f"s@bmkg,{last},x", sent=at(-0.5)))
                source.put("/index.atom", atom(entry(1, "a.xml"), entry(2, f"{last}.xml"), entry(3, "c.xml"), entry("s", "s.xml")))
                await wall.until(lambda: headlines(wall) == {})
            finally:
                await ended(feeds)
    assert not wall.refused


PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b"</info>",
        b"<info>",
        b"&",
        b"\x00",
        b"\xff",
        b"<!DOCTYPE a>",
        b"1,1",
        b" ",
        b"<polygon>",
        b"&amp;",
        b"-",
        b"9e999",
        b"0,0 ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_an_alert_or_its_feed_ends_well(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([cap(), atom(entry(1, "a.xml")).encode()])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(PIECES | st.binary(max_size=4))
    with suppress(CapError):
        read_alerts(bytes(body))
    hazards, _, _ = judged(bytes(body), cap("good"))
    assert "cap good" in hazards
    for hazard in hazards.values():
        message = Message(seq=1, epoch="e", key="k", source="s", observed_at=NOW, published_at=NOW, quality=Quality.MEASURED, body=hazard)
        assert HAZARD.decoder()(msgspec.json.encode(message)) == message


def test_a_million_positions_or_items_are_refused_or_read_in_time() -> None:
    assert "more points than any real warning" in judged(cap(areas=f"<polygon>{'1,1 ' * 1_000_000}</polygon>"))[1][0]
    made = ctx()
    list(read(made, [Document("x", b"<rss><channel>" + b"<item/>" * 1_000_000 + b"</channel></rss>")]))
    assert made.remarks == ["index of 1000000 alerts"]
    assert warnings([], made, attribution="X") == []
