"""The layout files a wall may show by name: the city's own before the shipped ones."""

import sys
from pathlib import Path

from controlroom.wall.layouts import LayoutError, read_layout
from controlroom.wall.loader import PanelCatalogue, count_misfits
from controlroom.wall.screens import shape_of
from controlroom.wall.stage import Misfits, choose_layout
from feeds.messages.layout import Layout, Wall


class LayoutShelf:
    """``city``: its folder. ``shipped``: the folder of the layouts every city has."""

    def __init__(self, city: Path, shipped: Path, panels: PanelCatalogue) -> None:
        self._own = city / "layouts"
        self._shipped = shipped
        self._panels = panels

    def path(self, name: str) -> Path:
        own = self._own / f"{name}.toml"
        return own if own.is_file() else self._shipped / f"{name}.toml"

    def read(self, name: str) -> Layout:
        """Raises ``LayoutError``."""
        return read_layout(self.path(name))

    def choose(self, wanted: str, wall: Wall) -> tuple[str, Misfits]:
        """The name of the layout for this wall, ``auto`` or as it is wanted, and the slots of it that do not fit."""

        def misfits(name: str) -> Misfits:
            try:
                return count_misfits(self.read(name), wall, self._panels)
            except LayoutError:  # it fits nowhere
                return Misfits(cards=sys.maxsize)

        return choose_layout(wanted, shape_of(wall), misfits)
