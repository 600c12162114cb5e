"""Opens the database by URL and runs units of work in it: many readers, one writer that commits what is waiting together.

A unit of work is a plain function of a connection, so that everything in it stands or falls together. Knows no table.
"""

import os
import queue
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from feeds.store.engines import StoreError, parse, reading_engine, writing_engine

__all__ = ["Closed", "Database", "StoreError", "sqlite_url"]

ResultT = TypeVar("ResultT")

MOST_TOGETHER = 64
"""Units of work in one commit: each commit waits for the disk once. PostgreSQL keeps so many savepoints at hand, no more."""

CLOSE_TIMEOUT_S = 15.0

TRY_AGAIN = frozenset({"40001", "40P01", "57P01", "57P02", "57P03"})
"""SQLSTATEs of a transaction that was undone through no fault of its own: serialization, deadlock, the server going down."""

_log = structlog.get_logger("feeds.store")


class Closed(StoreError):
    """The database has been closed; nothing more is written."""


class _Waiting(NamedTuple):
    unit: Callable[[Connection], Any]
    future: Future[Any]


class _Outcome(NamedTuple):
    future: Future[Any]
    result: Any = None
    error: BaseException | None = None


class _CommitFailed(Exception):
    """Nobody knows whether it was written."""


def sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


class Database:
    """``url``: ``sqlite:///file`` (WAL, full sync) or ``postgresql://user:password@host/name``. Close it when done.

    ``write`` may be called from any thread; its unit runs on the one writer thread, in a transaction it may share with others,
    and its result is given once that is committed. What it raises comes back to its caller and undoes it alone. When the server
    is lost in the middle, a unit is run once more: it does nothing but write to its connection.
    """

    def __init__(self, url: str) -> None:
        parsed = parse(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._files = (f"{parsed.database}", f"{parsed.database}-wal") if self.is_sqlite else ()
        self._reading = reading_engine(parsed)
        self._writing = writing_engine(parsed)
        self._units: queue.Queue[_Waiting | None] = queue.Queue()
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
            self._units.put(_Waiting(unit, future))
        return future

    def write(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        """As ``submit``, waiting."""
        if threading.current_thread() is self._writer:
            raise StoreError("a unit of work waits for another: neither would ever end; put both into one")
        return self.submit(unit).result()

    @contextmanager
    def beginning(self) -> Generator[Connection]:
        """A writing transaction of one's own, for who changes the tables themselves; committed at the end."""
        with self._writing.begin() as connection:
            yield connection

    def mark(self) -> tuple[int, ...] | None:
        """Another one once somebody, in whatever process, has begun to commit something; ``None`` where only a question would tell.

        It may come before what is committed can be read, and two commits within a few ms may share one: look for a while once it is
        another, and seldom even where it stays.
        """
        if not self._files:
            return None
        return tuple(part for file in self._files for part in _times_of(file))

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """One consistent look at what is committed; the database refuses to write in it."""
        with self._reading.begin() as connection:
            yield connection

    def read(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        with self.reading() as connection:
            return unit(connection)

    def close(self) -> None:
        """Writes what is waiting, then closes. What the database did not take within 15 s is given up, and its callers are told."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._units.put(None)
        self._writer.join(CLOSE_TIMEOUT_S)
        if self._writer.is_alive():
            self._give_up()
        self._reading.dispose()

    def _give_up(self) -> None:
        left = 0
        try:
            while True:
                waiting = self._units.get_nowait()
                if waiting is not None and waiting.future.set_running_or_notify_cancel():
                    left += 1
                    waiting.future.set_exception(Closed("the database was closed before this was written; send it again"))
        except queue.Empty:
            # For the writer, should it come back.
            self._units.put(None)
        _log.error("the store did not answer while it was closed", given_up=left)

    def _write_for_ever(self) -> None:
        try:
            self._write_until_closed()
        finally:
            self._writing.dispose()

    def _write_until_closed(self) -> None:
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
            # From here on nobody can cancel them.
            self._commit([one for one in batch if one.future.set_running_or_notify_cancel()])
            if is_last:
                return

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        try:
            try:
                outcomes = self._transact(batch)
            except DBAPIError as error:
                if not _may_be_run_again(error):
                    raise
                _log.warning("a transaction was lost and is run again", units=len(batch), problem=type(error.orig).__name__)
                outcomes = self._transact(batch)
        except Exception as error:  # the writer must live: whatever it was, the callers are told
            problem = type(error.__cause__ if isinstance(error, _CommitFailed) else error).__name__
            _log.error("nothing of a commit is known to be written", units=len(batch), problem=problem)
            said = "it is not known to be written" if isinstance(error, _CommitFailed) else "nothing was written"
            for one in batch:
                one.future.set_exception(StoreError(f"the database did not take it ({problem}): {said}; try again"))
            return
        for outcome in outcomes:
            if outcome.error is not None:
                outcome.future.set_exception(outcome.error)
            else:
                outcome.future.set_result(outcome.result)

    def _transact(self, batch: Sequence[_Waiting]) -> list[_Outcome]:
        """Nobody is told before the commit: what a unit saw of those before it could still be undone."""
        with self._writing.connect() as connection, connection.begin() as transaction:
            if len(batch) == 1:
                outcomes = [_run_alone(connection, batch[0])]
                if outcomes[0].error is not None:
                    transaction.rollback()
                    return outcomes
            else:
                outcomes = [_run_in_savepoint(connection, one) for one in batch]
            try:
                transaction.commit()
            except SQLAlchemyError as error:
                raise _CommitFailed from error
        return outcomes


def _times_of(file: str) -> tuple[int, int]:
    try:
        found = os.stat(file)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _run_alone(connection: Connection, waiting: _Waiting) -> _Outcome:
    try:
        return _Outcome(waiting.future, waiting.unit(connection))
    except BaseException as error:  # whatever a unit raises is its caller's business; the writer goes on
        _raise_what_undid_all(connection, error)
        return _Outcome(waiting.future, error=error)


def _run_in_savepoint(connection: Connection, waiting: _Waiting) -> _Outcome:
    # Not begin_nested(): after a RELEASE that failed it would not go back to its beginning.
    connection.exec_driver_sql("SAVEPOINT unit")
    try:
        result = waiting.unit(connection)
        # Fails too, on PostgreSQL, where the unit went on after an error.
        connection.exec_driver_sql("RELEASE SAVEPOINT unit")
    except BaseException as error:  # as above; the others of the batch stand
        _raise_what_undid_all(connection, error)
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT unit")
        connection.exec_driver_sql("RELEASE SAVEPOINT unit")
        return _Outcome(waiting.future, error=error)
    return _Outcome(waiting.future, result)


def _raise_what_undid_all(connection: Connection, error: BaseException) -> None:
    if isinstance(error, DBAPIError) and (_may_be_run_again(error) or connection.invalidated):
        raise error
    if isinstance(error, SQLAlchemyError):
        _log.error("a unit of work failed", problem=type(error.orig if isinstance(error, DBAPIError) else error).__name__)


def _may_be_run_again(error: DBAPIError) -> bool:
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in TRY_AGAIN
