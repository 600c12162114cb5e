"""A server that answers every connection with the bytes a test says, and then hangs up: doors that are none, or are broken.

And one that keeps its callers waiting until the test answers them.
"""

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


class HeldCall:
    """One caller who waits for an answer."""

    def __init__(self, caller: socket.socket, request: bytes) -> None:
        self._caller = caller
        self.request = request

    def answer(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
        self._caller.sendall(head.encode() + b"\r\n\r\n" + body)

    def close(self) -> None:
        self._caller.close()


class PatientDoors:
    """Hears every caller at once and answers none before the test does, in whatever order it likes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.calls: list[HeldCall] = []
        self._is_open = True
        self._thread = threading.Thread(target=self._hear, name="patient doors", daemon=True)
        self._thread.start()

    def call(self, start: str) -> HeldCall | None:
        """The last one whose request begins so: ``POST /session ``."""
        return next((call for call in reversed(self.calls) if call.request.startswith(start.encode())), None)

    def close(self) -> None:
        self._is_open = False
        with suppress(OSError), socket.create_connection(self._listener.getsockname(), 1):
            pass
        self._thread.join(5)
        self._listener.close()
        for call in self.calls:
            call.close()

    def _hear(self) -> None:
        while True:
            caller, _ = self._listener.accept()
            if not self._is_open:
                caller.close()
                return
            caller.settimeout(5)
            request = b""
            with suppress(OSError):
                while not _is_whole(request) and (more := caller.recv(MOST_OF_A_REQUEST)):
                    request += more
            self.calls.append(HeldCall(caller, request))


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    sizes = [line.split(b":")[1] for line in head.split(b"\r\n")[1:] if line.lower().startswith(b"content-length:")]
    return bool(end) and len(body) >= int(sizes[0] if sizes else 0)


@contextmanager
def patient_doors() -> Generator[PatientDoors]:
    doors = PatientDoors()
    try:
        yield doors
    finally:
        doors.close()


@contextmanager
def false_doors() -> Generator[FalseDoors]:
    doors = FalseDoors()
    try:
        yield doors
    finally:
        doors.close()
