"""Servers below HTTP on loopback: one that sends bytes as a test says, and a proxy that only knows CONNECT."""

import contextlib
import socket
from collections.abc import Callable
from threading import Event, Thread


class _Listener:
    """A context manager that serves each connection in a thread and cuts them all at its end."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.ended = Event()
        self._open: list[socket.socket] = [self._server]
        self._threads = [Thread(target=self._accept, name="raw source")]

    def __enter__(self):
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def keep(self, one: socket.socket) -> None:
        self._open.append(one)

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.keep(client)
            thread = Thread(target=self._guarded, args=(client,), name="raw client")
            self._threads.append(thread)
            thread.start()

    def _guarded(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.serve(client)
        client.close()

    def serve(self, client: socket.socket) -> None:
        raise NotImplementedError


def head_of(client: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        part = client.recv(4096)
        if not part:
            raise ConnectionError
        got += part
    return got


class RawSource(_Listener):
    """``script`` gets the socket and the request, and sends what it likes; ``ended`` is set when the test is over."""

    def __init__(self, script: Callable[["RawSource", socket.socket, bytes], None]) -> None:
        super().__init__()
        self._script = script

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        self._script(self, client, head_of(client))


class ConnectProxy(_Listener):
    """Tunnels every CONNECT to ``port`` on loopback, whatever was asked for; ``asked`` are the targets. ``refusal``: a status line instead."""

    def __init__(self, port: int, refusal: str = "") -> None:
        super().__init__()
        self._target = port
        self._refusal = refusal
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        method, target, _ = head_of(client).decode("latin-1").split(" ", 2)
        self.asked.append(f"{method} {target}")
        if self._refusal:
            client.sendall(f"HTTP/1.1 {self._refusal}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        other = socket.create_connection(("127.0.0.1", self._target))
        self.keep(other)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = Thread(target=self._pump, args=(other, client), name="raw back")
        back.start()
        self._pump(client, other)
        back.join(timeout=5)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65_536):
                sink.sendall(part)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
