"""The tokens of assets/theme.toml as values: colours by role, sizes by role. Knows no panel."""

import msgspec
from PySide6.QtGui import QColor


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
        """The same palette without its signal colours: what a stale panel is drawn with. Words and grounds stay legible."""
        grey = {name: _grey(getattr(self, name)) for name in SIGNALS}
        return msgspec.structs.replace(self, ink=self.ink2, **grey)


SIGNALS = frozenset({"red", "yellow", "green", "sel", "water", "water_label"})
"""Colours that mean something. ``sim`` is not among them: simulated stays simulated when it is old."""


def _grey(colour: str) -> str:
    """As bright as the colour is to the eye, a fifth dimmer, with the wall's own cool cast (pure grey looks brown on it)."""
    tint = QColor(colour)
    parts = (tint.redF(), tint.greenF(), tint.blueF())
    red, green, blue = (((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92 for part in parts)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    level = 255 * 0.82 * (1.055 * light ** (1 / 2.4) - 0.055 if light > 0.0031308 else 12.92 * light)
    return "#" + "".join(f"{min(255, round(level * cast)):02x}" for cast in (0.95, 1.0, 1.08))


class TypeScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of type by role, wall units. ``title`` is the floor for the farthest seat, ``small`` the floor for anything."""

    clock: float = 132.0
    kpi: float = 100.0
    total: float = 84.0
    count: float = 68.0
    title: float = 52.0
    room: float = 48.0
    zone: float = 44.0
    body: float = 40.0
    listed: float = 38.0
    small: float = 36.0


class Space(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The grid, wall units: margins to the monitor's edge, gaps between panels, padding, rows, radii."""

    unit: float = 8.0
    margin: float = 32.0
    gap: float = 24.0
    padding: float = 28.0
    padding_wide: float = 40.0
    title_top: float = 24.0
    second_line_top: float = 92.0
    content_top: float = 96.0
    row: float = 72.0
    list_row: float = 48.0
    chip: float = 52.0
    radius: float = 12.0
    radius_picture: float = 8.0
    radius_chip: float = 26.0
    radius_bar: float = 2.0


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """A palette, the type families that are really installed, and the sizes.

    ``text_family`` for words, ``figure_family`` for large figures.
    """

    palette: Palette
    text_family: str
    figure_family: str
    type: TypeScale = TypeScale()
    space: Space = Space()
