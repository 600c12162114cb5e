"""The open report: everything there is about it, and the steps that may be taken. It keeps its place while the queue beside it moves."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.kit.banner import Banner
from controlroom.console.page import DeskContext, Tone
from controlroom.console.reports.actions import Acting
from controlroom.console.reports.actions_bar import ActionBar, StepActions
from controlroom.console.reports.actions_held import HeldSteps
from controlroom.console.reports.actions_line import pending
from controlroom.console.reports.actions_tray import FORMS, Drafts, Tray
from controlroom.console.reports.actions_words import refusal
from controlroom.console.reports.detail_cards import AgencyCard, AlikeCard, Clocks, HistoryCard, InstructionsCard
from controlroom.console.reports.detail_feed import DetailFeed
from controlroom.console.reports.detail_head import Head, Words
from controlroom.console.reports.detail_parts import label, style
from controlroom.console.reports.map_ground import Ground
from controlroom.console.reports.map_view import MapView, Pin
from controlroom.console.reports.photos import Photos
from controlroom.console.reports.photos_shelf import PictureShelf
from feeds.messages.actions import Accept, Forward, Merge, PassPicture, Triage
from feeds.messages.desk import Detail as Told
from feeds.messages.header import Position
from feeds.messages.queue import QueueRow
from feeds.messages.report import OPEN_STATES, REPORT, Report

REFRESH_MS = 1_000
OTHERS_MS = 5_000
MOST_OTHERS = 3_000


class Detail(QWidget):
    """``changed``: a report's row as a step left it, for the queue. ``wants``: another report is asked for."""

    changed = Signal(object)
    wants = Signal(str)
    closed = Signal()
    answered = Signal()
    """A field or a list of choices has been left with a step: the keyboard is free for the next report."""

    def __init__(self, ctx: DeskContext, ground: Ground, held: HeldSteps) -> None:
        super().__init__()
        self.ctx, self._held = ctx, held
        self._shown = ""
        self.feed = DetailFeed(ctx, lambda report: bool(held.of(report)), self)
        self.drafts = Drafts()
        self.shelf = PictureShelf(ctx.api, self)
        self.steps = StepActions(ctx, self)
        self.head, self.words, self.clocks = Head(ctx), Words(ctx), Clocks(ctx)
        self.photos, self.map = Photos(ctx, self.shelf), MapView(ctx, ground)
        self.agencies, self.alike = AgencyCard(ctx), AlikeCard(ctx)
        self.history, self.instructions = HistoryCard(ctx), InstructionsCard(ctx)
        self.banner = Banner(ctx.look)
        self.tray = Tray(ctx, self.drafts)
        self.bar = ActionBar(ctx, self.steps)
        self.acting = Acting(ctx, self.feed, self.tray, self.drafts, held, self)
        self._lay_out()
        self._connect()
        self._clock = QTimer(self)
        self._clock.setInterval(REFRESH_MS)
        self._clock.timeout.connect(self._refresh)
        self._others = QTimer(self)
        self._others.setInterval(OTHERS_MS)
        self._others.timeout.connect(self._show_others)

    @property
    def report(self) -> str:
        """The id of the open report; empty when none is."""
        return self.feed.report

    def commands(self) -> list[QAction]:
        return [*self.steps.actions.values(), self._again, self._pair, self._person]

    def open(self, report: str) -> None:
        """Shows another report; what was typed for the one before is kept."""
        if report != self.feed.report:
            self.tray.close_quietly()
            self.map.end_move(is_confirmed=False)
            self.photos.close_window()
        self.feed.open(report)
        self._clock.start()
        self._others.start()

    def look(self, is_looking: bool) -> None:
        """Whether the page is in front. Behind another one the report is let go of; what is being written takes it again on return."""
        self.feed.look(is_looking)
        if is_looking and self.tray.kind:
            self.feed.begin_to_act()

    def close_report(self) -> None:
        self.feed.leave()
        self.tray.close_quietly()
        self._shown = ""
        self._stack.setCurrentIndex(0)
        self.steps.show_report(None)
        self._clock.stop()
        self._others.stop()

    def close_detail(self) -> None:
        """The page goes: its claim, its ear, its window."""
        self.photos.close_window()
        self.close_report()
        self.feed.close()

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        self._top = QWidget()
        pictures = QHBoxLayout(self._top)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(12)
        pictures.addWidget(self.photos, 17)
        pictures.addWidget(self.map, 10)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        cards.addWidget(self.agencies, 1)
        cards.addWidget(self.alike, 1)
        for part in (self._top, self.words, self.clocks):
            column.addWidget(part)
        column.addLayout(cards)
        column.addWidget(self.instructions)
        column.addWidget(self.history, 1)
        self.area = QScrollArea()
        self.area.setMinimumHeight(60)
        self.area.setWidget(inner)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        full = QWidget()
        parts = QVBoxLayout(full)
        parts.setContentsMargins(0, 0, 0, 0)
        parts.setSpacing(10)
        parts.addWidget(self.head)
        parts.addWidget(self.banner)
        parts.addWidget(self.area, 1)
        parts.addWidget(self.tray)
        parts.addWidget(self.bar)
        self._empty = label(self.ctx.tr("Pilih laporan di antrean"), "second")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(full)
        self.setStyleSheet(style(self.ctx.look))

    def _connect(self) -> None:
        tr = self.ctx.tr
        self.ctx.look.changed.connect(self._restyle)
        self.feed.loaded.connect(self._show)
        self.feed.failed.connect(self._failed)
        self.feed.claimed.connect(self._claimed)
        self.feed.others_changed.connect(self.head.show_others)
        self.steps.wanted.connect(self._wanted)
        self.steps.refused.connect(self._say)
        self.agencies.chosen.connect(self._forward)
        self.alike.merged.connect(self._merge)
        self.alike.opened.connect(self.wants)
        self.map.moved.connect(self._moved)
        self.map.picked.connect(self.wants)
        self.photos.passing.connect(self._pass)
        self.acting.changed.connect(self.changed)
        self.acting.wants_report.connect(self.wants)
        self.acting.conflict_changed.connect(self._show_conflict)
        self.tray.left.connect(self.bar.setFocus)
        self.tray.ready.connect(self.answered)
        self._held.changed.connect(self._refresh_pending)
        self._again = self._action(tr("Terapkan lagi langkah yang ditolak"), "R", self.acting.apply_again)
        self._pair = self._action(tr("Sebelum dan sesudah berdampingan"), "B", self.photos.show_pair)
        self._person = self._action(tr("Tampilkan pelapor"), "Ctrl+P", self.words.person.button.click)
        for action in self.commands():
            self.addAction(action)

    def _action(self, text: str, key: str, done: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(done)
        return action

    def _restyle(self) -> None:
        self.setStyleSheet(style(self.ctx.look))

    def _show(self, told: Told) -> None:
        """The report for the first time, or again: then scroll, focus and typed text stay as they are."""
        report, is_other = told.report, told.report.id != self._shown
        self._shown = report.id
        self._stack.setCurrentIndex(1)
        self.head.show_report(report)
        if is_other:
            self.head.show_others(self.feed.others)
            self.area.verticalScrollBar().setValue(0)
        self.words.show_report(told)
        self.words.person.show_report(told, is_other_report=is_other)
        self.steps.show_report(told)
        self.photos.show_pictures(told.pictures, may_pass="pass_picture" in told.steps, is_other_report=is_other)
        pin = Position(report.lon, report.lat) if report.lon is not None and report.lat is not None else None
        self.map.show_report(report.state, pin, keeps_view=not is_other)
        self.clocks.show_report(report, told.clocks)
        self.agencies.show_report(told, is_other_report=is_other)
        self.alike.show_alike(told.duplicates, may_merge="merge" in told.steps)
        self.instructions.show_instructions(told.instructions)
        self.history.show_history(told.history)
        self.bar.show_state(report.state)
        self.tray.refresh(told)
        self._show_conflict()
        self._show_others()
        self._refresh_pending()

    def _failed(self, trouble: Trouble) -> None:
        said = refusal(trouble, self.ctx.tr)
        if trouble.status == 404:
            self.close_report()
            self._empty.setText(said)
            self.closed.emit()
        elif trouble.status:
            self.banner.say(said, Tone.TROUBLE)

    def _show_conflict(self) -> None:
        told = self.feed.detail
        conflict = self.acting.conflict(self.feed.report)
        if told is None or conflict is None or told.report.revision == conflict.step.revision:
            self.banner.end()
            return
        what = self.ctx.tr("Berubah sementara itu: {what}. Langkah Anda belum terkirim: {step}")
        said = what.format(what=self.acting.what_changed(told, conflict), step=conflict.words)
        self.banner.say(said[:400], Tone.WARNING, (f"{self.ctx.tr('Terapkan lagi')}  R", self.acting.apply_again))

    def _claimed(self, outcome: QueueRow | Trouble) -> None:
        if isinstance(outcome, Trouble):
            self._say(refusal(outcome, self.ctx.tr))
        else:
            self.head.show_claim(outcome)

    def _say(self, text: str) -> None:
        self.ctx.tell(text, Tone.WARNING, None)

    def _wanted(self, kind: str) -> None:
        """One key: a form opens, a list takes the focus, or the step is taken."""
        if kind == "forward":
            self.feed.begin_to_act()
            self.area.ensureWidgetVisible(self.agencies)
            self.agencies.pick.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif kind == "merge" and self.alike.focus_first():
            self.feed.begin_to_act()
            self.area.ensureWidgetVisible(self.alike)
        elif kind == "accept":
            self.acting.take(Accept())
        elif kind == "pass_picture":
            self.photos.toggle_pass()
        elif kind == "pin":
            self.feed.begin_to_act()
            self.area.ensureWidgetVisible(self.map)
            self.map.begin_move()
        elif kind in FORMS:
            self.acting.open_form(kind)

    def _forward(self, agency: str) -> None:
        if why := self.steps.why_not("forward"):
            self._say(why)
        else:
            self.acting.take(Forward(agency=agency))
            self.answered.emit()

    def _merge(self, parent: str) -> None:
        self.acting.take(Merge(parent=parent))
        self.answered.emit()

    def _moved(self, position: Position) -> None:
        if self.feed.detail is not None:
            self.map.show_report(self.feed.detail.report.state, position, keeps_view=True)
            self.acting.take(Triage(position=position))

    def _pass(self, content_hash: str, is_passed: bool) -> None:
        self.acting.take(PassPicture(photo=content_hash, is_passed=is_passed))

    def _refresh(self) -> None:
        """Time goes on."""
        self.clocks.refresh()
        self.head.refresh()
        if self.feed.detail is not None:
            self.head.show_claim(self.feed.detail.report)

    def _refresh_pending(self) -> None:
        found = self._held.of(self.feed.report) if self.feed.report else []
        self.head.show_pending(pending(found[-1], self._held, self.ctx) if found else "")

    def _show_others(self) -> None:
        """Open reports the wall knows of, and those that are alike in full."""
        told = self.feed.detail
        if told is None:
            return
        near = {one.id for one in told.duplicates}
        self.map.show_others(_pins(self.ctx.hub.latest(REPORT), near, told.report.id))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures get what a short window can spare."""
        super().resizeEvent(event)
        self._top.setFixedHeight(min(380, max(180, round(self.height() * 0.34))))


def _pins(latest: Any, near: set[str], own: str) -> Sequence[Pin]:
    pins: list[Pin] = []
    for key, message in latest.items():
        body: Report | None = message.body
        if body is None or body.position is None or key == own:
            continue
        if key in near or (body.state in OPEN_STATES and len(pins) < MOST_OTHERS):
            pins.append(Pin(report=key, state=body.state, position=body.position, is_near=key in near))
    return tuple(pins)
