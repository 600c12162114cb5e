"""Weather warnings, an earthquake and a rising river for the simulated city. Their attribution says that nobody warned of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

from feeds.messages.city import City, District
from feeds.messages.hazard import Hazard, HazardKind, Severity
from feeds.messages.header import Position

ATTRIBUTION = "BMKG (simulasi)"
_WARNED_DISTRICTS = ("Periuk", "Neglasari", "Benda")
_SPELL_S = 5400

Make = Callable[[City, datetime, datetime], Hazard]
"""From the city, now, and when the spell began."""


def rain(city: City, now: datetime, began_at: datetime) -> Hazard:
    """Heavy rain over a few districts, renewed every 90 minutes."""
    return _weather(city, now, Severity.MODERATE, "Hujan lebat dan petir", _WARNED_DISTRICTS)


def heavy_rain(city: City, now: datetime, began_at: datetime) -> Hazard:
    """Very heavy rain and wind over the whole city."""
    return _weather(city, now, Severity.SEVERE, "Hujan sangat lebat dan angin kencang", tuple(d.name for d in city.districts))


def earthquake(city: City, now: datetime, began_at: datetime) -> Hazard:
    """A moderate earthquake far off the south coast."""
    west, south, _, _ = city.bbox
    return Hazard(
        id="SIM-GEMPA-1",
        kind=HazardKind.EARTHQUAKE,
        severity=Severity.MINOR,
        headline="Gempa M 4,9 di laut, tidak berpotensi tsunami",
        issued_at=began_at,
        expires_at=began_at + timedelta(minutes=30),
        attribution=ATTRIBUTION,
        area="Samudra, selatan kota",
        position=Position(round(west - 0.4, 3), round(south - 1.35, 3)),
        magnitude=4.9,
        depth_km=14.0,
        distance_km=157.0,
    )


def river(city: City, now: datetime, began_at: datetime) -> Hazard:
    """The river above its watch level at a water gate."""
    district = _district(city, "Periuk")
    place = district.name if district else city.name
    return Hazard(
        id="SIM-SUNGAI-1",
        kind=HazardKind.FLOOD,
        severity=Severity.MODERATE,
        headline=f"Tinggi muka air Pintu air {place} 3,10 m, siaga 3",
        issued_at=began_at,
        expires_at=now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=3),
        attribution="PUPR (simulasi)",
        area=place,
        districts=(district.code,) if district else (),
        position=Position(district.label_lon, district.label_lat) if district else None,
    )


TEMPLATES: dict[str, Make] = {"rain": rain, "heavy_rain": heavy_rain, "earthquake": earthquake, "river": river}


def _weather(city: City, now: datetime, severity: Severity, what: str, names: tuple[str, ...]) -> Hazard:
    districts = [district for district in city.districts if district.name in names] or list(city.districts[:3])
    west, south, east, north = city.bbox
    middles = [(d.label_lon, d.label_lat) for d in districts] or [((west + east) / 2, (south + north) / 2)]
    spell = int(now.timestamp() // _SPELL_S)
    issued_at = datetime.fromtimestamp(spell * _SPELL_S, tz=now.tzinfo)
    expires_at = issued_at + timedelta(seconds=_SPELL_S + 900)
    return Hazard(
        id=f"SIM-CUACA-{spell}",
        kind=HazardKind.WEATHER,
        severity=severity,
        headline=what,
        issued_at=issued_at,
        onset_at=issued_at + timedelta(minutes=10),
        expires_at=expires_at,
        attribution=ATTRIBUTION,
        area=", ".join(district.name for district in districts) or city.name,
        districts=tuple(district.code for district in districts),
        polygons=(_ring_around(city, middles),),
    )


def _ring_around(city: City, points: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """A closed box about the points, with its corners cut: warnings are drawn coarsely."""
    west, south, east, north = city.bbox
    pad_x, pad_y = (east - west) * 0.12, (north - south) * 0.12
    x0, x1 = min(x for x, _ in points) - pad_x, max(x for x, _ in points) + pad_x
    y0, y1 = min(y for _, y in points) - pad_y, max(y for _, y in points) + pad_y
    cx, cy = pad_x * 0.6, pad_y * 0.6
    ring = ((x0 + cx, y0), (x1 - cx, y0), (x1, y0 + cy), (x1, y1 - cy), (x1 - cx, y1), (x0 + cx, y1), (x0, y1 - cy), (x0, y0 + cy))
    closed = (*ring, ring[0])
    return tuple((round(x, 4), round(y, 4)) for x, y in closed)


def _district(city: City, name: str) -> District | None:
    return next((district for district in city.districts if district.name == name), city.districts[0] if city.districts else None)
