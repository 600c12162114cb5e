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
from feeds.reports.pictures import MOST_BYTES, BadPicture, Prepared
from feeds.reports.refusals import Refused, Unknown
from feeds.reports.remarks import remark
from feeds.reports.roles import Actor
from feeds.store.database import StoreError

PIECE_BYTES = 256 * 1024

_log = structlog.get_logger("feeds.api")


class ReportPictures:
    """What waits to be decoded waits with all the other doors' pictures (``Doors.decoding``)."""

    def __init__(self, doors: Doors, fetcher: MediaFetcher) -> None:
        self._doors = doors
        self._fetcher = fetcher

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
            self._doors.pictures.keep(connection, report, one, "before", self._doors.clock(), actor=actor)

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
        return await asyncio.to_thread(self._doors.pictures.path(content_hash).read_bytes)

    async def _prepared(self, file: IO[bytes] | bytes) -> Prepared:
        async with self._doors.decoding:
            return await asyncio.to_thread(self._work, file)

    def _work(self, file: IO[bytes] | bytes) -> Prepared:
        if isinstance(file, bytes):
            raw = file
        else:
            file.seek(0)
            raw = _read(file)
        prepared = self._doors.pictures.prepare(raw)
        self._doors.pictures.lay(prepared)
        return prepared


def _read(file: IO[bytes]) -> bytes:
    """Piece by piece, no further than shows that it is too large."""
    found = bytearray()
    while len(found) <= MOST_BYTES and (piece := file.read(PIECE_BYTES)):
        found += piece
    return bytes(found)
