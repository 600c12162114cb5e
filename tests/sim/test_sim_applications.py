"""The simulated city's applications: as many and as troubled as said, the same for one seed, and marked wherever they go."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from feeds.bus.embedded import EmbeddedRedis
from feeds.city import load_city
from feeds.messages.application import APPLICATION, Application, ApplicationState
from feeds.messages.header import Quality
from feeds.sim.applications import COUNT, GROUPS, Landscape, sites
from feeds.sim.cameras import Studio, cameras
from feeds.sim.scenario import OUTAGE
from tests.sim.test_sim_city import play

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CITY = Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with EmbeddedRedis() as server:
        yield server.url_for("back")


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_most_are_well_and_a_few_are_not_at_any_time(seed: int) -> None:
    landscape = Landscape(seed)
    for hour in range(48):
        found = landscape.at(NOW + timedelta(hours=hour))
        states = Counter(one.state for one in found)
        assert len(found) == len({one.id for one in found}) == len({(one.name, one.group) for one in found}) == COUNT
        assert states[ApplicationState.UP] >= COUNT - 9
        assert 1 <= states[ApplicationState.STALE] <= 5
        assert all(one.since <= one.checked_at and 0 <= (one.uptime_percent or 0) <= 100 for one in found)
        assert all((one.reason is None) == (one.state in (ApplicationState.UP, ApplicationState.MAINTENANCE)) for one in found)
        assert all(msgspec.json.decode(msgspec.json.encode(one), type=Application) == one for one in found)


def test_they_stand_in_seven_groups_of_which_most_is_public() -> None:
    per_group = Counter(site.group for site in sites(1))
    assert set(per_group) == set(GROUPS) and len(per_group) == 7
    assert max(per_group.values()) - min(per_group.values()) <= 1
    assert 70 <= sum(site.is_public for site in sites(1)) <= 95


def test_one_seed_is_one_story_and_trouble_lasts() -> None:
    assert Landscape(3).at(NOW) == Landscape(3).at(NOW) != Landscape(4).at(NOW)
    first, later = (
        {one.id: one.state for one in Landscape(3).at(NOW + timedelta(minutes=minutes)) if one.state is not ApplicationState.UP}
        for minutes in (0, 31)
    )
    assert first.keys() & later.keys()


def test_an_outage_takes_a_whole_group_since_its_begin() -> None:
    (fault,) = OUTAGE.application_faults
    failed = [one for one in Landscape(1).at(NOW, failed={fault.group: NOW - timedelta(minutes=3)}) if one.group == fault.group]
    assert len(failed) >= 18
    assert {(one.state, one.since, one.latency_ms) for one in failed} == {(ApplicationState.DOWN, NOW - timedelta(minutes=3), None)}


def test_they_are_on_the_bus_and_simulated_and_more_are_down_in_an_outage(redis_url: str) -> None:
    publisher = asyncio.run(play(redis_url, "outage", steps=4, step_s=30))
    held = publisher.held(APPLICATION)
    assert len(held) == COUNT
    assert {message.quality for message in held.values()} == {Quality.SIMULATED}
    assert sum(message.body is not None and message.body.state is ApplicationState.DOWN for message in held.values()) >= 18


def test_a_camera_that_fails_is_told_as_a_probe_would_find_it() -> None:
    city = load_city(CITY)
    studio = Studio(city, seed=1, clock=lambda: NOW)
    one, other = cameras(city, "http://127.0.0.1:1")[:2]
    studio.fail(one.id, "freeze")
    assert (studio.told(one, NOW).is_up, studio.told(one, NOW).reason) == (False, "no picture within 5 s")
    assert (studio.told(other, NOW).is_up, studio.told(other, NOW).reason) == (True, None)
    assert studio.told(one, NOW).unprobed() == one
