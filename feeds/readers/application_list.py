"""Reads a list of a city's applications as somebody sends it: TOML, JSON or CSV. Pure; probes nothing."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

from feeds.applications import complaint_about
from feeds.messages.city import CityApplication
from feeds.readers.markup import one_line
from feeds.readers.station_table import TableError, decoded, plain_name, read_document, rows_of

MAX_TEXT = 120
MAX_PATTERN = 500

_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "kode", "code", "key"),
        "name": ("name", "nama", "namaaplikasi", "aplikasi", "application", "title"),
        "group": ("group", "grup", "kelompok", "kategori", "category"),
        "url": ("url", "alamat", "tautan", "link", "address", "website"),
        "is_public": ("ispublic", "public", "publik", "umum"),
        "expect": ("expect",),
        "data_pattern": ("datapattern",),
        "data_max_age_s": ("datamaxages",),
        "maintenance": ("maintenance", "pemeliharaan"),
    }
)
_YES = ("true", "yes", "y", "ya", "1", "publik", "public", "umum")
_NO = ("false", "no", "n", "tidak", "0", "internal", "privat", "private")
_WINDOW = re.compile(r"\s*(\d{1,2}[:.]\d{2})\s*(?:-|–|s/?d|to)\s*(\d{1,2}[:.]\d{2})\s*")


class ApplicationRefused(ValueError):
    """Why one entry is no application; names the field, quotes nothing."""


def rows(body: bytes) -> list[object]:
    """The entries of a document; raises ``TableError`` for what is no list of anything."""
    text = decoded(body).replace("\x00", "").strip()
    if "[[" in text[:4_000] or re.match(r"[\w.-]+\s*=", text):
        try:
            return rows_of(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, RecursionError):
            pass
    return rows_of(read_document(body))


def read_applications(body: bytes) -> Iterator[CityApplication | tuple[object, ApplicationRefused, str | None]]:
    """Each entry as an application, or the entry with why it is none and its id; raises ``TableError``."""
    seen: set[str] = set()
    found = rows(body)
    if not found:
        raise TableError("holds no applications")
    for row in found:
        key = None
        try:
            application = _application(row)
            key = application.id
            if key in seen:
                raise ApplicationRefused("id is there twice")
            seen.add(key)
            yield application
        except ApplicationRefused as problem:
            yield row, problem, key or _id_of(row)


def _application(row: object) -> CityApplication:
    if not isinstance(row, dict):
        raise ApplicationRefused("is not an object")
    given = _by_field(cast(dict[Any, Any], row))
    for field in ("id", "name", "group", "url"):
        if field not in given:
            raise ApplicationRefused(f"{field} is missing")
    application = CityApplication(
        id=_line(given, "id"),
        name=_line(given, "name"),
        group=_line(given, "group"),
        url=str(given["url"]).strip() if isinstance(given["url"], str) else "",
        is_public=_flag(given.get("is_public")),
        expect=_text(given, "expect"),
        data_pattern=_text(given, "data_pattern"),
        data_max_age_s=_seconds(given.get("data_max_age_s", 86_400.0)),
        maintenance=_window(given.get("maintenance")),
    )
    complaint = complaint_about(application)
    if complaint is not None:
        raise ApplicationRefused(f"{complaint.field} {complaint.problem.partition(' (')[0]}")
    return application


def _id_of(row: object) -> str | None:
    given = _by_field(cast(dict[Any, Any], row)).get("id") if isinstance(row, dict) else None
    return given if isinstance(given, str) else None


def _by_field(row: Mapping[Any, Any]) -> dict[str, Any]:
    by_name = {plain_name(name): value for name, value in row.items() if isinstance(name, str)}
    found: dict[str, Any] = {}
    for field, names in _COLUMNS.items():
        value = next((by_name[name] for name in names if by_name.get(name) not in (None, "")), None)
        if value is not None:
            found[field] = value
    return found


def _line(given: Mapping[str, Any], field: str) -> str:
    text = one_line(str(given[field]) if isinstance(given[field], int) else given[field], MAX_TEXT)
    if text is None:
        raise ApplicationRefused(f"{field} is no text")
    return text


def _text(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field, "")
    if not isinstance(value, str) or len(value) > MAX_PATTERN:
        raise ApplicationRefused(f"{field} is no text or too long")
    return value


def _flag(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return value is not False
    word = str(value).strip().casefold()
    if word not in (*_YES, *_NO):
        raise ApplicationRefused("is_public is neither yes nor no")
    return word in _YES


def _seconds(value: object) -> float:
    try:
        return float(value.strip() if isinstance(value, str) else value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, OverflowError) as problem:
        raise ApplicationRefused("data_max_age_s is not a number") from problem


def _window(value: object) -> tuple[str, str] | None:
    if value is None:
        return None
    if isinstance(value, str) and (found := _WINDOW.fullmatch(value)):
        return found.group(1).replace(".", ":"), found.group(2).replace(".", ":")
    ends = cast(list[object], value) if isinstance(value, list) else []
    if len(ends) == 2 and isinstance(ends[0], str) and isinstance(ends[1], str):
        return ends[0], ends[1]
    raise ApplicationRefused("maintenance is not two times of the day")
