"""Indicator figures for keuangan, fisik and pengadaan: every value with its parts, date, source and quality.

Money is integer rupiah. Percent values are 0..100 and may exceed it. A missing value is ``None``, never 0.
"""

from datetime import date
from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Topic


class Light(StrEnum):
    """Traffic light, domain.md section 4: green dev >= -5, yellow -10 <= dev < -5, red < -10, grey unknown."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """A percentage with its parts. ``value`` is ``None`` when the denominator is zero or unknown."""

    value: float | None
    numerator: int | None
    denominator: int | None


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Points at equal steps (months or weeks, ``step``) from the start of the year; ``None`` where no data came."""

    step: str
    values: tuple[float | None, ...]


class AgencyFigure(msgspec.Struct, frozen=True, kw_only=True):
    agency: str
    deviation: float | None
    light: Light


class Finance(msgspec.Struct, frozen=True, kw_only=True):
    """Serapan (absorption) of one fiscal year; deviation in points, negative = late."""

    year: int
    as_of: date
    source: str
    absorption: Ratio
    target: float | None
    target_version: str
    deviation: float | None
    light: Light
    planned: Curve
    actual: Curve
    agencies: tuple[AgencyFigure, ...]
    excluded_rows: int = 0


class CriticalContract(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    agency: str
    deviation: float


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Physical progress, pagu-weighted. Curves are weekly (52 or 53 values, ``None`` = no data that week)."""

    year: int
    week: int
    weeks: int
    as_of: date
    source: str
    progress: Ratio
    planned_value: float | None
    target_version: str
    deviation: float | None
    light: Light
    planned: Curve
    actual: Curve
    critical: tuple[CriticalContract, ...]
    contracts: int
    excluded_rows: int = 0


class StageCount(msgspec.Struct, frozen=True, kw_only=True):
    """``stage``: rencana, pengumuman, penawaran, evaluasi, penetapan, kontrak."""

    stage: str
    packages: int


class Procurement(msgspec.Struct, frozen=True, kw_only=True):
    """RUP announced, stage funnel (packages that reached each stage), backlog of packages past planned start."""

    year: int
    as_of: Moment
    source: str
    announced: Ratio
    stages: tuple[StageCount, ...]
    late_packages: int
    efficiency: float | None = None
    excluded_rows: int = 0


FINANCE = Topic(name="finance", body=Finance, delivery=Delivery.LATEST, stale_after_s=2 * 86_400, freshness=FreshnessRule.SOURCE, keep=100)
PROGRESS = Topic(
    name="progress", body=Progress, delivery=Delivery.LATEST, stale_after_s=8 * 86_400, freshness=FreshnessRule.SOURCE, keep=100
)
PROCUREMENT = Topic(
    name="procurement", body=Procurement, delivery=Delivery.LATEST, stale_after_s=2 * 86_400, freshness=FreshnessRule.SOURCE, keep=100
)
