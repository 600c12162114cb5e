"""The doors of presets: layouts with a name. What came with the program and the city's folder is read only."""

import asyncio
from typing import Annotated

from litestar import Controller, Response, delete, get, put
from litestar.params import FromPath, HeaderParameter, JSONBody
from litestar.status_codes import HTTP_200_OK

from feeds.api.desk_words import MOST_BYTES, etag, plain, require, revision_of
from feeds.api.errors import ApiError
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.messages.walls import Preset, PresetDraft
from feeds.reports.roles import Permission
from feeds.walls import presets
from feeds.walls.shipped import is_key

_IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class Presets(Controller):
    path = "/desk/presets"
    tags = ("walls",)
    request_max_body_size = MOST_BYTES

    @get("/", summary="Every preset: those of the program and the city's folder first, read only")
    async def all(self, doors: NamedDoors, actor: NamedActor) -> list[Preset]:
        require(actor, Permission.ARRANGE_WALL)
        shipped = await asyncio.to_thread(doors.shipped.all)
        return shipped + await doors.read(presets.own)

    @put("/{key:str}", status_code=HTTP_200_OK, summary="Save a preset, on the revision in If-Match; 0: a new one")
    async def save(
        self, doors: NamedDoors, actor: NamedActor, key: FromPath[str], data: JSONBody[PresetDraft], if_match: _IfMatch = None
    ) -> Response[Preset]:
        require(actor, Permission.ARRANGE_WALL)
        plain(data)
        seen = revision_of(if_match)
        if not is_key(key):
            raise ApiError(400, "bad_value", "key: has 1 to 64 small letters, digits and hyphens, no hyphen first", field="key")
        shipped = await asyncio.to_thread(doors.shipped.all)
        now = doors.clock()
        saved = await doors.write(lambda it: presets.save(it, doors.city, key, data, actor, shipped, seen=seen, now=now))
        return Response(saved, headers=etag(saved.revision))

    @delete("/{key:str}", status_code=204, summary="Delete a preset, on the revision in If-Match")
    async def remove(self, doors: NamedDoors, actor: NamedActor, key: FromPath[str], if_match: _IfMatch = None) -> None:
        require(actor, Permission.ARRANGE_WALL)
        plain(key, "key")
        seen = revision_of(if_match)
        shipped = await asyncio.to_thread(doors.shipped.all)
        await doors.write(lambda it: presets.remove(it, key, actor, shipped, seen=seen, now=doors.clock()))
