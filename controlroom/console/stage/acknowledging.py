"""What a wall says it shows, read as an answer: how many of its monitors, and whether it did what was sent. Pure."""

from enum import StrEnum

import msgspec

from controlroom.wall.geometry import monitor_rects
from feeds.messages.layout import cells_overlap
from feeds.messages.system import WallState

ANSWER_S = 5.0
"""A wall that has said nothing of an order for so long has not answered."""


class Monitors(msgspec.Struct, frozen=True):
    """``missing``: names of those that show nothing."""

    shown: int
    installed: int
    missing: tuple[str, ...] = ()


def monitors(state: WallState) -> Monitors | None:
    """``None`` when the wall has not said how it is built."""
    if state.installation is None:
        return None
    rects = monitor_rects(state.installation)
    missing: set[str] = set()
    for slot in state.slots:
        missing |= {note.removeprefix("missing: ") for note in (slot.note or "").split("; ") if note.startswith("missing: ")}
        if slot.state.startswith("missing"):
            missing |= {name for name, rect in rects.items() if cells_overlap(slot.geometry, rect)}
    names = tuple(name for name in rects if name in missing)
    return Monitors(len(rects) - len(names), len(rects), names)


class Answer(StrEnum):
    WAITING = "waiting"
    SHOWN = "shown"
    REFUSED = "refused"
    SILENT = "silent"


def answer_to(revision: int, state: WallState | None, waited_s: float, *, is_curtained: bool | None = None) -> Answer:
    """Whether the wall carries out order ``revision``. ``is_curtained``: what the curtain must then be, ``None`` when it may be either."""
    if state is not None:
        if state.refusal is not None and state.refusal.revision == revision:
            return Answer.REFUSED
        if state.revision >= revision and is_curtained in (None, state.is_curtained):
            return Answer.SHOWN
    return Answer.SILENT if waited_s >= ANSWER_S else Answer.WAITING
