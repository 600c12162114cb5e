"""Numbers, money, ages and times as the room reads them."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.kit.numerals import MISSING, Numerals

ID = Numerals("id", "Asia/Jakarta")


VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "numerals.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["number"], ids=lambda vector: f"{vector['language']} {vector['text']}")
def test_number(vector: dict[str, Any]) -> None:
    """The table that the pages' twin is held to as well (tests/web/numerals.test.ts)."""
    text = Numerals(vector["language"], "Asia/Jakarta")
    assert text.number(vector["value"], vector.get("decimals", 0), sign=vector.get("sign", False)) == vector["text"]


def _vectors(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", VECTORS[name], ids=lambda vector: " ".join(str(part) for part in vector.values()))


def _text(vector: dict[str, Any]) -> Numerals:
    return Numerals(vector["language"], vector.get("zone", "Asia/Jakarta"))


@_vectors("bounded")
def test_what_is_beyond_any_share_is_told_as_such(vector: dict[str, Any]) -> None:
    assert _text(vector).bounded(vector["value"], vector.get("decimals", 0), sign=vector.get("sign", False)) == vector["text"]


@_vectors("percent")
def test_percent(vector: dict[str, Any]) -> None:
    assert _text(vector).percent(vector["value"], vector.get("decimals", 1)) == vector["text"]


@_vectors("rupiah")
def test_rupiah(vector: dict[str, Any]) -> None:
    assert _text(vector).rupiah(vector["value"]) == vector["text"]


@_vectors("age")
def test_age(vector: dict[str, Any]) -> None:
    assert _text(vector).age(vector["value"]) == vector["text"]
    assert _text(vector).short_age(vector["value"]) == vector["short"]


@_vectors("fine_age")
def test_fine_age(vector: dict[str, Any]) -> None:
    assert _text(vector).fine_age(vector["value"]) == vector["text"]


@_vectors("moment")
def test_times_are_the_citys(vector: dict[str, Any]) -> None:
    at, text = datetime.fromisoformat(vector["at"]), _text(vector)
    told = {"clock": text.clock(at), "minute": text.minute(at), "day": text.day(at), "long_day": text.long_day(at)}
    assert told == {name: vector[name] for name in told}


@_vectors("when")
def test_the_day_stands_before_the_time_where_it_is_another(vector: dict[str, Any]) -> None:
    at, now = datetime.fromisoformat(vector["at"]), datetime.fromisoformat(vector["now"])
    assert (_text(vector).dated(at, now), _text(vector).when(at, now)) == (vector["dated"], vector["text"])


@_vectors("date")
def test_a_day_alone_is_that_day_everywhere(vector: dict[str, Any]) -> None:
    assert _text(vector).dated(date.fromisoformat(vector["day"]), datetime.fromisoformat(vector["now"])) == vector["text"]


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
