"""People who take layouts for a wall at the doors, two at one moment if need be, and what is written of it. Knows HTTP and the store."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import httpx
import msgspec
from sqlalchemy import Connection, select, update

from controlroom.measure.people import Somebody
from controlroom.measure.result import CannotMeasure
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.walls import LeaseAsked, Region, Take, Taken, Undo, WallDesk
from feeds.store.schema import AUDIT
from feeds.store.wall_schema import WALL_LEASES

GRID = Grid(columns=160, rows=90)
LEFT, RIGHT = (Region(grid=GRID, cell=cell) for cell in ((0, 0, 80, 90), (80, 0, 80, 90)))
LOWEST, STEPS = 24, 20
"""Rows of a half's panel, on its own monitor: each take gives it another height."""

_JSON = {"Content-Type": "application/json"}


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One take as its operator knows it. ``status`` 0: no answer came. ``revision``: what it made, of one that was carried out."""

    by: str
    title: str
    status: int
    code: str = ""
    text: str = ""
    revision: int = 0

    @property
    def is_carried_out(self) -> bool:
        return self.status == 200


class Pair(msgspec.Struct, frozen=True):
    """Two takes at one moment on one revision. ``kind``: how their leases stood to each other."""

    kind: str
    tries: tuple[Try, Try]

    @property
    def won(self) -> list[Try]:
        return [one for one in self.tries if one.is_carried_out]

    @property
    def lost(self) -> list[Try]:
        return [one for one in self.tries if not one.is_carried_out]


class Noted(msgspec.Struct, frozen=True):
    """A line of the audit about a wall: by whom, and which revision it says it made."""

    by: str
    action: str
    revision: int


class _Refusal(msgspec.Struct, frozen=True):
    code: str = ""
    description: str = ""


class Hand:
    """Somebody at the controls of one wall."""

    def __init__(self, person: Somebody, wall: str) -> None:
        self.login = person.login
        self._person = person
        self._path = f"/desk/walls/{wall}"

    @property
    def name(self) -> str:
        """As the doors tell it to others."""
        return self.login.title()

    def desk(self) -> WallDesk:
        return msgspec.json.decode(self._person.ask("GET", self._path), type=WallDesk)

    def history(self) -> list[Taken]:
        """All of it, newest first."""
        found: list[Taken] = []
        while True:
            before = f"?before={found[-1].revision}" if found else ""
            page = msgspec.json.decode(self._person.ask("GET", f"{self._path}/history{before}"), type=list[Taken])
            if not page:
                return found
            found += page

    def hold(self, region: Region | None = None, *, is_take_over: bool = False) -> None:
        """Raises ``CannotMeasure`` when somebody else holds it."""
        asked = LeaseAsked(region=region, is_take_over=is_take_over)
        self._person.ask("POST", f"{self._path}/lease", content=msgspec.json.encode(asked), headers=_JSON)

    def let_go(self) -> None:
        self._person.ask("DELETE", f"{self._path}/lease")

    def take(self, layout: Layout, revision: int, preset: str = "") -> Try:
        """Never raises for an answer or for none: both are told."""
        return self._sent("take", Take(layout=layout, preset=preset), layout.title, revision)

    def undo(self, revision: int) -> Try:
        return self._sent("undo", Undo(), "", revision)

    def curtain(self, *, is_drawn: bool) -> WallDesk:
        body = msgspec.json.encode({"is_drawn": is_drawn})
        return msgspec.json.decode(self._person.ask("POST", f"{self._path}/curtain", content=body, headers=_JSON), type=WallDesk)

    def _sent(self, verb: str, body: msgspec.Struct, title: str, revision: int) -> Try:
        headers = _JSON | {"If-Match": f'"{revision}"'}
        try:
            answer = self._person.attempt("POST", f"{self._path}/{verb}", content=msgspec.json.encode(body), headers=headers)
        except httpx.TransportError as error:
            return Try(by=self.login, title=title, status=0, text=type(error).__name__)
        if answer.status_code == 200:
            desk = msgspec.json.decode(answer.content, type=WallDesk)
            return Try(by=self.login, title=title, status=200, revision=desk.revision)
        try:
            refusal = msgspec.json.decode(answer.content, type=_Refusal)
        except msgspec.MsgspecError:
            refusal = _Refusal()
        return Try(by=self.login, title=title, status=answer.status_code, code=refusal.code, text=refusal.description)


def two_halves(title: str = "Uji") -> Layout:
    """A layout whose left and right half can be held and changed apart."""
    slots = (Slot(panel="ticker", cell=(0, 0, 80, LOWEST)), Slot(panel="focus", cell=(80, 0, 80, LOWEST)))
    return Layout(title=title, grid=GRID, slot=slots)


def with_half(shown: Layout, half: int, number: int) -> Layout:
    """``shown`` with another height of the panel in that half (0: left), under a title of its own."""
    column, row, width, _ = shown.slot[half].cell
    other = msgspec.structs.replace(shown.slot[half], cell=(column, row, width, LOWEST + number % STEPS))
    slots = tuple(other if place == half else slot for place, slot in enumerate(shown.slot))
    return msgspec.structs.replace(shown, title=f"Uji {number}", slot=slots)


def shown_on(desk: WallDesk) -> Layout:
    if desk.shown is None or desk.shown.layout is None:
        raise CannotMeasure(f"nothing has been taken for wall {desk.wall}: a mistake of this drill")
    return desk.shown.layout


def at_one_moment(first: Callable[[], Try], second: Callable[[], Try]) -> tuple[Try, Try]:
    """Both begin when both are ready."""
    barrier = Barrier(2)

    def ready(what: Callable[[], Try]) -> Try:
        barrier.wait(20)
        return what()

    with ThreadPoolExecutor(2, thread_name_prefix="hand") as threads:
        one, other = threads.submit(ready, first), threads.submit(ready, second)
        return one.result(), other.result()


def let_leases_end(connection: Connection, wall: str, login: str) -> None:
    """As if ten minutes had gone by for that person."""
    connection.execute(
        update(WALL_LEASES).where(WALL_LEASES.c.wall == wall, WALL_LEASES.c.holder == login).values(until=datetime.now(UTC) - timedelta(1))
    )


def noted(connection: Connection, wall: str) -> list[Noted]:
    """What the audit says was decided about a wall."""
    query = select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.body).where(AUDIT.c.object == f"wall {wall}").order_by(AUDIT.c.number)
    rows: Sequence[Any] = connection.execute(query).all()
    return [Noted(by, action, int(body["to"])) for by, action, body in rows if "to" in body]
