"""How fresh what is told is, and since which revision that is so. An age that only grows is no news: the page lets it grow. Pure."""

from typing import NamedTuple

from feeds.messages.freshness import Freshness
from widgets.kit.status import BusStatus

DRIFT_S = 2.0
"""An age that differs from what a page has meanwhile by more than this is told again."""


class _Told(NamedTuple):
    freshness: Freshness
    age_s: float | None
    at_s: float
    revision: int


class ToldFreshness:
    """Freshness of topics by name."""

    def __init__(self) -> None:
        self._told: dict[str, _Told] = {}

    def take(self, name: str, freshness: Freshness, age_s: float | None, now_s: float, revision: int) -> bool:
        """How it is now; whether pages must hear of it."""
        told = self._told.get(name)
        if told is not None and told.freshness is freshness and not _has_drifted(told, age_s, now_s):
            return False
        self._told[name] = _Told(freshness, age_s, now_s, revision)
        return True

    def newest(self, names: frozenset[str]) -> int:
        """The revision at which any of ``names`` last changed."""
        return max((told.revision for name, told in self._told.items() if name in names), default=0)

    def since(self, revision: int, names: frozenset[str], now_s: float) -> dict[str, tuple[str, float | None]]:
        """State and age now of those of ``names`` that changed after ``revision``."""
        return {
            name: (str(told.freshness), None if told.age_s is None else round(told.age_s + now_s - told.at_s, 1))
            for name, told in self._told.items()
            if name in names and told.revision > revision
        }


def _has_drifted(told: _Told, age_s: float | None, now_s: float) -> bool:
    if told.freshness is Freshness.LIVE:
        return False
    if told.age_s is None or age_s is None:
        return told.age_s is not age_s
    return abs(told.age_s + now_s - told.at_s - age_s) > DRIFT_S


def shown_bus(bus: BusStatus) -> dict[str, object]:
    """The bus as a page may know it: why it is away stays in the log, it may name a host. Whole seconds, so that it rarely changes."""
    return {
        "freshness": str(bus.freshness),
        "skew_s": None if bus.skew_s is None else round(bus.skew_s),
        "delay_s": None if bus.delay_s is None else round(bus.delay_s),
        "faults": bus.faults,
        "rejected": bus.rejected,
        "simulated": bus.simulated,
    }
