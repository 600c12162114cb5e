"""The doors between those who sit at the desks: handing over a shift, and who else has a report open."""

from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from sqlalchemy import Connection

from feeds.api.desk_words import MOST_BYTES, plain, require, seen
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.messages.walls import Colleague, Handover, HandoverDraft, Viewing
from feeds.reports.roles import Permission
from feeds.walls import shifts

_Before = Annotated[int | None, QueryParameter(ge=1, lt=2**31, description="Those with a smaller number.")]

_AGAIN = {200: ResponseSpec(Handover, description="The same request sent again: what it made the first time", generate_examples=False)}


class Handovers(Controller):
    path = "/desk"
    tags = ("desk",)
    request_max_body_size = MOST_BYTES

    @get("/handovers", summary="Handovers of shifts, newest first, 50 a page")
    async def page(self, doors: NamedDoors, actor: NamedActor, before: _Before = None) -> list[Handover]:
        return await doors.read(lambda it: shifts.page(it, actor, before))

    @get("/handovers/people", summary="Who may take a shift over: operators and leads that are active, but oneself")
    async def people(self, doors: NamedDoors, actor: NamedActor) -> list[Colleague]:
        return await doors.read(lambda it: shifts.people(it, actor))

    @post("/handovers", status_code=201, summary="Hand over a shift", responses=_AGAIN)
    async def hand_over(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        data: JSONBody[HandoverDraft],
        idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=100)] = None,
    ) -> Response[Handover]:
        """With what is open, late and claimed as it stands."""
        plain(data)
        plain(idempotency_key, "Idempotency-Key")
        made, is_new = await doors.write(lambda it: shifts.hand_over(it, data, actor, doors.clock(), idempotency_key))
        return Response(made, status_code=201 if is_new else 200)

    @post("/handovers/{number:int}/accept", status_code=200, summary="Take a shift over")
    async def accept(self, doors: NamedDoors, actor: NamedActor, number: FromPath[int]) -> Handover:
        return await doors.write(lambda it: shifts.accept(it, number, actor, doors.clock()))

    @post("/reports/{report:str}/viewing", status_code=200, summary="Say that one has a report open, for 30 seconds")
    async def view(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> Viewing:
        """Who else has it open."""
        require(actor, Permission.ARRANGE_WALL)
        plain(report, "report")

        def unit(connection: Connection) -> Viewing:
            return Viewing(others=shifts.view(connection, seen(connection, doors, report, actor).id, actor, doors.clock()))

        return await doors.write(unit)

    @delete("/reports/{report:str}/viewing", status_code=204, summary="Say that one has it open no longer")
    async def leave(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> None:
        require(actor, Permission.ARRANGE_WALL)
        plain(report, "report")
        await doors.write(lambda it: shifts.leave(it, seen(it, doors, report, actor).id, actor, doors.clock()))
