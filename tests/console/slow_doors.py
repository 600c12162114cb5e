"""Doors behind a way that can be blocked, for one kind of request at a time: it hangs, or is carried out and its answer is lost."""

import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.console.desk_server import DeskServer

_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "content-encoding", "date", "server"})
"""Headers that each side of the way says for itself."""
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""To read the certificates of the world takes longer than what is asked here."""


class SlowDoors:
    """``url``: the way. ``passed``: method and path of what went through to the doors, in order; ``keys``: their Idempotency-Keys."""

    def __init__(self, server: DeskServer) -> None:
        self.passed: list[tuple[str, str]] = []
        self.keys: list[str | None] = []
        self._server = server
        self._is_free = threading.Event()
        self._hanging = self._losing = self._late = ""
        doors = self

        class Way(BaseHTTPRequestHandler):
            timeout = 5

            def log_message(self, format: str, *args: Any) -> None: ...

            def do_GET(self) -> None:
                doors._pass(self)

            do_POST = do_PUT = do_DELETE = do_GET

        self._way = ThreadingHTTPServer(("127.0.0.1", 0), Way)
        self._way.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._way.server_address[1]}"
        self._thread = threading.Thread(target=lambda: self._way.serve_forever(0.05), name="slow doors", daemon=True)
        self._thread.start()

    def hang(self, path: str) -> None:
        """Whatever is sent to ``path`` from now on goes no further before ``free``."""
        self._is_free.clear()
        self._hanging = path

    def hold_answers(self, path: str) -> None:
        """What is sent there is carried out, and answered after ``free``."""
        self._is_free.clear()
        self._late = path

    def lose_answers(self, path: str) -> None:
        """What is sent there is carried out, and never answered, until ``free``."""
        self._losing = path

    def free(self) -> None:
        self._hanging = self._losing = self._late = ""
        self._is_free.set()

    def close(self) -> None:
        self.free()
        self._way.shutdown()
        self._way.server_close()
        self._thread.join(20)

    def _pass(self, asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        path = asked.path.partition("?")[0]
        if path == self._hanging:
            self._is_free.wait(30)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _OWN}
        try:
            answer = httpx.request(
                asked.command, self._server.url + asked.path, content=body, headers=headers, trust_env=False, verify=_NO_TLS, timeout=20
            )
        except httpx.HTTPError:
            return
        self.passed.append((asked.command, path))
        self.keys.append(asked.headers.get("Idempotency-Key"))
        if path == self._losing:
            return
        if path == self._late:
            self._is_free.wait(30)
        try:
            self._answer(asked, answer)
        except OSError:
            return  # nobody waits for it any more

    def _answer(self, asked: BaseHTTPRequestHandler, answer: httpx.Response) -> None:
        asked.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name.lower() not in _OWN:
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(answer.content)))
        asked.send_header("Connection", "close")
        asked.end_headers()
        asked.wfile.write(answer.content)


@contextmanager
def slow_doors(server: DeskServer) -> Generator[SlowDoors]:
    doors = SlowDoors(server)
    try:
        yield doors
    finally:
        doors.close()
