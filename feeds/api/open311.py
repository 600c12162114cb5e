"""LAKSA's door: an Open311 GeoReport v2 server. Reports come in by key; what the wall may show can be read by anybody.

https://wiki.open311.org/GeoReport_v2/ and mySociety's service request updates.
"""

from collections.abc import Callable
from typing import Any

from litestar import Response, Router, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.form_parts import closing_files, read_into
from feeds.api.georeport_words import (
    STATE_WORDS,
    Definition,
    Discovery,
    Endpoint,
    Fault,
    Service,
    ServiceRequest,
    Step,
    Taken,
    Token,
    Update,
    UpdateTaken,
    request_of,
    service_of,
    update_of,
)
from feeds.api.media_url import MediaFetcher
from feeds.api.open311_forms import TakeOperation, UpdateOperation
from feeds.api.open311_intake import clean, read_report, read_retry_key
from feeds.api.open311_pictures import Brought, ReportPictures
from feeds.api.open311_search import Asked, records, requests_query, shown_record, steps, updates_query
from feeds.api.open311_speech import AnyRequest, Tags, answer_fault, speak, without_suffix
from feeds.api.texts import translator
from feeds.identity.keys import Scope, actor_of_key, mark_seen
from feeds.reports.drafts import Receipt
from feeds.reports.records import Record
from feeds.reports.remarks import remark, remarked_before
from feeds.reports.roles import Actor

BASE = "/open311/v2"
CHANGESET = "2026-11-26T00:00:00+07:00"
"""When what this door says last changed its shape."""

_REQUESTS = Tags("service_requests", "request")
_UPDATES = Tags("service_request_updates", "request_update")
_REASONS = {
    400: "What is wrong with the request",
    403: "The key is missing or not good for this",
    404: "It is not known",
    413: "It is too large",
}

Here = NamedDependency[Doors]
Pictures = NamedDependency[ReportPictures]
Parameters = NamedDependency[Asked]
Text = FromQuery[str | None]


def _answers(kind: Any, *faults: int, status: int = 200) -> dict[int, ResponseSpec]:
    """What a door answers, for the OpenAPI document. A door that makes something says 200 to the same request sent again."""
    good = {one: ResponseSpec(kind, description="What was asked for", generate_examples=False) for one in {200, status}}
    return good | {one: ResponseSpec(list[Fault], description=_REASONS[one], generate_examples=False) for one in faults}


def open311_router(fetcher: MediaFetcher | None = None) -> Router:
    """Every path under /open311/v2."""
    own_fetcher = fetcher or MediaFetcher()

    def provide_pictures(doors: Here) -> ReportPictures:
        return ReportPictures(doors, own_fetcher)

    listed = [discovery, services, requests, take, updates, take_update]
    return Router(
        BASE,
        route_handlers=[*listed, service, one_request, token, photo, *map(_xml_twin, listed)],
        dependencies={
            "pictures": Provide(provide_pictures, sync_to_thread=False, use_cache=True),
            "asked": Provide(provide_asked, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_fault},
        tags=["Open311"],
    )


def _xml_twin(door: HTTPRouteHandler) -> HTTPRouteHandler:
    """The same under .xml: one answer of the OpenAPI document has one media type."""
    path = next(path for path in door.paths if path.endswith(".json")).removesuffix(".json")
    return HTTPRouteHandler(f"{path}.xml", http_method=list(door.http_methods), include_in_schema=False)(door.fn)


def provide_asked(
    status: Text = None, start_date: Text = None, end_date: Text = None, updated_after: Text = None,
    updated_before: Text = None, service_code: Text = None, service_request_id: Text = None, page: Text = None,
    page_size: Text = None, extensions: Text = None,
) -> Asked:  # fmt: skip
    """The parameters of a list, as they were written."""
    return Asked(
        status=status, start_date=start_date, end_date=end_date, updated_after=updated_after, updated_before=updated_before,
        service_code=service_code, service_request_id=service_request_id, page=page, page_size=page_size, extensions=extensions,
    )  # fmt: skip


@get(["/discovery", "/discovery.json"], responses=_answers(Discovery))
async def discovery(request: AnyRequest, doors: Here) -> Response[bytes]:
    """Where this server is and what it speaks."""
    endpoint = Endpoint(
        specification="http://wiki.open311.org/GeoReport_v2", url=doors.options.base_url.rstrip("/") + BASE, changeset=CHANGESET,
        type="production", formats=("application/json", "application/xml"),
    )  # fmt: skip
    said = Discovery(
        changeset=CHANGESET, contact=f"{doors.city.room}, {doors.city.name}", key_service=f"{doors.city.room}, {doors.city.name}",
        endpoints=(endpoint,),
    )  # fmt: skip
    return await speak(request, said, Tags("discovery", "endpoint"))


@get(["/services", "/services.json"], responses=_answers(list[Service]))
async def services(request: AnyRequest, doors: Here) -> Response[bytes]:
    """What can be reported."""
    return await speak(request, [service_of(one, doors.city) for one in doors.city.categories], Tags("services", "service"))


@get("/services/{code:str}", responses=_answers(Definition, 404))
async def service(request: AnyRequest, doors: Here, code: FromPath[str]) -> Response[bytes]:
    """The attributes of one service: none is asked for."""
    wanted = without_suffix(code)
    if all(wanted != one.code for one in doors.city.categories):
        raise ApiError(404, "unknown_service_code", "there is no service of that service_code")
    return await speak(request, Definition(service_code=wanted), Tags("service_definition", "attribute"))


@get(["/requests", "/requests.json"], responses=_answers(list[ServiceRequest], 400))
async def requests(request: AnyRequest, doors: Here, asked: Parameters) -> Response[bytes]:
    """Reports, newest first."""
    query = requests_query(asked, doors.city, doors.clock())
    found = await doors.read(lambda connection: records(connection, query))
    return await speak(request, [_request_row(one, doors, asked) for one in found], _REQUESTS)


@get("/requests/{request_id:str}", responses=_answers(list[ServiceRequest], 400, 404))
async def one_request(request: AnyRequest, doors: Here, request_id: FromPath[str], asked: Parameters) -> Response[bytes]:
    """One report, or several with commas between their ids."""
    wanted = without_suffix(request_id)
    if "," in wanted:
        query = requests_query(Asked(service_request_id=wanted), doors.city, doors.clock())
        found = await doors.read(lambda connection: records(connection, query))
    else:
        found = [await _shown(doors, wanted)]
    return await speak(request, [_request_row(one, doors, asked) for one in found], _REQUESTS)


@post(["/requests", "/requests.json"], responses=_answers(list[Taken], 400, 403, 413, status=201), operation_class=TakeOperation)
async def take(request: AnyRequest, doors: Here, pictures: Pictures) -> Response[bytes]:
    """A citizen's report, form-encoded, or multipart with pictures. The same request again is answered 200 with the same id."""
    with closing_files() as form:
        await read_into(form, request)
        actor = await _actor(request, doors, form.fields, Scope.SUBMIT)
        said = read_report(form.fields, doors.city, doors.geography)
        retry_key = read_retry_key(request.headers.get("Idempotency-Key"))
        brought = await pictures.prepare(form.files)
        draft = said.draft(f"open311.{actor.id}", retry_key, brought.originals)

    def unit(connection: Connection) -> Receipt:
        receipt = doors.reports.take_in(connection, draft, actor)
        if receipt.is_new:
            pictures.keep(connection, receipt.report, brought, actor, urls=[said.media_url] if said.media_url else ())
        mark_seen(connection, actor, doors.clock())
        return receipt

    receipt = await doors.write(unit)
    link = f"{doors.options.base_url.rstrip('/')}/s/{receipt.link}" if receipt.link is not None else None
    tr = translator(doors.city.language)
    taken = Taken(
        service_request_id=receipt.report, service_notice=_notice(tr, brought), account_id=said.account_id, status_url=link
    )
    later = BackgroundTask(pictures.fetch, receipt.report) if receipt.is_new and said.media_url is not None else None
    headers = {"Cache-Control": "no-store"} | ({"Location": link} if link is not None else {})
    return await speak(request, [taken], _REQUESTS, status=201 if receipt.is_new else 200, headers=headers, background=later)


@get("/tokens/{token_id:str}", responses=_answers(list[Token], 404))
async def token(request: AnyRequest, doors: Here, token_id: FromPath[str]) -> Response[bytes]:
    """The id of a report by its token: they are the same, for an id is given at once."""
    record = await _shown(doors, without_suffix(token_id))
    return await speak(request, [Token(service_request_id=record.id, token=record.id)], _REQUESTS)


@get(["/servicerequestupdates", "/servicerequestupdates.json"], responses=_answers(list[Update], 400))
async def updates(request: AnyRequest, doors: Here, asked: Parameters) -> Response[bytes]:
    """Changes of state and answers to citizens, oldest first."""
    query = updates_query(asked, doors.city, doors.clock())
    found = await doors.read(lambda connection: steps(connection, query))
    return await speak(request, [_update_row(one, doors) for one in found], _UPDATES)


@post(
    ["/servicerequestupdates", "/servicerequestupdates.json"],
    responses=_answers(list[UpdateTaken], 400, 403, 404, 413, status=201),
    operation_class=UpdateOperation,
)
async def take_update(request: AnyRequest, doors: Here) -> Response[bytes]:
    """A word from outside about a report: a note for the room, which alone changes a report's state."""
    with closing_files() as form:
        await read_into(form, request)
    actor = await _actor(request, doors, form.fields, Scope.UPDATES)
    fields = {name: clean(form.fields.get(name, "")) for name in ("service_request_id", "description", "status", "update_id")}
    if not fields["description"] and not fields["status"]:
        raise ApiError(400, "empty_update", "the update says nothing: give description or status", field="description")
    for name, most in (("description", 3_900), ("status", 40), ("update_id", 200), ("service_request_id", 64)):
        if len(fields[name]) > most:
            raise ApiError(400, "too_long", f"{name} has more than {most:,} characters", field=name)
    text = " ".join(part for part in (f"[{fields['status'].upper()}]" if fields["status"] else "", fields["description"]) if part)
    key = read_retry_key(request.headers.get("Idempotency-Key")) or fields["update_id"]
    key = f"{actor.id}:{key}" if key else None

    def unit(connection: Connection) -> tuple[int, bool]:
        report = shown_record(connection, fields["service_request_id"]).id
        standing = remarked_before(connection, report, "outside_update", key) if key is not None else None
        if standing is not None:
            return standing, False
        body = {"do": "note", "text": text, "key": key}
        return remark(connection, report, "outside_update", body, actor, doors.clock()), True

    number, is_new = await doors.write(unit)
    return await speak(request, [UpdateTaken(update_id=str(number))], _UPDATES, status=201 if is_new else 200)


@get("/requests/{request_id:str}/photos/{name:str}", include_in_schema=False)
async def photo(doors: Here, pictures: Pictures, request_id: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A picture of a report that may be on the wall."""
    record, wanted = await _shown(doors, request_id), name.removesuffix(".jpg")
    try:
        if wanted not in (record.photo_before, record.photo_after):
            raise FileNotFoundError
        content = await pictures.read(wanted)
    except (OSError, ValueError) as problem:
        raise ApiError(404, "unknown_picture", "there is no such picture of that request") from problem
    headers = {
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Cache-Control": "public, max-age=300",
    }  # fmt: skip
    return Response(content, media_type="image/jpeg", headers=headers)


def _notice(tr: Callable[[str], str], brought: Brought) -> str:
    """To the citizen: that it is here, and which of his files are not."""
    unread = tr("Berkas {numbers} tidak dapat dibaca dan tidak disimpan.") if brought.unread else ""
    return f"{tr('Laporan Anda telah diterima.')} {unread.format(numbers=', '.join(map(str, brought.unread)))}".strip()


async def _shown(doors: Doors, report: str) -> Record:
    """Raises ``ApiError`` 404."""
    wanted = report.replace("\0", "")
    return await doors.read(lambda connection: shown_record(connection, wanted, doors.city))


async def _actor(request: AnyRequest, doors: Doors, fields: dict[str, str], scope: Scope) -> Actor:
    """Whom the key stands for: of the form, else of the header X-API-Key, api_key or Authorization. Raises ``ApiError`` 403."""
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    headers = (request.headers.get("X-API-Key", ""), request.headers.get("api_key", ""), bearer if kind.lower() == "bearer" else "")
    secret = next((one.strip() for one in (fields.get("api_key", ""), *headers) if one.strip()), "")
    now = doors.clock()
    actor = await doors.read(lambda connection: actor_of_key(connection, secret, scope, now))
    if actor is None:
        words = f"the api_key is unknown, has ended or lacks the scope {scope}" if secret else "api_key is missing"
        raise ApiError(403, "bad_api_key", f"{words}; the room gives out keys")
    return actor


def _request_row(record: Record, doors: Doors, asked: Asked) -> ServiceRequest:
    url = _photo_url(record.id, record.photo_before or record.photo_after, doors)
    return request_of(record, doors.city, has_extensions=asked.has_extensions, media_url=url)


def _update_row(step: Step, doors: Doors) -> Update:
    tr = translator(doors.city.language)
    return update_of(step, doors.city, words=tr(STATE_WORDS[step.state]), media_url=_photo_url(step.report, step.photo, doors))


def _photo_url(report: str, content_hash: str | None, doors: Doors) -> str | None:
    return f"{doors.options.base_url.rstrip('/')}{BASE}/requests/{report}/photos/{content_hash}.jpg" if content_hash is not None else None
