"""Where the browser of an invited device wants to be rung in an emergency."""

import sqlalchemy as sa
from alembic import op

from feeds.store.columns import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device_keys.id"], name="fk_push_subscriptions_device_device_keys"),
        sa.PrimaryKeyConstraint("device", name="pk_push_subscriptions"),
    )
