"""What the wall says of itself: slot by slot what it shows, and how often its GUI thread stood still."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QTimer, Slot

from feeds.bus.wall_voice import WallVoice
from feeds.messages.system import WallState

SAY_MS = 1000
BEAT_MS = 50
STALL_S = 0.25
"""The GUI thread did nothing else for longer than this: hands and eyes notice."""


class StallWatch(QObject):
    """Counts the blocks of the GUI thread since ``start``; needs its event loop and a clock of seconds that no one sets."""

    def __init__(self, monotonic_s: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.count = 0
        self.longest_s = 0.0
        self._monotonic_s = monotonic_s
        self._beat_at_s: float | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.on_beat)

    def start(self) -> None:
        """The first beat comes with the event loop: what was built before it is no stall."""
        self._timer.start(BEAT_MS)

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def on_beat(self) -> None:
        now_s, before_s = self._monotonic_s(), self._beat_at_s
        self._beat_at_s = now_s
        if before_s is None:
            return
        # The beat was due BEAT_MS after the last one: what is beyond that is time in which nothing could run.
        blocked_s = now_s - before_s - BEAT_MS / 1000
        self.longest_s = max(self.longest_s, blocked_s)
        self.count += blocked_s > STALL_S


class Saying(QObject):
    """``shown()``: what is on the slots. ``voice``: who publishes it, ``None`` when nobody does."""

    def __init__(
        self, shown: Callable[[], WallState], voice: WallVoice | None, *, monotonic_s: Callable[[], float], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._shown = shown
        self._voice = voice
        self._stalls = StallWatch(monotonic_s, self)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.say)

    def start(self) -> None:
        self._stalls.start()
        if self._voice is not None:
            self._timer.start(SAY_MS)

    def stop(self) -> None:
        self._timer.stop()
        self._stalls.stop()

    def state(self) -> WallState:
        return msgspec.structs.replace(self._shown(), stalls=self._stalls.count, longest_stall_s=round(self._stalls.longest_s, 3))

    @Slot()
    def say(self) -> None:
        """At once, where something changed that nobody should wait for."""
        if self._voice is not None and self._timer.isActive():
            self._voice.say(self.state())
