"""Benches and drills by name, and how one is run. Each measures real parts on loopback; goals stand beside the measurement."""

from controlroom.measure.bench_bus import measure_bus
from controlroom.measure.bench_wall import measure_wall
from controlroom.measure.drill_bus import feeds_kill, redis_flush, redis_freeze, redis_kill
from controlroom.measure.drill_strangers import garbage, simulated_on_live
from controlroom.measure.drill_wall import camera_hang, map_crash, monitor_unplug, panel_fault
from controlroom.measure.result import Measure
from controlroom.measure.run import one_after_the_other, run_measure

__all__ = ["BENCHES", "DRILLS", "run_measure"]

_BENCHES: dict[str, Measure] = {"bus": measure_bus, "wall": measure_wall}
_DRILLS: dict[str, Measure] = {
    "redis-kill": redis_kill,
    "redis-freeze": redis_freeze,
    "redis-flush": redis_flush,
    "feeds-kill": feeds_kill,
    "camera-hang": camera_hang,
    "panel-fault": panel_fault,
    "simulated-on-live": simulated_on_live,
    "garbage": garbage,
    "monitor-unplug": monitor_unplug,
    "map-crash": map_crash,
}

BENCHES: dict[str, Measure] = _BENCHES | {"all": one_after_the_other("all", _BENCHES)}
DRILLS: dict[str, Measure] = _DRILLS | {"all": one_after_the_other("all", _DRILLS)}
