"""The lease of a wall: taken when somebody begins to edit, renewed while they do, given back when they leave. On the GUI thread."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot

from controlroom.console.desk_api import Trouble
from controlroom.console.page import DeskContext
from controlroom.console.stage.wall_feed import WallFeed
from feeds.messages.walls import Lease, LeaseAsked, Region, WallDesk

RENEW_S = 180.0


class Holding(QObject):
    """``region``: what is asked for, ``None`` the whole wall. ``trouble``: why the last asking failed.

    Of who is signed in now: another's lease is never given back, whoever signs in later.
    """

    changed = Signal()
    lost = Signal()
    """The lease this desk held is gone: its time is up, or a lead has taken over."""

    def __init__(self, ctx: DeskContext, feed: WallFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._feed = feed
        self._login = ctx.api.who.login if ctx.api.who is not None else None
        self.region: Region | None = None
        self.trouble: Trouble | None = None
        self._renewed_at: datetime | None = None
        self._is_active = False
        self._is_asking = False
        self._is_let_go = False
        self._waiting: list[tuple[Callable[[], None], Callable[[Trouble], None]]] = []
        self._was_mine = False
        feed.desk_changed.connect(self._look)
        feed.ticked.connect(self._on_tick)

    @property
    def mine(self) -> Lease | None:
        return next((lease for lease in self._live() if lease.holder == self._login), None)

    @property
    def others(self) -> list[Lease]:
        return [lease for lease in self._live() if lease.holder != self._login]

    @property
    def can_take_over(self) -> bool:
        return self._feed.desk is not None and self._feed.desk.can_take_over and bool(self.others)

    def left_s(self, lease: Lease) -> float:
        return max(0.0, (lease.until - self._ctx.now()).total_seconds())

    def touched(self) -> None:
        """Somebody edits: takes the lease when there is none, keeps it alive otherwise."""
        self._is_active = True
        self._is_let_go = False
        if self.mine is None and not self._is_asking and self.trouble is None:
            self.ask()

    def ask(
        self,
        then: Callable[[], None] | None = None,
        failed: Callable[[Trouble], None] | None = None,
        *,
        is_take_over: bool = False,
    ) -> None:
        """Takes or renews the lease; ``then`` when it is held, ``failed`` with the reason when not."""
        self._is_let_go = False
        if then is not None:
            self._waiting.append((then, failed or (lambda _trouble: None)))
        if self._is_asking:
            return
        self._is_asking = True
        asked, path = LeaseAsked(region=self.region, is_take_over=is_take_over), f"/desk/walls/{self._feed.wall}/lease"
        self._ctx.api.send("POST", path, asked, WallDesk, self._on_held, self._on_refused, give_back=path)
        self.changed.emit()

    def release(self) -> None:
        """Now, or when what stands on it has been answered: the asking itself, and a change that waits for it."""
        self._is_active = False
        self.trouble = None
        self._is_let_go = self._is_asking
        if self._is_asking or self.mine is None or not self._is_theirs:
            return
        self._was_mine = False
        self._ctx.api.send("DELETE", f"/desk/walls/{self._feed.wall}/lease", None, WallDesk, self._feed.take_in, lambda _: None)

    def forgive(self) -> None:
        """The next edit may ask again."""
        self.trouble = None

    @property
    def _is_theirs(self) -> bool:
        who = self._ctx.api.who
        return who is not None and who.login == self._login

    def _live(self) -> list[Lease]:
        now = self._ctx.now()
        return [lease for lease in (self._feed.desk.leases if self._feed.desk is not None else []) if lease.until > now]

    def _on_held(self, desk: WallDesk) -> None:
        self._is_asking = False
        self.trouble = None
        self._renewed_at = self._ctx.now()
        self._is_active = False
        waiting, self._waiting = self._waiting, []
        self._feed.take_in(desk)
        self._was_mine = self.mine is not None
        self.changed.emit()
        for then, _ in waiting:
            then()
        self._let_go_if_wanted()

    def _on_refused(self, trouble: Trouble) -> None:
        self._is_asking = False
        self.trouble = trouble
        waiting, self._waiting = self._waiting, []
        self._feed.refresh()
        self.changed.emit()
        for _, failed in waiting:
            failed(trouble)
        self._let_go_if_wanted()

    def _let_go_if_wanted(self) -> None:
        """Not before a change that stands on the lease has arrived: the tick comes by again."""
        if self._is_let_go and not self._is_asking and not self._ctx.api.is_telling:
            self.release()

    @Slot()
    def _look(self) -> None:
        is_mine = self.mine is not None
        if self._was_mine and not is_mine:
            self._was_mine = False
            self.lost.emit()
        self._was_mine = is_mine
        if not self.others:
            self.trouble = None
        self.changed.emit()

    @Slot()
    def _on_tick(self) -> None:
        if self._was_mine and self.mine is None:
            self._look()
        if self._is_active and self.mine is not None and not self._is_asking and self._is_theirs:
            since = (self._ctx.now() - self._renewed_at).total_seconds() if self._renewed_at is not None else RENEW_S
            if since >= RENEW_S:
                self.ask()
        self._let_go_if_wanted()
        self.changed.emit()
