"""Brings a database to the tables this program knows; refuses one that is newer."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from feeds.store.database import Database
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
            if standing == steps[0]:
                return
            if standing is not None and standing not in steps:
                raise StoreError(f"the database was made by a newer Live Room (step {standing}); install that, or restore a backup")
            command.upgrade(_config(connection), "head")
    except SQLAlchemyError as problem:
        raise StoreError(f"the database cannot be opened: {reason_of(problem)}; is it running, and is its URL right?") from None
