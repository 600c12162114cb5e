"""``bench stage``: from a take to the pixels, what stills cost the wall, how soon the queue answers, fourteen consoles at once."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec

from controlroom.measure.child import Child
from controlroom.measure.consoles import CONSOLES, Asked, Consoles
from controlroom.measure.figures import percentile
from controlroom.measure.people import Somebody
from controlroom.measure.processor import TreeTime
from controlroom.measure.questions import fill_desk, questions
from controlroom.measure.reporting import Reporting
from controlroom.measure.result import Figure, Progress, Result, at_least, at_most, beside, exactly, result
from controlroom.measure.spoken import Done, Ready, Scrolled
from controlroom.measure.staging import SHIPPED, Change, Stage
from controlroom.measure.stills_probe import Still, StillsProbe
from controlroom.measure.takes import Hand, two_halves, with_half
from feeds.messages.queue import Page
from feeds.reports.roles import Role

TAKES, TAKES_LONG = 20, 80
UNDOS_EACH = 2
"""Every so manieth take is undone."""
WINDOW_S, WINDOW_LONG_S = 15.0, 30.0
WINDOWS, WINDOWS_LONG = 2, 4
"""With somebody looking at the stills, and as many without, by turns."""
SETTLE_S = 2.0
LOADED_TAKES, LOADED_TAKES_LONG = 5, 20
LOADED_S, LOADED_LONG_S = 15.0, 60.0
BETWEEN_TAKES_S = 3.0
QUEUE_REPORTS = 100_000
TURNS, TURNS_LONG = 2, 6
MOVING = "cameras"
"""The panel whose picture is never the same twice."""
SEED = 3671

PAINTED_MS = 300.0
LIVE_S = 2.0
FILTER_MS = 150.0
STILLS_PERCENT = 8.0
STILL_AGE_S = 1.0
API_MS = 150.0
STUTTER_MS = 50.0
ROWS_SCROLLED = 4_000
SCROLL_S = 15.0


class Cost(msgspec.Struct, frozen=True):
    """Processor seconds of the wall and its processes a second, of each window without and with somebody who looks at its stills."""

    without: Sequence[float]
    looked_at: Sequence[float]


def measure_stage(long: bool, progress: Progress) -> Result:
    """On a virtual wall of 2x2 full-HD monitors drawn in software, doors and city on the same machine; then on a store of 100,000."""
    progress("starting city, doors and wall", 0.02)
    with Stage() as stage:
        stage.learn_looks()
        changes = _changes(stage, TAKES_LONG if long else TAKES, lambda share: progress("takes and undos", 0.1 + 0.3 * share))
        figures = judge_changes("take", changes[0], TAKES) + judge_changes("undo", changes[1], TAKES // UNDOS_EACH)
        cost, stills = _stills(stage, *((WINDOWS_LONG, WINDOW_LONG_S) if long else (WINDOWS, WINDOW_S)), progress)
        figures += judge_cost(cost) + judge_ages(stills)
        progress(f"{CONSOLES} consoles on the stage", 0.62)
        asked, loaded, took_s = _loaded(stage, LOADED_TAKES_LONG if long else LOADED_TAKES)
        figures += judge_consoles("wall and city beside them", asked, took_s) + beside_load(loaded)
    figures += _on_a_large_store(long, progress)
    return result("stage", figures)


def judge_changes(verb: str, changes: Sequence[Change], wanted: int) -> list[Figure]:
    """One that never stood counts as missed, not as fast."""
    painted_ms = [one.painted_s * 1000 for one in changes if one.painted_s is not None]
    live_s = [one.live_s for one in changes if one.live_s is not None]
    moved_ms = [one.painted_s * 1000 for one in changes if one.painted_s is not None and one.moved_map]
    return [
        at_least(f"{verb}: measured", len(changes), "changes", wanted),
        at_least(f"{verb}: different layouts", len({one.layout for one in changes}), "layouts", 3),
        at_least(f"{verb}: of them, with the map in another place", sum(one.moved_map for one in changes), "changes", 1),
        at_least(f"{verb}: slots put up by the change that moved fewest", min((one.slots for one in changes), default=None), "slots", 1),
        exactly(f"{verb}: never painted or never live", 2 * len(changes) - len(painted_ms) - len(live_s), "changes", 0),
        at_most(f"{verb} to new geometry painted, p95", percentile(painted_ms, 0.95), "ms", PAINTED_MS),
        beside(f"{verb} to new geometry painted, p50", percentile(painted_ms, 0.5), "ms"),
        beside(f"{verb} to new geometry painted, p95 of those that move the map", percentile(moved_ms, 0.95), "ms"),
        beside(f"{verb}: of it, until the door answered, p95", percentile([one.answered_s * 1000 for one in changes], 0.95), "ms"),
        at_most(f"{verb} to all tiles live and drawn, slowest", max(live_s, default=None), "s", LIVE_S),
        beside(f"{verb} to all tiles live and drawn, p50", percentile(live_s, 0.5), "s"),
    ]


def judge_cost(cost: Cost) -> list[Figure]:
    """The mean of the windows with a client less the mean of those without."""
    without, looked_at = _mean(cost.without), _mean(cost.looked_at)
    more = 100 * (looked_at - without) if without is not None and looked_at is not None else None
    return [
        at_least("windows with somebody looking at the stills", min(len(cost.without), len(cost.looked_at)), "windows", WINDOWS),
        at_most("stills cost the wall, of one core", more, "%", STILLS_PERCENT),
        beside("wall and its processes with nobody looking, of one core", None if without is None else 100 * without, "%"),
        beside("between the windows without, widest difference", _width(cost.without), "%"),
        beside("between the windows with, widest difference", _width(cost.looked_at), "%"),
    ]


def judge_ages(stills: Sequence[Sequence[Still]]) -> list[Figure]:
    """``stills``: of each window. A panel that changes all the time shows how old a still is when the next one takes its place."""
    ages = [one.age_s for window in stills for one in window]
    replaced = [age for window in stills for age in replaced_at(window, MOVING)]
    return [
        at_least("stills of panels that changed", len(ages), "stills", 20),
        at_least("panels among them", len({one.panel for window in stills for one in window}), "panels", 4),
        at_most("age of a still when it reaches a console, p95", percentile(ages, 0.95), "s", STILL_AGE_S),
        beside("age of a still when it reaches a console, p50", percentile(ages, 0.5), "s"),
        at_least(f"stills of {MOVING} that were replaced", len(replaced), "stills", 10),
        at_most(f"age of a still of {MOVING} when the next takes its place, p95", percentile(replaced, 0.95), "s", STILL_AGE_S),
    ]


def replaced_at(window: Sequence[Still], panel: str) -> list[float]:
    """How old each still of a panel was when the next one came."""
    found: list[float] = []
    last: dict[tuple[int, int], Still] = {}
    for one in window:
        key = (one.generation, one.slot)
        if one.panel == panel and key in last:
            found.append(one.arrived_at - last[key].painted_at)
        last[key] = one
    return found


def judge_consoles(where: str, asked: Sequence[Asked], took_s: float, consoles: int = CONSOLES) -> list[Figure]:
    """A request that was refused or not answered is counted, not left out."""
    took_ms = [one.took_ms for one in asked]
    name = f"{CONSOLES} consoles, {where}"
    kinds = sorted({one.what for one in asked})
    return [
        exactly(f"{name}: signed in", consoles, "consoles", CONSOLES),
        at_least(f"{name}: requests", len(asked), "requests", 5 * CONSOLES),
        exactly(f"{name}: refused or not answered", sum(not 200 <= one.status < 300 for one in asked), "requests", 0),
        at_most(f"{name}: API p95", percentile(took_ms, 0.95), "ms", API_MS),
        beside(f"{name}: API p50", percentile(took_ms, 0.5), "ms"),
        beside(f"{name}: requests a second", len(asked) / took_s if took_s else None, "/s"),
        *(beside(f"{name}: {what}, p95", percentile([one.took_ms for one in asked if one.what == what], 0.95), "ms") for what in kinds),
    ]


def beside_load(changes: Sequence[Change]) -> list[Figure]:
    """Takes while the consoles work."""
    painted_ms = [one.painted_s * 1000 for one in changes if one.painted_s is not None]
    name = f"take to new geometry painted while {CONSOLES} consoles work, slowest of {len(changes)}"
    return [beside(name, max(painted_ms, default=None), "ms")]


def judge_filters(
    took_ms: Mapping[str, Sequence[float]], on_desk_ms: Mapping[str, Sequence[float]], rows: int, standing: int
) -> list[Figure]:
    """``took_ms``: by filter, by HTTP; ``on_desk_ms``: the console's, until its rows stood in its model; ``rows``: of all answers."""
    over_http = [ms for some in took_ms.values() for ms in some]
    on_desk = [ms for some in on_desk_ms.values() for ms in some]
    slowest = max(took_ms, key=lambda name: max(took_ms[name]), default="")
    slowest_on_desk = max(on_desk_ms, key=lambda name: max(on_desk_ms[name]), default="")
    return [
        exactly("reports in the queue that is filtered", standing, "reports", QUEUE_REPORTS),
        at_least("filters and orders asked for", len(took_ms), "filters", 30),
        at_least("rows they gave", rows, "rows", 1_000),
        at_most("filter by HTTP, p95", percentile(over_http, 0.95), "ms", FILTER_MS),
        beside("filter by HTTP, p50", percentile(over_http, 0.5), "ms"),
        beside(f"filter by HTTP, slowest: {slowest}", max(over_http, default=None), "ms"),
        at_most("filter until its rows stand on the desk, p95", percentile(on_desk, 0.95), "ms", FILTER_MS),
        beside(f"filter until its rows stand on the desk, slowest: {slowest_on_desk}", max(on_desk, default=None), "ms"),
    ]


def judge_scrolling(scrolled: Scrolled) -> list[Figure]:
    """A frame is due every 16 ms; what comes within ``STUTTER_MS`` nobody sees."""
    return [
        at_least("rows scrolled through", scrolled.rows, "rows", ROWS_SCROLLED),
        at_least("reports the bus told of meanwhile", scrolled.changes, "reports", 100),
        at_least("frames", len(scrolled.frame_ms), "frames", 100),
        at_most("from one frame of the scrolled queue to the next, p99", percentile(scrolled.frame_ms, 0.99), "ms", STUTTER_MS),
        beside("from one frame of the scrolled queue to the next, p50", percentile(scrolled.frame_ms, 0.5), "ms"),
        beside("the desk's own work for a frame, p99", percentile(scrolled.work_ms, 0.99), "ms"),
        beside("from one frame of the scrolled queue to the next, slowest", max(scrolled.frame_ms, default=None), "ms"),
    ]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _width(shares: Sequence[float]) -> float | None:
    return 100 * (max(shares) - min(shares)) if shares else None


def _changes(stage: Stage, takes: int, told: Callable[[float], None]) -> tuple[list[Change], list[Change]]:
    random = Random(SEED)
    taken: list[Change] = []
    undone: list[Change] = []
    for number in range(takes):
        taken.append(stage.take(random.choice([name for name in SHIPPED if name != stage.shown])))
        if number % UNDOS_EACH == UNDOS_EACH - 1:
            undone.append(stage.undo())
        told((number + 1) / takes)
    return taken, undone


def _stills(stage: Stage, windows: int, seconds: float, progress: Progress) -> tuple[Cost, list[list[Still]]]:
    """By turns, so that what the machine does beside falls on both."""
    stage.take(SHIPPED[0]) if stage.shown != SHIPPED[0] else None
    without: list[float] = []
    looked_at: list[float] = []
    stills: list[list[Still]] = []
    for number in range(windows):
        progress("what stills cost", 0.4 + 0.2 * number / windows)
        without.append(_used(stage, seconds))
        with StillsProbe(stage.stills_port, stage.stills_key) as probe:
            # The first of each panel come all at once.
            time.sleep(SETTLE_S)
            before = len(probe.stills())
            looked_at.append(_used(stage, seconds))
            stills.append(probe.stills()[before:])
        time.sleep(SETTLE_S)
    return Cost(without, looked_at), stills


def _used(stage: Stage, seconds: float) -> float:
    """Processor seconds a second."""
    began_s, tree = time.monotonic(), TreeTime(stage.parts.wall.pid)
    time.sleep(seconds)
    return tree.used_s() / (time.monotonic() - began_s)


def _loaded(stage: Stage, takes: int) -> tuple[list[Asked], list[Change], float]:
    """Takes every few seconds while the consoles work; the doors' answers to the takes count with the others."""
    with Consoles(stage.room, stage.parts.description.name) as desks:
        desks.begin()
        began_s = time.monotonic()
        changes: list[Change] = []
        for number in range(takes):
            time.sleep(BETWEEN_TAKES_S)
            changes.append(stage.take(SHIPPED[(SHIPPED.index(stage.shown) + 1 + number % 2) % len(SHIPPED)]))
        asked, took_s = desks.end(), time.monotonic() - began_s
    return asked + [Asked("take", one.answered_s * 1000, 200) for one in changes], changes, took_s


def _on_a_large_store(long: bool, progress: Progress) -> list[Figure]:
    with TemporaryDirectory(prefix="live-room-bench-") as folder, ExitStack() as stack:
        progress(f"{QUEUE_REPORTS:,} reports", 0.7)
        room = stack.enter_context(Reporting(Path(folder)))
        standing = fill_desk(room.database, room.city, QUEUE_REPORTS, datetime.now(UTC))
        room.open_doors()
        operator = stack.enter_context(Somebody(room, "operator", Role.OPERATOR))
        progress("filters", 0.85)
        turns = TURNS_LONG if long else TURNS
        took_ms, rows = _filter_ms(room, operator, turns)
        figures = judge_filters(took_ms, _on_desk_ms(room, operator, turns), rows, standing) + judge_scrolling(_scrolled(room, operator))
        progress(f"{CONSOLES} consoles", 0.92)
        wall = "Dinding uji"
        with Consoles(room, wall) as desks:
            desks.begin()
            began_s = time.monotonic()
            takes = _takes_between(Hand(operator, wall), LOADED_LONG_S if long else LOADED_S)
            asked, took_s = desks.end() + takes, time.monotonic() - began_s
        return figures + judge_consoles(f"{QUEUE_REPORTS:,} reports", asked, took_s, len(desks.people))


def _filter_ms(room: Reporting, operator: Somebody, turns: int) -> tuple[dict[str, list[float]], int]:
    """Milliseconds of each filter, first when nobody has asked it before; and the rows of all answers."""
    first = msgspec.json.decode(operator.ask("GET", "/desk/reports", params={"page_size": "100"}), type=Page)
    took: dict[str, list[float]] = {}
    rows = 0
    for _ in range(turns):
        for question in questions(room.city, datetime.now(UTC), [row.id for row in first.reports]):
            began_s = time.perf_counter()
            body = operator.ask("GET", "/desk/reports", params=dict(question.parameters))
            took.setdefault(question.name, []).append((time.perf_counter() - began_s) * 1000)
            rows += len(msgspec.json.decode(body, type=Page).reports)
    return took, rows


def _on_desk_ms(room: Reporting, operator: Somebody, turns: int) -> dict[str, list[float]]:
    """The same filters as the console asks them."""
    names = [one.name for one in questions(room.city, datetime.now(UTC), []) if one.query is not None]
    child = _desk(room, operator, "queue_probe")
    try:
        child.first(Ready)
        took: dict[str, list[float]] = {}
        for _ in range(turns):
            for name in names:
                done = child.ask(Done, "ask", topic=name)
                # Refused: as slow as nobody waits for.
                took.setdefault(name, []).append(done.seconds * 1000 if done.count >= 0 else 60_000.0)
        return took
    finally:
        child.stop()


def _scrolled(room: Reporting, operator: Somebody) -> Scrolled:
    child = _desk(room, operator, "scroll_probe")
    try:
        child.first(Ready)
        return child.ask(Scrolled, "scroll", seconds=SCROLL_S)
    finally:
        child.stop()


def _desk(room: Reporting, operator: Somebody, probe: str) -> Child:
    words = (sys.executable, "-m", f"controlroom.measure.{probe}", room.base, str(room.folder / "city"))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "BENCH_LOGIN": operator.login, "BENCH_PASSWORD": operator.password}
    return Child("desk", words, environment, room.folder / f"{probe}.log")


def _takes_between(hand: Hand, seconds: float) -> list[Asked]:
    hand.hold()
    found: list[Asked] = []
    layout, revision, number = two_halves(), 0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began_s = time.perf_counter()
        done = hand.take(layout, revision)
        found.append(Asked("take", (time.perf_counter() - began_s) * 1000, done.status))
        number, revision = number + 1, done.revision or revision
        layout = with_half(layout, number % 2, number)
        time.sleep(BETWEEN_TAKES_S)
    return found
