"""Follows topics of one namespace: snapshot, then what is newer, repaired whenever something is missing.

Knows Redis and the contract, not what the values are for. Writes nothing.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog
from redis.asyncio import Redis

from feeds.bus.connection import LINK_ERRORS, connect, parse_address, redacted
from feeds.bus.pulse import Pulse
from feeds.bus.script import topic_keys
from feeds.bus.subscription import Subscription
from feeds.bus.topic_feed import TopicFeed
from feeds.bus.topic_reading import TopicReading, Unreadable
from feeds.messages.freshness import OFFLINE_AFTER_S
from feeds.messages.header import Message, Topic
from feeds.messages.system import HEARTBEAT, Heartbeat

TICK_S = 0.25
SILENT_AFTER_S = 1.5
"""No byte for so long: ask for a sign of life. Twice as long: the link counts as lost."""

BACK_OFF_S = (0.05, 2.0)
REPAIR_PAUSE_S = (0.05, 2.0)
"""Between repairs that a forged message asked for or that found nonsense, doubling: a stranger cannot keep us reading snapshots."""

_REASONS_LOGGED = 500


class ReaderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How well the reader hears. Counters since the start; ``skew_s`` > 0: this machine's clock is ahead of the publisher's.

    ``connected``: Redis answers. ``heartbeat_age_s``: since the last live heartbeat of any publisher, ``None`` before the first.
    ``reason`` says in English what is wrong, ``None`` when nothing is.
    """

    connected: bool = False
    heartbeat_age_s: float | None = None
    skew_s: float | None = None
    gaps: int = 0
    repaired: int = 0
    snapshots: int = 0
    rejected: int = 0
    simulated_dropped: int = 0
    reason: str | None = "not connected yet"


class ReaderSink(Protocol):
    """Where values go; called on the reader's event loop, must return quickly and not raise."""

    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        """Replaces everything known of the topic; in seq order."""

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        """Newer than all before, in seq order per topic; ``body`` ``None`` says that the key is gone."""

    def rejected(self, topic_name: str, reason: str) -> None:
        """A message was refused; the rest goes on."""

    def status(self, status: ReaderStatus) -> None:
        """At every change that matters, and each second."""


class BusReader:
    """Reads ``topics`` of ``namespace`` from the Redis at ``url`` into ``sink``. ``ValueError`` for a bad URL or namespace."""

    def __init__(
        self,
        url: str,
        namespace: str,
        topics: Sequence[Topic[Any]],
        sink: ReaderSink,
        *,
        ca_file: Path | str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = parse_address(url, ca_file=ca_file)
        self._url, self._ca_file = url, ca_file
        self._namespace = namespace
        self._sink = sink
        self._monotonic = monotonic
        self._pulse = Pulse(clock, monotonic)
        self._is_beat_wanted = any(topic.name == HEARTBEAT.name for topic in topics)
        is_live = namespace == "live"
        by_name = {topic.name: topic for topic in (*topics, HEARTBEAT)}
        self._feeds = {
            topic_keys(namespace, name).channel.encode(): TopicFeed(topic, self, is_live=is_live) for name, topic in by_name.items()
        }
        self._by_topic = {feed.topic.name: feed for feed in self._feeds.values()}
        self._reading = TopicReading(namespace)
        self._not_before: dict[str, float] = {}
        self._unreadable: dict[str, tuple[int, str]] = {}
        self._wake = asyncio.Event()
        self._is_connected = False
        self._reason: str | None = "not connected yet"
        self._repaired = self._snapshots = self._rejected = 0
        self._reasons: set[tuple[str, str]] = set()
        self._simulated: set[str] = set()
        self._told: tuple[ReaderStatus, float] | None = None
        self._log = structlog.get_logger("feeds.bus").bind(namespace=namespace, redis=redacted(url))

    async def run(self) -> None:
        """Follow the topics until cancelled; Redis trouble ends up in the status, only the sink's own errors come out."""
        failures = 0
        least, most = BACK_OFF_S
        client = connect(self._url, ca_file=self._ca_file)
        try:
            while True:
                try:
                    await self._follow(client)
                except LINK_ERRORS as error:
                    failures = 0 if self._is_connected else min(failures + 1, 10)
                    self._lose(error)
                await self._pause(min(most, least * 2**failures) * random.uniform(0.5, 1.0))
        finally:
            # Only here: a cancellation that came while a client was being closed left its connection open.
            with suppress(*LINK_ERRORS):
                await client.aclose()

    # The feeds report here, and the sink gets what it asked for.
    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        self._snapshots += 1
        if topic.name != HEARTBEAT.name or self._is_beat_wanted:
            self._sink.snapshot(topic, messages)

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        if topic.name != HEARTBEAT.name or self._is_beat_wanted:
            self._sink.message(topic, message)

    def rejected(self, topic_name: str, reason: str) -> None:
        self._rejected += 1
        if (topic_name, reason) not in self._reasons and len(self._reasons) < _REASONS_LOGGED:
            self._reasons.add((topic_name, reason))
            self._log.warning("bus.message_refused", topic=topic_name, reason=reason)
        self._sink.rejected(topic_name, reason)

    def simulated(self, topic_name: str) -> None:
        """A simulated message was dropped: said once for each topic, then counted."""
        if topic_name not in self._simulated:
            self._simulated.add(topic_name)
            remedy = "somebody publishes simulated values into the namespace 'live': find and stop it"
            self._log.error("bus.simulated_message_dropped", topic=topic_name, remedy=remedy)

    def _receive(self, channel: bytes, payload: Any) -> None:
        feed = self._feeds.get(channel)
        if feed is None:
            return
        message = feed.receive(payload)
        if feed.wants_sync:
            self._wake.set()
        if message is not None and isinstance(message.body, Heartbeat):
            self._on_heartbeat(message.body)

    def _on_heartbeat(self, beat: Heartbeat) -> None:
        was_silent = self._pulse.is_silent()
        self._pulse.heard(beat)
        for mark in beat.marks:
            feed = self._by_topic.get(mark.topic)
            if feed is not None:
                feed.compare(mark)
                if feed.wants_sync:
                    self._wake.set()
        if was_silent:
            self._tell()

    async def _follow(self, client: Redis) -> None:
        """One life of the connection; ends with an error."""
        for feed in self._feeds.values():
            feed.lose_link()
        subscription = await Subscription.open(self._address, [channel.decode() for channel in self._feeds], self._receive, self._monotonic)
        try:
            await self._sync_all(client)
            self._is_connected, self._reason = True, None
            self._log.info("bus.reading", topics=len(self._feeds))
            self._tell()
            while True:
                await self._wait(subscription)
                self._check_life(subscription)
                await self._sync_all(client)
                self._tell_now_and_then()
        finally:
            subscription.close()

    async def _wait(self, subscription: Subscription) -> None:
        """Until a feed wants a repair, the connection is lost, or a tick has passed."""
        waker = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((waker, subscription.lost), timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waker.cancel()
        self._wake.clear()
        if subscription.lost.done():
            subscription.lost.result()

    def _check_life(self, subscription: Subscription) -> None:
        silence = self._monotonic() - subscription.heard_at
        if silence > 2 * SILENT_AFTER_S:
            raise TimeoutError(f"Redis has not answered for {2 * SILENT_AFTER_S:g} s")
        if silence > SILENT_AFTER_S:
            subscription.ping()

    async def _sync_all(self, client: Redis) -> None:
        now = self._monotonic()
        for feed in self._feeds.values():
            if feed.wants_sync and self._not_before.get(feed.topic.name, 0.0) <= now:
                await self._sync_one(client, feed)

    async def _sync_one(self, client: Redis, feed: TopicFeed) -> None:
        """Sync with pauses that double while it is in vain: what one topic holds does not stop the others."""
        name, (least, most) = feed.topic.name, REPAIR_PAUSE_S
        failures, _ = self._unreadable.pop(name, (0, ""))
        try:
            await self._sync(client, feed)
        except Unreadable as problem:
            feed.lose_link()
            self._unreadable[name] = failures + 1, str(problem)
            self.rejected(name, str(problem))
        tries = max(feed.bogus, failures + 1 if name in self._unreadable else 0)
        self._not_before[name] = self._monotonic() + (min(most, least * 2 ** min(tries, 10)) if tries else 0.0)

    async def _sync(self, client: Redis, feed: TopicFeed) -> None:
        """Bring one feed up to date: from the stream when it holds all that is missing, else by snapshot."""
        before = feed.waiting
        held = await self._reading.after(client, feed) if feed.epoch else None
        if held is not None:
            is_repair = held.seq > feed.seq
            if feed.repair(held.payloads, held.seq, before):
                self._repaired += is_repair
                return
        before = feed.waiting
        feed.begin(*await self._reading.everything(client, feed), before)

    def _lose(self, error: BaseException) -> None:
        reason = str(error) or "no answer within the time-out"
        if self._is_connected or self._reason == "not connected yet":
            self._log.warning("bus.link_lost", reason=reason)
        self._is_connected, self._reason = False, reason
        self._tell()

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._tell_now_and_then()

    def _status(self) -> ReaderStatus:
        reason = self._reason
        if self._is_connected and self._pulse.is_silent():
            reason = f"no heartbeat from any publisher for {OFFLINE_AFTER_S:g} s"
        elif self._is_connected and self._unreadable:
            reason = "; ".join(f"{name}: {why}" for name, (_, why) in self._unreadable.items())
        return ReaderStatus(
            connected=self._is_connected,
            heartbeat_age_s=self._pulse.age_s(),
            skew_s=self._pulse.skew_s(),
            gaps=sum(feed.gaps for feed in self._feeds.values()),
            repaired=self._repaired,
            snapshots=self._snapshots,
            rejected=self._rejected,
            simulated_dropped=sum(feed.simulated_dropped for feed in self._feeds.values()),
            reason=reason,
        )

    def _tell(self) -> None:
        status = self._status()
        self._told = (status, self._monotonic())
        self._sink.status(status)

    def _tell_now_and_then(self) -> None:
        if self._told is None:
            self._tell()
            return
        status, at = self._told
        current = self._status()
        if current.reason != status.reason or current.connected != status.connected or self._monotonic() - at >= 1.0:
            self._tell()
