"""A store of its own for a test, brought up and empty: SQLite in a folder that goes with it, or a database of the session's PostgreSQL.

A test that takes the fixture ``database`` or ``both_stores`` (tests/conftest.py) runs on both.
"""

import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from feeds.store.database import Database, sqlite_url
from feeds.store.opening import opened
from tests.fakes.postgres import Cluster

KINDS = ("sqlite", "postgresql")

_CLUSTER: ContextVar[Cluster | None] = ContextVar("cluster", default=None)


@contextmanager
def stores_on(cluster: Cluster | None) -> Generator[None]:
    """Until it ends, ``a_store()`` opens its stores there (``None``: SQLite)."""
    before = _CLUSTER.set(cluster)
    try:
        yield
    finally:
        _CLUSTER.reset(before)


@contextmanager
def a_store(cluster: Cluster | None = None) -> Generator[Database]:
    """On ``cluster``, else where ``stores_on`` says, else SQLite; gone at the end."""
    # Not opened(): what it brings up has been brought up already.
    with a_store_url(cluster or _CLUSTER.get()) as url, closing(Database(url)) as database:
        yield database


@contextmanager
def a_store_url(cluster: Cluster | None = None) -> Generator[str]:
    """As ``a_store``, for programs that open it themselves: nobody has it open."""
    if cluster is None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "reports.sqlite"
            file.write_bytes(_filled_file())
            yield sqlite_url(file)
    else:
        with cluster.a_filled_database(_fill) as name:
            yield cluster.url(name)


@contextmanager
def an_empty_url(cluster: Cluster | None = None) -> Generator[str]:
    """Where a store may be made: no tables yet."""
    if cluster is None:
        with tempfile.TemporaryDirectory() as folder:
            yield sqlite_url(Path(folder) / "reports.sqlite")
    else:
        with cluster.a_database() as name:
            yield cluster.url(name)


@cache
def _filled_file() -> bytes:
    """A store's file with its tables and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reports.sqlite"
        _fill(sqlite_url(file))
        return file.read_bytes()


def _fill(url: str) -> None:
    with opened(url):
        pass
