"""Keuangan of the simulated city: a budget, a cash plan and payment orders of one year, and the figures computed from them. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from feeds.indicators.finance import light, planned_percent
from feeds.messages.city import City
from feeds.messages.indicator import AgencyFigure, Curve, Finance, Ratio

BILLION = 1_000_000_000

PLANNED_AT_MONTH_END = (2.4, 7.1, 13.2, 20.3, 28.4, 37.0, 45.6, 54.3, 63.2, 72.3, 81.7, 97.5)
"""Cash plan, % of pagu, cumulative: a slow start and a hard December, as Indonesian cities spend."""

REFERENCE_PLAN = 79.2
"""Where the lags below were set: late November, when the plan stands at 79.2 %."""


@dataclass(frozen=True)
class AgencyBudget:
    """``pagu``: rupiah. ``lag``: points behind the cash plan when that stands at ``REFERENCE_PLAN``."""

    agency: str
    pagu: int
    lag: float


@dataclass(frozen=True)
class Payment:
    """Net SP2D of one agency in one week; ``amount`` in rupiah, negative for a correction."""

    agency: str
    paid_on: date
    amount: int


_BUDGETS = {
    "dpupr": (1750, 12.7), "disdik": (1350, 7.5), "dinkes": (905, 2.0), "perkim": (482, 9.1), "dishub": (268, 5.6), "dlh": (322, 4.6),
    "kecamatan": (201, 3.9), "satpolpp": (96, 2.7), "bpbd": (58, 3.4), "indagkop": (52, 6.2), "diskominfo": (44, 1.8),
}  # fmt: skip


def budgets(city: City) -> list[AgencyBudget]:
    """Pagu by agency, about Rp 5.5 T in all; agencies this table does not know get a small one."""
    known = [AgencyBudget(a.code, _BUDGETS[a.code][0] * BILLION, _BUDGETS[a.code][1]) for a in city.agencies if a.code in _BUDGETS]
    return known or [AgencyBudget(a.code, 300 * BILLION, 3.0 + 2.5 * (i % 4)) for i, a in enumerate(city.agencies)]


def payments(rows: list[AgencyBudget], year: int, until: date, *, seed: int) -> list[Payment]:
    """Weekly payment orders of a year up to ``until``; the sums follow the plan behind each agency's lag."""
    orders: list[Payment] = []
    for row in rows:
        rng = Random(f"{seed}:{row.agency}:{year}")
        paid = 0
        day = min(date(year, 1, 7), until)
        while True:
            share = planned_percent(day, PLANNED_AT_MONTH_END) / 100 * (1 - row.lag / REFERENCE_PLAN) * (1 + rng.gauss(0, 0.002))
            target = round(row.pagu * share)
            orders.append(Payment(row.agency, day, target - paid))
            paid = target
            if day >= until:
                break
            day = min(day + timedelta(days=7), until)
    return orders


def ratio(numerator: int, denominator: int) -> Ratio:
    """A percentage with its parts; no value for a zero denominator."""
    return Ratio(value=round(numerator / denominator * 100, 2) if denominator else None, numerator=numerator, denominator=denominator)


def finance(city: City, today: date, *, seed: int) -> Finance:
    """Serapan as of yesterday (on 1 January: today), from the tables."""
    as_of = today if (today.month, today.day) == (1, 1) else today - timedelta(days=1)
    rows = budgets(city)
    orders = payments(rows, as_of.year, as_of, seed=seed)
    pagu = sum(row.pagu for row in rows)
    absorption = ratio(sum(order.amount for order in orders), pagu)
    target = round(planned_percent(as_of, PLANNED_AT_MONTH_END), 2)
    deviation = None if absorption.value is None else round(absorption.value - target, 2)
    by_month = [
        ratio(sum(o.amount for o in orders if o.paid_on.month <= month), pagu).value if month <= as_of.month else None
        for month in range(1, 13)
    ]
    return Finance(
        year=as_of.year,
        as_of=as_of,
        source="SIPD",
        absorption=absorption,
        target=target,
        target_version=f"anggaran kas {as_of.year} (simulasi)",
        deviation=deviation,
        light=light(deviation),
        planned=Curve(step="month", values=PLANNED_AT_MONTH_END),
        actual=Curve(step="month", values=tuple(by_month)),
        agencies=tuple(sorted((_figure(row, orders, target) for row in rows), key=lambda figure: figure.deviation or 0.0)),
    )


def _figure(row: AgencyBudget, orders: list[Payment], target: float) -> AgencyFigure:
    absorbed = ratio(sum(order.amount for order in orders if order.agency == row.agency), row.pagu).value
    deviation = None if absorbed is None else round(absorbed - target, 2)
    return AgencyFigure(agency=row.agency, deviation=deviation, light=light(deviation))
