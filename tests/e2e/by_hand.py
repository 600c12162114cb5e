"""A desk with a display, a window manager and hands: real X events through xdotool, and the pixels that come of them."""

import shutil
import subprocess
from types import TracebackType
from typing import Self

import pytest

from controlroom.measure.frame_buffer import FrameBuffer
from controlroom.wall.virtual import VirtualWall
from feeds.messages.layout import Monitor

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, width, height in pixels of the display."""

PATIENCE_S = 20
NEARLY = 0.03


class DeskByHand:
    """``with DeskByHand() as desk: desk.environment()``: a display of 1920 x 1080 with icewm on it."""

    def __init__(self) -> None:
        self.display = VirtualWall([Monitor(name="meja", place=(0, 0), pixels=(1920, 1080), size_mm=(527.0, 296.0))])
        self._manager: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        for tool in ("xdotool", "icewm"):
            if shutil.which(tool) is None:
                pytest.skip(f"{tool} is not installed: run make setup")
        self.display.start()
        self._manager = subprocess.Popen(
            ("icewm",), env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.pixels = FrameBuffer(self.display.frame_buffer)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.pixels.__exit__(kind, error, trace)
        if self._manager is not None:
            self._manager.terminate()
            self._manager.wait(PATIENCE_S)
        self.display.stop()

    def environment(self) -> dict[str, str]:
        return self.display.environment()

    def hand(self, *words: str) -> str:
        """One xdotool command; its answer."""
        done = subprocess.run(("xdotool", *words), env=self.environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, (words[0], done.stderr)
        return done.stdout.strip()

    def window_of(self, pid: int) -> str | None:
        """The largest visible window of a process, ``None`` while it has none."""
        done = subprocess.run(
            ("xdotool", "search", "--onlyvisible", "--pid", str(pid)), env=self.environment(), capture_output=True, text=True,
            timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        found = {window: self.geometry(window) for window in done.stdout.split()}
        large = {window: box for window, box in found.items() if box[2] >= 600}
        return max(large, key=lambda window: large[window][2] * large[window][3], default=None)

    def geometry(self, window: str) -> Box:
        facts = dict(line.split("=", 1) for line in self.hand("getwindowgeometry", "--shell", window).splitlines())
        return float(facts["X"]), float(facts["Y"]), float(facts["WIDTH"]), float(facts["HEIGHT"])

    def press(self, keys: str) -> None:
        self.hand("key", "--clearmodifiers", keys)

    def type(self, text: str) -> None:
        self.hand("type", "--clearmodifiers", "--delay", "12", text)

    def drag(self, start: Point, end: Point, steps: int = 12) -> None:
        """With the left button, in steps as a hand moves."""
        self._to(start)
        self.hand("mousedown", "1")
        for step in range(1, steps + 1):
            share = step / steps
            self._to((start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share))
        self.hand("mouseup", "1")

    def look(self) -> bytes:
        """The whole display, coarsely."""
        return self.pixels.sample((0, 0, self.pixels.width, self.pixels.height), step=8)

    def frame_in(self, colour: str, least_width: int, shape: float) -> Box | None:
        """The largest upright rectangle whose upper and lower edge are unbroken lines of this colour (``#rrggbb``).

        ``shape``: its width by its height, nearly.
        """
        wanted = int(colour.removeprefix("#"), 16)
        lines: dict[tuple[int, int], list[int]] = {}
        for row in range(self.pixels.height):
            run = _longest_run(self.pixels.sample((0, row, self.pixels.width, 1), step=1), wanted)
            if run[1] - run[0] >= least_width:
                lines.setdefault(run, []).append(row)
        boxes = [
            (left, min(rows), right - left, max(rows) - min(rows)) for (left, right), rows in lines.items() if max(rows) - min(rows) > 100
        ]
        fitting = [box for box in boxes if abs(box[2] / box[3] / shape - 1) < NEARLY]
        return max(fitting, key=lambda box: box[2] * box[3], default=None)

    def _to(self, point: Point) -> None:
        self.hand("mousemove", str(round(point[0])), str(round(point[1])))


def _longest_run(row: bytes, wanted: int) -> tuple[int, int]:
    """First and last place of the longest unbroken run of a colour."""
    best, began = (0, 0), None
    for place, pixel in enumerate([*memoryview(row).cast("I"), -1]):
        if pixel & 0xFFFFFF == wanted and pixel != -1:
            began = place if began is None else began
        elif began is not None:
            best = max(best, (began, place - 1), key=lambda run: run[1] - run[0])
            began = None
    return best
