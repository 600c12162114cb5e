"""A city as its folder describes it: types only; ``feeds.city`` loads them."""

from datetime import datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from feeds.messages.camera import Camera


class District(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    label_lon: float
    label_lat: float
    area_km2: float


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    short: str


class AttributeValue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer that may be chosen; ``names``: by language code."""

    key: str
    names: dict[str, str]


class CategoryAttribute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a report of a category is asked for beside its words, as Open311 has it.

    ``datatype``: one of ``DATATYPES``; ``values``: for the two lists. ``names`` and ``hints`` (how to fill it in): by language code.
    ``order``: its place (0: as written). ``is_variable``: where not, it only tells the citizen something and nothing is expected.
    """

    code: str
    names: dict[str, str]
    datatype: str = "string"
    is_required: bool = False
    is_variable: bool = True
    values: tuple[AttributeValue, ...] = ()
    hints: dict[str, str] = {}
    order: int = 0


DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """``names``: by language code. ``group`` joins categories that may be one incident.

    ``is_public``: anybody may read its reports at the Open311 door; where not, they reach the room all the same.
    """

    code: str
    names: dict[str, str]
    group: str
    agency: str | None = None
    is_photo_allowed: bool = False
    is_public: bool = True
    attributes: tuple[CategoryAttribute, ...] = ()


class MapLayer(msgspec.Struct, frozen=True, kw_only=True):
    """One GeoJSON file of the city folder; ``role``: outline, districts, subdistricts, river, line."""

    role: str
    file: str


class MapLabel(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    lon: float
    lat: float
    role: str = "place"


class BaseMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Optional background: ``kind`` pmtiles (``file`` in the city folder), xyz (``url`` with {z}/{x}/{y}) or wms (``url`` + ``layers``)."""

    kind: str
    attribution: str
    file: str | None = None
    url: str | None = None
    layers: str | None = None
    min_zoom: int = 0
    max_zoom: int = 18
    opacity: float = 1.0


class SourceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source of this city: a collector and its ``options``. ``name`` tells sources of one collector apart, ``title`` is shown."""

    collector: str
    name: str = ""
    title: str = ""
    options: dict[str, Any] = {}

    @property
    def key(self) -> str:
        return self.name or self.collector


class CityApplication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A connected application and how it is probed with one GET of ``url``.

    ``expect``: text its answer must hold. ``data_pattern``: a regular expression whose first group is the time of its newest data, which
    must not be older than ``data_max_age_s``. ``maintenance``: daily window of local time, ("01:00", "03:00").
    """

    id: str
    name: str
    group: str
    url: str
    is_public: bool = True
    expect: str = ""
    data_pattern: str = ""
    data_max_age_s: float = 86_400.0
    maintenance: tuple[str, str] | None = None


class CityNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A standing line of city news; ``texts`` by language code."""

    id: str
    texts: dict[str, str]
    attribution: str


class ReportClock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How soon a report must be answered, accepted and finished: hours of the business calendar, or of the whole day (``is_24h``)."""

    respond_h: float = 4.0
    accept_h: float = 8.0
    finish_h: float = 40.0
    is_24h: bool = False


class ReportRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What this city wants of the life of its reports.

    ``clock`` holds for categories not named in ``clocks``; an emergency always runs 24 hours a day. ``days``: working days, Monday 0;
    ``hours``: of the local day; ``holidays``: ISO dates. ``position_decimals``: digits of a degree the wall gets (4: 11 m).
    ``answers``: templates by name, by language. ``contact``: whom a program's author asks about the Open311 door; ``key_service``: where
    keys for it are to be had.
    """

    clock: ReportClock = ReportClock()
    clocks: dict[str, ReportClock] = {}
    emergency: ReportClock = ReportClock(respond_h=0.25, accept_h=0.5, finish_h=24.0, is_24h=True)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    hours: tuple[str, str] = ("08:00", "16:00")
    holidays: tuple[str, ...] = ()
    at_risk_share: float = 0.8
    claim_min: float = 10.0
    position_decimals: int = 4
    evidence_within_m: float = 150.0
    answers: dict[str, dict[str, str]] = {}
    contact: str = ""
    key_service: str = ""


class OffHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the desks are empty: local times, the end may lie on the next day. ``layout``: what walls then show, unless one is taken within
    that time. ``agency``: to whom reports then go by suggestion, and ``routing`` by category before it.
    """

    begins: str = "18:00"
    ends: str = "08:00"
    layout: str = ""
    agency: str | None = None
    routing: dict[str, str] = {}

    def covers(self, local: time) -> bool:
        """Whether the desks are empty at that time of the city's day; the end belongs to the office."""
        begins, ends = time.fromisoformat(self.begins), time.fromisoformat(self.ends)
        return begins <= local < ends if begins <= ends else local >= begins or local < ends


class City(msgspec.Struct, frozen=True, kw_only=True):
    """``bbox``: west, south, east, north in degrees. ``time_zone``: IANA; ``zone_label``: what clocks say (WIB).

    An empty ``zone_label`` means the zone's own abbreviation, which changes with summer time: ask ``clock_label``.
    ``jurisdiction``: what Open311 calls this city, its domain; empty takes whatever a client calls it.
    """

    code: str
    name: str
    room: str
    time_zone: str
    zone_label: str
    language: str
    bbox: tuple[float, float, float, float]
    attribution: str
    folder: Path
    districts: tuple[District, ...]
    agencies: tuple[Agency, ...]
    categories: tuple[Category, ...]
    map_layers: tuple[MapLayer, ...]
    map_labels: tuple[MapLabel, ...] = ()
    base_map: BaseMap | None = None
    cameras: tuple[Camera, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    notices: tuple[CityNotice, ...] = ()
    applications: tuple[CityApplication, ...] = ()
    reports: ReportRules = ReportRules()
    off_hours: OffHours | None = None
    jurisdiction: str = ""

    def clock_label(self, at: datetime) -> str:
        """What stands beside a clock that shows ``at`` (aware): the configured label, else the zone's abbreviation."""
        return self.zone_label or at.astimezone(ZoneInfo(self.time_zone)).tzname() or ""

    def district_name(self, code: str | None) -> str | None:
        return next((d.name for d in self.districts if d.code == code), None)

    def agency_short(self, code: str | None) -> str | None:
        return next((a.short for a in self.agencies if a.code == code), code)

    def category_name(self, code: str, language: str) -> str | None:
        category = next((c for c in self.categories if c.code == code), None)
        if category is None:
            return None
        return category.names.get(language) or category.names.get(self.language) or code
