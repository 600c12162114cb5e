"""What the one writer and the readers promise, on SQLite and PostgreSQL alike."""

import threading
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from feeds.store.database import Closed, Database, StoreError
from feeds.store.opening import opened
from feeds.store.schema import API_KEYS, AUDIT
from tests.fakes.postgres import Cluster

AT = datetime(2026, 11, 26, 2, tzinfo=UTC)


def note(connection: Connection, name: str) -> str:
    connection.execute(insert(AUDIT).values(at=AT, actor="ani", role="admin", action="test", object=name, body={}))
    return name


def add_key(connection: Connection, key: str, digest: str) -> None:
    connection.execute(insert(API_KEYS).values(id=key, digest=digest, label="x", scopes=[], created_at=AT))


def noted(database: Database) -> list[str]:
    return database.read(lambda connection: list(connection.execute(select(AUDIT.c.object).order_by(AUDIT.c.number)).scalars()))


class Held:
    """Keeps the writer busy until ``go``, so that what is submitted meanwhile is one batch."""

    def __init__(self, database: Database) -> None:
        self.go = threading.Event()
        self._has_begun = threading.Event()
        self._future = database.submit(self._wait)
        assert self._has_begun.wait(10)

    def _wait(self, connection: Connection) -> None:
        self._has_begun.set()
        assert self.go.wait(10)

    def release(self) -> None:
        self.go.set()
        self._future.result(10)


def test_one_failing_unit_of_a_batch_undoes_itself_alone(database: Database) -> None:
    def half(connection: Connection) -> None:
        note(connection, "undone")
        raise KeyError("mine")

    def twice(connection: Connection) -> None:
        note(connection, "undone too")
        add_key(connection, "a", "same")
        add_key(connection, "b", "same")

    def goes_on_after_an_error(connection: Connection) -> None:
        note(connection, "gone on")
        with suppress(DBAPIError):
            connection.execute(text("SELECT nothing FROM nowhere"))

    held = Held(database)
    first = database.submit(lambda connection: note(connection, "first"))
    failed, doubled = database.submit(half), database.submit(twice)
    careless = database.submit(goes_on_after_an_error)
    last = database.submit(lambda connection: note(connection, "last"))
    held.release()
    assert (first.result(10), last.result(10)) == ("first", "last")
    with pytest.raises(KeyError, match="mine"):
        failed.result(10)
    with pytest.raises(IntegrityError):
        doubled.result(10)
    if database.is_sqlite:
        careless.result(10)
    else:
        with pytest.raises(SQLAlchemyError):
            careless.result(10)
    assert noted(database) == (["first", "gone on", "last"] if database.is_sqlite else ["first", "last"])


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_lone_unit_that_fails_leaves_nothing_and_the_writer_alive(database: Database, error: type[BaseException]) -> None:
    def unit(connection: Connection) -> None:
        note(connection, "undone")
        raise error

    with pytest.raises(error):
        database.write(unit)
    database.write(lambda connection: note(connection, "after"))
    assert noted(database) == ["after"]


def test_nobody_is_told_before_the_commit(database: Database) -> None:
    """An error that comes of what an earlier unit wrote is true only once that stands."""
    seen: list[tuple[bool, bool]] = []
    held = Held(database)
    first = database.submit(lambda connection: note(connection, "first"))

    def fails(connection: Connection) -> None:
        raise KeyError

    second: Future[None] = database.submit(fails)
    third = database.submit(lambda connection: seen.append((first.done(), second.done())))
    held.release()
    third.result(10)
    assert seen == [(False, False)]


def test_a_cancelled_unit_is_not_run_and_a_running_one_cannot_be_cancelled(database: Database) -> None:
    held = Held(database)
    cancelled = database.submit(lambda connection: note(connection, "cancelled"))
    other = database.submit(lambda connection: other.cancel())
    assert cancelled.cancel()
    held.release()
    assert other.result(10) is False
    assert noted(database) == []


def test_close_writes_what_is_waiting_and_takes_no_more(database: Database) -> None:
    held = Held(database)
    waiting = [database.submit(lambda connection, name=str(number): note(connection, name)) for number in range(150)]
    closing = threading.Thread(target=database.close)
    closing.start()
    held.release()
    closing.join(20)
    assert not closing.is_alive()
    assert [future.result(0) for future in waiting] == [str(number) for number in range(150)]
    with pytest.raises(Closed):
        database.write(lambda connection: note(connection, "late"))
    database.close()


def test_close_tells_those_whom_a_stuck_writer_never_reached(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.store.database.CLOSE_TIMEOUT_S", 0.2)
    held = Held(database)
    waiting = database.submit(lambda connection: note(connection, "never"))
    database.close()
    with pytest.raises(Closed, match="send it again"):
        waiting.result(0)
    held.release()


def test_a_unit_that_waits_for_another_is_told_instead_of_hanging(database: Database) -> None:
    with pytest.raises(StoreError, match="put both into one"):
        database.write(lambda connection: database.write(lambda inner: note(inner, "inner")))


def test_times_come_back_in_utc(database: Database) -> None:
    wib = timezone(timedelta(hours=7))
    given = datetime(2026, 11, 26, 9, 30, 15, 123456, tzinfo=wib)

    def unit(connection: Connection) -> datetime:
        connection.execute(insert(AUDIT).values(at=given, actor="ani", role="admin", action="t", object="o", body={}))
        query = select(AUDIT.c.at).where(AUDIT.c.at >= given, AUDIT.c.at < given + timedelta(microseconds=1))
        return connection.execute(query).scalar_one()

    found = database.write(unit)
    assert (found, found.utcoffset()) == (given, timedelta(0))

    def bare(connection: Connection) -> None:
        connection.execute(insert(AUDIT).values(at=datetime(2026, 1, 1), actor="a", role="admin", action="t", object="o", body={}))  # noqa: DTZ001

    with pytest.raises(SQLAlchemyError, match="without a zone"):
        database.write(bare)


def test_a_reader_sees_one_state(database: Database) -> None:
    count = select(func.count()).select_from(AUDIT)
    database.write(lambda connection: note(connection, "before"))
    with database.reading() as connection:
        assert connection.execute(count).scalar_one() == 1
        database.write(lambda writing: note(writing, "meanwhile"))
        assert connection.execute(count).scalar_one() == 1
    assert noted(database) == ["before", "meanwhile"]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as connection:
        note(connection, "by a reader")
    assert noted(database) == []


def test_many_readers_at_once_get_their_turn(database: Database) -> None:
    found: list[int] = []

    def look() -> None:
        found.extend(len(noted(database)) for _ in range(5))

    readers = [threading.Thread(target=look) for _ in range(40)]
    for reader in readers:
        reader.start()
    for number in range(20):
        database.write(lambda connection, number=number: note(connection, str(number)))
    for reader in readers:
        reader.join(30)
    assert len(found) == 200


def test_no_error_carries_what_a_row_holds(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    def unit(connection: Connection) -> None:
        add_key(connection, "a", "MARKED-0811")
        add_key(connection, "b", "MARKED-0811")

    with pytest.raises(IntegrityError) as caught:
        database.write(unit)
    assert "MARKED" not in str(caught.value) and "MARKED" not in repr(caught.value.orig)
    shown = capsys.readouterr()
    assert "MARKED" not in shown.out + shown.err


def test_a_connection_lost_in_a_unit_costs_nobody_their_report(postgres: Cluster) -> None:
    """The server ends the writer's session in the middle: the batch is run again, each unit stands once."""
    with postgres.a_database() as name, opened(postgres.url(name)) as database:
        runs: list[int] = []

        def loses_it(connection: Connection) -> str:
            runs.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
            if len(runs) == 1:
                postgres.run(f"SELECT pg_terminate_backend({runs[0]}, 5000)")
            return note(connection, "second")

        held = Held(database)
        first = database.submit(lambda connection: note(connection, "first"))
        second = database.submit(loses_it)
        third = database.submit(lambda connection: note(connection, "third"))
        held.release()
        assert [one.result(20) for one in (first, second, third)] == ["first", "second", "third"]
        assert len(runs) == 2 and noted(database) == ["first", "second", "third"]


def test_a_commit_that_fails_is_told_to_all_of_it(postgres: Cluster) -> None:
    with postgres.a_database() as name, opened(postgres.url(name)) as database:
        rule = "ALTER TABLE sessions ALTER CONSTRAINT fk_sessions_login_users DEFERRABLE INITIALLY DEFERRED"
        with database.beginning() as connection:
            connection.exec_driver_sql(rule)

        def nobodys(connection: Connection) -> None:
            connection.execute(
                text("INSERT INTO sessions VALUES ('d', 'nobody', 'c', now(), now(), now(), NULL)"),
            )

        held = Held(database)
        futures = [database.submit(lambda connection: note(connection, "with it")), database.submit(nobodys)]
        held.release()
        for future in futures:
            with pytest.raises(StoreError, match="not known to be written"):
                future.result(10)
        database.write(lambda connection: note(connection, "after"))
        assert noted(database) == ["after"]
