"""What differs between two layouts: which parts of the wall change, and in which words that is said. Pure."""

from collections.abc import Iterable

import msgspec

from feeds.messages.layout import Layout, Slot
from feeds.messages.walls import Region

MOST_NAMED = 5


def changed_regions(before: Layout | None, after: Layout) -> list[Region | None]:
    """Where the wall shows something else; ``None``: everywhere. Nothing is known of a wall on which nothing was taken."""
    if before is None or before.grid != after.grid:
        return [None]
    old, new = _by_content(before), _by_content(after)
    differing = old.keys() ^ new.keys()
    return [Region(grid=after.grid, cell=cell) for cell in sorted({(old | new)[key].cell for key in differing})]


def is_same(before: Layout | None, after: Layout) -> bool:
    """Whether a wall shows the same with both; a title is nothing that it shows."""
    return not changed_regions(before, after)


def words(before: Layout | None, after: Layout | None) -> str:
    """The slots that differ, the first few by name; empty where none do."""
    found = _sorted_out(before.slot if before else (), after.slot if after else ())
    if before and after and before.grid != after.grid:
        found.insert(0, "another grid")
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(found[:MOST_NAMED]) + more


def _by_content(layout: Layout) -> dict[bytes, Slot]:
    return {_content(slot): slot for slot in layout.slot}


def _content(slot: Slot) -> bytes:
    return msgspec.json.encode(slot, order="deterministic")


def _sorted_out(before: Iterable[Slot], after: Iterable[Slot]) -> list[str]:
    same = {_content(slot) for slot in before} & {_content(slot) for slot in after}
    gone = [slot for slot in before if _content(slot) not in same]
    found: list[str] = []
    for slot in after:
        if _content(slot) in same:
            continue
        of_panel = [one for one in gone if one.panel == slot.panel]
        moved = next((one for one in of_panel if one.options == slot.options), None)
        changed = next((one for one in of_panel if one.cell == slot.cell), None)
        if (former := moved or changed) is not None:
            gone.remove(former)
        found.append(f"{_name(slot)} {'moved' if moved else 'changed' if changed else 'added'}")
    return found + [f"{_name(slot)} removed" for slot in gone]


def _name(slot: Slot) -> str:
    return f"{slot.panel[:64]} at {list(slot.cell)}"
