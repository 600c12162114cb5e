"""Drills of what may not be believed: simulated values on a live wall, garbage and giants on every channel."""

import random
import time
from datetime import UTC, datetime
from typing import Any

import msgspec

from controlroom.measure.outage import LIVE, Looks, admin, all_are, seconds_until, settle
from controlroom.measure.parts import Parts
from controlroom.measure.result import Figure, Progress, Result, at_least, exactly, is_true, result
from controlroom.measure.spoken import Done, Held, Mark, Window
from feeds.bus.script import FIXED_ARGUMENTS, MODE_SHARED, SCRIPT, topic_keys
from feeds.messages import TOPICS
from feeds.messages.hazard import HAZARD, NOTICE
from feeds.messages.header import Topic

GIANT_BYTES = 10_000_000
SIMULATED = 20
STATUS_S = 1.3
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
    with Parts() as parts:
        progress("starting city, publisher and wall", 0.05)
        parts.start_city()
        feeder = parts.start_feeder()
        feeder.ask(Done, "reports", count=500)
        parts.start_wall()
        settle(parts)
        parts.wall.ask(Done, "begin")
        progress("garbage on every channel", 0.5)
        feeder.tell("storm", per_s=100, seconds=20 if long else 10)
        sent = _send_garbage(parts, rounds=4 if long else 2)
        feeder.hear(Done, 60)
        time.sleep(STATUS_S)
        window = parts.wall.ask(Window, "window")
        live_s = seconds_until(parts, lambda: all_are(parts, LIVE), time.monotonic(), 20)
        is_equal = parts.wait(lambda: parts.wall_has(_fed(parts)), 10) is not None
        figures = [
            at_least(f"of {sent} forged messages, refused and counted", window.rejected, "messages", 0.5 * sent),
            exactly("good changes passed over", window.missing, "changes", 0),
            is_true("reports equal to the publisher's afterwards", is_equal),
            is_true("every slot LIVE afterwards", live_s is not None),
            is_true("the wall's process is the same", parts.wall.is_running),
        ]
    return result("garbage", figures)


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


def _send_garbage(parts: Parts, rounds: int) -> int:
    """How many messages were sent."""
    rng = random.Random(11)
    sent = 0
    with admin(parts) as client:
        for _ in range(rounds):
            for topic in TOPICS.values():
                channel = topic_keys(parts.namespace, topic.name).channel
                for payload in _forgeries(rng):
                    client.publish(channel, payload)
                    sent += 1
                time.sleep(0.05)
    return sent


def _forgeries(rng: random.Random) -> list[bytes]:
    now = datetime.now(UTC).isoformat()
    head = f'"seq":999999999,"epoch":"forged","key":"x","source":"x","observed_at":"{now}","published_at":"{now}","quality":"measured"'
    return [
        b"",
        rng.randbytes(2_000),
        b"null",
        b"[" * 5_000,
        b'{"seq":"one","epoch":7}',
        f'{{{head},"v":1,"body":{{"id":7}}}}'.encode(),
        f'{{{head},"v":99,"body":null}}'.encode(),
        b'{"seq":1,"epoch":"\xff\xfe"}',
        b'"' + b"x" * GIANT_BYTES + b'"',
    ]
