"""Shows what a collector makes of a file, with no network and no bus: ``controlroom feeds check NAME --file F``."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog

from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.system import ReasonCount
from feeds.runtime.clock import Clock
from feeds.runtime.collector import CollectorContext, Document, Observed
from feeds.runtime.http import SourceHttp, user_agent
from feeds.runtime.registry import load_collector, options_for_check
from feeds.runtime.runner import counts_of, is_expired, reasons_of

SHOWN_RECORDS = 20


class CheckedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A refused record: its name and the reason; never what it holds."""

    record: str
    reason: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """``read`` = ``accepted`` + ``outside_city`` + ``quarantined``. ``expired``: of the accepted, those over by now: no wall shows them.

    ``topics``: how many records for each topic. ``samples``: the first accepted ones as they would stand on the bus.
    """

    collector: str
    city: str
    files: tuple[str, ...]
    read: int
    accepted: int
    outside_city: int
    quarantined: int
    without_position: int
    expired: int
    reasons: tuple[ReasonCount, ...]
    refused: tuple[CheckedRecord, ...]
    remarks: tuple[str, ...]
    topics: dict[str, int]
    samples: tuple[Any, ...]


async def check_files(key: str, files: Sequence[Path], city: City, clock: Clock, *, options: Any = None, samples: int = 0) -> Checked:
    """Reads ``files`` with the collector ``key``; a file that is none of its source's is one quarantined record with the reason.

    ``options`` stand in for the city's own. Raises ``CollectorError`` for an unknown collector and ``OSError`` for an unreadable file.
    """
    spec, _ = load_collector(key)
    http = SourceHttp(user_agent(city.name))
    try:
        ctx: CollectorContext[Any] = CollectorContext(
            options=options if options is not None else options_for_check(spec, city),
            city=city,
            geography=CityGeography(city),
            http=http,
            clock=clock,
            log=structlog.get_logger("feeds.check").bind(collector=key),
            secret=lambda name: None,
        )
        documents = [Document(name=file.name, body=file.read_bytes()) for file in files]
        records = {(record.topic.name, record.key): record for record in spec.read(ctx, documents)}
        for trouble in ctx.trouble:
            ctx.quarantine(None, trouble)
    finally:
        await http.aclose()
    return _checked(key, city, files, list(records.values()), ctx, clock, samples)


def _checked(
    key: str, city: City, files: Sequence[Path], records: list[Observed], ctx: CollectorContext[Any], clock: Clock, samples: int
) -> Checked:
    counts = counts_of(records, ctx)
    return Checked(
        collector=key,
        city=city.name,
        files=tuple(file.name for file in files),
        read=counts["accepted"] + counts["outside"] + counts["quarantined"],
        accepted=counts["accepted"],
        outside_city=counts["outside"],
        quarantined=counts["quarantined"],
        without_position=counts["without_position"],
        expired=sum(is_expired(record.body, clock()) for record in records),
        reasons=reasons_of(ctx.refusals),
        refused=tuple(CheckedRecord(record=r.record, reason=r.reason) for r in ctx.refusals[:SHOWN_RECORDS]),
        remarks=tuple(ctx.remarks),
        topics=dict(Counter(record.topic.name for record in records)),
        samples=tuple(record.body for record in records[:samples]),
    )
