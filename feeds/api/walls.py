"""The doors of walls: who shows what on them and why, who holds them, and their curtain. Decided in ``feeds.walls``."""

from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from feeds.api.desk_words import MOST_BYTES, etag, plain, require, revision_of
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.messages.walls import Curtain, LeaseAsked, Take, Taken, Undo, WallDesk
from feeds.reports.roles import Permission
from feeds.walls.desks import PAGE

_IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
_Before = Annotated[int | None, QueryParameter(ge=1, lt=2**31, description="Revisions older than this.")]

_Size = Annotated[int, QueryParameter(ge=1, le=PAGE)]


class Walls(Controller):
    path = "/desk/walls"
    tags = ("walls",)
    request_max_body_size = MOST_BYTES

    @get("/", summary="Every wall anything was decided about")
    async def all(self, doors: NamedDoors, actor: NamedActor) -> list[WallDesk]:
        return await doors.read(lambda it: doors.walls.desks(it, actor))

    @get("/{wall:str}", summary="One wall: what it is to show, who decided so, who holds it")
    async def one(self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str]) -> Response[WallDesk]:
        """A wall nothing was decided about is at revision 0."""
        return _answer(await doors.read(lambda it: doors.walls.desk(it, wall, actor)))

    @get("/{wall:str}/history", summary="The decisions about a wall, newest first, 50 a page or fewer if asked")
    async def history(
        self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str], before: _Before = None, page_size: _Size = PAGE
    ) -> list[Taken]:
        return await doors.read(lambda it: doors.walls.history(it, wall, actor, before=before, size=page_size))

    @post("/{wall:str}/take", status_code=200, summary="Show a layout, on the revision in If-Match")
    async def take(
        self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str], data: JSONBody[Take], if_match: _IfMatch = None
    ) -> Response[WallDesk]:
        """Needs a lease over every cell that changes. A curtain drawn since the revision in If-Match is no reason to refuse."""
        require(actor, Permission.ARRANGE_WALL)
        plain(data)
        revision = revision_of(if_match)
        return _answer(await doors.write(lambda it: doors.walls.take(it, wall, data, actor, revision=revision)))

    @post("/{wall:str}/undo", status_code=200, summary="Back to what was shown before, on the revision in If-Match")
    async def undo(
        self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str], data: JSONBody[Undo], if_match: _IfMatch = None
    ) -> Response[WallDesk]:
        """Needs no lease, but is refused where somebody else holds a part that would change."""
        require(actor, Permission.ARRANGE_WALL)
        plain(data)
        revision = revision_of(if_match)
        return _answer(await doors.write(lambda it: doors.walls.undo(it, wall, data, actor, revision=revision)))

    @post("/{wall:str}/curtain", status_code=200, summary="Draw the curtain, or open it")
    async def curtain(self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str], data: JSONBody[Curtain]) -> Response[WallDesk]:
        plain(data)
        return _answer(await doors.write(lambda it: doors.walls.curtain(it, wall, data, actor)))

    @post("/{wall:str}/lease", status_code=200, summary="Hold a wall or a part of it for ten minutes; again: longer")
    async def lease(self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str], data: JSONBody[LeaseAsked]) -> Response[WallDesk]:
        return _answer(await doors.write(lambda it: doors.walls.lease(it, wall, data, actor)))

    @delete("/{wall:str}/lease", status_code=200, summary="Let go of all one holds of a wall")
    async def release(self, doors: NamedDoors, actor: NamedActor, wall: FromPath[str]) -> Response[WallDesk]:
        return _answer(await doors.write(lambda it: doors.walls.release(it, wall, actor)))


def _answer(desk: WallDesk) -> Response[WallDesk]:
    return Response(desk, headers=etag(desk.revision))
