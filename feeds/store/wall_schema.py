"""The tables of walls and of who sits at the desks, in the ``METADATA`` of all. ``wall_decisions`` is append-only."""

from typing import Any

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from feeds.store.columns import UtcTime
from feeds.store.schema import METADATA, NUMBER

__all__ = ["HANDOVERS", "METADATA", "VIEWINGS", "WALLS", "WALL_CAMERAS", "WALL_DECISIONS", "WALL_LEASES", "WALL_PRESETS"]

WALLS = Table(
    "walls",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    # Counted over all walls, so that one question finds whatever moved.
    Column("changes", Integer, nullable=False, index=True),
    Column("is_curtained", Boolean, nullable=False),
    # Revisions of what was taken: what stands, and what was shown before it.
    Column("shown", Integer),
    Column("previous", Integer),
)
"""Where each wall stands: derived from its decisions and leases, kept so that whoever tells the bus asks one question."""

WALL_DECISIONS = Table(
    "wall_decisions",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("wall", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("preset", String(64), nullable=False),
    # The revision that brought the layout which stands after this one: another's, after an undo or a curtain.
    Column("layout_of", Integer),
    Column[Any]("layout", JSON(none_as_null=True)),
    Column("is_curtained", Boolean, nullable=False),
    UniqueConstraint("wall", "revision"),
    sqlite_autoincrement=True,
)

WALL_LEASES = Table(
    "wall_leases",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("wall", String(64), nullable=False, index=True),
    Column("holder", String(64), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    # A grid and a cell on it (feeds.messages.walls.Region); null: the whole wall.
    Column[Any]("region", JSON(none_as_null=True)),
    sqlite_autoincrement=True,
)
"""Who may change a wall or a part of it; what has ended goes with the next one that is asked for."""

WALL_PRESETS = Table(
    "wall_presets",
    METADATA,
    Column("key", String(64), primary_key=True),
    # Goes on counting when one is deleted and another takes its name; without a layout it is deleted.
    Column("revision", Integer, nullable=False),
    Column[Any]("layout", JSON(none_as_null=True)),
    Column("by", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
)

WALL_CAMERAS = Table("wall_cameras", METADATA, Column("id", String(200), primary_key=True))
"""The cameras that the bus tells of, as whoever tells it of walls noted them: the doors know no bus."""

HANDOVERS = Table(
    "handovers",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False),
    Column("by", String(64), nullable=False),
    Column("notes", Text, nullable=False),
    Column("to", String(64)),
    Column("open_reports", Integer, nullable=False),
    Column("late_reports", Integer, nullable=False),
    # Ids of the reports that whoever handed over had claimed.
    Column[Any]("claimed", JSON, nullable=False),
    Column("accepted_by", String(64)),
    Column("accepted_at", UtcTime),
    # The sender's own name for the request that made it.
    Column("retry_key", String(100)),
    Index("ix_handovers_retry_key", "by", "retry_key", unique=True),
    sqlite_autoincrement=True,
)

VIEWINGS = Table(
    "viewings",
    METADATA,
    Column("report", String(64), ForeignKey("reports.id"), primary_key=True),
    Column("login", String(64), primary_key=True),
    Column("until", UtcTime, nullable=False, index=True),
)
"""Who has a report open on a desk."""
