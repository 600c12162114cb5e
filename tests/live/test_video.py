"""Camera decoders against real streams: HTTP from a fake camera that misbehaves, RTSP from gst-rtsp-server."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.live import video
from controlroom.live.credentials import CameraCredentials, Place
from controlroom.live.decoder import fitted
from controlroom.live.priority import DRAWING_NICENESS
from controlroom.live.video import CameraFeed, Limits, VideoWall
from feeds.messages.camera import Camera, StreamKind
from tests.fakes.mjpeg_camera import MjpegCamera

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 7, 32, 8, tzinfo=UTC)
SIZE = (431, 288)
PATIENCE_MS = 30_000
HASTY = Limits(start_s=4.0, silence_s=1.0, back_off_s=(0.1, 0.2), healthy_s=30.0, hidden_s=60.0, idle_s=60.0)

MakeWall = Callable[..., VideoWall]


@pytest.fixture
def camera_server() -> Iterator[MjpegCamera]:
    server = MjpegCamera()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def make_wall(qtbot: QtBot) -> Iterator[MakeWall]:
    made: list[VideoWall] = []

    def make(limits: Limits = HASTY, secret: str | None = None, host: str = "127.0.0.1") -> VideoWall:
        entries = {"gudang": (secret, (Place(host),))} if secret is not None else {}
        wall = VideoWall(clock=lambda: NOW, credentials=CameraCredentials(entries), limits=limits)
        made.append(wall)
        return wall

    yield make
    for wall in made:
        wall.close()


def mjpeg(url: str, **more: object) -> Camera:
    facts = {"id": "kam-1", "name": "Pintu air", "owner": "PUPR", "kind": StreamKind.MJPEG, "url": url} | more
    return Camera(**facts)  # pyright: ignore[reportArgumentType]


def rtsp(url: str, credential: str | None = None) -> Camera:
    return Camera(id="kam-2", name="Simpang", owner="Dishub", kind=StreamKind.RTSP, url=url, credential=credential)


def until_picture(qtbot: QtBot, feed: CameraFeed) -> None:
    qtbot.waitUntil(lambda: feed.frame() is not None, timeout=PATIENCE_MS)


def colour(feed: CameraFeed) -> tuple[int, int, int]:
    image = feed.frame()
    assert image is not None
    pixel = image.pixelColor(image.width() // 2, image.height() // 2)
    return pixel.red(), pixel.green(), pixel.blue()


def near(feed: CameraFeed, wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= 6 for a, b in zip(colour(feed), wanted, strict=True))


def test_an_http_camera_shows_its_colours_at_the_tiles_size_and_in_its_own_shape(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera
) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url()), SIZE)
    assert feed.frame() is None
    assert feed.age_s() is None
    assert not feed.is_down()
    until_picture(qtbot, feed)
    image = feed.frame()
    assert image is not None
    assert (image.width(), image.height()) == SIZE
    assert near(feed, (200, 30, 30))
    age = feed.age_s()
    assert age is not None
    assert 0 <= age < 5
    taken = feed.taken_at()
    assert taken is not None
    assert 0 <= (NOW - taken).total_seconds() < 5
    camera_server.colour = (20, 40, 220)
    qtbot.waitUntil(lambda: near(feed, (20, 40, 220)), timeout=PATIENCE_MS)


def test_the_same_picture_is_the_same_object_and_a_new_one_is_another(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera
) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url("/stall")), SIZE)
    until_picture(qtbot, feed)
    first = feed.frame()
    qtbot.waitUntil(lambda: feed.frame() is not first, timeout=PATIENCE_MS)


def test_the_same_question_gives_the_same_feed_and_one_decoder(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    wall = make_wall()
    camera = mjpeg(camera_server.url())
    feed = wall.feed(camera, SIZE)
    assert wall.feed(camera, SIZE) is feed
    until_picture(qtbot, feed)
    assert camera_server.connections == 1


@pytest.mark.parametrize(("path", "reason"), [("/login", "auth"), ("/nothing", "missing"), ("/garbage", "bad_stream")])
def test_a_camera_that_refuses_says_why(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera, path: str, reason: str) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url(path)), SIZE)
    qtbot.waitUntil(lambda: feed.reason() is not None, timeout=PATIENCE_MS)
    assert feed.reason() == reason
    assert feed.is_down()
    assert feed.frame() is None


def test_a_picture_of_3_600_megapixels_is_not_decoded(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url("/huge")), SIZE)
    qtbot.waitUntil(lambda: feed.is_down(), timeout=PATIENCE_MS)
    assert feed.frame() is None


def test_a_camera_that_accepts_and_never_streams_is_killed_and_tried_again(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera
) -> None:
    feed = make_wall(limits=Limits(start_s=1.0, back_off_s=(0.1,))).feed(mjpeg(camera_server.url("/silent")), SIZE)
    qtbot.waitUntil(lambda: feed.process_id is not None, timeout=PATIENCE_MS)
    first = feed.process_id
    qtbot.waitUntil(lambda: camera_server.connections >= 2, timeout=PATIENCE_MS)
    assert feed.reason() == "hangs"
    assert feed.is_down()
    assert first is not None
    assert not psutil.pid_exists(first)


def test_a_decoder_yields_to_the_wall_from_its_first_instruction(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url("/silent")), SIZE)
    qtbot.waitUntil(lambda: feed.process_id is not None, timeout=PATIENCE_MS)
    assert feed.process_id is not None
    assert os.getpriority(os.PRIO_PROCESS, feed.process_id) >= DRAWING_NICENESS


def test_a_camera_that_stalls_keeps_its_last_picture_growing_older(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url("/stall")), SIZE)
    until_picture(qtbot, feed)
    qtbot.waitUntil(lambda: (feed.age_s() or 0) > 0.8, timeout=PATIENCE_MS)
    assert feed.frame() is not None
    qtbot.waitUntil(lambda: camera_server.connections >= 2, timeout=PATIENCE_MS)
    assert not feed.is_down()


def test_a_camera_that_stalls_while_nobody_looks_is_tried_again_too(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url("/stall")), SIZE)
    until_picture(qtbot, feed)
    qtbot.waitUntil(lambda: camera_server.connections >= 2, timeout=PATIENCE_MS)
    assert feed.reason() == "hangs"


def test_the_log_says_a_fault_once_and_the_recovery(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    camera_server.stop()
    with capture_logs() as lines:
        feed = make_wall(limits=Limits(back_off_s=(0.05,))).feed(mjpeg(camera_server.url()), SIZE)
        started: set[int | None] = set()
        qtbot.waitUntil(lambda: started.add(feed.process_id) or len(started) > 3, timeout=PATIENCE_MS)  # pyright: ignore[reportArgumentType]
        camera_server.start()
        until_picture(qtbot, feed)
    assert [line["event"] for line in lines] == ["camera gives no picture", "camera is here"]


def test_a_camera_that_loses_power_comes_back(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url()), SIZE)
    until_picture(qtbot, feed)
    camera_server.stop()
    qtbot.waitUntil(lambda: feed.reason() == "refused", timeout=PATIENCE_MS)
    assert feed.frame() is not None
    camera_server.colour = (30, 200, 30)
    camera_server.start()
    qtbot.waitUntil(lambda: feed.frame() is not None and near(feed, (30, 200, 30)), timeout=PATIENCE_MS)
    assert feed.reason() is None


def test_nobody_looking_ends_the_decoder_until_somebody_asks(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall(limits=Limits(idle_s=0.5)).feed(mjpeg(camera_server.url()), SIZE)
    qtbot.waitUntil(lambda: feed.process_id is not None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: feed.process_id is None, timeout=PATIENCE_MS)
    assert not feed.is_down()
    until_picture(qtbot, feed)


def test_a_camera_that_changes_its_picture_size_goes_on(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    feed = make_wall().feed(mjpeg(camera_server.url()), SIZE)
    until_picture(qtbot, feed)
    camera_server.size = (200, 600)
    qtbot.waitUntil(lambda: (image := feed.frame()) is not None and image.height() == 288 and image.width() <= 200, timeout=PATIENCE_MS)


def test_a_camera_nobody_looks_at_is_slowed_and_quickens_when_somebody_does(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera
) -> None:
    feed = make_wall(limits=Limits(hidden_s=0.3)).feed(mjpeg(camera_server.url()), SIZE)
    until_picture(qtbot, feed)
    qtbot.waitUntil(lambda: feed.is_hidden, timeout=PATIENCE_MS)
    feed.frame()
    qtbot.waitUntil(lambda: not feed.is_hidden, timeout=PATIENCE_MS)
    camera_server.colour = (20, 40, 220)
    qtbot.waitUntil(lambda: near(feed, (20, 40, 220)), timeout=PATIENCE_MS)


def test_a_machine_without_room_for_a_decoder_tries_again(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = video.new_slot_file

    def full(width: int, height: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(video, "new_slot_file", full)
    feed = make_wall().feed(mjpeg(camera_server.url()), SIZE)
    qtbot.waitUntil(lambda: feed.is_down(), timeout=PATIENCE_MS)
    assert feed.reason() == "broken"
    monkeypatch.setattr(video, "new_slot_file", real)
    until_picture(qtbot, feed)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [((1920, 1080), (512, 288)), ((640, 480), (431, 323)), ((320, 240), (320, 240)), ((4000, 100), (431, 11)), ((1, 1), (2, 2))],
)
def test_a_picture_covers_its_tile_in_its_own_shape(picture: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(*picture, *SIZE) == expected


@pytest.fixture
def rtsp_port(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """gst-rtsp-server in the system's own Python; ``param``: more arguments."""
    python = "/usr/bin/python3"
    check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if shutil.which(python) is None or subprocess.run([python, "-c", check], capture_output=True, timeout=30).returncode != 0:
        pytest.skip("gst-rtsp-server is not installed (apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi)")
    script = Path(__file__).parent.parent / "fakes" / "rtsp_server.py"
    arguments: list[str] = getattr(request, "param", [])
    with subprocess.Popen([python, str(script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait(timeout=10)


@pytest.mark.rtsp
@pytest.mark.parametrize("path", ["h264", "jpeg"])
def test_an_rtsp_camera_moves(qtbot: QtBot, make_wall: MakeWall, rtsp_port: int, path: str) -> None:
    feed = make_wall(limits=Limits()).feed(rtsp(f"rtsp://127.0.0.1:{rtsp_port}/{path}"), SIZE)
    until_picture(qtbot, feed)
    first = feed.frame()
    assert first is not None
    still = first.copy()
    qtbot.waitUntil(lambda: (image := feed.frame()) is not None and image != still, timeout=PATIENCE_MS)
    assert (still.width(), still.height()) == SIZE


@pytest.mark.rtsp
@pytest.mark.parametrize("rtsp_port", [["0", "640x360", "--login"]], indirect=True)
def test_an_rtsp_camera_behind_a_login(qtbot: QtBot, make_wall: MakeWall, rtsp_port: int) -> None:
    wall = make_wall(limits=Limits(), secret="kamera:p@ss:word")
    address = f"rtsp://127.0.0.1:{rtsp_port}/jpeg"
    let_in = wall.feed(rtsp(address, "gudang"), SIZE)
    until_picture(qtbot, let_in)
    kept_out = wall.feed(rtsp(address), (100, 100))
    qtbot.waitUntil(lambda: kept_out.reason() == "auth", timeout=PATIENCE_MS)
    assert kept_out.is_down()
