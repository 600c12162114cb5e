"""From the draft to the wall and back: asks the doors, then waits for the wall itself to say what it shows. On the GUI thread."""

import time
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from controlroom.console.desk_api import Trouble
from controlroom.console.page import DeskContext
from controlroom.console.stage.acknowledging import Answer, answer_to
from controlroom.console.stage.holding import Holding
from controlroom.console.stage.wall_feed import WallFeed
from feeds.messages.layout import Layout
from feeds.messages.walls import Curtain, Take, TakeKind, Undo, WallDesk


class Phase(StrEnum):
    IDLE = "idle"
    ASKING = "asking"
    SENT = "sent"
    """The doors have it; the wall has not said anything of it yet."""
    SHOWN = "shown"
    REFUSED = "refused"
    """By the wall."""
    SILENT = "silent"
    FAILED = "failed"
    """By the doors: ``trouble`` says why."""
    UNKNOWN = "unknown"
    """The answer was lost; the doors are asked whether it stands."""


class Taking(QObject):
    """One decision at a time. ``revision``: what the wall is waited for; ``kind``: what was asked."""

    changed = Signal()
    taken = Signal(object)
    """The doors have carried it out: the ``WallDesk`` they answered with."""
    stale = Signal()
    """Somebody else was there first."""

    def __init__(self, ctx: DeskContext, feed: WallFeed, holding: Holding, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._feed = feed
        self._holding = holding
        self.phase = Phase.IDLE
        self.kind = TakeKind.TAKE
        self.revision = 0
        self.trouble: Trouble | None = None
        self._body: Any = None
        self._from_revision = 0
        self._path = ""
        self._sent_s = 0.0
        feed.changed.connect(self._look)
        feed.ticked.connect(self._look)
        feed.desk_changed.connect(self._look)

    @property
    def is_busy(self) -> bool:
        return self.phase in (Phase.ASKING, Phase.UNKNOWN)

    @property
    def is_curtain(self) -> bool:
        return self.kind in (TakeKind.CURTAIN, TakeKind.OPEN)

    def take(self, layout: Layout, preset: str, reason: str, revision: int) -> None:
        """``revision``: what the draft was made on."""
        self._begin(TakeKind.TAKE, Take(layout=layout, preset=preset, reason=reason), revision)

    def undo(self, reason: str = "") -> None:
        """Back to what was shown before."""
        desk = self._feed.desk
        if desk is not None:
            self._begin(TakeKind.UNDO, Undo(reason=reason), desk.revision, needs_lease=False)

    def curtain(self, is_drawn: bool, reason: str = "") -> None:
        """Needs no lease: visitors do not wait."""
        if self.is_busy:
            return
        self._prepare(TakeKind.CURTAIN if is_drawn else TakeKind.OPEN, Curtain(is_drawn=is_drawn, reason=reason), 0)
        self._send(None)

    def dismiss(self) -> None:
        if not self.is_busy:
            self._become(Phase.IDLE)

    def _begin(self, kind: TakeKind, body: Any, revision: int, *, needs_lease: bool = True) -> None:
        if self.is_busy:
            return
        self._prepare(kind, body, revision)
        if self._holding.mine is not None or not needs_lease:
            self._send(revision)
        else:
            self._holding.ask(lambda: self._send(revision), self._fail)

    def _prepare(self, kind: TakeKind, body: Any, revision: int) -> None:
        self.kind, self._body, self._from_revision = kind, body, revision
        self._path = f"/desk/walls/{self._feed.wall}/" + ("curtain" if isinstance(body, Curtain) else kind.value)
        self.trouble = None
        self._become(Phase.ASKING)

    def _send(self, revision: int | None) -> None:
        self._sent_s = time.monotonic()
        self._ctx.api.send("POST", self._path, self._body, WallDesk, self._carried_out, self._fail, revision=revision)

    def _carried_out(self, desk: WallDesk) -> None:
        self.revision = desk.revision
        self._sent_s = time.monotonic()
        self._become(Phase.SENT)
        self._feed.take_in(desk)
        self.taken.emit(desk)
        self._look()

    def _fail(self, trouble: Trouble) -> None:
        self.trouble = trouble
        if trouble.status == 0 and not isinstance(self._body, Curtain):
            self._become(Phase.UNKNOWN)
            self._feed.refresh(self._settle)
            return
        self._become(Phase.FAILED)
        if trouble.code == "stale_revision":
            self._feed.refresh()
            self.stale.emit()
        elif trouble.code in ("not_held", "held"):
            self._feed.refresh()

    def _settle(self, desk: WallDesk | None) -> None:
        """Whether what was asked stands after all, though the answer was lost."""
        if self.phase is not Phase.UNKNOWN or desk is None:
            return  # asked again when the doors are back
        if self._is_mine(desk):
            self._carried_out(desk)
        else:
            self._become(Phase.FAILED)

    def _is_mine(self, desk: WallDesk) -> bool:
        shown, who = desk.shown, self._ctx.api.who
        if shown is None or who is None or shown.by != who.login or shown.before != self._from_revision or shown.kind is not self.kind:
            return False
        return not isinstance(self._body, Take) or shown.layout == self._body.layout

    @Slot()
    def _look(self) -> None:
        """Has the wall said anything of it?"""
        if self.phase is Phase.UNKNOWN and self._feed.desk is not None and self._ctx.api.is_reached and self._feed.trouble is None:
            self._settle(self._feed.desk)
            return
        if self.phase not in (Phase.SENT, Phase.SILENT):
            return
        drawn = {TakeKind.CURTAIN: True, TakeKind.OPEN: False}.get(self.kind)
        state = self._feed.state
        answer = answer_to(self.revision, state, time.monotonic() - self._sent_s, is_curtained=drawn)
        phases = {Answer.SHOWN: Phase.SHOWN, Answer.REFUSED: Phase.REFUSED, Answer.SILENT: Phase.SILENT}
        self._become(phases.get(answer, self.phase))

    def _become(self, phase: Phase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self.changed.emit()
