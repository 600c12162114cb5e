"""Rivers, air and weather as readings: one value with its mark, its words, its own time and who says so. Pure; draws nothing.

A value nobody believes is never a figure here: it becomes a dash, with what is wrong and what the sensor claims.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from feeds.messages.city import City
from feeds.messages.environment import AIR, FORECAST, RIVER, AirCategory, AirStation, Fault, Forecast, RiverGauge, WaterLevel
from feeds.messages.freshness import Freshness, by_age, worst
from feeds.messages.header import Message, Quality, Topic
from widgets.kit.conditions import OF_AIR, OF_WATER, Condition
from widgets.kit.numerals import MISSING, Numerals
from widgets.kit.sky import nearest, sky_icon, sky_words, step_at, worse_elsewhere

Latest = Callable[[Topic[Any]], Mapping[str, Message[Any]]]
Tr = Callable[[str], str]

AHEAD_H = (6, 12)
AHEAD_MORE_H = (3, 6, 9, 12, 18, 24)
_FORECAST_GOOD_S = 86_400.0
"""BMKG computes its forecast twice a day: a day old is late, three days stale."""

_FUTURE_S = 600.0
_URGENCY = {
    Condition.CRITICAL: 0,
    Condition.HAZARDOUS_AIR: 0,
    Condition.ALERT: 1,
    Condition.WATCH: 2,
    Condition.FAULT: 3,
    Condition.UNKNOWN: 4,
}
_CALM = 5
_AFTER_ALARMS = 2.5
"""Behind what is watched now, before what is merely unknown or broken."""
_OLDER = {Freshness.LIVE: 0.0, Freshness.LATE: 0.2}
_POLLUTANTS = {"pm25": "PM{fine}", "pm10": "PM10", "so2": "SO₂", "co": "CO", "o3": "O₃", "no2": "NO₂", "hc": "HC"}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """``facts``: the most important first. ``when`` (its time or its age) and ``credit`` must be shown wherever the value is.

    ``word``: what the value means. ``aside``: heavy weather to come in other places. ``change``: of the trend, for the arrow.
    """

    condition: Condition
    icon: str
    name: str
    value: str
    unit: str
    word: str
    facts: tuple[str, ...]
    when: str
    credit: str
    freshness: Freshness
    urgency: tuple[float, ...]
    change: float | None = None
    aside: str = ""

    @property
    def is_old(self) -> bool:
        return self.freshness in (Freshness.STALE, Freshness.OFFLINE)


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """One later step of the forecast: from when, what the sky is, how warm, how much rain."""

    clock: str
    icon: str
    words: str
    temperature: str
    rain: str


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever puts readings into words: language, numbers, the present and the city."""

    tr: Tr
    text: Numerals
    language: str
    city: City
    now: datetime

    def age_words(self, freshness: Freshness, at: datetime) -> str:
        """``14.30``, or how old: ``telat 45 mnt``, ``usang 3 j 5 mnt``."""
        age_s = (self.now - at).total_seconds()
        if age_s < -_FUTURE_S:
            return self.tr("jam sumber salah")
        if freshness is Freshness.LATE:
            return f"{self.tr('telat')} {self.text.age(age_s)}"
        if freshness is Freshness.STALE:
            return f"{self.tr('usang')} {self.text.age(age_s)}"
        return self.text.when(at, self.now)

    def freshness_at(self, at: datetime, stale_after_s: float) -> Freshness:
        """By the value's own time; one from the future says nothing about the present."""
        age_s = (self.now - at).total_seconds()
        return Freshness.STALE if age_s < -_FUTURE_S else by_age(age_s, stale_after_s)


def water_word(state: WaterLevel, tr: Tr) -> str:
    return {
        WaterLevel.NORMAL: tr("normal"),
        WaterLevel.WATCH: tr("waspada"),
        WaterLevel.ALERT: tr("siaga"),
        WaterLevel.DANGER: tr("awas"),
        WaterLevel.UNKNOWN: tr("tanpa ambang"),
    }[state]


def air_word(category: AirCategory | None, tr: Tr) -> str:
    """The five words of Permen LHK P.14/2020."""
    if category is None:
        return tr("tanpa indeks")
    return {
        AirCategory.GOOD: tr("baik"),
        AirCategory.MODERATE: tr("sedang"),
        AirCategory.UNHEALTHY: tr("tidak sehat"),
        AirCategory.VERY_UNHEALTHY: tr("sangat tidak sehat"),
        AirCategory.HAZARDOUS: tr("berbahaya"),
    }[category]


def fault_word(fault: Fault, tr: Tr) -> str:
    return {Fault.FLAT: tr("sensor diam"), Fault.IMPOSSIBLE: tr("nilai mustahil")}[fault]


def rivers(latest: Latest, speech: Speech) -> list[Reading]:
    """Every gauge, the most urgent first."""
    return _sorted([_river(body, speech) for body in _bodies(latest, RIVER)])


def air(latest: Latest, speech: Speech) -> list[Reading]:
    """Every station, the worst air first."""
    told = [(message.body, message.quality) for message in latest(AIR).values()]
    return _sorted([_air(body, speech, is_estimated=quality is Quality.ESTIMATED) for body, quality in told if body is not None])


def _bodies(latest: Latest, topic: Topic[Any]) -> list[Any]:
    return [message.body for message in latest(topic).values() if message.body is not None]


def _sorted(readings: list[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda reading: (*reading.urgency, reading.name))


def _urgency(condition: Condition, freshness: Freshness, weight: float) -> tuple[float, ...]:
    """What is old stands after every alarm of now, and what is calm and old after what is calm and new."""
    rank = _URGENCY.get(condition, _CALM)
    if rank == _CALM:
        return (rank + _OLDER.get(freshness, 0.5), weight)
    if freshness in _OLDER:
        return (rank, weight)
    return (_AFTER_ALARMS + 0.1 * rank if rank < _AFTER_ALARMS else rank + 0.5, weight)


def _river(gauge: RiverGauge, speech: Speech) -> Reading:
    tr, text = speech.tr, speech.text
    freshness = speech.freshness_at(gauge.at, RIVER.stale_after_s)
    when = speech.age_words(freshness, gauge.at)
    level, name = text.bounded(gauge.level_cm), gauge.name.strip() or gauge.id
    if gauge.fault is not None:
        claimed = tr("menunjuk {level} cm").format(level=level)
        return Reading(
            condition=Condition.FAULT, icon="river", name=name, value=MISSING, unit="", word=fault_word(gauge.fault, tr),
            facts=(claimed,), when=when, credit=gauge.attribution, freshness=freshness, urgency=_urgency(Condition.FAULT, freshness, 0.0),
        )  # fmt: skip
    condition = OF_WATER[gauge.state]
    facts = (_to_threshold(gauge, speech), _trend(gauge, speech))
    top = max((threshold for threshold in gauge.thresholds_cm if threshold), default=0.0)
    return Reading(
        condition=condition, icon="river", name=name, value=level, unit="cm", word=water_word(gauge.state, tr),
        facts=tuple(fact for fact in facts if fact), when=when, credit=gauge.attribution, freshness=freshness,
        urgency=_urgency(condition, freshness, -gauge.level_cm / top if top else 0.0), change=_rounded(gauge.change_cm_h),
    )  # fmt: skip


def _to_threshold(gauge: RiverGauge, speech: Speech) -> str:
    """``38 cm ke awas``; above the last one ``12 cm di atas awas``; empty where the station has none."""
    tr, text = speech.tr, speech.text
    names = (tr("waspada"), tr("siaga"), tr("awas"))
    known = [(threshold, name) for threshold, name in zip(gauge.thresholds_cm, names, strict=True) if threshold is not None]
    if not known:
        return ""
    for threshold, name in known:
        if threshold > gauge.level_cm:
            return tr("{cm} cm ke {state}").format(cm=text.bounded(threshold - gauge.level_cm), state=name)
    threshold, name = known[-1]
    return tr("{cm} cm di atas {state}").format(cm=text.bounded(gauge.level_cm - threshold), state=name)


def _trend(gauge: RiverGauge, speech: Speech) -> str:
    change, tr = _rounded(gauge.change_cm_h), speech.tr
    if change is None:
        return ""
    if change == 0:
        return tr("tetap")
    figure = speech.text.bounded(abs(change))
    return tr("naik {cm} cm/j").format(cm=figure) if change > 0 else tr("turun {cm} cm/j").format(cm=figure)


def _rounded(change: float | None) -> float | None:
    return None if change is None else float(round(change))


def _air(station: AirStation, speech: Speech, *, is_estimated: bool) -> Reading:
    """``is_estimated``: the index is of less than the day's means it is defined on, and says so."""
    tr, text = speech.tr, speech.text
    freshness = speech.freshness_at(station.at, AIR.stale_after_s)
    when, name = speech.age_words(freshness, station.at), station.name.strip() or station.id
    if station.fault is not None or station.index is None or station.category is None:
        condition = Condition.FAULT if station.fault is not None else Condition.UNKNOWN
        word = fault_word(station.fault, tr) if station.fault is not None else air_word(None, tr)
        return Reading(
            condition=condition, icon="air", name=name, value=MISSING, unit="", word=word, facts=(), when=when, credit=station.attribution,
            freshness=freshness, urgency=_urgency(condition, freshness, 0.0),
        )  # fmt: skip
    condition = OF_AIR[station.category]
    facts = [_pollutant(station.dominant, text)]
    if station.stated_index is not None and station.stated_index != station.index:
        facts.append(tr("stasiun menyebut {index}").format(index=text.bounded(station.stated_index)))
    word = air_word(station.category, tr)
    return Reading(
        condition=condition, icon="air", name=name, value=text.bounded(station.index), unit="ISPU",
        word=f"{tr('perkiraan')} {word}" if is_estimated else word,
        facts=tuple(fact for fact in facts if fact), when=when, credit=station.attribution, freshness=freshness,
        urgency=_urgency(condition, freshness, -float(station.index)),
    )  # fmt: skip


def _pollutant(name: str | None, text: Numerals) -> str:
    if not name:
        return ""
    bare = name.lower().translate(str.maketrans("", "", "._-, "))
    return _POLLUTANTS.get(bare, name).format(fine=text.number(2.5, 1)) if bare in _POLLUTANTS else name


def weather(latest: Latest, speech: Speech, wanted: str | None, told: Freshness) -> tuple[Reading | None, list[Ahead], list[Ahead]]:
    """Now, in 6 and 12 hours, and the same in more steps; nothing where nobody forecasts. ``told``: how fresh the topic is."""
    forecasts: list[Forecast] = _bodies(latest, FORECAST)
    west, south, east, north = speech.city.bbox
    here = nearest(forecasts, wanted, ((west + east) / 2, (south + north) / 2))
    if here is None:
        return None, [], []
    tr, text, now = speech.tr, speech.text, speech.now
    states = [state for state in (told, speech.freshness_at(here.issued_at, _FORECAST_GOOD_S)) if state is not Freshness.WAITING]
    freshness, place = worst(states), speech.city.district_name(here.district) or here.place
    step = step_at(here, now)
    steps = [_ahead(here, hours, speech) for hours in AHEAD_H], [_ahead(here, hours, speech) for hours in AHEAD_MORE_H]
    ahead, more = ([one for one in some if one is not None] for some in steps)
    issued = f"{tr('terbit')} {text.when(here.issued_at, now)}"
    if step is None:
        reading = Reading(
            condition=Condition.NORMAL, icon="cloud", name=place, value=MISSING, unit="", word=tr("prakiraan habis"), facts=(),
            when=issued, credit=here.attribution, freshness=Freshness.STALE, urgency=(3.5, 0.0),
        )  # fmt: skip
        return reading, ahead, more
    rain = "" if not step.rain_mm else f"{text.bounded(step.rain_mm, 0 if step.rain_mm >= 10 else 1)} mm"
    reading = Reading(
        condition=Condition.NORMAL, icon=sky_icon(step), name=place, value=_degrees(step.temperature_c, text), unit="",
        word=sky_words(step, speech.language, tr) or MISSING, facts=(rain,) if rain else (), when=issued,
        aside=_elsewhere(forecasts, here, speech), credit=here.attribution, freshness=freshness, urgency=(_CALM, 0.0),
    )  # fmt: skip
    return reading, ahead, more


def _ahead(forecast: Forecast, hours: int, speech: Speech) -> Ahead | None:
    local = speech.text.local(speech.now)
    moment = speech.now - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond) + timedelta(hours=hours)
    step = step_at(forecast, moment)
    if step is None:
        return None
    text = speech.text
    rain = "" if not step.rain_mm else f"{text.bounded(step.rain_mm, 0 if step.rain_mm >= 10 else 1)} mm"
    words = sky_words(step, speech.language, speech.tr) or MISSING
    return Ahead(clock=text.minute(moment), icon=sky_icon(step), words=words, temperature=_degrees(step.temperature_c, text), rain=rain)


def _elsewhere(forecasts: Sequence[Forecast], here: Forecast, speech: Speech) -> str:
    """``Hujan petir 18.00: Benda, Periuk``: heavy weather to come in other parts of the city."""
    found = worse_elsewhere(forecasts, here, speech.now)
    if found is None:
        return ""
    step, places = found
    names = sorted({speech.city.district_name(place.district) or place.place for place in places})
    where = ", ".join(names) if len(names) <= 2 else f"{names[0]} +{len(names) - 1}"
    when = "" if step.at <= speech.now else f" {speech.text.minute(step.at)}"
    return f"{sky_words(step, speech.language, speech.tr)}{when}: {where}"


def _degrees(celsius: float | None, text: Numerals) -> str:
    return MISSING if celsius is None else f"{text.bounded(celsius)}°"
