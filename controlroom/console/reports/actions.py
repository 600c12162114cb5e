"""What becomes of a step that somebody wants: asked for what it needs, held back, sent, carried out, refused or in conflict.

Joins the open report, the tray, and the steps that are held; paints nothing itself.
"""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, Signal

from controlroom.console.desk_api import Trouble
from controlroom.console.page import DeskContext, Tone
from controlroom.console.reports.actions_held import Held, HeldSteps, kind_of
from controlroom.console.reports.actions_tray import FORMS, Drafts, Tray
from controlroom.console.reports.actions_words import happened, refusal, step_name
from controlroom.console.reports.detail_feed import DetailFeed
from feeds.messages.actions import Accept, AnyAction, Forward, Merge, Triage
from feeds.messages.desk import Detail, OneOfMany
from feeds.messages.queue import QueueRow
from feeds.messages.report import Priority, ReportState


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A step that was refused because its report had moved on."""

    step: OneOfMany
    words: str


class Acting(QObject):
    """``changed``: a row of a queue that is now another. ``conflict_changed``: look at ``conflict(report)``."""

    changed = Signal(object)
    conflict_changed = Signal()
    wants_report = Signal(str)

    def __init__(self, ctx: DeskContext, feed: DetailFeed, tray: Tray, drafts: Drafts, held: HeldSteps, parent: QObject) -> None:
        super().__init__(parent)
        self._ctx, self._feed, self._tray, self._drafts, self._held = ctx, feed, tray, drafts, held
        self._conflicts: dict[str, Conflict] = {}
        self._changed = ""
        """The report of our last step that was carried out."""
        self._made: dict[int, int] = {}
        """Of its revisions, what our own steps made of each."""
        tray.ready.connect(self._ready)
        held.carried_out.connect(self._carried_out)
        held.refused.connect(self._refused)
        held.changed.connect(feed.let_go_of_all)

    def open_form(self, kind: str) -> None:
        if self._feed.detail is not None and kind in FORMS:
            self._feed.begin_to_act()
            self._tray.open(kind, self._feed.detail)

    def take(self, action: AnyAction) -> None:
        """Holds a step on the open report as it is shown."""
        detail = self._feed.detail
        if detail is None:
            return
        self._feed.begin_to_act()
        report = detail.report
        is_first = report.state in (ReportState.NEW, ReportState.REOPENED)
        is_at_once = isinstance(action, Forward) and is_first and report.priority is Priority.EMERGENCY
        self._hold(OneOfMany(id=report.id, revision=self._revision_of(report), action=action), is_at_once=is_at_once)

    def _revision_of(self, report: QueueRow) -> int:
        """What is decided before the report has been told anew goes on top of what our own last step made of it."""
        revision = report.revision
        while report.id == self._changed and revision in self._made:
            revision = self._made[revision]
        return revision

    def _hold(self, step: OneOfMany, *, is_at_once: bool = False) -> None:
        """What was typed for it goes with it: the next form of its kind begins empty."""
        kind = kind_of(step.action)
        draft = self._drafts.get(step.id, kind)
        self._drafts.drop(step.id, kind)
        self._held.hold([step], f"{said_of(step.action, self._ctx)} · {step.id}", is_at_once=is_at_once, draft=draft)

    def _give_back(self, held: Held) -> None:
        """The text of a step that did not come to pass; what was typed since goes before it."""
        step = held.steps[0]
        if held.draft and not self._drafts.get(step.id, kind_of(step.action)):
            self._drafts.keep(step.id, kind_of(step.action), held.draft)

    def undo(self) -> None:
        """Calls back what has not gone yet; a form that was filled for it opens again with its text."""
        held = self._held.undo()
        if held is None:
            self._ctx.tell(self._ctx.tr("Tidak ada langkah yang masih dapat diurungkan"), Tone.PLAIN, None)
            return
        self._ctx.tell(self._ctx.tr("Diurungkan: {step}").format(step=held.words), Tone.GOOD, None)
        detail = self._feed.detail
        if not held.is_many:
            self._give_back(held)
        if not held.is_many and detail is not None and held.is_of(detail.report.id):
            kind = kind_of(held.steps[0].action)
            if self._drafts.get(detail.report.id, kind):
                self._tray.open(kind, detail)
            self._feed.loaded.emit(detail)

    def conflict(self, report: str) -> Conflict | None:
        return self._conflicts.get(report)

    def conflicts(self) -> list[str]:
        return list(self._conflicts)

    def what_changed(self, detail: Detail, conflict: Conflict) -> str:
        """What happened since the revision the step was made on."""
        since = [event for event in detail.history if event.revision > conflict.step.revision]
        lines = [f"{happened(event, self._ctx.city, self._ctx.language, self._ctx.tr)} · {event.actor}" for event in since[-4:]]
        return "; ".join(lines) or self._ctx.tr("isinya berubah")

    def apply_again(self) -> None:
        """The refused step on the report as it is now."""
        detail = self._feed.detail
        if detail is None or (conflict := self._conflicts.pop(detail.report.id, None)) is None:
            return
        self._hold(msgspec.structs.replace(conflict.step, revision=detail.report.revision))
        self.conflict_changed.emit()

    def drop_conflict(self) -> None:
        if self._conflicts.pop(self._feed.report, None) is not None:
            self.conflict_changed.emit()

    def _ready(self, report: str, kind: str, action: AnyAction) -> None:
        if self._feed.detail is not None and self._feed.detail.report.id == report:
            self.take(action)

    def _carried_out(self, held: Held, row: QueueRow, made: int) -> None:
        if held.is_many:
            return
        step = held.steps[0]
        if step.id != self._changed:
            self._changed, self._made = step.id, {}
        if made > step.revision:
            self._made[step.revision] = made
        self._ctx.tell(self._ctx.tr("Terlaksana: {step}").format(step=held.words), Tone.GOOD, None)
        self.changed.emit(row)
        if step.id == self._feed.report:
            self._feed.reload()

    def _refused(self, held: Held, step: OneOfMany, trouble: Trouble) -> None:
        self._give_back(held)
        said = self._ctx.tr("{step}: {why}").format(step=held.words, why=refusal(trouble, self._ctx.tr))
        action: tuple[str, Callable[[], None]] | None = None
        if step.id != self._feed.report:
            action = self._ctx.tr("Buka"), lambda: self.wants_report.emit(step.id)
        if trouble.code == "stale_revision":
            self._conflicts[step.id] = Conflict(step=step, words=held.words)
            self.conflict_changed.emit()
        self._ctx.tell(said, Tone.TROUBLE, action)
        if step.id == self._feed.report:
            self._feed.reload()


def said_of(action: AnyAction, ctx: DeskContext) -> str:
    """``Teruskan ke PUPR``."""
    name = step_name(kind_of(action), ctx.tr)
    match action:
        case Forward():
            return ctx.tr("{step} ke {agency}").format(step=name, agency=ctx.city.agency_short(action.agency) or action.agency)
        case Merge():
            return ctx.tr("{step} ke {report}").format(step=name, report=action.parent)
        case Triage() if action.position is not None and action.category is action.priority is action.place is action.text is None:
            return ctx.tr("Pindahkan pin")
        case Accept():
            return name
        case _:
            return name
