"""How closely the way of an officer is followed from outside the room. Pure: messages and times are handed in."""

from typing import Any

import msgspec

from feeds.messages.field import Officer
from feeds.messages.header import Message

OFFICER_EVERY_S = 5.0
"""An officer's way is followed no closer than this; whose he is, and on what task, is told at once."""


class Followed:
    """What is told of each officer who may be seen."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[float, Message[Any]]] = {}

    def newest(self, key: str) -> Message[Any] | None:
        """As it is told now; ``None``: he is not followed."""
        return self._told.get(key, (0.0, None))[1]

    def take(self, key: str, message: Message[Any] | None, now_s: float) -> bool:
        """The newest message; ``None``: he is not to be seen any more. Whether some of it is still to be told, later."""
        if message is None or message.body is None:
            self._told.pop(key, None)
            return False
        told_s, told = self._told.get(key, (0.0, None))
        if told is None or told.body is None or now_s - told_s >= OFFICER_EVERY_S:
            self._told[key] = now_s, message
            return False
        held = _where(message.body, told.body)
        if held != told.body:
            self._told[key] = told_s, msgspec.structs.replace(message, body=held)
        return held != message.body


def _where(body: Officer, told: Officer) -> Officer:
    """The officer where he was told to be."""
    return msgspec.structs.replace(body, position=told.position, position_at=told.position_at, seen_at=told.seen_at)
