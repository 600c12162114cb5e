"""Steps that are held back for some seconds before they are sent, so that they can be called back; then sent until answered or refused.

A step is never dropped in silence: while the doors are away it waits and is sent again with the same revision. Knows no widget.
"""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from controlroom.console.desk_api import DeskApi, Trouble
from controlroom.console.troubles import is_passing
from feeds.messages.actions import AnyAction
from feeds.messages.desk import MOST_STEPS, Detail, ManySteps, OneOfMany, Outcome, Problem
from feeds.messages.queue import QueueRow

HOLD_S = 6
MOST_HOLD_S = 15
AGAIN_S = 2.0
TICK_MS = 200


class Stage(StrEnum):
    HELD = "held"
    SENDING = "sending"
    WAITING = "waiting"
    """The doors gave no answer: it will be sent again."""


class Held(msgspec.Struct, eq=False, kw_only=True):
    """``words``: what it does, for people. ``due_s``: monotonic time of the next sending. ``tries``: how often no answer came.

    ``draft``: what had been typed for it, to be given back where it does not come to pass.
    """

    steps: list[OneOfMany]
    words: str
    due_s: float
    is_many: bool = False
    stage: Stage = Stage.HELD
    tries: int = 0
    draft: dict[str, str] = {}
    outcomes: list[Outcome] = msgspec.field(default_factory=list[Outcome])

    @property
    def rest(self) -> list[OneOfMany]:
        """What has not been answered yet."""
        answered = {one.id for one in self.outcomes}
        return [one for one in self.steps if one.id not in answered]

    def is_of(self, report: str) -> bool:
        return any(one.id == report for one in self.steps)


class HeldSteps(QObject):
    """Steps of who is signed in now: nobody else sends them, whoever signs in later."""

    changed = Signal()
    """Something was held, sent, answered or called back; also while seconds run down."""
    carried_out = Signal(object, object, int)
    """A step was carried out: the ``Held``, the report's ``QueueRow`` as it is now, and the revision that step made."""
    refused = Signal(object, object, object)
    """The ``Held``, its ``OneOfMany`` and the ``Trouble``."""
    many_done = Signal(object)
    """The ``Held`` of many, with all its outcomes."""

    def __init__(self, api: DeskApi, parent: QObject | None = None, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self.hold_s = HOLD_S
        self._api = api
        self._clock_s = clock_s
        self._login = api.who.login if api.who is not None else None
        self._is_closed = False
        self._all: list[Held] = []
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        api.signed_in.connect(self.tick)

    @property
    def all(self) -> Sequence[Held]:
        return tuple(self._all)

    def of(self, report: str) -> list[Held]:
        return [held for held in self._all if held.is_of(report)]

    def left_s(self, held: Held) -> float:
        return max(0.0, held.due_s - self._clock_s())

    def hold(
        self, steps: list[OneOfMany], words: str, *, is_at_once: bool = False, is_many: bool = False, draft: dict[str, str] | None = None
    ) -> Held:
        """Sends after ``hold_s`` seconds; ``is_at_once``: this one does not wait."""
        wait_s = 0 if is_at_once else self.hold_s
        held = Held(steps=steps, words=words, due_s=self._clock_s() + wait_s, is_many=is_many, draft=draft or {})
        self._all.append(held)
        self._timer.start()
        self.tick() if wait_s == 0 else self.changed.emit()
        return held

    def undo(self) -> Held | None:
        """Calls back the last one that has not been sent; ``None`` when there is none."""
        held = next((one for one in reversed(self._all) if one.stage is Stage.HELD), None)
        if held is not None:
            self._forget(held)
        return held

    def send_now(self) -> None:
        """Nothing is held back any longer: whoever is here leaves."""
        for held in self._all:
            if held.stage is Stage.HELD:
                held.due_s = self._clock_s()
        self.tick()

    def close(self) -> None:
        """Nothing is sent any more, and no answer is heard."""
        self._is_closed = True
        self._timer.stop()

    def tick(self) -> None:
        """Sends what is due and may be sent."""
        if self._is_closed or (self._api.who is not None and self._api.who.login != self._login):
            return
        now_s = self._clock_s()
        for held in list(self._all):
            if held.stage is Stage.SENDING or held.due_s > now_s or self._is_behind(held):
                continue
            # Before the doors are known to answer again nobody is asked; after a session's end somebody has to sign in first.
            if held.stage is Stage.WAITING and not (self._api.is_reached and self._api.who is not None):
                continue
            self._send(held)
        self.changed.emit()

    def _is_behind(self, held: Held) -> bool:
        """Steps of one report go in their order."""
        reports = {one.id for one in held.rest}
        for other in self._all:
            if other is held:
                return False
            if any(one.id in reports for one in other.rest):
                return True
        return False

    def _send(self, held: Held) -> None:
        held.stage = Stage.SENDING
        rest = held.rest
        if held.is_many:
            body = ManySteps(steps=rest[:MOST_STEPS])
            self._api.send("POST", "/desk/steps", body, list[Outcome], lambda found: self._many_answered(held, found),
                           lambda trouble: self._troubled(held, rest[0], trouble))  # fmt: skip
            return
        one = rest[0]
        self._api.send(
            "POST", f"/desk/reports/{one.id}/steps", one.action, QueueRow, lambda row: self._answered(held, one, row, row.revision),
            lambda trouble: self._troubled(held, one, trouble), revision=one.revision,
        )  # fmt: skip

    def _answered(self, held: Held, one: OneOfMany, row: QueueRow, made: int) -> None:
        if self._is_closed:
            return
        self._forget(held, quietly=True)
        self._follow(one, made)
        self.carried_out.emit(held, row, made)
        self.tick()

    def _follow(self, one: OneOfMany, made: int) -> None:
        """What was decided on top of this step goes on top of the revision it made; what others did since is not passed over."""
        for held in self._all:
            held.steps = [
                msgspec.structs.replace(later, revision=made) if later.id == one.id and later.revision == one.revision else later
                for later in held.steps
            ]

    def _many_answered(self, held: Held, found: list[Outcome]) -> None:
        if self._is_closed:
            return
        by_id = {one.id: one for one in held.steps}
        for outcome in found:
            if outcome.report is not None and outcome.id in by_id:
                self._follow(by_id[outcome.id], outcome.report.revision)
        if not found:
            self._wait(held)
            return
        doubtful = [one for one in found if held.tries and one.problem is not None and one.problem.code == "stale_revision"]
        if doubtful:
            self._look_whether_carried_out(held, found, doubtful)
            return
        self._take_outcomes(held, found)

    def _look_whether_carried_out(self, held: Held, found: list[Outcome], doubtful: list[Outcome]) -> None:
        """One after the other: steps of many whose answer was lost may stand already, and the history says so."""
        outcome, later = doubtful[0], doubtful[1:]
        step = next((one for one in held.steps if one.id == outcome.id), None)

        def go_on(known: list[Outcome]) -> None:
            if later:
                self._look_whether_carried_out(held, known, later)
            else:
                self._take_outcomes(held, known)

        def seen(detail: Detail) -> None:
            if step is None or not is_carried_out(detail, step, self._api.who.login if self._api.who is not None else ""):
                go_on(found)
                return
            self._follow(step, step.revision + 1)
            carried_out = Outcome(id=outcome.id, status=200, report=detail.report)
            go_on([carried_out if one.id == outcome.id else one for one in found])

        def failed(trouble: Trouble) -> None:
            if is_passing(trouble):
                self._wait(held)
            else:
                go_on(found)

        self._api.get(f"/desk/reports/{outcome.id}", Detail, seen, failed)

    def _take_outcomes(self, held: Held, found: list[Outcome]) -> None:
        if self._is_closed:
            return
        held.outcomes.extend(found)
        if held.rest:
            self._send(held)
            self.changed.emit()
            return
        self._forget(held, quietly=True)
        self.many_done.emit(held)
        self.tick()

    def _troubled(self, held: Held, one: OneOfMany, trouble: Trouble) -> None:
        if self._is_closed:
            return
        if is_passing(trouble):
            self._wait(held)
        elif trouble.code == "stale_revision" and held.tries:
            self._look_whether_ours(held, one, trouble)
        else:
            self._refuse(held, one, trouble)

    def _wait(self, held: Held) -> None:
        if self._is_closed:
            return
        held.stage = Stage.WAITING
        held.tries += 1
        held.due_s = self._clock_s() + AGAIN_S
        self.changed.emit()

    def _refuse(self, held: Held, one: OneOfMany, trouble: Trouble) -> None:
        if self._is_closed:
            return
        self._forget(held, quietly=True)
        if held.is_many:
            problem = Problem(code=trouble.code, description=trouble.text)
            held.outcomes.extend(Outcome(id=left.id, status=trouble.status, problem=problem) for left in held.rest)
            self.many_done.emit(held)
        else:
            self.refused.emit(held, one, trouble)
        self.tick()

    def _look_whether_ours(self, held: Held, one: OneOfMany, trouble: Trouble) -> None:
        """A step whose answer was lost may have been carried out: the history says."""

        def seen(detail: Detail) -> None:
            if is_carried_out(detail, one, self._api.who.login if self._api.who is not None else ""):
                self._answered(held, one, detail.report, one.revision + 1)
            else:
                self._refuse(held, one, trouble)

        def failed(other: Trouble) -> None:
            if is_passing(other):
                self._wait(held)
            else:
                self._refuse(held, one, trouble)

        self._api.get(f"/desk/reports/{one.id}", Detail, seen, failed)

    def _forget(self, held: Held, *, quietly: bool = False) -> None:
        if held in self._all:
            self._all.remove(held)
        if not self._all:
            self._timer.stop()
        if not quietly:
            self.changed.emit()


def is_carried_out(detail: Detail, one: OneOfMany, login: str) -> bool:
    """Whether the step right after the revision it was sent on is this one, by this person."""
    happened = next((event for event in detail.history if event.revision == one.revision + 1 and event.kind == kind_of(one.action)), None)
    return happened is not None and happened.actor == login and happened.body == msgspec.to_builtins(one.action)


def kind_of(action: AnyAction) -> str:
    return str(action.__struct_config__.tag)
