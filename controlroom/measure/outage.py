"""What drills share: waiting for words on the wall, looking at its pixels, and the truth read from Redis itself."""

import time
from collections.abc import Callable, Iterable
from typing import Any, cast

import redis

from controlroom.measure.frame_buffer import FrameBuffer, Rect, changed_share
from controlroom.measure.parts import Parts
from controlroom.measure.result import Figure, at_least, at_most, exactly, is_true
from controlroom.measure.spoken import Held, held
from feeds.bus.connection import parse_address
from feeds.bus.script import topic_keys
from feeds.messages.freshness import Freshness
from feeds.messages.header import Topic
from feeds.messages.report import REPORT, TOTALS, Totals
from feeds.messages.system import SlotState

OFFLINE_S = 4.0
"""Three missed heartbeats of a second, and the tick that draws it."""
LIVE_AGAIN_S = 10.0
SEEN_SHARE = 0.002
"""Part of a slot's pixels that a chip covers at least."""
COARSE = 4
BAND_PX = 90

LIVE = frozenset({Freshness.LIVE.value})
OFFLINE = frozenset({Freshness.OFFLINE.value})


def word(slot: SlotState) -> str:
    """The slot's freshness without its marks: ``live``, ``offline``, ``missing:`` ..."""
    return slot.state.split(" ")[0]


def all_are(parts: Parts, wanted: frozenset[str], panels: Iterable[str] | None = None) -> bool:
    """Whether every slot (of these panels) says one of ``wanted``."""
    named = None if panels is None else set(panels)
    return all(word(slot) in wanted for slot in parts.state().slots if named is None or slot.panel in named)


def settle(parts: Parts) -> None:
    """Until every slot is LIVE: a drill begins on a wall that is well. Raises ``CannotMeasure``."""
    parts.until("every slot is LIVE", lambda: all_are(parts, LIVE), 40, every_s=0.25)


def seconds_until(parts: Parts, look: Callable[[], bool], since_s: float, within_s: float) -> float | None:
    """Seconds from ``since_s`` (monotonic) until ``look``; ``None`` when it does not come."""
    return parts.wait(lambda: time.monotonic() - since_s if look() else None, within_s, every_s=0.1)


class Looks:
    """Pixels of every slot at one moment, and those of the band at its top where most chips stand."""

    def __init__(self, parts: Parts) -> None:
        self.slots = parts.state().slots
        with FrameBuffer(parts.virtual.frame_buffer) as buffer:
            self._slots = {slot.slot: buffer.sample(slot.geometry, step=COARSE) for slot in self.slots}
            self._bands = {slot.slot: buffer.sample(_band(slot.geometry), step=COARSE) for slot in self.slots}

    def shares(self, other: "Looks") -> dict[int, float]:
        """By slot, the share of pixels that differ."""
        return {number: changed_share(pixels, other._slots[number]) for number, pixels in self._slots.items()}

    def band_shares(self, other: "Looks") -> dict[int, float]:
        """As ``shares``, of the band alone: camera pictures below it move all the time."""
        return {number: changed_share(pixels, other._bands[number]) for number, pixels in self._bands.items()}


def slots_seen_changed(before: Looks, calm: Looks, now: Looks) -> set[int]:
    """Slots that changed, whole or in their band, by clearly more than they did by themselves while all was calm."""
    whole = clearly_changed(before.shares(calm), before.shares(now))
    return whole | clearly_changed(before.band_shares(calm), before.band_shares(now))


def clearly_changed(calm: dict[int, float], now: dict[int, float]) -> set[int]:
    """Slots whose share is that of a chip at least, and more than twice that of the calm."""
    return {number for number, share in now.items() if share >= SEEN_SHARE and share > 2 * calm.get(number, 0.0)}


def _band(rect: Rect) -> Rect:
    x, y, width, height = rect
    return x, y, width, min(height, BAND_PX)


def admin(parts: Parts) -> Any:
    """A plain client with every right on the drill's own Redis."""
    address = parse_address(parts.redis.url_for("admin"))
    client = redis.Redis(
        unix_socket_path=address.path, username=address.username, password=address.password, protocol=2, socket_timeout=10, driver_info=None
    )
    return cast(Any, client)


def truth(parts: Parts, topic: Topic[Any] = REPORT) -> Held:
    """What the publisher has left in Redis of a topic, read without any code of the wall."""
    with admin(parts) as client:
        keys = topic_keys(parts.namespace, topic.name)
        pipe = client.pipeline(transaction=True)
        pipe.hmget(keys.seq, "epoch", "n")
        pipe.hvals(keys.snap)
        pipe.hvals(topic_keys(parts.namespace, TOTALS.name).snap)
        (epoch, n), payloads, totals_payloads = pipe.execute()
    decode, decode_totals = topic.decoder(), TOTALS.decoder()
    messages = {message.key: message for message in map(decode, payloads)}
    totals = next((body for payload in totals_payloads if isinstance(body := decode_totals(payload).body, Totals)), None)
    return held(messages, (epoch or b"").decode(), int(n or 0), totals)


def is_equal(parts: Parts) -> bool:
    """Whether the wall holds the reports and the totals that Redis holds now."""
    there = truth(parts)
    here = parts.wall.ask(Held, "held")
    return here.digest == there.digest and here.epoch == there.epoch and here.totals == there.totals


def judge_outage(*, offline_s: float | None, seen: int, slots: int, live_s: float | None, is_equal_again: bool, lost: int) -> list[Figure]:
    """The figures of every outage: said in time, said in pixels, over in time, nothing lost."""
    return [
        at_most("every slot OFFLINE after", offline_s, "s", OFFLINE_S),
        at_least("slots whose pixels show it", seen, "slots", slots),
        at_most("every slot LIVE again after", live_s, "s", LIVE_AGAIN_S),
        is_true("reports and totals equal to the publisher's again", is_equal_again),
        exactly("reports received before and missing after", max(0, lost), "reports", 0),
    ]


def received(parts: Parts) -> int:
    """What the wall's totals say was received."""
    totals = parts.wall.ask(Held, "held").totals
    return totals.received if totals is not None else 0
