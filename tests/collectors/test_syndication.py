"""Feeds as the world writes them: every format, date and link; damage and attacks."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.readers.markup import MarkupError, mend_xml, parse_xml, plain_line
from feeds.readers.syndication import MAX_ENTRIES, Entry, moment, read_feed

JAKARTA = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 2, 16, 15, 50, tzinfo=UTC)


def rss(*items: str, extra: str = "") -> bytes:
    return f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"{extra}><channel><title>Kabar</title>{"".join(items)}</channel></rss>'.encode()


def only(body: bytes) -> Entry:
    (entry,) = read_feed(body, "https://h/feed/", JAKARTA).entries
    return entry


def test_the_real_rss_of_bmkg(shared_data: Path) -> None:
    feed = read_feed((shared_data / "cap" / "bmkg_rss_active.xml").read_bytes(), "https://www.bmkg.go.id/alerts/nowcast/id/rss.xml")
    assert feed.title == "Peringatan Dini Cuaca BMKG"
    assert [entry.id for entry in feed.entries] == [
        "2.49.0.1.360.0.2026.02.16.16.36.004", "2.49.0.1.360.0.2026.02.16.16.45.005", "2.49.0.1.360.0.2026.02.16.16.12.005",
    ]  # fmt: skip
    first = feed.entries[0]
    assert first.alert_links == ("https://www.bmkg.go.id/alerts/nowcast/id/CBT20260216004_alert.xml",)
    assert (first.title, first.published_at) == ("Hujan Lebat disertai Petir di Banten", AT)
    assert first.summary is not None and first.summary.startswith("Hujan lebat disertai petir akan terjadi") and "\n" not in first.summary


def test_rss_2_takes_its_own_elements_and_not_those_of_extensions() -> None:
    entry = only(
        rss(
            "<item><media:title>Foto</media:title><title>A &amp;amp; B &lt;b&gt;x&lt;/b&gt;</title><link> /n/1 </link>"
            '<media:content url="https://p/x.jpg"/><guid isPermaLink="false">7</guid><description><![CDATA[<p>Satu</p><p>Dua</p>]]></description>'
            "<pubDate>Mon, 16 Feb 2026 22:50:00 +0700</pubDate></item>"
        )
    )
    assert (entry.id, entry.title, entry.summary, entry.published_at) == ("7", "A & B x", "Satu Dua", AT)
    assert [link.url for link in entry.links] == ["https://h/n/1"]


def test_rss_1_and_old_ones() -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>K</title></channel><item rdf:about="https://h/1"><title>T'
        b"</title><link>https://h/1</link><dc:date>2026-02-16T22:50+07:00</dc:date></item></rdf:RDF>"
    )
    entry = only(body)
    assert (entry.id, entry.title, entry.published_at) == ("https://h/1", "T", AT)
    assert only(rss("<item><guid>https://h/2</guid><description>D</description></item>")).links[0].url == "https://h/2"
    assert only(rss("<item><content:encoded>E</content:encoded><link>javascript:x()</link></item>")).links == ()
    assert only(b'<rss xmlns="http://backend.userland.com/rss2"><channel><item><title>T</title></item></channel></rss>').title == "T"


def test_atom() -> None:
    entry = only(
        b'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://h/base/"><entry xml:base="in/"><id>urn:1</id>'
        b'<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Satu <b>dua</b></div></title><published>2026-02-16T22:50:00+07:00'
        b'</published><updated>2026-02-16T16:00:00.25Z</updated><link href="a"/><link rel="self" href="s"/>'
        b'<link rel="enclosure" type="application/cap+xml" href="c"/><summary type="html">&lt;script&gt;x&lt;/script&gt;Ringkas</summary></entry></feed>'
    )
    assert (entry.id, entry.title, entry.summary, entry.published_at) == ("urn:1", "Satu dua", "Ringkas", AT)
    assert entry.updated_at == datetime(2026, 2, 16, 16, 0, 0, 250_000, tzinfo=UTC)
    assert entry.alert_links == ("https://h/base/in/c", "https://h/base/in/a")
    assert (
        only(
            b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><issued>2026-02-16T15:50:00Z</issued></entry></feed>'
        ).published_at
        == AT
    )


def test_an_index_of_alerts_says_what_its_entries_say() -> None:
    entry = only(
        b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"><entry><id>1</id><cap:status>Actual</cap:status>'
        b"<cap:sent>2026-02-16T22:50:00+07:00</cap:sent><cap:geocode><valueName>X</valueName></cap:geocode></entry></feed>"
    )
    assert entry.said == {"status": "Actual", "sent": "2026-02-16T22:50:00+07:00"}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Mon, 16 Feb 2026 22:50:00 +0700", AT),
        ("16 Feb 2026 15:50 GMT", AT),
        ("Mon, 16 Feb 26 15:50:00 UT", AT),
        ("Mon,\n 16 Feb 2026 22:50:00 WIB", AT),
        ("Mon, 16 Feb 2026 15:50:00 -0000", AT),
        ("Mon, 16 Feb 2026 10:50:00 EST", AT),
        ("2026-02-16T22:50:00+07:00", AT),
        ("2026-02-16T15:50:00Z", AT),
        ("2026-02-16", datetime(2026, 2, 15, 17, tzinfo=UTC)),
    ],
)
def test_dates(text: str, at: datetime) -> None:
    assert moment(text, JAKARTA) == at


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-16T22:50:00", "carries no time zone"),
        ("Mon, 16 Feb 2026 22:50:00", "carries no time zone"),
        ("kemarin", "is no date"),
        ("", "is no date"),
        ("Mon, 99 Feb 2026 22:50:00 +0700", "is no date"),
        ("-0001-01-01T00:00:00Z", "is no date"),
        ("9999-12-31T23:59:59-01:00", "outside the calendar"),
        ("Fri, 31 Dec 9999 23:59:59 -0100", "outside the calendar"),
    ],
)
def test_dates_that_are_none_say_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        moment(text)
    entry = only(rss(f"<item><title>x</title><pubDate>{text}</pubDate></item>"))
    assert entry.published_at is None
    assert text == "" or reason in (entry.date_fault or "")


def test_what_is_not_well_formed_is_mended_or_told() -> None:
    item = "<item><title>Pasar & bazar&nbsp;murah &copy; &unknown;</title><link>https://h/?a=1&b=2</link></item>"
    feed = read_feed(rss(item), "https://h/")
    assert (feed.is_damaged, feed.entries[0].title) == (False, "Pasar & bazar murah © &unknown;")
    assert feed.entries[0].links[0].url == "https://h/?a=1&b=2"
    feed = read_feed(rss("<item><title>Satu</title></item>", "<item><title>Dua</title></item>")[:-60], "https://h/")
    assert feed.is_damaged
    assert feed.entries[0].title == "Satu"
    assert read_feed(rss("<item><title>Kafé</title></item>").decode().encode("latin-1"), "x").entries[0].title == "Kafé"
    assert read_feed(b"\xef\xbb\xbf\r\n" + rss(), "x").entries == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is not XML"),
        (b"\x00\xff", "is not XML"),
        (b"{}", "is not XML"),
        (b"<html><body>x", "is a web page"),
        (b"<!doctype HTML><html/>", "is a web page"),
        (b"<a/>", "is no RSS or Atom feed"),
        (b'<!DOCTYPE rss [<!ENTITY x "y">]><rss><channel>&x;', "refused unread"),
        (b'<!-- <a> --><!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd"><rss><channel>&x;', "refused unread"),
        ('<!DOCTYPE rss [<!ENTITY x "y">]><rss><channel>'.encode("utf-16"), "refused unread"),
        (b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1:9/x.dtd"><rss version="0.91"/>', "refused unread"),
    ],
)
def test_what_is_no_feed_says_so(body: bytes, reason: str) -> None:
    with pytest.raises(MarkupError, match=reason):
        read_feed(body, "x")


def test_more_entries_than_anybody_reads_are_counted() -> None:
    feed = read_feed(rss(*["<item/>"] * (MAX_ENTRIES + 3)), "x")
    assert (len(feed.entries), feed.left_out) == (MAX_ENTRIES, 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<p>Satu</p><p>Dua</p>", "Satu Dua"),
        ("ka<b>ta</b>", "kata"),
        ("Suhu < 5 & > 3", "Suhu < 5 & > 3"),
        ("<style>p{}</style><script>alert(1)</script>Ada", "Ada"),
        ("<img src=x onerror=alert(1)>", None),
        ("a\u202eb\x00c\n\td\u200f", "a b c d"),
        ("&lt;b&gt;", "<b>"),
        ("x" * 20, "xxxxxxxxx…"),
        ("<!-- x --><![CDATA[y]]>z", "z"),
        (None, None),
        (7, None),
    ],
)
def test_a_plain_line(text: object, line: str | None) -> None:
    assert plain_line(text, 10 if text == "x" * 20 else 100) == line


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_line_or_nothing_and_any_date_a_time_or_a_reason(text: str) -> None:
    line = plain_line(text, 20)
    assert line is None or (line.isprintable() and 0 < len(line) <= 20)
    with suppress(ValueError):
        assert moment(text, JAKARTA).tzinfo is UTC


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_feed_is_a_feed_or_a_markup_error(data: st.DataObject) -> None:
    body = bytearray(rss("<item><title>a &amp; b</title><link>https://h/1</link><pubDate>Mon, 16 Feb 2026 22:50:00 +0700</pubDate></item>"))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        piece = data.draw(
            st.sampled_from([b"<", b"&", b"]]>", b"<![CDATA[", b"<!DOCTYPE a>", b"\x00", b"\xff", b"<a:b>", b"&#0;", b"&#xD800;"])
            | st.binary(max_size=4)
        )
        body[at : at + data.draw(st.integers(0, 20))] = piece
    with suppress(MarkupError):
        for entry in read_feed(bytes(body), "https://h/", JAKARTA).entries:
            assert entry.title is None or entry.title.isprintable()
            assert all(link.url.startswith(("https://", "http://")) for link in entry.links)


def test_mending_is_never_silent_about_a_loss() -> None:
    assert mend_xml(b"<a>x</a>")[1] is False
    assert mend_xml(b"<a><b>x</a>")[1] is True
    with pytest.raises(MarkupError, match="is not XML"):
        parse_xml(b"<a><b>x</a>")
