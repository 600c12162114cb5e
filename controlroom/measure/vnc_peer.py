"""The peer of ``bench mirror``: the wall's screen as pixels, by Debian's x11vnc, websockify and the pages of noVNC."""

import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from controlroom.measure.reporting import free_port
from controlroom.measure.result import CannotMeasure

PAGES = Path("/usr/share/novnc")
OPEN_S = 20.0


class VncPeer:
    """``with VncPeer(":99", folder) as peer``: a browser at ``peer.page`` of ``peer.port`` sees that display."""

    page = "vnc_lite.html?scale=true"

    def __init__(self, display: str, folder: Path) -> None:
        self._display = display
        self._log = folder / "peer.log"
        self._stack = ExitStack()
        self._screen_port = free_port()
        self.port = free_port()

    def __enter__(self) -> Self:
        missing = [name for name in ("x11vnc", "websockify") if shutil.which(name) is None]
        if missing or not PAGES.is_dir():
            raise CannotMeasure(f"the peer is not here ({', '.join(missing) or 'novnc'}): run make setup, or apt-get install x11vnc novnc")
        screen = ("x11vnc", "-display", self._display, "-rfbport", str(self._screen_port), "-localhost", "-nopw", "-viewonly", "-shared",
                  "-forever", "-noipv6", "-quiet")  # fmt: skip
        try:
            self._start(screen, self._screen_port)
            self._start(("websockify", "--web", str(PAGES), f"127.0.0.1:{self.port}", f"127.0.0.1:{self._screen_port}"), self.port)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def _start(self, words: Sequence[str], port: int) -> None:
        with self._log.open("ab") as log:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._stack.callback(_end, process)
        end = time.monotonic() + OPEN_S
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise CannotMeasure(f"{words[0]} does not open: see {self._log}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
