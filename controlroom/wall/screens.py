"""Which screen is which monitor of the wall: a pure function of wall.toml and what the system reports."""

from collections.abc import Sequence

import msgspec

from feeds.messages.layout import Monitor, Wall

REFERENCE_PITCH_MM = 0.630
"""Pixel pitch of the reference wall (55-inch full HD, visual.md)."""
REFERENCE_SEAT_M = 5.0
"""The farthest seat of the reference wall: there a wall unit is one pixel."""

SINGLE_SEAT_M = 2.5
"""From where a single screen is read, as long as nobody says otherwise."""


class ScreenFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One output as the system reports it; ``geometry``: x, y, width, height in pixels of the desktop."""

    connector: str
    geometry: tuple[int, int, int, int]
    serial: str = ""


def match_screens(wall: Wall, screens: Sequence[ScreenFacts]) -> dict[str, ScreenFacts | None]:
    """Monitor name -> its screen, ``None`` where no screen answers: by EDID serial, else connector, else place."""
    free = list(screens)
    found: dict[str, ScreenFacts | None] = {}

    def take(monitor: Monitor, screen: ScreenFacts | None) -> None:
        if screen is not None:
            found[monitor.name] = screen
            free.remove(screen)

    for monitor in wall.monitor:
        if monitor.serial:
            take(monitor, next((s for s in free if s.serial == monitor.serial), None))
    for monitor in wall.monitor:
        if monitor.name not in found and monitor.connector:
            take(monitor, next((s for s in free if s.connector == monitor.connector), None))
    places = _places(screens)
    for monitor in wall.monitor:
        if monitor.name not in found and not monitor.connector and not monitor.serial:
            take(monitor, next((s for s in free if places[s.connector] == monitor.place), None))
    return {monitor.name: found.get(monitor.name) for monitor in wall.monitor}


def _places(screens: Sequence[ScreenFacts]) -> dict[str, tuple[int, int]]:
    """Connector -> (column, row), counted from the left edges and top edges that occur."""
    lefts = sorted({screen.geometry[0] for screen in screens})
    tops = sorted({screen.geometry[1] for screen in screens})
    return {screen.connector: (lefts.index(screen.geometry[0]), tops.index(screen.geometry[1])) for screen in screens}


def wall_of(screens: Sequence[ScreenFacts], *, name: str = "dinding") -> Wall:
    """A wall where nobody has written wall.toml: monitors of the reference kind, a single one read from nearer."""
    places = _places(screens)
    return Wall(
        name=name,
        farthest_seat_m=REFERENCE_SEAT_M if len(screens) > 1 else SINGLE_SEAT_M,
        nearest_seat_m=3.0 if len(screens) > 1 else 1.5,
        monitor=tuple(
            Monitor(
                name=screen.connector,
                place=places[screen.connector],
                pixels=(screen.geometry[2], screen.geometry[3]),
                size_mm=(screen.geometry[2] * REFERENCE_PITCH_MM, screen.geometry[3] * REFERENCE_PITCH_MM),
            )
            for screen in screens
        ),
    )


def unit_scale(wall: Wall) -> float:
    """Device pixels per wall unit: the reference type keeps its angle at this wall's farthest seat.

    A monitor with finer pixels or a seat farther away needs more pixels for the same angle. Never below
    0.25: a small desk screen still shows letters.
    """
    monitor = wall.monitor[0]
    pitch_mm = monitor.size_mm[0] / monitor.pixels[0]
    return max(0.25, (REFERENCE_PITCH_MM / pitch_mm) * (wall.farthest_seat_m / REFERENCE_SEAT_M))
