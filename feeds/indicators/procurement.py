"""Pengadaan: how far the packages of a city are, computed from typed rows. Pure; knows no file and no network.

Rules and traps: domain.md section 4. A package is one contracting process; those that share a RUP code are one package in several versions.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

import msgspec

from feeds.messages.indicator import Procurement, Ratio, StageCount

RUPIAH = "IDR"
HIGHEST_ADDENDUM = 1.1
"""Permen and Perpres: an addendum adds at most 10 % to a contract."""

NEAR_POWER = 0.03
"""How near (in log10) a ratio comes to a power of ten before it is taken for zeros typed too often: 7 %."""

_NO_DATE = datetime.min.replace(tzinfo=UTC)


class Stage(IntEnum):
    """What a package has reached, in order; the names are those of ``StageCount``."""

    RENCANA = 0
    PENGUMUMAN = 1
    PENAWARAN = 2
    EVALUASI = 3
    PENETAPAN = 4
    KONTRAK = 5


# Rows are many and hold no cycles: kept from the garbage collector, whose passes would stop the whole process for 0.2 s.
class Money(msgspec.Struct, frozen=True, gc=False):
    """Whole units of ``currency`` (ISO 4217; empty when the source does not say)."""

    amount: int
    currency: str


class Award(msgspec.Struct, frozen=True, gc=False):
    """``state``: its status as the source says it, lower case; empty when it says none."""

    id: str
    value: Money | None
    state: str = ""


class Contract(msgspec.Struct, frozen=True, gc=False):
    """``award``: id of the award it carries out. ``signed_at`` orders the addenda of one contract."""

    id: str
    award: str
    value: Money | None
    signed_at: datetime | None
    state: str = ""


class Package(msgspec.Struct, frozen=True, gc=False):
    """One contracting process. ``is_live``: neither cancelled nor failed. ``budget``: pagu. ``estimate``: HPS.

    ``awards`` and ``contracts`` are those that hold (decided, signed). ``fault``: why its money cannot be believed, as the reader saw it.
    """

    id: str
    stage: Stage
    is_live: bool = True
    dated_at: datetime | None = None
    planned_at: datetime | None = None
    rup_codes: tuple[str, ...] = ()
    budget: Money | None = None
    estimate: Money | None = None
    awards: tuple[Award, ...] = ()
    contracts: tuple[Contract, ...] = ()
    fault: str | None = None


@dataclass
class Account:
    """The figure and what is behind it: rows whose money is left out with the reason, and those nobody believes, by their id."""

    figure: Procurement
    excluded: Counter[str] = field(default_factory=Counter[str])
    quarantined: dict[str, str] = field(default_factory=dict[str, str])
    remarks: list[str] = field(default_factory=list[str])


def account_of(packages: Sequence[Package], *, year: int, as_of: datetime, source: str, spending: int | None) -> Account:
    """The figures of ``packages`` as they stood at ``as_of`` (aware). ``spending``: belanja pengadaan in rupiah, ``None`` when unknown."""
    groups = versions_of(packages)
    kept = [live_version(group) for group in groups]
    excluded: Counter[str] = Counter()
    quarantined: dict[str, str] = {}
    estimate = contract = 0
    for package in kept:
        fault = fault_of(package)
        if fault is not None:
            quarantined[package.id] = fault
            excluded[fault] += 1
            continue
        total = contracted(package)
        reason = reason_to_leave_out(package, total)
        if reason is not None:
            excluded[reason] += 1
        elif package.estimate is not None and total is not None:
            estimate += package.estimate.amount
            contract += total
    figure = Procurement(
        year=year,
        as_of=as_of.astimezone(UTC),
        source=source,
        announced=_announced(groups, spending),
        stages=tuple(StageCount(stage=stage.name.lower(), packages=sum(1 for p in kept if p.stage >= stage)) for stage in Stage),
        late_packages=sum(1 for package in kept if is_late(package, as_of)),
        efficiency=round((1 - contract / estimate) * 100, 2) if estimate else None,
        excluded_rows=sum(excluded.values()),
    )
    remarks = [f"{count} packages are not in the sums: {reason}" for reason, count in sorted(excluded.items())]
    return Account(figure, excluded, quarantined, remarks + _remarks(packages, kept))


def versions_of(packages: Iterable[Package]) -> list[list[Package]]:
    """The packages, those together that share a RUP code: retenders, versions, and rows that name several codes at once."""
    group_of: dict[str, list[Package]] = {}
    groups: dict[int, list[Package]] = {}
    for package in packages:
        joined = [package]
        for group in {id(g): g for code in package.rup_codes if (g := group_of.get(code)) is not None}.values():
            joined = group + joined
            del groups[id(group)]
        groups[id(joined)] = joined
        for member in joined if package.rup_codes else ():
            group_of.update(dict.fromkeys(member.rup_codes, joined))
    return list(groups.values())


def live_version(group: Sequence[Package]) -> Package:
    """Of the versions of one package the last live one; a tender goes before the plan it carries out."""
    return max(group, key=lambda p: (p.is_live, p.stage > Stage.RENCANA, p.dated_at or _NO_DATE))


def is_late(package: Package, at: datetime) -> bool:
    """Planned start passed, no tender yet."""
    return package.is_live and package.stage is Stage.RENCANA and package.planned_at is not None and package.planned_at <= at


def contracted(package: Package) -> int | None:
    """What the signed contracts come to, rupiah; ``None`` when there are none or one does not say.

    Where an award's contracts come to more than an addendum may add, they are one contract told again with each addendum: the latest holds.
    """
    if not package.contracts or any(_rupiah(contract.value) is None for contract in package.contracts):
        return None
    awarded = {award.id: _rupiah(award.value) for award in package.awards}
    by_award: dict[str, list[Contract]] = {}
    for contract in package.contracts:
        by_award.setdefault(contract.award, []).append(contract)
    total = 0
    for award, contracts in by_award.items():
        amounts = [amount for c in sorted(contracts, key=_signing) if (amount := _rupiah(c.value)) is not None]
        limit = awarded.get(award) or (_rupiah(package.estimate) if len(by_award) == 1 else None)
        is_retold = len(amounts) > 1 and bool(limit) and sum(amounts) > HIGHEST_ADDENDUM * (limit or 0)
        total += amounts[-1] if is_retold and amounts[-1] <= HIGHEST_ADDENDUM * (limit or 0) else sum(amounts)
    return total


def fault_of(package: Package) -> str | None:
    """Why nobody may believe this package's money, or ``None``."""
    if package.fault is not None:
        return package.fault
    total = contracted(package)
    if total is None:
        return None
    awarded = {award.id: _rupiah(award.value) or 0 for award in package.awards}
    is_one = len(package.awards) == len(package.contracts) == 1
    for contract in package.contracts:
        award = awarded.get(contract.award, sum(awarded.values()) if is_one else 0)
        power = near_power_of_ten(_rupiah(contract.value) or 0, award)
        if power:
            return f"contracts.value is {_times(power)} awards.value: zeros too many or too few"
    estimate = _rupiah(package.estimate)
    # Contracts end somewhat below their estimate, so a slip of ten lies between seven and ten; far below may be one lot of many.
    power = near_power_of_ten(total, estimate, below=0.15) if estimate else 0
    return f"contracts.value is {_times(power)} tender.value: zeros too many or too few" if power > 0 else None


def near_power_of_ten(amount: int, other: int, *, below: float = NEAR_POWER) -> int:
    """The power when ``amount`` is about 10, 100, 0.1, ... times ``other``, else 0."""
    if amount <= 0 or other <= 0:
        return 0
    exponent = math.log10(amount) - math.log10(other)
    power = math.floor(exponent + below)
    if power == 0 or exponent - power > NEAR_POWER:
        return 0
    return power


def reason_to_leave_out(package: Package, total: int | None) -> str | None:
    """Why a package with an estimate and a contract is not in the sums, or ``None``; one that has not both has nothing to leave out."""
    values = [package.estimate, *(contract.value for contract in package.contracts)]
    given = [value for value in values if value is not None]
    if package.estimate is None or not package.contracts:
        return None
    if any(value.currency != RUPIAH for value in given):
        return "another currency than IDR, or none"
    if package.estimate.amount == 0:
        return "tender.value is zero"
    if all(contract.award for contract in package.contracts) and {a.id for a in package.awards} - {c.award for c in package.contracts}:
        return "not every award has its contract yet"
    return "a contract has no value" if total is None or total == 0 else None


def _announced(groups: Sequence[Sequence[Package]], spending: int | None) -> Ratio:
    """Pagu of all packages, each once, of what may be bought; without a value where the whole is unknown."""
    budgets = [budget for group in groups if (budget := _budget(group)) is not None]
    announced = sum(budgets) if budgets else None
    value = round(announced / spending * 100, 2) if announced is not None and spending else None
    return Ratio(value=value, numerator=announced, denominator=spending)


def _budget(group: Sequence[Package]) -> int | None:
    """Pagu of one package: what its live version says, else the sum of the plans it carries out."""
    own = _rupiah(live_version(group).budget)
    if own:
        return own
    by_codes: dict[tuple[str, ...], int] = {}
    for package in sorted(group, key=lambda p: p.dated_at or _NO_DATE):
        amount = _rupiah(package.budget)
        if amount:
            by_codes[package.rup_codes] = amount
    return sum(by_codes.values()) if by_codes else own


def _remarks(packages: Sequence[Package], kept: Sequence[Package]) -> list[str]:
    above = sum(1 for p in kept if (budget := _rupiah(p.budget)) and sum(_rupiah(a.value) or 0 for a in p.awards) > budget)
    told: Mapping[str, int] = {
        "further versions of a package (the same RUP code) are counted once": len(packages) - len(kept),
        "packages have a budget of zero, which counts as unknown": sum(1 for p in kept if p.budget is not None and p.budget.amount == 0),
        "packages were awarded above their budget": above,
    }
    return [f"{count} {words}" for words, count in told.items() if count]


def _rupiah(value: Money | None) -> int | None:
    return value.amount if value is not None and value.currency == RUPIAH else None


def _signing(contract: Contract) -> datetime:
    return contract.signed_at or _NO_DATE


def _times(power: int) -> str:
    return f"{10**power} times" if power > 0 else f"one {10**-power}th of"
