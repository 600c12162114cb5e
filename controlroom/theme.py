"""Reads assets/theme.toml into a Theme, with the type families that this machine really has. Knows no panel."""

import re
import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec
import structlog
from PySide6.QtGui import QFontDatabase

from widgets.kit.palette import Palette, Space, Theme, TypeScale

TEXT_FAMILIES = ("Inter", "Noto Sans")
FIGURE_FAMILIES = ("Inter Display", "Inter", "Noto Sans")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

_log = structlog.get_logger("controlroom.theme")


class ThemeError(ValueError):
    """The theme file cannot be used: which file, which key, what is wrong, what to do."""

    def __init__(self, file: Path, key: str | None, problem: str, remedy: str) -> None:
        self.file = file
        self.key = key
        super().__init__(f"{file}: {key + ': ' if key else ''}{problem}; {remedy}")


class _ThemeFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    palette: dict[str, Palette]
    type: TypeScale
    space: Space


def load_theme(path: Path, palette: str = "day") -> Theme:
    """The theme of one palette; needs a QGuiApplication. Raises ``ThemeError`` for anything that is wrong or unknown."""
    written = _read(path)
    if palette not in written.palette:
        known = ", ".join(sorted(written.palette))
        raise ThemeError(path, f"palette.{palette}", "there is no such palette", f"use one of {known}")
    installed = set(QFontDatabase.families())
    text_family = _first(TEXT_FAMILIES, installed)
    figure_family = _first(FIGURE_FAMILIES, installed)
    if text_family != TEXT_FAMILIES[0]:
        _log.warning(
            "the wall's typeface is not installed", wanted=TEXT_FAMILIES[0], used=text_family, remedy="apt-get install fonts-inter"
        )
    return Theme(
        palette=written.palette[palette], text_family=text_family, figure_family=figure_family, type=written.type, space=written.space
    )


def style_sheet(theme: Theme) -> str:
    """Qt's own widgets in the wall's colours: the ground of windows, and the few dialogs a technician may meet."""
    colours = theme.palette
    return (
        f"QWidget#wall, QDialog {{ background: {colours.bg}; }}\n"
        f"QLabel {{ color: {colours.ink}; font-family: '{theme.text_family}'; }}\n"
        f"QPushButton {{ background: {colours.raised}; color: {colours.ink}; border: 2px solid {colours.line2};"
        f" border-radius: 8px; padding: 8px 20px; }}\n"
        f"QPushButton:focus {{ border-color: {colours.sel}; }}\n"
        f"QToolTip {{ background: {colours.raised}; color: {colours.ink}; border: 1px solid {colours.line2}; }}\n"
    )


def _first(wanted: tuple[str, ...], installed: set[str]) -> str:
    """The first wanted family that is here, else what the system gives for any sans serif."""
    found = next((family for family in wanted if family in installed), None)
    return found or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def _read(path: Path) -> _ThemeFile:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as problem:
        raise ThemeError(path, None, "there is no such file", "restore it from the source tree") from problem
    except (OSError, UnicodeDecodeError) as problem:
        raise ThemeError(path, None, f"cannot be read ({problem})", "make it a readable UTF-8 file") from problem
    except tomllib.TOMLDecodeError as problem:
        raise ThemeError(path, None, f"is not TOML: {problem}", "correct that line") from problem
    try:
        written = msgspec.convert(table, _ThemeFile, strict=True)
    except msgspec.ValidationError as problem:
        text, _, place = str(problem).partition(" - at ")
        raise ThemeError(
            path, place.strip("`").removeprefix("$.") or None, text, "the keys are those of widgets/kit/palette.py"
        ) from problem
    _require_all(path, table)
    for name, palette in written.palette.items():
        for role, colour in cast(dict[str, str], msgspec.to_builtins(palette)).items():
            if not _COLOUR.fullmatch(colour):
                raise ThemeError(path, f"palette.{name}.{role}", f"{colour!r} is not a colour", "write it like #0E1621")
    return written


def _require_all(path: Path, table: dict[str, Any]) -> None:
    """A size left out would silently be the default: the file names all of them."""
    for section, kind in (("type", TypeScale), ("space", Space)):
        missing = [name for name in kind.__struct_fields__ if name not in table[section]]
        if missing:
            raise ThemeError(path, f"{section}.{missing[0]}", "is missing", "give it a size in wall units")
        for name, size in table[section].items():
            if size <= 0:
                raise ThemeError(path, f"{section}.{name}", f"{size} is not a size", "give it a size above 0 in wall units")
