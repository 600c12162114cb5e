"""Which screen is which monitor of the wall: a pure function of wall.toml and what the system reports."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from controlroom.wall.places import places_of
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


Matched = Mapping[str, ScreenFacts | None]
"""Monitor name -> its screen, ``None`` where no screen answers."""


def match_screens(wall: Wall, screens: Sequence[ScreenFacts], last: Matched = MappingProxyType({})) -> dict[str, ScreenFacts | None]:
    """By EDID serial, else connector, else place; ``last`` is where each monitor was seen last.

    A monitor known by its place alone keeps the output it was seen on while that is there, so that unplugging a neighbour (which
    shifts what is left of the desktop) moves nobody; on another output it is known again by its area of the desktop. Only what
    was never seen is placed by counting columns and rows. A desktop that is complete and lies side by side is read afresh: what
    was guessed while a monitor was off is mended when it comes on. Of equal serials the remembered output is taken first, then
    the place.
    """
    free = list(screens)
    found: dict[str, ScreenFacts | None] = {}

    def take(wanted: Callable[[Monitor, ScreenFacts], bool], who: Callable[[Monitor], bool]) -> None:
        for monitor in wall.monitor:
            screen = next((s for s in free if wanted(monitor, s)), None) if monitor.name not in found and who(monitor) else None
            if screen is not None:
                found[monitor.name] = screen
                free.remove(screen)

    def seen(monitor: Monitor) -> ScreenFacts | None:
        return last.get(monitor.name)

    def is_nameless(monitor: Monitor) -> bool:
        return not monitor.serial and not monitor.connector

    places = _places(screens)
    # Some makers give every monitor one serial: where the connector is written too, it tells them apart.
    take(lambda m, screen: (screen.serial, screen.connector) == (m.serial, m.connector), lambda m: bool(m.serial and m.connector))
    take(lambda m, s: s.serial == m.serial and s.connector == _connector(seen(m)), lambda m: bool(m.serial))
    take(lambda m, s: s.serial == m.serial and places[s.connector] == m.place, lambda m: bool(m.serial))
    take(lambda monitor, screen: screen.serial == monitor.serial, lambda monitor: bool(monitor.serial))
    take(lambda monitor, screen: screen.connector == monitor.connector, lambda monitor: bool(monitor.connector))
    if _are_apart(free) and sorted(places[screen.connector] for screen in free) == sorted(m.place for m in wall.monitor if is_nameless(m)):
        take(lambda monitor, screen: places[screen.connector] == monitor.place, is_nameless)
    take(lambda monitor, screen: screen.connector == _connector(seen(monitor)), is_nameless)
    take(lambda monitor, screen: screen.geometry == _area(seen(monitor)), is_nameless)
    take(lambda monitor, screen: places[screen.connector] == monitor.place, lambda monitor: is_nameless(monitor) and seen(monitor) is None)
    return {monitor.name: found.get(monitor.name) for monitor in wall.monitor}


def remembered(last: Matched, now: Matched) -> dict[str, ScreenFacts | None]:
    """Where each monitor was seen last: now, else before."""
    return {name: screen if screen is not None else last.get(name) for name, screen in now.items()}


def misplaced(matched: Matched, rects: Mapping[str, tuple[int, int, int, int]]) -> dict[str, str]:
    """Monitor name -> why its picture cannot be right, where the desktop is not arranged as the wall is; ``rects`` in wall pixels."""
    origin = next(((s.geometry[0] - rects[n][0], s.geometry[1] - rects[n][1]) for n, s in matched.items() if s is not None), (0, 0))
    wrong: dict[str, str] = {}
    for name, screen in matched.items():
        if screen is None:
            continue
        x, y, width, height = rects[name]
        wanted = (x + origin[0], y + origin[1], width, height)
        if screen.geometry[2:] != wanted[2:]:
            turned = " (turned?)" if screen.geometry[2:] == (height, width) else ""
            size = f"{screen.geometry[2]} x {screen.geometry[3]}"
            wrong[name] = (
                f"{screen.connector} shows {size} pixels{turned}, wall.toml says {width} x {height}: correct pixels, or xrandr --mode"
            )
        elif screen.geometry[:2] != wanted[:2]:
            at, should = "{}+{}".format(*screen.geometry[:2]), f"{wanted[0]}+{wanted[1]}"
            wrong[name] = (
                f"{screen.connector} stands at {at} on the desktop, its place on the wall is {should}: correct place, or xrandr --pos"
            )
    return wrong


def _connector(screen: ScreenFacts | None) -> str | None:
    return screen.connector if screen is not None else None


def _area(screen: ScreenFacts | None) -> tuple[int, int, int, int] | None:
    return screen.geometry if screen is not None else None


def _are_apart(screens: Sequence[ScreenFacts]) -> bool:
    """Whether no screen shows what another shows: a mirrored desktop, or one output laid over the rest, says nothing of places."""
    areas = [screen.geometry for screen in screens]
    return not any(
        x < left + width and left < x + w and y < top + height and top < y + h
        for index, (x, y, w, h) in enumerate(areas)
        for left, top, width, height in areas[index + 1 :]
    )


def _places(screens: Sequence[ScreenFacts]) -> dict[str, tuple[int, int]]:
    """Connector -> (column, row)."""
    return {screen.connector: place for screen, place in zip(screens, places_of([s.geometry for s in screens]), strict=True)}


def wall_of(screens: Sequence[ScreenFacts], *, name: str = "dinding") -> Wall:
    """A wall where nobody has written wall.toml: monitors of the reference kind, as on the desktop; one alone is read from nearer."""
    places = _places(screens)
    corners = _corners(screens)
    return Wall(
        name=name,
        farthest_seat_m=REFERENCE_SEAT_M if len(screens) > 1 else SINGLE_SEAT_M,
        nearest_seat_m=3.0 if len(screens) > 1 else 1.5,
        monitor=tuple(
            Monitor(
                name=screen.connector,
                place=places[screen.connector],
                corner=corners[screen.connector],
                connector=screen.connector,
                pixels=(screen.geometry[2], screen.geometry[3]),
                size_mm=(screen.geometry[2] * REFERENCE_PITCH_MM, screen.geometry[3] * REFERENCE_PITCH_MM),
            )
            for screen in screens
        ),
    )


def resized(wall: Wall, matched: Matched) -> Wall:
    """The wall as its screens are now: for one that nobody has measured (``wall_of``).

    Sizes always, corners only while all of them are there: what is left of a desktop slides together.
    """
    there = [screen for screen in matched.values() if screen is not None]
    corners = _corners(there) if len(there) == len(wall.monitor) else {}
    monitors = (_resized(monitor, matched.get(monitor.name)) for monitor in wall.monitor)
    return msgspec.structs.replace(
        wall, monitor=tuple(msgspec.structs.replace(m, corner=corners.get(m.connector or "", m.corner)) for m in monitors)
    )


def _corners(screens: Sequence[ScreenFacts]) -> dict[str, tuple[int, int]]:
    """Connector -> left top corner, from that of the desktop."""
    left = min((screen.geometry[0] for screen in screens), default=0)
    top = min((screen.geometry[1] for screen in screens), default=0)
    return {screen.connector: (screen.geometry[0] - left, screen.geometry[1] - top) for screen in screens}


def _resized(monitor: Monitor, screen: ScreenFacts | None) -> Monitor:
    if screen is None or screen.geometry[2:] == monitor.pixels:
        return monitor
    width, height = screen.geometry[2:]
    size_mm = (width * REFERENCE_PITCH_MM, height * REFERENCE_PITCH_MM)
    return msgspec.structs.replace(monitor, pixels=(width, height), size_mm=size_mm)


def shape_of(wall: Wall) -> tuple[int, int]:
    """Columns and rows of monitors."""
    return len({monitor.place[0] for monitor in wall.monitor}), len({monitor.place[1] for monitor in wall.monitor})


def unit_scale(wall: Wall, monitors: Sequence[str] = ()) -> float:
    """Device pixels per wall unit on ``monitors`` (names; by default the first of the wall): type keeps its angle at the farthest seat.

    A monitor with finer pixels or a seat farther away needs more pixels for the same angle. A panel that crosses monitors of different
    pitch is drawn for the finest, so that it is nowhere too small. Never below 0.25: a small desk screen still shows letters.
    """
    named = [monitor for monitor in wall.monitor if monitor.name in monitors] or list(wall.monitor[:1])
    pitch_mm = min(monitor.size_mm[0] / monitor.pixels[0] for monitor in named)
    return max(0.25, (REFERENCE_PITCH_MM / pitch_mm) * (wall.farthest_seat_m / REFERENCE_SEAT_M))
