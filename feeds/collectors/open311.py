"""Citizen reports of another city's Open311 GeoReport v2 server. Passes on no free text, no person, no exact address.

https://wiki.open311.org/GeoReport_v2/ ; extended statuses as mySociety's servers give them.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from feeds.messages.city import City
from feeds.messages.report import REPORT, Report
from feeds.readers.georeport import GeoReportError, Kind, read_document
from feeds.readers.service_requests import Open311Options, newest_updates, plain, read_requests, service_names, with_ids_of_their_own
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

MAX_DAYS = 90
"""GeoReport v2: a query spans at most 90 days, and servers give at most 1,000 requests."""

MAX_ROWS = 1_000
MAX_PAGES = 50
"""With the list of services these are asked within a minute at the pace below."""

ROWS_AT_A_TIME = 100
"""A row takes about 0.15 ms; heartbeat and other collectors of this process must not wait for thousands."""


def check(options: Open311Options, city: City) -> str | None:
    """Why these options do not fit this city, or ``None``."""
    if not re.fullmatch(r"https?://[^\s@]+", options.endpoint):
        return "endpoint: must be an http or https address without a user name"
    known = {category.code for category in city.categories}
    for service, category in options.categories.items():
        if category not in known:
            return f"categories.{service}: {category!r} is not a category of {city.name}"
    if options.since is not None and options.since.tzinfo is None:
        return "since: must carry a time zone, as in 2023-12-01T00:00:00+01:00"
    if not 1 <= options.days <= MAX_DAYS or not 1 <= options.page_size <= MAX_ROWS or not 0 <= options.position_decimals <= 7:
        return f"days: days are 1 to {MAX_DAYS}, page_size 1 to {MAX_ROWS}, position_decimals 0 to 7"
    try:
        groups = re.compile(options.place_pattern or "()").groups
    except re.error as problem:
        return f"place_pattern: is no regular expression ({problem})"
    return None if groups else "place_pattern: needs a group in parentheses"


def read(ctx: CollectorContext[Open311Options], documents: Sequence[Document]) -> Iterator[Observed]:
    """The reports of answers to ``requests``, finer by answers to ``servicerequestupdates`` and named by answers to ``services``."""
    rows: dict[Kind, list[object]] = {}
    for document in documents:
        try:
            kind, records = read_document(document.body)
        except GeoReportError as problem:
            ctx.quarantine(None, f"a document {problem}", name=document.name)
            continue
        rows.setdefault(kind, []).extend(records)
        if kind is not Kind.REQUESTS:
            ctx.remark(f"{len(records)} records of kind {kind.value}: no requests")
    names, newest = service_names(rows.get(Kind.SERVICES, [])), newest_updates(rows.get(Kind.UPDATES, []), ctx)
    yield from _observed(read_requests(rows.get(Kind.REQUESTS, []), ctx, names, newest), ctx)


COLLECTOR = CollectorSpec(
    key="open311",
    title="Open311 GeoReport v2",
    sink=Sink.REPORTS,
    topics=(REPORT,),
    kind=Poll(every_s=30.0, timeout_s=120.0),
    options=Open311Options,
    check=check,
    terms="As the city that runs the server says; no personal data is taken over.",
    read=read,
    standard="Open311 GeoReport v2, extended statuses of mySociety's service request updates",
    recorded=(
        "open311/koeln_requests_2023.json",
        "open311/sf_gem_service_requests.xml",
        "open311/sf_gem_services.xml",
        "open311/giessen_services.xml",
        "open311/spec_service_list.json",
    ),
    bad_input="tests/collectors/test_open311.py",
    sample=Sample(
        options={"endpoint": "{base}"},
        answers={
            "/services.json": '[{"service_code": "1", "service_name": "Jalan rusak", "metadata": false, "type": "realtime"}]',
            "/requests.json": '[{"service_request_id": "7", "status": "open", "service_code": "1", '
            '"requested_datetime": "2026-11-22T08:00:00+07:00", "lat": -6.178, "long": 106.64}]',
        },
    ),
)


async def collect(ctx: CollectorContext[Open311Options]) -> AsyncGenerator[Observed, None]:
    """All requests of the window, each once."""
    names = await _service_names(ctx)
    rows = await _all_rows(ctx, "requests", _window(ctx.options, ctx.clock()))
    newest = newest_updates(await _updates(ctx), ctx) if ctx.options.has_updates else {}
    reports: list[Report] = []
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        await asyncio.sleep(0)
        reports += read_requests(rows[start : start + ROWS_AT_A_TIME], ctx, names, newest)
    await asyncio.sleep(0)
    for number, record in enumerate(_observed(reports, ctx)):
        if number % (10 * ROWS_AT_A_TIME) == 0:
            await asyncio.sleep(0)
        yield record


def _observed(reports: Sequence[Report], ctx: CollectorContext[Open311Options]) -> Iterator[Observed]:
    for report in with_ids_of_their_own(reports, ctx):
        yield Observed(topic=REPORT, key=report.id, body=report, observed_at=report.changed_at)


async def _service_names(ctx: CollectorContext[Open311Options]) -> dict[str, str]:
    """Service names by code; a server that keeps its list to itself is no trouble, requests carry names too."""
    try:
        return service_names(await _get_list(ctx, "services", {}))
    except SourceDown:
        return {}


async def _updates(ctx: CollectorContext[Open311Options]) -> list[object]:
    """Updates of the window; without them the requests' own status stands, and the round says that something is missing."""
    try:
        return await _all_rows(ctx, "servicerequestupdates", _window(ctx.options, ctx.clock()))
    except SourceDown as problem:
        ctx.partly_down(str(problem))
        return []


async def _all_rows(ctx: CollectorContext[Open311Options], what: str, window: dict[str, str]) -> list[object]:
    """The pages until one brings nothing new: so a server that does not page is read once more, and never for ever."""
    options = ctx.options
    params = {"page_size": str(options.page_size), **window} | ({"extensions": "true"} if options.has_extensions else {})
    rows: dict[str, object] = {}
    for page in range(1, MAX_PAGES + 1):
        got = await _get_list(ctx, what, params | {"page": str(page)})
        before = len(rows)
        for row in got:
            rows[_identity(row)] = row
        if len(rows) == before:
            if got and len(rows) == options.page_size:
                ctx.partly_down(f"the server gives the same {len(got)} {what} on every page: others may be missing", keep="")
            break
        if page == 1 and len(got) >= MAX_ROWS > options.page_size:
            ctx.partly_down(f"the server gave {len(got)} {what} at once, its limit: later ones are missing; choose fewer days", keep="")
    else:
        ctx.partly_down(f"more than {MAX_PAGES} pages of {what}: the rest is missing; choose fewer days or a larger page_size", keep="")
    return list(rows.values())


def _window(options: Open311Options, now: datetime) -> dict[str, str]:
    """Start and end of the query. Whole hours and no end while it is now: an address that stays lets a server answer "unchanged"."""
    if options.since is not None:
        start = options.since.astimezone(UTC)
        end = start + timedelta(days=MAX_DAYS)
        return {"start_date": _iso(start)} | ({"end_date": _iso(end)} if end < now else {})
    start = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=options.days) + timedelta(hours=1)
    return {"start_date": _iso(start)}


def _identity(row: object) -> str:
    """By what a request is known across pages: its id and time, or for a broken one all it says."""
    record = cast(dict[str, Any], row) if isinstance(row, dict) else {}
    if update := plain(record.get("update_id")):
        return f"update {update}"
    key, at = plain(record.get("service_request_id")), plain(record.get("requested_datetime"))
    return f"id {key} of {at}" if key and at else f"row {row!r}"


async def _get_list(ctx: CollectorContext[Open311Options], what: str, params: dict[str, str]) -> list[object]:
    options = ctx.options
    if options.jurisdiction_id:
        params = params | {"jurisdiction_id": options.jurisdiction_id}
    if options.api_key_secret:
        key = ctx.secret(options.api_key_secret)
        if key is None:
            raise SourceDown(f"the secret {options.api_key_secret!r} is not set")
        params = params | {"api_key": key}
    answer = await ctx.http.get(f"{options.endpoint.rstrip('/')}/{what}.{options.format}", params=params)
    # A thousand rows of XML take a fifth of a second: heartbeat and other sources shall not wait for them.
    return await asyncio.to_thread(read_list, answer.body, what)


def read_list(body: bytes, what: str) -> list[object]:
    """The records of an answer; ``SourceDown`` when it is no list of a GeoReport server, or its list of errors."""
    try:
        kind, records = read_document(body)
    except GeoReportError as problem:
        raise SourceDown(f"{what}: the answer {problem}") from problem
    if kind is Kind.ERRORS:
        raise SourceDown(f"{what}: the server answered with an error")
    return records


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
