"""Where collected records go: the bus itself, or the one owner of reports. Knows no source."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection

from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.messages.city import City
from feeds.messages.header import Topic
from feeds.reports.observed import Observer
from feeds.runtime.clock import Clock
from feeds.runtime.collector import CollectorSpec, Observed, Sink
from feeds.store.database import Database

REPORTS_AT_A_TIME = 1_000
"""Written in one transaction, a tenth of a second: then a desk's step, which waits for the same writer, has its turn."""


class Delivering(Protocol):
    """What a runner needs of a sink. Both may be called again with the same records after a failure."""

    async def replace(self, records: Sequence[Observed], at: datetime, is_kept: Callable[[str], bool]) -> None:
        """Take ``records`` as all there are, but for those held under a key for which ``is_kept`` holds."""
        ...

    async def put(self, records: Sequence[Observed], at: datetime) -> None:
        """Take ``records`` beside what is held."""
        ...

    def count(self) -> int:
        """How many records of this source stand now; a former run's too."""
        ...

    async def keep_true(self) -> None:
        """Mend what Redis lost that was computed here; asked every second, does nothing while all is well."""
        ...


class BusSink:
    """Publishes the records of the source called ``name``; a vanished one becomes a tombstone, other sources' records stay."""

    def __init__(self, publisher: BusPublisher, spec: CollectorSpec, name: str) -> None:
        self._publisher = publisher
        self._spec = spec
        self._name = name
        self._told: set[str] = set()
        self._log = structlog.get_logger("feeds.runtime").bind(source=name)

    async def replace(self, records: Sequence[Observed], at: datetime, is_kept: Callable[[str], bool]) -> None:
        for topic in self._spec.topics:
            theirs: dict[str, Outgoing] = {}
            kept: dict[str, Outgoing] = {}
            for key, m in self._publisher.held(topic).items():
                standing = Outgoing(key=key, body=m.body, observed_at=m.observed_at, source=m.source, quality=m.quality)
                if m.source != self._name:
                    theirs[key] = standing
                elif is_kept(key):
                    kept[key] = standing
            given = {outgoing.key: outgoing for outgoing in self._outgoing([r for r in records if r.topic is topic])}
            if taken := given.keys() & theirs.keys():
                self._say_taken(topic, len(taken))
            await self._publisher.replace(topic, list((kept | given | theirs).values()))

    def _say_taken(self, topic: Topic[Any], count: int) -> None:
        """Two sources that tell of one thing would replace each other at every round: who came first goes on telling."""
        if topic.name not in self._told:
            self._told.add(topic.name)
            self._log.warning("other sources tell of the same records: theirs stand", topic=topic.name, records=count)

    def count(self) -> int:
        return sum(m.source == self._name for topic in self._spec.topics for m in self._publisher.held(topic).values())

    async def put(self, records: Sequence[Observed], at: datetime) -> None:
        for topic in self._spec.topics:
            outgoing = self._outgoing([r for r in records if r.topic is topic])
            if outgoing:
                await self._publisher.publish(topic, outgoing)

    async def keep_true(self) -> None:
        """The publisher itself sends again what stands on its topics."""

    def _outgoing(self, records: Sequence[Observed]) -> list[Outgoing]:
        latest = {record.key: record for record in records}
        return [Outgoing(key=r.key, body=r.body, observed_at=r.observed_at, source=self._name, quality=r.quality) for r in latest.values()]


class ReportSink:
    """Hands reports to their store; from there ``feeds.reports.outbox`` alone tells the bus."""

    def __init__(self, database: Database, observer: Observer) -> None:
        self._database = database
        self._observer = observer
        self._count = database.read(observer.count)

    async def replace(self, records: Sequence[Observed], at: datetime, is_kept: Callable[[str], bool]) -> None:
        await self._put(records)
        refs = frozenset(record.key for record in records)
        await self._write(lambda connection: self._observer.keep_only(connection, refs, is_kept))
        await self._recount()

    async def put(self, records: Sequence[Observed], at: datetime) -> None:
        await self._put(records)
        await self._recount()

    def count(self) -> int:
        return self._count

    async def keep_true(self) -> None:
        """The outbox itself sees to what stands on its topics."""

    async def _put(self, records: Sequence[Observed]) -> None:
        latest = list({record.key: record.body for record in records}.values())
        for start in range(0, len(latest), REPORTS_AT_A_TIME):
            some = latest[start : start + REPORTS_AT_A_TIME]
            await self._write(lambda connection, some=some: self._observer.put(connection, some))

    async def _recount(self) -> None:
        self._count = await asyncio.to_thread(self._database.read, self._observer.count)

    async def _write(self, unit: Callable[[Connection], None]) -> None:
        await asyncio.wrap_future(self._database.submit(unit))


SinkFor = Callable[[CollectorSpec, str, Any], Delivering]
"""A collector's spec, the name of the source and its options -> where its records go."""


def sinks_for(publisher: BusPublisher, city: City, database: Database, clock: Clock) -> SinkFor:
    """A function that gives each collector its sink."""

    def sink_for(spec: CollectorSpec, name: str, options: Any) -> Delivering:
        if spec.sink is Sink.BUS:
            return BusSink(publisher, spec, name)
        return ReportSink(database, Observer(city, name))

    return sink_for
