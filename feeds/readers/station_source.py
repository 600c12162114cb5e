"""How collectors of stations get their documents and which stations concern a city. Knows neither rivers nor air."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from feeds.messages.header import Position
from feeds.readers.cells import one_line
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.http import MAX_ANSWER_BYTES, SourceDown

MAX_FILES = 500
MAX_STATIONS = 2_000
"""No wall shows more, and no bus should carry them: a country's file needs a radius."""

WEB_ADDRESS = re.compile(r"https?://[^\s@]+")


def addresses(url: str | tuple[str, ...]) -> tuple[str, ...]:
    """One address or many, as the city file has it."""
    return (url,) if isinstance(url, str) else url


def complaint_about_source(url: str | tuple[str, ...], folder: str | None, fields: Mapping[str, str], known: Sequence[str]) -> str | None:
    """Why a source cannot be asked as configured, or ``None``."""
    if bool(addresses(url)) == (folder is not None):
        return "url: give either url or folder"
    if not all(WEB_ADDRESS.fullmatch(one) for one in addresses(url)):
        return "url: must be http or https without a user name"
    unknown = next((name for name in fields if name not in known), None)
    return f"fields.{unknown}: there is no such field; there are {', '.join(known)}" if unknown is not None else None


def complaint_about_place(lat: float | None, lon: float | None) -> str | None:
    """Why a configured position is none, or ``None``."""
    if (lat is None) != (lon is None):
        return "lat and lon come together"
    return "lat and lon are no place on Earth" if lat is not None and lon is not None and not (abs(lat) <= 90 and abs(lon) <= 180) else None


async def documents_of(
    ctx: CollectorContext[Any], url: str | tuple[str, ...], folder: str | None, *, key_header: str, key_secret: str | None
) -> list[Document]:
    """Every answer and file there is; ``SourceDown`` when there is none. What failed in part keeps all that stands."""
    headers: dict[str, str] = {}
    if key_secret is not None:
        key = ctx.secret(key_secret)
        if key is None:
            raise SourceDown(f"the secret {key_secret!r} is not set")
        headers[key_header] = key
    if folder is not None:
        return await asyncio.to_thread(_files, ctx.city.folder / folder, ctx)
    documents: list[Document] = []
    for address in addresses(url):
        try:
            documents.append(Document(name=address, body=(await ctx.http.get(address, headers=headers)).body))
        except SourceDown as problem:
            ctx.partly_down(str(problem), keep="")
    if not documents:
        raise SourceDown("; ".join(ctx.trouble) or "nothing answered")
    return documents


def _files(folder: Path, ctx: CollectorContext[Any]) -> list[Document]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~")))
    except OSError as problem:
        raise SourceDown(f"the folder {folder.name} cannot be read ({type(problem).__name__})") from problem
    documents: list[Document] = []
    for path in paths[-MAX_FILES:]:
        try:
            if path.stat().st_size > MAX_ANSWER_BYTES:
                ctx.quarantine(None, f"holds more than {MAX_ANSWER_BYTES:,} bytes: not read", name=path.name)
                continue
            documents.append(Document(name=path.name, body=path.read_bytes()))
        except OSError as problem:
            ctx.quarantine(None, f"cannot be read ({type(problem).__name__})", name=path.name)
    if not documents:
        raise SourceDown(f"the folder {folder.name} has no file that can be read")
    return documents


def station_named_by(document: Document, stations: Iterable[str]) -> str:
    """What stands for the station in a file that names none: the only one configured, else the file's own name."""
    known = list(stations)
    if len(known) == 1:
        return known[0]
    parts = [part for part in document.name.partition("?")[0].split("/") if part]
    # .../stations/KOELN/W/measurements.json: the last parts say what, the one before them says where.
    words = [part for part in parts if part.partition(".")[0].casefold() not in _NO_NAMES]
    return one_line((words or parts or ["?"])[-1].rpartition(".")[0] or (words or parts or ["?"])[-1]) or "?"


_NO_NAMES = frozenset(
    {"w", "measurements", "currentmeasurement", "readings", "latest", "hours", "days", "index", "data", "api", "v2", "v3"}
)


def concerns(ctx: CollectorContext[Any], position: Position | None, radius_km: float) -> tuple[bool, Position | None]:
    """Whether a station is near enough (``radius_km`` 0: all are), and its position, ``None`` where axes seem swapped."""
    if position is None or radius_km <= 0 or ctx.geography.distance_km(position.lon, position.lat) <= radius_km:
        return True, position
    if abs(position.lon) <= 90 and ctx.geography.distance_km(position.lat, position.lon) <= radius_km:
        ctx.remark("positions whose latitude and longitude seem swapped are left out")
        return True, None
    return False, position
