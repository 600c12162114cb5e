"""The bus about itself: heartbeat, sources, canary, quarantine, and what the wall says it shows."""

from enum import StrEnum

import msgspec

from feeds.messages.header import Delivery, FreshnessRule, Moment, Topic
from feeds.messages.layout import Wall


class TopicMark(msgspec.Struct, frozen=True, kw_only=True):
    """Where a topic stands: lets a reader see that it missed the newest message of a quiet topic."""

    topic: str
    epoch: str
    seq: int


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """One second's beat of one publishing process (key: its name). ``clock`` is that process's own time.

    ``process``: a word of this one process, to tell it from another that was given the same name.
    """

    publisher: str
    clock: Moment
    marks: tuple[TopicMark, ...]
    process: str = ""


class SourceState(StrEnum):
    OK = "ok"
    WAITING = "waiting"
    """Not checked yet since the start."""
    DOWN = "down"


class ReasonCount(msgspec.Struct, frozen=True, kw_only=True):
    """Why records were refused in the last round, and how many."""

    reason: str
    count: int


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One source's health (key: its name in the city folder). ``topics`` are those it feeds; ``checked_at`` its last *successful* check.

    Of what it read last: ``accepted`` went on, ``outside`` concerns other places, ``quarantined`` was refused for ``reasons`` (the most
    frequent first). ``without_position`` are accepted reports with no place. ``failures`` counts the bad checks in a row.
    """

    collector: str
    title: str
    topics: tuple[str, ...]
    state: SourceState
    checked_at: Moment | None
    interval_s: float
    accepted: int = 0
    quarantined: int = 0
    outside: int = 0
    without_position: int = 0
    reasons: tuple[ReasonCount, ...] = ()
    failures: int = 0
    reason: str | None = None
    terms: str | None = None


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A record refused, with the reason. ``excerpt`` holds field names and types only, never contents."""

    collector: str
    record: str
    reason: str
    at: Moment
    excerpt: str = ""


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """Sent every 2 s through source, bus, hub and paint: its age on screen is the wall's pulse."""

    count: int
    sent_at: Moment


class SlotState(msgspec.Struct, frozen=True, kw_only=True):
    slot: int
    panel: str
    screen: str | None
    geometry: tuple[int, int, int, int]
    state: str
    seq: int
    age_s: float | None
    painted_at: Moment | None
    note: str | None = None


class Shown(StrEnum):
    """Why a wall shows the layout it shows."""

    CHOSEN = "chosen"
    """By the wall itself, or by its settings: nobody has taken one."""
    TAKEN = "taken"
    OFF_HOURS = "off_hours"


class OrderRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """An order the wall did not carry out, and why: it goes on showing what it showed."""

    revision: int
    reason: str


class WallState(msgspec.Struct, frozen=True, kw_only=True):
    """What the wall really shows (key: wall name). ``stalls``: how often since its start its GUI thread did nothing for more than 250 ms;
    ``longest_stall_s``: the longest time it did nothing.

    ``revision``: of the order that stands (``feeds.messages.walls``), 0 without one; it stands also while ``shown`` is the layout of the
    empty hours instead of its own. ``installation``: the wall as it is built, without serial numbers. ``stills_port``: where it serves
    pictures of its panels on its own machine.
    """

    wall: str
    layout: str
    revision: int
    at: Moment
    slots: tuple[SlotState, ...]
    stalls: int = 0
    longest_stall_s: float = 0.0
    shown: Shown = Shown.CHOSEN
    is_curtained: bool = False
    refusal: OrderRefusal | None = None
    installation: Wall | None = None
    stills_port: int | None = None


HEARTBEAT = Topic(
    name="system.heartbeat", body=Heartbeat, delivery=Delivery.LATEST, stale_after_s=1, freshness=FreshnessRule.MESSAGE, keep=60
)
SOURCE = Topic(name="system.source", body=Source, delivery=Delivery.LATEST, stale_after_s=60, freshness=FreshnessRule.SOURCE)
QUARANTINE = Topic(
    name="system.quarantine", body=Quarantined, delivery=Delivery.EVERY, stale_after_s=3600, freshness=FreshnessRule.SOURCE, keep=1_000
)
CANARY = Topic(name="system.canary", body=Canary, delivery=Delivery.LATEST, stale_after_s=4, freshness=FreshnessRule.MESSAGE, keep=60)
WALL_STATE = Topic(name="wall.state", body=WallState, delivery=Delivery.LATEST, stale_after_s=5, freshness=FreshnessRule.MESSAGE, keep=100)
