"""Brings a database to the tables this program knows; refuses one that is newer."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from feeds.store.database import Database
from feeds.store.device_schema import METADATA
from feeds.store.engines import StoreError, reason_of

_STEPS = Path(__file__).with_name("migrations")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_STEPS))
    config.attributes["connection"] = connection
    return config


@cache
def _steps() -> tuple[str, ...]:
    """Every step this program knows, the last one first."""
    return tuple(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def bring_up(database: Database) -> None:
    """Makes or alters the tables. Raises ``StoreError`` when the database cannot be reached or was made by a newer program.

    Two programs that start together: one makes the tables, the other waits and finds them.
    """
    steps = _steps()
    try:
        with database.beginning() as connection:
            if not database.is_sqlite:
                # An index on many rows takes longer than any question may.
                connection.exec_driver_sql("SET LOCAL statement_timeout = '30min'")
            standing = MigrationContext.configure(connection).get_current_revision()
            if standing is not None and standing not in steps:
                raise StoreError(f"the database was made by a newer Live Room (step {standing}); install that, or restore a backup")
            if standing != steps[0]:
                command.upgrade(_config(connection), "head")
            _check(connection)
    except SQLAlchemyError as problem:
        raise StoreError(f"the database cannot be opened: {reason_of(problem)}; is it running, and is its URL right?") from None


def _check(connection: Connection) -> None:
    """Whether each table has the columns this program asks for: what was made by hand, or by a program never released, is not used."""
    found = inspect(connection).get_multi_columns()
    for (_, name), columns in found.items():
        table = METADATA.tables.get(name)
        missing = {column.name for column in table.columns} - {column["name"] for column in columns} if table is not None else set[str]()
        if missing:
            raise StoreError(f"the database's table {name} has no {', '.join(sorted(missing))}; restore a backup, or begin with a new one")
