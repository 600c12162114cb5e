"""A store's two engines, by URL: one to read, one to write; and what each is told so that SQLite and PostgreSQL keep the same promises.

No error of theirs carries a value of a row or a password. Knows no table.
"""

from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

BUSY_S = 10.0
"""So long a writer waits for another process' transaction, and a reader for a connection."""

READERS = 16
"""Connections for readers, of one process; who comes when all are taken waits."""

_WRITERS_LOCK = 3671
_POSTGRESQL = {
    "connect_timeout": 10,
    "application_name": "live-room",
    # A line that was cut without a word is noticed within 25 s; nothing waits for ever.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "options": f"-c statement_timeout=20000 -c lock_timeout={int(BUSY_S * 1000)} -c idle_in_transaction_session_timeout=60000",
}


class StoreError(RuntimeError):
    """The database cannot be used; the text says what happened and what to do, without its password."""


def parse(url: str) -> URL:
    """Raises ``StoreError`` when it is no URL of a store."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # What they say would show a part of the URL.
        raise StoreError(
            "the database's URL cannot be read; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, "
            "with @ : / of a password as %40 %3A %2F"
        ) from None
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database in (None, "", ":memory:"):
            raise StoreError("reports are never kept in memory alone; name a file: sqlite:///FILE")
    elif parsed.drivername != "postgresql+psycopg":
        raise StoreError(f"{parsed.get_backend_name()} is not supported; use SQLite or PostgreSQL")
    elif "@" in (parsed.host or ""):
        raise StoreError("the database's URL has two @; write that of a password as %40")
    return parsed


def reading_engine(url: URL) -> Engine:
    """Each of its transactions is one state of the database, and can change nothing."""
    engine = _engine(url, pool_size=READERS // 2, max_overflow=READERS // 2, pool_timeout=BUSY_S)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _refuse_writing)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _look_at_one_state)
    return engine


def writing_engine(url: URL) -> Engine:
    """Only one transaction of it is open at a time in all processes, so that what is numbered in one is committed in that order."""
    engine = _engine(url, pool_size=1, max_overflow=2, pool_timeout=BUSY_S)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _give_room)
        event.listen(engine, "begin", _begin_alone)
    else:
        event.listen(engine, "begin", _take_the_lock)
    return engine


def reason_of(problem: Exception) -> str:
    """What a database's error says, for a person: its first line."""
    said = str(problem.orig) if isinstance(problem, DBAPIError) else str(problem)
    return said.strip().partition("\n")[0] or type(problem).__name__


def _engine(url: URL, **pool: Any) -> Engine:
    if url.get_backend_name() == "sqlite":
        connect: dict[str, Any] = {"timeout": BUSY_S, "check_same_thread": False}
        engine = create_engine(url, connect_args=connect, hide_parameters=True, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    # What the URL says itself goes first.
    connect = {name: value for name, value in _POSTGRESQL.items() if name not in url.query}
    engine = create_engine(url, connect_args=connect, hide_parameters=True, pool_pre_ping=True, **pool)
    event.listen(engine, "handle_error", _without_values)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # We, not the driver, say when a transaction begins: else savepoints do not hold (sqlite3's own rule of old).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={int(BUSY_S * 1000)}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _refuse_writing(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON").close()


def _give_room(connection: Any, _record: Any) -> None:
    # KiB. With SQLite's 2 MB the indexes of a few thousand reports written at once are read back from disk over and over.
    connection.execute("PRAGMA cache_size=-32000").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_alone(connection: Connection) -> None:
    # Asks for the lock at once: a reader that became a writer could not wait for it.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _take_the_lock(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")


def _look_at_one_state(connection: Any, _record: Any) -> None:
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True


def _without_values(context: ExceptionContext) -> None:
    # PostgreSQL's DETAIL quotes the row: a citizen's words and number would reach a log.
    told, original = context.sqlalchemy_exception, context.original_exception
    if isinstance(told, DBAPIError) and isinstance(original, psycopg.Error) and original.diag.message_primary is not None:
        original.args = (original.diag.message_primary,)
        told.args = (f"({type(original).__name__}) {original.diag.message_primary}",)
