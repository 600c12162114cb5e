"""River, air and weather of the simulated city: repeatable, invented and saying so, the flood running down the river with its lag."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher
from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.environment import AIR, FORECAST, RIVER, Fault, RiverGauge, WaterLevel
from feeds.messages.header import Quality, Topic
from feeds.messages.system import SOURCE, SourceState
from feeds.readers.gauge_judgement import state_of
from feeds.readers.ispu import category, rounded, sub_index
from feeds.sim.air import air_stations
from feeds.sim.city import SIM_TOPICS, SimulatedCity
from feeds.sim.rivers import River, crest
from feeds.sim.scenario import CALM, OUTAGE, STORM, Scenario
from feeds.sim.timeline import Timeline
from feeds.sim.weather import STEPS, forecasts
from tests.fakes.stores import a_store

START = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
CITIES = {"tangerang": ROOT / "assets" / "cities" / "tangerang", "koeln": ROOT / "tests" / "cities" / "koeln"}
SIAGA = (WaterLevel.NORMAL, WaterLevel.WATCH, WaterLevel.ALERT, WaterLevel.DANGER)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(CITIES["tangerang"])


def river(city: City, scenario: Scenario, *, seed: int = 1, speed: float = 1) -> River:
    return River(city, Timeline(START, speed=speed, time_zone=city.time_zone), scenario.downpours, seed=seed)


def levels(gauges: list[RiverGauge]) -> dict[str, float]:
    return {gauge.id: gauge.level_cm for gauge in gauges}


def test_a_calm_river_stays_below_every_threshold(city: City) -> None:
    calm = river(city, CALM)
    for hours in range(0, 48, 3):
        gauges = calm.gauges(START + timedelta(hours=hours))
        assert {gauge.state for gauge in gauges} == {WaterLevel.NORMAL}
        assert all(abs(gauge.change_cm_h or 0) < 15 for gauge in gauges)


def test_in_the_storm_the_flood_comes_down_the_river_with_its_lag(city: City) -> None:
    for seed in (1, 2, 3):
        storm = river(city, STORM, seed=seed)
        first = {gauge.id: gauge for gauge in storm.gauges(START)}
        assert first["SIM-TMA-HULU"].state is WaterLevel.ALERT
        assert first["SIM-TMA-HILIR"].state is WaterLevel.NORMAL, "where the crest has not come yet"
        gate = first["SIM-TMA-PINTU"]
        assert (gate.state, gate.name) == (WaterLevel.WATCH, "Pintu air Periuk")
        assert gate.level_cm == pytest.approx(310, abs=4), "what the warning of the scenario says"
        assert (gate.change_cm_h or 0) > 30
        crests = {}
        for minute in range(0, 600, 5):
            for gauge in storm.gauges(START + timedelta(minutes=minute)):
                if gauge.level_cm > crests.get(gauge.id, (0, 0))[0]:
                    crests[gauge.id] = (gauge.level_cm, minute)
        when = [crests[key][1] for key in ("SIM-TMA-HULU", "SIM-TMA-TENGAH", "SIM-TMA-PINTU", "SIM-TMA-HILIR")]
        assert when == sorted(when) and when[-1] - when[0] == pytest.approx(120, abs=15)
        worst = storm.gauges(START + timedelta(minutes=when[-1]))[-1]
        assert SIAGA.index(worst.state) >= SIAGA.index(WaterLevel.ALERT)
        later = storm.gauges(START + timedelta(hours=20))
        assert {gauge.state for gauge in later} == {WaterLevel.NORMAL}, "it ends"


def test_the_same_seed_and_clock_give_the_same_and_each_state_follows_from_its_thresholds(city: City) -> None:
    now = START + timedelta(minutes=17, seconds=43)
    assert river(city, STORM).gauges(now) == river(city, STORM).gauges(now)
    assert levels(river(city, STORM, seed=2).gauges(now)) != levels(river(city, STORM).gauges(now))
    for gauge in river(city, STORM).gauges(now):
        assert gauge.state is state_of(gauge.level_cm, gauge.thresholds_cm)
        assert gauge.at == now.replace(second=0)
        assert "simulasi" in gauge.attribution
    assert [crest(x) for x in (-1, 0, 1)] == [0, 0, 1]
    assert all(crest(a) > crest(b) for a, b in pairwise((1, 1.5, 3, 8)))


def test_gauges_and_stations_lie_in_their_city(city: City) -> None:
    inside = CityGeography(city)
    for body in (*river(city, CALM).gauges(START), *air_stations(city, START, 14.5, seed=1)):
        assert body.position is not None
        assert not inside.is_far_outside(body.position.lon, body.position.lat), body.id
    south_to_north = [gauge.position.lat for gauge in river(city, CALM).gauges(START) if gauge.position and gauge.id != "SIM-TMA-PINTU"]
    assert south_to_north == sorted(south_to_north)


def test_another_city_has_a_river_air_and_weather_of_its_own() -> None:
    koeln = load_city(CITIES["koeln"])
    gauges = river(koeln, STORM).gauges(START)
    west, south, east, north = koeln.bbox
    assert {gauge.river for gauge in gauges} == {"Rhein"}
    assert all(gauge.position and west < gauge.position.lon < east and south < gauge.position.lat < north for gauge in gauges)
    (station,) = air_stations(koeln, START, 8, seed=1)
    assert station.name == "SPKU Köln"
    (forecast,) = forecasts(koeln, START, ZoneInfo(koeln.time_zone), seed=1)
    assert (forecast.place, forecast.district) == ("Köln", None)


def test_air_is_what_its_concentrations_give_worse_at_rush_hour_and_washed_by_rain(city: City) -> None:
    by_hour = {hour: air_stations(city, START, hour, seed=1) for hour in range(24)}
    for station in (station for stations in by_hour.values() for station in stations):
        indices = {pollutant: sub_index(pollutant, value) for pollutant, value in station.concentrations.items()}
        assert station.index is not None and station.index == rounded(max(indices.values()))
        assert station.category is category(station.index)
        assert station.dominant is not None and indices[station.dominant] == max(indices.values())
    assert all(a.index > b.index for a, b in zip(by_hour[7], by_hour[2], strict=True) if a.index and b.index)
    wet = air_stations(city, START, 7, seed=1, wetness=1)
    assert all(a.index < b.index for a, b in zip(wet, by_hour[7], strict=True) if a.index and b.index)
    assert len({station.id for station in wet}) == 4


def test_a_stuck_sensor_is_a_fault_without_a_judgement(city: City) -> None:
    gauges = {gauge.id: gauge for gauge in river(city, OUTAGE).gauges(START, OUTAGE.stuck(60))}
    assert (gauges["SIM-TMA-TENGAH"].fault, gauges["SIM-TMA-TENGAH"].state, gauges["SIM-TMA-TENGAH"].change_cm_h) == (
        Fault.FLAT,
        WaterLevel.UNKNOWN,
        None,
    )
    assert gauges["SIM-TMA-HULU"].fault is None
    assert OUTAGE.stuck(0) == {"SIM-UDARA-2"}
    stations = {station.id: station for station in air_stations(city, START, 8, seed=1, stuck=OUTAGE.stuck(0))}
    assert (stations["SIM-UDARA-2"].fault, stations["SIM-UDARA-2"].index, stations["SIM-UDARA-2"].category) == (Fault.FLAT, None, None)


def test_forecasts_are_ordered_wet_while_it_rains_and_do_not_change_their_mind(city: City) -> None:
    zone = ZoneInfo(city.time_zone)
    soon = START + timedelta(hours=7)
    made = forecasts(city, START, zone, seed=1, wet_until=soon)
    assert len(made) == len(city.districts)
    for forecast in made:
        assert len(forecast.steps) == STEPS
        assert all(b.at - a.at == timedelta(hours=3) for a, b in pairwise(forecast.steps))
        assert forecast.steps[0].at <= START < forecast.steps[1].at
        assert forecast.issued_at <= START
        assert all(step.text.keys() >= {"id", "en"} for step in forecast.steps)
        assert all((step.rain_mm or 0) > 0 for step in forecast.steps if step.at < soon)
        assert forecast.district in {district.code for district in city.districts}
    later = forecasts(city, START + timedelta(hours=3), zone, seed=1, wet_until=soon)
    assert [forecast.steps[0] for forecast in later] == [forecast.steps[1] for forecast in made]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with EmbeddedRedis() as server:
        yield server.url_for()


def play(url: str, scenario: str, *, steps: int, step_s: float) -> dict[str, list[Any]]:
    """What stands on the bus after each step of a scenario, and the sources at the end."""

    async def story() -> dict[str, list[Any]]:
        now = START
        redis = connect(url)
        publisher = BusPublisher(redis, "sim", "simulator", clock=lambda: now)
        seen: dict[str, list[Any]] = {}
        stack = ExitStack()
        try:
            database = stack.enter_context(a_store())
            await publisher.start(SIM_TOPICS, fresh=True)
            made = SimulatedCity(load_city(CITIES["tangerang"]), publisher, database, seed=1, speed=4, scenario=scenario, clock=lambda: now)
            for _ in range(steps):
                await made.step()
                topics: tuple[Topic[Any], ...] = (RIVER, AIR, FORECAST, SOURCE)
                for topic in topics:
                    seen.setdefault(topic.name, []).extend(publisher.held(topic).values())
                now += timedelta(seconds=step_s)
        finally:
            await publisher.stop()
            await redis.aclose()
            stack.close()
        return seen

    return asyncio.run(story())


def test_on_the_bus_all_of_it_is_marked_simulated_and_the_storm_reaches_siaga(redis_url: str) -> None:
    seen = play(redis_url, "storm", steps=20, step_s=45)
    for topic in (RIVER, AIR, FORECAST):
        assert seen[topic.name]
        assert {message.quality for message in seen[topic.name]} == {Quality.SIMULATED}
        assert all("simulasi" in message.body.attribution for message in seen[topic.name])
        for message in seen[topic.name]:
            assert topic.decoder()(msgspec.json.encode(message)) == message
    downstream = [message.body for message in seen[RIVER.name] if message.key == "SIM-TMA-HILIR"]
    assert downstream[0].state is WaterLevel.NORMAL and downstream[-1].state is WaterLevel.WATCH, (
        "within a quarter of an hour before the wall"
    )
    assert all(message.observed_at == message.body.at for message in seen[RIVER.name])


def test_in_the_outage_air_is_down_and_one_gauge_stands_still(redis_url: str) -> None:
    seen = play(redis_url, "outage", steps=14, step_s=20)
    air = [message.body.state for message in seen[SOURCE.name] if message.key == "udara"]
    assert air[0] is SourceState.OK and air[-1] is SourceState.DOWN
    assert seen[AIR.name][-1].body.at < START + timedelta(minutes=2), "what it gave last stays, with its age"
    gauges = {message.key: message.body for message in seen[RIVER.name]}
    assert gauges["SIM-TMA-TENGAH"].fault is Fault.FLAT
