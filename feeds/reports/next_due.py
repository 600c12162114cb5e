"""The rule of ``feeds.reports.deadlines`` as the database reads it: the first clock of an open report that still runs.

A report's clocks end in the order answer, acceptance, completion, so the first that runs is the worst.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, case

from feeds.store.schema import REPORTS

_R = REPORTS.c


def of_the_next(answer: Any, acceptance: Any, completion: Any) -> ColumnElement[Any]:
    """One of the three, by which clock comes next."""
    return case(
        (and_(_R.responded_at.is_(None), _R.respond_by.is_not(None)), answer),
        (and_(_R.accepted_at.is_(None), _R.accept_by.is_not(None)), acceptance),
        else_=completion,
    )


NEXT_DUE = of_the_next(_R.respond_by, _R.accept_by, _R.finish_by)
NEXT_RISK = of_the_next(_R.respond_risk_at, _R.accept_risk_at, _R.finish_risk_at)
