"""A wall of its own process serves stills: its state tells where, its key opens, and it ends while somebody looks."""

from pathlib import Path

import pytest

from controlroom.wall.virtual import VirtualWall
from feeds.messages.layout import Monitor
from feeds.messages.system import WallState
from tests.e2e.running import Running
from tests.fakes.stills import KEY, listening, next_layout, next_still

pytestmark = [pytest.mark.xvfb, pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(180)]

MONITOR = Monitor(name="satu", place=(0, 0), pixels=(1920, 1080), size_mm=(604.8, 340.2))


@pytest.mark.parametrize("key", [KEY, None])
def test_a_wall_serves_stills_when_it_has_a_key(tmp_path: Path, key: str | None) -> None:
    with VirtualWall((MONITOR,)) as virtual, Running(tmp_path) as run:
        environment = {"CONTROLROOM_REDIS_URL": "unix:///nowhere", "DISPLAY": virtual.display, "QT_QPA_PLATFORM": "xcb"}
        if key is not None:
            environment["CONTROLROOM_STILLS_KEY"] = key
        run.start("wall", "--virtual", "--layout", "satu-layar", environment=environment)
        state: WallState = run.until("every panel painted", lambda: _painted(run.state()), 60)
        if key is None:
            assert state.stills_port is None
            assert run.log.count("no stills are served") == 1
            return
        with listening(f"ws://127.0.0.1:{state.stills_port}") as connection:
            layout = next_layout(connection)
            assert [slot.panel for slot in layout.slots] == [slot.panel for slot in state.slots]
            left = {slot.index for slot in layout.slots if slot.panel != "map"}
            while left:
                left.discard(next_still(connection)[0].slot)
            assert run.end(run.process) == 0
        assert key not in run.log
        assert "uncaught" not in run.log


def _painted(state: WallState) -> WallState | None:
    return state if all(slot.painted_at for slot in state.slots if slot.panel != "map") else None
