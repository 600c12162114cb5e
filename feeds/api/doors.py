"""What every door is given: the city, the store and the life of reports. Built once by ``feeds.api.app``."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.reports.pictures import AT_ONCE, Pictures
from feeds.reports.service import ReportService
from feeds.store.database import Database

ResultT = TypeVar("ResultT")


class ApiOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``base_url``: how the outside reaches this service, for links and passkeys. ``pictures``: the folder of attachments.

    ``media_key``: the walls' key for approved pictures (empty: none is given out). ``is_secure``: cookies go over TLS only.
    """

    pictures: Path
    base_url: str = "http://127.0.0.1:8311"
    media_key: str = ""
    is_secure: bool = False


class Doors:
    """``clock`` gives aware UTC times."""

    def __init__(self, city: City, database: Database, options: ApiOptions, clock: Callable[[], datetime]) -> None:
        self.city = city
        self.database = database
        self.options = options
        self.clock = clock
        self.geography = CityGeography(city)
        self.reports = ReportService(city, self.geography, clock)
        self.pictures = Pictures(options.pictures, city, clock)
        # Whoever waits for a decoder waits here, and not in a thread that others need.
        self.decoding = asyncio.Semaphore(AT_ONCE)

    async def write(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        """The unit's result once it is on disk; what it raises is raised here and nothing of it is written."""
        return await asyncio.wrap_future(self.database.submit(unit))

    async def read(self, unit: Callable[[Connection], ResultT]) -> ResultT:
        """One consistent look at what is committed, off the event loop."""
        return await asyncio.to_thread(self.database.read, unit)
