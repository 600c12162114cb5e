"""The desk's doors: the queue, one report, its person, and reports typed in by an operator.

Who may see what is settled in ``feeds.reports``; steps are taken in ``feeds.api.desk_steps``.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from sqlalchemy import Connection, select

from feeds.api.desk_audit import looked, looked_through
from feeds.api.desk_report import detail
from feeds.api.desk_words import MOST_BYTES, etag, moment, plain, require, seen
from feeds.api.errors import ApiError
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.identity import audit
from feeds.messages.desk import Detail, Person, Receipt, TypedIn
from feeds.messages.queue import Page, Sort, Standing
from feeds.messages.report import Channel, Priority, ReportState
from feeds.reports.drafts import Draft
from feeds.reports.queue import MOST_IDS, MOST_ROWS, Asked, BadCursor, page
from feeds.reports.roles import Permission
from feeds.store.schema import PERSONS

_TYPED_IN = frozenset(Channel) - {Channel.LAKSA, Channel.OPEN311}
"""Channels an operator types in; the others come through doors of their own."""

_AGAIN = {200: ResponseSpec(Receipt, description="The same request sent again: what it made the first time", generate_examples=False)}

_Words = Annotated[str, QueryParameter(max_length=200)]


class Desk(Controller):
    path = "/desk/reports"
    tags = ("desk",)
    request_max_body_size = MOST_BYTES

    @get("/", summary="The queue: filters, order, pages")
    async def queue(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        states: Annotated[list[ReportState] | None, QueryParameter(name="state")] = None,
        category: FromQuery[list[str] | None] = None,
        agency: FromQuery[list[str] | None] = None,
        district: FromQuery[list[str] | None] = None,
        channel: FromQuery[list[Channel] | None] = None,
        priority: FromQuery[list[Priority] | None] = None,
        claimed: Annotated[str | None, QueryParameter(pattern="^(me|any|nobody)$")] = None,
        due: FromQuery[Standing | None] = None,
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        incident: Annotated[str | None, QueryParameter(max_length=200)] = None,
        ids: Annotated[list[str] | None, QueryParameter(name="id", max_items=MOST_IDS)] = None,
        q: _Words = "",
        sort: FromQuery[Sort] = Sort.NEWEST,
        page_size: Annotated[int, QueryParameter(ge=1, le=MOST_ROWS)] = 50,
        cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    ) -> Page:
        require(actor, Permission.SEE_QUEUE)
        asked = Asked(
            states=tuple(states or ()), categories=tuple(category or ()), agencies=tuple(agency or ()), districts=tuple(district or ()),
            channels=tuple(channel or ()), priorities=tuple(priority or ()), claimed=claimed, due=due, since=moment(since, "since"),
            until=moment(until, "until"), incident=incident, ids=tuple(ids or ()), q=q,
        )  # fmt: skip
        plain(asked, "query")
        now = doors.clock()
        try:
            found = await doors.read(lambda it: page(it, actor, asked, now, sort=sort, size=page_size, cursor=cursor))
        except BadCursor as problem:
            raise ApiError(400, "bad_cursor", str(problem), field="cursor") from problem
        await looked_through(doors, actor, found, is_searched=bool(q.strip()))
        return found

    @get("/{report:str}", summary="One report, its history, and what can be done next")
    async def one(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> Response[Detail]:
        plain(report, "report")
        found = await doors.read(lambda it: detail(it, doors, seen(it, doors, report, actor), actor))
        await looked(doors, actor, report, [one.id for one in found.duplicates if one.words])
        return Response(found, headers=etag(found.report.revision))

    @get("/{report:str}/person", summary="Who reported; every look is written into the audit")
    async def person(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> Person:
        plain(report, "report")
        require(actor, Permission.SEE_PERSON)
        columns = [PERSONS.c[name] for name in Person.__struct_fields__]

        def unit(connection: Connection) -> Person:
            seen(connection, doors, report, actor)
            audit.write(connection, actor, "see_person", f"report {report}", at=doors.clock())
            row = connection.execute(select(*columns).where(PERSONS.c.report == report)).mappings().first()
            return Person() if row is None else Person(**{str(name): value for name, value in row.items()})

        return await doors.write(unit)

    @post("/", summary="Write down a call or a message", responses=_AGAIN)
    async def type_in(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        data: JSONBody[TypedIn],
        idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=100)] = None,
    ) -> Response[Receipt]:
        require(actor, Permission.SEE_QUEUE)
        plain(data)
        plain(idempotency_key, "Idempotency-Key")
        if data.channel not in _TYPED_IN:
            raise ApiError(400, "bad_value", f"channel: {data.channel} is not typed in; it has a door of its own", field="channel")
        default = Priority.EMERGENCY if data.channel is Channel.CALL_112 else Priority.NORMAL
        draft = Draft(
            source="desk", channel=data.channel, category=data.category, description=data.words, position=data.position,
            address=data.address or None, priority=data.priority or default,
            person=Person(**msgspec.structs.asdict(data.person)) if data.person is not None else None,
            # Two operators may count their requests alike.
            retry_key=f"{actor.id}:{idempotency_key}" if idempotency_key is not None else None,
        )  # fmt: skip

        def unit(connection: Connection) -> Receipt:
            receipt = doors.reports.take_in(connection, draft, actor)
            if receipt.is_new:
                facts = {"channel": str(data.channel)}
                audit.write(connection, actor, "type_in", f"report {receipt.report}", facts, at=doors.clock())
            return receipt

        receipt = await doors.write(unit)
        return Response(receipt, status_code=201 if receipt.is_new else 200)
