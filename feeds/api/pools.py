"""Threads for one kind of slow work, few at once, so that it holds up nothing but its own kind. Knows no work."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

ResultT = TypeVar("ResultT")


class Pool:
    """``most`` at once; each has a thread that ends with it, and its place is free when that ends, not when somebody stops waiting."""

    def __init__(self, most: int, name: str) -> None:
        self._free = asyncio.Semaphore(most)
        self._name = name

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """What ``work`` gives or raises."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        future: Future[ResultT] = Future()
        future.set_running_or_notify_cancel()

        def body() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # whatever it was is for who waits
                future.set_exception(error)
            # Where the loop has ended nobody waits for a place either.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._free.release)

        # A look-up may take minutes: the end of the process does not wait for it.
        threading.Thread(target=body, name=self._name, daemon=True).start()
        return await asyncio.wrap_future(future)
