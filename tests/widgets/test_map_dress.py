"""The map page changes from day to night without a blink: whatever is looked at meanwhile is a whole map."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.widgets.test_map_page import display

__all__ = ["display"]

pytestmark = [pytest.mark.webengine, pytest.mark.xvfb, pytest.mark.slow, pytest.mark.timeout(90)]


def test_the_map_is_dressed_for_the_night_without_a_blink(display: str, tmp_path: Path) -> None:
    if not (ROOT / "assets" / "web" / "dist" / "map.html").is_file():
        pytest.skip("the pages of assets/web are not built: make setup")
    told = tmp_path / "seen.json"
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.widgets.map_dress_stage", str(told)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=80, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    seen = json.loads(told.read_text(encoding="utf-8"))
    colours, brightness = seen["by_day"]
    assert len(seen["looks"]) > 5
    assert min(look[0] for look in seen["looks"]) > 0.5 * colours, seen
    assert max(look[1] for look in seen["looks"]) < brightness + 3, seen
    assert seen["looks"][-1][1] < 0.85 * brightness, seen
    assert seen["is_same_page"]
