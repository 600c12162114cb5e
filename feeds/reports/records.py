"""A report as the store keeps it, and the one place where the wall's Report is made of it: what is not copied here never leaves. Pure."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping

from feeds.messages.city import City
from feeds.messages.header import Position
from feeds.messages.report import Channel, Priority, Report, ReportState


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of ``reports`` (feeds.store.schema says what each column is)."""

    id: str
    revision: int
    state: ReportState
    category: str
    channel: Channel
    priority: Priority
    source: str
    received_at: datetime
    changed_at: datetime
    clocks_since: datetime
    handed_on_at: datetime | None = None
    category_name: str | None = None
    source_ref: str | None = None
    lon: float | None = None
    lat: float | None = None
    is_outside: bool = False
    is_shown: bool = True
    district: str | None = None
    place: str | None = None
    agency: str | None = None
    officer: str | None = None
    incident: str | None = None
    parent: str | None = None
    merged: int = 0
    description: str = ""
    address: str | None = None
    text: str | None = None
    search: str = ""
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    respond_by: datetime | None = None
    accept_by: datetime | None = None
    finish_by: datetime | None = None
    respond_risk_at: datetime | None = None
    accept_risk_at: datetime | None = None
    finish_risk_at: datetime | None = None
    responded_at: datetime | None = None
    accepted_at: datetime | None = None
    finished_at: datetime | None = None
    photo_before: str | None = None
    photo_before_at: datetime | None = None
    photo_after: str | None = None
    photo_after_at: datetime | None = None
    exemption: str | None = None
    evidence_ok: bool | None = None
    evidence_distance_m: float | None = None
    attributes: dict[str, Any] | None = None
    link_digest: str | None = None

    @property
    def position(self) -> Position | None:
        return Position(lon=self.lon, lat=self.lat) if self.lon is not None and self.lat is not None else None


def record_of(row: RowMapping) -> Record:
    return msgspec.convert({str(name): value for name, value in row.items()}, Record, strict=False)


def columns_of(record: Record) -> dict[str, Any]:
    """The row of a record, for the store."""
    return msgspec.structs.asdict(record)


def wall_report(record: Record, city: City) -> Report:
    """What the wall may see: no words of a citizen, no address, no name; the position rounded as the city wants it.

    Of a prank neither picture nor text, whoever passed them before it was known for one.
    """
    is_prank = record.state is ReportState.INVALID
    position = record.position
    if position is not None:
        digits = city.reports.position_decimals
        position = Position(lon=round(position.lon, digits), lat=round(position.lat, digits))
    return Report(
        id=record.id,
        state=record.state,
        category=record.category,
        channel=record.channel,
        priority=record.priority,
        received_at=record.received_at,
        changed_at=record.finished_at or record.changed_at,
        position=position,
        is_outside=record.is_outside,
        district=record.district,
        place=record.place,
        category_name=record.category_name,
        agency=record.agency,
        incident=record.incident,
        merged=record.merged,
        text=None if is_prank else record.text,
        photo_before=None if is_prank else record.photo_before,
        photo_before_at=record.photo_before_at,
        photo_after=None if is_prank else record.photo_after,
        photo_after_at=record.photo_after_at,
        evidence_ok=record.evidence_ok,
        evidence_distance_m=record.evidence_distance_m,
        is_exempt=record.exemption is not None,
    )
