"""Alembic's entry: runs the steps on the connection that ``feeds.store.upgrade`` hands in."""

from alembic import context

from feeds.store.device_schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
context.run_migrations()
