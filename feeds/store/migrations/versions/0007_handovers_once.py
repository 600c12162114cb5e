"""A handover has the key its sender gave it: sent again because the answer was lost, it is not written a second time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("handovers", sa.Column("retry_key", sa.String(100)))
    op.create_index("ix_handovers_retry_key", "handovers", ["by", "retry_key"], unique=True)
