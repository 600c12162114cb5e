"""Reads the frame buffer of a virtual wall without asking the X server: what really stands on the screen.

Knows the XWD format that Xvfb writes with -fbdir; nothing of Qt.
"""

import mmap
import struct
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Self

Rect = tuple[int, int, int, int]


class FrameBuffer:
    """``with FrameBuffer(path) as pixels: pixels.sample((x, y, width, height))``."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        head = struct.unpack(">25I", self._map[:100])
        # X.org's XWDFileHeader: header_size, version, format, depth, width, height, ..., [12] bytes_per_line, ..., [19] ncolors.
        self.width, self.height = head[4], head[5]
        self._row = head[12]
        self._start = head[0] + head[19] * 12
        # Read from all the time while it is open; let go of before the file is.
        self._pixels = memoryview(self._map)[self._start : self._start + self.height * self._row].cast("I")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pixels.release()
        self._map.close()

    def place(self, x: int, y: int) -> int:
        """The number of a pixel, for ``at``."""
        return y * (self._row // 4) + x

    def at(self, places: Sequence[int]) -> tuple[int, ...]:
        """These pixels as they are now, some thousand in a millisecond."""
        if len(places) < 2:
            return tuple(self._pixels[place] for place in places)
        found: tuple[int, ...] = itemgetter(*places)(self._pixels)
        return found

    def sample(self, rect: Rect, *, step: int = 4) -> bytes:
        """Every ``step``-th pixel of the rectangle, four bytes each (BGRX), row by row."""
        x, y, width, height = rect
        left, right = max(0, x), min(self.width, x + width)
        rows: list[bytes] = []
        for line in range(max(0, y), min(self.height, y + height), step):
            begin = self._start + line * self._row + left * 4
            row = memoryview(self._map[begin : begin + (right - left) * 4]).cast("I")[::step]
            rows.append(row.tobytes())
        return b"".join(rows)

    def colours(self, rect: Rect, *, step: int = 4) -> int:
        """How many different colours the samples of the rectangle have; a black or empty tile has one."""
        return len(set(memoryview(self.sample(rect, step=step)).cast("I")))


def changed_share(before: bytes, after: bytes) -> float:
    """The share of pixels (0..1) that differ between two samples of one rectangle."""
    if len(before) != len(after) or not before:
        return 1.0
    one, other = memoryview(before).cast("I"), memoryview(after).cast("I")
    return sum(a != b for a, b in zip(one, other, strict=True)) / len(one)
