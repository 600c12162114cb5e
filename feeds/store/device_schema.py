"""The tables of whoever was invited to the mirror, in the ``METADATA`` of all: invitations, the keys of their devices, where those are
rung and for what they were."""

from sqlalchemy import Column, ForeignKey, LargeBinary, String, Table, Text

from feeds.store.columns import UtcTime
from feeds.store.wall_schema import METADATA

__all__ = ["DEVICE_KEYS", "EMERGENCIES", "INVITATIONS", "METADATA", "PUSH_RINGS", "PUSH_SUBSCRIPTIONS"]

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

EMERGENCIES = Table(
    "emergencies",
    METADATA,
    # ``report ID``, ``incident ID`` or ``hazard ID``.
    Column("subject", String(240), primary_key=True),
    # Whose head is told of it; empty: whoever sees all of the city.
    Column("agency", String(64), primary_key=True),
    Column("seen_at", UtcTime, nullable=False, index=True),
)
"""Emergencies that were seen, whether they rang or were too old for it: none rings twice, whatever ends in between."""

PUSH_RINGS = Table(
    "push_rings",
    METADATA,
    Column("device", String(16), ForeignKey("device_keys.id"), primary_key=True),
    # When the newest of the emergencies was seen that it is to be rung for.
    Column("since", UtcTime, nullable=False),
)
"""Devices that are to be rung; removed once they were, or when it is too late. One call a device, however many emergencies there are."""
