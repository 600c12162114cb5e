"""News of the city and its standing notices: plain, once each, in their time, and never down for want of a feed."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.bus.embedded import EmbeddedRedis
from feeds.city import load_city
from feeds.collectors.notices import COLLECTOR, collect, read
from feeds.messages.city import City, CityNotice, SourceConfig
from feeds.messages.hazard import NOTICE, Notice
from feeds.messages.header import Message, Quality
from feeds.messages.system import SOURCE, SourceState
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.http import SourceDown, SourceHttp
from feeds.runtime.run import run_feeds
from tests.fakes.bus_listener import ended, listening
from tests.fakes.collector_context import FOLDERS, city_of, collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def item(title: str = "Pasar murah", *, guid: str = "1", at: str = "Sat, 21 Nov 2026 09:00:00 +0700", extra: str = "") -> str:
    date = f"<pubDate>{at}</pubDate>" if at else ""
    return f'<item><title>{title}</title><guid isPermaLink="false">{guid}</guid>{date}{extra}</item>'


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Kabar</title>{"".join(items)}</channel></rss>'.encode()


def ctx(city: City | None = None, http: SourceHttp | None = None, **options: Any) -> CollectorContext[Any]:
    made = context(COLLECTOR, options, city="tangerang", now=NOW, http=http)
    made.city = city or made.city
    return made


def noticed(*bodies: bytes, **options: Any) -> tuple[list[Notice], CollectorContext[Any]]:
    made = ctx(**options)
    return [record.body for record in read(made, [Document(f"{n}.xml", body) for n, body in enumerate(bodies)])], made


def with_notice() -> City:
    notice = CityNotice(id="jam", texts={"id": "Layanan 24 jam", "en": "Open all day"}, attribution="Pemkot")
    return msgspec.structs.replace(city_of("tangerang")[0], notices=(notice,))


def test_a_headline_is_a_plain_line_with_its_time_and_its_end() -> None:
    (notice,), made = noticed(
        rss(item("&lt;b&gt;Pasar&lt;/b&gt; murah \u202e&amp;amp; bazar, hubungi a.b@kota.go.id &lt;script&gt;x&lt;/script&gt;"))
    )
    assert notice.text == "Pasar murah & bazar, hubungi …"
    assert (notice.at, notice.expires_at, notice.attribution) == (
        datetime(2026, 11, 21, 2, tzinfo=UTC),
        datetime(2026, 11, 24, 2, tzinfo=UTC),
        "Kabar",
    )
    assert not made.refusals


def test_each_item_once_the_newest_first_and_none_before_its_time() -> None:
    notices, made = noticed(
        rss(
            item("lama", guid="3", at="Fri, 20 Nov 2026 09:00:00 +0700"), item("baru"), item("baru lagi"),
            item("besok", guid="4", at="Mon, 23 Nov 2026 09:00:00 +0700"),
        ),
        rss(item("sama", guid="9", extra="<link>https://h/1</link>"), item("sama", guid="8", extra="<link>https://h/1</link>"), item("baru")),
    )  # fmt: skip
    assert [notice.text for notice in notices] == ["baru", "sama", "lama"]
    assert made.remarks == ["an item of news is dated in the future: it waits for its time"]
    assert [
        notice.text for notice in noticed(rss(item("lama", guid="3", at="Fri, 20 Nov 2026 09:00:00 +0700"), item("baru")), max_items=1)[0]
    ] == ["baru"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (item(""), "an item of news has neither title nor description"),
        (item(at="Sat, 21 Nov 2026 09:00:00"), "an item of news cannot be dated: pubDate carries no time zone"),
        (item(at="kemarin"), "an item of news cannot be dated: pubDate is no date of RFC 822 or RFC 3339"),
    ],
)
def test_a_bad_item_is_refused_and_a_good_one_survives(bad: str, reason: str) -> None:
    notices, made = noticed(rss(bad, item("baik", guid="2")))
    assert [notice.text for notice in notices] == ["baik"]
    assert [refusal.reason for refusal in made.refusals] == [reason]


def test_an_item_without_a_date_is_as_old_as_it_has_been_seen() -> None:
    made = ctx()
    first = [record.body.at for record in read(made, [Document("a", rss(item(at="")))])]
    made.clock = lambda: NOW + timedelta(hours=5)
    assert [record.body.at for record in read(made, [Document("a", rss(item(at="")))])] == first == [NOW]


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"{}", b"<html>Wartung", b"<rss>" * 50_000, b'<!DOCTYPE rss [<!ENTITY x "y">]><rss/>', b"<rss/>", b"<feed/>"]
)
def test_broken_feeds_are_one_sentence(body: bytes) -> None:
    notices, made = noticed(body, rss(item()))
    assert [notice.text for notice in notices] == ["Pasar murah"]
    assert len(made.refusals) == (body != b"<rss/>")


def test_over_http_one_feed_may_fail_and_the_others_stand() -> None:
    with HttpSource() as source:
        source.put("/a.xml", rss(item()))
        source.put("/b.xml", "<html>Wartung</html>")
        feeds = [{"url": f"{source.url}/{name}.xml", "attribution": name} for name in ("a", "b")]
        records, made = collected("notices", {"feeds": feeds}, city="tangerang", now=NOW)
        assert [record.body.attribution for record in records] == ["a"]
        assert (made.trouble, made.kept) == (["a feed is a web page"], ["news 2 "])
        with pytest.raises(SourceDown, match="a feed is a web page"):
            collected("notices", {"feeds": feeds[1:]}, city="tangerang", now=NOW)


def test_without_feeds_the_folders_notices_stand_and_nothing_is_down() -> None:
    async def run(city: City | None, **options: Any) -> tuple[list[Any], CollectorContext[Any]]:
        http = SourceHttp("test")
        try:
            made = ctx(city, http, **options)
            return [record async for record in collect(made)], made
        finally:
            await http.aclose()

    assert asyncio.run(run(None))[0] == []
    (record,), _ = asyncio.run(run(with_notice()))
    assert record.body == Notice(id="jam", text="Layanan 24 jam", at=NOW, attribution="Pemkot")
    unreachable = [{"url": "http://127.0.0.1:9/x", "attribution": "x"}]
    records, made = asyncio.run(run(with_notice(), feeds=unreachable))
    assert [record.key for record in records] == ["jam"]
    assert made.kept == ["news 1 "]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"feeds": [{"url": "file:///x", "attribution": "x"}]}, "feeds[0].url: must be http or https"),
        ({"feeds": [{"url": "https://h", "attribution": " "}]}, "feeds[0].attribution: is empty"),
        ({"max_items": 0}, "max_items 1 to 200"),
        ({"max_age_days": -1}, "max_age_days"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence(options: dict[str, Any], sentence: str) -> None:
    made = ctx(**options)
    assert sentence in (COLLECTOR.check(made.options, made.city) or "")


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="live") as server:
        yield server


def test_news_reach_the_wall_beside_the_folders_notices_and_old_ones_do_not(redis: EmbeddedRedis) -> None:
    asyncio.run(_news_reach_the_wall(redis))


async def _news_reach_the_wall(redis: EmbeddedRedis) -> None:
    def dated(days: float) -> str:
        return (datetime.now(UTC) - timedelta(days=days)).isoformat()

    with HttpSource() as source:
        source.put(
            "/a.xml", rss(item("kemarin", at=dated(1)), item("pekan lalu", guid="2", at=dated(7)), item("besok", guid="3", at=dated(-1)))
        )
        options = {"feeds": [{"url": f"{source.url}/a.xml", "attribution": "Diskominfo"}], "every_s": 0.1}
        city = msgspec.structs.replace(load_city(FOLDERS["tangerang"]), notices=with_notice().notices)
        city = msgspec.structs.replace(city, sources=(SourceConfig(collector="notices", options=options),))
        async with listening(redis.url_for("front"), "live", NOTICE, SOURCE) as wall:
            feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), "live"))
            try:
                await wall.until(lambda: {n.text for n in wall.bodies(NOTICE).values()} == {"kemarin", "Layanan 24 jam"})
                source.put("/a.xml", "<html>Wartung</html>")
                await wall.until(lambda: wall.bodies(SOURCE)["notices"].state is not SourceState.OK)
                assert {n.text for n in wall.bodies(NOTICE).values()} == {"kemarin", "Layanan 24 jam"}
            finally:
                await ended(feeds)
    assert not wall.refused


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_damage_ends_well_and_the_good_feed_survives(data: st.DataObject) -> None:
    body = bytearray(rss(item(), item("dua", guid="2")))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        piece = data.draw(
            st.sampled_from([b"<", b"&", b"<!DOCTYPE a>", b"\x00", b"\xff", b"9999", b"<item>", b"\xe2\x80\xae"]) | st.binary(max_size=4)
        )
        body[at : at + data.draw(st.integers(0, 20))] = piece
    notices, _ = noticed(bytes(body), rss(item("baik", guid="good")))
    assert "baik" in {notice.text for notice in notices}
    for notice in notices:
        message = Message(seq=1, epoch="e", key="k", source="s", observed_at=NOW, published_at=NOW, quality=Quality.MEASURED, body=notice)
        assert NOTICE.decoder()(msgspec.json.encode(message)) == message
