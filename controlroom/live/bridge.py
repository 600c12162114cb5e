"""Brings the mailbox's wake-up across to the GUI thread: at once when idle, else on the next tick."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from controlroom.live.mailbox import Mailbox, Parcel

TICK_MS = 8
"""Half the rate of the quickest panel, which the hub holds to 16 ms: what is drained early costs no paint, and is known sooner."""


class Bridge(QObject):
    """Lives on the GUI thread. The signal is the only thing the bus thread touches. A measurement may wrap ``deliver``.

    Only ``@Slot`` methods are connected across threads: plain callables can crash (PYSIDE-3124).
    """

    _woken = Signal()

    def __init__(self, mailbox: Mailbox, deliver: Callable[[list[Parcel]], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = mailbox
        self.deliver = deliver
        self._drained_at = 0.0
        self._tick = QTimer(self)
        self._tick.setSingleShot(True)
        self._tick.setTimerType(Qt.TimerType.PreciseTimer)
        self._tick.timeout.connect(self._drain)
        self._woken.connect(self._on_woken, Qt.ConnectionType.QueuedConnection)
        mailbox.on_mail(self._woken.emit)

    def close(self) -> None:
        """Nothing crosses any more."""
        self._mailbox.on_mail(lambda: None)
        self._tick.stop()

    @Slot()
    def _on_woken(self) -> None:
        rest_ms = TICK_MS - (time.monotonic() - self._drained_at) * 1000
        if rest_ms <= 1:
            self._drain()
        elif not self._tick.isActive():
            self._tick.start(round(rest_ms))

    @Slot()
    def _drain(self) -> None:
        self._drained_at = time.monotonic()
        parcels = self._mailbox.drain()
        if parcels:
            self.deliver(parcels)
