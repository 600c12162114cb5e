"""Warnings of any sender of CAP alerts (OASIS Common Alerting Protocol) as they concern one city.

They come from a feed that lists or carries them, from one document, or from a folder of files.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from feeds.messages.city import City
from feeds.messages.hazard import HAZARD
from feeds.readers.alert_feed import alerts_of_files, gather_alerts
from feeds.readers.alerts import warnings
from feeds.readers.cap import Alert
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

MAX_FILES = 2_000
MAX_BYTES = 4 * 1024 * 1024
"""XML of this size is parsed within a second, in which nothing else of this process runs."""


class CapOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``feed_url``: an Atom or RSS index of alerts or one CAP document; or ``folder``: files of the city folder.

    ``attribution``: who is named wherever a warning is shown. ``geocodes``: codes of places that mean this city ("ID001", or with their
    scheme "EMMA_ID=ID001"), for alerts that draw no polygon. ``alert_hosts``: hosts where alerts may lie besides the feed's own.
    """

    attribution: str
    feed_url: str | None = None
    folder: str | None = None
    geocodes: tuple[str, ...] = ()
    alert_hosts: tuple[str, ...] = ()


def check(options: CapOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    if not options.attribution.strip():
        return "attribution: is empty; say who sends these warnings, it is shown with each"
    if (options.feed_url is None) == (options.folder is None):
        return "feed_url: give either this or folder"
    if options.feed_url is not None and not _is_web(options.feed_url):
        return "feed_url: must be http or https, without a user name"
    if options.folder is not None and not (city.folder / options.folder).is_dir():
        return f"folder: {options.folder!r} is not a folder of the city folder"
    if any("/" in host or not host.strip() for host in options.alert_hosts):
        return "alert_hosts: are hosts, as in alerts.example.org or alerts.example.org:8080"
    return None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def read(ctx: CollectorContext[CapOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """The warnings of files that concern the city, judged together."""
    yield from _observed(alerts_of_files(documents, ctx), ctx)


def _observed(alerts: Sequence[Alert], ctx: CollectorContext[CapOptions]) -> Iterator[Observed]:
    for hazard in warnings(alerts, ctx, attribution=ctx.options.attribution, geocodes=ctx.options.geocodes):
        yield Observed(topic=HAZARD, key=hazard.id, body=hazard, observed_at=hazard.issued_at)


COLLECTOR = CollectorSpec(
    key="cap",
    title="CAP",
    sink=Sink.BUS,
    topics=(HAZARD,),
    kind=Poll(every_s=60.0, timeout_s=90.0),
    options=CapOptions,
    check=check,
    terms="As the sender of the alerts says; it is named with each warning, whose words are shown unchanged.",
    max_bytes=MAX_BYTES,
    read=read,
    standard="OASIS CAP 1.1 and 1.2; Atom 1.0 and RSS indexes of alerts; alerts within SOAP or EDXL-DE",
    recorded=(
        "cap/goog_canada.cap",
        "cap/goog_earthquake.cap",
        "cap/goog_thunderstorm.cap",
        "cap/goog_invalid.cap",
        "cap/goog_xee.cap",
        "cap/bmkg_cap_banten.xml",
        "cap/bmkg_cap_jateng.xml",
        "cap/bmkg_rss_active.xml",
    ),
    bad_input="tests/collectors/test_cap.py",
    sample=Sample(
        options={"feed_url": "{base}/index.atom", "attribution": "Contoh"},
        answers={
            "/index.atom": '<feed xmlns="http://www.w3.org/2005/Atom"><title>-</title><entry><id>1</id><title>-</title>'
            '<updated>2026-11-22T01:00:00Z</updated><link type="application/cap+xml" href="a.cap"/></entry></feed>',
            "/a.cap": '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>1</identifier><sender>s</sender>'
            "<sent>2026-11-22T01:00:00+00:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
            "<info><category>Met</category><event>Hujan</event><urgency>Expected</urgency><severity>Minor</severity>"
            "<certainty>Likely</certainty><expires>2026-11-22T09:00:00+00:00</expires><area><areaDesc>-</areaDesc>"
            "<circle>-6.18,106.64 5</circle></area></info></alert>",
        },
    ),
)


async def collect(ctx: CollectorContext[CapOptions]) -> AsyncGenerator[Observed, None]:
    """All warnings that hold for the city."""
    if ctx.options.folder is not None:
        documents = await asyncio.to_thread(_files, ctx.city.folder / ctx.options.folder)
        alerts: list[Alert] | None = alerts_of_files(documents, ctx)
    else:
        alerts = await gather_alerts(ctx, ctx.options.feed_url or "", hosts=ctx.options.alert_hosts)
    if alerts is None:
        raise SourceDown("; ".join(ctx.trouble) or "nothing answered")
    for record in _observed(alerts, ctx):
        yield record


def _files(folder: Path) -> list[Document]:
    documents: list[Document] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        for path in paths[-MAX_FILES:]:
            with path.open("rb") as opened:
                documents.append(Document(name=path.name, body=opened.read(MAX_BYTES + 1)))
    except OSError as problem:
        raise SourceDown(f"the folder {folder.name} cannot be read ({type(problem).__name__})") from problem
    return documents
