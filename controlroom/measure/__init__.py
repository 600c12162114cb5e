"""Benches and drills by name, and how one is run. Each measures real parts on loopback; goals stand beside the measurement."""

from controlroom.measure.bench_bus import bench_bus
from controlroom.measure.bench_wall import bench_wall
from controlroom.measure.result import Measure
from controlroom.measure.run import one_after_the_other, run_measure

__all__ = ["BENCHES", "DRILLS", "run_measure"]

_BENCHES: dict[str, Measure] = {"bus": bench_bus, "wall": bench_wall}
_DRILLS: dict[str, Measure] = {}

BENCHES: dict[str, Measure] = _BENCHES | {"all": one_after_the_other("all", _BENCHES)}
DRILLS: dict[str, Measure] = _DRILLS | {"all": one_after_the_other("all", _DRILLS)}
