"""What the drills of a mirror come to: figures with their goals. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from controlroom.measure.figures import percentile
from controlroom.measure.mirror_figures import judge_slow
from controlroom.measure.outage import LIVE_AGAIN_S, OFFLINE_S
from controlroom.measure.result import Figure, at_least, at_most, exactly, is_true

MIRROR_GROWTH_MB = 30.0
HALF_OPEN = 2_000
HALF_OPEN_GONE_S = 20.0
"""A head is given 5 s, and so is the proof of who opened a socket; the rest is what two thousand of them take."""
SERVED_MS = 1_000.0
STORM_LIVE_S = 120.0


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """A mirror that was killed and started again. Seconds; ``None``: never. ``asked_again``: somebody had to sign in anew."""

    said_offline_s: float | None
    live_again_s: float | None
    shown: Mapping[str, int]
    truth: Mapping[str, int]
    viewers: Sequence[int]
    asked_again: bool
    reloads: int


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a thief tried. ``answer``: the status it got, WebSocket's or HTTP's; ``shown``: something of the room was in it."""

    what: str
    answer: int
    refused: bool
    shown: bool


class Flooded(msgspec.Struct, frozen=True, kw_only=True):
    """Half-open connections: how many were made, how many stood after the time given, and what they cost."""

    made: int
    left: int
    gone_s: float | None
    delays_ms: Sequence[float]
    ends: int
    growth_mb: float | None
    is_running: bool


def judge_back(name: str, back: Back, viewers: int) -> list[Figure]:
    """``viewers``: how many programs watched beside the page."""
    return [
        at_most(f"{name}: the page says that it is cut off after", back.said_offline_s, "s", OFFLINE_S),
        at_most(f"{name}: the page is live again after", back.live_again_s, "s", LIVE_AGAIN_S),
        at_least(f"{name}: numbers compared", len(back.truth), "numbers", 8),
        exactly(f"{name}: numbers on the page that are not the bus's", unlike(back.shown, back.truth), "numbers", 0),
        exactly(
            f"{name}: viewers that hold the bus's number again", back.viewers.count(back.truth.get("received", -2)), "viewers", viewers
        ),
        exactly(f"{name}: asked to sign in again", int(back.asked_again), "times", 0),
        exactly(f"{name}: page loads", back.reloads, "loads", 0),
    ]


def unlike(shown: Mapping[str, int], truth: Mapping[str, int]) -> int:
    """How many of the numbers stand on the page as others, or not at all."""
    return sum(shown.get(name) != count for name, count in truth.items())


def judge_slow_phone(
    alone: Sequence[float], beside: Sequence[float], octets: int, is_behind: bool, growth_mb: float | None, stalled: bool
) -> list[Figure]:
    """As in ``bench mirror``; besides, what the mirror keeps for them is bounded. ``stalled``: a reader took nothing at all."""
    return [
        *judge_slow(alone, beside, octets, is_behind),
        is_true("a reader that took nothing was among them", stalled),
        at_most("the mirror's process grew by", growth_mb, "MB", MIRROR_GROWTH_MB),
    ]


def judge_theft(tried: Sequence[Tried], wanted: int, honest_ok: bool) -> list[Figure]:
    """``wanted``: how many kinds were to be tried; ``honest_ok``: the honest way in shows something, or a refusal proves nothing."""
    return [
        at_least("different kinds of things tried", len({one.what.partition(": ")[0] for one in tried}), "kinds", wanted),
        is_true("the honest viewer is shown the room", honest_ok),
        *(exactly(f"let through: {one.what}", int(not one.refused), "times", 0) for one in tried if not one.refused),
        *(exactly(f"shown something: {one.what}", 1, "times", 0) for one in tried if one.shown),
        exactly("let through or shown something", sum(not one.refused or one.shown for one in tried), "things", 0),
        exactly("answered with an error of the server", sum(500 <= one.answer < 600 for one in tried), "answers", 0),
    ]


def judge_flood(flood: Flooded) -> list[Figure]:
    """The honest viewer beside them is served, and they go by themselves."""
    return [
        at_least("half-open connections made", flood.made, "connections", HALF_OPEN),
        exactly("half-open connections left", flood.left, "connections", 0),
        at_most("half-open connections gone after", flood.gone_s, "s", HALF_OPEN_GONE_S),
        at_least("changes the honest viewer was to see meanwhile", len(flood.delays_ms), "changes", 20),
        at_most("change to the honest viewer meanwhile, p95", percentile(flood.delays_ms, 0.95), "ms", SERVED_MS),
        exactly("honest sockets that ended", flood.ends, "sockets", 0),
        at_most("the mirror's process grew by", flood.growth_mb, "MB", MIRROR_GROWTH_MB),
        is_true("the mirror's process is the same", flood.is_running),
    ]


def judge_storm_page(live_s: float | None, sockets: int, wrong: int) -> list[Figure]:
    """A page on the slow link: all of a large picture comes through one socket, however long it takes."""
    return [
        at_most("a storm on 50 kbit/s: the page is live after", live_s, "s", STORM_LIVE_S),
        exactly("a storm on 50 kbit/s: sockets the page opened", sockets, "sockets", 1),
        exactly("a storm on 50 kbit/s: numbers on the page that are not the bus's", wrong, "numbers", 0),
    ]
