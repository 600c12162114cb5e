"""Numbers, units and times as people and loggers write them."""

from datetime import UTC, datetime

import pytest

from feeds.readers.cells import CellError, is_month_first, moment, number, quantity, zone_of
from feeds.readers.river_tables import factor_of

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
