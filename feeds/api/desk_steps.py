"""The desk's decisions: a step on the revision one has seen, many steps each for itself, and claims.

Carried out by ``feeds.reports.service``; nothing is decided here.
"""

import asyncio
from typing import Annotated

import structlog
from litestar import Controller, Response, delete, post
from litestar.params import FromPath, HeaderParameter, JSONBody
from sqlalchemy import Connection

from feeds.api.desk_answers import refuse_open
from feeds.api.desk_audit import acted
from feeds.api.desk_words import MOST_BYTES, etag, plain, require, revision_of
from feeds.api.doors import Doors
from feeds.api.errors import problem_of
from feeds.api.refusal_log import trace_of
from feeds.api.sessions import NamedActor, NamedDoors
from feeds.identity import audit
from feeds.messages.actions import AnyAction
from feeds.messages.desk import ManySteps, Outcome
from feeds.messages.queue import QueueRow
from feeds.reports.queue import row_of
from feeds.reports.records import Record
from feeds.reports.roles import Actor, Permission
from feeds.reports.service import is_anothers

_log = structlog.get_logger("feeds.api")


class DeskSteps(Controller):
    path = "/desk"
    tags = ("desk",)
    request_max_body_size = 4 * MOST_BYTES

    @post("/reports/{report:str}/steps", status_code=200, summary="One step, on the revision in If-Match")
    async def step(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        report: FromPath[str],
        data: JSONBody[AnyAction],
        if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
    ) -> Response[QueueRow]:
        require(actor, Permission.SEE_QUEUE)
        plain(report, "report")
        plain(data)
        revision = revision_of(if_match)
        after = await doors.write(lambda it: _step(it, doors, report, data, actor, revision))
        return _answer(doors, after, actor)

    @post("/steps", status_code=200, summary="Many steps; each is answered for itself")
    async def steps(self, doors: NamedDoors, actor: NamedActor, data: JSONBody[ManySteps]) -> list[Outcome]:
        require(actor, Permission.SEE_QUEUE)
        plain(data)
        waiting = [doors.write(lambda it, one=one: _step(it, doors, one.id, one.action, actor, one.revision)) for one in data.steps]
        found = await asyncio.gather(*waiting, return_exceptions=True)
        return [_outcome(doors, one.id, after, actor) for one, after in zip(data.steps, found, strict=True)]

    @post("/reports/{report:str}/claim", status_code=200, summary="Take a report for some minutes")
    async def claim(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> Response[QueueRow]:
        plain(report, "report")
        return _answer(doors, await doors.write(lambda it: _claimed(it, doors, report, actor, is_release=False)), actor)

    @delete("/reports/{report:str}/claim", status_code=200, summary="Let go of a report")
    async def release(self, doors: NamedDoors, actor: NamedActor, report: FromPath[str]) -> Response[QueueRow]:
        plain(report, "report")
        return _answer(doors, await doors.write(lambda it: _claimed(it, doors, report, actor, is_release=True)), actor)


def _claimed(connection: Connection, doors: Doors, report: str, actor: Actor, *, is_release: bool) -> Record:
    """With a line in the audit; of what is taken over it says from whom."""
    before, now = doors.reports.get(connection, report, for_change=True), doors.clock()
    after = doors.reports.claim(connection, report, actor, is_release=is_release)
    facts = {"from": before.claimed_by} if is_anothers(before, actor, now) else {}
    audit.write(connection, actor, "release" if is_release else "take_over" if facts else "claim", f"report {report}", facts, at=now)
    return after


def _step(connection: Connection, doors: Doors, report: str, action: AnyAction, actor: Actor, revision: int) -> Record:
    refuse_open(doors.city, action)
    return acted(connection, doors, report, action, actor, revision)


def _answer(doors: Doors, record: Record, actor: Actor) -> Response[QueueRow]:
    return Response(row_of(record, actor, doors.clock()), headers=etag(record.revision))


def _outcome(doors: Doors, report: str, after: Record | BaseException, actor: Actor) -> Outcome:
    if isinstance(after, Record):
        return Outcome(id=report, status=200, report=row_of(after, actor, doors.clock()))
    if not isinstance(after, Exception):
        raise after
    status, problem = problem_of(after)
    if status >= 500:
        _log.error("a step of many failed", problem=type(after).__name__, trace=trace_of(after) if status == 500 else None)
    return Outcome(id=report, status=status, problem=problem)
