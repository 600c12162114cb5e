"""Air stations of the simulated city: dust by the hour of the day, washed out by rain, with the index its concentrations give. Pure."""

import math
from datetime import datetime, timedelta
from random import Random

from feeds.messages.city import City
from feeds.messages.environment import AirStation, Fault
from feeds.messages.header import Position
from feeds.readers.ispu import category, rounded, sub_index

ATTRIBUTION = "DLH (simulasi)"
STEP_S = 600
_STATIONS = 4


def air_stations(
    city: City, now: datetime, hour: float, *, seed: int, wetness: float = 0.0, stuck: frozenset[str] = frozenset()
) -> list[AirStation]:
    """Up to four stations at the last full ten minutes. ``hour``: the story's local hour; ``wetness``: 0 dry to 1 in a downpour."""
    at = now - timedelta(seconds=now.timestamp() % STEP_S)
    return [_station(city, place, name, number, at, hour, seed, wetness, stuck) for number, (name, place) in enumerate(_places(city), 1)]


def _places(city: City) -> list[tuple[str, Position]]:
    """Spread over the districts; a city without any has its stations about its middle."""
    step = max(1, len(city.districts) // _STATIONS)
    found = [(district.name, Position(district.label_lon, district.label_lat)) for district in city.districts[::step][:_STATIONS]]
    west, south, east, north = city.bbox
    middle = Position(round((west + east) / 2, 4), round((south + north) / 2, 4))
    return found or [(city.name, middle)]


def _station(
    city: City, place: Position, name: str, number: int, at: datetime, hour: float, seed: int, wetness: float, stuck: frozenset[str]
) -> AirStation:
    key = f"SIM-UDARA-{number}"
    rng = Random(f"{seed} {key}")
    base, swing = rng.uniform(26.0, 42.0), rng.uniform(6.0, 14.0)
    # Two rush hours a day; the traffic of the morning hangs longer under the cool air.
    rush = math.exp(-(((hour - 7.5) / 2.2) ** 2)) + 0.7 * math.exp(-(((hour - 18.5) / 2.8) ** 2))
    dust = (base + swing * rush) * (1.0 - 0.6 * wetness)
    sun = max(0.0, math.sin((hour - 6.0) / 12.0 * math.pi)) * (1.0 - 0.7 * wetness)
    concentrations = {
        "pm25": round(dust, 1),
        "pm10": round(dust * 1.55, 1),
        "so2": round(14.0 + 4.0 * rush, 1),
        "co": round(900.0 + 700.0 * rush, 0),
        "o3": round(28.0 + 70.0 * sun, 1),
        "no2": round(18.0 + 22.0 * rush, 1),
    }
    indices = {pollutant: sub_index(pollutant, value) for pollutant, value in concentrations.items()}
    dominant = max(indices, key=lambda pollutant: indices[pollutant])
    index = None if key in stuck else rounded(indices[dominant])
    return AirStation(
        id=key,
        name=f"SPKU {name}",
        at=at,
        index=index,
        category=None if index is None else category(index),
        attribution=ATTRIBUTION,
        dominant=None if index is None else dominant,
        concentrations=concentrations,
        stated_index=index,
        position=place,
        fault=None if index is not None else Fault.FLAT,
    )
