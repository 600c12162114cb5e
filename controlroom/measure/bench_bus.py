"""``bench bus``: how long a change takes from its publisher to the hub of a running wall, and that none is lost."""

import os
import sys
import time
from typing import Any, cast

import redis

from controlroom.measure.child import Child
from controlroom.measure.figures import percentile, waits
from controlroom.measure.parts import Parts
from controlroom.measure.peer import BarePeer
from controlroom.measure.result import Figure, Progress, Result, at_least, at_most, below, beside, exactly, is_true, result
from controlroom.measure.spoken import PROBE_MS, Done, Held, Joined, Window
from feeds.bus.connection import parse_address

REPORTS = 5_000
STORM_PER_S = 1_000
FLOOD = 20_000
JOINS = 5
STATUS_S = 1.2
"""The reader tells its counters once a second."""

SLOW_P50_MS = 3
STORM_P50_MS = 10
STORM_P99_MS = 40
BLOCK_P99_MS = 30
FLOOD_EQUAL_S = 1.0
JOIN_MS = 250


def measure_bus(long: bool, progress: Progress) -> Result:
    """The whole wall runs beside: simulated city, layout harian on 2x2 monitors, map included, 5,000 reports."""
    slow_s, storm_s = (120, 60) if long else (30, 60)
    with Parts() as parts:
        progress("starting city, publisher and wall", 0.02)
        parts.start_city()
        parts.start_feeder().ask(Done, "reports", count=REPORTS, within_s=60)
        parts.start_wall()
        parts.until("the wall holds every report", lambda: parts.wall_has(_truth(parts)), 30)
        time.sleep(5)
        with BarePeer(parts.redis.url_for("back")) as peer:
            progress(f"one change a second for {slow_s} s", 0.15)
            slow, _, slow_peer = _phase(parts, peer, 1, slow_s)
            progress(f"{STORM_PER_S} changes a second for {storm_s} s", 0.4)
            storm, sent, storm_peer = _phase(parts, peer, STORM_PER_S, storm_s)
        is_equal = parts.wait(lambda: parts.wall_has(_truth(parts)) or None, 5) is not None
        figures = judge_slow(slow, slow_peer) + judge_storm(storm, storm_peer, sent.count, storm_s, sent.seconds, is_equal)
        progress("flood with the output buffer cut to 1 MB", 0.85)
        figures += judge_flood(*_flood(parts))
        progress("late joiners", 0.95)
        figures += judge_joins(_joins(parts))
    return result("bus", figures)


def judge_slow(window: Window, peer_ms: list[float]) -> list[Figure]:
    """The figures of single changes on a calm bus."""
    name = "publish to hub, 1 change/s"
    return [
        at_most(f"{name}, p50", percentile(window.latency_ms, 0.5), "ms", SLOW_P50_MS),
        beside(f"{name}, p99", percentile(window.latency_ms, 0.99), "ms"),
        beside(f"{name}, changes measured", len(window.latency_ms), "changes"),
        beside("bare redis-py publish to receive beside it, p50", percentile(peer_ms, 0.5), "ms"),
        beside("GUI thread held up meanwhile, p99", percentile(waits(window.overrun_ms, PROBE_MS), 0.99), "ms"),
    ]


def judge_storm(
    window: Window, peer_ms: list[float], sent: int, asked_s: float, took_s: float, is_equal: bool, per_s: int = STORM_PER_S
) -> list[Figure]:
    """The figures of a storm; a publisher that did not reach its rate has measured something else, and that does not hold."""
    name = f"publish to hub, {per_s:,} changes/s for {asked_s:g} s"
    # After a repair by snapshot the reader hands on fewer messages than were sent, and has passed over none.
    unaccounted = max(window.missing, sent - window.read if window.snapshots == 0 else 0)
    lags = waits(window.overrun_ms, PROBE_MS)
    return [
        at_least("rate the publisher reached", sent / took_s if took_s else None, "changes/s", 0.98 * per_s),
        exactly("changes lost", unaccounted if window.latency_ms else None, "changes", 0),
        is_true("reports of wall and publisher equal afterwards", is_equal),
        at_most(f"{name}, p50", percentile(window.latency_ms, 0.5), "ms", STORM_P50_MS),
        at_most(f"{name}, p99", percentile(window.latency_ms, 0.99), "ms", STORM_P99_MS),
        at_most("GUI thread held up (wait of any event), p99", percentile(lags, 0.99), "ms", BLOCK_P99_MS),
        beside(f"lateness of a {PROBE_MS} ms timer, p99", percentile(window.overrun_ms, 0.99), "ms"),
        beside("longest block", max(window.overrun_ms, default=None), "ms"),
        beside("bare redis-py publish to receive beside it, p50", percentile(peer_ms, 0.5), "ms"),
        beside("bare redis-py publish to receive beside it, p99", percentile(peer_ms, 0.99), "ms"),
        beside("gaps repaired", window.repaired + window.snapshots, "times"),
    ]


def judge_flood(window: Window, cuts: int, equal_after_s: float | None) -> list[Figure]:
    """``cuts``: connections the server closed for their full buffers; none would mean that nothing was tested."""
    return [
        at_least(f"flood of {FLOOD:,}: readers cut off by the server", cuts, "readers", 1),
        exactly("flood: numbers passed over without repair", window.missing, "changes", 0),
        below("flood: wall equal to the publisher after", equal_after_s, "s", FLOOD_EQUAL_S),
    ]


def judge_joins(joined: Joined) -> list[Figure]:
    """The slowest of the joins counts; one that lacks reports or never ended does not hold."""
    is_whole = bool(joined.ms) and min(joined.ms) >= 0 and min(joined.reports) >= REPORTS
    return [
        at_most(
            f"late joiner complete with {REPORTS:,} reports, slowest of {len(joined.ms)}",
            max(joined.ms) if is_whole else None,
            "ms",
            JOIN_MS,
        )
    ]


def _phase(parts: Parts, peer: BarePeer, per_s: int, seconds: float) -> tuple[Window, Done, list[float]]:
    peer.take()
    parts.wall.ask(Done, "begin")
    done = parts.feeder.ask(Done, "storm", per_s=per_s, seconds=seconds, within_s=3 * seconds + 20)
    heard = peer.take()
    time.sleep(STATUS_S)
    return parts.wall.ask(Window, "window"), done, heard


def _flood(parts: Parts) -> tuple[Window, int, float | None]:
    """The wall stands still while the publisher floods: its buffer at the server runs over."""
    time.sleep(2)
    with _admin(parts) as admin:
        admin.config_set("client-output-buffer-limit", "pubsub 1mb 1mb 1")
        before = _subscribers(admin)
        parts.wall.ask(Done, "begin")
        parts.wall.freeze()
        parts.feeder.ask(Done, "flood", count=FLOOD, within_s=60)
        cuts = len(before - _subscribers(admin))
        truth = _truth(parts)
        parts.wall.thaw()
        thawed_s = time.monotonic()
        equal_at_s = parts.wait(lambda: time.monotonic() if parts.wall_has(truth) else None, 20, every_s=0.02)
        admin.config_set("client-output-buffer-limit", "pubsub 32mb 8mb 60")
    time.sleep(STATUS_S)
    return parts.wall.ask(Window, "window"), cuts, None if equal_at_s is None else equal_at_s - thawed_s


def _joins(parts: Parts) -> Joined:
    words = (sys.executable, "-m", "controlroom.measure.joiner", "--namespace", parts.namespace, "--times", str(JOINS))
    child = Child("joiner", words, {**os.environ, "LIVE_ROOM_BUS_URL": parts.redis.url_for("front")}, parts.folder / "joiner.log")
    try:
        return child.first(Joined)
    finally:
        child.stop()


def _truth(parts: Parts) -> Held:
    return parts.feeder.ask(Held, "held")


def _admin(parts: Parts) -> Any:
    address = parse_address(parts.redis.url_for("admin"))
    client = redis.Redis(unix_socket_path=address.path, username=address.username, password=address.password, protocol=2, driver_info=None)
    return cast(Any, client)


def _subscribers(admin: Any) -> set[str]:
    return {str(client["id"]) for client in admin.client_list() if int(client["sub"]) > 5}
