"""What the wall knows: the latest of every topic, and how fresh each is. Hands batches to panels, on the GUI thread.

Knows no Redis and no asyncio; it is filled by the bridge.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject, Qt, QTimer, Slot

from controlroom.live.freshness import FreshnessBook
from controlroom.live.mailbox import Parcel
from feeds.messages.header import Delivery, Message, Topic
from feeds.messages.system import CANARY, HEARTBEAT, SOURCE

RECENT_EVENTS = 200

_log = structlog.get_logger("controlroom.hub")


class Subscription(msgspec.Struct, eq=False):
    """One panel's ear. ``receive(topic, messages)`` is called at most once in ``max_rate_ms`` for each topic."""

    topics: tuple[Topic[Any], ...]
    max_rate_ms: int
    receive: Callable[[Topic[Any], Sequence[Message[Any]]], None]
    fault: Callable[[BaseException], None]
    pending: dict[str, dict[str, Message[Any]]] = msgspec.field(default_factory=dict[str, dict[str, Message[Any]]])
    events: dict[str, list[Message[Any]]] = msgspec.field(default_factory=dict[str, list[Message[Any]]])
    delivered_at_ms: float = -1e9

    @property
    def is_waiting(self) -> bool:
        return bool(self.pending or self.events)


class Hub(QObject):
    """``monotonic_ms``: a clock for rates; ``now``: wall clock, UTC."""

    def __init__(
        self, book: FreshnessBook, *, now: Callable[[], datetime], monotonic_ms: Callable[[], float], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.book = book
        self._now = now
        self._monotonic_ms = monotonic_ms
        self._latest: dict[str, dict[str, Message[Any]]] = {}
        self._recent: dict[str, deque[Message[Any]]] = {}
        self._newest: dict[str, tuple[int, datetime | None]] = {}
        self._subscriptions: list[Subscription] = []
        self._dropped_events = 0
        self._flush_timer = QTimer(self)
        self._flush_timer.setSingleShot(True)
        self._flush_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._flush_timer.timeout.connect(self._flush)

    def latest(self, topic: Topic[Any]) -> Mapping[str, Message[Any]]:
        return self._latest.get(topic.name, {})

    def recent(self, topic: Topic[Any]) -> Sequence[Message[Any]]:
        return tuple(self._recent.get(topic.name, ()))

    def newest(self, topic: Topic[Any]) -> tuple[int, datetime | None]:
        """The last seq the topic was heard with, 0 before the first, and when the newest of its values was observed."""
        return self._newest.get(topic.name, (0, None))

    def subscribe(self, subscription: Subscription) -> None:
        """From now on the subscription hears its topics; what is already known is given at once."""
        self._subscriptions.append(subscription)
        for topic in subscription.topics:
            held: Sequence[Message[Any]] = self.recent(topic) if topic.delivery is Delivery.EVERY else tuple(self.latest(topic).values())
            if held:
                _give(subscription, topic, held)

    def unsubscribe(self, subscription: Subscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    def close(self) -> None:
        """Nothing is handed out any more."""
        self._subscriptions.clear()
        self._flush_timer.stop()

    def deliver(self, parcels: list[Parcel]) -> None:
        """Takes what the mailbox had: keeps it, then hands it to whoever listens."""
        now = self._now()
        for parcel in parcels:
            messages = self._keep(parcel)
            self._mark(parcel)
            self._note(parcel, messages, now)
            if parcel.dropped:
                self._dropped_events += parcel.dropped
                _log.warning("events dropped: the GUI did not keep up", topic=parcel.topic.name, dropped=parcel.dropped)
            for subscription in self._subscriptions:
                if parcel.topic in subscription.topics:
                    _add(subscription, parcel.topic, messages)
        self._flush()

    def _keep(self, parcel: Parcel) -> Sequence[Message[Any]]:
        """Stores the parcel; returns what listeners must hear, tombstones for keys a snapshot left out included."""
        name = parcel.topic.name
        if parcel.topic.delivery is Delivery.EVERY:
            held = self._recent.setdefault(name, deque(maxlen=RECENT_EVENTS))
            if parcel.is_reset:
                return _join(held, parcel.messages)
            held.extend(parcel.messages)
            return parcel.messages
        latest = self._latest.setdefault(name, {})
        heard = list(parcel.messages)
        if parcel.is_reset:
            kept = {message.key for message in parcel.messages}
            heard += [_tombstone(latest[key]) for key in latest if key not in kept]
            latest.clear()
        for message in parcel.messages:
            if message.body is None:
                latest.pop(message.key, None)
            else:
                latest[message.key] = message
        return heard

    def _mark(self, parcel: Parcel) -> None:
        name = parcel.topic.name
        seq, observed = (0, None) if parcel.is_reset else self._newest.get(name, (0, None))
        for message in parcel.messages:
            seq = max(seq, message.seq)
            if message.body is not None and (observed is None or message.observed_at > observed):
                observed = message.observed_at
        self._newest[name] = seq, observed

    def _note(self, parcel: Parcel, messages: Sequence[Message[Any]], now: datetime) -> None:
        """Tells the book of freshness what these messages mean for it."""
        topic = parcel.topic
        if topic is HEARTBEAT:
            self.book.on_heartbeats(messages, now, is_stored=parcel.is_reset)
        elif topic is SOURCE:
            self.book.on_sources(messages)
        elif topic is CANARY:
            self.book.on_canary(messages, now, is_stored=parcel.is_reset)
        self.book.on_messages(topic, self.latest(topic) if topic.delivery is Delivery.LATEST else None, messages, now)

    @Slot()
    def _flush(self) -> None:
        """Hands out what is due; keeps one timer for what is not."""
        now_ms = self._monotonic_ms()
        wait_ms: float | None = None
        for subscription in list(self._subscriptions):
            if not subscription.is_waiting:
                continue
            rest = subscription.delivered_at_ms + subscription.max_rate_ms - now_ms
            if rest > 1:
                wait_ms = rest if wait_ms is None else min(wait_ms, rest)
                continue
            subscription.delivered_at_ms = now_ms
            pending, subscription.pending = subscription.pending, {}
            events, subscription.events = subscription.events, {}
            for topic in subscription.topics:
                messages: Sequence[Message[Any]] = events.get(topic.name) or tuple(pending.get(topic.name, {}).values())
                if messages:
                    _give(subscription, topic, messages)
        # A timer that waits for a slow panel must not hold up a quick one.
        if wait_ms is not None and not 0 <= self._flush_timer.remainingTime() <= wait_ms:
            self._flush_timer.start(max(1, round(wait_ms)))


def _add(subscription: Subscription, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
    if topic.delivery is Delivery.EVERY:
        subscription.events.setdefault(topic.name, []).extend(messages)
        return
    pending = subscription.pending.setdefault(topic.name, {})
    for message in messages:
        pending[message.key] = message


def _join(held: deque[Message[Any]], messages: Sequence[Message[Any]]) -> Sequence[Message[Any]]:
    """Puts all that the topic holds, in its order, into ``held``; returns what comes after the last one that was held before.

    After a flush the owner tells the same events again under a new epoch: these are known by key, source, time and content.
    """
    epochs = {message.epoch for message in held}
    numbers = {(message.epoch, message.seq) for message in held}
    bodies: dict[tuple[str, str, datetime], list[Any]] = {}
    for message in held:
        bodies.setdefault(_what(message), []).append(message.body)

    def is_held(message: Message[Any]) -> bool:
        if message.epoch in epochs:
            return (message.epoch, message.seq) in numbers
        return message.body in bodies.get(_what(message), ())

    places = [place for place, message in enumerate(messages) if is_held(message)]
    again = {_what(messages[place]) for place in places}
    older = [message for message in held if _what(message) not in again]
    held.clear()
    held.extend((*older, *messages))
    # What stands before an event that was heard has been heard as well, though it is forgotten here.
    return messages[places[-1] + 1 if places else 0 :]


def _what(message: Message[Any]) -> tuple[str, str, datetime]:
    return message.key, message.source, message.observed_at


def _give(subscription: Subscription, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
    """A panel's fault stays in its slot: whatever it raises becomes its error card."""
    try:
        subscription.receive(topic, messages)
    except Exception as error:  # a panel's author may raise anything; the wall goes on
        subscription.fault(error)


def _tombstone(message: Message[Any]) -> Message[Any]:
    return msgspec.structs.replace(message, body=None)
