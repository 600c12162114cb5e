"""Drills of the bus: Redis killed, frozen, flushed; the simulated city killed while the bus lives."""

import time
from collections.abc import Callable

from controlroom.measure.outage import (
    LIVE,
    OFFLINE,
    OFFLINE_S,
    Looks,
    admin,
    all_are,
    is_equal,
    judge_outage,
    received,
    seconds_until,
    settle,
    slots_seen_changed,
    truth,
    word,
)
from controlroom.measure.parts import Parts
from controlroom.measure.result import Figure, Progress, Result, at_least, at_most, exactly, is_true, result
from controlroom.measure.spoken import Done, Mark

OUTAGE_S, OUTAGE_LONG_S = 8.0, 20.0
RENEWED_S = 5.0
CITY_PANELS = ("keuangan", "fisik", "pengadaan", "cameras", "presence", "hazards", "notices")
"""Panels of topics that only the simulated city publishes once the feeder has taken the reports."""
FED_PANELS = ("map", "totals", "ticker", "focus")


def redis_kill(long: bool, progress: Progress) -> Result:
    """Redis dies without a word (kill -9) and comes back empty."""
    return _outage("redis-kill", long, progress, stop=lambda parts: parts.redis.kill(), start=lambda parts: parts.redis.start())


def redis_freeze(long: bool, progress: Progress) -> Result:
    """Redis keeps its connections and answers nothing (SIGSTOP), then goes on."""
    return _outage("redis-freeze", long, progress, stop=lambda parts: parts.redis.pause(), start=lambda parts: parts.redis.resume())


def _outage(name: str, long: bool, progress: Progress, *, stop: Callable[[Parts], None], start: Callable[[Parts], None]) -> Result:
    down_s = OUTAGE_LONG_S if long else OUTAGE_S
    with Parts() as parts:
        progress("starting city and wall", 0.05)
        parts.start_city()
        parts.start_wall()
        settle(parts)
        calm = Looks(parts)
        before = received(parts)
        time.sleep(1)
        later = Looks(parts)
        progress(f"{down_s:g} s without Redis", 0.5)
        stop(parts)
        stopped_s = time.monotonic()
        offline_s = seconds_until(parts, lambda: all_are(parts, OFFLINE), stopped_s, 2 * OFFLINE_S)
        time.sleep(1)
        seen = slots_seen_changed(calm, later, Looks(parts))
        time.sleep(max(0.0, stopped_s + down_s - time.monotonic()))
        progress("Redis is back", 0.8)
        start(parts)
        live_s = seconds_until(parts, lambda: all_are(parts, LIVE), time.monotonic(), 30)
        is_equal_again = parts.wait(lambda: is_equal(parts), 10) is not None
        figures = judge_outage(
            offline_s=offline_s,
            seen=len(seen),
            slots=len(calm.slots),
            live_s=live_s,
            is_equal_again=is_equal_again,
            lost=before - received(parts),
        )
    return result(name, figures)


def redis_flush(long: bool, progress: Progress) -> Result:
    """Everything in Redis is deleted under way: the owners publish it again, and the wall never shows less."""
    with Parts() as parts:
        progress("starting city and wall", 0.05)
        parts.start_city()
        parts.start_wall()
        settle(parts)
        before = parts.wall.ask(Mark, "mark")
        progress("flushing", 0.6)
        with admin(parts) as client:
            client.flushall()
        flushed_s = time.monotonic()
        fewest = [before.count]

        def is_whole_again() -> bool:
            mark = parts.wall.ask(Mark, "mark")
            fewest.append(mark.count)
            return mark.epoch != before.epoch and is_equal(parts)

        equal_s = seconds_until(parts, is_whole_again, flushed_s, 4 * RENEWED_S)
        live_s = seconds_until(parts, lambda: all_are(parts, LIVE), flushed_s, 20)
        figures = judge_flush(before.count, min(fewest), equal_s, live_s)
    return result("redis-flush", figures)


def judge_flush(before: int, fewest: int, equal_s: float | None, live_s: float | None) -> list[Figure]:
    return [
        at_most("equal to the publisher's under a new epoch after", equal_s, "s", RENEWED_S),
        exactly("reports missing from the wall meanwhile", before - min(before, fewest), "reports", 0),
        at_least("reports on the wall before", before, "reports", 1),
        at_most("every slot LIVE after", live_s, "s", 2 * RENEWED_S),
    ]


def feeds_kill(long: bool, progress: Progress) -> Result:
    """The simulated city dies, another publisher lives: only the dead one's panels go OFFLINE, and they say so."""
    with Parts() as parts:
        progress("starting city, publisher and wall", 0.05)
        city = parts.start_city()
        feeder = parts.start_feeder()
        feeder.ask(Done, "reports", count=200)
        parts.start_wall()
        settle(parts)
        calm = Looks(parts)
        time.sleep(1)
        later = Looks(parts)
        progress("the city dies", 0.6)
        city.kill()
        killed_s = time.monotonic()
        offline_s = seconds_until(parts, lambda: all_are(parts, OFFLINE, CITY_PANELS), killed_s, 2 * OFFLINE_S)
        time.sleep(1)
        theirs = {slot.slot for slot in calm.slots if slot.panel in CITY_PANELS}
        seen = slots_seen_changed(calm, later, Looks(parts)) & theirs
        feeder.ask(Done, "storm", per_s=10, seconds=2)
        others = [slot for slot in parts.state().slots if slot.panel in FED_PANELS]
        is_flowing = parts.wait(lambda: parts.wall_has(truth(parts)), 5) is not None
        gone = sum(word(slot) in OFFLINE for slot in others)
        figures = judge_feeds(offline_s, len(seen), len(theirs), len(others), gone, is_flowing=is_flowing)
    return result("feeds-kill", figures)


def judge_feeds(offline_s: float | None, seen: int, theirs: int, others: int, gone: int, *, is_flowing: bool) -> list[Figure]:
    """``theirs``: slots of the publisher that died, ``seen`` of them show it; of the ``others`` so many are ``gone`` too."""
    return [
        at_most("its panels OFFLINE after", offline_s, "s", OFFLINE_S),
        at_least("its slots", theirs, "slots", len(CITY_PANELS)),
        exactly("of them, slots whose pixels do not show it", theirs - seen, "slots", 0),
        at_least("other panels", others, "panels", len(FED_PANELS)),
        exactly("other panels that went OFFLINE", gone, "panels", 0),
        is_true("reports of the living publisher still arrive", is_flowing),
    ]
