"""Runs the work of one process until it is done or a signal asks for its end. Knows nothing of what the work is."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


async def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Await ``work``; SIGINT and SIGTERM cancel it, and its own clean-up is waited for. Raises what ``work`` raises.

    For the main thread of a process. Clean-up that takes time must bound it itself.
    """
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task
