"""A measured load for the benches: N reports whose states change at a rate, through the same ledger as any source."""

import asyncio
from datetime import datetime
from random import Random

from msgspec.structs import replace

from feeds.bus.publisher import BusPublisher
from feeds.messages.city import City
from feeds.messages.header import Quality
from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.reports.ledger import ReportLedger
from feeds.reports.states import check_step
from feeds.runtime.clock import utc_now
from feeds.sim.places import Places

BATCH_S = 0.02
"""Changes wait at most this long for each other."""

_NEXT = {
    ReportState.NEW: ReportState.FORWARDED,
    ReportState.FORWARDED: ReportState.WORKING,
    ReportState.WORKING: ReportState.DONE,
    ReportState.DONE: ReportState.REOPENED,
    ReportState.REOPENED: ReportState.WORKING,
}
_PHOTO = "0" * 64


async def report_load(publisher: BusPublisher, city: City, count: int, changes_per_s: float, seconds: float, *, seed: int = 1) -> int:
    """Publish ``count`` reports, then change states ``changes_per_s`` times a second for ``seconds``; returns the changes made.

    The number of reports stays constant. The publisher must own REPORT, TICKER, INCIDENT and TOTALS in a namespace that takes
    simulated values. A change's ``changed_at`` is the time it was handed in.
    """
    rng, places = Random(f"{seed}:load"), Places(city)
    ledger = ReportLedger(
        publisher, source="simulator", quality=Quality.SIMULATED, time_zone=city.time_zone, window="all", clock=utc_now
    )  # fmt: skip
    now = utc_now()
    reports = [_report(city, places, rng, number, now) for number in range(count)]
    await ledger.replace(reports, now)
    loop = asyncio.get_running_loop()
    start, made, place = loop.time(), 0, 0
    while reports and (elapsed := loop.time() - start) < seconds:
        now = utc_now()
        # Each report at most once a batch: a snapshot topic would merge two changes of one key.
        due = min(int(elapsed * changes_per_s) - made, len(reports))
        batch: list[Report] = []
        for _ in range(due):
            reports[place] = _step(reports[place], now)
            batch.append(reports[place])
            place = (place + 1) % len(reports)
        if batch:
            await ledger.put(batch, now)
            made += len(batch)
        await asyncio.sleep(BATCH_S)
    return made


def _report(city: City, places: Places, rng: Random, number: int, now: datetime) -> Report:
    category = rng.choice(city.categories)
    site = places.anywhere(rng)
    return Report(
        id=f"LOAD-{number:05d}",
        state=rng.choice(list(_NEXT)),
        category=category.code,
        category_name=category.names.get(city.language, category.code),
        channel=rng.choice([channel for channel in Channel if channel != Channel.OPEN311]),
        priority=Priority.NORMAL,
        received_at=now,
        changed_at=now,
        position=site.position,
        district=site.district,
        place=site.place,
        agency=category.agency or city.agencies[0].code,
    )


def _step(before: Report, now: datetime) -> Report:
    state = _NEXT[before.state]
    after = replace(before, state=state, changed_at=now, photo_after=_PHOTO if state == ReportState.DONE else None)
    check_step(before, after)
    return after
