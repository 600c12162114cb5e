"""Fills the queue: pages from the doors, what the bus tells at once, and the full rows of what changed. Draws nothing.

Only the doors decide what matches a filter: a report that changed is asked for by its id together with the filter.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply

from controlroom.console.desk_api import Trouble, give_up
from controlroom.console.page import DeskContext
from controlroom.console.reports.queue_model import QueueModel
from controlroom.console.reports.queue_query import Parameters, QueueQuery
from controlroom.console.reports.queue_words import category_of, place_of
from controlroom.live.hub import Subscription
from feeds.messages.freshness import Freshness
from feeds.messages.header import Message, Topic
from feeds.messages.queue import Page, QueueRow
from feeds.messages.report import OPEN_STATES, REPORT, Priority, Report

PATH = "/desk/reports"
PAGE = 200
MOST_IDS = 200
BUS_MS = 250
SETTLE_MS = 250
RECOUNT_MS = 1_000
AGAIN_MS = 2_000
POLL_MS = 10_000
"""Claims are not told on the bus: rows in sight are asked for so often."""

_log = structlog.get_logger("controlroom.console.queue")


class _Load(msgspec.Struct, kw_only=True):
    """One reading from the first page on: how many rows it must come to, and what it has."""

    needed: int
    keeps_held: bool
    rows: list[QueueRow] = msgspec.field(default_factory=list[QueueRow])


class QueueFeed(QObject):
    """``in_sight``: the ids on screen; ``depth``: how many rows from the first to the last of these."""

    changed = Signal()
    """``is_loading`` or ``trouble`` are others."""
    emergency = Signal(str, str, str)
    """A new report of an emergency: its id, the name of its category, its place."""

    def __init__(
        self,
        ctx: DeskContext,
        model: QueueModel,
        in_sight: Callable[[], list[str]],
        depth: Callable[[], int],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._ctx, self._model, self._in_sight, self._depth = ctx, model, in_sight, depth
        self._query = QueueQuery()
        self._cursor: str | None = None
        self.is_loading = False
        self.trouble: Trouble | None = None
        self._page_reply: QNetworkReply | None = None
        self._rows_reply: QNetworkReply | None = None
        self._asked: set[str] = set()
        self._pending: set[str] = set()
        self._while_loading: set[str] = set()
        self._fresh: set[str] = set()
        self._told: set[str] = set()
        self._since = ctx.now()
        self._needs_reload = False
        self._settle = _timer(self, SETTLE_MS, self._ask_rows)
        self._recount = _timer(self, RECOUNT_MS, self._ask_total)
        self._poll = QTimer(self)
        self._poll.timeout.connect(self._look_again)
        self._poll.start(POLL_MS)
        model.wanted.connect(self.more)
        ctx.api.reached.connect(self._on_reached)
        self._subscription = Subscription(topics=(REPORT,), max_rate_ms=BUS_MS, receive=self._begin, fault=self._on_fault)
        ctx.hub.subscribe(self._subscription)
        self._subscription.receive = self._hear

    @property
    def query(self) -> QueueQuery:
        return self._query

    def ask(self, query: QueueQuery) -> None:
        """Another filter or order. What is on its way for the one before is given up; its rows stay until the new ones are here."""
        self._query = query
        self._load(_Load(needed=PAGE, keeps_held=False))

    def reload(self) -> None:
        """The same again from the first page on, as far as one has got; place and selection stay."""
        self._load(_Load(needed=max(PAGE, self._depth() + PAGE // 2), keeps_held=True))

    def more(self) -> None:
        """The next page, if there is one and none is on its way."""
        if self._page_reply is None and self._cursor is not None and self._model.may_grow:
            self._while_loading.clear()
            self._get(self._cursor, self._extended)

    def refresh(self, reports: Sequence[str]) -> None:
        """Asks for these rows again, soon and together."""
        self._pending.update(reports)
        if self._pending and not self._settle.isActive():
            self._settle.start()

    def close(self) -> None:
        self._ctx.hub.unsubscribe(self._subscription)
        for timer in (self._settle, self._recount, self._poll):
            timer.stop()
        self._give_up_all()

    # Pages.

    def _load(self, load: _Load) -> None:
        self._give_up_all()
        self._needs_reload = False
        self._while_loading.clear()
        self._set(is_loading=True, trouble=None)
        self._get(None, lambda page: self._loaded(load, page))

    def _get(self, cursor: str | None, done: Callable[[Page], None]) -> None:
        def arrived(page: Page) -> None:
            self._page_reply = None
            done(page)

        query: Parameters = {**self._query.parameters(), "page_size": PAGE, "cursor": cursor}
        self._page_reply = self._ctx.api.get(PATH, Page, arrived, self._on_no_page, query=query)

    def _loaded(self, load: _Load, page: Page) -> None:
        load.rows += page.reports
        if page.cursor is not None and len(load.rows) < load.needed:
            self._get(page.cursor, lambda after: self._loaded(load, after))
            return
        self._cursor = page.cursor
        self._note_new(load.rows)
        self._model.replace(load.rows, page, self._query.order, keeps_held=load.keeps_held)
        self._model.mark_new(self._fresh)
        self._set(is_loading=False, trouble=None)
        held = self._model.held
        self.refresh([*self._while_loading, *([held] if held is not None and self._model.is_lost else [])])

    def _extended(self, page: Page) -> None:
        self._cursor = page.cursor
        self._model.extend(page)
        self._set(is_loading=False, trouble=None)
        self.refresh(list(self._while_loading))

    def _on_no_page(self, trouble: Trouble) -> None:
        self._page_reply = None
        self._set(is_loading=False, trouble=trouble)

    # Rows by their ids.

    def _ask_rows(self) -> None:
        if self._needs_reload:
            self.reload()
            return
        if self._rows_reply is not None or not self._pending:
            return
        self._asked = set(sorted(self._pending)[:MOST_IDS])
        self._pending -= self._asked
        query: Parameters = {**self._query.parameters(), "page_size": MOST_IDS, "id": sorted(self._asked)}
        self._rows_reply = self._ctx.api.get(PATH, Page, self._settled, self._on_no_rows, query=query)

    def _settled(self, page: Page) -> None:
        self._rows_reply = None
        asked, self._asked = self._asked, set()
        self._note_new(page.reports)
        self._model.settle(asked, page.reports, self._fresh & asked)
        self._fresh -= asked
        held = self._model.held
        if held in asked and self._model.is_lost:
            # It does not match, yet it stands here: as it is now.
            self._ctx.api.get(PATH, Page, self._lost_row, lambda _: None, query={"id": [held], "sort": "newest"})
        if not self._model.is_whole and not self._recount.isActive():
            self._recount.start()
        self.refresh([])

    def _lost_row(self, page: Page) -> None:
        for row in page.reports:
            self._model.put(row)

    def _on_no_rows(self, trouble: Trouble) -> None:
        self._rows_reply = None
        self._pending |= self._asked
        self._asked = set()
        if trouble.status:
            self._settle.start(AGAIN_MS)

    def _ask_total(self) -> None:
        asked = self._query

        def counted(page: Page) -> None:
            if asked == self._query:
                self._model.count(page.total)

        self._ctx.api.get(PATH, Page, counted, lambda _: None, query={**asked.parameters(), "page_size": 1})

    def _look_again(self) -> None:
        """Once in ``POLL_MS``: what no message tells of."""
        if self._ctx.api.who is None or not self._ctx.api.is_reached or self._page_reply is not None:
            return
        is_deaf = self._ctx.hub.book.bus().freshness is Freshness.OFFLINE
        if self.trouble is not None or is_deaf or self._query.ages_by_itself:
            self.reload()
        else:
            self.refresh(self._in_sight())

    def _on_reached(self, is_reached: bool) -> None:
        if is_reached:
            self.reload()
        else:
            self.changed.emit()

    # The bus.

    def _begin(self, _topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """What was known before this desk began is neither new nor an alarm."""
        self._told.update(message.key for message in messages)

    def _hear(self, _topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        touched: list[str] = []
        for message in messages:
            report: Report | None = message.body
            if report is None:
                touched += [message.key] if self._model.row(message.key) is not None else []
                continue
            self._note_new([report])
            if self._model.touch(report) or self._model.row(report.id) is None:
                touched.append(report.id)
        if self._page_reply is not None:
            self._while_loading.update(touched)
        # So many at once are a bus that begins anew.
        self._needs_reload |= len(touched) > MOST_IDS
        self.refresh(touched)

    def _note_new(self, reports: Sequence[Report] | Sequence[QueueRow]) -> None:
        """Those that came in since this desk began, whoever tells of them first: unread, and an emergency among them is told once."""
        for report in reports:
            if report.id in self._told or report.received_at < self._since or report.state not in OPEN_STATES:
                continue
            self._told.add(report.id)
            self._fresh.add(report.id)
            if report.priority is Priority.EMERGENCY:
                self.emergency.emit(report.id, category_of(report, self._ctx), place_of(report, self._ctx))

    def _on_fault(self, problem: BaseException) -> None:
        _log.error("a message about a report was not understood", problem=repr(problem))

    # Inside.

    def _give_up_all(self) -> None:
        for reply in (self._page_reply, self._rows_reply):
            if reply is not None:
                give_up(reply)
        self._page_reply = self._rows_reply = None
        self._pending |= self._asked
        self._asked = set()

    def _set(self, *, is_loading: bool, trouble: Trouble | None) -> None:
        if (is_loading, trouble) != (self.is_loading, self.trouble):
            self.is_loading, self.trouble = is_loading, trouble
            self.changed.emit()


def _timer(owner: QObject, after_ms: int, done: Callable[[], None]) -> QTimer:
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(after_ms)
    timer.timeout.connect(done)
    return timer
