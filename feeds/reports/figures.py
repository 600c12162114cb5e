"""How the reports of a time went: counts, shares, hours and hotspots, by any cut. Counting is pure; ``cases`` alone asks the store.

Every share comes with what it is a share of. No word of a citizen is read here.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, exists, select

from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState
from feeds.reports.deadlines import was_late
from feeds.store.schema import EVENTS, REPORTS

GRID_DEG = 0.005
"""A square of the hotspots: some 550 m."""

MOST_HOTSPOTS = 100

_NOT_COUNTED = frozenset({ReportState.DUPLICATE, ReportState.INVALID})
_SETTLED = frozenset({ReportState.DONE, ReportState.DECLINED})


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What of a report is counted. ``is_forwarded``, ``is_answered``: ever, by its events."""

    id: str
    state: ReportState
    category: str
    priority: Priority
    channel: Channel
    received_at: datetime
    agency: str | None = None
    district: str | None = None
    lon: float | None = None
    lat: float | None = None
    respond_by: datetime | None = None
    accept_by: datetime | None = None
    finish_by: datetime | None = None
    responded_at: datetime | None = None
    accepted_at: datetime | None = None
    finished_at: datetime | None = None
    is_forwarded: bool = False
    is_answered: bool = False


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``count`` reports; by the calendar, not the office's hours. ``None`` where there is none."""

    count: int
    median: float | None
    p90: float | None


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cut's reports. ``code`` is ``None`` for those without one.

    ``direct``: done, declined or answered with no forward ever; ``direct_of``: all received but duplicates and pranks.
    ``late``: those of which any clock was or is overrun.
    """

    code: str | None
    received: int
    open: int
    done: int
    declined: int
    duplicate: int
    invalid: int
    late: int
    direct: int
    direct_of: int
    direct_share: float | None
    response: Hours
    completion: Hours


class Hotspot(msgspec.Struct, frozen=True, kw_only=True):
    """A square of ``GRID_DEG`` by its middle (degrees)."""

    lon: float
    lat: float
    count: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Reports received in ``since`` <= t < ``until``, as they stand at ``as_of``."""

    since: datetime
    until: datetime
    as_of: datetime
    total: FigureRow
    categories: list[FigureRow]
    agencies: list[FigureRow]
    districts: list[FigureRow]
    channels: list[FigureRow]
    hotspots: list[Hotspot]


def cases(connection: Connection, since: datetime, until: datetime, agency: str | None = None) -> list[Case]:
    """The reports of a time, of one agency where it is given."""
    columns = [REPORTS.c[name] for name in Case.__struct_fields__ if name not in ("is_forwarded", "is_answered")]
    forwarded = exists().where(EVENTS.c.report == REPORTS.c.id, (EVENTS.c.kind == "forward") | (EVENTS.c.after == ReportState.FORWARDED))
    answered = exists().where(EVENTS.c.report == REPORTS.c.id, EVENTS.c.kind == "answer")
    query = select(*columns, forwarded.label("is_forwarded"), answered.label("is_answered"))
    query = query.where(REPORTS.c.is_shown, REPORTS.c.received_at >= since, REPORTS.c.received_at < until)
    if agency is not None:
        query = query.where(REPORTS.c.agency == agency)
    rows = connection.execute(query).mappings()
    return [msgspec.convert({str(name): value for name, value in row.items()}, Case, strict=False) for row in rows]


def figures(found: Sequence[Case], *, since: datetime, until: datetime, now: datetime) -> Figures:
    """Every cut of the same reports, so that each cut's ``received`` adds up to the total's."""
    return Figures(
        since=since,
        until=until,
        as_of=now,
        total=_row(None, found, now),
        categories=_cut(found, lambda case: case.category, now),
        agencies=_cut(found, lambda case: case.agency, now),
        districts=_cut(found, lambda case: case.district, now),
        channels=_cut(found, lambda case: case.channel, now),
        hotspots=hotspots(found),
    )


def hotspots(found: Iterable[Case]) -> list[Hotspot]:
    """Where most reports lie, pranks left out; the fullest square first."""
    squares = Counter(
        (math.floor(case.lon / GRID_DEG), math.floor(case.lat / GRID_DEG))
        for case in found
        if case.lon is not None and case.lat is not None and case.state is not ReportState.INVALID
    )
    ordered = sorted(squares.items(), key=lambda item: (-item[1], item[0]))[:MOST_HOTSPOTS]
    return [Hotspot(lon=round((x + 0.5) * GRID_DEG, 4), lat=round((y + 0.5) * GRID_DEG, 4), count=count) for (x, y), count in ordered]


def percentile(values: Sequence[float], share: float) -> float | None:
    """Between the nearest two values, as a spreadsheet reckons it; ``None`` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 2)


def _cut(found: Iterable[Case], key: Callable[[Case], str | None], now: datetime) -> list[FigureRow]:
    groups: defaultdict[str | None, list[Case]] = defaultdict(list)
    for case in found:
        groups[key(case)].append(case)
    return [_row(code, group, now) for code, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0] or ""))]


def _row(code: str | None, group: Sequence[Case], now: datetime) -> FigureRow:
    states = Counter(case.state for case in group)
    counted = [case for case in group if case.state not in _NOT_COUNTED]
    direct = sum(1 for case in counted if not case.is_forwarded and (case.state in _SETTLED or case.is_answered))
    return FigureRow(
        code=code,
        received=len(group),
        open=sum(states[state] for state in OPEN_STATES),
        done=states[ReportState.DONE],
        declined=states[ReportState.DECLINED],
        duplicate=states[ReportState.DUPLICATE],
        invalid=states[ReportState.INVALID],
        late=sum(1 for case in group if was_late(case, now)),
        direct=direct,
        direct_of=len(counted),
        direct_share=round(direct / len(counted), 4) if counted else None,
        response=_hours((case.received_at, case.responded_at) for case in group),
        completion=_hours((case.received_at, case.finished_at) for case in group if case.state is ReportState.DONE),
    )


def _hours(spans: Iterable[tuple[datetime, datetime | None]]) -> Hours:
    """A clock set wrong elsewhere may end before it began: that is no time at all."""
    known = [(end - start).total_seconds() / 3_600 for start, end in spans if end is not None and end >= start]
    return Hours(count=len(known), median=percentile(known, 0.5), p90=percentile(known, 0.9))
