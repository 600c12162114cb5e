"""The desk's look: dark or light colours, sizes for somebody who sits 65 cm away, and one style sheet for all of Qt's own widgets.

Sizes are logical pixels at 96 dpi (visual.md, "Desk"): 15 is the floor of type. Knows no page.
"""

from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from controlroom.theme import load_theme
from widgets.kit.palette import Theme

PALETTES = {"dark": "day", "light": "desk_light"}
"""What a desk calls its looks, and their palettes in assets/theme.toml."""


class DeskSizes(msgspec.Struct, frozen=True, kw_only=True):
    """Logical pixels."""

    text: int = 15
    strong: int = 16
    title: int = 20
    margin: int = 12
    padding: int = 16
    gap: int = 8
    radius: int = 8
    row: int = 54
    button: int = 48
    field: int = 36
    take: int = 60


class DeskLook(QObject):
    """``theme`` and ``sizes`` as they are now; ``changed`` when they are others, so that whoever paints for itself paints again."""

    changed = Signal()

    def __init__(self, file: Path, name: str = "dark", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self.name = name
        self.sizes = DeskSizes()
        self.theme: Theme = load_theme(file, PALETTES[name])
        self.wall: Theme = load_theme(file, PALETTES["dark"])
        """What a wall is drawn in, whatever the desk's own look."""

    def choose(self, name: str) -> None:
        """``dark`` or ``light``."""
        if name != self.name:
            self.name = name
            self.theme = load_theme(self._file, PALETTES[name])
            self.changed.emit()
