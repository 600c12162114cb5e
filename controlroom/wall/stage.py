"""Which layout is on, and in which palette: pure functions of what was asked, the monitors and the clock."""

NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 5


def choose_layout(wanted: str, monitors: int) -> str:
    """The layout's name; ``auto`` is ``satu-layar`` on one monitor and ``harian`` on more."""
    if wanted != "auto":
        return wanted
    return "satu-layar" if monitors == 1 else "harian"


def choose_palette(wanted: str, local_hour: int) -> str:
    """``day`` or ``night``; ``auto`` is night from 22.00 to 5.00 local time."""
    if wanted != "auto":
        return wanted
    return "night" if local_hour >= NIGHT_FROM_HOUR or local_hour < NIGHT_UNTIL_HOUR else "day"
