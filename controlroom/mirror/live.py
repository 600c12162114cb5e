"""The live socket: what changed, as soon as the page has drawn what it was sent before; a beat when there is nothing."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import msgspec

from controlroom.mirror.handshake import Hello, run_socket, welcome
from controlroom.mirror.house import House
from controlroom.mirror.socket import NONSENSE, Ending, Gone, Socket
from controlroom.mirror.viewers import Viewer

BEAT_S = 1.0
AGAIN_EVERY_S = 1.0
"""A page that asks for everything more often is none of ours."""

MOST_SAID_PER_S = 30.0
MOST_SAID_AT_ONCE = 90.0


class Drawn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="drawn"):
    rev: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Again(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="again"):
    """The page cannot make anything of what it got."""


async def serve_live(socket: Socket, house: House) -> None:
    """One socket from its beginning to its end."""
    found = await run_socket(socket, house, "live")
    if found is None:
        return
    viewer, hello = found
    house.viewers.add(viewer)
    try:
        await _welcome(socket, house, viewer, hello)
        await talk(socket, viewer, tell(socket, house, viewer), _hear(socket, house, viewer))
    except Gone:
        return
    finally:
        house.viewers.remove(viewer)


async def talk(socket: Socket, viewer: Viewer, *sides: Coroutine[Any, Any, None]) -> None:
    """Both sides until one ends; then the socket is closed as that says, or as the viewer was told."""
    tasks = [asyncio.create_task(side) for side in sides]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    faults = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    strange = next((error for error in faults if not isinstance(error, Ending | Gone)), None)
    if strange is not None:
        raise strange
    ending = viewer.ending or next((error for error in faults if isinstance(error, Ending)), None)
    if ending is not None:
        await socket.end(ending)


async def _welcome(socket: Socket, house: House, viewer: Viewer, hello: Hello) -> None:
    state, have = house.state, hello.have
    if have is not None and have.epoch == state.epoch_of(viewer.scope):
        viewer.known = have.rev if have.rev <= state.revision else 0
    await socket.say(welcome(viewer, house))


async def tell(socket: Socket, house: House, viewer: Viewer) -> None:
    """Until the viewer is to be closed."""
    state, loop = house.state, asyncio.get_running_loop()
    beat_at = loop.time() + BEAT_S
    is_begun = False
    while viewer.ending is None:
        viewer.news.clear()
        shown = state.shown_to(viewer.scope)
        if viewer.is_ready and (not is_begun or viewer.known == 0 or state.revision_of(shown) > viewer.known):
            beginnings = viewer.beginnings
            revision, frames = await house.frames.since(viewer.scope, viewer.known)
            if state.shown_to(viewer.scope) != shown or viewer.beginnings != beginnings:
                continue
            is_begun = True
            viewer.sent(revision, house.monotonic_s())
            for frame in frames:
                # Looked at again for each: on a slow link the curtain may be drawn, or the viewer shut out, while one is on its way.
                if viewer.ending is not None or viewer.beginnings != beginnings or state.shown_to(viewer.scope) != shown:
                    viewer.forgot()
                    break
                await socket.show(frame)
            beat_at = loop.time() + BEAT_S
            continue
        try:
            async with asyncio.timeout_at(beat_at):
                await viewer.news.wait()
        except TimeoutError:
            beat_at = loop.time() + BEAT_S
            if viewer.has_drawn_all:
                await socket.say({"kind": "beat", "at": house.at_ms(), "rev": viewer.known})


async def _hear(socket: Socket, house: House, viewer: Viewer) -> None:
    """Until the page says what none of ours says; raises ``Ending`` and ``Gone``."""
    left, at_s, again_at_s = MOST_SAID_AT_ONCE, house.monotonic_s(), float("-inf")
    while True:
        said = _said(await socket.hear())
        now_s = house.monotonic_s()
        left, at_s = min(MOST_SAID_AT_ONCE, left + (now_s - at_s) * MOST_SAID_PER_S) - 1, now_s
        if left < 0:
            raise Ending(NONSENSE)
        match said:
            case Drawn():
                if not viewer.drawn(said.rev):
                    raise Ending(NONSENSE)
            case Again():
                if now_s - again_at_s < AGAIN_EVERY_S:
                    raise Ending(NONSENSE)
                again_at_s = now_s
                viewer.forgot()


def _said(text: bytes) -> Drawn | Again:
    try:
        return msgspec.json.decode(text, type=Drawn | Again)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Ending(NONSENSE) from None
