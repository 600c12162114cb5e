"""Where the bus thread puts what arrived and the GUI thread takes it: latest by key, and a bounded queue of events.

Knows no Qt, no Redis, no asyncio. One wake-up is pending at most, however much arrives.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from feeds.messages.header import Delivery, Message, Topic


class Parcel(msgspec.Struct):
    """What one topic has for the GUI: messages in seq order.

    ``is_reset``: they are all there is, forget the rest. ``dropped``: events lost to the bound.
    """

    topic: Topic[Any]
    messages: list[Message[Any]]
    is_reset: bool = False
    dropped: int = 0


class _Box:
    """One topic's pending messages."""

    __slots__ = ("dropped", "events", "is_reset", "latest", "topic")

    def __init__(self, topic: Topic[Any], capacity: int) -> None:
        self.topic = topic
        self.latest: dict[str, Message[Any]] = {}
        self.events: deque[Message[Any]] = deque(maxlen=capacity)
        self.is_reset = False
        self.dropped = 0

    def put(self, message: Message[Any]) -> None:
        if self.topic.delivery is Delivery.LATEST:
            self.latest.pop(message.key, None)
            self.latest[message.key] = message
            return
        if len(self.events) == self.events.maxlen:
            self.dropped += 1
        self.events.append(message)

    def parcel(self) -> Parcel:
        messages = list(self.latest.values()) if self.topic.delivery is Delivery.LATEST else list(self.events)
        return Parcel(self.topic, messages, self.is_reset, self.dropped)


class Mailbox:
    """Filled on the bus thread, emptied on the GUI thread."""

    def __init__(self, *, event_capacity: int = 5_000) -> None:
        self._capacity = event_capacity
        self._lock = threading.Lock()
        self._boxes: dict[str, _Box] = {}
        self._is_wake_pending = False
        self._wake: Callable[[], None] = lambda: None

    def on_mail(self, wake: Callable[[], None]) -> None:
        """``wake`` is called from the bus thread when the mailbox stops being empty."""
        self._wake = wake

    def put(self, topic: Topic[Any], message: Message[Any]) -> None:
        with self._lock:
            self._box(topic).put(message)
            is_first = not self._is_wake_pending
            self._is_wake_pending = True
        if is_first:
            self._wake()

    def put_snapshot(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """Replaces everything pending of the topic and everything the GUI knows of it."""
        with self._lock:
            box = _Box(topic, self._capacity)
            box.is_reset = True
            for message in messages:
                box.put(message)
            self._boxes[topic.name] = box
            is_first = not self._is_wake_pending
            self._is_wake_pending = True
        if is_first:
            self._wake()

    def drain(self) -> list[Parcel]:
        """Everything pending, by topic; the mailbox is empty afterwards."""
        with self._lock:
            boxes, self._boxes = self._boxes, {}
            self._is_wake_pending = False
        return [box.parcel() for box in boxes.values()]

    def _box(self, topic: Topic[Any]) -> _Box:
        box = self._boxes.get(topic.name)
        if box is None:
            box = self._boxes[topic.name] = _Box(topic, self._capacity)
        return box
