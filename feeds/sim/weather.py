"""Forecasts for the simulated city: two days in steps of three hours for every district, wet where the scenario is. Pure."""

import math
from datetime import datetime, timedelta, tzinfo
from random import Random

from feeds.messages.city import City
from feeds.messages.environment import Forecast, ForecastStep
from feeds.messages.header import Position

ATTRIBUTION = "BMKG (simulasi)"
STEP = timedelta(hours=3)
STEPS = 16
_RENEWED = timedelta(hours=6)

_SKY = {
    "1": ("Cerah berawan", "Partly cloudy", 0.0),
    "3": ("Berawan", "Mostly cloudy", 0.0),
    "60": ("Hujan ringan", "Light rain", 1.5),
    "61": ("Hujan sedang", "Rain", 6.0),
    "95": ("Hujan petir", "Thunderstorm", 18.0),
}
"""Code of the sky as BMKG numbers them -> words (id, en) and the rain of three hours, mm."""

_DRY, _WET = ("1", "1", "3", "3", "60"), ("61", "95", "95")


def forecasts(city: City, now: datetime, zone: tzinfo, *, seed: int, wet_until: datetime | None = None) -> list[Forecast]:
    """One for each district, or one for a city without any; it rains in every step that begins before ``wet_until``."""
    local = now.astimezone(zone)
    first = local.replace(hour=local.hour // 3 * 3, minute=0, second=0, microsecond=0)
    issued_at = local.replace(hour=local.hour // 6 * 6, minute=0, second=0, microsecond=0)
    west, south, east, north = city.bbox
    places: list[tuple[str, str, str | None, Position]] = [
        (district.code, district.name, district.code, Position(district.label_lon, district.label_lat)) for district in city.districts
    ] or [(city.code, city.name, None, Position(round((west + east) / 2, 4), round((south + north) / 2, 4)))]
    return [
        Forecast(
            id=f"SIM-CUACA-{code}",
            place=name,
            issued_at=issued_at.astimezone(now.tzinfo),
            steps=tuple(_step(code, first + STEP * i, now, seed, wet_until) for i in range(STEPS)),
            attribution=ATTRIBUTION,
            district=district,
            position=position,
        )
        for code, name, district, position in places
    ]


def _step(code: str, at: datetime, now: datetime, seed: int, wet_until: datetime | None) -> ForecastStep:
    """One step; what is said of an hour does not change while it comes nearer."""
    rng = Random(f"{seed} {code} {at.isoformat()}")
    is_wet = wet_until is not None and at < wet_until
    sky = rng.choice(_WET if is_wet else _DRY)
    in_indonesian, in_english, rain = _SKY[sky]
    warmth = math.sin((at.hour - 8) / 24 * 2 * math.pi)
    return ForecastStep(
        at=at.astimezone(now.tzinfo),
        sky=sky,
        text={"id": in_indonesian, "en": in_english},
        temperature_c=round(28.0 + 3.5 * warmth - (2.0 if rain else 0.0) + rng.uniform(-0.5, 0.5), 0),
        humidity_percent=round(78.0 - 12.0 * warmth + (10.0 if rain else 0.0), 0),
        wind_km_h=round(rng.uniform(4.0, 14.0) * (2.0 if is_wet else 1.0), 0),
        wind_from=rng.choice(("N", "NW", "W")),
        rain_mm=round(rain * rng.uniform(0.6, 1.4), 1),
    )
