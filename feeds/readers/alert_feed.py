"""Gathers the CAP alerts a feed lists, each asked as rarely as it may be; also from files. Judges none: ``alerts`` does."""

import asyncio
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from feeds.readers.alerts import WARNING
from feeds.readers.cap import Alert, CapError, alert_of, alerts_in, read_alerts
from feeds.readers.markup import MarkupError, mend_xml
from feeds.readers.syndication import Entry, Feed, feed_of
from feeds.runtime.collector import CollectorContext, Document, SourceDown

MAX_ALERTS = 200
"""Alerts of one index; more are told as missing."""

ALWAYS_ASKED = 10
"""Of a short index each alert is asked for again every time (if changed): some senders revise a file without a word in their index."""

ASKED_AGAIN_S = 600
"""Of a long index an alert that the index calls unchanged is asked for again this often."""

LONGEST_READ_S = 50.0
"""A round reads alerts this long; the others are read in the next one."""

LISTED_TOO_LONG = timedelta(days=1)
_IDENTIFIER = re.compile(rb"<(?:[\w.-]+:)?identifier>\s*([^<&]{1,500}?)\s*</")


@dataclass(frozen=True)
class Found:
    """What a document holds: ``alerts``, and, where it is an index, ``feed``."""

    alerts: tuple[Alert, ...]
    feed: Feed | None = None


def found_in(document: Document, ctx: CollectorContext[Any]) -> Found:
    """The alerts of a document (one, an envelope, a feed that carries them) or its index; ``CapError`` for anything else."""
    try:
        root, is_damaged = mend_xml(document.body)
    except MarkupError as problem:
        raise CapError(str(problem)) from problem
    carried = alerts_in(root)
    try:
        feed = feed_of(root, document.name, is_damaged=is_damaged)
    except MarkupError:
        # A damaged alert is not mended: what is missing may be its expiry or half its polygon.
        return Found(tuple(read_alerts(document.body) if is_damaged or not carried else _read(carried, ctx, document.name)))
    return Found(tuple(_read(carried, ctx, document.name)), feed)


def _read(elements: Iterable[Element], ctx: CollectorContext[Any], name: str) -> list[Alert]:
    alerts: list[Alert] = []
    for element in elements:
        try:
            alerts.append(alert_of(element))
        except CapError as problem:
            ctx.quarantine(None, f"a CAP alert {problem}", name=name.rpartition("/")[2])
    return alerts


def alerts_of_files(documents: Sequence[Document], ctx: CollectorContext[Any]) -> list[Alert]:
    """The alerts of files, judged together; a file that holds none is quarantined, an index is remarked on."""
    alerts: list[Alert] = []
    for document in documents:
        try:
            found = found_in(document, ctx)
        except CapError as problem:
            ctx.quarantine(None, f"a CAP alert {problem}", name=document.name)
            continue
        alerts += found.alerts
        if found.feed is not None and not found.alerts:
            damage = ", damaged" if found.feed.is_damaged else ""
            ctx.remark(f"index of {len(found.feed.entries) + found.feed.left_out} alerts{damage}")
    return alerts


async def gather_alerts(ctx: CollectorContext[Any], feed_url: str, *, hosts: Sequence[str] = ()) -> list[Alert] | None:
    """The alerts ``feed_url`` lists or is; ``None`` (after ``partly_down``) when it did not answer.

    An alert that cannot be had stays as it was read last. ``hosts``: where alerts may lie besides the feed's own host.
    """
    try:
        body = (await ctx.http.get(feed_url)).body
        found = found_in(Document(name=feed_url, body=body), ctx)
    except (SourceDown, CapError) as problem:
        ctx.partly_down(str(problem) if isinstance(problem, SourceDown) else f"the alert feed {problem}", keep=WARNING)
        return None
    if found.feed is None:
        return list(found.alerts)
    return [*found.alerts, *await _listed(ctx, found.feed, feed_url, {urlsplit(feed_url).netloc.lower(), *(h.lower() for h in hosts)})]


async def _listed(ctx: CollectorContext[Any], feed: Feed, feed_url: str, hosts: set[str]) -> list[Alert]:
    """The alerts of an index's entries. What was read before stands in the collector's memory by address."""
    read = cast(dict[str, list[Alert]], ctx.memory.setdefault(f"alerts of {feed_url}", {}))
    wanted = _addresses(ctx, feed, hosts)
    if feed.is_damaged or feed.left_out or len(wanted) > MAX_ALERTS:
        said = "is damaged" if feed.is_damaged else f"lists more than {MAX_ALERTS} alerts"
        ctx.partly_down(f"the alert feed {said}: some are missing", keep=WARNING)
    else:
        for url in [url for url in read if url not in wanted]:
            del read[url]
    ends_at = asyncio.get_running_loop().time() + LONGEST_READ_S
    is_short = len(wanted) <= ALWAYS_ASKED
    for url, entry in list(wanted.items())[:MAX_ALERTS]:
        if asyncio.get_running_loop().time() > ends_at:
            ctx.partly_down("not all alerts could be read in time: the others are read next", keep=WARNING)
            break
        await _ask(ctx, url, entry, read, None if is_short else _version(ctx, url, entry))
    return [alert for alerts in read.values() for alert in alerts]


async def _ask(ctx: CollectorContext[Any], url: str, entry: Entry, read: dict[str, list[Alert]], version: str | None) -> None:
    try:
        answer = await ctx.http.get(url, version=version)
    except SourceDown as problem:
        listed_at = entry.updated_at
        if url not in read and listed_at is not None and listed_at < ctx.clock() - LISTED_TOO_LONG:
            ctx.remark("the alert feed lists old alerts that are no longer there")
        else:
            ctx.partly_down(str(problem), keep=WARNING if url not in read else None)
        return
    if not answer.is_changed and url in read:
        return
    try:
        read[url] = read_alerts(answer.body)
    except CapError as problem:
        # What it said when it could be read stays.
        if url not in read:
            ctx.kept.append(_of_alert(answer.body))
        ctx.quarantine(None, f"a CAP alert {problem}", name=url.rpartition("/")[2])


def _of_alert(body: bytes) -> str:
    """How the keys of an alert begin that cannot be read whole; of one that does not even say its name it may be any."""
    found = _IDENTIFIER.search(body)
    return f"{WARNING}{' '.join(found[1].decode('utf-8', 'replace').split())}"[:200] if found else WARNING


def _addresses(ctx: CollectorContext[Any], feed: Feed, hosts: set[str]) -> dict[str, Entry]:
    """The address of each entry's alert, each once; one on another host is refused, since a feed shall not make this machine ask others."""
    wanted: dict[str, Entry] = {}
    for entry in feed.entries:
        if alerts_in(entry.element):
            continue
        links = entry.alert_links
        allowed = [url for url in links if urlsplit(url).netloc.lower() in hosts]
        if allowed:
            wanted.setdefault(allowed[0], entry)
        else:
            ctx.quarantine(
                None, "an alert's address is not on the host of its feed: not asked" if links else "an entry has no address of an alert"
            )
    return wanted


def _version(ctx: CollectorContext[Any], url: str, entry: Entry) -> str | None:
    """A word that changes when the index says that the alert did, and from time to time, not for all alerts at once."""
    if entry.id is None and entry.updated_at is None:
        return None
    turn = int(ctx.clock().timestamp() + zlib.crc32(url.encode()) % ASKED_AGAIN_S) // ASKED_AGAIN_S
    return f"{entry.id} {entry.updated_at} {entry.said.get('sent', '')} {turn}"
