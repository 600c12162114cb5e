"""Lingkungan: which value is shown first, what it is called, how old it says it is, and that nothing unbelieved is a figure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from pytestqt.qtbot import QtBot

from feeds.messages.environment import AIR, FORECAST, RIVER, AirCategory, Fault, WaterLevel
from feeds.messages.freshness import Freshness
from feeds.messages.header import Position, Quality
from tests.widgets import samples_surroundings as samples
from tests.widgets.staging import NOW, OneSlot, at, grab
from widgets.frame import PanelFrame
from widgets.kit.conditions import Condition
from widgets.kit.sky import sky_icon, sky_words, step_at, weight
from widgets.kit.surroundings import Speech, air, rivers, weather
from widgets.panel import FrameStatus
from widgets.panels import lingkungan

Stage = Callable[..., PanelFrame]


@pytest.fixture
def staged(qtbot: QtBot) -> Stage:
    def build(slot: OneSlot, width: float, height: float, **options: Any) -> PanelFrame:
        frame = slot.frame(lingkungan.PANEL, width, height, **options)
        qtbot.addWidget(frame)
        return frame

    return build


@pytest.fixture
def slot(qapp: object) -> OneSlot:
    return OneSlot()


def speech(slot: OneSlot) -> Speech:
    return Speech(tr=slot.tr, text=slot.text, language=slot.language, city=slot.city, now=slot.clock)


def latest(slot: OneSlot) -> Callable[..., Any]:
    return lambda topic: slot.latest.get(topic.name, {})


def test_the_most_urgent_gauge_stands_first_and_a_fault_before_what_is_calm(slot: OneSlot) -> None:
    slot.publish(
        RIVER,
        ("calm", samples.gauge("calm", name="Tenang", state=WaterLevel.NORMAL, level_cm=190.0)),
        ("fault", samples.gauge("fault", name="Rusak", fault=Fault.FLAT)),
        ("watch", samples.gauge("watch", name="Waspada")),
        ("danger", samples.gauge("danger", name="Awas", state=WaterLevel.DANGER, level_cm=320.0)),
        ("alert", samples.gauge("alert", name="Siaga", state=WaterLevel.ALERT, level_cm=260.0)),
        ("old", samples.gauge("old", name="Lama", state=WaterLevel.NORMAL, at=NOW - timedelta(hours=9))),
    )
    assert [reading.name for reading in rivers(latest(slot), speech(slot))] == ["Awas", "Siaga", "Waspada", "Rusak", "Tenang", "Lama"]


def test_a_dead_alarm_never_hides_a_live_one(slot: OneSlot) -> None:
    ago = NOW - timedelta(hours=9)
    slot.publish(
        RIVER,
        ("dead", samples.gauge("dead", name="Awas lama", state=WaterLevel.DANGER, level_cm=320.0, at=ago)),
        ("dead2", samples.gauge("dead2", name="Waspada lama", at=ago)),
        ("dead3", samples.gauge("dead3", name="Rusak lama", fault=Fault.FLAT, at=ago)),
        ("watch", samples.gauge("watch", name="Waspada")),
        ("fault", samples.gauge("fault", name="Rusak", fault=Fault.FLAT)),
        ("calm", samples.gauge("calm", name="Tenang", state=WaterLevel.NORMAL, level_cm=190.0)),
    )
    names = [reading.name for reading in rivers(latest(slot), speech(slot))]
    assert names == ["Waspada", "Awas lama", "Waspada lama", "Rusak", "Rusak lama", "Tenang"]


@pytest.mark.parametrize(
    ("level", "thresholds", "words"),
    [
        (212.0, (200.0, 250.0, 300.0), "38 cm ke siaga"),
        (150.0, (200.0, 250.0, 300.0), "50 cm ke waspada"),
        (312.0, (200.0, 250.0, 300.0), "12 cm di atas awas"),
        (150.0, (None, None, 300.0), "150 cm ke awas"),
        (310.0, (None, 300.0, None), "10 cm di atas siaga"),
    ],
)
def test_how_far_to_the_next_threshold(slot: OneSlot, level: float, thresholds: tuple[float | None, ...], words: str) -> None:
    slot.publish(RIVER, ("a", samples.gauge("a", level_cm=level, thresholds_cm=thresholds)))
    assert rivers(latest(slot), speech(slot))[0].facts[0] == words


@pytest.mark.parametrize(("change", "words"), [(12.2, "naik 12 cm/j"), (-3.4, "turun 3 cm/j"), (0.2, "tetap"), (None, None)])
def test_the_trend_is_said_and_pointed_at(slot: OneSlot, change: float | None, words: str | None) -> None:
    slot.publish(RIVER, ("a", samples.gauge("a", change_cm_h=change)))
    reading = rivers(latest(slot), speech(slot))[0]
    assert words is None or words in reading.facts
    assert reading.change == (None if change is None else round(change))


@pytest.mark.parametrize("fault", Fault)
def test_a_value_nobody_believes_is_no_figure_and_never_calm(slot: OneSlot, fault: Fault) -> None:
    slot.publish(RIVER, ("a", samples.gauge("a", state=WaterLevel.NORMAL, fault=fault)))
    slot.publish(AIR, ("p", samples.station("p", index=None, category=None, fault=fault)))
    for reading in (*rivers(latest(slot), speech(slot)), *air(latest(slot), speech(slot))):
        assert (reading.value, reading.condition) == ("—", Condition.FAULT)
        assert reading.word in ("sensor diam", "nilai mustahil")
        assert reading.word != "normal"
    assert "menunjuk 212 cm" in rivers(latest(slot), speech(slot))[0].facts


@pytest.mark.parametrize(
    ("age", "freshness", "words"),
    [
        (timedelta(minutes=10), Freshness.LIVE, "14.22"),
        (timedelta(minutes=45), Freshness.LATE, "telat 45 mnt"),
        (timedelta(hours=3), Freshness.STALE, "usang 3 j"),
        (timedelta(hours=-2), Freshness.STALE, "jam sumber salah"),
    ],
)
def test_each_value_says_its_own_age(slot: OneSlot, age: timedelta, freshness: Freshness, words: str) -> None:
    slot.publish(RIVER, ("a", samples.gauge("a", at=NOW - age)))
    reading = rivers(latest(slot), speech(slot))[0]
    assert (reading.freshness, reading.when) == (freshness, words)


def test_an_old_value_is_grey_beside_a_live_one(slot: OneSlot, staged: Stage) -> None:
    """The chip says LIVE 2 dari 3; the dead value itself has no colour left."""
    slot.publish(RIVER, ("a", samples.gauge("a", state=WaterLevel.DANGER, at=NOW - timedelta(days=2))))
    slot.publish(AIR, ("p", samples.station("p", index=180, category=AirCategory.UNHEALTHY)))
    frame = staged(slot, 1856, 396)
    frame.set_status(FrameStatus(freshness=Freshness.LIVE, fresh_of=(1, 2)))
    texts = " ".join(text for text, _, _ in slot.record(frame).texts)
    assert "usang 2 hr" in texts
    assert "LIVE 1 dari 2" in texts
    picture = grab(frame)
    shades = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 2) for y in range(0, picture.height(), 2)}
    assert slot.theme.palette.yellow.lower() in shades
    assert slot.theme.palette.red.lower() not in shades


def test_air_by_its_class_and_what_the_station_says_itself(slot: OneSlot) -> None:
    slot.publish(
        AIR,
        ("a", samples.station("a", name="Bersih", index=31, category=AirCategory.GOOD)),
        ("b", samples.station("b", name="Buruk", index=214, category=AirCategory.VERY_UNHEALTHY, stated_index=180, dominant="PM2.5")),
        ("c", samples.station("c", name="Sedang", index=72, dominant="o3")),
    )
    worst, fair, clean = air(latest(slot), speech(slot))
    assert (worst.name, worst.word, worst.condition) == ("Buruk", "sangat tidak sehat", Condition.CRITICAL)
    assert worst.facts == ("PM2,5", "stasiun menyebut 180")
    assert (fair.word, fair.condition, fair.facts) == ("sedang", Condition.FAIR_AIR, ("O₃",))
    assert clean.condition is Condition.CLEAN_AIR


def test_an_index_of_less_than_a_day_is_called_an_estimate(slot: OneSlot) -> None:
    (message,) = slot.publish(AIR, ("a", samples.station("a")))
    for quality, word in ((Quality.MEASURED, "sedang"), (Quality.ESTIMATED, "perkiraan sedang")):
        slot.latest[AIR.name]["a"] = structs.replace(message, quality=quality)
        assert [reading.word for reading in air(latest(slot), speech(slot))] == [word]


def test_the_forecast_of_now_and_of_six_and_twelve_hours(slot: OneSlot) -> None:
    samples.publish_surroundings(slot)
    now, ahead, more = weather(latest(slot), speech(slot), None, Freshness.LIVE)
    assert now is not None
    assert (now.value, now.word, now.name, now.credit, now.when) == ("31°", "Cerah berawan", "Tangerang", "BMKG", "terbit 07.00")
    assert [(step.clock, step.words, step.temperature) for step in ahead] == [("20.00", "Hujan ringan", "27°"), ("02.00", "Berawan", "25°")]
    assert [step.clock for step in more] == ["17.00", "20.00", "23.00", "02.00", "08.00", "14.00"]
    assert now.aside == "Hujan petir 18.00: Periuk"


def test_the_forecast_is_of_the_wanted_place_or_of_the_middle_of_the_city(slot: OneSlot) -> None:
    far, near = Position(106.55, -6.26), Position(106.66, -6.17)
    step = samples.sky_step(0, "1", 30.0)
    slot.publish(
        FORECAST,
        ("a", samples.forecast("a", "Benda", step, position=far)),
        ("b", samples.forecast("b", "Pinang", step, position=near)),
        ("c", samples.forecast("c", "Ciledug", step, position=None)),
    )
    names = [weather(latest(slot), speech(slot), wanted, Freshness.LIVE)[0] for wanted in (None, "c", "36.71.04")]
    assert [reading.name for reading in names if reading is not None] == ["Pinang", "Ciledug", "Benda"]


def test_a_forecast_that_has_run_out_tells_no_weather(slot: OneSlot) -> None:
    slot.publish(FORECAST, ("a", samples.forecast("a", "Benda", samples.sky_step(-9, "1", 31.0), samples.sky_step(-6, "1", 30.0))))
    now, ahead, _ = weather(latest(slot), speech(slot), None, Freshness.LIVE)
    assert now is not None
    assert (now.value, now.word, ahead) == ("—", "prakiraan habis", [])
    assert now.is_old


def test_the_weather_is_as_old_as_its_source(slot: OneSlot) -> None:
    samples.publish_surroundings(slot)
    for told, issued, expected in (
        (Freshness.STALE, at("7.00"), Freshness.STALE),
        (Freshness.LIVE, NOW - timedelta(days=2), Freshness.LATE),
        (Freshness.WAITING, at("7.00"), Freshness.LIVE),
    ):
        slot.publish(FORECAST, ("f1", samples.forecast("f1", "Tangerang", samples.sky_step(0, "1", 31.0), issued_at=issued)))
        reading = weather(latest(slot), speech(slot), None, told)[0]
        assert reading is not None
        assert reading.freshness is expected


def test_the_sky_has_the_sources_words_in_the_walls_language_else_those_of_its_code() -> None:
    step = samples.sky_step(0, "61", 27.0, text={"id": "Hujan Sedang", "en": "Moderate Rain"})
    assert (sky_words(step, "id", str), sky_words(step, "en", str)) == ("Hujan sedang", "Moderate rain")
    assert sky_words(samples.sky_step(0, "95", 27.0), "id", str) == "Hujan petir"
    assert sky_words(samples.sky_step(0, "?", 27.0, text={"de": "Regen"}), "id", str) == "Regen"
    assert (sky_icon(samples.sky_step(0, "0", 27.0)), sky_icon(samples.sky_step(0, "?", 27.0, rain_mm=3.0))) == ("sun", "rain")
    assert [weight(samples.sky_step(0, code, 27.0)) for code in ("3", "60", "61", "63", "97")] == [0, 1, 2, 3, 4]


def test_a_step_holds_until_the_next_and_the_last_as_long_as_the_one_before() -> None:
    first, second = samples.sky_step(0, "1", 30.0), samples.sky_step(3, "3", 29.0)
    body = samples.forecast("f", "Benda", second, first)
    assert step_at(body, at("12.59")) is None
    assert step_at(body, at("15.59")) is first
    assert step_at(body, at("18.59")) is second
    assert step_at(body, at("19.00")) is None
    assert step_at(samples.forecast("f", "Benda"), NOW) is None


@pytest.mark.parametrize("size", [(1856, 108), (1856, 396), (1200, 396), (900, 108), (900, 500), (616, 836), (632, 120)])
def test_credit_and_time_stand_wherever_the_value_does(slot: OneSlot, staged: Stage, size: tuple[int, int]) -> None:
    """BMKG's name is a condition of its use; a level without its time says nothing. A low strip has them in turn."""
    samples.publish_surroundings(slot)
    frame = staged(slot, *size)
    turn = next(call for ms, call in slot.ticks if ms == lingkungan.PAGE_MS)
    faces: list[list[str]] = []
    for _ in range(12):
        faces.append(slot.texts_of_panel(frame))
        turn()
    for number, face in enumerate(faces[:6]):
        texts = face if size[1] >= 132 else [text for one in faces[number : number + 6] for text in one]
        spoken = " ".join(texts)
        assert "BMKG" in spoken or "31°" not in texts, texts
        assert "BBWS" in spoken or not any(text.startswith("212") for text in texts), texts
        assert "DLH" in spoken or "72" not in texts, texts


def test_a_narrow_strip_turns_through_the_three_the_most_urgent_first(slot: OneSlot, staged: Stage) -> None:
    samples.publish_surroundings(slot)
    frame = staged(slot, 640, 108)
    turn = next(call for ms, call in slot.ticks if ms == lingkungan.PAGE_MS)
    seen: list[str] = []
    for _ in range(3):
        seen.append(slot.texts_of_panel(frame)[0])
        turn()
    assert seen == ["212 cm", "31°", "72"]


def test_a_strip_says_in_turn_what_had_no_room(slot: OneSlot, staged: Stage) -> None:
    """First who and when, then how it goes on; what is old says so on both faces."""
    samples.publish_surroundings(slot)
    slot.publish(RIVER, ("a", samples.gauge("a", at=NOW - timedelta(minutes=50))))
    frame = staged(slot, 1856, 108)
    first = " ".join(slot.texts_of_panel(frame))
    next(call for ms, call in slot.ticks if ms == lingkungan.PAGE_MS)()
    second = " ".join(slot.texts_of_panel(frame))
    assert "terbit 07.00" in first
    assert "· BMKG" in second and "Hujan petir 18.00" in second
    assert "telat 50 mnt" in first
    assert "telat 50 mnt" in second


def test_a_strip_whose_credits_are_long_keeps_who_and_when(slot: OneSlot, staged: Stage) -> None:
    """Of what and when, then when and who says so; a credit is never dropped from both."""
    slot.publish(RIVER, ("a", samples.gauge("a", attribution="Balai Besar Wilayah Sungai Ciliwung Cisadane")))
    slot.publish(AIR, ("p", samples.station("p", attribution="Dinas Lingkungan Hidup Provinsi Banten")))
    frame = staged(slot, 1200, 108)
    first = slot.texts_of_panel(frame)
    next(call for ms, call in slot.ticks if ms == lingkungan.PAGE_MS)()
    second = slot.texts_of_panel(frame)
    assert "Pintu air Periuk · 14.30" in first
    assert any(text.startswith("14.30 · Balai Besar Wilayah Sungai") for text in second)
    assert any("Dinas Lingkungan Hidup" in text for text in second)


def test_a_strip_cuts_no_name_and_says_of_what_scale_a_figure_is(slot: OneSlot, staged: Stage) -> None:
    samples.publish_surroundings(slot)
    frame = staged(slot, 1856, 108)
    texts = slot.texts_of_panel(frame)
    assert {"Tangerang · terbit 07.00", "Pintu air Periuk · 14.30", "Puspemkot · 14.00"} <= set(texts)
    assert texts[texts.index("72") + 1] == "ISPU"


def test_values_grow_old_without_a_message_and_are_painted_only_then(slot: OneSlot, staged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slot.publish(RIVER, ("a", samples.gauge("a")))
    frame = staged(slot, 1856, 396)
    asked: list[int] = []
    monkeypatch.setattr(frame.panel, "update", lambda *_: asked.append(1))
    collect = next(call for ms, call in slot.ticks if ms == 1000)
    for _ in range(30):
        slot.clock += timedelta(seconds=1)
        collect()
    assert asked == []
    slot.clock += timedelta(minutes=40)
    collect()
    assert asked == [1]


def test_nothing_is_said_calmly(slot: OneSlot, staged: Stage) -> None:
    assert slot.texts_of_panel(staged(slot, 1856, 108)) == ["Belum ada data lingkungan"]
    assert slot.texts_of_panel(staged(slot, 900, 396)) == ["Belum ada data lingkungan"]
