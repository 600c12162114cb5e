"""Every Redis command of the reader, typed. Knows keys and what may stand there; decides nothing."""

from typing import Any, NamedTuple, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from feeds.bus.script import payloads_of, read_state, topic_keys
from feeds.bus.topic_feed import TopicFeed
from feeds.messages.header import Delivery

STREAM_REPAIR_MAX = 5_000
"""A longer gap of a LATEST topic is cheaper by snapshot."""


class Unreadable(Exception):
    """What stands in Redis for a topic is not what a publisher writes; the text says which part, without its contents."""


class Held(NamedTuple):
    """Where a topic stands, and the payloads that were asked for."""

    epoch: str
    seq: int
    payloads: list[bytes]


class TopicReading:
    """The topics of one namespace in Redis. Raises ``connection.LINK_ERRORS``, and ``Unreadable`` for one topic alone."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    async def after(self, client: Redis, feed: TopicFeed) -> Held | None:
        """What the stream holds after the feed's last message; ``None`` when a snapshot is needed instead."""
        keys = topic_keys(self._namespace, feed.topic.name)
        limit = STREAM_REPAIR_MAX if feed.topic.delivery is Delivery.LATEST else feed.topic.keep
        pipe = cast(Any, client).pipeline(transaction=True)
        pipe.hmget(keys.seq, "epoch", "n", "claim")
        pipe.xrange(keys.log, min=f"{feed.seq + 1}-0", count=limit + 1)
        fields, entries = await pipe.execute(raise_on_error=False)
        if isinstance(entries, Exception):
            return None  # the snapshot does without the stream, or says what is wrong
        held = self._held(fields, payloads_of(entries))
        return held if held.epoch == feed.epoch and held.seq >= feed.seq and len(entries) <= limit else None

    async def everything(self, client: Redis, feed: TopicFeed) -> Held:
        """The topic's snapshot (LATEST), or its last events, in any order."""
        keys = topic_keys(self._namespace, feed.topic.name)
        is_latest = feed.topic.delivery is Delivery.LATEST
        pipe = cast(Any, client).pipeline(transaction=True)
        pipe.hmget(keys.seq, "epoch", "n", "claim")
        if is_latest:
            pipe.hvals(keys.snap)
        else:
            pipe.xrevrange(keys.log, count=feed.topic.keep)
        fields, found = await pipe.execute(raise_on_error=False)
        _check(found, "snapshot" if is_latest else "log")
        return self._held(fields, found if is_latest else payloads_of(found))

    @staticmethod
    def _held(fields: Any, payloads: list[bytes]) -> Held:
        _check(fields, "seq")
        state = read_state(fields)
        if state is None:
            raise Unreadable("its seq key does not hold what a publisher writes")
        return Held(state[0], state[1], payloads)


def _check(answer: Any, part: str) -> None:
    """Redis says of one command that it fails: for a key of the wrong type, or one that may not be read."""
    if isinstance(answer, ResponseError):
        raise Unreadable(f"its {part} key cannot be read: {str(answer)[:80]}")
    if isinstance(answer, Exception):
        raise answer
