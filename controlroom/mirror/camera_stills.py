"""A picture of a camera now and then, while somebody asks for it: one process that decodes, one frame, and it is gone. Knows no Qt.

Every viewer is handed the same picture; few cameras are looked at at once. What is private is never asked for.
"""

import asyncio
import io
import os
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
import structlog
from PIL import Image

from controlroom.live.credentials import CameraCredentials, LoginRefused
from controlroom.live.decoding import start_decoder
from controlroom.live.slot import Slot, Task, new_slot_file
from feeds.messages.camera import Camera

SIZE = (640, 360)
EVERY_S = 8.0
"""A picture younger than this is new enough for everybody."""

OLD_S = 30.0
NEWER_WITHIN_S = 5.0

AT_ONCE = 6
PATIENCE_S = 15.0
"""A decoder that has no picture by then is killed: PyAV's own time-outs are not to be trusted."""

AGAIN_S = 10.0
"""After a try in vain."""

KEPT_S = 15 * 60.0
"""A last picture older than this is shown no longer."""

DoneT = TypeVar("DoneT")

_LOOK_S = 0.1
_QUALITY = 75

_log = structlog.get_logger("controlroom.mirror")


class Still(msgspec.Struct, frozen=True, kw_only=True):
    """A JPEG, and when the camera took it by this machine's clock."""

    picture: bytes
    taken_at: datetime
    taken_s: float


class CameraStills:
    """``now`` and ``monotonic_s``: this machine's clocks. Close it when done."""

    def __init__(self, credentials: CameraCredentials, *, now: Callable[[], datetime], monotonic_s: Callable[[], float]) -> None:
        self._credentials = credentials
        self._now = now
        self._monotonic_s = monotonic_s
        self._room = asyncio.Semaphore(AT_ONCE)
        self._stills: dict[str, tuple[Camera, Still]] = {}
        self._tries: dict[str, tuple[Camera, asyncio.Task[None]]] = {}
        self._failed: dict[str, tuple[Camera, float]] = {}
        self._decoders: set[subprocess.Popen[bytes]] = set()

    async def still(self, camera: Camera) -> Still | None:
        """The newest picture, at once where there is one, while a newer is being taken; ``None``: there is none to be had now."""
        if camera.is_private:
            return None
        now_s = self._monotonic_s()
        kept = self._kept(camera, now_s)
        if kept is not None and now_s - kept.taken_s < EVERY_S:
            return kept
        taking = self._take(camera, now_s)
        if taking is not None and (kept is None or now_s - kept.taken_s > OLD_S):
            # One that was taken for somebody else minutes ago is shown only where no newer is to be had.
            await asyncio.wait((taking,), timeout=PATIENCE_S if kept is None else NEWER_WITHIN_S)
            kept = self._kept(camera, self._monotonic_s())
        return kept

    async def close(self) -> None:
        """No decoder outlives this."""
        tries = [one for _, one in self._tries.values()]
        for one in tries:
            one.cancel()
        if tries:
            await asyncio.wait(tries)

    def _kept(self, camera: Camera, now_s: float) -> Still | None:
        """A picture of this very camera, not of one that had its name before."""
        known = self._stills.get(camera.id)
        is_same = known is not None and known[0].unprobed() == camera.unprobed()
        return known[1] if known is not None and is_same and now_s - known[1].taken_s < KEPT_S else None

    def _take(self, camera: Camera, now_s: float) -> "asyncio.Task[None] | None":
        """The try that is on its way, or another; of a camera that had this name before nothing counts."""
        known, taking = self._tries.get(camera.id, (None, None))
        if known is not None and taking is not None:
            if known.unprobed() == camera.unprobed():
                return taking
            taking.cancel()
        failed, failed_s = self._failed.get(camera.id, (None, now_s))
        if failed is not None and failed.unprobed() == camera.unprobed() and now_s - failed_s < AGAIN_S:
            return None
        taking = asyncio.create_task(self._try(camera), name="camera still")
        self._tries[camera.id] = camera, taking
        taking.add_done_callback(lambda done: self._over(camera.id, done))
        return taking

    def _over(self, name: str, done: "asyncio.Task[None]") -> None:
        if self._tries.get(name, (None, None))[1] is done:
            del self._tries[name]
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.error("uncaught error", where="camera still", exc_info=(type(error), error, error.__traceback__))

    async def _try(self, camera: Camera) -> None:
        async with self._room:
            try:
                found = await self._decoded(camera)
            except (LoginRefused, OSError) as problem:
                _log.warning("a camera's still cannot be taken", camera=camera.id, reason=str(problem))
                found = None
        now_s = self._monotonic_s()
        self._forget_old(now_s)
        if found is None:
            self._failed[camera.id] = camera, now_s
        else:
            self._failed.pop(camera.id, None)
            self._stills[camera.id] = camera, found

    def _forget_old(self, now_s: float) -> None:
        """What nobody is shown any more, such as the last picture of a camera that was taken down."""
        self._stills = {name: one for name, one in self._stills.items() if now_s - one[1].taken_s < KEPT_S}
        self._failed = {name: one for name, one in self._failed.items() if now_s - one[1] < AGAIN_S}

    async def _decoded(self, camera: Camera) -> Still | None:
        """Raises ``LoginRefused`` and ``OSError``."""
        url = self._credentials.address(camera.url, camera.credential)
        file = new_slot_file(*SIZE)
        slot = Slot(file, *SIZE)
        try:
            task = Task(url=url, kind=camera.kind.value, slot=file, width=SIZE[0], height=SIZE[1], parent=os.getpid())
            process = await _started(task)
        finally:
            os.close(file)
        self._decoders.add(process)
        try:
            end_s = self._monotonic_s() + PATIENCE_S
            while not slot.newest() and process.poll() is None and self._monotonic_s() < end_s:
                await asyncio.sleep(_LOOK_S)
            return await _whole(asyncio.create_task(asyncio.to_thread(self._picture, slot))) if slot.newest() else None
        finally:
            await _end(process)
            self._decoders.discard(process)
            slot.close()

    def _picture(self, slot: Slot) -> Still | None:
        facts = slot.facts()
        if facts is None:
            return None
        pixels = bytearray(facts.stride * facts.height)
        if not slot.copy_into(facts, memoryview(pixels)):
            return None
        made = io.BytesIO()
        Image.frombuffer("RGB", (facts.width, facts.height), bytes(pixels), "raw", "BGRX", facts.stride, 1).save(
            made, "JPEG", quality=_QUALITY
        )
        age_s = max(0.0, (time.monotonic_ns() - facts.taken_ns) / 1e9)
        return Still(
            picture=made.getvalue(), taken_at=self._now() - timedelta(seconds=age_s), taken_s=self._monotonic_s() - age_s
        )  # fmt: skip


async def _whole(work: asyncio.Task[DoneT]) -> DoneT:
    """A thread goes on when whoever waits for it is cancelled: he waits all the same, for what it works with is his to close."""
    try:
        return await asyncio.shield(work)
    finally:
        await asyncio.wait((work,))


async def _started(task: Task) -> "subprocess.Popen[bytes]":
    """A decoder; one that nobody wants any more when it has started is ended."""
    starting = asyncio.create_task(asyncio.to_thread(start_decoder, task))
    try:
        return await _whole(starting)
    except asyncio.CancelledError:
        if starting.exception() is None:
            await _end(starting.result())
        raise


async def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    # Off the loop: a process that reads from a hung device dies late.
    await _whole(asyncio.create_task(asyncio.to_thread(process.wait)))
