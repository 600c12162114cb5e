"""Programs of the live room as a person starts them, ended by their own id; pictures through the wall's socket."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import psutil
import redis
from PySide6.QtGui import QImage

from controlroom.wall.ask import NoWall, ask_pixels, ask_state
from feeds.bus.connection import parse_address
from feeds.bus.script import topic_keys
from feeds.messages.header import Message, Topic
from feeds.messages.system import SlotState, WallState

FoundT = TypeVar("FoundT")
BodyT = TypeVar("BodyT")


class Running:
    """``with Running(folder) as run: run.start("demo")``: every process with a runtime folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime = folder / "run"
        self.runtime.mkdir(mode=0o700)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._log = (folder / "log.txt").open("wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in reversed(self._processes):
            self.end(process)
        self._log.close()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """What was started first."""
        return self._processes[0]

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def start(self, *words: str, module: str = "controlroom", environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
        process = subprocess.Popen(
            (sys.executable, "-m", module, *words),
            env={**clean, "XDG_RUNTIME_DIR": str(self.runtime), "XDG_STATE_HOME": str(self.folder / "state"), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self._processes.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], patience_s: float = 20.0) -> int:
        """SIGTERM, then SIGKILL; the exit code."""
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(patience_s)
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
            return process.wait()

    @property
    def socket(self) -> Path:
        found = sorted((self.runtime / "live-room").glob("wall-*.sock"))
        if not found:
            raise NoWall("no socket yet")
        return found[0]

    def state(self) -> WallState:
        return ask_state(self.socket)

    def slots(self) -> dict[str, SlotState]:
        return {slot.panel: slot for slot in self.state().slots}

    def picture(self) -> QImage:
        return ask_pixels(self.socket, None)

    def until(self, what: str, look: Callable[[], FoundT | None], patience_s: float = 60.0) -> FoundT:
        """The first thing ``look`` finds; fails with the log when it finds nothing in time."""
        end = time.monotonic() + patience_s
        last: object = None
        while time.monotonic() < end:
            try:
                found = look()
            except (NoWall, OSError) as error:
                last = error
            else:
                if found is not None:
                    return found
            time.sleep(0.2)
        raise AssertionError(f"{what}: not within {patience_s:g} s ({last})\n{self.log[-4000:]}")

    def child(self, process: subprocess.Popen[bytes], word: str) -> psutil.Process:
        """The descendant whose command line holds ``word``."""
        for found in psutil.Process(process.pid).children(recursive=True):
            if word in " ".join(found.cmdline()):
                return found
        raise AssertionError(f"no process {word!r} below {process.pid}")


def snapshot(url: str, namespace: str, topic: Topic[BodyT]) -> dict[str, Message[BodyT]]:
    """What Redis holds of a topic now, by key."""
    address = parse_address(url)
    client = redis.Redis(
        unix_socket_path=address.path, username=address.username, password=address.password, protocol=2, socket_timeout=10, driver_info=None
    )
    with closing(client):
        payloads = cast(Any, client).hvals(topic_keys(namespace, topic.name).snap)
    messages = [topic.decoder()(payload) for payload in payloads]
    return {message.key: message for message in messages}


def share_of(picture: QImage, colour: str, area: tuple[int, int, int, int], step: int = 2) -> float:
    """The share of sampled pixels of exactly this colour (``#rrggbb``) in x, y, width, height."""
    wanted = int(colour.removeprefix("#"), 16)
    x0, y0, width, height = area
    points = [(x, y) for x in range(x0, x0 + width, step) for y in range(y0, y0 + height, step)]
    return sum(1 for x, y in points if picture.pixel(x, y) & 0xFFFFFF == wanted) / len(points)


def wait_for(look: Callable[[], bool], patience_s: float = 10.0) -> None:
    """Returns when ``look`` is true; fails when it never is."""
    end = time.monotonic() + patience_s
    while not look():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
