"""Reads layouts/*.toml and wall.toml. Errors name file, line and slot, and say what to do."""

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from feeds.messages.layout import Layout, Slot, Wall, overlapping

FileT = TypeVar("FileT", Layout, Wall)


class LayoutError(ValueError):
    """A layout or wall file that cannot be used; the text is for a technician."""


def read_layout(path: Path) -> Layout:
    """Raises ``LayoutError`` naming file and, where one is at fault, line and slot."""
    layout = _read(path, Layout)
    pair = overlapping(layout.slot)
    if pair is not None:
        first, second = pair
        raise LayoutError(
            f"{path}:{slot_line(path, second)}: slot {second + 1} ({layout.slot[second].panel}) overlaps slot {first + 1}"
            f" ({layout.slot[first].panel}): move one of the cells"
        )
    return layout


def read_wall(path: Path) -> Wall:
    """Raises ``LayoutError``; a wall without a monitor, or with two of one name or place, or one serial and no connectors, is refused."""
    wall = _read(path, Wall)
    if not wall.monitor:
        raise LayoutError(f"{path}: no [[monitor]]: describe at least one")
    for what in ("name", "place"):
        values = [getattr(monitor, what) for monitor in wall.monitor]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise LayoutError(f"{path}: two monitors have the {what} {twice}: give each its own")
    for monitor in wall.monitor:
        alike = [other.connector for other in wall.monitor if monitor.serial and other.serial == monitor.serial]
        if len(alike) > 1 and (None in alike or len(set(alike)) < len(alike)):
            raise LayoutError(f"{path}: two monitors have the serial {monitor.serial}: give each its own connector as well")
    corners = [monitor.corner for monitor in wall.monitor if monitor.corner is not None]
    if len(corners) not in (0, len(wall.monitor)) or any(min(corner) < 0 for corner in corners):
        raise LayoutError(f"{path}: corner is given for some monitors only or lies below zero: give every monitor its own, or none")
    if any(min(monitor.pixels) < 1 or min(monitor.size_mm) <= 0 for monitor in wall.monitor) or wall.farthest_seat_m <= 0:
        raise LayoutError(f"{path}: pixels, size_mm and farthest_seat_m must be above zero")
    return wall


def _read(path: Path, kind: type[FileT]) -> FileT:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LayoutError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return msgspec.toml.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise LayoutError(f"{path}{_at_line(path, str(error))}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path}: not valid TOML: {error}") from error


def _at_line(path: Path, text: str) -> str:
    """``:LINE`` of the table a validation error speaks of (``$.slot[3]...``)."""
    for table in ("slot", "monitor"):
        marker = f"$.{table}["
        if marker in text:
            index = int(text.split(marker, 1)[1].split("]", 1)[0])
            return f":{slot_line(path, index, table)}"
    return ""


def slot_line(path: Path, index: int, table: str = "slot") -> int:
    """The line (from 1) of the ``index``-th ``[[slot]]``."""
    seen = -1
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip().replace(" ", "") == f"[[{table}]]":
            seen += 1
            if seen == index:
                return number
    return 1


def slot_name(path: Path | None, index: int, slot: Slot, *, with_folder: bool = True) -> str:
    """``layouts/harian.toml:12: slot 3 (map)``; a layout without a file has neither name nor line."""
    named = f"slot {index + 1} ({slot.panel[:64]})"
    if path is None:
        return named
    return f"{path if with_folder else path.name}:{slot_line(path, index)}: {named}"


def slot_options(raw: dict[str, Any], kind: type[msgspec.Struct], where: str) -> msgspec.Struct:
    """The typed options of a panel; raises ``LayoutError`` naming the option."""
    try:
        return msgspec.convert(raw, type=kind)
    except msgspec.ValidationError as error:
        known = ", ".join(field.name for field in msgspec.structs.fields(kind)) or "none"
        raise LayoutError(f"{where}: {error}; options of this panel: {known}") from error
