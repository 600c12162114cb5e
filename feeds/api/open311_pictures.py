"""Pictures of a citizen's report: those that came with it, and those its ``media_url`` points to. Knows no words of GeoReport."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import IO, Any

import msgspec
import structlog
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.media_url import Busy, MediaFetcher, Unfetched
from feeds.reports.pictures import BadPicture, PictureRole, Prepared
from feeds.reports.refusals import Refused, Unknown
from feeds.reports.remarks import remark
from feeds.reports.roles import Actor, Role
from feeds.store.database import StoreError
from feeds.store.schema import FETCHES

MOST_TRIES = 3
"""So often a picture is taken up again; then it may be what ends the process."""

REFUSED = frozenset({"too_large", "too_many_pixels", "too_many_scans", "too_long"})
"""``BadPicture.code`` of what is beyond all bounds. What merely cannot be read costs nobody his words."""

_log = structlog.get_logger("feeds.api")


class Brought(msgspec.Struct, frozen=True):
    """``unread``: the number of each file that is not kept, from 1, and why."""

    kept: Sequence[Prepared]
    unread: Mapping[int, str]

    @property
    def originals(self) -> list[str]:
        return [one.original for one in self.kept]


class ReportPictures:
    """What waits to be decoded waits with all the other doors' pictures (``Doors.prepare``)."""

    def __init__(self, doors: Doors, fetcher: MediaFetcher) -> None:
        self._doors = doors
        self._fetcher = fetcher

    async def prepare(self, files: Sequence[IO[bytes]]) -> Brought:
        """Each that can be read drawn anew and on disk. Raises ``ApiError`` 400 for the first that is beyond all bounds."""
        kept: list[Prepared] = []
        unread: dict[int, str] = {}
        for number, file in enumerate(files, 1):
            try:
                kept.append(await self._doors.prepare(file))
            except BadPicture as problem:
                if problem.code in REFUSED:
                    raise ApiError(400, problem.code, f"media {number}: {problem}", field="media") from problem
                unread[number] = str(problem)
        return Brought(kept, unread)

    def keep(
        self, connection: Connection, report: str, brought: Brought, actor: Actor, role: PictureRole = "before", urls: Sequence[str] = ()
    ) -> None:
        """A part of the unit of work that takes the report, or a word about it, in. ``urls``: to be fetched once that stands."""
        for one in brought.kept:
            self._doors.pictures.keep(connection, report, one, role, self._doors.clock(), actor=actor)
        for number, problem in brought.unread.items():
            self._note(connection, report, f"media {number}: {problem}", actor)
        if urls:
            rows = [{"report": report, "url": url, "actor": actor.id, "role": role} for url in urls]
            connection.execute(insert(FETCHES), rows)

    async def fetch(self, report: str) -> None:
        """What the report still points to, one after another: it takes one place of those that are fetched at once."""
        try:
            owed = await self._doors.read(lambda connection: connection.execute(select(FETCHES).where(FETCHES.c.report == report)).all())
        except (StoreError, SQLAlchemyError) as problem:
            _log.error("the picture of a report was not fetched", report=report, problem=type(problem).__name__)
            return
        for row in owed:
            await self._fetch(row)

    async def catch_up(self) -> None:
        """Whatever was acknowledged and is not here: the process ended before, or too many were waiting. Raises as the store does."""
        owed = await self._doors.read(lambda connection: connection.execute(select(FETCHES).order_by(FETCHES.c.number)).all())
        for row in owed:
            if row.tries >= MOST_TRIES:
                await self._settle(row, lambda connection, row=row: self._note_lost(connection, row, "given up after several tries"))
                continue
            # Before its own turn only: what ends the process is not held against the pictures behind it.
            once_more = update(FETCHES).where(FETCHES.c.number == row.number).values(tries=FETCHES.c.tries + 1)
            await self._doors.write(lambda connection, once_more=once_more: connection.execute(once_more))
            await self._fetch(row)

    async def read(self, content_hash: str) -> bytes:
        """Raises ``OSError``, ``ValueError``."""
        return await asyncio.to_thread(self._doors.pictures.path(content_hash).read_bytes)

    async def _fetch(self, row: Row[Any]) -> None:
        """The picture, or a note of why there is none; where neither could be written it stays owed."""
        try:
            try:
                prepared = await self._doors.prepare(BytesIO(await self._fetcher.fetch(row.url)))
                brought = Brought([prepared], {})
                await self._settle(row, lambda connection: self.keep(connection, row.report, brought, _sender(row), row.role))
            except (Unfetched, BadPicture, Refused) as problem:
                words = str(problem)
                await self._settle(row, lambda connection: self._note_lost(connection, row, words))
        except Busy:
            pass
        except (Unknown, StoreError, SQLAlchemyError, OSError) as problem:
            _log.error("the picture of a report was not kept; it is tried again", report=row.report, problem=type(problem).__name__)

    async def _settle(self, row: Row[Any], then: Callable[[Connection], None]) -> None:
        """Once, whoever else fetched it meanwhile."""

        def unit(connection: Connection) -> None:
            if connection.execute(delete(FETCHES).where(FETCHES.c.number == row.number)).rowcount:
                then(connection)

        await self._doors.write(unit)

    def _note_lost(self, connection: Connection, row: Row[Any], words: str) -> None:
        self._note(connection, row.report, f"media_url: {words}", _sender(row))

    def _note(self, connection: Connection, report: str, text: str, actor: Actor) -> None:
        remark(connection, report, "note", {"do": "note", "text": text}, actor, self._doors.clock())


def _sender(row: Row[Any]) -> Actor:
    return Actor(id=row.actor, role=Role.COLLECTOR)
