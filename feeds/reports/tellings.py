"""What the wall is told beside the reports themselves: whose time is running out, and how the last weeks went.

Units of work that only read (``feeds.store.database``): the store in, messages out. Know no bus and no clock.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, and_, case, func, or_, select

from feeds.messages.city import City
from feeds.messages.deadline import Deadline, Due, Evaluation, EvaluationRow
from feeds.messages.report import OPEN_STATES, Priority, ReportState
from feeds.store.schema import EVENTS, REPORTS

MOST_DEADLINES = 200
WINDOW_DAYS = 30

MOST_ROWS = 60
"""Of one cut: what a stranger's list of categories is cut to, so that a message stays small."""

_LOOKED_AT = 2_000
"""Open reports not yet late, the next due first, that are asked whether most of their time is gone."""

_R = REPORTS.c
_DUE_AT = case(
    (and_(_R.responded_at.is_(None), _R.respond_by.is_not(None)), _R.respond_by),
    (and_(_R.accepted_at.is_(None), _R.accept_by.is_not(None)), _R.accept_by),
    else_=_R.finish_by,
)
"""The first clock of an open report that still runs; they end in this order."""

_DUE = case(
    (and_(_R.responded_at.is_(None), _R.respond_by.is_not(None)), Due.RESPONSE.value),
    (and_(_R.accepted_at.is_(None), _R.accept_by.is_not(None)), Due.ACCEPTANCE.value),
    else_=Due.COMPLETION.value,
)
_IS_OPEN = and_(_R.is_shown, _R.state.in_(OPEN_STATES))
_COLUMNS = (_R.id, _R.state, _R.category, _R.category_name, _R.district, _R.agency, _R.priority, _R.received_at)


def deadlines(connection: Connection, city: City, now: datetime) -> list[Deadline]:
    """Open reports of whose time ``ReportRules.at_risk_share`` is gone, those most overdue first, at most ``MOST_DEADLINES``.

    The share is of all hours between arrival and due time, as in the desk's queue (``feeds.reports.deadlines``).
    """
    query = select(*_COLUMNS, _DUE_AT.label("due_at"), _DUE.label("due")).where(_IS_OPEN).order_by(_DUE_AT, _R.id)
    late = connection.execute(query.where(now >= _DUE_AT).limit(MOST_DEADLINES)).mappings().all()
    found = [_deadline(row, now) for row in late]
    if len(found) < MOST_DEADLINES:
        ahead = connection.execute(query.where(now < _DUE_AT).limit(_LOOKED_AT)).mappings()
        found += [_deadline(row, now) for row in ahead if _is_at_risk(row, city.reports.at_risk_share, now)]
    return found[:MOST_DEADLINES]


def _is_at_risk(row: RowMapping, share: float, now: datetime) -> bool:
    received_at: datetime = row["received_at"]
    due_at: datetime = row["due_at"]
    return now - received_at >= (due_at - received_at) * share


def _deadline(row: RowMapping, now: datetime) -> Deadline:
    return Deadline(
        report=row["id"],
        due=Due(row["due"]),
        due_at=row["due_at"],
        is_late=row["due_at"] < now,
        state=ReportState(row["state"]),
        category=row["category"],
        category_name=row["category_name"],
        district=row["district"],
        agency=row["agency"],
        priority=Priority(row["priority"]),
    )


class _Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One report of the window. ``hands``: how often it was given to somebody."""

    state: ReportState
    category: str
    category_name: str | None
    district: str | None
    agency: str | None
    is_late: bool
    hands: int
    respond_h: float | None
    finish_h: float | None


def evaluation(connection: Connection, city: City, now: datetime) -> Evaluation:
    """The reports received in the last ``WINDOW_DAYS`` days. Medians are of hours by the wall's clock, not of office hours."""
    since = now - timedelta(days=WINDOW_DAYS)
    seen = _seen(connection, since, now)
    names = {category.code: category.names.get(city.language) for category in city.categories}
    return Evaluation(
        since=since,
        as_of=now,
        days=WINDOW_DAYS,
        total=_row(seen),
        categories=_cut(seen, lambda one: one.category, lambda one: names.get(one.category) or one.category_name),
        agencies=_cut(seen, lambda one: one.agency, lambda one: city.agency_short(one.agency)),
        districts=_cut(seen, lambda one: one.district, lambda one: city.district_name(one.district)),
    )


def _seen(connection: Connection, since: datetime, now: datetime) -> list[_Seen]:
    columns = (*_COLUMNS, _R.responded_at, _R.finished_at, _DUE_AT.label("due_at"))
    in_window = and_(_R.is_shown, _R.received_at > since, _R.received_at <= now)
    hands = _hands(connection, since, now)
    return [_seen_of(row, hands, now) for row in connection.execute(select(*columns).where(in_window)).mappings()]


def _seen_of(row: RowMapping, hands: Mapping[str, int], now: datetime) -> _Seen:
    state = ReportState(row["state"])
    return _Seen(
        state=state,
        category=row["category"],
        category_name=row["category_name"],
        district=row["district"],
        agency=row["agency"],
        is_late=state in OPEN_STATES and row["due_at"] is not None and row["due_at"] < now,
        hands=hands.get(row["id"], 0),
        respond_h=_hours(row["received_at"], row["responded_at"]),
        finish_h=_hours(row["received_at"], row["finished_at"]) if state is ReportState.DONE else None,
    )


def _hands(connection: Connection, since: datetime, now: datetime) -> Mapping[str, int]:
    """Steps that gave a report to somebody, by report; one observed elsewhere is seen only as it became ``forwarded``."""
    given = or_(EVENTS.c.kind == "forward", and_(EVENTS.c.kind == "observed", func.coalesce(EVENTS.c.before, "") != "forwarded"))
    query = (
        select(EVENTS.c.report, func.count())
        .select_from(EVENTS.join(REPORTS, EVENTS.c.report == _R.id))
        .where(EVENTS.c.after == "forwarded", given, _R.received_at > since, _R.received_at <= now)
        .group_by(EVENTS.c.report)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _hours(start: datetime, end: datetime | None) -> float | None:
    """A clock set wrong elsewhere may end before it began: that is no time at all."""
    return None if end is None or end < start else (end - start).total_seconds() / 3600


def _cut(seen: Iterable[_Seen], key: Callable[[_Seen], str | None], name: Callable[[_Seen], str | None]) -> tuple[EvaluationRow, ...]:
    """The most frequent first; beyond ``MOST_ROWS`` the last row puts the others together."""
    groups: defaultdict[str | None, list[_Seen]] = defaultdict(list)
    for one in seen:
        groups[key(one)].append(one)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0] or ""))
    kept, rest = (ordered, []) if len(ordered) <= MOST_ROWS else (ordered[: MOST_ROWS - 1], ordered[MOST_ROWS - 1 :])
    rows = [_row(group, code=code, name=name(group[-1]) if code is not None else None) for code, group in kept]
    if rest:
        rows.append(_row([one for _, group in rest for one in group], groups=len(rest)))
    return tuple(rows)


def _row(group: Sequence[_Seen], **named: Any) -> EvaluationRow:
    states = Counter(one.state for one in group)
    done = states[ReportState.DONE]
    return EvaluationRow(
        received=len(group),
        open=sum(states[state] for state in OPEN_STATES),
        done=done,
        late=sum(one.is_late for one in group),
        direct=sum(one.state is ReportState.DONE and one.hands <= 1 for one in group),
        settled=done + states[ReportState.DECLINED],
        respond_h=_median(one.respond_h for one in group),
        finish_h=_median(one.finish_h for one in group),
        **named,
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 2) if known else None
