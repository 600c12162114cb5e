"""Which passkeys were made on an invited device: those never open a desk.

Told by the audit log: an invitation was redeemed at the very moment in which the passkey was made, for both are written in one transaction.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passkeys", sa.Column("is_away", sa.Boolean(), nullable=False, server_default=sa.false()))
    passkeys = sa.table("passkeys", sa.column("login"), sa.column("created_at"), sa.column("is_away", sa.Boolean()))
    audit = sa.table("audit", sa.column("actor"), sa.column("action"), sa.column("at"))
    redeemed = sa.exists().where(audit.c.action == "redeem", audit.c.actor == passkeys.c.login, audit.c.at == passkeys.c.created_at)
    op.execute(passkeys.update().where(redeemed).values(is_away=sa.true()))
