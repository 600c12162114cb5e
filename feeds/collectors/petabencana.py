"""Citizens' disaster reports, flooded areas and flood gauges of PetaBencana.id, as they concern one city.

PetaBencana.id asks for a User-Agent and to be named (CC BY 4.0): https://docs.petabencana.id . Its filter by region is only a wish: what
is the city's, its outline decides. An empty answer means that nobody reported, not that there is no flood.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

import msgspec

from feeds.messages.city import City
from feeds.messages.environment import RIVER, RiverGauge, WaterLevel
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity
from feeds.messages.header import Position
from feeds.readers.cells import CellError, one_line
from feeds.readers.citizen_reports import KINDS, CitizenReport, clusters, flood_severity, headline
from feeds.readers.gauge_judgement import is_rising, judged, state_of
from feeds.readers.petabencana_records import (
    STATE_WORDS,
    STATES,
    area_time,
    gauge_levels,
    kind_of,
    report_of,
    result_of,
    state_of_area,
)
from feeds.readers.station_history import History
from feeds.readers.station_source import WEB_ADDRESS
from feeds.readers.station_table import TableError, read_document
from feeds.readers.topojson import Figure, TopoJsonError, read_figures
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

ATTRIBUTION = "PetaBencana.id"
REPORT, AREA, GAUGE = "petabencana report ", "petabencana area ", "petabencana gauge "
"""What the keys of reports, areas and gauges begin with."""

ENDPOINTS = {"reports": REPORT, "floods": AREA, "floodgauges": GAUGE}
MAX_POINTS = 4_000
"""Positions of one area that go on: more would not fit a message, and no wall shows them."""

PLACE_DECIMALS = 3
"""Of a citizen's point: about 100 m, so that it names a street and no door."""


class GaugeThresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where siaga 3, 2 and 1 begin at one gauge, cm: the service itself says only the state."""

    watch_cm: float | None = None
    alert_cm: float | None = None
    danger_cm: float | None = None


class PetaBencanaOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``region``: the province asked for (ID-BT is Banten); ``endpoints``: which of reports, floods and floodgauges.

    Reports count for ``report_hours`` and join within ``cluster_m``. Gauges up to ``gauge_radius_km`` from the city are shown, for water
    comes from upstream; ``gauges`` gives thresholds by gauge id. ``flat_after_h``, ``max_jump_cm_h``: as in the collector river.
    """

    base_url: str = "https://data.petabencana.id"
    region: str = "ID-BT"
    endpoints: tuple[str, ...] = ("reports", "floods", "floodgauges")
    report_hours: float = 6.0
    cluster_m: float = 300.0
    gauge_radius_km: float = 60.0
    gauges: dict[str, GaugeThresholds] = {}
    flat_after_h: float = 24.0
    max_jump_cm_h: float = 600.0


def check(options: PetaBencanaOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    if not WEB_ADDRESS.fullmatch(options.base_url):
        return "base_url: must be http or https without a user name"
    if not options.endpoints or not set(options.endpoints) <= set(ENDPOINTS):
        return f"endpoints: must be some of {', '.join(ENDPOINTS)}"
    if not 0 < options.report_hours <= 24 * 7 or not 1 <= options.cluster_m <= 5_000 or options.gauge_radius_km < 0:
        return "report_hours: hours are above 0 and up to 168, cluster_m from 1 to 5000, gauge_radius_km not below 0"
    if options.flat_after_h <= 0 or options.max_jump_cm_h <= 0:
        return "flat_after_h: flat_after_h and max_jump_cm_h are above 0"
    for name, marks in options.gauges.items():
        if not is_rising((marks.watch_cm, marks.alert_cm, marks.danger_cm)):
            return f"gauges.{name}.watch_cm: watch_cm, alert_cm and danger_cm must rise"
    return None


def read(ctx: CollectorContext[PetaBencanaOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """Reports, areas and gauges of answers, whichever they are."""
    figures: list[Figure] = []
    for document in documents:
        try:
            found = read_answer(document.body)
        except TableError as problem:
            ctx.quarantine(None, f"the answer {problem}", name=document.name)
            continue
        figures += found
        if not found:
            ctx.remark("an answer is empty: nobody reports, which does not mean that nothing happens")
    yield from _observed(ctx, figures)


COLLECTOR = CollectorSpec(
    key="petabencana",
    title=ATTRIBUTION,
    sink=Sink.BUS,
    topics=(HAZARD, RIVER),
    kind=Poll(every_s=120.0, timeout_s=90.0),
    options=PetaBencanaOptions,
    check=check,
    terms="Data: PetaBencana.id, CC BY 4.0; naming PetaBencana.id is mandatory; a User-Agent is required. "
    "No photo, text or name of a citizen is taken over.",
    requests_per_minute=20,
    read=read,
    standard="PetaBencana.id API v3; TopoJSON 1.0 with and without transform; RFC 7946 GeoJSON",
    recorded=("petabencana/reports_topojson_quantized.json", "petabencana/floodgauges_topojson.json"),
    bad_input="tests/collectors/test_petabencana.py",
    sample=Sample(
        options={"base_url": "{base}"},
        answers={
            "/reports": '{"statusCode": 200, "result": {"type": "Topology", "objects": {"output": {"type": "GeometryCollection", '
            '"geometries": [{"type": "Point", "coordinates": [0, 0], "properties": {"pkey": "41", '
            '"created_at": "2026-11-22T01:20:00.000Z", "status": "confirmed", "disaster_type": "flood", '
            '"report_data": {"report_type": "flood", "flood_depth": 45}}}]}}, "arcs": [], '
            '"transform": {"scale": [1, 1], "translate": [106.64, -6.178]}}}',
            "/floods": '{"statusCode": 200, "result": {"type": "FeatureCollection", "features": null}}',
            "/floodgauges": '{"statusCode": 200, "result": {"type": "Topology", "objects": {"output": {"type": "GeometryCollection", '
            '"geometries": [{"type": "Point", "coordinates": [106.6, -6.2], "properties": {"gaugeid": "T1", "gaugenameid": "Pos Hulu", '
            '"observations": [{"f1": "2026-11-22T01:00:00+00:00", "f2": 90, "f3": 4, "f4": "SIAGA IV "}]}}]}}, "arcs": []}}',
        },
    ),
)


async def collect(ctx: CollectorContext[PetaBencanaOptions]) -> AsyncGenerator[Observed, None]:
    """All that holds for the city. Where one endpoint fails, what it brought last stays and the source is marked."""
    options = ctx.options
    figures: list[Figure] = []
    answered = 0
    for name in options.endpoints:
        params = {"admin": options.region}
        if name == "reports":
            params["timeperiod"] = str(round(options.report_hours * 3600))
        elif name == "floods":
            params["minimum_state"] = "1"
        try:
            answer = await ctx.http.get(f"{options.base_url.rstrip('/')}/{name}", params=params)
            found = read_answer(answer.body)
        except (SourceDown, TableError) as problem:
            reason = str(problem) if isinstance(problem, SourceDown) else f"{name}: the answer {problem}"
            ctx.partly_down(reason, keep=ENDPOINTS[name])
            continue
        answered += 1
        figures += found
        if not found:
            ctx.remark(f"{name} is empty: nobody reports, which does not mean that nothing happens")
    if not answered:
        raise SourceDown("; ".join(ctx.trouble))
    for record in _observed(ctx, figures):
        yield record


def read_answer(body: bytes) -> list[Figure]:
    """The figures of one answer, in TopoJSON or GeoJSON; ``TableError`` when it is neither."""
    document = result_of(read_document(body))
    if document is None or document == []:
        return []
    try:
        return list(read_figures(document))
    except TopoJsonError as problem:
        raise TableError(str(problem)) from problem


def _observed(ctx: CollectorContext[PetaBencanaOptions], figures: Sequence[Figure]) -> Iterator[Observed]:
    reports: dict[str, CitizenReport] = {}
    for figure in figures:
        kind = kind_of(figure.properties)
        try:
            if kind == "report":
                report = report_of(figure, ctx.clock())
                if ctx.geography.contains(report.lon, report.lat):
                    reports[report.id] = report
                else:
                    ctx.elsewhere()
            elif kind == "area":
                area = _area(ctx, figure)
                if area is not None:
                    yield Observed(topic=HAZARD, key=area.id, body=area, observed_at=area.issued_at)
            elif kind == "gauge":
                gauge = _gauge(ctx, figure)
                if gauge is not None:
                    yield Observed(topic=RIVER, key=gauge.id, body=gauge, observed_at=gauge.at)
            else:
                raise CellError(figure.problem or "is neither a report nor an area nor a gauge")
        except CellError as problem:
            ctx.quarantine(figure.properties, str(problem), name=_key_of(figure.properties))
    within = timedelta(hours=ctx.options.report_hours)
    for cluster in clusters(reports.values(), ctx.options.cluster_m, within):
        hazard = _point(ctx, cluster)
        yield Observed(topic=HAZARD, key=hazard.id, body=hazard, observed_at=max(report.at for report in cluster))


def _key_of(properties: dict[str, Any]) -> str | None:
    """Under which key the record would stand: a bad version does not take away the good one before it."""
    for field, prefix in (("gaugeid", GAUGE), ("pkey", REPORT), ("area_id", AREA)):
        key = one_line(properties.get(field))
        if key is not None:
            return f"{prefix}{key}"
    return None


def _point(ctx: CollectorContext[PetaBencanaOptions], cluster: Sequence[CitizenReport]) -> Hazard:
    first = cluster[0]
    lon = round(sum(report.lon for report in cluster) / len(cluster), PLACE_DECIMALS)
    lat = round(sum(report.lat for report in cluster) / len(cluster), PLACE_DECIMALS)
    newest = max(report.at for report in cluster)
    kind = KINDS[first.kind][0]
    depths = [report.depth_cm for report in cluster if flood_severity(report.depth_cm) is not Severity.UNKNOWN]
    district = ctx.geography.district_at(first.lon, first.lat)
    return Hazard(
        id=f"{REPORT}{first.id}",
        kind=kind,
        severity=flood_severity(max((d for d in depths if d is not None), default=None)) if kind is HazardKind.FLOOD else Severity.UNKNOWN,
        headline=headline(cluster),
        issued_at=newest,
        onset_at=first.at,
        expires_at=newest + timedelta(hours=ctx.options.report_hours),
        area=ctx.city.district_name(district),
        districts=(district,) if district is not None else (),
        position=Position(lon=lon, lat=lat),
        attribution=ATTRIBUTION,
        is_drill=first.is_drill,
    )


def _area(ctx: CollectorContext[PetaBencanaOptions], figure: Figure) -> Hazard | None:
    """A flooded area that touches the city; ``None`` for one that is not flooded or not here."""
    state = state_of_area(figure.properties)
    if state is None:
        return None
    key = one_line(figure.properties.get("area_id")) or one_line(figure.properties.get("geom_id")) or one_line(figure.properties.get("id"))
    if key is None:
        raise CellError("area_id is missing")
    if figure.problem is not None or not figure.polygons:
        raise CellError(figure.problem or "has no polygon")
    rings = [tuple(polygon[0]) for polygon in figure.polygons]
    if any(not (-180 <= lon <= 180 and -90 <= lat <= 90) for ring in rings for lon, lat in ring):
        raise CellError("a position is no place on Earth")
    touching = [ring for ring in rings if ctx.geography.is_touched_by([ring])]
    if not touching:
        ctx.elsewhere()
        return None
    at = area_time(figure.properties, ctx.clock())
    names = [one_line(figure.properties.get(name), 60) for name in ("area_name", "parent_name")]
    shown: list[tuple[tuple[float, float], ...]] = []
    room = MAX_POINTS
    for ring in touching:
        if len(ring) <= room:
            shown.append(tuple((round(lon, 6), round(lat, 6)) for lon, lat in ring))
            room -= len(ring)
    return Hazard(
        id=f"{AREA}{key}",
        kind=HazardKind.FLOOD,
        severity=STATES[state],
        headline=f"Wilayah banjir: {STATE_WORDS[state]}",
        issued_at=at,
        onset_at=at,
        area=", ".join(name for name in names if name) or None,
        districts=ctx.geography.districts_touching(touching),
        polygons=tuple(shown),
        attribution=ATTRIBUTION,
    )


def _gauge(ctx: CollectorContext[PetaBencanaOptions], figure: Figure) -> RiverGauge | None:
    """The newest level of a gauge near enough to matter, judged by those before it."""
    options = ctx.options
    levels = gauge_levels(figure, ctx.clock())
    newest = max(levels, key=lambda level: level.at)
    position = None
    if figure.problem is not None:
        ctx.remark("positions that cannot be read are left out")
    elif figure.points and figure.points[0] != (0.0, 0.0) and abs(figure.points[0][0]) <= 180 and abs(figure.points[0][1]) <= 90:
        position = Position(lon=round(figure.points[0][0], 5), lat=round(figure.points[0][1], 5))
    if position is not None and ctx.geography.is_far_outside(position.lon, position.lat, options.gauge_radius_km):
        ctx.elsewhere()
        return None
    histories = cast(dict[str, History], ctx.memory.setdefault("histories", {}))
    history = histories.setdefault(newest.id, History(kept_h=max(options.flat_after_h, 3.0)))
    found = judged(history, levels, flat_after_h=options.flat_after_h, max_jump_cm_h=options.max_jump_cm_h)
    marks = options.gauges.get(newest.id, GaugeThresholds())
    thresholds = (marks.watch_cm, marks.alert_cm, marks.danger_cm)
    state = state_of(found.level_cm, thresholds) or newest.stated
    return RiverGauge(
        id=f"{GAUGE}{newest.id}",
        name=newest.name or newest.id,
        at=found.at,
        level_cm=found.level_cm,
        state=WaterLevel.UNKNOWN if found.fault is not None or state is None else state,
        attribution=ATTRIBUTION,
        thresholds_cm=thresholds,
        change_cm_h=found.change_cm_h,
        position=position,
        fault=found.fault,
    )
