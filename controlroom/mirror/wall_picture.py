"""What stands on the wall and where, made of what the wall says and of what it was told. Pure.

The wall says which slots it has and where; what a slot was asked to show stands in the order, or in the layout's own file.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from feeds.messages.freshness import Freshness, by_age
from feeds.messages.header import Message
from feeds.messages.layout import Layout
from feeds.messages.system import WALL_STATE, Shown, SlotState, WallState
from feeds.messages.walls import WallOrder

BELIEVED_S = 15.0
"""A wall that said nothing for so long is gone: its curtain is what it was last told."""

CURTAIN_BELIEVED_S = 3600.0
"""Of a wall that nobody ever gave an order its own word alone tells of its curtain: it may have been cut off with the curtain drawn. After
an hour it is a wall that was switched off, or has another name now."""

Options = dict[str, Any]


class WallSlot(msgspec.Struct, frozen=True, kw_only=True):
    """``rect``: x, y, width, height in the wall's pixels."""

    slot: int
    panel: str
    rect: tuple[int, int, int, int]
    options: Options


class WallPicture(msgspec.Struct, frozen=True, kw_only=True):
    """``size``: around all slots. ``age_s``: since the wall said so; ``None``: it never did."""

    name: str
    layout: str
    title: str
    revision: int
    slots: tuple[WallSlot, ...]
    size: tuple[int, int]
    shown: str
    is_curtained: bool
    age_s: float | None

    def bare(self) -> "WallPicture":
        """That there is a wall, and whether its curtain is drawn; nothing of what it shows."""
        return msgspec.structs.replace(self, layout="", title="", revision=0, slots=())

    def with_cameras(self, may_be_named: Callable[[str], bool]) -> "WallPicture":
        """Only those cameras stand in the options of its slots."""
        slots = tuple(msgspec.structs.replace(slot, options=_openly(slot.options, may_be_named)) for slot in self.slots)
        return msgspec.structs.replace(self, slots=slots)


class Walls:
    """The newest of every wall. ``name``: the one to follow; ``None``: the first by name of those that speak, else the one
    heard last. ``layouts``: those that stand in files."""

    def __init__(self, name: str | None, layouts: Mapping[str, Layout]) -> None:
        self._name = name
        self._layouts = layouts
        self._states: dict[str, tuple[WallState, float]] = {}
        self._orders: dict[str, WallOrder] = {}
        self._is_told = {"state": False, "order": False}

    @property
    def is_known(self) -> bool:
        """Whether anything may be shown yet: before, a drawn curtain could be missed."""
        return all(self._is_told.values())

    def take_states(self, messages: list[Message[WallState]], now: datetime, now_s: float) -> None:
        """All there are."""
        self._is_told["state"] = True
        # Read from a snapshot it may be old.
        self._states = {
            one.key: (one.body, now_s - max(0.0, (now - one.published_at).total_seconds())) for one in messages if one.body is not None
        }

    def take_state(self, message: Message[WallState], now_s: float) -> None:
        if message.body is None:
            self._states.pop(message.key, None)
        else:
            self._states[message.key] = (message.body, now_s)

    def take_orders(self, messages: list[Message[WallOrder]]) -> None:
        self._is_told["order"] = True
        self._orders = {one.key: one.body for one in messages if one.body is not None}

    def take_order(self, message: Message[WallOrder]) -> None:
        if message.body is None:
            self._orders.pop(message.key, None)
        else:
            self._orders[message.key] = message.body

    def is_curtained(self, now_s: float) -> bool:
        """Whether the curtain of the wall is drawn, or was ordered to be; without a name, that of any wall."""
        names = {self._name} if self._name is not None else {*self._states, *self._orders}
        return any(self._is_drawn(name, now_s) for name in names)

    def freshness(self, now_s: float) -> Freshness:
        """Of what the wall says."""
        return by_age(self._age_s(self._chosen(now_s), now_s), WALL_STATE.stale_after_s)

    def stills_port(self, now_s: float) -> int | None:
        """Where the wall serves pictures of its panels, on its own machine."""
        state, _ = self._states.get(self._chosen(now_s) or "", (None, 0.0))
        return None if state is None else state.stills_port

    def picture(self, now_s: float) -> WallPicture | None:
        """``None``: no wall has been heard of."""
        name = self._chosen(now_s)
        if name is None:
            return None
        state, _ = self._states.get(name, (None, 0.0))
        order = self._orders.get(name)
        layout = self._layout(state, order)
        slots = () if state is None else tuple(_slot(one, layout) for one in state.slots)
        return WallPicture(
            name=name,
            layout="" if state is None else state.layout,
            title=layout.title if layout is not None else "" if state is None else state.layout,
            revision=0 if state is None else state.revision,
            slots=slots,
            size=_around(slots),
            shown="" if state is None else str(state.shown),
            is_curtained=self._is_drawn(name, now_s),
            age_s=self._age_s(name, now_s),
        )

    def _chosen(self, now_s: float) -> str | None:
        if self._name is not None:
            return self._name if self._name in {*self._states, *self._orders} else None
        heard_s = {name: at_s for name, (_, at_s) in self._states.items()}
        speaking = [name for name, at_s in heard_s.items() if now_s - at_s < BELIEVED_S]
        return min(speaking, default=None) or max(heard_s, key=lambda name: heard_s[name], default=None) or min(self._orders, default=None)

    def _age_s(self, name: str | None, now_s: float) -> float | None:
        _, heard_s = self._states.get(name or "", (None, None))
        return None if heard_s is None else max(0.0, now_s - heard_s)

    def _is_drawn(self, name: str, now_s: float) -> bool:
        order = self._orders.get(name)
        state, heard_s = self._states.get(name, (None, 0.0))
        is_ordered = order is not None and order.is_curtained
        is_believed = now_s - heard_s < (CURTAIN_BELIEVED_S if order is None else BELIEVED_S)
        return is_ordered or (state is not None and state.is_curtained and is_believed)

    def _layout(self, state: WallState | None, order: WallOrder | None) -> Layout | None:
        """The layout that stands, where it is known."""
        if state is None:
            return None
        if order is not None and order.layout is not None and state.shown is Shown.TAKEN and state.revision == order.revision:
            return order.layout
        return self._layouts.get(state.layout)


def _slot(state: SlotState, layout: Layout | None) -> WallSlot:
    """Slots count from 1, in the order of the layout."""
    written = layout.slot[state.slot - 1] if layout is not None and 0 < state.slot <= len(layout.slot) else None
    options = dict(written.options) if written is not None and written.panel == state.panel else {}
    return WallSlot(slot=state.slot, panel=state.panel, rect=state.geometry, options=options)


def _openly(options: Options, may_be_named: Callable[[str], bool]) -> Options:
    named: Any = options.get("cameras")
    if not isinstance(named, list | tuple):
        return options
    ids: list[Any] = list(named)  # pyright: ignore[reportUnknownArgumentType]
    return options | {"cameras": [one for one in ids if may_be_named(str(one))]}


def _around(slots: tuple[WallSlot, ...]) -> tuple[int, int]:
    return max((one.rect[0] + one.rect[2] for one in slots), default=0), max((one.rect[1] + one.rect[3] for one in slots), default=0)
