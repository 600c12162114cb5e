"""Opens the database by URL and runs units of work in it: many readers, one writer that commits what is waiting together.

A unit of work is a plain function of a connection, so that everything in it stands or falls together. Knows no table.
"""

import queue
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

ResultT = TypeVar("ResultT")

BUSY_S = 10.0
"""So long a writer waits for another process' transaction."""

MOST_TOGETHER = 64
"""Units of work in one commit: on SQLite each commit waits for the disk once."""

CLOSE_TIMEOUT_S = 15.0

_log = structlog.get_logger("feeds.store")


class StoreError(RuntimeError):
    """The database cannot be used; the text says what happened and what to do, without its password."""


class Closed(StoreError):
    """The database has been closed; nothing more is written."""


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


class Database:
    """``url``: ``sqlite:///file`` (WAL, full sync) or ``postgresql+psycopg://...``. Close it when done.

    ``write`` may be called from any thread; its unit runs on the one writer thread, in a savepoint of a transaction it may share
    with others, and its result is given once that is committed. What it raises comes back to its caller and undoes it alone.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._units: queue.Queue[tuple[Callable[[Connection], Any], Future[Any]] | None] = queue.Queue()
        self._is_closed = False
        self._lock = threading.Lock()
        self._writer = threading.Thread(target=self._write_for_ever, name="store writer", daemon=True)
        self._writer.start()

    def submit(self, unit: Callable[[Connection], ResultT]) -> Future[ResultT]:
        """The unit's result, once it is on disk. Await it with ``asyncio.wrap_future``."""
        future: Future[ResultT] = Future()
        with self._lock:
            if self._is_closed:
                raise Closed("the database is closed")
            self._units.put((unit, future))
        return future

    def write(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        """As ``submit``, waiting."""
        return self.submit(unit).result()

    @contextmanager
    def beginning(self) -> Generator[Connection]:
        """A writing transaction of one's own, for who changes the tables themselves; committed at the end."""
        with self.engine.execution_options(is_writing=True).begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """One consistent look at what is committed."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    def read(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        with self.reading() as connection:
            return unit(connection)

    def close(self) -> None:
        """Writes what is waiting, then closes."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._units.put(None)
        self._writer.join(CLOSE_TIMEOUT_S)
        self.engine.dispose()

    def _write_for_ever(self) -> None:
        while (first := self._units.get()) is not None:
            batch = [first]
            is_last = False
            while len(batch) < MOST_TOGETHER and not is_last:
                try:
                    more = self._units.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    is_last = True
                else:
                    batch.append(more)
            self._commit(batch)
            if is_last:
                return

    def _commit(self, batch: list[tuple[Callable[[Connection], Any], Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self.beginning() as connection:
                for unit, future in batch:
                    if not future.set_running_or_notify_cancel():
                        continue
                    savepoint = connection.begin_nested()
                    try:
                        result = unit(connection)
                    except SQLAlchemyError as error:
                        savepoint.rollback()
                        _log.error("a unit of work failed", problem=type(error).__name__)
                        future.set_exception(error)
                    except Exception as error:  # whatever a unit raises is its caller's business; the others of the batch stand
                        savepoint.rollback()
                        future.set_exception(error)
                    else:
                        savepoint.commit()
                        done.append((future, result))
        except SQLAlchemyError as error:
            _log.error("nothing of a commit was written", units=len(batch), problem=type(error).__name__)
            for _, future in batch:
                if not future.done():
                    future.set_exception(StoreError(f"the database did not take it: {type(error).__name__}; try again"))
            return
        for future, result in done:
            future.set_result(result)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as problem:
        raise StoreError("the database's URL cannot be read; write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME") from problem
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreError("reports are never kept in memory alone; name a file: sqlite:///FILE")
        engine = create_engine(parsed, connect_args={"timeout": BUSY_S, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername != "postgresql+psycopg":
        raise StoreError(f"{parsed.get_backend_name()} is not supported; use SQLite or PostgreSQL")
    return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 10, "options": "-c statement_timeout=20000"})


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # _begin_sqlite, not the driver, says when a transaction begins: else savepoints do not hold (sqlite3's own rule of old).
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={int(BUSY_S * 1000)}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer asks for the lock at once: a reader that became one could not wait for it.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("is_writing") else "BEGIN")
