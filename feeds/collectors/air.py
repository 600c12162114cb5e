"""Air stations, from a folder of files or an address: concentrations in, Indonesia's air quality index (ISPU) computed here.

The index is defined on means of 24 hours: they are made here of what the station said through the day, and of too few hours the index is
marked as estimated. A value nobody believes gives no index; an index of another country is refused, never shown as ISPU.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast
from zoneinfo import ZoneInfo

import msgspec

from feeds.messages.city import City
from feeds.messages.environment import AIR, AirStation, Fault
from feeds.messages.header import Position, Quality
from feeds.readers.air_means import DAY_H, WHOLE_H, daily_mean
from feeds.readers.air_tables import FIELDS, AirReading, AirSample, Descriptions, read_samples
from feeds.readers.ispu import POLLUTANTS, UnitError, category, is_impossible, micrograms, rounded, sub_index
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

DUST = ("pm25", "pm10")
"""What nearly always decides the index: a station whose dust is not believed says nothing of the air."""

REMARKED_DIFFERENCE = 5
THREADED_BYTES = 256 * 1024


class PlacedStation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the city knows of one station better than its source."""

    name: str | None = None
    lat: float | None = None
    lon: float | None = None
    flat_after_h: float | None = None


class AirOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``url`` (one or several) or ``folder`` of the city folder. ``fields``: our name -> the column's (or a path, ``a.0.b``).

    ``units``: by pollutant, where the table says none (else µg/m³). ``flat_after_h``: the same value for longer is a fault.
    ``radius_km``: stations farther from the city are another's, 0 for none; those of ``stations`` are always the city's.
    """

    url: str | tuple[str, ...] = ()
    folder: str | None = None
    fields: dict[str, str] = {}
    units: dict[str, str] = {}
    stations: dict[str, PlacedStation] = {}
    flat_after_h: float = 24.0
    radius_km: float = 50.0
    attribution: str = ""
    api_key_secret: str | None = None
    api_key_header: str = "X-API-Key"


def check(options: AirOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    complaint = complaint_about_source(options.url, options.folder, options.fields, FIELDS)
    if complaint is not None:
        return complaint
    for pollutant, unit in options.units.items():
        if pollutant not in POLLUTANTS:
            return f"units.{pollutant}: there is no such pollutant; there are {', '.join(POLLUTANTS)}"
        try:
            micrograms(pollutant, 1.0, unit)
        except UnitError as problem:
            return f"units.{pollutant}: {problem}"
    if options.flat_after_h <= 0 or options.radius_km < 0:
        return "flat_after_h: must be above 0, and radius_km not below"
    for name, station in options.stations.items():
        wrong = complaint_about_place(station.lat, station.lon)
        if wrong is not None:
            return f"stations.{name}.lat: {wrong}"
    return None


def read(ctx: CollectorContext[AirOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """The stations of all documents together."""
    yield from _observed(ctx, _samples(ctx, documents)[0])


COLLECTOR = CollectorSpec(
    key="air",
    title="Kualitas udara",
    sink=Sink.BUS,
    topics=(AIR,),
    kind=Poll(every_s=600.0, timeout_s=60.0),
    options=AirOptions,
    check=check,
    terms="As the office that runs the stations says; name it in attribution. OpenAQ: CC BY 4.0 and the terms of each station's owner, "
    "an API key; Sensor.Community: Database Contents License v1.",
    requests_per_minute=30,
    read=read,
    standard="Permen LHK P.14/2020 (ISPU); CSV, JSON, GeoJSON; OpenAQ v1 to v3, Sensor.Community",
    recorded=(),
    bad_input="tests/collectors/test_air.py",
    sample=Sample(
        options={"url": "{base}/udara.csv"},
        answers={
            "/udara.csv": "stasiun;waktu;periode;PM2.5 (µg/m3);PM10 (µg/m3);NO2 (µg/m3);ispu\r\n"
            "Karawaci;22/11/2026 08:00;24 jam;38,4;61,0;22,5;78\r\n",
        },
    ),
)


async def collect(ctx: CollectorContext[AirOptions]) -> AsyncGenerator[Observed, None]:
    """One round: every station its source tells of. A source of which nothing can be read is down, what it gave last stays."""
    options = ctx.options
    documents = await documents_of(ctx, options.url, options.folder, key_header=options.api_key_header, key_secret=options.api_key_secret)
    is_large = sum(len(document.body) for document in documents) > THREADED_BYTES
    samples, usable = await asyncio.to_thread(_samples, ctx, documents) if is_large else _samples(ctx, documents)
    if not usable:
        raise SourceDown("; ".join(dict.fromkeys(refusal.reason for refusal in ctx.refusals)) or "nothing can be read")
    for record in _observed(ctx, samples):
        yield record


def _samples(ctx: CollectorContext[AirOptions], documents: Sequence[Document]) -> tuple[dict[str, list[AirSample]], int]:
    """What the stations say by their ids, and how many documents could be read."""
    options = ctx.options
    found: dict[str, list[AirSample]] = {}
    usable = 0
    about = Descriptions()
    parsed: list[tuple[Document, object]] = []
    for document in documents:
        try:
            parsed.append((document, read_document(document.body)))
            about.add(parsed[-1][1])
        except TableError as problem:
            ctx.quarantine(None, f"the document {problem}", name=document.name.rpartition("/")[2])
    for document, content in parsed:
        how = AirReading(
            zone=ZoneInfo(ctx.city.time_zone),
            now=ctx.clock(),
            refuse=lambda record, reason, name: ctx.quarantine(record, reason, name=name),
            remark=ctx.remark,
            fields=options.fields,
            units=options.units,
            only=station_named_by(document, options.stations),
            about=about,
            elsewhere=ctx.elsewhere,
        )
        try:
            for sample in read_samples(content, how):
                found.setdefault(sample.id, []).append(sample)
            usable += 1
        except TableError as problem:
            ctx.quarantine(None, f"the document {problem}", name=document.name.rpartition("/")[2])
    return found, usable


def _observed(ctx: CollectorContext[AirOptions], found: Mapping[str, Sequence[AirSample]]) -> Iterator[Observed]:
    published = 0
    for key, samples in found.items():
        order = sorted(samples, key=lambda sample: sample.at)
        station, quality = _station(ctx, key, order) or (None, Quality.MEASURED)
        if station is None:
            ctx.elsewhere()
        elif published >= MAX_STATIONS:
            ctx.quarantine(None, f"more than {MAX_STATIONS:,} stations: choose a smaller radius_km", name=key)
        else:
            published += 1
            yield Observed(topic=AIR, key=key, body=station, observed_at=station.at, quality=quality)


def _station(ctx: CollectorContext[AirOptions], key: str, order: Sequence[AirSample]) -> tuple[AirStation, Quality] | None:
    """The newest of one station, with its index and how good that is; ``None`` where the station is another city's."""
    options = ctx.options
    known = options.stations.get(key) or PlacedStation()
    newest = order[-1]
    given = next((sample.position for sample in reversed(order) if sample.position is not None), None)
    if known.lat is not None and known.lon is not None:
        is_ours, position = True, Position(lon=known.lon, lat=known.lat)
    else:
        is_ours, position = concerns(ctx, given, 0 if key in options.stations else options.radius_km)
    if not is_ours:
        return None
    flat = _flat(ctx, key, order, known.flat_after_h or options.flat_after_h)
    means, unsure = _means(ctx, key, newest, flat)
    fault, dominant, index = judged(replace(newest, values=means), flat)
    is_estimated = index is not None and dominant in unsure
    if is_estimated:
        ctx.remark(f"indices of fewer than {WHOLE_H} hours of values are marked as estimated: ISPU is of 24-hour means")
    if newest.stated is not None and index is not None and abs(newest.stated - index) > REMARKED_DIFFERENCE:
        ctx.remark(f"stated indices differ by more than {REMARKED_DIFFERENCE} from what the concentrations give: both are kept")
    for pollutant in sorted({p for p, value in newest.values.items() if is_impossible(p, value)} | (flat & newest.values.keys())):
        ctx.remark(f"{pollutant}: values that stand still or cannot be are not counted")
    station = AirStation(
        id=key,
        name=known.name or newest.name or key,
        at=newest.at,
        index=index,
        category=None if index is None else category(index),
        attribution=options.attribution or newest.attribution or COLLECTOR.title,
        dominant=dominant,
        concentrations=newest.values,
        stated_index=newest.stated,
        position=position,
        fault=fault,
    )
    return station, Quality.ESTIMATED if is_estimated else Quality.MEASURED


def _means(ctx: CollectorContext[AirOptions], key: str, newest: AirSample, flat: frozenset[str]) -> tuple[dict[str, float], set[str]]:
    """The means of the last 24 hours that can be had, and for which pollutants they are of too few hours.

    What the newest sample says that cannot be stays as it is, to be judged; a pollutant it does not tell of counts when its day is whole.
    """
    means = dict(newest.values)
    unsure: set[str] = set()
    if newest.is_index_only:
        return means, unsure
    for pollutant in POLLUTANTS:
        value, history = newest.values.get(pollutant), _histories(ctx).get((key, pollutant))
        if history is None or pollutant in newest.daily or (pollutant in flat if value is None else is_impossible(pollutant, value)):
            continue
        mean, hours = daily_mean(((at, one) for at, one in history.in_order() if not is_impossible(pollutant, one)), newest.at)
        if hours and (value is not None or hours >= WHOLE_H):
            means[pollutant] = round(mean, 3)
        if hours < WHOLE_H:
            unsure.add(pollutant)
    return means, unsure


def _histories(ctx: CollectorContext[AirOptions]) -> dict[tuple[str, str], History]:
    return cast(dict[tuple[str, str], History], ctx.memory.setdefault("histories", {}))


def _flat(ctx: CollectorContext[AirOptions], key: str, order: Sequence[AirSample], flat_after_h: float) -> frozenset[str]:
    """The pollutants whose value has stood still for longer than ``flat_after_h``."""
    histories = _histories(ctx)
    found: set[str] = set()
    for pollutant in POLLUTANTS:
        told = [(sample.at, sample.values[pollutant]) for sample in order if pollutant in sample.values]
        if told:
            histories.setdefault((key, pollutant), History(kept_h=max(flat_after_h, DAY_H))).add(told)
        if (key, pollutant) in histories and histories[(key, pollutant)].flat_h() > flat_after_h:
            found.add(pollutant)
    return frozenset(found)


def judged(sample: AirSample, flat: frozenset[str] = frozenset()) -> tuple[Fault | None, str | None, int | None]:
    """Fault, dominant pollutant and index of one sample; either the fault or the index is ``None``.

    A pollutant that is not believed is left out. There is no index where it would have decided: where it would give the highest one,
    or where it is dust and no other dust is believed (ours). A source that states only indices is taken at its word.
    """
    if sample.is_index_only:
        best = sample.critical or max(sample.indices, key=lambda pollutant: sample.indices[pollutant], default=None)
        index = sample.stated if sample.stated is not None else rounded(max(sample.indices.values())) if sample.indices else None
        return (None, best, index) if index is not None else (Fault.IMPOSSIBLE, None, None)
    impossible = {pollutant for pollutant, value in sample.values.items() if is_impossible(pollutant, value)}
    indices = {pollutant: sub_index(pollutant, value) for pollutant, value in sample.values.items() if pollutant not in impossible | flat}
    dominant = max(indices, key=lambda pollutant: indices[pollutant], default=None)
    if dominant is None:
        if not sample.values:
            return None, None, sample.stated
        return (Fault.IMPOSSIBLE if impossible else Fault.FLAT), None, None
    index = indices[dominant]
    doubted = impossible | (flat & set(sample.values))
    if any(pollutant in DUST for pollutant in doubted) and not any(pollutant in DUST for pollutant in indices):
        return (Fault.IMPOSSIBLE if impossible & set(DUST) else Fault.FLAT), None, None
    for pollutant in sorted(doubted):
        value = sample.values[pollutant]
        if value > 0 and sub_index(pollutant, value) > index:
            return (Fault.IMPOSSIBLE if pollutant in impossible else Fault.FLAT), None, None
    return None, dominant, rounded(index)
