"""Frames as they go over the wire: made and packed once, handed to everybody who needs the same. A large one is packed off the loop."""

import asyncio
from collections.abc import Callable

import msgspec

from controlroom.mirror.state import Frame, MirrorState
from controlroom.mirror.words import packed

SHARED_S = 0.25
"""A frame says what time it is: it is handed out no longer than this."""

MOST_KEPT = 128
LARGE_BYTES = 128 * 1024

_Packing = asyncio.Task[list[bytes]]


class Frames:
    """``monotonic_s``: a clock that no one sets."""

    def __init__(self, state: MirrorState, monotonic_s: Callable[[], float]) -> None:
        self._state = state
        self._monotonic_s = monotonic_s
        self._kept: dict[tuple[str, str, int, int], tuple[float, _Packing]] = {}

    async def since(self, scope: str, known: int) -> tuple[int, list[bytes]]:
        """The revision a viewer of a scope knows afterwards, and the frames that bring him there: one, or the parts of a snapshot."""
        state = self._state
        shown, revision = state.shown_to(scope), state.revision
        place = (shown, scope, known, revision)
        now_s = self._monotonic_s()
        kept = self._kept.get(place)
        if kept is None or now_s - kept[0] > SHARED_S:
            change = state.change(shown, known, scope)
            frames = change if change is not None else state.snapshot_parts(shown, scope)
            kept = now_s, asyncio.create_task(self._pack(frames), name="mirror frame")
            self._kept[place] = kept
            self._forget(now_s)
        # Shielded: one who waits may go, the others still want it.
        return revision, await asyncio.shield(kept[1])

    async def close(self) -> None:
        """Waits for what is being packed."""
        waiting = [packing for _, packing in self._kept.values()]
        self._kept.clear()
        if waiting:
            await asyncio.wait(waiting)

    async def _pack(self, frames: list[Frame]) -> list[bytes]:
        texts = [msgspec.json.encode(frame) for frame in frames]
        if sum(len(text) for text in texts) <= LARGE_BYTES:
            return [packed(text) for text in texts]
        return await asyncio.to_thread(lambda: [packed(text) for text in texts])

    def _forget(self, now_s: float) -> None:
        for place, (made_s, packing) in list(self._kept.items()):
            if packing.done() and (now_s - made_s > SHARED_S or len(self._kept) > MOST_KEPT):
                del self._kept[place]
