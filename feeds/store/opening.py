"""Where the store lies when nobody says, and how a program opens it."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from feeds.store.database import Database, StoreError, sqlite_url
from feeds.store.upgrade import bring_up


def state_dir() -> Path:
    """``$XDG_STATE_HOME/live-room``, else ``~/.local/state/live-room``; mode 0700: reports carry names and numbers."""
    base = os.environ.get("XDG_STATE_HOME")
    folder = (Path(base) if base else Path.home() / ".local" / "state") / "live-room"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as problem:
        raise StoreError(f"{folder}: the store's folder cannot be made ({problem.strerror}); set XDG_STATE_HOME") from problem
    return folder


def store_url(namespace: str, city: str) -> str:
    """The SQLite file of a city's namespace in ``state_dir``."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in f"{city}-{namespace}")
    return sqlite_url(state_dir() / f"{safe}.sqlite")


@contextmanager
def opened(url: str) -> Generator[Database]:
    """The database, brought up to this program's tables; closed at the end. Raises ``StoreError``."""
    database = Database(url)
    try:
        bring_up(database)
        yield database
    finally:
        database.close()
