"""The presets in the order a desk offers them: those that can stand on its wall first, each judged once per wall. No Qt."""

import re
from collections.abc import Callable

from controlroom.wall.loader import PanelCatalogue, check_layout
from feeds.messages.layout import Layout, Wall
from feeds.messages.walls import Preset


class Fitting:
    """``can_stand`` remembers what was found as long as wall, panels and preset are the same."""

    def __init__(self) -> None:
        self._wall: Wall | None = None
        self._catalogue: PanelCatalogue | None = None
        self._judged: dict[str, tuple[Layout, bool]] = {}

    def can_stand(self, preset: Preset, wall: Wall | None, catalogue: PanelCatalogue | None) -> bool:
        """Of a wall or panels nobody knows yet nothing is held against a preset."""
        if wall is None or catalogue is None:
            return True
        if wall != self._wall or catalogue is not self._catalogue:
            self._wall, self._catalogue, self._judged = wall, catalogue, {}
        known = self._judged.get(preset.key)
        if known is None or known[0] != preset.layout:
            known = self._judged[preset.key] = (preset.layout, not check_layout(preset.layout, None, wall, catalogue))
        return known[1]


def in_order(presets: list[Preset], title: Callable[[Layout], str]) -> list[Preset]:
    """Own ones before shipped ones, each by title, ``Rapat 2`` before ``Rapat 10``: a place that does not change with what is on air."""
    return sorted(presets, key=lambda preset: (preset.is_shipped, _natural(title(preset.layout)), preset.key))


def _natural(title: str) -> list[tuple[bool, int, str]]:
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+", title.casefold())
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]
