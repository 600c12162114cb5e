"""What the queue says of a report, in words: its category, place, age, clock and priority. Pure."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from controlroom.console.page import DeskContext
from controlroom.console.reports.queue_order import holder_at, next_clock, standing_at
from controlroom.console.reports.queue_query import ALL, CLAIMED, OPEN
from feeds.messages.queue import QueueRow, Sort, Standing
from feeds.messages.report import Priority, Report, ReportState
from widgets.kit.wording import channel_name, state_name

Tr = Callable[[str], str]


class RowWords(msgspec.Struct, frozen=True, kw_only=True):
    """What of a row changes by time alone. ``standing``: ``None`` for one without a running clock, whose ``clock`` is its state then."""

    age: str
    clock: str
    standing: Standing | None
    holder: str | None


def words_at(row: QueueRow, ctx: DeskContext, now: datetime) -> RowWords:
    return RowWords(
        age=_age(ctx, (now - row.received_at).total_seconds()),
        clock=_clock(row, ctx, now),
        standing=standing_at(row, now),
        holder=holder_at(row, now),
    )


def category_of(report: QueueRow | Report, ctx: DeskContext) -> str:
    return (ctx.city.category_name(report.category, ctx.language) or report.category_name or report.category).strip() or ctx.tr(
        "tanpa kategori"
    )


def place_of(report: QueueRow | Report, ctx: DeskContext) -> str:
    """``Periuk · Gembor``; where nobody said where, that."""
    parts = (ctx.city.district_name(report.district), report.place)
    said = " · ".join(part for part in parts if part)
    if said:
        return said
    return ctx.tr("di luar kota") if report.is_outside else ctx.tr("tanpa lokasi")


def sentence_of(row: QueueRow, ctx: DeskContext, now: datetime) -> str:
    """A row for who hears it."""
    words, tr = words_at(row, ctx, now), ctx.tr
    parts = [category_of(row, ctx), state_name(row.state, tr), place_of(row, ctx), channel_name(row.channel, tr), words.age, words.clock]
    if row.priority is not Priority.NORMAL:
        parts.insert(0, priority_name(row.priority, tr))
    if words.holder:
        parts.append(tr("dipegang {name}").format(name=words.holder))
    return ", ".join(dict.fromkeys(parts))


def priority_name(priority: Priority, tr: Tr) -> str:
    return {Priority.EMERGENCY: tr("Darurat"), Priority.URGENT: tr("Mendesak"), Priority.NORMAL: tr("Biasa")}[priority]


def sort_name(sort: Sort, tr: Tr) -> str:
    return {Sort.DUE: "SLA", Sort.NEWEST: tr("Terbaru"), Sort.OLDEST: tr("Terlama"), Sort.CHANGED: tr("Berubah")}[sort]


def state_choices(tr: Tr) -> list[tuple[str, str]]:
    return [(OPEN, tr("Terbuka")), (ALL, tr("Semua")), *((str(state), state_name(state, tr)) for state in ReportState)]


def claim_choices(tr: Tr) -> list[tuple[str, str]]:
    said = (tr("Dipegang saya"), tr("Dipegang siapa pun"), tr("Belum dipegang"))
    return [("", tr("Semua pemegang")), *zip(CLAIMED, said, strict=True)]


def due_choices(tr: Tr) -> list[tuple[str, str]]:
    late = [(Standing.LATE, tr("Terlambat")), (Standing.AT_RISK, tr("Segera lewat")), (Standing.ON_TIME, tr("Tepat waktu"))]
    return [("", tr("Semua tenggat")), *((str(standing), name) for standing, name in late)]


def _age(ctx: DeskContext, seconds: float) -> str:
    """``27 mnt``, ``1 j 6``, ``3 hr``: what is short enough for a column."""
    said = ctx.text.age(max(seconds, 60.0)) if seconds >= 60 else f"<{ctx.text.age(60)}"
    parts = said.split(" ")
    if len(parts) == 4:
        return " ".join(parts[:3] if seconds < 36_000 else parts[:2])
    return said


def _clock(row: QueueRow, ctx: DeskContext, now: datetime) -> str:
    running = next_clock(row)
    if running is None:
        return state_name(row.state, ctx.tr)
    left_s = (running[1] - now).total_seconds()
    if left_s <= 0:
        return ctx.tr("lewat {age}").format(age=_age(ctx, -left_s))
    return ctx.tr("sisa {age}").format(age=_age(ctx, left_s))
