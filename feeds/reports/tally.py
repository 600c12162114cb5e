"""Counts of a set of reports, kept in step with it. Pure; knows no bus and no clock."""

from collections import Counter
from datetime import datetime

from feeds.messages.report import PINLESS_STATES, Report, ReportState, Totals
from feeds.messages.system import TopicMark


class Tally:
    """Counts by state and by trait, changed by one report at a time so that a flood of changes stays cheap."""

    def __init__(self) -> None:
        self._states: Counter[ReportState] = Counter()
        self._without_position = 0
        self._outside = 0

    def add(self, report: Report) -> None:
        """Count one report in."""
        self._count(report, 1)

    def remove(self, report: Report) -> None:
        """Count out one report that was counted in."""
        self._count(report, -1)

    def _count(self, report: Report, step: int) -> None:
        self._states[report.state] += step
        if report.position is None and report.state not in PINLESS_STATES:
            self._without_position += step
        if report.is_outside:
            self._outside += step

    def totals(self, *, since: datetime, at: datetime, mark: TopicMark, received: int, carried: int) -> Totals:
        """The counts as one message; ``received`` and ``carried`` come from the intake log."""
        return Totals(
            since=since,
            at=at,
            reports_epoch=mark.epoch,
            reports_seq=mark.seq,
            received=received,
            new=self._states[ReportState.NEW],
            forwarded=self._states[ReportState.FORWARDED],
            working=self._states[ReportState.WORKING],
            done=self._states[ReportState.DONE],
            declined=self._states[ReportState.DECLINED],
            duplicate=self._states[ReportState.DUPLICATE],
            invalid=self._states[ReportState.INVALID],
            reopened=self._states[ReportState.REOPENED],
            without_position=self._without_position,
            outside=self._outside,
            carried=carried,
        )
