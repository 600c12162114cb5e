"""What a page asks for beside its live socket: the city, its land, pictures, one report, the reports of an agency.

Every one needs the session's cookie and the word of a live socket of that session, and shows nothing its viewer's scope does not hold.
"""

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from controlroom.mirror.addresses import cookie_of, header_of
from controlroom.mirror.answers import file_answer
from controlroom.mirror.camera_stills import CameraStills
from controlroom.mirror.city_config import city_config
from controlroom.mirror.forwarding import LIVE_HEADER, need_own_origin
from controlroom.mirror.house import House
from controlroom.mirror.identity import DoorsAway
from controlroom.mirror.pages import PageFile
from controlroom.mirror.pictures import Pictures
from controlroom.mirror.refusals import Refusal
from controlroom.mirror.report_sheet import MirrorReport, Told, mirror_report
from controlroom.mirror.viewers import Viewer
from feeds.messages.camera import CAMERA
from feeds.messages.city import City
from feeds.messages.report import REPORT

MOST_REPORTS = 500
CAMERA_AGAIN_S = 10
"""When a page may ask for a camera's still again."""

JSON = "application/json"
JPEG = "image/jpeg"

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REPORT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)

AnyRequest = Request[Any, Any, Any]


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """``reports``: items of a frame, the last touched first; ``total``: how many there are."""

    reports: list[msgspec.Raw]
    total: int


def viewer_of(request: AnyRequest, house: House) -> Viewer:
    """Who asks; raises ``Refusal`` for anybody who has no live socket, and while the curtain is drawn."""
    need_own_origin(request, house)
    headers = request.scope["headers"]
    cookie = cookie_of(headers, house.options.cookie)
    viewer = house.viewers.who_asks(header_of(headers, LIVE_HEADER), cookie) if cookie else None
    if viewer is None:
        raise Refusal(403, "not_live")
    return viewer


def open_viewer_of(request: AnyRequest, house: House) -> Viewer:
    """As ``viewer_of``, of what lies behind the curtain."""
    viewer = viewer_of(request, house)
    if house.state.is_curtained:
        raise Refusal(403, "curtain")
    return viewer


def seeing_viewer_of(request: AnyRequest, house: House, sees: Callable[[Viewer], bool]) -> Viewer:
    """As ``open_viewer_of``, of one who sees it. Asked again after everything that takes time: meanwhile it may have gone from him."""
    viewer = open_viewer_of(request, house)
    if not sees(viewer):
        raise Refusal(404)
    return viewer


async def note_view(house: House, viewer: Viewer, what: str, what_of: str) -> None:
    """One entry in the audit log for one look, however often an open sheet asks anew."""
    thing = f"{what} {what_of}"
    if not viewer.is_looking_at(thing, house.monotonic_s()):
        await house.identity.note_view(viewer.cookie, viewer.address, what, what_of)
    viewer.looked_at(thing, house.monotonic_s())


def views(house: House, city: City, cameras: CameraStills, pictures: Pictures) -> list[HTTPRouteHandler]:
    """The handlers."""
    return [*_of_the_city(house, city), *_of_pictures(house, cameras, pictures), *_of_reports(house, city)]


def _of_the_city(house: House, city: City) -> list[HTTPRouteHandler]:
    config = _packed(city_config(city))
    land: Mapping[str, PageFile] = {layer.file: _packed((city.folder / layer.file).read_bytes()) for layer in city.map_layers}

    @get("/view/config.json")
    async def config_of_city(request: AnyRequest) -> Response[bytes]:
        viewer_of(request, house)
        return file_answer(request, config)

    @get("/view/city/{file:str}")
    async def layer(request: AnyRequest, file: FromPath[str]) -> Response[bytes]:
        viewer_of(request, house)
        found = land.get(file)
        if found is None:
            raise Refusal(404)
        return file_answer(request, found)

    return [config_of_city, layer]


def _of_pictures(house: House, cameras: CameraStills, pictures: Pictures) -> list[HTTPRouteHandler]:
    @get("/view/picture/{name:str}")
    async def picture(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        def sees(viewer: Viewer) -> bool:
            return _HASH.fullmatch(name) is not None and house.state.shows_picture(viewer.scope, name)

        seeing_viewer_of(request, house, sees)
        found = await pictures.find(name)
        seeing_viewer_of(request, house, sees)
        return Response(found, media_type=JPEG)

    @get("/view/camera/{camera:str}")
    async def camera_still(request: AnyRequest, camera: FromPath[str]) -> Response[bytes]:
        body = house.state.body(CAMERA, camera)

        def sees(viewer: Viewer) -> bool:
            now = house.state.body(CAMERA, camera)
            is_same = body is not None and now is not None and now.unprobed() == body.unprobed()
            return is_same and house.state.holds(viewer.scope, CAMERA, camera)

        viewer = seeing_viewer_of(request, house, sees)
        if body is None or camera in viewer.cameras:
            raise Refusal(429, retry_after_s=CAMERA_AGAIN_S)
        if viewer.is_behind(house.monotonic_s()):
            raise Refusal(503, "behind", retry_after_s=CAMERA_AGAIN_S)
        viewer.cameras.add(camera)
        try:
            still = await cameras.still(body)
        finally:
            viewer.cameras.discard(camera)
        seeing_viewer_of(request, house, sees)
        if still is None:
            raise Refusal(503, "no_picture", retry_after_s=CAMERA_AGAIN_S)
        return Response(still.picture, media_type=JPEG, headers={"X-Taken-At": still.taken_at.isoformat()})

    return [picture, camera_still]


def _of_reports(house: House, city: City) -> list[HTTPRouteHandler]:
    @get("/view/report/{report:str}")
    async def one_report(request: AnyRequest, report: FromPath[str]) -> MirrorReport:
        def sees(viewer: Viewer) -> bool:
            return _REPORT.fullmatch(report) is not None and house.state.holds(viewer.scope, REPORT, report)

        viewer = seeing_viewer_of(request, house, sees)
        await note_view(house, viewer, "report", report)
        answer = await house.identity.report(viewer.cookie, viewer.address, report)
        try:
            told = msgspec.convert(answer, type=Told)
        except msgspec.ValidationError as error:
            raise DoorsAway("the doors answered what cannot be read") from error
        seeing_viewer_of(request, house, sees)
        body = house.state.body(REPORT, report)
        if body is None:
            raise Refusal(404)
        return mirror_report(body, told)

    @get("/view/reports")
    async def reports_of_agency(
        request: AnyRequest,
        agency: Annotated[str, QueryParameter(max_length=64)],
        most: Annotated[int, QueryParameter(ge=0, le=MOST_REPORTS)] = MOST_REPORTS,
    ) -> Reports:
        """``most`` of 0: how many there are, and no list."""
        viewer = open_viewer_of(request, house)
        if agency not in {one.code for one in city.agencies}:
            raise Refusal(404)
        await note_view(house, viewer, "reports", agency)
        open_viewer_of(request, house)
        found, total = house.state.reports_of(viewer.scope, agency, most)
        return Reports(reports=found, total=total)

    return [one_report, reports_of_agency]


def _packed(content: bytes) -> PageFile:
    """Kept by the page's own browser, and asked for again each time: a session may have ended."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    return PageFile(JSON, etag, "private, no-cache", {"identity": content, "gzip": gzip.compress(content, 9, mtime=0)})
