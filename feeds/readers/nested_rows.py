"""Rows out of nested records: features, a station with its list of readings, values in inner objects. Pure; decides no field's meaning."""

import re
from typing import Any, cast

_SERIES = ("readings", "observations", "values", "data", "pengamatan", "pengukuran", "history", "riwayat", "records", "series", "hasil")
"""Under what a station keeps its readings."""

_STATION = frozenset({"station", "stasiun", "pos", "pintuair", "site", "gauge", "location", "lokasi", "properties"})
_INNER = frozenset({"coordinates", "koordinat", "geo", "position", "posisi", "latest", "latestreading", "lastreading", "last", "reading",
                    "pengukuran", "attributes", "current", "terkini"})  # fmt: skip
"""Inner objects whose members stand for the record's own."""

_NAMES_OF_STATIONS = frozenset({
    "id", "kode", "code", "name", "nama", "station", "stasiun", "stationid", "stationcode", "stationname", "kodepos", "namapos", "idpos",
    "kodestasiun", "namastasiun", "site", "sitecode", "sitename", "gaugeid", "location", "lokasi", "pos",
})  # fmt: skip


UNIT_OF_A_NAME = re.compile(
    r"""[\(\[]\s*([^\)\]]{1,20})[\)\]]\s*$                                          # in brackets at the end, whatever it is
      | (?<=[^\W_])[\s_.-]+(mm|cm|m|mdpl|ppm|ppb|[µμu]g[\s_/-]?m[³3]|mg[\s_/-]?m[³3])\s*$   # or a usual one, set off
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Where a column's name says its unit: ``TMA [m]``, ``tinggi_muka_air_cm``."""


def plain_name(name: str) -> str:
    """A column's name without its unit, case, spaces and signs: ``Tinggi Muka Air (cm)`` -> ``tinggimukaair``."""
    bare = re.sub(r"[\(\[].*?[\)\]]", "", UNIT_OF_A_NAME.sub("", name))
    return "".join(c for c in bare.casefold() if c.isalnum())


def is_station_with_readings(fields: dict[str, Any]) -> bool:
    """Whether an object is one station whose readings stand in a list and do not name it again."""
    readings = _readings(fields)
    return bool(readings) and _names_a_station(fields) and not any(_names_a_station(reading) for reading in readings[:20])


def flat_rows(row: object) -> list[object]:
    """One record as plain rows; what is no object stays as it is."""
    if not isinstance(row, dict):
        return [row]
    fields = _lifted(cast(dict[str, Any], row))
    if not is_station_with_readings(fields):
        return [fields]
    about = {name: value for name, value in fields.items() if not isinstance(value, list)}
    return [{**about, **_lifted(reading)} for reading in _readings(fields)]


def _readings(fields: dict[str, Any]) -> list[dict[str, Any]]:
    for name in _SERIES:
        value = fields.get(name)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in cast(list[object], value)):
            return cast(list[dict[str, Any]], value)
    return []


def _names_a_station(fields: dict[str, Any]) -> bool:
    return any(plain_name(name) in _NAMES_OF_STATIONS and isinstance(value, (str, int)) for name, value in fields.items())


def _lifted(fields: dict[str, Any]) -> dict[str, Any]:
    """The record with the members of its inner objects beside its own, which come first; an inner station names the record."""
    if not any(isinstance(value, dict) for value in fields.values()):
        return fields
    flat = dict(fields)
    geometry = fields.get("geometry")
    if isinstance(geometry, dict):
        flat.update(_place(cast(dict[str, Any], geometry)))
    for name, value in fields.items():
        plain = plain_name(name) if isinstance(value, dict) else ""
        if not isinstance(value, dict) or plain not in _STATION | _INNER:
            continue
        inner = cast(dict[str, Any], value)
        for member, content in (_lifted(inner) if plain == "properties" else inner).items():
            role = {"id": "station_id", "kode": "station_id", "code": "station_id", "name": "station_name", "nama": "station_name"}.get(
                member
            )
            if plain in _STATION and plain != "properties" and role is not None:
                flat.setdefault(role, content)
            elif plain == "properties":
                flat[member] = content
            else:
                flat.setdefault(member, content)
    return flat


def _place(geometry: dict[str, Any]) -> dict[str, Any]:
    """Longitude and latitude of a GeoJSON or ArcGIS point."""
    place = geometry.get("coordinates")
    if isinstance(place, list) and len(cast(list[object], place)) >= 2:
        return {"longitude": cast(list[object], place)[0], "latitude": cast(list[object], place)[1]}
    return {"longitude": geometry["x"], "latitude": geometry["y"]} if "x" in geometry and "y" in geometry else {}
