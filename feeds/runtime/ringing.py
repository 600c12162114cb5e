"""Rings the devices of those who asked for it when there is an emergency: finds it, lays out whom to ring, rings them.

What it does is in the store, so that a restart neither rings twice nor forgets. It says of itself, as a source does, whether it works.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.identity import push, rings
from feeds.identity.rings import RING_WITHIN, Ring
from feeds.messages.hazard import HAZARD
from feeds.messages.header import Quality
from feeds.messages.report import REPORT
from feeds.messages.system import SOURCE, Source, SourceState
from feeds.reports.emergencies import Emergency, of_hazards, of_reports
from feeds.runtime.push_services import Outcome, PushServices, Rung
from feeds.store.database import Database, StoreError

ResultT = TypeVar("ResultT")

LOOK_S = 2.0
PAUSE_S = 30.0
"""A device that was rung is not rung again before, whatever happens: what comes meanwhile is one more ring."""

TELL_S = 10.0
TROUBLE_S = 3_600.0
"""So long a failure is shown when nobody is rung after it, which would prove that it is over."""

RINGING_KEY = "push"

_log = structlog.get_logger("feeds.push")


class Ringer:
    """One per namespace; rings while its publisher owns the reports. ``has_hazards``: whether that owns the warnings, too.

    ``clock`` gives aware UTC times; ``elapsed_s`` the time for pauses.
    """

    def __init__(
        self,
        database: Database,
        publisher: BusPublisher,
        services: PushServices,
        *,
        has_hazards: bool,
        clock: Callable[[], datetime],
        elapsed_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._services = services
        self._has_hazards = has_hazards
        self._clock = clock
        self._elapsed_s = elapsed_s
        self._ringing: dict[str, asyncio.Task[None]] = {}
        self._rung_at: dict[str, float] = {}
        self._is_first = True
        self._told: tuple[float, tuple[object, ...]] | None = None
        self._checked_at: datetime | None = None
        self.rung = self.failed = self.late = 0
        self._trouble: str | None = None
        self._trouble_at = 0.0
        self._is_store_away = False

    async def run(self) -> None:
        """Until cancelled; a store out of reach is said once and asked again."""
        try:
            while True:
                try:
                    await self.step()
                    self._checked_at, self._is_store_away = self._clock(), False
                except (SQLAlchemyError, StoreError) as error:
                    self._miss_store(error)
                await self._tell()
                await asyncio.sleep(LOOK_S)
        finally:
            for task in self._ringing.values():
                task.cancel()
            await asyncio.gather(*self._ringing.values(), return_exceptions=True)

    async def step(self) -> None:
        """Lays out what is new, and begins to ring whoever waits. What was begun ends by itself (``idle``)."""
        if not self._publisher.is_owner(REPORT):
            return
        now = self._clock()
        hazards = of_hazards(self._publisher.held(HAZARD).values(), now) if self._has_hazards else []
        found, is_unseen, has_late = await asyncio.to_thread(self._database.read, lambda it: self._look(it, hazards, now))
        if is_unseen:
            count = await self._write(lambda it: rings.lay_out(it, found, now))
            if count:
                _log.info("an emergency: devices are rung", devices=count)
        if has_late:
            self._give_up(await self._write(lambda it: rings.drop_late(it, now)))
        self._is_first = False
        self._begin(await asyncio.to_thread(self._database.read, lambda it: rings.waiting(it, now)))

    async def idle(self) -> None:
        """Until every ring that was begun has ended."""
        while self._ringing:
            await asyncio.gather(*self._ringing.values())

    def _look(self, connection: Connection, hazards: list[Emergency], now: datetime) -> tuple[list[Emergency], bool, bool]:
        # Once all of them: what was an emergency before is none that begins when somebody touches it.
        found = [*of_reports(connection, None if self._is_first else now - RING_WITHIN), *hazards]
        return found, rings.has_unseen(connection, found), rings.has_late(connection, now)

    def _begin(self, waiting: list[Ring]) -> None:
        now_s = self._elapsed_s()
        self._rung_at = {device: at for device, at in self._rung_at.items() if now_s - at < PAUSE_S}
        for ring in waiting:
            device = ring.subscription.device
            if device not in self._ringing and device not in self._rung_at:
                self._ringing[device] = asyncio.create_task(self._ring(ring), name="ring")

    async def _ring(self, ring: Ring) -> None:
        device = ring.subscription.device
        try:
            rung = await self._services.ring(ring.subscription)
            self._count(rung)
            if rung.outcome is Outcome.RUNG:
                self._rung_at[device] = self._elapsed_s()
            await self._write(lambda it: _settle(it, ring, rung))
        except (SQLAlchemyError, StoreError) as error:
            self._miss_store(error)
        finally:
            del self._ringing[device]

    def _count(self, rung: Rung) -> None:
        if rung.outcome is Outcome.FAILED:
            self.failed += 1
            self._note(rung.reason, "a device could not be rung")
        elif rung.outcome is Outcome.RUNG:
            self.rung += 1
            if self._trouble is not None:
                self._trouble = None
                _log.info("devices can be rung again")

    def _give_up(self, count: int) -> None:
        if count:
            self.late += count
            self._note("devices were not rung in time", f"{count} of them")

    def _note(self, reason: str, problem: str) -> None:
        """Said once for as long as it is the same."""
        if self._trouble != reason:
            _log.warning("emergencies do not ring", reason=reason, problem=problem)
        self._trouble, self._trouble_at = reason, self._elapsed_s()

    def _miss_store(self, error: Exception) -> None:
        if not self._is_store_away:
            self._is_store_away = True
            _log.error("the store does not answer", problem=type(error).__name__, remedy="emergencies are looked for again")

    async def _write(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        return await asyncio.wrap_future(self._database.submit(unit))

    async def _tell(self) -> None:
        now_s = self._elapsed_s()
        if self._trouble is not None and now_s - self._trouble_at >= TROUBLE_S:
            self._trouble = None
        reason = "the store does not answer" if self._is_store_away else self._trouble
        said = (reason, self.rung, self.failed, self.late)
        if self._told is not None and self._told[1] == said and now_s - self._told[0] < TELL_S:
            return
        self._told = now_s, said
        state = SourceState.OK if reason is None else SourceState.DOWN
        health = Source(
            collector=RINGING_KEY, title="Pemberitahuan darurat", topics=(), state=state, checked_at=self._checked_at, interval_s=TELL_S,
            accepted=self.rung, failures=self.failed + self.late, reason=reason,
        )  # fmt: skip
        outgoing = Outgoing(key=RINGING_KEY, body=health, observed_at=self._clock(), source=RINGING_KEY, quality=Quality.MEASURED)
        await self._publisher.publish(SOURCE, [outgoing])


def _settle(connection: Connection, ring: Ring, rung: Rung) -> None:
    if rung.outcome is Outcome.GONE:
        push.forget(connection, ring.subscription.endpoint)
    rings.settle(connection, ring)
