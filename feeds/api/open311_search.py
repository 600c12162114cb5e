"""Questions of GeoReport v2 to the store: which reports, which steps. Reads no person, no description, no reason.

The public sees no emergency call (112) and none of the categories that the city keeps to itself; a key sees what it handed in as well
(``own``: what its reports are marked with). The room's answers are read for a report's own key and its private page alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, case, false, or_, select, true

from feeds.api.errors import ApiError
from feeds.api.georeport_words import Step
from feeds.api.w3c_times import read_time
from feeds.messages.city import City
from feeds.messages.report import OPEN_STATES, Channel, ReportState
from feeds.reports.records import Record, record_of
from feeds.store.schema import EVENTS, REPORTS

MOST_DAYS = 90
MOST_ROWS = 1_000
MOST_PAGE = 1_000_000
MOST_LISTED = 500
WINDOW = timedelta(days=MOST_DAYS)

_KEPT = frozenset({"description", "address", "search", "attributes", "source_ref", "officer", "claimed_by", "exemption", "link_digest"})
_COLUMNS = [column for column in REPORTS.c if column.name not in _KEPT]
_ANSWERED = ("finish", "decline")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a list, as they were written."""

    status: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    updated_after: str | None = None
    updated_before: str | None = None
    service_code: str | None = None
    service_request_id: str | None = None
    page: str | None = None
    page_size: str | None = None
    extensions: str | None = None

    @property
    def has_extensions(self) -> bool:
        return (self.extensions or "").lower() in ("true", "1")


def public(city: City, own: str | None = None) -> ColumnElement[bool]:
    """What anybody may read of the reports, and the key of ``own``."""
    kept = [category.code for category in city.categories if not category.is_public]
    open_to_all = and_(REPORTS.c.channel != Channel.CALL_112, REPORTS.c.category.not_in(kept))
    return and_(REPORTS.c.is_shown, open_to_all if own is None else or_(open_to_all, REPORTS.c.source == own))


def requests_query(asked: Asked, city: City, now: datetime, own: str | None = None) -> Select[Any]:
    """Newest first. A list of ids overrides all else but paging. Raises ``ApiError`` 400."""
    zone = ZoneInfo(city.time_zone)
    query = select(*_COLUMNS).where(public(city, own)).order_by(REPORTS.c.received_at.desc(), REPORTS.c.id)
    ids = _listed(asked.service_request_id, "service_request_id")
    if ids:
        return _paged(query.where(REPORTS.c.id.in_(ids)), asked)
    received = _window(REPORTS.c.received_at, (asked.start_date, asked.end_date), ("start_date", "end_date"), now, zone)
    updated = (asked.updated_after, asked.updated_before)
    changed = _window(REPORTS.c.changed_at, updated, ("updated_after", "updated_before"), now, zone)
    for part in (*received, *changed):
        query = query.where(part)
    if not received and not changed:
        query = query.where(REPORTS.c.received_at >= now - WINDOW)
    codes = _listed(asked.service_code, "service_code")
    if codes:
        query = query.where(REPORTS.c.category.in_(codes))
    if asked.status is not None and asked.status.strip():
        query = query.where(REPORTS.c.state.in_(_states(asked.status)))
    return _paged(query, asked)


def updates_query(asked: Asked, city: City, now: datetime, own: str | None = None, *, has_words: bool = False) -> Select[Any]:
    """Steps that the public may read, oldest first; ``has_words``: answers too, to reports of ``own``. Raises ``ApiError`` 400."""
    answered = REPORTS.c.source == own if has_words and own is not None else false()
    query = _told_steps(public(city, own), answered).order_by(EVENTS.c.number)
    ids = _listed(asked.service_request_id, "service_request_id")
    if ids:
        query = query.where(EVENTS.c.report.in_(ids))
    window = _window(EVENTS.c.at, (asked.start_date, asked.end_date), ("start_date", "end_date"), now, ZoneInfo(city.time_zone))
    for part in window:
        query = query.where(part)
    if not ids and not window:
        query = query.where(EVENTS.c.at >= now - WINDOW)
    return _paged(query, asked)


def records(connection: Connection, query: Select[Any]) -> list[Record]:
    return [record_of(row) for row in connection.execute(query).mappings()]


def steps(connection: Connection, query: Select[Any]) -> list[Step]:
    return [_step(row) for row in connection.execute(query).mappings()]


def steps_of(connection: Connection, report: str) -> list[Step]:
    """What whoever sent one report may read of its steps, oldest first."""
    return steps(connection, _told_steps(REPORTS.c.is_shown, true()).where(EVENTS.c.report == report).order_by(EVENTS.c.number))


def shown_record(connection: Connection, report: str, city: City, own: str | None = None) -> Record:
    """Raises ``ApiError`` 404, also for one its source has withdrawn and for one that is neither public nor of ``own``."""
    row = connection.execute(select(*_COLUMNS).where(REPORTS.c.id == report, public(city, own))).mappings().first()
    if row is None:
        raise ApiError(404, "unknown_report", "there is no request of that service_request_id")
    return record_of(row)


def named_parents(connection: Connection, records: Sequence[Record], city: City) -> frozenset[str]:
    """Of what these were merged into: what may be named to anybody."""
    parents = {record.parent for record in records if record.parent is not None}
    if not parents:
        return frozenset()
    return frozenset(connection.execute(select(REPORTS.c.id).where(REPORTS.c.id.in_(parents), public(city))).scalars())


def _told_steps(which: ColumnElement[bool], answered: ColumnElement[bool]) -> Select[Any]:
    """``answered``: of which reports the answers are told. Of all else in a body only a finish's photo is read."""
    kind, body = EVENTS.c.kind, EVENTS.c.body
    words = case(
        (and_(answered, kind == "answer"), body["text"].as_string()), (and_(answered, kind.in_(_ANSWERED)), body["answer"].as_string())
    )
    photo = case((and_(kind == "finish", body["photo"].as_string() == REPORTS.c.photo_after), REPORTS.c.photo_after))
    columns = (EVENTS.c.number, EVENTS.c.report, EVENTS.c.at, EVENTS.c.after, words.label("words"), photo.label("photo"))
    is_change = or_(EVENTS.c.before.is_(None), EVENTS.c.before != EVENTS.c.after, and_(answered, kind == "answer"))
    return select(*columns).join(REPORTS, REPORTS.c.id == EVENTS.c.report).where(which, is_change)


def _step(row: Mapping[Any, Any]) -> Step:
    number, report, at, state = row["number"], row["report"], row["at"], ReportState(row["after"])
    return Step(number=number, report=report, at=at, state=state, words=row["words"] or None, photo=row["photo"])


def _listed(text: str | None, name: str) -> Sequence[str]:
    if text is None:
        return ()
    parts = [part for part in (one.strip() for one in text.replace("\0", "").split(",")) if part]
    if len(parts) > MOST_LISTED:
        raise ApiError(400, "too_many", f"{name} lists more than {MOST_LISTED} entries", field=name)
    return parts


def _states(text: str) -> list[ReportState]:
    found: list[ReportState] = []
    for word in text.split(","):
        match word.strip().lower():
            case "open":
                found += OPEN_STATES
            case "closed":
                found += [state for state in ReportState if state not in OPEN_STATES]
            case _:
                raise ApiError(400, "bad_status", "status is open, closed or both with a comma between", field="status")
    return found


def _window(
    column: ColumnElement[Any], texts: tuple[str | None, str | None], names: tuple[str, str], now: datetime, zone: ZoneInfo
) -> list[ColumnElement[bool]]:
    """At most 90 days: with one end given, the other lies 90 days away."""
    start, end = (_time(text, name, zone) for text, name in zip(texts, names, strict=True))
    if start is None and end is None:
        return []
    try:
        start = start if start is not None else (end or now) - WINDOW
        end = end if end is not None else start + WINDOW
    except OverflowError as problem:
        raise ApiError(400, "bad_time", f"{names[0]} and {names[1]} lie outside the calendar", field=names[0]) from problem
    if end < start:
        raise ApiError(400, "bad_window", f"{names[1]} lies before {names[0]}", field=names[1])
    if end - start > WINDOW:
        raise ApiError(400, "window_too_long", f"{names[0]} and {names[1]} may lie at most {MOST_DAYS} days apart", field=names[1])
    return [column >= start, column <= end]


def _time(text: str | None, name: str, zone: ZoneInfo) -> datetime | None:
    if text is None or not text.strip():
        return None
    try:
        return read_time(text, zone)
    except ValueError as problem:
        raise ApiError(400, "bad_time", f"{name} {problem}; write it as in 2026-11-26T08:00:00Z", field=name) from problem


def _paged(query: Select[Any], asked: Asked) -> Select[Any]:
    size = _number(asked.page_size, "page_size", MOST_ROWS, MOST_ROWS)
    page = _number(asked.page, "page", 1, MOST_PAGE)
    return query.limit(size).offset((page - 1) * size)


def _number(text: str | None, name: str, default: int, most: int) -> int:
    if text is None or not text.strip():
        return default
    found = text.strip()
    if not (found.isascii() and found.isdecimal() and len(found) <= 9 and 1 <= int(found) <= most):
        raise ApiError(400, "bad_number", f"{name} is a whole number from 1 to {most:,}", field=name)
    return int(found)
