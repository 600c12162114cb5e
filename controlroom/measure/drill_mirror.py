"""Drills of the mirror: killed and started again with viewers on it, slow phones beside fast ones, and a thief at its doors."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from controlroom.measure.browser import a_browser
from controlroom.measure.child import Child
from controlroom.measure.figures import percentile
from controlroom.measure.memory import rss_mb
from controlroom.measure.mirror_drill_figures import (
    STORM_LIVE_S,
    Back,
    judge_back,
    judge_flood,
    judge_slow_phone,
    judge_storm_page,
    judge_theft,
    unlike,
)
from controlroom.measure.mirror_figures import delays_ms
from controlroom.measure.mirror_page import MirrorPage
from controlroom.measure.mirror_room import MirrorRoom
from controlroom.measure.mirror_theft import TRIES, Thief
from controlroom.measure.outage import LIVE_AGAIN_S, OFFLINE_S, admin
from controlroom.measure.parts import Parts
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, result
from controlroom.measure.shaped_link import Shape, ShapedLink
from controlroom.measure.spoken import Arrived, Done, Watched
from feeds.bus.script import topic_keys
from feeds.messages.report import TOTALS, ReportState, Totals

REPORTS = 300
VIEWERS = 20
KILLS, KILLS_LONG = 2, 6
DOWN_S = 3.0
CHANGES = 10
LOOK_S = 0.1
SLOW = Shape(bit_s=50_000, delay_s=0.15)
SLOW_S, SLOW_LONG_S = 10.0, 60.0
SLOW_PER_S = 20.0
SETTLE_S = 2.0
STORM_REPORTS = 1_500
STORM_MORE_S = 20.0
"""Longer than a page hears nothing before it takes its socket for dead."""


def mirror_restart(long: bool, progress: Progress) -> Result:
    """``kill -9`` of the service while a page and twenty viewers watch, and again; the bus goes on meanwhile."""
    with Parts(namespace="live") as parts, MirrorRoom(parts) as room, a_browser() as browser:
        progress("starting feeder, doors and mirror", 0.05)
        parts.start_feeder().ask(Done, "reports", count=REPORTS, within_s=60)
        room.open_mirror()
        page = MirrorPage(browser, room.base)
        page.enter(room.link())
        viewers = room.start_viewers(VIEWERS)
        figures: list[Figure] = []
        kills = KILLS_LONG if long else KILLS
        for number in range(kills):
            progress(f"kill {number + 1}", 0.2 + 0.8 * number / kills)
            figures += judge_back(f"kill {number + 1}", _killed(room, page, viewers), VIEWERS)
    return result("mirror-restart", figures)


def _killed(room: MirrorRoom, page: MirrorPage, viewers: Child) -> Back:
    loads: list[str] = []

    def on_load(*_: Any) -> None:
        loads.append("load")

    page.page.on("load", on_load)
    room.kill_mirror()
    began_s = time.monotonic()
    said_s = _until(page, lambda: page.link_state() == "offline", OFFLINE_S * 2, began_s)
    page.wait(DOWN_S)
    _arrive(room.parts, CHANGES)
    room.open_mirror()
    began_s = time.monotonic()
    live_s = _until(page, lambda: page.link_state() == "live" and page.totals() == totals_of(room.parts), LIVE_AGAIN_S * 2, began_s)
    page.page.remove_listener("load", on_load)
    truth = totals_of(room.parts)
    end = time.monotonic() + LIVE_AGAIN_S
    while (held := viewers.ask(Watched, "numbers").received).count(truth["received"]) < VIEWERS and time.monotonic() < end:
        time.sleep(LOOK_S)
    return Back(
        said_offline_s=said_s, live_again_s=live_s, shown=page.totals(), truth=truth, viewers=held,
        asked_again=page.link_state() == "signin", reloads=len(loads),
    )  # fmt: skip


def slow_phone(long: bool, progress: Progress) -> Result:
    """Ten fast viewers alone; then beside one on 50 kbit/s and one whose link takes nothing any more."""
    seconds = SLOW_LONG_S if long else SLOW_S
    with Parts(namespace="live") as parts, MirrorRoom(parts) as room:
        progress("starting feeder, doors and mirror", 0.05)
        parts.start_feeder().ask(Done, "reports", count=REPORTS, within_s=60)
        room.open_mirror()
        fast = room.start_viewers(10, name="fast")
        progress("fast ones alone", 0.3)
        watched(room, [fast], SETTLE_S)
        alone = watched(room, [fast], seconds)[0]
        with ShapedLink(room.port, SLOW) as link, ShapedLink(room.port) as dead:
            stalled = room.start_viewers(1, name="stalled", port=dead.port)
            dead.stall(True)
            slow = room.begin_viewers(1, name="slow", port=link.port)
            before_mb = rss_mb(room.mirror.pid)
            progress("beside slow ones", 0.6)
            beside, of_slow, of_stalled = watched(room, [fast, slow, stalled], seconds)
            after_mb, octets = rss_mb(room.mirror.pid), link.down
            for child in (slow, stalled):
                child.stop()
        growth = None if before_mb is None or after_mb is None else after_mb - before_mb
        is_behind = (percentile(of_slow, 0.95) or 0.0) > (percentile(beside, 0.95) or 0.0)
        is_stalled = (percentile(of_stalled, 0.05) or 0.0) > (percentile(beside, 0.95) or 0.0)
        figures = judge_slow_phone(alone, beside, octets, is_behind, growth, is_stalled)
        fast.stop()
        progress("a page in a storm, on 50 kbit/s", 0.8)
        figures += judge_storm_page(*_storm_page(room))
    return result("slow-phone", figures)


def _storm_page(room: MirrorRoom) -> tuple[float | None, int, int]:
    """Seconds until a browser on the slow link showed all of a storm as live, the sockets it opened, and numbers that are wrong."""
    room.parts.feeder.ask(Done, "reports", count=STORM_REPORTS, within_s=60)
    with ShapedLink(room.port, SLOW) as link, a_browser(ports={room.port: link.port}) as browser:
        page = MirrorPage(browser, room.base)
        page.enter(room.link())
        page.leave()
        sockets: list[str] = []
        page.page.on("websocket", lambda socket: sockets.append(socket.url))
        began_s = time.monotonic()
        page.open(wait=False)
        live_s = _until(page, lambda: page.link_state() == "live", STORM_LIVE_S, began_s)
        page.wait(STORM_MORE_S)
        wrong = unlike(page.totals(), totals_of(room.parts))
    return live_s, len(sockets), wrong


def token_theft(long: bool, progress: Progress) -> Result:
    """A stolen cookie, old proofs and invitations, others' ids, odd paths and frames; then connections that never say what they want."""
    with Parts(namespace="live") as parts, MirrorRoom(parts) as room:
        progress("starting feeder, doors and mirror", 0.05)
        parts.start_feeder().ask(Done, "reports", count=REPORTS, within_s=60)
        room.open_mirror()
        honest = room.start_viewers(1, name="honest")
        thief = Thief(room)
        progress("a thief at the doors", 0.2)
        tried = thief.try_all()
        figures = judge_theft(tried, len(TRIES), thief.is_honest_shown())
        progress("half-open connections", 0.5)
        figures += judge_flood(thief.flood(lambda: watched(room, [honest], SLOW_S, CHANGES / 2), honest))
    return result("token-theft", figures)


def watched(room: MirrorRoom, viewers: Sequence[Child], seconds: float, per_s: float = SLOW_PER_S) -> list[list[float]]:
    """Of each process of viewers, the delays of ``seconds`` of changes."""
    for child in viewers:
        child.ask(Watched, "begin")
    room.parts.feeder.tell("arrive", count=round(seconds * per_s), per_s=per_s)
    handed = room.parts.feeder.hear(Arrived, seconds + 30).at
    time.sleep(SETTLE_S)
    told = [child.ask(Watched, "window") for child in viewers]
    return [[delay for seen in one.seen for delay in delays_ms(handed, seen)] for one in told]


def totals_of(parts: Parts) -> Mapping[str, int]:
    """What the publisher has left in Redis, as every screen shows it: ``Baru`` is new and reopened. Reads without code of the mirror."""
    with admin(parts) as client:
        payloads = client.hvals(topic_keys(parts.namespace, TOTALS.name).snap)
    decode = TOTALS.decoder()
    found = next((body for payload in payloads if isinstance(body := decode(payload).body, Totals)), None)
    if found is None:
        raise CannotMeasure("the bus holds no totals: a mistake of this drill")
    counts = {"received": found.received} | {state.value: found.count(state) for state in ReportState}
    again = counts[ReportState.REOPENED.value]
    counts[ReportState.NEW.value] += again
    return counts if again else {name: count for name, count in counts.items() if name != ReportState.REOPENED.value}


def _arrive(parts: Parts, count: int) -> None:
    parts.feeder.tell("arrive", count=count, per_s=10 * count)
    parts.feeder.hear(Arrived, 30)


def _until(page: MirrorPage, look: Any, within_s: float, began_s: float) -> float | None:
    while time.monotonic() - began_s < within_s:
        if look():
            return time.monotonic() - began_s
        page.wait(LOOK_S)
    return None
