"""The wall's socket: state and pixels for this user, a refusal for anything else."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.wall.ask import NoWall, ask_pixels, ask_state, ask_values
from controlroom.wall.control import ControlServer
from feeds.messages.header import Message, Quality
from feeds.messages.system import CANARY, WALL_STATE, Canary, WallState

STATE = WallState(wall="uji", layout="harian", revision=1, at=datetime(2026, 11, 23, 7, 32, tzinfo=UTC), slots=())


def screen(index: int) -> tuple[int, int, QImage]:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("#D55E00" if index == 0 else "#009E73"))
    return index * 40, 0, image


def values(topic: str) -> list[Message[Any]] | None:
    return None if topic != CANARY.name else [
        Message(seq=7, epoch="e", key="k", source="s", observed_at=STATE.at, published_at=STATE.at, quality=Quality.MEASURED,
                body=Canary(count=3, sent_at=STATE.at))
    ]  # fmt: skip


@pytest.fixture
def server(qtbot: QtBot, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "wall-uji.sock"
    control = ControlServer(path, state=lambda: STATE, screens=lambda: 2, grab=screen, values=values)
    control.start()
    yield path
    control.stop()
    control.deleteLater()


def in_thread(qtbot: QtBot, call: Any, *arguments: Any) -> Any:
    """Runs the asking side as another process would, while the GUI thread serves it."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(call(*arguments))
        except (NoWall, OSError) as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    qtbot.waitUntil(lambda: bool(found), timeout=10_000)
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def raw(path: Path, line: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(line)
        answer = b""
        while chunk := client.recv(65_536):
            answer += chunk
        return answer


def test_the_socket_is_for_this_user_only(server: Path) -> None:
    assert server.stat().st_mode & 0o077 == 0


def test_the_state_is_told(server: Path, qtbot: QtBot) -> None:
    assert in_thread(qtbot, ask_state, server) == STATE


def test_what_is_held_of_a_topic_is_told_as_it_came(server: Path, qtbot: QtBot) -> None:
    assert in_thread(qtbot, ask_values, server, CANARY) == {"k": (values(CANARY.name) or [])[0]}


def test_a_topic_that_does_not_exist_is_refused(server: Path, qtbot: QtBot) -> None:
    with pytest.raises(NoWall, match=r"no such topic: 'wall\.state'"):
        in_thread(qtbot, ask_values, server, WALL_STATE)


def test_the_whole_wall_is_put_together_from_its_monitors(server: Path, qtbot: QtBot) -> None:
    picture: QImage = in_thread(qtbot, ask_pixels, server, None)
    assert (picture.width(), picture.height()) == (80, 30)
    assert picture.pixelColor(10, 10).name() == "#d55e00"
    assert picture.pixelColor(60, 10).name() == "#009e73"


def test_one_monitor_alone(server: Path, qtbot: QtBot) -> None:
    picture: QImage = in_thread(qtbot, ask_pixels, server, 2)
    assert (picture.width(), picture.height()) == (40, 30)
    assert picture.pixelColor(10, 10).name() == "#009e73"


def test_a_monitor_that_is_not_there_is_refused(server: Path, qtbot: QtBot) -> None:
    with pytest.raises(NoWall, match="no screen 3: this wall has 1 to 2"):
        in_thread(qtbot, ask_pixels, server, 3)


def test_a_second_wall_of_the_same_name_keeps_off_until_the_first_is_gone(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controlroom.wall.control.AGAIN_MS", 30)
    path = tmp_path / "wall-uji.sock"
    first, second = (
        ControlServer(
            path, state=lambda name=name: msgspec.structs.replace(STATE, layout=name), screens=lambda: 2, grab=screen, values=values
        )
        for name in ("first", "second")
    )
    first.start()
    with capture_logs() as lines:
        second.start()
        qtbot.wait(100)
    assert [line["event"] for line in lines] == ["another wall of this name runs: shot shows that one"], "once"
    assert "wall.toml" in lines[0]["remedy"]
    assert in_thread(qtbot, ask_state, path).layout == "first"
    first.stop()
    qtbot.waitUntil(path.exists)
    assert in_thread(qtbot, ask_state, path).layout == "second"
    second.stop()
    for control in (first, second):
        control.deleteLater()


def test_the_socket_of_a_wall_that_died_is_taken_over(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "wall-uji.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    control = ControlServer(path, state=lambda: STATE, screens=lambda: 2, grab=screen, values=values)
    control.start()
    assert in_thread(qtbot, ask_state, path) == STATE
    control.stop()
    control.deleteLater()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=st.one_of(st.binary(max_size=300), st.just(b"x" * 10_000), st.just(b'{"verb": "quit"}')))
def test_garbage_is_refused_in_a_sentence_and_the_wall_goes_on(server: Path, qtbot: QtBot, line: bytes) -> None:
    answer = in_thread(qtbot, raw, server, line.replace(b"\n", b" ") + b"\n")
    assert json.loads(answer)["error"]
    assert in_thread(qtbot, ask_state, server) == STATE
