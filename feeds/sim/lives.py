"""One report's life as a generator of steps, from its arrival to its end. Knows no clock and no bus: the story decides when."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Protocol

from feeds.messages.report import Priority, Report, ReportState
from feeds.sim import kinds

Step = tuple[float, dict[str, Any]]
"""Wait so many story seconds, then change these fields."""

DUPLICATE_SHARE = 0.08
INVALID_SHARE = 0.04
DECLINED_SHARE = 0.06
_REOPENED_SHARE = 0.03
_HANDED_BACK_SHARE = 0.03
_DIRECT_SHARE = 0.15


class Photographs(Protocol):
    """Draws a picture of a category and gives its content hash; ``stage``: before or after."""

    def __call__(self, category: str, variant: int, stage: str) -> str: ...


def life(report: Report, group: str, rng: Random, photograph: Photographs, agencies: tuple[str, ...]) -> Iterator[Step]:
    """The steps of ``report`` after its arrival; ends when it is closed for good. Only legal steps (``feeds.reports.states``)."""
    wait = kinds.triage_s(rng, report.priority)
    fate = rng.random()
    if report.is_outside:
        yield wait, {"state": ReportState.DECLINED}
        return
    if report.priority != Priority.EMERGENCY and report.incident is None:
        for state, share in (
            (ReportState.DUPLICATE, DUPLICATE_SHARE),
            (ReportState.INVALID, INVALID_SHARE),
            (ReportState.DECLINED, DECLINED_SHARE),
        ):
            if fate < share:
                yield wait, {"state": state}
                return
            fate -= share
    agency = report.agency or rng.choice(agencies)
    variant = rng.randrange(4)
    yield from _settle(report, group, rng, wait, agency, lambda: photograph(report.category, variant, "after"))
    if rng.random() < _REOPENED_SHARE:
        cleared = {"photo_after": None, "photo_after_at": None, "evidence_ok": None, "evidence_distance_m": None}
        yield rng.uniform(1800, 7200), {"state": ReportState.REOPENED, **cleared}
        yield from _settle(report, group, rng, wait, agency, lambda: photograph(report.category, (variant + 1) % 4, "after"))


def _settle(report: Report, group: str, rng: Random, wait: float, agency: str, finish_photo: Callable[[], str]) -> Iterator[Step]:
    if rng.random() < _DIRECT_SHARE:
        yield wait, {"state": ReportState.WORKING, "agency": agency}
    else:
        yield wait, {"state": ReportState.FORWARDED, "agency": agency}
        if rng.random() < _HANDED_BACK_SHARE:
            yield kinds.acceptance_s(rng, report.priority), {"state": ReportState.NEW, "agency": None}
            yield kinds.triage_s(rng, report.priority), {"state": ReportState.FORWARDED, "agency": agency}
        yield kinds.acceptance_s(rng, report.priority), {"state": ReportState.WORKING}
    yield kinds.work_s(rng, group), {"state": ReportState.DONE, "photo_after": finish_photo(), **_evidence(report, rng)}


def _evidence(report: Report, rng: Random) -> dict[str, Any]:
    """The finish photo's check: most match, a few were taken too far away (marked for review, not blocked)."""
    if report.position is None:
        return {"evidence_ok": None, "evidence_distance_m": None}
    is_near = rng.random() < 0.95
    return {"evidence_ok": is_near, "evidence_distance_m": round(rng.uniform(3, 45) if is_near else rng.uniform(260, 900), 1)}
