"""Indexes that answered nothing others do not: each was written with every report that arrives."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Its rows are found by the constraint on report and revision.
    op.drop_index("ix_events_report", "events")
    for name in ("agency", "district", "incident", "officer", "parent"):
        op.drop_index(f"ix_reports_{name}", "reports")
    merged = sa.text("parent IS NOT NULL")
    op.create_index("ix_reports_parent", "reports", ["parent"], sqlite_where=merged, postgresql_where=merged)
