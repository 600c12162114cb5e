"""A source on loopback that answers as a test tells it: well, badly, slowly or never. It keeps what it was asked."""

import hashlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Self
from urllib.parse import urlsplit


@dataclass
class Scripted:
    """One path's answer. ``is_hanging``: the head is sent and then nothing, until the source is closed."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_hanging: bool = False
    has_etag: bool = False


class HttpSource(ThreadingHTTPServer):
    """A context manager. ``answers`` by path may be changed while it runs; unknown paths are 404."""

    daemon_threads = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answers: dict[str, Scripted] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.sent: list[int] = []
        self.closing = Event()
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="http source")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def put(self, path: str, body: str | bytes, **how: object) -> None:
        """Answer ``path`` with ``body`` from now on."""
        self.answers[path] = Scripted(body.encode() if isinstance(body, str) else body, **how)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is part of these tests."""


class _Handler(BaseHTTPRequestHandler):
    server: HttpSource
    timeout = 10

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.asked.append((self.path, dict(self.headers.items())))
        answer = self.server.answers.get(path, Scripted(b"", status=404))
        tag = f'"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
        status = 304 if answer.has_etag and self.headers.get("If-None-Match") == tag else answer.status
        self.server.sent.append(status)
        self.send_response(status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.has_etag:
            self.send_header("ETag", tag)
        body = b"" if status == 304 else answer.body
        if status != 304:
            self.send_header("Content-Length", str(len(body) + answer.is_hanging))
        self.end_headers()
        self.wfile.write(body)
        if answer.is_hanging:
            self.wfile.flush()
            self.server.closing.wait(30)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the tests look at ``asked``."""
