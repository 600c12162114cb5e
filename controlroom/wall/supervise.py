"""A parent that keeps the wall up: starts it again whenever it ends, and ends it when its GUI thread hangs. Knows no Qt.

The wall ends for good only by its way out, or when the parent is told to end. For machines without systemd, and inside its unit too.
"""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import msgspec
import structlog

PARENT = "LIVE_ROOM_SUPERVISOR"
"""The environment variable that names the parent's process."""

WAY_OUT = "STOPPING=1"
"""What the wall says before it ends by its way out."""

_PR_SET_PDEATHSIG = 1
_READ_BYTES = 4096
TELL_EACH_S = 1.0
"""How often systemd hears of a supervised wall, whatever time it gives."""

_log = structlog.get_logger("controlroom.supervise")


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """In seconds: the pauses before the next life (doubling, from the shortest again after a healthy one), how long a wall may take to be
    up, may be silent, and may take to end.
    """

    pause_s: float = 0.2
    longest_pause_s: float = 10.0
    healthy_s: float = 60.0
    start_s: float = 120.0
    silence_s: float = 20.0
    end_s: float = 10.0
    look_s: float = 0.2


def die_with_parent(environment: Mapping[str, str] = os.environ) -> None:
    """For the wall: ends with the parent that supervises it, however that ends. Does nothing without one."""
    parent = environment.get(PARENT, "")
    if not parent.isdecimal() or sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have ended before the line above.
    if os.getppid() != int(parent):
        raise SystemExit("the supervising process has ended")


class Supervisor:
    """Runs ``command`` again and again. It speaks to systemd for its child, if it runs below it."""

    def __init__(
        self,
        command: Sequence[str],
        patience: Patience | None = None,
        *,
        monotonic_s: Callable[[], float] = time.monotonic,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._command = tuple(command)
        self._patience = patience or Patience()
        self._monotonic_s = monotonic_s
        self._environment = dict(environment)
        self._above = self._environment.pop("NOTIFY_SOCKET", "")
        self._signal: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._is_way_out = self._is_up = False
        self._heard_at = self._told_above_at = 0.0

    def run(self) -> int:
        """Until the way out or a signal; the exit code."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
        try:
            with (
                tempfile.TemporaryDirectory(prefix="live-room-supervise-") as folder,
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as ear,
            ):
                address = Path(folder) / "notify"
                ear.bind(str(address))
                ear.setblocking(False)
                self._live_on(ear, address)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    def _live_on(self, ear: socket.socket, address: Path) -> None:
        pause_s = self._patience.pause_s
        while True:
            began_s = self._monotonic_s()
            why = self._live_once(ear, address)
            if why is None:
                return
            if self._monotonic_s() - began_s >= self._patience.healthy_s:
                pause_s = self._patience.pause_s
            _log.error("the wall has ended and is started again", why=why, pause_s=pause_s)
            self._rest(ear, pause_s)
            if self._signal is not None:
                return
            pause_s = min(self._patience.longest_pause_s, 2 * pause_s)

    def _live_once(self, ear: socket.socket, address: Path) -> str | None:
        """One life of the wall; why it ended, ``None`` when that was wanted."""
        self._is_way_out = self._is_up = False
        self._heard_at = self._monotonic_s()
        silence_us = round(self._patience.silence_s * 1e6)
        mine = {PARENT: str(os.getpid()), "NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": str(silence_us)}
        environment = {name: value for name, value in self._environment.items() if name not in ("WATCHDOG_PID", "WATCHDOG_USEC")}
        child = self._child = subprocess.Popen(self._command, env={**environment, **mine})
        try:
            hung = self._watch(child, ear)
            code = child.wait()
        finally:
            self._child = None
        self._hear(ear)
        if self._signal is not None or (self._is_way_out and code == 0):
            return None
        if hung is not None:
            return hung
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _watch(self, child: "subprocess.Popen[bytes]", ear: socket.socket) -> str | None:
        """Until the child has ended; what it was killed for, if it was."""
        told_at: float | None = None
        why: str | None = None
        while child.poll() is None:
            if told_at is None:
                self._rest(ear, self._patience.look_s)
            else:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(self._patience.look_s)
            now = self._monotonic_s()
            if self._signal is not None and told_at is None:
                told_at = now
                child.terminate()
            allowed_s = self._patience.silence_s if self._is_up else self._patience.start_s
            if told_at is not None and now - told_at > self._patience.end_s:
                why = "it did not end"
            elif told_at is None and now - self._heard_at > allowed_s:
                why = f"its GUI thread gave no sign of life for {allowed_s:g} s" if self._is_up else f"it was not up after {allowed_s:g} s"
            if why is not None:
                child.kill()
                child.wait()
        return why

    def _rest(self, ear: socket.socket, seconds: float) -> None:
        """Listens for so long, or until a signal comes; whoever watches this process hears that it lives."""
        until = self._monotonic_s() + seconds
        while self._signal is None and (left := until - self._monotonic_s()) > 0:
            ready, _, _ = select.select([ear], [], [], min(left, self._patience.look_s))
            if ready:
                self._hear(ear)
            if self._monotonic_s() - self._told_above_at >= TELL_EACH_S:
                self._told_above_at = self._monotonic_s()
                self._tell_above("WATCHDOG=1")

    def _hear(self, ear: socket.socket) -> None:
        """Everything the wall has said; that it is up is passed on."""
        with suppress(BlockingIOError):
            while True:
                words = ear.recv(_READ_BYTES).decode(errors="replace").splitlines()
                self._heard_at = self._monotonic_s()
                if "READY=1" in words:
                    self._is_up = True
                    self._tell_above("READY=1")
                if WAY_OUT in words:
                    self._is_way_out = True

    def _tell_above(self, words: str) -> None:
        if not self._above:
            return
        address = f"\0{self._above[1:]}" if self._above.startswith("@") else self._above
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as mouth:
            mouth.sendto(words.encode(), socket.MSG_DONTWAIT, address)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signal = number
        if self._child is not None:
            self._child.terminate()
