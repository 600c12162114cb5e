"""What a decoder must not do: tell a secret, send one elsewhere, open what is no camera, outlive its wall or hold it up."""

import os
import signal
import subprocess
import sys
import time
from weakref import ref

import psutil
import pytest
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.live import video
from controlroom.live.video import Limits
from tests.fakes.mjpeg_camera import MjpegCamera
from tests.live.test_video import PATIENCE_MS, ROOT, SIZE, MakeWall, camera_server, make_wall, mjpeg, until_picture

__all__ = ["camera_server", "make_wall"]


def test_a_decoder_shows_no_secret_and_dies_with_the_wall(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    wall = make_wall(secret="kamera:p@ss:word")
    with capture_logs() as lines:
        feed = wall.feed(mjpeg(camera_server.url("/login"), credential="gudang"), SIZE)
        until_picture(qtbot, feed)
        assert feed.process_id is not None
        process = psutil.Process(feed.process_id)
        said = " ".join([*process.cmdline(), *process.environ().values(), *map(str, lines)])
        assert "word" not in said
        assert "p%40ss" not in said
        assert process.memory_info().rss < 90_000_000
        wall.close()
    assert not psutil.pid_exists(process.pid)


def test_a_login_is_not_sent_where_it_is_not_for_whatever_the_bus_says(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera
) -> None:
    """Whoever may write a camera message must not be able to have the password sent to an address of his own."""
    with capture_logs() as lines:
        feed = make_wall(limits=Limits(back_off_s=(0.05,)), secret="kamera:p@ss:word", host="10.9.9.9").feed(
            mjpeg(camera_server.url("/login"), credential="gudang"), SIZE
        )
        qtbot.waitUntil(lambda: feed.reason() == "login", timeout=PATIENCE_MS)
        qtbot.wait(600)
    assert camera_server.connections == 0
    assert feed.is_down()
    said = [line for line in lines if line["event"] == "camera login refused"]
    assert len(said) == 1, "once, not at each try"
    assert "127.0.0.1" in said[0]["problem"]
    assert "word" not in str(lines)


def test_a_decoder_inherits_no_secret_of_the_wall(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONTROLROOM_REDIS_URL", "CONTROLROOM_MEDIA_KEY", "LIVEROOM_SECRET_LAKSA", "SOME_TOKEN", "https_proxy"):
        monkeypatch.setenv(name, "geheim")
    feed = make_wall().feed(mjpeg(camera_server.url()), SIZE)
    until_picture(qtbot, feed)
    assert feed.process_id is not None
    assert "geheim" not in psutil.Process(feed.process_id).environ().values()


def test_a_camera_that_moves_or_goes_leaves_no_decoder_and_no_picture(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera
) -> None:
    wall = make_wall(limits=Limits(idle_s=0.3))
    feed = wall.feed(mjpeg(camera_server.url()), SIZE)
    until_picture(qtbot, feed)
    assert feed.process_id is not None
    first, former = psutil.Process(feed.process_id), ref(feed)
    moved = wall.feed(mjpeg(camera_server.url("/stall")), SIZE)
    assert moved is not feed
    until_picture(qtbot, moved)
    qtbot.waitUntil(lambda: not first.is_running(), timeout=PATIENCE_MS)
    del feed
    qtbot.waitUntil(lambda: former() is None, timeout=PATIENCE_MS)
    gone = ref(moved)
    del moved
    qtbot.waitUntil(lambda: gone() is None, timeout=PATIENCE_MS)


def test_the_wall_does_not_wait_for_a_decoder_that_the_kernel_keeps(
    qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process in an uninterruptible call outlives its SIGKILL for a while."""
    monkeypatch.setattr(video, "CLOSE_S", 0.2)
    wall = make_wall()
    feeds = [wall.feed(mjpeg(camera_server.url(), id=f"kam-{number}"), SIZE) for number in range(3)]
    for feed in feeds:
        until_picture(qtbot, feed)
    processes = [feed._process for feed in feeds]
    for process in processes:
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        monkeypatch.setattr(process, "kill", lambda: None)
        # A stop takes effect when the process is next looked at; before that it would still see its pipe close, and end.
        qtbot.waitUntil(lambda pid=process.pid: psutil.Process(pid).status() == psutil.STATUS_STOPPED, timeout=PATIENCE_MS)
    began = time.monotonic()
    wall.feed(mjpeg(camera_server.url("/stall"), id="kam-0"), SIZE)
    assert time.monotonic() - began < 0.15
    with capture_logs() as lines:
        wall.close()
    assert time.monotonic() - began < 2
    assert [process.poll() for process in processes if process is not None] == [None] * 3
    assert "decoders were killed and have not gone yet" in [line["event"] for line in lines]
    for process in processes:
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)


def test_a_private_camera_is_refused(make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    with pytest.raises(ValueError, match="kam-1 is private"):
        make_wall().feed(mjpeg(camera_server.url(), is_private=True), SIZE)


def test_an_address_of_another_kind_is_never_opened(qtbot: QtBot, make_wall: MakeWall) -> None:
    feed = make_wall().feed(mjpeg("file:///etc/hostname"), SIZE)
    qtbot.waitUntil(lambda: feed.is_down(), timeout=PATIENCE_MS)
    assert feed.reason() == "bad_stream"


def test_nothing_of_a_stream_outlives_it(qtbot: QtBot, make_wall: MakeWall, camera_server: MjpegCamera) -> None:
    before = set(os.listdir("/dev/shm")), len(os.listdir("/proc/self/fd"))
    wall = make_wall()
    until_picture(qtbot, wall.feed(mjpeg(camera_server.url()), SIZE))
    wall.close()
    assert (set(os.listdir("/dev/shm")), len(os.listdir("/proc/self/fd")) <= before[1] + 1) == (before[0], True)


PARENT = """
import sys
from datetime import UTC, datetime
from PySide6.QtCore import QCoreApplication
from controlroom.live.credentials import CameraCredentials
from controlroom.live.video import VideoWall
from feeds.messages.camera import Camera, StreamKind
app = QCoreApplication([])
wall = VideoWall(clock=lambda: datetime.now(UTC), credentials=CameraCredentials({}))
feed = wall.feed(Camera(id="k", name="k", owner="o", kind=StreamKind.MJPEG, url=sys.argv[1]), (100, 100))
while feed.frame() is None:
    app.processEvents()
print("decoder", feed.process_id, flush=True)
app.exec()
"""


def test_a_decoder_dies_with_a_wall_that_was_killed(camera_server: MjpegCamera) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, camera_server.url()], stdout=subprocess.PIPE, cwd=ROOT) as wall:
        assert wall.stdout is not None
        line = next(line for line in wall.stdout if line.startswith(b"decoder "))
        decoder = psutil.Process(int(line.split()[1]))
        wall.kill()
    decoder.wait(timeout=10)
    assert not decoder.is_running()
