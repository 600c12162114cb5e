"""The Open311 door's service requests: read by anybody as far as the wall may show them, handed in by key."""

from collections.abc import Callable

from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.form_parts import closing_files, one_of, read_into
from feeds.api.georeport_words import STATE_WORDS, ServiceRequest, Taken, Token, request_of
from feeds.api.open311_callers import Caller, check_jurisdiction, source_of
from feeds.api.open311_forms import MOST_OF_A_FORM, TakeOperation, answers
from feeds.api.open311_intake import read_report, read_retry_key
from feeds.api.open311_parts import Parts
from feeds.api.open311_pictures import Brought
from feeds.api.open311_search import Asked, named_parents, records, requests_query, shown_record
from feeds.api.open311_speech import BASE, AnyRequest, Tags, photo_url, speak, without_suffix
from feeds.api.texts import translator
from feeds.identity.keys import Scope
from feeds.messages.desk import Receipt
from feeds.messages.report import ReportState
from feeds.reports.records import Record

_TAGS = Tags("service_requests", "request")

Here = NamedDependency[Doors]
Behind = NamedDependency[Parts]
Reader = NamedDependency[Caller]
Parameters = NamedDependency[Asked]


@get(["/requests", "/requests.json"], responses=answers(list[ServiceRequest], 400, 403, 404))
async def requests(request: AnyRequest, doors: Here, asked: Parameters, caller: Reader) -> Response[bytes]:
    """Reports, newest first."""
    query = requests_query(asked, doors.city, doors.clock(), caller.source)

    def unit(connection: Connection) -> list[ServiceRequest]:
        return _rows(connection, records(connection, query), doors, asked)

    return await speak(request, await doors.read(unit), _TAGS)


@get("/requests/{request_id:str}", responses=answers(list[ServiceRequest], 400, 403, 404))
async def one_request(request: AnyRequest, doors: Here, request_id: FromPath[str], asked: Parameters, caller: Reader) -> Response[bytes]:
    """One report, or several with commas between their ids."""
    wanted = without_suffix(request_id).replace("\0", "")
    query = requests_query(Asked(service_request_id=wanted), doors.city, doors.clock(), caller.source) if "," in wanted else None

    def unit(connection: Connection) -> list[ServiceRequest]:
        found = records(connection, query) if query is not None else [shown_record(connection, wanted, doors.city, caller.source)]
        return _rows(connection, found, doors, asked)

    return await speak(request, await doors.read(unit), _TAGS)


@post(
    ["/requests", "/requests.json"],
    responses=answers(list[Taken], 400, 403, 404, 413, 429, status=201),
    operation_class=TakeOperation,
    request_max_body_size=MOST_OF_A_FORM,
)
async def take(request: AnyRequest, parts: Behind) -> Response[bytes]:
    """A citizen's report, form-encoded, or multipart with pictures. The same request again is answered 200 with the same id."""
    doors, pictures, keys = parts
    gate = await keys.gate(request, Scope.SUBMIT)
    with closing_files() as form:
        await read_into(form, request, gate)
        actor = await gate.actor(form.values)
        check_jurisdiction(doors.city, one_of("jurisdiction_id", form.values.get("jurisdiction_id", ())))
        said = read_report(form.values, doors.city, doors.geography)
        retry_key = read_retry_key(request.headers.get("Idempotency-Key"))
        brought = await pictures.prepare(form.files)
        draft = said.draft(source_of(actor), retry_key, brought.originals)

    def unit(connection: Connection) -> Receipt:
        receipt = doors.reports.take_in(connection, draft, actor)
        if receipt.is_new:
            pictures.keep(connection, receipt.report, brought, actor, urls=said.media_urls)
        return receipt

    receipt = await doors.write(unit)
    base = doors.options.base_url.rstrip("/")
    tr = translator(doors.city.language)
    taken = Taken(
        service_request_id=receipt.report, service_notice=_notice(tr, brought), account_id=said.account_id,
        status_url=f"{base}/s/{receipt.link}" if receipt.link is not None else None,
    )  # fmt: skip
    later = BackgroundTask(pictures.fetch, receipt.report) if receipt.is_new and said.media_urls else None
    # Libraries and proxies write down a Location: the private link stands in the body alone.
    headers = {"Cache-Control": "no-store"} | ({"Location": f"{base}{BASE}/requests/{receipt.report}.json"} if receipt.is_new else {})
    return await speak(request, [taken], _TAGS, status=201 if receipt.is_new else 200, headers=headers, background=later)


@get("/tokens/{token_id:str}", responses=answers(list[Token], 403, 404))
async def token(request: AnyRequest, doors: Here, token_id: FromPath[str], caller: Reader) -> Response[bytes]:
    """The id of a report by its token: they are the same, for an id is given at once."""
    record = await _shown(doors, without_suffix(token_id), caller)
    return await speak(request, [Token(service_request_id=record.id, token=record.id)], _TAGS)


@get("/requests/{request_id:str}/photos/{name:str}", include_in_schema=False)
async def photo(parts: Behind, request_id: FromPath[str], name: FromPath[str], caller: Reader) -> Response[bytes]:
    """A picture of a report that may be on the wall."""
    record, wanted = await _shown(parts.doors, request_id, caller), name.removesuffix(".jpg")
    try:
        if record.state is ReportState.INVALID or wanted not in (record.photo_before, record.photo_after):
            raise FileNotFoundError
        content = await parts.pictures.read(wanted)
    except (OSError, ValueError) as problem:
        raise ApiError(404, "unknown_picture", "there is no such picture of that request") from problem
    kept = "public, max-age=300" if caller.source is None else "no-store"
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Cache-Control": kept}
    return Response(content, media_type="image/jpeg", headers=headers)


def _notice(tr: Callable[[str], str], brought: Brought) -> str:
    """To the citizen: that it is here, and which of his files are not."""
    unread = tr("Berkas {numbers} tidak dapat dibaca dan tidak disimpan.") if brought.unread else ""
    return f"{tr('Laporan Anda telah diterima.')} {unread.format(numbers=', '.join(map(str, brought.unread)))}".strip()


async def _shown(doors: Doors, report: str, caller: Caller) -> Record:
    """Raises ``ApiError`` 404."""
    wanted = report.replace("\0", "")
    return await doors.read(lambda connection: shown_record(connection, wanted, doors.city, caller.source))


def _rows(connection: Connection, found: list[Record], doors: Doors, asked: Asked) -> list[ServiceRequest]:
    parents = named_parents(connection, found, doors.city)
    tr = translator(doors.city.language)
    return [
        request_of(
            one, doors.city, notes=tr(STATE_WORDS[one.state]), parent=one.parent if one.parent in parents else None,
            has_extensions=asked.has_extensions, media_url=_picture(one, doors),
        )
        for one in found
    ]  # fmt: skip


def _picture(record: Record, doors: Doors) -> str | None:
    """Of a prank none, whoever passed it before it was known for one."""
    shown = None if record.state is ReportState.INVALID else record.photo_before or record.photo_after
    return photo_url(doors.options.base_url, record.id, shown)
