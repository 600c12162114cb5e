"""The wall is kept up: by a parent that starts it again and ends one that hangs, and that hears from the GUI thread that it lives."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.wall.supervise import PARENT, WAY_OUT, Patience, Supervisor
from controlroom.wall.watchdog import Watchdog

ROOT = Path(__file__).resolve().parents[2]
QUICK = Patience(pause_s=0.02, longest_pause_s=0.08, healthy_s=60, start_s=20, silence_s=0.6, end_s=10, look_s=0.02)

SPEAKING = f"""
import os, socket, sys, time
sys.path.insert(0, {str(ROOT)!r})
mouth = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
say = lambda words: mouth.sendto(words.encode(), os.environ["NOTIFY_SOCKET"])
lives = sys.argv[1]
open(lives, "a").write("x")
count = len(open(lives).read())
"""


def supervisor(tmp_path: Path, body: str, patience: Patience = QUICK) -> Supervisor:
    return Supervisor((sys.executable, "-c", SPEAKING + body, str(tmp_path / "lives")), patience)


def lives(tmp_path: Path) -> int:
    return len((tmp_path / "lives").read_text()) if (tmp_path / "lives").exists() else 0


def test_whatever_ends_it_but_the_way_out_it_is_started_again(tmp_path: Path) -> None:
    body = f"""
if count == 1: sys.exit(3)
if count == 2: os.kill(os.getpid(), 9)
if count == 3: sys.exit(0)
say("READY=1"); say({WAY_OUT!r})
"""
    with capture_logs() as log:
        assert supervisor(tmp_path, body).run() == 0
    assert lives(tmp_path) == 4
    assert [line["why"] for line in log] == ["exit code 3", "killed by SIGKILL", "exit code 0"]
    assert [line["pause_s"] for line in log] == [0.02, 0.04, 0.08]


def test_a_way_out_that_ends_badly_is_none(tmp_path: Path) -> None:
    with capture_logs() as log:
        supervisor(tmp_path, f"say({WAY_OUT!r}); sys.exit(1 if count == 1 else 0)").run()
    assert lives(tmp_path) == 2
    assert [line["why"] for line in log] == ["exit code 1"]


def test_one_that_lives_is_left_alone_and_one_that_hangs_is_killed(tmp_path: Path) -> None:
    body = f"""
say("READY=1")
if count == 1: time.sleep(60)
for _ in range(10):
    time.sleep(0.15)
    say("WATCHDOG=1")
say({WAY_OUT!r})
"""
    with capture_logs() as log:
        supervisor(tmp_path, body).run()
    assert lives(tmp_path) == 2
    assert [line["why"] for line in log] == ["its GUI thread gave no sign of life for 0.6 s"]


def test_one_that_never_comes_up_is_killed(tmp_path: Path) -> None:
    patience = Patience(pause_s=0.02, start_s=1.0, silence_s=0.2, look_s=0.02)
    with capture_logs() as log:
        supervisor(tmp_path, f"time.sleep(60) if count == 1 else say({WAY_OUT!r})", patience).run()
    assert [line["why"] for line in log] == ["it was not up after 1 s"]


PARENT_PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from controlroom.wall.supervise import Supervisor
sys.exit(Supervisor((sys.executable, "-c", sys.argv[1], sys.argv[2])).run())
"""


def started(tmp_path: Path, body: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-c", PARENT_PROGRAM, SPEAKING + body, str(tmp_path / "lives")))


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_a_signal_to_the_parent_is_passed_on_and_ends_both(tmp_path: Path) -> None:
    body = """
import signal
signal.signal(signal.SIGTERM, lambda *_: (open(lives + ".told", "w").write("x"), sys.exit(0)))
say("READY=1")
open(lives + ".up", "w").write("x")
while True: time.sleep(0.05); say("WATCHDOG=1")
"""
    parent = started(tmp_path, body)
    until((tmp_path / "lives.up").exists, "up")
    parent.send_signal(signal.SIGTERM)
    assert parent.wait(20) == 0
    assert (tmp_path / "lives.told").exists()
    assert lives(tmp_path) == 1


def test_the_wall_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    body = """
from controlroom.wall.supervise import die_with_parent
die_with_parent()
open(lives + ".up", "w").write("x")
time.sleep(60)
"""
    parent = started(tmp_path, body)
    until((tmp_path / "lives.up").exists, "up")
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait(20)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child has ended")


def test_a_wall_whose_parent_has_ended_before_it_began_does_not_begin() -> None:
    program = "from controlroom.wall.supervise import die_with_parent; die_with_parent(); print('began')"
    environment = {**os.environ, PARENT: "1999999", "PYTHONPATH": str(ROOT)}
    done = subprocess.run((sys.executable, "-c", program), env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, "")


@pytest.fixture
def ear(tmp_path: Path) -> socket.socket:
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "notify"))
    heard.setblocking(False)
    return heard


def words(ear: socket.socket) -> list[str]:
    found: list[str] = []
    while True:
        try:
            found.append(ear.recv(4096).decode())
        except BlockingIOError:
            return found


def test_the_gui_thread_says_that_it_is_up_and_that_it_lives(qtbot: QtBot, tmp_path: Path, ear: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "80000", "WATCHDOG_PID": str(os.getpid()), "HOME": "/"}
    watchdog = Watchdog(environment)
    assert environment == {"HOME": "/"}, "no child of the wall speaks in its name"
    assert words(ear) == []
    watchdog.start()
    assert words(ear) == ["READY=1", "WATCHDOG=1"]
    heard: list[str] = []
    qtbot.waitUntil(lambda: bool(heard.extend(words(ear)) or len(heard) >= 3))
    assert set(heard) == {"WATCHDOG=1"}
    ear.close()
    watchdog.say("STOPPING=1")
    watchdog.close()
    watchdog.deleteLater()


def test_a_watchdog_for_another_process_gets_no_beats(qtbot: QtBot, tmp_path: Path, ear: socket.socket) -> None:
    watchdog = Watchdog({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000", "WATCHDOG_PID": "1"})
    watchdog.start()
    qtbot.wait(100)
    assert words(ear) == ["READY=1"]
    watchdog.close()
    ear.close()
    nobody = Watchdog({})
    nobody.start()
    nobody.say("READY=1")
    nobody.close()
    for one in (watchdog, nobody):
        one.deleteLater()


def test_systemd_hears_of_a_supervised_wall_through_its_parent(tmp_path: Path, ear: socket.socket) -> None:
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "1"}
    command = (sys.executable, "-c", SPEAKING + f"say('READY=1'); time.sleep(0.3); say({WAY_OUT!r})", str(tmp_path / "lives"))
    Supervisor(command, QUICK, environment=environment).run()
    said = words(ear)
    assert said.count("READY=1") == 1
    assert "WATCHDOG=1" in said
    ear.close()


def test_one_that_takes_its_time_to_end_is_waited_for_at_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    class Counted(subprocess.Popen[bytes]):
        def poll(self) -> int | None:
            looks.append(1)
            return super().poll()

    monkeypatch.setattr("controlroom.wall.supervise.subprocess.Popen", Counted)
    body = f"""
import signal
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1.5), os._exit(0)))
say("READY=1")
os.kill({os.getpid()}, signal.SIGTERM)
time.sleep(60)
"""
    assert supervisor(tmp_path, body).run() == 0
    assert lives(tmp_path) == 1
    # Every 0.02 s at the most; without a rest it is some ten thousand times.
    assert len(looks) < 1_000
