"""Keuangan: serapan of a city's budget, computed from typed rows. Pure; knows no file and no network.

Serapan = net payments / budget in force on that date x 100 (domain.md section 4). Amounts are Decimal; sums are rounded once.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

import msgspec

from feeds.messages.indicator import AgencyFigure, Curve, Finance, Light, Ratio

NO_TARGET = "tidak ada target"
MONTHS = 12
STALE_DAYS = 45
"""An older figure has no light (ours)."""

SMALLEST_REVISION = Decimal("0.5")
"""A revision that leaves less than this share of the budget is an incomplete file, not a revision (ours)."""

MOST_ABSORBED = 3
"""Payments beyond this many times the budget mean that the budget file is incomplete (ours); up to there nothing is clipped."""


class BudgetLine(msgspec.Struct, frozen=True, gc=False):
    """``since``: valid from; ``None``: all year. ``rank``: 0 approved (murni), 1 adjusted (perubahan). ``year``: fiscal, when said."""

    amount: Decimal
    since: date | None = None
    rank: int = 0
    year: int | None = None
    agency: str | None = None


class Payment(msgspec.Struct, frozen=True, gc=False):
    """Net payment (SP2D); negative for a correction."""

    amount: Decimal
    paid_on: date
    agency: str | None = None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What was realised from the start of the year up to ``on``: part of a table that tells running totals."""

    amount: Decimal
    on: date
    agency: str | None = None


@dataclass
class Books:
    """All rows that were read."""

    budget: list[BudgetLine] = field(default_factory=list[BudgetLine])
    payments: list[Payment] = field(default_factory=list[Payment])
    standings: list[Standing] = field(default_factory=list[Standing])


@dataclass(frozen=True)
class CashPlan:
    """Month ends, % of the budget, cumulative, twelve of them. ``version`` is shown."""

    month_ends: tuple[float, ...]
    version: str


@dataclass
class FinanceAccount:
    """``figure`` is ``None`` where the rows say nothing of any year; ``excluded``: rows of versions that are not believed."""

    figure: Finance | None
    excluded: int = 0
    remarks: list[str] = field(default_factory=list[str])


def finance_of(
    books: Books, *, today: date, year: int | None, as_of: date | None, plan: CashPlan | None, source: str, excluded: int = 0
) -> FinanceAccount:
    """The figure of one fiscal year: ``year``, else that of the newest row up to ``as_of``, else up to ``today``."""
    limit = min(as_of or today, today)
    chosen = year or _newest_year(books, limit)
    account = FinanceAccount(None)
    if chosen is None:
        return account
    limit = min(limit, date(chosen, 12, 31))
    budget = Budget(books.budget, chosen, account)
    spent = Spent(books, chosen, limit)
    on = spent.latest or (as_of and limit) or budget.latest_since(limit)
    if on is None or (spent.latest is None and budget.at(limit) is None):
        account.remarks.append(f"nothing was read of the fiscal year {chosen}")
        return account
    absorption = _absorption(spent.until(on), budget.at(on), account)
    target = round(planned_percent(on, plan.month_ends), 2) if plan is not None else None
    deviation = None if absorption.value is None or target is None else round(absorption.value - target, 2)
    revised = budget.revised_on(on)
    version = plan.version if plan is not None else NO_TARGET
    is_stale = (today - on).days > STALE_DAYS
    account.figure = Finance(
        year=chosen,
        as_of=on,
        source=source,
        absorption=absorption,
        target=target,
        # A revision lowers serapan with no money moving: whoever reads the figure must see it.
        target_version=version if revised is None else f"{version}; pagu direvisi {revised.isoformat()}",
        deviation=deviation,
        light=Light.GREY if is_stale else light(deviation),
        planned=Curve(step="month", values=plan.month_ends if plan is not None else (None,) * MONTHS),
        actual=Curve(step="month", values=tuple(_month_value(spent, budget, chosen, month, on) for month in range(1, MONTHS + 1))),
        agencies=_agencies(spent, budget, on, target, is_stale=is_stale),
        excluded_rows=excluded + account.excluded,
    )
    return account


def budget_of(books: Books, year: int | None, limit: date) -> Decimal | None:
    """The budget in force at ``limit`` of the year that ``finance_of`` would choose; ``None`` when there is none."""
    chosen = year or _newest_year(books, limit)
    return Budget(books.budget, chosen, FinanceAccount(None)).at(min(limit, date(chosen, 12, 31))) if chosen is not None else None


class Budget:
    """The versions of one year's budget. A version replaces the one before it whole."""

    def __init__(self, lines: Iterable[BudgetLine], year: int, account: FinanceAccount) -> None:
        versions: dict[tuple[int, date], list[BudgetLine]] = {}
        for line in lines:
            belongs_to = line.year or (line.since.year if line.since is not None else year)
            if belongs_to == year:
                versions.setdefault((line.rank, line.since or date.min), []).append(line)
        self._versions: list[tuple[date, list[BudgetLine]]] = []
        before = Decimal(0)
        for (_, since), held in sorted(versions.items()):
            total = sum((line.amount for line in held), Decimal(0))
            if before > 0 and total < before * SMALLEST_REVISION:
                account.excluded += len(held)
                account.remarks.append(
                    f"a budget revision of {since.isoformat()} holds less than half of the budget before it: incomplete, not used"
                )
                continue
            before = total
            self._versions.append((since, held))

    def _in_force(self, on: date) -> tuple[date, list[BudgetLine]] | None:
        return next((version for version in reversed(self._versions) if version[0] <= on), None)

    def at(self, on: date, agency: str | None = None) -> Decimal | None:
        """The budget in force, of the city or one agency; ``None`` when there is none."""
        version = self._in_force(on)
        lines = [line for line in version[1] if agency is None or line.agency == agency] if version is not None else []
        return sum((line.amount for line in lines), Decimal(0)) if lines else None

    def agencies(self, on: date) -> list[str]:
        """Agencies with a budget in force, in the order of the file."""
        version = self._in_force(on)
        return list(dict.fromkeys(line.agency for line in version[1] if line.agency is not None)) if version is not None else []

    def latest_since(self, until: date) -> date | None:
        """When the version in force began; ``None`` when there is none, or it does not say."""
        version = self._in_force(until)
        return version[0] if version is not None and version[0] != date.min else None

    def revised_on(self, on: date) -> date | None:
        """Since when the budget in force differs from the first; ``None`` when it does not, or nobody knows since when.

        A version with the same totals, of the city and of each agency, is the budget told again, as in a report of each month.
        """
        version = self._in_force(on)
        revised: date | None = None
        before: Mapping[str | None, Decimal] | None = None
        for since, held in self._versions:
            if since > on:
                continue
            totals = _totals(held)
            if before is not None and totals != before:
                revised = since
            before = totals
            if version is not None and held is version[1]:
                break
        return revised if revised is not None and revised not in (date.min, self._versions[0][0]) else None


def _totals(lines: Iterable[BudgetLine]) -> dict[str | None, Decimal]:
    totals: dict[str | None, Decimal] = {}
    for line in lines:
        totals[line.agency] = totals.get(line.agency, Decimal(0)) + line.amount
    return totals


class Spent:
    """What was spent in one year up to a day. Payments go before running totals, which are not added to each other."""

    def __init__(self, books: Books, year: int, limit: date) -> None:
        days: dict[tuple[date, str | None], Decimal] = {}
        for payment in books.payments:
            if payment.paid_on.year == year and payment.paid_on <= limit:
                place = payment.paid_on, payment.agency
                days[place] = days.get(place, Decimal(0)) + payment.amount
        self._payments = [Payment(amount, day, agency) for (day, agency), amount in days.items()]
        standings = [s for s in books.standings if s.on.year == year and s.on <= limit]
        self._standings: list[Standing] = [] if self._payments else standings
        self.latest = max((p.paid_on for p in self._payments), default=None) or max((s.on for s in self._standings), default=None)

    def until(self, on: date, agency: str | None = None) -> Decimal | None:
        """Net sum up to ``on``, of the city or one agency; ``None`` when nothing was told by then."""
        if self._payments:
            return sum((p.amount for p in self._payments if p.paid_on <= on and agency in (None, p.agency)), Decimal(0))
        day = max((s.on for s in self._standings if s.on <= on), default=None)
        return sum((s.amount for s in self._standings if s.on == day and agency in (None, s.agency)), Decimal(0)) if day else None

    def is_told_in(self, year: int, month: int) -> bool:
        """Whether a month has a value of its own: running totals hold for their day only."""
        return bool(self._payments) or any((s.on.year, s.on.month) == (year, month) for s in self._standings)


def light(deviation: float | None) -> Light:
    """Green from -5, yellow from -10, red below, grey when unknown (domain.md section 4, ours)."""
    if deviation is None:
        return Light.GREY
    return Light.GREEN if deviation >= -5 else Light.YELLOW if deviation >= -10 else Light.RED


def planned_percent(on: date, month_ends: Sequence[float]) -> float:
    """The plan on a date, %: month ends joined by straight lines."""
    before = month_ends[on.month - 2] if on.month > 1 else 0.0
    return before + (month_ends[on.month - 1] - before) * on.day / monthrange(on.year, on.month)[1]


def plan_of(values: Sequence[Decimal], budget: Decimal | None, version: str) -> CashPlan | str:
    """A plan of twelve monthly values, percent (``budget`` is ``None``) or money; a sentence says why it is no whole plan.

    Money may be told by month or as running totals. A plan that does not come to the budget is incomplete: against it a city once
    stood at 8,254 %.
    """
    if len(values) != MONTHS:
        return f"the plan has {len(values)} months instead of 12"
    whole = Decimal(100) if budget is None else budget
    if whole <= 0 or any(value < 0 for value in values):
        return "the plan holds negative values, or there is no budget to hold it against"
    is_rising = all(a <= b for a, b in pairwise(values))
    running = list(values)
    if not (is_rising and _is_about(values[-1], whole)):
        running = [sum(values[: place + 1], Decimal(0)) for place in range(MONTHS)]
    if not _is_about(running[-1], whole):
        return "the plan does not come to the whole budget: incomplete"
    return CashPlan(tuple(round(float(value / whole * 100), 2) for value in running), version)


def _is_about(value: Decimal, whole: Decimal) -> bool:
    return whole * Decimal("0.9") <= value <= whole * Decimal("1.1")


def _newest_year(books: Books, limit: date) -> int | None:
    spent = [day for day in (*(p.paid_on for p in books.payments), *(s.on for s in books.standings)) if day <= limit]
    if spent:
        return max(spent).year
    begun = [line.since for line in books.budget if line.since is not None and line.since <= limit]
    years = [line.year for line in books.budget if line.year is not None and line.year <= limit.year]
    return max((*(day.year for day in begun), *years), default=limit.year if books.budget else None)


def _absorption(spent: Decimal | None, budget: Decimal | None, account: FinanceAccount | None = None) -> Ratio:
    numerator = None if spent is None else int(spent.to_integral_value())
    if budget is not None and budget > 0 and spent is not None and spent > budget * MOST_ABSORBED:
        if account is not None:
            account.remarks.append(f"more than {MOST_ABSORBED} times the budget was paid: the budget is incomplete and not used")
        return Ratio(value=None, numerator=numerator, denominator=None)
    denominator = None if budget is None else int(budget.to_integral_value())
    value = round(float(spent / budget * 100), 2) if spent is not None and budget is not None and budget > 0 else None
    return Ratio(value=value, numerator=numerator, denominator=denominator)


def _month_value(spent: Spent, budget: Budget, year: int, month: int, as_of: date) -> float | None:
    if as_of < date(year, month, 1) or not spent.is_told_in(year, month):
        return None
    on = min(date(year, month, monthrange(year, month)[1]), as_of)
    return _absorption(spent.until(on), budget.at(on)).value


def _agencies(spent: Spent, budget: Budget, on: date, target: float | None, *, is_stale: bool) -> tuple[AgencyFigure, ...]:
    """Deviation of each agency with a budget, the latest first; a stale one has no light."""
    figures: list[AgencyFigure] = []
    for agency in budget.agencies(on):
        value = _absorption(spent.until(on, agency), budget.at(on, agency)).value
        deviation = None if value is None or target is None else round(value - target, 2)
        figures.append(AgencyFigure(agency=agency, deviation=deviation, light=Light.GREY if is_stale else light(deviation)))
    return tuple(sorted(figures, key=lambda figure: (figure.deviation is None, figure.deviation or 0.0)))
