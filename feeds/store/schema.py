"""The tables, those of walls and of invited devices apart (``feeds.store.wall_schema``, ``feeds.store.device_schema``). ``intake``,
``events`` and ``audit`` are append-only: nothing in this project updates or deletes their rows.

Personal data stands in these alone; who erases a citizen's goes through all of them, and none goes to the bus as it
stands (``feeds.reports.outbox`` takes ``outbox.body``, made by ``feeds.reports.records``):

- ``persons``, whole; ``fetches.url``, which a sender chose;
- of ``reports``: ``description`` and ``address``, ``search``, which repeats both word for word, ``attributes``, which is whatever an app
  sends, ``source_ref``, ``exemption``, and ``lon`` and ``lat`` to the metre;
- typed at desks by people who should name no citizen there, and shown on walls: titles and options in ``wall_decisions.layout`` and
  ``wall_presets.layout``;
- free texts of desks: ``events.reason``, ``events.body``, ``instructions.text``, ``wall_decisions.reason``, ``handovers.notes``;
- ``media.taken_at``, ``media.taken_lon``, ``media.taken_lat``, and what the pictures and videos themselves show;
- of the house's own people: ``users.name``, ``sessions.device``, ``passkeys.label``, ``device_keys.label``,
  ``push_subscriptions.endpoint``.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Computed,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeEngine

from feeds.store.columns import UtcTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NUMBER: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column that is called INTEGER."""

INTAKE = Table(
    "intake",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("report", String(64), nullable=False, unique=True),
    Column("source", String(64), nullable=False),
    Column("received_at", UtcTime, nullable=False, index=True),
    # What makes a retry the same request: the sender's own key, else a digest of what was sent.
    Column("retry_key", String(200), nullable=True),
    Column("digest", String(64), nullable=True),
    UniqueConstraint("source", "retry_key"),
    Index("ix_intake_source_digest", "source", "digest"),
    sqlite_autoincrement=True,
)
"""Every report that was ever taken in, once; ``received`` is counted here."""

_MERGED = text("parent IS NOT NULL")
_IS_CLAIMED = text("claimed_by IS NOT NULL")
_IS_OF_AN_INCIDENT = text("incident IS NOT NULL")
_IS_DUE = text("due_at IS NOT NULL")
_NEXT = """CASE
WHEN state NOT IN ('new', 'forwarded', 'working', 'reopened') THEN NULL
WHEN responded_at IS NULL AND respond_by IS NOT NULL THEN {}
WHEN accepted_at IS NULL AND accept_by IS NOT NULL THEN {}
ELSE {} END"""
"""The rule of ``feeds.reports.deadlines`` for the database: the first clock of an open report that still runs. A report's clocks end in the
order answer, acceptance, completion, so the first that runs is the worst."""
_NEVER = "'9000-01-01 00:00:00.000000'"
_SEARCHED = (
    "received_at", "id", "is_shown", "state", "category", "district", "agency", "channel", "priority", "changed_at", "search",
)  # fmt: skip

REPORTS = Table(
    "reports",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("category", String(64), nullable=False),
    Column("category_name", String(200)),
    Column("channel", String(16), nullable=False),
    Column("priority", String(10), nullable=False),
    Column("source", String(64), nullable=False),
    Column("source_ref", String(200)),
    Column("received_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False, index=True),
    # From when on its clocks run: its arrival, or its last reopening.
    Column("clocks_since", UtcTime, nullable=False),
    # Acceptance counts from here on where an agency that had accepted it passed it on to another.
    Column("handed_on_at", UtcTime),
    Column[float]("lon", Float),
    Column[float]("lat", Float),
    Column("is_outside", Boolean, nullable=False, default=False),
    # False once its source no longer tells of it: it stays here, and leaves the wall.
    Column("is_shown", Boolean, nullable=False, default=True),
    Column("district", String(32)),
    Column("place", String(200)),
    Column("agency", String(64)),
    Column("officer", String(64)),
    Column("incident", String(64)),
    Column("parent", String(64)),
    # How many have this one as their parent.
    Column("merged", Integer, nullable=False, default=0, server_default="0"),
    # The citizen's own words and address; ``text`` is what an operator passed for the wall.
    Column("description", Text, nullable=False, default=""),
    Column("address", Text),
    Column("text", Text),
    Column("search", Text, nullable=False, default=""),
    Column("claimed_by", String(64)),
    Column("claimed_until", UtcTime),
    Column("respond_by", UtcTime),
    Column("accept_by", UtcTime),
    Column("finish_by", UtcTime),
    # From when on a share of the time up to each of these is gone.
    Column("respond_risk_at", UtcTime),
    Column("accept_risk_at", UtcTime),
    Column("finish_risk_at", UtcTime),
    Column("responded_at", UtcTime),
    Column("accepted_at", UtcTime),
    Column("finished_at", UtcTime),
    # Kept by the database: when its next clock ends, and from when on it is at risk. Of closed ones null, of an open one without a clock
    # the year 9000, so that it stands last.
    Column("due_at", UtcTime, Computed(_NEXT.format("respond_by", "accept_by", f"coalesce(finish_by, {_NEVER})"))),
    Column("risk_at", UtcTime, Computed(_NEXT.format("respond_risk_at", "accept_risk_at", "finish_risk_at"))),
    Column("photo_before", String(64)),
    Column("photo_before_at", UtcTime),
    Column("photo_after", String(64)),
    Column("photo_after_at", UtcTime),
    Column("exemption", Text),
    Column("evidence_ok", Boolean),
    Column[float]("evidence_distance_m", Float),
    Column[Any]("attributes", JSON),
    # Opens the public status page of this report; only its digest is kept.
    Column("link_digest", String(64), unique=True),
    Index("ix_reports_source_ref", "source", "source_ref"),
    # Answers every filter of the desk's queue without reading the reports themselves (feeds.reports.queue), and the state alone too.
    Index(
        "ix_reports_queue", "state", "received_at", "category", "district", "agency", "channel", "priority", "is_shown", "changed_at", "id"
    ),
    # Words are searched for by reading all of them, here and not in the reports, which takes a sixth of the time. PostgreSQL refuses index
    # lines as long as what citizens write, and reads with several processes.
    # It begins with the time of arrival, for which PostgreSQL has an index of its own.
    Index("ix_reports_search", *_SEARCHED).ddl_if(dialect="sqlite"),
    Index("ix_reports_received_at", "received_at").ddl_if(dialect="postgresql"),
    # What lies near a new report is asked at each arrival; serves for the category alone too.
    Index("ix_reports_near", "category", "lat", "lon", "received_at"),
    Index("ix_reports_parent", "parent", sqlite_where=_MERGED, postgresql_where=_MERGED),
    # The queue as most desks ask for it, what is due first; and its other filters.
    Index(
        "ix_reports_due",
        "due_at",
        "id",
        "is_shown",
        "state",
        "category",
        "district",
        "agency",
        "channel",
        "priority",
        "received_at",
        "changed_at",
        "claimed_by",
        "claimed_until",
        "risk_at",
        sqlite_where=_IS_DUE,
        postgresql_where=_IS_DUE,
    ),
    Index("ix_reports_claimed", "claimed_by", "claimed_until", sqlite_where=_IS_CLAIMED, postgresql_where=_IS_CLAIMED),
    Index("ix_reports_incident", "incident", sqlite_where=_IS_OF_AN_INCIDENT, postgresql_where=_IS_OF_AN_INCIDENT),
)
"""What each report has become: derived from ``events``, kept so that a queue is one query."""

PERSONS = Table(
    "persons",
    METADATA,
    Column("report", String(64), ForeignKey("reports.id"), primary_key=True),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("phone", Text),
    Column("email", Text),
    Column("device_id", Text),
    Column("account_id", Text),
)
"""Who reported. Reading a row is written into ``audit``."""

EVENTS = Table(
    "events",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("report", String(64), ForeignKey("reports.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
    Column("role", String(12), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("before", String(12)),
    Column("after", String(12), nullable=False),
    Column("reason", Text),
    # What the step carried, as its action says it (feeds.messages.actions).
    Column[Any]("body", JSON, nullable=False),
    UniqueConstraint("report", "revision"),
    sqlite_autoincrement=True,
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("report", String(64), nullable=False),
    # The wall's Report as JSON, as of this event; null: withdrawn.
    Column("body", LargeBinary),
    sqlite_autoincrement=True,
)
"""What the bus has not been told yet; written with the event, removed when Redis or the publisher has it."""

LOOK_PARTS = ((1, 3), (4, 3), (7, 3), (10, 3), (13, 4))
"""Where each part of ``media.perceptual`` begins, and its length: each has an index, so that what looks alike is found by the part that is
the same (feeds.reports.evidence)."""

MEDIA = Table(
    "media",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("report", String(64), ForeignKey("reports.id"), nullable=False, index=True),
    # SHA-256 of the re-encoded file on disk, and of what was sent.
    Column("hash", String(64), nullable=False, index=True),
    Column("original", String(64), nullable=False),
    Column("role", String(12), nullable=False),  # before, after, other
    Column("mime", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("poster", String(64)),
    # 64 bits, hex.
    Column("perceptual", Text),
    Column("taken_at", UtcTime),
    Column[float]("taken_lon", Float),
    Column[float]("taken_lat", Float),
    Column("received_at", UtcTime, nullable=False),
    Column("is_passed", Boolean, nullable=False, default=False),
    *(Index(f"ix_media_look_{first}", text(f"substr(perceptual, {first}, {length})")) for first, length in LOOK_PARTS),
    sqlite_autoincrement=True,
)
"""Attachments: the file lies on disk under its hash; ``is_passed``: an operator or its category allows it on the wall."""

FETCHES = Table(
    "fetches",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("report", String(64), ForeignKey("reports.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    # Who handed the report in: the picture is attached in that name.
    Column("actor", String(64), nullable=False),
    Column("role", String(12), nullable=False),  # of the picture, as in media
    # How often it was taken up again: what kills the process that opens it is given up in the end.
    Column("tries", Integer, nullable=False, default=0),
    sqlite_autoincrement=True,
)
"""Pictures that reports point to and that are not here yet: written with the report, removed with the picture or the note of why not."""

INSTRUCTIONS = Table(
    "instructions",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("report", String(64), ForeignKey("reports.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("by", String(64), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("due_on", String(10), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    sqlite_autoincrement=True,
)
"""Arahan: a leader's instruction on a report, with an owner and a date (ISO, local)."""

USERS = Table(
    "users",
    METADATA,
    Column("login", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(12), nullable=False),
    Column("agency", String(64)),
    Column("password", Text),
    Column("is_active", Boolean, nullable=False, default=True),
    Column("created_at", UtcTime, nullable=False),
    # The password was handed over by somebody else: it opens nothing but the door where another is set.
    Column("must_change", Boolean, nullable=False, default=False),
)

SIGN_IN_FAILURES = Table(
    "sign_in_failures",
    METADATA,
    Column("login", String(64), ForeignKey("users.login"), primary_key=True),
    # An address or its network, a device that is known, or "" for everywhere together.
    Column("origin", String(80), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("locked_until", UtcTime),
)
"""Wrong passwords since the last right one, by whence they came."""

DEVICES = Table(
    "devices",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("login", String(64), ForeignKey("users.login"), primary_key=True),
    Column("seen_at", UtcTime, nullable=False),
)
"""Browsers in which somebody has signed in: no lock of an address holds for them."""

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("login", String(64), ForeignKey("users.login"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    # What the browser calls itself.
    Column("device", Text),
    # Of one that is bound to an invited device (feeds.store.device_schema): it is honoured only together with the mirror's own key.
    Column("device_key", String(16)),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column[Any]("scopes", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
    Column("seen_at", UtcTime),
)

PASSKEYS = Table(
    "passkeys",
    METADATA,
    Column("id", String(400), primary_key=True),
    Column("login", String(64), ForeignKey("users.login"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # Made on an invited device: it opens sessions that are bound to one, never a desk.
    Column("is_away", Boolean, nullable=False, default=False, server_default=false()),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", String(64), nullable=False, index=True),
    Column("role", String(12), nullable=False),
    Column("action", String(48), nullable=False),
    Column("object", String(200), nullable=False),
    Column[Any]("body", JSON, nullable=False),
    sqlite_autoincrement=True,
)
"""Who did or read what, when. ``body`` never carries a secret or a citizen's data."""
