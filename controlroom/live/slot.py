"""What the wall and a camera's decoder share: the task, and memory for one picture at a time. Knows no Qt and no PyAV.

Two buffers: the writer fills the one nobody reads and then names it, so that neither side waits. The memory has no name
(memfd), so nothing of it can outlive its processes.
"""

import mmap
import os
import struct

import msgspec

_NEWEST = struct.Struct("=Q")
_PICTURE = struct.Struct("=QQIII4x")
"""Number of the picture, monotonic nanoseconds when it was taken, width, height, bytes per line."""
_HEADER_BYTES = 128
_BYTES_PER_PIXEL = 4


def slot_bytes(width: int, height: int) -> int:
    """Bytes of shared memory for two pictures of at most this size."""
    return _HEADER_BYTES + 2 * width * height * _BYTES_PER_PIXEL


def new_slot_file(width: int, height: int) -> int:
    """A file descriptor of anonymous shared memory, to be inherited by the decoder; the caller closes it."""
    file = os.memfd_create("live-room-camera", os.MFD_CLOEXEC)
    os.ftruncate(file, slot_bytes(width, height))
    return file


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to decode. ``kind``: mjpeg or rtsp. ``slot``: inherited descriptor. ``parent``: its process id."""

    url: str
    kind: str
    slot: int
    width: int
    height: int
    parent: int


class PictureFacts:
    """What is known of a picture besides its pixels. ``taken_ns``: ``time.monotonic_ns`` of this machine."""

    __slots__ = ("height", "number", "stride", "taken_ns", "width")

    def __init__(self, number: int, taken_ns: int, width: int, height: int, stride: int) -> None:
        self.number = number
        self.taken_ns = taken_ns
        self.width = width
        self.height = height
        self.stride = stride


class Slot:
    """The shared memory behind one file descriptor, mapped for pictures of at most ``width`` x ``height``."""

    def __init__(self, file: int, width: int, height: int) -> None:
        self._capacity = width * height * _BYTES_PER_PIXEL
        self._map = mmap.mmap(file, slot_bytes(width, height))
        self._view = memoryview(self._map)

    def newest(self) -> int:
        """Number of the newest whole picture, 0 before the first: one read of eight bytes."""
        return int(_NEWEST.unpack_from(self._view, 0)[0])

    def write(self, taken_ns: int, width: int, height: int, lines: "list[memoryview] | memoryview") -> None:
        """Publishes a picture of 4-byte pixels (BGRA), given whole or line by line. Raises ``ValueError`` if it is too large."""
        stride = width * _BYTES_PER_PIXEL
        if width <= 0 or height <= 0 or stride * height > self._capacity:
            raise ValueError(f"a picture of {width}x{height} does not fit into this slot")
        number = self.newest() + 1
        start = self._start(number)
        if isinstance(lines, memoryview):
            self._view[start : start + stride * height] = lines[: stride * height]
        else:
            for line in lines:
                self._view[start : start + stride] = line
                start += stride
        _PICTURE.pack_into(self._view, self._facts_at(number), number, taken_ns, width, height, stride)
        _NEWEST.pack_into(self._view, 0, number)

    def facts(self) -> PictureFacts | None:
        """What is known of the newest picture; ``None`` before the first or when the header cannot be true."""
        number = self.newest()
        if number == 0:
            return None
        facts = PictureFacts(*_PICTURE.unpack_from(self._view, self._facts_at(number)))
        is_true = facts.number == number and 0 < facts.stride * facts.height <= self._capacity
        return facts if is_true and facts.stride == facts.width * _BYTES_PER_PIXEL else None

    def copy_into(self, facts: PictureFacts, target: memoryview) -> bool:
        """Copies that picture's pixels; false when the writer came round to the same buffer meanwhile."""
        start = self._start(facts.number)
        size = facts.stride * facts.height
        target[:size] = self._view[start : start + size]
        return self.newest() - facts.number < 2 and _NEWEST.unpack_from(self._view, self._facts_at(facts.number))[0] == facts.number

    def close(self) -> None:
        self._view.release()
        self._map.close()

    def _start(self, number: int) -> int:
        return _HEADER_BYTES + (number & 1) * self._capacity

    @staticmethod
    def _facts_at(number: int) -> int:
        return 16 + (number & 1) * 48
