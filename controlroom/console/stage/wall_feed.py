"""What the bus and the doors say of the walls: which there are, what stands on the chosen one, who decided it. On the GUI thread."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QNetworkReply

from controlroom.console.desk_api import Trouble, give_up
from controlroom.console.page import DeskContext
from controlroom.live.hub import Subscription
from feeds.messages.header import Message, Topic
from feeds.messages.layout import Wall
from feeds.messages.system import WALL_STATE, WallState
from feeds.messages.walls import WALL_ORDER, Taken, WallDesk, WallOrder

TICK_MS = 1_000
RATE_MS = 50

_log = structlog.get_logger("controlroom.console")


class WallFeed(QObject):
    """``desk`` is the chosen wall as its doors know it, asked again whenever the bus tells of another change."""

    changed = Signal()
    """Something about the chosen wall, or the list of walls."""
    desk_changed = Signal()
    ticked = Signal()
    """Once a second: ages and countdowns."""

    def __init__(self, ctx: DeskContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self.wall = str(ctx.remembered.get("stage.wall", ""))
        self.desk: WallDesk | None = None
        self.last: Taken | None = None
        """The newest decision of any kind, the curtain too."""
        self.trouble: Trouble | None = None
        self._heard_at: dict[str, datetime] = {}
        self._installations: dict[str, Wall] = {}
        self._asked: QNetworkReply | None = None
        self._is_first = True
        self._subscription = Subscription((WALL_ORDER, WALL_STATE), RATE_MS, self._on_messages, self._on_fault)
        ctx.hub.subscribe(self._subscription)
        self._is_first = False
        self._tick = QTimer(self)
        self._tick.timeout.connect(self.ticked)
        self._tick.start(TICK_MS)
        ctx.api.reached.connect(self._on_reached)

    def close(self) -> None:
        self._tick.stop()
        self._ctx.hub.unsubscribe(self._subscription)
        self._ctx.api.reached.disconnect(self._on_reached)
        if self._asked is not None:
            give_up(self._asked)

    @property
    def walls(self) -> list[str]:
        return sorted({*self._ctx.hub.latest(WALL_STATE), *self._ctx.hub.latest(WALL_ORDER)})

    @property
    def state(self) -> WallState | None:
        message = self._ctx.hub.latest(WALL_STATE).get(self.wall)
        return message.body if message is not None else None

    @property
    def order(self) -> WallOrder | None:
        message = self._ctx.hub.latest(WALL_ORDER).get(self.wall)
        return message.body if message is not None else None

    @property
    def installation(self) -> Wall | None:
        """As the wall last said it, also when it is silent now."""
        state = self.state
        return state.installation if state is not None and state.installation is not None else self._installations.get(self.wall)

    @property
    def silent_s(self) -> float | None:
        """Since the wall last said what it shows; ``None`` when it never did."""
        at = self._heard_at.get(self.wall)
        return max(0.0, (self._ctx.now() - at).total_seconds()) if at is not None else None

    @property
    def is_stale(self) -> bool:
        silent = self.silent_s
        return silent is None or silent > WALL_STATE.stale_after_s

    def choose(self, wall: str) -> None:
        if wall == self.wall:
            return
        self.wall, self.desk, self.last = wall, None, None
        self._ctx.remembered.set("stage.wall", wall)
        self.changed.emit()
        self.refresh()

    def refresh(self, then: Callable[[WallDesk | None], None] | None = None) -> None:
        """Asks the doors about the chosen wall; ``then`` gets what they say, ``None`` when they say nothing."""
        if self._asked is not None:
            give_up(self._asked)
            self._asked = None
        if not self.wall or self._ctx.api.who is None:
            if then is not None:
                then(None)
            return

        def done(desk: WallDesk) -> None:
            self._asked = None
            self.take_in(desk)
            if then is not None:
                then(desk)

        def failed(trouble: Trouble) -> None:
            self._asked = None
            self.trouble = trouble
            self.desk_changed.emit()
            if then is not None:
                then(None)

        reply = self._ctx.api.get(f"/desk/walls/{self.wall}", WallDesk, done, failed)
        if then is None:
            self._asked = reply

    def take_in(self, desk: WallDesk) -> None:
        """What the doors say of the wall, also as the answer to something else; an older word than the last is dropped."""
        if desk.wall != self.wall or (self.desk is not None and desk.changes < self.desk.changes):
            return
        self.desk, self.trouble = desk, None
        if desk.revision and (self.last is None or self.last.revision != desk.revision or self.last.wall != desk.wall):
            self._ask_last(desk.wall)
        self.desk_changed.emit()

    def _ask_last(self, wall: str) -> None:
        def done(taken: list[Taken]) -> None:
            if wall == self.wall and taken:
                self.last = taken[0]
                self.desk_changed.emit()

        self._ctx.api.get(f"/desk/walls/{wall}/history", list[Taken], done, lambda _: None, query={"page_size": 1})

    def _on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        if topic is WALL_STATE:
            for message in messages:
                if message.body is not None:
                    # What was held on the bus may be of a wall that is long gone.
                    self._heard_at[message.key] = message.published_at if self._is_first else self._ctx.now()
                    if message.body.installation is not None:
                        self._installations[message.key] = message.body.installation
        if self.wall not in self.walls and self.walls:
            self.wall, self.desk = self.walls[0], None
        order, desk = self.order, self.desk
        has_news = order is not None and (desk is None or order.changes != desk.changes)
        if has_news or (desk is None and self.trouble is None):
            self.refresh()
        self.changed.emit()

    def _on_fault(self, error: BaseException) -> None:
        _log.error("what the bus said of the walls could not be shown", exc_info=(type(error), error, error.__traceback__))

    @Slot(bool)
    def _on_reached(self, is_reached: bool) -> None:
        if is_reached:
            self.refresh()
        self.changed.emit()
