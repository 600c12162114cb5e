"""What a starting wall may not load: libraries that only collectors, benches or decoders need, each some tenths of a second."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "pyarrow", "scipy", "litestar", "uvicorn", "av", "shapely", "sqlalchemy", "httpx", "lxml", "PIL")
WALL = "import controlroom.app; from controlroom.wall.loader import find_panels; find_panels()"
LATER = ("pyqtgraph", "numpy", "websockets.asyncio.server")
"""What a wall loads once it stands."""
PROBE = "import controlroom.measure.wall_probe"
BENCHES = ("controlroom.measure.bench_bus", "controlroom.measure.bench_wall", "controlroom.measure.parts", "psutil")


def loaded(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout.split())


@pytest.mark.parametrize(("statement", "unwanted"), [(WALL, HEAVY + LATER), (PROBE, HEAVY + BENCHES)], ids=["wall", "instruments"])
def test_the_start_loads_nothing_it_does_not_need(statement: str, unwanted: tuple[str, ...]) -> None:
    assert sorted(loaded(statement).intersection(unwanted)) == []


def test_what_draws_curves_is_loaded_before_a_layout_with_one_is_taken() -> None:
    assert "pyqtgraph" in loaded("from widgets.curve_panel import load_charts; load_charts()")
