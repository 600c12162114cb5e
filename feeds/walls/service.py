"""The life of what walls show: taken, undone, curtained, each decision with its revision and its line in the audit in one transaction.

Every public method is a unit of work for ``feeds.store.database``: it takes the connection first. Knows no bus, door or session.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from feeds.identity import audit
from feeds.messages.city import City
from feeds.messages.layout import Layout
from feeds.messages.walls import Curtain, LeaseAsked, Take, TakeKind, Taken, Undo, WallDesk
from feeds.reports.refusals import Refused
from feeds.reports.roles import Actor, Forbidden, Permission, rights
from feeds.store.wall_schema import WALL_DECISIONS, WALLS
from feeds.walls import desks, differences, holding
from feeds.walls.checking import check_layout
from feeds.walls.desks import PAGE
from feeds.walls.refusals import NothingBefore, StaleWall

MOST_WALLS = 100
_WALL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}", re.ASCII)

_DONE = {TakeKind.TAKE: "took", TakeKind.UNDO: "went back to"}


class _Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``walls``."""

    name: str
    revision: int
    changes: int
    is_curtained: bool
    shown: int | None
    previous: int | None


class WallService:
    """``clock`` gives aware UTC times."""

    def __init__(self, city: City, clock: Callable[[], datetime]) -> None:
        self._city = city
        self._zone = ZoneInfo(city.time_zone)
        self._clock = clock

    def desk(self, connection: Connection, wall: str, actor: Actor) -> WallDesk:
        """Raises ``Forbidden``, ``Refused``."""
        _allow(actor)
        return desks.desk(connection, _named(wall), actor, self._clock())

    def desks(self, connection: Connection, actor: Actor) -> list[WallDesk]:
        """Raises ``Forbidden``."""
        _allow(actor)
        return desks.desks(connection, actor, self._clock())

    def history(self, connection: Connection, wall: str, actor: Actor, *, before: int | None = None, size: int = PAGE) -> list[Taken]:
        """Raises ``Forbidden``, ``Refused``."""
        _allow(actor)
        return desks.history(connection, _named(wall), before, size)

    def take(self, connection: Connection, wall: str, take: Take, actor: Actor, *, revision: int) -> WallDesk:
        """Shows a layout, if nothing else was taken since ``revision`` and this actor holds whatever changes.

        Raises ``Forbidden``, ``BadLayout``, ``StaleWall``, ``NotHeld``, ``Refused``.
        """
        _allow(actor)
        check_layout(connection, self._city, take.layout)
        now, stands = self._clock(), self._standing(connection, wall)
        self._refuse_stale(connection, stands, revision)
        shown = _layout_of(desks.taken(connection, wall, stands.shown))
        holding.require_held(connection, wall, differences.changed_regions(shown, take.layout), actor, now)
        # What stood there before is what one goes back to: not the same once more.
        previous = stands.previous if differences.is_same(shown, take.layout) else stands.shown
        number = stands.revision + 1
        self._decide(
            connection,
            msgspec.structs.replace(stands, shown=number, previous=previous),
            {"kind": TakeKind.TAKE, "reason": take.reason, "preset": take.preset, "layout_of": number,
             "layout": msgspec.to_builtins(take.layout)},
            actor,
            now,
        )  # fmt: skip
        return desks.desk(connection, wall, actor, now)

    def undo(self, connection: Connection, wall: str, undo: Undo, actor: Actor, *, revision: int) -> WallDesk:
        """Back to what was shown before: twice, and what was gone back from stands again. Needs no lease, but leaves others' alone.

        Raises ``Forbidden``, ``StaleWall``, ``NothingBefore``, ``Held``, ``Refused``.
        """
        _allow(actor)
        now, stands = self._clock(), self._standing(connection, wall)
        self._refuse_stale(connection, stands, revision)
        before, shown = desks.taken(connection, wall, stands.previous), desks.taken(connection, wall, stands.shown)
        if before is None or before.layout is None:
            raise NothingBefore(f"wall {wall}: nothing was shown before by anybody's decision; take a layout instead")
        holding.refuse_anothers(connection, wall, differences.changed_regions(_layout_of(shown), before.layout), actor, now)
        brought = select(WALL_DECISIONS.c.layout_of).where(WALL_DECISIONS.c.wall == wall, WALL_DECISIONS.c.revision == before.revision)
        self._decide(
            connection,
            msgspec.structs.replace(stands, shown=stands.revision + 1, previous=stands.shown),
            {"kind": TakeKind.UNDO, "reason": undo.reason, "preset": before.preset, "layout_of": connection.scalar(brought)},
            actor,
            now,
        )
        return desks.desk(connection, wall, actor, now)

    def curtain(self, connection: Connection, wall: str, curtain: Curtain, actor: Actor) -> WallDesk:
        """Draws the curtain or opens it; what lies beneath it goes on changing. Raises ``Forbidden``, ``Refused``."""
        _allow(actor)
        now, stands = self._clock(), self._standing(connection, wall)
        if stands.is_curtained != curtain.is_drawn:
            shown = desks.taken(connection, wall, stands.shown)
            brought = select(WALL_DECISIONS.c.layout_of).where(WALL_DECISIONS.c.wall == wall, WALL_DECISIONS.c.revision == stands.shown)
            self._decide(
                connection,
                msgspec.structs.replace(stands, is_curtained=curtain.is_drawn),
                {"kind": TakeKind.CURTAIN if curtain.is_drawn else TakeKind.OPEN, "reason": curtain.reason,
                 "preset": shown.preset if shown else "", "layout_of": connection.scalar(brought)},
                actor,
                now,
            )  # fmt: skip
        return desks.desk(connection, wall, actor, now)

    def lease(self, connection: Connection, wall: str, asked: LeaseAsked, actor: Actor) -> WallDesk:
        """Raises ``Forbidden``, ``Held``, ``Refused``."""
        _allow(actor)
        now, stands = self._clock(), self._standing(connection, wall)
        holding.acquire(connection, wall, asked, actor, now)
        self._write(connection, stands)
        return desks.desk(connection, wall, actor, now)

    def release(self, connection: Connection, wall: str, actor: Actor) -> WallDesk:
        """Raises ``Forbidden``, ``Refused``."""
        _allow(actor)
        now = self._clock()
        if holding.release(connection, _named(wall), actor, now):
            self._write(connection, self._standing(connection, wall))
        return desks.desk(connection, wall, actor, now)

    def _standing(self, connection: Connection, wall: str) -> _Standing:
        """To be changed: nobody else changes it before this transaction ends (``feeds.store.engines``)."""
        row = connection.execute(select(WALLS).where(WALLS.c.name == _named(wall)).with_for_update()).mappings().first()
        if row is not None:
            return _Standing(**{str(name): value for name, value in row.items()})
        if (connection.scalar(select(func.count()).select_from(WALLS)) or 0) >= MOST_WALLS:
            raise Refused("wall", f"is not known, and {MOST_WALLS} walls are; is its name right?")
        return _Standing(name=wall, revision=0, changes=0, is_curtained=False, shown=None, previous=None)

    def _refuse_stale(self, connection: Connection, stands: _Standing, seen: int) -> None:
        """A curtain drawn since is no reason: it has changed no layout."""
        if (stands.shown or 0) <= seen <= stands.revision:
            return
        text = f"wall {stands.name} is at revision {stands.revision}, not {seen}: look at it again"
        shown = desks.taken(connection, stands.name, stands.shown)
        if shown is not None and seen < shown.revision:
            at = shown.at.astimezone(self._zone)
            title = shown.layout.title if shown.layout is not None else ""
            text = f"{text}; {shown.name} {_DONE[shown.kind]} {title!r} at {at:%H:%M} {self._city.clock_label(at)}".rstrip()
            former = next(iter(desks.history(connection, stands.name, seen + 1, 1)), None) if seen else None
            text += f"; {differences.words(_layout_of(former), shown.layout) or 'no slot differs'}"
        raise StaleWall(stands.revision, text)

    def _decide(self, connection: Connection, after: _Standing, decision: dict[str, Any], actor: Actor, now: datetime) -> None:
        number = after.revision + 1
        written = {"wall": after.name, "revision": number, "at": now, "by": actor.id, "is_curtained": after.is_curtained} | decision
        connection.execute(insert(WALL_DECISIONS).values(**written))
        self._write(connection, msgspec.structs.replace(after, revision=number))
        facts = {"from": after.revision, "to": number, "preset": decision["preset"]}
        audit.write(connection, actor, f"wall_{decision['kind']}", f"wall {after.name}", facts, at=now)

    def _write(self, connection: Connection, after: _Standing) -> None:
        changes = (connection.scalar(select(func.max(WALLS.c.changes))) or 0) + 1
        row = msgspec.structs.asdict(after) | {"changes": changes}
        if connection.execute(update(WALLS).where(WALLS.c.name == after.name).values(**row)).rowcount == 0:
            connection.execute(insert(WALLS).values(**row))


def _allow(actor: Actor) -> None:
    if Permission.ARRANGE_WALL not in rights(actor):
        raise Forbidden(actor, Permission.ARRANGE_WALL)


def _named(wall: str) -> str:
    if _WALL.fullmatch(wall) is None:
        raise Refused("wall", "has 1 to 64 letters, digits, spaces, _ . or -, and begins with a letter or digit")
    return wall


def _layout_of(taken: Taken | None) -> Layout | None:
    return taken.layout if taken is not None else None
