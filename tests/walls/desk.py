"""A wall's desk on a store, with a clock turned by hand: two operators and a lead who decide what it shows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feeds.city import load_city
from feeds.messages.layout import Grid, Layout
from feeds.messages.walls import Curtain, LeaseAsked, Region, Take, Taken, Undo, WallDesk
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database
from feeds.walls.service import WallService
from tests.fakes.walls import a_layout

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
THURSDAY = datetime(2026, 11, 26, 3, tzinfo=UTC)  # 10.00 WIB
RINA = Actor(id="rina", role=Role.OPERATOR)
BUDI = Actor(id="budi", role=Role.OPERATOR)
LINA = Actor(id="lina", role=Role.LEAD)

MAP = a_layout(("map", (0, 0, 160, 90)))
HALVES = a_layout(("map", (0, 0, 80, 90)), ("ticker", (80, 0, 80, 90)), title="Siaga")


def region(columns: int, rows: int, *cell: int) -> Region:
    return Region(grid=Grid(columns=columns, rows=rows), cell=(cell[0], cell[1], cell[2], cell[3]))


LEFT, RIGHT = region(2, 1, 0, 0, 1, 1), region(2, 1, 1, 0, 1, 1)


class Desk:
    """``now`` is everybody's clock."""

    def __init__(self, database: Database) -> None:
        self.now = THURSDAY
        self.database = database
        self.service = WallService(CITY, lambda: self.now)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def look(self, wall: str = "lobby", actor: Actor = RINA) -> WallDesk:
        return self.database.read(lambda it: self.service.desk(it, wall, actor))

    def hold(self, part: Region | None = None, actor: Actor = RINA, *, wall: str = "lobby", is_take_over: bool = False) -> WallDesk:
        asked = LeaseAsked(region=part, is_take_over=is_take_over)
        return self.database.write(lambda it: self.service.lease(it, wall, asked, actor))

    def let_go(self, actor: Actor = RINA, *, wall: str = "lobby") -> WallDesk:
        return self.database.write(lambda it: self.service.release(it, wall, actor))

    def take(self, layout: Layout, actor: Actor = RINA, *, seen: int | None = None, wall: str = "lobby", **more: Any) -> WallDesk:
        """On the revision that stands unless ``seen`` says another."""
        revision = self.look(wall).revision if seen is None else seen
        take = Take(layout=layout, **more)
        return self.database.write(lambda it: self.service.take(it, wall, take, actor, revision=revision))

    def undo(self, actor: Actor = RINA, *, seen: int | None = None, wall: str = "lobby") -> WallDesk:
        revision = self.look(wall).revision if seen is None else seen
        return self.database.write(lambda it: self.service.undo(it, wall, Undo(), actor, revision=revision))

    def curtain(self, *, is_drawn: bool, actor: Actor = RINA, wall: str = "lobby") -> WallDesk:
        return self.database.write(lambda it: self.service.curtain(it, wall, Curtain(is_drawn=is_drawn), actor))

    def history(self, before: int | None = None, wall: str = "lobby") -> Sequence[Taken]:
        return self.database.read(lambda it: self.service.history(it, wall, RINA, before=before))
