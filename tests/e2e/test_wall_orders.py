"""A supervised wall on a screen of its own, with a real bus: orders change its pixels, its curtain hides the map too, and it comes back."""

import asyncio
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtGui import QImage

from controlroom.wall.layouts import read_layout, read_wall
from controlroom.wall.virtual import VIRTUAL_WALL, VirtualWall
from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.messages.header import Quality
from feeds.messages.layout import Layout
from feeds.messages.system import WALL_STATE, Shown, WallState
from feeds.messages.walls import WALL_ORDER, WallOrder
from tests.conftest import ROOT
from tests.e2e.running import Running, share_of, snapshot

PANEL = "#131D2A"
LAND = "#262626"
"""The land of the map as it is greyed without a pulse of the feeds: nobody feeds this bus."""
pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(300)]
MAP = read_layout(ROOT / "layouts" / "siaga.toml")
MONEY = read_layout(ROOT / "layouts" / "harian.toml")
BAD = Layout(title="x", grid=MAP.grid, slot=(MAP.slot[0], *(type(s)(panel="tiada", cell=s.cell) for s in MAP.slot[1:2])))


class Room:
    """A bus, a screen, and the wall that is kept up on it."""

    def __init__(self, run: Running, redis: EmbeddedRedis) -> None:
        self.run, self.redis = run, redis

    @property
    def parent(self) -> psutil.Process:
        return psutil.Process(self.run.process.pid)

    @property
    def wall(self) -> psutil.Process:
        (child,) = self.parent.children()
        return child

    def order(self, revision: int, layout: Layout, **more: Any) -> None:
        """As the doors' teller publishes it."""
        now = datetime.now(UTC)
        body = WallOrder(wall="dinding", revision=revision, changes=revision, layout=layout, taken_at=now, **more)

        async def publish() -> None:
            client = connect(self.redis.url_for("back"))
            publisher = BusPublisher(client, "live", "doors", clock=lambda: datetime.now(UTC), with_heartbeat=False)
            await publisher.start([WALL_ORDER])
            await publisher.publish(
                WALL_ORDER, [Outgoing(key="dinding", body=body, observed_at=now, source="uji", quality=Quality.MEASURED)]
            )
            await publisher.stop()
            await client.aclose()

        asyncio.run(publish())

    def until(self, what: str, patience_s: float = 60, **wanted: Any) -> WallState:
        """The wall's state once these of its fields are so and all of it is painted."""

        def look() -> WallState | None:
            state = self.run.state()
            is_so = all(getattr(state, name) == value for name, value in wanted.items())
            return state if is_so and all(slot.painted_at is not None for slot in state.slots) else None

        return self.run.until(what, look, patience_s)

    def until_seen(self, what: str, area: tuple[int, int, int, int], colour: str, *, is_there: bool) -> QImage:
        def look() -> QImage | None:
            picture = self.run.picture()
            return picture if (share_of(picture, colour, area, step=5) > 0.02) is is_there else None

        return self.run.until(what, look)


def area_of(state: WallState, panel: str) -> tuple[int, int, int, int]:
    return next(slot.geometry for slot in state.slots if slot.panel == panel)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    if not (ROOT / "assets" / "web" / "dist" / "map.html").is_file():
        pytest.skip("the pages of assets/web are not built: make setup")
    with (
        EmbeddedRedis(namespace="live") as redis,
        VirtualWall(read_wall(VIRTUAL_WALL).monitor) as screen,
        Running(tmp_path_factory.mktemp("orders")) as run,
    ):
        environment = {
            "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb", "CONTROLROOM_REDIS_URL": redis.url_for("front"),
            "CONTROLROOM_REDIS_WALL_URL": redis.url_for("wall"),
        }  # fmt: skip
        run.start(
            "wall",
            "--supervise",
            "--virtual",
            "--wall",
            str(VIRTUAL_WALL),
            "--namespace",
            "live",
            "--city",
            str(_city(run.folder)),
            environment=environment,
        )
        run.until("up", run.state)
        yield Room(run, redis)


def _city(folder: Path) -> Path:
    """The shipped city with no empty hours: the wall shows the same at every time of day."""
    made = folder / "kota"
    shutil.copytree(ROOT / "assets" / "cities" / "tangerang", made)
    file = made / "city.toml"
    file.write_text("".join(part for part in re.split(r"(?m)^(?=\[)", file.read_text()) if not part.startswith("[off_hours")))
    return made


def test_an_order_changes_the_pixels_and_the_bus_hears_of_it(room: Room) -> None:
    before = room.until("up", revision=0)
    assert before.shown is Shown.CHOSEN
    keuangan = area_of(before, "keuangan")
    room.until_seen("the money of the daily layout", keuangan, PANEL, is_there=True)
    room.order(7, MAP, preset="siaga")
    state = room.until("taken", revision=7, layout="siaga", shown=Shown.TAKEN)
    assert [slot.panel for slot in state.slots] == [slot.panel for slot in MAP.slot]
    low = (area_of(state, "map")[0], 1800, 1800, 200)
    room.until_seen("the map reaches down where the ticker was", low, LAND, is_there=True)
    said = room.run.until("said on the bus", lambda: _said(room, 7))
    assert said.installation is not None
    assert len(said.installation.monitor) == 4


def _said(room: Room, revision: int) -> WallState | None:
    message = snapshot(room.redis.url_for("front"), "live", WALL_STATE).get("dinding")
    return message.body if message is not None and message.body is not None and message.body.revision == revision else None


def test_what_cannot_stand_is_refused_and_nothing_moves(room: Room) -> None:
    room.order(8, BAD)
    state = room.run.until("refused", lambda: s if (s := room.run.state()).refusal is not None else None)
    assert state.refusal is not None
    assert (state.refusal.revision, state.revision) == (8, 7)
    assert "slot 2 (tiada): no such panel" in state.refusal.reason
    assert [slot.panel for slot in state.slots] == [slot.panel for slot in MAP.slot]


def test_the_curtain_hides_all_of_it_the_map_too_and_what_is_beneath_lives_on(room: Room) -> None:
    everything = (0, 0, 3840, 2160)
    room.order(9, MAP, preset="siaga", is_curtained=True)
    state = room.until("curtained", revision=9, is_curtained=True)
    picture = room.until_seen("no panel", everything, PANEL, is_there=False)
    assert share_of(picture, PANEL, everything, step=3) == 0
    assert share_of(picture, LAND, area_of(state, "map"), step=3) == 0, "the map's own window is beneath"
    header = next(slot.painted_at for slot in state.slots if slot.panel == "header")
    room.run.until("the clock beneath goes on", lambda: True if room.run.slots()["header"].painted_at != header else None)


def test_killed_without_a_bus_it_comes_back_behind_its_curtain_and_ends_with_its_parent(room: Room) -> None:
    """One test, because the wall and the Redis that were started anew must be gone at its end."""
    _kill_without_a_bus(room)
    _bring_an_empty_bus(room)
    family = [room.parent, *room.parent.children(recursive=True)]
    assert room.run.end(room.run.process) == 0
    _, alive = psutil.wait_procs(family, 20)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
    room.redis.stop()


def _kill_without_a_bus(room: Room) -> None:
    room.run.until("remembered", lambda: True if '"revision":9' in _memory(room) else None)
    room.redis.kill()
    before, began = room.wall, time.monotonic()
    before.kill()
    state = room.run.until("up again", lambda: _again(room, before.pid))
    print(f"killed with SIGKILL, painted again after {time.monotonic() - began:.1f} s")
    assert (state.layout, state.revision, state.shown) == ("siaga", 9, Shown.TAKEN)
    assert state.is_curtained
    assert share_of(room.run.picture(), PANEL, (0, 0, 3840, 2160), step=3) == 0
    assert "the wall has ended and is started again" in room.run.log
    assert "killed by SIGKILL" in room.run.log


def _bring_an_empty_bus(room: Room) -> None:
    """It lost everything: it takes nothing away, and is heard again."""
    room.redis.start()
    room.until("it stands", revision=9, is_curtained=True)
    room.order(1, MONEY, preset="harian")
    state = room.until("the doors began again", revision=1, layout="harian", is_curtained=False)
    room.until_seen("the panels", area_of(state, "keuangan"), PANEL, is_there=True)
    room.until_seen("the map", area_of(state, "map"), LAND, is_there=True)


def _memory(room: Room) -> str:
    return "".join(path.read_text() for path in Path(room.run.folder).glob("state/live-room/wall-*.json"))


def _again(room: Room, before: int) -> WallState | None:
    children = room.parent.children()
    if not children or children[0].pid == before:
        return None
    state = room.run.state()
    return state if state.slots and all(slot.painted_at is not None for slot in state.slots if slot.panel != "map") else None
