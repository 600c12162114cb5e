"""CAP documents as the collector ``cap`` judges them for a city, with no network."""

from datetime import UTC, datetime
from typing import Any

from feeds.collectors.cap import COLLECTOR, read
from feeds.messages.hazard import Hazard
from feeds.runtime.collector import CollectorContext, Document
from tests.fakes.collector_context import context

NOW = datetime(2026, 2, 16, 16, 30, tzinfo=UTC)


def ctx(city: str = "tangerang", **options: Any) -> CollectorContext[Any]:
    given = {"attribution": "BMKG", "feed_url": "https://h/index.atom", **options}
    return context(COLLECTOR, given, city=city, now=NOW)


def judged(*bodies: bytes, made: CollectorContext[Any] | None = None, **options: Any) -> tuple[dict[str, Hazard], list[str], int]:
    """Hazards by key, reasons of refusal, and how many were of elsewhere or over."""
    made = made or ctx(**options)
    records = list(read(made, [Document(f"{n}.xml", body) for n, body in enumerate(bodies)]))
    return {record.key: record.body for record in records}, [refusal.reason for refusal in made.refusals], made.outside


def shown(*bodies: bytes, **options: Any) -> list[str]:
    return sorted(judged(*bodies, **options)[0])
