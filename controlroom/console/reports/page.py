"""Laporan: the queue and the open report side by side, calls typed in, steps for many; on a narrow desk one column with a way back."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext, Page, Tone
from controlroom.console.reports.actions_held import HOLD_S, MOST_HOLD_S, HeldSteps
from controlroom.console.reports.actions_line import HeldLine, pending_by_report, unsent_words
from controlroom.console.reports.bulk import Bulk
from controlroom.console.reports.detail import Detail
from controlroom.console.reports.detail_parts import style
from controlroom.console.reports.map_ground import Ground
from controlroom.console.reports.queue import Queue
from controlroom.console.reports.typed_in import TypedInForm
from controlroom.console.stage.side import StageSide

NARROW = 1_100
WIDE = 1_600
OWN_MS = 2_000
"""So long an emergency is not told while a call that was typed in here is still unanswered: it may be that call."""
_HOLD, _SPLIT = "laporan.hold_s", "laporan.split"
_HOLDS = (0, 3, HOLD_S, 10, MOST_HOLD_S)


class ReportsPage(Page):
    """``set_side`` gives it a third column for wide windows."""

    key = "laporan"
    title = "Laporan"

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        ground = Ground(ctx.city)
        self.held = HeldSteps(ctx.api, self)
        self.held.hold_s = min(MOST_HOLD_S, max(0, int(ctx.remembered.get(_HOLD, HOLD_S))))
        self.queue = Queue(ctx)
        self.detail = Detail(ctx, ground, self.held)
        self.form = TypedInForm(ctx, ground)
        self.bulk = Bulk(ctx, self.held, self.queue.row)
        self.line = HeldLine(ctx, self.held)
        self._side: QWidget | None = None
        self._own: set[str] = set()
        self._is_closed = False
        self._is_narrow = False
        self._lay_out()
        self._actions = self._make_actions()
        for action in (*self.bulk.commands(), *self._actions):
            self.addAction(action)
        self._connect()
        self.setFocusProxy(self.queue)
        self.wall = StageSide(ctx) if ctx.api.may("arrange_wall") else None
        if self.wall is not None:
            self.set_side(self.wall)

    def commands(self) -> list[QAction]:
        of_wall = self.wall.commands() if self.wall is not None else []
        return [*self.detail.commands(), *self._actions, *self.bulk.commands(), *self.queue.commands(), *of_wall]

    def set_side(self, widget: QWidget) -> None:
        """What everybody sees, beside the report: shown where the window is wide enough."""
        self._side = widget
        self.split.addWidget(widget)
        widget.setVisible(self.width() >= WIDE)

    def open_report(self, report: str) -> None:
        """Shows it in the middle; the queue stands on it where it has it."""
        self.queue.show_opened(report)
        self._open(report)
        self.centre.setCurrentWidget(self.frames[0])

    def bring(self, report: str) -> None:
        """Somebody wants to see it, on whatever page they are."""
        self.front_wanted.emit()
        self.open_report(report)

    def type_in(self) -> None:
        """The form of a call; the open report stays as it is behind it."""
        self.queue.hurry()
        self.centre.setCurrentWidget(self.frames[1])
        self._show_column(is_centre=True)
        self.form.begin()

    def hurry(self) -> None:
        """An answer that somebody gave is not lost because they left."""
        self.held.send_now()

    def unsent(self) -> int:
        return sum(len(one.rest) for one in self.held.all) + self.form.is_waiting

    def may_leave(self) -> str | None:
        tr, reasons = self.ctx.tr, list[str]()
        if self.held.all:
            steps = "; ".join(unsent_words(one) for one in self.held.all)
            reasons.append(tr("TIDAK terkirim, pintu tidak menjawab: {steps}").format(steps=steps))
        if self.detail.drafts.reports():
            reasons.append(tr("teks yang belum dikirim: {reports}").format(reports=", ".join(self.detail.drafts.reports()[:5])))
        if self.detail.acting.conflicts():
            reasons.append(tr("langkah yang ditolak: {reports}").format(reports=", ".join(self.detail.acting.conflicts()[:5])))
        if self.form.is_waiting:
            reasons.append(tr("laporan yang dicatat masih menunggu pintu"))
        return "; ".join(reasons) or None

    def close_page(self) -> None:
        self._is_closed = True
        self.held.send_now()
        self.ctx.remembered.set(_SPLIT, self.split.sizes()[:2])
        self.form.close_form()
        self.detail.close_detail()
        self.queue.close_queue()
        if self.wall is not None:
            self.wall.close_side()
        self.held.close()

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page is in front: nobody sees the countdown, so nothing is held any longer, and the report is free for others."""
        self.held.send_now()
        if not event.spontaneous() and not self._is_closed:
            self.detail.look(False)
        super().hideEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.detail.look(True)

    def _lay_out(self) -> None:
        padding = self.ctx.look.sizes.padding
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.queue, 1)
        column.addWidget(self.bulk)
        self.left = left
        self.centre = QStackedWidget()
        self.frames: list[QFrame] = []
        for part in (self.detail, self.form):
            frame = QFrame()
            give_role(frame, "card")
            inner = QVBoxLayout(frame)
            inner.setContentsMargins(padding, padding - 4, padding, padding - 4)
            inner.addWidget(part)
            self.frames.append(frame)
            self.centre.addWidget(frame)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(12)
        self.split.setChildrenCollapsible(False)
        for place, part in enumerate((left, self.centre)):
            self.split.addWidget(part)
            self.split.setStretchFactor(place, 6 + place)
        kept = self.ctx.remembered.get(_SPLIT, None)
        self.split.setSizes(kept if isinstance(kept, list) and len(kept) == 2 else [624, 712])  # pyright: ignore
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self.split, 1)
        whole.addWidget(self.line)
        self.setStyleSheet(style(self.ctx.look))

    def _make_actions(self) -> list[QAction]:
        tr = self.ctx.tr
        return [
            self._action(tr("Catat laporan lewat telepon atau pesan"), "Ctrl+N", self.type_in),
            self._action(tr("Laporan terbuka berikutnya"), "Ctrl+J", self._next),
            self._action(tr("Urungkan langkah yang belum dikirim"), "Ctrl+Z", self.detail.acting.undo),
            self._action(tr("Kembali ke antrean"), "Alt+Left", self._back),
            self._action(tr("Ke laporan yang dibuka"), "Alt+Right", self._to_detail),
            self._action(tr("Ganti waktu untuk mengurungkan"), "Ctrl+Shift+Z", self._turn_hold),
        ]

    def _action(self, text: str, key: str, done: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(done)
        return action

    def _connect(self) -> None:
        self.queue.opened.connect(self._opened)
        self.queue.ticked.connect(self.bulk.show_ticked)
        self.queue.counted.connect(self._counted)
        self.queue.emergency.connect(self._emergency)
        self.detail.changed.connect(self.queue.put)
        self.detail.answered.connect(self._on_answered)
        self.detail.wants.connect(self.bring)
        self.bulk.done.connect(self._many_done)
        self.form.saved.connect(self._saved)
        self.form.left.connect(self._leave_form)
        self.line.clicked.connect(self.detail.acting.undo)
        self.held.changed.connect(self._show_pending)
        self.ctx.look.changed.connect(self._restyle)

    def _opened(self, report: str) -> None:
        if report == self.detail.report:
            self._show_column(is_centre=True)
        else:
            self._open(report)
        if self.form.is_empty:
            self.centre.setCurrentWidget(self.frames[0])

    def _open(self, report: str) -> None:
        self.detail.open(report)
        self._show_column(is_centre=True)

    def _next(self) -> None:
        self.centre.setCurrentWidget(self.frames[0])
        self.queue.next_open()
        if self.queue.selected is not None:
            self.open_report(self.queue.selected)

    def _back(self) -> None:
        self._show_column(is_centre=False)
        self.queue.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_answered(self) -> None:
        part = self.detail.bar if self._is_narrow else self.queue
        part.setFocus(Qt.FocusReason.OtherFocusReason)

    def _to_detail(self) -> None:
        self._show_column(is_centre=True)
        self.detail.photos.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave_form(self) -> None:
        self.centre.setCurrentWidget(self.frames[0])
        self._back()

    def _turn_hold(self) -> None:
        """The next of a few usual times."""
        later = [one for one in _HOLDS if one > self.held.hold_s]
        self.held.hold_s = later[0] if later else _HOLDS[0]
        self.ctx.remembered.set(_HOLD, self.held.hold_s)
        said = self.ctx.tr("Langkah ditahan {time} sebelum dikirim").format(time=self.ctx.text.age(self.held.hold_s))
        self.ctx.tell(said, Tone.PLAIN, None)

    def _counted(self, _total: int, unread: int) -> None:
        self.badge_changed.emit(self.ctx.text.number(unread) if unread else "")

    def _saved(self, report: str) -> None:
        self._own.add(report)
        self.open_report(report)

    def _emergency(self, report: str, category: str, place: str) -> None:
        """Nobody is called to what they typed in themselves; the bus may tell of it before the doors have answered."""
        if self.form.is_waiting:
            QTimer.singleShot(OWN_MS, self, lambda: self._ring(report, category, place))
        else:
            self._ring(report, category, place)

    def _ring(self, report: str, category: str, place: str) -> None:
        if report in self._own or self._is_closed:
            return
        what = " · ".join(part for part in (category, place) if part)
        if self.ctx.notice is not None:
            self.ctx.notice.emergency(self.ctx.tr("Darurat"), what)
        said = self.ctx.tr("Darurat: {what}").format(what=what)
        self.ctx.tell(said, Tone.TROUBLE, (self.ctx.tr("Buka"), lambda: self.bring(report)))

    def _show_pending(self) -> None:
        self.queue.show_pending(pending_by_report(self.held, self.ctx.tr))

    def _many_done(self, asked: list[str], refused: list[str]) -> None:
        self.queue.refresh(asked)
        self.queue.keep_ticked(refused)
        if self.detail.report in asked:
            self.detail.feed.reload()

    def _restyle(self) -> None:
        self.setStyleSheet(style(self.ctx.look))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._side is not None:
            self._side.setVisible(self.width() >= WIDE)
        is_narrow = self.width() < NARROW
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._show_column(is_centre=bool(self.detail.report))

    def _show_column(self, *, is_centre: bool) -> None:
        """On a narrow desk one of the two; else both."""
        self.left.setVisible(not self._is_narrow or not is_centre)
        self.centre.setVisible(not self._is_narrow or is_centre)
