"""Which palette the wall wears: looks at the clock now and then and dresses it again when another is due."""

from collections.abc import Callable

import structlog

from controlroom.wall.stage import choose_palette
from widgets.kit.palette import Theme

_log = structlog.get_logger("controlroom.dress")

LOOK_MS = 60_000


class Dresser:
    """``wanted``: day, night or auto. ``hour``: the city's local hour now. ``load``: the theme of a palette."""

    def __init__(self, wanted: str, hour: Callable[[], int], load: Callable[[str], Theme]) -> None:
        self._wanted = wanted
        self._hour = hour
        self._load = load
        self._worn = choose_palette(wanted, hour())
        self.theme = load(self._worn)

    def look(self, apply: Callable[[Theme], None]) -> None:
        """Hands the theme of the hour to ``apply`` when it is another than the one worn."""
        due = choose_palette(self._wanted, self._hour())
        if due == self._worn:
            return
        _log.info("palette changes", before=self._worn, now=due)
        self._worn = due
        self.theme = self._load(due)
        apply(self.theme)
