"""Feeds of news or of alerts: RSS 0.9 to 2.0, Atom 1.0 (and 0.3) and Atom indexes of CAP alerts, as plain entries. Pure; asks nobody.

https://www.rssboard.org/rss-specification ; RFC 4287 ; W3C note-datetime for ``dc:date``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from feeds.readers.markup import MarkupError, mend_xml, plain_line, split_tag
from feeds.runtime.clock import aware_utc

MAX_ENTRIES = 5_000
MAX_ID = 500
MAX_TITLE = 200
MAX_SUMMARY = 600
CAP_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_DATED = ("pubDate", "published", "issued", "date", "created", "updated", "modified")
_UPDATED = ("updated", "modified")
_DATING = (*_ATOM, "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/")
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_CAP = "urn:oasis:names:tc:emergency:cap:"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_NAMED_ZONES: Mapping[str, str] = {"WIB": "+0700", "WITA": "+0800", "WIT": "+0900"}
"""Indonesia's, which RFC 822 does not know and Indonesian feeds write."""


@dataclass(frozen=True)
class Link:
    """``relation``: alternate, enclosure, self, related ...; an absolute address of the web."""

    url: str
    relation: str = "alternate"
    kind: str = ""


@dataclass(frozen=True)
class Entry:
    """One item. Texts are plain lines. ``date_fault``: why a date that is given cannot be used. ``said``: its ``cap:`` elements by name.

    ``element``: what it was read from, for what stands inside it.
    """

    id: str | None
    title: str | None
    summary: str | None
    links: tuple[Link, ...]
    published_at: datetime | None
    updated_at: datetime | None
    date_fault: str | None
    said: Mapping[str, str]
    element: Element

    @property
    def alert_links(self) -> tuple[str, ...]:
        """Addresses of the alert it stands for, the likeliest first: those that say so, an enclosure, the page."""
        ranked = sorted(self.links, key=lambda link: (link.kind not in CAP_TYPES, link.relation != "enclosure" or "xml" not in link.kind))
        return tuple(dict.fromkeys(link.url for link in ranked if link.kind in CAP_TYPES or link.relation in ("alternate", "enclosure")))


@dataclass(frozen=True)
class Feed:
    """``is_damaged``: it was not well-formed, entries may be missing. ``left_out``: entries beyond the first 5,000."""

    title: str | None
    entries: tuple[Entry, ...]
    is_damaged: bool = False
    left_out: int = 0


def read_feed(body: bytes, address: str, zone: tzinfo | None = None) -> Feed:
    """The entries of a feed in its own order; ``MarkupError`` when it is none. ``zone``: of dates that name a day only."""
    root, is_damaged = mend_xml(body)
    return feed_of(root, address, zone, is_damaged=is_damaged)


def feed_of(root: Element, address: str, zone: tzinfo | None = None, *, is_damaged: bool = False) -> Feed:
    """As ``read_feed``, of a document that is parsed already."""
    namespace, name = split_tag(root)
    if name == "feed" and namespace in _ATOM:
        head, found = root, [element for element in root if split_tag(element) == (namespace, "entry")]
    elif name in ("rss", "RDF"):
        head = next((element for element in root if split_tag(element)[1] == "channel"), root)
        found = [element for element in root.iter() if split_tag(element)[1] == "item"]
    else:
        raise MarkupError("is no RSS or Atom feed")
    if is_damaged and not found:
        raise MarkupError("is not XML")
    base = _joined(address, root.get(_BASE))
    title = plain_line(_text(_child(head, "title")), MAX_TITLE)
    entries = tuple(_entry(element, base, zone) for element in found[:MAX_ENTRIES])
    return Feed(title=title, entries=entries, is_damaged=is_damaged, left_out=max(0, len(found) - MAX_ENTRIES))


def moment(text: str, zone: tzinfo | None = None) -> datetime:
    """A date of a feed, RFC 3339 or RFC 822, in UTC; ``ValueError`` says what is wrong with it. A day alone begins in ``zone``."""
    text = " ".join(text.split())[:80]
    if re.match(r"\d{4}-\d\d", text):
        if zone is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return _utc(datetime.fromisoformat(text).replace(tzinfo=zone))
        return aware_utc(text)
    written, _, named = text.rpartition(" ")
    try:
        at = parsedate_to_datetime(f"{written} {_NAMED_ZONES.get(named.upper(), named)}")
    except (ValueError, TypeError, IndexError, OverflowError) as problem:
        raise ValueError("is no date of RFC 822 or RFC 3339") from problem
    if at.tzinfo is None:
        # RFC 5322: -0000 is UTC, told by a machine that does not say where it is.
        if named != "-0000":
            raise ValueError("carries no time zone")
        at = at.replace(tzinfo=UTC)
    return _utc(at)


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as problem:
        raise ValueError("lies outside the calendar") from problem


def _entry(element: Element, base: str, zone: tzinfo | None) -> Entry:
    base = _joined(base, element.get(_BASE))
    published_at, updated_at, fault = _dates(element, zone)
    guid = _child(element, "guid")
    named = _text(_child(element, "id")) or _text(guid) or element.get(_ABOUT)
    links = tuple(_links(element, base))
    if not links and guid is not None and guid.get("isPermaLink", "true") == "true":
        links = tuple(Link(url) for url in _web(base, _text(guid)))
    summary = _text(_child(element, "summary")) or _text(_child(element, "description"))
    summary = summary or _text(element.find(f"{{{_CONTENT}}}encoded")) or _text(_child(element, "content"))
    return Entry(
        id=" ".join(named.split())[:MAX_ID] or None if named else None,
        title=plain_line(_text(_child(element, "title")), MAX_TITLE),
        summary=plain_line(summary, MAX_SUMMARY),
        links=links,
        published_at=published_at,
        updated_at=updated_at,
        date_fault=fault,
        said=_said(element),
        element=element,
    )


def _dates(element: Element, zone: tzinfo | None) -> tuple[datetime | None, datetime | None, str | None]:
    own = split_tag(element)[0]
    given: dict[str, str] = {}
    for child in element:
        namespace, name = split_tag(child)
        if name in _DATED and (namespace == own or namespace in _DATING) and child.text and child.text.strip():
            given.setdefault(name, child.text)
    read: dict[str, datetime] = {}
    fault: str | None = None
    for name, text in given.items():
        try:
            read[name] = moment(text, zone)
        except ValueError as problem:
            fault = fault or f"{name} {problem}"
    published = next((read[name] for name in _DATED if name in read), None)
    updated = next((read[name] for name in _UPDATED if name in read), None)
    return published, updated or published, fault


def _links(element: Element, base: str) -> Iterator[Link]:
    own = split_tag(element)[0]
    for child in element:
        namespace, name = split_tag(child)
        if name == "link" and (namespace == own or namespace in _ATOM):
            relation, kind = child.get("rel", "alternate").strip().lower(), child.get("type", "").partition(";")[0].strip().lower()
            yield from (Link(url, relation, kind) for url in _web(base, child.get("href") or child.text))
        elif name == "enclosure" and namespace == own:
            kind = child.get("type", "").partition(";")[0].strip().lower()
            yield from (Link(url, "enclosure", kind) for url in _web(base, child.get("url")))
        elif name == "content" and namespace == own and child.get("src"):
            yield from (Link(url, "alternate", child.get("type", "").lower()) for url in _web(base, child.get("src")))


def _said(element: Element) -> dict[str, str]:
    """The ``cap:`` elements of an index entry; of several of one name the first."""
    said: dict[str, str] = {}
    for child in element:
        namespace, name = split_tag(child)
        text = (child.text or "").strip()
        if namespace.startswith(_CAP) and text:
            said.setdefault(name, text)
    return said


def _child(element: Element, name: str) -> Element | None:
    own = split_tag(element)[0]
    return element.find(f"{{{own}}}{name}" if own else name)


def _text(element: Element | None) -> str | None:
    return " ".join(part for part in element.itertext()) if element is not None else None


def _web(base: str, link: str | None) -> Iterator[str]:
    url = _joined(base, link.strip() if link else None) if link and link.strip() else ""
    try:
        if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname:
            yield url
    except ValueError:
        return


def _joined(base: str, link: str | None) -> str:
    try:
        return urljoin(base, link) if link else base
    except ValueError:
        return base
