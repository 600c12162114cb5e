"""Stills of the map, which a native window draws: what the page shows, made small, and its card when the page is gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.widgets.test_map_page import display

__all__ = ["display"]

pytestmark = [pytest.mark.webengine, pytest.mark.xvfb, pytest.mark.slow, pytest.mark.timeout(120)]


def test_the_stills_of_the_map_show_what_its_page_shows(display: str, tmp_path: Path) -> None:
    if not (ROOT / "assets" / "web" / "dist" / "map.html").is_file():
        pytest.skip("the pages of assets/web are not built: make setup")
    told = tmp_path / "seen.json"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.wall.map_stills_stage", str(told)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    seen = json.loads(told.read_text(encoding="utf-8"))
    assert seen["colours"] > 100, seen
    assert seen["unlike_screen"] < 3, seen
    assert seen["asked_while_nothing_changed"] == 0, "a still of the map is no news of the map"
    assert seen["stale_unlike_screen"] < 3, seen
    assert seen["stale_unlike_live"] > seen["stale_unlike_screen"], seen
    assert seen["card_unlike_screen"] < 3, seen
    assert seen["asked_of_a_failed_page"] == 0, seen
