"""The one owner of reports, ticker lines, incidents and totals on the bus.

Every source of reports hands them in here; it decides nothing about a report's state and knows no source.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import structlog

from feeds.bus.publisher import Outgoing
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.report import INCIDENT, OPEN_STATES, REPORT, TICKER, TOTALS, Incident, Report, TickerLine, Totals
from feeds.messages.system import TopicMark
from feeds.reports.incidents import plain_title, summarise
from feeds.reports.tally import Tally

Clock = Callable[[], datetime]
Window = Literal["day", "all"]

TOTALS_KEY = "city"
REPORTS_AT_A_TIME = 500
"""Taken in without a pause, after which heartbeat and sources have their turn."""


class Counted(NamedTuple):
    """What the intake log says: how many reports were received since ``since``, those carried over from before it included."""

    since: datetime
    received: int
    carried: int


class Publishing(Protocol):
    """What the ledger needs of ``feeds.bus.publisher.BusPublisher``."""

    async def publish(self, topic: Topic[Any], outgoing: Sequence[Outgoing]) -> int: ...

    def held(self, topic: Topic[Any]) -> Mapping[str, Message[Any]]: ...

    def mark(self, topic: Topic[Any]) -> TopicMark: ...


class ReportLedger:
    """Holds the reports of a window and publishes what changed: reports, ticker, incidents, then the totals that hold for them.

    ``window`` "day": reports received since local midnight of ``time_zone``, and those received earlier that were still open
    then (carried). "all": every report handed in. ``clock`` gives aware UTC times. The publisher must own REPORT, TICKER,
    INCIDENT and TOTALS; what it found there after a restart is taken over without new ticker lines. A failed publication raises
    what the publisher raises; the same call may be made again: nothing is lost or counted twice.
    """

    def __init__(
        self,
        publisher: Publishing,
        *,
        source: str,
        quality: Quality,
        time_zone: str,
        window: Window,
        clock: Clock,
        incident_title: Callable[[Report], str] = plain_title,
    ) -> None:
        self._publisher = publisher
        self._source = source
        self._quality = quality
        self._zone = ZoneInfo(time_zone)
        self._window: Window = window
        self._clock = clock
        self._incident_title = incident_title
        self._reports: dict[str, Report] = {}
        self._tally = Tally()
        self._members: dict[str, set[str]] = {}
        self._touched_incidents: set[str] = set()
        self._incidents: dict[str, Incident] = {}
        self._lines: list[TickerLine] = []
        self._epoch = ""
        self._counted: Counted | None = None
        self._since: datetime | None = None
        self._lock = asyncio.Lock()
        self._log = structlog.get_logger("feeds.reports")

    def held(self) -> dict[str, Report]:
        """The reports of the window by id (a copy)."""
        return dict(self._reports)

    def since(self) -> datetime:
        """Where the day begins (UTC)."""
        local = self._clock().astimezone(self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)

    async def put(
        self,
        reports: Iterable[Report],
        observed_at: datetime,
        *,
        gone: Iterable[str] = (),
        counted: Counted | None,
    ) -> None:
        """Take in new and changed reports and withdraw those ``gone`` (unknown ids are ignored); an unchanged one is not published again.

        ``counted``: what the intake log says once these are in it; ``None`` of a part of a change, which is published without totals.
        An empty call renews the totals' time.
        """
        async with self._lock:
            self._take_over()
            self._counted = counted
            await self._apply(list(reports), frozenset(gone) & self._reports.keys(), observed_at)

    async def replace(self, reports: Iterable[Report], observed_at: datetime, *, counted: Counted) -> None:
        """Take in ``reports`` as all there are: those held and not among them are withdrawn."""
        async with self._lock:
            self._take_over()
            self._counted = counted
            given = list(reports)
            absent = self._reports.keys() - {report.id for report in given}
            await self._apply(given, absent, observed_at)

    async def keep_true(self) -> None:
        """Publish the totals again when the reports moved under them: after a flush, or when Redis got what had waited for it."""
        async with self._lock:
            held = self._publisher.held(TOTALS).get(TOTALS_KEY)
            if held is None or not isinstance(held.body, Totals):
                return
            mark = self._publisher.mark(REPORT)
            if (held.body.reports_epoch, held.body.reports_seq) != (mark.epoch, mark.seq):
                self._take_over()
                await self._apply([], frozenset(), held.observed_at)

    async def _apply(self, reports: list[Report], withdrawn: Iterable[str], observed_at: datetime) -> None:
        since = self.since()
        gone = set(withdrawn)
        latest = {report.id: report for report in reports}
        if self._window == "day":
            # Late news of a report closed on an earlier day ends its stay too.
            gone |= {key for key, report in latest.items() if not _belongs(report, since) and key in self._reports}
            latest = {key: report for key, report in latest.items() if _belongs(report, since)}
            if since != self._since:
                old = {report.id for report in self._reports.values() if not _belongs(report, since)}
                self._log.info("reports.day_begun", since=since.isoformat(), forgotten=len(old))
                gone |= old
        changed = [report for report in latest.values() if self._reports.get(report.id) != report]
        gone -= latest.keys()
        tombstones = [self._outgoing(key, None, observed_at) for key in sorted(gone)]
        await asyncio.sleep(0)
        await self._send(REPORT, [self._outgoing(report.id, report, observed_at) for report in changed] + tombstones)
        self._since = since
        for key in gone:
            self._drop(key)
        for start in range(0, len(changed), REPORTS_AT_A_TIME):
            self._lines += self._take(changed[start : start + REPORTS_AT_A_TIME])
            await asyncio.sleep(0)
        await self._send_lines(observed_at)
        await self._send_incidents(observed_at)
        if self._counted is not None:
            await self._send_totals(self._counted, observed_at)

    def _take_over(self) -> None:
        """After a restart or a new epoch: hold what the bus holds, so that nothing stands there uncounted."""
        epoch = self._publisher.mark(REPORT).epoch
        if epoch == self._epoch:
            return
        self._epoch = epoch
        strangers = [message.body for key, message in self._publisher.held(REPORT).items() if key not in self._reports]
        if strangers:
            self._take([body for body in strangers if isinstance(body, Report)])
            self._since = None
        for key, message in self._publisher.held(INCIDENT).items():
            if isinstance(message.body, Incident):
                self._incidents.setdefault(key, message.body)
                self._touched_incidents.add(key)

    def _take(self, changed: list[Report]) -> list[TickerLine]:
        lines: list[TickerLine] = []
        for report in changed:
            before = self._reports.get(report.id)
            if before is None or before.state != report.state:
                lines.append(_line(report))
            if before is not None:
                self._tally.remove(before)
                self._leave_incident(before)
            self._reports[report.id] = report
            self._tally.add(report)
            if report.incident is not None:
                self._members.setdefault(report.incident, set()).add(report.id)
                self._touched_incidents.add(report.incident)
        return lines

    def _drop(self, key: str) -> None:
        report = self._reports.pop(key)
        self._tally.remove(report)
        self._leave_incident(report)

    def _leave_incident(self, report: Report) -> None:
        if report.incident is not None:
            members = self._members[report.incident]
            members.remove(report.id)
            if not members:
                del self._members[report.incident]
            self._touched_incidents.add(report.incident)

    async def _send_lines(self, observed_at: datetime) -> None:
        # A first load may bring thousands: the stream keeps only the newest anyway.
        self._lines = sorted(self._lines, key=lambda line: line.at)[-TICKER.keep :]
        await self._send(TICKER, [self._outgoing(line.report, line, observed_at) for line in self._lines])
        self._lines = []

    async def _send_incidents(self, observed_at: datetime) -> None:
        found: dict[str, Incident | None] = {}
        for key in sorted(self._touched_incidents):
            incident = summarise(key, (self._reports[member] for member in self._members.get(key, ())), self._incident_title)
            if incident != self._incidents.get(key):
                found[key] = incident
        await self._send(INCIDENT, [self._outgoing(key, incident, observed_at) for key, incident in found.items()])
        for key, incident in found.items():
            if incident is None:
                self._incidents.pop(key, None)
            else:
                self._incidents[key] = incident
        self._touched_incidents.clear()

    async def _send_totals(self, counted: Counted, observed_at: datetime) -> None:
        totals = self._tally.totals(
            since=counted.since,
            at=observed_at,
            mark=self._publisher.mark(REPORT),
            received=counted.received,
            carried=counted.carried,
        )
        if not totals.ties_out():
            self._log.error("totals do not tie out; not published", received=totals.received, held=len(self._reports))
            return
        await self._send(TOTALS, [self._outgoing(TOTALS_KEY, totals, observed_at)])

    async def _send(self, topic: Topic[Any], items: list[Outgoing]) -> None:
        if items:
            await self._publisher.publish(topic, items)

    def _outgoing(self, key: str, body: Any, observed_at: datetime) -> Outgoing:
        return Outgoing(key=key, body=body, observed_at=observed_at, source=self._source, quality=self._quality)


def _belongs(report: Report, since: datetime) -> bool:
    return report.received_at >= since or report.state in OPEN_STATES or report.changed_at >= since


def _line(report: Report) -> TickerLine:
    return TickerLine(
        report=report.id,
        state=report.state,
        category=report.category,
        channel=report.channel,
        priority=report.priority,
        at=report.changed_at,
        district=report.district,
        place=report.place,
        category_name=report.category_name,
    )
