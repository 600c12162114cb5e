"""Tells the bus what each wall is to show, as the store has it; nobody else publishes there, and no door knows the bus.

Notes the cameras that the bus tells of, so that the doors can refuse a layout that names another.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from feeds.bus.publisher import BusPublisher, BusRefused, Outgoing
from feeds.messages.camera import CAMERA
from feeds.messages.header import Quality
from feeds.messages.walls import WALL_ORDER, WallOrder
from feeds.store.database import Database, StoreError
from feeds.store.wall_schema import WALL_CAMERAS, WALLS
from feeds.walls import desks

LOOK_S = 0.06
"""A tenth of a second from a door to the bus is the goal; a look at walls on which nothing moved is one indexed question."""
SETTLE_S = 0.2
"""So long it looks again and again after somebody began to commit."""
SELDOM_S = 1.0
"""So often it looks where nothing seems to be committed at all."""

PAUSE_S = 1.0
CAMERAS_EVERY = timedelta(seconds=5)
LONGEST_CAMERA = 200

SOURCE_NAME = "walls"

_NEWEST = select(func.max(WALLS.c.changes))

_log = structlog.get_logger("feeds.walls")


class WallTeller:
    """One per namespace: the process that owns WALL_ORDER and CAMERA runs it. ``clock`` gives aware UTC times."""

    def __init__(
        self, database: Database, publisher: BusPublisher, *, quality: Quality, clock: Callable[[], datetime], source: str = SOURCE_NAME
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._quality = quality
        self._clock = clock
        self._source = source
        self._told = 0
        self._epoch: str | None = None
        self._cameras: frozenset[str] | None = None
        self._cameras_due_at: datetime | None = None
        self._is_in_trouble = False
        self._mark: tuple[int, ...] | None = None
        self._looks_until_s = self._looked_s = -SELDOM_S

    async def run(self) -> None:
        """Until cancelled; a database out of reach is said once and asked again."""
        while True:
            try:
                if self._is_in_trouble or self.may_have_moved():
                    await self.step()
                await self.note_cameras()
                if self._is_in_trouble:
                    self._is_in_trouble = False
                    _log.info("the store answers again")
            except (SQLAlchemyError, StoreError) as error:
                if not self._is_in_trouble:
                    self._is_in_trouble = True
                    _log.error("walls are not told of", problem=type(error).__name__, remedy="they show what they showed; see the store")
                await asyncio.sleep(PAUSE_S)
                continue
            await asyncio.sleep(LOOK_S)

    def may_have_moved(self) -> bool:
        """Whether a look is worth its while: at rest it would cost more than all else this process does."""
        now_s, mark = time.monotonic(), self._database.mark()
        if mark is None or mark != self._mark:
            self._mark, self._looks_until_s = mark, now_s + SETTLE_S
        is_anew = self._publisher.is_owner(WALL_ORDER) and self._publisher.mark(WALL_ORDER).epoch != self._epoch
        if not is_anew and self._looks_until_s < now_s < self._looked_s + SELDOM_S:
            return False
        self._looked_s = now_s
        return True

    async def step(self) -> int:
        """Tells of the walls that moved; how many they were.

        While another process owns the topic it tells nothing. A new epoch may have begun with what that one held, or with what we held
        before: it is made to hold what the store holds.
        """
        if not self._publisher.is_owner(WALL_ORDER):
            return 0
        epoch = self._publisher.mark(WALL_ORDER).epoch
        is_anew = epoch != self._epoch
        told = 0 if is_anew else self._told
        orders, upto = await asyncio.to_thread(self._database.read, lambda connection: moved(connection, told))
        if upto < told:
            # Another store, or an older one that was brought back.
            self._epoch = None
            return 0
        await self._tell([self._outgoing(order) for order in orders], is_anew=is_anew)
        self._told, self._epoch = upto, epoch
        return len(orders)

    async def _tell(self, outgoing: Sequence[Outgoing], *, is_anew: bool) -> None:
        """One that no reader could read is left out and said: that wall shows what it showed, the others hear theirs."""
        left = list(outgoing)
        while left or is_anew:
            try:
                await (self._publisher.replace if is_anew else self._publisher.publish)(WALL_ORDER, left)
            except BusRefused as refused:
                if refused.key is None:
                    raise
                _log.error("a wall is not told", wall=refused.key, problem=str(refused)[:500], remedy="take another layout for it")
                left = [one for one in left if one.key != refused.key]
            else:
                return

    async def note_cameras(self) -> None:
        """Every few seconds: which cameras there are, where that is not what was noted last."""
        now = self._clock()
        # Due too when the clock was set back by more than the pause.
        if self._cameras_due_at is not None and now < self._cameras_due_at <= now + CAMERAS_EVERY:
            return
        if not self._publisher.is_told(CAMERA):
            # Another process owns them, or Redis was never reached: what is held here is not what there is.
            return
        known = frozenset(key for key in self._publisher.held(CAMERA) if len(key) <= LONGEST_CAMERA)
        if known != self._cameras:
            await asyncio.wrap_future(self._database.submit(lambda connection: _note(connection, known)))
            self._cameras = known
        self._cameras_due_at = now + CAMERAS_EVERY

    def _outgoing(self, order: WallOrder) -> Outgoing:
        return Outgoing(key=order.wall, body=order, observed_at=self._clock(), source=self._source, quality=self._quality)


def moved(connection: Connection, since: int) -> tuple[list[WallOrder], int]:
    """The orders of walls that changed after ``since``, and how far changes go now. A unit of work."""
    upto = connection.scalar(_NEWEST) or 0
    if upto <= since:
        return [], upto
    rows = connection.execute(select(WALLS).where(WALLS.c.changes > since).order_by(WALLS.c.changes)).mappings()
    orders = (_order(connection, row["name"], row["revision"], row["changes"], row["shown"], row["is_curtained"]) for row in rows)
    return [order for order in orders if order is not None], upto


def _order(connection: Connection, wall: str, revision: int, changes: int, shown: int | None, is_curtained: bool) -> WallOrder | None:
    stands = desks.taken(connection, wall, shown)
    if stands is not None and stands.layout is None:
        _log.error("a wall is not told", wall=wall, problem="its layout cannot be read", remedy="take another layout for it")
        return None
    return WallOrder(
        wall=wall,
        revision=revision,
        changes=changes,
        layout=stands.layout if stands is not None else None,
        preset=stands.preset if stands is not None else "",
        is_curtained=is_curtained,
        taken_at=stands.at if stands is not None else None,
    )


def _note(connection: Connection, cameras: frozenset[str]) -> None:
    connection.execute(delete(WALL_CAMERAS))
    if cameras:
        connection.execute(insert(WALL_CAMERAS), [{"id": camera} for camera in sorted(cameras)])
