"""What the measurements of a mirror come to: delays of changes, and the figures with their goals. Pure."""

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from controlroom.measure.figures import percentile, slope_bound
from controlroom.measure.result import Figure, at_least, at_most, below, beside, exactly, is_true

BYTES_SHARE = 0.1
LOOPBACK_MS = 400.0
NARROW_MS = 1_000.0
FIRST_S = 2.0
FIRST_KB = 500.0
VIEWERS = 200
CHANGES_PER_S = 5.0
VIEWERS_MS = 1_000.0
WALL_PERCENT = 10.0
FAST_MS = 1_000.0
SLOWER_MS = 100.0
"""By so much at most a slow phone may be felt by others: what one run differs from the next."""
SLOPE_MB = 3.0
TEN_MINUTES_S = 600.0
MOST_DELAY_S = 60.0

Seen = Sequence[tuple[float, int]]
"""When (monotonic seconds) so many received reports were first seen, in this order."""


class Opened(msgspec.Struct, frozen=True):
    """A page that was opened anew: seconds until its totals stood there, kilobytes until then and in all until it was quiet."""

    totals_s: float | None
    totals_kb: float
    all_kb: float


class Paints(msgspec.Struct, frozen=True):
    """Paints a second of the wall's probe, of each window without and with viewers."""

    without: Sequence[float]
    with_viewers: Sequence[float]


def delays_ms(handed: Seen, seen: Seen) -> list[float]:
    """Of every change, the time until it or a newer one was seen; one never seen counts as ``MOST_DELAY_S``."""
    numbers = [number for _, number in seen]
    found: list[float] = []
    for at, number in handed:
        place = bisect_left(numbers, number)
        found.append(1000 * (seen[place][0] - at if place < len(seen) else MOST_DELAY_S))
    return found


def judge_bytes(mirror: int, peer: int, pixels: tuple[int, int], wall: tuple[int, int], seconds: float) -> list[Figure]:
    """``pixels``: of the peer's picture; ``mirror`` and ``peer``: bytes to the client."""
    return [
        is_true("the peer shows the whole wall", pixels == wall),
        at_least("bytes of the peer", peer / 1e6, "MB", 0.5),
        at_least("bytes of the mirror", mirror / 1e3, "kB", 10),
        at_most(f"bytes to the client in the same {seconds:g} s, of the peer's", mirror / peer if peer else None, "x", BYTES_SHARE),
    ]


def judge_drawn(where: str, delays: Sequence[float], changes: int, goal_ms: float, error_s: float) -> list[Figure]:
    """``error_s``: by how much the page's clock may be wrong."""
    return [
        at_least(f"{where}: changes measured", len(delays), "changes", changes),
        at_most(f"{where}: change to drawn in the page, p95", percentile(delays, 0.95), "ms", goal_ms),
        beside(f"{where}: change to drawn in the page, p50", percentile(delays, 0.5), "ms"),
        at_most(f"{where}: the page's clock is known to", 1000 * error_s, "ms", goal_ms / 20),
    ]


def judge_first(cold: Opened, again: Opened) -> list[Figure]:
    """``again``: opened a second time, as an installed page is."""
    return [
        at_most("narrow link: first useful picture", cold.totals_s, "s", FIRST_S),
        at_most("narrow link: bytes until it stood", cold.totals_kb if cold.totals_s is not None else None, "kB", FIRST_KB),
        beside("narrow link: bytes until all was there, map, fonts and what is kept for offline", cold.all_kb, "kB"),
        at_most("narrow link: first useful picture, opened again", again.totals_s, "s", FIRST_S),
        beside("narrow link: bytes until it stood, opened again", again.totals_kb, "kB"),
    ]


def judge_viewers(delays: Sequence[Sequence[float]], ends: int, changes: int, per_s: float) -> list[Figure]:
    """``delays``: of each viewer. The slowest viewer's p95 is printed beside that of all."""
    every = [delay for some in delays for delay in some]
    slowest = max((percentile(some, 0.95) or 0.0 for some in delays), default=None)
    return [
        exactly("viewers that saw the changes", sum(bool(some) for some in delays), "viewers", VIEWERS),
        at_least("changes each of them was to see", min((len(some) for some in delays), default=0), "changes", changes),
        at_least("changes a second", per_s, "/s", 0.95 * CHANGES_PER_S),
        exactly("sockets that ended meanwhile", ends, "sockets", 0),
        at_most(f"{VIEWERS} viewers: change to viewer, p95", percentile(every, 0.95), "ms", VIEWERS_MS),
        beside(f"{VIEWERS} viewers: change to viewer, p50", percentile(every, 0.5), "ms"),
        beside(f"{VIEWERS} viewers: p95 of the slowest viewer", slowest, "ms"),
    ]


def judge_wall(paints: Paints) -> list[Figure]:
    """Windows by turns, so that what the machine does beside falls on both."""
    without, beside_viewers = _mean(paints.without), _mean(paints.with_viewers)
    slower = 100 * (1 - beside_viewers / without) if without and beside_viewers is not None else None
    return [
        at_most(f"the wall paints less beside {VIEWERS} viewers by", slower, "%", WALL_PERCENT),
        at_least("paints of the wall without viewers", without, "/s", 1),
        beside(f"paints of the wall beside {VIEWERS} viewers", beside_viewers, "/s"),
    ]


def judge_slow(alone: Sequence[float], beside_slow: Sequence[float], slow_octets: int, slow_is_behind: bool) -> list[Figure]:
    """Delays of fast viewers without and with slow ones beside them; ``slow_octets``: what came through the slow link."""
    before, now = percentile(alone, 0.95), percentile(beside_slow, 0.95)
    more = now - before if before is not None and now is not None else None
    return [
        at_least("changes a fast viewer was to see beside a slow phone", len(beside_slow), "changes", 20),
        at_least("bytes the slow phone got", slow_octets / 1e3, "kB", 1),
        is_true("the slow phone was behind", slow_is_behind),
        at_most("fast viewers beside a slow phone: p95", now, "ms", FAST_MS),
        at_most("fast viewers' p95 grew by", more, "ms", SLOWER_MS),
        beside("fast viewers without a slow phone: p95", before, "ms"),
    ]


def judge_memory(
    at_s: Sequence[float], heap_mb: Sequence[float], nodes: Sequence[int], rss_mb: Sequence[float], hours: float
) -> list[Figure]:
    """``hours``: of the city's time that were played. Theil-Sen; a shorter watch is extrapolated to ten minutes with its bound."""
    heap = slope_bound(at_s, heap_mb, TEN_MINUTES_S)
    tree = slope_bound(at_s, [float(count) for count in nodes], TEN_MINUTES_S)
    whole = slope_bound(at_s, rss_mb, TEN_MINUTES_S)
    watched = f"{at_s[-1] - at_s[0]:.0f} s" if at_s else "0 s"
    return [
        at_least("page: hours of the city that were played", hours, "h", 1),
        below(f"page: growth of its heap in {watched}, upper 95 % bound", heap and heap[1], "MB/10 min", SLOPE_MB),
        beside("page: growth of its nodes, Theil-Sen", tree and tree[0], "nodes/10 min"),
        beside("page: growth of its process, Theil-Sen", whole and whole[0], "MB/10 min"),
        beside("page: heap at the end", heap_mb[-1] if heap_mb else None, "MB"),
        beside("page: its process at the end", rss_mb[-1] if rss_mb else None, "MB"),
    ]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
