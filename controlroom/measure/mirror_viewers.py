"""Many viewers of a mirror in a process of their own: each comes in by an invitation, proves its device and answers what it has drawn.

``python -m controlroom.measure.mirror_viewers BASE FILE [PORT]``: a token a line in ``FILE``; ``PORT`` is of a link that leads to ``BASE``.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import websockets

from controlroom.measure.mirror_device import Device, Pass, enter
from controlroom.measure.mirror_live import Holding, Opener, Refused, connected, frames, welcomed
from controlroom.measure.result import CannotMeasure
from controlroom.measure.spoken import Ask, Ready, Watched, lines_of, say

TOGETHER = 20
"""Handshakes at once: phones do not all come in at the same moment."""


class Viewer:
    """``seen``: when (monotonic) it first held that many received reports."""

    def __init__(self, number: int, base: str, token: str, port: int | None, opener: Opener) -> None:
        self._number, self._base, self._token, self._port = number, base, token, port
        self._opener = opener
        self._device = Device()
        self._pass: Pass | None = None
        self.holding = Holding()
        self.seen: list[tuple[float, int]] = []
        self.octets = 0
        self.ends = 0
        self.is_live = asyncio.Event()

    def enter(self) -> None:
        """By its invitation, from an address of its own as behind a proxy."""
        address = f"198.18.{self._number // 250}.{1 + self._number % 250}"
        self._pass = enter(self._base, self._token, self._device, address=address)

    def begin(self) -> None:
        self.seen, self.octets, self.ends = [], 0, 0

    async def watch(self) -> None:
        """Until cancelled; what ends is counted and tried again."""
        assert self._pass is not None
        while True:
            try:
                async with connected(self._base, self._pass.cookie, port=self._port) as connection:
                    have = (self.holding.epoch, self.holding.rev) if self.holding.rev else None
                    await welcomed(connection, self._device, have)
                    async for at, size, frame in frames(connection, self._opener):
                        self.octets += size
                        if not self.holding.take(frame):
                            self.ends += 1
                            break
                        self._note(at)
            except (OSError, TimeoutError, Refused, websockets.ConnectionClosed):
                self.ends += 1
            await asyncio.sleep(0.5)

    def _note(self, at: float) -> None:
        totals = self.holding.body("totals")
        if totals is not None and (not self.seen or self.seen[-1][1] != totals["received"]):
            self.seen.append((at, int(totals["received"])))
        if self.holding.rev:
            self.is_live.set()


async def run(base: str, tokens: list[str], port: int | None) -> None:
    """Says ``Ready`` when all have come in; then watches, and answers until standard input ends."""
    opener = Opener()
    viewers = [Viewer(number, base, token, port, opener) for number, token in enumerate(tokens)]
    at_once = asyncio.Semaphore(TOGETHER)

    async def let_in(viewer: Viewer) -> None:
        async with at_once:
            await asyncio.to_thread(viewer.enter)

    await asyncio.gather(*(let_in(viewer) for viewer in viewers))
    say([Ready(pid=os.getpid())])
    tasks = [asyncio.create_task(_watch(viewer, at_once), name="viewer") for viewer in viewers]
    try:
        await _answer(viewers)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(viewer: Viewer, at_once: asyncio.Semaphore) -> None:
    """The next handshake begins when this one's page is full."""
    async with at_once:
        watching = asyncio.create_task(viewer.watch(), name="watching")
        await viewer.is_live.wait()
    await watching


async def _answer(viewers: list[Viewer]) -> None:
    ears = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(ears), sys.stdin)
    rest = b""
    while more := await ears.read(65_536):
        asked, rest = lines_of(rest, more)
        for ask in asked:
            if ask.verb == "live":
                await asyncio.gather(*(viewer.is_live.wait() for viewer in viewers))
            say([_window(viewers, ask)])


def _window(viewers: list[Viewer], ask: Ask) -> Watched:
    """``begin`` forgets what was seen; ``window`` tells it; ``numbers`` tells what each holds now; ``live`` when all hold something."""
    if ask.verb == "begin":
        for viewer in viewers:
            viewer.begin()
    totals = [viewer.holding.body("totals") for viewer in viewers]
    return Watched(
        at_s=time.monotonic(),
        seen=[viewer.seen for viewer in viewers] if ask.verb == "window" else [],
        octets=sum(viewer.octets for viewer in viewers),
        ends=sum(viewer.ends for viewer in viewers),
        received=[-1 if one is None else int(one["received"]) for one in totals],
    )


def main() -> None:
    tokens = Path(sys.argv[2]).read_text(encoding="ascii").split()
    try:
        asyncio.run(run(sys.argv[1], tokens, int(sys.argv[3]) if len(sys.argv) > 3 else None))
    except CannotMeasure as problem:
        sys.exit(f"viewers: {problem}")


if __name__ == "__main__":
    main()
