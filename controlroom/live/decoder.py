"""One camera stream decoded in a process of its own: ``python -m controlroom.live.decoder``. Knows no Qt and no bus.

Its first line of stdin is the task (JSON; the address may hold a password and so is in no argument list), later lines
switch between all pictures and key pictures. It answers with JSON lines and dies with its parent.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import threading
import time
from typing import Any, NoReturn

import av
import msgspec
from av import error as av_error
from av import logging as av_logging

from controlroom.live.slot import Slot, Task

HANDED_OVER_PER_S = 10.0
OPEN_S, READ_S = 12.0, 8.0
"""PyAV's own time-outs (PyAV #584, #1112: not to be trusted; the parent kills what hangs)."""
LAG_S = 1.0
"""Further behind than this the decoder keeps to key pictures until it has caught up."""
MOST_PIXELS = 34_000_000
MOST_DAMAGED = 15
"""So many packets in a row without a picture and it is no stream; a single damaged one is skipped."""
MEMORY_LIMIT_BYTES = 2 * 1024**3
_PR_SET_PDEATHSIG = 1
_INTRA_ONLY = frozenset({"mjpeg", "png", "jpeg2000"})


class Mode:
    """What the parent wants now; set by the thread that reads stdin."""

    def __init__(self) -> None:
        self.is_key_only = False


def main() -> None:
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    _bind_to(task.parent)
    mode = Mode()
    threading.Thread(target=_obey, args=(mode,), daemon=True).start()
    av_logging.set_level(None)
    slot = Slot(task.slot, task.width, task.height)
    try:
        decode(task, slot, mode)
    except (av_error.FFmpegError, OSError, ValueError) as problem:
        _give_up(reason_of(problem), type(problem).__name__)
    _give_up("ended", "end of stream")


def _bind_to(parent: int) -> None:
    """Dies with the parent and cannot eat the machine; the parent has lowered its priority."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _obey(mode: Mode) -> None:
    for line in sys.stdin:
        mode.is_key_only = line.strip() == "key"
    os._exit(0)


def _say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _give_up(reason: str, detail: str) -> NoReturn:
    """Says why and ends at once: closing a hanging connection in good order could take for ever."""
    _say(error=reason, detail=detail)
    os._exit(1)


def reason_of(problem: Exception) -> str:
    """One word for what went wrong: auth, missing, refused, unreachable, no_video, bad_stream, ended. Never the address."""
    by_type: tuple[tuple[type[Exception], str], ...] = (
        (av_error.HTTPUnauthorizedError, "auth"),
        (av_error.HTTPForbiddenError, "auth"),
        (av_error.HTTPNotFoundError, "missing"),
        (av_error.HTTPError, "refused"),
        (av_error.EOFError, "ended"),
        (av_error.InvalidDataError, "bad_stream"),
    )
    for kind, reason in by_type:
        if isinstance(problem, kind):
            return reason
    if isinstance(problem, OSError):
        return "refused" if problem.errno in (errno.ECONNREFUSED, errno.ECONNRESET) else "unreachable"
    return "bad_stream"


def decode(task: Task, slot: Slot, mode: Mode) -> None:
    """Decodes until the stream ends; raises what PyAV raises, ``ValueError`` for a picture nobody should decode."""
    with _open(task) as container:
        if not container.streams.video:
            _give_up("no_video", "no video stream")
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        pace = _Pace()
        lag = _Lag()
        damaged = 0
        is_intra = stream.codec_context.name in _INTRA_ONLY
        for packet in container.demux(stream):
            behind = lag.of(packet, stream, task.kind)
            if is_intra:
                if not pace.is_due() or packet.size == 0:
                    continue
            else:
                stream.codec_context.skip_frame = "NONKEY" if mode.is_key_only or behind > LAG_S else "DEFAULT"
            try:
                frames = packet.decode()
            except av_error.InvalidDataError:
                damaged += 1
                if damaged >= MOST_DAMAGED:
                    raise
                continue
            for frame in frames:
                damaged = 0
                if pace.take():
                    _hand_over(slot, task, frame, behind)
            if mode.is_key_only and is_intra:
                pace.rest(1.0)


def _open(task: Task) -> Any:
    scheme = task.url.partition(":")[0].lower()
    wanted = ("rtsp", "rtsps") if task.kind == "rtsp" else ("http", "https")
    if scheme not in wanted:
        raise ValueError("the address has another scheme than the camera's kind")
    options = {
        "fflags": "nobuffer",
        "flags": "low_delay",
        "probesize": "500000",
        "analyzeduration": "1000000",
        "protocol_whitelist": "rtsp,rtsps,rtp,srtp,tcp,udp,tls,http,https,httpproxy,crypto",
    }
    if task.kind == "rtsp":
        options |= {"rtsp_transport": "tcp", "timeout": str(int(READ_S * 1e6)), "allowed_media_types": "video"}
    else:
        options |= {"rw_timeout": str(int(READ_S * 1e6)), "multiple_requests": "0", "reconnect": "0"}
    container_format = "rtsp" if task.kind == "rtsp" else "mpjpeg"
    return av.open(task.url, format=container_format, options=options, timeout=(OPEN_S, READ_S))


class _Pace:
    """At most so many pictures a second."""

    def __init__(self) -> None:
        self._next = 0.0
        self._every_s = 1.0 / HANDED_OVER_PER_S

    def is_due(self) -> bool:
        return time.monotonic() >= self._next

    def take(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = max(self._next + self._every_s, now + 0.5 * self._every_s)
        return True

    def rest(self, seconds: float) -> None:
        self._next = max(self._next, time.monotonic() + seconds)


class _Lag:
    """How far behind the camera we are, from its own time stamps: 0 where it gives none worth trusting (MJPEG)."""

    _DRIFT = 0.001

    def __init__(self) -> None:
        self._least: float | None = None
        self._seen_at = 0.0

    def of(self, packet: Any, stream: Any, kind: str) -> float:
        if kind != "rtsp" or packet.pts is None or stream.time_base is None:
            return 0.0
        now = time.monotonic()
        offset = now - float(packet.pts * stream.time_base)
        if self._least is None or offset < self._least or abs(offset - self._least) > 60:
            self._least = offset
        else:
            self._least += self._DRIFT * (now - self._seen_at)
        self._seen_at = now
        return max(0.0, offset - self._least)


def fitted(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """The size that covers the tile with the picture's own shape, never enlarged, never far beyond the tile's area."""
    cover = min(1.0, max(most_width / width, most_height / height))
    fit = min(1.0, most_width / width, most_height / height)
    factor = cover if width * height * cover * cover <= 3 * most_width * most_height else fit
    return max(2, round(width * factor)), max(2, round(height * factor))


def _hand_over(slot: Slot, task: Task, frame: Any, behind_s: float) -> None:
    """Scales one picture to the tile, cuts what stands over, and publishes it."""
    if frame.width <= 0 or frame.height <= 0 or frame.width * frame.height > MOST_PIXELS:
        raise ValueError("a picture of this size is not decoded")
    width, height = fitted(frame.width, frame.height, task.width, task.height)
    scaled = frame.reformat(width=width, height=height, format="bgra", interpolation="AREA")
    shown_width, shown_height = min(width, task.width), min(height, task.height)
    plane = scaled.planes[0]
    pixels, line_size = memoryview(plane).cast("B"), int(plane.line_size)
    first = (height - shown_height) // 2 * line_size + (width - shown_width) // 2 * 4
    lines = [pixels[at : at + shown_width * 4] for at in range(first, first + shown_height * line_size, line_size)]
    slot.write(time.monotonic_ns() - int(behind_s * 1e9), shown_width, shown_height, lines)


if __name__ == "__main__":
    main()
