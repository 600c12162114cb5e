"""Operators at work while the doors are killed: they claim, triage and forward what citizens were promised. Keeps what they were answered.

What is cut off is sent again on the revision that was seen, as the desk does.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from queue import Empty, SimpleQueue
from threading import Event

import httpx
import msgspec

from controlroom.measure.account import OnBus, Stored
from controlroom.measure.people import Somebody
from controlroom.measure.result import CannotMeasure, Figure, at_least, exactly
from feeds.messages.actions import AnyAction, Forward, Triage
from feeds.messages.report import Report, ReportState

AGAIN_S = 0.25
ANSWERED_WITHIN_S = 90.0
FEWEST_STEPS = 40


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One step as its operator knows it; its reason is its own. ``status``: of the last answer; 409: it stood there when he looked again.

    ``cut``: tries for which somebody had been there to hear, and that ended without an answer.
    """

    by: str
    report: str
    action: AnyAction
    status: int
    cut: int

    @property
    def is_carried_out(self) -> bool:
        return self.status in (200, 409)


class Work(msgspec.Struct, frozen=True):
    """``claimed``: reports whose claim was answered 2xx, with who claimed them."""

    steps: Sequence[Taken]
    claimed: Sequence[tuple[str, str]]

    @property
    def people(self) -> set[str]:
        return {by for by, _ in self.claimed}

    @property
    def carried_out(self) -> list[Taken]:
        return [one for one in self.steps if one.is_carried_out]


class _Refusal(msgspec.Struct, frozen=True):
    code: str = ""


class _Happening(msgspec.Struct, frozen=True):
    kind: str
    reason: str | None


class _History(msgspec.Struct, frozen=True):
    history: list[_Happening]


class DeskWork:
    """``promise`` is told each report that was acknowledged; ``run`` goes on until ``stop``, each operator in a thread of his own."""

    def __init__(self, operators: Sequence[Somebody], agency: str) -> None:
        self._operators = operators
        self._agency = agency
        self._numbers = count()
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._is_over = Event()
        self._steps: list[Taken] = []
        self._claimed: list[tuple[str, str]] = []

    @property
    def count(self) -> int:
        """Steps so far."""
        return len(self._steps)

    def promise(self, report: str) -> None:
        self._waiting.put(report)

    def stop(self) -> None:
        self._is_over.set()

    def run(self) -> Work:
        """Raises ``CannotMeasure`` when nobody answers for long."""
        with ThreadPoolExecutor(len(self._operators), thread_name_prefix="desk") as threads:
            for _ in threads.map(self._work, self._operators):
                pass
        return Work(self._steps, self._claimed)

    def _work(self, operator: Somebody) -> None:
        while not self._is_over.is_set():
            try:
                self._settle(operator, self._waiting.get(timeout=0.1))
            except Empty:
                continue

    def _settle(self, operator: Somebody, report: str) -> None:
        answer, _ = self._sent(operator, "POST", f"/desk/reports/{report}/claim")
        if answer.is_success:
            self._claimed.append((operator.login, report))
        seen = answer.headers.get("ETag", "")
        number = next(self._numbers)
        reason = f"uji {number}"
        for action in (Triage(text=f"Sudah dibaca, nomor {number}", reason=reason), Forward(agency=self._agency, reason=reason)):
            taken, seen = self._take(operator, report, action, seen)
            self._steps.append(taken)
            if not taken.is_carried_out:
                return

    def _take(self, operator: Somebody, report: str, action: AnyAction, seen: str) -> tuple[Taken, str]:
        """The step, and the revision he has seen after it."""
        cut = 0
        while True:
            headers = {"If-Match": seen, "Content-Type": "application/json"}
            answer, broken = self._sent(
                operator, "POST", f"/desk/reports/{report}/steps", content=msgspec.json.encode(action), headers=headers
            )
            cut += broken
            if answer.status_code == 409 and msgspec.json.decode(answer.content, type=_Refusal).code == "stale_revision":
                # Either it is his own step that made the revision, or a picture has come meanwhile: the history tells them apart.
                now, _ = self._sent(operator, "GET", f"/desk/reports/{report}")
                seen = now.headers.get("ETag", "")
                if not any((one.kind, one.reason) == (kind_of(action), action.reason) for one in _history(now.content)):
                    continue
            else:
                seen = answer.headers.get("ETag", seen)
            return Taken(by=operator.login, report=report, action=action, status=answer.status_code, cut=cut), seen

    def _sent(self, operator: Somebody, method: str, path: str, **more: object) -> tuple[httpx.Response, int]:
        """The answer, and how many tries were cut off before it."""
        end, cut = time.monotonic() + ANSWERED_WITHIN_S, 0
        while time.monotonic() < end:
            try:
                answer = operator.attempt(method, path, **more)
            except httpx.TransportError as error:
                cut += not isinstance(error, httpx.ConnectError)
            else:
                if answer.status_code != 503:
                    return answer, cut
            time.sleep(AGAIN_S)
        raise CannotMeasure(f"{operator.login}: {method} {path}: no answer within {ANSWERED_WITHIN_S:g} s")


def kind_of(action: AnyAction) -> str:
    return str(action.__struct_config__.tag)


def judge_desk(work: Work, store: Stored, bus: OnBus) -> list[Figure]:
    """Every step that was answered, or that stood there when it was sent again, is in the log once, and the bus shows what it left."""
    due = [(one.report, kind_of(one.action), one.by, one.action.reason) for one in work.carried_out]
    logged = {key: count for key, count in store.acts.items() if key[2] in work.people}
    wrong = sum(logged.get(key) != 1 for key in due) + len(logged.keys() - set(due))
    return [
        at_least("desk steps carried out", len(due), "steps", FEWEST_STEPS),
        at_least("of these, cut off under way and sent again", sum(one.cut > 0 for one in work.carried_out), "steps", 1),
        exactly("desk steps refused", len(work.steps) - len(due), "steps", 0),
        exactly("desk steps not in the log exactly once", wrong, "steps", 0),
        exactly("claims answered, and not in the audit", sum(one not in store.claims for one in work.claimed), "reports", 0),
        exactly("desk steps the bus does not show", sum(not _shows(bus.reports.get(one.report), one.action) for one in work.carried_out),
                "steps", 0),
    ]  # fmt: skip


def _history(body: bytes) -> list[_Happening]:
    return msgspec.json.decode(body, type=_History).history


def _shows(report: Report | None, action: AnyAction) -> bool:
    match action:
        case Triage():
            return report is not None and report.text == action.text
        case Forward():
            return report is not None and (report.state, report.agency) == (ReportState.FORWARDED, action.agency)
        case _:
            return False
