"""A publisher in memory for the ledger's tests: numbers messages like the bus and keeps every one in order."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from feeds.bus.publisher import Outgoing
from feeds.messages.header import Delivery, Message, Topic
from feeds.messages.system import TopicMark

STAMP = datetime(2026, 11, 23, tzinfo=UTC)


class RecordingPublisher:
    """``fail_next`` makes the next publication on that topic raise."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Message[Any]]] = []
        self.epoch = "e1"
        self.fail_next: str | None = None
        self._seqs: dict[str, int] = {}
        self._held: dict[str, dict[str, Message[Any]]] = {}

    async def publish(self, topic: Topic[Any], outgoing: Sequence[Outgoing]) -> int:
        if self.fail_next == topic.name:
            self.fail_next = None
            raise ConnectionError(topic.name)
        for one in outgoing:
            seq = self._seqs[topic.name] = self._seqs.get(topic.name, 0) + 1
            message: Message[Any] = Message(
                seq=seq, epoch=self.epoch, key=one.key, source=one.source, observed_at=one.observed_at, published_at=STAMP,
                quality=one.quality, body=one.body,
            )  # fmt: skip
            self.sent.append((topic.name, message))
            if topic.delivery is Delivery.LATEST:
                held = self._held.setdefault(topic.name, {})
                if one.body is None:
                    held.pop(one.key, None)
                else:
                    held[one.key] = message
        return self._seqs.get(topic.name, 0)

    def let_out(self, topic: Topic[Any], count: int) -> None:
        """As when Redis comes back: ``count`` messages that had waited get their numbers now."""
        self._seqs[topic.name] = self._seqs.get(topic.name, 0) + count

    def held(self, topic: Topic[Any]) -> Mapping[str, Message[Any]]:
        return dict(self._held.get(topic.name, {}))

    def mark(self, topic: Topic[Any]) -> TopicMark:
        return TopicMark(topic=topic.name, epoch=self.epoch, seq=self._seqs.get(topic.name, 0))

    def of(self, topic: Topic[Any]) -> list[Message[Any]]:
        return [message for name, message in self.sent if name == topic.name]
