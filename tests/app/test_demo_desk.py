"""A running demo says how a desk reaches it, to its own user alone, and takes that back at its end."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from controlroom.cli.demo_desk import DemoDesk, NoDemo, announced, find_demo


@pytest.fixture(autouse=True)
def own_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def a_desk(process: int) -> DemoDesk:
    return DemoDesk(
        process=process, city="assets/cities/tangerang", namespace="sim", redis_url="unix://front:x@y", doors_url="http://127.0.0.1:8311"
    )


def test_a_desk_finds_the_demo_that_runs_and_only_its_user_may_read_how() -> None:
    with announced(a_desk(os.getpid())) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        found = find_demo().settings()
        assert (found["namespace"], found["doors_url"], found["city"]) == ("sim", "http://127.0.0.1:8311", Path("assets/cities/tangerang"))
    assert not path.exists()
    with pytest.raises(NoDemo, match="controlroom demo"):
        find_demo()


def test_what_a_killed_demo_left_behind_is_cleared_away_and_rubbish_is_passed_over(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with announced(a_desk(os.getpid())):
        left = tmp_path / "live-room" / f"demo-{ended.pid}.json"
        left.write_bytes(b'{"process": %d, "city": "x", "namespace": "sim", "redis_url": "", "doors_url": ""}' % ended.pid)
        (tmp_path / "live-room" / "demo-1.json").write_bytes(b"\x00rubbish")
        assert find_demo().process == os.getpid()
    with pytest.raises(NoDemo):
        find_demo()
    assert not left.exists()


def test_the_verb_says_that_there_is_no_demo(root: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-m", "controlroom", "console", "--demo"], cwd=root, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "no demo runs here" in done.stderr
