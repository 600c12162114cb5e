"""Pictures of a citizen's report: those that came with it, and the one its ``media_url`` points to. Knows no words of GeoReport."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import IO

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.media_url import MediaFetcher, Unfetched
from feeds.reports.pictures import BadPicture, Prepared
from feeds.reports.refusals import Refused, Unknown
from feeds.reports.remarks import remark
from feeds.reports.roles import Actor
from feeds.store.database import StoreError

_log = structlog.get_logger("feeds.api")


class ReportPictures:
    """What waits to be decoded waits with all the other doors' pictures (``Doors.prepare``)."""

    def __init__(self, doors: Doors, fetcher: MediaFetcher) -> None:
        self._doors = doors
        self._fetcher = fetcher

    async def prepare(self, files: Sequence[IO[bytes]]) -> list[Prepared]:
        """Each checked, drawn anew and on disk. Raises ``ApiError`` 400 for the first that is no picture that can be kept."""
        found: list[Prepared] = []
        for number, file in enumerate(files, 1):
            try:
                found.append(await self._doors.prepare(file))
            except BadPicture as problem:
                raise ApiError(400, problem.code, f"media {number}: {problem}", field="media") from problem
        return found

    def keep(self, connection: Connection, report: str, prepared: Sequence[Prepared], actor: Actor) -> None:
        """A part of the unit of work that takes the report in."""
        for one in prepared:
            self._doors.pictures.keep(connection, report, one, "before", self._doors.clock(), actor=actor)

    async def fetch(self, report: str, url: str, actor: Actor) -> None:
        """Gets the picture at ``url`` for a report that stands; why there is none becomes a note."""
        try:
            try:
                prepared = await self._doors.prepare(BytesIO(await self._fetcher.fetch(url)))
                await self._doors.write(lambda connection: self.keep(connection, report, [prepared], actor))
            except (Unfetched, BadPicture, Refused) as problem:
                body = {"do": "note", "text": f"media_url: {problem}"}
                await self._doors.write(lambda connection: remark(connection, report, "note", body, actor, self._doors.clock()))
        except (Unknown, StoreError, SQLAlchemyError, OSError) as problem:
            _log.error("the picture of a report was not kept", report=report, problem=type(problem).__name__)

    async def read(self, content_hash: str) -> bytes:
        """Raises ``OSError``, ``ValueError``."""
        return await asyncio.to_thread(self._doors.pictures.path(content_hash).read_bytes)
