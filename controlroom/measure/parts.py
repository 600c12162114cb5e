"""The parts of a demo as a bench wants them: its own Redis, simulated city, publisher, virtual wall and wall, each ended by pid.

Everything lies in one private folder, the wall's socket included, so that a wall of somebody else's is never touched.
"""

import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from controlroom.measure.child import Child
from controlroom.measure.frame_buffer import FrameBuffer
from controlroom.measure.result import CannotMeasure
from controlroom.measure.spoken import Held, Mark, Painted, Ready
from controlroom.settings import ASSETS, PREFIX
from controlroom.wall.ask import NoWall, ask_state
from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VIRTUAL_WALL, VirtualWall
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.layout import Wall
from feeds.messages.system import SlotState, WallState

CITY = ASSETS / "cities" / "tangerang"
START_TIMEOUT_S = 60.0

FoundT = TypeVar("FoundT")


class MediaAddress(msgspec.Struct, frozen=True):
    """What the simulated city says when it is ready."""

    media_url: str


class Parts:
    """``with Parts() as parts: parts.start_city(); parts.start_wall()``. Ends everything it started, in reverse."""

    def __init__(self, *, namespace: str = "sim", redis_options: Mapping[str, str] | None = None) -> None:
        self.namespace = namespace
        self.folder = Path(tempfile.mkdtemp(prefix="live-room-bench-"))
        self.redis = EmbeddedRedis(namespace=namespace, options=redis_options)
        self.description: Wall = read_wall(VIRTUAL_WALL)
        self.virtual = VirtualWall(self.description.monitor)
        self._stack = ExitStack()
        self._media_key = secrets.token_urlsafe(24)
        self._media_url = ""
        self._wall: Child | None = None
        self._wall_began = 0.0
        self._city: Child | None = None
        self._feeder: Child | None = None

    def __enter__(self) -> Self:
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self._stack.enter_context(self.redis)
            self._stack.callback(self.virtual.stop)
            self.virtual.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def wall(self) -> Child:
        return _started(self._wall, "wall")

    @property
    def city(self) -> Child:
        return _started(self._city, "simulated city")

    @property
    def feeder(self) -> Child:
        return _started(self._feeder, "feeder")

    def start_city(self, *, scenario: str = "calm", speed: float = 1.0, store: str | None = None) -> Child:
        """The simulated city, as ``controlroom demo`` runs it. ``store``: the database it keeps its reports in, its own when ``None``."""
        words = (
            sys.executable,
            "-m",
            "feeds.sim",
            "--city",
            str(CITY),
            "--scenario",
            scenario,
            "--speed",
            str(speed),
            "--seed",
            "3671",
        )
        environment = {**os.environ, "LIVE_ROOM_BUS_URL": self.redis.url_for("back"), "LIVE_ROOM_MEDIA_KEY": self._media_key}
        environment |= {"LIVE_ROOM_DATABASE_URL": store} if store is not None else {}
        self._city = self._child("simulated city", words, environment)
        self._media_url = self._city.first(MediaAddress).media_url
        return self._city

    def start_feeder(self) -> Child:
        """The bench's own publisher; without a simulated city it tells sources and canary too."""
        words = [sys.executable, "-m", "controlroom.measure.feeder", "--city", str(CITY), "--namespace", self.namespace]
        environment = {**os.environ, "LIVE_ROOM_BUS_URL": self.redis.url_for("back")}
        self._feeder = self._child("feeder", words + ([] if self._city is not None else ["--alone"]), environment)
        self._feeder.first(Ready)
        return self._feeder

    def pictures_from(self, url: str) -> None:
        """The wall started next fetches its pictures there, with ``media_key``."""
        self._media_url = url

    @property
    def media_key(self) -> str:
        return self._media_key

    def wall_environment(
        self, layout: str = "harian", layouts: Path | None = None, more: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """What a wall of these parts is told; ``more``: other settings by name. What it remembers, it remembers in the private folder."""
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "CITY": str(CITY), "NAMESPACE": self.namespace, "REDIS_URL": self.redis.url_for("front"), "WALL": str(VIRTUAL_WALL),
            "LAYOUT": layout, "MEDIA_KEY": self._media_key, "MEDIA_URL": self._media_url, **(more or {}),
        }  # fmt: skip
        if layouts is not None:
            settings["LAYOUTS"] = str(layouts)
        environment = {name: value for name, value in self.virtual.environment().items() if not name.startswith(PREFIX)}
        environment |= {PREFIX + name: value for name, value in settings.items() if value}
        return environment | {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(self.folder / "wall-state")}

    def start_wall(
        self, *, layout: str = "harian", layouts: Path | None = None, wait_painted: bool = True, more: Mapping[str, str] | None = None
    ) -> float:
        """The real wall with instruments; seconds from the start of its process until every panel had painted."""
        environment = self.wall_environment(layout, layouts, more)
        self._wall_began = began = time.time()
        self._wall = self._child("wall", (sys.executable, "-m", "controlroom.measure.wall_probe"), environment)
        self._wall.first(Ready)
        if not wait_painted:
            return 0.0
        painted = self.until("every panel has painted", self._all_painted, START_TIMEOUT_S)
        return painted - began

    def start_supervised_wall(self, *, layout: str = "harian", more: Mapping[str, str] | None = None) -> Child:
        """``controlroom wall --supervise``, without instruments; the supervisor. Does not wait for the wall."""
        words = (sys.executable, "-m", "controlroom", "wall", "--supervise", "--virtual")
        self._wall = self._child("supervisor", words, self.wall_environment(layout, None, more))
        return self._wall

    def filled(self) -> float:
        """Seconds from the start of the wall's process until every panel had painted its data and the page had drawn reports."""
        filled = self.wait(lambda: self.wall.ask(Painted, "painted").filled_at, START_TIMEOUT_S)
        if filled is None:
            empty = "; ".join(self.wall.ask(Painted, "painted").empty)
            raise CannotMeasure(f"waited {START_TIMEOUT_S:g} s in vain until every panel shows data: {empty}\n{self.wall.last_words()}")
        return filled - self._wall_began

    def _all_painted(self) -> float | None:
        return self.wall.ask(Painted, "painted").at

    def state(self) -> WallState:
        """What ``controlroom shot --json`` says of this wall."""
        try:
            return ask_state(self.folder / "run" / "live-room" / f"wall-{self.description.name}.sock")
        except (NoWall, OSError) as error:
            raise CannotMeasure(f"the wall does not say what it shows: {error}\n{self.wall.last_words()}") from error

    def slot(self, panel: str) -> SlotState:
        """The first slot of that panel."""
        return next(slot for slot in self.state().slots if slot.panel == panel)

    def pixels(self, slot: SlotState, *, step: int = 4) -> bytes:
        """What stands on the screen in a slot's rectangle."""
        with FrameBuffer(self.virtual.frame_buffer) as buffer:
            return buffer.sample(slot.geometry, step=step)

    def wall_has(self, truth: Held) -> bool:
        """Whether the wall's hub holds exactly the reports of ``truth``."""
        mark = self.wall.ask(Mark, "mark")
        if mark.epoch != truth.epoch or mark.seq < truth.seq or mark.count != truth.count:
            return False
        return self.wall.ask(Held, "held").digest == truth.digest

    def until(self, what: str, look: Callable[[], FoundT | None], within_s: float, *, every_s: float = 0.1) -> FoundT:
        """What ``look`` finds; raises ``CannotMeasure`` when it has found nothing (or only False) within the time."""
        found = self.wait(look, within_s, every_s=every_s)
        if found is None:
            raise CannotMeasure(f"waited {within_s:g} s in vain until {what}; the wall's last words:\n{self.wall.last_words()}")
        return found

    def wait(self, look: Callable[[], FoundT | None], within_s: float, *, every_s: float = 0.1) -> FoundT | None:
        """As ``until``, but ``None`` when the time is up."""
        end = time.monotonic() + within_s
        while True:
            found = look()
            if found is not None and found is not False:
                return found
            if time.monotonic() >= end:
                return None
            time.sleep(every_s)

    def _child(self, name: str, words: tuple[str, ...] | list[str], environment: Mapping[str, str]) -> Child:
        child = Child(name, words, environment, self.folder / f"{name.replace(' ', '-')}.log")
        self._stack.callback(child.stop)
        return child


def _started(child: Child | None, name: str) -> Child:
    if child is None:
        raise CannotMeasure(f"the {name} has not been started: a mistake of this bench")
    return child
