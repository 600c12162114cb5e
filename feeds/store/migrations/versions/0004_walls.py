"""What walls show by whose decision, presets, and the desks' shifts."""

import sqlalchemy as sa
from alembic import op

from feeds.store.columns import UtcTime
from feeds.store.schema import NUMBER

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _walls()
    _presets()
    _desks()


def _walls() -> None:
    op.create_table(
        "walls",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("is_curtained", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Integer()),
        sa.Column("previous", sa.Integer()),
    )
    op.create_index("ix_walls_changes", "walls", ["changes"])
    op.create_table(
        "wall_decisions",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("wall", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("preset", sa.String(64), nullable=False),
        sa.Column("layout_of", sa.Integer()),
        sa.Column("layout", sa.JSON()),
        sa.Column("is_curtained", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("wall", "revision", name="uq_wall_decisions_wall_revision"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "wall_leases",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("wall", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("region", sa.JSON()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wall_leases_wall", "wall_leases", ["wall"])


def _presets() -> None:
    op.create_table(
        "wall_presets",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("layout", sa.JSON()),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
    )
    op.create_table("wall_cameras", sa.Column("id", sa.String(200), primary_key=True))


def _desks() -> None:
    op.create_table(
        "handovers",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("to", sa.String(64)),
        sa.Column("open_reports", sa.Integer(), nullable=False),
        sa.Column("late_reports", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.JSON(), nullable=False),
        sa.Column("accepted_by", sa.String(64)),
        sa.Column("accepted_at", UtcTime()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "viewings",
        sa.Column("report", sa.String(64), sa.ForeignKey("reports.id", name="fk_viewings_report_reports"), primary_key=True),
        sa.Column("login", sa.String(64), primary_key=True),
        sa.Column("until", UtcTime(), nullable=False),
    )
    op.create_index("ix_viewings_until", "viewings", ["until"])
