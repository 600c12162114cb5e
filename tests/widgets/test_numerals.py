"""Numbers, money, ages and times as the room reads them."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.kit.numerals import MINUS, MISSING, Numerals

ID = Numerals("id", "Asia/Jakarta")
EN = Numerals("en", "Asia/Jakarta")
MOMENT = datetime(2026, 11, 22, 23, 5, 9, tzinfo=UTC)


VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "numerals.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["number"], ids=lambda vector: f"{vector['language']} {vector['text']}")
def test_number(vector: dict[str, Any]) -> None:
    """The table that the pages' twin is held to as well (tests/web/numerals.test.ts)."""
    text = Numerals(vector["language"], "Asia/Jakarta")
    assert text.number(vector["value"], vector.get("decimals", 0), sign=vector.get("sign", False)) == vector["text"]


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
        (1_234_000_000_000_000, "Rp 1.234 T"),
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
    assert ID.bounded(8254.04, 1) == "8.254,0"
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
    read = float(figure.replace(".", "").replace(",", ".")) * (units[suffix[0]] if suffix else 1)
    assert abs(read - amount) <= max(0.5, 0.0051 * amount)
