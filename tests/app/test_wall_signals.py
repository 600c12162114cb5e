"""A wall that is told to end while it still starts ends, and well."""

import subprocess
import sys
from pathlib import Path

import pytest

WALL = """
import os, signal
from controlroom import platform
platform.prepare(is_virtual=True)
from controlroom.app import run_wall
from controlroom.cli.options import settings_from
settings = settings_from(None, namespace="live", redis_url="redis://127.0.0.1:1/0", layout="sumber")
raise SystemExit(run_wall(settings, [], on_started=lambda _: os.kill(os.getpid(), signal.{number})))
"""


@pytest.mark.webengine
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_that_comes_before_the_event_loop_runs_is_not_lost(tmp_path: Path, number: str) -> None:
    environment = {
        "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path),
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
    }  # fmt: skip
    tmp_path.chmod(0o700)
    assert subprocess.run([sys.executable, "-c", WALL.format(number=number)], env=environment, timeout=90).returncode == 0
