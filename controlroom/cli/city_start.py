"""Starts a city folder: copies the outline, renames the districts' properties, writes a ``city.toml`` that is fine and says what to add."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from feeds.city import CityError, load_city
from feeds.geojson import GeoJsonError, outer_rings, positions, read_features

MARGIN = 0.03
"""Of the outline's width and height, left free around it."""

_CATEGORIES = (
    ("jalan", "Jalan rusak", "Damaged road"),
    ("banjir", "Banjir", "Flood"),
    ("sampah", "Sampah menumpuk", "Piled-up rubbish"),
    ("penerangan", "Lampu jalan padam", "Street light out"),
    ("lainnya", "Lainnya", "Other"),
)


class CannotStart(ValueError):
    """A city folder cannot be made: what is in the way, and what to do."""


@dataclass(frozen=True)
class NewCity:
    """What a technician knows at the start. ``district_code``, ``district_name``: the properties of the file ``districts``."""

    name: str
    code: str
    time_zone: str
    language: str
    attribution: str
    outline: Path
    districts: Path | None = None
    district_code: str = "code"
    district_name: str = "name"


def start_city(folder: Path, wish: NewCity) -> list[Path]:
    """Writes the folder, which must not be there or be empty; raises ``CannotStart`` and then leaves nothing behind."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotStart(f"{folder}: is there already; name another folder, or correct that one by hand")
    outline = _features(wish.outline)
    if not any(outer_rings(feature["geometry"]) for feature in outline):
        raise CannotStart(f"{wish.outline}: holds no Polygon or MultiPolygon; export the city's area, not its border line")
    districts = _districts(wish) if wish.districts is not None else None
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "outline.geojson").write_bytes(_collection([{**feature, "properties": {}} for feature in outline]))
        if districts is not None:
            (folder / "districts.geojson").write_bytes(_collection(districts))
        (folder / "city.toml").write_text(_city_toml(wish, _bbox(outline), has_districts=districts is not None), encoding="utf-8")
        load_city(folder)
    except (CityError, OSError) as problem:
        for file in folder.glob("*"):
            file.unlink()
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise CannotStart(str(problem)) from problem
    return sorted(folder.iterdir())


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        return read_features(path)
    except GeoJsonError as problem:
        raise CannotStart(f"{path}: {problem}") from problem
    except OSError as problem:
        raise CannotStart(f"{path}: cannot be read ({problem.strerror})") from problem


def _districts(wish: NewCity) -> list[dict[str, Any]]:
    assert wish.districts is not None
    found: list[dict[str, Any]] = []
    for index, feature in enumerate(_features(wish.districts)):
        properties: dict[str, Any] = feature["properties"]
        for option, name in (("--district-code", wish.district_code), ("--district-name", wish.district_name)):
            if not str(properties.get(name) or "").strip():
                known = ", ".join(sorted(properties)) or "none"
                raise CannotStart(
                    f"{wish.districts}: feature {index} has no property {name!r} (it has {known}); name the right one: {option}"
                )
        kept = {"code": str(properties[wish.district_code]).strip(), "name": str(properties[wish.district_name]).strip()}
        found.append({"type": "Feature", "properties": kept, "geometry": feature["geometry"]})
    return found


def _bbox(features: list[dict[str, Any]]) -> tuple[float, float, float, float]:
    points = [point for feature in features for point in positions(feature["geometry"])]
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    wide, high = (east - west) * MARGIN, (north - south) * MARGIN
    return round(west - wide, 4), round(south - high, 4), round(east + wide, 4), round(north + high, 4)


def _collection(features: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"type": "FeatureCollection", "features": features})


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's."""
    return msgspec.json.encode(value).decode()


def _city_toml(wish: NewCity, bbox: tuple[float, float, float, float], *, has_districts: bool) -> str:
    layers = ['  { role = "outline", file = "outline.geojson" },']
    if has_districts:
        layers.append('  { role = "districts", file = "districts.geojson" },')
    names = [_names(wish.language, indonesian, english) for _, indonesian, english in _CATEGORIES]
    categories = [
        f'  {{ code = "{code}", group = "{code}", agency = "umum", names = {{ {words} }} }},'
        for (code, _, _), words in zip(_CATEGORIES, names, strict=True)
    ]
    return f"""# {wish.name}. Everything the room knows of its city stands in this folder; `controlroom city check` looks it over.
code = {_text(wish.code)}
name = {_text(wish.name)}
room = "Live Room"                                 # what the room is called, beside the city's name
time_zone = {_text(wish.time_zone)}
# zone_label = "WIB"                               # what clocks say; left out: the zone's own abbreviation
language = {_text(wish.language)}
bbox = {list(bbox)}          # west, south, east, north
attribution = {_text(wish.attribution)}

# role: outline (one), districts (at most one), subdistricts, river, line. Draw a river as a line of role river.
map_layers = [
{chr(10).join(layers)}
]
# map_labels = [{{ text = "Stasiun", lon = {bbox[0]}, lat = {bbox[1]}, role = "place" }}]

# Who settles reports. `short` is what the wall shows.
agencies = [
  {{ code = "umum", name = {_text(wish.name)}, short = "Umum" }},
]

# What reports are about, and to whom each goes. Reports of one `group`, close in place and time, may be one incident.
# `is_photo_allowed = true`: a photo of this kind may go to the wall without an operator's look (no faces, no homes).
# `is_public = false`: nobody outside may read reports of this kind at the Open311 door (health, crime); those who sent one still follow it.
categories = [
{chr(10).join(categories)}
]

# Cameras: pictures over http (MJPEG) or rtsp. No password here: `credential` names an entry of the wall's own file.
# [[cameras]]
# id = "simpang-1"
# name = "Simpang 1"
# owner = "umum"
# kind = "rtsp"
# url = "rtsp://10.0.0.7/stream1"
# position = {{ lon = {bbox[0]}, lat = {bbox[1]} }}

# Applications whose health the room watches, in groups.
# [[applications]]
# id = "portal"
# name = "Portal kota"
# group = "informasi"
# url = "https://www.example.org/"

# Sources: `controlroom feeds list` names the collectors there are, `controlroom feeds check NAME --file F` tries one on a file.
# [[sources]]
# collector = "open311"
# [sources.options]
# endpoint = "https://reports.example.org/open311/v2"

# [[notices]]
# id = "selamat-datang"
# texts = {{ {wish.language} = "..." }}
# attribution = "..."
"""


def _names(language: str, indonesian: str, english: str) -> str:
    """The names of a category: in the city's own language the English word stands until somebody translates it."""
    words = {"id": indonesian, "en": english}
    return ", ".join(f"{key} = {_text(value)}" for key, value in ({language: words.get(language, english)} | words).items())
