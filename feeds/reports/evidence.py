"""Whether a finish photo can be evidence: taken after the order, near the place, not used before. Judges facts of ``media``; opens no file.

A failed check blocks nothing: it marks the evidence for review (domain.md section 2).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, or_, select

from feeds.geography import great_circle_km
from feeds.reports.exif import plausible_position
from feeds.reports.records import Record
from feeds.store.schema import EVENTS, LOOK_PARTS, MEDIA

SAME_BITS = 4
"""Perceptual hashes (64 bits) that differ by no more are one picture, saved again. Fewer than there are ``LOOK_PARTS``."""

_STEPS = ("forward", "accept", "reopen")


def judge(connection: Connection, record: Record, photo: Mapping[Any, Any], *, within_m: float) -> tuple[bool, float | None]:
    """Whether the ``media`` row ``photo`` passes every check that can be made, and its distance (m) from the report where it says one.

    The row as it was before it became the finish photo: one the report came with (``before``) is no evidence.
    """
    distance_m = _distance_m(record, photo)
    is_near = distance_m is None or distance_m <= within_m
    return is_near and _is_after_order(connection, record, photo) and not _is_used(connection, record, photo), distance_m


def _distance_m(record: Record, photo: Mapping[Any, Any]) -> float | None:
    place, lon, lat = record.position, photo["taken_lon"], photo["taken_lat"]
    if place is None or lon is None or lat is None:
        return None
    lon, lat = plausible_position(lon, lat)
    if lon is None or lat is None:
        return None
    return round(great_circle_km(lon, lat, place.lon, place.lat) * 1_000, 1)


def _is_after_order(connection: Connection, record: Record, photo: Mapping[Any, Any]) -> bool:
    # A time after its own upload is a lie; what is sure is that it was taken by then.
    taken_at = min(photo["taken_at"] or photo["received_at"], photo["received_at"])
    # EXIF counts whole seconds.
    return taken_at >= _ordered_at(connection, record).replace(microsecond=0)


def _ordered_at(connection: Connection, record: Record) -> datetime:
    """The order is the last time the report was forwarded; who took it unasked ordered it himself by accepting.

    An officer may photograph what he has mended and press "accepted" only then. What went before a reopening counts no more.
    """
    query = select(EVENTS.c.kind, EVENTS.c.at).where(EVENTS.c.report == record.id, EVENTS.c.kind.in_(_STEPS))
    accepted_at: datetime | None = None
    for kind, at in connection.execute(query.order_by(EVENTS.c.number.desc())):
        if kind == "forward":
            return at
        if kind == "reopen":
            return accepted_at or at
        accepted_at = at
    return accepted_at or record.received_at


def _is_used(connection: Connection, record: Record, photo: Mapping[Any, Any]) -> bool:
    """Whether the picture came with a report, or finished this one before: the same file, or one that looks the same.

    Other attachments of this report are no use of it: an officer sends three pictures of one mended hole.
    """
    if photo["role"] == "before":
        return True
    finished_with = _finished_with(connection, record)
    if photo["hash"] in finished_with:
        return True
    is_use = (MEDIA.c.report != record.id) | (MEDIA.c.role == "before") | MEDIA.c.hash.in_(finished_with)
    others = select(MEDIA.c.perceptual).where(MEDIA.c.number != photo["number"], is_use)
    if connection.execute(others.where(MEDIA.c.hash == photo["hash"]).limit(1)).first() is not None:
        return True
    if photo["perceptual"] is None:
        return False
    wanted = int(photo["perceptual"], 16)
    seen = connection.execute(others.where(alike(photo["perceptual"]))).scalars()
    return any((wanted ^ int(bits, 16)).bit_count() <= SAME_BITS for bits in seen)


def alike(perceptual: str) -> ColumnElement[bool]:
    """Those of ``media`` that share one part at least: two that differ in no more than ``SAME_BITS`` cannot differ in all five."""
    parts = ((first, length, perceptual[first - 1 : first - 1 + length]) for first, length in LOOK_PARTS)
    return or_(*(literal_column(f"substr(perceptual, {first}, {length})") == bits for first, length, bits in parts))


def _finished_with(connection: Connection, record: Record) -> frozenset[str]:
    """The pictures of earlier finishings of this report: it was reopened since."""
    bodies = connection.execute(select(EVENTS.c.body).where(EVENTS.c.report == record.id, EVENTS.c.kind == "finish")).scalars()
    return frozenset(str(body["photo"]) for body in bodies if body.get("photo"))
