"""The wall's own stills, handed on to those who want to see it as it stands: one connection to the wall for all of them.

Frames: ``controlroom.live.still_frames``, as the wall made them. Each viewer has one place a slot and gets a still of it at most
every two seconds.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from controlroom.live.lives import again_and_again, say_fault
from controlroom.live.still_frames import CURTAIN_SLOT, MOST_FRAME_BYTES, FrameError, StillsLayout, layout_of, unframed
from controlroom.mirror.handshake import run_socket
from controlroom.mirror.house import House
from controlroom.mirror.live import talk
from controlroom.mirror.relayed import CITY
from controlroom.mirror.socket import NONSENSE, NORMAL, NOT_ALLOWED, Ending, Gone, Socket

SLOT_EVERY_S = 2.0
AGAIN_S = 2.0
OPEN_S = 5.0
SILENT_S = 5.0
"""The wall says once a second that it is there."""

_log = structlog.get_logger("controlroom.mirror")


class Look:
    """What one viewer has not been sent yet."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.stills: dict[int, bytes] = {}
        self.sent_s: dict[int, float] = {}
        self.told: StillsLayout | None = None

    def forget(self) -> None:
        self.stills.clear()
        self.sent_s.clear()

    def is_told(self, layout: StillsLayout | None) -> bool:
        """Whether the stills that stand here belong to what the viewer was told stands where; the wall says the same each second anew."""
        told = self.told
        return told is not None and layout is not None and told.generation == layout.generation and told.is_curtained == layout.is_curtained


class WallRelay:
    """``address``: where the wall serves stills now, ``None`` while nobody knows. ``key``: what it wants to see."""

    def __init__(self, address: Callable[[], str | None], key: str | None) -> None:
        self._address = address
        self._key = key
        self._looks: set[Look] = set()
        self._stills: dict[int, bytes] = {}
        self._reading: asyncio.Task[None] | None = None
        self._why = ""
        self.layout: StillsLayout | None = None

    @property
    def is_absent(self) -> bool:
        """There is no such wall, or its key was not given to this mirror."""
        return self._key is None or self._address() is None

    def begin(self, look: Look) -> None:
        self._looks.add(look)
        look.stills.update(self._stills)
        look.news.set()
        if self._reading is None:
            self._reading = asyncio.create_task(self._go_on_reading(), name="wall stills")

    async def end(self, look: Look) -> None:
        """The last who looks puts the light out."""
        self._looks.discard(look)
        if not self._looks and self._reading is not None:
            reading, self._reading = self._reading, None
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
            self._forget()

    async def _go_on_reading(self) -> None:
        """Also after what nobody thought of: those who look must not wait for good."""

        def failed(error: BaseException | None) -> None:
            say_fault("wall stills", error)
            self._forget()

        await again_and_again("wall stills", self._read, failed, AGAIN_S)

    async def _read(self) -> None:
        while True:
            address = self._address()
            if address is not None and self._key is not None:
                try:
                    async with connect(
                        address, additional_headers={"Authorization": f"Bearer {self._key}"}, max_size=MOST_FRAME_BYTES, compression=None,
                        open_timeout=OPEN_S, proxy=None, user_agent_header=None,
                    ) as wall:  # fmt: skip
                        await self._hear(wall)
                except (OSError, TimeoutError, InvalidHandshake, InvalidURI, WebSocketException, FrameError) as problem:
                    self._complain(type(problem).__name__)
            self._forget()
            await asyncio.sleep(AGAIN_S)

    async def _hear(self, wall: ClientConnection) -> None:
        while True:
            async with asyncio.timeout(SILENT_S):
                said = await wall.recv()
            if isinstance(said, str):
                self.take_layout(layout_of(said))
            else:
                head, _ = unframed(said)
                if self.layout is not None and head.generation == self.layout.generation:
                    self.take_still(head.slot, said)

    def take_layout(self, layout: StillsLayout) -> None:
        if self.layout is None or layout.generation != self.layout.generation or layout.is_curtained != self.layout.is_curtained:
            self._stills.clear()
            for look in self._looks:
                look.forget()
        self.layout = layout
        self._why = ""
        for look in self._looks:
            look.news.set()

    def take_still(self, slot: int, frame: bytes) -> None:
        if self.layout is None or self.layout.is_curtained is not (slot == CURTAIN_SLOT):
            return
        self._stills[slot] = frame
        for look in self._looks:
            look.stills[slot] = frame
            look.news.set()

    def _forget(self) -> None:
        self.layout = None
        self._stills.clear()
        for look in self._looks:
            look.forget()

    def _complain(self, why: str) -> None:
        if why != self._why:
            self._why = why
            _log.warning("the stills of the wall cannot be had", why=why)


async def serve_wall(socket: Socket, house: House, relay: WallRelay) -> None:
    """One socket from its beginning to its end."""
    found = await run_socket(socket, house, "wall")
    if found is None:
        return
    viewer, _ = found
    if viewer.scope != CITY or relay.is_absent:
        with suppress(Gone):
            await socket.say({"kind": "absent"})
        await socket.end(Ending(NOT_ALLOWED if viewer.scope != CITY else NORMAL))
        return
    house.viewers.add(viewer)
    look = Look()
    relay.begin(look)
    try:
        await talk(socket, viewer, tell(socket, house, relay, look, lambda: viewer.ending is not None), _hear_nothing(socket))
    except Gone:
        return
    finally:
        house.viewers.remove(viewer)
        await relay.end(look)


async def tell(socket: Socket, house: House, relay: WallRelay, look: Look, is_over: Callable[[], bool]) -> None:
    """What stands there, then its stills: nothing of what lies behind a drawn curtain."""
    while not is_over():
        look.news.clear()
        layout = relay.layout
        if layout is not None and layout != look.told and layout.is_curtained >= house.state.is_curtained:
            look.told = layout
            await socket.say_text(msgspec.json.encode(layout).decode())
        for slot in [slot for slot in look.stills if house.monotonic_s() - look.sent_s.get(slot, -SLOT_EVERY_S) >= SLOT_EVERY_S]:
            # Looked at again for each: the wall may have changed while the one before was on its way. What may not go now waits.
            if is_over():
                return
            if slot in look.stills and look.is_told(relay.layout) and (slot == CURTAIN_SLOT or not house.state.is_curtained):
                look.sent_s[slot] = house.monotonic_s()
                await socket.show(look.stills.pop(slot))
        with suppress(TimeoutError):
            async with asyncio.timeout(SLOT_EVERY_S / 4 if look.stills else 1.0):
                await look.news.wait()
                await asyncio.sleep(0.05)


async def _hear_nothing(socket: Socket) -> None:
    """A page has nothing to say here; raises ``Gone`` when it goes."""
    await socket.hear()
    raise Ending(NONSENSE)
