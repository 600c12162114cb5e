"""Beside the doors: what lies among the pictures and belongs to no report goes, once an hour. Ends with them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.doors import Doors
from feeds.reports.pictures import sweep
from feeds.store.database import StoreError

EVERY_S = 3_600.0
OLDER_THAN = timedelta(hours=1)

_log = structlog.get_logger("feeds.api")


@contextlib.asynccontextmanager
async def sweeping(doors: Doors, *, every_s: float = EVERY_S) -> AsyncGenerator[None]:
    """Sweeps at once and then every ``every_s`` while the block runs."""
    task = asyncio.create_task(_sweep(doors, every_s), name="sweep of pictures")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


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
