"""The tables of whoever was invited to the mirror, in the ``METADATA`` of all: invitations, the keys of their devices, and where
those are rung."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, Text

from feeds.store.columns import UtcTime
from feeds.store.wall_schema import METADATA

__all__ = ["DEVICE_KEYS", "INVITATIONS", "METADATA", "PUSH_SUBSCRIPTIONS"]

INVITATIONS = Table(
    "invitations",
    METADATA,
    # Of the token that stands in the link; the token itself is kept nowhere.
    Column("digest", String(64), primary_key=True),
    Column("login", String(64), ForeignKey("users.login"), nullable=False, index=True),
    Column("made_by", String(64), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Column("withdrawn_at", UtcTime),
)

DEVICE_KEYS = Table(
    "device_keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("login", String(64), ForeignKey("users.login"), nullable=False, index=True),
    # P-256, as SubjectPublicKeyInfo; the private half never leaves the device.
    Column("public_key", LargeBinary, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # When the device last proved its key.
    Column("seen_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
)
"""Devices that may open a session of the mirror; a removed one stays, so that the audit log can be read."""

PUSH_SUBSCRIPTIONS = Table(
    "push_subscriptions",
    METADATA,
    Column("device", String(16), ForeignKey("device_keys.id"), primary_key=True),
    # Whoever knows it together with the keys can ring this phone.
    Column("endpoint", Text, nullable=False),
    Column("p256dh", LargeBinary, nullable=False),
    Column("auth", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""Devices whose owners asked to be rung in an emergency."""
