"""Every collector at once, over local servers of real files, to the wall's pixels: live, and nothing simulated anywhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VIRTUAL_WALL, VirtualWall
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages import TOPICS
from feeds.messages.application import APPLICATION, ApplicationState
from feeds.messages.camera import CAMERA
from feeds.messages.environment import AIR, FORECAST, RIVER, WaterLevel
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Quality, Topic
from feeds.messages.indicator import FINANCE, PROCUREMENT
from feeds.messages.report import REPORT, TOTALS
from feeds.messages.system import SOURCE, Source, SourceState
from feeds.runtime.registry import collector_names
from tests.e2e.running import Running, share_of, snapshot
from tests.fakes.real_sources import real_sources

SIM = "#C6B2E8"
pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(240)]


class Room(Running):
    """The wall and its feeds, and the bus between them as the back sees it."""

    url = ""

    def sources(self) -> dict[str, Source]:
        return {key: message.body for key, message in snapshot(self.url, "live", SOURCE).items() if message.body is not None}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("nyata")
    city = folder / "city"
    with (
        real_sources(city),
        EmbeddedRedis(namespace="live") as redis,
        VirtualWall(read_wall(VIRTUAL_WALL).monitor) as virtual,
        Room(folder) as run,
    ):
        run.url = redis.url_for("back")
        run.start("feeds", "run", "--city", str(city), "--namespace", "live", environment={"CONTROLROOM_REDIS_URL": run.url})
        environment = {"CONTROLROOM_REDIS_URL": redis.url_for("front"), "DISPLAY": virtual.display, "QT_QPA_PLATFORM": "xcb"}
        words = ("--city", str(city), "--namespace", "live", "--wall", str(VIRTUAL_WALL), "--virtual", "--layout", "sumber")
        run.start("wall", *words, environment=environment)
        run.until("every source has been checked", lambda: _all_checked(run), 120)
        run.until("every slot live", lambda: True if all(slot.state == "live" for slot in run.state().slots) else None, 120)
        yield run


def _all_checked(run: Room) -> bool | None:
    sources = run.sources()
    return True if set(sources) >= set(collector_names()) and all(s.checked_at is not None for s in sources.values()) else None


def test_every_collector_there_is_answers_well(room: Room) -> None:
    sources = room.sources()
    # Beside the collectors the store itself says that it answers.
    assert set(sources) == {*collector_names(), "evaluation"}
    assert {key: (source.state, source.reason) for key, source in sources.items() if source.state is not SourceState.OK} == {}
    assert sources["open311"].outside == 50, "Köln's reports are not Tangerang's"
    assert sources["cap"].quarantined >= 2, "goog_invalid and goog_xee are refused"
    assert {reason.reason for reason in sources["cap"].reasons} >= {"a CAP alert has no scope"}


def test_the_wall_shows_what_the_files_say_and_nothing_simulated(room: Room) -> None:
    assert {slot.state for slot in room.state().slots} == {"live"}
    for topic in TOPICS.values():
        for message in snapshot(room.url, "live", topic).values():
            assert message.quality is not Quality.SIMULATED, topic.name
    picture = room.picture()
    assert share_of(picture, SIM, (0, 0, picture.width(), picture.height()), step=7) == 0


def test_what_is_on_the_bus_is_what_was_recorded(room: Room) -> None:
    hazards = [m.body for m in snapshot(room.url, "live", HAZARD).values() if m.body is not None]
    assert {hazard.attribution for hazard in hazards} == {"BMKG"}
    assert any(hazard.magnitude is not None for hazard in hazards)
    applications = {key: m.body.state for key, m in snapshot(room.url, "live", APPLICATION).items() if m.body is not None}
    assert applications == {"portal": ApplicationState.UP, "statistik": ApplicationState.STALE, "perizinan": ApplicationState.DOWN}
    cameras = {key: m.body.is_up for key, m in snapshot(room.url, "live", CAMERA).items() if m.body is not None}
    assert cameras == {"pasar-baru": True, "gerendeng": True, "mati": False}
    gauges = {m.body.name: m.body for m in snapshot(room.url, "live", RIVER).values() if m.body is not None}
    assert gauges["Bendung Pasar Baru"].state is WaterLevel.WATCH
    assert gauges["Angke Hulu Ciledug"].level_cm == 212.5
    (air,) = (m.body for m in snapshot(room.url, "live", AIR).values() if m.body is not None)
    assert (air.index, air.dominant) == (82, "pm25")
    assert len(snapshot(room.url, "live", REPORT)) == 50
    filled: list[Topic[Any]] = [FORECAST, NOTICE, FINANCE, PROCUREMENT, TOTALS]
    assert [topic.name for topic in filled if not snapshot(room.url, "live", topic)] == []
