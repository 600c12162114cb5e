"""When each open report is due next, kept by the database itself, with an index that has the desk's queue in that order; and indexes of
what few reports have."""

import sqlalchemy as sa
from alembic import op

from feeds.store.columns import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NEXT = """CASE
WHEN state NOT IN ('new', 'forwarded', 'working', 'reopened') THEN NULL
WHEN responded_at IS NULL AND respond_by IS NOT NULL THEN {}
WHEN accepted_at IS NULL AND accept_by IS NOT NULL THEN {}
ELSE {} END"""
_DUE = _NEXT.format("respond_by", "accept_by", "coalesce(finish_by, '9000-01-01 00:00:00.000000')")
_RISK = _NEXT.format("respond_risk_at", "accept_risk_at", "finish_risk_at")
_COLUMNS = (
    "due_at", "id", "is_shown", "state", "category", "district", "agency", "channel", "priority", "received_at", "changed_at", "claimed_by",
    "claimed_until", "risk_at",
)  # fmt: skip


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        # It writes every report anew for a column of this kind: once for both.
        op.execute(
            f"ALTER TABLE reports ADD COLUMN due_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS ({_DUE}) STORED,"
            f" ADD COLUMN risk_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS ({_RISK}) STORED"
        )
    else:
        op.add_column("reports", sa.Column("due_at", UtcTime(), sa.Computed(_DUE)))
        op.add_column("reports", sa.Column("risk_at", UtcTime(), sa.Computed(_RISK)))
    _index("ix_reports_due", list(_COLUMNS), "due_at IS NOT NULL")
    _index("ix_reports_claimed", ["claimed_by", "claimed_until"], "claimed_by IS NOT NULL")
    _index("ix_reports_incident", ["incident"], "incident IS NOT NULL")
    if op.get_context().dialect.name == "sqlite":
        # ix_reports_search begins with the same column.
        op.drop_index("ix_reports_received_at", "reports")


def _index(name: str, columns: list[str], condition: str) -> None:
    op.create_index(name, "reports", columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
