"""Water levels of gauges from the tables and answers the world gives them in. Pure: decides nothing about what a level means.

Recognised: the flood-monitoring API of the Environment Agency (England), USGS water services, PEGELONLINE (Germany), GeoJSON, and any
JSON or CSV table under the usual Indonesian and English names or the city's own field map.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, cast

from feeds.messages.environment import WaterLevel
from feeds.messages.header import Position
from feeds.readers.cells import CellError, is_month_first, moment, number, one_line, place, quantity
from feeds.readers.nested_rows import plain_name
from feeds.readers.station_table import BROKEN, MAX_ROWS, Columns, Row, TableError, columns_of, decimal_marks, objects, rows_of

CM: Mapping[str, float] = MappingProxyType({"cm": 1.0, "m": 100.0, "mm": 0.1, "ft": 30.48, "in": 2.54})
"""Centimetres of each unit."""

_UNITS: Mapping[str, str] = MappingProxyType({
    "meter": "m", "metre": "m", "meters": "m", "metres": "m", "masd": "m", "mbdat": "m", "feet": "ft", "foot": "ft", "inch": "in",
    "centimeter": "cm", "centimetre": "cm", "sentimeter": "cm", "millimeter": "mm", "millimetre": "mm",
})  # fmt: skip

Thresholds = tuple[float | None, float | None, float | None]
Refuse = Callable[[object, str, str | None], None]
"""Takes a record that cannot be used: the record, the reason, and the station where it is known."""


@dataclass(frozen=True)
class Level:
    """One reading of one gauge, cm. ``stated``: what the source itself calls it. ``is_above_sea``: counted from the sea's level."""

    id: str
    at: datetime
    level_cm: float
    name: str | None = None
    river: str | None = None
    position: Position | None = None
    attribution: str | None = None
    thresholds_cm: Thresholds = (None, None, None)
    stated: WaterLevel | None = None
    is_above_sea: bool = False


@dataclass(frozen=True)
class Reading:
    """How tables are to be read: ``fields``, ``unit`` and ``only`` (the id of a file that names no station) are the city's."""

    zone: tzinfo
    now: datetime
    refuse: Refuse
    remark: Callable[[str], None]
    fields: Mapping[str, str]
    unit: str | None = None
    only: str = "pos"


USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "id": ("idpos", "kodepos", "kodestasiun", "idpintuair", "stationid", "stationcode", "stationreference", "siteno", "sitecode", "siteid",
           "monitoringlocationid", "codestation", "gaugeid", "locationid", "kode", "code", "id", "uuid", "number", "messstelle", "measure"),
    "name": ("namapos", "namapintuair", "namastasiun", "stationname", "sitename", "libellestation", "gaugename", "namalokasi", "nama",
             "name", "pos", "posduga", "stasiun", "station", "pintuair", "label", "shortname", "site", "gauge", "lokasi", "location"),
    "level": ("tinggimukaair", "tma", "tmacm", "tmam", "tinggiair", "mukaair", "waterlevel", "riverlevel", "gaugeheight", "stage", "level",
              "levelcm", "levelm", "tinggi", "height", "wasserstand", "resultatobs", "ketinggian", "value", "nilai", "result", "wl"),
    "at": ("waktu", "waktupengamatan", "tanggalwaktu", "datetime", "timestamp", "time", "observedat", "observationtime",
           "measuredatetime", "readingdate", "dateobs", "updatedat", "lastupdate", "lastupdated", "zeitpunkt", "ts", "at", "tanggaljam",
           "tgl", "tanggal", "date"),
    "date": ("tanggal", "tgl", "date", "datum"),
    "time": ("jam", "pukul", "waktu", "time", "uhrzeit"),
    "lat": ("lat", "latitude", "lintang", "y"),
    "lon": ("lon", "long", "lng", "longitude", "bujur", "x"),
    "river": ("sungai", "namasungai", "river", "rivername", "kali", "water", "gewaesser", "das", "watercourse", "libellecoursdeau"),
    "unit": ("satuan", "unit", "unitname", "unitofmeasure", "units", "einheit"),
    "watch_cm": ("siaga3", "siagaiii", "siagahijau", "waspada", "watch", "watchlevel", "watchcm", "minor", "minorflood", "batassiaga3"),
    "alert_cm": ("siaga2", "siagaii", "siagakuning", "siaga", "alert", "alertlevel", "alertcm", "moderate", "moderateflood", "batassiaga2"),
    "danger_cm": ("siaga1", "siagai", "siagamerah", "awas", "danger", "dangerlevel", "dangercm", "major", "majorflood", "batassiaga1"),
    "state": ("statussiaga", "status", "siagastatus", "warningnameid", "kondisi", "keadaan", "state", "peringatan", "siaga"),
    "parameter": ("parameter", "parametercode", "parametername", "grandeurhydro", "besaran", "variable", "quantity"),
})  # fmt: skip
FIELDS = tuple(USUAL)

LARGEST_UNSAID = 1_000
"""Of a number above this nobody can say without its unit whether it is a flood in cm or a day like any other in mm."""

_NUMBERS = ("level", "watch_cm", "alert_cm", "danger_cm")
_MARKS_NOTHING = re.compile(r"9{4,}|9{3,}\.9+|32767|65535")
_NOT_LEVEL = re.compile(
    r"flow|debit|discharge|rain|hujan|precip|temp|suhu|wind|00060|00045|00010|velocity|kecepatan|abfluss|^q", re.IGNORECASE
)


def read_table(document: object, how: Reading) -> Iterator[Level]:
    """The readings of one table of any names; ``TableError`` when none of its columns is a water level or a time."""
    rows = rows_of(document)
    if len(rows) >= MAX_ROWS:
        how.remark(f"only the last {MAX_ROWS:,} rows of a document are read")
    table = list(objects(rows))
    columns = columns_of(table, how.fields, USUAL)
    for row in rows:
        if not isinstance(row, dict):
            how.refuse(row, "is not an object", None)
    if table and not any("level" in columns.names(row) for row in table[:1_000]):
        raise TableError("has no column that is known as a water level; name it in fields.level")
    if table and not any("at" in columns.names(row) or "date" in columns.names(row) for row in table[:1_000]):
        raise TableError("has no column that is known as a time; name it in fields.at")
    if not rows:
        raise TableError("has no rows")
    month_first = any(is_month_first(cell) for row in table[:5_000] if isinstance(cell := columns.get(row, "at"), str))
    marks = decimal_marks(table, columns, _NUMBERS, how.remark)
    assumed = (how.unit, False) if how.unit else _assumed_unit(table, columns, how, marks["level"])
    for row in table:
        station = _station(row, columns, how)
        try:
            level = _level(row, station, columns, how, assumed, month_first, marks)
        except CellError as problem:
            how.refuse({name: value for name, value in row.items() if name != BROKEN}, str(problem), station)
            continue
        if level is not None:
            yield level


def _station(row: Row, columns: Columns, how: Reading) -> str:
    """By what a gauge is known: its code, else its name, else what the file is called."""
    found = one_line(columns.get(row, "id")) or one_line(columns.get(row, "name"))
    return (found or how.only).removeprefix("http://environment.data.gov.uk/flood-monitoring/id/measures/")


def _level(
    row: Row, station: str, columns: Columns, how: Reading, assumed: tuple[str, bool], month_first: bool, marks: Mapping[str, str]
) -> Level | None:
    if BROKEN in row:
        raise CellError(str(row[BROKEN]))
    parameter = one_line(columns.get(row, "parameter"))
    if parameter is not None and _NOT_LEVEL.search(parameter):
        how.remark("rows of other quantities than the water level are left out")
        return None
    given = columns.get(row, "level")
    if given is None:
        raise CellError("level is missing")
    try:
        value, behind = quantity(given, marks["level"])
    except CellError as problem:
        raise CellError(f"level {problem}") from problem
    unit = behind or one_line(columns.get(row, "unit")) or columns.unit(row, "level")
    if not unit and assumed[1] and abs(value) > LARGEST_UNSAID:
        raise CellError(f"level is above {LARGEST_UNSAID:,} without a unit: say in unit whether it is mm or cm")
    unit = unit or assumed[0]
    factor, is_above_sea = factor_of(unit)
    name = one_line(columns.get(row, "name"))
    return Level(
        id=station,
        at=_time(row, columns, how, month_first),
        level_cm=value * factor,
        name=name if name != station else None,
        river=one_line(columns.get(row, "river")),
        position=position_of(columns.get(row, "lat"), columns.get(row, "lon"), how),
        thresholds_cm=_thresholds(row, columns, factor, how, marks),
        stated=_stated(row, columns, "state") or _stated(row, columns, "alert_cm"),
        is_above_sea=is_above_sea,
    )


def _assumed_unit(table: list[dict[str, Any]], columns: Columns, how: Reading, mark: str) -> tuple[str, bool]:
    """Where nothing names a unit, and whether it is a mere guess; ``TableError`` where a guess would be daring.

    Hundredths below 50 are metres as loggers write them, anything else is centimetres (ours). Above 1,000 it may as well be millimetres.
    """
    values: list[float] = []
    for row in table[:1_000]:
        if one_line(columns.get(row, "unit")) or columns.unit(row, "level"):
            return "cm", False
        name = columns.names(row).get("level", "")
        if name.casefold().replace("_", "").endswith(("tmam", "levelm", "stagem")):
            return "m", False
        if name.casefold() == "resultat_obs":
            return "mm", False
        try:
            value, behind = quantity(columns.get(row, "level"), mark)
        except CellError:
            continue
        if behind:
            return "cm", False
        values.append(value)
    is_metres = bool(values) and all(abs(value) < 50 for value in values) and any(value * 10 % 1 > 1e-6 for value in values)
    is_guess = bool(values) and not columns.names(table[0]).get("level", "cm").casefold().endswith("cm")
    believed = [abs(value) for value in values if not _MARKS_NOTHING.fullmatch(f"{abs(value):g}")]
    if is_guess and 10 * sum(value > LARGEST_UNSAID for value in believed) > len(believed):
        raise TableError(f"has levels above {LARGEST_UNSAID:,} without a unit: say in unit whether they are mm or cm")
    if is_guess:
        how.remark(f"no unit is given: levels are taken as {'m' if is_metres else 'cm'}; say it in unit")
    return ("m" if is_metres else "cm"), is_guess


def factor_of(unit: str) -> tuple[float, bool]:
    """Centimetres of one ``unit``, and whether it counts from sea level (mAOD, m+NN, mdpl); ``CellError`` for an unknown one."""
    plain = unit.strip().casefold().replace(" ", "").rstrip(".")
    for name in ("mdpl", "maod", "m+nn", "m+nhn", "müa", "masl", "mngf", "maod."):
        if plain.startswith(name):
            return 100.0, True
    found = _UNITS.get(plain, plain)
    if found not in CM:
        raise CellError("unit is unknown: none of m, cm, mm, ft")
    return CM[found], False


def _time(row: Row, columns: Columns, how: Reading, month_first: bool) -> datetime:
    """One column, or a date and a time in two of them."""
    given = columns.get(row, "at")
    day, hour = columns.get(row, "date"), columns.get(row, "time")
    names = columns.names(row)
    if isinstance(day, str) and isinstance(hour, (str, int)) and names.get("date") != names.get("time") and _is_bare_day(given, day, hour):
        given = f"{day.strip()} {str(hour).strip()}" if not str(hour).strip().isdecimal() else f"{day.strip()} {int(hour):02d}:00"
    if given is None:
        raise CellError("time is missing")
    try:
        return moment(given, how.zone, now=how.now, month_first=month_first)
    except CellError as problem:
        raise CellError(f"time {problem}") from problem


def _is_bare_day(given: object, day: str, hour: object) -> bool:
    """Whether what was taken for the whole time is only its day, or only its hour."""
    return given in (day, hour) and ":" not in day and len(str(hour).strip()) <= 12


def position_of(lat: object, lon: object, how: Reading) -> Position | None:
    """A gauge stays without its place rather than not at all."""
    try:
        return place(lat, lon)
    except CellError:
        how.remark("positions that are no place on Earth are left out")
        return None


def _thresholds(row: Row, columns: Columns, factor: float, how: Reading, marks: Mapping[str, str]) -> Thresholds:
    found: list[float | None] = []
    names = columns.names(row)
    lone = plain_name(names.get("alert_cm", "")) if "watch_cm" not in names and "danger_cm" not in names else ""
    if lone == "siaga" or (lone == "alertlevel" and factor <= 1 and _stated(row, columns, "alert_cm") is not None):
        # A lone column "siaga" holds the state, 4 to 1, not a height; no gauge warns at 4 cm either.
        return None, None, None
    for field in ("watch_cm", "alert_cm", "danger_cm"):
        try:
            given, unit = columns.get(row, field), columns.unit(row, field)
            found.append(None if given is None else number(given, marks[field]) * (factor_of(unit)[0] if unit else factor))
        except CellError:
            how.remark(f"{field.removesuffix('_cm')}: thresholds that are no numbers are left out")
            found.append(None)
    return found[0], found[1], found[2]


_NUMBERED = re.compile(r"siaga[\s._-]*(iv|i{1,3}|[1-4])(?![0-9a-z])", re.IGNORECASE)
_WORDS_OF = {
    WaterLevel.NORMAL: "iv 4 normal aman hijau",
    WaterLevel.WATCH: "iii 3 waspada watch",
    WaterLevel.ALERT: "ii 2 siaga kritis",
    WaterLevel.DANGER: "i 1 awas bahaya bencana",
}
_SIAGA: Mapping[str, WaterLevel] = MappingProxyType({word: level for level, words in _WORDS_OF.items() for word in words.split()})


def _stated(row: Row, columns: Columns, field: str) -> WaterLevel | None:
    return stated_level(columns.get(row, field), column=columns.names(row).get(field, ""))


def stated_level(word: object, *, column: str = "siaga") -> WaterLevel | None:
    """What a source's own word means: siaga 4 (normal) to siaga 1 (danger), normal, waspada, siaga, awas; ``None`` for any other.

    A bare number says it only where the name of its ``column`` does: a ``status`` of 1 is mostly a sensor that works.
    """
    text = (one_line(word) or "").casefold()
    numbered = _NUMBERED.search(text)
    if numbered is not None:
        return _SIAGA[numbered.group(1)]
    plain = "".join(c for c in text if c.isalnum()).removeprefix("status")
    is_bare = plain in ("i", "ii", "iii", "iv") or plain.isdecimal()
    return _SIAGA.get(plain) if not is_bare or any(name in plain_name(column) for name in ("siaga", "alertlevel")) else None


def merged(level: Level, other: Level) -> Level:
    """``level`` with what it does not say itself taken from ``other``, another reading of the same gauge."""
    return replace(
        level,
        name=level.name or other.name,
        river=level.river or other.river,
        position=level.position or other.position,
        thresholds_cm=cast(
            Thresholds, tuple(a if a is not None else b for a, b in zip(level.thresholds_cm, other.thresholds_cm, strict=True))
        ),
    )
