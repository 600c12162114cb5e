"""BMKG's weather forecast for a kelurahan (api prakiraan-cuaca) as a forecast of a city's district. Asks nobody.

https://data.bmkg.go.id/prakiraan-cuaca : times of ``utc_datetime`` are UTC though they do not say so; ws in km/h, wd whence it blows,
tp in mm, t in degrees Celsius, hu in percent.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, cast

import msgspec

from feeds.messages.environment import Forecast, ForecastStep
from feeds.messages.header import Position
from feeds.readers.bmkg_quakes import ATTRIBUTION
from feeds.readers.markup import one_line, plain_line
from feeds.runtime.clock import aware_utc
from feeds.runtime.collector import CollectorContext

MAX_STEPS = 120
MAX_PLACES = 500
MAX_NAME = 60
AHEAD = timedelta(days=30)

_SKY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "0": ("Cerah", "Clear"),
        "1": ("Cerah berawan", "Partly cloudy"),
        "2": ("Cerah berawan", "Partly cloudy"),
        "3": ("Berawan", "Mostly cloudy"),
        "4": ("Berawan tebal", "Overcast"),
        "5": ("Udara kabur", "Haze"),
        "10": ("Asap", "Smoke"),
        "45": ("Kabut", "Fog"),
        "60": ("Hujan ringan", "Light rain"),
        "61": ("Hujan sedang", "Rain"),
        "63": ("Hujan lebat", "Heavy rain"),
        "80": ("Hujan lokal", "Isolated showers"),
        "95": ("Hujan petir", "Thunderstorm"),
        "97": ("Hujan petir", "Thunderstorm"),
    }
)
"""BMKG's codes of weather, for answers that leave out the words."""


def read_forecasts(body: bytes, ctx: CollectorContext[Any], districts: Mapping[str, str]) -> list[Forecast]:
    """The forecasts of one answer that concern the city; ``ValueError`` says why it is no answer of this kind."""
    try:
        document: object = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, ValueError) as problem:
        raise ValueError("is not JSON") from problem
    return forecasts_of(document, ctx, districts)


def forecasts_of(document: object, ctx: CollectorContext[Any], districts: Mapping[str, str]) -> list[Forecast]:
    """As ``read_forecasts``, of JSON that is decoded already. ``districts``: adm4 code -> the city's code of the district it stands for."""
    answer = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    given = answer.get("data")
    places = cast(list[object], given) if isinstance(given, list) else [cast(object, given)] if isinstance(given, dict) else None
    if places is None:
        raise ValueError("has no list of places in data")
    shared = answer.get("lokasi")
    forecasts: dict[str, Forecast] = {}
    for place in places[:MAX_PLACES]:
        try:
            forecast = _forecast(place, shared, ctx, districts)
        except ValueError as problem:
            ctx.quarantine(place, f"a forecast {problem}")
            continue
        if forecast is None:
            ctx.elsewhere()
        else:
            forecasts[forecast.id] = forecast
    return list(forecasts.values())


def _forecast(place: object, shared: object, ctx: CollectorContext[Any], districts: Mapping[str, str]) -> Forecast | None:
    """One place's forecast, ``None`` when it lies elsewhere."""
    if not isinstance(place, dict):
        raise ValueError("is not an object")
    fields = cast(dict[str, Any], place)
    where = fields.get("lokasi") or shared
    if not isinstance(where, dict):
        raise ValueError("has no lokasi")
    named = cast(dict[str, Any], where)
    code = named.get("adm4")
    if not isinstance(code, str) or not code.strip() or len(code) > 40 or not code.isprintable():
        raise ValueError("has no adm4")
    code = code.strip()
    lat, lon = _number(named.get("lat"), -90, 90), _number(named.get("lon"), -180, 180)
    position = Position(lon=lon, lat=lat) if lat is not None and lon is not None else None
    if code not in districts and (position is None or not ctx.geography.contains(position.lon, position.lat)):
        return None
    # A wrong position does not make a wrong forecast: the code says which place it is for.
    is_near = position is not None and not ctx.geography.is_far_outside(position.lon, position.lat)
    shown_at = position if is_near else None
    steps, issued_at, refused = _steps(fields.get("cuaca"), ctx.clock())
    if not steps:
        raise ValueError(refused or "has no weather in cuaca")
    if refused:
        ctx.remark(f"steps of a forecast were left out: {refused}")
    names = (plain_line(named.get(field), MAX_NAME) for field in ("deskel", "desa", "kelurahan", "kecamatan"))
    return Forecast(
        id=code,
        place=next((name for name in names if name), code),
        issued_at=issued_at or min(steps[0].at, ctx.clock()),
        steps=steps,
        attribution=ATTRIBUTION,
        district=districts.get(code) or (ctx.geography.district_at(shown_at.lon, shown_at.lat) if shown_at else None),
        position=shown_at,
    )


def _steps(weather: object, now: datetime) -> tuple[tuple[ForecastStep, ...], datetime | None, str | None]:
    """The steps in order of time, each time once, when they were computed, and why steps were left out."""
    steps: dict[datetime, ForecastStep] = {}
    issued: list[datetime] = []
    refused: str | None = None
    for number, row in enumerate(_rows(weather)):
        if number >= MAX_STEPS:
            break
        try:
            step = _step(row, now)
        except ValueError as problem:
            refused = refused or str(problem)
            continue
        steps.setdefault(step.at, step)
        try:
            computed = _utc(row.get("analysis_date"), "analysis_date")
        except ValueError:
            continue
        if computed <= now + timedelta(days=1):
            issued.append(computed)
    return tuple(steps[at] for at in sorted(steps)), max(issued, default=None), refused


def _rows(weather: object) -> Iterator[dict[str, Any]]:
    """The steps whether they stand day by day, as in the answers, or in one list."""
    for day in cast(list[object], weather) if isinstance(weather, list) else []:
        for row in cast(list[object], day) if isinstance(day, list) else [day]:
            if isinstance(row, dict):
                yield cast(dict[str, Any], row)


def _step(row: dict[str, Any], now: datetime) -> ForecastStep:
    at = _utc(row.get("utc_datetime") or row.get("datetime"), "utc_datetime")
    if at > now + AHEAD:
        raise ValueError("utc_datetime lies too far in the future")
    code = row.get("weather")
    if isinstance(code, (int, float)) and not isinstance(code, bool):
        code = f"{code:g}"
    sky = one_line(code, 20) or ""
    indonesian, english = _SKY.get(sky, ("", ""))
    said = {
        "id": plain_line(row.get("weather_desc"), MAX_NAME) or indonesian,
        "en": plain_line(row.get("weather_desc_en"), MAX_NAME) or english,
    }
    text = {language: words for language, words in said.items() if words}
    if not sky and not text:
        raise ValueError("weather is missing")
    return ForecastStep(
        at=at,
        sky=sky,
        text=text,
        temperature_c=_number(row.get("t"), -60, 60),
        humidity_percent=_number(row.get("hu"), 0, 100),
        wind_km_h=_number(row.get("ws"), 0, 400),
        wind_from=one_line(row.get("wd"), 12),
        rain_mm=_number(row.get("tp"), 0, 2_000),
    )


def _utc(value: object, name: str) -> datetime:
    """A time of a field that is UTC by its definition, with or without a zone of its own."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise ValueError(f"{name} is missing")
    try:
        naive = datetime.fromisoformat(text)
        return naive.replace(tzinfo=UTC) if naive.tzinfo is None else aware_utc(text)
    except ValueError as problem:
        raise ValueError(f"{name} is not a time") from problem


def _number(value: object, least: float, most: float) -> float | None:
    """A number within what nature allows, as a number or a text; else ``None``: such a value is not shown."""
    if isinstance(value, str):
        try:
            value = float(value.strip().replace(",", ".").replace("−", "-"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and least <= value <= most else None
