"""Fisik of the simulated city: works by agency and large contracts, and the figures computed from them. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from feeds.indicators.finance import light, planned_percent
from feeds.messages.city import City
from feeds.messages.indicator import CriticalContract, Curve, Progress
from feeds.sim.budget import budgets, ratio

WORK_PLANNED_AT_MONTH_END = (0.8, 2.6, 6.0, 11.2, 18.0, 25.8, 34.0, 42.3, 50.8, 59.2, 72.3, 98.0)
REFERENCE_PLAN = 67.9
WEEKS = 52
_WORK_LAG = 8.28
_LOST_WEEKS = range(6, 11)
"""So many weeks back nobody sent progress: the curve must show the hole."""

_WORKS = ("Drainase", "Jalan", "Turap", "Jembatan", "Gedung sekolah", "Trotoar", "Pintu air", "Puskesmas", "Taman", "Penerangan")
_LATE_WORKS = ("Drainase", "Jalan", "Turap")
_PLACES = (
    "Poris",
    "Sangego",
    "Cisadane",
    "Cikokol",
    "Gandasari",
    "Kunciran",
    "Sudimara",
    "Cipete",
    "Gebang",
    "Uwung",
    "Batujaya",
    "Karang Sari",
)
_HOME = "Karawaci"
"""A district of the city whose neighbourhoods those are; works of another city lie in its own districts."""

_CONTRACTS = 42


@dataclass(frozen=True)
class Contract:
    """A large contract: planned S-curve between two weeks of the year; ``lag``: points behind it once it is half done."""

    id: str
    name: str
    agency: str
    start_week: float
    end_week: float
    lag: float

    def planned(self, week: float) -> float:
        """Planned progress at the end of a week, %."""
        share = max(0.0, min(1.0, (week - self.start_week) / (self.end_week - self.start_week)))
        return 100 * share * share * (3 - 2 * share)

    def actual(self, week: float) -> float:
        """Progress at the end of a week, %."""
        planned = self.planned(week)
        return max(0.0, planned - self.lag * min(1.0, planned / 50))


def is_critical(planned: float, actual: float, *, ends_after_year: bool) -> bool:
    """Permen PU 07/2011 as domain.md section 4 reads it: plan below 70 % behind by more than 10; from 70 % behind by more than 5,
    or behind by up to 5 and ending after the fiscal year."""
    behind = round(planned - actual, 2)
    if planned < 70:
        return behind > 10
    return behind > 5 or (behind > 0 and ends_after_year)


def contracts(city: City, *, seed: int) -> list[Contract]:
    """42 contracts; three of them are badly behind, the others a little or not at all."""
    rng = Random(f"{seed}:contracts")
    agencies = [a.code for a in city.agencies if a.code in ("dpupr", "perkim", "disdik", "dinkes")] or [city.agencies[0].code]
    works = agencies[0]
    names = _names(city)
    rows = [
        Contract("K-001", names[0], works, 24, 54, 14.2),
        Contract("K-002", names[1], works, 22, 55, 11.8),
        Contract("K-003", names[2], works, 14, 51.5, 6.1),
    ]
    rng.shuffle(names)
    taken = {row.name for row in rows}
    for name in [name for name in names if name not in taken][: _CONTRACTS - len(rows)]:
        start = rng.uniform(6, 30)
        end = min(51.5, start + rng.uniform(12, 22))
        rows.append(Contract(f"K-{len(rows) + 1:03d}", name, rng.choice(agencies), start, end, max(0.0, rng.gauss(1.5, 1.3)) % 4.8))
    return rows


def _names(city: City) -> list[str]:
    """What is built and where, enough for all contracts; the three late ones first."""
    is_home = any(district.name == _HOME for district in city.districts)
    places = _PLACES if is_home else tuple(district.name for district in city.districts) or (city.name,)
    first = [f"{work} {places[number % len(places)]}" for number, work in enumerate(_LATE_WORKS)]
    names = [f"{work} {place}" for work in _WORKS for place in places]
    rounds = range(2, 2 + _CONTRACTS // len(names))
    return [*first, *(name for name in names if name not in first), *(f"{name} {number}" for number in rounds for name in names)]


def progress(city: City, today: date, *, seed: int) -> Progress:
    """Physical progress as of last Friday, weighted by pagu; critical contracts, worst first."""
    as_of = max(today - timedelta(days=(today.weekday() - 4) % 7 or 7), date(today.year, 1, 1))
    week = max(1, min(WEEKS, as_of.timetuple().tm_yday // 7))
    weekly = {w: _weighted(city, as_of.year, w, seed) for w in range(1, week + 1) if not _is_lost(w, week)}
    now = weekly[week]
    planned_now = round(planned_percent(_friday(as_of.year, week), WORK_PLANNED_AT_MONTH_END), 2)
    value = ratio(*now)
    deviation = None if value.value is None else round(value.value - planned_now, 2)
    return Progress(
        year=as_of.year,
        week=week,
        weeks=WEEKS,
        as_of=as_of,
        source="E-Monev",
        progress=value,
        planned_value=planned_now,
        target_version=f"rencana fisik {as_of.year} (simulasi)",
        deviation=deviation,
        light=light(deviation),
        planned=Curve(step="week", values=tuple(_planned(as_of.year, w) for w in range(1, WEEKS + 1))),
        actual=Curve(step="week", values=tuple(ratio(*weekly[w]).value if w in weekly else None for w in range(1, WEEKS + 1))),
        critical=_critical(contracts(city, seed=seed), week),
        contracts=sum(1 for one in contracts(city, seed=seed) if one.start_week <= week),
    )


def _critical(rows: list[Contract], week: int) -> tuple[CriticalContract, ...]:
    late = [
        CriticalContract(id=row.id, name=row.name, agency=row.agency, deviation=round(row.actual(week) - row.planned(week), 2))
        for row in rows
        if is_critical(row.planned(week), row.actual(week), ends_after_year=row.end_week > WEEKS)
    ]
    return tuple(sorted(late, key=lambda one: one.deviation))


def _weighted(city: City, year: int, week: int, seed: int) -> tuple[int, int]:
    """Rupiah done and rupiah planned for the year: sum(fisik x pagu) and sum(pagu)."""
    planned = _planned(year, week)
    done = pagu = 0
    for row in budgets(city):
        rng = Random(f"{seed}:{row.agency}:work:{year}:{week}")
        lag = _WORK_LAG * (0.75 + 0.5 * row.lag / 8.0 if row.lag < 12 else 1.32)
        share = max(0.0, planned * (1 - lag / REFERENCE_PLAN) + rng.gauss(0, 0.1)) / 100
        done += round(row.pagu * share)
        pagu += row.pagu
    return done, pagu


def _planned(year: int, week: int) -> float:
    return round(planned_percent(_friday(year, week), WORK_PLANNED_AT_MONTH_END), 2)


def _friday(year: int, week: int) -> date:
    return min(date(year, 1, 1) + timedelta(days=week * 7 + 1), date(year, 12, 31))


def _is_lost(week: int, current: int) -> bool:
    return current - week in _LOST_WEEKS and current > 2 * max(_LOST_WEEKS)
