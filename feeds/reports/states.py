"""A report's life as a table: which state may follow which, and what a step needs. Pure; knows no bus, store or clock."""

from collections.abc import Mapping
from types import MappingProxyType

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


class IllegalTransition(ValueError):
    """A step the table does not allow; ``allowed`` names those it does."""

    def __init__(self, report: str, before: ReportState, after: ReportState) -> None:
        self.allowed = tuple(sorted(TRANSITIONS[before]))
        names = ", ".join(self.allowed)
        super().__init__(f"report {report}: {before} -> {after} is not allowed; from {before} it may become: {names}")


class MissingRequirement(ValueError):
    """A legal step lacks what its state needs (an assignee, a finish photo)."""


def check_step(before: Report, after: Report) -> None:
    """Raise ``IllegalTransition`` or ``MissingRequirement`` unless ``after`` may follow ``before``; a same-state edit passes.

    What the wall's report cannot show (a reason, a parent's id, a recorded exemption) is checked where it is entered.
    """
    if after.state == before.state:
        return
    if after.state not in TRANSITIONS[before.state]:
        raise IllegalTransition(before.id, before.state, after.state)
    if after.state in (ReportState.FORWARDED, ReportState.WORKING) and after.agency is None:
        raise MissingRequirement(f"report {after.id}: {after.state} needs an assignee; set its agency")
    if after.state == ReportState.DONE and after.photo_after is None:
        raise MissingRequirement(f"report {after.id}: done needs a finish photo; attach one or record an exemption")
