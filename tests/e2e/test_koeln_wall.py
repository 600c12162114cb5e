"""A second city with no code and no simulation: Köln's real reports, from a local Open311 endpoint to the wall's pixels."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VIRTUAL_WALL, VirtualWall
from feeds.bus.embedded import EmbeddedRedis
from tests.e2e.running import Running, share_of

RED, SIM = "#D55E00", "#C6B2E8"
pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(180)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def koeln(tmp_path_factory: pytest.TempPathFactory, root: Path, shared_data: Path) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("koeln")
    port = free_port()
    city = folder / "city"
    city.mkdir()
    for file in (root / "tests" / "cities" / "koeln").rglob("*"):
        if file.is_file():
            target = city / file.relative_to(root / "tests" / "cities" / "koeln")
            target.parent.mkdir(exist_ok=True)
            target.write_text(file.read_text().replace("127.0.0.1:8311", f"127.0.0.1:{port}"))
    with (
        EmbeddedRedis(namespace="live") as redis,
        VirtualWall(read_wall(VIRTUAL_WALL).monitor) as virtual,
        Running(folder) as run,
    ):
        run.start("--port", str(port), module="tests.fakes.open311_endpoint")
        run.start("feeds", "run", "--city", str(city), "--namespace", "live", environment={"CONTROLROOM_REDIS_URL": redis.url_for("back")})
        environment = {"CONTROLROOM_REDIS_URL": redis.url_for("front"), "DISPLAY": virtual.display, "QT_QPA_PLATFORM": "xcb"}
        run.start("wall", "--city", str(city), "--namespace", "live", "--wall", str(VIRTUAL_WALL), "--virtual", environment=environment)
        run.until("every slot live", lambda: True if all(s.state == "live" for s in run.state().slots) else None, 120)
        yield run


def test_nothing_is_simulated_anywhere(koeln: Running) -> None:
    assert {slot.state for slot in koeln.state().slots} == {"live"}
    picture = koeln.picture()
    assert share_of(picture, SIM, (0, 0, picture.width(), picture.height()), step=7) == 0


def test_the_fifty_real_reports_are_on_the_map_and_in_the_ticker(koeln: Running) -> None:
    slots = koeln.slots()
    assert slots["ticker"].seq >= 50
    assert slots["map"].seq >= 50
    x, y, width, height = slots["map"].geometry
    red = koeln.until("red marks on the map", lambda: _some(share_of(koeln.picture(), RED, (x, y, width, height))), 40)
    assert red < 0.2


def _some(share: float) -> float | None:
    return share if share > 0.0005 else None
