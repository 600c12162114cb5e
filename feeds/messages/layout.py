"""Layouts and the installation of a wall: data types only."""

from typing import Any

import msgspec


class Grid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    columns: int
    rows: int


class Slot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``cell``: column, row, width, height in grid units."""

    panel: str
    cell: tuple[int, int, int, int]
    options: dict[str, Any] = {}


class Layout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    grid: Grid
    slot: tuple[Slot, ...]
    title_en: str | None = None
    revision: int = 1


class Monitor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One monitor as installed. Matched by ``serial`` (EDID), else ``connector``, else ``place`` (column, row).

    ``pixels``: native resolution; ``size_mm``: visible area; ``bezel_mm``: frame around it (left, top, right, bottom). ``corner``: its
    left top corner on the wall in pixels, for all monitors or none; without it rows and columns are packed.
    """

    name: str
    place: tuple[int, int]
    pixels: tuple[int, int]
    size_mm: tuple[float, float]
    bezel_mm: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    corner: tuple[int, int] | None = None
    serial: str | None = None
    connector: str | None = None


class Wall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``farthest_seat_m`` and ``nearest_seat_m`` set the sizes of type."""

    name: str
    farthest_seat_m: float
    nearest_seat_m: float
    monitor: tuple[Monitor, ...]
