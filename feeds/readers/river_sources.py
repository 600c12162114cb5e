"""The answers of three public gauge services that are no plain tables: Environment Agency (England), USGS, PEGELONLINE (Germany).

https://environment.data.gov.uk/flood-monitoring/doc/reference , https://waterservices.usgs.gov , https://www.pegelonline.wsv.de/webservice
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from feeds.readers.cells import CellError, moment, number, one_line
from feeds.readers.river_tables import Level, Reading, Thresholds, factor_of, merged, position_of, read_table
from feeds.readers.station_table import TableError, at_path, list_of, object_of, objects

USGS_GAGE_HEIGHT = frozenset({"00065", "63160", "72279", "72214", "62614", "62615", "62616"})
"""USGS parameters that are heights of water; 6xxxx ones count from sea level."""


def read_levels(document: object, how: Reading) -> Iterator[Level]:
    """All readings of one document, by its shape; ``TableError`` for what is none of a gauge."""
    fields, rows = object_of(document), list(objects(list_of(document)))
    if how.fields:
        yield from read_table(document, how)
    elif "timeSeries" in object_of(fields.get("value")):
        yield from _usgs(list_of(at_path(fields, "value.timeSeries")), how)
    elif "items" in fields and ("@context" in fields or "meta" in fields):
        yield from _environment_agency(fields["items"], how)
    elif rows and all("dateTime" in row and "measure" in row for row in rows[:50]):
        yield from _environment_agency(document, how)
    elif "timeseries" in fields or any("timeseries" in row for row in rows[:50]):
        yield from _pegelonline(rows or [fields], how)
    elif "currentMeasurement" in fields:
        yield from _series({"uuid": how.only}, fields, how)
    elif "error" in fields and not any(isinstance(value, list) for value in fields.values()):
        raise TableError("is an error message of the server")
    else:
        yield from read_table(document, how)


def _usgs(series: list[object], how: Reading) -> Iterator[Level]:
    for one in objects(series):
        code = one_line(at_path(one, "variable.variableCode.value")) or ""
        station = one_line(at_path(one, "sourceInfo.siteCode.value"))
        if code not in USGS_GAGE_HEIGHT:
            how.remark("rows of other quantities than the water level are left out")
            continue
        if station is None:
            how.refuse(one, "sourceInfo.siteCode is missing", None)
            continue
        readings = [reading for block in objects(list_of(one.get("values"))) for reading in objects(list_of(block.get("value")))]
        if not readings:
            how.refuse(one, "values: the series has no value", station)
        where = "sourceInfo.geoLocation.geogLocation"
        place = position_of(at_path(one, f"{where}.latitude"), at_path(one, f"{where}.longitude"), how) if readings else None
        unit = object_of(at_path(one, "variable.unit"))
        nothing = one_line(at_path(one, "variable.noDataValue"))
        for reading in readings:
            try:
                if nothing is not None and number(reading.get("value")) == number(nothing):
                    raise CellError("value is the source's own mark for none")
                factor, _ = factor_of(one_line(unit.get("unitCode")) or one_line(unit.get("unitAbbreviation")) or "ft")
                level = _level(station, reading.get("value"), reading.get("dateTime"), factor, how)
            except CellError as problem:
                how.refuse(reading, str(problem), station)
                continue
            name = one_line(at_path(one, "sourceInfo.siteName"))
            yield replace(level, name=name, position=place, is_above_sea=code != "00065", attribution="USGS")


def _level(station: str, value: object, at: object, factor: float, how: Reading) -> Level:
    # The Environment Agency now and then gives two values for one instant.
    given = cast(list[object], value)[0] if isinstance(value, list) and value else cast(object, value)
    try:
        height = number(given) * factor
    except CellError as problem:
        raise CellError(f"value {problem}" if given is not None else "value is missing") from problem
    try:
        time = moment(at, how.zone, now=how.now)
    except CellError as problem:
        raise CellError(f"time {problem}" if at is not None else "time is missing") from problem
    return Level(id=station, at=time, level_cm=height)


_MEASURE = re.compile(r"(?:.*/)?(?P<station>[^/]+?)-(?P<what>level|flow|rainfall|temperature|wind)-(?P<kind>\w*)-(?:.*-)?(?P<unit>[^-/]*)")


def _environment_agency(items: object, how: Reading) -> Iterator[Level]:
    """Readings, measures and stations may come together or alone; what a station says of itself holds for its measures."""
    records = list(objects(list_of(items) or [items]))
    for item in records:
        if item.get("measures") is not None:
            yield from _station(item, how)
        elif "latestReading" in item or "measure" in item:
            yield from _measure(item, {}, how)
        elif "dateTime" in item and "value" in item:
            yield from _measure({"@id": item.get("@id"), "latestReading": item}, {}, how)
        else:
            how.refuse(item, "is neither a reading nor a measure nor a station", one_line(item.get("notation")))


def _station(station: dict[str, Any], how: Reading) -> Iterator[Level]:
    measures = station["measures"]
    listed = list_of(measures) or [measures]
    for measure in objects(listed):
        yield from _measure(measure, station, how)
    if not any(True for _ in objects(listed)):
        how.refuse(station, "measures: no reading is given with the station; ask with _view=full", one_line(station.get("notation")))


def _measure(measure: dict[str, Any], station: dict[str, Any], how: Reading) -> Iterator[Level]:
    about = measure.get("measure")
    named = object_of(about)
    address = one_line(named.get("@id") or (about if isinstance(about, str) else None) or measure.get("@id"), 200) or ""
    parsed = _MEASURE.fullmatch(address.partition("/readings/")[2] or address)
    what = one_line(measure.get("parameter") or named.get("parameter")) or (parsed["what"] if parsed else "level")
    if what.casefold() not in ("level", "tidal_level", "water level"):
        how.remark("rows of other quantities than the water level are left out")
        return
    reference = (
        measure.get("stationReference") or named.get("stationReference") or station.get("stationReference") or station.get("notation")
    )
    key = one_line(reference) or (parsed["station"] if parsed else None) or how.only
    kind = one_line(measure.get("qualifier") or named.get("qualifier")) or (parsed["kind"] if parsed else "")
    is_downstream = kind.casefold().startswith("downst")
    if is_downstream:
        key = f"{key}-downstage"
    latest = measure.get("latestReading") if "latestReading" in measure else measure
    reading = object_of(latest)
    try:
        unit = one_line(measure.get("unitName") or named.get("unitName")) or (parsed["unit"] if parsed else "m")
        if unit in ("---", ""):
            raise CellError("unitName: the measure has no unit")
        factor, is_above_sea = factor_of(unit)
        level = _level(key, reading.get("value"), reading.get("dateTime") or reading.get("date"), factor, how)
    except CellError as problem:
        how.refuse(measure, str(problem), key)
        return
    label = station.get("label") or measure.get("label")
    first = cast(list[object], label)[0] if isinstance(label, list) and label else cast(object, label)
    # A weir has a scale on each side of it, and each counts from a zero of its own.
    scale = one_line(at_path(station, f"{'downstageScale' if is_downstream else 'stageScale'}.typicalRangeHigh"))
    try:
        high = number(scale) * 100.0 if scale is not None else None
    except CellError:
        high = None
    yield replace(
        level,
        name=one_line(first),
        river=one_line(station.get("riverName")),
        position=position_of(at_path(station, "lat"), at_path(station, "long"), how) if station else None,
        attribution="Environment Agency",
        thresholds_cm=(high, None, None),
        is_above_sea=is_above_sea,
    )


def _pegelonline(stations: list[dict[str, Any]], how: Reading) -> Iterator[Level]:
    for station in stations:
        series = station.get("timeseries")
        listed = list(objects(list_of(series) or [series]))
        levels = [one for one in listed if one.get("shortname") == "W"]
        if not levels:
            how.remark("rows of other quantities than the water level are left out")
        for one in levels:
            yield from _series(station, one, how)


def _series(station: dict[str, Any], series: dict[str, Any], how: Reading) -> Iterator[Level]:
    key = one_line(station.get("number")) or one_line(station.get("uuid")) or how.only
    current = series.get("currentMeasurement")
    reading = object_of(current)
    try:
        factor, is_above_sea = factor_of(one_line(series.get("unit")) or "cm")
        level = _level(key, reading.get("value"), reading.get("timestamp"), factor, how)
    except CellError as problem:
        how.refuse(series, str(problem), key)
        return
    about = Level(
        id=key,
        at=level.at,
        level_cm=level.level_cm,
        name=one_line(station.get("longname")) or one_line(station.get("shortname")),
        river=one_line(at_path(station, "water.longname")) or one_line(at_path(station, "water.shortname")),
        position=position_of(station.get("latitude"), station.get("longitude"), how),
        thresholds_cm=_marks(series, factor),
    )
    yield replace(merged(level, about), is_above_sea=is_above_sea, attribution="WSV PEGELONLINE")


def _marks(series: dict[str, Any], factor: float) -> Thresholds:
    """Mean high water and the two marks that stop shipping stand for watch, alert and danger, where they rise in this order."""
    found: dict[str, float] = {}
    for value in objects(list_of(series.get("characteristicValues"))):
        try:
            found[(one_line(value.get("shortname")) or "").replace(" ", "_")] = number(value.get("value")) * factor
        except CellError:
            continue
    marks = (found.get("MHW"), found.get("M_I"), found.get("M_II"))
    given = [mark for mark in marks if mark is not None]
    return marks if given == sorted(given) else (None, found.get("M_I"), found.get("M_II"))
