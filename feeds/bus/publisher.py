"""Publishes topics that this process owns, and keeps Redis true to memory when it was away, flushed or restarted.

Knows Redis and the contract; does not know where values come from. Redis trouble never reaches the caller.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from feeds.bus.connection import COMMAND_TIMEOUT_S, LINK_ERRORS
from feeds.bus.outgoing import BusRefused, Outgoing, Wording
from feeds.bus.ownership import Entry, OwnedTopic, Stored, Verdict
from feeds.bus.script import topic_keys
from feeds.bus.topic_store import TopicStore
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.system import HEARTBEAT, WALL_STATE, Heartbeat, TopicMark

__all__ = ["BusPublisher", "BusRefused", "Outgoing"]

HEARTBEAT_S = 1.0
WAITING_EVENTS = 5_000
SHARED_TOPICS = frozenset({HEARTBEAT.name, WALL_STATE.name})
"""Several processes publish here, each under a key of its own; nobody claims the topic."""

ENTRIES_AT_A_TIME = 500
"""Worded without a pause: some 20 ms, after which heartbeat and other sources have their turn."""

TAKE_BACK_AFTER_BEATS = 10
STOP_TIMEOUT_S = 1.0
"""Letting go of the topics is a courtesy: a frozen Redis shall not hold up the end of a process."""

_ATTEMPTS = 6


class BusPublisher:
    """Publishes for the process called ``name`` in ``namespace``; ``clock`` gives aware UTC times.

    ``with_heartbeat=False`` is for a user who may not publish the heartbeat (the wall); it then sees to its topics every
    second without telling anybody.
    """

    def __init__(
        self,
        redis: Redis,
        namespace: str,
        name: str,
        *,
        clock: Callable[[], datetime],
        with_heartbeat: bool = True,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._store = TopicStore(redis, namespace)
        self._namespace = namespace
        self._name = name
        self._clock = clock
        self._wording = Wording(namespace, clock)
        self._with_heartbeat = with_heartbeat
        self._heartbeat_s = heartbeat_s
        self._token = secrets.token_hex(4)
        self._owned: dict[str, OwnedTopic] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._silence: dict[str, tuple[bytes | None, int]] = {}
        self._trouble: str | None = None
        self._topic_trouble: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("feeds.bus").bind(publisher=name, namespace=namespace)
        if with_heartbeat:
            self._own(HEARTBEAT)

    async def start(self, topics: Sequence[Topic[Any]], *, fresh: bool = False) -> None:
        """Own ``topics`` from now on: adopt what stands there, or (``fresh``, or nothing there) begin a new epoch. Redis may be absent."""
        for topic in topics:
            self._own(topic).is_fresh |= fresh
        for owned in list(self._owned.values()):
            if self._trouble is None:
                await self._guarded(owned, partial(self._settle, owned))
        if self._task is None:
            self._begin_beating(0.0)

    def _begin_beating(self, after_s: float) -> None:
        self._task = asyncio.create_task(self._beat_for_ever(after_s), name=f"heartbeat of {self._name}")
        self._task.add_done_callback(self._on_beating_ended)

    def _on_beating_ended(self, task: asyncio.Task[None]) -> None:
        """It never should: without it every wall says OFFLINE of a process that publishes. Said each time, and begun again."""
        error = None if task.cancelled() else task.exception()
        if error is not None and task is self._task:
            self._log.error("bus.heartbeat_ended", exc_info=error, remedy="it is begun again; report this as a bug")
            self._begin_beating(self._heartbeat_s)

    async def stop(self) -> None:
        """End the heartbeat and let go of the topics; what is in Redis stays for readers and for the next owner."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._trouble is not None:
            return
        with suppress(*LINK_ERRORS):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                for owned in self._owned.values():
                    await self._let_go(owned)

    async def _let_go(self, owned: OwnedTopic) -> None:
        async with self._locks[owned.topic.name]:
            await self._send_unsent(owned)
            if owned.is_started and not owned.is_shared and owned.taken_by is None:
                await self._store.claim(owned, Stored(owned.epoch, owned.seq, owned.claim), "")

    async def publish(self, topic: Topic[Any], outgoing: Sequence[Outgoing]) -> int:
        """Publish a batch and return the topic's last seq (the last known one while Redis is away).

        Raises ``BusRefused`` for the first message the contract forbids; then nothing of the batch is published.
        """
        owned = self._find(topic)
        entries: list[Entry] = []
        for number, one in enumerate(outgoing, 1):
            entries.append(self._wording.entry(topic, one))
            if number % ENTRIES_AT_A_TIME == 0:
                await asyncio.sleep(0)
        dropped = owned.dropped
        for entry in entries:
            owned.accept(entry)
        if dropped == 0 and owned.dropped:
            self._log.error("bus.events_dropped", topic=topic.name, remedy="Redis is away too long, the oldest events are lost: see why")
        if self._trouble is None and owned.taken_by is None and topic.name not in self._topic_trouble:
            await self._guarded(owned, partial(self._settle, owned))
        return owned.seq

    async def replace(self, topic: Topic[Any], outgoing: Sequence[Outgoing]) -> int:
        """Publish ``outgoing`` as all there is: keys that vanished become tombstones, unchanged bodies are not sent again."""
        owned = self._find(topic)
        # With Redis out of reach nobody knows yet what a former owner left: it shall not come back beside this.
        owned.is_fresh |= not owned.is_started
        wanted = {one.key: one for one in outgoing if one.body is not None}
        now = self._clock()
        changes = [
            Outgoing(key=key, body=None, observed_at=now, source=entry.message.source, quality=entry.message.quality)
            for key, entry in owned.held.items()
            if key not in wanted
        ]
        changes.extend(one for one in wanted.values() if not self._is_held(owned, one))
        return await self.publish(topic, changes) if changes else owned.seq

    def held(self, topic: Topic[Any]) -> Mapping[str, Message[Any]]:
        """What stands on the topic by key, as the readers see it; a message that Redis has not got yet has seq 0."""
        return self._find(topic).messages()

    def mark(self, topic: Topic[Any]) -> TopicMark:
        """The topic's epoch and last seq; epoch '' while Redis has never been reached."""
        return self._find(topic).mark()

    def dropped(self, topic: Topic[Any]) -> int:
        """Events of the topic lost because Redis was away too long."""
        return self._find(topic).dropped

    def is_owner(self, topic: Topic[Any]) -> bool:
        """False while another publisher has taken the topic."""
        return self._find(topic).taken_by is None

    def is_told(self, topic: Topic[Any]) -> bool:
        """Whether Redis has all that was published on the topic."""
        owned = self._find(topic)
        return owned.taken_by is None and owned.is_started and not owned.unsent

    @property
    def trouble(self) -> str | None:
        """Why Redis cannot be reached, ``None`` when all is well."""
        return self._trouble

    def _own(self, topic: Topic[Any]) -> OwnedTopic:
        owned = self._owned.get(topic.name)
        if owned is None:
            keys = topic_keys(self._namespace, topic.name)
            owned = OwnedTopic(topic, keys, is_shared=topic.name in SHARED_TOPICS, room=WAITING_EVENTS)
            self._owned[topic.name] = owned
            self._locks[topic.name] = asyncio.Lock()
        return owned

    def _find(self, topic: Topic[Any]) -> OwnedTopic:
        owned = self._owned.get(topic.name)
        if owned is None:
            raise BusRefused(topic.name, None, f"{self._name} does not own this topic: name it in start()")
        return owned

    @staticmethod
    def _is_held(owned: OwnedTopic, one: Outgoing) -> bool:
        entry = owned.held.get(one.key)
        if entry is None:
            return False
        held = entry.message
        return held.body == one.body and held.quality is one.quality and held.source == one.source

    async def _settle(self, owned: OwnedTopic) -> None:
        """Take the topic if that is still to be done, then send what is unsent. Runs under the topic's lock."""
        if not owned.is_started:
            await self._take(owned)
        await self._send_unsent(owned)

    async def _send_unsent(self, owned: OwnedTopic) -> None:
        refusals = 0
        while owned.taken_by is None and refusals < _ATTEMPTS and (entries := owned.chunk()):
            is_done, stored = await self._store.send(owned, entries)
            if is_done:
                owned.sent(entries, stored)
            else:
                refusals += 1
                await self._act_on(owned, stored, owned.judge(stored))

    async def _act_on(self, owned: OwnedTopic, stored: Stored, verdict: Verdict) -> None:
        if verdict is Verdict.REPLY_LOST:
            owned.reply_found(stored)
        elif verdict is Verdict.TAKEN:
            owned.taken_by = _claimant(stored.claim)
            self._log.error(
                "bus.topic_taken", topic=owned.topic.name, by=owned.taken_by, remedy="two processes publish this topic: stop one of them"
            )
        elif verdict is Verdict.RENEW:
            await self._renew(owned, stored)

    async def _renew(self, owned: OwnedTopic, stored: Stored) -> None:
        """Publish all of the topic again under a new epoch, unless Redis changes under our hands too often."""
        for _ in range(_ATTEMPTS):
            entries = owned.everything()
            claim = owned.claim or self._new_claim(stored)
            is_done, answer = await self._store.reset(owned, entries, seen=stored, epoch=self._new_epoch(), claim=claim)
            if is_done:
                # That every topic begins somewhere is no news; that one begins again is.
                say = self._log.info if owned.is_started else self._log.debug
                owned.renewed(entries, answer)
                say("bus.epoch_begun", topic=owned.topic.name, epoch=answer.epoch, messages=len(entries))
                return
            stored = answer

    async def _take(self, owned: OwnedTopic) -> None:
        for _ in range(_ATTEMPTS):
            stored, payloads = await self._store.read(owned)
            entries = None if owned.is_fresh or not stored.epoch else self._wording.adopt(owned.topic, payloads)
            if entries is None:
                await self._renew(owned, stored)
                return
            is_done, answer = await self._store.claim(owned, stored, self._new_claim(stored))
            if is_done:
                owned.adopted(answer, entries)
                return

    def _new_claim(self, stored: Stored) -> str:
        """Later than the claim it follows, whatever the hosts' clocks say."""
        former = stored.claim.partition(" ")[0]
        now_ms = int(self._clock().timestamp() * 1_000)
        return f"{max(now_ms, int(former) + 1 if former.isdecimal() else 0):015d} {self._name} {self._token}"

    def _new_epoch(self) -> str:
        return f"{int(self._clock().timestamp() * 1_000):x}-{secrets.token_hex(4)}"

    async def _beat_for_ever(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                async with asyncio.timeout(5 * COMMAND_TIMEOUT_S):
                    await self._beat()
            except LINK_ERRORS as error:
                self._failed(error)
            due = max(due + self._heartbeat_s, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _beat(self) -> None:
        """One look at every owned topic, one heartbeat."""
        topics = list(self._owned.values())
        before = [(owned.epoch, owned.seq) for owned in topics]
        looks = await self._store.look(topics)
        after, self._trouble = self._trouble, None
        for owned, mark, look in zip(topics, before, looks, strict=True):
            # A topic in the middle of a publish, or that moved since the look, will be looked at a second later.
            if self._locks[owned.topic.name].locked() or mark != (owned.epoch, owned.seq):
                continue
            if isinstance(look, ResponseError):
                self._topic_failed(owned, look)
            else:
                await self._guarded(owned, partial(self._see_to, owned, *look))
            if self._trouble is not None:
                self._trouble = after or self._trouble
                return
        if self._with_heartbeat:
            owned = self._owned[HEARTBEAT.name]
            owned.accept(self._heartbeat())
            await self._guarded(owned, partial(self._send_unsent, owned))
        if after is not None and self._trouble is None:
            self._log.info("bus.publishing_again", after=after)

    async def _guarded(self, owned: OwnedTopic, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do ``work`` under the topic's lock, begun only there; an error Redis gives for this topic alone does not stop the others."""
        name = owned.topic.name
        try:
            async with self._locks[name]:
                await work()
        except ResponseError as error:
            self._topic_failed(owned, error)
        except LINK_ERRORS as error:
            self._failed(error)
        else:
            if self._topic_trouble.pop(name, None) is not None:
                self._log.info("bus.topic_publishing_again", topic=name)

    async def _see_to(self, owned: OwnedTopic, stored: Stored, length: int) -> None:
        if owned.is_shared:
            if stored.epoch != owned.epoch and owned.epoch:
                owned.unsent = dict(owned.held) | owned.unsent
        elif owned.taken_by is not None:
            await self._take_back(owned, stored)
        elif owned.is_started:
            await self._act_on(owned, stored, owned.judge(stored, length))
        await self._settle(owned)

    async def _take_back(self, owned: OwnedTopic, stored: Stored) -> None:
        """Begin a new epoch when the other publisher has let go, or has been silent for ten beats.

        Another process of our own name beats under the same key: our own beats are its silence.
        """
        name = owned.topic.name
        beat = await self._store.heartbeat_of(owned.taken_by or "")
        if beat is not None and f'"process":"{self._token}"'.encode() in beat:
            beat = None
        last, beats = self._silence.get(name, (beat, 0))
        beats = beats + 1 if beat == last else 0
        self._silence[name] = (beat, beats)
        if stored.claim and beats < TAKE_BACK_AFTER_BEATS:
            return
        del self._silence[name]
        self._log.info("bus.topic_taken_back", topic=name, other=owned.taken_by)
        owned.claim = self._new_claim(stored)
        await self._renew(owned, stored)

    def _heartbeat(self) -> Entry:
        topics = [owned for owned in self._owned.values() if owned.epoch and owned.taken_by is None and not owned.is_shared]
        now = self._clock().astimezone(UTC)
        marks = tuple(owned.mark() for owned in topics)
        beat = Heartbeat(publisher=self._name, clock=now, marks=marks, process=self._token)
        quality = Quality.SIMULATED if self._namespace == "sim" else Quality.MEASURED
        return self._wording.entry(HEARTBEAT, Outgoing(key=self._name, body=beat, observed_at=now, source=self._name, quality=quality))

    def _topic_failed(self, owned: OwnedTopic, error: ResponseError) -> None:
        if owned.topic.name not in self._topic_trouble:
            self._log.error("bus.topic_refused", topic=owned.topic.name, reason=str(error), remedy="see its memory limit and ACL")
        self._topic_trouble[owned.topic.name] = str(error)

    def _failed(self, error: BaseException) -> None:
        if self._trouble is None:
            self._trouble = str(error) or type(error).__name__
            self._log.warning("bus.cannot_publish", reason=self._trouble, remedy="values wait in memory; see whether Redis runs")


def _claimant(claim: str) -> str:
    parts = claim.split(" ")
    return parts[1] if len(parts) == 3 else claim
