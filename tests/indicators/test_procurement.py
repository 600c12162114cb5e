"""Pengadaan from typed rows: counted once, money only where it can be believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.indicators.procurement import (
    Account,
    Award,
    Contract,
    Money,
    Package,
    Stage,
    account_of,
    contracted,
    near_power_of_ten,
    versions_of,
)

AT = datetime(2026, 9, 30, 5, 0, tzinfo=UTC)


def idr(amount: int) -> Money:
    return Money(amount, "IDR")


def signed(key: str, *, estimate: int = 100, award: int = 95, contract: int = 90, **more) -> Package:
    contracts = more.pop("contracts", (Contract("c", "a", idr(contract), AT),))
    return Package(key, Stage.KONTRAK, estimate=idr(estimate), awards=(Award("a", idr(award)),), contracts=contracts, **more)


def account(*packages: Package, spending: int | None = None) -> Account:
    return account_of(packages, year=2026, as_of=AT, source="OCDS", spending=spending)


def counts(found: Account) -> list[int]:
    return [stage.packages for stage in found.figure.stages]


def test_the_funnel_counts_what_reached_each_stage() -> None:
    found = account(*(Package(str(stage), stage) for stage in Stage))
    assert [stage.stage for stage in found.figure.stages] == ["rencana", "pengumuman", "penawaran", "evaluasi", "penetapan", "kontrak"]
    assert counts(found) == [6, 5, 4, 3, 2, 1]


def test_announced_has_no_value_while_the_whole_is_unknown() -> None:
    package = Package("1", Stage.RENCANA, budget=idr(250))
    assert account(package).figure.announced.value is None
    assert account(package).figure.announced.numerator == 250
    assert account(package, spending=1000).figure.announced.value == 25.0
    assert account(Package("1", Stage.RENCANA)).figure.announced.numerator is None


def test_efficiency_is_over_rows_with_both_in_rupiah() -> None:
    dollars = Package("d", Stage.KONTRAK, estimate=Money(100, "USD"), contracts=(Contract("c", "a", Money(1, "USD"), AT),))
    found = account(signed("1"), signed("2", estimate=300, award=290, contract=290), Package("3", Stage.RENCANA, estimate=idr(9)), dollars)
    assert found.figure.efficiency == 5.0
    assert found.figure.excluded_rows == 1
    assert found.excluded == {"another currency than IDR, or none": 1}


def test_no_row_with_both_is_no_efficiency() -> None:
    assert account(signed("1", estimate=0)).figure.efficiency is None
    assert account().figure.efficiency is None


@pytest.mark.parametrize(("award", "contract"), [(95, 950), (950, 95), (95, 9500), (95, 955)])
def test_a_contract_ten_times_its_award_is_quarantined_and_the_package_stays(award: int, contract: int) -> None:
    found = account(signed("good"), signed("bad", estimate=100, award=award, contract=contract))
    assert found.figure.efficiency == 10.0
    assert list(found.quarantined) == ["bad"]
    assert counts(found) == [2] * 6


def test_a_power_of_ten_is_near_only_when_it_is() -> None:
    assert [near_power_of_ten(a, 100) for a in (1000, 1049, 1100, 800, 100, 90, 10, 0, -5)] == [1, 1, 0, 0, 0, 0, -1, 0, 0]
    assert near_power_of_ten(800, 100, below=0.15) == 1


def test_an_addendum_replaces_what_it_adds_to() -> None:
    told = tuple(Contract(f"c{n}", "a", idr(amount), AT + timedelta(days=n)) for n, amount in enumerate((90, 92, 96)))
    assert contracted(signed("1", contracts=told)) == 96
    lots = (Contract("1", "a", idr(40), AT), Contract("2", "a", idr(50), AT))
    assert contracted(signed("1", contracts=lots)) == 90


def test_one_lot_of_ten_is_no_slip_but_not_comparable_yet() -> None:
    lots = tuple(Award(str(lot), idr(100)) for lot in range(10))
    found = account(Package("1", Stage.KONTRAK, estimate=idr(1000), awards=lots, contracts=(Contract("c", "3", idr(100), AT),)))
    assert not found.quarantined
    assert found.excluded == {"not every award has its contract yet": 1}
    assert found.figure.efficiency is None


def test_one_rup_code_is_one_package() -> None:
    failed = Package("1", Stage.EVALUASI, is_live=False, rup_codes=("11111",), dated_at=AT, budget=idr(100))
    again = Package("2", Stage.PENGUMUMAN, rup_codes=("11111",), dated_at=AT - timedelta(days=1), budget=idr(110))
    found = account(failed, again)
    assert counts(found) == [1, 1, 0, 0, 0, 0]
    assert found.figure.announced.numerator == 110


def test_several_codes_in_one_row_join_their_plans_and_no_money_is_lost_or_doubled() -> None:
    plans = [Package(code, Stage.RENCANA, rup_codes=(code,), budget=idr(10), dated_at=AT) for code in ("11111", "22222", "33333")]
    tender = Package("t", Stage.PENAWARAN, rup_codes=("11111", "22222", "33333"), dated_at=AT)
    found = account(*plans, tender)
    assert counts(found) == [1, 1, 1, 0, 0, 0]
    assert found.figure.announced.numerator == 30
    assert account(*plans, Package("t", Stage.PENAWARAN, rup_codes=tender.rup_codes, budget=idr(28))).figure.announced.numerator == 28


def test_late_is_a_planned_start_that_passed_without_a_tender() -> None:
    past, future = AT - timedelta(days=1), AT + timedelta(days=1)
    rows = [
        Package("late", Stage.RENCANA, planned_at=past),
        Package("soon", Stage.RENCANA, planned_at=future),
        Package("begun", Stage.PENGUMUMAN, planned_at=past),
        Package("off", Stage.RENCANA, planned_at=past, is_live=False),
        Package("open", Stage.RENCANA),
    ]
    assert account(*rows).figure.late_packages == 1


amounts = st.none() | st.builds(Money, st.integers(0, 10**15), st.sampled_from(["IDR", "USD", ""]))
rows = st.builds(
    Package,
    st.uuids().map(str),
    st.sampled_from(Stage),
    is_live=st.booleans(),
    dated_at=st.none() | st.just(AT),
    rup_codes=st.lists(st.sampled_from(["10001", "10002", "10003", "10004"]), max_size=3, unique=True).map(tuple),
    budget=amounts,
    estimate=amounts,
    awards=st.lists(st.builds(Award, st.just("a"), amounts), max_size=2).map(tuple),
    contracts=st.lists(st.builds(Contract, st.just("c"), st.sampled_from(["a", ""]), amounts, st.none() | st.just(AT)), max_size=3).map(
        tuple
    ),
)


@given(st.lists(rows, max_size=12))
def test_whatever_the_rows_the_funnel_narrows_and_nothing_is_counted_twice(packages: list[Package]) -> None:
    found = account(*packages)
    assert counts(found) == sorted(counts(found), reverse=True)
    assert sum(len(group) for group in versions_of(packages)) == len(packages)
    codes = [{code for package in group for code in package.rup_codes} for group in versions_of(packages)]
    assert sum(len(one) for one in codes) == len(set().union(*codes))
    assert found.figure.excluded_rows == sum(found.excluded.values()) <= len(packages)
