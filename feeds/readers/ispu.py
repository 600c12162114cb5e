"""Indonesia's air quality index (ISPU) from concentrations. Pure: a pollutant and µg/m³ in, an index out; knows no station.

Permen LHK P.14/MENLHK/SETJEN/KUM.1/7/2020, annex: upper concentrations of the classes baik, sedang, tidak sehat, sangat tidak sehat and
the end of berbahaya, all of 24-hour means in µg/m³.
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

from feeds.messages.environment import AirCategory

INDICES = (0.0, 50.0, 100.0, 200.0, 300.0, 500.0)
"""The index at each breakpoint."""

BREAKPOINTS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "pm25": (0.0, 15.5, 55.4, 150.4, 250.4, 500.0),
        "pm10": (0.0, 50.0, 150.0, 350.0, 420.0, 500.0),
        "so2": (0.0, 52.0, 180.0, 400.0, 800.0, 1_200.0),
        "co": (0.0, 4_000.0, 8_000.0, 15_000.0, 30_000.0, 45_000.0),
        "o3": (0.0, 120.0, 235.0, 400.0, 800.0, 1_000.0),
        "no2": (0.0, 80.0, 200.0, 1_130.0, 2_260.0, 3_000.0),
        "hc": (0.0, 45.0, 100.0, 215.0, 432.0, 648.0),
    }
)
POLLUTANTS = tuple(BREAKPOINTS)

MOLAR_MASS: Mapping[str, float] = MappingProxyType({"so2": 64.066, "co": 28.010, "o3": 47.998, "no2": 46.006})
"""g/mol. Hydrocarbons are a mixture and dust has none: neither can be told from ppm."""

MOLAR_VOLUME_L = 24.45
"""Litres of a mole of gas at 25 °C and 1 atm, the regulation's own normal state."""

IMPOSSIBLE_TIMES = 10.0
"""More than this many times the last breakpoint is a fault of the instrument or of the unit (ours)."""

_SPELLINGS = (
    ("micrograms", "ug"), ("microgram", "ug"), ("milligrams", "mg"), ("milligram", "mg"), ("mcg", "ug"), ("percubicmeter", "/m3"),
    ("percubicmetre", "/m3"), (".m-3", "/m3"), ("m-3", "/m3"), ("/nm3", "/m3"), ("/cum", "/m3"), ("ppmv", "ppm"), ("ppbv", "ppb"),
)  # fmt: skip
_TO_MICROGRAMS = MappingProxyType({"ug/m3": 1.0, "mg/m3": 1_000.0, "ng/m3": 0.001, "g/m3": 1_000_000.0})
_TO_PPB = MappingProxyType({"ppb": 1.0, "ppm": 1_000.0, "ppt": 0.001, "nmol/mol": 1.0, "umol/mol": 1_000.0})


class UnitError(ValueError):
    """A unit from which no µg/m³ can be told."""


def micrograms(pollutant: str, value: float, unit: str) -> float:
    """``value`` in µg/m³, gases at 25 °C and 1 atm; an empty ``unit`` means µg/m³. Raises ``UnitError``."""
    plain = plain_unit(unit)
    if plain in _TO_MICROGRAMS:
        return value * _TO_MICROGRAMS[plain]
    if plain not in _TO_PPB:
        raise UnitError("its unit is unknown")
    if pollutant not in MOLAR_MASS:
        raise UnitError("its unit counts molecules, which says no µg/m³ for a mixture")
    return value * _TO_PPB[plain] * MOLAR_MASS[pollutant] / MOLAR_VOLUME_L


def plain_unit(unit: str) -> str:
    """One spelling for each unit: ``µg/m³``, ``ug/m3``, ``microgram per cubic metre`` and ``μg.m-3`` are one; empty is ``ug/m3``."""
    text = (
        unit.strip().casefold().replace("µ", "u").replace("μ", "u").replace("³", "3").replace("⁻", "-").replace("^", "").replace("**", "")
    )
    text = "".join(text.split()).replace("²", "2").replace("¹", "1")
    for long, short in _SPELLINGS:
        text = text.replace(long, short)
    return text or "ug/m3"


def is_impossible(pollutant: str, concentration: float) -> bool:
    """Whether no air holds this much (µg/m³), or less than nothing."""
    return not math.isfinite(concentration) or concentration < 0 or concentration > IMPOSSIBLE_TIMES * BREAKPOINTS[pollutant][-1]


def sub_index(pollutant: str, concentration: float) -> float:
    """The index (not rounded) of one pollutant at ``concentration`` (µg/m³, not below 0), by the regulation's formula.

    I = (Ia - Ib) / (Xa - Xb) x (Xx - Xb) + Ib between the breakpoints around it. Beyond the last one its line goes on (ours): a worse
    hour shall not look like a bad one.
    """
    limits = BREAKPOINTS[pollutant]
    step = next((i for i in range(1, len(limits)) if concentration <= limits[i]), len(limits) - 1)
    low, high = limits[step - 1], limits[step]
    index_low, index_high = INDICES[step - 1], INDICES[step]
    return (index_high - index_low) / (high - low) * (concentration - low) + index_low


def rounded(index: float) -> int:
    """The whole number that is shown; a half goes up."""
    return math.floor(index + 0.5)


def category(index: int) -> AirCategory:
    """baik 0-50, sedang 51-100, tidak sehat 101-200, sangat tidak sehat 201-300, berbahaya from 301."""
    for limit, found in (
        (50, AirCategory.GOOD),
        (100, AirCategory.MODERATE),
        (200, AirCategory.UNHEALTHY),
        (300, AirCategory.VERY_UNHEALTHY),
    ):
        if index <= limit:
            return found
    return AirCategory.HAZARDOUS
