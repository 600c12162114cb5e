"""How the reports of a time went: counts, shares, hours and hotspots, by any cut. Counting is pure; ``cases`` alone asks the store.

The desk and the wall (``feeds.reports.tellings``) show these, so that one word means one thing.

Every share comes with what it is a share of. No word of a citizen is read here.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from feeds.messages.report import OPEN_STATES, Channel, Priority, ReportState
from feeds.reports.deadlines import was_late
from feeds.store.schema import EVENTS, REPORTS

GRID_DEG = 0.005
"""A square of the hotspots: some 550 m."""

MOST_HOTSPOTS = 100

MOST_HANDS = 1
"""A report done with no more forwards than this was settled at once; the rest need several agencies."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What of a report is counted. ``clocks_since``: its arrival or last reopening. ``hands``: how often it was given to somebody, by its
    events."""

    id: str
    state: ReportState
    category: str
    priority: Priority
    channel: Channel
    received_at: datetime
    clocks_since: datetime
    category_name: str | None = None
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
    hands: int = 0


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """Of ``count`` reports, from arrival or the last reopening on; by the calendar. ``None`` where there is none."""

    count: int
    median: float | None
    p90: float | None


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cut's reports. ``code`` is ``None`` for those without one, ``name`` what they bring of their own.
    ``groups``: more than one in the row that puts the least frequent together.

    ``direct``: done with at most one forward, of ``direct_of``, those done or declined.
    ``late``: those of which any clock was or is overrun; ``late_open``: of these the ones still open.
    """

    code: str | None
    name: str | None
    groups: int
    received: int
    open: int
    done: int
    declined: int
    duplicate: int
    invalid: int
    late: int
    late_open: int
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
    columns = [REPORTS.c[name] for name in Case.__struct_fields__ if name != "hands"]
    of_the_time = and_(REPORTS.c.is_shown, REPORTS.c.received_at >= since, REPORTS.c.received_at < until)
    if agency is not None:
        of_the_time = and_(of_the_time, REPORTS.c.agency == agency)
    # Of one observed elsewhere only its becoming ``forwarded`` is seen.
    given = or_(EVENTS.c.kind == "forward", and_(EVENTS.c.kind == "observed", func.coalesce(EVENTS.c.before, "") != ReportState.FORWARDED))
    forwards = (
        select(EVENTS.c.report, func.count())
        .join_from(EVENTS, REPORTS, EVENTS.c.report == REPORTS.c.id)
        .where(EVENTS.c.after == ReportState.FORWARDED, given, of_the_time)
        .group_by(EVENTS.c.report)
    )
    hands: Mapping[str, int] = {row[0]: row[1] for row in connection.execute(forwards)}
    rows = connection.execute(select(*columns).where(of_the_time)).mappings()
    found = ({str(name): value for name, value in row.items()} for row in rows)
    return [msgspec.convert(row | {"hands": hands.get(row["id"], 0)}, Case, strict=False) for row in found]


def figures(found: Sequence[Case], *, since: datetime, until: datetime, now: datetime, most_rows: int | None = None) -> Figures:
    """Every cut of the same reports, so that each cut's ``received`` adds up to the total's.

    Of a cut of more than ``most_rows`` groups the last row puts the least frequent together.
    """
    return Figures(
        since=since,
        until=until,
        as_of=now,
        total=_row(found, now),
        categories=_cut(found, lambda case: case.category, now, most_rows),
        agencies=_cut(found, lambda case: case.agency, now, most_rows),
        districts=_cut(found, lambda case: case.district, now, most_rows),
        channels=_cut(found, lambda case: case.channel, now, most_rows),
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


def _cut(found: Iterable[Case], key: Callable[[Case], str | None], now: datetime, most_rows: int | None) -> list[FigureRow]:
    groups: defaultdict[str | None, list[Case]] = defaultdict(list)
    for case in found:
        groups[key(case)].append(case)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0] or ""))
    kept = len(ordered) if most_rows is None or len(ordered) <= most_rows else most_rows - 1
    rows = [_row(group, now, code) for code, group in ordered[:kept]]
    if rest := ordered[kept:]:
        rows.append(_row([case for _, group in rest for case in group], now, groups=len(rest)))
    return rows


def _row(group: Sequence[Case], now: datetime, code: str | None = None, groups: int = 1) -> FigureRow:
    states = Counter(case.state for case in group)
    done, declined = states[ReportState.DONE], states[ReportState.DECLINED]
    late = [case for case in group if was_late(case, now)]
    direct = sum(case.state is ReportState.DONE and case.hands <= MOST_HANDS for case in group)
    return FigureRow(
        code=code,
        name=next((case.category_name for case in reversed(group) if case.category == code), None),
        groups=groups,
        received=len(group),
        open=sum(states[state] for state in OPEN_STATES),
        done=done,
        declined=declined,
        duplicate=states[ReportState.DUPLICATE],
        invalid=states[ReportState.INVALID],
        late=len(late),
        late_open=sum(case.state in OPEN_STATES for case in late),
        direct=direct,
        direct_of=done + declined,
        direct_share=round(direct / (done + declined), 4) if done + declined else None,
        response=_hours((case.clocks_since, case.responded_at) for case in group),
        completion=_hours((case.clocks_since, case.finished_at) for case in group if case.state is ReportState.DONE),
    )


def _hours(spans: Iterable[tuple[datetime, datetime | None]]) -> Hours:
    """A clock set wrong elsewhere may end before it began: that is no time at all."""
    known = [(end - start).total_seconds() / 3_600 for start, end in spans if end is not None and end >= start]
    return Hours(count=len(known), median=percentile(known, 0.5), p90=percentile(known, 0.9))
