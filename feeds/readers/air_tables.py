"""Concentrations of air stations from the tables and answers the world gives them in. Pure: computes no index.

Recognised: OpenAQ v1 to v3, Sensor.Community, tables with a column for each pollutant or a row for each (parameter, value), under the
usual Indonesian and English names or the city's field map. What gives only an index of another country is refused: it is no ISPU.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any

from feeds.messages.header import Position
from feeds.readers.air_means import is_of_a_day
from feeds.readers.cells import CellError, is_month_first, moment, number, one_line, place, quantity
from feeds.readers.ispu import POLLUTANTS, UnitError, micrograms
from feeds.readers.nested_rows import plain_name
from feeds.readers.station_table import (
    BROKEN,
    MAX_ROWS,
    Columns,
    Row,
    TableError,
    at_path,
    columns_of,
    decimal_marks,
    list_of,
    object_of,
    objects,
    rows_of,
)

Refuse = Callable[[object, str, str | None], None]


@dataclass(frozen=True)
class AirSample:
    """What one station says of one instant. ``values``: µg/m³ by pollutant. ``stated``: the ISPU it states itself.

    ``is_index_only``: the source publishes ISPU figures and no concentrations; ``indices`` are those of its pollutants, ``critical`` the
    one it names as the deciding one. ``daily``: the pollutants whose value is a mean of 24 hours, by the source's own word.
    """

    id: str
    at: datetime
    values: dict[str, float] = field(default_factory=dict[str, float])
    name: str | None = None
    position: Position | None = None
    stated: int | None = None
    is_index_only: bool = False
    indices: dict[str, float] = field(default_factory=dict[str, float])
    attribution: str | None = None
    critical: str | None = None
    daily: set[str] = field(default_factory=set[str])


def _nothing() -> None:
    return


@dataclass(frozen=True)
class AirReading:
    """How tables are to be read: ``fields``, ``units`` (by pollutant) and ``only`` (the id of a file that names no station).

    ``elsewhere`` is told of each station that is none of the open air.
    """

    zone: tzinfo
    now: datetime
    refuse: Refuse
    remark: Callable[[str], None]
    fields: Mapping[str, str]
    units: Mapping[str, str]
    only: str = "stasiun"
    about: "Descriptions | None" = None
    elsewhere: Callable[[], None] = _nothing


@dataclass(frozen=True)
class Descriptions:
    """What OpenAQ v3 says apart from the values: ``sensors``: the parameter of each, ``places``: name and coordinates of each location."""

    sensors: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    places: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def add(self, document: object) -> None:
        """Take what a list of locations says; any other document says nothing here."""
        for row in objects(rows_of(document)):
            for sensor in objects(list_of(row.get("sensors"))):
                self.sensors[one_line(sensor.get("id")) or ""] = object_of(sensor.get("parameter"))
                self.places[one_line(row.get("id")) or ""] = row


_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "id": ("idstasiun", "kodestasiun", "stationid", "stationcode", "siteid", "sitecode", "locationid", "locationsid", "sensorid", "kode",
           "code", "id", "uid", "uuid"),
    "name": ("namastasiun", "stasiun", "stationname", "station", "sitename", "lokasispku", "lokasi", "nama", "name", "location", "site",
             "locationname"),
    "at": ("waktu", "tanggalwaktu", "datetime", "datetimeutc", "timestamp", "time", "observedat", "lastupdated", "lastupdate", "updatedat",
           "dateutc", "ts", "at", "tgl", "tanggal", "date", "periodedata"),
    "period": ("periodedata",),
    "date": ("tanggal", "tgl", "date"),
    "time": ("jam", "pukul", "waktu", "time", "hour"),
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "long", "lng", "longitude", "bujur", "x"),
    "stated": ("ispu", "indeksispu", "nilaiispu", "indeks"),
    "largest": ("max", "maks"),
    "critical": ("parameterpencemarkritis", "parameterkritis", "pencemarkritis", "critical", "kritis", "paramutama"),
    "averaging": ("averagingperiod", "averagingtime", "averaging", "avgperiod", "waktureratarata", "waktupengukuran", "periode", "period",
                  "interval"),
    "parameter": ("parameter", "pollutant", "pencemar", "polutan", "species", "component"),
    "value": ("value", "nilai", "concentration", "konsentrasi", "measurement", "hasil"),
    "unit": ("unit", "satuan", "units", "uom"),
})  # fmt: skip
_POLLUTANT_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "pm25": ("pm25", "pm2p5", "pm25ugm3", "pm25µgm3", "pm25ug", "pm25conc", "pm25concentration", "p2", "particulatematter25", "pm02",
             "pmduakomalima"),
    "pm10": ("pm10", "pm10ugm3", "pm10µgm3", "pm10ug", "pm10conc", "pm10concentration", "p1", "particulatematter10", "pmsepuluh"),
    "so2": ("so2", "so2ugm3", "so2µgm3", "sulfurdioxide", "sulphurdioxide", "sulfurdioksida", "belerangdioksida"),
    "co": ("co", "cougm3", "coµgm3", "carbonmonoxide", "karbonmonoksida"),
    "o3": ("o3", "o3ugm3", "o3µgm3", "ozone", "ozon"),
    "no2": ("no2", "no2ugm3", "no2µgm3", "nitrogendioxide", "nitrogendioksida"),
    "hc": ("hc", "hcugm3", "hidrokarbon", "hydrocarbon", "hydrocarbons", "nmhc"),
})  # fmt: skip
USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType({**_NAMES, **_POLLUTANT_NAMES})
FIELDS = tuple(USUAL)
_POLLUTANT_OF: Mapping[str, str] = MappingProxyType({name: key for key, names in _POLLUTANT_NAMES.items() for name in names})
_FOREIGN_INDEX = frozenset({"aqi", "iaqi", "aqius", "aqicn", "usaqi", "usepaindex", "airqualityindex"})
FOREIGN = "gives an air quality index of another country and no concentrations: it cannot be shown as ISPU"


def pollutant_of(name: object) -> str | None:
    """``PM2.5``, ``pm2_5``, ``P2``, ``Ozon`` -> our key; ``None`` for anything else."""
    return _POLLUTANT_OF.get(plain_name(name)) if isinstance(name, str) else None


def read_samples(document: object, how: AirReading) -> Iterator[AirSample]:
    """All that a document says, one sample for each station and instant; ``TableError`` for what is none of an air station."""
    top = object_of(document)
    if top.get("status") == "error" or ("error" in top and not any(isinstance(value, (list, dict)) for value in top.values())):
        raise TableError("is an error message of the server")
    if "iaqi" in object_of(top.get("data")) or at_path(top, "data.current.pollution.aqius") is not None:
        raise TableError(FOREIGN)
    rows = rows_of(document)
    if not rows:
        raise TableError("has no rows")
    for row in rows:
        if not isinstance(row, dict):
            how.refuse(row, "is not an object", None)
    if len(rows) >= MAX_ROWS:
        how.remark(f"only the last {MAX_ROWS:,} rows of a document are read")
    table = _outdoors(objects(rows), how)
    if rows and not table and any(isinstance(row, dict) for row in rows):
        return
    if not how.fields:
        described = how.about or Descriptions()
        if table and all("sensors" in row and "value" not in row for row in table):
            return
        table = [flat for row in table for flat in _flattened(row, described)]
    columns = columns_of(table, how.fields, USUAL)
    names = {field for row in table[:1_000] for field in columns.names(row)}
    if not names & {*POLLUTANTS, "stated"} and not {"parameter", "value"} <= names:
        if any(plain_name(name) in _FOREIGN_INDEX for row in table[:100] for name in row):
            raise TableError(FOREIGN)
        raise TableError("has no column that is known as a pollutant; name it in fields")
    if "at" not in names and "date" not in names:
        raise TableError("has no column that is known as a time; name it in fields.at")
    yield from _together(_samples(table, columns, how))


def _outdoors(rows: Iterator[dict[str, Any]], how: AirReading) -> list[dict[str, Any]]:
    """Without the stations that Sensor.Community marks as standing indoors: they measure a kitchen, not the city."""
    kept: list[dict[str, Any]] = []
    indoors: set[str] = set()
    for row in rows:
        if one_line(at_path(row, "location.indoor")) == "1" or at_path(row, "location.indoor") is True:
            indoors.add(one_line(at_path(row, "location.id")) or str(len(indoors)))
        else:
            kept.append(row)
    for _ in indoors:
        how.elsewhere()
    return kept


def _flattened(row: dict[str, Any], described: Descriptions) -> Iterator[dict[str, Any]]:
    """The plain rows of one nested record: OpenAQ's measurements, Sensor.Community's values, a station with its readings."""
    location = described.places.get(one_line(row.get("locationsId")) or "", {})
    place = object_of(row.get("coordinates")) or object_of(row.get("location")) or object_of(location.get("coordinates"))
    base: dict[str, Any] = {name: value for name, value in row.items() if not isinstance(value, (dict, list))}
    for name in ("latitude", "longitude"):
        if name in place:
            base.setdefault(name, place[name])
    if isinstance(row.get("location"), dict) and "id" in place:
        base["station_id"] = place["id"]
    for name in ("date", "datetime"):
        date = object_of(row.get(name))
        if date:
            base["timestamp"] = date.get("utc") or date.get("local")
    ends = at_path(row, "period.datetimeTo.utc") or at_path(row, "period.datetimeTo.local")
    if ends is not None:
        base["timestamp"] = ends
    averaging = object_of(row.get("averagingPeriod"))
    said = at_path(row, "period.interval") or at_path(row, "period.label")
    if averaging or said is not None:
        base["averagingperiod"] = f"{one_line(averaging.get('value'))} {one_line(averaging.get('unit'))}" if averaging else said
    parameter = object_of(row.get("parameter")) or described.sensors.get(one_line(row.get("sensorsId")) or "")
    if parameter:
        base |= {"parameter": parameter.get("name"), "unit": parameter.get("units")}
    if one_line(location.get("name")):
        base["station_name"] = location["name"]
    inner = list(objects(list_of(row.get("measurements"))))
    for value in objects(list_of(row.get("sensordatavalues"))):
        # Sensor.Community says its times without a zone, and means UTC.
        base["timestamp"] = f"{row.get('timestamp')}Z" if isinstance(row.get("timestamp"), str) else None
        inner.append({"parameter": value.get("value_type"), "value": value.get("value")})
    if inner:
        if "sensordatavalues" in row:
            base.pop("id", None)
        yield from ({**base, **one} for one in inner)
    elif "sensors" not in row or "value" in row:
        yield base


def _samples(table: list[dict[str, Any]], columns: Columns, how: AirReading) -> Iterator[AirSample]:
    month_first = any(is_month_first(cell) for row in table[:5_000] if isinstance(cell := columns.get(row, "at"), str))
    is_index_only = bool(table) and _states_indices(table[0])
    if is_index_only:
        how.remark("the table states indices, not concentrations: they are shown as the station's own")
    marks = decimal_marks(table, columns, (*POLLUTANTS, "value", "stated"), how.remark)
    for row in table:
        station = one_line(columns.get(row, "id")) or one_line(columns.get(row, "name")) or how.only
        try:
            sample = _sample(row, station, columns, how, month_first, is_index_only, marks)
        except CellError as problem:
            how.refuse({name: value for name, value in row.items() if name != BROKEN}, str(problem), station)
            continue
        if sample is not None:
            yield sample


def _states_indices(row: Row) -> bool:
    """The daily ISPU tables of Indonesian cities: a number for each pollutant, the largest of them, and which one it is."""
    names = {plain_name(name) for name in row}
    return bool(names & {"max", "maks"}) and bool(names & {*_NAMES["critical"], "categori", "kategori"})


def _sample(
    row: Row, station: str, columns: Columns, how: AirReading, month_first: bool, is_index_only: bool, marks: Mapping[str, str]
) -> AirSample | None:
    if BROKEN in row:
        raise CellError(str(row[BROKEN]))
    values = _values(row, columns, how, is_index_only, marks)
    stated = _stated(row, columns, how, is_index_only)
    if not values and stated is None:
        if columns.get(row, "parameter") is not None and pollutant_of(columns.get(row, "parameter")) is None:
            how.remark("rows of other quantities than the pollutants of ISPU are left out")
            return None
        raise CellError("no pollutant has a value")
    name = one_line(columns.get(row, "name"))
    try:
        position = place(columns.get(row, "lat"), columns.get(row, "lon"))
    except CellError:
        how.remark("positions that are no place on Earth are left out")
        position = None
    return AirSample(
        id=station,
        at=_time(row, columns, how, month_first),
        values={} if is_index_only else values,
        name=name if name != station else None,
        position=position,
        stated=stated,
        is_index_only=is_index_only,
        indices=values if is_index_only else {},
        critical=pollutant_of(columns.get(row, "critical")) if is_index_only else None,
        daily=set(values) if is_of_a_day(one_line(columns.get(row, "averaging"))) else set(),
    )


def _values(row: Row, columns: Columns, how: AirReading, is_index_only: bool, marks: Mapping[str, str]) -> dict[str, float]:
    """µg/m³ by pollutant; what cannot be read is left out with a remark, its neighbours stay."""
    values: dict[str, float] = {}
    given = {pollutant: pollutant for pollutant in POLLUTANTS}
    named = pollutant_of(columns.get(row, "parameter"))
    if named is not None:
        given = {named: "value"}
    for pollutant, column in given.items():
        cell = columns.get(row, column)
        if cell is None or isinstance(cell, (dict, list)):
            continue
        try:
            value, behind = quantity(cell, marks[column])
            unit = behind or one_line(columns.get(row, "unit")) or columns.unit(row, column) or how.units.get(pollutant, "")
            values[pollutant] = value if is_index_only else round(micrograms(pollutant, value, unit), 3)
        except (CellError, UnitError) as problem:
            how.remark(f"{pollutant} {problem}: left out")
    return values


def _stated(row: Row, columns: Columns, how: AirReading, is_index_only: bool) -> int | None:
    given = columns.get(row, "stated")
    if given is None and is_index_only:
        given = columns.get(row, "largest")
    try:
        value = None if given is None else number(given)
    except CellError:
        value = -1.0
    if value is not None and not 0 <= value <= 5_000:
        how.remark("a stated index is no index: left out")
        return None
    return None if value is None else int(value + 0.5)


_BARE_DAY = re.compile(r"[^:]{6,20}")


def _time(row: Row, columns: Columns, how: AirReading, month_first: bool) -> datetime:
    given, day, hour = (columns.get(row, name) for name in ("at", "date", "time"))
    names = columns.names(row)
    if isinstance(day, str) and isinstance(hour, (str, int)) and names.get("date") != names.get("time") and given in (day, hour):
        text = str(hour).strip()
        if _BARE_DAY.fullmatch(day.strip()) and len(text) <= 12:
            given = f"{day.strip()} {int(text):02d}:00" if text.isdecimal() else f"{day.strip()} {text}"
    month, day_of_it = one_line(columns.get(row, "period")) or "", (one_line(given) or "")
    if re.fullmatch(r"(?:19|20)\d{4}", month) and re.fullmatch(r"\d{1,2}", day_of_it):
        # Jakarta's tables of some years: the month in one column, the day of it in the other.
        given = f"{month[:4]}-{month[4:]}-{int(day_of_it):02d}"
    if given is None:
        raise CellError("time is missing")
    try:
        return moment(given, how.zone, now=how.now, month_first=month_first)
    except CellError as problem:
        raise CellError(f"time {problem}") from problem


def _together(samples: Iterator[AirSample]) -> Iterator[AirSample]:
    """Rows of one station and instant are one sample, as tables with a row for each pollutant need it."""
    found: dict[tuple[str, datetime], AirSample] = {}
    for sample in samples:
        held = found.setdefault((sample.id, sample.at), sample)
        if held is not sample:
            held.values.update(sample.values)
            held.indices.update(sample.indices)
            held.daily.update(sample.daily)
    yield from found.values()
