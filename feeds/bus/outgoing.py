"""What may be published and how it is worded: checks a message against its topic and turns it into JSON. Does no I/O."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from feeds.bus.ownership import Entry
from feeds.bus.script import prefix
from feeds.messages.header import CONTRACT_VERSION, MAX_MESSAGE_BYTES, Message, Quality, Topic

_PREFIX_ROOM = 96
"""Bytes kept free for seq and epoch."""

_PLACEHOLDER = prefix(0, "")


class BusRefused(Exception):
    """A message or topic that may not be published; says which topic and key, and why. Programs fix this, retries do not."""

    def __init__(self, topic: str, key: str | None, reason: str) -> None:
        where = f"topic {topic}" if key is None else f"topic {topic}, key {key[:80]!r}"
        super().__init__(f"{where}: {reason}")
        self.topic, self.key, self.reason = topic, key, reason


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """One value to publish; ``body`` ``None`` says that the key is gone. ``observed_at`` is aware."""

    key: str
    body: Any | None
    observed_at: datetime
    source: str
    quality: Quality


class _Rest(msgspec.Struct, frozen=True, kw_only=True):
    """A Message without what the script adds."""

    key: str
    source: str
    observed_at: datetime
    published_at: datetime
    quality: Quality
    v: int
    body: Any


class Wording:
    """Words messages for one namespace."""

    def __init__(self, namespace: str, clock: Callable[[], datetime]) -> None:
        self._namespace = namespace
        self._clock = clock
        self._encoder = msgspec.json.Encoder()
        self._decoders: dict[str, Callable[[bytes | str], Message[Any]]] = {}
        self._log = structlog.get_logger("feeds.bus").bind(namespace=namespace)

    def entry(self, topic: Topic[Any], one: Outgoing) -> Entry:
        """Check and word one value; ``BusRefused`` names topic, key and reason."""
        self._check(topic, one)
        rest = _Rest(
            key=one.key, source=one.source, observed_at=one.observed_at.astimezone(UTC), published_at=self._clock().astimezone(UTC),
            quality=one.quality, v=CONTRACT_VERSION, body=one.body,
        )  # fmt: skip
        try:
            payload = self._encoder.encode(rest)[1:]
        except (TypeError, ValueError, UnicodeEncodeError) as error:
            raise BusRefused(topic.name, one.key, f"cannot be written as JSON: {error}") from error
        if len(payload) + _PREFIX_ROOM > MAX_MESSAGE_BYTES:
            raise BusRefused(
                topic.name, one.key, f"{len(payload)} bytes: more than the {MAX_MESSAGE_BYTES - _PREFIX_ROOM} a message may have"
            )
        try:
            # Reading it back is how a NaN (JSON null) or a naive field is found here and not on every wall.
            message = self._decode(topic, _PLACEHOLDER + payload)
        except msgspec.MsgspecError as error:
            raise BusRefused(topic.name, one.key, f"readers could not read it: {error}") from error
        return Entry(payload, message)

    def adopt(self, topic: Topic[Any], payloads: Sequence[bytes]) -> list[Entry] | None:
        """The entries a former owner left, or ``None`` when one cannot be read: then the topic begins anew."""
        entries: list[Entry] = []
        for payload in payloads:
            try:
                message = self._decode(topic, payload)
            except msgspec.MsgspecError as error:
                self._log.warning("bus.snapshot_not_adopted", topic=topic.name, reason=str(error))
                return None
            start = prefix(message.seq, message.epoch)
            if not payload.startswith(start):
                self._log.warning("bus.snapshot_not_adopted", topic=topic.name, reason="not written by a publisher of this house")
                return None
            entries.append(Entry(payload[len(start) :], message))
        entries.sort(key=lambda entry: entry.message.seq)
        return entries

    def _check(self, topic: Topic[Any], one: Outgoing) -> None:
        if one.body is not None and not isinstance(one.body, topic.body):
            raise BusRefused(topic.name, one.key, f"carries {topic.body.__name__}, not {type(one.body).__name__}")
        if one.observed_at.tzinfo is None:
            raise BusRefused(topic.name, one.key, "observed_at has no time zone: times on the bus are aware")
        is_simulated = one.quality is Quality.SIMULATED
        if is_simulated and self._namespace == "live":
            raise BusRefused(topic.name, one.key, "simulated values may not enter the namespace 'live'")
        if not is_simulated and self._namespace == "sim":
            raise BusRefused(topic.name, one.key, "the namespace 'sim' takes simulated values only: mark it simulated")

    def _decode(self, topic: Topic[Any], payload: bytes) -> Message[Any]:
        decode = self._decoders.get(topic.name)
        if decode is None:
            decode = self._decoders[topic.name] = topic.decoder()
        return decode(payload)
