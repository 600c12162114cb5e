"""Work that goes on for ever: begun again when it ends by an error of its own. Knows nothing of what the work is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

Life = Callable[[], Coroutine[Any, Any, None]]

_log = structlog.get_logger("controlroom.lives")


def say_fault(where: str, error: BaseException | None) -> None:
    """``None``: it came to an end, which it never should."""
    _log.error("uncaught error", where=where, exc_info=error and (type(error), error, error.__traceback__))


async def again_and_again(where: str, life: Life, failed: Callable[[BaseException | None], None], pause_s: float) -> None:
    """Until cancelled. ``failed`` hears of each end, and the next life begins after the pause."""
    while True:
        living = asyncio.create_task(life(), name=where)
        try:
            await asyncio.wait((living,))
        finally:
            if not living.done():
                living.cancel()
                await asyncio.wait((living,))
        failed(None if living.cancelled() else living.exception())
        await asyncio.sleep(pause_s)
