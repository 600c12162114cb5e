"""What befalls the simulated city, as lists of timed influences. Data only: no part of the simulation asks for a scenario's name."""

from dataclasses import dataclass

from feeds.sim.timeline import OPENING_S


@dataclass(frozen=True)
class Hotspot:
    """An incident in the making: ``share`` of a surge's reports fall around one place of ``district`` (its name)."""

    title: str
    category: str
    district: str
    share: float
    spread_m: float


@dataclass(frozen=True)
class Surge:
    """``count`` reports within ``duration_s`` (story seconds); while it lasts, no others come.

    ``category_weights``: the kinds outside hotspots; empty means an ordinary day's. ``by_hour``: follow the day's rhythm instead of
    an even rain. ``echo_share``: part of the reports that repeat an earlier one's place within some metres.
    """

    start_s: float
    duration_s: float
    count: int
    hotspots: tuple[Hotspot, ...] = ()
    category_weights: tuple[tuple[str, float], ...] = ()
    echo_share: float = 0.0
    emergency_share: float = 0.0
    by_hour: bool = False
    pauses_base: bool = True


@dataclass(frozen=True)
class SourceFault:
    """A source fails between two real seconds after the start; ``reason`` is what its collector would say."""

    start_s: float
    end_s: float
    source: str
    reason: str


@dataclass(frozen=True)
class CameraFault:
    """A camera (by id) stops sending new pictures (``freeze``) or refuses connections (``dead``); real seconds."""

    start_s: float
    end_s: float
    camera: str
    kind: str


@dataclass(frozen=True)
class ApplicationFault:
    """All applications of one group (``applications.GROUPS``) are down, real seconds: the host they share is gone."""

    start_s: float
    end_s: float
    group: str


@dataclass(frozen=True)
class HazardSpell:
    """A hazard of ``hazards.TEMPLATES`` stands between two real seconds after the start."""

    start_s: float
    end_s: float
    template: str


@dataclass(frozen=True)
class Downpour:
    """Rain that raises the river by ``rise_cm`` at its crest (``feeds.sim.rivers``); story seconds, may begin before the start."""

    start_s: float
    duration_s: float
    rise_cm: float


@dataclass(frozen=True)
class SensorFault:
    """A gauge or air station (by key) sends one value for ever between two real seconds after the start."""

    start_s: float
    end_s: float
    sensor: str


@dataclass(frozen=True)
class Scenario:
    """One named course of events; ``pace``: the speed at which somebody who stands before the wall for ten minutes sees it live."""

    name: str
    pace: float
    surges: tuple[Surge, ...]
    source_faults: tuple[SourceFault, ...] = ()
    camera_faults: tuple[CameraFault, ...] = ()
    application_faults: tuple[ApplicationFault, ...] = ()
    hazards: tuple[HazardSpell, ...] = ()
    downpours: tuple[Downpour, ...] = ()
    sensor_faults: tuple[SensorFault, ...] = ()

    def stuck(self, real_s: float) -> frozenset[str]:
        """The sensors that stand still ``real_s`` after the start."""
        return frozenset(fault.sensor for fault in self.sensor_faults if fault.start_s <= real_s < fault.end_s)

    def wetness(self, story_s: float) -> float:
        """How hard it rains at a story second: 0 not at all, 1 as in a storm."""
        return max((min(1.0, p.rise_cm / 200.0) for p in self.downpours if p.start_s <= story_s < p.start_s + p.duration_s), default=0.0)

    def is_down(self, source: str, real_s: float) -> SourceFault | None:
        """The fault of ``source`` in force ``real_s`` after the start."""
        return next((f for f in self.source_faults if f.source == source and f.start_s <= real_s < f.end_s), None)


_ALWAYS = float("inf")
_OPENING = Surge(start_s=-OPENING_S, duration_s=OPENING_S, count=52, by_hour=True, pauses_base=False)
_PERIUK = Hotspot(title="Genangan Periuk", category="genangan", district="Periuk", share=1.0, spread_m=350)
_SHOWER = Surge(start_s=-80 * 60, duration_s=76 * 60, count=12, hotspots=(_PERIUK,), pauses_base=False)

_STORM_KINDS = (
    ("genangan", 30.0), ("banjir", 20.0), ("pohon_tumbang", 18.0), ("saluran_tersumbat", 8.0), ("kabel_menjuntai", 7.0),
    ("macet", 7.0), ("lampu_jalan", 5.0), ("pohon_rawan", 3.0), ("kecelakaan", 2.0),
)  # fmt: skip
_STORM_HOTSPOTS = (
    Hotspot(title="Genangan Periuk", category="genangan", district="Periuk", share=0.24, spread_m=380),
    Hotspot(title="Banjir Cipondoh", category="banjir", district="Cipondoh", share=0.14, spread_m=320),
    Hotspot(title="Pohon tumbang Karawaci", category="pohon_tumbang", district="Karawaci", share=0.07, spread_m=450),
)
_PEAK_S = 3600.0


def _storm(start_s: float, duration_s: float, count: int) -> Surge:
    # Greater Jakarta, 21 February 2017: 1,057 reports in a day, 179 in the peak hour, 400 of them within 50 m of another.
    return Surge(start_s, duration_s, count, _STORM_HOTSPOTS, _STORM_KINDS, echo_share=0.2, emergency_share=0.15)


CALM = Scenario(
    name="calm",
    pace=40.0,
    surges=(_OPENING, _SHOWER),
    hazards=(HazardSpell(0, _ALWAYS, "rain"),),
    downpours=(Downpour(-80 * 60, 76 * 60, 20.0),),
)

STORM = Scenario(
    name="storm",
    pace=4.0,
    surges=(
        _OPENING,
        _storm(-1200, 1200, 18),
        _storm(0, _PEAK_S, 179),
        _storm(_PEAK_S, 2 * _PEAK_S, 260),
        _storm(3 * _PEAK_S, 3 * _PEAK_S, 240),
    ),
    hazards=(HazardSpell(0, _ALWAYS, "heavy_rain"), HazardSpell(0, _ALWAYS, "river"), HazardSpell(60, 1860, "earthquake")),
    # The crest is at the uppermost gauge half an hour into the story, at the lowest one two hours later.
    downpours=(Downpour(-9_000, 18_000, 260.0),),
)

OUTAGE = Scenario(
    name="outage",
    pace=CALM.pace,
    surges=CALM.surges,
    source_faults=(
        SourceFault(40, 940, "sigap", "no answer within 5 s"),
        SourceFault(60, 960, "sipd", "HTTP 503, maintenance"),
        SourceFault(100, 1000, "bmkg", "name not resolved"),
        SourceFault(120, 1020, "udara", "HTTP 502"),
    ),
    camera_faults=(
        CameraFault(20, _ALWAYS, "pasar-ciledug", "freeze"),
        CameraFault(80, 680, "jembatan-robinson", "dead"),
    ),
    application_faults=(ApplicationFault(30, 930, "Pemerintahan"),),
    hazards=CALM.hazards,
    downpours=CALM.downpours,
    sensor_faults=(SensorFault(30, _ALWAYS, "SIM-TMA-TENGAH"), SensorFault(0, _ALWAYS, "SIM-UDARA-2")),
)

SCENARIOS = {scenario.name: scenario for scenario in (CALM, STORM, OUTAGE)}


def scenario_named(name: str) -> Scenario:
    """The scenario of that name; raises ``ValueError`` naming those there are."""
    if name not in SCENARIOS:
        raise ValueError(f"there is no scenario {name!r}; choose one of {', '.join(sorted(SCENARIOS))}")
    return SCENARIOS[name]
