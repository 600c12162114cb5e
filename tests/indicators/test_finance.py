"""Keuangan from typed rows: the budget in force on the day, corrections with their minus, and guards before anything absurd is shown."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.indicators.finance import (
    Books,
    BudgetLine,
    CashPlan,
    FinanceAccount,
    Payment,
    Standing,
    finance_of,
    light,
    plan_of,
    planned_percent,
)
from feeds.messages.indicator import Finance, Light

TODAY = date(2026, 9, 30)
EVEN = CashPlan(tuple(round(100 / 12 * month, 2) for month in range(1, 13)), "rencana kas 2026")


def account(books: Books, *, year: int | None = None, as_of: date | None = None, plan: CashPlan | None = None) -> FinanceAccount:
    return finance_of(books, today=TODAY, year=year, as_of=as_of, plan=plan, source="APBD")


def figure(books: Books, **options) -> Finance:
    found = account(books, **options).figure
    assert found is not None
    return found


def line(amount: int, **fields) -> BudgetLine:
    return BudgetLine(Decimal(amount), **fields)


def paid(amount: int, month: int, day: int = 15, **fields) -> Payment:
    return Payment(Decimal(amount), date(2026, month, day), **fields)


def test_serapan_is_net_payments_of_the_budget() -> None:
    found = figure(Books([line(1000)], [paid(300, 3), paid(-50, 5), paid(150, 9)]))
    assert (found.absorption.value, found.absorption.numerator, found.absorption.denominator) == (40.0, 400, 1000)
    assert (found.year, found.as_of) == (2026, date(2026, 9, 15))
    assert found.actual.values == (0.0, 0.0, 30.0, 30.0, 25.0, 25.0, 25.0, 25.0, 40.0, None, None, None)
    assert (found.target, found.target_version, found.deviation, found.light) == (None, "tidak ada target", None, Light.GREY)


def test_the_budget_in_force_is_that_of_the_day_and_a_revision_is_told() -> None:
    books = Books([line(1000, since=date(2026, 1, 1)), line(1250, since=date(2026, 8, 1), rank=1)], [paid(500, 6), paid(0, 9)])
    found = figure(books)
    assert found.absorption.value == 40.0
    assert found.target_version == "tidak ada target; pagu direvisi 2026-08-01"
    assert found.actual.values[5:9] == (50.0, 50.0, 40.0, 40.0)
    assert figure(books, as_of=date(2026, 7, 31)).absorption.value == 50.0


def test_a_budget_told_again_is_no_revision() -> None:
    def told(*amounts: int, month: int) -> list[BudgetLine]:
        return [line(amount, since=date(2026, month, 1), agency=name) for amount, name in zip(amounts, "ab", strict=True)]

    months = [*told(600, 400, month=1), *told(600, 400, month=2)]
    assert figure(Books(months, [paid(500, 9)])).target_version == "tidak ada target"
    split = [line(100, since=date(2026, 3, 1), agency="a"), line(500, since=date(2026, 3, 1), agency="a")]
    split += [line(400, since=date(2026, 3, 1), agency="b")]
    assert figure(Books(months + split, [paid(500, 9)])).target_version == "tidak ada target"
    moved = [*months, *told(500, 500, month=8), *told(500, 500, month=9)]
    assert figure(Books(moved, [paid(500, 9)])).target_version == "tidak ada target; pagu direvisi 2026-08-01"


def test_next_years_budget_is_not_this_years() -> None:
    books = Books([line(1000, since=date(2026, 1, 1)), line(9000, since=date(2027, 1, 1)), line(7, year=2025)], [paid(100, 2)])
    assert figure(books).absorption.denominator == 1000


def test_an_incomplete_revision_is_not_used() -> None:
    found = account(Books([line(1000, since=date(2026, 1, 1)), line(10, since=date(2026, 8, 1))], [paid(826, 9)]))
    assert found.figure is not None
    assert found.figure.absorption.value == 82.6
    assert found.figure.excluded_rows == 1
    assert "incomplete" in found.remarks[0]


def test_a_budget_file_that_would_give_8254_percent_gives_no_percent() -> None:
    found = account(Books([line(10)], [paid(825, 9)]))
    assert found.figure is not None
    assert (found.figure.absorption.value, found.figure.absorption.numerator, found.figure.absorption.denominator) == (None, 825, None)
    assert "incomplete" in found.remarks[0]


def test_more_than_everything_is_shown_as_it_is() -> None:
    assert figure(Books([line(100)], [paid(120, 9)])).absorption.value == 120.0


@pytest.mark.parametrize("budget", [[], [line(0)]])
def test_no_budget_is_no_percent(budget: list[BudgetLine]) -> None:
    found = figure(Books(budget, [paid(5, 9)]))
    assert found.absorption.value is None
    assert found.absorption.numerator == 5
    assert found.actual.values == (None,) * 12


def test_running_totals_are_not_added_up() -> None:
    standings = [Standing(Decimal(amount), date(2026, month, 28)) for month, amount in ((6, 300), (6, 100), (8, 500))]
    found = figure(Books([line(1000)], [], standings))
    assert found.absorption.value == 50.0
    assert found.actual.values == (None,) * 5 + (40.0, None, 50.0, None, None, None, None)
    assert figure(Books([line(1000)], [paid(10, 1)], standings)).absorption.numerator == 10


def test_target_deviation_and_light_follow_the_plan() -> None:
    found = figure(Books([line(1000)], [paid(680, 9, 30)]), plan=EVEN)
    assert (found.target, found.deviation, found.light) == (75.0, -7.0, Light.YELLOW)
    assert found.planned.values == EVEN.month_ends
    assert [light(value) for value in (-5.0, -5.01, -10.0, -10.01, None)] == [
        Light.GREEN,
        Light.YELLOW,
        Light.YELLOW,
        Light.RED,
        Light.GREY,
    ]
    assert figure(Books([line(1000)], [paid(680, 6)]), plan=EVEN).light is Light.GREY, "older than 45 days"
    assert planned_percent(date(2026, 1, 31), EVEN.month_ends) == EVEN.month_ends[0]


def test_agencies_with_a_budget_have_their_own_figure() -> None:
    books = Books(
        [line(100, agency="a"), line(100, agency="b"), line(100)], [paid(90, 9, 30, agency="a"), paid(10, 9, 30, agency="b"), paid(1, 9)]
    )
    assert [(one.agency, one.deviation) for one in figure(books, plan=EVEN).agencies] == [("b", -65.0), ("a", 15.0)]
    old = Books([line(100, agency="a")], [paid(90, 6, agency="a")])
    assert [one.light for one in figure(old, plan=EVEN).agencies] == [Light.GREY], "older than 45 days"
    assert [(one.agency, one.deviation, one.light) for one in figure(books).agencies] == [("a", None, Light.GREY), ("b", None, Light.GREY)]


@pytest.mark.parametrize(
    ("values", "budget", "ends"),
    [
        ([100 / 12] * 12, None, 100.0),
        ([month * 100 / 12 for month in range(1, 13)], None, 100.0),
        ([10] * 12, 120, 100.0),
        ([5] * 11, None, "11 months"),
        ([1] * 12, None, "incomplete"),
        ([1] * 12, 99_000, "incomplete"),
        ([10] * 12, 0, "no budget"),
        ([-10] + [10] * 11, 100, "negative"),
    ],
)
def test_only_a_whole_plan_is_a_target(values: list[float], budget: int | None, ends: float | str) -> None:
    plan = plan_of([Decimal(str(value)) for value in values], None if budget is None else Decimal(budget), "v")
    if isinstance(ends, str):
        assert isinstance(plan, str) and ends in plan
    else:
        assert isinstance(plan, CashPlan) and plan.month_ends[-1] == pytest.approx(ends)


def test_nothing_is_no_figure() -> None:
    assert account(Books()).figure is None
    assert account(Books([], [Payment(Decimal(1), date(2027, 1, 1))])).figure is None


amounts = st.decimals(-(10**13), 10**13, places=2)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
agencies = st.sampled_from([None, "a", "b"])
lines = st.builds(BudgetLine, amounts, st.none() | days, st.integers(0, 1), st.sampled_from([None, 2025, 2026]), agencies)


@given(
    st.builds(
        Books,
        st.lists(lines, max_size=6),
        st.lists(st.builds(Payment, amounts, days, agencies), max_size=6),
        st.lists(st.builds(Standing, amounts, days, agencies), max_size=6),
    )
)
def test_whatever_the_rows_the_figure_holds_together(books: Books) -> None:
    found = account(books).figure
    if found is None:
        return
    assert found.as_of <= TODAY
    assert len(found.actual.values) == len(found.planned.values) == 12
    ratio = found.absorption
    if ratio.value is not None:
        assert ratio.numerator is not None and ratio.denominator is not None and ratio.denominator >= 0
        assert ratio.value <= 300
