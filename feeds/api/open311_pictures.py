"""Pictures of a citizen's report: those that came with it, and the one its ``media_url`` points to. Knows no words of GeoReport."""

import asyncio
from collections.abc import Sequence
from typing import IO

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.media_url import MediaFetcher, Unfetched
from feeds.reports.pictures import AT_ONCE, BadPicture, Pictures, Prepared
from feeds.reports.remarks import remark
from feeds.reports.roles import Actor
from feeds.reports.service import Refused, Unknown
from feeds.store.database import StoreError

_log = structlog.get_logger("feeds.api")


class ReportPictures:
    """One for an application: what waits to be decoded waits here and not in the threads that others need."""

    def __init__(self, doors: Doors, fetcher: MediaFetcher) -> None:
        self._doors = doors
        self._fetcher = fetcher
        self._pictures = Pictures(doors.options.pictures, doors.city, doors.clock)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def prepare(self, files: Sequence[IO[bytes]]) -> list[Prepared]:
        """Each checked, drawn anew and on disk. Raises ``ApiError`` 400 for the first that is no picture that can be kept."""
        found: list[Prepared] = []
        for number, file in enumerate(files, 1):
            try:
                found.append(await self._prepared(file))
            except BadPicture as problem:
                raise ApiError(400, problem.code, f"media {number}: {problem}", field="media") from problem
        return found

    def keep(self, connection: Connection, report: str, prepared: Sequence[Prepared], actor: Actor) -> None:
        """A part of the unit of work that takes the report in."""
        for one in prepared:
            self._pictures.keep(connection, report, one, "before", self._doors.clock(), actor=actor)

    async def fetch(self, report: str, url: str, actor: Actor) -> None:
        """Gets the picture at ``url`` for a report that stands; why there is none becomes a note."""
        try:
            try:
                raw = await self._fetcher.fetch(url)
                prepared = await self._prepared(raw)
                await self._doors.write(lambda connection: self.keep(connection, report, [prepared], actor))
            except (Unfetched, BadPicture, Refused) as problem:
                body = {"do": "note", "text": f"media_url: {problem}"}
                await self._doors.write(lambda connection: remark(connection, report, "note", body, actor, self._doors.clock()))
        except (Unknown, StoreError, SQLAlchemyError, OSError) as problem:
            _log.error("the picture of a report was not kept", report=report, problem=type(problem).__name__)

    async def read(self, content_hash: str) -> bytes:
        """Raises ``OSError``, ``ValueError``."""
        return await asyncio.to_thread(self._pictures.path(content_hash).read_bytes)

    async def _prepared(self, file: IO[bytes] | bytes) -> Prepared:
        async with self._turns:
            return await asyncio.to_thread(self._work, file)

    def _work(self, file: IO[bytes] | bytes) -> Prepared:
        if isinstance(file, bytes):
            raw = file
        else:
            file.seek(0)
            raw = file.read()
        prepared = self._pictures.prepare(raw)
        self._pictures.lay(prepared)
        return prepared
