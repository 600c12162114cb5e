"""Drills of what may not be believed: simulated values on a live wall, garbage and giants on every channel."""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from controlroom.measure.outage import LIVE, Looks, admin, all_are, seconds_until, settle
from controlroom.measure.parts import Parts
from controlroom.measure.result import Figure, Progress, Result, at_least, beside, exactly, is_true, result
from controlroom.measure.spoken import Done, Held, Mark, Window
from feeds.bus.script import FIXED_ARGUMENTS, MODE_SHARED, SCRIPT, topic_keys
from feeds.messages import TOPICS
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import MAX_MESSAGE_BYTES, Topic

GIANT_BYTES = 10_000_000
SIMULATED = 20
STATUS_S = 1.3
STORM_S = 10.0
COUNTED_S = 15.0
"""A refusal is counted at once; one for its place in the sequence when Redis has been asked, with a growing pause."""
FED_LIVE = ("map", "totals", "ticker", "focus")


def simulated_on_live(long: bool, progress: Progress) -> Result:
    """A publisher that is wrongly configured sends simulated warnings and notices to a live wall, past our own refusals."""
    with Parts(namespace="live") as parts:
        progress("starting publisher and live wall", 0.05)
        parts.start_feeder().ask(Done, "reports", count=200)
        parts.start_wall()
        parts.until("the fed panels are LIVE", lambda: all_are(parts, LIVE, FED_LIVE), 40, every_s=0.25)
        time.sleep(2)
        parts.wall.ask(Done, "begin")
        calm = Looks(parts)
        progress("sending simulated messages", 0.6)
        sent = sum(_send_simulated(parts, topic, body) for topic, body in _warnings())
        time.sleep(2 * STATUS_S)
        window = parts.wall.ask(Window, "window")
        shown = sum(parts.wall.ask(Mark, "mark", topic=topic.name).count for topic in (HAZARD, NOTICE))
        marked = sum("simulated" in slot.state for slot in parts.state().slots)
        drawn = calm.shares(Looks(parts))
        blank = [drawn[slot.slot] for slot in calm.slots if slot.panel in ("hazards", "notices")]
        figures = judge_simulated(sent, window.simulated_dropped, shown, marked, max(blank, default=1.0))
    return result("simulated-on-live", figures)


def judge_simulated(sent: int, dropped: int, shown: int, marked: int, painted_share: float) -> list[Figure]:
    return [
        exactly("simulated messages discarded and counted, of those sent", dropped - sent if sent else None, "messages", 0),
        exactly("simulated values the wall holds", shown, "values", 0),
        exactly("slots marked simulated", marked, "slots", 0),
        exactly("pixels of hazards and notices that changed", round(100 * painted_share, 2), "%", 0),
    ]


def garbage(long: bool, progress: Progress) -> Result:
    """Garbage bytes, forged headers and messages of 10 MB on every channel, while reports go on."""
    rounds = 4 if long else 1
    with Parts() as parts:
        progress("starting city, publisher and wall", 0.05)
        parts.start_city()
        feeder = parts.start_feeder()
        feeder.ask(Done, "reports", count=500)
        parts.start_wall()
        settle(parts)
        parts.wall.ask(Done, "begin")
        began_s = time.monotonic()
        refusals = [_send_garbage(parts, forgery, progress, 0.1 + 0.7 * n / len(FORGERIES), rounds) for n, forgery in enumerate(FORGERIES)]
        progress("garbage amid a storm", 0.85)
        feeder.tell("storm", per_s=100, seconds=STORM_S)
        for forgery in FORGERIES:
            _publish(parts, forgery)
        feeder.hear(Done, 60)
        time.sleep(STATUS_S)
        window = parts.wall.ask(Window, "window")
        live_s = seconds_until(parts, lambda: all_are(parts, LIVE), time.monotonic(), 20)
        is_equal = parts.wait(lambda: parts.wall_has(_fed(parts)), 10) is not None
        judged = judge_garbage(refusals, window.missing, is_equal=is_equal, live_s=live_s, is_running=parts.wall.is_running)
        figures = [*judged, beside("garbage for", time.monotonic() - began_s, "s")]
    return result("garbage", figures)


class Refused(msgspec.Struct, frozen=True):
    """Of one kind of forgery: how many refusals must be counted, and how many were."""

    kind: str
    due: int
    counted: int


def judge_garbage(refusals: Sequence[Refused], missing: int, *, is_equal: bool, live_s: float | None, is_running: bool) -> list[Figure]:
    """Each kind must be refused to the last message, and counted no more often than that."""
    return [
        at_least("kinds of garbage sent", sum(refused.due > 0 for refused in refusals), "kinds", len(FORGERIES)),
        *(exactly(f"refused and counted, of {r.due} due: {r.kind}", r.counted, "refusals", r.due) for r in refusals),
        exactly("good changes passed over", missing, "changes", 0),
        is_true("reports equal to the publisher's afterwards", is_equal),
        is_true("every slot LIVE afterwards", live_s is not None),
        is_true("the wall's process is the same", is_running),
    ]


def _fed(parts: Parts) -> Held:
    return parts.feeder.ask(Held, "held")


def _warnings() -> list[tuple[Topic[Any], dict[str, Any]]]:
    now = datetime.now(UTC).isoformat()
    hazard = {"id": "x", "kind": "flood", "severity": "extreme", "headline": "BANJIR BESAR", "issued_at": now, "attribution": "x"}
    notice = {"id": "x", "text": "SIMULASI TIDAK BOLEH TAMPIL", "at": now, "attribution": "x"}
    return [(HAZARD, hazard), (NOTICE, notice)]


def _send_simulated(parts: Parts, topic: Topic[Any], body: dict[str, Any]) -> int:
    """By the house's own script, so that sequence and snapshot are right and only the mark says what it is."""
    keys = topic_keys(parts.namespace, topic.name)
    now = datetime.now(UTC).isoformat()
    with admin(parts) as client:
        for number in range(SIMULATED):
            rest = {
                "key": f"x{number}",
                "source": "x",
                "observed_at": now,
                "published_at": now,
                "quality": "simulated",
                "v": 1,
                "body": body,
            }
            fixed = [MODE_SHARED, "", 0, "stranger", "", topic.keep, topic.delivery.value, keys.channel]
            assert len(fixed) == FIXED_ARGUMENTS
            client.eval(SCRIPT, 3, keys.seq, keys.log, keys.snap, *fixed, f"x{number}", msgspec.json.encode(rest)[1:], "0")
    return SIMULATED


def _send_garbage(parts: Parts, forgery: "Forgery", progress: Progress, share: float, rounds: int) -> Refused:
    """One kind on every channel, again and again; what the wall counts until it is done, and a little longer."""
    progress(f"garbage on every channel: {forgery.kind}", share)
    before = parts.wall.ask(Done, "refused").count
    due = sum(_publish(parts, forgery) for _ in range(rounds)) * forgery.refusals
    parts.wait(lambda: parts.wall.ask(Done, "refused").count - before >= due, COUNTED_S)
    time.sleep(STATUS_S)
    return Refused(forgery.kind, due, parts.wall.ask(Done, "refused").count - before)


def _publish(parts: Parts, forgery: "Forgery") -> int:
    """How many channels it went to."""
    with admin(parts) as client:
        for topic in TOPICS.values():
            client.publish(topic_keys(parts.namespace, topic.name).channel, forgery.payload)
            # A reader may keep up with giants; one that is cut off for its backlog is another drill.
            time.sleep(0.3 if len(forgery.payload) > MAX_MESSAGE_BYTES else 0.01)
    return len(TOPICS)


class Forgery(msgspec.Struct, frozen=True):
    """``refusals``: one that claims a place in the sequence is refused for what it is, and for that place when Redis has been asked."""

    kind: str
    payload: bytes
    refusals: int = 1


def _forgeries() -> tuple[Forgery, ...]:
    now = datetime.now(UTC).isoformat()
    head = f'"seq":999999999,"epoch":"forged","key":"x","source":"x","observed_at":"{now}","published_at":"{now}","quality":"measured"'
    return (
        Forgery("nothing at all", b""),
        Forgery("random bytes", random.Random(11).randbytes(2_000)),
        Forgery("JSON that is no message", b"null"),
        Forgery("five thousand brackets", b"[" * 5_000),
        Forgery("a head of wrong types", b'{"seq":"one","epoch":7}'),
        Forgery("a tombstone of a stranger", f'{{{head},"v":1,"body":null}}'.encode()),
        Forgery("a body of wrong types", f'{{{head},"v":1,"body":{{"id":7}}}}'.encode(), refusals=2),
        Forgery("a contract of the future", f'{{{head},"v":99,"body":null}}'.encode(), refusals=2),
        Forgery("no UTF-8", b'{"seq":1,"epoch":"\xff\xfe"}'),
        Forgery("10 MB", b'"' + b"x" * GIANT_BYTES + b'"'),
    )


FORGERIES = _forgeries()
