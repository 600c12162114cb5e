"""The story itself: repeatable, legal at every step, with the published rates and the storm's published shape. No bus, no sleeping."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from feeds.city import load_city
from feeds.messages.city import City
from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.reports.states import TRANSITIONS, check_step
from feeds.sim.places import Places, distance_m
from feeds.sim.reports import ReportStory
from feeds.sim.scenario import CALM, SCENARIOS, STORM, Surge, scenario_named
from feeds.sim.timeline import Timeline

START = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)  # 14.32.08 WIB


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")


@pytest.fixture(scope="module")
def places(city: City) -> Places:
    return Places(city)


def fake_photograph(category: str, variant: int, stage: str) -> str:
    return f"{category}{variant}{stage}".encode().hex().ljust(64, "0")[:64]


def story(city: City, places: Places, *, seed: int = 1, surges: tuple[Surge, ...] = CALM.surges, start: datetime = START) -> ReportStory:
    return ReportStory(
        city, places, Timeline(start, speed=1, time_zone=city.time_zone), seed=seed, surges=surges, photograph=fake_photograph
    )


def test_the_same_seed_tells_the_same_story_however_it_is_asked(city: City, places: Places) -> None:
    at_once = story(city, places).advance(START + timedelta(hours=5))
    in_steps = story(city, places)
    stepped = [report for minute in range(0, 301, 7) for report in in_steps.advance(START + timedelta(minutes=minute))]
    stepped += in_steps.advance(START + timedelta(hours=5))
    assert stepped == at_once
    assert story(city, places, seed=2).advance(START + timedelta(hours=5)) != at_once


def test_every_step_of_every_report_is_legal_and_in_order(city: City, places: Places) -> None:
    lives: dict[str, list[Report]] = {}
    for name in SCENARIOS:
        for report in story(city, places, surges=scenario_named(name).surges).advance(START + timedelta(hours=12)):
            lives.setdefault(f"{name} {report.id}", []).append(report)
    for life in lives.values():
        assert life[0].state == ReportState.NEW
        for before, after in pairwise(life):
            assert after.state in TRANSITIONS[before.state]
            check_step(before, after)
            assert before.changed_at <= after.changed_at
            assert (before.id, before.received_at, before.position) == (after.id, after.received_at, after.position)
    assert {report.state for life in lives.values() for report in life} == set(ReportState)


def test_two_hundred_days_hold_35_to_40_reports_on_average(city: City, places: Places) -> None:
    arrivals = [
        r
        for r in story(city, places, surges=()).advance(START + timedelta(days=200))
        if r.state == ReportState.NEW and r.received_at == r.changed_at
    ]
    a_day = Counter((report.received_at - START) // timedelta(days=1) for report in arrivals)
    assert 35 <= len(arrivals) / 200 <= 40
    assert all(12 <= a_day[day] <= 70 for day in range(200))
    hours = Counter((report.received_at.hour + 7) % 24 for report in arrivals)
    assert hours[9] > 5 * hours[2]
    assert {report.channel for report in arrivals} == set(Channel) - {Channel.OPEN311}
    assert {report.category for report in arrivals} == {category.code for category in city.categories}
    assert 0 < sum(report.position is None for report in arrivals) < 0.08 * len(arrivals)
    assert 0 < sum(report.is_outside for report in arrivals) < 0.04 * len(arrivals)


def test_a_calm_day_is_already_under_way(city: City, places: Places) -> None:
    for seed in range(1, 6):
        board = {report.id: report for report in story(city, places, seed=seed).advance(START)}
        states = Counter(report.state for report in board.values())
        assert len(board) == 64
        assert states[ReportState.DONE] >= 15
        assert states[ReportState.WORKING] >= 8
        assert states[ReportState.NEW] + states[ReportState.FORWARDED] >= 6
        assert sum(report.incident == "INS-genangan-periuk" for report in board.values()) == 12
        assert all(report.changed_at <= START for report in board.values())
        assert all(report.photo_after and report.photo_after_at for report in board.values() if report.state == ReportState.DONE)


def test_the_storm_hour_has_its_published_count_and_clustering(city: City, places: Places) -> None:
    for seed in (1, 2, 3):
        storm = story(city, places, seed=seed, surges=STORM.surges)
        storm.advance(START)
        hour = [r for r in storm.advance(START + timedelta(hours=1)) if r.received_at == r.changed_at]
        positions = [report.position for report in hour if report.position is not None]
        near = sum(any(a is not b and distance_m(a, b) <= 50 for b in positions) for a in positions)
        assert len(hour) == 179
        assert 0.28 <= near / len(positions) <= 0.50  # 400 of 1,057
        assert len({report.incident for report in hour if report.incident}) >= 2
        emergencies = [report for report in hour if report.priority == Priority.EMERGENCY]
        assert emergencies
        assert {report.channel for report in emergencies} == {Channel.CALL_112}


def test_reports_lie_in_the_district_they_name(city: City, places: Places) -> None:
    codes = {district.code for district in city.districts}
    west, south, east, north = city.bbox
    for report in story(city, places).advance(START):
        if report.position is None:
            continue
        is_inside = west <= report.position.lon <= east and south <= report.position.lat <= north
        assert is_inside != report.is_outside
        assert report.is_outside or report.district in codes


def test_speed_shortens_waiting_but_not_the_past(city: City) -> None:
    fast = Timeline(START, speed=60, time_zone=city.time_zone)
    assert fast.stamp(3600) == START + timedelta(minutes=1)
    assert fast.stamp(-3600) == START - timedelta(hours=1)
    assert fast.story_s(START + timedelta(minutes=1)) == 3600
    with pytest.raises(ValueError, match="above 0"):
        Timeline(START, speed=0, time_zone=city.time_zone)


def test_sped_up_a_night_is_not_silent(city: City, places: Places) -> None:
    night = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 23.00 WIB
    timeline = Timeline(night, speed=CALM.pace, time_zone=city.time_zone)
    busy = ReportStory(city, places, timeline, seed=1, surges=(), photograph=fake_photograph)
    came = [r for r in busy.advance(night + timedelta(minutes=30)) if r.received_at == r.changed_at]
    assert 20 <= len(came) <= 45, "about one a minute"


def test_an_unknown_scenario_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(ValueError, match="calm, outage, storm"):
        scenario_named("hurricane")
