"""A browser's push service on loopback, over TLS: it proves who rings, opens what is sent as the browser would, and answers as a test says."""

import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple, Self

import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from feeds.identity.devices import decoded, encoded
from feeds.identity.push import Subscription
from feeds.runtime.push_services import Place

HOST = "push.example.com"


class Browser:
    """One that has subscribed at the service under ``name``."""

    def __init__(self, name: str = "hp", host: str = HOST) -> None:
        self.name = name
        self.endpoint = f"https://{host}/wpush/{name}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = bytes(range(16))

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def told(self) -> dict[str, str]:
        """What its page sends to the doors."""
        return {"endpoint": self.endpoint, "p256dh": encoded(self.point), "auth": encoded(self.secret)}

    def subscription(self, device: str = "d") -> Subscription:
        return Subscription(device=device, endpoint=self.endpoint, p256dh=self.point, auth=self.secret)


class Call(NamedTuple):
    """``word``: decrypted. ``claims``: of the token whose signature held."""

    name: str
    headers: dict[str, str]
    word: bytes
    claims: dict[str, Any]
    key: str
    at: float


class PushService(ThreadingHTTPServer):
    """A context manager. ``answers``: by a browser's name, status and headers of its next calls; 201 else."""

    daemon_threads = False

    def __init__(self, context: ssl.SSLContext, *browsers: Browser) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.browsers = {browser.name: browser for browser in browsers}
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.calls: list[Call] = []
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="push service")

    async def resolve(self, host: str) -> Place:
        """Whatever is asked for is here."""
        return Place("127.0.0.1", self.server_address[1])

    def names(self) -> list[str]:
        return sorted(call.name for call in self.calls)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is part of these tests."""


class _Handler(BaseHTTPRequestHandler):
    server: PushService
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = self.path.rpartition("/")[2]
        browser = self.server.browsers[name]
        token = self.headers["Authorization"]
        assert Vapid02.verify(token)
        claims, key = _token(token)
        word = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.secret, version="aes128gcm")
        self.server.calls.append(Call(name, dict(self.headers.items()), word, claims, key, time.monotonic()))
        waiting = self.server.answers.get(name)
        status, headers = waiting.pop(0) if waiting else (201, {})
        self.send_response(status)
        for field, value in headers.items():
            self.send_header(field, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the tests look at ``calls``."""


def _token(header: str) -> tuple[dict[str, Any], str]:
    parts = dict(part.split("=", 1) for part in header.partition(" ")[2].split(","))
    return msgspec.json.decode(decoded(parts["t"].split(".")[1]) or b""), parts["k"]
