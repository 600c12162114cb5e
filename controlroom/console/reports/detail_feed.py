"""One report as the doors tell it: opened, reloaded in silence when the bus says it has changed, shared with whoever else has it open.

A claim is taken when one begins to act and let go of on leaving, also on turning to another page. Knows no widget.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply

from controlroom.console.desk_api import Trouble, give_up
from controlroom.console.page import DeskContext
from controlroom.live.hub import Subscription
from feeds.messages.desk import Detail
from feeds.messages.header import Message, Topic
from feeds.messages.queue import QueueRow
from feeds.messages.report import REPORT

VIEWING_MS = 15_000
RELOAD_MS = 150
RENEW_BEFORE = timedelta(minutes=5)

_log = structlog.get_logger("controlroom.console")


class _Viewing(msgspec.Struct, frozen=True):
    others: list[str]


class DetailFeed(QObject):
    """``is_kept(report)``: something of that report is still on its way, so its claim is not let go of yet.

    Of who is signed in now: in the name of whoever signs in later nothing is asked and nothing is let go of.
    """

    loaded = Signal(object)
    """The ``Detail`` of the open report, for the first time or again."""
    failed = Signal(object)
    """A ``Trouble``: what is shown is as old as it was."""
    others_changed = Signal(list)
    claimed = Signal(object)
    """The ``QueueRow`` of the open report with its claim, or a ``Trouble``."""

    def __init__(self, ctx: DeskContext, is_kept: Callable[[str], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ctx = ctx
        self._is_kept = is_kept
        self._login = ctx.api.who.login if ctx.api.who is not None else None
        self.report = ""
        self.detail: Detail | None = None
        self.others: list[str] = []
        """Who else has it open, as last told: that may come before the report itself."""
        self._reply: QNetworkReply | None = None
        self._ours: set[str] = set()
        self._claiming = ""
        self._is_looking = True
        self._going: set[str] = set()
        self._wants_claim = False
        self._has_viewing_door = True
        self._heard: Any = None
        self._viewing = QTimer(self)
        self._viewing.setInterval(VIEWING_MS)
        self._viewing.timeout.connect(self._say_viewing)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(RELOAD_MS)
        self._soon.timeout.connect(self.reload)
        self._ear = Subscription(topics=(REPORT,), max_rate_ms=250, receive=self._hear, fault=self._fault)
        ctx.hub.subscribe(self._ear)
        ctx.api.reached.connect(self._reached)
        ctx.api.signed_in.connect(self.reload)

    def open(self, report: str) -> None:
        """Leaves the one that is open; the same again is loaded again."""
        if report != self.report:
            self.leave()
            self.report = report
            known = self._ctx.hub.latest(REPORT).get(report)
            self._heard = known.body if known is not None else None
            self._begin_viewing()
        self.reload()

    def look(self, is_looking: bool) -> None:
        """Whether the page of reports is in front. The open report stays open behind another, but is nobody's meanwhile."""
        if is_looking == self._is_looking:
            return
        self._is_looking = is_looking
        if not self.report:
            return
        if is_looking:
            self._begin_viewing()
            self.reload()
        else:
            self._end_viewing(self.report)
            self.let_go(self.report)

    def leave(self) -> None:
        """Nothing is open any more."""
        left, self.report, self.detail, self.others = self.report, "", None, []
        self._wants_claim = False
        self._soon.stop()
        if self._reply is not None:
            give_up(self._reply)
            self._reply = None
        if left:
            self._end_viewing(left)
            self.let_go(left)

    def close(self) -> None:
        self.leave()
        self._ctx.hub.unsubscribe(self._ear)

    def reload(self) -> None:
        report = self.report
        if not report or not self._is_theirs:
            return
        if self._reply is not None:
            give_up(self._reply)
        self._reply = self._ctx.api.get(
            f"/desk/reports/{report}", Detail, lambda found: self._came(report, found), lambda trouble: self._failed(report, trouble)
        )

    def begin_to_act(self) -> None:
        """Takes the report for some minutes, unless it is ours already or may not be taken."""
        detail = self.detail
        if detail is None or not detail.can_claim or self._claiming or not self._is_theirs:
            return
        if self.report in self._going:
            # Both on their way at once might come in the wrong order.
            self._wants_claim = True
            return
        row = detail.report
        is_ours = row.claimed_by == self._login and row.claimed_until is not None
        if is_ours and row.claimed_until is not None and row.claimed_until - self._ctx.now() > RENEW_BEFORE:
            return
        report = self._claiming = self.report

        def done(after: QueueRow) -> None:
            self._claiming = ""
            self._ours.add(report)
            if not self._is_here(report):
                self.let_go(report)
            elif self.detail is not None:
                self._show_claim(after)
                if self._reply is not None:
                    # What is on its way may have been read before the claim was written.
                    self.reload()

        def failed(trouble: Trouble) -> None:
            self._claiming = ""
            self.let_go(report)
            if report == self.report and trouble.status:
                self.claimed.emit(trouble)

        path = f"/desk/reports/{report}/claim"
        self._ctx.api.send("POST", path, None, QueueRow, done, failed, give_back=path)

    def let_go(self, report: str) -> None:
        """Lets go of a claim of ours, now or once nothing of it is on its way: call it again then."""
        if report not in self._ours or self._is_here(report) or self._is_kept(report) or not self._is_theirs:
            return
        if report == self._claiming:
            # Being renewed: its answer lets go of it.
            return
        self._ours.discard(report)
        self._going.add(report)

        def gone(_: object) -> None:
            self._going.discard(report)
            if report == self.report and self._wants_claim:
                self._wants_claim = False
                self.begin_to_act()

        def let_go(after: QueueRow) -> None:
            if report == self.report and self.detail is not None:
                self._show_claim(after)
            gone(after)

        self._ctx.api.send("DELETE", f"/desk/reports/{report}/claim", None, QueueRow, let_go, gone)

    def let_go_of_all(self) -> None:
        for report in tuple(self._ours):
            self.let_go(report)

    @property
    def _is_theirs(self) -> bool:
        who = self._ctx.api.who
        return who is not None and who.login == self._login

    def _is_here(self, report: str) -> bool:
        """Open, and in front of somebody."""
        return report == self.report and self._is_looking

    def _show_claim(self, row: QueueRow) -> None:
        if self.detail is not None:
            claim = msgspec.structs.replace(self.detail.report, claimed_by=row.claimed_by, claimed_until=row.claimed_until)
            self.detail = msgspec.structs.replace(self.detail, report=claim)
            self.claimed.emit(claim)

    def _came(self, report: str, found: Detail) -> None:
        if report == self.report:
            self._reply = None
            self.detail = found
            self.loaded.emit(found)

    def _failed(self, report: str, trouble: Trouble) -> None:
        if report == self.report:
            self._reply = None
            self.failed.emit(trouble)

    def _begin_viewing(self) -> None:
        self._say_viewing()
        self._viewing.start()

    def _end_viewing(self, report: str) -> None:
        self._viewing.stop()
        if self._has_viewing_door and self._is_theirs:
            self._ctx.api.send("DELETE", f"/desk/reports/{report}/viewing", None, object, lambda _: None, lambda _: None)

    def _say_viewing(self) -> None:
        report = self.report
        if not report or not self._is_looking or not self._has_viewing_door or not self._is_theirs:
            return

        def failed(trouble: Trouble) -> None:
            # Doors of a version before this one; a report that is gone says so when it is loaded.
            if trouble.status in (404, 405) and trouble.code != "unknown_report":
                self._has_viewing_door = False

        path = f"/desk/reports/{report}/viewing"
        self._ctx.api.send("POST", path, None, _Viewing, lambda found: self._others(report, found.others), failed, give_back=path)

    def _others(self, report: str, names: list[str]) -> None:
        if report == self.report:
            self.others = names
            self.others_changed.emit(names)

    def _reached(self, is_reached: bool) -> None:
        if is_reached:
            self.reload()
            self._say_viewing()

    def _hear(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        for message in messages:
            if message.key == self.report and message.body != self._heard:
                self._heard = message.body
                self._soon.start()

    def _fault(self, error: BaseException) -> None:
        _log.error("the open report did not hear the bus", problem=type(error).__name__)
