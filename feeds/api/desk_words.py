"""What the desk's doors share: reading revisions and times as they are sent, and refusing what no database takes. Knows no table."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.reports.records import Record
from feeds.reports.refusals import Unknown
from feeds.reports.roles import Actor, Forbidden, Permission, may, rights

MOST_BYTES = 1024 * 1024
"""Of one request to the desk: text alone. Many steps at once may take four times that."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_YEAR = 9000


def require(actor: Actor, permission: Permission) -> None:
    """Whether the role may do this at all; raises ``Forbidden``."""
    if permission not in rights(actor):
        raise Forbidden(actor, permission)


def seen(connection: Connection, doors: Doors, report: str, actor: Actor) -> Record:
    """The report, if this actor may see it; another agency's is as unknown as none. Raises ``Forbidden``, ``Unknown``."""
    require(actor, Permission.SEE_QUEUE)
    record = doors.reports.get(connection, report)
    if not may(actor, Permission.SEE_QUEUE, agency=record.agency, officer=record.officer):
        raise Unknown(f"there is no report {report}")
    return record


def revision_of(if_match: str | None) -> int:
    """The revision an ``If-Match`` header names, as ``"3"``, ``W/"3"`` or ``3``. Raises ``ApiError`` 428 without one, 400 for any other."""
    if if_match is None:
        raise ApiError(428, "precondition_required", "send the revision you have seen in the header If-Match", field="If-Match")
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise ApiError(400, "bad_value", 'If-Match: is no revision; send one number, as "3"', field="If-Match")
    return int(digits)


def etag(revision: int) -> dict[str, str]:
    return {"ETag": f'"{revision}"'}


def moment(value: datetime | None, field: str) -> datetime | None:
    """A time that was sent; refused without a zone or out of any reason."""
    if value is None:
        return None
    if value.tzinfo is None or not _EARLIEST.year < value.year < _LATEST_YEAR:
        raise ApiError(400, "bad_value", f"{field}: needs a time with its zone, as 2026-11-26T08:00:00+07:00", field=field)
    return value


def plain(value: Any, field: str = "body") -> None:
    """Refuses the NUL letter, which no database text holds, anywhere in what was sent."""
    match value:
        case str():
            if "\0" in value:
                raise ApiError(400, "bad_value", f"{field}: holds a NUL letter; take it out", field=field)
        case dict():
            for name, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
                plain(str(name), field)  # pyright: ignore[reportUnknownArgumentType]
                plain(inner, str(name))  # pyright: ignore[reportUnknownArgumentType]
        case list() | tuple():
            for inner in value:  # pyright: ignore[reportUnknownVariableType]
                plain(inner, field)
        case msgspec.Struct():
            plain(msgspec.to_builtins(value))
        case _:
            pass
