"""What the wall is told beside the reports themselves: whose time is running out, and how the last weeks went.

Units of work that only read (``feeds.store.database``): the store in, messages out. Know no bus and no clock.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, select

from feeds.messages.city import City
from feeds.messages.deadline import MOST_TOLD, Deadline, Due, Evaluation, EvaluationRow
from feeds.messages.report import OPEN_STATES, Priority, ReportState
from feeds.reports.figures import FigureRow, cases, figures
from feeds.reports.next_due import NEXT_DUE, NEXT_RISK, of_the_next
from feeds.store.schema import REPORTS

WINDOW_DAYS = 30

MOST_ROWS = 60
"""Of one cut: what a stranger's list of categories is cut to, so that a message stays small."""

_R = REPORTS.c
_DUE = of_the_next(Due.RESPONSE.value, Due.ACCEPTANCE.value, Due.COMPLETION.value)
_IS_OPEN = and_(_R.is_shown, _R.state.in_(OPEN_STATES))
_COLUMNS = (_R.id, _R.state, _R.category, _R.category_name, _R.district, _R.agency, _R.priority)


def deadlines(connection: Connection, now: datetime) -> list[Deadline]:
    """Open reports that are late or at risk (``feeds.reports.deadlines``), those most overdue first, at most ``MOST_TOLD`` of each."""
    query = select(*_COLUMNS, NEXT_DUE.label("due_at"), _DUE.label("due")).order_by(NEXT_DUE, _R.id).limit(MOST_TOLD)
    late, at_risk = query.where(_IS_OPEN, now >= NEXT_DUE), query.where(_IS_OPEN, now >= NEXT_RISK, now < NEXT_DUE)
    return [_deadline(row, now) for found in (late, at_risk) for row in connection.execute(found).mappings()]


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
