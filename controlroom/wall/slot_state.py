"""What one slot of the wall says of itself: where it stands, how fresh it is, what is wrong with it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from controlroom.live.hub import Hub
from controlroom.wall.loader import BuiltSlot
from controlroom.wall.screens import Matched
from feeds.messages.freshness import Freshness
from feeds.messages.system import SlotState


def slot_state(built: BuiltSlot, matched: Matched, misplaced: Mapping[str, str], hub: Hub, now: datetime) -> SlotState:
    """``misplaced``: monitors that show another part of the wall than their own, and why."""
    status = built.frame.status
    present = [name for name in built.place.monitors if matched.get(name) is not None]
    topics = built.spec.topics if built.spec is not None else ()
    heard = [hub.newest(topic) for topic in topics]
    newest = max((at for _, at in heard if at is not None), default=None)
    behind = f"behind: {status.source}" if status.source is not None else None
    absent = [f"missing: {name}" for name in built.place.monitors if present and name not in present]
    notes = (built.problem or status.error or behind, *absent, *(misplaced.get(name) for name in present))
    return SlotState(
        slot=built.index + 1,
        panel=built.slot.panel,
        screen=",".join(present) if present else None,
        geometry=built.place.rect,
        state=_phrase(built, present),
        seq=max((seq for seq, _ in heard), default=0),
        age_s=(now - newest).total_seconds() if newest is not None else None,
        painted_at=built.frame.panel.painted_at if built.frame.panel is not None else None,
        note="; ".join(note for note in notes if note) or None,
    )


def _phrase(built: BuiltSlot, present: Sequence[str]) -> str:
    """A slot in one phrase; ``present``: its monitors that answer. A card that found no monitor to stand on is an error all the same."""
    if not present and (built.place.monitors or built.problem is None):
        return "missing: no monitor"
    if built.problem is not None:
        return str(Freshness.ERROR)
    return f"{built.frame.status.freshness} simulated" if built.frame.status.is_simulated else str(built.frame.status.freshness)
