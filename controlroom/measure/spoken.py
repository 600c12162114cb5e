"""What a bench and the processes it starts say to each other: one JSON line asks, one answers."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from feeds.messages.header import Message
from feeds.messages.report import Totals

RAW_CHANNEL = "cr:{bench}:raw"
"""Where the feeder's bare time stamps (nanoseconds, unix) go."""

PROBE_MS = 5
"""The timer of the GUI thread whose lateness is measured."""


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``verb`` is what to do; the rest are its arguments, see ``wall_probe`` and ``feeder``."""

    verb: str
    count: int = 0
    per_s: float = 0.0
    seconds: float = 0.0
    topic: str = "report"
    url: str = ""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a process: it listens now."""

    pid: int


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """``count`` of what was asked for, done in ``seconds``; ``at_s`` on the machine's monotonic clock."""

    count: int = 0
    seconds: float = 0.0
    at_s: float = 0.0


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What one side holds of a topic: two sides hold the same when ``epoch`` and ``digest`` are the same."""

    epoch: str
    seq: int
    count: int
    digest: str
    totals: Totals | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """How far the hub has come with a topic, cheap enough to ask often."""

    epoch: str = ""
    seq: int = 0
    count: int = 0


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What the wall's probe saw since it was asked to begin.

    ``latency_ms``: publish to hub, one for each report message the hub got. ``overrun_ms``: by how much a 5 ms timer of the GUI
    thread was late; ``work_ms``: processor time it used itself between two beats, whatever else the machine did; ``gui_cpu_s``: in all.
    ``missing``: sequence numbers of reports the reader passed over without a snapshot.
    """

    seconds: float
    latency_ms: list[float]
    overrun_ms: list[float]
    work_ms: list[float]
    gui_cpu_s: float
    read: int
    missing: int
    snapshots: int
    gaps: int
    repaired: int
    rejected: int
    simulated_dropped: int
    paints: int


class Arrivals(msgspec.Struct, frozen=True):
    """When (unix seconds) the hub got the first word of each report since the probe was asked to begin, by id."""

    at: dict[str, float]


class Painted(msgspec.Struct, frozen=True, kw_only=True):
    """When (unix seconds) every panel had painted, be it that it waits; when each had painted its data. ``None`` while some have not.

    ``empty`` says which are without data, and why.
    """

    at: float | None
    filled_at: float | None
    empty: list[str]


class Scrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that was scrolled for ``seconds``: how many rows were loaded then, of how many reports the bus told meanwhile, and the
    milliseconds between one frame and the next; ``work_ms``: the processor time the GUI thread used between them."""

    rows: int
    changes: int
    seconds: float
    frame_ms: list[float]
    work_ms: list[float]


class Arrived(msgspec.Struct, frozen=True):
    """When (monotonic) the report that made so many received was handed to the publisher."""

    at: list[tuple[float, int]]


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What viewers saw since they were asked to begin: of each, when (monotonic) it first held how many received reports.

    ``ends``: sockets that ended; ``received``: what each holds now (-1: nothing); ``octets``: of all frames.
    """

    at_s: float
    seen: list[list[tuple[float, int]]]
    octets: int
    ends: int
    received: list[int]


class Joined(msgspec.Struct, frozen=True):
    """Milliseconds of each join (-1: not complete within twenty seconds) and how many reports it had then."""

    ms: list[float]
    reports: list[int]


class Cameras(msgspec.Struct, frozen=True, kw_only=True):
    """How many cameras the panel says are live, of how many it shows."""

    live: int
    all: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What the map's page says of itself (``liveRoom.state()``), its renderer's process and how often it was reloaded."""

    state: dict[str, Any]
    process: int
    reloads: int
    is_ready: bool


def held(messages: Mapping[str, Message[Any]], epoch: str, seq: int, totals: Totals | None = None) -> Held:
    """The digest covers key, seq and body of every message."""
    digest = hashlib.sha256()
    for key in sorted(messages):
        message = messages[key]
        digest.update(f"{key}\t{message.seq}\t".encode())
        digest.update(msgspec.json.encode(message.body))
    return Held(epoch=epoch, seq=seq, count=len(messages), digest=digest.hexdigest(), totals=totals)


def lines_of(rest: bytes, more: bytes) -> tuple[list[Ask], bytes]:
    """Whole requests in what was read so far, and what is left of the last."""
    *whole, rest = (rest + more).split(b"\n")
    return [msgspec.json.decode(line, type=Ask) for line in whole if line.strip()], rest


def say(answers: Iterable[msgspec.Struct]) -> None:
    """Writes answers to standard output at once."""
    for answer in answers:
        os.write(1, msgspec.json.encode(answer) + b"\n")
