"""What gauges say of themselves: words, numbers and columns of siaga, and status columns that are none."""

from feeds.messages.environment import WaterLevel
from feeds.readers.river_tables import stated_level
from tests.collectors.test_river import one

AT = "2026-11-22T01:00:00Z"
COLUMNS = {"id": "pos", "at": "waktu", "level": "tma_cm"}


def test_siaga_columns_are_thresholds_and_siaga_words_are_states() -> None:
    gauge = one("pos;waktu;tma (cm);siaga1;siaga2;siaga3;siaga4\nA;22/11/2026 08:00;205;300;200;100;0\n")
    assert (gauge.thresholds_cm, gauge.state) == ((100, 200, 300), WaterLevel.ALERT)
    for word, state in (
        ("Siaga 3", WaterLevel.WATCH),
        ("SIAGA IV ", WaterLevel.NORMAL),
        ("AWAS", WaterLevel.DANGER),
        ("Status: Siaga II", WaterLevel.ALERT),
    ):
        assert stated_level(word, column="status_siaga") is state
        assert one(f"pos;waktu;tma (cm);status\nA;22/11/2026 08:00;205;{word}\n").state is state
    for word, state in (
        ("Siaga 4 (Normal)", WaterLevel.NORMAL),
        ("SIAGA_III", WaterLevel.WATCH),
        (1, WaterLevel.DANGER),
        ("aktif", None),
        ("", None),
    ):
        assert stated_level(word, column="status_siaga") is state
    assert one("pos;waktu;tma (cm);siaga\nA;22/11/2026 08:00;205;3\n").state is WaterLevel.WATCH
    for word in ("1", "I", "3", 1):
        assert one([{"pos": "A", "waktu": AT, "tma_cm": 205, "status": word}]).state is WaterLevel.UNKNOWN, "a sensor that works"
        for column in ("status_siaga", "Siaga", "Alert Level", "level siaga"):
            fields = {"state": column} if column == "level siaga" else {}
            found = one([{"pos": "A", "waktu": AT, "tma_cm": 205, column: word}], fields=fields and {**COLUMNS, **fields})
            assert found.state is (WaterLevel.WATCH if word == "3" else WaterLevel.DANGER)
    wrong = one("pos;waktu;tma (cm);waspada;siaga;awas\nA;22/11/2026 08:00;205;300;200;100\n", watch_cm=50, alert_cm=150)
    assert (wrong.thresholds_cm, wrong.state) == ((50, 150, None), WaterLevel.ALERT), "what does not rise is nobody's"
