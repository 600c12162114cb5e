"""How many reports are merged into each: the wall is told, so it is kept with the report."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("merged", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE reports SET merged = (SELECT count(*) FROM reports AS child WHERE child.parent = reports.id)"
        " WHERE id IN (SELECT parent FROM reports WHERE parent IS NOT NULL)"
    )
