"""The records of PetaBencana.id's API: citizens' reports, flooded areas, flood gauges. Pure; raises ``CellError`` with the field's name.

https://docs.petabencana.id ; times are UTC. Photos, titles and texts of citizens are not read.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from feeds.messages.environment import WaterLevel
from feeds.messages.hazard import Severity
from feeds.readers.cells import CellError, moment, number, one_line
from feeds.readers.citizen_reports import KINDS, CitizenReport
from feeds.readers.river_tables import Level, stated_level
from feeds.readers.station_table import TableError, list_of, object_of, objects
from feeds.readers.topojson import Figure

STATES = {1: Severity.UNKNOWN, 2: Severity.MINOR, 3: Severity.MODERATE, 4: Severity.SEVERE}
"""PetaBencana's own words for a flooded area's state: 1 is of unknown depth, 2 is 10 to 70 cm of water, 3 is 71 to 150 cm, 4 is more."""

STATE_WORDS = {1: "hati-hati", 2: "10 sampai 70 cm", 3: "71 sampai 150 cm", 4: "lebih dari 150 cm"}
WARNING_LEVELS = {1: WaterLevel.DANGER, 2: WaterLevel.ALERT, 3: WaterLevel.WATCH, 4: WaterLevel.NORMAL}
_NOT_PUBLIC = frozenset({"rejected", "spam", "invalid", "deleted", "hidden", "false", "unconfirmed"})


def result_of(document: object) -> object:
    """What an answer wraps as {statusCode, result}; ``TableError`` when it says that it failed."""
    fields = object_of(document)
    if "result" not in fields:
        if "statusCode" in fields or "message" in fields or "error" in fields:
            raise TableError("is an error message of the server")
        return document
    code = fields.get("statusCode", 200)
    if str(code) != "200":
        raise TableError("is an error message of the server")
    return fields["result"]


def kind_of(properties: dict[str, Any]) -> str | None:
    """``report``, ``area`` or ``gauge``, by what a record says of itself; ``None`` for none of them."""
    if "observations" in properties or "gaugeid" in properties:
        return "gauge"
    if "created_at" in properties or "disaster_type" in properties or "pkey" in properties:
        return "report"
    return "area" if "area_id" in properties or "area_name" in properties or "state" in properties else None


def report_of(figure: Figure, now: datetime) -> CitizenReport:
    """One citizen's report; a status nobody confirmed is refused."""
    properties = figure.properties
    key = one_line(properties.get("pkey")) or one_line(properties.get("id"))
    if key is None:
        raise CellError("pkey is missing")
    given = _nested(properties.get("report_data"))
    kind = (one_line(properties.get("disaster_type")) or ("flood" if "flood_depth" in given else "")).casefold()
    if kind not in KINDS:
        raise CellError("disaster_type is none of flood, earthquake, haze, wind, volcano, fire" if kind else "disaster_type is missing")
    if (one_line(properties.get("status")) or "confirmed").casefold() in _NOT_PUBLIC:
        raise CellError("status says that it does not hold")
    at = _time(properties, "created_at", now)
    lon, lat = _point(figure)
    training = properties.get("training", properties.get("is_training", given.get("is_training")))
    return CitizenReport(id=key, kind=kind, at=at, lon=lon, lat=lat, depth_cm=_depth(given), is_drill=training in (True, "true", "1", 1))


def _nested(value: object) -> dict[str, Any]:
    """``report_data`` is an object, null, or an object written as text."""
    if isinstance(value, str):
        try:
            return object_of(msgspec.json.decode(value))
        except (msgspec.DecodeError, RecursionError, ValueError):
            return {}
    return object_of(value)


def _depth(given: dict[str, Any]) -> float | None:
    try:
        return number(given.get("flood_depth"))
    except CellError:
        return None


def state_of_area(properties: dict[str, Any]) -> int | None:
    """1 to 4, ``None`` for an area that is not flooded: the service lists those too."""
    given = properties.get("state")
    if given is None or given == "":
        return None
    try:
        state = number(given)
    except CellError as problem:
        raise CellError(f"state {problem}") from problem
    if state == 0:
        return None
    if state not in STATES:
        raise CellError("state is none of 1 to 4")
    return int(state)


def area_time(properties: dict[str, Any], now: datetime) -> datetime:
    """When an area's state was set."""
    return _time(properties, "last_updated", now)


def gauge_levels(figure: Figure, now: datetime) -> list[Level]:
    """Every reading of one gauge, cm. Older answers name an observation's fields f1 to f4: time, depth, warning level and its name."""
    properties = figure.properties
    key = one_line(properties.get("gaugeid")) or one_line(properties.get("id"))
    if key is None:
        raise CellError("gaugeid is missing")
    levels: list[Level] = []
    problem: CellError | None = None
    for one in objects(list_of(_observations(properties))):
        try:
            given = one.get("f2", one.get("depth", one.get("measurementdepth")))
            at = moment(one.get("f1", one.get("measuredatetime")), UTC, now=now)
            warning = one.get("f3", one.get("warninglevel"))
            word = one.get("f4", one.get("warningnameid"))
            stated = stated_level(word) or (WARNING_LEVELS.get(warning) if isinstance(warning, int) else None)
            level = Level(id=key, at=at, level_cm=number(given), name=one_line(properties.get("gaugenameid")), stated=stated)
        except CellError as found:
            problem = CellError(f"observations: a time or a depth {found}")
        else:
            levels.append(level)
    if not levels:
        raise problem or CellError("observations: there is none")
    return levels


def _observations(properties: dict[str, Any]) -> object:
    given = properties.get("observations")
    if isinstance(given, str):
        try:
            return msgspec.json.decode(given)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None
    return given if given is not None else [properties]


def _time(properties: dict[str, Any], name: str, now: datetime) -> datetime:
    if properties.get(name) is None:
        raise CellError(f"{name} is missing")
    try:
        return moment(properties[name], UTC, now=now)
    except CellError as problem:
        raise CellError(f"{name} {problem}") from problem


def _point(figure: Figure) -> tuple[float, float]:
    if figure.problem is not None or not figure.points:
        raise CellError(figure.problem or "has no point")
    lon, lat = figure.points[0]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90) or (lon == 0 and lat == 0):
        raise CellError("coordinates are no place on Earth")
    return lon, lat
