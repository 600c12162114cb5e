"""Pengadaan of the simulated city: a year's packages with their dates, and the figures computed from them. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from feeds.messages.indicator import Procurement, StageCount
from feeds.sim.budget import BILLION, ratio

STAGES = ("pengumuman", "penawaran", "evaluasi", "penetapan", "kontrak")
_PACKAGES = 642
_SPENDING = 2_490 * BILLION
_LATE_SHARE = 0.0275
_STAGE_DAYS = (12, 9, 8, 6)
_DROPPED = (0.095, 0.09, 0.075, 0.03)
"""Packages that end after a stage (no bidder, failed evaluation) and are not tendered again this year."""


@dataclass(frozen=True)
class Package:
    """One package: ``reached``: date of each stage in order, as far as it will get; ``announced_on``: in RUP."""

    value: int
    estimate: int
    contract: int
    announced_on: date | None
    planned_start: date
    reached: tuple[date, ...]

    def is_late(self, on: date) -> bool:
        """Planned start passed, no tender yet."""
        return self.planned_start <= on and not (self.reached and self.reached[0] <= on)


def packages(year: int, *, seed: int) -> list[Package]:
    """All packages of a year: most start early, the last ones in December."""
    rng = Random(f"{seed}:tenders:{year}")
    rows: list[Package] = []
    weights = [rng.lognormvariate(0, 1.1) for _ in range(_PACKAGES)]
    for weight in weights:
        value = round(_SPENDING * weight / sum(weights))
        start = date(year, 1, 4) + timedelta(days=int(355 * rng.betavariate(1.1, 1.5)))
        begun = start + timedelta(days=rng.randint(90, 300) if rng.random() < _LATE_SHARE * 2.2 else 0)
        reached = [begun]
        for days, dropped in zip(_STAGE_DAYS, _DROPPED, strict=True):
            if rng.random() < dropped:
                break
            reached.append(reached[-1] + timedelta(days=round(days * rng.uniform(0.6, 1.5))))
        estimate = round(value * rng.uniform(0.96, 1.0))
        announced = date(year, 1, 2) + timedelta(days=rng.randint(0, 80)) if rng.random() < 0.968 else None
        rows.append(Package(value, estimate, round(estimate * rng.uniform(0.86, 0.985)), announced, start, tuple(reached)))
    return rows


def procurement(now: datetime, *, seed: int) -> Procurement:
    """RUP announced, packages by stage reached, late packages and efficiency; ``now`` carries the city's zone."""
    today = now.date()
    rows = packages(today.year, seed=seed)
    signed = [row for row in rows if len(row.reached) == len(STAGES) and row.reached[-1] <= today]
    estimate = sum(row.estimate for row in signed)
    counts = [sum(1 for row in rows if len(row.reached) > place and row.reached[place] <= today) for place in range(len(STAGES))]
    return Procurement(
        year=today.year,
        as_of=now.astimezone(UTC),
        source="simulator",
        announced=ratio(sum(row.value for row in rows if row.announced_on is not None and row.announced_on <= today), _SPENDING),
        stages=(
            StageCount(stage="rencana", packages=len(rows)),
            *(StageCount(stage=stage, packages=count) for stage, count in zip(STAGES, counts, strict=True)),
        ),
        late_packages=sum(1 for row in rows if row.is_late(today)),
        efficiency=round((1 - sum(row.contract for row in signed) / estimate) * 100, 2) if estimate else None,
    )
