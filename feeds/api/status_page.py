"""The page behind a report's private link: what has become of it, for whoever sent it. Plain HTML, no script, nothing of a third party.

Shows the state, its times and the room's answers; no name, no reason, no words of the report itself.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection, select

from feeds.api.doors import Doors
from feeds.api.errors import ApiError, problem_of
from feeds.api.georeport_words import STATE_WORDS, Step, xml_text
from feeds.api.open311_search import public, steps_of
from feeds.api.refusal_log import refusal_log_of
from feeds.api.texts import LANGUAGES, translator
from feeds.messages.city import City
from feeds.messages.report import OPEN_STATES, ReportState
from feeds.reports.drafts import digest_of
from feeds.reports.records import Record, record_of
from feeds.store.schema import REPORTS

Tr = Callable[[str], str]

MOST_LINK = 64

STYLE = (
    ":root{color-scheme:light dark;font:100%/1.5 system-ui,sans-serif}"
    "body{max-width:40rem;margin:0 auto;padding:1rem}"
    "h1{font-size:1.25rem}ol{list-style:none;padding:0}li{border-left:.25rem solid;padding:0 0 1rem .75rem}"
    ".state{font-size:1.5rem;font-weight:700;border-left:.5rem solid;padding-left:.75rem}"
    ".red{border-color:#d33}.yellow{border-color:#e0a800}.green{border-color:#2a9d4a}.grey{border-color:#888}"
    ".words{white-space:pre-wrap;overflow-wrap:anywhere}time{opacity:.75}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store, private",
}

_COLOURS = {
    ReportState.NEW: "red", ReportState.FORWARDED: "red", ReportState.REOPENED: "red", ReportState.WORKING: "yellow",
    ReportState.DONE: "green", ReportState.DECLINED: "green", ReportState.DUPLICATE: "grey", ReportState.INVALID: "grey",
}  # fmt: skip


class Found(msgspec.Struct, frozen=True):
    """A report with its steps, and the one it was merged into where that may be named to anybody."""

    record: Record
    steps: list[Step]
    parent: Record | None


def answer_page(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """Litestar's exception handler of the page."""
    status, problem = problem_of(error)
    refusal_log_of(request).tell(request, status, problem.code, error)
    tr = translator("en" if request.query_params.get("lang") == "en" else "id")
    title = tr("Laporan tidak ditemukan") if status < 500 else tr("Halaman sedang tidak tersedia")
    words = tr("Tautan ini tidak membuka laporan mana pun.") if status < 500 else tr("Coba lagi beberapa saat lagi.")
    return _answer(_document(title, "id", f"<p>{escape(words)}</p>"), status)


@get("/s/{link:str}", include_in_schema=False, exception_handlers={Exception: answer_page})
async def status_page(doors: NamedDependency[Doors], link: FromPath[str], lang: FromQuery[str | None] = None) -> Response[str]:
    """The page, or one that says that the link opens nothing."""
    language = lang if lang in LANGUAGES else doors.city.language
    found = await doors.read(lambda connection: find(connection, link, doors.city))
    return _answer(
        _document(_title(found.record, doors.city, language), language, _content(found, doors.city, language, translator(language)))
    )


def _answer(page: str, status: int = 200) -> Response[str]:
    return Response(page, status_code=status, media_type="text/html", headers=dict(HEADERS))


def find(connection: Connection, link: str, city: City) -> Found:
    """Raises ``ApiError`` 404."""
    row = None
    if len(link) <= MOST_LINK:
        row = connection.execute(select(REPORTS).where(REPORTS.c.link_digest == digest_of(link))).mappings().first()
    if row is None:
        raise ApiError(404, "unknown_link", "this link opens no report")
    record = record_of(row)
    named = select(REPORTS).where(REPORTS.c.id == record.parent, public(city))
    parent = connection.execute(named).mappings().first() if record.parent else None
    return Found(record, steps_of(connection, record.id), record_of(parent) if parent is not None else None)


def _title(record: Record, city: City, language: str) -> str:
    return f"{record.id} · {city.category_name(record.category, language) or record.category_name or record.category}"


def _content(found: Found, city: City, language: str, tr: Tr) -> str:
    record = found.record
    parts = [f'<p class="state {_COLOURS[record.state]}">{escape(tr(STATE_WORDS[record.state]))}</p>']
    if found.parent is not None:
        told = tr("Laporan induk {report}: {state}").format(report=found.parent.id, state=tr(STATE_WORDS[found.parent.state]))
        parts.append(f"<p>{escape(told)}</p>")
    if record.place:
        parts.append(f"<p>{escape(xml_text(record.place))}</p>")
    if record.finish_by is not None and record.state in OPEN_STATES:
        parts.append(f"<p>{escape(tr('Target selesai'))}: {_time(record.finish_by, city)}</p>")
    parts += ["<ol>", *(_step(step, city, tr) for step in reversed(found.steps)), "</ol>"]
    other = next(one for one in LANGUAGES if one != language) if language in LANGUAGES else "en"
    names = {"id": "Bahasa Indonesia", "en": "English"}
    parts.append(f'<p><a href="?lang={other}" lang="{other}">{names[other]}</a></p><footer>{escape(f"{city.room}, {city.name}")}</footer>')
    return "\n".join(parts)


def _step(step: Step, city: City, tr: Tr) -> str:
    answer = f'<div class="words">{escape(xml_text(step.words))}</div>' if step.words else ""
    return f'<li class="{_COLOURS[step.state]}">{_time(step.at, city)}<br><b>{escape(tr(STATE_WORDS[step.state]))}</b>{answer}</li>'


def _time(at: datetime, city: City) -> str:
    local = at.astimezone(ZoneInfo(city.time_zone))
    shown = f"{local:%Y-%m-%d %H:%M} {city.clock_label(at)}".strip()
    return f'<time datetime="{local.isoformat(timespec="seconds")}">{escape(shown)}</time>'


def _document(title: str, language: str, content: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex, nofollow">'
        f"<style>{STYLE}</style></head>\n<body><main><h1>{escape(title)}</h1>\n{content}</main></body></html>\n"
    )
