"""What the wall is told beside the reports themselves: whose time is running out, and how the last weeks went.

Units of work that only read (``feeds.store.database``): the store in, messages out. Know no bus and no clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, case, select

from feeds.messages.city import City
from feeds.messages.deadline import Deadline, Due, Evaluation, EvaluationRow
from feeds.messages.report import OPEN_STATES, Priority, ReportState
from feeds.reports.figures import FigureRow, cases, figures
from feeds.store.schema import REPORTS

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


def evaluation(connection: Connection, city: City, now: datetime) -> Evaluation:
    """The reports received in the last ``WINDOW_DAYS`` days, this instant's too: the desk's figures (``feeds.reports.figures``)."""
    since, until = now - timedelta(days=WINDOW_DAYS), now + datetime.resolution
    found = figures(cases(connection, since, until), since=since, until=until, now=now, most_rows=MOST_ROWS)
    names = {category.code: category.names.get(city.language) for category in city.categories}
    return Evaluation(
        since=since,
        as_of=now,
        days=WINDOW_DAYS,
        total=_row(found.total),
        categories=tuple(_row(row, names.get(row.code or "") or row.name) for row in found.categories),
        agencies=tuple(_row(row, city.agency_short(row.code)) for row in found.agencies),
        districts=tuple(_row(row, city.district_name(row.code)) for row in found.districts),
    )


def _row(row: FigureRow, name: str | None = None) -> EvaluationRow:
    """What the wall says of it: late is what can still be helped."""
    return EvaluationRow(
        received=row.received,
        open=row.open,
        done=row.done,
        late=row.late_open,
        direct=row.direct,
        settled=row.direct_of,
        code=row.code,
        name=name,
        groups=row.groups,
        respond_h=row.response.median,
        finish_h=row.completion.median,
    )
