"""The city's cameras, from its folder or from a list an agency keeps, and whether each gives a picture. Logs in nowhere.

Private cameras are never asked, and their addresses and places never leave this process.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from feeds.messages.camera import CAMERA, Camera
from feeds.messages.city import City
from feeds.readers.camera_list import FIELDS, CameraList, read_cameras
from feeds.readers.camera_probe import CameraProbe
from feeds.readers.station_table import TableError
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown, each_document
from feeds.runtime.http import MAX_ANSWER_BYTES, user_agent

AT_ONCE = 4
BUDGET_S = 35.0
FIRST_BUDGET_S = 5.0
"""No look begins later in a round; in the first the cameras themselves are waited for."""


class CamerasOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without ``list_url`` or ``list_file`` (in the city folder) the cameras are those of the city file.

    ``fields``: our name of a column -> the list's (id, name, owner, url, lat, lon, kind, credential, is_private). ``owner``: the agency of
    cameras without one. ``probe_s``: how long one camera may take; ``is_probed`` false asks none.
    """

    list_url: str | None = None
    list_file: str | None = None
    fields: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    owner: str = ""
    is_probed: bool = True
    probe_s: float = 5.0


def check(options: CamerasOptions, city: City) -> str | None:
    """Why these options do not fit this city, or ``None``."""
    if options.list_url is not None and options.list_file is not None:
        return "list_url: and list_file are both given; cameras come from one list"
    if options.list_url is not None and (not options.list_url.startswith(("http://", "https://")) or "@" in options.list_url):
        return "list_url: must be an http or https address without a user name"
    if options.list_file is not None and not _in_folder(city, options.list_file).is_file():
        return "list_file: is not a file of the city folder"
    if options.list_url is None and options.list_file is None and not city.cameras:
        return "list_url: neither this nor list_file is given and the city file has no cameras, so there is nothing to show"
    unknown = sorted(set(options.fields) - set(FIELDS))
    if unknown:
        return f"fields.{unknown[0]}: is none of {', '.join(FIELDS)}"
    return None if 0 < options.probe_s <= 15 else "probe_s: must be seconds from 0 to 15"


def read(ctx: CollectorContext[CamerasOptions], document: Document) -> Iterator[Observed]:
    """The cameras of a list, not asked."""
    for camera in _read_list(ctx, document.body, ctx.options.list_url or ""):
        yield Observed(topic=CAMERA, key=camera.id, body=camera, observed_at=ctx.clock())


COLLECTOR = CollectorSpec(
    key="cameras",
    title="CCTV",
    sink=Sink.BUS,
    topics=(CAMERA,),
    kind=Poll(every_s=60.0, timeout_s=55.0),
    options=CamerasOptions,
    check=check,
    terms="The city's own cameras; one short look a minute at each, four at a time; private ones are never asked.",
    read=each_document(read),
    standard="RTSP 1.0 (RFC 2326), JPEG and multipart/x-mixed-replace over HTTP; lists in JSON, GeoJSON (RFC 7946) or CSV",
    recorded=(),
    bad_input="tests/collectors/test_cameras.py",
    sample=Sample(
        options={"list_url": "{base}/cameras.json", "owner": "dishub"},
        answers={
            "/cameras.json": '[{"id": "k1", "nama": "Simpang Cikokol", "url": "k1.mjpg", "lat": -6.2, "lon": 106.63}]',
            "/k1.mjpg": "a camera that gives no picture",
        },
    ),
)


@dataclass
class _Seen:
    """How a camera was found the last time."""

    is_up: bool
    reason: str | None
    at: datetime


async def collect(ctx: CollectorContext[CamerasOptions]) -> AsyncGenerator[Observed, None]:
    """All cameras as they are known after this round; raises ``SourceDown`` without a list."""
    cameras = await _cameras(ctx)
    seen = _seen_before(ctx, cameras)
    if ctx.options.is_probed:
        await _look_at(ctx, [camera for camera in cameras if not camera.is_private], seen)
    for camera in cameras:
        found = seen.get(camera.id) if ctx.options.is_probed else None
        told = camera if found is None else msgspec.structs.replace(camera, is_up=found.is_up, probed_at=found.at, reason=found.reason)
        yield Observed(topic=CAMERA, key=camera.id, body=told, observed_at=found.at if found is not None else ctx.clock())


async def _cameras(ctx: CollectorContext[CamerasOptions]) -> Sequence[Camera]:
    """The list as it is now, else as it was last."""
    options = ctx.options
    try:
        if options.list_url is not None:
            ctx.memory["cameras"] = _read_list(ctx, (await ctx.http.get(options.list_url)).body, options.list_url)
        elif options.list_file is not None:
            ctx.memory["cameras"] = _read_list(ctx, await asyncio.to_thread(_file, _in_folder(ctx.city, options.list_file)), "")
        else:
            return [_shown(camera) for camera in ctx.city.cameras]
    except SourceDown as problem:
        if "cameras" not in ctx.memory:
            raise
        ctx.partly_down(str(problem))
    return cast(Sequence[Camera], ctx.memory["cameras"])


def _shown(camera: Camera) -> Camera:
    return msgspec.structs.replace(camera, url="", position=None, credential=None) if camera.is_private else camera


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return opened.read(MAX_ANSWER_BYTES)
    except OSError as problem:
        raise SourceDown(f"{path.name} cannot be read ({type(problem).__name__})") from problem


def _in_folder(city: City, name: str) -> Path:
    path = (city.folder / name).resolve()
    return path if path.is_relative_to(city.folder.resolve()) else city.folder / "outside-of-the-city-folder"


def _read_list(ctx: CollectorContext[CamerasOptions], body: bytes, base: str) -> Sequence[Camera]:
    options = ctx.options
    try:
        found: CameraList = read_cameras(body, ctx.geography, base=base, fields=options.fields, owner=options.owner)
    except TableError as problem:
        raise SourceDown(f"the list of cameras {problem}") from problem
    for row, reason, key in found.refused:
        ctx.quarantine(row, reason, name=key)
    ctx.elsewhere(found.outside)
    if found.without_place:
        ctx.remark("some cameras have a place that is none: they are not on the map")
    return found.cameras


def _seen_before(ctx: CollectorContext[CamerasOptions], cameras: Sequence[Camera]) -> dict[str, _Seen]:
    """What is known of them; after a restart, what the last run told of a camera whose address is the same."""
    if "seen" in ctx.memory:
        return cast(dict[str, _Seen], ctx.memory["seen"])
    seen: dict[str, _Seen] = {}
    standing: Mapping[str, Any] = ctx.standing(CAMERA)
    for camera in cameras:
        before = standing.get(camera.id)
        if isinstance(before, Camera) and before.url == camera.url and before.is_up is not None and before.probed_at is not None:
            seen[camera.id] = _Seen(before.is_up, before.reason, before.probed_at)
    ctx.memory["seen"] = seen
    return seen


async def _look_at(ctx: CollectorContext[CamerasOptions], cameras: Sequence[Camera], seen: dict[str, _Seen]) -> None:
    """Ask each while the round's time lasts, those first that were asked longest ago."""
    waiting = sorted(cameras, key=lambda camera: seen[camera.id].at.timestamp() if camera.id in seen else 0.0)
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + (BUDGET_S if ctx.memory.get("is_known") else FIRST_BUDGET_S)
    found: dict[str, _Seen] = {}
    unreached: list[str] = []

    async def work(probe: CameraProbe) -> None:
        while waiting and loop.time() < ends_at:
            camera = waiting.pop(0)
            look = await probe.look(camera)
            found[camera.id] = _Seen(look.is_up, look.reason, ctx.clock())
            if not look.is_reached:
                unreached.append(look.reason or "")

    async with CameraProbe(user_agent(ctx.city.name), timeout_s=ctx.options.probe_s) as probe, asyncio.TaskGroup() as group:
        for _ in range(min(AT_ONCE, len(waiting))):
            group.create_task(work(probe))
    ctx.memory["is_known"] = True
    if found and len(unreached) == len(found):
        # Nothing is known of them: they stand as they were found before, and the round is no good check.
        ctx.partly_down(f"none of {len(found)} cameras was reached, is this machine's own network there? The first {unreached[0]}")
    else:
        seen.update(found)
