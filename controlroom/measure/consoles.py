"""Fourteen desks at work at once, over HTTP: each follows the queue, opens reports and looks after a wall, as its console would."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from random import Random
from threading import Event
from types import TracebackType
from typing import Self

import httpx
import msgspec

from controlroom.measure.people import Somebody
from controlroom.measure.reporting import Reporting
from feeds.messages.queue import Page
from feeds.reports.roles import Role

CONSOLES = 14
PAUSE_S = (0.6, 1.4)
"""Between two requests of one desk: it asks about once a second, as a queue that is followed, a report that is read and a wall do."""
IN_SIGHT = 20

_OPEN: Mapping[str, str | Sequence[str]] = {
    "state": ["new", "forwarded", "reopened", "working"], "sort": "due", "page_size": "200",
}  # fmt: skip


class Asked(msgspec.Struct, frozen=True):
    """One request: what for, how long the answer took, and its status (0: none came)."""

    what: str
    took_ms: float
    status: int


class Consoles:
    """``with Consoles(room, wall) as desks``: signed in when it begins; ``begin`` lets them work, ``end`` tells what they were answered."""

    def __init__(self, room: Reporting, wall: str, count: int = CONSOLES) -> None:
        self._room, self._wall, self._count = room, wall, count
        self._stack = ExitStack()
        self.people: list[Somebody] = []
        self._is_over = Event()
        self._work: list[Future[list[Asked]]] = []

    def __enter__(self) -> Self:
        try:
            for number in range(1, self._count + 1):
                self.people.append(self._stack.enter_context(Somebody(self._room, f"konsol{number}", Role.OPERATOR)))
            self._threads = self._stack.enter_context(ThreadPoolExecutor(self._count, thread_name_prefix="console"))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._is_over.set()
        self._stack.close()

    def begin(self) -> None:
        self._is_over.clear()
        self._work = [self._threads.submit(self._sit, person, number) for number, person in enumerate(self.people)]

    def end(self) -> list[Asked]:
        self._is_over.set()
        return [one for work in self._work for one in work.result()]

    def _sit(self, person: Somebody, number: int) -> list[Asked]:
        random, asked = Random(number), list[Asked]()
        # They do not all look at the same moment.
        self._is_over.wait(random.uniform(0, PAUSE_S[1]))
        rows: list[str] = []
        step = number
        while not self._is_over.is_set():
            match step % 5:
                case 0:
                    body = self._ask(asked, person, "page of the queue", "GET", "/desk/reports", _OPEN)
                    rows = [row.id for row in msgspec.json.decode(body, type=Page).reports] if body else rows
                case 1 if rows:
                    some = random.sample(rows, min(IN_SIGHT, len(rows)))
                    self._ask(asked, person, "rows that changed", "GET", "/desk/reports", {**_OPEN, "id": some})
                case 2 if rows:
                    report = random.choice(rows[:IN_SIGHT])
                    self._ask(asked, person, "a report", "GET", f"/desk/reports/{report}")
                    self._ask(asked, person, "viewing", "POST", f"/desk/reports/{report}/viewing")
                case 3:
                    self._ask(asked, person, "the wall", "GET", f"/desk/walls/{self._wall}")
                case _:
                    self._ask(asked, person, "search", "GET", "/desk/reports", {**_OPEN, "q": "jalan"})
            step += 1
            self._is_over.wait(random.uniform(*PAUSE_S))
        return asked

    def _ask(
        self,
        asked: list[Asked],
        person: Somebody,
        what: str,
        method: str,
        path: str,
        parameters: Mapping[str, str | Sequence[str]] | None = None,
    ) -> bytes:
        began_s = time.perf_counter()
        try:
            answer = person.attempt(method, path, params=parameters)
        except httpx.TransportError:
            asked.append(Asked(what, (time.perf_counter() - began_s) * 1000, 0))
            return b""
        asked.append(Asked(what, (time.perf_counter() - began_s) * 1000, answer.status_code))
        return answer.content if answer.is_success else b""
