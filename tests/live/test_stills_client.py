"""The client of stills against the real server, against none, and against false ones that send whatever they like."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import TracebackType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json, structs
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from controlroom.live.still_frames import MOST_FRAME_BYTES, MOST_SIDE, FrameError, StillsLayout, layout_of, unframed
from controlroom.live.stills import StillsClient, address_of
from tests.fakes.stills import AT, KEY, Serving, layout, still

PATIENCE_MS = 15_000
QUICK = (0.02, 0.05)


def picture(colour: str = "#00a000", size: tuple[int, int] = (30, 20), kind: str = "JPG") -> bytes:
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, kind)  # type: ignore[call-overload]
    return bytes(buffer.data().data())


class Console:
    """A client, and what it said."""

    def __init__(self, qtbot: QtBot, key: str = KEY) -> None:
        self.qtbot = qtbot
        self.layouts: list[StillsLayout] = []
        self.stills: list[tuple[int, QImage, datetime]] = []
        self.beats: list[datetime] = []
        self.reached: list[bool] = []
        self.client = StillsClient(key, back_off_s=QUICK)
        self.client.layout.connect(self.layouts.append)
        self.client.still.connect(lambda slot, image, at: self.stills.append((slot, image, at)))
        self.client.beat.connect(self.beats.append)
        self.client.reached.connect(self.reached.append)

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)


@pytest.fixture
def console(qtbot: QtBot) -> Iterator[Console]:
    made = Console(qtbot)
    yield made
    made.client.close()
    made.client.deleteLater()


def test_it_hears_the_layout_the_stills_and_the_beat(console: Console) -> None:
    with Serving() as there:
        there.server.tell(layout())
        there.server.put(1, 1, still(1, picture("#00a000")))
        console.client.open(there.url)
        console.until(lambda: bool(console.stills))
        assert console.layouts == [layout()]
        assert console.reached == [True]
        slot, image, at = console.stills[0]
        assert (slot, image.width(), image.height(), at) == (1, 30, 20, AT)
        assert image.pixelColor(15, 10).green() > 150
        later = AT + timedelta(seconds=1)
        there.server.tell(structs.replace(layout(), at=later))
        console.until(lambda: len(console.beats) == 2)
        assert console.beats == [AT, later]
        assert len(console.layouts) == 1, "the same layout again is no news"
        there.server.tell(layout(2, is_curtained=True, slots=0))
        there.server.put(2, 0, still(0, picture("#0000a0"), generation=2))
        console.until(lambda: len(console.stills) == 2)
        assert console.layouts[-1].is_curtained


def test_a_wrong_key_reaches_nothing_and_is_said_once(console: Console, qtbot: QtBot) -> None:
    with Serving() as there, capture_logs() as log:
        there.server.tell(layout())
        other = Console(qtbot, "another-key-that-is-long")
        other.client.open(there.url)
        console.client.open(there.url)
        console.until(lambda: console.reached == [True])
        other.until(lambda: other.client._failures > 3)
        assert other.reached == other.layouts == []
        other.client.close()
        other.client.deleteLater()
    assert [line["event"] for line in log].count("the stills of the wall cannot be had") == 1
    assert "another-key" not in str(log)


def test_it_comes_back_when_the_wall_does(console: Console) -> None:
    with Serving() as there:
        port = there.port
        there.server.tell(layout())
        console.client.open(there.url)
        console.until(lambda: console.reached == [True])
    console.until(lambda: console.reached == [True, False])
    with Serving(port=port) as there:
        there.server.tell(layout())
        there.server.put(1, 2, still(2, picture()))
        console.until(lambda: console.reached == [True, False, True])
        console.until(lambda: bool(console.stills))
        assert console.layouts == [layout(), layout()], "told anew: whoever shows it forgot it"


def test_it_goes_where_it_is_told_to_and_stays_away_when_closed(console: Console) -> None:
    with Serving() as first, Serving() as second:
        first.server.tell(layout(1))
        second.server.tell(layout(5))
        console.client.open(first.url)
        console.until(lambda: len(console.layouts) == 1)
        console.client.open(first.url)
        console.client.open(second.url)
        console.until(lambda: len(console.layouts) == 2)
        assert [told.generation for told in console.layouts] == [1, 5]
        console.until(lambda: first.audience == 0)
        console.client.open(None)
        console.until(lambda: second.audience == 0)
        assert first.counts == [1, 0], "the same address again is no other connection"
        assert not console.client.is_reached


def test_a_wall_that_falls_silent_is_left(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.live.stills.SILENT_S", 0.2)
    monkeypatch.setattr("controlroom.live.stills._LOOK_MS", 20)
    with Serving() as there:
        there.server.tell(layout())
        console.client.open(there.url)
        console.until(lambda: console.reached[:3] == [True, False, True])


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "ws://", "ws://user:word@127.0.0.1:1", "ws://127.0.0.1:1/?key=x", "127.0.0.1:80"]
)
def test_what_is_no_address_is_refused(console: Console, address: str) -> None:
    with pytest.raises(ValueError, match="address of stills"):
        console.client.open(address)


def test_a_port_from_the_bus_leads_nowhere_but_to_this_machine() -> None:
    assert address_of(None, 8500) == "ws://127.0.0.1:8500"
    assert address_of("wss://wall.example", 8500) == "wss://wall.example"
    assert [address_of(None, port) for port in (None, 0, -1, 65536)] == [None] * 4


class FalseWall:
    """A server that sends each who comes the frames it was given, and remembers how often somebody came."""

    def __init__(self) -> None:
        self.frames: list[str | bytes] = []
        self.visits = 0
        self._server: Server = serve(self._serve, "127.0.0.1", 0, compression=None, close_timeout=1)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="false wall")

    def _serve(self, connection: ServerConnection) -> None:
        self.visits += 1
        try:
            for frame in self.frames:
                connection.send(frame)
            connection.recv()
        except ConnectionClosed:
            return

    def __enter__(self) -> "FalseWall":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join(10)


def said(told: StillsLayout) -> str:
    return json.encode(told).decode()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20" fill="red"/></svg>'


@pytest.mark.no_qt_log
@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(still(1, picture(size=(31, 20))), id="another size than the head says"),
        pytest.param(still(1, picture()[:-300]), id="cut short before its first line"),
        pytest.param(still(1, SVG), id="a drawing that says it is a photograph"),
        pytest.param(still(1, SVG, mime="image/svg+xml"), id="a drawing"),
        pytest.param(still(1, picture(), generation=9), id="another layout's"),
        pytest.param(still(9, picture()), id="of no slot"),
        pytest.param(still(0, picture()), id="a curtain that is not drawn"),
        pytest.param(still(1, b""), id="nothing"),
    ],
)
def test_a_still_that_cannot_be_is_not_shown_and_the_next_is(console: Console, frame: bytes) -> None:
    with FalseWall() as wall:
        wall.frames = [said(layout()), frame, still(2, picture())]
        console.client.open(wall.url)
        console.until(lambda: bool(console.stills))
        assert [slot for slot, _, _ in console.stills] == [2]
        assert console.reached == [True]
        console.client.close()


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(bytes(MOST_FRAME_BYTES + 1), id="too large"),
        pytest.param(still(1, bytes(MOST_FRAME_BYTES)), id="too large behind a good head"),
        pytest.param(b"no head at all", id="no head"),
        pytest.param(still(1, picture()).replace(b'"width":30', b'"width":%d' % (MOST_SIDE + 1)), id="too wide"),
        pytest.param(still(1, picture()).replace(b'"slot":1', b'"slot":-1'), id="a slot below nought"),
        pytest.param("{}", id="no layout"),
        pytest.param(said(layout()).replace("3840", "-1"), id="a wall of no width"),
        pytest.param(
            said(layout()).replace('"slots":[', '"slots":[' + '{"index":1,"panel":"x","rect":[0,0,1,1]},' * 513), id="too many slots"
        ),
        pytest.param("x" * 300_000, id="a text without end"),
    ],
)
def test_whoever_sends_what_no_wall_sends_is_left_and_tried_again(console: Console, frame: str | bytes) -> None:
    with FalseWall() as wall:
        wall.frames = [said(layout()), frame]
        console.client.open(wall.url)
        console.until(lambda: wall.visits >= 2)
        console.client.close()
        assert console.stills == []
        assert console.reached[:2] == [True, False]


@pytest.mark.no_qt_log
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frames=st.lists(
        st.one_of(st.binary(max_size=300), st.text(max_size=300), st.binary(max_size=200).map(lambda noise: still(1, noise))), max_size=5
    )
)
def test_whatever_comes_the_client_stands(qtbot: QtBot, wall: FalseWall, frames: list[str | bytes]) -> None:
    """Nothing is shown, nothing is raised, and once the wall speaks sense it is heard."""
    console = Console(qtbot)
    wall.frames = [said(layout()), *frames]
    console.client.open(wall.url)
    console.until(lambda: bool(console.layouts))
    wall.frames = [said(layout()), still(2, picture())]
    console.client.open(None)
    console.client.open(wall.url)
    console.until(lambda: bool(console.stills))
    assert [slot for slot, _, _ in console.stills] == [2]
    console.client.close()
    console.client.deleteLater()


@pytest.fixture(scope="module")
def wall() -> Iterator[FalseWall]:
    with FalseWall() as made:
        yield made


@given(frame=st.binary(max_size=600))
def test_any_bytes_are_a_frame_or_refused(frame: bytes) -> None:
    try:
        head, rest = unframed(frame)
    except FrameError:
        return
    assert frame.endswith(b"\n" + rest)
    assert head.width <= MOST_SIDE


@given(text=st.text(max_size=400) | st.binary(max_size=50).map(lambda noise: said(layout())[:100] + noise.decode("latin-1")))
def test_any_text_is_a_layout_or_refused(text: str) -> None:
    with pytest.raises(FrameError):
        layout_of(text)
