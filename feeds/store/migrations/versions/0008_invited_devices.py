"""Who was invited to the mirror, the keys of their devices, and which session is bound to one."""

import sqlalchemy as sa
from alembic import op

from feeds.store.columns import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime()),
        sa.Column("withdrawn_at", UtcTime()),
        sa.ForeignKeyConstraint(["login"], ["users.login"], name="fk_invitations_login_users"),
        sa.PrimaryKeyConstraint("digest", name="pk_invitations"),
    )
    op.create_index("ix_invitations_login", "invitations", ["login"])
    op.create_table(
        "device_keys",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("removed_at", UtcTime()),
        sa.ForeignKeyConstraint(["login"], ["users.login"], name="fk_device_keys_login_users"),
        sa.PrimaryKeyConstraint("id", name="pk_device_keys"),
    )
    op.create_index("ix_device_keys_login", "device_keys", ["login"])
    op.add_column("sessions", sa.Column("device_key", sa.String(16)))
