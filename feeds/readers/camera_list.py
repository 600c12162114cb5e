"""Reads a list of cameras as an agency gives it: JSON, GeoJSON or CSV, under its own column names. Pure; asks no camera."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

from feeds.geography import CityGeography
from feeds.messages.camera import Camera, StreamKind, carries_secret
from feeds.messages.header import Position
from feeds.readers.markup import one_line
from feeds.readers.station_table import TableError, plain_name, read_document, rows_of

MAX_ID = 100
MAX_TEXT = 80
MAX_URL = 1_000
FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "kode", "code", "cameraid", "idkamera", "idcctv", "no", "objectid", "fid"),
        "name": ("name", "nama", "namakamera", "namacctv", "title", "lokasi", "location", "label"),
        "owner": ("owner", "pemilik", "opd", "agency", "instansi", "dinas", "operator"),
        "url": ("url", "stream", "streamurl", "rtsp", "mjpeg", "link", "address", "alamatstream", "src"),
        "lat": ("lat", "latitude", "lintang", "y"),
        "lon": ("lon", "lng", "long", "longitude", "bujur", "x"),
        "kind": ("kind", "type", "tipe", "jenis", "protocol", "protokol"),
        "credential": ("credential",),
        "is_private": ("isprivate", "private", "privat"),
    }
)
_KINDS: Mapping[str, StreamKind] = MappingProxyType(
    {
        "rtsp": StreamKind.RTSP, "rtsps": StreamKind.RTSP, "http": StreamKind.MJPEG, "https": StreamKind.MJPEG,
        "mjpeg": StreamKind.MJPEG, "mjpg": StreamKind.MJPEG, "motionjpeg": StreamKind.MJPEG, "jpeg": StreamKind.MJPEG,
    }
)  # fmt: skip
_YES = ("true", "yes", "y", "ya", "1", "privat", "private")
_NO = ("false", "no", "n", "tidak", "0", "", "publik", "public")


class CameraRefused(ValueError):
    """Why one entry is no camera; names the field, quotes nothing."""


@dataclass
class CameraList:
    """``cameras`` in their order; ``refused``: entry, reason, id; ``outside``: well, but of another place."""

    cameras: list[Camera] = field(default_factory=list[Camera])
    refused: list[tuple[object, str, str | None]] = field(default_factory=list[tuple[object, str, str | None]])
    outside: int = 0
    without_place: int = 0


def read_cameras(body: bytes, geography: CityGeography, *, base: str, fields: Mapping[str, str], owner: str) -> CameraList:
    """The cameras of a document; raises ``TableError`` for what is no list.

    ``fields``: our name -> theirs, where it is none we know. ``base``: the address relative ones stand at. ``owner``: of those without.
    """
    found = CameraList()
    rows = rows_of(read_document(body))
    if not rows:
        raise TableError("holds no cameras")
    seen: set[str] = set()
    for row in rows:
        key = None
        try:
            camera, is_misplaced = _camera(row, geography, base=base, fields=fields, owner=owner)
            key = camera.id
            if key in seen:
                raise CameraRefused("id is there twice")
        except CameraRefused as problem:
            found.refused.append((row, str(problem), key or _id_of(row, fields)))
            continue
        seen.add(key)
        position = camera.position
        found.without_place += is_misplaced
        if position is not None and geography.is_far_outside(position.lon, position.lat):
            found.outside += 1
        else:
            found.cameras.append(camera)
    return found


def _camera(row: object, geography: CityGeography, *, base: str, fields: Mapping[str, str], owner: str) -> tuple[Camera, bool]:
    if not isinstance(row, dict):
        raise CameraRefused("is not an object")
    given = dict(_given(cast(dict[Any, Any], row), fields))
    key, name = _line(given, "id", MAX_ID), _line(given, "name", MAX_TEXT)
    if key is None:
        raise CameraRefused("id is missing")
    is_private = _flag(given.get("is_private"))
    url = "" if is_private else _url(given.get("url"), base)
    kind = _kind(given.get("kind"), url)
    position, is_misplaced = _position(given, geography)
    camera = Camera(
        id=key,
        name=name or key,
        owner=_line(given, "owner", MAX_TEXT) or owner,
        kind=kind,
        url=url,
        position=None if is_private else position,
        credential=None if is_private else _line(given, "credential", MAX_ID),
        is_private=is_private,
    )
    return camera, is_misplaced


def _id_of(row: object, fields: Mapping[str, str]) -> str | None:
    """By what a refused entry can be named, so that what stood of it before may stay."""
    given = dict(_given(cast(dict[Any, Any], row), fields)) if isinstance(row, dict) else {}
    try:
        return _line(given, "id", MAX_ID)
    except CameraRefused:
        return None


def _given(row: Mapping[Any, Any], fields: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    by_name = {plain_name(name): value for name, value in row.items() if isinstance(name, str)}
    for ours, names in FIELDS.items():
        theirs = (plain_name(fields[ours]),) if ours in fields else names
        value = next((by_name[name] for name in theirs if by_name.get(name) not in (None, "")), None)
        if value is not None:
            yield ours, value


def _line(given: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = given.get(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = f"{value:g}" if isinstance(value, float) else str(value)[:longest]
    text = one_line(value, longest + 1)
    if text is not None and name == "id" and len(text) > longest:
        raise CameraRefused("id is too long")
    return text[:longest] if text is not None else None


def _url(value: object, base: str) -> str:
    """An absolute address without anything secret."""
    if not isinstance(value, str) or not value.strip():
        raise CameraRefused("url is missing")
    try:
        url = urljoin(base, value.strip())
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https", "rtsp", "rtsps") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        is_secret = carries_secret(url)
    except ValueError as problem:
        raise CameraRefused("url is not an address") from problem
    if not is_whole or len(url) > MAX_URL or not url.isascii() or not url.isprintable() or re.search(r"[\s\\\"<>]", url):
        raise CameraRefused("url is no plain http or rtsp address")
    if is_secret:
        raise CameraRefused("url carries a user name, password or key: name an entry of the wall's secrets in credential instead")
    return url


def _kind(value: object, url: str) -> StreamKind:
    scheme = urlsplit(url).scheme
    if isinstance(value, str) and value.strip():
        kind = _KINDS.get("".join(c for c in value.casefold() if c.isalnum()))
        # Lists use "type" for other things too (dome, PTZ): the address decides then.
        if kind is not None and (not scheme or (kind is StreamKind.RTSP) == scheme.startswith("rtsp")):
            return kind
    if re.search(r"\.(m3u8|mpd|mp4|flv)$", urlsplit(url).path, re.IGNORECASE):
        raise CameraRefused("kind is neither mjpeg nor rtsp")
    return _KINDS.get(scheme, StreamKind.MJPEG)


def _position(given: Mapping[str, Any], geography: CityGeography) -> tuple[Position | None, bool]:
    """The place, and whether one was given that is none; ``CameraRefused`` for latitude and longitude in each other's place."""
    if "lat" not in given and "lon" not in given:
        return None, False
    lat, lon = _degrees(given.get("lat")), _degrees(given.get("lon"))
    if lat is None or lon is None or abs(lon) > 180 or (lat == 0 and lon == 0):
        return None, True
    if abs(lat) > 90 or geography.is_far_outside(lon, lat):
        if abs(lon) <= 90 and abs(lat) <= 180 and not geography.is_far_outside(lat, lon):
            raise CameraRefused("lat and lon stand in each other's place")
        if abs(lat) > 90:
            return None, True
    return Position(lon=round(lon, 6), lat=round(lat, 6)), False


def _degrees(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value.strip().replace("−", "-").replace(",", ".").rstrip("°")) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _flag(value: object) -> bool:
    """Whether a camera is private; what says neither is taken for private."""
    if value is None or isinstance(value, bool):
        return value is True
    word = str(value).strip().casefold()[:20]
    return word in _YES or word not in _NO
