"""What stands on a wall by whose decision: what the bus tells the wall, and what the doors of the walls take and tell."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Topic
from feeds.messages.layout import Grid, Layout

MOST_REASON = 1_000

Reason = Annotated[str, msgspec.Meta(max_length=MOST_REASON)]
PresetKey = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)")]
"""As the name of a layout file without its ending."""


class TakeKind(StrEnum):
    TAKE = "take"
    UNDO = "undo"
    """Back to what was shown before."""
    CURTAIN = "curtain"
    OPEN = "open"


class WallOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a wall is to show, on the bus (key: wall name). No name of a person stands in it.

    ``revision`` counts what was taken, undone and curtained; ``layout`` is ``None`` until something was taken: the wall then chooses for
    itself. ``preset``: the key the layout came from, empty for one of its own. ``changes`` counts everything about the wall, leases too:
    a console that sees another number asks the doors again.
    """

    wall: str
    revision: int
    changes: int
    layout: Layout | None = None
    preset: str = ""
    is_curtained: bool = False
    taken_at: Moment | None = None
    """When ``layout`` was taken: a later curtain leaves it as it was."""


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a wall: a cell (column, row, width, height) on a grid of its own, as fine as the asker wants."""

    grid: Grid
    cell: tuple[int, int, int, int]


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who may change a wall, or a ``region`` of it, until when. ``holder``: a login; ``name``: that person's name."""

    holder: str
    name: str
    since: datetime
    until: datetime
    region: Region | None = None


class LeaseAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``region`` ``None``: the whole wall. ``is_take_over``: from whoever holds it; a lead's right."""

    region: Region | None = None
    is_take_over: bool = False


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about a wall: who, when, why, from which revision, and what it made the wall show."""

    wall: str
    revision: int
    before: int
    kind: TakeKind
    at: datetime
    by: str
    name: str
    reason: str
    preset: str
    layout: Layout | None
    is_curtained: bool


class Take(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``preset``: the key this layout came from unchanged, else empty."""

    layout: Layout
    preset: Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9-]{0,63})?$(?!\n)")] = ""
    reason: Reason = ""


class Undo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason = ""


class Curtain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Draws the curtain or opens it. Needs no lease and no revision: visitors do not wait."""

    is_drawn: bool
    reason: Reason = ""


class WallDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A wall as its doors know it. ``shown``: the newest decision that stands; ``previous``: what *undo* returns to.

    ``can_take_over``, ``can_arrange``: what whoever asks may do.
    """

    wall: str
    revision: int
    changes: int
    is_curtained: bool
    shown: Taken | None
    previous: Taken | None
    leases: list[Lease]
    can_arrange: bool
    can_take_over: bool


class PresetDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    layout: Layout


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """A layout with a name. ``is_shipped``: of the program or the city folder, read only. ``revision`` 0 for those."""

    key: PresetKey
    layout: Layout
    revision: int
    is_shipped: bool
    by: str = ""
    at: datetime | None = None


class HandoverDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``to``: the login of who takes over, ``None`` when that is not yet known."""

    notes: Annotated[str, msgspec.Meta(max_length=8_000)] = ""
    to: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """One change of shift. ``claimed``: ids of the reports this person had claimed; ``accepted_by``: who took over."""

    number: int
    at: datetime
    by: str
    name: str
    notes: str
    to: str | None
    open_reports: int
    late_reports: int
    claimed: list[str]
    accepted_by: str | None
    accepted_at: datetime | None


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works at the desks: ``login`` as in ``HandoverDraft.to``."""

    login: str
    name: str


class Viewing(msgspec.Struct, frozen=True, kw_only=True):
    """``others``: the names of those who have a report open too."""

    others: list[str]


WALL_ORDER = Topic(
    name="wall.order", body=WallOrder, delivery=Delivery.LATEST, stale_after_s=3600, freshness=FreshnessRule.SOURCE, keep=100
)
