"""ISPU is an index of 24-hour means: what is whole, what is an estimate; the capital's own tables; sensors that stand indoors."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeds.collectors.air import read
from feeds.messages.environment import AirStation
from feeds.messages.header import Quality
from feeds.readers.air_means import daily_mean, is_of_a_day
from feeds.runtime.collector import CollectorContext, Document
from tests.collectors.test_air import AT, NOW, ctx, one, seen


def told(body: str, made: CollectorContext[Any] | None = None) -> tuple[AirStation, Quality]:
    (record,) = read(made or ctx(), [Document("udara.csv", body.encode())])
    return record.body, record.quality


def table(*values: float, hours: float = 1.0, head: str = "pm25", more: str = "") -> str:
    last = len(values) - 1
    rows = [f"A,{(NOW - timedelta(hours=hours * (last - i))).isoformat()},{value}{more}" for i, value in enumerate(values)]
    return "\n".join([f"stasiun,waktu,{head}", *rows])


def test_the_index_is_of_the_mean_of_a_day() -> None:
    station, quality = told(table(*[10.0 + i % 2 for i in range(23)], 150.0))
    assert (station.index, quality) == (51, Quality.MEASURED), "one bad hour is no bad day"
    assert station.concentrations == {"pm25": 150.0}, "shown as it was said"
    station, quality = told(table(500.0, *[10.0 + i % 2 for i in range(24)]))
    assert (station.index, quality) == (34, Quality.MEASURED), "what is older than a day does not count"
    assert told(table(*[10.0 + i for i in range(18)]))[1] is Quality.MEASURED
    assert told(table(*[10.0 + i for i in range(17)]))[1] is Quality.ESTIMATED
    assert told(table(*[10.0 + i for i in range(60)], hours=0.25))[1] is Quality.ESTIMATED, "many values of few hours"
    station, quality = told(table(38.4))
    assert (station.index, quality) == (79, Quality.ESTIMATED)


def test_rounds_add_up_to_a_day_and_what_cannot_be_does_not_count() -> None:
    made = ctx()
    qualities: list[Quality] = []
    for i in range(24):
        at = NOW - timedelta(hours=23 - i)
        value = -9.0 if i == 5 else 20.0 + i % 2
        station, quality = told(f"stasiun,waktu,pm25\nA,{at.isoformat()},{value}\n", made)
        qualities.append(quality)
        assert (station.index is None) is (i == 5)
    assert qualities[:5] == [Quality.ESTIMATED] * 5 and qualities[-5:] == [Quality.MEASURED] * 5
    assert any("marked as estimated" in remark for remark in made.remarks)


def test_a_pollutant_whose_day_is_whole_counts_though_the_newest_hour_lacks_it() -> None:
    rows = [f"A,{(NOW - timedelta(hours=20 - i)).isoformat()},{50 + i if i < 20 else ''},{20 + i}" for i in range(21)]
    station, quality = told("\n".join(["stasiun,waktu,pm25,pm10", *rows]))
    assert (station.dominant, quality) == ("pm25", Quality.MEASURED)


@pytest.mark.parametrize("said", ["24 jam", "24h", "24 hours", "1 day", "P1D", "harian", "24:00:00", "24-hour"])
def test_a_document_that_says_its_period_is_a_day_is_whole(said: str) -> None:
    assert is_of_a_day(said)
    assert told(table(38.4, head="pm25,periode", more=f",{said}"))[1] is Quality.MEASURED


def test_openaq_says_its_period() -> None:
    for period, is_whole in (("24:00:00", True), ("01:00:00", False)):
        v3 = {"value": 42, "parameter": {"name": "pm25", "units": "µg/m³"}, "period": {"interval": period, "datetimeTo": {"utc": AT}}}
        v1 = {"location": "A", "parameter": "pm25", "value": 42, "unit": "µg/m³", "date": {"utc": AT},
              "averagingPeriod": {"value": int(period[:2]), "unit": "hours"}}  # fmt: skip
        for record in (v3, v1):
            made = ctx()
            assert seen({"results": [record]}, made=made)[0][0].index == 83
            assert any("estimated" in remark for remark in made.remarks) is not is_whole
    for other in (None, "", "1 jam", "2026-11", "24", "8 h", "240 h", "11 days"):
        assert not is_of_a_day(other)
    assert daily_mean([], NOW) == (0.0, 0)


JAKARTA = ("periode_data,tanggal,stasiun,pm_sepuluh,pm_duakomalima,sulfur_dioksida,karbon_monoksida,ozon,nitrogen_dioksida,max,"
           "parameter_pencemar_kritis,kategori\n")  # fmt: skip


@pytest.mark.parametrize(("day", "critical", "dominant"), [("2026-11-21", "PM25", "pm25"), ("21", "O3", "o3"), ("21/11/2026", "", "pm25")])
def test_the_capitals_official_table_is_read(day: str, critical: str, dominant: str) -> None:
    station, quality = told(f"{JAKARTA}202611,{day},DKI1 (Bunderan HI),63,88,41,12,31,25,88,{critical},SEDANG\n")
    assert (station.id, station.at) == ("DKI1 (Bunderan HI)", datetime(2026, 11, 20, 17, tzinfo=UTC))
    assert (station.index, station.dominant, quality) == (88, dominant, Quality.MEASURED)


def test_the_capitals_words_for_dust_are_known_in_tables_of_concentrations() -> None:
    assert one(f"stasiun,waktu,pm_sepuluh,pm_duakomalima\nA,{AT},61,38.4\n").concentrations == {"pm10": 61.0, "pm25": 38.4}


def test_a_sensor_indoors_is_not_of_the_city() -> None:
    def sensor(key: int, indoor: object) -> dict[str, Any]:
        return {"id": key, "timestamp": "2026-11-22 01:00:00", "sensordatavalues": [{"value_type": "P2", "value": "12.1"}],
                "location": {"id": key, "latitude": "-6.18", "longitude": "106.64", "indoor": indoor}}  # fmt: skip

    found, made = seen([sensor(1, 0), sensor(2, 1), sensor(2, 1), sensor(3, "1")])
    assert ([station.id for station in found], made.outside, made.refusals) == (["1"], 2, [])
    found, made = seen([sensor(2, 1)])
    assert (found, made.outside, made.refusals) == ([], 1, [])
