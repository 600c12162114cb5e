"""The simulation as a process of its own: it says when it is ready and ends cleanly when told, whatever Redis does."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.bus.embedded import EmbeddedRedis

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("redis", "number"),
    [("alive", signal.SIGTERM), ("alive", signal.SIGINT), ("frozen", signal.SIGTERM), ("killed", signal.SIGINT)],
)
def test_a_signal_ends_it_cleanly(redis: str, number: signal.Signals) -> None:
    with EmbeddedRedis() as server:
        variables = dict(os.environ) | {"LIVE_ROOM_BUS_URL": server.url_for(), "LIVE_ROOM_MEDIA_KEY": "geheim"}
        process = subprocess.Popen(
            [sys.executable, "-m", "feeds.sim", "--city", "tests/cities/koeln"], cwd=ROOT, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["media_url"].startswith("http://127.0.0.1:")
            if redis == "frozen":
                server.pause()
            elif redis == "killed":
                server.kill()
            process.send_signal(number)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == 0
        assert b"Traceback" not in said
        assert b"geheim" not in said and server.url_for().encode() not in said
