"""Every Redis command of the publisher, typed. Knows keys and the script; decides nothing."""

import secrets
from collections.abc import Sequence
from hashlib import sha1
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from feeds.bus.ownership import Entry, OwnedTopic, Stored
from feeds.bus.script import MODE_CLAIM, MODE_PUBLISH, MODE_RESET, MODE_SHARED, SCRIPT, payloads_of, read_state, topic_keys
from feeds.messages.system import HEARTBEAT

# The name EVALSHA gives a script, not a safeguard.
_SHA = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

Answer = tuple[bool, Stored]
"""Whether the script did it, and what stands in Redis now."""


class TopicStore:
    """The topics of one namespace in Redis. Raises ``connection.LINK_ERRORS``."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = cast(Any, redis)
        self._beats = topic_keys(namespace, HEARTBEAT.name).snap

    async def send(self, owned: OwnedTopic, entries: Sequence[Entry]) -> Answer:
        """Publish ``entries`` if Redis stands where the owner believes it does."""
        seen = Stored(owned.epoch, owned.seq, owned.claim)
        if owned.is_shared:
            # Whoever comes first after a flush gives the shared topic its new epoch.
            return await self._call(owned, MODE_SHARED, seen, secrets.token_hex(8), "", entries)
        return await self._call(owned, MODE_PUBLISH, seen, owned.epoch, owned.claim, entries)

    async def reset(self, owned: OwnedTopic, entries: Sequence[Entry], *, seen: Stored, epoch: str, claim: str) -> Answer:
        """Begin ``epoch`` with ``entries`` if Redis still stands at ``seen``."""
        return await self._call(owned, MODE_RESET, seen, epoch, claim, entries)

    async def claim(self, owned: OwnedTopic, seen: Stored, claim: str) -> Answer:
        """Write ``claim`` on the topic if it still stands at ``seen``."""
        return await self._call(owned, MODE_CLAIM, seen, seen.epoch, claim, ())

    async def read(self, owned: OwnedTopic) -> tuple[Stored, list[bytes]]:
        """Where the topic stands, and the payloads of its snapshot (LATEST) or the last events, oldest first (EVERY)."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.hmget(owned.keys.seq, "epoch", "n", "claim")
        if owned.is_latest:
            pipe.hvals(owned.keys.snap)
        else:
            pipe.xrevrange(owned.keys.log, count=owned.tail.maxlen)
        fields, found = await pipe.execute(raise_on_error=False)
        if _is_foreign(fields) or _is_foreign(found):
            return _NOTHING, []
        for answer in (fields, found):
            if isinstance(answer, Exception):
                raise answer
        return _stored(fields), list(found) if owned.is_latest else payloads_of(reversed(found))

    async def look(self, topics: Sequence[OwnedTopic]) -> list[tuple[Stored, int] | ResponseError]:
        """Where each topic stands and the size of its snapshot, in one round trip; an error of one topic is its result."""
        pipe = self._redis.pipeline(transaction=False)
        for owned in topics:
            pipe.hmget(owned.keys.seq, "epoch", "n", "claim")
            pipe.hlen(owned.keys.snap)
            pipe.xrange(owned.keys.log, count=1)
        found = await pipe.execute(raise_on_error=False)
        return [_look(*answers) for answers in zip(found[::3], found[1::3], found[2::3], strict=True)]

    async def heartbeat_of(self, publisher: str) -> bytes | None:
        """The last heartbeat of ``publisher`` as it was sent."""
        return cast("bytes | None", await self._redis.hget(self._beats, publisher))

    async def _call(self, owned: OwnedTopic, mode: str, seen: Stored, epoch: str, claim: str, entries: Sequence[Entry]) -> Answer:
        keys = owned.keys
        arguments: list[Any] = [3, keys.seq, keys.log, keys.snap]
        arguments += [mode, seen.epoch, seen.n, epoch, claim, owned.topic.keep, owned.topic.delivery.value, keys.channel]
        for entry in entries:
            arguments += (entry.message.key, entry.rest, "1" if entry.is_gone else "0")
        try:
            answer = await self._redis.evalsha(_SHA, *arguments)
        except NoScriptError:
            answer = await self._redis.eval(SCRIPT, *arguments)
        return answer[0] == b"ok", _stored(answer[1:])


_NOTHING = Stored("", 0, "")


def _stored(fields: Sequence[bytes | None]) -> Stored:
    """What cannot be read counts as nothing there."""
    state = read_state(fields)
    return _NOTHING if state is None else Stored(*state)


def _is_foreign(answer: Any) -> bool:
    """Whether Redis says that a key is of another type than a publisher makes it."""
    return isinstance(answer, ResponseError) and "WRONGTYPE" in str(answer)


def _look(fields: Any, length: Any, log: Any) -> tuple[Stored, int] | ResponseError:
    if any(_is_foreign(part) for part in (fields, length, log)):
        return _NOTHING, 0
    for part in (fields, length, log):
        if isinstance(part, ResponseError):
            return part
        if isinstance(part, Exception):
            raise part
    return _stored(fields), int(length)
