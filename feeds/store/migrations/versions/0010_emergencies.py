"""Which emergencies were seen, and which devices are still to be rung."""

import sqlalchemy as sa
from alembic import op

from feeds.store.columns import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "emergencies",
        sa.Column("subject", sa.String(240), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "agency", name="pk_emergencies"),
    )
    op.create_index("ix_emergencies_seen_at", "emergencies", ["seen_at"])
    op.create_table(
        "push_rings",
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device_keys.id"], name="fk_push_rings_device_device_keys"),
        sa.PrimaryKeyConstraint("device", name="pk_push_rings"),
    )
