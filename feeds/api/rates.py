"""How often a program may hand something in: a bucket for each key, in the memory of one process. Knows no door."""

import math

PER_S = 250.0
"""A storm of a whole province comes at less; a program that runs wild does not."""

AT_ONCE = 1_000


class Rates:
    """``now_s`` is a clock that never goes back. As many buckets as there are keys: count only whom a key stands for."""

    def __init__(self, per_s: float = PER_S, at_once: int = AT_ONCE) -> None:
        self._per_s = per_s
        self._at_once = at_once
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str, now_s: float) -> int | None:
        """Takes one; whole seconds to wait where none is left, else ``None``."""
        left, at = self._left.get(who, (float(self._at_once), now_s))
        left = min(float(self._at_once), left + (now_s - at) * self._per_s)
        if left < 1:
            self._left[who] = (left, now_s)
            return math.ceil((1 - left) / self._per_s)
        self._left[who] = (left - 1, now_s)
        return None
