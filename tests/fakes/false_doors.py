"""A server that answers every connection with the bytes a test says, and then hangs up: doors that are none, or are broken."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

MOST_OF_A_REQUEST = 64 * 1024


class FalseDoors:
    """``answer``: what is said next, ``None`` says nothing until ``silence_s`` is over. ``heard``: what was asked."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answer: bytes | None = b""
        self.heard: list[bytes] = []
        self._is_open = True
        self._thread = threading.Thread(target=self._serve, name="false doors", daemon=True)
        self._thread.start()

    def say(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
        self.answer = head.encode() + b"\r\n\r\n" + body

    def close(self) -> None:
        self._is_open = False
        # A thread that accepts is woken by a caller only.
        with suppress(OSError), socket.create_connection(self._listener.getsockname(), 1):
            pass
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            caller, _ = self._listener.accept()
            with caller, suppress(OSError):
                if not self._is_open:
                    return
                caller.settimeout(5)
                self.heard.append(caller.recv(MOST_OF_A_REQUEST))
                if self.answer is None:
                    caller.recv(1)  # until the other side hangs up
                    continue
                caller.sendall(self.answer)
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(MOST_OF_A_REQUEST):
                    pass


@contextmanager
def false_doors() -> Generator[FalseDoors]:
    doors = FalseDoors()
    try:
        yield doors
    finally:
        doors.close()
