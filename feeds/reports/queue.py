"""The desk's queue: one page of reports by filters and order, with how many there are in all.

Pages go on from the last row seen (keyset), so that page 2,000 costs what page 1 costs and a new report shifts nothing.
"""

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, String, and_, false, func, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from feeds.messages.queue import Page, QueueRow, Sort, Standing
from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState
from feeds.reports.deadlines import standing, worst
from feeds.reports.records import Record
from feeds.reports.roles import Actor, Permission, Role, is_own_agency_only, rights
from feeds.store.schema import REPORTS

MOST_ROWS = 200
MOST_IDS = 200
MOST_WORDS = 8
WORDS_SHOWN = 280
FEW = 1000
"""So many that hold the words searched for are looked up one by one; what more reports hold is soon met in any order."""

_R = REPORTS.c


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of a queue; all that are given must hold. ``claimed``: "me", "any" or "nobody". ``q``: every word must be found.

    ``ids``: these alone, at most ``MOST_IDS``; where it is empty, any.
    """

    states: tuple[ReportState, ...] = ()
    categories: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    priorities: tuple[Priority, ...] = ()
    claimed: str | None = None
    due: Standing | None = None
    since: datetime | None = None
    until: datetime | None = None
    incident: str | None = None
    ids: tuple[str, ...] = ()
    q: str = ""


class BadCursor(ValueError):
    """A cursor this queue never gave, or one of another order."""


class _Place(msgspec.Struct, frozen=True, array_like=True):
    sort: Sort
    value: datetime
    id: str


_COLUMNS = [_R[name] for name in QueueRow.__struct_fields__ if name not in ("words", "standing")]
_PASSED = func.lower(
    _R.id + " " + func.coalesce(_R.category_name, "") + " " + func.coalesce(_R.place, "") + " " + func.coalesce(_R.text, "")
)
"""What may be searched by those who do not see citizens' words."""

_WORDS = func.substr(_R.description, 1, WORDS_SHOWN).label("words")


def page(connection: Connection, actor: Actor, asked: Asked, now: datetime, *, sort: Sort, size: int, cursor: str | None) -> Page:
    """One page as ``actor`` may see it. Raises ``BadCursor``."""
    where, words = _where(actor, asked, now, sort), asked.q.casefold().split()[:MOST_WORDS]
    if words:
        where += _holding(connection, actor, asked, sort, words)
    value, is_falling = _order(sort)
    in_order = [value.is_not(None), *where]
    # The index of states is the narrow one that knows all filters: it is used where no time of arrival leads.
    by_state = [] if words or asked.states or _is_by_due(asked, sort) else [_R.state.in_(ReportState)]
    if sort is Sort.CHANGED and _listed(asked, sort):
        in_order += by_state
    if cursor is not None:
        in_order.append(_beyond(_read(cursor, sort), value, is_falling=is_falling))
    order = (value.desc(), _R.id.desc()) if is_falling else (value, _R.id)
    # Which ones, from the index alone; then only these are read.
    found = connection.execute(select(_R.id, value).where(*in_order).order_by(*order).limit(size + 1)).all()
    total = len(found)
    if cursor is not None or total > size:
        # The index of words knows the states and not when what is due.
        counted = where if words else [value.is_not(None), *where, *by_state]
        total = connection.execute(select(func.count()).select_from(REPORTS).where(*counted)).scalar_one()
    ids = [key for key, _ in found[:size]]
    rows = {row["id"]: row for row in connection.execute(select(*_COLUMNS, _WORDS).where(_R.id.in_(ids))).mappings()}
    lines, is_close = [_row(rows[key], now) for key in ids], sees_words(actor)
    last = found[size - 1] if len(found) > size else None
    return Page(
        reports=[line if is_close else msgspec.structs.replace(line, words="") for line in lines],
        total=total,
        cursor=None if last is None else _write(_Place(sort, last[1], last[0])),
    )


def visible(actor: Actor) -> list[ColumnElement[bool]]:
    """What of ``reports`` this actor may see at all (the same rule as ``feeds.reports.roles.may``)."""
    if not is_own_agency_only(actor.role, Permission.SEE_QUEUE):
        return []
    if actor.agency is None:
        return [false()]
    own: list[ColumnElement[bool]] = [_R.agency == actor.agency]
    return [*own, or_(_R.officer.is_(None), _R.officer == actor.id)] if actor.role is Role.FIELD else own


def sees_words(actor: Actor) -> bool:
    """Whether citizens' own words are for this actor: for those who work on reports, not for those who watch (domain.md section 2)."""
    return Permission.ACCEPT in rights(actor)


def _where(actor: Actor, asked: Asked, now: datetime, sort: Sort) -> list[ColumnElement[bool]]:
    """All that must hold but the words."""
    where: list[ColumnElement[bool]] = [_R.is_shown, *visible(actor), *_listed(asked, sort)]
    match asked.claimed:
        case "me":
            where.append(_R.id.in_(_claimed(now).where(_R.claimed_by == actor.id)))
        case "any":
            where.append(_R.id.in_(_claimed(now)))
        case "nobody":
            where.append(or_(_R.claimed_by.is_(None), _R.claimed_until <= now))
        case _:
            pass
    if asked.since is not None:
        where.append(_R.received_at >= asked.since)
    if asked.until is not None:
        where.append(_R.received_at < asked.until)
    if asked.incident is not None:
        where.append(_R.incident == asked.incident)
    return where if asked.due is None else [*where, *_standing_as(asked.due, now)]


def _is_by_due(asked: Asked, sort: Sort) -> bool:
    return sort is Sort.DUE or asked.due is not None


def _listed(asked: Asked, sort: Sort) -> list[ColumnElement[bool]]:
    """The filters that are lists."""
    is_by_due = _is_by_due(asked, sort)
    states = OPEN_STATES.intersection(asked.states or OPEN_STATES) if is_by_due else asked.states
    if is_by_due and not states:
        return [false()]
    if is_by_due and len(states) == len(OPEN_STATES) and not asked.q.strip():
        # Only what is open is due: not asked of each once more.
        states = ()
    state = _KeptFromItsIndex(_R.state) if is_by_due or asked.q.strip() else _R.state
    lists: tuple[tuple[ColumnElement[Any], Collection[str]], ...] = (
        (state, states), (_KeptFromItsIndex(_R.category), asked.categories), (_R.agency, asked.agencies), (_R.district, asked.districts),
        (_R.channel, asked.channels), (_R.priority, asked.priorities), (_R.id, asked.ids),
    )  # fmt: skip
    return [column.in_(sorted(str(value) for value in values)) for column, values in lists if values]


class _KeptFromItsIndex(FunctionElement[str]):
    """A column that SQLite is not to look up in an index of its own: to fetch many reports one by one costs more than to read an index
    that holds all that is asked for. PostgreSQL knows how many they are."""

    type = String()
    inherit_cache = True


@compiles(_KeptFromItsIndex)
def _plainly(element: _KeptFromItsIndex, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_KeptFromItsIndex, "sqlite")
def _with_a_plus(element: _KeptFromItsIndex, compiler: SQLCompiler, **options: Any) -> str:
    # The way SQLite's own documentation gives (query planner, "disqualifying WHERE clause terms using unary +").
    return "+" + compiler.process(element.clauses, **options)


def _holding(connection: Connection, actor: Actor, asked: Asked, sort: Sort, words: Sequence[str]) -> list[ColumnElement[bool]]:
    """That every word is found, in what this actor sees. What few reports hold is found here, by an index with all words in it."""
    there = [_R.search.contains(word, autoescape=True) for word in words]
    few = connection.execute(select(_R.id).where(_R.is_shown, *_listed(asked, sort), *there).limit(FEW + 1)).scalars().all()
    seen = there if sees_words(actor) else [_PASSED.contains(word, autoescape=True) for word in words]
    return seen if len(few) > FEW else [*seen, _R.id.in_(few)]


def _claimed(now: datetime) -> Select[tuple[Any]]:
    """Few at a time, and an index of their own has them."""
    return select(_R.id).where(_R.claimed_by.is_not(None), _R.claimed_until > now).correlate(None)


def _standing_as(wanted: Standing, now: datetime) -> list[ColumnElement[bool]]:
    match wanted:
        case Standing.LATE:
            return [_R.due_at <= now]
        case Standing.AT_RISK:
            return [_R.due_at > now, _R.risk_at <= now]
        case Standing.ON_TIME:
            return [_R.due_at > now, _R.risk_at > now]


def _order(sort: Sort) -> tuple[ColumnElement[Any], bool]:
    match sort:
        case Sort.NEWEST:
            return _R.received_at, True
        case Sort.OLDEST:
            return _R.received_at, False
        case Sort.CHANGED:
            return _R.changed_at, True
        case Sort.DUE:
            return _R.due_at, False


def _beyond(place: _Place, value: ColumnElement[Any], *, is_falling: bool) -> ColumnElement[bool]:
    # Said twice on purpose: the plain bound is what an index can use, on both databases.
    if is_falling:
        return and_(value <= place.value, or_(value < place.value, _R.id < place.id))
    return and_(value >= place.value, or_(value > place.value, _R.id > place.id))


def _row(row: RowMapping, now: datetime) -> QueueRow:
    found = msgspec.convert({name: row[name] for name in QueueRow.__struct_fields__ if name != "standing"}, QueueRow, strict=False)
    return msgspec.structs.replace(found, standing=worst(standing(found, now)))


def row_of(record: Record, actor: Actor, now: datetime) -> QueueRow:
    """A report's line as the queue would show it to ``actor``."""
    seen = {name: getattr(record, name) for name in QueueRow.__struct_fields__ if name not in ("words", "standing")}
    words = record.description[:WORDS_SHOWN] if sees_words(actor) else ""
    return QueueRow(**seen, words=words, standing=worst(standing(record, now)))


def _write(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _read(cursor: str, sort: Sort) -> _Place:
    try:
        place = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Place)
        # A time of the calendar's first or last hours can lie outside of it in UTC.
        place.value.astimezone(UTC)
    except (msgspec.DecodeError, binascii.Error, ValueError, OverflowError) as problem:
        raise BadCursor("cursor: was not given by this queue; begin at the first page") from problem
    if place.sort is not sort or place.value.tzinfo is None:
        raise BadCursor("cursor: is one of another order; begin at the first page")
    return place
