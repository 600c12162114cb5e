"""What one answer says of an application, and what is remembered of it from round to round. Pure; asks nobody."""

import html
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from feeds.applications import data_time
from feeds.messages.application import Application, ApplicationState, ProbeFault
from feeds.messages.city import CityApplication
from feeds.readers.uptime import Uptime

LONGEST_GAP = timedelta(hours=1)
"""What was the same before and after a longer time unseen need not have been the same meanwhile."""

AHEAD = timedelta(hours=1)
"""Data from further in the future is dated wrongly."""

_OK = 200
_GOOD = (ApplicationState.UP, ApplicationState.STALE)


@dataclass(frozen=True)
class Finding:
    """The outcome of one look at an application."""

    state: ApplicationState
    reason: str | None = None
    data_at: datetime | None = None
    latency_ms: float | None = None
    fault: ProbeFault | None = None
    figure: float | None = None


@dataclass
class Remembered:
    """One application between rounds. ``looked_at``: when its turn last was; ``certificate_read_at``: when an unproven one was read."""

    application: Application | None = None
    uptime: Uptime = field(default_factory=Uptime)
    looked_at: datetime | None = None
    certificate_ends_at: datetime | None = None
    certificate_read_at: datetime | None = None


def found(wanted: CityApplication, status: int, text: str, *, is_cut: bool, latency_ms: float, now: datetime, zone: tzinfo) -> Finding:
    """What an answer means: HTTP 200 with the expected text is up, and up with old data or none that tells its time is stale."""
    latency_ms = round(latency_ms, 1)
    if status != _OK:
        return Finding(ApplicationState.DOWN, f"answered HTTP {status}", latency_ms=latency_ms, fault=ProbeFault.HTTP_STATUS, figure=status)
    where = "the first part of its answer" if is_cut else "its answer"
    if wanted.expect and wanted.expect not in text and wanted.expect not in html.unescape(text):
        reason = f"the expected text is not in {where}"
        return Finding(ApplicationState.DOWN, reason, latency_ms=latency_ms, fault=ProbeFault.EXPECT_MISSING)
    if not wanted.data_pattern:
        return Finding(ApplicationState.UP, latency_ms=latency_ms)
    told = re.search(wanted.data_pattern, text)
    data_at = data_time(told.group(1) or "", zone) if told is not None else None
    if data_at is None:
        what = "cannot be read" if told is not None else f"is not in {where}"
        reason = f"the time of its newest data {what}"
        return Finding(ApplicationState.STALE, reason, latency_ms=latency_ms, fault=ProbeFault.DATA_TIME_MISSING)
    reason = fault = figure = None
    if data_at > now + AHEAD:
        reason, fault = "its newest data is dated in the future", ProbeFault.DATA_IN_FUTURE
    elif now - data_at > timedelta(seconds=wanted.data_max_age_s):
        reason = f"its newest data is older than {_span(wanted.data_max_age_s)}"
        fault, figure = ProbeFault.DATA_OLD, float(wanted.data_max_age_s)
    return Finding(ApplicationState.STALE if reason else ApplicationState.UP, reason, data_at, latency_ms, fault, figure)


def remember(known: Remembered, wanted: CityApplication, finding: Finding, now: datetime) -> Application:
    """The application as it stands after ``finding``, with what earlier rounds know of it."""
    before = known.application
    if finding.state is not ApplicationState.MAINTENANCE:
        known.uptime.count(finding.state in _GOOD, now)
    is_same = before is not None and before.state is finding.state and now - before.checked_at <= LONGEST_GAP and before.since <= now
    ends_at = known.certificate_ends_at
    known.looked_at = now
    known.application = Application(
        id=wanted.id,
        name=wanted.name,
        group=wanted.group,
        is_public=wanted.is_public,
        state=finding.state,
        checked_at=now,
        since=before.since if before is not None and is_same else now,
        latency_ms=finding.latency_ms,
        uptime_percent=known.uptime.percent(),
        data_at=finding.data_at,
        certificate_days=(ends_at - now).days if ends_at is not None else None,
        reason=finding.reason,
        fault=finding.fault,
        figure=finding.figure,
    )
    return known.application


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}" if seconds % size == 0 else f"{seconds / size:.1f} {unit}"
    return f"{seconds:g} s"
