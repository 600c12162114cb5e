"""Gauges of the simulated city's river: rain runs down it with a lag, gauge by gauge. Pure; their attribution says that nobody measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shapely.geometry import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge

from feeds.city import layer_paths
from feeds.geojson import read_features
from feeds.messages.city import City
from feeds.messages.environment import Fault, RiverGauge, WaterLevel
from feeds.messages.header import Position
from feeds.readers.gauge_judgement import state_of
from feeds.readers.river_tables import Thresholds
from feeds.sim.scenario import Downpour
from feeds.sim.timeline import Timeline

ATTRIBUTION = "PUPR (simulasi)"
STEP_S = 60
"""A telemetry gauge sends once a minute."""

TO_PEAK_S = 3 * 3_600.0
"""From the beginning of a downpour to its crest at the uppermost gauge, story seconds."""

HOUR_S = 3_600.0


@dataclass(frozen=True)
class _Site:
    """``along``: share of the river's way through the city; ``lag_s``: how much later a crest comes by; ``gain``: what is left of it."""

    key: str
    name: str
    along: float
    lag_s: float
    base_cm: float
    gain: float
    thresholds_cm: Thresholds


_SITES = (
    _Site("SIM-TMA-HULU", "{river} hulu", 0.02, 0.0, 150.0, 1.0, (250.0, 320.0, 420.0)),
    _Site("SIM-TMA-TENGAH", "{river} tengah", 0.45, 2_700.0, 130.0, 0.95, (250.0, 320.0, 400.0)),
    _Site("SIM-TMA-PINTU", "Pintu air {gate}", -1.0, 4_500.0, 116.0, 1.0, (300.0, 370.0, 430.0)),
    _Site("SIM-TMA-HILIR", "{river} hilir", 0.96, 7_200.0, 95.0, 0.9, (220.0, 290.0, 350.0)),
)


class River:
    """The gauges of one city and seed; the same clock gives the same levels."""

    def __init__(self, city: City, timeline: Timeline, downpours: Sequence[Downpour], *, seed: int) -> None:
        self._timeline = timeline
        self._downpours = tuple(downpours)
        self._phase = seed % 97 / 97 * 2 * math.pi
        self._river = next((label.text for label in city.map_labels if label.role == "water"), "Sungai")
        gate = next((d for d in city.districts if d.name == "Periuk"), city.districts[0] if city.districts else None)
        self._gate = gate.name if gate else city.name
        line = _line(city)
        self._places = {site.key: _at(line, site.along) for site in _SITES}
        if gate is not None:
            self._places["SIM-TMA-PINTU"] = Position(gate.label_lon, gate.label_lat)

    def gauges(self, now: datetime, stuck: frozenset[str] = frozenset()) -> list[RiverGauge]:
        """Every gauge's level at the last full minute; ``stuck``: keys of those whose sensor stands still."""
        at = now - timedelta(seconds=now.timestamp() % STEP_S)
        story_s = self._timeline.story_s(at)
        return [self._gauge(site, at, story_s, site.key in stuck) for site in _SITES]

    def _gauge(self, site: _Site, at: datetime, story_s: float, is_stuck: bool) -> RiverGauge:
        level = round(site.base_cm if is_stuck else self._level_cm(site, story_s), 1)
        change = None if is_stuck else round(level - self._level_cm(site, story_s - HOUR_S), 1)
        return RiverGauge(
            id=site.key,
            name=site.name.format(river=self._river, gate=self._gate),
            at=at,
            level_cm=level,
            state=(None if is_stuck else state_of(level, site.thresholds_cm)) or WaterLevel.UNKNOWN,
            attribution=ATTRIBUTION,
            thresholds_cm=site.thresholds_cm,
            river=self._river,
            change_cm_h=change,
            position=self._places[site.key],
            fault=Fault.FLAT if is_stuck else None,
        )

    def _level_cm(self, site: _Site, story_s: float) -> float:
        rise = sum(pour.rise_cm * crest((story_s - pour.start_s - site.lag_s) / TO_PEAK_S) for pour in self._downpours)
        sway = 2.0 * math.sin(story_s / 5_000.0 + self._phase + site.lag_s)
        return site.base_cm + site.gain * rise + sway


def crest(x: float) -> float:
    """The shape of a flood: 0 before it begins, 1 at its crest (``x`` = 1), then slowly down."""
    return x * math.exp(1.0 - x) if x > 0 else 0.0


def _line(city: City) -> LineString:
    """The river through the city from south to north, or a line through its middle where no river is drawn."""
    parts: list[LineString] = []
    for path in layer_paths(city, "river"):
        for feature in read_features(path):
            geometry = feature["geometry"]
            lines = geometry["coordinates"] if geometry["type"] == "MultiLineString" else [geometry["coordinates"]]
            parts += [LineString(line) for line in lines if geometry["type"] in ("LineString", "MultiLineString")]
    west, south, east, north = city.bbox
    middle = (west + east) / 2
    longest = LineString([(middle, south + (north - south) * 0.2), (middle, north - (north - south) * 0.2)])
    if parts:
        whole: BaseGeometry = linemerge(parts)
        merged = list(whole.geoms) if isinstance(whole, MultiLineString) else [LineString(whole.coords)]
        longest = max(merged, key=lambda line: line.length)
    return longest if longest.coords[0][1] <= longest.coords[-1][1] else longest.reverse()


def _at(line: LineString, along: float) -> Position:
    point: Point = line.interpolate(max(along, 0.5) if along < 0 else along, normalized=True)
    return Position(round(point.x, 4), round(point.y, 4))
