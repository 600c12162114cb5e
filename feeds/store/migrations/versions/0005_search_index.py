"""Searching reads an index that holds the words, not the reports themselves. On SQLite alone: PostgreSQL's index lines are too short."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = ("received_at", "id", "is_shown", "state", "category", "district", "agency", "channel", "priority", "changed_at", "search")


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.create_index("ix_reports_search", "reports", list(_COLUMNS))
