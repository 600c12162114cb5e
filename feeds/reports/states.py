"""A report's life as a table: which state may follow which, what a step needs, and what a log of events comes to.

Pure; knows no bus, store or clock.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from feeds.messages.report import Report, ReportState

_CLOSING = frozenset({ReportState.DECLINED, ReportState.DUPLICATE, ReportState.INVALID})
_TRIAGE = frozenset({ReportState.FORWARDED, ReportState.WORKING}) | _CLOSING

TRANSITIONS: Mapping[ReportState, frozenset[ReportState]] = MappingProxyType(
    {
        ReportState.NEW: _TRIAGE,
        # An agency may hand a report back to the room's triage.
        ReportState.FORWARDED: frozenset({ReportState.NEW, ReportState.WORKING}) | _CLOSING,
        ReportState.WORKING: frozenset({ReportState.DONE, ReportState.FORWARDED}) | _CLOSING,
        ReportState.DONE: frozenset({ReportState.REOPENED}),
        ReportState.DECLINED: frozenset({ReportState.REOPENED}),
        ReportState.DUPLICATE: frozenset({ReportState.REOPENED}),
        ReportState.INVALID: frozenset({ReportState.REOPENED}),
        ReportState.REOPENED: _TRIAGE,
    }
)
"""Allowed next states, domain.md section 2."""

LEADS_TO: Mapping[str, ReportState] = MappingProxyType(
    {
        "forward": ReportState.FORWARDED,
        "hand_back": ReportState.NEW,
        "accept": ReportState.WORKING,
        "finish": ReportState.DONE,
        "decline": ReportState.DECLINED,
        "merge": ReportState.DUPLICATE,
        "invalidate": ReportState.INVALID,
        "reopen": ReportState.REOPENED,
    }
)
"""The state a kind of step leads to."""

STAYS: Mapping[str, frozenset[ReportState]] = MappingProxyType(
    {
        "triage": frozenset(ReportState),
        "answer": frozenset(ReportState),
        "note": frozenset(ReportState),
        "pass_picture": frozenset(ReportState),
        "progress": frozenset({ReportState.WORKING}),
    }
)
"""The kinds of step that leave a report in the state it has, and the states in which each may be taken."""

NEEDS_REASON = frozenset({"hand_back", "invalidate", "reopen"})


class IllegalTransition(ValueError):
    """A step the table does not allow; ``allowed`` names those it does."""

    def __init__(self, report: str, before: ReportState, step: str) -> None:
        self.allowed = tuple(sorted(TRANSITIONS[before]))
        names = ", ".join(self.allowed)
        super().__init__(f"report {report}: {step} is not allowed; from {before} it may become: {names}")


class MissingRequirement(ValueError):
    """A legal step lacks what its state needs (an assignee, a finish photo)."""


def next_state(report: str, before: ReportState, kind: str) -> ReportState:
    """What a step of that ``kind`` makes of a report; raises ``IllegalTransition``.

    A report already forwarded may be forwarded again, to another: the one step that may keep its state and still be logged as one.
    """
    after = LEADS_TO.get(kind, before)
    if kind not in steps_from(before):
        raise IllegalTransition(report, before, f"{before} -> {after}" if kind in LEADS_TO else kind)
    return after


def steps_from(before: ReportState) -> tuple[str, ...]:
    """The kinds of step that may be taken on a report in that state."""
    leading = (kind for kind, after in LEADS_TO.items() if after in TRANSITIONS[before] or (kind == "forward" and after is before))
    return (*leading, *(kind for kind, states in STAYS.items() if before in states))


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What the event log says of one step's states; ``before`` is ``None`` for the first."""

    before: ReportState | None
    after: ReportState


class BrokenLog(ValueError):
    """An event log that cannot be a report's life."""


def state_of(steps: Iterable[Step], *, is_observed: bool = False) -> ReportState:
    """The state a log comes to; raises ``BrokenLog`` when a step does not follow from the one before.

    ``is_observed``: the life of a report in somebody else's system, of which not every step is seen.
    """
    state: ReportState | None = None
    for step in steps:
        if step.before != state:
            raise BrokenLog(f"a step begins at {step.before} where the report was {state}")
        if state is None:
            if step.after is not ReportState.NEW and not is_observed:
                raise BrokenLog(f"a report begins as {step.after}, not as new")
        elif step.after is not state and step.after not in TRANSITIONS[state] and not is_observed:
            raise BrokenLog(f"{state} -> {step.after} is no step of a report's life")
        state = step.after
    if state is None:
        raise BrokenLog("no event at all")
    return state


def check_step(before: Report, after: Report) -> None:
    """Raise ``IllegalTransition`` or ``MissingRequirement`` unless ``after`` may follow ``before``; a same-state edit passes.

    What the wall's report cannot show (a reason, a parent's id, a recorded exemption) is checked where it is entered.
    """
    if after.state == before.state:
        return
    if after.state not in TRANSITIONS[before.state]:
        raise IllegalTransition(before.id, before.state, f"{before.state} -> {after.state}")
    if after.state in (ReportState.FORWARDED, ReportState.WORKING) and after.agency is None:
        raise MissingRequirement(f"report {after.id}: {after.state} needs an assignee; set its agency")
    if after.state == ReportState.DONE and after.photo_after is None:
        raise MissingRequirement(f"report {after.id}: done needs a finish photo; attach one or record an exemption")
