"""The envelope of everything on the bus, and the Topic that says how a value travels.

Knows nothing of Redis, Qt or any one domain.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

import msgspec

BodyT = TypeVar("BodyT")

MAX_MESSAGE_BYTES = 256 * 1024
"""A larger message is refused by publisher and reader alike (bytes of JSON)."""

CONTRACT_VERSION = 1


Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone; a time without one is refused when a message is read."""


class Quality(StrEnum):
    MEASURED = "measured"
    ESTIMATED = "estimated"
    SIMULATED = "simulated"


class Delivery(StrEnum):
    LATEST = "latest"
    """The newest value per key counts; older ones may be skipped."""
    EVERY = "every"
    """Events that must not merge."""


class FreshnessRule(StrEnum):
    MESSAGE = "message"
    """Age of the newest value observed at its source (a river gauge)."""
    SOURCE = "source"
    """Age of the collector's last successful check (reports: a quiet night is not stale)."""


class Message(msgspec.Struct, Generic[BodyT], frozen=True, kw_only=True, gc=False):
    """One value on the wire. ``body`` is ``None`` in a tombstone: the key is gone.

    ``seq`` counts from 1 within ``epoch`` and topic; both are set by the publishing script.
    Times are aware and UTC.
    """

    seq: int
    epoch: str
    key: str
    source: str
    observed_at: Moment
    published_at: Moment
    quality: Quality
    v: int = CONTRACT_VERSION
    body: BodyT | None = None


class Topic(msgspec.Struct, Generic[BodyT], frozen=True, kw_only=True, eq=False):
    """A topic is one value: what it is called, what it carries and how it ages.

    ``stale_after_s``: older than this is LATE, older than three times this STALE (``feeds.messages.freshness``).
    ``keep``: how many messages the stream keeps for gap repair (and, for EVERY topics, for late joiners).
    """

    name: str
    body: type[BodyT]
    delivery: Delivery
    stale_after_s: float
    freshness: FreshnessRule
    keep: int = 10_000

    def decoder(self) -> Callable[[bytes | str], Message[BodyT]]:
        """A function from JSON to this topic's Message; raises ``msgspec.MsgspecError``."""
        return msgspec.json.Decoder(Message[self.body]).decode


class Position(msgspec.Struct, frozen=True):
    """WGS84, degrees."""

    lon: float
    lat: float
