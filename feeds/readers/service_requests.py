"""Records of Open311 GeoReport v2 as reports of a city. Passes on no free text, no person, no exact address; asks nobody.

https://wiki.open311.org/GeoReport_v2/ ; extended statuses as mySociety's servers give them.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, cast

import msgspec

from feeds.codes import CODE_LENGTH, short_code
from feeds.messages.city import City
from feeds.messages.header import Position
from feeds.messages.report import OPEN_STATES, Channel, Priority, Report, ReportState
from feeds.runtime.clock import aware_utc
from feeds.runtime.collector import CollectorContext, ReportOptions

MAX_TEXT = 80
SOURCE = "open311"
"""What the codes of categories begin with that the city does not know."""

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
    """``endpoint``: address without ``/requests.json``. ``has_updates``: ask for service request updates too.

    ``categories``: their service code -> our category.

    ``channel``: what citizens used. ``since`` fixes the start of the window (for recorded data), else it is the last ``days``.
    ``api_key_secret`` names a secret.
    ``closed_state``: what a plain "closed" is, without an extended status. ``missing_status``: what a request without any status is;
    FixMyStreet gives none to those it calls not responsible, unable to fix or duplicate. Left out, such a request is refused.
    ``place_pattern``: a regular expression whose first group is the part of ``address`` that may be shown; without it no address is.
    ``position_decimals``: 4 is about 11 m.
    """

    endpoint: str
    format: Literal["json", "xml"] = "json"
    jurisdiction_id: str | None = None
    api_key_secret: str | None = None
    categories: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    channel: Channel = Channel.OPEN311
    since: datetime | None = None
    days: int = 30
    page_size: int = 100
    has_extensions: bool = False
    has_updates: bool = False
    closed_state: Literal["done", "declined", "invalid"] = "done"
    missing_status: ReportState | None = None
    note_states: dict[str, ReportState] = msgspec.field(default_factory=lambda: {"in progress": ReportState.WORKING})
    place_pattern: str | None = None
    position_decimals: int = 4


def service_names(services: list[object]) -> dict[str, str]:
    """Service names by code."""
    named = ((_short(plain(service.get("service_code"))), _short(service.get("service_name"))) for service in _objects(services))
    return {code: name for code, name in named if code and name}


def with_ids_of_their_own(reports: Sequence[Report], ctx: CollectorContext[Open311Options]) -> list[Report]:
    """Real servers give one id to two requests (Köln, A-173374): the earlier keeps it, the later one is numbered, none is lost."""
    by_id: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda one: one.received_at):
        by_id.setdefault(report.id, []).append(report)
    apart: list[Report] = []
    for key, sharing in by_id.items():
        apart += [
            msgspec.structs.replace(one, id=key if number == 1 else short_code(f"{key}#{number}")) for number, one in enumerate(sharing, 1)
        ]
        if len(sharing) > 1:
            ctx.remark(f"{len(sharing)} requests share one service_request_id: the later ones are numbered")
    return apart


@dataclass(frozen=True)
class Update:
    """The newest word of a request's life: when, and the state it means (``None`` for a status we do not know)."""

    at: datetime
    state: ReportState | None


def newest_updates(rows: Sequence[object], ctx: CollectorContext[Open311Options]) -> dict[str, Update]:
    """The newest update by service_request_id; broken ones are quarantined."""
    newest: dict[str, Update] = {}
    for row in rows:
        record = cast(dict[str, Any], row) if isinstance(row, dict) else {}
        key = plain(record.get("service_request_id"))
        try:
            if not key:
                raise _Refused("an update has no service_request_id")
            at = _time(record, "updated_datetime")
        except _Refused as problem:
            ctx.quarantine(record, f"an update: {problem}", name=plain(record.get("update_id")) or None)
            continue
        state = _updated_state(record)
        if key not in newest or at >= newest[key].at:
            newest[key] = Update(at, state)
    return newest


def _updated_state(record: dict[str, Any]) -> ReportState | None:
    """What an update says. OPEN in capitals is mySociety's word, given to somebody; a plain "open" says no more than the request."""
    status = record.get("status")
    word = status.strip() if isinstance(status, str) else ""
    plain_open = word.upper() == "OPEN" and word != "OPEN"
    return _extended(record) or (None if plain_open else EXTENDED_STATES.get(word.upper()))


def read_requests(
    rows: Sequence[object],
    ctx: CollectorContext[Open311Options],
    names: Mapping[str, str],
    newest: Mapping[str, Update] = MappingProxyType({}),
) -> list[Report]:
    """Those requests that can be reports; the others are quarantined. ``newest``: what their updates say."""
    read = [(report, cast(dict[str, Any], row)) for row in rows if (report := _read(row, ctx, names, newest)) is not None]
    districts = iter(ctx.geography.districts_at([(it.position.lon, it.position.lat) for it, _ in read if it.position is not None]))
    return [_placed(report, row, next(districts) if report.position is not None else None, ctx) for report, row in read]


def _read(row: object, ctx: CollectorContext[Open311Options], names: Mapping[str, str], newest: Mapping[str, Update]) -> Report | None:
    """One request as a report that has a position, but no district yet; ``None`` after quarantining it."""
    if not isinstance(row, dict):
        ctx.quarantine(row, "is not an object")
        return None
    record = cast(dict[str, Any], row)
    given = record.get("service_request_id")
    key = plain(given)
    if not key or len(key) > CODE_LENGTH or not key.isprintable():
        ctx.quarantine(record, "has no usable service_request_id")
        return None
    try:
        received_at = _time(record, "requested_datetime")
        changed_at = max(received_at, _time(record, "updated_datetime") if _is_given(record, "updated_datetime") else received_at)
        soon = ctx.clock() + timedelta(days=1)
        if received_at > soon:
            raise _Refused("requested_datetime lies in the future")
        if changed_at > soon:
            ctx.remark("updated_datetime lies in the future: not believed")
            changed_at = received_at
        update = newest.get(key)
        # A server writes the update first and touches the request afterwards: which is newer says nothing.
        state = read_state(record, ctx.options, update.state if update is not None else None)
        changed_at = max(changed_at, update.at) if update is not None and update.at <= ctx.clock() else changed_at
        category, category_name = _category(record, ctx, names)
    except _Refused as problem:
        ctx.quarantine(record, str(problem), name=key)
        return None
    return Report(
        id=key,
        state=state,
        category=category,
        category_name=category_name,
        channel=ctx.options.channel,
        priority=Priority.NORMAL,
        received_at=received_at,
        changed_at=changed_at,
        position=read_position(record, ctx.options.position_decimals),
        place=_place(record, ctx.options.place_pattern),
        agency=_agency(record, category, ctx.city),
    )


def _placed(report: Report, record: dict[str, Any], district: str | None, ctx: CollectorContext[Open311Options]) -> Report:
    """A report where it lies: in a district, in another city, or, where its axes look exchanged, without a place."""
    if district is not None:
        return msgspec.structs.replace(report, district=district)
    position = report.position
    is_outside = position is not None and ctx.geography.is_far_outside(position.lon, position.lat)
    if (position is None or is_outside) and _is_inside_when_swapped(record, ctx):
        ctx.remark("lat and long look swapped: such reports stand without a place")
        return msgspec.structs.replace(report, position=None)
    return msgspec.structs.replace(report, is_outside=True) if is_outside else report


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


def read_state(record: dict[str, Any], options: Open311Options, updated: ReportState | None = None) -> ReportState:
    """The state of a request: open or closed decides, its newest update (``updated``), extended status or a known note says more when
    it does not contradict. A server may be late in closing what an update has closed: the status stands."""
    status = record.get("status")
    word = _word(status) if isinstance(status, str) else ""
    if not word and options.missing_status is not None:
        return options.missing_status
    finer = EXTENDED_STATES.get(word) if word not in ("OPEN", "CLOSED") else _extended(record)
    if word not in ("OPEN", "CLOSED") and finer is None:
        raise _Refused("status is neither open nor closed" if word else "status is missing")
    if word not in ("OPEN", "CLOSED") and finer is not None:
        return finer
    is_open = word == "OPEN"
    if updated is not None and (updated in OPEN_STATES) == is_open:
        return updated
    notes = record.get("status_notes")
    if finer is None and isinstance(notes, str):
        finer = options.note_states.get(notes.strip().casefold())
    if finer is not None and (finer in OPEN_STATES) == is_open:
        return finer
    return ReportState.NEW if is_open else ReportState(options.closed_state)


@lru_cache(maxsize=256)
def _word(status: str) -> str:
    """As the extended statuses are written, whatever stands between its letters."""
    return re.sub(r"[^A-Z]+", "_", status.strip().upper())


def _extended(record: dict[str, Any]) -> ReportState | None:
    attributes = record.get("extended_attributes")
    nested = cast(dict[str, Any], attributes) if isinstance(attributes, dict) else {}
    for value in (record.get("extended_status"), nested.get("status"), nested.get("extended_status")):
        if isinstance(value, str):
            state = EXTENDED_STATES.get(_word(value))
            if state is not None:
                return state
    return None


def read_position(record: dict[str, Any], decimals: int) -> Position | None:
    """Where it is, rounded; ``None`` when it does not say, says something that is no place on Earth, or says 0, 0."""
    lat, lon = _number(record.get("lat")), _number(record.get("long"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180) or (lat == 0 and lon == 0):
        return None
    return Position(lon=round(lon, decimals), lat=round(lat, decimals))


def _is_inside_when_swapped(record: dict[str, Any], ctx: CollectorContext[Open311Options]) -> bool:
    """Whether the position lies in the city with its axes exchanged."""
    exchanged = read_position({"lat": record.get("long"), "long": record.get("lat")}, ctx.options.position_decimals)
    return exchanged is not None and not ctx.geography.is_far_outside(exchanged.lon, exchanged.lat)


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
    service = (_short(plain(code)) or "") if code is not None else ""
    name = _short(record.get("service_name")) or names.get(service)
    if service in ctx.options.categories:
        return ctx.options.categories[service], None
    if not service and not name:
        raise _Refused("has neither service_code nor service_name")
    return short_code(f"{SOURCE}.{service or name}"), name or service


def plain(value: object) -> str:
    """A code or id as text: servers write them as strings or numbers; empty for anything else."""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _short(value: object) -> str | None:
    """One line of at most ``MAX_TEXT`` characters, or ``None``."""
    if not isinstance(value, str) or not value:
        return None
    text = " ".join((value if value.isprintable() else "".join(c if c.isprintable() else " " for c in value)).split())
    return (text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…") or None


def _place(record: dict[str, Any], pattern: str | None) -> str | None:
    address = _short(record.get("address"))
    found = re.search(pattern, address) if pattern and address else None
    return _short(found.group(1)) if found else None


def _agency(record: dict[str, Any], category: str, city: City) -> str | None:
    """Only an agency the city folder knows: what else stands there may be a person's name."""
    given = record.get("agency_responsible")
    name = given.strip().casefold() if isinstance(given, str) else ""
    for agency in city.agencies if name else ():
        if name in (agency.code.casefold(), agency.name.casefold(), agency.short.casefold()):
            return agency.code
    return next((c.agency for c in city.categories if c.code == category), None)


def _objects(records: list[object]) -> list[dict[str, Any]]:
    return [cast(dict[str, Any], record) for record in records if isinstance(record, dict)]
