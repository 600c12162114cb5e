"""The mirror's window with a real web engine: it keeps its device, asks nobody else, and finds the mirror again by itself."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.webengine, pytest.mark.slow, pytest.mark.timeout(150)]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def opened(folder: Path, port: int, *more: str) -> dict[str, Any]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.mirror_window.mirror_stage", str(folder), str(port), *more]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_the_device_stays_known_and_nobody_else_is_asked(tmp_path: Path) -> None:
    """A key that no script can take out, and the cookie, survive a restart; a foreign address is asked for nothing."""
    port = free_port()
    first = opened(tmp_path, port)
    assert first["seen"]["hash"] == "#masuk=abc"
    assert (first["seen"]["kept"], first["seen"]["cookie"], first["seen"]["signs"]) == (False, "", 64)
    assert (first["seen"]["own"], first["seen"]["foreign"], first["seen"]["popup"]) == (200, "refused", True)
    assert first["foreign_hits"] == []
    again = opened(tmp_path, port)
    assert (again["seen"]["kept"], again["seen"]["cookie"]) == (True, "device=42")
    folders = [path for path in tmp_path.iterdir() if path.is_dir()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700]


def test_a_mirror_that_is_not_there_is_said_and_found_again(tmp_path: Path) -> None:
    """Until then its words stand in the page's place; an invitation not yet shown keeps its token. Twice the way out closes the window."""
    seen = opened(tmp_path, free_port(), "--late")
    assert seen["misses"] >= 1
    assert seen["cards"][0] == "Cermin di localhost tidak dapat dihubungi"
    assert (seen["shown"], seen["title"], seen["seen"]["hash"]) == (1, "", "#masuk=abc")
    assert (seen["is_visible_before"], seen["is_visible_after"]) == (True, False)
