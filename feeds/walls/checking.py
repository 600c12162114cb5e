"""Whether a layout can be shown at all, as far as that is known here: which panels there are, and their options, is the front's affair."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from feeds.messages.city import City
from feeds.messages.layout import Layout, faults_of
from feeds.store.wall_schema import WALL_CAMERAS
from feeds.walls.refusals import BadLayout

CAMERAS_PANEL = "cameras"
CAMERAS_OPTION = "cameras"
"""Of that panel: the ids of the cameras it shows."""
LONGEST_PANEL = 64


def check_layout(connection: Connection, city: City, layout: Layout) -> None:
    """Raises ``BadLayout`` with all that is wrong."""
    if faults := [*_faults(layout), *_unknown_cameras(connection, city, layout)]:
        raise BadLayout(faults)


def _faults(layout: Layout) -> list[str]:
    return faults_of(layout) + [
        f"slot {number}: a panel's name has 1 to {LONGEST_PANEL} letters that can be shown"
        for number, slot in enumerate(layout.slot, 1)
        if not 1 <= len(slot.panel) <= LONGEST_PANEL or not slot.panel.isprintable()
    ]


def _unknown_cameras(connection: Connection, city: City, layout: Layout) -> Iterator[str]:
    named = [(number, camera) for number, slot in enumerate(layout.slot, 1) if slot.panel == CAMERAS_PANEL for camera in _ids(slot.options)]
    if not named:
        return
    known = {camera.id for camera in city.cameras} | set(connection.scalars(select(WALL_CAMERAS.c.id)))
    # Where nobody has told of any, the wall itself says which it does not know.
    yield from (f"slot {number} (cameras): there is no camera {camera[:64]!r}" for number, camera in named if known and camera not in known)


def _ids(options: dict[str, Any]) -> list[str]:
    try:
        return msgspec.convert(options.get(CAMERAS_OPTION, []), list[str])
    except msgspec.ValidationError:
        return []
