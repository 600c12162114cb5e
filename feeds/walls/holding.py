"""Who may change a wall, or a part of it, for some minutes. Units of work."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert

from feeds.identity import audit
from feeds.messages.walls import Lease, LeaseAsked, Region
from feeds.reports.refusals import Refused
from feeds.reports.roles import Actor, Forbidden, Permission, rights
from feeds.store.wall_schema import WALL_LEASES
from feeds.walls import desks
from feeds.walls.parts import check_region, holds, is_covered, meets
from feeds.walls.refusals import Held, NotHeld

LEASE = desks.LEASE
MOST_LEASES = 8
"""Of one person on one wall."""


def acquire(connection: Connection, wall: str, asked: LeaseAsked, actor: Actor, now: datetime) -> None:
    """Holds the region from now on; what one holds already is held longer. Raises ``Held``, ``Forbidden``, ``Refused``."""
    check_region(asked.region)
    if asked.is_take_over and Permission.TAKE_OVER not in rights(actor):
        raise Forbidden(actor, Permission.TAKE_OVER, "of a wall")
    live = desks.leases(connection, wall, now)
    others = [one for one in live if one.lease.holder != actor.id and meets(one.lease.region, asked.region)]
    if others and not asked.is_take_over:
        raise _held(wall, others[0].lease)
    own = [one for one in live if one.lease.holder == actor.id]
    wider = next((one for one in own if holds(one.lease.region, asked.region)), None)
    within = [one for one in own if one is wider or holds(asked.region, one.lease.region)]
    if len(own) - len(within) >= MOST_LEASES:
        raise Refused("region", f"is one too many: {MOST_LEASES} parts of a wall are held at most; let go of the others first")
    _end(connection, wall, [one.number for one in (*others, *within)], now)
    region, since = (wider.lease.region, wider.lease.since) if wider else (asked.region, now)
    connection.execute(
        insert(WALL_LEASES).values(
            wall=wall,
            holder=actor.id,
            since=since,
            until=now + LEASE,
            region=None if region is None else msgspec.to_builtins(region),
        )
    )
    if wider is None or others:
        facts = {"region": None if region is None else msgspec.to_builtins(region)}
        facts |= {"from": sorted({one.lease.holder for one in others})} if others else {}
        audit.write(connection, actor, "wall_take_over" if others else "wall_lease", f"wall {wall}", facts, at=now)


def release(connection: Connection, wall: str, actor: Actor, now: datetime) -> bool:
    """Lets go of all that one holds of a wall; whether that was anything."""
    own = [one.number for one in desks.leases(connection, wall, now) if one.lease.holder == actor.id]
    if own:
        _end(connection, wall, own, now)
        audit.write(connection, actor, "wall_release", f"wall {wall}", at=now)
    return bool(own)


def require_held(connection: Connection, wall: str, regions: Sequence[Region | None], actor: Actor, now: datetime) -> None:
    """Raises ``NotHeld`` unless this actor holds every point of these regions."""
    live = [one.lease for one in desks.leases(connection, wall, now)]
    own = [lease.region for lease in live if lease.holder == actor.id]
    for region in regions:
        if is_covered(region, own):
            continue
        where = "the whole wall" if region is None else _cell(region)
        theirs = next((lease for lease in live if lease.holder != actor.id and meets(lease.region, region)), None)
        holder = f"{theirs.name} holds it until {theirs.until.isoformat(timespec='seconds')}" if theirs else "take it first"
        raise NotHeld(f"wall {wall}: {where} would change and is not yours to change: {holder}")


def refuse_anothers(connection: Connection, wall: str, regions: Sequence[Region | None], actor: Actor, now: datetime) -> None:
    """Raises ``Held`` where somebody else holds a part of these regions."""
    for one in desks.leases(connection, wall, now):
        if one.lease.holder != actor.id and any(meets(one.lease.region, region) for region in regions):
            raise _held(wall, one.lease)


def _end(connection: Connection, wall: str, numbers: Sequence[int], now: datetime) -> None:
    """These, and those that have ended by themselves."""
    connection.execute(delete(WALL_LEASES).where(WALL_LEASES.c.wall == wall, ~desks.is_live(now) | WALL_LEASES.c.number.in_(numbers)))


def _held(wall: str, lease: Lease) -> Held:
    part = "it" if lease.region is None else _cell(lease.region)
    return Held(f"wall {wall}: {lease.name} holds {part} until {lease.until.isoformat(timespec='seconds')}")


def _cell(region: Region) -> str:
    return f"cell {list(region.cell)} of {region.grid.columns} x {region.grid.rows}"
