"""What differs between two layouts, tile by tile, and putting one's own changes onto what stands meanwhile. Pure."""

from collections.abc import Callable
from enum import StrEnum
from fractions import Fraction
from math import lcm

import msgspec

from controlroom.console.stage.edit import NotPossible, regridded
from controlroom.console.stage.places import is_inside
from feeds.messages.layout import FINEST_GRID, Grid, Layout, Slot, cells_overlap

Spot = tuple[Fraction, Fraction, Fraction, Fraction]
"""A cell as shares of the wall: the same on every grid."""


class Kind(StrEnum):
    MOVED = "moved"
    RESIZED = "resized"
    OPTIONS = "options"
    ADDED = "added"
    REMOVED = "removed"


class Change(msgspec.Struct, frozen=True):
    """One tile that is not as it was: its number before and after, ``None`` where it is not there. ``options``: names that differ."""

    kinds: tuple[Kind, ...]
    panel: str
    before: int | None
    after: int | None
    options: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True):
    """``pairs``: which slot became which, changed or not."""

    changes: tuple[Change, ...]
    pairs: tuple[tuple[int, int], ...]
    is_retitled: bool = False

    def __bool__(self) -> bool:
        return bool(self.changes) or self.is_retitled


def spot(slot: Slot, grid: Grid) -> Spot:
    column, row, width, height = slot.cell
    return Fraction(column, grid.columns), Fraction(row, grid.rows), Fraction(width, grid.columns), Fraction(height, grid.rows)


def difference(before: Layout, after: Layout) -> Difference:
    """Slots are held to be the same by panel, options and place; then by panel and options, then by panel and place, then by panel."""
    pairs = _pairs(before, after)
    changes = [change for i, j in pairs if (change := _change(before, after, i, j)) is not None]
    gone, come = {i for i, _ in pairs}, {j for _, j in pairs}
    changes += [Change((Kind.ADDED,), s.panel, None, j) for j, s in enumerate(after.slot) if j not in come]
    changes += [Change((Kind.REMOVED,), s.panel, i, None) for i, s in enumerate(before.slot) if i not in gone]
    return Difference(tuple(changes), tuple(pairs), before.title != after.title)


def _pairs(before: Layout, after: Layout) -> list[tuple[int, int]]:
    first, second = [spot(s, before.grid) for s in before.slot], [spot(s, after.grid) for s in after.slot]

    def options(i: int, j: int) -> bool:
        return before.slot[i].options == after.slot[j].options

    rules: tuple[Callable[[int, int], bool], ...] = (
        lambda i, j: options(i, j) and first[i] == second[j],
        options,
        lambda i, j: first[i] == second[j],
        lambda _i, _j: True,
    )
    pairs: list[tuple[int, int]] = []
    left, right = set(range(len(first))), set(range(len(second)))
    for rule in rules:
        near = sorted(
            (_apart(first[i], second[j]), i, j) for i in left for j in right if before.slot[i].panel == after.slot[j].panel and rule(i, j)
        )
        for _, i, j in near:
            if i in left and j in right:
                pairs.append((i, j))
                left.discard(i)
                right.discard(j)
    return sorted(pairs)


def _apart(one: Spot, other: Spot) -> Fraction:
    return sum((abs(a - b) for a, b in zip(one, other, strict=True)), Fraction(0))


def _change(before: Layout, after: Layout, i: int, j: int) -> Change | None:
    one, other = before.slot[i], after.slot[j]
    was, now = spot(one, before.grid), spot(other, after.grid)
    names = tuple(sorted(n for n in one.options.keys() | other.options.keys() if _differs(one, other, n)))
    kinds: list[Kind] = []
    if was[2:] != now[2:]:
        kinds.append(Kind.RESIZED)
    elif was[:2] != now[:2]:
        kinds.append(Kind.MOVED)
    if names:
        kinds.append(Kind.OPTIONS)
    return Change(tuple(kinds), one.panel, i, j, names) if kinds else None


def _differs(one: Slot, other: Slot, name: str) -> bool:
    return (name in one.options) != (name in other.options) or one.options.get(name) != other.options.get(name)


def sentences(found: Difference, title: Callable[[str], str], tr: Callable[[str], str]) -> list[str]:
    """One for each tile. ``title``: a panel's key to its name on screen."""
    words = {
        Kind.MOVED: tr("pindah tempat"),
        Kind.RESIZED: tr("ukuran berubah"),
        Kind.OPTIONS: tr("opsi berubah"),
        Kind.ADDED: tr("ditambahkan"),
        Kind.REMOVED: tr("dihapus"),
    }
    lines = [tr("Judul berubah")] if found.is_retitled else []
    for change in found.changes:
        what = ", ".join(words[kind] for kind in change.kinds)
        named = f" ({', '.join(change.options)})" if change.options else ""
        lines.append(f"{title(change.panel)}: {what}{named}")
    return lines


class Rebased(msgspec.Struct, frozen=True):
    """``kept_out``: changes of mine that collide with what stands now and were left out."""

    layout: Layout
    kept_out: tuple[Change, ...]


def rebased(base: Layout, mine: Layout, theirs: Layout) -> Rebased:
    """What I changed since ``base``, put onto ``theirs`` wherever nobody else touched the same tile or stands in the same cells."""
    own = difference(base, mine)
    grid = _shared_grid(mine.grid, theirs.grid)
    try:
        mine, stands = regridded(mine, grid), regridded(theirs, grid)
    except NotPossible:
        return Rebased(theirs, own.changes)
    their_change = difference(base, theirs)
    now_at = dict(their_change.pairs)
    touched = {change.before for change in their_change.changes}
    slots: dict[int, Slot | None] = dict(enumerate(stands.slot))
    waiting = [change for change in own.changes if change.before is None or (change.before in now_at and change.before not in touched)]
    out = [change for change in own.changes if change not in waiting and change.kinds != (Kind.REMOVED,)]
    out += [c for c in own.changes if c.kinds == (Kind.REMOVED,) and c not in waiting and c.before in now_at]
    wanted: list[tuple[Change, int, Slot | None]] = []
    for number, change in enumerate(waiting):
        key = now_at[change.before] if change.before is not None else len(stands.slot) + number
        wanted.append((change, key, mine.slot[change.after] if change.after is not None else None))
    out += _settle(slots, wanted, grid)
    made = tuple(slot for _, slot in sorted(slots.items()) if slot is not None)
    title = (mine.title, mine.title_en) if own.is_retitled else (theirs.title, theirs.title_en)
    return Rebased(msgspec.structs.replace(theirs, grid=grid, slot=made, title=title[0], title_en=title[1]), tuple(out))


def _settle(slots: dict[int, Slot | None], wanted: list[tuple[Change, int, Slot | None]], grid: Grid) -> list[Change]:
    """Carries out all of ``wanted``, then takes back one after the other of those that overlap anything; returns these."""
    before = dict(slots)
    done = {key: (change, slot) for change, key, slot in wanted}
    slots.update({key: slot for key, (_, slot) in done.items()})
    out: list[Change] = []
    while (key := _colliding(slots, done, grid)) is not None:
        out.append(done.pop(key)[0])
        slots[key] = before.get(key)
    return out


def _colliding(slots: dict[int, Slot | None], done: dict[int, tuple[Change, Slot | None]], grid: Grid) -> int | None:
    """One of mine that overlaps another tile; of mine that were only removed the one whose place is needed again."""
    for key in sorted(done, reverse=True):
        slot = slots.get(key)
        others = [other for n, other in slots.items() if n != key and other is not None]
        if slot is not None and (not is_inside(slot.cell, grid) or any(cells_overlap(slot.cell, other.cell) for other in others)):
            return key
    return None


def _shared_grid(one: Grid, other: Grid) -> Grid:
    columns, rows = lcm(one.columns, other.columns), lcm(one.rows, other.rows)
    return Grid(columns=columns, rows=rows) if columns <= FINEST_GRID and rows <= FINEST_GRID else other
