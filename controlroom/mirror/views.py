"""What a page asks for beside its live socket: the city, its land, pictures, one report, the reports of an agency.

Every one needs the session's cookie and the word of a live socket of that session, and shows nothing its viewer's scope does not hold.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from controlroom.mirror.addresses import cookie_of, header_of
from controlroom.mirror.camera_stills import CameraStills
from controlroom.mirror.city_config import city_config
from controlroom.mirror.forwarding import LIVE_HEADER, need_own_origin
from controlroom.mirror.house import House
from controlroom.mirror.identity import DoorsAway
from controlroom.mirror.pictures import Pictures
from controlroom.mirror.refusals import Refusal
from controlroom.mirror.report_sheet import MirrorReport, Told, mirror_report
from controlroom.mirror.viewers import Viewer
from feeds.messages.camera import CAMERA
from feeds.messages.city import City
from feeds.messages.report import REPORT

MOST_REPORTS = 500

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


def views(house: House, city: City, cameras: CameraStills, pictures: Pictures) -> list[HTTPRouteHandler]:
    """The handlers."""
    config = city_config(city)
    etag = f'"{hashlib.sha256(config).hexdigest()[:20]}"'
    land: Mapping[str, Path] = {layer.file: city.folder / layer.file for layer in city.map_layers}

    @get("/view/config.json")
    async def config_of_city(request: AnyRequest) -> Response[bytes]:
        viewer_of(request, house)
        return _with_etag(request, config, etag)

    @get("/view/city/{file:str}")
    async def layer(request: AnyRequest, file: FromPath[str]) -> Response[bytes]:
        viewer_of(request, house)
        path = land.get(file)
        if path is None:
            raise Refusal(404)
        content = await asyncio.to_thread(path.read_bytes)
        return _with_etag(request, content, f'"{hashlib.sha256(content).hexdigest()[:20]}"')

    @get("/view/picture/{name:str}")
    async def picture(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
        viewer = open_viewer_of(request, house)
        if _HASH.fullmatch(name) is None or not house.state.shows_picture(viewer.scope, name):
            raise Refusal(404)
        return Response(await pictures.find(name), media_type=JPEG)

    @get("/view/camera/{camera:str}")
    async def camera_still(request: AnyRequest, camera: FromPath[str]) -> Response[bytes]:
        viewer = open_viewer_of(request, house)
        body = house.state.body(CAMERA, camera)
        if body is None or not house.state.holds(viewer.scope, CAMERA, camera):
            raise Refusal(404)
        still = await cameras.still(body)
        if still is None:
            raise Refusal(503, "no_picture", retry_after_s=10)
        return Response(still.picture, media_type=JPEG, headers={"X-Taken-At": still.taken_at.isoformat()})

    @get("/view/report/{report:str}")
    async def one_report(request: AnyRequest, report: FromPath[str]) -> MirrorReport:
        viewer = open_viewer_of(request, house)
        body = house.state.body(REPORT, report) if _REPORT.fullmatch(report) is not None else None
        if body is None or not house.state.holds(viewer.scope, REPORT, report):
            raise Refusal(404)
        await house.identity.note_view(viewer.cookie, viewer.address, "report", report)
        answer = await house.identity.report(viewer.cookie, viewer.address, report)
        try:
            told = msgspec.convert(answer, type=Told)
        except msgspec.ValidationError as error:
            raise DoorsAway("the doors answered what cannot be read") from error
        return mirror_report(body, told)

    @get("/view/reports")
    async def reports_of_agency(request: AnyRequest, agency: Annotated[str, QueryParameter(max_length=64)]) -> Reports:
        viewer = open_viewer_of(request, house)
        if agency not in {one.code for one in city.agencies}:
            raise Refusal(404)
        await house.identity.note_view(viewer.cookie, viewer.address, "reports", agency)
        found, total = house.state.reports_of(viewer.scope, agency, MOST_REPORTS)
        return Reports(reports=found, total=total)

    return [config_of_city, layer, picture, camera_still, one_report, reports_of_agency]


def _with_etag(request: AnyRequest, content: bytes, etag: str) -> Response[bytes]:
    """Kept by the page's own browser, and asked for again each time: a session may have ended."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if header_of(request.scope["headers"], b"if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=JSON, headers=headers)
