"""The running lines of the room: news of the city from RSS and Atom feeds, and the standing notices of its folder.

Passes on a headline as plain text, never markup, addresses of people or pictures.
"""

import hashlib
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from feeds.messages.city import City
from feeds.messages.hazard import NOTICE, Notice
from feeds.readers.markup import MarkupError, one_line
from feeds.readers.syndication import Entry, Feed, read_feed
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

MAX_BYTES = 4 * 1024 * 1024
"""XML of this size is parsed within a second, in which nothing else of this process runs."""

MAX_TEXT = 200
MAX_SEEN = 20_000
NEWS = "news "
"""What the keys of news begin with; then the number of their feed."""

_MAIL_ADDRESS = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[A-Za-z]{2,}")


class NewsFeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One feed. ``attribution`` stands beside each of its lines."""

    url: str
    attribution: str


class NoticesOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """News stay for ``max_age_days`` after they were published; of all feeds the newest ``max_items``. No feeds: the folder's only."""

    feeds: tuple[NewsFeed, ...] = ()
    max_age_days: float = 3.0
    max_items: int = 20


def check(options: NoticesOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    for number, feed in enumerate(options.feeds):
        if not _is_web(feed.url):
            return f"feeds[{number}].url: must be http or https"
        if not feed.attribution.strip():
            return f"feeds[{number}].attribution: is empty; say whose news these are"
    if not 0 < options.max_age_days <= 366 or not 1 <= options.max_items <= 200:
        return "max_age_days: days are up to 366, max_items 1 to 200"
    return None


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def read(ctx: CollectorContext[NoticesOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """The news of feeds that lie in files."""
    found: list[Notice] = []
    seen: set[str] = set()
    for number, document in enumerate(documents, 1):
        try:
            feed = read_feed(document.body, document.name, ZoneInfo(ctx.city.time_zone))
        except MarkupError as problem:
            ctx.quarantine(None, f"a feed {problem}", name=document.name)
            continue
        if feed.is_damaged:
            ctx.remark("a feed is damaged: some of its items may be missing")
        configured = ctx.options.feeds[0].attribution if ctx.options.feeds else None
        found += _news(feed, number, configured or feed.title or ctx.city.name, ctx, seen)
    yield from _observed(found, ctx)


COLLECTOR = CollectorSpec(
    key="notices",
    title="Berita kota",
    sink=Sink.BUS,
    topics=(NOTICE,),
    kind=Poll(every_s=300.0, timeout_s=90.0),
    options=NoticesOptions,
    check=check,
    terms="As the publisher of each feed says; headlines only, with its name beside them.",
    requests_per_minute=10,
    max_bytes=MAX_BYTES,
    read=read,
    standard="RSS 0.9 to 2.0, Atom 1.0; RFC 822 and RFC 3339 dates",
    recorded=("cap/bmkg_rss_active.xml",),
    bad_input="tests/collectors/test_notices.py",
    sample=Sample(
        options={"feeds": [{"url": "{base}/rss.xml", "attribution": "Diskominfo"}]},
        answers={
            "/rss.xml": '<rss version="2.0"><channel><title>-</title><item><title>Pasar murah di Cipondoh</title><guid>7</guid>'
            "<pubDate>Sat, 21 Nov 2026 09:00:00 +0700</pubDate></item></channel></rss>"
        },
    ),
)


async def collect(ctx: CollectorContext[NoticesOptions]) -> AsyncGenerator[Observed, None]:
    """The folder's notices and the news. A feed that fails keeps its lines; with no feeds nothing can be down."""
    standing = list(_standing(ctx))
    found: list[Notice] = []
    seen: set[str] = set()
    failed = 0
    for number, source in enumerate(ctx.options.feeds, 1):
        try:
            answer = await ctx.http.get(source.url)
            feed = read_feed(answer.body, source.url, ZoneInfo(ctx.city.time_zone))
        except (SourceDown, MarkupError) as problem:
            ctx.partly_down(str(problem) if isinstance(problem, SourceDown) else f"a feed {problem}", keep=f"{NEWS}{number} ")
            failed += 1
            continue
        if feed.is_damaged:
            ctx.partly_down("a feed is damaged: some of its items may be missing", keep=f"{NEWS}{number} ")
        found += _news(feed, number, source.attribution, ctx, seen)
    if failed and failed == len(ctx.options.feeds) and not standing:
        raise SourceDown("; ".join(ctx.trouble))
    for record in standing:
        yield record
    for record in _observed(found, ctx):
        yield record


def _standing(ctx: CollectorContext[NoticesOptions]) -> Iterator[Observed]:
    """The notices of the city's folder, in its language; they stand since this source runs."""
    begun = cast(datetime, ctx.memory.setdefault("begun", ctx.clock()))
    for notice in ctx.city.notices:
        text = notice.texts.get(ctx.city.language) or next(iter(notice.texts.values()), "")
        body = Notice(id=notice.id, text=text, at=begun, attribution=notice.attribution)
        yield Observed(topic=NOTICE, key=notice.id, body=body, observed_at=ctx.clock())


def _observed(found: Sequence[Notice], ctx: CollectorContext[NoticesOptions]) -> Iterator[Observed]:
    for notice in sorted(found, key=lambda one: one.at, reverse=True)[: ctx.options.max_items]:
        yield Observed(topic=NOTICE, key=notice.id, body=notice, observed_at=notice.at)


def _news(feed: Feed, number: int, attribution: str, ctx: CollectorContext[NoticesOptions], seen: set[str]) -> list[Notice]:
    """The items of one feed that are news by now, each once; ``seen`` holds what earlier feeds of this round brought."""
    news: list[Notice] = []
    if feed.left_out:
        ctx.remark(f"a feed has {feed.left_out} items more than are read")
    for entry in feed.entries:
        names = {name for name in (entry.id, *(link.url for link in entry.links if link.relation == "alternate")) if name}
        if names & seen:
            continue
        try:
            notice = _notice(entry, number, attribution, ctx)
        except ValueError as problem:
            ctx.quarantine(None, f"an item of news {problem}")
            continue
        seen |= names
        if notice is None:
            ctx.remark("an item of news is dated in the future: it waits for its time")
        else:
            news.append(notice)
    return news


def _first_seen(entry: Entry, key: str, ctx: CollectorContext[NoticesOptions]) -> datetime:
    """RSS lets an item go without a date: then it is as old as it has been seen here. A date that cannot be read is no such item."""
    if entry.date_fault:
        raise ValueError(f"cannot be dated: {entry.date_fault}")
    seen_at = cast(dict[str, datetime], ctx.memory.setdefault("first seen", {}))
    while len(seen_at) > MAX_SEEN:
        del seen_at[next(iter(seen_at))]
    ctx.remark("items of news without a date count from when they were first seen")
    return seen_at.setdefault(key, ctx.clock())


def _notice(entry: Entry, number: int, attribution: str, ctx: CollectorContext[NoticesOptions]) -> Notice | None:
    """One item, ``None`` before its time; ``ValueError`` says which part of it cannot be used."""
    text = one_line(_MAIL_ADDRESS.sub("…", entry.title or entry.summary or ""), MAX_TEXT)
    if text is None:
        raise ValueError("has neither title nor description")
    name = entry.id or next((link.url for link in entry.links), None) or f"{entry.title} {entry.published_at}"
    key = f"{NEWS}{number} {hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:20]}"
    at = entry.published_at or _first_seen(entry, key, ctx)
    if at > ctx.clock():
        return None
    try:
        expires_at = at + timedelta(days=ctx.options.max_age_days)
    except OverflowError as problem:
        raise ValueError("is dated outside the calendar") from problem
    return Notice(id=key, text=text, at=at, attribution=one_line(attribution, 80) or "?", expires_at=expires_at)
