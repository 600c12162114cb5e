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


def answer_to(revision: int, state: WallState | None, waited_s: float, *, until: int | None = None) -> Answer:
    """Whether the wall shows the layout of order ``revision``; orders after it up to ``until`` have the same, such as a curtain."""
    if state is not None:
        if state.refusal is not None and revision <= state.refusal.revision <= max(revision, until or 0):
            return Answer.REFUSED
        if state.revision >= revision:
            return Answer.SHOWN
    return _none_yet(waited_s)


def curtain_answer(revision: int, state: WallState | None, waited_s: float, *, is_drawn: bool) -> Answer:
    """Whether the curtain is as order ``revision`` says: it obeys also where the wall refuses that order's layout."""
    heard = max(state.revision, state.refusal.revision if state.refusal is not None else 0) if state is not None else -1
    if state is not None and heard >= revision and state.is_curtained == is_drawn:
        return Answer.SHOWN
    return _none_yet(waited_s)


def _none_yet(waited_s: float) -> Answer:
    return Answer.SILENT if waited_s >= ANSWER_S else Answer.WAITING
