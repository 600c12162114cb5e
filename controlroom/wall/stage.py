"""What is on: which layout, in which palette, behind a curtain or not. Pure functions of what was asked, the monitors and the clock."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from feeds.messages.city import OffHours
from feeds.messages.layout import Layout
from feeds.messages.system import Shown
from feeds.messages.walls import WallOrder

NIGHT_FROM_HOUR, NIGHT_UNTIL_HOUR = 22, 5


class Misfits(NamedTuple):
    """Slots of a layout that do not fit a wall: those that become an error card, and those drawn smaller than can be read."""

    cards: int = 0
    too_small: int = 0


_BY_SHAPE = {
    (1, 1): "satu-layar", (2, 1): "dua-sejajar", (1, 2): "dua-susun", (3, 1): "tiga-sejajar", (4, 1): "empat-sejajar",
    (5, 1): "lima-sejajar", (3, 2): "enam", (4, 2): "delapan", (3, 3): "sembilan",
}  # fmt: skip
_ANY_WALL = ("satu-layar", "layar-kecil", "harian", *_BY_SHAPE.values())


def choose_layout(wanted: str, shape: tuple[int, int], misfits: Callable[[str], Misfits]) -> tuple[str, Misfits]:
    """The layout's name and the slots of it that do not fit the wall; one that is asked for by name is taken as it is.

    ``auto`` is the first shipped one all of whose slots fit, that made for a wall of so many columns and rows of monitors before the
    others; where none fits, the one with the fewest cards, then with the fewest slots that are too small.
    """
    if wanted != "auto":
        return wanted, Misfits()
    found: dict[str, Misfits] = {}
    for name in (_BY_SHAPE.get(shape, "harian"), *_ANY_WALL):
        if name not in found:
            found[name] = misfits(name)
        if found[name] == Misfits():
            return name, found[name]
    return min(found.items(), key=lambda item: item[1])


class Scene(NamedTuple):
    """What a wall is to show: a ``layout`` of its own, or (``None``) that of the file ``name``."""

    shown: Shown
    name: str
    layout: Layout | None = None
    is_curtained: bool = False


def set_scene(order: WallOrder | None, off_hours: OffHours | None, local: datetime, own: str) -> Scene:
    """``order``: the newest that can stand here. ``local``: now, in the city's zone. ``own``: the layout of the wall's settings.

    While the desks are empty their layout is on, unless the order's was taken within that very time. Otherwise the order's, if it has
    one, else the wall's own. The curtain hangs before any of them.
    """
    is_curtained = order is not None and order.is_curtained
    layout = order.layout if order is not None else None
    span = off_hours_around(off_hours, local) if off_hours is not None and off_hours.layout else None
    if off_hours is not None and span is not None:
        taken_at = order.taken_at if order is not None and layout is not None else None
        if taken_at is None or not span[0] <= taken_at < span[1]:
            return Scene(Shown.OFF_HOURS, off_hours.layout, None, is_curtained)
    if order is not None and layout is not None:
        return Scene(Shown.TAKEN, order.preset or layout.title, layout, is_curtained)
    return Scene(Shown.CHOSEN, own, None, is_curtained)


def off_hours_around(off_hours: OffHours, local: datetime) -> tuple[datetime, datetime] | None:
    """Begin and end (UTC) of the empty hours that hold ``local`` (aware, in the city's zone); ``None`` in office hours.

    The end belongs to the office. Hours that end when they begin are none.
    """
    begins, ends = time.fromisoformat(off_hours.begins), time.fromisoformat(off_hours.ends)
    if begins == ends:
        return None
    for before in (0, 1):
        day = local.date() - timedelta(days=before)
        last = day + timedelta(days=1) if ends < begins else day
        # In UTC: where clocks are put on or back, local times of one zone do not compare.
        begin = datetime.combine(day, begins, local.tzinfo).astimezone(UTC)
        end = datetime.combine(last, ends, local.tzinfo).astimezone(UTC)
        if begin <= local.astimezone(UTC) < end:
            return begin, end
    return None


def choose_palette(wanted: str, local_hour: int) -> str:
    """``day`` or ``night``; ``auto`` is night from 22.00 to 5.00 local time."""
    if wanted != "auto":
        return wanted
    return "night" if local_hour >= NIGHT_FROM_HOUR or local_hour < NIGHT_UNTIL_HOUR else "day"
