"""Which layout is on, and in which palette: pure functions of what was asked, the monitors and the clock."""

NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 5


_BY_SHAPE = {(1, 1): "satu-layar", (3, 1): "tiga-sejajar", (4, 2): "delapan"}


def choose_layout(wanted: str, shape: tuple[int, int]) -> str:
    """The layout's name; ``auto`` is the shipped one made for a wall of that many columns and rows of monitors, else ``harian``."""
    return _BY_SHAPE.get(shape, "harian") if wanted == "auto" else wanted


def choose_palette(wanted: str, local_hour: int) -> str:
    """``day`` or ``night``; ``auto`` is night from 22.00 to 5.00 local time."""
    if wanted != "auto":
        return wanted
    return "night" if local_hour >= NIGHT_FROM_HOUR or local_hour < NIGHT_UNTIL_HOUR else "day"
