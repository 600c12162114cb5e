"""Earthquakes and weather warnings of BMKG (Indonesia's agency for meteorology, climatology and geophysics), as they concern one city.

BMKG asks to be named wherever its data is shown, and for at most 60 requests a minute: https://data.bmkg.go.id .
"""

import math
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import msgspec

from feeds.cap import Alert, CapError, Info, parse_xml, read_alert
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.hazard import HAZARD, Hazard, HazardKind, Severity
from feeds.messages.header import Position
from feeds.runtime.clock import aware_utc
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

ATTRIBUTION = "BMKG"
QUAKE = "quake "
WARNING = "cap "
"""What the keys of earthquakes and of warnings begin with."""

MAX_ALERTS = 60
MAX_TEXT = 160
MAX_POINTS = 4_000
"""Positions of one warning that go on: more would not fit a message, and no wall shows them."""


class BmkgOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Earthquakes up to ``earthquake_radius_km`` from the city stay for ``earthquake_hours``; farther only when a tsunami is possible."""

    earthquake_urls: tuple[str, ...] = ()
    nowcast_url: str | None = None
    earthquake_radius_km: float = 500.0
    earthquake_hours: float = 24.0


def check(options: BmkgOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    given = {"earthquake_urls": options.earthquake_urls, "nowcast_url": (options.nowcast_url,) if options.nowcast_url is not None else ()}
    for field, urls in given.items():
        if not all(url.startswith(("https://", "http://")) for url in urls):
            return f"{field}: must be http or https"
    if not any(given.values()):
        return "earthquake_urls: neither these nor nowcast_url is given, so there is nothing to ask"
    return None


def read(ctx: CollectorContext[BmkgOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """Earthquakes and warnings of files: TEWS JSON, or CAP alerts, which are judged together."""
    quakes: dict[str, Hazard] = {}
    alerts: list[Alert] = []
    for document in documents:
        if document.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
            for hazard in read_earthquakes(document.body, ctx):
                quakes.setdefault(hazard.id, hazard)
            continue
        try:
            alerts.append(read_alert(document.body))
        except CapError as problem:
            ctx.quarantine(None, f"a CAP alert {problem}", name=document.name)
    yield from _observed([*quakes.values(), *warnings(alerts, ctx)])


def _observed(hazards: Iterable[Hazard]) -> Iterator[Observed]:
    for hazard in hazards:
        yield Observed(topic=HAZARD, key=hazard.id, body=hazard, observed_at=hazard.issued_at)


COLLECTOR = CollectorSpec(
    key="bmkg",
    title="BMKG",
    sink=Sink.BUS,
    topics=(HAZARD,),
    kind=Poll(every_s=60.0, timeout_s=90.0),
    options=BmkgOptions,
    check=check,
    terms="Data: BMKG (Badan Meteorologi, Klimatologi, dan Geofisika); naming BMKG is mandatory; at most 60 requests a minute.",
    requests_per_minute=60,
    read=read,
    standard="BMKG TEWS JSON; RSS 2.0; OASIS CAP 1.2",
    recorded=(
        "bmkg/bmkg_autogempa.json",
        "bmkg/bmkg_gempaterkini.json",
        "bmkg/bmkg_gempadirasakan.json",
        "cap/bmkg_cap_banten.xml",
        "cap/bmkg_rss_active.xml",
    ),
    bad_input="tests/collectors/test_bmkg.py",
    sample=Sample(
        options={"earthquake_urls": ["{base}/autogempa.json"], "nowcast_url": "{base}/rss.xml"},
        answers={
            "/autogempa.json": '{"Infogempa": {"gempa": {"DateTime": "2026-11-22T01:00:00+00:00", "Coordinates": "-6.30,106.50", '
            '"Magnitude": "4.1", "Kedalaman": "10 km", "Wilayah": "12 km BaratDaya", "Potensi": "Tidak berpotensi tsunami"}}}',
            "/rss.xml": '<rss version="2.0"><channel><title>-</title></channel></rss>',
        },
    ),
)


async def collect(ctx: CollectorContext[BmkgOptions]) -> AsyncGenerator[Observed, None]:
    """All warnings that hold for the city. Where one address fails, what it brought last stays and the source is marked."""
    quakes: dict[str, Hazard] = {}
    answered = False
    for url in ctx.options.earthquake_urls:
        body = await _body(ctx, url, keep=QUAKE)
        answered = answered or body is not None
        for hazard in read_earthquakes(body, ctx) if body is not None else ():
            quakes.setdefault(hazard.id, hazard)
    alerts = await _alerts(ctx, ctx.options.nowcast_url) if ctx.options.nowcast_url else None
    if not answered and alerts is None:
        raise SourceDown("; ".join(ctx.trouble) or "nothing answered")
    for record in _observed([*quakes.values(), *warnings(alerts or [], ctx)]):
        yield record


async def _body(ctx: CollectorContext[BmkgOptions], url: str, *, keep: str, version: str | None = None) -> bytes | None:
    """What stands at ``url``, or ``None`` after saying which hazards therefore stay as they are."""
    try:
        return (await ctx.http.get(url, version=version)).body
    except SourceDown as problem:
        ctx.partly_down(str(problem), keep=keep)
        return None


def read_earthquakes(body: bytes, ctx: CollectorContext[BmkgOptions]) -> list[Hazard]:
    """The earthquakes of a TEWS file that concern the city; broken ones are quarantined."""
    try:
        document = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, ValueError):
        ctx.partly_down("an earthquake file is not JSON", keep=QUAKE)
        return []
    inner = cast(dict[str, Any], document).get("Infogempa") if isinstance(document, dict) else None
    quakes = cast(dict[str, Any], inner).get("gempa") if isinstance(inner, dict) else None
    # autogempa.json has one object where the other files have a list.
    records = cast(list[object], quakes) if isinstance(quakes, list) else [cast(object, quakes)] if isinstance(quakes, dict) else None
    if records is None:
        ctx.partly_down("an earthquake file has no Infogempa.gempa", keep=QUAKE)
        return []
    hazards: list[Hazard] = []
    for record in records:
        try:
            hazard = _earthquake(record, ctx)
        except ValueError as problem:
            ctx.quarantine(record, str(problem))
            continue
        if hazard is None:
            ctx.elsewhere()
        else:
            hazards.append(hazard)
    return hazards


def _earthquake(record: object, ctx: CollectorContext[BmkgOptions]) -> Hazard | None:
    """One earthquake, ``None`` when it does not concern the city; ``ValueError`` says which field is wrong, not what it holds."""
    if not isinstance(record, dict):
        raise ValueError("is not an object")
    fields = cast(dict[str, Any], record)
    at = _quake_time(fields)
    lat_text, _, lon_text = _field(fields, "Coordinates").partition(",")
    lat, lon = _number(lat_text, "Coordinates"), _number(lon_text, "Coordinates")
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError("Coordinates are no place on Earth")
    magnitude = _number(_field(fields, "Magnitude"), "Magnitude")
    if not -2 <= magnitude <= 10:
        raise ValueError("Magnitude is impossible")
    distance_km = ctx.geography.distance_km(lon, lat)
    potential = fields.get("Potensi")
    is_tsunami = isinstance(potential, str) and "tsunami" in potential.lower() and not potential.strip().lower().startswith("tidak")
    if distance_km > ctx.options.earthquake_radius_km and not is_tsunami:
        return None
    area = _line(fields.get("Wilayah"))
    return Hazard(
        id=f"{QUAKE}{at.strftime('%Y-%m-%dT%H:%M:%SZ')} {lat:g},{lon:g}",
        kind=HazardKind.EARTHQUAKE,
        severity=quake_severity(magnitude, distance_km, is_tsunami),
        headline=_line(f"Gempa M{magnitude:.1f}".replace(".", ",") + (f" · {area}" if area else "")) or "Gempa",
        issued_at=at,
        onset_at=at,
        expires_at=_later(at, ctx.options.earthquake_hours),
        area=area,
        attribution=ATTRIBUTION,
        position=Position(lon=lon, lat=lat),
        magnitude=magnitude,
        depth_km=_depth_km(fields.get("Kedalaman")),
        distance_km=round(distance_km, 1),
    )


def quake_severity(magnitude: float, distance_km: float, is_tsunami: bool) -> Severity:
    """Ours, no standard: what an earthquake of this size at this distance (km) from the city may mean for it."""
    if is_tsunami:
        return Severity.EXTREME
    felt = magnitude - distance_km / 150
    if felt >= 6:
        return Severity.SEVERE
    return Severity.MODERATE if felt >= 4 else Severity.MINOR


async def _alerts(ctx: CollectorContext[BmkgOptions], feed_url: str) -> list[Alert] | None:
    """The alerts the nowcast feed lists; ``None`` when the feed did not answer."""
    body = await _body(ctx, feed_url, keep=WARNING)
    if body is None:
        return None
    try:
        links = read_feed(body, feed_url)
    except CapError as problem:
        ctx.partly_down(f"the nowcast feed {problem}", keep=WARNING)
        return None
    alerts: list[Alert] = []
    for url, version in links[:MAX_ALERTS]:
        if urlsplit(url).netloc != urlsplit(feed_url).netloc:
            ctx.quarantine(None, "an alert's address is not on the host of its feed: not asked")
            continue
        text = await _body(ctx, url, keep=f"{WARNING}{version or ''}", version=version)
        if text is None:
            continue
        try:
            alerts.append(read_alert(text))
        except CapError as problem:
            ctx.quarantine(None, f"a CAP alert {problem}", name=url.rpartition("/")[2])
    return alerts


def read_feed(body: bytes, feed_url: str) -> list[tuple[str, str | None]]:
    """Address and identifier of every alert of an RSS 2.0 feed, each address once; raises ``CapError``."""
    links: dict[str, str | None] = {}
    for item in parse_xml(body).iter("item"):
        link = (item.findtext("link") or "").strip()
        try:
            url = urljoin(feed_url, link) if link else ""
            is_web = urlsplit(url).scheme in ("http", "https")
        except ValueError:
            continue
        if is_web:
            links.setdefault(url, (item.findtext("guid") or "").strip() or None)
    return list(links.items())


def warnings(alerts: Sequence[Alert], ctx: CollectorContext[BmkgOptions]) -> list[Hazard]:
    """What the alerts mean for the city: replaced and cancelled ones are gone, others stay only where their polygons touch it."""
    hazards: dict[str, Hazard] = {}
    for alert in alerts:
        if alert.kind not in ("Alert", "Update") or alert.scope != "Public" or any(supersedes(other, alert) for other in alerts):
            continue
        info = _info_in(alert.infos, ctx.city.language)
        if info is None or not info.polygons:
            ctx.quarantine(None, "a CAP alert has no polygon, so nobody can say whom it concerns", name=alert.identifier)
            continue
        if not ctx.geography.is_touched_by(info.polygons):
            ctx.elsewhere()
        else:
            hazards[alert.identifier] = _warning(alert, info, ctx.geography)
    return list(hazards.values())


def supersedes(later: Alert, alert: Alert) -> bool:
    """Whether ``later`` updates or cancels ``alert``; a drill never ends a real warning, and none ends itself or a younger one."""
    return (
        later is not alert
        and later.kind in ("Update", "Cancel")
        and later.status == alert.status
        and later.sent_at >= alert.sent_at
        and later.identifier != alert.identifier
        and (alert.sender, alert.identifier) in later.references
    )


def _info_in(infos: Sequence[Info], language: str) -> Info | None:
    return next((info for info in infos if info.language.partition("-")[0] == language), infos[0] if infos else None)


_KINDS: Mapping[str, HazardKind] = {"Met": HazardKind.WEATHER, "Geo": HazardKind.EARTHQUAKE}
_SEVERITIES: Mapping[str, Severity] = {severity.value.capitalize(): severity for severity in Severity}


def _warning(alert: Alert, info: Info, geography: CityGeography) -> Hazard:
    touching = [ring for ring in info.polygons if geography.is_touched_by([ring])]
    rings: list[tuple[tuple[float, float], ...]] = []
    room = MAX_POINTS
    for ring in touching:
        if len(ring) <= room:
            rings.append(ring)
            room -= len(ring)
    is_flood = any(word in f"{info.event} {info.headline}".lower() for word in ("banjir", "flood"))
    return Hazard(
        id=f"{WARNING}{alert.identifier}"[:200],
        kind=HazardKind.FLOOD if is_flood else _KINDS.get(info.category, HazardKind.OTHER),
        severity=_SEVERITIES.get(info.severity, Severity.UNKNOWN),
        headline=_line(info.headline) or info.event[:MAX_TEXT],
        issued_at=alert.sent_at,
        onset_at=info.onset_at,
        expires_at=info.expires_at,
        area=_line(", ".join(info.areas)),
        districts=geography.districts_touching(touching),
        polygons=tuple(rings),
        attribution=ATTRIBUTION,
        is_drill=alert.status != "Actual",
    )


def _field(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} is missing")
    return value.strip()


def _quake_time(fields: dict[str, Any]) -> datetime:
    try:
        return aware_utc(_field(fields, "DateTime"))
    except ValueError as problem:
        raise ValueError(f"DateTime: {problem}") from problem


def _number(text: str, name: str) -> float:
    try:
        number = float(text.strip().replace("−", "-"))
    except ValueError as problem:
        raise ValueError(f"{name} is not a number") from problem
    if not math.isfinite(number):
        raise ValueError(f"{name} is not a number")
    return number


def _depth_km(value: object) -> float | None:
    """``10 km`` -> 10.0; ``None`` when it says nothing usable."""
    try:
        return _number(value.lower().removesuffix("km"), "Kedalaman") if isinstance(value, str) else None
    except ValueError:
        return None


def _later(at: datetime, hours: float) -> datetime | None:
    try:
        return at + timedelta(hours=hours)
    except OverflowError:
        return None


def _line(value: object) -> str | None:
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split()) if isinstance(value, str) else ""
    return (text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…") or None
