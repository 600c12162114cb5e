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
from feeds.messages.walls import Take, TakeKind, Undo, WallDesk


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
    """One layout at a time; the curtain has a way of its own. ``revision``: what the wall is waited for; ``kind``: what was asked.

    ``changed_s``: the monotonic time when ``phase`` changed.
    """

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
        self.changed_s = 0.0
        self.trouble: Trouble | None = None
        self._body: Any = None
        self._from_revision = 0
        self._path = ""
        self._sent_s = 0.0
        self._is_settling = False
        feed.changed.connect(self._look)
        feed.ticked.connect(self._look)
        feed.desk_changed.connect(self._look)

    @property
    def is_busy(self) -> bool:
        return self.phase in (Phase.ASKING, Phase.UNKNOWN)

    def take(self, layout: Layout, preset: str, reason: str, revision: int) -> None:
        """``revision``: what the draft was made on."""
        self._begin(TakeKind.TAKE, Take(layout=layout, preset=preset, reason=reason), revision)

    def undo(self, reason: str = "") -> None:
        """Back to what was shown before."""
        desk = self._feed.desk
        if desk is not None:
            self._begin(TakeKind.UNDO, Undo(reason=reason), desk.revision, needs_lease=False)

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
        self._path = f"/desk/walls/{self._feed.wall}/{kind.value}"
        self.trouble = None
        self._become(Phase.ASKING)

    def _send(self, revision: int) -> None:
        self._sent_s = time.monotonic()
        self._ctx.api.send("POST", self._path, self._body, WallDesk, self._carried_out, self._fail, revision=revision)

    def _carried_out(self, desk: WallDesk) -> None:
        # Found again after its answer was lost: a curtain may have come since.
        self.revision = desk.shown.revision if desk.shown is not None else desk.revision
        self._sent_s = time.monotonic()
        self._become(Phase.SENT)
        self._feed.take_in(desk)
        self.taken.emit(desk)
        self._look()

    def _fail(self, trouble: Trouble) -> None:
        self.trouble = trouble
        if trouble.status == 0:
            self._become(Phase.UNKNOWN)
            self._ask_whether()
            return
        self._become(Phase.FAILED)
        if trouble.code == "stale_revision":
            self._feed.refresh()
            self.stale.emit()
        elif trouble.code in ("not_held", "held"):
            self._feed.refresh()

    def _ask_whether(self) -> None:
        """What the doors said before, or said of something else meanwhile, tells nothing of it."""
        if not self._is_settling:
            self._is_settling = True
            self._feed.refresh(self._settle)

    def _settle(self, desk: WallDesk | None) -> None:
        """Whether what was asked stands after all, though the answer was lost."""
        self._is_settling = False
        if self.phase is not Phase.UNKNOWN or desk is None:
            return  # asked again when the doors are back
        if self._is_mine(desk):
            self._carried_out(desk)
        else:
            self._become(Phase.FAILED)

    def _is_mine(self, desk: WallDesk) -> bool:
        shown, who = desk.shown, self._ctx.api.who
        if shown is None or who is None or shown.by != who.login or shown.before < self._from_revision or shown.kind is not self.kind:
            return False
        return not isinstance(self._body, Take) or shown.layout == self._body.layout

    @Slot()
    def _look(self) -> None:
        """Has the wall said anything of it?"""
        if self.phase is Phase.UNKNOWN and self._ctx.api.is_reached and self._ctx.api.who is not None:
            self._ask_whether()
            return
        if self.phase not in (Phase.SENT, Phase.SILENT):
            return
        desk = self._feed.desk
        until = desk.revision if desk is not None and desk.shown is not None and desk.shown.revision == self.revision else None
        answer = answer_to(self.revision, self._feed.state, time.monotonic() - self._sent_s, until=until)
        phases = {Answer.SHOWN: Phase.SHOWN, Answer.REFUSED: Phase.REFUSED, Answer.SILENT: Phase.SILENT}
        self._become(phases.get(answer, self.phase))

    def _become(self, phase: Phase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self.changed_s = time.monotonic()
            self.changed.emit()
