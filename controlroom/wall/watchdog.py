"""Tells whoever supervises this process (systemd, or ``wall --supervise``) that its GUI thread lives: sd_notify(3), and no more of it."""

import os
import socket
from collections.abc import MutableMapping

import structlog
from PySide6.QtCore import QObject, QTimer, Slot

_log = structlog.get_logger("controlroom.watchdog")


class Watchdog(QObject):
    """Takes its address out of ``environment``, so that no child of the wall speaks in its name. Without one it does nothing."""

    def __init__(self, environment: MutableMapping[str, str] = os.environ, parent: QObject | None = None) -> None:
        super().__init__(parent)
        address = environment.pop("NOTIFY_SOCKET", "")
        within_us = environment.pop("WATCHDOG_USEC", "")
        is_ours = environment.pop("WATCHDOG_PID", "") in ("", str(os.getpid()))
        # A name in the abstract namespace is written with @ and begins with a zero byte.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) if address else None
        self._every_ms = int(within_us) // 2000 if within_us.isdecimal() and is_ours else 0
        self._beat = QTimer(self)
        self._beat.timeout.connect(self._on_beat)

    def start(self) -> None:
        """The wall is up: says so, and from now on that it lives, each half of the time it was given."""
        self.say("READY=1")
        if self._socket is not None and self._every_ms > 0:
            self._on_beat()
            self._beat.start(self._every_ms)

    def say(self, words: str) -> None:
        """Never waits: whoever does not listen is not spoken to."""
        if self._socket is None:
            return
        try:
            self._socket.sendto(words.encode(), socket.MSG_DONTWAIT, self._address)
        except OSError as error:
            _log.debug("nobody heard of the wall's life", reason=str(error))

    def close(self) -> None:
        self._beat.stop()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @Slot()
    def _on_beat(self) -> None:
        self.say("WATCHDOG=1")
