"""Reports that are late or nearly so, and a month's evaluation; and the extremes that no slot may break under. Invented figures."""

from datetime import datetime, timedelta
from typing import Any

from feeds.messages.deadline import (
    DEADLINE,
    DEADLINE_TOTALS,
    EVALUATION,
    MOST_TOLD,
    Deadline,
    DeadlineCount,
    DeadlineTotals,
    Due,
    Evaluation,
    EvaluationRow,
)
from feeds.messages.report import Priority, ReportState
from tests.widgets.samples import LONG, MARKUP
from tests.widgets.staging import NOW, OneSlot, at, district


def deadline(key: str, minutes_left: float, **changed: Any) -> Deadline:
    fields: dict[str, Any] = {
        "report": key, "due": Due.RESPONSE, "due_at": NOW + timedelta(minutes=minutes_left), "is_late": minutes_left < 0, "state": ReportState.NEW,
        "category": "genangan", "priority": Priority.NORMAL, "district": district("Periuk"), "agency": "dpupr",
    }  # fmt: skip
    return Deadline(**(fields | changed))


def totals(late: int, at_risk: int, *, as_of: datetime = NOW) -> DeadlineTotals:
    """Half of each wait for an answer, a quarter each for the rest."""
    quarters = DeadlineCount(late=late // 4, at_risk=at_risk // 4)
    response = DeadlineCount(late=late - 2 * quarters.late, at_risk=at_risk - 2 * quarters.at_risk)
    return DeadlineTotals(as_of=as_of, response=response, acceptance=quarters, completion=quarters)


def publish_many_deadlines(slot: OneSlot) -> None:
    """A storm: 317 late and 140 near, of which the list holds a hundred each."""
    kinds: tuple[dict[str, Any], ...] = (
        {"due": Due.RESPONSE},
        {"due": Due.ACCEPTANCE, "state": ReportState.FORWARDED, "category": "pohon_tumbang", "agency": "bpbd"},
        {"due": Due.COMPLETION, "state": ReportState.WORKING, "category": "lampu_jalan", "agency": "perkim"},
    )
    minutes = (*range(-400, -400 + MOST_TOLD), *range(2, 2 + MOST_TOLD))
    told = [deadline(f"m{left}", left, **kinds[left % 3]) for left in minutes]
    slot.publish(DEADLINE, *((one.report, one) for one in told))
    slot.publish(DEADLINE_TOTALS, ("city", totals(317, 140)))
    slot.source("Evaluasi laporan", DEADLINE, DEADLINE_TOTALS, EVALUATION)


def row(code: str | None, received: int, **changed: Any) -> EvaluationRow:
    fields: dict[str, Any] = {
        "code": code, "received": received, "open": received // 5, "done": received * 3 // 4, "late": received // 20, "direct": received * 3 // 5,
        "settled": received * 3 // 4, "respond_h": 1.4, "finish_h": 27.5,
    }  # fmt: skip
    return EvaluationRow(**(fields | changed))


def publish_deadlines(slot: OneSlot) -> None:
    """Three late, three near; a month of 1,172 reports."""
    states = ReportState
    told = (
        deadline("d1", -61 * 24, due=Due.COMPLETION, state=states.WORKING, category="jalan_berlubang", district=district("Jatiuwung")),
        deadline("d2", -134, due=Due.ACCEPTANCE, state=states.FORWARDED, category="lampu_jalan", agency="perkim",
                 district=district("Karang Tengah")),
        deadline("d3", -6, category="pohon_tumbang", agency="bpbd", priority=Priority.EMERGENCY, district=district("Cipondoh")),
        deadline("d4", 8, category="kebakaran", agency="bpbd", priority=Priority.URGENT, district=district("Benda")),
        deadline("d5", 41, due=Due.ACCEPTANCE, state=states.FORWARDED, category="sampah_menumpuk", agency="dlh",
                 district=district("Ciledug")),
        deadline("d6", 95, due=Due.COMPLETION, state=states.REOPENED, category="saluran_tersumbat", district=None),
    )  # fmt: skip
    slot.publish(DEADLINE, *((one.report, one) for one in told))
    slot.publish(DEADLINE_TOTALS, ("city", totals(3, 3)))
    agencies = (
        row("dpupr", 402, late=31, respond_h=2.2, finish_h=74.0),
        row("dlh", 318, late=4),
        row("dishub", 171, late=9, finish_h=19.8),
        row("satpolpp", 120, late=0, respond_h=0.7, finish_h=6.5),
        row("bpbd", 88, late=2, respond_h=0.2, finish_h=4.1),
        row("perkim", 52, late=6, finish_h=120.0),
        row(None, 21, done=0, late=3, direct=0, settled=0, respond_h=None, finish_h=None),
    )
    slot.publish(EVALUATION, ("city", evaluation(agencies=agencies, late=55)))
    slot.source("Evaluasi laporan", DEADLINE, DEADLINE_TOTALS, EVALUATION)


def evaluation(*, late: int = 0, as_of: datetime = NOW, **cuts: Any) -> Evaluation:
    rows = next(iter(cuts.values()), ())
    sums: dict[str, Any] = {name: sum(getattr(one, name) for one in rows) for name in ("received", "open", "done", "direct", "settled")}
    total = EvaluationRow(late=late, respond_h=1.3, finish_h=22.4, **sums)
    return Evaluation(since=as_of - timedelta(days=30), as_of=as_of, days=30, total=total, **cuts)


def publish_odd_deadlines(slot: OneSlot) -> None:
    """Two hundred, of years ago and of a stranger's kinds; shares of nothing, medians of minutes and of years."""
    told = [
        deadline(f"o{n}", minutes, due=tuple(Due)[n % 3], state=tuple(ReportState)[n % 8], category=(LONG, MARKUP, "", "genangan")[n % 4],
                 category_name=(LONG, None, "", None)[n % 4], agency=(LONG, None, "dlh", "")[n % 4],
                 district=(None, "?", district("Karang Tengah"))[n % 3], priority=tuple(Priority)[n % 3])
        for n, minutes in enumerate((-60 * 24 * 365 * 12, -60 * 24 * 80, -1439, -0.2, 0, 0.4, 59, 60 * 24 * 365, *range(192)))
    ]  # fmt: skip
    slot.publish(DEADLINE, *((one.report, one) for one in told))
    slot.publish(DEADLINE_TOTALS, ("city", totals(10**9, 10**9)))
    rows = (
        row(LONG, 10**9, late=10**9, respond_h=24.0 * 365 * 40, finish_h=0.0),
        row(MARKUP, 999, name=MARKUP, done=2000, direct=4000, respond_h=0.001),
        row("", 7, settled=0, done=0),
        row("dlh", 0, open=0, done=0, late=0, direct=0, settled=0, respond_h=None, finish_h=None),
        *(row(f"kode-{n}", 60 - n) for n in range(55)),
        row(None, 5, groups=312),
    )
    slot.publish(EVALUATION, ("city", evaluation(as_of=at("0.01") - timedelta(days=400), agencies=rows, late=10**9)))
