"""``bench wall``: how soon the wall has painted, how often it paints while the map moves, and that its memory stays."""

import time
from collections.abc import Sequence
from itertools import pairwise

from controlroom.measure.figures import slope_bound
from controlroom.measure.frame_buffer import FrameBuffer, Rect, changed_share
from controlroom.measure.memory import Resident, is_below, resident, rss_mb
from controlroom.measure.parts import Parts
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, at_least, at_most, below, beside, is_true, result
from controlroom.measure.spoken import Done, Held, Page, Window

REPORTS = 5_000
OFFICERS = 100
OFFICERS_PER_S = 4.0
PAINT_S = 15.0
STORM_PER_S = 100
WARM_UP_S = 240.0
"""Heaps and page caches fill for about four minutes of storm; what grows after that is a leak."""
WATCH_S, WATCH_LONG_S = 240.0, 600.0
TEN_MINUTES_S = 600.0
MAP_COLOURS = 16
"""A black tile has one colour, an empty page two or three."""
HEADING_PX = 160
"""Of the map's slot on the virtual wall: title, as-of and chips, where a clock changes each second."""
MOVED_SHARE = 0.02
"""Of the land's pixels, between two looks: a hundred points that move change 3.9 to 4.5 %, five of them 0.4 to 0.9, nothing else any."""

START_S = 5.0
PAINTS_PER_S = 50.0
WALL_RSS_MB = 450.0
SLOPE_MB = 3.0


def measure_wall(long: bool, progress: Progress) -> Result:
    """On a virtual wall of 2x2 full-HD monitors with the layout harian, drawn in software."""
    watch_s = WATCH_LONG_S if long else WATCH_S
    with Parts() as parts:
        progress("starting city and wall", 0.02)
        parts.start_city()
        painted_s = parts.start_wall()
        figures = judge_start(parts.filled(), painted_s, _map_colours(parts))
        feeder = parts.start_feeder()
        feeder.ask(Done, "reports", count=REPORTS, within_s=60)
        parts.until("the wall holds every report", lambda: parts.wall_has(feeder.ask(Held, "held")), 30)
        progress(f"painting while {OFFICERS} points move", 0.15)
        figures += judge_paint(*_paint(parts))
        progress("storm: warming up", 0.2)
        feeder.tell("storm", per_s=STORM_PER_S, seconds=WARM_UP_S + watch_s)
        cold_mb = rss_mb(parts.wall.pid)
        time.sleep(WARM_UP_S)
        samples = _watch(parts, watch_s, progress)
        figures += judge_size(resident(parts.wall.pid), [size for _, size in samples[0]], cold_mb)
        feeder.hear(Done, WARM_UP_S + watch_s)
        figures += judge_slope("wall process", samples[0], watch_s) + judge_slope("map's renderer", samples[1], watch_s)
    return result("wall", figures)


def judge_start(filled_s: float | None, painted_s: float | None, map_colours: int) -> list[Figure]:
    """``filled_s``: until every panel shows its data and the map its reports; ``painted_s``: until each has painted something."""
    return [
        at_most("start of the process to all panels painted with data", filled_s, "s", START_S),
        beside("start of the process to all panels painted, with data or not", painted_s, "s"),
        at_least("different colours on the map then", map_colours, "colours", MAP_COLOURS),
    ]


def judge_paint(window: Window, moved_share: float) -> list[Figure]:
    """``moved_share``: of the looks at the map's land during the measurement, how many saw so much changed as moving points change."""
    return [
        at_least("paints of a widget that asks each 16 ms", window.paints / window.seconds if window.seconds else None, "/s", PAINTS_PER_S),
        is_true(f"map redrew {OFFICERS} moving points meanwhile (seen in the frame buffer)", moved_share >= 0.5),
        beside(f"looks at its land, half a second apart, that saw {100 * MOVED_SHARE:g} % of it changed", 100 * moved_share, "%"),
    ]


def judge_size(wall: Resident | None, watched_mb: Sequence[float], cold_mb: float | None) -> list[Figure]:
    """``watched_mb``: RSS each second of the watch, the most of which counts; ``cold_mb``: before the warm-up; ``wall``: after all."""
    most = max(watched_mb, default=None) if wall is not None else None
    growth = watched_mb[0] - cold_mb if watched_mb and cold_mb is not None else None
    return [
        at_most(f"wall process with {REPORTS:,} reports, most RSS of the watch", most, "MB", WALL_RSS_MB),
        beside(f"wall process with {REPORTS:,} reports, PSS", wall.pss_mb if wall else None, "MB"),
        beside(f"wall process, growth of RSS in the warm-up of {WARM_UP_S:g} s", growth, "MB"),
    ]


def judge_slope(name: str, samples: list[tuple[float, float]], watched_s: float) -> list[Figure]:
    """Theil-Sen; a shorter watch is extrapolated to ten minutes with its bound, and holds only if that bound does."""
    found = slope_bound([at for at, _ in samples], [value for _, value in samples], TEN_MINUTES_S)
    seen = "10 min" if watched_s >= TEN_MINUTES_S else f"{watched_s:g} s extrapolated to 10 min"
    slope, bound = found if found is not None else (None, None)
    last = samples[-1][1] if samples else None
    return [
        below(f"{name}, growth of RSS in {seen}, upper 95 % bound", bound, "MB/10 min", SLOPE_MB),
        beside(f"{name}, growth of RSS in {seen}, Theil-Sen", slope, "MB/10 min"),
        beside(f"{name}, RSS at the end", last, "MB"),
    ]


def _map_colours(parts: Parts) -> int:
    with FrameBuffer(parts.virtual.frame_buffer) as buffer:
        return buffer.colours(parts.slot("map").geometry)


def land_of(slot: Rect) -> Rect:
    """The map's slot without its heading."""
    x, y, width, height = slot
    return x, y + HEADING_PX, width, height - HEADING_PX


def moved_share(looks: Sequence[bytes]) -> float:
    """Of the looks at the land, the share (0..1) that differ from the look before as moving points make them differ."""
    moved = [changed_share(before, after) >= MOVED_SHARE for before, after in pairwise(looks)]
    return sum(moved) / len(moved) if moved else 0.0


def _paint(parts: Parts) -> tuple[Window, float]:
    parts.feeder.ask(Done, "officers", count=OFFICERS, per_s=OFFICERS_PER_S)
    parts.wall.ask(Done, "paint", count=1)
    time.sleep(3)
    land = land_of(parts.slot("map").geometry)
    with FrameBuffer(parts.virtual.frame_buffer) as buffer:
        looks = [buffer.sample(land)]
        parts.wall.ask(Done, "begin")
        end = time.monotonic() + PAINT_S
        while time.monotonic() < end:
            time.sleep(0.5)
            looks.append(buffer.sample(land))
    window = parts.wall.ask(Window, "window")
    parts.wall.ask(Done, "paint", count=0)
    return window, moved_share(looks)


def _watch(parts: Parts, seconds: float, progress: Progress) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(seconds, MB) each second, of the wall's process and of the process that draws its page."""
    walls: list[tuple[float, float]] = []
    pages: list[tuple[float, float]] = []
    began = time.monotonic()
    page = parts.wall.ask(Page, "page").process
    if not is_below(page, parts.wall.pid):
        raise CannotMeasure("the wall has no process that draws a page: does its map run?")
    while (at := time.monotonic() - began) < seconds:
        size = rss_mb(parts.wall.pid)
        page_size = rss_mb(page)
        if size is None or page_size is None:
            raise CannotMeasure(f"a process ended while its memory was watched:\n{parts.wall.last_words()}")
        walls.append((at, size))
        pages.append((at, page_size))
        progress("storm: watching memory", 0.4 + 0.6 * at / seconds)
        time.sleep(1)
    return walls, pages
