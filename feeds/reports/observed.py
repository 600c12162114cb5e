"""Reports whose life is led in another system (a city's own Open311 server, the simulated city), written down here as they are seen.

Units of work, as in ``feeds.reports.service``. Each change is an event of its source; a report its source no longer tells of stays in the
store and leaves the wall. Once somebody here has acted on one, its source changes it no more, nor takes it off the wall: two hands would
undo each other. A source knows a report by its own number (``source_ref``), which is its id here too unless somebody else has that one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from feeds.codes import short_code
from feeds.messages.city import City
from feeds.messages.report import OPEN_STATES, Priority, Report, ReportState
from feeds.reports.clocks import Schedule, schedule
from feeds.reports.records import Record, columns_of, record_of, wall_report
from feeds.reports.roles import Role
from feeds.store.bulk import execute_with, insert_rows
from feeds.store.schema import EVENTS, OUTBOX, REPORTS

Scheduling = Callable[[City, str, Priority, datetime], Schedule]

_ACCEPTED = frozenset({ReportState.WORKING, ReportState.DONE})
_ANSWERED = _ACCEPTED | {ReportState.FORWARDED, ReportState.DECLINED}

_KNOWN = "SELECT source_ref FROM reports WHERE source = {mark} AND source_ref IN {marks}"
_TAKEN = "SELECT id FROM reports WHERE id IN {marks}"
_INTO_INTAKE = (
    "INSERT INTO intake (report, source, received_at) SELECT id, source, received_at FROM reports WHERE id IN {marks} ORDER BY received_at"
)
_INTO_EVENTS = (
    "INSERT INTO events (report, revision, kind, at, role, actor, after, body)"
    " SELECT id, revision, 'observed', changed_at, 'collector', source, state, '{{}}' FROM reports WHERE id IN {marks} ORDER BY received_at"
)

AT_A_TIME = 1_000
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

    def put(self, connection: Connection, reports: Iterable[Report]) -> None:
        """Takes new and changed reports; what another source calls alike is another report."""
        given = list(reports)
        for start in range(0, len(given), AT_A_TIME):
            self._put_some(connection, given[start : start + AT_A_TIME])

    def keep_only(self, connection: Connection, refs: Collection[str], is_kept: Callable[[str], bool]) -> None:
        """Takes from the wall what is not among ``refs``, all that its source tells of, but for that for which ``is_kept`` holds."""
        shown = select(REPORTS.c.id, REPORTS.c.source_ref).where(REPORTS.c.source == self._source, REPORTS.c.is_shown)
        gone = [key for key, ref in connection.execute(shown) if ref not in refs and not is_kept(ref)]
        for start in range(0, len(gone), AT_A_TIME):
            ours = self._led_here(connection, gone[start : start + AT_A_TIME])
            some = [key for key in gone[start : start + AT_A_TIME] if key not in ours]
            if not some:
                continue
            connection.execute(update(REPORTS).where(REPORTS.c.id.in_(some)).values(is_shown=False))
            connection.execute(insert(OUTBOX), [{"report": key, "body": None} for key in some])

    def _put_some(self, connection: Connection, reports: Sequence[Report]) -> None:
        standing = self._standing(connection, [report.id for report in reports])
        ours = self._led_here(connection, [record.id for record in standing.values() if record.revision > 1])
        ids = self._new_ids(connection, [report.id for report in reports if report.id not in standing])
        arrived: dict[str, Record] = {}
        changed: dict[str, Record] = {}
        for report in reports:
            before = arrived.get(report.id) or standing.get(report.id)
            if before is None:
                arrived[report.id] = self._arrived(report, ids[report.id])
            elif before.id in ours:
                if not before.is_shown:
                    changed[report.id] = msgspec.structs.replace(before, revision=before.revision + 1, is_shown=True)
            else:
                after = self._changed(report, before)
                if wall_report(after, self._city) != wall_report(before, self._city) or not before.is_shown:
                    changed[report.id] = after
        before_of = {record.id: record for record in (*standing.values(), *arrived.values())}
        self._write(connection, list(arrived.values()), list(changed.values()), before_of)

    def _standing(self, connection: Connection, refs: Sequence[str]) -> dict[str | None, Record]:
        """Those of this source that are known, by its own numbers."""
        known = execute_with(connection, _KNOWN, refs, self._source).scalars().all()
        if not known:
            return {}
        asked = select(REPORTS).where(REPORTS.c.source == self._source, REPORTS.c.source_ref.in_(known))
        return {record.source_ref: record for record in map(record_of, connection.execute(asked).mappings())}

    def _new_ids(self, connection: Connection, refs: Iterable[str]) -> dict[str, str]:
        """An id of its own for each of these: its number at its source, with the source's name before it where that number is taken."""
        ids: dict[str, str] = {}
        wanted = {ref: short_code(ref) for ref in refs}
        while wanted:
            taken = {*ids.values(), *self._taken(connection, wanted.values())}
            others: dict[str, str] = {}
            for ref, key in wanted.items():
                if key in taken:
                    others[ref] = short_code(f"{self._source}:{key}")
                else:
                    ids[ref] = key
                    taken.add(key)
            wanted = others
        return ids

    def _taken(self, connection: Connection, ids: Iterable[str]) -> set[str]:
        return set(execute_with(connection, _TAKEN, list(ids)).scalars())

    def _led_here(self, connection: Connection, moved: Sequence[str]) -> frozenset[str]:
        """Those of which an event was written by somebody who is no collector."""
        if not moved:
            return frozenset()
        query = select(EVENTS.c.report).where(EVENTS.c.report.in_(moved), EVENTS.c.role != Role.COLLECTOR).distinct()
        return frozenset(connection.execute(query).scalars())

    def _arrived(self, report: Report, key: str) -> Record:
        seen = _seen(report, key)
        return Record(
            id=key, source=self._source, source_ref=report.id, revision=1, **seen, **self._times(report, None), **_stops(report, None)
        )

    def _changed(self, report: Report, before: Record) -> Record:
        changes = {**_seen(report, before.id), **self._times(report, before), **_stops(report, before)}
        return msgspec.structs.replace(before, revision=before.revision + 1, is_shown=True, **changes)

    def _times(self, report: Report, before: Record | None) -> dict[str, Any]:
        """Its clocks, as if it had come through a door of this city; none where a stranger's date leaves the calendar."""
        if before is not None and before.finish_by is not None and _on_what(before) == _on_what(report):
            return {}
        try:
            times = self._due(self._city, report.category, report.priority, report.received_at)
        except OverflowError:
            return dict.fromkeys(Schedule._fields)
        return times._asdict()

    def _write(self, connection: Connection, arrived: Sequence[Record], changed: Sequence[Record], before: Mapping[str, Record]) -> None:
        written = [*arrived, *changed]
        if not written:
            return
        if arrived:
            insert_rows(connection, REPORTS, Record.__struct_fields__, map(msgspec.structs.astuple, arrived))
            # The rest is in the store now: copied there, thousands at once cost a third less.
            new = [record.id for record in arrived]
            execute_with(connection, _INTO_INTAKE, new)
            execute_with(connection, _INTO_EVENTS, new)
        if changed:
            # The key's own name is taken by the column that is set.
            rows = [columns_of(record) | {"which": record.id} for record in changed]
            connection.execute(update(REPORTS).where(REPORTS.c.id == bindparam("which")), rows)
            connection.execute(insert(EVENTS), [self._event(record, before[record.id]) for record in changed])
        lines = ((record.id, msgspec.json.encode(wall_report(record, self._city))) for record in written)
        insert_rows(connection, OUTBOX, ("report", "body"), lines)

    def _event(self, record: Record, before: Record) -> dict[str, Any]:
        return {
            "report": record.id, "revision": record.revision, "kind": "observed", "at": record.changed_at, "role": Role.COLLECTOR,
            "actor": self._source, "before": before.state, "after": record.state, "reason": None, "body": {},
        }  # fmt: skip


def _seen(report: Report, key: str) -> dict[str, Any]:
    """What a record takes over of a report; its id here is ``key``, and an exemption and what is merged into it are no source's to give."""
    seen = msgspec.structs.asdict(report)
    del seen["id"], seen["is_exempt"], seen["merged"], seen["position"]
    seen["lon"], seen["lat"] = (report.position.lon, report.position.lat) if report.position else (None, None)
    seen["clocks_since"] = report.received_at
    words = (key, report.category_name, report.category, report.place, report.text)
    seen["search"] = " ".join(word for word in words if word).casefold()
    return seen


def _on_what(report: Report | Record) -> tuple[str, str, datetime]:
    """What a report's clocks rest on."""
    return report.category, report.priority, report.received_at


def _stops(report: Report, before: Record | None) -> dict[str, Any]:
    """The clocks that what is seen has stopped, at the time its source gives for it.

    One that was closed when it was first seen does not tell when it was answered or accepted.
    """
    state, at = report.state, report.changed_at
    is_open = state in OPEN_STATES
    stops: dict[str, Any] = {}
    if before is not None or is_open:
        if state in _ANSWERED and (before is None or before.responded_at is None):
            stops["responded_at"] = at
        if state in _ACCEPTED and (before is None or before.accepted_at is None):
            stops["accepted_at"] = at
    if is_open:
        stops["finished_at"] = None
    elif before is None or before.state is not state or before.finished_at is None:
        stops["finished_at"] = at
    return stops
