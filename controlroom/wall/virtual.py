"""A virtual wall: Xvfb with four RandR monitors, for machines with no display, for tests and benches."""

import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from controlroom.settings import ASSETS
from feeds.messages.layout import Monitor

VIRTUAL_WALL = ASSETS / "walls" / "virtual-2x2.toml"
"""Four full-HD monitors of 55 inches: the reference wall of visual.md."""

START_TIMEOUT_S = 15.0


class NoVirtualWall(RuntimeError):
    """Xvfb or xrandr is missing or did not start; the text says what to install."""


class VirtualWall:
    """``with VirtualWall(monitors) as wall: environment = wall.environment()``. ``frame_buffer``: an XWD file to mmap."""

    def __init__(self, monitors: Sequence[Monitor]) -> None:
        self._monitors = monitors
        self._folder = Path(tempfile.mkdtemp(prefix="live-room-xvfb-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.display = ""

    @property
    def frame_buffer(self) -> Path:
        return self._folder / "Xvfb_screen0"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of all monitors together, pixels."""
        return max(self._left(m) + m.pixels[0] for m in self._monitors), max(self._top(m) + m.pixels[1] for m in self._monitors)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def environment(self) -> dict[str, str]:
        """The environment for programs that shall show themselves here."""
        return {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def start(self) -> None:
        """Raises ``NoVirtualWall``."""
        for tool, package in (("Xvfb", "xvfb"), ("xrandr", "x11-xserver-utils")):
            if shutil.which(tool) is None:
                raise NoVirtualWall(f"{tool} is missing: run make setup, or apt-get install {package}")
        width, height = self.size
        read_end, write_end = os.pipe()
        try:
            # -noreset: else the server forgets the monitors when its last client leaves.
            self._process = subprocess.Popen(
                ("Xvfb", "-displayfd", str(write_end), "-noreset", "-nolisten", "tcp", "-screen", "0", f"{width}x{height}x24",
                 "+extension", "RANDR", "-fbdir", str(self._folder)),
                pass_fds=(write_end,), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            os.close(write_end)
            number = _line(read_end)
        finally:
            os.close(read_end)
        if not number:
            self.stop()
            raise NoVirtualWall("Xvfb did not start: see whether `Xvfb -displayfd 1` works in a shell")
        self.display = f":{number}"
        for index, monitor in enumerate(self._monitors):
            self.add_monitor(monitor, is_first=index == 0)

    def add_monitor(self, monitor: Monitor, *, is_first: bool = False) -> None:
        """Plugs a monitor in; Qt sees a real screen."""
        geometry = (
            f"{monitor.pixels[0]}/{round(monitor.size_mm[0])}x{monitor.pixels[1]}/{round(monitor.size_mm[1])}"
            f"+{self._left(monitor)}+{self._top(monitor)}"
        )
        self._xrandr("--setmonitor", monitor.name, geometry, "screen" if is_first else "none")

    def remove_monitor(self, name: str) -> None:
        """Pulls the plug."""
        self._xrandr("--delmonitor", name)

    def resize_monitor(self, monitor: Monitor, wait_until_missed: Callable[[], object]) -> None:
        """Turns a monitor or gives it another resolution, in its place: pulled, missed by whoever shows itself here, put back.

        Qt's xcb plugin (6.11) knows the monitors of ``--setmonitor`` by name. One that is back before Qt looked is to it the one it had:
        ``QXcbScreen::setMonitor`` tells nobody of another geometry, and ``QScreen`` keeps the old one for good. Of an output whose mode
        is changed or turned the X server tells the new geometry itself, and Qt misses none.
        """
        index = next(index for index, known in enumerate(self._monitors) if known.name == monitor.name)
        self.remove_monitor(monitor.name)
        wait_until_missed()
        self._monitors = [monitor if known.name == monitor.name else known for known in self._monitors]
        self.add_monitor(monitor, is_first=index == 0)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def _xrandr(self, *words: str) -> None:
        done = subprocess.run(("xrandr", *words), env=self.environment(), capture_output=True, text=True, timeout=10, check=False)
        if done.returncode != 0:
            raise NoVirtualWall(f"xrandr {' '.join(words)} failed: {done.stderr.strip()}")

    def _left(self, monitor: Monitor) -> int:
        if monitor.corner is not None:
            return monitor.corner[0]
        return sum(m.pixels[0] for m in self._monitors if m.place[1] == monitor.place[1] and m.place[0] < monitor.place[0])

    def _top(self, monitor: Monitor) -> int:
        if monitor.corner is not None:
            return monitor.corner[1]
        return sum(m.pixels[1] for m in self._monitors if m.place[0] == monitor.place[0] and m.place[1] < monitor.place[1])


def _line(descriptor: int) -> str:
    """What the server says when it is ready, '' when it does not. It writes number and newline apart: hanging up between ends it."""
    said = b""
    while not said.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], START_TIMEOUT_S)
        more = os.read(descriptor, 16) if ready else b""
        if not more:
            return ""
        said += more
    return said.decode().strip()
