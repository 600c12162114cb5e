"""Reports whose time is nearly or fully gone, and how the reports of the last weeks went. Codes and counts only: nothing of a citizen."""

from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Topic
from feeds.messages.report import Priority, ReportState


class Due(StrEnum):
    """What a report waits for."""

    RESPONSE = "response"
    ACCEPTANCE = "acceptance"
    COMPLETION = "completion"


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """An open report (key: its id) that is at risk or late. ``due``: the first of its clocks that still runs, ``due_at`` when that ends.

    ``is_late`` held when it was said; whoever shows it compares ``due_at`` with the time.
    """

    report: str
    due: Due
    due_at: Moment
    is_late: bool
    state: ReportState
    category: str
    priority: Priority
    category_name: str | None = None
    district: str | None = None
    agency: str | None = None


class DeadlineCount(msgspec.Struct, frozen=True, kw_only=True):
    """Open reports that wait for one thing: those already late, and those at risk."""

    late: int = 0
    at_risk: int = 0


class DeadlineTotals(msgspec.Struct, frozen=True, kw_only=True):
    """How many open reports are late or at risk at ``as_of``, each counted once, under what it waits for. All of them: the list of
    ``Deadline`` ends at ``MOST_TOLD``.
    """

    as_of: Moment
    response: DeadlineCount
    acceptance: DeadlineCount
    completion: DeadlineCount

    @property
    def late(self) -> int:
        return self.response.late + self.acceptance.late + self.completion.late

    @property
    def at_risk(self) -> int:
        return self.response.at_risk + self.acceptance.at_risk + self.completion.at_risk

    def waiting_for(self, due: Due) -> int:
        """Late and at risk together."""
        count: DeadlineCount = getattr(self, due.value)
        return count.late + count.at_risk


class EvaluationRow(msgspec.Struct, frozen=True, kw_only=True):
    """Reports received in the window that have one thing in common. ``code``: ``None`` where nobody has said, or in a row of all.
    ``groups``: more than one in the row that puts the least frequent together; it has neither code nor name.

    ``late``: still open, and a clock was or is overrun. ``direct``: done with at most one forward; its share is of ``settled``, those
    done or declined. Medians in hours, of those that have been answered or done; ``None``: none has.
    """

    received: int
    open: int
    done: int
    late: int
    direct: int
    settled: int
    code: str | None = None
    name: str | None = None
    groups: int = 1
    respond_h: float | None = None
    finish_h: float | None = None

    @property
    def direct_share(self) -> float | None:
        """Percent."""
        return 100 * self.direct / self.settled if self.settled else None

    @property
    def done_share(self) -> float | None:
        """Percent of those received."""
        return 100 * self.done / self.received if self.received else None


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """Reports received from ``since`` to ``as_of``, all and in three cuts, the most frequent first; each cut adds up to all."""

    since: Moment
    as_of: Moment
    days: int
    total: EvaluationRow
    categories: tuple[EvaluationRow, ...] = ()
    agencies: tuple[EvaluationRow, ...] = ()
    districts: tuple[EvaluationRow, ...] = ()


MOST_TOLD = 100
"""Of the late and of those at risk each: what can still be helped is never crowded out by what is late already."""

DEADLINE = Topic(name="deadline", body=Deadline, delivery=Delivery.LATEST, stale_after_s=60, freshness=FreshnessRule.SOURCE, keep=2_000)
DEADLINE_TOTALS = Topic(
    name="deadline.totals", body=DeadlineTotals, delivery=Delivery.LATEST, stale_after_s=60, freshness=FreshnessRule.SOURCE, keep=100
)
EVALUATION = Topic(
    name="evaluation", body=Evaluation, delivery=Delivery.LATEST, stale_after_s=180, freshness=FreshnessRule.SOURCE, keep=100
)
