"""Water levels of gauges, from a folder of files or an address: any table of stations, and the answers of some public services.

Publishes each gauge's newest level with its own time. What a level means comes from the gauge's thresholds, the city's before the
source's; a value nobody believes goes on with its fault and without a judgement.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import cast
from zoneinfo import ZoneInfo

import msgspec

from feeds.messages.city import City
from feeds.messages.environment import RIVER, RiverGauge, WaterLevel
from feeds.messages.header import Position
from feeds.readers.gauge_judgement import is_rising, judged, state_of
from feeds.readers.river_sources import read_levels
from feeds.readers.river_tables import CM, FIELDS, Level, Reading, Thresholds, merged
from feeds.readers.station_history import History
from feeds.readers.station_source import (
    MAX_STATIONS,
    complaint_about_place,
    complaint_about_source,
    concerns,
    documents_of,
    station_named_by,
)
from feeds.readers.station_table import TableError, read_document
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

THREADED_BYTES = 256 * 1024
"""More is read beside the loop, so that heartbeat and other sources need not wait."""


class RiverStation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the city knows of one gauge better than its source. Thresholds in cm above its zero; ``flat_after_h`` for gauges that stand."""

    name: str | None = None
    river: str | None = None
    watch_cm: float | None = None
    alert_cm: float | None = None
    danger_cm: float | None = None
    lat: float | None = None
    lon: float | None = None
    flat_after_h: float | None = None


class RiverOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``url`` (one or several) or ``folder`` of the city folder. ``fields``: our name -> the column's (or a path, ``a.0.b``).

    ``unit``: where the table says none. ``watch_cm``, ``alert_cm``, ``danger_cm``: for gauges that have no thresholds of their own.
    ``flat_after_h``: the same value for longer is a fault. ``max_jump_cm_h``: a faster change is one. ``radius_km``: gauges farther away
    are another city's, 0 for none; those of ``stations`` are always this one's. ``attribution``: must stand beside the values.
    """

    url: str | tuple[str, ...] = ()
    folder: str | None = None
    fields: dict[str, str] = {}
    unit: str | None = None
    stations: dict[str, RiverStation] = {}
    watch_cm: float | None = None
    alert_cm: float | None = None
    danger_cm: float | None = None
    flat_after_h: float = 24.0
    max_jump_cm_h: float = 600.0
    radius_km: float = 150.0
    attribution: str = ""
    api_key_secret: str | None = None
    api_key_header: str = "X-API-Key"


def check(options: RiverOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    complaint = complaint_about_source(options.url, options.folder, options.fields, FIELDS)
    if complaint is not None:
        return complaint
    if options.unit is not None and options.unit not in CM:
        return f"unit: must be one of {', '.join(CM)}"
    if options.flat_after_h <= 0 or options.max_jump_cm_h <= 0 or options.radius_km < 0:
        return "flat_after_h: flat_after_h and max_jump_cm_h are above 0, radius_km is not below"
    for name, station in {"": options, **options.stations}.items():
        field = f"stations.{name}.watch_cm" if name else "watch_cm"
        if not is_rising((station.watch_cm, station.alert_cm, station.danger_cm)):
            return f"{field}: watch_cm, alert_cm and danger_cm must rise"
        wrong = complaint_about_place(station.lat, station.lon) if isinstance(station, RiverStation) else None
        if wrong is not None:
            return f"stations.{name}.lat: {wrong}"
    return None


def read(ctx: CollectorContext[RiverOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """The gauges of all documents together: one may name what another measures."""
    yield from _observed(ctx, _levels(ctx, documents)[0])


COLLECTOR = CollectorSpec(
    key="river",
    title="Tinggi muka air",
    sink=Sink.BUS,
    topics=(RIVER,),
    kind=Poll(every_s=300.0, timeout_s=60.0),
    options=RiverOptions,
    check=check,
    terms="As the office that runs the gauges says; name it in attribution. Environment Agency: Open Government Licence v3; "
    "USGS: public domain; PEGELONLINE: Datenlizenz Deutschland Zero 2.0.",
    read=read,
    standard="CSV (RFC 4180 and its local habits), JSON, GeoJSON; Environment Agency flood-monitoring, "
    "USGS water services (WaterML as JSON), PEGELONLINE REST v2",
    recorded=(),
    bad_input="tests/collectors/test_river.py",
    sample=Sample(
        options={"url": "{base}/tma.csv"},
        answers={
            "/tma.csv": "kode_pos;nama_pos;sungai;waktu;tinggi_muka_air (cm);siaga3;siaga2;siaga1\r\n"
            "CIS-01;Pintu Air 10;Cisadane;22/11/2026 07:30;120,5;150;250;350\r\n"
            "CIS-01;Pintu Air 10;Cisadane;22/11/2026 08:30;168,0;150;250;350\r\n",
        },
    ),
)


async def collect(ctx: CollectorContext[RiverOptions]) -> AsyncGenerator[Observed, None]:
    """One round: every gauge its source tells of. A source of which nothing can be read is down, what it gave last stays."""
    options = ctx.options
    documents = await documents_of(ctx, options.url, options.folder, key_header=options.api_key_header, key_secret=options.api_key_secret)
    is_large = sum(len(document.body) for document in documents) > THREADED_BYTES
    levels, usable = await asyncio.to_thread(_levels, ctx, documents) if is_large else _levels(ctx, documents)
    if not usable:
        raise SourceDown("; ".join(dict.fromkeys(refusal.reason for refusal in ctx.refusals)) or "nothing can be read")
    for record in _observed(ctx, levels):
        yield record


def _levels(ctx: CollectorContext[RiverOptions], documents: Sequence[Document]) -> tuple[dict[str, list[Level]], int]:
    """The readings by gauge, and how many documents could be read."""
    options = ctx.options
    found: dict[str, list[Level]] = {}
    usable = 0
    for document in documents:
        how = Reading(
            zone=ZoneInfo(ctx.city.time_zone),
            now=ctx.clock(),
            refuse=lambda record, reason, name: ctx.quarantine(record, reason, name=name),
            remark=ctx.remark,
            fields=options.fields,
            unit=options.unit,
            only=station_named_by(document, options.stations),
        )
        try:
            for level in read_levels(read_document(document.body), how):
                found.setdefault(level.id, []).append(level)
            usable += 1
        except TableError as problem:
            ctx.quarantine(None, f"the document {problem}", name=document.name.rpartition("/")[2])
    return found, usable


def _observed(ctx: CollectorContext[RiverOptions], found: dict[str, list[Level]]) -> Iterator[Observed]:
    published = 0
    for key, levels in found.items():
        newest = max(levels, key=lambda level: level.at)
        for other in sorted(levels, key=lambda level: level.at, reverse=True)[:50]:
            newest = merged(newest, other)
        gauge = _gauge(ctx, key, newest, levels)
        if gauge is None:
            ctx.elsewhere()
        elif published >= MAX_STATIONS:
            ctx.quarantine(None, f"more than {MAX_STATIONS:,} gauges: choose a smaller radius_km", name=key)
        else:
            published += 1
            yield Observed(topic=RIVER, key=key, body=gauge, observed_at=gauge.at)


def _gauge(ctx: CollectorContext[RiverOptions], key: str, level: Level, levels: Sequence[Level]) -> RiverGauge | None:
    """The newest level of one gauge judged by what it said before; ``None`` where the gauge is another city's."""
    options = ctx.options
    known = options.stations.get(key) or RiverStation()
    if known.lat is not None and known.lon is not None:
        is_ours, position = True, Position(lon=known.lon, lat=known.lat)
    else:
        is_ours, position = concerns(ctx, level.position, 0 if key in options.stations else options.radius_km)
    if not is_ours:
        return None
    flat_after_h = known.flat_after_h or options.flat_after_h
    histories = cast(dict[str, History], ctx.memory.setdefault("histories", {}))
    history = histories.setdefault(key, History(kept_h=max(flat_after_h, 3.0)))
    found = judged(history, levels, flat_after_h=flat_after_h, max_jump_cm_h=options.max_jump_cm_h)
    if level.is_above_sea:
        ctx.remark("levels that count from the sea's level, not from the gauge's zero, are shown as they are")
    thresholds = _thresholds(ctx, known, level)
    return RiverGauge(
        id=key,
        name=known.name or level.name or key,
        at=found.at,
        level_cm=found.level_cm,
        state=(state_of(found.level_cm, thresholds) or level.stated if found.fault is None else None) or WaterLevel.UNKNOWN,
        attribution=options.attribution or level.attribution or COLLECTOR.title,
        thresholds_cm=thresholds,
        river=known.river or level.river,
        change_cm_h=found.change_cm_h,
        position=position,
        fault=found.fault,
    )


def _thresholds(ctx: CollectorContext[RiverOptions], known: RiverStation, level: Level) -> Thresholds:
    """The city's for this gauge, else the source's own, else the city's for all; ones that do not rise are nobody's."""
    options = ctx.options
    for marks in (
        (known.watch_cm, known.alert_cm, known.danger_cm),
        level.thresholds_cm,
        (options.watch_cm, options.alert_cm, options.danger_cm),
    ):
        if not is_rising(marks):
            ctx.remark("thresholds that do not rise from watch to danger are left out")
        elif any(mark is not None for mark in marks):
            return marks
    return None, None, None
