"""The left column of Laporan: what is next. Puts filters, list and states together; asks through its feed alone."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from controlroom.console.kit.banner import Banner
from controlroom.console.kit.chips import FreshnessChip
from controlroom.console.kit.empty_state import EmptyState
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.page import DeskContext, Tone
from controlroom.console.reports.queue_columns import QueueColumns
from controlroom.console.reports.queue_feed import QueueFeed
from controlroom.console.reports.queue_filters import QueueFilters
from controlroom.console.reports.queue_model import MOST_LOADED, QueueModel
from controlroom.console.reports.queue_query import OPEN
from controlroom.console.reports.queue_view import QueueView
from controlroom.console.reports.queue_words import sentence_of, sort_name
from feeds.messages.queue import QueueRow, Sort
from feeds.messages.report import OPEN_STATES, REPORT

TICK_MS = 1_000


class Queue(QFrame):
    """The queue of reports. Give it the keyboard with ``setFocus``; ``close_queue`` lets go of everything."""

    opened = Signal(str)
    """This report is to be shown beside the queue: entered, double-clicked, or stood on for a moment."""
    ticked = Signal(list)
    """The ids that are ticked now, sorted."""
    counted = Signal(int, int)
    """How many match the filter, and how many new ones nobody opened here yet."""
    emergency = Signal(str, str, str)
    """A report of an emergency came in since the desk began: its id, category, place. Once for each; whether it matches or not."""

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "card")
        self._ctx = ctx
        self._model = QueueModel(lambda row: sentence_of(row, ctx, ctx.now()), self)
        self.filters = QueueFilters(ctx, self)
        self.view = QueueView(ctx, self._model, self)
        self.view.setAccessibleName(ctx.tr("Antrean laporan"))
        self._feed = QueueFeed(ctx, self._model, self.view.in_sight, self.view.depth, self)
        self._ticked: list[str] = []
        self._counts = (-1, -1)
        self._lay_out()
        self._actions = self._make_actions()
        self.filters.changed.connect(self._ask)
        self.view.opened.connect(self.opened)
        self.view.resized.connect(self._columns.update)
        self._feed.changed.connect(self._show_state)
        self._feed.emergency.connect(self.emergency)
        self._model.counted.connect(self._count)
        self.view.verticalScrollBar().valueChanged.connect(self._count)
        ctx.look.changed.connect(self.view.viewport().update)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._on_second)
        self._clock.start(TICK_MS)
        self.setFocusProxy(self.view)
        self._ask()

    # What the page may ask.

    def select(self, report_id: str) -> bool:
        """Stands on that report's row; false when it is not among those loaded."""
        return self.view.select(report_id)

    def show_opened(self, report_id: str) -> None:
        """That report is the open one now, wherever it was asked for: stands on its row, and opens no other by itself."""
        self.view.select(report_id)
        self.view.show_opened(report_id)

    def hurry(self) -> None:
        """A row that one has just come to opens now, not in a moment."""
        self.view.hurry()

    def row(self, report_id: str) -> QueueRow | None:
        """That report's row as it is known here; ``None`` when it is not loaded."""
        return self._model.row(report_id)

    def show_pending(self, said: dict[str, str]) -> None:
        """By report, what somebody here decided and the doors have not carried out yet."""
        self._model.show_pending(said)

    @property
    def selected(self) -> str | None:
        return self.view.current

    def next_open(self) -> None:
        """Stands on the next open report below, from the top again after the last."""
        count, here = self._model.rowCount(), self.view.currentIndex().row()
        for step in range(1, count + 1):
            place = (here + step) % count
            row = self._model.at(place)
            if row is not None and row.state in OPEN_STATES and not self._model.is_lost_row(row):
                self.view.go(place)
                return

    def put(self, row: QueueRow) -> None:
        """An action has answered: its row is shown at once as it is now, and asked for again so that it goes where it belongs."""
        self._model.put(row)
        self._feed.refresh([row.id])

    def refresh(self, report_ids: list[str]) -> None:
        """These have changed, by an action on many: asks for them again."""
        self._feed.refresh(report_ids)

    def untick(self) -> None:
        self.view.untick()

    def keep_ticked(self, report_ids: list[str]) -> None:
        """Of the ticked ones only these stay so."""
        self._model.tick(list(self._model.ticked - set(report_ids)), is_on=False)

    def commands(self) -> list[QAction]:
        """The queue's actions with their keys; they work while the focus is within the queue, the search from the whole page."""
        return list(self._actions)

    def close_queue(self) -> None:
        self._clock.stop()
        self._feed.close()

    # Inside.

    def _ask(self) -> None:
        self._feed.ask(self.filters.query)
        self._show_state()

    def _make_actions(self) -> list[QAction]:
        tr, everywhere, here = self._ctx.tr, Qt.ShortcutContext.WindowShortcut, Qt.ShortcutContext.WidgetShortcut
        self._untick = self._action(tr("Hapus tanda"), ["Esc"], here, self.view.untick)
        self._untick.setEnabled(False)
        return [
            self._action(tr("Cari laporan"), ["Ctrl+F"], everywhere, self._find),
            self._action(tr("Muat ulang antrean"), ["Ctrl+R"], everywhere, self._feed.reload),
            self._action(tr("Buka laporan"), ["Return", "Enter"], here, self.view.enter),
            self._action(tr("Tandai laporan"), ["Space"], here, self.view.toggle),
            self._action(tr("Tandai semua yang termuat"), ["Ctrl+A"], here, self.view.tick_all),
            self._untick,
        ]

    def _action(self, text: str, keys: list[str], context: Qt.ShortcutContext, done: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(context)
        action.triggered.connect(done)
        (self.view if context is Qt.ShortcutContext.WidgetShortcut else self).addAction(action)
        return action

    def _lay_out(self) -> None:
        ctx, sizes = self._ctx, self._ctx.look.sizes
        self._facts = words(role="faint", parent=self)
        self._chip = FreshnessChip(ctx.look, ctx.tr, ctx.text, self)
        self._banner = Banner(ctx.look, self)
        self._columns = QueueColumns(ctx.look, ctx.tr, lambda: self.view.viewport().width(), self)
        self._empty = EmptyState(ctx.look, parent=self)
        self._shown, self._marked = words(role="faint", parent=self), words(role="strong", parent=self)
        self._above = QPushButton(self)
        give_role(self._above, "quiet")
        self._above.clicked.connect(self._to_the_top)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(words(ctx.tr("Antrean"), "title", parent=self))
        head.addWidget(self._facts, 1)
        head.addWidget(self._chip)
        foot.addWidget(self._shown, 1)
        foot.addWidget(self._above)
        foot.addWidget(self._marked)
        self._pile = QStackedLayout()
        self._pile.addWidget(self.view)
        self._pile.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.padding, sizes.padding, sizes.padding, sizes.gap)
        column.setSpacing(sizes.gap)
        column.addLayout(head)
        column.addWidget(self.filters)
        column.addWidget(self._columns)
        column.addLayout(self._pile, 1)
        # Below the list: above it every row would move under the pointer.
        column.addWidget(self._banner)
        column.addLayout(foot)

    def _find(self) -> None:
        self.filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.search.selectAll()

    def _to_the_top(self) -> None:
        self.view.verticalScrollBar().setValue(0)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_second(self) -> None:
        if self.isVisible():
            self.view.age()
            self._show_freshness()

    def _show_freshness(self) -> None:
        freshness, age_s = self._ctx.hub.book.topic(REPORT, self._ctx.now())
        self._chip.show_freshness(freshness, age_s)

    def _count(self) -> None:
        tr, model, number = self._ctx.tr, self._model, self._ctx.text.number
        query = self.filters.query
        kind = tr("{n} terbuka") if query.state == OPEN else tr("{n} laporan")
        name = sort_name(query.order, tr)
        order = tr("urut {order}").format(order=name if query.order is Sort.DUE else name.casefold())
        self._facts.setText(f"{kind.format(n=number(model.total))} · {order}")
        loaded = model.rowCount() - model.is_lost
        shown = tr("{n} dari {total} tampil").format(n=number(loaded), total=number(model.total))
        if not model.is_whole and loaded >= MOST_LOADED:
            shown = tr("{shown} · persempit saringan untuk melihat yang lain").format(shown=shown)
        self._shown.setText(shown)
        above = self.view.new_above()
        self._above.setText(tr("{n} baru di atas").format(n=number(above)))
        self._above.setVisible(above > 0)
        self._marked.setText(tr("{n} ditandai").format(n=number(len(model.ticked))) if model.ticked else "")
        self._untick.setEnabled(bool(model.ticked))
        self._tell()
        self._show_state()

    def _tell(self) -> None:
        ticked, counts = sorted(self._model.ticked), (self._model.total, len(self._model.unread))
        if ticked != self._ticked:
            self._ticked = ticked
            self.ticked.emit(list(ticked))
        if counts != self._counts:
            self._counts = counts
            self.counted.emit(*counts)

    def _show_state(self) -> None:
        tr, feed, has_rows = self._ctx.tr, self._feed, self._model.rowCount() > 0
        again = (tr("Coba lagi"), feed.reload)
        if feed.trouble is not None or not self._ctx.api.is_reached:
            said = tr("Antrean tidak dapat dimuat.") if not has_rows else tr("Antrean tidak diperbarui: pintu laporan tidak menjawab.")
            if has_rows:
                self._banner.say(said, Tone.WARNING, again)
            else:
                self._banner.end()
                self._empty.say(said, feed.trouble.text if feed.trouble is not None else "", again)
        else:
            self._banner.end()
            if feed.is_loading:
                self._empty.say(tr("Memuat antrean..."))
            else:
                clear = (tr("Bersihkan"), self.filters.reset)
                self._empty.say(tr("Tidak ada laporan yang cocok"), "", None if self.filters.query.is_plain else clear)
        self._pile.setCurrentWidget(self.view if has_rows else self._empty)
