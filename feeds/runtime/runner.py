"""Runs one collector for ever: when to ask, what to believe, what to say about it. Knows no source and no topic but the system's own.

A failing source never erases what it published; its age grows until a check succeeds again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import structlog

from feeds.bus.publisher import BusPublisher, BusRefused, Outgoing
from feeds.messages.header import Quality
from feeds.messages.report import PINLESS_STATES, Report
from feeds.messages.system import QUARANTINE, SOURCE, Quarantined, ReasonCount, Source, SourceState
from feeds.runtime.clock import Clock
from feeds.runtime.collector import CollectorContext, Observed, Poll, Refusal, SourceDown, Stream
from feeds.runtime.registry import Job, key_prefix
from feeds.runtime.sinks import Delivering

JITTER = 0.1
"""Rounds are spread by this share of their interval, so that many rooms do not ask one source at the same instant."""

LONGEST_PAUSE_S = 900.0
SHOWN_REFUSALS = 100
"""New refusals of one round that are published one by one; the count says how many there were."""


SHOWN_REASONS = 8
MAX_REASON = 300
"""Characters of a reason that go on: a list of long addresses must not be more than a message may hold."""

READ_AGAIN_S = 6 * 3_600.0
"""Files that do not change are read again now and then: what is made of them depends on the day."""

SUDDEN = 20
"""A source that had so many records and suddenly has none is asked twice: a broken export looks like an empty city."""


def pause_s(every_s: float, failures: int, random: Random) -> float:
    """Seconds until the next round: the interval, doubled for each failure in a row up to 15 minutes, with jitter."""
    longest = max(every_s, LONGEST_PAUSE_S)
    return min(longest, every_s * 2.0 ** min(failures, 30)) * random.uniform(1 - JITTER, 1 + JITTER)


class Runner:
    """One collector at work. ``run`` ends only by cancellation."""

    def __init__(
        self, job: Job, ctx: CollectorContext[Any], sink: Delivering, publisher: BusPublisher, *, clock: Clock, random: Random
    ) -> None:
        self._job = job
        self._ctx = ctx
        self._sink = sink
        self._publisher = publisher
        self._clock = clock
        self._random = random
        self._state = SourceState.WAITING
        self._reason: str | None = None
        self._checked_at: datetime | None = None
        self._counts = {"accepted": 0, "quarantined": 0, "outside": 0, "without_position": 0}
        self._reasons: tuple[ReasonCount, ...] = ()
        self._said: set[tuple[str, str]] = set()
        self._remarked: set[str] = set()
        self._failures = 0
        self._stood: int | None = None
        self._prefix = key_prefix(job)
        self._is_partly_well = False
        self._log = structlog.get_logger("feeds.runtime").bind(source=job.name)

    async def run(self) -> None:
        """Ask, publish, pause, for ever."""
        await self._tell()
        kind = self._job.kind
        if isinstance(kind, Poll):
            await self._poll(kind.every_s, kind.timeout_s)
        elif isinstance(kind, Stream):
            await self._stream(kind.quiet_s)
        else:
            await self._watch(kind.folder, kind.every_s, kind.timeout_s)

    async def _poll(self, every_s: float, timeout_s: float) -> None:
        while True:
            await self._round(timeout_s)
            # What still works is not asked more rarely because something beside it does not.
            await asyncio.sleep(pause_s(every_s, 0 if self._is_partly_well else self._failures, self._random))

    async def _watch(self, folder: Path, every_s: float, timeout_s: float) -> None:
        """A folder is read when two looks in a row find the same files: what is still being copied would be half a figure."""
        last: Listing | None = None
        read: Listing | None = None
        read_at_s = 0.0
        loop = asyncio.get_running_loop()
        while True:
            failures = 0
            try:
                listing = await asyncio.to_thread(_listing, folder)
            except OSError as problem:
                await self._fail(f"the folder {folder} cannot be read ({type(problem).__name__})")
                failures = self._failures
            else:
                is_known = listing == read and loop.time() - read_at_s < READ_AGAIN_S
                if is_known:
                    await self._succeed()
                elif listing == last:
                    is_read = await self._round(timeout_s)
                    read, read_at_s = (listing, loop.time()) if is_read else (None, 0.0)
                    failures = self._failures
                last = listing
            await asyncio.sleep(pause_s(every_s, failures, self._random) if failures else every_s)

    async def _stream(self, quiet_s: float) -> None:
        while True:
            self._begin_round()
            try:
                async with aclosing(self._job.collect(self._ctx)) as records:
                    async for record in _renewed(records, quiet_s):
                        if record is not None:
                            await self._deliver([record], is_whole=False)
                        await self._succeed()
                await self._fail("the source ended its stream")
            except SourceDown as problem:
                await self._fail(str(problem))
            except Exception as problem:
                await self._fail_unexpectedly(problem)
            await asyncio.sleep(pause_s(1.0, self._failures, self._random))

    async def _round(self, timeout_s: float) -> bool:
        """One whole collection; whether it was a successful check."""
        self._begin_round()
        self._is_partly_well = False
        try:
            async with asyncio.timeout(timeout_s), aclosing(self._job.collect(self._ctx)) as records:
                observed = [record async for record in records]
            self._look_at(observed)
            await self._deliver(observed, is_whole=True)
        except SourceDown as problem:
            await self._count_refusals()
            return await self._fail(str(problem))
        except TimeoutError:
            return await self._fail(f"was not done within {timeout_s:g} s")
        except Exception as problem:
            # The one place where a collector's own mistake ends: the other sources go on, and the wall says that this one does not.
            return await self._fail_unexpectedly(problem)
        if self._ctx.trouble:
            self._is_partly_well = bool(observed)
            return await self._fail("; ".join(self._ctx.trouble))
        return await self._succeed()

    def _look_at(self, observed: Sequence[Observed]) -> None:
        """Raises ``SourceDown`` for a round that would erase what stands though nothing says that it is over."""
        refusals = self._ctx.refusals
        if refusals and not observed and not self._ctx.outside:
            raise SourceDown(f"all {len(refusals)} records were refused, mostly: {reasons_of(refusals)[0].reason}")
        stood = self._stood if self._stood is not None else self._sink.count()
        self._stood = len(observed)
        if not observed and stood >= SUDDEN:
            raise SourceDown(f"gave nothing where {stood} records stood: asked again before it is believed")

    def _begin_round(self) -> None:
        self._ctx.refusals.clear()
        self._ctx.trouble.clear()
        self._ctx.kept.clear()
        self._ctx.remarks.clear()
        self._ctx.outside = 0
        self._ctx.condensed = 0

    async def _deliver(self, observed: Sequence[Observed], *, is_whole: bool) -> None:
        now = self._clock()
        stray = [record for record in observed if record.topic not in self._job.spec.topics]
        for record in stray:
            self._ctx.quarantine(None, f"is for the topic {record.topic.name}, which this collector does not feed", name=record.key)
        records = [record for record in observed if record not in stray and not is_expired(record.body, now)]
        if self._prefix:
            records = [replace(record, key=self._prefix + record.key) for record in records]
        while True:
            try:
                if is_whole:
                    await self._sink.replace(records, now, self._keeping())
                else:
                    await self._sink.put(records, now)
                break
            except BusRefused as problem:
                refused = [r for r in records if r.topic.name == problem.topic and r.key == problem.key]
                if not refused:
                    raise
                self._ctx.quarantine(None, f"the bus refuses it: {problem.reason.partition(':')[0]}", name=problem.key)
                records = [r for r in records if r not in refused]
        if is_whole:
            self._counts = dict.fromkeys(self._counts, 0)
        self._count(records)
        for remark in self._ctx.remarks:
            if remark not in self._remarked:
                self._log.info("source is odd", remark=remark)
        self._remarked = set(self._ctx.remarks)
        await self._tell_refusals()

    def _keeping(self) -> Callable[[str], bool]:
        """Which keys stay though this round does not bring them: what could not be asked, and what was refused this time."""
        kept = tuple(self._prefix + beginning for beginning in self._ctx.kept)
        refused = {self._prefix + refusal.key for refusal in self._ctx.refusals if refusal.key is not None}
        return lambda key: key.startswith(kept) or key in refused

    async def _count_refusals(self) -> None:
        """Tells of a round that gave nothing but refusals; what was accepted before still stands and is still counted."""
        if self._ctx.refusals:
            self._counts["quarantined"] = len(self._ctx.refusals)
            self._reasons = reasons_of(self._ctx.refusals)
            await self._tell_refusals()

    def _count(self, records: Sequence[Observed]) -> None:
        for name, count in counts_of(records, self._ctx).items():
            self._counts[name] += count
        self._reasons = reasons_of(self._ctx.refusals)

    async def _tell_refusals(self) -> None:
        current = {(r.record, r.reason): r for r in self._ctx.refusals}
        fresh = [refusal for key, refusal in current.items() if key not in self._said]
        self._said = set(current)
        if not fresh:
            return
        self._log.warning("records refused", refused=len(self._ctx.refusals), first=fresh[0].record, reason=fresh[0].reason)
        await self._publisher.publish(QUARANTINE, [self._quarantined(refusal) for refusal in fresh[:SHOWN_REFUSALS]])

    def _quarantined(self, refusal: Refusal) -> Outgoing:
        key, now = self._job.name, self._clock()
        body = Quarantined(collector=key, record=refusal.record, reason=refusal.reason, at=now, excerpt=refusal.excerpt)
        return Outgoing(key=f"{key}:{refusal.record}", body=body, observed_at=now, source=key, quality=Quality.MEASURED)

    async def _succeed(self) -> bool:
        self._checked_at = self._clock()
        if self._state is SourceState.DOWN:
            self._log.info("source is back", was=self._reason)
        elif self._state is SourceState.WAITING:
            self._log.info("source answers", accepted=self._counts["accepted"])
        self._state, self._reason, self._failures = SourceState.OK, None, 0
        await self._tell()
        return True

    async def _fail(self, reason: str) -> bool:
        reason = reason if len(reason) <= MAX_REASON else reason[: MAX_REASON - 1] + "…"
        if self._state is not SourceState.DOWN:
            self._log.warning(
                "source is down", reason=reason, remedy="what it gave last stays, with its age; asked again with growing pauses"
            )
        self._state, self._reason = SourceState.DOWN, reason
        self._failures += 1
        await self._tell()
        return False

    async def _fail_unexpectedly(self, problem: Exception) -> bool:
        if self._state is not SourceState.DOWN:
            # Where, not what: the exception's text may quote a record.
            self._log.error("collector failed", error=type(problem).__name__, where=_place_of(problem))
        return await self._fail(f"the collector failed ({type(problem).__name__} in {_place_of(problem)})")

    async def _tell(self) -> None:
        spec, kind = self._job.spec, self._job.kind
        body = Source(
            collector=spec.key,
            title=self._job.title,
            topics=tuple(topic.name for topic in spec.fed_topics),
            state=self._state,
            checked_at=self._checked_at,
            interval_s=kind.quiet_s if isinstance(kind, Stream) else kind.every_s,
            reason=self._reason,
            reasons=self._reasons,
            failures=self._failures,
            terms=spec.terms,
            **self._counts,
        )
        now, name = self._clock(), self._job.name
        await self._publisher.publish(SOURCE, [Outgoing(key=name, body=body, observed_at=now, source=name, quality=Quality.MEASURED)])


def counts_of(records: Sequence[Observed], ctx: CollectorContext[Any]) -> dict[str, int]:
    """What became of the records read: accepted, outside, quarantined (together all of them), and accepted reports with no place."""
    reports = [record.body for record in records if isinstance(record.body, Report)]
    outside = sum(report.is_outside for report in reports)
    return {
        # A figure of ten thousand releases is one message: what its collector says it took counts.
        "accepted": ctx.condensed or len(records) - outside,
        "outside": outside + ctx.outside,
        "quarantined": len(ctx.refusals),
        "without_position": sum(report.position is None and report.state not in PINLESS_STATES for report in reports),
    }


def reasons_of(refusals: Sequence[Refusal]) -> tuple[ReasonCount, ...]:
    """The reasons of refused records with their counts, the most frequent first; at most ``SHOWN_REASONS``."""
    counted = Counter(refusal.reason for refusal in refusals)
    return tuple(ReasonCount(reason=reason, count=count) for reason, count in counted.most_common(SHOWN_REASONS))


def is_expired(body: object, now: datetime) -> bool:
    """Whether a body says of itself that its time is over."""
    expires_at = getattr(body, "expires_at", None)
    return isinstance(expires_at, datetime) and expires_at <= now


async def _renewed(records: AsyncGenerator[Observed, None], quiet_s: float) -> AsyncGenerator[Observed | None, None]:
    """The records of a stream, and ``None`` after each ``quiet_s`` without one: a quiet stream that stands is a good check."""
    following = asyncio.ensure_future(anext(records, None))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=quiet_s)
            if not done:
                yield None
                continue
            record = following.result()
            if record is None:
                return
            following = asyncio.ensure_future(anext(records, None))
            yield record
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


Listing = frozenset[tuple[str, int, int]]
"""Name, time of change (ns) and size of each file."""


def _listing(folder: Path) -> Listing:
    def entries() -> Iterator[tuple[str, int, int]]:
        for path in folder.iterdir():
            stat = path.stat()
            yield path.name, stat.st_mtime_ns, stat.st_size

    return frozenset(entries())


def _place_of(problem: Exception) -> str:
    trace = problem.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else "?"
