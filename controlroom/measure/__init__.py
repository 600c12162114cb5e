"""Benches and drills by name, and how one is run. Each measures real parts on loopback; goals stand beside the measurement."""

from importlib import import_module

from controlroom.measure.result import Measure, Progress, Result

__all__ = ["BENCHES", "DRILLS", "run_measure"]


def _in(module: str, name: str) -> Measure:
    """Imported when it runs: the measured processes start in this package too, and must not start with the benches."""

    def run(long: bool, progress: Progress) -> Result:
        measure: Measure = getattr(import_module(f"controlroom.measure.{module}"), name)
        return measure(long, progress)

    return run


def _all(measures: dict[str, Measure]) -> Measure:
    def run(long: bool, progress: Progress) -> Result:
        from controlroom.measure.run import one_after_the_other

        return one_after_the_other("all", measures)(long, progress)

    return run


def run_measure(measure: Measure, *, json: bool, long: bool) -> int:
    """0 when every goal holds, 1 when one does not or the measurement could not be made."""
    from controlroom.measure import run

    return run.run_measure(measure, json=json, long=long)


_BENCHES: dict[str, Measure] = {
    "bus": _in("bench_bus", "measure_bus"),
    "wall": _in("bench_wall", "measure_wall"),
    "feeds": _in("bench_feeds", "measure_feeds"),
    "reports": _in("bench_reports", "measure_reports"),
    "stage": _in("bench_stage", "measure_stage"),
    "mirror": _in("bench_mirror", "measure_mirror"),
}
_DRILLS: dict[str, Measure] = {
    "redis-kill": _in("drill_bus", "redis_kill"),
    "redis-freeze": _in("drill_bus", "redis_freeze"),
    "redis-flush": _in("drill_bus", "redis_flush"),
    "feeds-kill": _in("drill_bus", "feeds_kill"),
    "camera-hang": _in("drill_wall", "camera_hang"),
    "panel-fault": _in("drill_wall", "panel_fault"),
    "simulated-on-live": _in("drill_strangers", "simulated_on_live"),
    "garbage": _in("drill_strangers", "garbage"),
    "unplug": _in("drill_wall", "unplug"),
    "map-crash": _in("drill_wall", "map_crash"),
    "kill-api": _in("drill_reports", "kill_api"),
    "redis-down": _in("drill_reports", "redis_down"),
    "story": _in("drill_story", "story"),
    "wall-kill": _in("drill_stage", "wall_kill"),
    "double-take": _in("drill_stage", "double_take"),
    "mirror-restart": _in("drill_mirror", "mirror_restart"),
    "slow-phone": _in("drill_mirror", "slow_phone"),
    "token-theft": _in("drill_mirror", "token_theft"),
}

BENCHES: dict[str, Measure] = _BENCHES | {"all": _all(_BENCHES)}
DRILLS: dict[str, Measure] = _DRILLS | {"all": _all(_DRILLS)}
