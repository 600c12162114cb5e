"""Air, water and weather as stations and forecasts tell them; the wall shows each with its own time."""

from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Position, Topic


class WaterLevel(StrEnum):
    """What a level means at its own station, from its thresholds; ``UNKNOWN`` where the station has none."""

    NORMAL = "normal"
    WATCH = "watch"
    ALERT = "alert"
    DANGER = "danger"
    UNKNOWN = "unknown"


class Fault(StrEnum):
    """Why a measured value is not believed."""

    FLAT = "flat"
    """The same value for longer than nature allows: the sensor, not the river, stands still."""
    IMPOSSIBLE = "impossible"


class RiverGauge(msgspec.Struct, frozen=True, kw_only=True):
    """One gauge's newest level in cm above the station's own zero. ``thresholds_cm``: from where WATCH, ALERT and DANGER hold.

    ``change_cm_h`` is the change over the last hour, ``None`` where there is no earlier value. ``fault``: shown, never judged.
    """

    id: str
    name: str
    at: Moment
    level_cm: float
    state: WaterLevel
    attribution: str
    thresholds_cm: tuple[float | None, float | None, float | None] = (None, None, None)
    river: str | None = None
    change_cm_h: float | None = None
    position: Position | None = None
    fault: Fault | None = None


class AirCategory(StrEnum):
    """The five classes of ISPU (Permen LHK P.14/2020)."""

    GOOD = "good"
    MODERATE = "moderate"
    UNHEALTHY = "unhealthy"
    VERY_UNHEALTHY = "very_unhealthy"
    HAZARDOUS = "hazardous"


class AirStation(msgspec.Struct, frozen=True, kw_only=True):
    """One station's ISPU, computed here from its concentrations. ``dominant``: the pollutant that gives the index.

    ``concentrations`` in µg/m³, as the station gave them. ``stated_index``: what the station says itself, where it says so.
    ``index`` is ``None`` while ``fault`` says why no value is believed.
    """

    id: str
    name: str
    at: Moment
    index: int | None
    category: AirCategory | None
    attribution: str
    dominant: str | None = None
    concentrations: dict[str, float] = {}
    stated_index: int | None = None
    position: Position | None = None
    fault: Fault | None = None


class ForecastStep(msgspec.Struct, frozen=True, kw_only=True):
    """Weather from ``at`` on, until the next step. ``sky`` is the source's code, ``text`` its words by language code."""

    at: Moment
    sky: str
    text: dict[str, str]
    temperature_c: float | None = None
    humidity_percent: float | None = None
    wind_km_h: float | None = None
    wind_from: str | None = None
    rain_mm: float | None = None


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The coming days of one place (key: its code). ``district``: the city's code of the district it stands for, if any."""

    id: str
    place: str
    issued_at: Moment
    steps: tuple[ForecastStep, ...]
    attribution: str
    district: str | None = None
    position: Position | None = None


RIVER = Topic(name="river", body=RiverGauge, delivery=Delivery.LATEST, stale_after_s=1_800, freshness=FreshnessRule.MESSAGE)
AIR = Topic(name="air", body=AirStation, delivery=Delivery.LATEST, stale_after_s=2 * 3_600, freshness=FreshnessRule.MESSAGE)
FORECAST = Topic(name="forecast", body=Forecast, delivery=Delivery.LATEST, stale_after_s=3_600, freshness=FreshnessRule.SOURCE, keep=500)
