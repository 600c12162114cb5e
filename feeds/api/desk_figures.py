"""The desk's figures, answer templates and instructions (arahan): what leaders look at, and what they ask for."""

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import Connection

from feeds.api.desk_answers import templates
from feeds.api.desk_words import MOST_BYTES, plain, require, seen
from feeds.api.errors import ApiError
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.identity import audit
from feeds.messages.desk import Order, Template
from feeds.reports import arahan
from feeds.reports.figures import Figures, cases, figures
from feeds.reports.roles import Permission, is_own_agency_only

MOST_DAYS = 366
USUAL_DAYS = 30
_YEARS = (2000, 2999)


class DeskFigures(Controller):
    path = "/desk"
    tags = ("desk",)
    request_max_body_size = MOST_BYTES

    @get("/figures", summary="How reports went: by category, agency, district and channel")
    async def figures(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        first: Annotated[date | None, QueryParameter(name="from")] = None,
        last: Annotated[date | None, QueryParameter(name="to")] = None,
    ) -> Figures:
        """``from`` and ``to`` are days of the city, both included; without them the last 30."""
        require(actor, Permission.SEE_FIGURES)
        now, zone = doors.clock(), ZoneInfo(doors.city.time_zone)
        since, until = _span(first, last, now.astimezone(zone).date(), zone)
        agency = (actor.agency or "") if is_own_agency_only(actor.role, Permission.SEE_FIGURES) else None
        return await doors.read(lambda it: figures(cases(it, since, until, agency), since=since, until=until, now=now))

    @get("/templates", summary="Answers to begin with, filled for the report that is named")
    async def templates(
        self, doors: NamedDoors, actor: NamedActor, report: Annotated[str | None, QueryParameter(max_length=64)] = None
    ) -> list[Template]:
        require(actor, Permission.SEE_QUEUE)
        plain(report, "report")
        record = None if report is None else await doors.read(lambda it: seen(it, doors, report, actor))
        return templates(doors.city, record)

    @post("/reports/{report:str}/instructions", summary="Give an instruction on a report")
    async def instruct(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str], data: JSONBody[Order]) -> arahan.Instruction:
        plain(report, "report")
        plain(data)
        require(actor, Permission.INSTRUCT)
        now = doors.clock()
        today = now.astimezone(ZoneInfo(doors.city.time_zone)).date()
        agencies = {agency.code for agency in doors.city.agencies}

        def unit(connection: Connection) -> arahan.Instruction:
            record = seen(connection, doors, report, actor)
            given = arahan.instruct(
                connection, record, actor, text=data.text, owner=data.owner, due_on=data.due_on, now=now, today=today, agencies=agencies
            )
            audit.write(connection, actor, "instruct", f"report {report}", {"instruction": given.number, "owner": given.owner}, at=now)
            return given

        return await doors.write(unit)

    @get("/instructions", summary="Instructions not done yet, the next due first")
    async def instructions(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        owner: Annotated[str | None, QueryParameter(max_length=64)] = None,
    ) -> list[arahan.Instruction]:
        require(actor, Permission.SEE_QUEUE)
        plain(owner, "owner")
        return await doors.read(lambda it: arahan.open_ones(it, actor, owner))

    @post("/instructions/{number:int}/done", status_code=200, summary="Say that an instruction is done")
    async def finish(self, doors: NamedDoors, actor: NamedActor, number: FromPath[int]) -> arahan.Instruction:
        require(actor, Permission.SEE_QUEUE)
        if not 0 < number < 2**31:
            raise ApiError(404, "unknown_instruction", "there is no such instruction")

        def unit(connection: Connection) -> arahan.Instruction:
            done = arahan.finish(connection, number, actor, doors.clock())
            audit.write(connection, actor, "instruction_done", f"report {done.report}", {"instruction": number}, at=doors.clock())
            return done

        try:
            return await doors.write(unit)
        except arahan.NoInstruction as problem:
            raise ApiError(404, "unknown_instruction", str(problem)) from problem


def _span(first: date | None, last: date | None, today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    for field, day in (("from", first), ("to", last)):
        if day is not None and not _YEARS[0] <= day.year <= _YEARS[1]:
            raise ApiError(400, "bad_value", f"{field}: lies out of reach; give a day as 2026-11-26", field=field)
    end = last or today
    begin = first or end - timedelta(days=USUAL_DAYS - 1)
    if not 0 <= (end - begin).days < MOST_DAYS:
        raise ApiError(400, "bad_value", f"from, to: are no span of 1 to {MOST_DAYS} days", field="from")
    return datetime.combine(begin, time.min, zone), datetime.combine(end + timedelta(days=1), time.min, zone)
