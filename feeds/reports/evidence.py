"""Whether a finish photo can be evidence: taken after the order, near the place, not used before. Judges facts of ``media``; opens no file.

A failed check blocks nothing: it marks the evidence for review (domain.md section 2).
"""

from collections.abc import Mapping
from typing import Any

import imagehash
from sqlalchemy import Connection, select

from feeds.geography import great_circle_km
from feeds.reports.records import Record
from feeds.store.schema import EVENTS, MEDIA

SAME_BITS = 4
"""Perceptual hashes (64 bits) that differ by no more are one picture, saved again."""

_ORDERED = ("forward", "accept")


def judge(connection: Connection, record: Record, photo: Mapping[Any, Any], *, within_m: float) -> tuple[bool, float | None]:
    """Whether the ``media`` row ``photo`` passes every check that can be made, and its distance (m) from the report where it says one."""
    distance_m = _distance_m(record, photo)
    is_near = distance_m is None or distance_m <= within_m
    return is_near and _is_after_order(connection, record, photo) and not _is_used(connection, record, photo), distance_m


def _distance_m(record: Record, photo: Mapping[Any, Any]) -> float | None:
    place, lon, lat = record.position, photo["taken_lon"], photo["taken_lat"]
    if place is None or lon is None or lat is None:
        return None
    return round(great_circle_km(lon, lat, place.lon, place.lat) * 1_000, 1)


def _is_after_order(connection: Connection, record: Record, photo: Mapping[Any, Any]) -> bool:
    orders = select(EVENTS.c.at).where(EVENTS.c.report == record.id, EVENTS.c.kind.in_(_ORDERED)).order_by(EVENTS.c.number.desc())
    ordered_at = connection.execute(orders).scalars().first() or record.received_at
    return (photo["taken_at"] or photo["received_at"]) >= ordered_at


def _is_used(connection: Connection, record: Record, photo: Mapping[Any, Any]) -> bool:
    """Whether the picture was another report's finish photo, or shows the same as the photo this report came with."""
    if photo["perceptual"] is None:
        return False
    wanted = imagehash.hex_to_hash(photo["perceptual"])
    others = select(MEDIA.c.perceptual).where(
        MEDIA.c.perceptual.is_not(None),
        MEDIA.c.number != photo["number"],
        (MEDIA.c.role == "after") & (MEDIA.c.report != record.id) | (MEDIA.c.role == "before") & (MEDIA.c.report == record.id),
    )
    return any(wanted - imagehash.hex_to_hash(other) <= SAME_BITS for other in connection.execute(others).scalars())
