"""What a wall says of itself on the bus: ``wall.state``, through a Redis user who may publish that and nothing else.

The one thing in front of the bus that writes (docs/decisions/0009-what-a-wall-says.md). Knows the contract, not the wall.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from feeds.bus.connection import LINK_ERRORS, connect, parse_address
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.messages.header import Quality
from feeds.messages.system import WALL_STATE, SlotState, WallState

LOOK_S = 0.1
AT_MOST_EACH_S = 2.0
AT_LEAST_EACH_S = 5.0
CLOSE_S = 1.0


class WallVoice:
    """``say`` what the wall shows from any thread; ``run`` publishes it from an event loop. ``ValueError`` for a bad URL.

    What was decided or refused goes out with the next look (``LOOK_S``), what else differs after ``AT_MOST_EACH_S``, the same again after
    ``AT_LEAST_EACH_S``. Redis trouble stays here: the newest state waits. A wall that ends takes its state back; one that is killed
    leaves it to grow old.
    """

    def __init__(
        self,
        url: str,
        namespace: str,
        *,
        ca_file: Path | str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        at_most_each_s: float = AT_MOST_EACH_S,
        at_least_each_s: float = AT_LEAST_EACH_S,
    ) -> None:
        parse_address(url, ca_file=ca_file)
        self._url, self._namespace, self._ca_file, self._clock = url, namespace, ca_file, clock
        self._at_most_each_s, self._at_least_each_s = at_most_each_s, at_least_each_s
        self._state: WallState | None = None

    def say(self, state: WallState) -> None:
        """The newest state replaces the older one (one reference, swapped whole)."""
        self._state = state

    async def run(self) -> None:
        """Until cancelled."""
        client = connect(self._url, ca_file=self._ca_file)
        publisher = BusPublisher(client, self._namespace, "wall", clock=self._clock, with_heartbeat=False)
        said: WallState | None = None
        try:
            await publisher.start([WALL_STATE])
            loop = asyncio.get_running_loop()
            said_at = -self._at_least_each_s
            while True:
                state, since = self._state, loop.time() - said_at
                is_urgent = _decided(state) != _decided(said)
                is_due = (
                    is_urgent or since >= self._at_least_each_s or (since >= self._at_most_each_s and _lasting(state) != _lasting(said))
                )
                if state is not None and is_due:
                    await publisher.publish(WALL_STATE, [self._outgoing(state, state)])
                    said, said_at = state, loop.time()
                await asyncio.sleep(LOOK_S)
        finally:
            if said is not None and publisher.trouble is None:
                with suppress(*LINK_ERRORS):
                    async with asyncio.timeout(CLOSE_S):
                        await publisher.publish(WALL_STATE, [self._outgoing(said, None)])
            await publisher.stop()
            await client.aclose()

    def _outgoing(self, state: WallState, body: WallState | None) -> Outgoing:
        quality = Quality.SIMULATED if self._namespace == "sim" else Quality.MEASURED
        observed_at = state.at if body is not None else self._clock()
        return Outgoing(key=state.wall, body=body, observed_at=observed_at, source=state.wall, quality=quality)


def _decided(state: WallState | None) -> tuple[object, ...] | None:
    """What whoever asked for it waits for: what stands, whether it has been painted, and what was refused."""
    if state is None:
        return None
    is_painted = tuple((slot.panel, slot.geometry, slot.painted_at is not None) for slot in state.slots)
    stands = state.layout, state.revision, state.shown, state.is_curtained
    return *stands, state.refusal, state.installation, state.stills_port, is_painted


def _lasting(state: WallState | None) -> tuple[str, int, int, tuple[SlotState, ...]] | None:
    """What makes one state another: not that a second has passed."""
    if state is None:
        return None
    slots = tuple(msgspec.structs.replace(slot, age_s=None, painted_at=None) for slot in state.slots)
    return state.layout, state.revision, state.stalls, slots
