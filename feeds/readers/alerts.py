"""Which CAP alerts hold, and which of them concern a city: the one place where that is decided, for every collector of alerts. Asks nobody.

An alert concerns a city when a polygon or circle of it touches the city's outline, never by a name; by a code only where the city says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from types import MappingProxyType
from typing import Any, cast

import msgspec
from shapely import LineString

from feeds.geography import CityGeography
from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.readers.cap import Alert, Info
from feeds.readers.cap_area import NO_PLACE, Area, Ring
from feeds.readers.markup import plain_line
from feeds.runtime.collector import CollectorContext

WARNING = "cap "
"""What the keys of warnings begin with."""

MAX_TEXT = 160
MAX_POINTS = 4_000
"""Positions of one warning that go on: more would not fit a message, and no wall shows them."""

ASSUMED_HOURS = 24.0
"""CAP 3.2.2: without ``expires`` each recipient sets its own policy; ours counts from when the alert begins to hold."""

AHEAD = timedelta(days=1)
"""A clock that is wrong by more than this gives alerts that would win over every true one."""

MAX_ENDED = 20_000
SWAPPED = "axes look swapped: read as lon,lat it lies over the city, as CAP's lat,lon it does not"
UNPLACED = "has no polygon, so nobody can say whom it concerns"

_SEVERITIES: Mapping[str, Severity] = MappingProxyType({severity.value: severity for severity in Severity})
_LANGUAGES: Mapping[str, str] = MappingProxyType({"in": "id", "ind": "id", "eng": "en", "ger": "de", "deu": "de"})
"""Old and three-letter codes for languages of two letters."""

_FLOOD = ("banjir", "flood", "hochwasser", "überschwemm", "überflut", "inondation", "crue", "inundaci", "overstroming", "alluvion")
_QUAKE = ("gempa", "earthquake", "erdbeben", "séisme", "tremblement de terre", "terremoto", "sismo", "aardbeving")
_FLOOD_NOT = ("lava flood", "flood light")

_Ended = dict[tuple[str, str, str], datetime]


class Bearing(IntEnum):
    """What an info block has to do with the city; the higher outweighs the lower within one alert."""

    NONE = 0
    """It has no area at all."""
    ELSEWHERE = 1
    UNPLACED = 2
    SWAPPED = 3
    HERE = 4


@dataclass
class _Shown:
    """The hazards made so far, each under a key of its own."""

    by_key: dict[str, Hazard] = field(default_factory=dict[str, Hazard])

    def free(self, key: str) -> str:
        number = 1
        name = key
        while name in self.by_key:
            number += 1
            name = f"{key} #{number}"
        return name


def warnings(alerts: Iterable[Alert], ctx: CollectorContext[Any], *, attribution: str, geocodes: Sequence[str] = ()) -> list[Hazard]:
    """What the alerts mean for the city: replaced and cancelled ones are gone, of the others those that concern it.

    ``geocodes``: values ("ID001") or names and values ("EMMA_ID=ID001") that mean this city; they decide for areas without a figure.
    Well-read alerts of which nothing is shown (acknowledgements, cancels and what they ended) are counted with those of elsewhere.
    """
    now = ctx.clock()
    newest = _newest(alerts, ctx, now)
    ended = _ended(newest, ctx)
    standing: list[tuple[Alert, list[Info]]] = []
    over: list[tuple[Alert, list[Info]]] = []
    for alert in newest:
        over_since = ended.get((alert.sender, alert.identifier, alert.status))
        if alert.kind not in ("Alert", "Update") or (over_since is not None and over_since >= alert.sent_at):
            ctx.elsewhere()
        elif alert.scope != "Public":
            ctx.quarantine(None, "a CAP alert is not for the public: its scope is Restricted or Private", name=alert.identifier)
        else:
            over.append((alert, [info for info in alert.infos if info.is_over and _lies_here(info, ctx.geography, geocodes)]))
            if infos := _infos_here(alert, ctx, geocodes):
                standing.append((alert, infos))
    shown = _Shown()
    for alert, infos in sorted(standing, key=lambda one: (one[0].sent_at, one[0].sender, one[0].identifier)):
        if any(_follows(later, later_infos, alert, infos) for later, later_infos in (*standing, *over)):
            ctx.elsewhere()
            continue
        said: list[Hazard] = []
        for info in _in_best_language(infos, ctx.city.language):
            hazard = _warning(alert, info, ctx.geography, attribution)
            # Some senders write one block twice.
            if hazard not in said:
                said.append(hazard)
                key = shown.free(hazard.id)
                shown.by_key[key] = msgspec.structs.replace(hazard, id=key)
    return list(shown.by_key.values())


def _newest(alerts: Iterable[Alert], ctx: CollectorContext[Any], now: datetime) -> list[Alert]:
    """Each alert once, as it was sent last; one that comes from the future is refused."""
    newest: dict[tuple[str, str], Alert] = {}
    for alert in alerts:
        if alert.sent_at > now + AHEAD:
            ctx.quarantine(None, "a CAP alert is sent in the future", name=alert.identifier)
            continue
        if alert.faults:
            ctx.remark(f"a CAP alert {alert.faults[0]}; the rest of it is read")
        held = newest.get((alert.sender, alert.identifier))
        if held is None or held.sent_at <= alert.sent_at:
            newest[(alert.sender, alert.identifier)] = alert
    return list(newest.values())


def _ended(alerts: Sequence[Alert], ctx: CollectorContext[Any]) -> _Ended:
    """Until when a sender's alert may have been sent to be over by now, by what updates and cancels said since this source runs.

    A drill never ends a real warning. An update that has left the feed still holds: what it replaced does not come back.
    """
    ended = cast(_Ended, ctx.memory.setdefault("ended alerts", {}))
    for alert in alerts:
        if alert.kind not in ("Update", "Cancel"):
            continue
        for sender, identifier in alert.references:
            if sender != alert.sender or identifier == alert.identifier:
                continue
            key = (sender, identifier, alert.status)
            ended[key] = max(ended.pop(key, alert.sent_at), alert.sent_at)
    while len(ended) > MAX_ENDED:
        del ended[next(iter(ended))]
    return ended


def _follows(later: Alert, later_infos: Sequence[Info], alert: Alert, infos: Sequence[Info]) -> bool:
    """Whether both are updates of one alert and ``later`` says the same event anew, or its end: some name only the first of a chain."""
    return (
        later is not alert
        and later.kind == alert.kind == "Update"
        and (later.sender, later.status) == (alert.sender, alert.status)
        and later.sent_at > alert.sent_at
        and not set(later.references).isdisjoint(alert.references)
        and {info.event for info in infos} <= {info.event for info in later_infos}
    )


def _infos_here(alert: Alert, ctx: CollectorContext[Any], geocodes: Sequence[str]) -> list[Info]:
    """The info blocks that concern the city; for none of them the alert is counted elsewhere, or refused where that cannot be said."""
    bearings = [(info, bearing_of(info, ctx.geography, geocodes)) for info in alert.infos]
    most = max((bearing for _, bearing in bearings), default=Bearing.NONE)
    if most is Bearing.HERE:
        return [info for info, bearing in bearings if bearing is Bearing.HERE]
    if most is Bearing.ELSEWHERE or (alert.status == "System" and most is Bearing.NONE):
        ctx.elsewhere()
        return []
    # A bad version of it does not erase the good one that stands.
    ctx.kept.append(f"{WARNING}{alert.identifier}"[:200])
    faults = [fault for info in alert.infos for area in info.areas for fault in area.faults]
    is_no_place = any(area.swapped for info in alert.infos for area in info.areas)
    reason = SWAPPED if most is Bearing.SWAPPED else faults[0] if faults else NO_PLACE if is_no_place else UNPLACED
    ctx.quarantine(None, f"a CAP alert{': ' if most is Bearing.SWAPPED else ' '}{reason}", name=alert.identifier)
    return []


def bearing_of(info: Info, geography: CityGeography, geocodes: Sequence[str] = ()) -> Bearing:
    """What the areas of an info block have to do with the city, the most of them; an all-clear warns nobody, here as elsewhere."""
    if info.is_over:
        return Bearing.ELSEWHERE
    return max((_area_bearing(area, geography, geocodes) for area in info.areas), default=Bearing.NONE)


def _lies_here(info: Info, geography: CityGeography, geocodes: Sequence[str]) -> bool:
    return any(_area_bearing(area, geography, geocodes) is Bearing.HERE for area in info.areas)


def _area_bearing(area: Area, geography: CityGeography, geocodes: Sequence[str]) -> Bearing:
    if _rings_here(area, geography):
        return Bearing.HERE
    turned = [tuple((lat, lon) for lon, lat in ring) for ring in (*area.rings, *(circle.ring for circle in area.circles))]
    if _touches([*area.swapped, *turned], geography):
        return Bearing.SWAPPED
    if area.faults or area.swapped:
        return Bearing.UNPLACED
    if area.has_figure:
        return Bearing.ELSEWHERE
    if not area.geocodes or not geocodes:
        return Bearing.UNPLACED
    is_here = any(value in geocodes or f"{name}={value}" in geocodes for name, value in area.geocodes)
    return Bearing.HERE if is_here else Bearing.ELSEWHERE


def _rings_here(area: Area, geography: CityGeography) -> list[Ring]:
    """The figures of an area that touch the city, as rings near it."""
    rings = [near for ring in area.rings for near in _all_around(ring) if geography.is_touched_by([near])]
    circles = [circle for circle in area.circles if geography.distance_km(circle.lon, circle.lat) <= max(circle.radius_km, 0.1)]
    return rings + [circle.ring for circle in circles]


def _touches(rings: Iterable[Ring], geography: CityGeography) -> bool:
    return any(geography.is_touched_by([near]) for ring in rings for near in _all_around(ring))


def _all_around(ring: Ring) -> list[Ring]:
    """A ring that goes on beyond the 180th meridian lies on both its sides."""
    west, east = min(lon for lon, _ in ring), max(lon for lon, _ in ring)
    moved = [0.0] + ([-360.0] if east > 180 else []) + ([360.0] if west < -180 else [])
    return [ring if turn == 0 else tuple((lon + turn, lat) for lon, lat in ring) for turn in moved]


def _in_best_language(infos: Sequence[Info], language: str) -> list[Info]:
    """Those in the city's language, else in English, else in the language of the first."""
    spoken = [_language(info.language) for info in infos]
    best = next((one for one in (language, "en") if one in spoken), spoken[0])
    return [info for info, one in zip(infos, spoken, strict=True) if one == best]


def _language(code: str) -> str:
    first = code.replace("_", "-").partition("-")[0].strip().lower()
    return _LANGUAGES.get(first, first)


def _warning(alert: Alert, info: Info, geography: CityGeography, attribution: str) -> Hazard:
    touching = [ring for area in info.areas for ring in _rings_here(area, geography)]
    begins = max(alert.sent_at, info.onset_at or alert.sent_at)
    return Hazard(
        id=f"{WARNING}{alert.identifier}"[:200],
        kind=_kind(info),
        severity=_SEVERITIES.get(info.severity.casefold(), Severity.UNKNOWN),
        headline=plain_line(info.headline, MAX_TEXT) or plain_line(info.event, MAX_TEXT) or "?",
        issued_at=alert.sent_at,
        onset_at=info.onset_at,
        expires_at=info.expires_at or later(begins, ASSUMED_HOURS),
        area=plain_line(", ".join(area.description for area in info.areas if area.description), MAX_TEXT),
        districts=geography.districts_touching(touching),
        polygons=_within_room(touching),
        attribution=attribution,
        is_drill=alert.status != "Actual",
    )


def _kind(info: Info) -> HazardKind:
    words = f"{info.event} {info.headline}".casefold()
    if any(word in words for word in _FLOOD) and not any(word in words for word in _FLOOD_NOT):
        return HazardKind.FLOOD
    if "Geo" in info.categories:
        return HazardKind.EARTHQUAKE if any(word in words for word in _QUAKE) else HazardKind.OTHER
    return HazardKind.WEATHER if "Met" in info.categories else HazardKind.OTHER


def _within_room(rings: Sequence[Ring]) -> tuple[Ring, ...]:
    """The rings, coarser (in steps of about 100 m) when they are too much for a message; what is still too much is left out."""
    tolerance = 0.0
    while sum(map(len, rings)) > MAX_POINTS and tolerance < 0.1:
        tolerance = max(0.001, tolerance * 2)
        rings = [_coarser(ring, tolerance) for ring in rings]
    kept: list[Ring] = []
    room = MAX_POINTS
    for ring in rings:
        if len(ring) <= room:
            kept.append(ring)
            room -= len(ring)
    return tuple(kept)


def _coarser(ring: Ring, tolerance: float) -> Ring:
    simple = LineString(ring).simplify(tolerance, preserve_topology=False)
    coords = tuple((float(lon), float(lat)) for lon, lat in simple.coords)
    return coords if len(coords) >= 4 else ring


def later(at: datetime, hours: float) -> datetime | None:
    """``hours`` after ``at``, ``None`` beyond the calendar."""
    try:
        return at + timedelta(hours=hours)
    except OverflowError:
        return None
