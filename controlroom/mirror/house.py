"""What every part of a running mirror is given, and what goes on by itself: reading the bus, looking for news, asking who still stands."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from controlroom.live.lives import Life, again_and_again, say_fault
from controlroom.mirror.frames import Frames
from controlroom.mirror.identity import DoorsAway, Identity
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.socket import RESTART, SIGN_IN, Ending
from controlroom.mirror.state import MirrorState
from controlroom.mirror.viewers import Viewers
from controlroom.mirror.wrong_proofs import WrongProofs

TICK_S = 0.1
"""Changes go out at most so often."""

STANDING_EVERY_S = 1.0
AGAIN_S = 1.0
DOORS_SILENT_S = 60.0
"""Nobody is shown anything for longer without the doors' word that he still may see it."""

_log = structlog.get_logger("controlroom.mirror")


async def keep_at(house: "House", name: str, work: Life, pause_s: float = AGAIN_S) -> None:
    """Until cancelled. Work that ends by an error of its own is reported and begun anew; until it goes on nobody is shown anything that
    may have stood still without it.
    """

    def failed(error: BaseException | None) -> None:
        say_fault(f"mirror {name}", error)
        house.viewers.end_all(Ending(RESTART, "restart"))

    await again_and_again(name, work, failed, pause_s)


class House:
    """Built once by ``controlroom.mirror.app``; clocks are handed in."""

    def __init__(
        self,
        options: MirrorOptions,
        state: MirrorState,
        identity: Identity,
        build: str,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
    ) -> None:
        self.options = options
        self.state = state
        self.identity = identity
        self.build = build
        self.now = now
        self.monotonic_s = monotonic_s
        self.viewers = Viewers(options)
        self.wrong_proofs = WrongProofs()
        self.frames = Frames(state, monotonic_s)
        self._stood_at_s = monotonic_s()
        self._is_silent = False

    def at_ms(self) -> int:
        return round(self.now().timestamp() * 1000)

    async def tell_news(self) -> None:
        """Until cancelled."""
        while True:
            if self.state.tick():
                self.viewers.tell_news()
            await asyncio.sleep(TICK_S)

    async def ask_who_stands(self) -> None:
        """Until cancelled."""
        while True:
            await self.look_who_stands()
            await asyncio.sleep(STANDING_EVERY_S)

    async def look_who_stands(self) -> None:
        """One question for all viewers at once; who no longer may look is told at once, so are all when the doors stay silent."""
        viewers = self.viewers.all()
        if not viewers:
            self._stood_at_s = self.monotonic_s()
            return
        tokens = list(dict.fromkeys(viewer.cookie for viewer in viewers))
        try:
            standing = dict(zip(tokens, await self.identity.standing(tokens), strict=True))
        except DoorsAway as reason:
            self._bear_silence(reason)
        else:
            self._say_heard()
            for viewer in viewers:
                known = standing[viewer.cookie]
                viewer.ends_at = known.ends_at or viewer.ends_at
                if not known.stands:
                    viewer.end(Ending(SIGN_IN, "ended" if viewer.ends_at <= self.now() else "revoked"))
        for viewer in viewers:
            if viewer.ends_at <= self.now():
                viewer.end(Ending(SIGN_IN, "ended"))

    def _bear_silence(self, reason: DoorsAway) -> None:
        if not self._is_silent:
            self._is_silent = True
            _log.warning("the doors do not say who still may look", reason=str(reason))
        if self.monotonic_s() - self._stood_at_s >= DOORS_SILENT_S:
            self.viewers.end_all(Ending(RESTART, "identity"))

    def _say_heard(self) -> None:
        self._stood_at_s = self.monotonic_s()
        if self._is_silent:
            self._is_silent = False
            _log.info("the doors answer again")

    async def say_goodbye(self) -> None:
        """Everybody is told that the mirror goes, and comes back."""
        self.viewers.end_all(Ending(RESTART, "restart"))
        for _ in range(20):
            if not len(self.viewers):
                return
            await asyncio.sleep(0.05)
