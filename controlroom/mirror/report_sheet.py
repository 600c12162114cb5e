"""One report's history, evidence and clocks, of what the doors tell: a list of what is kept, the rest falls away. Pure.

No person, no login and no words but those the bus carries: what the doors tell beside them is not even read.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from feeds.messages.report import Report, ReportState


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a report's life. ``role``: of whoever took it, never who."""

    at: datetime
    kind: str
    role: str
    before: str | None = None
    after: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """``photo``: content hash of an approved picture."""

    photo: str
    when: Literal["before", "after"]
    taken_at: datetime | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    due: Literal["response", "acceptance", "completion"]
    due_at: datetime | None
    met_at: datetime | None
    standing: str | None


class MirrorReport(msgspec.Struct, frozen=True, kw_only=True):
    """``report``: as the bus has it, and the viewer before him."""

    report: Report
    history: list[Happened]
    evidence: list[Evidence]
    evidence_ok: bool | None
    evidence_distance_m: float | None
    is_exempt: bool
    clocks: list[Clock]
    merged: int


class _Row(msgspec.Struct):
    respond_by: datetime | None = None
    accept_by: datetime | None = None
    finish_by: datetime | None = None
    responded_at: datetime | None = None
    accepted_at: datetime | None = None
    finished_at: datetime | None = None


class Told(msgspec.Struct):
    """What is read of the doors' answer."""

    report: _Row
    clocks: dict[str, str] = {}
    history: list[Happened] = []


_PUBLIC_STATES = frozenset(state.value for state in ReportState)


def mirror_report(report: Report, told: Told) -> MirrorReport:
    row = told.report
    clocks: list[tuple[Any, str, datetime | None, datetime | None]] = [
        ("response", "respond", row.respond_by, row.responded_at),
        ("acceptance", "accept", row.accept_by, row.accepted_at),
        ("completion", "finish", row.finish_by, row.finished_at),
    ]
    photos: list[tuple[Literal["before", "after"], str | None, datetime | None]] = [
        ("before", report.photo_before, report.photo_before_at),
        ("after", report.photo_after, report.photo_after_at),
    ]
    return MirrorReport(
        report=report,
        history=[one for one in told.history if one.after in _PUBLIC_STATES],
        evidence=[Evidence(photo=photo, when=when, taken_at=at) for when, photo, at in photos if photo is not None],
        evidence_ok=report.evidence_ok,
        evidence_distance_m=report.evidence_distance_m,
        is_exempt=report.is_exempt,
        clocks=[Clock(due=due, due_at=at, met_at=met, standing=told.clocks.get(name)) for due, name, at, met in clocks],
        merged=report.merged,
    )
