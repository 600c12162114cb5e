"""What the wall is told beside the reports themselves: whose time is running out, and how the last weeks went.

Units of work that only read (``feeds.store.database``): the store in, messages out. Know no bus and no clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, select

from feeds.messages.city import City
from feeds.messages.deadline import MOST_TOLD, Deadline, DeadlineCount, DeadlineTotals, Due, Evaluation, EvaluationRow
from feeds.messages.report import Priority, ReportState
from feeds.reports.figures import FigureRow, cases, figures
from feeds.store.schema import REPORTS

WINDOW_DAYS = 30

MOST_ROWS = 60
"""Of one cut: what a stranger's list of categories is cut to, so that a message stays small."""

_R = REPORTS.c
_DUE = case(
    (and_(_R.responded_at.is_(None), _R.respond_by.is_not(None)), Due.RESPONSE.value),
    (and_(_R.accepted_at.is_(None), _R.accept_by.is_not(None)), Due.ACCEPTANCE.value),
    else_=Due.COMPLETION.value,
)
"""Which clock it is that ends at ``due_at``."""
_IS_OPEN = and_(_R.is_shown, _R.due_at.is_not(None))
_COLUMNS = (_R.id, _R.state, _R.category, _R.category_name, _R.district, _R.agency, _R.priority)


def deadlines(connection: Connection, now: datetime) -> list[Deadline]:
    """Open reports that are late or at risk (``feeds.reports.deadlines``), those most overdue first, at most ``MOST_TOLD`` of each."""
    query = select(*_COLUMNS, _R.due_at, _DUE.label("due")).order_by(_R.due_at, _R.id).limit(MOST_TOLD)
    found = (query.where(_IS_OPEN, holds) for holds in (_is_late(now), _is_at_risk(now)))
    return [_deadline(row, now) for rows in found for row in connection.execute(rows).mappings()]


def deadline_totals(connection: Connection, now: datetime) -> DeadlineTotals:
    """All that ``deadlines`` chooses from, counted by what they wait for."""
    late, at_risk = (func.sum(case((holds, 1), else_=0)) for holds in (_is_late(now), _is_at_risk(now)))
    query = select(_DUE.label("due"), late, at_risk).where(_IS_OPEN).group_by("due")
    counts = {Due(due): DeadlineCount(late=late, at_risk=at_risk) for due, late, at_risk in connection.execute(query)}
    response, acceptance, completion = (counts.get(due, DeadlineCount()) for due in (Due.RESPONSE, Due.ACCEPTANCE, Due.COMPLETION))
    return DeadlineTotals(as_of=now, response=response, acceptance=acceptance, completion=completion)


def _is_late(now: datetime) -> ColumnElement[bool]:
    return _R.due_at <= now


def _is_at_risk(now: datetime) -> ColumnElement[bool]:
    return and_(_R.due_at > now, _R.risk_at <= now)


def _deadline(row: RowMapping, now: datetime) -> Deadline:
    return Deadline(
        report=row["id"],
        due=Due(row["due"]),
        due_at=row["due_at"],
        is_late=row["due_at"] <= now,
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
