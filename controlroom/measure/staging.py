"""A wall on stage: a simulated city, its doors and the real wall, and what can be seen of a change from the request to the pixels."""

import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import msgspec

from controlroom.measure.frame_buffer import FrameBuffer
from controlroom.measure.outage import LIVE, word
from controlroom.measure.parts import Parts
from controlroom.measure.people import Somebody
from controlroom.measure.reporting import Reporting
from controlroom.measure.result import CannotMeasure
from controlroom.measure.takes import Hand, Try
from controlroom.measure.wall_look import Due, LayoutLook, learn, undrawn
from controlroom.settings import LAYOUTS
from controlroom.wall.layouts import read_layout
from controlroom.wall.loader import find_panels
from feeds.messages.layout import Layout
from feeds.messages.system import WallState
from feeds.reports.roles import Role
from feeds.store.database import sqlite_url

NAMESPACE = "sim"
SHIPPED = ("harian", "siaga", "pengaduan", "sumber")
"""Layouts made for a wall of 2x2 monitors. ``siaga`` gives the map another place."""
GIVEN_UP_S = 6.0
LOOK_S, STATE_S = 0.006, 0.05
CALM_S = 1.0
LEARN_AFTER_S, LEARN_S = 4.0, 0.4
"""A layout is looked at when everything of it has been there for a while, and not only said to be."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One take or undo. Seconds from the moment the request was sent; ``None``: not within ``GIVEN_UP_S``.

    ``slots``: how many had to be put up elsewhere or anew.
    """

    layout: str
    moved_map: bool
    answered_s: float
    painted_s: float | None
    live_s: float | None
    slots: int


class Stage:
    """``with Stage() as stage``: everything runs, an operator holds the wall, and the looks of the layouts are learned."""

    def __init__(self) -> None:
        self.parts = Parts(namespace=NAMESPACE)
        self.stills_key = secrets.token_urlsafe(24)
        self.layouts: Mapping[str, Layout] = {name: read_layout(LAYOUTS / f"{name}.toml") for name in SHIPPED}
        self.looks: dict[str, LayoutLook] = {}
        self.shown = ""
        self._stack = ExitStack()
        self._native = [key for key, spec in find_panels().specs.items() if spec.is_native]

    def __enter__(self) -> Self:
        try:
            parts = self._stack.enter_context(self.parts)
            store = sqlite_url(parts.folder / "reports.sqlite")
            self.room = self._stack.enter_context(Reporting(parts.folder / "doors", url=store, namespace=NAMESPACE))
            parts.start_city(store=store)
            self.room.open_doors()
            parts.start_wall(layout=SHIPPED[0], more={"REDIS_WALL_URL": parts.redis.url_for("wall"), "STILLS_KEY": self.stills_key})
            self.pixels = self._stack.enter_context(FrameBuffer(parts.virtual.frame_buffer))
            person = self._stack.enter_context(Somebody(self.room, "pengaturdinding", Role.OPERATOR))
            self.hand = Hand(person, parts.description.name)
            self._thread = self._stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="hand"))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def stills_port(self) -> int:
        """Where the wall serves its stills. Raises ``CannotMeasure``."""
        port = self.parts.state().stills_port
        if port is None:
            raise CannotMeasure(f"the wall serves no stills:\n{self.parts.wall.last_words()}")
        return port

    def learn_looks(self) -> None:
        """Shows each layout once, and looks at it when it is live. Raises ``CannotMeasure``."""
        self.hand.hold()
        for name in SHIPPED:
            taken = self._take(name)
            self.parts.until(f"layout {name} is on the wall and live", lambda taken=taken: self._is_live(taken.revision) or None, 60)
            time.sleep(LEARN_AFTER_S)
            self.looks[name] = learn(self.parts.state().slots, self._native, self.pixels, lambda: time.sleep(LEARN_S))
            self.shown = name

    def take(self, name: str) -> Change:
        """Puts another shipped layout up, and watches the screen until it is there and live."""
        self.hand.hold()
        return self._watched(name, lambda revision: self.hand.take(self.layouts[name], revision, name))

    def undo(self) -> Change:
        """Back to the one before."""
        before = self.hand.desk().previous
        if before is None or before.preset not in self.looks:
            raise CannotMeasure("nothing was shown before: a mistake of this bench")
        return self._watched(before.preset, self.hand.undo)

    def _watched(self, name: str, decide: Callable[[int], Try]) -> Change:
        revision, look = self.hand.desk().revision, self.looks[name]
        due = Due.of(look, self.pixels)

        def sent() -> tuple[float, Try, float]:
            began_s = time.monotonic()
            return began_s, decide(revision), time.monotonic()

        under_way = self._thread.submit(sent)
        is_painted = wait_until(lambda: not due.missing(self.pixels), GIVEN_UP_S, LOOK_S)
        painted_s = time.monotonic()
        began_s, done, answered_s = under_way.result()
        if not done.is_carried_out:
            raise CannotMeasure(f"{name} was refused: HTTP {done.status} {done.text}")
        is_live = wait_until(lambda: self._is_live(done.revision) and not undrawn(look, self.pixels), GIVEN_UP_S, STATE_S)
        live_s = time.monotonic()
        moved_map = self._native_place(look) != self._native_place(self.looks[self.shown])
        self.shown = name
        time.sleep(CALM_S)
        return Change(
            layout=name, moved_map=moved_map, answered_s=answered_s - began_s, painted_s=painted_s - began_s if is_painted else None,
            live_s=live_s - began_s if is_live else None, slots=len(due.slots),
        )  # fmt: skip

    def _take(self, name: str) -> Try:
        taken = self.hand.take(self.layouts[name], self.hand.desk().revision, name)
        if not taken.is_carried_out:
            raise CannotMeasure(f"{name} was refused: HTTP {taken.status} {taken.text}")
        return taken

    def _is_live(self, revision: int) -> bool:
        return is_live(self.parts.state(), revision)

    def _native_place(self, look: LayoutLook) -> frozenset[tuple[int, int, int, int]]:
        return frozenset(look.slots[slot] for slot in look.pages)


def is_live(state: WallState, revision: int) -> bool:
    """Whether the wall shows that decision, and says of every slot that it is live and has painted."""
    return state.revision == revision and all(word(slot) in LIVE and slot.painted_at is not None for slot in state.slots)


def wait_until(look: Callable[[], bool], within_s: float, every_s: float) -> bool:
    """Whether ``look`` came true in time."""
    end = time.monotonic() + within_s
    while not look():
        if time.monotonic() >= end:
            return False
        time.sleep(every_s)
    return True
