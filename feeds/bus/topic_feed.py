"""One topic as a reader follows it: what comes next, what is a gap, what is refused. Pure: does no I/O and knows no Redis."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from feeds.messages.header import CONTRACT_VERSION, MAX_MESSAGE_BYTES, Message, Quality, Topic
from feeds.messages.system import TopicMark

MAX_WAITING = 50_000
"""Messages kept while a snapshot is under way; more than that and the next snapshot is cheaper."""

Decoded = tuple[int, str, Message[Any] | None]
"""seq, epoch, and the message unless it was refused or is the notice of a new epoch."""


class Head(msgspec.Struct, frozen=True):
    """What is read of a message that does not match the contract: enough to keep the count."""

    seq: int
    epoch: str
    v: int = CONTRACT_VERSION
    reset: bool = False


class FeedSink(Protocol):
    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None: ...
    def message(self, topic: Topic[Any], message: Message[Any]) -> None: ...
    def rejected(self, topic_name: str, reason: str) -> None: ...
    def simulated(self, topic_name: str) -> None: ...


class TopicFeed:
    """Feeds ``sink`` in seq order. When ``wants_sync`` is set, the owner reads Redis and calls ``repair`` or ``begin``."""

    def __init__(self, topic: Topic[Any], sink: FeedSink, *, is_live: bool) -> None:
        self.topic = topic
        self.epoch = ""
        self.seq = 0
        self.wants_sync = True
        self.gaps = 0
        self.simulated_dropped = 0
        self.bogus = 0
        """Messages since the last good repair that claimed a place in the sequence they do not have."""
        self._sink = sink
        self._is_live = is_live
        self._decode: Callable[[bytes | str], Message[Any]] = topic.decoder()
        self._head = msgspec.json.Decoder(Head)
        self._waiting: list[Decoded] = []
        self._is_gap_counted = True

    @property
    def waiting(self) -> int:
        """How many messages wait for the repair; those that came before a read of Redis cannot be newer than it."""
        return len(self._waiting)

    def lose_link(self) -> None:
        """The connection is gone: whatever comes next, Redis is asked first."""
        self._waiting.clear()
        self.wants_sync = True
        self._is_gap_counted = False

    def receive(self, payload: Any) -> Message[Any] | None:
        """One payload off the channel; returns the message when it was delivered."""
        decoded = self._read(payload)
        if decoded is None:
            return None
        seq, epoch, message = decoded
        if self.wants_sync:
            if len(self._waiting) >= MAX_WAITING:
                self._waiting.clear()
            self._waiting.append(decoded)
            return None
        if epoch == self.epoch:
            if seq == self.seq + 1:
                self.seq = seq
                return self._deliver(message)
            if seq <= self.seq:
                return None
            self.gaps += 1
        self._waiting = [decoded]
        self.wants_sync = True
        return None

    def compare(self, mark: TopicMark) -> None:
        """A heartbeat says where the topic stands; it came after everything it counts, so a difference is a loss."""
        if self.wants_sync or (mark.epoch == self.epoch and mark.seq <= self.seq):
            return
        if mark.epoch == self.epoch:
            self.gaps += 1
        self.wants_sync = True

    def begin(self, epoch: str, seq: int, payloads: Sequence[bytes], before: int) -> None:
        """Everything anew from a snapshot taken at ``seq``; the first ``before`` waiting messages came before it was read.

        ``epoch`` '' says that Redis knows nothing of the topic. After a flush that is so until the owner publishes again:
        what was known stays known, and its age shows.
        """
        if not epoch and self.epoch:
            former, self.epoch, self.seq = self.epoch, "", 0
            self._go_on(before, former)
            return
        messages: list[Message[Any]] = []
        for payload in payloads:
            decoded = self._read(payload)
            if decoded is not None and decoded[2] is not None and self._may_pass(decoded[2]):
                messages.append(decoded[2])
        messages.sort(key=_by_seq)
        if epoch == self.epoch:
            self._count_gap(seq)
        self._is_gap_counted = True
        former, self.epoch, self.seq = self.epoch, epoch, seq
        self._sink.snapshot(self.topic, messages)
        self._go_on(before, former)

    def repair(self, payloads: Sequence[bytes], seq: int, before: int) -> bool:
        """Apply what the stream holds after the last message, up to ``seq``; ``False`` when it does not hold all of it."""
        found: list[Decoded] = []
        for payload in payloads:
            decoded = self._read(payload)
            if decoded is not None and decoded[1] == self.epoch:
                found.append(decoded)
        # An unreadable entry breaks the row; the snapshot then decides.
        if [one[0] for one in found] != list(range(self.seq + 1, seq + 1)):
            return False
        self._count_gap(seq)
        for one_seq, _, message in found:
            self.seq = one_seq
            self._deliver(message)
        self._go_on(before, self.epoch)
        return True

    def _count_gap(self, seq: int) -> None:
        """What was missed while the link was down is a gap too, though nobody saw it begin."""
        if not self._is_gap_counted and seq > self.seq:
            self.gaps += 1
        self._is_gap_counted = True

    def _go_on(self, before: int, former: str) -> None:
        waiting, self._waiting = self._waiting, []
        self.wants_sync = False
        bogus = 0
        for place, decoded in enumerate(waiting):
            seq, epoch, message = decoded
            if self.wants_sync:
                self._waiting.append(decoded)
            elif epoch == self.epoch and seq <= self.seq:
                continue
            elif epoch == self.epoch and seq == self.seq + 1 and place >= before:
                self.seq = seq
                self._deliver(message)
            elif place < before:
                if epoch != former or epoch == self.epoch:
                    bogus += 1
                    self._sink.rejected(self.topic.name, "its seq or epoch is not the topic's: not from the topic's owner")
            else:
                self._waiting.append(decoded)
                self.wants_sync = True
        self.bogus = self.bogus + bogus if bogus else 0

    def _deliver(self, message: Message[Any] | None) -> Message[Any] | None:
        if message is None or not self._may_pass(message):
            return None
        self._sink.message(self.topic, message)
        return message

    def _may_pass(self, message: Message[Any]) -> bool:
        if self._is_live and message.quality is Quality.SIMULATED:
            self.simulated_dropped += 1
            self._sink.simulated(self.topic.name)
            return False
        return True

    def _read(self, payload: Any) -> Decoded | None:
        """Decode; a message the contract forbids is reported, and keeps its place in the sequence if it says which."""
        if not isinstance(payload, bytes):
            self._reject("not a message")
            return None
        if len(payload) > MAX_MESSAGE_BYTES:
            self._reject(f"larger than {MAX_MESSAGE_BYTES} bytes: refused unread")
            return None
        try:
            message = self._decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            return self._read_head(payload, error)
        if message.v > CONTRACT_VERSION:
            self._reject(_newer(message.v))
        elif message.seq >= 1:
            return message.seq, message.epoch, message
        else:
            self._reject("a seq below 1")
            return None
        return message.seq, message.epoch, None

    def _read_head(self, payload: bytes, error: Exception) -> Decoded | None:
        try:
            head = self._head.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
            self._reject(_without_contents(error))
            return None
        if not head.reset:
            self._reject(_newer(head.v) if head.v > CONTRACT_VERSION else _without_contents(error))
        return (head.seq, head.epoch, None) if head.seq >= 1 or head.reset else None

    def _reject(self, reason: str) -> None:
        self._sink.rejected(self.topic.name, reason)


def _by_seq(message: Message[Any]) -> int:
    return message.seq


def _newer(version: int) -> str:
    return f"contract version {min(version, 9999)} is newer than this reader's {CONTRACT_VERSION}: update this program"


def _without_contents(error: Exception) -> str:
    """The reason with the place in the message but nothing of its contents: values may be personal, and logs are kept."""
    if isinstance(error, msgspec.ValidationError):
        text = str(error)
        said, _, place = text.partition(" - at ")
        if said.startswith("Invalid enum value"):
            said = "Invalid enum value"
        return f"{said} - at {place}" if place else said
    return "not JSON"
