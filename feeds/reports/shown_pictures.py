"""Which of a report's pictures the wall may show: the finish photo, one that somebody passed, and none that only a former category let on.

Steps of a unit of work of ``feeds.reports.service``; each gives the report back as it is from then on.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from feeds.messages.actions import Finish, PassPicture
from feeds.reports.evidence import judge
from feeds.reports.records import Record
from feeds.reports.refusals import Refused
from feeds.reports.states import MissingRequirement
from feeds.store.schema import EVENTS, MEDIA


def finished(connection: Connection, record: Record, action: Finish, *, is_photo_allowed: bool, within_m: float) -> Record:
    """With its finish photo, checked, or the exemption from it. ``is_photo_allowed``: by its category. Raises ``MissingRequirement``."""
    if action.photo is None:
        if action.exemption is None or not action.exemption.strip():
            raise MissingRequirement(f"report {record.id}: done needs a finish photo; attach one or record an exemption")
        return msgspec.structs.replace(record, exemption=action.exemption)
    row = connection.execute(select(MEDIA).where(MEDIA.c.report == record.id, MEDIA.c.hash == action.photo)).mappings().first()
    if row is None:
        raise MissingRequirement(f"report {record.id}: has no such picture; attach it first")
    connection.execute(update(MEDIA).where(MEDIA.c.number == row["number"]).values(role="after"))
    ok, distance_m = judge(connection, record, row, within_m=within_m)
    return msgspec.structs.replace(
        record,
        photo_after=_still_of(row) if row["is_passed"] or is_photo_allowed else None,
        photo_after_at=row["taken_at"] or row["received_at"],
        evidence_ok=ok,
        evidence_distance_m=distance_m,
    )


def passed(connection: Connection, record: Record, action: PassPicture) -> Record:
    """Let go to the wall, or taken off it. Raises ``Refused``."""
    where = (MEDIA.c.report == record.id, MEDIA.c.hash == action.photo)
    row = connection.execute(select(MEDIA).where(*where)).mappings().first()
    if row is None:
        raise Refused("photo", "is no picture of this report")
    connection.execute(update(MEDIA).where(*where).values(is_passed=action.is_passed))
    still, at = _still_of(row), row["taken_at"] or row["received_at"]
    field = "photo_after" if row["role"] == "after" else "photo_before"
    if action.is_passed:
        return msgspec.structs.replace(record, **{field: still, f"{field}_at": at})
    # Another picture that stands there stays.
    return msgspec.structs.replace(record, **{field: None}) if getattr(record, field) == still else record


def veiled(connection: Connection, record: Record) -> Record:
    """Takes off the wall what only the former category let on to it; what somebody passed stays."""
    steps = select(EVENTS.c.body).where(EVENTS.c.report == record.id, EVENTS.c.kind == "pass_picture").order_by(EVENTS.c.number)
    looked_at = {body["photo"]: body["is_passed"] for body in connection.execute(steps).scalars()}
    rows = connection.execute(select(MEDIA).where(MEDIA.c.report == record.id)).mappings().all()
    kept = [row for row in rows if looked_at.get(row["hash"])]
    unseen = MEDIA.c.number.not_in([row["number"] for row in kept])
    connection.execute(update(MEDIA).where(MEDIA.c.report == record.id, unseen).values(is_passed=False))
    stills = {_still_of(row) for row in kept}
    hidden = {field: None for field in ("photo_before", "photo_after") if getattr(record, field) not in stills}
    return msgspec.structs.replace(record, **hidden)


def _still_of(row: Mapping[Any, Any]) -> str:
    """What a wall can show of an attachment: the picture, or the poster of a video."""
    return row["poster"] or row["hash"]
