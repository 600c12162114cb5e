"""LAKSA's door: an Open311 GeoReport v2 server. Reports come in by key; what the wall may show can be read by anybody.

https://wiki.open311.org/GeoReport_v2/ and mySociety's service request updates.
"""

from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.georeport_words import Definition, Discovery, Endpoint, Service, definition_of, service_of
from feeds.api.media_url import MediaFetcher
from feeds.api.open311_callers import Caller, Keys, check_jurisdiction
from feeds.api.open311_forms import answers
from feeds.api.open311_parts import Parts
from feeds.api.open311_pictures import ReportPictures
from feeds.api.open311_requests import one_request, photo, requests, take, token
from feeds.api.open311_search import Asked
from feeds.api.open311_speech import BASE, AnyRequest, Tags, answer_fault, speak, without_suffix
from feeds.api.open311_updates import take_update, updates

CHANGESET = "2026-11-26T00:00:00+07:00"
"""When what this door says last changed its shape."""

Here = NamedDependency[Doors]
Text = FromQuery[str | None]


def open311_router(fetcher: MediaFetcher | None = None) -> Router:
    """Every path under /open311/v2."""
    own_fetcher = fetcher or MediaFetcher()

    def provide_parts(doors: Here) -> Parts:
        return Parts(doors, ReportPictures(doors, own_fetcher), Keys(doors))

    listed = [discovery, services, requests, take, updates, take_update]
    single = [service, one_request, token, photo]
    return Router(
        BASE,
        route_handlers=[
            *listed,
            *single,
            *map(_xml_twin, listed),
            *(_head_twin(one) for one in (*listed, *single) if "GET" in one.http_methods),
        ],
        dependencies={
            "parts": Provide(provide_parts, sync_to_thread=False, use_cache=True),
            "asked": Provide(provide_asked, sync_to_thread=False),
            "caller": Provide(provide_caller),
        },
        exception_handlers={Exception: answer_fault},
        tags=["Open311"],
    )


def _xml_twin(door: HTTPRouteHandler) -> HTTPRouteHandler:
    """The same under .xml: one answer of the OpenAPI document has one media type."""
    path = next(path for path in door.paths if path.endswith(".json")).removesuffix(".json")
    return HTTPRouteHandler(
        f"{path}.xml", http_method=list(door.http_methods), include_in_schema=False, request_max_body_size=door.request_max_body_size
    )(door.fn)


def _head_twin(door: HTTPRouteHandler) -> HTTPRouteHandler:
    """The same without its body, for monitors; the server leaves the body out."""
    xml = [path.replace(".json", ".xml") for path in door.paths if path.endswith(".json")]
    return HTTPRouteHandler([*door.paths, *xml], http_method="HEAD", include_in_schema=False)(door.fn)


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


async def provide_caller(request: AnyRequest, parts: NamedDependency[Parts], api_key: Text = None, jurisdiction_id: Text = None) -> Caller:
    """Who reads, of this city."""
    check_jurisdiction(parts.doors.city, jurisdiction_id)
    return await parts.keys.caller(request, api_key)


@get(["/discovery", "/discovery.json"], responses=answers(Discovery))
async def discovery(request: AnyRequest, doors: Here) -> Response[bytes]:
    """Where this server is and what it speaks."""
    endpoint = Endpoint(
        specification="http://wiki.open311.org/GeoReport_v2", url=doors.options.base_url.rstrip("/") + BASE, changeset=CHANGESET,
        type="production", formats=("application/json", "application/xml"),
    )  # fmt: skip
    room, rules = f"{doors.city.room}, {doors.city.name}", doors.city.reports
    said = Discovery(changeset=CHANGESET, contact=rules.contact or room, key_service=rules.key_service or room, endpoints=(endpoint,))
    return await speak(request, said, Tags("discovery", "endpoint"))


@get(["/services", "/services.json"], responses=answers(list[Service], 404))
async def services(request: AnyRequest, doors: Here, jurisdiction_id: Text = None) -> Response[bytes]:
    """What can be reported."""
    check_jurisdiction(doors.city, jurisdiction_id)
    return await speak(request, [service_of(one, doors.city) for one in doors.city.categories], Tags("services", "service"))


@get("/services/{code:str}", responses=answers(Definition, 404))
async def service(request: AnyRequest, doors: Here, code: FromPath[str], jurisdiction_id: Text = None) -> Response[bytes]:
    """The attributes of one service."""
    check_jurisdiction(doors.city, jurisdiction_id)
    category = next((one for one in doors.city.categories if one.code == without_suffix(code)), None)
    if category is None:
        raise ApiError(404, "unknown_service_code", "there is no service of that service_code")
    return await speak(request, definition_of(category, doors.city), Tags("service_definition", "attribute"))
