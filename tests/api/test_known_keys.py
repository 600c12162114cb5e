"""A program's key is looked up once for a moment, a wrong one each time, and one that was withdrawn opens nothing after that moment."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from feeds.api import known_keys
from feeds.api.known_keys import KNOWN_S, KnownKeys
from feeds.identity.keys import Scope, add_key, revoke_key
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database
from tests.fakes.stores import a_store

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
ADMIN = Actor(id="test", role=Role.ADMIN)


class Counted:
    """A store whose readings are counted, and a monotonic clock that a test moves."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database, self.looks, self.now_s = database, 0, 100.0
        monkeypatch.setattr(known_keys.time, "monotonic", lambda: self.now_s)
        self.keys = KnownKeys(self.read, self.write, lambda: NOW)

    async def read(self, unit: Callable[[Connection], Any]) -> Any:
        self.looks += 1
        return self.database.read(unit)

    async def write(self, unit: Callable[[Connection], Any]) -> Any:
        return self.database.write(unit)

    def is_good(self, secret: str, scope: Scope = Scope.MIRROR) -> bool:
        return asyncio.run(self.keys.actor(secret, scope)) is not None


def test_a_good_key_is_looked_up_once_a_moment_and_a_wrong_one_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_store() as database:
        key, whole = database.write(lambda it: add_key(it, "cermin", (Scope.MIRROR,), NOW, ADMIN))
        counted = Counted(database, monkeypatch)
        assert all(counted.is_good(whole) for _ in range(5)) and counted.looks == 1
        assert not counted.is_good(whole, Scope.MEDIA) and not counted.is_good(whole[:-1]) and not counted.is_good("")
        assert counted.looks == 4
        assert not counted.is_good(whole[:-1]) and counted.looks == 5, "what is wrong is not remembered, or it would fill the memory"
        database.write(lambda it: revoke_key(it, key.id, NOW, ADMIN))
        assert counted.is_good(whole), "for a moment"
        counted.now_s += KNOWN_S
        assert not counted.is_good(whole)
