"""What a starting wall may not load: libraries that only collectors, benches or decoders need, each some tenths of a second."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "pyarrow", "scipy", "litestar", "uvicorn", "av", "shapely", "sqlalchemy", "httpx", "lxml", "PIL")
WALL = "import controlroom.app; from controlroom.wall.loader import find_panels; find_panels()"
PROBE = "import controlroom.measure.wall_probe"
BENCHES = ("controlroom.measure.bench_bus", "controlroom.measure.bench_wall", "controlroom.measure.parts", "psutil")


def loaded(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout.split())


@pytest.mark.parametrize(("statement", "unwanted"), [(WALL, HEAVY), (PROBE, HEAVY + BENCHES)], ids=["wall", "instruments"])
def test_the_start_loads_nothing_it_does_not_need(statement: str, unwanted: tuple[str, ...]) -> None:
    assert sorted(loaded(statement).intersection(unwanted)) == []
