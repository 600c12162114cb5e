"""Numbers, units and times as people and loggers write them."""

from datetime import UTC, datetime

import pytest

from feeds.readers.cells import CellError, decimal_mark, is_month_first, moment, number, quantity, zone_of
from feeds.readers.river_tables import factor_of
from tests.collectors.test_river import seen

AT = "2026-11-22T01:00:00Z"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def test_units_dates_and_numbers_as_people_write_them() -> None:
    assert [factor_of(unit)[0] for unit in ("cm", "M", "meter", "mm", "ft", "mAOD", "m. ü. NHN".replace(". ü. NHN", "+NHN"))] == [
        1,
        100,
        100,
        0.1,
        30.48,
        100,
        100,
    ]
    assert [number(text) for text in ("1,5", "1.234,5", "1,234.5", "-0,5", "−7", "1 234,5", ".5", "1e2")] == [
        1.5,
        1234.5,
        1234.5,
        -0.5,
        -7,
        1234.5,
        0.5,
        100,
    ]
    assert quantity("1,35 m") == (1.35, "m")
    for bad in ("", "abc", "<2", "10:30", "1e999", True, None, [], float("nan"), float("inf"), 10**400):
        with pytest.raises(CellError):
            number(bad)
    zone = zone_of("Asia/Jakarta")
    for text in ("2026-11-22T08:00:00+07:00", "2026-11-22 08:00", "22/11/2026 08.00", "22-11-26 08:00:00", "22 Nov 2026 08:00 WIB", "11/22/2026 8:00 AM",
                 "Minggu, 22 November 2026 pukul 08.00", "20261122080000", "202611220800", 1795309200, "1795309200000", "Sun, 22 Nov 2026 01:00:00 GMT"):  # fmt: skip
        month_first = isinstance(text, str) and is_month_first(text)
        assert moment(text, zone, now=NOW, month_first=month_first) == datetime(2026, 11, 22, 1, 0, tzinfo=UTC), text


@pytest.mark.parametrize(
    ("cells", "mark", "is_needed"),
    [
        (["1.250", "0,5"], ",", True),
        (["1.250", "12.5"], ".", True),
        (["1.250", "980"], ",", True),
        (["1,250", "980", "7"], ".", True),
        (["1.250", "7", "12"], "", True),
        (["118.375", "120"], "", True),
        (["12.345", "120"], "", True),
        (["1.250", None, 3.5, "x"], "", True),
        (["0.950", "1.250"], ".", True),
        (["1.234.567"], ",", False),
        (["1.234,5 m", "−1,250 m"], ",", True),
        (["980", "7"], "", False),
    ],
)
def test_a_columns_other_numbers_say_what_a_point_means(cells: list[object], mark: str, is_needed: bool) -> None:
    assert decimal_mark(cells) == (mark, is_needed)


def test_a_known_mark_decides_only_what_can_be_read_in_two_ways() -> None:
    assert [number(text, ",") for text in ("1.250", "1,250", "1.5", "0.950", "-1.250")] == [1250, 1.25, 1.5, 0.95, -1250]
    assert [number(text, ".") for text in ("1.250", "1,250", "1,5")] == [1.25, 1250, 1.5]


def test_levels_of_thousands_are_read_by_their_column_or_said_to_be_unclear() -> None:
    head = "pos;waktu;tma (cm);siaga3;siaga2;siaga1\n"
    found, made = seen(head + f"A;{AT};1.250;800;900;1.100\nB;{AT};980,5;;;\n")
    assert ([gauge.level_cm for gauge in found], found[0].thresholds_cm) == ([1250, 980.5], (800, 900, 1100))
    assert not any("two ways" in remark for remark in made.remarks)
    found, made = seen(head + f"A;{AT};1.250;;;\n")
    assert found[0].level_cm == 1.25
    assert any(remark.startswith("level: numbers like 1.250") for remark in made.remarks)


def test_levels_above_a_thousand_without_a_unit_ask_for_it() -> None:
    found, made = seen(f"pos,waktu,tma\nA,{AT},1150\nB,{AT},900\n")
    assert not found
    assert made.refusals[0].reason == "the document has levels above 1,000 without a unit: say in unit whether they are mm or cm"
    assert seen(f"pos,waktu,tma\nA,{AT},1150\nB,{AT},900\n", unit="mm")[0][0].level_cm == pytest.approx(115)
    assert seen(f"pos,waktu,tma_cm\nA,{AT},1150\n")[0][0].level_cm == 1150
    rows = "".join(f"P{i},{AT},{100 + i}\n" for i in range(30))
    found, made = seen(f"pos,waktu,tma\n{rows}X,{AT},1150\n")
    assert len(found) == 30, "one spike costs no other gauge"
    assert made.refusals[0].reason == "level is above 1,000 without a unit: say in unit whether it is mm or cm"
