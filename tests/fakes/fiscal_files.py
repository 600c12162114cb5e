"""Fiscal files given to the collector as if they stood in its folder, and what it makes of them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feeds.collectors.fiscal import COLLECTOR, read
from feeds.messages.indicator import Finance
from feeds.runtime.collector import CollectorContext, Document
from feeds.runtime.runner import counts_of
from tests.fakes.collector_context import context

NOW = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "fiscal"


def seen(
    files: dict[str, str | bytes], now: datetime = NOW, **options: Any
) -> tuple[Finance | None, CollectorContext[Any], dict[str, int]]:
    ctx = context(COLLECTOR, {"folder": "x", **options}, city="tangerang", now=now)
    documents = [Document(name, body if isinstance(body, bytes) else body.encode()) for name, body in files.items()]
    records = list(read(ctx, documents))
    return (records[0].body if records else None), ctx, counts_of(records, ctx)


def ratio(figure: Finance | None) -> tuple[float | None, int | None, int | None]:
    assert figure is not None
    return figure.absorption.value, figure.absorption.numerator, figure.absorption.denominator


def reasons(ctx: CollectorContext[Any]) -> list[tuple[str, str]]:
    return [(refusal.record, refusal.reason) for refusal in ctx.refusals]
