"""Walls, presets and shifts as somebody has left them, for tests of what comes after."""

from typing import Any

import msgspec

from feeds.api.doors import Doors
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.walls import HandoverDraft, LeaseAsked, PresetDraft, Take
from feeds.reports.roles import Actor, Role
from feeds.walls import presets, shifts

LEAD = Actor(id="somebody", role=Role.LEAD)


def a_layout(*slots: tuple[str, tuple[int, int, int, int]], title: str = "Harian", grid: tuple[int, int] = (160, 90)) -> Layout:
    return Layout(title=title, grid=Grid(columns=grid[0], rows=grid[1]), slot=tuple(Slot(panel=panel, cell=cell) for panel, cell in slots))


MAP: dict[str, Any] = msgspec.to_builtins(a_layout(("map", (0, 0, 160, 90))))


def two_takes(doors: Doors, wall: str, holder: Actor = LEAD) -> int:
    """A wall that ``holder`` holds and where there is something to go back to; its revision."""
    database = doors.database
    database.write(lambda it: doors.walls.lease(it, wall, LeaseAsked(), holder))
    for revision, panel in enumerate(("map", "ticker")):
        take = Take(layout=a_layout((panel, (0, 0, 160, 90))))
        database.write(lambda it, take=take, seen=revision: doors.walls.take(it, wall, take, holder, revision=seen))
    return 2


def a_preset(doors: Doors, key: str) -> int:
    """Its revision."""
    draft = PresetDraft(layout=a_layout(("map", (0, 0, 160, 90))))
    return doors.database.write(lambda it: presets.save(it, doors.city, key, draft, LEAD, (), seen=0, now=doors.clock())).revision


def a_handover(doors: Doors) -> int:
    """Its number: to nobody by name."""
    return doors.database.write(lambda it: shifts.hand_over(it, HandoverDraft(notes="pompa rusak"), LEAD, doors.clock())[0]).number
