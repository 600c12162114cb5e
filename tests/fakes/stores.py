"""A store of its own for a test: SQLite in a folder that goes with it."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from feeds.store.database import Database, sqlite_url
from feeds.store.opening import opened


@contextmanager
def a_store() -> Generator[Database]:
    """Brought up, empty, and gone at the end."""
    with tempfile.TemporaryDirectory() as folder, opened(sqlite_url(Path(folder) / "reports.sqlite")) as database:
        yield database
