"""Numbers, money, ages and times as the room reads them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.kit.numerals import MINUS, MISSING, Numerals

ID = Numerals("id", "Asia/Jakarta")
EN = Numerals("en", "Asia/Jakarta")
MOMENT = datetime(2026, 11, 22, 23, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (0, 0, "0"),
        (9999, 0, "9999"),
        (10_000, 0, "10.000"),
        (99_999, 0, "99.999"),
        (-12.4, 1, "\u221212,4"),
        (-0.04, 1, "0,0"),
        (9999.96, 1, "10.000,0"),
    ],
)
def test_number(value: float, decimals: int, written: str) -> None:
    assert ID.number(value, decimals) == written


def test_number_in_english_and_with_sign() -> None:
    assert EN.number(12_345.6, 1) == "12,345.6"
    assert ID.number(3, 1, sign=True) == "+3,0"
    assert ID.number(0, sign=True) == "0"


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (3_940_000_000_000, "Rp 3,94 T"),
        (45_600_000_000, "Rp 45,6 M"),
        (7_800_000, "Rp 7,8 jt"),
        (950_000, "Rp 950 rb"),
        (999, "Rp 999"),
        (0, "Rp 0"),
        (999_999_999, "Rp 1 M"),
        (-7_800_000, "\u2212Rp 7,8 jt"),
        (1_234_000_000_000_000, "Rp 1234 T"),
    ],
)
def test_rupiah(amount: int, written: str) -> None:
    assert ID.rupiah(amount) == written


@pytest.mark.parametrize(
    ("seconds", "written", "short"),
    [
        (-5, "0 dtk", "0 dtk"),
        (59.9, "59 dtk", "59 dtk"),
        (60, "1 mnt", "1 mnt"),
        (9660, "2 j 41 mnt", "2 j"),
        (7200, "2 j", "2 j"),
        (86_399, "23 j 59 mnt", "23 j"),
        (86_400, "1 hr", "1 hr"),
        (99 * 86_400, "99 hr", "99 hr"),
        (100 * 86_400, "3 bln", "3 bln"),
        (1077 * 86_400, "2 th 11 bln", "2 th"),
        (731 * 86_400, "2 th", "2 th"),
    ],
)
def test_age(seconds: float, written: str, short: str) -> None:
    assert ID.age(seconds) == written
    assert ID.short_age(seconds) == short


def test_what_is_beyond_any_share_is_told_as_such() -> None:
    assert ID.bounded(8254.04, 1) == "8254,0"
    assert ID.bounded(1e308, 1, sign=True) == ">99.999"
    assert EN.bounded(-1e6, 1) == f"<{MINUS}99,999"
    assert ID.percent(1e9) == ">99.999\u202f%"


def test_fine_age() -> None:
    assert ID.fine_age(0.2) == "0,2 dtk"
    assert ID.fine_age(9.949) == "9,9 dtk"
    assert ID.fine_age(9.95) == "9 dtk"
    assert EN.fine_age(0.2) == "0.2 s"


def test_times_are_the_citys() -> None:
    assert ID.clock(MOMENT) == "06.05.09"
    assert EN.clock(MOMENT) == "06:05:09"
    assert ID.minute(MOMENT) == "06.05"
    assert ID.long_day(MOMENT) == "Senin, 23 November 2026"
    assert EN.long_day(MOMENT) == "Monday, 23 November 2026"
    assert ID.day(MOMENT) == "23 Nov"
    assert ID.day(date(2026, 8, 17)) == "17 Agu"
    assert ID.dated(MOMENT, MOMENT + timedelta(days=38)) == "23 Nov"
    assert ID.dated(MOMENT, MOMENT + timedelta(days=39)) == "23 Nov 2026"
    assert ID.when(MOMENT, MOMENT) == "06.05"
    assert EN.when(MOMENT, MOMENT + timedelta(days=1)) == "23 Nov 06:05"
    assert EN.when(MOMENT, MOMENT + timedelta(days=400)) == "23 Nov 2026 06:05"


def test_nothing_is_a_dash() -> None:
    assert {
        ID.number(None),
        ID.percent(None),
        ID.rupiah(None),
        ID.age(None),
        ID.short_age(None),
        ID.clock(None),
        ID.minute(None),
        ID.day(None),
    } == {MISSING}


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=10**15))
def test_rupiah_keeps_three_figures(amount: int) -> None:
    """What is read back differs by at most half a unit of the third figure."""
    units = {"T": 10**12, "M": 10**9, "jt": 10**6, "rb": 10**3}
    _, figure, *suffix = ID.rupiah(amount).split()
    read = float(figure.replace(",", ".")) * (units[suffix[0]] if suffix else 1)
    assert abs(read - amount) <= max(0.5, 0.0051 * amount)
