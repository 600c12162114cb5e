"""The publishing side of a bench: many reports through the ledger, officers that move, and a bare Redis message beside each.

A process of its own, as in life. Takes its topics over from a simulated city where one runs, so that the rest of the wall stays alive.
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import structlog
from msgspec.structs import replace

from controlroom.measure.load import ReportLoad, moving_officers
from controlroom.measure.spoken import RAW_CHANNEL, Arrived, Ask, Done, Ready, held, lines_of, say
from feeds.bus.canary import sing
from feeds.bus.connection import connect
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.city import load_city
from feeds.messages.camera import CAMERA, Camera
from feeds.messages.field import OFFICER
from feeds.messages.header import Quality, Topic
from feeds.messages.report import INCIDENT, REPORT, TICKER, TOTALS
from feeds.messages.system import CANARY, SOURCE, Source, SourceState
from feeds.reports.ledger import Counted, ReportLedger

NAME = "bench"
OWNED = (REPORT, TOTALS, TICKER, INCIDENT, OFFICER)
BATCH_S = 0.01
"""Changes of a storm are handed over a hundred times a second, as sources hand over what has arrived meanwhile."""

RAW_S = 0.05


def utc_now() -> datetime:
    return datetime.now(UTC)


class Feeder:
    """Publishes what it is asked to; every value's ``observed_at`` is the moment it is handed to the publisher."""

    def __init__(self, city_folder: Path, namespace: str, url: str, *, is_alone: bool) -> None:
        self._quality = Quality.SIMULATED if namespace == "sim" else Quality.MEASURED
        self._redis = connect(url)
        self._raw = connect(url)
        self._publisher = BusPublisher(self._redis, namespace, NAME, clock=utc_now)
        city = load_city(city_folder)
        self._load = ReportLoad(city, Random(3671), utc_now())
        self._city = city
        self._is_alone = is_alone
        self._ledger = ReportLedger(
            self._publisher, source=NAME, quality=self._quality, time_zone=city.time_zone, window="all", clock=utc_now
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._officers: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._publisher.start([*OWNED, *((SOURCE, CANARY) if self._is_alone else ())], fresh=True)
        self._tasks.append(asyncio.create_task(self._send_raw(), name="raw"))
        if self._is_alone:
            self._tasks.append(asyncio.create_task(self._check_source(), name="source"))
            self._tasks.append(asyncio.create_task(sing(self._publisher, NAME, quality=self._quality, clock=utc_now), name="canary"))

    async def stop(self) -> None:
        tasks = [*self._tasks, *([self._officers] if self._officers is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._publisher.stop()
        await self._redis.aclose()
        await self._raw.aclose()

    async def answer(self, ask: Ask) -> None:
        """Does what is asked and says so."""
        began = time.monotonic()
        count = 0
        if ask.verb == "reports":
            reports = self._load.first(ask.count)
            await self._ledger.replace(reports, utc_now(), counted=self._counted())
            count = ask.count
        elif ask.verb == "storm":
            count = await self._storm(ask.per_s, ask.seconds)
        elif ask.verb == "flood":
            count = await self._flood(ask.count)
        elif ask.verb == "arrive":
            say([Arrived(await self._arrive(ask.count, ask.per_s))])
            return
        elif ask.verb == "officers":
            await self._set_officers(ask.count, ask.per_s)
        elif ask.verb == "hang":
            await self._hang_camera(ask.url)
        elif ask.verb == "held":
            mark = self._publisher.mark(REPORT)
            totals = next((m.body for m in self._publisher.held(TOTALS).values()), None)
            say([held(self._publisher.held(REPORT), mark.epoch, mark.seq, totals)])
            return
        say([Done(count=count, seconds=time.monotonic() - began, at_s=time.monotonic())])

    async def _storm(self, per_s: float, seconds: float) -> int:
        """``per_s`` changes of held reports each second; late ones are caught up with, never left out."""
        began, sent = time.monotonic(), 0
        total = round(per_s * seconds)
        while sent < total:
            due = min(total, int((time.monotonic() - began) * per_s) + 1)
            if due > sent:
                await self._ledger.put(self._load.changed(due - sent, utc_now()), utc_now(), counted=self._counted())
                sent = due
            await asyncio.sleep(max(BATCH_S, began + (sent / per_s) - time.monotonic()) if per_s < 100 else BATCH_S)
        return sent

    async def _arrive(self, count: int, per_s: float) -> list[tuple[float, int]]:
        """``count`` new reports, ``per_s`` each second: what each totals message it leads to says was received, and since when."""
        began, handed = time.monotonic(), list[tuple[float, int]]()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_s - time.monotonic()))
            report = self._load.one_more(utc_now())
            handed.append((time.monotonic(), len(self._load.held())))
            await self._ledger.put([report], utc_now(), counted=self._counted())
        return handed

    async def _flood(self, count: int) -> int:
        """``count`` changes as fast as they can be published, around the ledger: totals follow at the end."""
        for _ in range(0, count, 500):
            await self._send(REPORT, [(report.id, report) for report in self._load.changed(500, utc_now())])
        await self._ledger.put(self._load.held(), utc_now(), counted=self._counted())
        return count

    def _counted(self) -> Counted:
        """A bench keeps no log of arrivals: its reports are all there are."""
        held = self._load.held()
        return Counted(since=min((report.received_at for report in held), default=utc_now()), received=len(held), carried=0)

    async def _set_officers(self, count: int, per_s: float) -> None:
        if self._officers is not None:
            self._officers.cancel()
            await asyncio.gather(self._officers, return_exceptions=True)
            self._officers = None
        if count:
            self._officers = asyncio.create_task(self._move(count, 1 / per_s), name="officers")

    async def _move(self, count: int, every_s: float) -> None:
        for officers in moving_officers(self._city, count, Random(7), utc_now):
            await self._send(OFFICER, [(officer.number, officer) for officer in officers])
            await asyncio.sleep(every_s)

    async def _hang_camera(self, url: str) -> None:
        """Takes the cameras over as they stand and gives the first another address."""
        await self._publisher.start([CAMERA])
        cameras = {key: message.body for key, message in self._publisher.held(CAMERA).items() if isinstance(message.body, Camera)}
        shown = sorted(key for key, camera in cameras.items() if not camera.is_private)
        await self._send(CAMERA, [(shown[0], replace(cameras[shown[0]], url=url))])

    async def _send_raw(self) -> None:
        """The floor of any latency: one bare PUBLISH of a time stamp, twenty times a second, on a connection of its own."""
        raw: Any = self._raw
        while True:
            await raw.publish(RAW_CHANNEL, str(time.time_ns()))
            await asyncio.sleep(RAW_S)

    async def _check_source(self) -> None:
        while True:
            now = utc_now()
            source = Source(
                collector=NAME, title=NAME, topics=tuple(topic.name for topic in OWNED), state=SourceState.OK, checked_at=now, interval_s=2
            )
            await self._send(SOURCE, [(NAME, source)])
            await asyncio.sleep(2)

    async def _send(self, topic: Topic[Any], bodies: Sequence[tuple[str, Any]]) -> None:
        now = utc_now()
        await self._publisher.publish(
            topic, [Outgoing(key=key, body=body, observed_at=now, source=NAME, quality=self._quality) for key, body in bodies]
        )


async def run(arguments: argparse.Namespace) -> None:
    """Until standard input ends."""
    feeder = Feeder(arguments.city, arguments.namespace, os.environ["LIVE_ROOM_BUS_URL"], is_alone=arguments.alone)
    await feeder.start()
    say([Ready(pid=os.getpid())])
    loop = asyncio.get_running_loop()
    ears = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(ears), sys.stdin)
    rest = b""
    try:
        while more := await ears.read(65_536):
            asked, rest = lines_of(rest, more)
            for ask in asked:
                await feeder.answer(ask)
    finally:
        await feeder.stop()


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    parser = argparse.ArgumentParser(prog="controlroom.measure.feeder", description="Publishes for benches and drills.")
    parser.add_argument("--city", type=Path, required=True)
    parser.add_argument("--namespace", default="sim")
    parser.add_argument("--alone", action="store_true", help="no simulated city runs beside: tell sources and canary too")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
