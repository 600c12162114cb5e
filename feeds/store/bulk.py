"""Rows given as the driver takes them: the one that arrives at a door, or thousands in few statements."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Table

MOST_VALUES = 32_000
"""In one statement: SQLite takes 32,766 and PostgreSQL 65,535. While it is carried out the interpreter is free for other threads."""


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """As ``connection.execute(insert(table), ...)``, in a fraction of the time; each row holds one value a column, in their order.

    Each column's type writes its values as ever. A column that is left out, or ``None`` in every row, gets the database's own default.
    """
    by_name = list(zip(*rows, strict=True))
    if not by_name:
        return
    filled = [(name, values) for name, values in zip(columns, by_name, strict=True) if values.count(None) < len(values)]
    into, mark, processors = _plan(table, tuple(name for name, _ in filled), connection.dialect)
    by_column = [map(process, values) if process else values for process, (_, values) in zip(processors, filled, strict=True)]
    written = list(zip(*by_column, strict=True))
    at_a_time = MOST_VALUES // len(filled)
    for start in range(0, len(written), at_a_time):
        some = written[start : start + at_a_time]
        connection.exec_driver_sql(into + _marks(mark, len(filled), len(some)), tuple(chain.from_iterable(some)))


def execute_with(connection: Connection, statement: str, values: Sequence[Any], *before: Any) -> CursorResult[Any]:
    """Carries out SQL of ours in which ``{marks}`` stands for ``values``, and ``{mark}`` for each of ``before``, which come first.

    A list of a thousand is given to the driver as it is; written out by SQLAlchemy it costs more than the question.
    """
    mark = _mark(connection.dialect)
    return connection.exec_driver_sql(statement.format(mark=mark, marks=_marks(mark, len(values), 1)), (*before, *values))


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.paramstyle == "qmark" else "%s"


@lru_cache(maxsize=256)
def _plan(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, str, tuple[Callable[[Any], Any] | None, ...]]:
    """What a statement begins with, what stands in it for a value, and what writes each column's values."""
    quote = dialect.identifier_preparer.quote
    into = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, columns))}) VALUES "  # noqa: S608  names of the schema
    processors = tuple(table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns)
    return into, _mark(dialect), processors


@lru_cache(maxsize=64)
def _marks(mark: str, columns: int, rows: int) -> str:
    return ", ".join([f"({', '.join([mark] * columns)})"] * rows)
