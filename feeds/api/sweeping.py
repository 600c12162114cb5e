"""Beside the doors, and no longer than they: files of no report go, and pictures that are still owed to a report are fetched."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.doors import Doors
from feeds.api.open311_pictures import ReportPictures
from feeds.reports.pictures import sweep
from feeds.store.database import StoreError

EVERY_S = 3_600.0
CATCH_UP_EVERY_S = 600.0
OLDER_THAN = timedelta(hours=1)

_log = structlog.get_logger("feeds.api")


@contextlib.asynccontextmanager
async def sweeping(doors: Doors, *, every_s: float = EVERY_S) -> AsyncGenerator[None]:
    """Sweeps at once and then every ``every_s`` while the block runs."""
    async with _beside(_sweep(doors, every_s), "sweep of pictures"):
        yield


@contextlib.asynccontextmanager
async def catching_up(pictures: ReportPictures, *, every_s: float = CATCH_UP_EVERY_S) -> AsyncGenerator[None]:
    """Fetches what is owed at once, for it was acknowledged before the process ended, and then every ``every_s``."""
    async with _beside(_catch_up(pictures, every_s), "pictures that are owed"):
        yield


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], name: str) -> AsyncGenerator[None]:
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _catch_up(pictures: ReportPictures, every_s: float) -> None:
    is_well = True
    while True:
        try:
            await pictures.catch_up()
            is_well = True
        except (StoreError, SQLAlchemyError) as problem:
            if is_well:
                _log.error("pictures that are owed cannot be fetched; tried again", problem=type(problem).__name__)
            is_well = False
        await asyncio.sleep(every_s)


async def _sweep(doors: Doors, every_s: float) -> None:
    is_well = True
    while True:
        try:
            removed = await doors.read(lambda connection: sweep(connection, doors.options.pictures, OLDER_THAN))
            if removed or not is_well:
                _log.info("pictures were swept", removed=removed)
            is_well = True
        except (StoreError, SQLAlchemyError, OSError) as problem:
            if is_well:
                _log.error("pictures cannot be swept; tried again every hour", problem=type(problem).__name__)
            is_well = False
        await asyncio.sleep(every_s)
