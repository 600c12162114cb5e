"""Background maps under the city: PMTiles by ranges, XYZ and WMS over loopback, each where it belongs in EPSG:3857."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.webengine, pytest.mark.xvfb, pytest.mark.slow, pytest.mark.timeout(150)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb-run is not installed: make setup")
    if not (ROOT / "assets" / "web" / "dist" / "map.html").is_file():
        pytest.skip("the pages of assets/web are not built: make setup")
    told: Path = tmp_path_factory.mktemp("base") / "seen.json"
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    command = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24", sys.executable, "-m", "tests.widgets.map_base_stage", str(told)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=140, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return json.loads(told.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["xyz", "wms", "pmtiles"])
def test_a_base_lies_where_it_belongs_and_names_its_source(seen: dict[str, Any], kind: str) -> None:
    assert seen[kind]["agreement"] > 0.9
    assert f"Papan {kind}" in seen[kind]["attribution"]
    assert (seen[kind]["asked"] > 0) == (kind != "pmtiles")


def test_opacity_dims_the_base(seen: dict[str, Any]) -> None:
    assert seen["half"]["light"] < seen["xyz"]["light"] - 10


def test_a_dead_tile_server_leaves_the_city_and_is_said_once(seen: dict[str, Any]) -> None:
    assert seen["down"]["asked"] > 1
    assert sum("base map is down" in line for line in seen["down"]["logged"]) == 1
    assert seen["down"]["light"] < seen["xyz"]["light"] - 10


def test_vector_tiles_are_refused_in_words(seen: dict[str, Any]) -> None:
    assert any("page complains" in line for line in seen["vector"]["logged"])
    assert seen["vector"]["light"] < seen["xyz"]["light"] - 10
