"""What holds for every test of the doors: signing in costs little. How passwords are really kept is tests/identity's affair."""

from collections.abc import Generator
from functools import partial

import pytest
from argon2 import PasswordHasher

from feeds.identity import passwords


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """The same algorithm at its least: a hundred sign-ins of 50 ms each test the library, not the doors."""
    monkeypatch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()
