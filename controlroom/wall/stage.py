"""Which layout is on, and in which palette: pure functions of what was asked, the monitors and the clock."""

from collections.abc import Callable
from typing import NamedTuple

NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 5


class Misfits(NamedTuple):
    """Slots of a layout that do not fit a wall: those that become an error card, and those drawn smaller than can be read."""

    cards: int = 0
    too_small: int = 0


_BY_SHAPE = {
    (1, 1): "satu-layar", (2, 1): "dua-sejajar", (1, 2): "dua-susun", (3, 1): "tiga-sejajar", (4, 1): "empat-sejajar",
    (5, 1): "lima-sejajar", (3, 2): "enam", (4, 2): "delapan", (3, 3): "sembilan",
}  # fmt: skip
_ANY_WALL = ("satu-layar", "layar-kecil", "harian", *_BY_SHAPE.values())


def choose_layout(wanted: str, shape: tuple[int, int], misfits: Callable[[str], Misfits]) -> tuple[str, Misfits]:
    """The layout's name and the slots of it that do not fit the wall; one that is asked for by name is taken as it is.

    ``auto`` is the first shipped one all of whose slots fit, that made for a wall of so many columns and rows of monitors before the
    others; where none fits, the one with the fewest cards, then with the fewest slots that are too small.
    """
    if wanted != "auto":
        return wanted, Misfits()
    found: dict[str, Misfits] = {}
    for name in (_BY_SHAPE.get(shape, "harian"), *_ANY_WALL):
        if name not in found:
            found[name] = misfits(name)
        if found[name] == Misfits():
            return name, found[name]
    return min(found.items(), key=lambda item: item[1])


def choose_palette(wanted: str, local_hour: int) -> str:
    """``day`` or ``night``; ``auto`` is night from 22.00 to 5.00 local time."""
    if wanted != "auto":
        return wanted
    return "night" if local_hour >= NIGHT_FROM_HOUR or local_hour < NIGHT_UNTIL_HOUR else "day"
