"""``bench mirror``: bytes against a peer of pixels, change to drawn on two links, 200 viewers beside the wall, a page's memory."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec

from controlroom.measure.browser import PageClock, a_browser, seen
from controlroom.measure.child import Child
from controlroom.measure.figures import percentile
from controlroom.measure.mirror_figures import (
    CHANGES_PER_S,
    LOOPBACK_MS,
    NARROW_MS,
    VIEWERS,
    Opened,
    Paints,
    delays_ms,
    judge_bytes,
    judge_drawn,
    judge_first,
    judge_memory,
    judge_slow,
    judge_viewers,
    judge_wall,
)
from controlroom.measure.mirror_page import MirrorPage
from controlroom.measure.mirror_room import MirrorRoom
from controlroom.measure.parts import Parts
from controlroom.measure.result import Figure, Progress, Result, result
from controlroom.measure.shaped_link import Shape, ShapedLink
from controlroom.measure.spoken import Arrived, Done, Watched, Window
from controlroom.measure.vnc_peer import VncPeer

if TYPE_CHECKING:
    from playwright.sync_api import Page

SPEED = 72.0
"""A day of the city in twenty minutes."""
SAME_S = 60.0
WARM_UP_S = 15.0
DAY_S = 1_200.0
HEAP_EACH_S = 1.0
REPORTS = 300
DRAWN, DRAWN_LONG = 40, 200
DRAWN_PER_S = 4.0
NARROW_PER_S = 2.0
WINDOW_S, WINDOW_LONG_S = 12.0, 40.0
WINDOWS = 2
NARROW = Shape(bit_s=300_000, delay_s=0.15)
SLOW = Shape(bit_s=50_000, delay_s=0.15)
FAST = 10
SLOW_PER_S = 20.0
SLOW_S = 10.0
SETTLE_S = 2.0
QUIET_S = 1.5
GIVEN_UP_S = 45.0


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Changes while viewers watch: milliseconds of each viewer, sockets that ended, changes and paints of the wall a second."""

    delays: list[list[float]]
    ends: int
    per_s: float
    paints: float = 0.0


def measure_mirror(long: bool, progress: Progress) -> Result:
    """On a virtual wall of 2x2 full-HD monitors drawn in software; city, doors, mirror, viewers and browser on the same machine."""
    progress("starting city, wall, doors and mirror", 0.02)
    with Parts() as parts:
        parts.start_city(speed=SPEED)
        parts.start_wall()
        with MirrorRoom(parts) as room:
            room.open_mirror()
            figures = _beside_peer(parts, room, long, progress)
            parts.start_feeder().ask(Done, "reports", count=REPORTS, within_s=60)
            progress("change to drawn, on loopback", 0.4)
            figures += _on_loopback(room, DRAWN_LONG if long else DRAWN)
            progress("change to drawn, on a narrow link", 0.45)
            figures += _on_narrow_link(room, DRAWN_LONG if long else DRAWN)
            progress("a slow phone beside fast ones", 0.65)
            figures += _beside_slow_phone(room)
            progress(f"{VIEWERS} viewers", 0.75)
            figures += _many(room, WINDOW_LONG_S if long else WINDOW_S)
    return result("mirror", figures)


def _beside_peer(parts: Parts, room: MirrorRoom, long: bool, progress: Progress) -> list[Figure]:
    """A laptop's page and the peer's, both in one browser for the same time; afterwards the page's memory goes on being watched."""
    with ExitStack() as stack:
        peer = stack.enter_context(VncPeer(parts.virtual.display, parts.folder))
        to_mirror, to_peer = stack.enter_context(ShapedLink(room.port)), stack.enter_context(ShapedLink(peer.port))
        browser = stack.enter_context(a_browser(ports={room.port: to_mirror.port, peer.port: to_peer.port}))
        page = MirrorPage(browser, room.base, (1440, 900))
        page.enter(room.link())
        other = browser.new_page(viewport={"width": 1440, "height": 900})
        mirror_before, peer_before = to_mirror.down, to_peer.down
        began_s = time.monotonic()
        page.open()
        other.goto(f"http://localhost:{peer.port}/{peer.page}")
        while (at := time.monotonic() - began_s) < SAME_S:
            progress("beside a peer of pixels", 0.1 + 0.2 * at / SAME_S)
            other.wait_for_timeout(1_000)
        sent, peers = to_mirror.down - mirror_before, to_peer.down - peer_before
        shown = _canvas(other)
        other.close()
        figures = judge_bytes(sent, peers, shown, parts.virtual.size, SAME_S)
        return figures + _memory(page, DAY_S if long else SAME_S, lambda share: progress("a day in twenty minutes", 0.3 + 0.1 * share))


def _canvas(page: "Page") -> tuple[int, int]:
    """The size of the peer's picture; nothing when it shows none."""
    found = page.evaluate("(() => { const it = document.querySelector('canvas'); return it === null ? [0, 0] : [it.width, it.height]; })()")
    return int(found[0]), int(found[1])


def _memory(page: MirrorPage, seconds: float, told: Callable[[float], None]) -> list[Figure]:
    heap = page.heap()
    at_s: list[float] = []
    heaps: list[float] = []
    nodes: list[int] = []
    sizes: list[float] = []
    time.sleep(WARM_UP_S)
    began_s = time.monotonic()
    while (at := time.monotonic() - began_s) < seconds:
        size_mb, count = heap.look()
        at_s.append(at)
        heaps.append(size_mb)
        nodes.append(count)
        sizes.append(page.rss_mb())
        told(at / seconds)
        page.wait(HEAP_EACH_S * (1 if seconds <= SAME_S else 4))
    return judge_memory(at_s, heaps, nodes, sizes, SPEED * seconds / 3600)


def _on_loopback(room: MirrorRoom, changes: int) -> list[Figure]:
    with a_browser() as browser:
        page = MirrorPage(browser, room.base)
        page.enter(room.link())
        return _drawn("loopback", room, page, changes, DRAWN_PER_S, LOOPBACK_MS)


def _on_narrow_link(room: MirrorRoom, changes: int) -> list[Figure]:
    with ShapedLink(room.port, NARROW) as link, a_browser(ports={room.port: link.port}) as browser:
        page = MirrorPage(browser, room.base)
        page.enter(room.link())
        page.forget_files()
        cold, again = _opened(page, link), _opened(page, link)
        return judge_first(cold, again) + _drawn("narrow link", room, page, changes, NARROW_PER_S, NARROW_MS)


def _opened(page: MirrorPage, link: ShapedLink) -> Opened:
    """Opened from an empty page, when nothing of an earlier one is on the link any more."""
    page.leave()
    _quiet(page, link, QUIET_S)
    before, began_s = link.down, time.monotonic()
    page.open(wait=False)
    totals_s, totals_kb = None, 0.0
    while time.monotonic() - began_s < GIVEN_UP_S and totals_s is None:
        page.wait(0.05)
        if found := seen(page.page):
            totals_s, totals_kb = found[0][0] - began_s, (link.down - before) / 1e3
    _quiet(page, link, GIVEN_UP_S)
    return Opened(totals_s, totals_kb, (link.down - before) / 1e3)


def _quiet(page: MirrorPage, link: ShapedLink, most_s: float) -> None:
    """Until the link has carried next to nothing for a while: beats and small changes go on for ever."""
    end, quiet_since, last = time.monotonic() + most_s, time.monotonic(), link.down
    while time.monotonic() < end and time.monotonic() - quiet_since < QUIET_S:
        page.wait(0.05)
        if link.down - last > 2_000:
            quiet_since, last = time.monotonic(), link.down


def _drawn(where: str, room: MirrorRoom, page: MirrorPage, changes: int, per_s: float, goal_ms: float) -> list[Figure]:
    page.wait(SETTLE_S)
    seen(page.page)
    room.parts.feeder.tell("arrive", count=changes, per_s=per_s)
    page.wait(changes / per_s)
    handed = room.parts.feeder.hear(Arrived, 30).at
    page.wait(SETTLE_S)
    drawn = seen(page.page)
    return judge_drawn(where, delays_ms(handed, drawn), changes, goal_ms, PageClock(page.page).error_s)


def _beside_slow_phone(room: MirrorRoom) -> list[Figure]:
    """The slow one gets its first snapshot in this time: nothing it will ever be sent is larger."""
    fast = room.start_viewers(FAST, name="fast")
    try:
        alone = _watched(room, [fast], SLOW_S, SLOW_PER_S).delays
        with ShapedLink(room.port, SLOW) as link:
            slow = room.begin_viewers(1, name="slow", port=link.port)
            try:
                both = _watched(room, [fast, slow], SLOW_S, SLOW_PER_S).delays
                octets = link.down
            finally:
                slow.stop()
    finally:
        fast.stop()
    *beside_slow, of_slow = both
    is_behind = (percentile(of_slow, 0.95) or 0.0) > (percentile(_flat(beside_slow), 0.95) or 0.0)
    return judge_slow(_flat(alone), _flat(beside_slow), octets, is_behind)


def _many(room: MirrorRoom, seconds: float) -> list[Figure]:
    """The same changes in every window; the wall's probe asks to be painted each 16 ms in all of them."""
    without = [_with_wall(room, [], seconds) for _ in range(WINDOWS)]
    viewers = room.start_viewers(VIEWERS)
    try:
        windows = [_with_wall(room, [viewers], seconds) for _ in range(WINDOWS)]
    finally:
        viewers.stop()
    delays = [[delay for window in windows for delay in window.delays[number]] for number in range(VIEWERS)]
    wanted = round(WINDOWS * seconds * CHANGES_PER_S)
    paints = Paints([window.paints for window in without], [window.paints for window in windows])
    ends, per_s = sum(window.ends for window in windows), min(window.per_s for window in windows)
    return judge_viewers(delays, ends, wanted, per_s) + judge_wall(paints)


def _with_wall(room: MirrorRoom, viewers: Sequence[Child], seconds: float) -> Beside:
    wall = room.parts.wall
    wall.ask(Done, "paint", count=1)
    wall.ask(Done, "begin")
    seen = _watched(room, viewers, seconds, CHANGES_PER_S)
    window = wall.ask(Window, "window")
    wall.ask(Done, "paint", count=0)
    return msgspec.structs.replace(seen, paints=window.paints / window.seconds)


def _watched(room: MirrorRoom, viewers: Sequence[Child], seconds: float, per_s: float) -> Beside:
    for child in viewers:
        child.ask(Watched, "begin")
    room.parts.feeder.tell("arrive", count=round(seconds * per_s), per_s=per_s)
    handed = room.parts.feeder.hear(Arrived, seconds + 30).at
    time.sleep(SETTLE_S)
    told = [child.ask(Watched, "window") for child in viewers]
    took_s = handed[-1][0] - handed[0][0]
    return Beside(
        delays=[delays_ms(handed, seen) for one in told for seen in one.seen],
        ends=sum(one.ends for one in told),
        per_s=(len(handed) - 1) / took_s,
    )


def _flat(delays: Sequence[Sequence[float]]) -> list[float]:
    return [delay for some in delays for delay in some]
