"""Reads a CAP 1.2 alert (OASIS Common Alerting Protocol) from XML. Pure: resolves no entity, opens no address, knows no city."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from feeds.runtime.clock import aware_utc

NAMESPACES = ("urn:oasis:names:tc:emergency:cap:1.2", "urn:oasis:names:tc:emergency:cap:1.1")
CIRCLE_STEPS = 32
KM_PER_DEGREE = 111.195
MAX_POINTS = 100_000

Ring = tuple[tuple[float, float], ...]


class CapError(ValueError):
    """A document that is no valid CAP alert; the text names the element, never its contents."""


@dataclass(frozen=True)
class Info:
    """One ``info`` block. ``polygons``: closed rings of (lon, lat) degrees, circles drawn as polygons."""

    language: str
    category: str
    event: str
    severity: str
    headline: str
    areas: tuple[str, ...]
    polygons: tuple[Ring, ...]
    onset_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True)
class Alert:
    """``references``: (sender, identifier) of the alerts that an Update or Cancel speaks of."""

    identifier: str
    sender: str
    sent_at: datetime
    status: str
    kind: str
    scope: str
    references: tuple[tuple[str, str], ...]
    infos: tuple[Info, ...]


def parse_xml(body: bytes) -> Element:
    """The root of a document; ``CapError`` for anything but plain XML. A DTD is refused, so entities cannot be."""
    try:
        return fromstring(body, forbid_dtd=True)
    except DefusedXmlException as problem:
        raise CapError("carries a document type or entities: refused unread") from problem
    except (ParseError, ValueError, LookupError) as problem:
        raise CapError("is not XML") from problem


def read_alert(body: bytes) -> Alert:
    """A CAP 1.2 (or 1.1) alert; raises ``CapError``."""
    root = parse_xml(body)
    namespace, _, name = root.tag.removeprefix("{").partition("}")
    if name != "alert" or namespace not in NAMESPACES:
        raise CapError("is not a CAP 1.2 alert")
    space = f"{{{namespace}}}"
    alert = Alert(
        identifier=_required(root, space, "identifier"),
        sender=_required(root, space, "sender"),
        sent_at=_time(_required(root, space, "sent"), "sent"),
        status=_required(root, space, "status"),
        kind=_required(root, space, "msgType"),
        scope=_required(root, space, "scope"),
        references=tuple(_references(_text(root, space, "references"))),
        infos=tuple(_info(element, space) for element in root.findall(f"{space}info")),
    )
    if alert.kind in ("Update", "Cancel") and not alert.references:
        raise CapError(f"has msgType {alert.kind} but no references")
    return alert


def _info(element: Element, space: str) -> Info:
    areas = element.findall(f"{space}area")
    event = _required(element, space, "event")
    onset = _text(element, space, "onset") or _text(element, space, "effective")
    expires = _text(element, space, "expires")
    return Info(
        language=(_text(element, space, "language") or "en-US").lower(),
        category=_required(element, space, "category"),
        event=event,
        severity=_required(element, space, "severity"),
        headline=_text(element, space, "headline") or event,
        areas=tuple(_required(area, space, "areaDesc") for area in areas),
        polygons=tuple(_rings(areas, space)),
        onset_at=_time(onset, "onset") if onset else None,
        expires_at=_time(expires, "expires") if expires else None,
    )


def _rings(areas: Sequence[Element], space: str) -> Iterator[Ring]:
    points = 0
    for area in areas:
        for element in area.findall(f"{space}polygon"):
            ring = _ring(element.text or "")
            points += len(ring)
            if points > MAX_POINTS:
                raise CapError("has more points than any real warning")
            yield ring
        for element in area.findall(f"{space}circle"):
            yield _circle(element.text or "")


def _ring(text: str) -> Ring:
    """CAP writes "lat,lon lat,lon ..." and repeats the first position; a ring left open is closed."""
    ring = [_pair(pair) for pair in text.split()]
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
    if len(ring) < 4:
        raise CapError("has a polygon of fewer than 4 positions")
    return tuple(ring)


def _circle(text: str) -> Ring:
    """CAP writes "lat,lon radius" with the radius in km."""
    centre, _, radius_text = text.strip().partition(" ")
    lon, lat = _pair(centre)
    try:
        radius_km = float(radius_text)
    except ValueError as problem:
        raise CapError("has a circle without a radius") from problem
    if not 0 <= radius_km <= 2_000:
        raise CapError("has a circle with an impossible radius")
    # A circle of no size still has a place: 100 m.
    radius = max(radius_km, 0.1) / KM_PER_DEGREE
    wide = radius / max(0.01, math.cos(math.radians(lat)))
    angles = [2 * math.pi * step / CIRCLE_STEPS for step in range(CIRCLE_STEPS)]
    ring = [(lon + wide * math.cos(a), lat + radius * math.sin(a)) for a in angles]
    return (*ring, ring[0])


def _pair(text: str) -> tuple[float, float]:
    lat_text, _, lon_text = text.partition(",")
    try:
        lat, lon = float(lat_text), float(lon_text)
    except ValueError as problem:
        raise CapError("has a position that is not lat,lon") from problem
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise CapError("has a position that is no place on Earth")
    return lon, lat


def _references(text: str | None) -> Iterator[tuple[str, str]]:
    for reference in (text or "").split():
        parts = reference.split(",")
        if len(parts) < 2 or not parts[1]:
            raise CapError("has a reference that is not sender,identifier,sent")
        yield parts[0], parts[1]


def _text(element: Element, space: str, name: str) -> str | None:
    found = element.find(f"{space}{name}")
    text = " ".join("".join(c if c.isprintable() else " " for c in found.text).split()) if found is not None and found.text else ""
    return text or None


def _required(element: Element, space: str, name: str) -> str:
    text = _text(element, space, name)
    if text is None:
        raise CapError(f"has no {name}")
    return text


def _time(text: str, name: str) -> datetime:
    try:
        return aware_utc(text)
    except ValueError as problem:
        raise CapError(f"{name} {problem}") from problem
