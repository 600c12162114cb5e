"""A report as a door hands it in, and what it gets for it. Pure."""

import hashlib
from typing import Any

import msgspec

from feeds.messages.desk import Person
from feeds.messages.header import Position
from feeds.messages.report import Channel, Priority


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a door hands it in, already within the bounds of that door. ``retry_key``: the sender's own name for this request.

    ``pictures``: the SHA-256 of each that was sent with it, as it was sent.
    """

    source: str
    channel: Channel
    category: str
    description: str = ""
    position: Position | None = None
    address: str | None = None
    priority: Priority = Priority.NORMAL
    person: Person | None = None
    retry_key: str | None = None
    source_ref: str | None = None
    attributes: dict[str, Any] | None = None
    pictures: tuple[str, ...] = ()

    @property
    def is_anonymous(self) -> bool:
        return self.person is None or not any(msgspec.structs.astuple(self.person))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def same_digest(draft: Draft) -> str:
    """Equal for requests that say the same; attributes of no content count as none."""
    said = msgspec.structs.replace(draft, retry_key=None, attributes=draft.attributes or None, pictures=tuple(sorted(draft.pictures)))
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
