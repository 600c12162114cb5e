"""What a layout looks like on the screen once it stands, learned from the wall itself, and how much of it is there at a moment.

Judged by pixels of the frame buffer alone. A native panel's page draws its own ground and rim: of these only the gap around it counts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Self, TypeAlias

import msgspec

from controlroom.measure.frame_buffer import FrameBuffer, Rect
from controlroom.measure.result import CannotMeasure
from feeds.messages.system import SlotState

INSIDE_PX, OUTSIDE_PX = 4, 5
"""How far from a slot's edge its rim and the gap around it are looked at."""
CORNER_PX = 28
STEP_PX = 8
FEWEST_OF_A_LINE = 5
THERE_SHARE = 0.95
"""Of the pixels of a line that must become others; what a panel draws over its own rim meanwhile is the rest."""
VEILED_SHARE = 0.7
"""Of a line that is looked at while the bus may be away: then the frame's hatch lies over the panel's ground."""
INSIDE = " inside"
TOP_INSIDE = "top inside"
"""The line where simulated data is marked."""
COLUMNS, ROWS = 4, 3
DRAWN_SHARE = 0.8
"""Of the parts of a slot that have more than one colour when all is there: a list may be shorter today."""
COLOUR_STEP = 8


Line: TypeAlias = tuple[int, str]
"""A slot and a side of it, inside or outside."""


class Rim(msgspec.Struct, frozen=True):
    """Pixels along one line that stay as they are while its slot stands, and their colours."""

    places: tuple[int, ...]
    colours: tuple[int, ...]


class LayoutLook(msgspec.Struct, frozen=True):
    """``parts``: of each slot, those that are not of one colour; ``pages``: slots that a page draws;
    ``ground``: the colour of the panels' ground, without anything on it.
    """

    rims: Mapping[Line, Rim]
    parts: Mapping[int, tuple[Rect, ...]]
    slots: Mapping[int, Rect]
    pages: frozenset[int] = frozenset()
    ground: int = 0


class Due(msgspec.Struct, frozen=True):
    """What must become other pixels before a layout has been put up: by line, places and the colours wanted there."""

    rims: Mapping[Line, Rim]

    @property
    def slots(self) -> frozenset[int]:
        return frozenset(slot for slot, _ in self.rims)

    @classmethod
    def of(cls, look: LayoutLook, pixels: FrameBuffer) -> Self:
        """Measured from what stands now; a line of which too little changes is there already."""
        found: dict[Line, Rim] = {}
        for line, rim in look.rims.items():
            seen = zip(rim.places, rim.colours, pixels.at(rim.places), strict=True)
            others = [(place, wanted) for place, wanted, now in seen if wanted != now]
            if len(others) >= FEWEST_OF_A_LINE:
                found[line] = Rim(tuple(place for place, _ in others), tuple(colour for _, colour in others))
        return cls(found)

    def missing(self, pixels: FrameBuffer) -> list[Line]:
        """Lines that are not there yet."""
        return [line for line, rim in self.rims.items() if _share(rim, pixels) < THERE_SHARE]


def stands(look: LayoutLook, pixels: FrameBuffer) -> bool:
    """Whether every slot has its ground and its gaps, be it with data or without."""
    return all(_veiled_share(side, rim, look.ground, pixels) >= VEILED_SHARE for (_, side), rim in look.rims.items() if side != TOP_INSIDE)


def undrawn(look: LayoutLook, pixels: FrameBuffer) -> list[int]:
    """Slots that are of one colour where they are not when all is there."""
    return [slot for slot, parts in look.parts.items() if not _is_drawn(look.slots[slot], parts, pixels)]


def learn(slots: Sequence[SlotState], native: Iterable[str], pixels: FrameBuffer, pause: Callable[[], None], looks: int = 6) -> LayoutLook:
    """From several looks at a layout that stands and is live; ``pause`` is called between them. ``native``: panels drawn by a page."""
    pages = frozenset(native)
    places = {
        (slot.slot, side): line for slot in slots for side, line in _lines(slot.geometry, pixels, is_page=slot.panel in pages).items()
    }
    seen: list[dict[Line, tuple[int, ...]]] = []
    for number in range(looks):
        if number:
            pause()
        seen.append({line: pixels.at(rim) for line, rim in places.items()})
    rims: dict[Line, Rim] = {}
    for line, rim in places.items():
        over_time = zip(rim, *(look[line] for look in seen), strict=True)
        still = [(place, colours[0]) for place, *colours in over_time if len(set(colours)) == 1]
        if len(still) >= FEWEST_OF_A_LINE:
            rims[line] = Rim(tuple(place for place, _ in still), tuple(colour for _, colour in still))
    parts = {slot.slot: tuple(part for part in _parts(slot.geometry) if pixels.colours(part, step=COLOUR_STEP) > 1) for slot in slots}
    known = {slot for slot, _ in rims}
    bare = [slot.panel for slot in slots if not parts[slot.slot] or slot.slot not in known]
    if bare:
        raise CannotMeasure(f"a layout that is said to be live shows nothing in: {', '.join(bare)}")
    inside = Counter(colour for (_, side), rim in rims.items() if side.endswith(INSIDE) for colour in rim.colours)
    return LayoutLook(
        rims=rims,
        parts=parts,
        slots={slot.slot: slot.geometry for slot in slots},
        pages=frozenset(slot.slot for slot in slots if slot.panel in pages),
        ground=inside.most_common(1)[0][0] if inside else 0,
    )


def _share(rim: Rim, pixels: FrameBuffer) -> float:
    now = pixels.at(rim.places)
    return sum(one == other for one, other in zip(now, rim.colours, strict=True)) / len(now)


def _veiled_share(side: str, rim: Rim, ground: int, pixels: FrameBuffer) -> float:
    """As ``_share``; what a panel draws at its own edge (the bar of a warning) is not there while it has no data."""
    bare = ground if side.endswith(INSIDE) else None
    now = pixels.at(rim.places)
    return sum(one in (other, bare) for one, other in zip(now, rim.colours, strict=True)) / len(now)


def _is_drawn(slot: Rect, parts: Sequence[Rect], pixels: FrameBuffer) -> bool:
    there = sum(pixels.colours(part, step=COLOUR_STEP) > 1 for part in parts)
    return pixels.colours(slot, step=COLOUR_STEP) > 1 and there >= DRAWN_SHARE * len(parts)


def _lines(rect: Rect, pixels: FrameBuffer, *, is_page: bool) -> dict[str, tuple[int, ...]]:
    """Places along each edge, without the round corners: in the gap outside, and just inside unless a page draws there."""
    x, y, width, height = rect
    along_x, along_y = range(x + CORNER_PX, x + width - CORNER_PX, STEP_PX), range(y + CORNER_PX, y + height - CORNER_PX, STEP_PX)
    found: dict[str, tuple[int, ...]] = {}
    for where, far in (("outside", -OUTSIDE_PX),) if is_page else (("outside", -OUTSIDE_PX), ("inside", INSIDE_PX)):
        for side, row in (("top", y + far), ("bottom", y + height - 1 - far)):
            found[f"{side} {where}"] = tuple(pixels.place(column, row) for column in along_x)
        for side, column in (("left", x + far), ("right", x + width - 1 - far)):
            found[f"{side} {where}"] = tuple(pixels.place(column, row) for row in along_y)
    return found


def _parts(rect: Rect) -> list[Rect]:
    x, y, width, height = rect
    wide, high = width // COLUMNS, height // ROWS
    return [(x + column * wide, y + row * high, wide, high) for row in range(ROWS) for column in range(COLUMNS)]
