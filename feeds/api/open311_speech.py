"""Where the Open311 door stands, and its answers as JSON or XML, as it was asked for, errors alike. Knows no report."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from litestar import Request, Response
from litestar.background_tasks import BackgroundTask

from feeds.api import errors
from feeds.api.georeport_words import Fault, as_json, as_xml

AnyRequest = Request[Any, Any, Any]
Format = Literal["json", "xml"]

BASE = "/open311/v2"
MEDIA_TYPES: Mapping[Format, str] = {"json": "application/json; charset=utf-8", "xml": "application/xml; charset=utf-8"}
_MANY = 50
"""More rows than this are written in a thread: others shall not wait for a thousand."""


class Tags(NamedTuple):
    """What XML calls the whole and one entry of it."""

    root: str
    item: str


async def speak(
    request: AnyRequest, said: object, tags: Tags, *, status: int = 200, headers: Mapping[str, str] | None = None,
    background: BackgroundTask | None = None,
) -> Response[bytes]:  # fmt: skip
    """The answer in the format that was asked for."""
    form = format_of(request)
    is_long = isinstance(said, Sequence) and len(cast(Sequence[object], said)) > _MANY
    body = await asyncio.to_thread(_written, cast(object, said), form, tags) if is_long else _written(cast(object, said), form, tags)
    more = {"X-Content-Type-Options": "nosniff", "Vary": "Accept", **(headers or {})}
    return Response(body, status_code=status, media_type=MEDIA_TYPES[form], headers=more, background=background)


def answer_fault(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Litestar's exception handler of this door: a list of code and description."""
    plain = errors.answer(request, error)
    status = 400 if plain.status_code in (409, 415, 422) else plain.status_code or 500
    fault = Fault(code=status, description=plain.content.description, problem=plain.content.code)
    form = format_of(request)
    return Response(
        _written([fault], form, Tags("errors", "error")), status_code=status, media_type=MEDIA_TYPES[form], headers=plain.headers
    )


def answer_anywhere(request: AnyRequest, error: Exception) -> Response[Any]:
    """The application's exception handler: a path or method that this door does not have is refused in this door's words."""
    is_here = request.scope["path"].startswith(f"{BASE}/")
    return answer_fault(request, error) if is_here else errors.answer(request, error)


def format_of(request: AnyRequest) -> Format:
    """The suffix decides; without one JSON, unless the client names XML and neither JSON nor HTML (a browser names all)."""
    path = request.scope["path"]
    if path.endswith((".xml", ".json")):
        return "xml" if path.endswith(".xml") else "json"
    accepted = request.headers.get("Accept", "").lower()
    is_xml = ("application/xml" in accepted or "text/xml" in accepted) and "json" not in accepted and "html" not in accepted
    return "xml" if is_xml else "json"


def photo_url(base_url: str, report: str, content_hash: str | None) -> str | None:
    return f"{base_url.rstrip('/')}{BASE}/requests/{report}/photos/{content_hash}.jpg" if content_hash is not None else None


def without_suffix(name: str) -> str:
    """An id as it stands at the end of a path."""
    return name.removesuffix(".json").removesuffix(".xml")


def _written(said: object, form: Format, tags: Tags) -> bytes:
    return as_xml(said, *tags) if form == "xml" else as_json(said)
