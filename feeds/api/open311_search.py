"""Questions of GeoReport v2 to the store: which reports, which steps. Reads no person, no description, no reason.

The public sees no emergency call (112) and none of the categories that the city keeps to itself.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from feeds.api.errors import ApiError
from feeds.api.georeport_words import Step
from feeds.messages.city import City
from feeds.messages.report import OPEN_STATES, Channel, ReportState
from feeds.reports.records import Record, record_of
from feeds.runtime.clock import aware_utc
from feeds.store.schema import EVENTS, REPORTS

MOST_DAYS = 90
MOST_ROWS = 1_000
MOST_PAGE = 1_000_000
MOST_LISTED = 500
WINDOW = timedelta(days=MOST_DAYS)

_BARE_PLUS = re.compile(r"(T[0-9:.]+) (\d\d:?\d\d)$", re.ASCII)
"""A plus sign that was not encoded arrives as a space."""

_ANSWERED = ("answer", "finish", "decline")


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


def public(city: City) -> ColumnElement[bool]:
    """What anybody may read of the reports."""
    kept = [category.code for category in city.categories if not category.is_public]
    return and_(REPORTS.c.is_shown, REPORTS.c.channel != Channel.CALL_112, REPORTS.c.category.not_in(kept))


def requests_query(asked: Asked, city: City, now: datetime) -> Select[Any]:
    """Newest first. A list of ids overrides all else but paging. Raises ``ApiError`` 400."""
    query = select(REPORTS).where(public(city)).order_by(REPORTS.c.received_at.desc(), REPORTS.c.id)
    ids = _listed(asked.service_request_id, "service_request_id")
    if ids:
        return _paged(query.where(REPORTS.c.id.in_(ids)), asked)
    for part in _window(REPORTS.c.received_at, asked.start_date, asked.end_date, ("start_date", "end_date"), now):
        query = query.where(part)
    updated = (asked.updated_after, asked.updated_before)
    if updated != (None, None):
        for part in _window(REPORTS.c.changed_at, *updated, ("updated_after", "updated_before"), now):
            query = query.where(part)
    elif asked.start_date is None and asked.end_date is None:
        query = query.where(REPORTS.c.received_at >= now - WINDOW)
    codes = _listed(asked.service_code, "service_code")
    if codes:
        query = query.where(REPORTS.c.category.in_(codes))
    if asked.status is not None:
        query = query.where(REPORTS.c.state.in_(_states(asked.status)))
    return _paged(query, asked)


def updates_query(asked: Asked, city: City, now: datetime) -> Select[Any]:
    """Steps that the public may read, oldest first. Raises ``ApiError`` 400."""
    query = _told_steps(public(city)).order_by(EVENTS.c.number)
    ids = _listed(asked.service_request_id, "service_request_id")
    if ids:
        query = query.where(EVENTS.c.report.in_(ids))
    for part in _window(EVENTS.c.at, asked.start_date, asked.end_date, ("start_date", "end_date"), now):
        query = query.where(part)
    if not ids and asked.start_date is None and asked.end_date is None:
        query = query.where(EVENTS.c.at >= now - WINDOW)
    return _paged(query, asked)


def records(connection: Connection, query: Select[Any]) -> list[Record]:
    return [record_of(row) for row in connection.execute(query).mappings()]


def steps(connection: Connection, query: Select[Any]) -> list[Step]:
    return [_step(row) for row in connection.execute(query).mappings()]


def steps_of(connection: Connection, report: str) -> list[Step]:
    """What whoever sent one report may read of its steps, oldest first."""
    return steps(connection, _told_steps(REPORTS.c.is_shown).where(EVENTS.c.report == report).order_by(EVENTS.c.number))


def shown_record(connection: Connection, report: str, city: City | None = None) -> Record:
    """Raises ``ApiError`` 404, also for one its source has withdrawn and, where ``city`` is given, for one that is not public."""
    row = connection.execute(select(REPORTS).where(REPORTS.c.id == report, public(city) if city else REPORTS.c.is_shown)).mappings().first()
    if row is None:
        raise ApiError(404, "unknown_report", "there is no request of that service_request_id")
    return record_of(row)


def _told_steps(which: ColumnElement[bool]) -> Select[Any]:
    columns = (EVENTS.c.number, EVENTS.c.report, EVENTS.c.at, EVENTS.c.kind, EVENTS.c.after, EVENTS.c.body)
    is_change = or_(EVENTS.c.before.is_(None), EVENTS.c.before != EVENTS.c.after, EVENTS.c.kind == "answer")
    return select(*columns, REPORTS.c.photo_after).join(REPORTS, REPORTS.c.id == EVENTS.c.report).where(which, is_change)


def _step(row: Mapping[Any, Any]) -> Step:
    body: Mapping[str, Any] = row["body"] or {}
    kind = row["kind"]
    words = body.get("text" if kind == "answer" else "answer") if kind in _ANSWERED else None
    photo = row["photo_after"] if kind == "finish" and body.get("photo") == row["photo_after"] else None
    return Step(number=row["number"], report=row["report"], at=row["at"], state=ReportState(row["after"]), words=words or None, photo=photo)


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
    column: ColumnElement[Any], start_text: str | None, end_text: str | None, names: tuple[str, str], now: datetime
) -> list[ColumnElement[bool]]:
    """At most 90 days: with one end given, the other lies 90 days away."""
    start, end = _time(start_text, names[0]), _time(end_text, names[1])
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


def _time(text: str | None, name: str) -> datetime | None:
    if text is None or not text.strip():
        return None
    try:
        return aware_utc(_BARE_PLUS.sub(r"\1+\2", text.strip())).astimezone(UTC)
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
