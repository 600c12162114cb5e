"""What every door is given: the city, the store, and the life of reports and walls. Built once by ``feeds.api.app``."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, TypeVar

import msgspec
from sqlalchemy import Connection

from feeds.api.known_keys import KnownKeys
from feeds.api.pools import Pool
from feeds.city import SHIPPED_LAYOUTS
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.reports.pictures import AT_ONCE, MOST_BYTES, Pictures, Prepared
from feeds.reports.service import ReportService
from feeds.store.database import Database
from feeds.walls.service import WallService
from feeds.walls.shipped import Shipped

ResultT = TypeVar("ResultT")

PIECE_BYTES = 256 * 1024


LOOPBACK = ("127.0.0.0/8", "::1/128")


class ApiOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``base_url``: how the outside reaches this service, for links and passkeys. ``pictures``: the folder of attachments.

    ``media_key``: the walls' key for approved pictures (empty: only keys of the scope ``media`` open them). ``is_secure``: cookies go over
    TLS only. ``proxies``: networks whose word about where a request came from is believed. ``layouts``: the folder of the program's own.
    ``mirror_url``: how the outside reaches the mirror, whose browsers have cookies and passkeys of their own; empty where there is none.
    ``push_key``: the public half of the key that push services know this room by; empty: no device is rung in an emergency.
    ``is_simulated``: a simulated city, which rings nobody whatever its key.
    """

    pictures: Path
    base_url: str = "http://127.0.0.1:8311"
    media_key: str = ""
    is_secure: bool = False
    proxies: tuple[str, ...] = LOOPBACK
    layouts: Path = SHIPPED_LAYOUTS
    mirror_url: str = ""
    push_key: str = ""
    is_simulated: bool = False


class Doors:
    """``clock`` gives aware UTC times."""

    def __init__(self, city: City, database: Database, options: ApiOptions, clock: Callable[[], datetime]) -> None:
        self.city = city
        self.database = database
        self.options = options
        self.clock = clock
        self.geography = CityGeography(city)
        self.reports = ReportService(city, self.geography, clock)
        self.walls = WallService(city, clock)
        self.shipped = Shipped(options.layouts, city.folder / "layouts")
        self.pictures = Pictures(options.pictures, city, clock)
        self.keys = KnownKeys(self.read, self.write, clock)
        # Of their own, as are those that hash passwords and look up names: a look at the store never waits for one of these.
        self._decoders = Pool(AT_ONCE, "decoder")

    async def write(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        """The unit's result once it is on disk; what it raises is raised here and nothing of it is written."""
        return await asyncio.wrap_future(self.database.submit(unit))

    async def read(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        """One consistent look at what is committed, off the event loop."""
        return await asyncio.to_thread(self.database.read, unit)

    async def prepare(self, file: IO[bytes]) -> Prepared:
        """An attachment made harmless and laid on disk, ``AT_ONCE`` at a time. Raises ``BadPicture``, ``OSError`` (the disk)."""

        def work() -> Prepared:
            file.seek(0)
            prepared = self.pictures.prepare(_read(file))
            self.pictures.lay(prepared)
            return prepared

        return await self._decoders.run(work)


def _read(file: IO[bytes]) -> bytes:
    """Piece by piece, no further than shows that it is too large."""
    found = bytearray()
    while len(found) <= MOST_BYTES and (piece := file.read(PIECE_BYTES)):
        found += piece
    return bytes(found)
