"""Loads a city from its folder: ``city.toml`` and the GeoJSON files it names. Knows nothing of collectors, Redis or shapely."""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from feeds.applications import complaint_about
from feeds.codes import CODE_LENGTH
from feeds.geojson import GeoJsonError, outer_rings, positions, read_features, ring_area_km2, ring_centre
from feeds.messages.camera import Camera, carries_secret
from feeds.messages.city import (
    DATATYPES,
    Agency,
    BaseMap,
    Category,
    CategoryAttribute,
    City,
    CityApplication,
    CityNotice,
    District,
    MapLabel,
    MapLayer,
    OffHours,
    ReportRules,
    SourceConfig,
)

CITY_FILE = "city.toml"
SHIPPED_LAYOUTS = Path(__file__).resolve().parent.parent / "layouts"
LAYER_ROLES = ("outline", "districts", "subdistricts", "river", "line")
_PMTILES = (b"PMTiles\x03", 99, 1)
"""A PMTiles v3 header begins so; its byte 99 says what the tiles are; 1 is vector (github.com/protomaps/PMTiles, spec/v3)."""
_ATTRIBUTE_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_LAYOUT = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
MOST_HOURS = 8_784
"""A year: of a clock of reports."""
BASE_MAP_NEEDS = {"pmtiles": "file", "xyz": "url", "wms": "url"}


class CityError(ValueError):
    """A city folder cannot be used: which file, which field, what is wrong and what to do."""

    def __init__(self, file: Path, field: str | None, problem: str, remedy: str) -> None:
        self.file = file
        self.field = field
        super().__init__(f"{file}: {field + ': ' if field else ''}{problem}; {remedy}")


class _CityFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``city.toml`` as written."""

    code: str
    name: str
    time_zone: str
    language: str
    bbox: tuple[float, float, float, float]
    attribution: str
    map_layers: tuple[MapLayer, ...]
    agencies: tuple[Agency, ...]
    categories: tuple[Category, ...]
    room: str = "Live Room"
    zone_label: str = ""
    map_labels: tuple[MapLabel, ...] = ()
    base_map: BaseMap | None = None
    cameras: tuple[Camera, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    notices: tuple[CityNotice, ...] = ()
    applications: tuple[CityApplication, ...] = ()
    reports: ReportRules = ReportRules()
    off_hours: OffHours | None = None
    jurisdiction: str = ""


_TABLES: Mapping[str, type[msgspec.Struct]] = {
    "agencies": Agency,
    "categories": Category,
    "map_layers": MapLayer,
    "map_labels": MapLabel,
    "cameras": Camera,
    "notices": CityNotice,
    "applications": CityApplication,
}


def load_city(folder: Path) -> City:
    """The city described by ``folder``; raises ``CityError`` with one sentence for the first thing that is wrong."""
    path = folder / CITY_FILE
    written = _read_city_file(path)
    _check_values(written, path)
    layers = {layer.file: _read_layer(folder, layer, index, path) for index, layer in enumerate(written.map_layers)}
    outline = next(layer for layer in written.map_layers if layer.role == "outline")
    _check_bbox(written.bbox, layers[outline.file], path)
    district_file = next((layer.file for layer in written.map_layers if layer.role == "districts"), None)
    districts = _districts(layers[district_file], folder / district_file) if district_file else ()
    fields = {name: getattr(written, name) for name in written.__struct_fields__}
    return City(folder=folder, districts=districts, **fields)


def layer_paths(city: City, role: str) -> tuple[Path, ...]:
    """The GeoJSON files of one role (``LAYER_ROLES``), in the order of the city file."""
    return tuple(city.folder / layer.file for layer in city.map_layers if layer.role == role)


def layout_file(folder: Path, name: str) -> Path:
    """The city's own layout of that name, where it has one, else that of the program; neither need be there."""
    file = f"{name}.toml" if _LAYOUT.fullmatch(name) is not None else "no-layout"
    own = folder / "layouts" / file
    return own if own.is_file() else SHIPPED_LAYOUTS / file


def _read_city_file(path: Path) -> _CityFile:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as problem:
        raise CityError(path, None, "there is no such file", f"a city is a folder that holds a {CITY_FILE}") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise CityError(path, None, f"cannot be read ({problem})", "make it a readable UTF-8 file") from problem
    except tomllib.TOMLDecodeError as problem:
        raise CityError(path, None, f"is not TOML: {problem}", "correct that line") from problem
    for name, kind in _TABLES.items():
        rows = table.get(name, [])
        for index, row in enumerate(cast(list[Any], rows) if isinstance(rows, list) else []):
            unknown = sorted(set(cast(dict[str, Any], row)) - set(kind.__struct_fields__)) if isinstance(row, dict) else []
            if unknown:
                known = ", ".join(kind.__struct_fields__)
                raise CityError(path, f"{name}[{index}].{unknown[0]}", "is not a known key", f"the keys are {known}")
    try:
        return msgspec.convert(table, _CityFile)
    except msgspec.ValidationError as problem:
        text, _, place = str(problem).partition(" - at ")
        field = place.strip("`").removeprefix("$.") or None
        raise CityError(path, field, text, f"the keys of a city are {', '.join(_CityFile.__struct_fields__)}") from problem


def _check_values(city: _CityFile, path: Path) -> None:
    for field in ("code", "name", "language", "attribution"):
        if not getattr(city, field).strip():
            raise CityError(path, field, "is empty", "give it a text")
    try:
        ZoneInfo(city.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise CityError(path, "time_zone", f"{city.time_zone!r} is not an IANA time zone", "write it like Asia/Jakarta") from problem
    _check_unique(path, "agencies", [a.code for a in city.agencies], longest=CODE_LENGTH)
    _check_unique(path, "categories", [c.code for c in city.categories], longest=CODE_LENGTH)
    _check_unique(path, "cameras", [c.id for c in city.cameras])
    _check_unique(path, "notices", [n.id for n in city.notices])
    _check_unique(path, "sources", [s.key for s in city.sources], longest=CODE_LENGTH)
    _check_unique(path, "applications", [a.id for a in city.applications])
    _check_unique(path, "map_layers", [layer.file for layer in city.map_layers])
    _check_references(city, path)
    _check_applications(city, path)
    _check_rules(city, path)
    if city.off_hours is not None:
        _check_off_hours(city.off_hours, city, path)
    roles = [layer.role for layer in city.map_layers]
    for index, role in enumerate(roles):
        if role not in LAYER_ROLES:
            raise CityError(path, f"map_layers[{index}].role", f"{role!r} is not a role", f"use one of {', '.join(LAYER_ROLES)}")
    if roles.count("outline") != 1 or roles.count("districts") > 1:
        raise CityError(
            path, "map_layers", "a city has exactly one outline and at most one districts layer", "name the others river or line"
        )
    _check_pictures(city, path)


def _check_references(city: _CityFile, path: Path) -> None:
    agencies = {agency.code for agency in city.agencies}
    for index, category in enumerate(city.categories):
        if category.agency is not None and category.agency not in agencies:
            known = ", ".join(sorted(agencies)) or "none"
            raise CityError(path, f"categories[{index}].agency", f"{category.agency!r} is not an agency of this city", f"they are {known}")
    texts = [(f"categories[{i}].names", c.names) for i, c in enumerate(city.categories)]
    for index, category in enumerate(city.categories):
        texts += _check_attributes(path, f"categories[{index}].attributes", category.attributes)
    texts += [(f"notices[{i}].texts", n.texts) for i, n in enumerate(city.notices)]
    for field, by_language in texts:
        if city.language not in by_language:
            raise CityError(path, field, f"has no text in the city's language {city.language!r}", f'add {city.language} = "..."')


def _check_attributes(path: Path, field: str, attributes: Sequence[CategoryAttribute]) -> list[tuple[str, dict[str, str]]]:
    """Where their texts stand, and the texts."""
    _check_unique(path, field, [attribute.code for attribute in attributes])
    texts: list[tuple[str, dict[str, str]]] = []
    for index, attribute in enumerate(attributes):
        where = f"{field}[{index}]"
        if _ATTRIBUTE_CODE.fullmatch(attribute.code) is None:
            raise CityError(path, f"{where}.code", f"{attribute.code!r} is no code", "use 1 to 64 letters, digits, _ . or -")
        if attribute.datatype not in DATATYPES:
            known = ", ".join(DATATYPES)
            raise CityError(path, f"{where}.datatype", f"{attribute.datatype!r} is not a datatype", f"use one of {known}")
        is_list = attribute.datatype.endswith("list")
        if is_list != bool(attribute.values):
            problem = "a list has no values" if is_list else f"a {attribute.datatype} has values"
            raise CityError(path, f"{where}.values", problem, "only singlevaluelist and multivaluelist have them, at least one")
        if attribute.is_required and not attribute.is_variable:
            raise CityError(path, f"{where}.is_required", "is asked of what nobody fills in", "leave is_variable out")
        _check_unique(path, f"{where}.values", [value.key for value in attribute.values])
        texts.append((f"{where}.names", attribute.names))
        texts += [(f"{where}.values[{number}].names", value.names) for number, value in enumerate(attribute.values)]
    return texts


def _check_rules(city: _CityFile, path: Path) -> None:
    rules = city.reports
    try:
        opens, closes = (time.fromisoformat(text) for text in rules.hours)
    except ValueError as problem:
        raise CityError(path, "reports.hours", "is not a pair of times", 'write it like ["08:00", "16:00"]') from problem
    if opens >= closes:
        raise CityError(path, "reports.hours", "ends before it begins", 'write it like ["08:00", "16:00"]')
    for index, day in enumerate(rules.holidays):
        try:
            date.fromisoformat(day)
        except ValueError as problem:
            raise CityError(path, f"reports.holidays[{index}]", f"{day!r} is not a date", "write it like 2026-08-17") from problem
    if not rules.days or not all(0 <= day <= 6 for day in rules.days):
        raise CityError(path, "reports.days", "names no working day", "Monday is 0, Sunday 6")
    for code in rules.clocks:
        if code not in {category.code for category in city.categories}:
            raise CityError(path, f"reports.clocks.{code}", "is no category of this city", "use the code of one")
    if not 0 <= rules.position_decimals <= 6:
        raise CityError(path, "reports.position_decimals", "is not between 0 and 6", "4 is about 11 m")
    _check_clocks(rules, path)


def _check_off_hours(rule: OffHours, city: _CityFile, path: Path) -> None:
    for field, text in (("begins", rule.begins), ("ends", rule.ends)):
        if _HOUR.fullmatch(text) is None:
            raise CityError(path, f"off_hours.{field}", f"{text!r} is no time", 'write it like "18:00"')
    if rule.begins == rule.ends:
        raise CityError(path, "off_hours.ends", "is when they begin", "give another time, or take off_hours out")
    if rule.layout and not layout_file(path.parent, rule.layout).is_file():
        remedy = f"use the name of a file in {SHIPPED_LAYOUTS.name}/ or in the city folder's layouts/, without its ending"
        raise CityError(path, "off_hours.layout", f"there is no layout {rule.layout!r}", remedy)
    agencies, categories = {agency.code for agency in city.agencies}, {category.code for category in city.categories}
    if rule.agency is not None and rule.agency not in agencies:
        known = ", ".join(sorted(agencies)) or "none"
        raise CityError(path, "off_hours.agency", f"{rule.agency!r} is not an agency of this city", f"they are {known}")
    for category, agency in rule.routing.items():
        if category not in categories:
            raise CityError(path, f"off_hours.routing.{category}", "is no category of this city", "use the code of one")
        if agency not in agencies:
            raise CityError(path, f"off_hours.routing.{category}", f"{agency!r} is not an agency of this city", "use the code of one")


def _check_clocks(rules: ReportRules, path: Path) -> None:
    """That a report's clocks end one after the other: what is due next is asked for in that order (feeds.store.schema: due_at)."""
    clocks = {"clock": rules.clock, "emergency": rules.emergency} | {f"clocks.{code}": clock for code, clock in rules.clocks.items()}
    for field, clock in clocks.items():
        if not 0 < clock.respond_h <= clock.accept_h <= clock.finish_h <= MOST_HOURS:
            problem = f"does not end one after the other: {clock.respond_h:g}, {clock.accept_h:g}, {clock.finish_h:g} hours"
            remedy = f"give respond_h, accept_h and finish_h, above 0, none smaller than the one before, at most {MOST_HOURS}"
            raise CityError(path, f"reports.{field}", problem, remedy)
    if not 0 < rules.at_risk_share <= 1:
        raise CityError(path, "reports.at_risk_share", "is no share of a time", "give it above 0 and at most 1; 0.8 is usual")
    if not 0 < rules.claim_min <= MOST_HOURS:
        raise CityError(path, "reports.claim_min", "is no time to hold a report", "give minutes above 0; 10 is usual")
    if not 0 < rules.evidence_within_m < math.inf:
        raise CityError(path, "reports.evidence_within_m", "is no distance", "give metres above 0; 150 is usual")


def _check_applications(city: _CityFile, path: Path) -> None:
    for index, application in enumerate(city.applications):
        complaint = complaint_about(application)
        if complaint is not None:
            raise CityError(path, f"applications[{index}].{complaint.field}", complaint.problem, complaint.remedy)


def _check_pictures(city: _CityFile, path: Path) -> None:
    for index, camera in enumerate(city.cameras):
        try:
            parts, is_secret = urlsplit(camera.url), carries_secret(camera.url)
        except ValueError as problem:
            remedy = "write it like rtsp://host/path or http://host/path"
            raise CityError(path, f"cameras[{index}].url", "is not an address", remedy) from problem
        if is_secret:
            remedy = "name an entry of the wall's secrets in `credential` instead"
            raise CityError(path, f"cameras[{index}].url", "carries a user name or password", remedy)
        if not parts.scheme or not parts.netloc:
            raise CityError(path, f"cameras[{index}].url", "is not an address", "write it like rtsp://host/path or http://host/path")
    if city.base_map is None:
        return
    need = BASE_MAP_NEEDS.get(city.base_map.kind)
    if need is None:
        raise CityError(path, "base_map.kind", f"{city.base_map.kind!r} is not a kind", f"use one of {', '.join(BASE_MAP_NEEDS)}")
    if not getattr(city.base_map, need):
        raise CityError(path, f"base_map.{need}", f"a {city.base_map.kind} base map needs it", "add it")
    if city.base_map.file and not _inside(path.parent, city.base_map.file).is_file():
        raise CityError(
            path, "base_map.file", f"{city.base_map.file} does not exist in the city folder", "copy it there or take base_map out"
        )
    if city.base_map.kind == "pmtiles" and city.base_map.file:
        _check_pmtiles(path, _inside(path.parent, city.base_map.file))


def _check_pmtiles(path: Path, file: Path) -> None:
    begins, at, vector = _PMTILES
    try:
        with file.open("rb") as opened:
            header = opened.read(127)
    except OSError as problem:
        raise CityError(path, "base_map.file", f"{file.name} cannot be read ({problem})", "make it readable") from problem
    if len(header) < 127 or not header.startswith(begins):
        raise CityError(path, "base_map.file", f"{file.name} is no PMTiles file of version 3", "convert it with pmtiles convert")
    if header[at] == vector:
        remedy = "give a file of PNG, JPEG, WebP or AVIF tiles"
        raise CityError(path, "base_map.file", f"{file.name} holds vector tiles, which the map does not draw", remedy)


def _check_unique(path: Path, field: str, codes: Sequence[str], *, longest: int | None = None) -> None:
    """``longest``: what the store keeps of such a code (feeds.store.schema)."""
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if not code.strip():
            raise CityError(path, f"{field}[{index}]", "has an empty code", "give it one")
        if longest is not None and len(code) > longest:
            raise CityError(path, f"{field}[{index}]", f"has a code of {len(code)} characters", f"the longest has {longest}")
        if code in seen:
            raise CityError(path, f"{field}[{index}]", f"{code!r} is there twice", "each may be there once")
        seen.add(code)


def _inside(folder: Path, file: str) -> Path:
    path = (folder / file).resolve()
    return path if path.is_relative_to(folder.resolve()) else folder / "outside-of-the-city-folder"


def _read_layer(folder: Path, layer: MapLayer, index: int, city_file: Path) -> list[dict[str, Any]]:
    if not _inside(folder, layer.file).is_file():
        problem = f"{layer.file!r} is not a file of the city folder"
        raise CityError(city_file, f"map_layers[{index}].file", problem, "copy it there or take the layer out")
    try:
        features = read_features(folder / layer.file)
    except GeoJsonError as problem:
        text, _, remedy = str(problem).partition("; ")
        raise CityError(folder / layer.file, None, text, remedy or "correct it") from problem
    except OSError as problem:
        raise CityError(folder / layer.file, None, f"cannot be read ({problem})", "make it readable") from problem
    wants_area = layer.role in ("outline", "districts", "subdistricts")
    for number, feature in enumerate(features):
        if wants_area and not outer_rings(feature["geometry"]):
            problem_text = f"feature {number} is a {feature['geometry']['type']}"
            raise CityError(folder / layer.file, None, problem_text, f"the layer {layer.role} needs Polygon or MultiPolygon")
    return features


def _check_bbox(bbox: tuple[float, float, float, float], outline: Iterable[dict[str, Any]], path: Path) -> None:
    west, south, east, north = bbox
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise CityError(
            path, "bbox", f"{list(bbox)} is no box on Earth", "give west, south, east, north in degrees, west < east, south < north"
        )
    for lon, lat in (p for feature in outline for p in positions(feature["geometry"])):
        if not (west <= lon <= east and south <= lat <= north):
            raise CityError(path, "bbox", f"does not hold the outline's position {lon}, {lat}", "widen it")


def _districts(features: list[dict[str, Any]], path: Path) -> tuple[District, ...]:
    districts: list[District] = []
    for index, feature in enumerate(features):
        properties = cast(dict[str, Any], feature["properties"])
        for field in ("code", "name"):
            if not isinstance(properties.get(field), str) or not properties[field].strip():
                raise CityError(
                    path, f"feature {index}, property {field}", "is missing or no text", "every district needs a code and a name"
                )
        rings = outer_rings(feature["geometry"])
        centre = ring_centre(max(rings, key=ring_area_km2))
        known = {"label_lon": centre[0], "label_lat": centre[1], "area_km2": sum(map(ring_area_km2, rings))}
        for field, computed in known.items():
            given = properties.get(field)
            if given is not None and (isinstance(given, bool) or not isinstance(given, (int, float))):
                raise CityError(path, f"feature {index}, property {field}", "is not a number", "correct it or take it out")
            known[field] = computed if given is None else float(given)
        districts.append(District(code=properties["code"], name=properties["name"], **known))
    _check_unique(path, "feature", [d.code for d in districts], longest=32)
    return tuple(districts)
