"""Citizen reports of another city's Open311 GeoReport v2 server, in JSON. Passes on no free text, no person, no exact address.

https://wiki.open311.org/GeoReport_v2/ ; extended statuses as mySociety's servers give them.
"""

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, cast

import msgspec

from feeds.messages.city import City
from feeds.messages.header import Position
from feeds.messages.report import OPEN_STATES, REPORT, Channel, Priority, Report, ReportState
from feeds.runtime.clock import aware_utc
from feeds.runtime.collector import (
    CollectorContext,
    CollectorSpec,
    Document,
    Observed,
    Poll,
    ReportOptions,
    Sample,
    Sink,
    SourceDown,
    each_document,
)

MAX_DAYS = 90
"""GeoReport v2: a query spans at most 90 days, and servers give at most 1,000 requests."""

MAX_ROWS = 1_000
MAX_PAGES = 100
ROWS_AT_A_TIME = 100
"""A row takes about 0.15 ms; heartbeat and other collectors of this process must not wait for thousands."""

MAX_ID = 100
MAX_TEXT = 80

EXTENDED_STATES: Mapping[str, ReportState] = MappingProxyType(
    {
        "FOR_TRIAGE": ReportState.NEW,
        "OPEN": ReportState.FORWARDED,
        "IN_PROGRESS": ReportState.WORKING,
        "INVESTIGATING": ReportState.WORKING,
        "ACTION_SCHEDULED": ReportState.WORKING,
        "REOPEN": ReportState.REOPENED,
        "FIXED": ReportState.DONE,
        "NOT_COUNCILS_RESPONSIBILITY": ReportState.DECLINED,
        "INTERNAL_REFERRAL": ReportState.DECLINED,
        "UNABLE_TO_FIX": ReportState.DECLINED,
        "DUPLICATE": ReportState.DUPLICATE,
        "NO_FURTHER_ACTION": ReportState.INVALID,
    }
)


class Open311Options(ReportOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``endpoint``: address without ``/requests.json``. ``categories``: their service code -> our category.

    ``channel``: what citizens used. ``since`` fixes the start of the window (for recorded data), else it is the last ``days``.
    ``api_key_secret`` names a secret.
    ``closed_state``: what a plain "closed" is, without an extended status. ``place_pattern``: a regular expression whose
    first group is the part of ``address`` that may be shown; without it no address is. ``position_decimals``: 4 is about 11 m.
    """

    endpoint: str
    jurisdiction_id: str | None = None
    api_key_secret: str | None = None
    categories: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    channel: Channel = Channel.OPEN311
    since: datetime | None = None
    days: int = 30
    page_size: int = 100
    has_extensions: bool = False
    closed_state: Literal["done", "declined", "invalid"] = "done"
    note_states: dict[str, ReportState] = msgspec.field(default_factory=lambda: {"in progress": ReportState.WORKING})
    place_pattern: str | None = None
    position_decimals: int = 4


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


def read(ctx: CollectorContext[Open311Options], document: Document) -> Iterator[Observed]:
    """The reports of one answer to ``requests``."""
    rows = read_list(document.body, "requests")
    yield from _observed([report for row in rows if (report := read_request(row, ctx, {})) is not None], ctx)


COLLECTOR = CollectorSpec(
    key="open311",
    title="Open311 GeoReport v2",
    sink=Sink.REPORTS,
    topics=(REPORT,),
    kind=Poll(every_s=30.0, timeout_s=60.0),
    options=Open311Options,
    check=check,
    terms="As the city that runs the server says; no personal data is taken over.",
    read=each_document(read),
    standard="Open311 GeoReport v2, extended statuses of mySociety's service request updates",
    recorded=("open311/koeln_requests_2023.json",),
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
    rows = await _all_rows(ctx)
    reports: list[Report] = []
    for number, row in enumerate(rows):
        if number % ROWS_AT_A_TIME == 0:
            await asyncio.sleep(0)
        report = read_request(row, ctx, names)
        if report is not None:
            reports.append(report)
    for record in _observed(reports, ctx):
        yield record


def _observed(reports: Sequence[Report], ctx: CollectorContext[Open311Options]) -> Iterator[Observed]:
    for report in with_ids_of_their_own(reports, ctx):
        yield Observed(topic=REPORT, key=report.id, body=report, observed_at=report.changed_at)


def with_ids_of_their_own(reports: Sequence[Report], ctx: CollectorContext[Open311Options]) -> list[Report]:
    """Real servers give one id to two requests (Köln, A-173374): the earlier keeps it, the later one is numbered, none is lost."""
    by_id: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda one: one.received_at):
        by_id.setdefault(report.id, []).append(report)
    apart: list[Report] = []
    for key, sharing in by_id.items():
        apart += [msgspec.structs.replace(one, id=key if number == 1 else f"{key}#{number}") for number, one in enumerate(sharing, 1)]
        if len(sharing) > 1:
            ctx.remark(f"{len(sharing)} requests share one service_request_id: the later ones are numbered")
    return apart


async def _service_names(ctx: CollectorContext[Open311Options]) -> dict[str, str]:
    """Service names by code; a server that keeps its list to itself is no trouble, requests carry names too."""
    try:
        services = await _get_list(ctx, "services", {})
    except SourceDown:
        return {}
    named = ((_short(_plain(service.get("service_code"))), _short(service.get("service_name"))) for service in _objects(services))
    return {code: name for code, name in named if code and name}


async def _all_rows(ctx: CollectorContext[Open311Options]) -> list[object]:
    """The pages until one brings nothing new: so a server that does not page is read once more, and never for ever."""
    options = ctx.options
    window = {"page_size": str(options.page_size), **_window(options, ctx.clock())}
    if options.has_extensions:
        window["extensions"] = "true"
    rows: dict[str, object] = {}
    for page in range(1, MAX_PAGES + 1):
        got = await _get_list(ctx, "requests", window | {"page": str(page)})
        before = len(rows)
        for row in got:
            rows[_identity(row)] = row
        if len(rows) == before:
            break
        if page == 1 and len(got) >= MAX_ROWS > options.page_size:
            ctx.partly_down(f"the server gave {len(got)} requests at once, its limit: later ones are missing; choose fewer days")
    else:
        ctx.partly_down(f"more than {MAX_PAGES} pages: the rest is missing; choose fewer days or a larger page_size")
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
    key, at = _plain(record.get("service_request_id")), _plain(record.get("requested_datetime"))
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
    answer = await ctx.http.get(f"{options.endpoint.rstrip('/')}/{what}.json", params=params)
    return read_list(answer.body, what)


def read_list(body: bytes, what: str) -> list[object]:
    """The records of an answer; ``SourceDown`` when it is not JSON, no list, or GeoReport's list of errors."""
    try:
        document: object = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, ValueError) as problem:
        raise SourceDown(f"{what}: the answer is not JSON") from problem
    if isinstance(document, dict):
        # Some servers wrap the list as their XML does: {"service_requests": [...]}.
        values = cast(dict[str, object], document).values()
        wrapped = [cast(list[object], value) for value in values if isinstance(value, list)]
        document = wrapped[0] if len(wrapped) == 1 else None
    if not isinstance(document, list):
        raise SourceDown(f"{what}: the answer is not a list")
    records = cast(list[object], document)
    if records and all("code" in r and "description" in r and "service_code" not in r for r in _objects(records)) and _objects(records):
        raise SourceDown(f"{what}: the server answered with an error")
    return records


def read_request(row: object, ctx: CollectorContext[Open311Options], names: Mapping[str, str]) -> Report | None:
    """One request as a report, or ``None`` after quarantining it."""
    if not isinstance(row, dict):
        ctx.quarantine(row, "is not an object")
        return None
    record = cast(dict[str, Any], row)
    given = record.get("service_request_id")
    key = _plain(given)
    if not key or len(key) > MAX_ID or not key.isprintable():
        ctx.quarantine(record, "has no usable service_request_id")
        return None
    try:
        received_at = _time(record, "requested_datetime")
        changed_at = max(received_at, _time(record, "updated_datetime") if _is_given(record, "updated_datetime") else received_at)
        if received_at > ctx.clock() + timedelta(days=1):
            raise _Refused("requested_datetime lies in the future")
        state = read_state(record, ctx.options)
        category, category_name = _category(record, ctx, names)
    except _Refused as problem:
        ctx.quarantine(record, str(problem), name=key)
        return None
    position = read_position(record, ctx.options.position_decimals)
    is_outside = position is not None and ctx.geography.is_far_outside(position.lon, position.lat)
    return Report(
        id=key,
        state=state,
        category=category,
        category_name=category_name,
        channel=ctx.options.channel,
        priority=Priority.NORMAL,
        received_at=received_at,
        changed_at=changed_at,
        position=position,
        is_outside=is_outside,
        district=ctx.geography.district_at(position.lon, position.lat) if position else None,
        place=_place(record, ctx.options.place_pattern),
        agency=_agency(record, category, ctx.city),
    )


class _Refused(Exception):
    """Why a record cannot become a report; holds field names only."""


def _time(record: dict[str, Any], field: str) -> datetime:
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _Refused(f"{field} is missing")
    try:
        return aware_utc(value)
    except ValueError as problem:
        raise _Refused(f"{field} {problem}") from problem


def _is_given(record: dict[str, Any], field: str) -> bool:
    value = record.get(field)
    return value is not None and value != "" and not (isinstance(value, str) and not value.strip())


def read_state(record: dict[str, Any], options: Open311Options) -> ReportState:
    """The state of a request: open or closed decides, the extended status or a known note says more when it does not contradict."""
    status = record.get("status")
    word = status.strip().upper() if isinstance(status, str) else ""
    finer = EXTENDED_STATES.get(word) if word not in ("OPEN", "CLOSED") else _extended(record)
    if word not in ("OPEN", "CLOSED") and finer is None:
        raise _Refused("status is neither open nor closed" if word else "status is missing")
    if word not in ("OPEN", "CLOSED") and finer is not None:
        return finer
    notes = record.get("status_notes")
    if finer is None and isinstance(notes, str):
        finer = options.note_states.get(notes.strip().casefold())
    is_open = word == "OPEN"
    if finer is not None and (finer in OPEN_STATES) == is_open:
        return finer
    return ReportState.NEW if is_open else ReportState(options.closed_state)


def _extended(record: dict[str, Any]) -> ReportState | None:
    attributes = record.get("extended_attributes")
    nested = cast(dict[str, Any], attributes) if isinstance(attributes, dict) else {}
    for value in (record.get("extended_status"), nested.get("status"), nested.get("extended_status")):
        if isinstance(value, str):
            state = EXTENDED_STATES.get(re.sub(r"[^A-Z]+", "_", value.strip().upper()))
            if state is not None:
                return state
    return None


def read_position(record: dict[str, Any], decimals: int) -> Position | None:
    """Where it is, rounded; ``None`` when it does not say, says something that is no place on Earth, or says 0, 0."""
    lat, lon = _number(record.get("lat")), _number(record.get("long"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return None
    return Position(lon=round(lon, decimals), lat=round(lat, decimals))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _category(record: dict[str, Any], ctx: CollectorContext[Open311Options], names: Mapping[str, str]) -> tuple[str, str | None]:
    code = record.get("service_code")
    service = (_short(_plain(code)) or "") if code is not None else ""
    name = _short(record.get("service_name")) or names.get(service)
    if service in ctx.options.categories:
        return ctx.options.categories[service], None
    if not service and not name:
        raise _Refused("has neither service_code nor service_name")
    return f"{COLLECTOR.key}.{service or name}", name or service


def _plain(value: object) -> str:
    """A code or id as text: servers write them as strings or numbers; empty for anything else."""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _short(value: object) -> str | None:
    """One line of at most ``MAX_TEXT`` characters, or ``None``."""
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split()) if isinstance(value, str) else ""
    return (text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…") or None


def _place(record: dict[str, Any], pattern: str | None) -> str | None:
    address = _short(record.get("address"))
    found = re.search(pattern, address) if pattern and address else None
    return _short(found.group(1)) if found else None


def _agency(record: dict[str, Any], category: str, city: City) -> str | None:
    """Only an agency the city folder knows: what else stands there may be a person's name."""
    given = record.get("agency_responsible")
    name = given.strip().casefold() if isinstance(given, str) else ""
    for agency in city.agencies:
        if name and name in (agency.code.casefold(), agency.name.casefold(), agency.short.casefold()):
            return agency.code
    return next((c.agency for c in city.categories if c.code == category), None)


def _objects(records: list[object]) -> list[dict[str, Any]]:
    return [cast(dict[str, Any], record) for record in records if isinstance(record, dict)]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
