"""Reports whose life is led in another system (a city's own Open311 server, the simulated city), written down here as they are seen.

Units of work, as in ``feeds.reports.service``. Each change is an event of its source; a report its source no longer tells of stays in the
store and leaves the wall. Once somebody here has acted on one, its source changes it no more, nor takes it off the wall: two hands would
undo each other.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, Connection, Select, bindparam, func, insert, literal, select, update

from feeds.messages.city import City
from feeds.messages.report import OPEN_STATES, Priority, Report, ReportState
from feeds.reports.clocks import Schedule, schedule
from feeds.reports.records import Record, columns_of, record_of, rows_of, wall_report
from feeds.reports.roles import Role
from feeds.store.schema import EVENTS, INTAKE, OUTBOX, REPORTS

Scheduling = Callable[[City, str, Priority, datetime], Schedule]

_ACCEPTED = frozenset({ReportState.WORKING, ReportState.DONE})
_ANSWERED = _ACCEPTED | {ReportState.FORWARDED, ReportState.DECLINED}

_INTAKE = ("report", "source", "received_at")
_EVENT = ("report", "revision", "kind", "at", "role", "actor", "after", "body")

AT_A_TIME = 500
"""Ids in one question (SQLite takes some 32,000 values in all)."""


class Observer:
    """Writes down what the source called ``source`` tells. ``due``: when its reports must be answered, accepted, finished."""

    def __init__(self, city: City, source: str, *, due: Scheduling = schedule) -> None:
        self._city = city
        self._source = source
        self._due = due

    def count(self, connection: Connection) -> int:
        """Reports of this source that its last round told of."""
        query = select(func.count()).select_from(REPORTS).where(REPORTS.c.source == self._source, REPORTS.c.is_shown)
        return connection.execute(query).scalar_one()

    def replace(self, connection: Connection, reports: Iterable[Report], is_kept: Callable[[str], bool]) -> None:
        """Takes ``reports`` as all there are, but for those for which ``is_kept`` holds."""
        given = {report.id: report for report in reports}
        shown = select(REPORTS.c.id).where(REPORTS.c.source == self._source, REPORTS.c.is_shown)
        gone = [key for key in connection.execute(shown).scalars() if key not in given and not is_kept(key)]
        self.put(connection, given.values())
        for start in range(0, len(gone), AT_A_TIME):
            ours = self._led_here(connection, gone[start : start + AT_A_TIME])
            some = [key for key in gone[start : start + AT_A_TIME] if key not in ours]
            if not some:
                continue
            connection.execute(update(REPORTS).where(REPORTS.c.id.in_(some)).values(is_shown=False))
            connection.execute(insert(OUTBOX), [{"report": key, "body": None} for key in some])

    def put(self, connection: Connection, reports: Iterable[Report]) -> None:
        """Takes new and changed reports; one of another source keeps its life."""
        given = list(reports)
        for start in range(0, len(given), AT_A_TIME):
            self._put_some(connection, given[start : start + AT_A_TIME])

    def _put_some(self, connection: Connection, reports: Sequence[Report]) -> None:
        rows = connection.execute(select(REPORTS).where(REPORTS.c.id.in_([report.id for report in reports]))).mappings()
        standing = {record.id: record for record in map(record_of, rows)}
        ours = self._led_here(connection, [key for key, record in standing.items() if record.revision > 1])
        arrived: dict[str, Record] = {}
        changed: dict[str, Record] = {}
        for report in reports:
            before = arrived.get(report.id) or standing.get(report.id)
            if before is None:
                arrived[report.id] = self._record(report, None)
            elif before.source == self._source and before.id in ours:
                if not before.is_shown:
                    changed[report.id] = msgspec.structs.replace(before, revision=before.revision + 1, is_shown=True)
            elif before.source == self._source:
                after = self._record(report, before)
                if wall_report(after, self._city) != wall_report(before, self._city) or not before.is_shown:
                    changed[report.id] = after
        self._write(connection, arrived, changed, standing | arrived)

    def _led_here(self, connection: Connection, moved: Sequence[str]) -> frozenset[str]:
        """Those of which an event was written by somebody who is no collector."""
        if not moved:
            return frozenset()
        query = select(EVENTS.c.report).where(EVENTS.c.report.in_(moved), EVENTS.c.role != Role.COLLECTOR).distinct()
        return frozenset(connection.execute(query).scalars())

    def _record(self, report: Report, before: Record | None) -> Record:
        seen = {name: getattr(report, name) for name in report.__struct_fields__ if name != "position"}
        seen |= {"lon": report.position.lon, "lat": report.position.lat} if report.position else {"lon": None, "lat": None}
        words = (report.id, report.category_name, report.category, report.place, report.text)
        seen["search"] = " ".join(word for word in words if word).casefold()
        if before is None:
            record = Record(source=self._source, source_ref=report.id, revision=1, **seen)
        else:
            record = msgspec.structs.replace(before, **seen, revision=before.revision + 1, is_shown=True)
        return self._timed(_stopped(record, before), before)

    def _timed(self, record: Record, before: Record | None) -> Record:
        """Its clocks, as if it had come through a door of this city; none where a stranger's date leaves the calendar."""
        if before is not None and before.finish_by is not None and _on_what(before) == _on_what(record):
            return record
        try:
            times = self._due(self._city, record.category, record.priority, record.received_at)._asdict()
        except OverflowError:
            times = dict.fromkeys(Schedule._fields)
        return msgspec.structs.replace(record, **times)

    def _write(
        self, connection: Connection, arrived: Mapping[str, Record], changed: Mapping[str, Record], standing: Mapping[str, Record]
    ) -> None:
        written = [*arrived.values(), *changed.values()]
        if not written:
            return
        if arrived:
            connection.execute(insert(REPORTS), rows_of(arrived.values()))
            # The rest is in the store now: copied there, thousands at once cost a third less.
            new = REPORTS.c.id.in_(list(arrived))
            connection.execute(
                insert(INTAKE).from_select(_INTAKE, select(REPORTS.c.id, REPORTS.c.source, REPORTS.c.received_at).where(new))
            )
            connection.execute(insert(EVENTS).from_select(_EVENT, _first_event().where(new)))
        if changed:
            # The key's own name is taken by the column that is set.
            rows = [columns_of(record) | {"which": record.id} for record in changed.values()]
            connection.execute(update(REPORTS).where(REPORTS.c.id == bindparam("which")), rows)
            connection.execute(insert(EVENTS), [self._event(record, standing[record.id]) for record in changed.values()])
        lines = [{"report": record.id, "body": msgspec.json.encode(wall_report(record, self._city))} for record in written]
        connection.execute(insert(OUTBOX), lines)

    def _event(self, record: Record, before: Record) -> dict[str, Any]:
        return {
            "report": record.id, "revision": record.revision, "kind": "observed", "at": record.changed_at, "role": Role.COLLECTOR,
            "actor": self._source, "before": before.state, "after": record.state, "reason": None, "body": {},
        }  # fmt: skip


def _first_event() -> Select[Any]:
    """Each report's, as columns of ``_EVENT``."""
    kind, role, body = literal("observed"), literal(Role.COLLECTOR.value), literal({}, JSON)
    return select(REPORTS.c.id, REPORTS.c.revision, kind, REPORTS.c.changed_at, role, REPORTS.c.source, REPORTS.c.state, body)


def _on_what(record: Record) -> tuple[str, str, datetime]:
    """What a report's clocks rest on."""
    return record.category, record.priority, record.received_at


def _stopped(record: Record, before: Record | None) -> Record:
    """The clocks that what is seen has stopped, at the time its source gives for it.

    One that was closed when it was first seen does not tell when it was answered or accepted.
    """
    state, at = record.state, record.changed_at
    if before is not None or state in OPEN_STATES:
        if state in _ANSWERED and record.responded_at is None:
            record = msgspec.structs.replace(record, responded_at=at)
        if state in _ACCEPTED and record.accepted_at is None:
            record = msgspec.structs.replace(record, accepted_at=at)
    if state in OPEN_STATES:
        return msgspec.structs.replace(record, finished_at=None)
    if before is None or before.state is not state or record.finished_at is None:
        return msgspec.structs.replace(record, finished_at=at)
    return record
