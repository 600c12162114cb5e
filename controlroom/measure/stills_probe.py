"""Looks at the stills of a wall as a console does, and notes how old each is when it comes. Knows the frames, draws nothing."""

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from controlroom.live.still_frames import StillsLayout, layout_of, unframed

OPEN_S = 10.0


class Still(msgspec.Struct, frozen=True, kw_only=True):
    """One still as it arrived. Unix seconds."""

    generation: int
    slot: int
    panel: str
    painted_at: float
    arrived_at: float

    @property
    def age_s(self) -> float:
        return self.arrived_at - self.painted_at


class StillsProbe:
    """``with StillsProbe(port, key) as probe``: one client, as long as it lasts. A wall sends a panel's still when it has changed."""

    def __init__(self, port: int, key: str) -> None:
        self._address = f"ws://127.0.0.1:{port}/"
        self._key = key
        self._stills: list[Still] = []
        self._line: ClientConnection | None = None
        self._thread = threading.Thread(target=self._look, name="stills", daemon=True)

    def __enter__(self) -> Self:
        self._line = connect(
            self._address, additional_headers={"Authorization": f"Bearer {self._key}"}, proxy=None, compression=None, open_timeout=OPEN_S
        )
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._line is not None:
            self._line.close()
        self._thread.join(OPEN_S)

    def stills(self) -> list[Still]:
        """All that have come so far."""
        return list(self._stills)

    def _look(self) -> None:
        assert self._line is not None
        shown: StillsLayout | None = None
        with suppress(ConnectionClosed):
            for frame in self._line:
                now = time.time()
                if isinstance(frame, str):
                    shown = layout_of(frame)
                    continue
                head, _ = unframed(frame)
                panel = next((slot.panel for slot in shown.slots if slot.index == head.slot), "") if shown is not None else ""
                self._stills.append(
                    Still(generation=head.generation, slot=head.slot, panel=panel, painted_at=head.painted_at.timestamp(), arrived_at=now)
                )
