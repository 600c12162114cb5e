"""Rows that go to the driver as they are hold what the schema's own insert would have written."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import RowMapping, insert, select

from feeds.store import bulk
from feeds.store.bulk import insert_rows
from feeds.store.database import Database
from feeds.store.opening import opened
from feeds.store.schema import AUDIT, OUTBOX

AT = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
COLUMNS = ("at", "actor", "role", "action", "object", "body")


@pytest.fixture
def store(database_url: str) -> Any:
    with opened(database_url) as database:
        yield database


def rows(store: Database, table: Any = AUDIT) -> list[RowMapping]:
    return list(store.read(lambda connection: connection.execute(select(table).order_by(table.c.number)).mappings().all()))


def test_every_type_is_written_as_by_the_schema(store: Database) -> None:
    texts = ("Rp 5.000; '; DROP TABLE audit; --", '"kutip" %s ? :x', "日本 🚒")
    values: list[Any] = [
        (AT + timedelta(microseconds=n), "ani", "lead", "read", text, {"n": n, "a": [None]}) for n, text in enumerate(texts)
    ]
    store.write(lambda connection: insert_rows(connection, AUDIT, COLUMNS, values))
    store.write(lambda connection: connection.execute(insert(AUDIT), [dict(zip(COLUMNS, one, strict=True)) for one in values]))
    written = [dict(row) | {"number": 0} for row in rows(store)]
    assert written[:3] == written[3:] and [row["object"] for row in written[:3]] == list(texts)


def test_a_time_of_another_zone_is_kept_in_utc(store: Database) -> None:
    west = AT.astimezone(timezone(-timedelta(hours=9)))
    store.write(lambda connection: insert_rows(connection, AUDIT, COLUMNS, [(west, "ani", "lead", "read", "x", {})]))
    (row,) = rows(store)
    assert row["at"] == AT and row["at"].tzinfo is UTC
    with pytest.raises(ValueError, match="without a zone"):
        store.write(lambda connection: insert_rows(connection, AUDIT, COLUMNS, [(AT.replace(tzinfo=None), "ani", "lead", "read", "x", {})]))


def test_more_values_than_one_statement_takes_keep_their_order(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_VALUES", 7)
    lines = [(f"L{number}", str(number).encode() if number % 3 else None) for number in range(10)]
    store.write(lambda connection: insert_rows(connection, OUTBOX, ("report", "body"), lines))
    assert [(row["report"], row["body"]) for row in rows(store, OUTBOX)] == lines


def test_what_is_none_in_every_row_is_left_to_the_database(store: Database) -> None:
    store.write(lambda connection: insert_rows(connection, OUTBOX, ("report", "body"), [("L1", None), ("L2", None)]))
    assert [row["body"] for row in rows(store, OUTBOX)] == [None, None]


def test_nothing_writes_nothing(store: Database) -> None:
    store.write(lambda connection: insert_rows(connection, OUTBOX, ("report", "body"), []))
    assert rows(store, OUTBOX) == []


def test_rows_of_another_length_are_refused(store: Database) -> None:
    with pytest.raises(ValueError, match="argument"):
        store.write(lambda connection: insert_rows(connection, OUTBOX, ("report", "body"), [("L1", b"x"), ("L2",)]))
    with pytest.raises(ValueError, match="argument"):
        store.write(lambda connection: insert_rows(connection, OUTBOX, ("report", "body"), [("L1",)]))
    assert rows(store, OUTBOX) == []
