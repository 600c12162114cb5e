"""A wall as its doors tell it: read from the store, changed by nobody here. Units of work."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, select

from feeds.messages.layout import Layout
from feeds.messages.walls import Lease, Region, TakeKind, Taken, WallDesk
from feeds.reports.roles import Actor, Permission, rights
from feeds.store.schema import USERS
from feeds.store.wall_schema import WALL_DECISIONS, WALL_LEASES, WALLS

PAGE = 50
LEASE = timedelta(minutes=10)

_D = WALL_DECISIONS.c
_BROUGHT = WALL_DECISIONS.alias()
_TAKEN = (
    select(
        _D.wall, _D.revision, _D.kind, _D.at, _D.by, _D.reason, _D.preset, _D.is_curtained, _BROUGHT.c.layout,
        func.coalesce(USERS.c.name, _D.by).label("name"),
    )
    .outerjoin(_BROUGHT, and_(_BROUGHT.c.wall == _D.wall, _BROUGHT.c.revision == _D.layout_of))
    .outerjoin(USERS, USERS.c.login == _D.by)
)  # fmt: skip
_LEASE = select(WALL_LEASES, func.coalesce(USERS.c.name, WALL_LEASES.c.holder).label("name")).outerjoin(
    USERS, USERS.c.login == WALL_LEASES.c.holder
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A lease with the number of its row."""

    number: int
    lease: Lease


def desk(connection: Connection, wall: str, actor: Actor, now: datetime) -> WallDesk:
    """One nothing was decided about is at revision 0."""
    row = connection.execute(select(WALLS).where(WALLS.c.name == wall)).mappings().first()
    return _desk(connection, row or {"name": wall, "revision": 0, "changes": 0, "is_curtained": False}, actor, now)


def desks(connection: Connection, actor: Actor, now: datetime) -> list[WallDesk]:
    """Every wall anything was decided about, by name."""
    return [_desk(connection, row, actor, now) for row in connection.execute(select(WALLS).order_by(WALLS.c.name)).mappings()]


def history(connection: Connection, wall: str, before: int | None, size: int) -> list[Taken]:
    """The decisions about a wall, newest first; ``before``: those older than that revision."""
    query = _TAKEN.where(_D.wall == wall).order_by(_D.revision.desc()).limit(size)
    return _all(connection, query if before is None else query.where(_D.revision < before))


def taken(connection: Connection, wall: str, revision: int | None) -> Taken | None:
    """The decision that made this revision."""
    if revision is None:
        return None
    return next(iter(_all(connection, _TAKEN.where(_D.wall == wall, _D.revision == revision))), None)


def leases(connection: Connection, wall: str, now: datetime) -> list[Held]:
    """Those that hold at ``now``, the oldest first."""
    query = _LEASE.where(WALL_LEASES.c.wall == wall, is_live(now)).order_by(WALL_LEASES.c.number)
    return [Held(number=row["number"], lease=_lease(row)) for row in connection.execute(query).mappings()]


def is_live(now: datetime) -> ColumnElement[bool]:
    """Whether a lease does: no longer than it was given for, also when the clock that gave it has been set back since."""
    return (WALL_LEASES.c.until > now) & (WALL_LEASES.c.until <= now + 2 * LEASE)


def _desk(connection: Connection, row: Mapping[Any, Any], actor: Actor, now: datetime) -> WallDesk:
    given = rights(actor)
    return WallDesk(
        wall=row["name"],
        revision=row["revision"],
        changes=row["changes"],
        is_curtained=row["is_curtained"],
        shown=taken(connection, row["name"], row.get("shown")),
        previous=taken(connection, row["name"], row.get("previous")),
        leases=[held.lease for held in leases(connection, row["name"], now)],
        can_arrange=Permission.ARRANGE_WALL in given,
        can_take_over=Permission.TAKE_OVER in given,
    )


def _all(connection: Connection, query: Select[Any]) -> list[Taken]:
    return [_taken(row) for row in connection.execute(query).mappings()]


def _layout(kept: Any) -> Layout | None:
    """``None`` also for one of a newer program, or written by hand: another can be taken in its stead."""
    try:
        return None if kept is None else msgspec.convert(kept, Layout)
    except (msgspec.ValidationError, RecursionError):
        return None


def _taken(row: RowMapping) -> Taken:
    return Taken(
        wall=row["wall"],
        revision=row["revision"],
        before=row["revision"] - 1,
        kind=TakeKind(row["kind"]),
        at=row["at"],
        by=row["by"],
        name=row["name"],
        reason=row["reason"],
        preset=row["preset"],
        layout=_layout(row["layout"]),
        is_curtained=row["is_curtained"],
    )


def _lease(row: RowMapping) -> Lease:
    region = row["region"]
    return Lease(
        holder=row["holder"],
        name=row["name"],
        since=row["since"],
        until=row["until"],
        region=None if region is None else msgspec.convert(region, Region),
    )
