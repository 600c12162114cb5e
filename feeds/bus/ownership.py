"""What the owner of one topic remembers, and how it judges what Redis says of it. Pure: does no I/O.

The rule when two owners want one topic: the newest claim wins. The loser says so once, keeps its values in memory,
publishes nothing on the topic, and takes it back when the winner lets go or its heartbeat stops.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, NamedTuple

import msgspec

from feeds.bus.script import TopicKeys
from feeds.messages.header import Delivery, Message, Topic
from feeds.messages.system import TopicMark

CHUNK_ENTRIES = 500
CHUNK_BYTES = 1_048_576
"""One script call that publishes holds at most this much, so that Redis is never busy for long. One that begins an epoch holds all there
is: readers see the old epoch or the whole new one, never a part. 10,000 reports are 10 MB, tens of milliseconds.
"""

TAIL = 1_000
"""Events of an EVERY topic kept in memory, to be published again after a flush (at most the topic's own ``keep``)."""


class Verdict(Enum):
    CURRENT = auto()
    REPLY_LOST = auto()
    """Our last call was carried out and its answer was not heard."""
    RENEW = auto()
    """Redis lost something: everything is published again under a new epoch."""
    TAKEN = auto()
    """Another publisher has claimed the topic after us."""


class Stored(NamedTuple):
    """What the ``seq`` key of a topic says; empty strings when there is none."""

    epoch: str
    n: int
    claim: str


@dataclass(slots=True)
class Entry:
    """One message on its way: ``rest`` is its JSON without seq, epoch and the opening brace."""

    rest: bytes
    message: Message[Any]

    @property
    def is_gone(self) -> bool:
        return self.message.body is None


class OwnedTopic:
    """The owner's memory of one topic. ``room`` bounds the events that wait while Redis is away."""

    def __init__(self, topic: Topic[Any], keys: TopicKeys, *, is_shared: bool, room: int) -> None:
        self.topic = topic
        self.keys = keys
        self.is_shared = is_shared
        self.is_started = is_shared
        self.is_fresh = False
        """Begin a new epoch when the topic is taken, whatever stands there."""
        self.epoch = ""
        self.seq = 0
        self.claim = ""
        self.taken_by: str | None = None
        self.dropped = 0
        self.held: dict[str, Entry] = {}
        self.tail: deque[Entry] = deque(maxlen=min(topic.keep, TAIL))
        self.unsent: dict[str | int, Entry] = {}
        self._in_flight: list[str | int] = []
        self._room = room
        self._count = 0

    @property
    def is_latest(self) -> bool:
        return self.topic.delivery is Delivery.LATEST

    def accept(self, entry: Entry) -> None:
        """Remember a new message and queue it; a full queue of events loses its oldest, counted in ``dropped``."""
        key = entry.message.key
        if self.is_latest:
            if entry.is_gone:
                self.held.pop(key, None)
            else:
                self.held[key] = entry
            self.unsent.pop(key, None)
            self.unsent[key] = entry
            return
        self._count += 1
        self.unsent[self._count] = entry
        if len(self.unsent) > self._room:
            oldest = next((count for count in self.unsent if count not in self._in_flight), None)
            if oldest is not None:
                del self.unsent[oldest]
                self.dropped += 1

    def chunk(self) -> list[Entry]:
        """The next entries to send, oldest first, within ``CHUNK_ENTRIES`` and ``CHUNK_BYTES``."""
        chosen: list[Entry] = []
        self._in_flight = []
        size = 0
        for name, entry in self.unsent.items():
            size += len(entry.rest)
            if chosen and (len(chosen) >= CHUNK_ENTRIES or size > CHUNK_BYTES):
                break
            chosen.append(entry)
            self._in_flight.append(name)
        return chosen

    def sent(self, entries: list[Entry], stored: Stored) -> None:
        """The script has taken ``entries``; they now have their seq."""
        self.epoch, self.seq = stored.epoch, stored.n
        first = stored.n - len(entries) + 1
        for place, (name, entry) in enumerate(zip(self._in_flight, entries, strict=True)):
            if self.unsent.get(name) is entry:
                del self.unsent[name]
            self._number(entry, first + place)
        self._in_flight = []

    def reply_found(self, stored: Stored) -> None:
        """Redis is ahead by what it took without our hearing of it: those events are not sent twice."""
        taken = self._in_flight[: stored.n - self.seq]
        if not self.is_latest:
            for place, name in enumerate(taken):
                entry = self.unsent.pop(name, None)
                if entry is not None:
                    self._number(entry, self.seq + 1 + place)
        self._in_flight = []
        self.seq = stored.n

    def everything(self) -> list[Entry]:
        """All a new epoch begins with: the snapshot, or the last events and those still unsent."""
        if self.is_latest:
            return list(self.held.values())
        return list(self.tail) + list(self.unsent.values())

    def renewed(self, entries: list[Entry], stored: Stored) -> None:
        """A new epoch holds ``entries``; what was accepted meanwhile stays unsent."""
        self.epoch, self.seq, self.claim = stored.epoch, stored.n, stored.claim
        self.is_started, self.taken_by = True, None
        self._in_flight = []
        in_epoch = {id(entry) for entry in entries}
        keys = {entry.message.key for entry in entries}
        # A tombstone for a key the new epoch never had says nothing; one that came while the reset was under way does.
        for name, entry in list(self.unsent.items()):
            if id(entry) in in_epoch or (entry.is_gone and self.is_latest and name not in keys):
                del self.unsent[name]
        self.tail.clear()
        for place, entry in enumerate(entries):
            self._number(entry, place + 1)

    def adopted(self, stored: Stored, entries: list[Entry]) -> None:
        """Go on from what a former owner left, under what has been accepted here since."""
        self.epoch, self.seq, self.claim = stored.epoch, stored.n, stored.claim
        self.is_started, self.taken_by = True, None
        if not self.is_latest:
            self.tail.extend(entries)
            return
        for entry in entries:
            if entry.message.key not in self.unsent:
                self.held[entry.message.key] = entry

    def judge(self, stored: Stored, length: int | None = None) -> Verdict:
        """Compare Redis with memory; ``length`` is the size of the stored snapshot, if it was asked for."""
        if not stored.epoch:
            return Verdict.RENEW
        if stored.claim != self.claim:
            return Verdict.TAKEN if stored.claim > self.claim else Verdict.RENEW
        if stored.epoch != self.epoch or stored.n < self.seq:
            return Verdict.RENEW
        if stored.n > self.seq:
            return Verdict.REPLY_LOST
        if length is not None and self.is_latest and not self.unsent and length != len(self.held):
            return Verdict.RENEW
        return Verdict.CURRENT

    def mark(self) -> TopicMark:
        return TopicMark(topic=self.topic.name, epoch=self.epoch, seq=self.seq)

    def messages(self) -> Mapping[str, Message[Any]]:
        """By key; for EVERY topics the newest event of each key among the last ones."""
        entries = self.held.values() if self.is_latest else self.everything()
        return {entry.message.key: entry.message for entry in entries}

    def _number(self, entry: Entry, seq: int) -> None:
        entry.message = msgspec.structs.replace(entry.message, seq=seq, epoch=self.epoch)
        if not self.is_latest:
            self.tail.append(entry)
