"""The tokens of assets/theme.toml as values: colours by role, sizes by role. Knows no panel."""

from PySide6.QtGui import QColor

import msgspec


class Palette(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours as ``#rrggbb``; roles and contrasts in visual.md."""

    bg: str
    panel: str
    out: str
    raised: str
    land: str
    land_hi: str
    ink: str
    ink2: str
    ink3: str
    red: str
    yellow: str
    green: str
    sel: str
    sim: str
    bar: str
    water: str
    water_label: str
    land_line: str
    line2: str
    line: str
    kelurahan: str
    officer: str

    def muted(self) -> "Palette":
        """The same palette in grey: what a stale panel is drawn with."""
        return Palette(**{name: _grey(getattr(self, name)) for name in self.__struct_fields__})


def _grey(colour: str) -> str:
    level = round(QColor(colour).lightnessF() * 255 * 0.82)
    return f"#{level:02x}{level:02x}{level:02x}"


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """A palette and the type families that are really installed.

    ``text_family`` for words, ``figure_family`` for large figures.
    """

    palette: Palette
    text_family: str
    figure_family: str
