"""Programs' keys as they come with requests: looked up in the store, and for a moment remembered. Knows no door."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from feeds.identity.keys import Scope, actor_of_key, mark_seen
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor

KNOWN_S = 1.0
"""So long a key that was good is not looked up again; withdrawn it opens nothing a second later."""

Asked = Callable[[Callable[[Connection], Any]], Awaitable[Any]]


class KnownKeys:
    """``read`` and ``write`` carry out a unit of work; ``clock`` gives aware times."""

    def __init__(self, read: Asked, write: Asked, clock: Callable[[], datetime]) -> None:
        self._read, self._write, self._clock = read, write, clock
        self._known: dict[tuple[str, Scope], tuple[Actor, float]] = {}

    async def actor(self, secret: str, scope: Scope) -> Actor | None:
        """Whom the key stands for, when it is good for ``scope``."""
        # By its digest: how long it takes to find says nothing of a key.
        known, now_s = (digest_of(secret), scope), time.monotonic()
        actor, until_s = self._known.get(known, (None, 0.0))
        if actor is None or until_s <= now_s:
            actor = await self._looked_up(secret, scope)
            if actor is not None:
                kept = {key: found for key, found in self._known.items() if found[1] > now_s}
                self._known = kept | {known: (actor, now_s + KNOWN_S)}
        return actor

    async def _looked_up(self, secret: str, scope: Scope) -> Actor | None:
        now = self._clock()
        actor: Actor | None = await self._read(lambda connection: actor_of_key(connection, secret, scope, now))
        if actor is not None:
            await self._write(lambda connection: mark_seen(connection, actor, now))
        return actor
