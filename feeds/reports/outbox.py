"""Carries what the store lays out to the bus, in order, and nothing else: every line once it is committed, removed once Redis has it.

Killed anywhere, it begins with what is still laid out; a line told twice says what the bus already holds, and is not sent again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
import structlog
from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select, true
from sqlalchemy.exc import SQLAlchemyError

from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.messages.city import City
from feeds.messages.deadline import DEADLINE, DEADLINE_TOTALS, EVALUATION, Deadline, DeadlineTotals
from feeds.messages.header import Quality, Topic
from feeds.messages.report import INCIDENT, OPEN_STATES, REPORT, TICKER, TOTALS, Report
from feeds.messages.system import SOURCE, Source, SourceState
from feeds.reports.incidents import plain_title
from feeds.reports.ledger import TOTALS_KEY, Counted, ReportLedger, Window
from feeds.reports.records import record_of, wall_report
from feeds.reports.tellings import deadline_totals, deadlines, evaluation
from feeds.store.database import Database, StoreError
from feeds.store.schema import INTAKE, OUTBOX, REPORTS

LOOK_S = 0.3
"""Half a second from a door to the wall is the goal; a look at an empty outbox is one indexed question."""

RENEW_S = 5.0
"""With nothing to tell the totals' time is renewed so often: a quiet night is not an old one."""

SOON_S = 0.1
"""Where something was told there is more soon: a source is being stored, or a storm is on."""

PAUSE_S = 1.0
AT_A_TIME = 2_500
MANY = 250
"""After so many lines at once the next look does not wait at all."""

MOST_CAUGHT_UP = 5_000
"""Lines told one by one after a restart; of what lay there before them the bus gets the outcome."""

DEADLINES_S = 10.0
EVALUATION_S = 60.0

TOLD_TOPICS: tuple[Topic[Any], ...] = (DEADLINE, DEADLINE_TOTALS, EVALUATION)
REPORT_TOPICS: tuple[Topic[Any], ...] = (REPORT, TICKER, INCIDENT, TOTALS, *TOLD_TOPICS)

TELLINGS_KEY = "evaluation"

_report = msgspec.json.Decoder(Report).decode

_NEWEST = select(func.max(OUTBOX.c.number))

_log = structlog.get_logger("feeds.reports")


class Laid(NamedTuple):
    number: int
    report: str
    body: bytes | None


class Outbox:
    """One per namespace: the process that owns the report topics runs it. ``clock`` gives aware UTC times."""

    def __init__(
        self,
        database: Database,
        ledger: ReportLedger,
        publisher: BusPublisher,
        city: City,
        *,
        window: Window,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._publisher = publisher
        self._city = city
        self._window: Literal["day", "all"] = window
        self._clock = clock
        self._told = 0
        self._loaded_epoch: str | None = None
        self._is_in_trouble = False
        self._renewed_at: datetime | None = None
        self._since: datetime | None = None

    async def run(self) -> None:
        """Until cancelled; a database out of reach is said once and asked again."""
        while True:
            try:
                told = await self.step()
                if self._is_in_trouble:
                    self._is_in_trouble = False
                    _log.info("the store answers again")
            except (SQLAlchemyError, StoreError) as error:
                if not self._is_in_trouble:
                    self._is_in_trouble = True
                    _log.error("the store does not answer", problem=type(error).__name__, remedy="what is laid out waits there")
                await asyncio.sleep(PAUSE_S)
                continue
            if told < MANY:
                await asyncio.sleep(SOON_S if told else LOOK_S)

    def held(self) -> dict[str, Report]:
        """What stands on the bus, by id."""
        return self._ledger.held()

    async def step(self) -> int:
        """Tells what is laid out, at most ``AT_A_TIME`` lines; how many they were.

        While another process owns the reports it tells nothing. What that one told and removed is nowhere but in the store:
        a new epoch of the topic begins with all of the window.
        """
        if not self._publisher.is_owner(REPORT):
            return 0
        if self._loaded_epoch != self._publisher.mark(REPORT).epoch:
            await self._load()
        now = self._clock()
        since = self._ledger.since()
        is_due = self._renewed_at is None or (now - self._renewed_at).total_seconds() >= RENEW_S or self._since != since
        lines, counted = await asyncio.to_thread(self._database.read, lambda connection: self._look(connection, since, is_due=is_due))
        if lines:
            pieces = _without_repeats(lines)
            for number, piece in enumerate(pieces, 1):
                # Totals hold for what has been told to the end.
                await self._tell(piece, counted if number == len(pieces) else None, now)
                self._told = piece[-1].number
        elif counted is not None:
            await self._ledger.put([], now, counted=counted)
        else:
            await self._ledger.keep_true()
            return 0
        # Told without a count, the totals are owed: the next look counts, whatever it finds.
        self._renewed_at, self._since = now if counted is not None else None, since
        if all(self._publisher.is_told(topic) for topic in (REPORT, TICKER)):
            await asyncio.wrap_future(self._database.submit(self._remove))
        return len(lines)

    async def _load(self) -> None:
        """At the start of an epoch: everything of the window, so that the bus holds what the store holds, no more and no less.

        What is laid out and not on the bus yet is told step by step, after what stood before it.
        """
        now, epoch = self._clock(), self._publisher.mark(REPORT).epoch
        reports, lines, counted, upto = await asyncio.to_thread(self._database.read, self._everything)
        waiting = _untold(lines, {key: message.body for key, message in self._publisher.held(REPORT).items()})
        if waiting:
            moved = {line.report for line in waiting}
            await self._ledger.put([report for report in reports if report.id not in moved], now, counted=None)
            for piece in _without_repeats(waiting):
                await self._tell(piece, None, now)
        await self._ledger.replace(reports, now, counted=counted)
        self._told = upto
        self._loaded_epoch = epoch
        _log.info("reports of the window loaded", reports=len(reports))

    def _everything(self, connection: Connection) -> tuple[list[Report], list[Laid], Counted, int]:
        since = self._ledger.since()
        rows = connection.execute(select(REPORTS).where(REPORTS.c.is_shown, self._in_window(since))).mappings()
        reports = [wall_report(record_of(row), self._city) for row in rows]
        newest = select(OUTBOX.c.number, OUTBOX.c.report, OUTBOX.c.body).order_by(OUTBOX.c.number.desc()).limit(MOST_CAUGHT_UP)
        lines = [Laid(*row) for row in connection.execute(newest)][::-1]
        return reports, lines, self._count(connection, since), lines[-1].number if lines else 0

    def _look(self, connection: Connection, since: datetime, *, is_due: bool) -> tuple[list[Laid], Counted | None]:
        """What is laid out, and what the log counts with all of it; no count while there is more, nor when nobody waits for one."""
        newest = connection.execute(_NEWEST).scalar() or 0
        if newest <= self._told and not is_due:
            return [], None
        query = select(OUTBOX.c.number, OUTBOX.c.report, OUTBOX.c.body).where(OUTBOX.c.number > self._told)
        lines = [Laid(*row) for row in connection.execute(query.order_by(OUTBOX.c.number).limit(AT_A_TIME))]
        return lines, self._count(connection, since) if len(lines) < AT_A_TIME else None

    def _count(self, connection: Connection, since: datetime) -> Counted:
        """Received and carried, from the intake log."""
        carried = func.coalesce(func.sum(case((INTAKE.c.received_at < since, 1), else_=0)), 0)
        query = select(func.count(), carried, func.min(INTAKE.c.received_at)).select_from(
            INTAKE.join(REPORTS, INTAKE.c.report == REPORTS.c.id)
        )
        received, before, first = connection.execute(query.where(REPORTS.c.is_shown, self._in_window(since))).one()
        if self._window == "all":
            return Counted(since=first or since, received=received, carried=0)
        return Counted(since=since, received=received, carried=int(before))

    def _in_window(self, since: datetime) -> ColumnElement[bool]:
        if self._window == "all":
            return true()
        # As ``feeds.reports.ledger`` has it of the wall's report, whose ``changed_at`` this is.
        changed_at = func.coalesce(REPORTS.c.finished_at, REPORTS.c.changed_at)
        return or_(REPORTS.c.received_at >= since, REPORTS.c.state.in_(OPEN_STATES), changed_at >= since)

    def _remove(self, connection: Connection) -> None:
        connection.execute(delete(OUTBOX).where(OUTBOX.c.number <= self._told))

    async def _tell(self, lines: Sequence[Laid], counted: Counted | None, at: datetime) -> None:
        reports = [_report(line.body) for line in lines if line.body is not None]
        gone = [line.report for line in lines if line.body is None]
        await self._ledger.put(reports, at, gone=gone, counted=counted)


class Tellings:
    """Tells whose time runs out, each ``DEADLINES_S``, and how the last weeks went, each ``EVALUATION_S``.

    ``source`` stands in the messages. The publisher must own ``TOLD_TOPICS``. ``answers_for``: topics that stand and fall with the store
    too and have no collector to say so (reports that come through the doors alone).
    """

    def __init__(
        self,
        database: Database,
        publisher: BusPublisher,
        city: City,
        *,
        quality: Quality,
        source: str,
        clock: Callable[[], datetime],
        answers_for: tuple[Topic[Any], ...] = (),
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._city = city
        self._quality = quality
        self._source = source
        self._clock = clock
        self._title = "Laporan warga" if answers_for else "Evaluasi laporan"
        self._topics = tuple(topic.name for topic in (*TOLD_TOPICS, *answers_for))
        self._evaluated_at: datetime | None = None

    async def run(self) -> None:
        """Until cancelled; says of itself, as a source does, whether the store answers. Needs SOURCE on the publisher too."""
        checked_at: datetime | None = None
        failures = 0
        while True:
            try:
                accepted = await self.step()
                checked_at, failures, reason = self._clock(), 0, None
            except (SQLAlchemyError, StoreError) as error:
                accepted, failures, reason = 0, failures + 1, "the store does not answer"
                if failures == 1:
                    _log.error("deadlines and evaluation cannot be told", problem=type(error).__name__, remedy="they are asked for again")
            health = Source(
                collector=self._source,
                title=self._title,
                topics=self._topics,
                state=SourceState.OK if reason is None else SourceState.DOWN,
                checked_at=checked_at,
                interval_s=DEADLINES_S,
                accepted=accepted,
                failures=failures,
                reason=reason,
            )
            outgoing = Outgoing(key=TELLINGS_KEY, body=health, observed_at=self._clock(), source=self._source, quality=self._quality)
            await self._publisher.publish(SOURCE, [outgoing])
            await asyncio.sleep(DEADLINES_S)

    async def step(self) -> int:
        """Tells what is due, once; how many reports are at risk or late."""
        now = self._clock()
        found, totals = await asyncio.to_thread(self._database.read, lambda connection: _running_out(connection, now))
        await self._publisher.replace(DEADLINE, [self._outgoing(one.report, one, now) for one in found])
        await self._publisher.publish(DEADLINE_TOTALS, [self._outgoing(TOTALS_KEY, totals, now)])
        if self._evaluated_at is None or (now - self._evaluated_at).total_seconds() >= EVALUATION_S:
            figures = await asyncio.to_thread(self._database.read, lambda connection: evaluation(connection, self._city, now))
            await self._publisher.publish(EVALUATION, [self._outgoing(TOTALS_KEY, figures, now)])
            self._evaluated_at = now
        return totals.late + totals.at_risk

    def _outgoing(self, key: str, body: Any, at: datetime) -> Outgoing:
        return Outgoing(key=key, body=body, observed_at=at, source=self._source, quality=self._quality)


def outbox_for(
    database: Database,
    publisher: BusPublisher,
    city: City,
    *,
    window: Window,
    quality: Quality,
    source: str,
    clock: Callable[[], datetime],
    incident_title: Callable[[Report], str] = plain_title,
) -> Outbox:
    """The outbox with a ledger of its own; the publisher must own ``REPORT_TOPICS``."""
    zone = city.time_zone
    ledger = ReportLedger(
        publisher, source=source, quality=quality, time_zone=zone, window=window, clock=clock, incident_title=incident_title
    )
    return Outbox(database, ledger, publisher, city, window=window, clock=clock)


def _running_out(connection: Connection, now: datetime) -> tuple[list[Deadline], DeadlineTotals]:
    return deadlines(connection, now), deadline_totals(connection, now)


def _untold(lines: Sequence[Laid], held: Mapping[str, Report | None]) -> list[Laid]:
    """Those that follow what the bus holds of their report: what was told and not removed any more is not told again."""
    told: dict[str, int] = {}
    for line in lines:
        body = _report(line.body) if line.body is not None else None
        if body == held.get(line.report):
            told[line.report] = line.number
    return [line for line in lines if line.number > told.get(line.report, 0)]


def _without_repeats(lines: Sequence[Laid]) -> list[list[Laid]]:
    """Cut so that no piece tells of one report twice: each of its steps has its own line on the ticker."""
    pieces: list[list[Laid]] = [[]]
    seen: set[str] = set()
    for line in lines:
        if line.report in seen:
            pieces.append([])
            seen = set()
        seen.add(line.report)
        pieces[-1].append(line)
    return pieces
