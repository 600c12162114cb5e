"""Simulated indicators: computed with the rules of domain.md section 4, and near the picture of the wall on its day."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from feeds.city import load_city
from feeds.indicators.finance import light
from feeds.messages.city import City
from feeds.messages.indicator import Light
from feeds.sim.budget import BILLION, budgets, finance, payments
from feeds.sim.projects import is_critical, progress
from feeds.sim.tenders import procurement

DAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")


def test_finance_of_the_wall_picture(city: City) -> None:
    figure = finance(city, DAY, seed=1)
    assert figure.absorption.value == pytest.approx(71.4, abs=0.5)
    assert figure.target == pytest.approx(79.2, abs=0.2)
    assert figure.absorption.denominator == sum(row.pagu for row in budgets(city))
    assert figure.absorption.denominator == pytest.approx(5_520 * BILLION, rel=0.01)
    assert figure.absorption.numerator == sum(order.amount for order in payments(budgets(city), 2026, figure.as_of, seed=1))
    assert figure.light == Light.YELLOW
    assert figure.agencies[0].agency == "dpupr"
    assert figure.agencies[0].light == Light.RED
    assert figure.actual.values[10] is not None
    assert figure.actual.values[11] is None


def test_progress_shows_the_hole_and_the_critical_contracts(city: City) -> None:
    figure = progress(city, DAY, seed=1)
    assert (figure.week, figure.contracts) == (46, 42)
    assert figure.progress.value == pytest.approx(58.2, abs=0.5)
    assert figure.planned_value == pytest.approx(67.9, abs=0.2)
    assert [one.deviation for one in figure.critical] == [-14.2, -11.8, -6.1]
    holes = [index for index, value in enumerate(figure.actual.values[: figure.week]) if value is None]
    assert len(holes) == 5
    assert holes == list(range(holes[0], holes[0] + 5))
    assert all(value is not None for value in figure.planned.values)


def test_procurement_of_the_wall_picture() -> None:
    figure = procurement(datetime(2026, 11, 23, 14, 30, tzinfo=UTC), seed=1)
    counts = [stage.packages for stage in figure.stages]
    assert figure.announced.value == pytest.approx(96.8, abs=2.5)
    assert counts == sorted(counts, reverse=True)
    assert counts == pytest.approx([642, 588, 521, 463, 418, 397], rel=0.06)
    assert 8 <= figure.late_packages <= 30


def test_every_day_of_the_year_has_figures(city: City) -> None:
    for offset in range(0, 365, 13):
        day = date(2026, 1, 1) + timedelta(days=offset)
        money, work = finance(city, day, seed=1), progress(city, day, seed=1)
        assert money.absorption.value is not None
        assert money.target is not None
        assert money.deviation == pytest.approx(money.absorption.value - money.target, abs=0.01)
        assert money.light == light(money.deviation)
        assert len(work.actual.values) == 52
        assert work.actual.values[work.week - 1] == work.progress.value


@pytest.mark.parametrize(
    ("planned", "actual", "ends_after_year", "expected"),
    [
        (60, 50, False, False),
        (60, 49.99, False, True),
        (70, 64.99, False, True),
        (70, 65, False, False),
        (70, 65, True, True),
        (90, 90, True, False),
    ],
)
def test_the_rule_of_the_critical_contract(planned: float, actual: float, ends_after_year: bool, expected: bool) -> None:
    assert is_critical(planned, actual, ends_after_year=ends_after_year) is expected


def test_the_light_at_its_borders() -> None:
    assert [light(value) for value in (-5, -5.01, -10, -10.01, None)] == [Light.GREEN, Light.YELLOW, Light.YELLOW, Light.RED, Light.GREY]
