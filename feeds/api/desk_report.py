"""One report as the desk sees it: its line, its history, its pictures, and what can be done next. Reads the store, changes nothing."""

import msgspec
from sqlalchemy import Connection, select

from feeds.api.doors import Doors
from feeds.messages.desk import Detail, Happening, Picture
from feeds.reports import arahan
from feeds.reports.deadlines import standing
from feeds.reports.duplicates import suggestions
from feeds.reports.queue import row_of, sees_words
from feeds.reports.records import Record
from feeds.reports.roles import Actor, Permission, may
from feeds.reports.routing import suggested_agency
from feeds.reports.service import PERMISSIONS
from feeds.reports.states import steps_from
from feeds.store.schema import EVENTS, MEDIA, REPORTS

MOST_MERGED = 200


def detail(connection: Connection, doors: Doors, record: Record, actor: Actor) -> Detail:
    """All there is, as far as this actor may see it."""
    now, is_close = doors.clock(), sees_words(actor)
    pictures = _pictures(connection, record, is_close=is_close)
    merged = select(REPORTS.c.id).where(REPORTS.c.parent == record.id).order_by(REPORTS.c.id).limit(MOST_MERGED)
    alike = suggestions(connection, doors.city, record) if may(actor, Permission.MERGE) else ()
    return Detail(
        report=row_of(record, actor, now),
        description=record.description if is_close else "",
        address=record.address if is_close else None,
        attributes=record.attributes if is_close else None,
        source=record.source,
        source_ref=record.source_ref,
        exemption=record.exemption if is_close else None,
        evidence_ok=record.evidence_ok,
        evidence_distance_m=record.evidence_distance_m,
        clocks=dict(standing(record, now)),
        history=_history(connection, record.id, is_close=is_close),
        pictures=pictures,
        suggested_agency=suggested_agency(doors.city, record.category, now),
        duplicates=alike,
        merged=list(connection.execute(merged).scalars()),
        steps=steps_for(record, actor, has_pictures=bool(pictures)),
        can_claim=_may(actor, Permission.CLAIM, record),
        can_see_person=_may(actor, Permission.SEE_PERSON, record),
        instructions=arahan.of_report(connection, record.id),
    )


def steps_for(record: Record, actor: Actor, *, has_pictures: bool) -> list[str]:
    """The kinds of step this actor may take on the report as it stands."""
    open_to = steps_from(record.state)
    return [
        kind
        for kind, permission in PERMISSIONS.items()
        if kind in open_to and _may(actor, permission, record) and (kind != "pass_picture" or has_pictures)
    ]


def _may(actor: Actor, permission: Permission, record: Record) -> bool:
    return may(actor, permission, agency=record.agency, officer=record.officer)


def _history(connection: Connection, report: str, *, is_close: bool) -> list[Happening]:
    query = select(*(EVENTS.c[name] for name in Happening.__struct_fields__)).where(EVENTS.c.report == report).order_by(EVENTS.c.number)
    found = [Happening(**{str(name): value for name, value in row.items()}) for row in connection.execute(query).mappings()]
    return found if is_close else [msgspec.structs.replace(one, reason=None, body={}) for one in found]


def _pictures(connection: Connection, record: Record, *, is_close: bool) -> list[Picture]:
    query = select(*(MEDIA.c[name] for name in Picture.__struct_fields__)).where(MEDIA.c.report == record.id).order_by(MEDIA.c.number)
    found = [Picture(**{str(name): value for name, value in row.items()}) for row in connection.execute(query).mappings()]
    # Who only watches is told of what the wall may show.
    shown = {record.photo_before, record.photo_after} - {None}
    return found if is_close else [one for one in found if one.is_passed or shown & {one.hash, one.poster}]
