"""A supervised wall that is killed with what was taken for it, whatever else is away: what its screen shows, and when. Judged by pixels."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import msgspec
import psutil

from controlroom.measure.child import Child
from controlroom.measure.frame_buffer import FrameBuffer
from controlroom.measure.outage import admin
from controlroom.measure.parts import Parts
from controlroom.measure.people import Somebody
from controlroom.measure.reporting import Reporting
from controlroom.measure.result import CannotMeasure, Figure, at_least, at_most, beside, exactly, is_true
from controlroom.measure.staging import LEARN_AFTER_S, LEARN_S, NAMESPACE, is_live, wait_until
from controlroom.measure.takes import Hand
from controlroom.measure.wall_look import LayoutLook, learn, stands
from controlroom.settings import LAYOUTS
from controlroom.wall.layouts import read_layout
from controlroom.wall.loader import find_panels
from feeds.messages.system import Shown, WallState
from feeds.reports.roles import Role
from feeds.store.database import sqlite_url

OWN, TAKEN = "harian", "siaga"
"""The layout of the wall's settings, and the one that is taken for it."""
LOOK_S = 0.02
GIVEN_UP_S = 30.0
AFTER_S = 3.0
"""A curtain that is back is looked at for so long: what comes up late may still come up before it."""
GONE_S = 3.0
PAINTED_S = 6.0
COARSE = 16
BEFORE_CURTAIN_SHARE = 0.015
"""Of the wall: its smallest panel covers 2.8 % of it; the curtain's clock, in the worst minute, less than 0.6 %."""
FEWEST_LOOKS = 100
BLACK = frozenset({0, 0xFF000000})
"""The screen without any window."""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """One life of the wall after a kill. ``painted_s``: from the kill until what was taken stood on the screen, ``None``: never.

    ``own_seen``: looks at which the layout of the settings stood there instead. ``says_taken``: the wall's own word afterwards.
    """

    painted_s: float | None
    own_seen: int
    says_taken: bool
    looks: int


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """One life that begins behind the curtain. ``most_seen``: the largest share (0..1) of the wall's pixels, at any look, that were
    neither the curtain's nor those of a screen without a window.
    """

    back_s: float | None
    most_seen: float
    looks: int
    says_curtained: bool


class KillStage:
    """``with KillStage() as stage``: city, doors and a supervised wall for which a layout was taken; the looks of both are learned."""

    def __init__(self) -> None:
        self.parts = Parts(namespace=NAMESPACE)
        self._stack = ExitStack()
        self._supervisor: Child | None = None
        self._native = [key for key, spec in find_panels().specs.items() if spec.is_native]

    def __enter__(self) -> Self:
        try:
            parts = self._stack.enter_context(self.parts)
            store = sqlite_url(parts.folder / "reports.sqlite")
            self.room = self._stack.enter_context(Reporting(parts.folder / "doors", url=store, namespace=NAMESPACE))
            parts.start_city(store=store)
            self.room.open_doors()
            self.pixels = self._stack.enter_context(FrameBuffer(parts.virtual.frame_buffer))
            self.hand = Hand(self._stack.enter_context(Somebody(self.room, "pengaturdinding", Role.OPERATOR)), parts.description.name)
            self.begin_anew()
            self.own = self._learn(0)
            self.hand.hold()
            taken = self.hand.take(read_layout(LAYOUTS / f"{TAKEN}.toml"), 0, TAKEN)
            if not taken.is_carried_out:
                raise CannotMeasure(f"{TAKEN} was refused: HTTP {taken.status} {taken.text}")
            self.revision = taken.revision
            self.taken = self._learn(taken.revision)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def begin_anew(self) -> None:
        """Another supervisor: one that has just started a wall again would wait longer each time."""
        if self._supervisor is not None:
            self._supervisor.stop()
        self._supervisor = self.parts.start_supervised_wall(layout=OWN, more={"REDIS_WALL_URL": self.parts.redis.url_for("wall")})

    @property
    def supervisor(self) -> Child:
        assert self._supervisor is not None
        return self._supervisor

    def wait_taken(self) -> None:
        """Until what was taken is on the screen and every slot live. Raises ``CannotMeasure``."""
        self.parts.until("the wall is well again", lambda: self._says(lambda state: is_live(state, self.revision)) or None, 60)
        if not wait_until(lambda: stands(self.taken, self.pixels), GIVEN_UP_S, LOOK_S):
            raise CannotMeasure(f"what was taken is not on the screen:\n{self.supervisor.last_words()}")

    def wall_pid(self) -> int:
        """The process the supervisor keeps up."""
        found = [child.pid for child in psutil.Process(self.supervisor.pid).children() if "controlroom" in " ".join(child.cmdline())]
        if len(found) != 1:
            raise CannotMeasure(f"the supervisor has {len(found)} walls:\n{self.supervisor.last_words()}")
        return found[0]

    def kill_wall(self) -> float:
        """``kill -9`` of the wall by its id, when the screen is dark; the moment of the kill (monotonic)."""
        pid = self.wall_pid()
        os.kill(pid, signal.SIGKILL)
        killed_s = time.monotonic()
        if not wait_until(lambda: not stands(self.taken, self.pixels), 5, 0.002):
            raise CannotMeasure("the wall was killed and its picture stays: is it another process that draws?")
        return killed_s

    def life_after_kill(self) -> Life:
        killed_s = self.kill_wall()
        own_seen = looks = 0
        painted_s: float | None = None
        while painted_s is None and time.monotonic() - killed_s < GIVEN_UP_S:
            looks += 1
            if stands(self.taken, self.pixels):
                painted_s = time.monotonic() - killed_s
            elif stands(self.own, self.pixels):
                own_seen += 1
            time.sleep(LOOK_S)

        def is_taken(state: WallState) -> bool:
            return state.revision == self.revision and state.layout == TAKEN and state.shown is Shown.TAKEN

        says_taken = wait_until(lambda: self._says(is_taken), GIVEN_UP_S, 0.2)
        return Life(painted_s=painted_s, own_seen=own_seen, says_taken=says_taken, looks=looks)

    def life_behind_curtain(self) -> Behind:
        """With the curtain drawn and on the screen."""
        whole = (0, 0, self.pixels.width, self.pixels.height)
        curtain = self.pixels.sample(whole, step=COARSE)
        os.kill(self.wall_pid(), signal.SIGKILL)
        killed_s = time.monotonic()
        if not wait_until(lambda: _foreign(curtain, self.pixels.sample(whole, step=COARSE))[1] < 0.5, 5, 0.002):
            raise CannotMeasure("the wall was killed and its curtain stays: is it another process that draws?")
        back_s: float | None = None
        most_seen, looks = 0.0, 0
        while time.monotonic() - killed_s < (GIVEN_UP_S if back_s is None else back_s + AFTER_S):
            looks += 1
            foreign, covered = _foreign(curtain, self.pixels.sample(whole, step=COARSE))
            most_seen = max(most_seen, foreign)
            if back_s is None and covered >= 1 - BEFORE_CURTAIN_SHARE:
                back_s = time.monotonic() - killed_s
            time.sleep(LOOK_S)
        says = wait_until(lambda: self._says(lambda state: state.is_curtained), GIVEN_UP_S, 0.2)
        return Behind(back_s=back_s, most_seen=most_seen, looks=looks, says_curtained=says)

    def left_without_supervisor(self) -> int:
        """``kill -9`` of the supervisor; how many of the wall's processes are there a while later."""
        wall = psutil.Process(self.wall_pid())
        theirs = [wall, *wall.children(recursive=True)]
        self.supervisor.kill()
        _, alive = psutil.wait_procs(theirs, timeout=GONE_S)
        return len(alive)

    def flush(self) -> None:
        with admin(self.parts) as client:
            client.flushall()

    def draw_curtain(self) -> None:
        """Until it hangs before the whole wall."""
        self.revision = self.hand.curtain(is_drawn=True).revision
        self.wait_curtained()

    def open_curtain(self) -> None:
        """Until the panels are back and live."""
        self.revision = self.hand.curtain(is_drawn=False).revision
        self.begin_anew()
        self.wait_taken()

    def wait_curtained(self) -> None:
        self.parts.until("the wall says that its curtain is drawn", lambda: self._says(lambda state: state.is_curtained) or None, 20)
        if not wait_until(lambda: not stands(self.taken, self.pixels), 5, LOOK_S):
            raise CannotMeasure("the curtain is drawn, and the panels are still on the screen")
        time.sleep(1)

    def _learn(self, revision: int) -> LayoutLook:
        self.parts.until("every slot is live", lambda: self._says(lambda state: is_live(state, revision)) or None, 60)
        time.sleep(LEARN_AFTER_S)
        return learn(self.parts.state().slots, self._native, self.pixels, lambda: time.sleep(LEARN_S))

    def _says(self, what: Callable[[WallState], bool]) -> bool:
        """A wall that is not up says nothing."""
        try:
            return what(self.parts.state())
        except CannotMeasure:
            return False


def _foreign(curtain: bytes, now: bytes) -> tuple[float, float]:
    """Of the pixels, the share that is neither the curtain's nor black, nor the ground of both; and the share that is the curtain's."""
    wanted, seen = memoryview(curtain).cast("I"), memoryview(now).cast("I")
    ground = wanted[0]
    same = sum(a == b for a, b in zip(wanted, seen, strict=True))
    bare = sum(b in BLACK or b == ground for a, b in zip(wanted, seen, strict=True) if a != b)
    return (len(seen) - same - bare) / len(seen), same / len(seen)


def judge_life(name: str, life: Life) -> list[Figure]:
    return [
        at_most(f"{name}: kill to the last layout painted", life.painted_s, "s", PAINTED_S),
        exactly(f"{name}: looks at which another layout stood there first", life.own_seen, "looks", 0),
        is_true(f"{name}: the wall says that what was taken is what it shows", life.says_taken),
        at_least(f"{name}: looks at the screen meanwhile", life.looks, "looks", 20),
    ]


def judge_behind(name: str, life: Behind) -> list[Figure]:
    return [
        at_most(f"{name}: kill to the curtain on the screen", life.back_s, "s", PAINTED_S),
        at_most(f"{name}: most of the wall seen before or instead of the curtain", 100 * life.most_seen, "%", 100 * BEFORE_CURTAIN_SHARE),
        at_least(f"{name}: looks at the screen, {1000 * LOOK_S:g} ms apart or more", life.looks, "looks", FEWEST_LOOKS),
        is_true(f"{name}: the wall says that its curtain is drawn", life.says_curtained),
    ]


def judge_left(left: int) -> list[Figure]:
    return [exactly(f"processes of the wall {GONE_S:g} s after its supervisor was killed", left, "processes", 0)]


def slowest(lives: Sequence[Life]) -> Figure:
    found = [life.painted_s for life in lives if life.painted_s is not None]
    return beside("kill to the last layout painted, slowest of all", max(found, default=None), "s")
