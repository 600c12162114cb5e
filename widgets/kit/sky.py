"""Weather in words and pictures: BMKG's codes of the sky, and which step of a forecast holds when. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import hypot

from feeds.messages.environment import Forecast, ForecastStep

Tr = Callable[[str], str]

SKY_WORDS = {
    "0": "Cerah",
    "1": "Cerah berawan",
    "2": "Cerah berawan",
    "3": "Berawan",
    "4": "Berawan tebal",
    "5": "Udara kabur",
    "10": "Asap",
    "45": "Kabut",
    "60": "Hujan ringan",
    "61": "Hujan sedang",
    "63": "Hujan lebat",
    "80": "Hujan lokal",
    "95": "Hujan petir",
    "97": "Hujan petir",
}
"""The `weather` codes of BMKG's open forecast, shown where a source gives no words in the wall's language."""

_ICONS = {"0": "sun", "1": "partly", "2": "partly", "3": "cloud", "4": "cloud", "5": "fog", "10": "fog", "45": "fog",
          "60": "rain", "61": "rain", "63": "rain", "80": "rain", "95": "storm", "97": "storm"}  # fmt: skip
_WEIGHTS = {"60": 1, "80": 1, "61": 2, "63": 3, "95": 4, "97": 4}
_HEAVY = 3
"""From here on somebody elsewhere wants to know: heavy rain, thunder."""

_LAST_STEP = timedelta(hours=3)
"""How long the last step of a forecast holds when nothing says otherwise."""


def sky_words(step: ForecastStep, language: str, tr: Tr) -> str:
    """The source's own words in the wall's language, else those of the code, else whatever words the source has."""
    said = step.text.get(language) or ""
    if not said.strip():
        code = step.sky.strip()
        said = tr(SKY_WORDS[code]) if code in SKY_WORDS else next((words for words in step.text.values() if words.strip()), "")
    return said.capitalize() if said.istitle() else said.strip()


def sky_icon(step: ForecastStep) -> str:
    """The icon of the sky; rain that is told in millimetres is rain under any code."""
    known = _ICONS.get(step.sky.strip())
    if known is not None:
        return known
    return "rain" if (step.rain_mm or 0) >= 0.5 else "cloud"


def weight(step: ForecastStep) -> int:
    """0 dry, 1 light rain, 2 rain, 3 heavy rain, 4 thunder. Hours of more than 10 mm are heavy (BMKG: 10-20 mm an hour is `lebat`)."""
    told = _WEIGHTS.get(step.sky.strip())
    if told is not None:
        return told
    rain = step.rain_mm or 0.0
    return 3 if rain >= 10 else 2 if rain >= 5 else 1 if rain >= 0.5 else 0


def step_at(forecast: Forecast, moment: datetime) -> ForecastStep | None:
    """The step that holds at ``moment``; ``None`` before the first and after the last."""
    steps = sorted(forecast.steps, key=lambda step: step.at)
    for index in range(len(steps) - 1, -1, -1):
        if steps[index].at <= moment:
            if index + 1 < len(steps):
                return steps[index]
            span = steps[index].at - steps[index - 1].at if index else _LAST_STEP
            return steps[index] if moment - steps[index].at < max(span, timedelta(hours=1)) else None
    return None


def nearest(forecasts: Sequence[Forecast], wanted: str | None, centre: tuple[float, float]) -> Forecast | None:
    """The forecast of the wanted place (its id or district), else the one nearest to the middle of the city (lon, lat)."""
    for forecast in forecasts:
        if wanted and wanted in (forecast.id, forecast.district):
            return forecast

    def distance(forecast: Forecast) -> tuple[float, str]:
        if forecast.position is None:
            return float("inf"), forecast.id
        return hypot(forecast.position.lon - centre[0], forecast.position.lat - centre[1]), forecast.id

    return min(forecasts, key=distance, default=None)


def worse_elsewhere(
    forecasts: Sequence[Forecast], here: Forecast, now: datetime, hours: int = 12
) -> tuple[ForecastStep, list[Forecast]] | None:
    """The heaviest weather of the coming hours in other places, when it is heavy and heavier than here: its first step and whose it is."""

    def coming(forecast: Forecast) -> list[ForecastStep]:
        held = step_at(forecast, now)
        until = now + timedelta(hours=hours)
        later = [step for step in forecast.steps if now < step.at <= until]
        return ([held] if held is not None else []) + sorted(later, key=lambda step: step.at)

    most_here = max((weight(step) for step in coming(here)), default=0)
    heaviest = {f.id: max((weight(step) for step in coming(f)), default=0) for f in forecasts}
    most = max(heaviest.values(), default=0)
    if most < _HEAVY or most <= most_here:
        return None
    places = [forecast for forecast in forecasts if heaviest[forecast.id] == most]
    first = min((step for forecast in places for step in coming(forecast) if weight(step) == most), key=lambda step: step.at)
    return first, places
